"""Rosters as spreadsheets: who is enrolled on a day, and what became of an uploaded roster.

Every cell is written as text: numbers keep their digits, and what begins like a formula is not one. The header is
the one that the import knows, so that an exported file can be changed and uploaded again. Whoever calls has asked
whether the reader may see all this.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from jingban.cases.forms import CITIZEN_ID
from jingban.core.money import to_yuan
from jingban.registry.enrolments import RESIDENT_KINDS
from jingban.registry.models import Enrolment, IdentityDocument, Insurance, Person, Roster, Unit
from jingban.registry.rosters.columns import UNIT, VILLAGE, Column, columns_of
from jingban.registry.rosters.typed import Looked
from jingban.registry.sealing import opened, unsealed

_AT_ONCE = 2000
_SHOWN = ("id", "name", "sex", "born_on", "phone", "address")
_WIDTHS = {"name": 14, "id_kind": 22, "id_number": 22, "address": 32, "phone": 14, "why": 60}
_KIND_OF: dict[str, str] = {code: said for said, code in RESIDENT_KINDS.items()}
_RESULTS = (("line", "行号"), ("result", "结果"), ("why", "说明"))
_STATUS = {"good": "可登记", "bad": "有误", "done": "已登记", "same": "无变化"}


def export_unit(region: str, unit: Unit, path: Path, day: date) -> int:
    """Everybody enrolled under a unit on a day, retired people left out; says how many."""
    return _written(path, _columns(region, UNIT), _employees(region, unit, day))


def export_village(region: str, place: str, path: Path, day: date) -> int:
    """Every resident of a village or community who is enrolled on a day; says how many."""
    return _written(path, _columns(region, VILLAGE), _residents(region, place, day))


def export_result(roster: Roster, path: Path) -> int:
    """Every line of a roster with what became of it. Wrong lines can be put right in it and uploaded again."""
    headings = [*_RESULTS, *_columns(roster.region, roster.kind)]
    return _written(path, headings, _results(roster, _by_key(roster.region, roster.kind)))


def export_looked(region: str, rows: Iterable[Looked], path: Path) -> int:
    """Lines of a page as they were typed, with what is said of each; they can be put right there and pasted again."""
    shown = (
        {"line": str(row.line), "result": _STATUS[row.status], "why": row.why, **row.typed.cells}
        for row in rows
    )
    return _written(path, [*_RESULTS, *_columns(region, UNIT)], shown)


def template(region: str, kind: str, path: Path) -> None:
    """A roster to be filled in: the header alone, every column set to text."""
    _written(path, _columns(region, kind), ())


def _columns(region: str, kind: str) -> list[tuple[str, str]]:
    return [(column.key, column.titles[0]) for column in columns_of(region, kind)]


def _written(path: Path, headings: list[tuple[str, str]], rows: Iterable[Mapping[str, str]]) -> int:
    """The rows under their headings; a row is written out before the next is made."""
    places = {key: place for place, (key, _) in enumerate(headings)}
    count = 0
    with _sheet(path) as (book, sheet):
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "num_format": "@"})
        for place, (key, title) in enumerate(headings):
            sheet.set_column(place, place, _WIDTHS.get(key, 12), text)
            sheet.write_string(0, place, title, head)
        sheet.freeze_panes(1, 0)
        for count, row in enumerate(rows, start=1):
            for key, value in row.items():
                if value and key in places:
                    sheet.write_string(count, places[key], value)
    return count


@contextmanager
def _sheet(path: Path) -> Iterator[tuple[Any, Any]]:
    # What is written out meanwhile lies beside the file, where whoever may read the one may read the other.
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(Path(path).parent)})
    try:
        yield book, book.add_worksheet("名册")
    finally:
        book.close()


def _employees(region: str, unit: Unit, day: date) -> Iterator[dict[str, str]]:
    columns = _by_key(region, UNIT)
    spells = Enrolment.objects.on(day).filter(unit=unit).order_by("pk")
    shown = spells.values_list("pk", "start_on", "wage_fen", *(f"person__{column}" for column in _SHOWN))
    operation, last = columns["employee_operation"].label_of("add"), 0
    while page := list(shown.filter(pk__gt=last)[:_AT_ONCE]):
        papers = _papers([person[0] for _, _, _, *person in page], day)
        for _, start_on, wage_fen, *person in page:
            yield {
                **_who(region, person, papers, columns),
                "employee_operation": operation,
                "from_date": start_on.isoformat(),
                "monthly_wage": "" if wage_fen is None else str(to_yuan(wage_fen)),
            }
        last = page[-1][0]


def _residents(region: str, place: str, day: date) -> Iterator[dict[str, str]]:
    columns = _by_key(region, VILLAGE)
    people = Person.objects.filter(region=region, place=place).order_by("pk").values_list(*_SHOWN)
    last = 0
    while page := list(people.filter(pk__gt=last)[:_AT_ONCE]):
        found = Enrolment.objects.on(day).filter(
            person__in=[person[0] for person in page], insurance=Insurance.RESIDENT
        )
        spells = {pk: (kind, start) for pk, kind, start in found.values_list("person", "kind", "start_on")}
        papers = _papers(list(spells), day)
        for person in page:
            if person[0] in spells:
                kind, start_on = spells[person[0]]
                yield {
                    **_who(region, person, papers, columns),
                    "resident_kind": columns["resident_kind"].label_of(_KIND_OF[kind]),
                    "insured_year": str(start_on.year),
                    "place": place,
                }
        last = page[-1][0]


def _papers(persons: list[int], day: date) -> dict[int, tuple[str, bytes | memoryview]]:
    """Kind and sealed number of the paper that each goes by on the day: the citizen's number before others."""
    found = IdentityDocument.objects.on(day).filter(person__in=persons).order_by("-kind", "pk")
    return {pk: (kind, number) for pk, kind, number in found.values_list("person", "kind", "number")}


def _by_key(region: str, kind: str) -> dict[str, Column]:
    return {column.key: column for column in columns_of(region, kind)}


def _who(
    region: str,
    person: Sequence[Any],
    papers: Mapping[int, tuple[str, bytes | memoryview | None]],
    columns: Mapping[str, Column],
) -> dict[str, str]:
    """The columns about the person, from what ``_SHOWN`` names."""
    pk, name, sex, born_on, phone, address = person
    kind, number = papers.get(pk, (CITIZEN_ID, None))
    return {
        "name": name,
        # Left blank it is a citizen's number, in the form as in a roster.
        "id_kind": "" if kind == CITIZEN_ID else columns["id_kind"].label_of(kind),
        "id_number": opened(region, "identitydocument.number", number),
        "phone": opened(region, "person.phone", phone),
        "sex": columns["sex"].label_of(sex),
        "born_on": born_on.isoformat(),
        "address": opened(region, "person.address", address),
    }


def _results(roster: Roster, columns: Mapping[str, Column]) -> Iterator[dict[str, str]]:
    lines = roster.lines.order_by("line")
    last = 0
    while page := list(lines.filter(line__gt=last)[:_AT_ONCE]):
        for line in page:
            said = json.loads(unsealed(line, "body"))
            shown = {key: columns[key].label_of(text) for key, text in said.items() if key in columns}
            yield {"line": str(line.line), "result": _STATUS[line.status], "why": line.why, **shown}
        last = page[-1].line
