"""The table of employees to be declared: what was typed, pasted or read from a file, and what is wrong with it.

Lines that are right travel in one hidden field, those to be put right as inputs: so thousands of lines fit into a
page, and nothing is kept on the server before it is handed in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.http import QueryDict

from jingban.registry import service as registry

OPERATIONS = {"add": "增加", "suspend": "中断", "resume": "恢复", "end": "终止", "retire": "在职转退休"}
TASKS = {
    "add": "新进职工参保", "suspend": "暂停缴费", "resume": "恢复缴费", "end": "离职、停保", "retire": "办理退休",
}  # fmt: skip
_COLUMNS = {
    "add": ("name", "id_number", "from_date", "monthly_wage", "phone"),
    "suspend": ("name", "id_number", "from_date"),
    "resume": ("name", "id_number", "from_date"),
    "end": ("name", "id_number", "from_date"),
    "retire": ("name", "id_number", "from_date", "deemed_months"),
}
"""What is asked for each; the rest of the form comes where a table names it or all columns are shown."""
DAYS = {
    "add": "从哪天起参保", "suspend": "从哪天起中断", "resume": "从哪天起恢复", "end": "从哪天起不再参保",
    "retire": "从哪天起按退休",
}  # fmt: skip
INPUTS = 40
"""So many lines are inputs at once; with all columns that is half of what a form may send."""
LISTED = 100
BLANKS = 3
_CELL = re.compile(r"cell\.(\d{1,6})\.([a-z_]{1,32})")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page sent: its lines in order, and how it is to be shown again."""

    lines: tuple[registry.TypedLine, ...] = ()
    open: frozenset[int] = frozenset()
    wide: bool = False
    blanks: int = 0
    key: str = ""
    phone: str = ""
    office: str = ""

    @property
    def next(self) -> int:
        return max((line.line for line in self.lines), default=0) + 1


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the table."""

    key: str
    title: str
    kind: str
    choices: Mapping[str, str]
    required: bool
    code_of: Callable[[str], str]

    @property
    def width(self) -> str:
        return {"id": "w-id", "name": "w-name", "text": "w-long"}.get(self.kind, "w-day")

    @property
    def inputmode(self) -> str:
        return {"day": "numeric", "amount": "decimal", "phone": "tel", "number": "numeric"}.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as an input, or as text. A choice that the form does not know stays to be seen."""

    head: Head
    name: str
    value: str

    @property
    def text(self) -> str:
        return self.head.choices.get(self.value, self.value)

    @property
    def options(self) -> Mapping[str, str]:
        known = {"": "不选", **self.head.choices}
        return known if self.value in known else {**known, self.value: self.value}


@dataclass(frozen=True, slots=True)
class Row:
    """A line as the page shows it."""

    line: int
    status: str
    why: str
    hint: str
    cells: tuple[Cell, ...]

    @property
    def who(self) -> str:
        return next((cell.value for cell in self.cells if cell.head.key == "name"), "")


@dataclass(frozen=True, slots=True)
class SheetPage:
    """All that the template of the table shows."""

    operation: str
    heads: tuple[Head, ...]
    inputs: tuple[Row, ...]
    blanks: tuple[Row, ...]
    good: tuple[Row, ...]
    counts: Mapping[str, int]
    unseen: Mapping[str, int]
    kept: str
    sent: Sent
    order: str
    faults: tuple[tuple[str, str], ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def name(self) -> str:
        return OPERATIONS[self.operation]


def read(data: QueryDict, known: Sequence[str]) -> Sent:
    """What the page sent; a cell of an unknown column is nobody's."""
    typed = _kept(data.get("kept", ""), known)
    for name in data:
        found = _CELL.fullmatch(name)
        if found and found[2] in known and (text := data.get(name, "").strip()[:200]):
            typed.setdefault(int(found[1]), {})[found[2]] = text
    for line in _numbers(data.getlist("drop")):
        typed.pop(line, None)
    return Sent(
        lines=tuple(registry.TypedLine(line, typed[line]) for line in sorted(typed)),
        open=frozenset(_numbers(data.getlist("open"))),
        wide=data.get("wide") == "1",
        blanks=BLANKS if data.get("go") == "more" else 0,
        key=data.get("key") or str(uuid4()),
        phone=data.get("phone", "").strip()[:40],
        office=data.get("office", ""),
    )


def _kept(text: str, known: Sequence[str]) -> dict[int, dict[str, str]]:
    """The hidden field. Whoever alters it alters only the own table: every line is judged again."""
    try:
        rows: Any = json.loads(text) if text else []
        return {
            int(line): {str(k): str(v)[:200] for k, v in cells.items() if k in known}
            for line, cells in rows[: registry.ROSTER_MOST]
        }
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError):
        return {}


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 7]


def order_of(operation: str) -> tuple[str, ...]:
    """The columns in the order in which a table without a header is read."""
    return _COLUMNS[operation]


def page_of(
    region: str,
    operation: str,
    sent: Sent,
    looked: Sequence[registry.LookedLine],
    faults: Mapping[str, str] | None = None,
    phone: str = "",
) -> SheetPage:
    """The page: what is wrong as inputs, what is right as a list, the rest counted."""
    heads = _heads(region, operation, sent)
    open_ones = [one for one in looked if one.status == "bad" or one.line in sent.open]
    shown = {one.line for one in open_ones[:INPUTS]}
    rest = [one for one in looked if one.line not in shown]
    right = [one for one in rest if one.status != "bad"]
    count = {s: sum(1 for one in looked if one.status == s) for s in ("good", "bad", "same")}
    blank = sent.blanks or (BLANKS if not looked else 1)
    return SheetPage(
        operation=operation,
        heads=heads,
        inputs=tuple(_row(one, heads) for one in open_ones[:INPUTS]),
        blanks=tuple(
            Row(line, "", "", "", tuple(Cell(h, f"cell.{line}.{h.key}", "") for h in heads))
            for line in range(sent.next, sent.next + blank)
        ),
        good=tuple(_row(one, heads) for one in right[:LISTED]),
        counts=count,
        unseen={"bad": len(rest) - len(right), "good": max(0, len(right) - LISTED)},
        kept=json.dumps([[one.line, dict(one.typed.cells)] for one in rest], ensure_ascii=False),
        sent=sent,
        order="、".join(head.title for head in heads if head.key in _COLUMNS[operation]),
        faults=tuple((faults or {}).items()),
        fields={"phone": sent.phone or phone, "office": sent.office},
    )


def _row(one: registry.LookedLine, heads: Sequence[Head]) -> Row:
    said = {h.key: one.typed.cells.get(h.key, "") for h in heads}
    cells = tuple(Cell(h, f"cell.{one.line}.{h.key}", h.code_of(said[h.key])) for h in heads)
    return Row(one.line, one.status, one.why, one.hint, cells)


def _heads(region: str, operation: str, sent: Sent) -> tuple[Head, ...]:
    """The columns of this operation first, then what the lines say beside; all of them where asked for."""
    said = {key for line in sent.lines for key in line.cells}
    known = {column.key: column for column in registry.roster_columns(region)}
    first = [key for key in _COLUMNS[operation] if key in known]
    more = [key for key in known if key not in first and (sent.wide or key in said)]
    return tuple(
        Head(
            key=key,
            title=DAYS[operation] if key == "from_date" else known[key].titles[0],
            kind=known[key].field.kind,
            choices=known[key].field.choices,
            required=known[key].required,
            code_of=known[key].code_of if known[key].field.choices else str,
        )
        for key in (*first, *more)
    )
