"""Which figures a draft changes, and the parameters of the regions with the draft in their place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jingban.benefits.whatif.errors import ChangeRefused
from jingban.benefits.whatif.lookup import Book, Books
from jingban.core.parameters import DatedValue, Parameter, load_file, load_parameters

TABLES = frozenset(
    {
        "employee-inpatient", "employee-outpatient", "employee-supplement", "resident-inpatient", "resident-outpatient",
        "chronic-care", "off-site", "serious-illness", "medical-aid", "civil-servant", "enterprise-supplement",
    }
)  # fmt: skip
"""What a reimbursement is worked out by. Which year a stay belongs to is settled in the data, so it is not among them."""
SINGLE = frozenset({"settlement.emergency-as"})


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs: what it says through the year, as ``value`` or ``day value``, now and in the draft."""

    region: str
    name: str
    title: str
    unit: str
    now: str
    tried: str


def read_draft(path: Path) -> dict[str, Parameter]:
    """The parameters of a file, or of every file in a folder."""
    found = load_parameters(path) if path.is_dir() else load_file(path)
    if not found:
        raise ChangeRefused(f"{path.name}里没有参数文件（.yaml），请核对。")
    return found


def with_draft(
    books: Books, draft: dict[str, Parameter], year: int, regions: Iterable[str]
) -> tuple[dict[str, Book], list[Change]]:
    """The books with the draft in these regions, and what differs. Raises ChangeRefused for what cannot be tried.

    A value of the draft that starts after the year is tried from its first day on: a draft is for a year to come.
    """
    tried: dict[str, Book] = dict(books)
    found: list[Change] = []
    for region in sorted(regions):
        book = dict(books[region])
        for name, parameter in draft.items():
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
    said, tried = _through(now, year), _through(as_tried(draft, year), year)
    if said == tried and (now is None or now.unit == draft.unit):
        return None
    return Change(region, draft.parameter, draft.description, draft.unit, said, tried)


def _through(parameter: Parameter | None, year: int) -> str:
    """What a parameter says on the first of January and from each later day of the year on."""
    if parameter is None:
        return "无"
    first = date(year, 1, 1)
    earlier = [start for start in parameter.values if start <= first]
    said = [_text(parameter.values[max(earlier)])] if earlier else ["无"]
    later = sorted(start for start in parameter.values if start > first and start.year == year)
    return "；".join([*said, *(f"{start.isoformat()}起 {_text(parameter.values[start])}" for start in later)])


def _text(value: DatedValue | None) -> str:
    return "停止" if value is None else value.value


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
