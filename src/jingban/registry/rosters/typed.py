"""Rosters typed into a page or pasted there from a spreadsheet: looked over without being kept, then kept for a case.

Looking over reads and judges each line exactly as ``checking`` does, and writes nothing: what is wrong stays on the
page to be put right. What is right becomes a roster like an uploaded one, taken by the case that names it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from jingban.core.money import show_yuan, to_fen
from jingban.core.parameters import NotInForce
from jingban.registry import bulk, levies
from jingban.registry.errors import RegistryError
from jingban.registry.levy_rates import BASE, illustrations
from jingban.registry.models import Roster, RosterLine
from jingban.registry.origin import Origin
from jingban.registry.rosters.checking import WHY_LENGTH, body_of
from jingban.registry.rosters.columns import UNIT, Column, columns_of, heading, known_headings
from jingban.registry.rosters.lines import read_line
from jingban.registry.rosters.reading import Cell, Formula, rows_of
from jingban.registry.rosters.verdicts import Key, key_of, known_people, plan_of, verdict
from jingban.registry.rules import levy as rules
from jingban.registry.sealing import sealed

MOST = 10_000
"""Lines of a page; whoever has more hands in several, or a file at the counter."""
LONGEST = 200
"""Signs of a cell that are kept."""


class TooMany(RegistryError):
    """More lines than a page takes."""

    code = "roster_too_many"


@dataclass(frozen=True, slots=True)
class Typed:
    """A line as it was typed: its number on the page, and its cells by the key of their column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Looked:
    """A line with its verdict: ``good``, ``same`` (nothing to do) or ``bad``; ``hint`` is for a good one."""

    typed: Typed
    said: Mapping[str, str]
    status: str
    why: str = ""
    hint: str = ""

    @property
    def line(self) -> int:
        return self.typed.line


def columns(region: str) -> tuple[Column, ...]:
    """The columns of the region's roster of a unit."""
    return columns_of(region, UNIT)


def pasted(text: str, known: Sequence[Column], order: Sequence[str], first: int) -> list[Typed]:
    """The lines of a text from a spreadsheet: by its own header where there is one, else in the page's order.

    Raises TooMany. A line without tabs is split at commas or blanks, as people type them.
    """
    rows = [cells for row in split(text) if any(cells := [cell.strip() for cell in row])]
    if len(rows) > MOST + 1:
        raise TooMany(f"一次最多{MOST}人，请分几次粘贴。")
    keys: Sequence[str | None] = order
    if rows and (header := _header(rows[0], known)):
        keys, rows = header, rows[1:]
    return [
        Typed(
            first + place, {key: cell[:LONGEST] for key, cell in zip(keys, row, strict=False) if key and cell}
        )
        for place, row in enumerate(rows)
    ]


