"""The facts that conditions and exclusions are judged by: how they may be stated, and how they are read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from jingban.core.errors import DomainError
from jingban.rulebook.schema import CATEGORIES, Flag, Record, Whole

Shape = Literal["yes_no", "names", "day", "months", "people", "events", "group"]


class FactRefused(DomainError):
    """A fact that cannot be read: not a day, not a number, no such category."""

    code = "fact_refused"


def _to_day(value: Any) -> date:
    day = date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-01-15") else value
    # A datetime is refused: which day that is depends on the place. The years leave room to count on.
    if type(day) is not date or not 1900 <= day.year <= 2999:
        raise ValueError("not a day")
    return day


def _to_names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _to_events(value: Any) -> Any:
    listed = value if isinstance(value, list | tuple) else (value,)
    return tuple({"on": e} if isinstance(e, str | date) else e for e in listed)


Day = Annotated[date, BeforeValidator(_to_day)]
Names = Annotated[frozenset[StrictStr], BeforeValidator(_to_names)]
Month = Annotated[StrictStr, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Event(Record):
    """Something dated that an exclusion counts from, and whether the liability has been fulfilled."""

    on: Day
    fulfilled: Flag | None = None


class Contract(Record):
    """From its first day to its last, both included; ``until: null`` is 无固定期限."""

    start: Day = Field(alias="from")
    until: Day | None

    @model_validator(mode="after")
    def _forward(self) -> Contract:
        if self.until and self.until < self.start:
            raise ValueError("until before from")
        return self


class Person(Record):
    """One of the staff: the licences held, whether (first) registered here, the contract (false: none)."""

    licences: Names | None = None
    registered_here: Flag | None = None
    contract: Contract | Literal[False] | None = None


class MonthSpan(Record):
    """Months paid without a break, both ends included."""

    start: Month = Field(alias="from")
    until: Month

    @model_validator(mode="after")
    def _forward(self) -> MonthSpan:
        if self.until < self.start:
            raise ValueError("until before from")
        return self


class LongestRun(Record):
    """The most months paid without a break."""

    longest_run: Whole


READERS: dict[Shape, tuple[TypeAdapter[Any], str]] = {
    "yes_no": (TypeAdapter(StrictBool), "true（是）或 false（否）"),
    "names": (TypeAdapter(Names), "名称或名称的列表"),
    "day": (TypeAdapter(Day), "日期，如 2026-01-15"),
    "months": (
        TypeAdapter(Whole | LongestRun | tuple[MonthSpan, ...]),
        "起止月份的列表，如 {from: 2025-01, until: 2025-12}，或 {longest_run: 12}，或总月数",
    ),
    "people": (
        TypeAdapter(Whole | tuple[Person, ...]),
        "人数，或逐人写 {licences: [证书], registered_here: true, contract: {from: 日期, until: 日期}}",
    ),
    "events": (
        TypeAdapter(Annotated[tuple[Event, ...], BeforeValidator(_to_events)]),
        "日期，如 2026-01-15，或 {on: 日期, fulfilled: true}，可写多个；没有发生过写 null",
    ),
}
_NUMBER: TypeAdapter[int] = TypeAdapter(Whole)


def read(asked: Shape, value: Any, what: str) -> Any:
    """The value as its shape says, or a refusal that says how to state it."""
    reader, wanted = READERS[asked]
    return _read(reader, value, what, wanted)


def read_number(value: Any, what: str) -> int:
    return int(_read(_NUMBER, value, what, "不小于0的整数"))


def read_categories(value: Any) -> frozenset[str]:
    """The designation categories applied for: at least one, all of the vocabulary."""
    wanted = f"至少一个下列类别：{'、'.join(f'{key}（{name}）' for key, name in CATEGORIES.items())}"
    applied: frozenset[str] = _read(READERS["names"][0], value, "申请的定点类别", wanted)
    if not applied or applied - set(CATEGORIES):
        shown = "、".join(sorted(applied - set(CATEGORIES))) or "没有写"
        raise FactRefused(f"申请的定点类别写得不对（{shown}）：应写成{wanted}。请改正后再试。")
    return applied


def _read(reader: TypeAdapter[Any], value: Any, what: str, wanted: str) -> Any:
    try:
        return reader.validate_python(value)
    except ValidationError:
        shown = f"（{value}）" if isinstance(value, str | int | float | date) else ""  # never whole records
        # Not chained: the library's own text repeats what was stated.
        raise FactRefused(f"{what}的情况写得不对{shown}：应写成{wanted}。请改正后再试。") from None
