"""Which figures a draft changes, and the parameters of the regions with the draft in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from jingban.benefits.whatif.errors import ChangeRefused
from jingban.benefits.whatif.lookup import Book, Books
from jingban.core.parameters import (
    TEXT_UNITS,
    DatedValue,
    Parameter,
    in_words,
    load_file,
    load_parameters,
)

TABLES = {
    "employee-inpatient": "职工住院", "employee-outpatient": "职工门诊", "employee-supplement": "职工大额补助",
    "resident-inpatient": "居民住院", "resident-outpatient": "居民门诊", "chronic-care": "门诊慢特病", "off-site": "异地就医",
    "serious-illness": "居民大病保险", "medical-aid": "医疗救助", "civil-servant": "公务员补助",
    "enterprise-supplement": "企业补充保险",
}  # fmt: skip
"""What a reimbursement is worked out by. Which year a stay belongs to is settled in the data, so it is not among them."""
SINGLE = frozenset({"settlement.emergency-as"})


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs: what it says through the year, as ``value`` or ``day value``, now and in the draft.

    ``is_illustrative``: no document stands behind what it says now.
    """

    region: str
    name: str
    title: str
    unit: str
    now: str
    tried: str
    is_illustrative: bool = False


def read_draft(path: Path) -> dict[str, Parameter]:
    """The parameters of a file, or of every file in a folder."""
    found = load_parameters(path) if path.is_dir() else load_file(path)
    if not found:
        raise ChangeRefused(f"{path.name}里没有参数文件（.yaml），请核对。")
    return found


def with_draft(
    books: Books, draft: Mapping[str, Parameter], year: int, regions: Iterable[str]
) -> tuple[dict[str, Book], list[Change]]:
    """The books with the draft in these regions, and what differs. Raises ChangeRefused for what cannot be tried.

    A value of the draft that starts after the year is tried from its first day on: a draft is for a year to come.
    """
    tried: dict[str, Book] = dict(books)
    found: list[Change] = []
    for region in sorted(regions):
        book = dict(books[region])
        for name, drafted in draft.items():
            parameter = drafted.named_as(book.get(name))
            change = _change(region, book.get(name), parameter, year)
            if change is None:
                continue
            _hold_possible(change, book.get(name))
            found.append(change)
            book[name] = as_tried(parameter, year)
        tried[region] = book
    if not found:
        raise ChangeRefused(f"这些参数在{year}年度与现行的没有不同，没有可以试算的改动。")
    return tried, found


def as_tried(parameter: Parameter, year: int) -> Parameter:
    """With what starts after the year moved to its first day, the last such value before all others."""
    later = [start for start in parameter.values if start.year > year]
    if not later:
        return parameter
    early = {start: value for start, value in parameter.values.items() if start.year < year}
    return parameter.model_copy(update={"values": {**early, date(year, 1, 1): parameter.values[max(later)]}})


def _change(region: str, now: Parameter | None, draft: Parameter, year: int) -> Change | None:
    tried = as_tried(draft, year)
    if now is not None and now.unit == draft.unit and _through(now, year) == _through(tried, year):
        return None
    shown = is_illustrative(now, year)
    names = draft.parameter, draft.description, draft.unit
    return Change(region, *names, _told(now, year), _told(tried, year), shown)


def is_illustrative(parameter: Parameter | None, year: int) -> bool:
    """Whether a value that was in force in the year is an example without a document."""
    if parameter is None:
        return False
    earlier = [start for start in parameter.values if start <= date(year, 1, 1)]
    first = max(earlier, default=date(year, 1, 1))
    valid = (dated for start, dated in parameter.values.items() if first <= start <= date(year, 12, 31))
    return any(dated is not None and dated.status == "illustrative" for dated in valid)


def _dated(parameter: Parameter, year: int) -> list[tuple[date, DatedValue | None]]:
    """What a parameter says on the first of January and from each later day of the year on."""
    first = date(year, 1, 1)
    earlier = [start for start in parameter.values if start <= first]
    said = [(first, parameter.values[max(earlier)])] if earlier else []
    later = sorted(start for start in parameter.values if start > first and start.year == year)
    return [*said, *((start, parameter.values[start]) for start in later)]


def _through(parameter: Parameter, year: int) -> list[tuple[date, Decimal | str | None]]:
    """The same to be compared: 0.6 is 0.60."""
    is_text = parameter.unit in TEXT_UNITS
    return [
        (start, None if dated is None else dated.value if is_text else Decimal(dated.value))
        for start, dated in _dated(parameter, year)
    ]


def _told(parameter: Parameter | None, year: int) -> str:
    """The same as people read it."""
    if parameter is None:
        return "无"
    told = [(start, _text(parameter, dated)) for start, dated in _dated(parameter, year)]
    if not told or told[0][0] != date(year, 1, 1):
        told = [(date(year, 1, 1), "无"), *told]
    return "；".join([told[0][1], *(f"{start.isoformat()}起 {text}" for start, text in told[1:])])


def _text(parameter: Parameter, dated: DatedValue | None) -> str:
    if dated is None:
        return "停止"
    return (
        parameter.shown(dated.value)
        if parameter.unit in TEXT_UNITS
        else in_words(dated.value, parameter.unit)
    )


def _hold_possible(change: Change, now: Parameter | None) -> None:
    if change.name.split(".")[0] not in TABLES and change.name not in SINGLE:
        raise ChangeRefused(
            f"参数“{change.name}”（{change.title}）的改动不能试算：试算只重算费用报销，"
            "目录、费用分割、年度归属和其他待遇的改动不在其中。请只试改报销的参数表。",
            parameter=change.name,
        )
    if now is not None and now.unit != change.unit:
        raise ChangeRefused(
            f"参数“{change.name}”的单位应为{now.unit}，不是{change.unit}。", parameter=change.name
        )
