"""From a start day and a limit to the due day.

The rule is written once, in ``walk_days``, day by day; ``due`` reaches the same day by counting, and
``explain`` refuses to answer if the two ever differ.

* The start day is not counted; make-up days are (民法典 art. 201, 行政许可法 art. 82).
* Months end on the corresponding day or the month's last; a last day off moves on to the next working
  day (民法典 art. 202, 203); so do limits in calendar days.
* Limit 0 (即时办结): the same working day, or the next one for what comes after hours or on a day off.
* A pause (from, to): days after ``from`` up to and including ``to`` are not counted.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from jingban.core.parameters import Parameter
from jingban.workdays.calendar import WorkCalendar
from jingban.workdays.errors import LimitWrong

MOST = 9999
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2199, 12, 31)
_ONE = timedelta(days=1)

Pauses = Iterable[tuple[date, date]]
Spans = list[tuple[int, int]]  # merged, in order, as ordinals


class Unit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


_LETTER = {Unit.WORKING_DAYS: "w", Unit.CALENDAR_DAYS: "d", Unit.MONTHS: "m"}
_UNIT = {letter: unit for unit, letter in _LETTER.items()}
_SAYS = {Unit.WORKING_DAYS: "个工作日", Unit.CALENDAR_DAYS: "日", Unit.MONTHS: "个月"}
_CODE = re.compile(r"([0-9]{1,4})([wdm])")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of a unit; none of them is 即时办结."""

    amount: int
    unit: Unit = Unit.WORKING_DAYS
    extra: int = 0
    """Working days that an extension adds after months or calendar days are over."""

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= MOST:
            raise LimitWrong(f"期限“{self.amount}”不对，应是0至{MOST}之间的整数。", amount=self.amount)

    @property
    def is_immediate(self) -> bool:
        return self.amount == 0

    @property
    def text(self) -> str:
        if self.is_immediate:
            return "即时办结"
        more = f"，延长{self.extra}个工作日" if self.extra else ""
        return f"{self.amount}{_SAYS[self.unit]}{more}"

    def extended(self, by: int) -> Limit:
        """So many working days more (行政许可法第四十二条，参照)."""
        if self.unit is Unit.WORKING_DAYS:
            return Limit(self.amount + by)
        return Limit(self.amount, self.unit, self.extra + by)

    @property
    def code(self) -> str:
        """``20w``, ``90d``, ``3m``: the form that events store."""
        return f"{self.amount}{_LETTER[self.unit]}"

    @staticmethod
    def from_code(code: str) -> Limit:
        """What ``code`` wrote."""
        return _from_code(code)


@lru_cache(maxsize=512)
def _from_code(code: str) -> Limit:
    found = _CODE.fullmatch(code)
    if found is None:
        raise LimitWrong(f"期限“{code}”的写法不对，应如20w、90d、3m。", code=code)
    return Limit(int(found[1]), _UNIT[found[2]])