def split(text: str) -> Iterable[list[str]]:
    """A text from a spreadsheet, or typed with commas or blanks between, as rows of cells."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if "\t" in plain:
        # A cell with a line break comes in quotes; a lone quote is somebody's typing.
        yield from csv.reader(io.StringIO(plain), delimiter="\t", strict=False)
        return
    for line in plain.split("\n"):
        yield line.replace("，", ",").split(",") if "," in line or "，" in line else line.split()


def _header(row: Sequence[str], known: Sequence[Column]) -> list[str | None]:
    """The keys of a header, where the row is one: it names the number, or two columns."""
    names = known_headings(tuple(known))
    keys = [names.get(heading(cell)) for cell in row]
    found = [key for key in keys if key]
    return keys if "id_number" in found or len(found) > 1 else []


def of_file(path: Path, known: tuple[Column, ...], first: int) -> list[Typed]:
    """The lines of a spreadsheet. Raises RosterUnreadable, TooMany."""
    kinds = {column.key: column.field.kind for column in known}
    found: list[Typed] = []
    with closing(rows_of(path, known)) as rows:
        for row in rows:
            if len(found) >= MOST:
                raise TooMany(f"一次最多{MOST}人，请把表格分成几份上传。")
            cells = {key: as_typed(cell, kinds[key]) for key, cell in row.cells.items()}
            found.append(Typed(first + len(found), {k: text[:LONGEST] for k, text in cells.items() if text}))
    return found


def as_typed(cell: Cell, kind: str) -> str:
    """A cell as it can stand in a page, so that what a spreadsheet has spoilt is still told of."""
    if isinstance(cell, Formula):
        return "=公式"
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        if kind == "id" or abs(cell) >= 10**15:  # its last digits are lost already
            return f"{cell:.5E}"
        return str(int(cell)) if cell == int(cell) else f"{cell:.6f}".rstrip("0")
    return cell.strip()


def look_over(origin: Origin, rows: Sequence[Typed], holder: str, operation: str) -> list[Looked]:
    """Every line with what becomes of it as the registers stand; nothing is written.

    ``operation`` is what a line without 业务类型 means. Raises UnitNotFound, UnitEnded.
    """
    plan = plan_of(origin, UNIT, holder)
    lines = [
        read_line(row.line, _cells(row, operation, plan.columns), plan.columns, origin.day) for row in rows
    ]
    keys = {line.line: key_of(line.said) for line in lines if not line.faults}
    twice = _twice(keys)
    known = known_people(origin.region, keys.values())
    hints = _hints(origin)
    found = []
    for row, line in zip(rows, lines, strict=True):
        status, why, hint = "bad", line.why, ""
        if line.line in twice:
            why = f"与第{twice[line.line]}行是同一个证件号码，请核对后只留一行"
        elif not line.faults:
            judged = verdict(plan, line.said, known.get(keys[line.line]))
            status, why = judged.status, judged.why.rstrip("。")
            hint = hints(line.said) if status == "good" else ""
        found.append(Looked(row, line.said, status, why, hint))
    return found


def _cells(row: Typed, operation: str, known: Iterable[Column]) -> dict[str, Cell]:
    """All columns, so that a required one that is blank is told of."""
    cells: dict[str, Cell] = {column.key: row.cells.get(column.key, "") for column in known}
    if not cells.get("employee_operation"):
        cells["employee_operation"] = operation
    return cells


def _twice(keys: Mapping[int, Key]) -> dict[int, int]:
    """Lines whose number stands on another line, and on which; nobody knows which of them holds."""
    first: dict[Key, int] = {}
    found: dict[int, int] = {}
    for line, key in keys.items():
        before = first.setdefault(key, line)
        if before != line:
            found[line] = before
            found.setdefault(before, line)
    return found


def _hints(origin: Origin) -> Callable[[Mapping[str, str]], str]:
    """What a good line should be told of: a wage outside the limits is levied at the limit (保底封顶)."""
    limits: dict[str, tuple[rules.Rates | None, str]] = {}

    def hint(said: Mapping[str, str]) -> str:
        if not said.get("monthly_wage") or said.get("employee_operation") != "add":
            return ""
        month = said["from_date"][:7]
        if month not in limits:
            limits[month] = _rates(origin.region, date.fromisoformat(f"{month}-01"))
        (found, mark), wage = limits[month], to_fen(Decimal(said["monthly_wage"]))
        if found is None or (levied := rules.base(wage, found)) == wage:
            return ""
        side = "低于下限" if wage < levied else "高于上限"
        return f"月缴费工资{side}，按{show_yuan(levied)}元{mark}核定缴费基数"

    return hint


def _rates(region: str, month: date) -> tuple[rules.Rates | None, str]:
    """The figures of a month, and what is said beside an amount that illustrations gave."""
    try:
        return levies.rates(region, month), "（示例值）" if illustrations(region, month, BASE) else ""
    except NotInForce:  # a day for which the region has no figures yet: nothing can be said beforehand
        return None, ""


def keep(origin: Origin, good: Sequence[Looked], holder: str, *, key: str, name: str) -> Roster:
    """Keep good lines as a roster for a case; ``key`` is the submission's, so that twice is once."""
    plan = plan_of(origin, UNIT, holder)
    digest = hashlib.sha256(f"typed:{origin.actor}:{holder}:{key}".encode()).digest()
    with transaction.atomic():
        roster, made = Roster.objects.get_or_create(
            region=origin.region,
            kind=UNIT,
            holder=plan.holder,
            digest=digest,
            defaults={
                "name": name[:120],
                "actor": origin.actor,
                "uploaded_at": origin.at,
                "status": "checked",
                "lines_total": len(good),
                "lines_good": len(good),
                "read_to": good[-1].line if good else 0,
            },
        )
        if made:
            bulk.write(RosterLine, (_row(origin, roster, one) for one in good), len(good))
    return roster


def _row(origin: Origin, roster: Roster, one: Looked) -> RosterLine:
    return RosterLine(
        roster_id=roster.pk,
        line=one.line,
        body=sealed(origin.region, "rosterline.body", body_of(dict(one.said))),
        status="good",
        why=one.hint[:WHY_LENGTH],
    )


def belongs_to(roster: Roster, case: int) -> None:
    """The roster is this case's from now on: no other one takes it, and the unit finds the case by it."""
    Roster.objects.filter(pk=roster.pk, case__isnull=True).update(case=case)
