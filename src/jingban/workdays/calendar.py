"""Working days of China: weekdays, less the holidays and plus the make-up days of the yearly notices.

行政许可法 art. 82: limits are in working days, statutory holidays not included. A year without a file is
counted by the weekday alone and everything that touches it is provisional.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import accumulate
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from jingban.core.paths import rulebook_root
from jingban.core.validation import complaints
from jingban.core.yaml12 import read_data
from jingban.workdays.errors import CalendarBroken

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")

# The notice for a year may still change the end of the year before: those of 2006, 2007, 2008, 2012 and
# 2019 made weekend days from 29 December working days, those of 2008 and 2019 made 31 December a holiday.
_OPEN_FROM = (12, 28)


class Notice(BaseModel):
    """The State Council's notice behind a year file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    number: str | None = None
    url: str | None = None
    checked_on: date | None = None


class Holiday(BaseModel):
    """A holiday and all days off around it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    days: tuple[date, ...]


class Exceptional(BaseModel):
    """A day on which a published calendar disagrees with the notice, and why ours stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    note: str


class YearFile(BaseModel):
    """One file of ``rulebook/national/calendar``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    published: bool = True
    """False before the yearly notice: the file lists the legal holidays only, and the year stays unknown."""
    notice: Notice
    holidays: tuple[Holiday, ...]
    workdays: tuple[date, ...] = ()
    exceptions: tuple[Exceptional, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WorkCalendar:
    """All published years. Days are counted by closed form: weekdays up to a day, corrected by the few
    irregular ones, so that counting costs the same over any range and no range is built in."""

    years: frozenset[int]
    holidays: Mapping[int, str] = field(repr=False)  # ordinal -> name
    make_up: frozenset[int] = field(repr=False)
    exceptions: Mapping[date, str] = field(repr=False)
    _irregular: list[int] = field(repr=False)
    _correction: list[int] = field(repr=False)  # how many working days more, up to each irregular day

    @classmethod
    def of(cls, files: Iterable[YearFile]) -> WorkCalendar:
        """Put year files together; a day that is both off and on is refused."""
        files = list(files)
        years = [file.year for file in files]
        if len(set(years)) < len(years):
            raise CalendarBroken("同一年有两份日历文件，请只保留一份。", years=sorted(years))
        off, on = _holidays(files), _make_up(files)
        if both := sorted(set(off) & on):
            day = date.fromordinal(both[0]).isoformat()
            raise CalendarBroken(f"{day}既写为放假又写为补班，请按国务院办公厅通知改正。", day=day)
        step = {day: -1 for day in off if _is_weekday(day)} | dict.fromkeys(on, 1)
        irregular = sorted(step)
        return cls(
            years=frozenset(file.year for file in files if file.published),
            holidays=off,
            make_up=frozenset(on),
            exceptions={item.day: item.note for file in files for item in file.exceptions},
            _irregular=irregular,
            _correction=[0, *accumulate(step[day] for day in irregular)],
        )

    def knows(self, year: int) -> bool:
        """Whether the notice of the year is published and in the rulebook."""
        return year in self.years

    def is_settled(self, day: date) -> bool:
        """Whether no notice to come can change the day."""
        if (day.month, day.day) >= _OPEN_FROM and day.year + 1 not in self.years:
            return False
        return day.year in self.years

    def all_settled(self, first: date, last: date) -> bool:
        """Whether every day from ``first`` to ``last`` is settled."""
        if last < first:
            return True
        wholly = all(year in self.years for year in range(first.year, last.year + 1))
        # Between two known years nothing stays open, so only the last year's end can.
        return wholly and self.is_settled(last)

    def is_working(self, day: date) -> bool:
        return self.works(day.toordinal())

    def works(self, ordinal: int) -> bool:
        """``is_working`` by ordinal."""
        if ordinal in self.holidays:
            return False
        return _is_weekday(ordinal) or ordinal in self.make_up

    def next_working(self, day: date) -> date:
        """The first working day after ``day``."""
        return self.add_working(day, 1)

    def add_working(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (which is not counted itself)."""
        near = day.toordinal()
        return date.fromordinal(self.select(self.rank(near) + count, near))

    def working_between(self, after: date, until: date) -> int:
        """How many working days lie in ``after < d <= until``."""
        return max(0, self.rank(until.toordinal()) - self.rank(after.toordinal()))

    def rank(self, ordinal: int) -> int:
        """Working days from the beginning of time up to and including the day."""
        weeks, rest = divmod(ordinal, 7)
        regular = weeks * 5 + min(rest, 5)
        return regular + self._correction[bisect_right(self._irregular, ordinal)]

    def select(self, rank: int, near: int) -> int:
        """The first day with this rank: the inverse of ``rank`` on working days; ``near`` is where to look."""
        day = near + (rank - self.rank(near)) * 7 // 5
        # A step of as many days as are missing never goes past the rank, from either side.
        while missing := rank - self.rank(day):
            day += missing
        while not self.works(day):
            day -= 1
        return day

    def describe(self, day: date) -> str:
        """The day in words: ``国庆节``, ``周六，补班``, ``周四``; an open one says so."""
        ordinal = day.toordinal()
        weekday = WEEKDAYS[day.weekday()]
        text = self.holidays.get(ordinal) or (f"{weekday}，补班" if ordinal in self.make_up else weekday)
        if self.is_settled(day):
            return text
        missing = day.year if day.year not in self.years else day.year + 1
        return f"{text}（{missing}年放假安排未公布）"


def _is_weekday(ordinal: int) -> bool:
    return (ordinal - 1) % 7 < 5  # ordinal 1 is a Monday


def _holidays(files: list[YearFile]) -> dict[int, str]:
    off: dict[int, str] = {}
    for file in files:
        for holiday in file.holidays:
            for day in holiday.days:
                _in_reach(file.year, day)
                name = off.get(day.toordinal())
                off[day.toordinal()] = f"{name}、{holiday.name}" if name else holiday.name
    return off


def _make_up(files: list[YearFile]) -> set[int]:
    on: set[int] = set()
    for file in files:
        for day in file.workdays:
            _in_reach(file.year, day)
            if _is_weekday(day.toordinal()):
                raise CalendarBroken(
                    f"{day.isoformat()}是{WEEKDAYS[day.weekday()]}，本来上班，不应写在补班日里，请改正日期。",
                    day=day.isoformat(),
                )
            on.add(day.toordinal())
    return on


def _in_reach(year: int, day: date) -> None:
    # A notice reaches back into the last December, and its New Year holiday is all it can say of another year.
    if day.year != year and (day.year, day.month) != (year - 1, 12):
        raise CalendarBroken(
            f"{year}年的日历文件里写了{day.isoformat()}，不属于这一年，请改正。",
            year=year,
            day=day.isoformat(),
        )


def load_calendar(folder: Path) -> WorkCalendar:
    """Read the year files of a folder."""
    files = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = YearFile.model_validate(read_data(path))
        except ValidationError as error:
            faults = complaints(error)
            raise CalendarBroken(
                f"日历文件{path}：{'；'.join(faults)}。", file=str(path), faults=faults
            ) from None
        if path.stem != str(file.year):
            raise CalendarBroken(
                f"日历文件{path}里写的是{file.year}年，请让文件名与年份一致。", file=str(path)
            )
        files.append(file)
    return WorkCalendar.of(files)


@cache
def _loaded(folder: Path) -> WorkCalendar:
    return load_calendar(folder)


def calendar() -> WorkCalendar:
    """The rulebook's calendar, read once a process."""
    return _loaded(rulebook_root() / "national" / "calendar")