@dataclass(frozen=True, slots=True)
class Due:
    """The last day, and whether an unpublished year may still move it."""

    on: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One line of the working: counted or not, the count so far, and why."""

    day: date
    counted: bool
    n: int
    why: str
    settled: bool = True


def limit_of(parameter: Parameter, day: date) -> Limit:
    """A limit that the rulebook gives as a dated parameter."""
    amount = parameter.text_at(day)
    if parameter.unit not in set(Unit) or not amount.isdigit():
        raise LimitWrong(
            f"参数“{parameter.parameter}”（{amount} {parameter.unit}）不是期限，"
            f"单位应为{'、'.join(Unit)}，数值应为整数。",
            unit=parameter.unit,
        )
    return Limit(int(amount), Unit(parameter.unit))


def due(
    calendar: WorkCalendar, start: date, limit: Limit, pauses: Pauses = (), *, after_hours: bool = False
) -> Due:
    """The last day of a limit that starts on ``start``."""
    return _due(calendar, start, limit, tuple(pauses), after_hours)


@lru_cache(maxsize=4096)
def _due(
    calendar: WorkCalendar,
    start: date,
    limit: Limit,
    pauses: tuple[tuple[date, date], ...],
    after_hours: bool,
) -> Due:
    """Remembered: an office asks for the same few days all day long."""
    spans = merge(pauses)
    begin = _start(start).toordinal()
    if limit.is_immediate:
        looked = begin + 1 if after_hours or not _open(calendar, spans, begin) else begin
        last = _roll(calendar, spans, looked)
        first_asked = start
    elif limit.unit is Unit.WORKING_DAYS:
        last = _count_working(calendar, begin, limit.amount, spans)
        first_asked = start + _ONE
    else:
        raw = _count_days(begin, _length(start, limit), spans)
        last = _roll(calendar, spans, raw)
        if limit.extra:
            last = _count_working(calendar, last, limit.extra, spans)
        first_asked = date.fromordinal(raw)
    on = date.fromordinal(last)
    return Due(on, provisional=not calendar.all_settled(first_asked, on))


def walk_days(
    calendar: WorkCalendar, start: date, limit: Limit, pauses: Pauses = (), *, after_hours: bool = False
) -> Iterator[Day]:
    """Every day from the start to the due day, which is the last one given."""
    spans = merge(pauses)
    _start(start)
    if limit.is_immediate:
        yield from _walk_immediate(calendar, start, spans, after_hours)
    elif limit.unit is Unit.WORKING_DAYS:
        yield Day(start, False, 0, "起算日，不计入")
        yield from _walk_working(calendar, start, limit.amount, spans)
    else:
        yield Day(start, False, 0, "起算日，不计入")
        last = start
        for day in _walk_calendar(calendar, start, _length(start, limit), spans):
            last = day.day
            yield day
        yield from _walk_working(calendar, last, limit.extra, spans)


def merge(pauses: Pauses) -> Spans:
    """Pauses in order, overlapping ones joined, empty ones dropped; days in ``from < d <= to``."""
    spans: Spans = []
    for begun, over in sorted(pauses):
        if over < begun:
            raise LimitWrong(
                f"暂停从{begun.isoformat()}开始，却在{over.isoformat()}结束，结束不能早于开始。",
                begun=begun.isoformat(),
                over=over.isoformat(),
            )
        low, high = begun.toordinal(), over.toordinal()
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], high))
        elif low < high:
            spans.append((low, high))
    return spans


def paused_days(spans: Spans, after: int, until: int) -> Spans:
    """The parts of the pauses that lie in ``after < d <= until``."""
    return [(max(low, after), min(high, until)) for low, high in spans if low < until and high > after]


def _walk_immediate(calendar: WorkCalendar, start: date, spans: Spans, after_hours: bool) -> Iterator[Day]:
    day, late = start, after_hours
    while late or not _open(calendar, spans, day.toordinal()):
        why = "下班后收到，顺延" if late else f"{_why_not(calendar, spans, day)}，顺延"
        yield Day(day, False, 0, why, calendar.is_settled(day))
        day, late = day + _ONE, False
    why = "即时办结，当日办完" if day == start else f"{calendar.describe(day)}，当日办完"
    yield Day(day, True, 0, why, calendar.is_settled(day))


def _walk_working(calendar: WorkCalendar, start: date, amount: int, spans: Spans) -> Iterator[Day]:
    day, n = start, 0
    while n < amount:
        day += _ONE
        counted = _open(calendar, spans, day.toordinal())
        n += counted
        why = _why_counted(calendar, day) if counted else _why_not(calendar, spans, day)
        yield Day(day, counted, n, why, calendar.is_settled(day))


def _walk_calendar(calendar: WorkCalendar, start: date, length: int, spans: Spans) -> Iterator[Day]:
    day, n = start, 0
    while n < length:
        day += _ONE
        counted = not _paused(spans, day.toordinal())
        n += counted
        if n == length:
            break
        yield Day(day, counted, n, "计入" if counted else "暂停，不计入")
    rolls = False
    while not _open(calendar, spans, day.toordinal()):
        why = f"{_why_not(calendar, spans, day)}，期满日顺延"
        yield Day(day, not rolls, n, why, calendar.is_settled(day))
        day, rolls = day + _ONE, True
    why = f"{calendar.describe(day)}，顺延后期满" if rolls else f"{calendar.describe(day)}，期满"
    yield Day(day, not rolls, n, why, calendar.is_settled(day))


def _why_counted(calendar: WorkCalendar, day: date) -> str:
    text = calendar.describe(day)
    return text if "，" in text or "（" in text else "工作日"


def _why_not(calendar: WorkCalendar, spans: Spans, day: date) -> str:
    return "暂停，不计入" if _paused(spans, day.toordinal()) else calendar.describe(day)


def _paused(spans: Spans, day: int) -> bool:
    return any(low < day <= high for low, high in spans)


def _open(calendar: WorkCalendar, spans: Spans, day: int) -> bool:
    return calendar.works(day) and not _paused(spans, day)


def _roll(calendar: WorkCalendar, spans: Spans, day: int) -> int:
    while not _open(calendar, spans, day):
        day += 1
    return day


def _count_working(calendar: WorkCalendar, begin: int, amount: int, spans: Sequence[tuple[int, int]]) -> int:
    rank = calendar.rank(begin) + amount
    last = calendar.select(rank, begin)
    for low, high in spans:
        low = max(low, begin)
        if last <= low:
            break  # over before this pause began
        if high > low:
            rank += calendar.rank(high) - calendar.rank(low)
            last = calendar.select(rank, last)
    return last


def _count_days(begin: int, length: int, spans: Sequence[tuple[int, int]]) -> int:
    last = begin + length
    for low, high in spans:
        low = max(low, begin)
        if last <= low:
            break
        if high > low:
            last += high - low
    return last


def _length(start: date, limit: Limit) -> int:
    """A limit in calendar days; months up to the corresponding day, or the month's last."""
    if limit.unit is Unit.CALENDAR_DAYS:
        return limit.amount
    years, month = divmod(start.month - 1 + limit.amount, 12)
    year, month = start.year + years, month + 1
    return (date(year, month, min(start.day, monthrange(year, month)[1])) - start).days


def _start(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise LimitWrong(
            f"起算日{day.isoformat()}不在{FIRST_DAY.isoformat()}至{LAST_DAY.isoformat()}之间，请核对年份。",
            start=day.isoformat(),
        )
    return day
