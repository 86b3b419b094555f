"""Whole months as numbers: ``index`` counts them from year 0, so that months are added and compared like integers."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable
from datetime import date


def index(day: date) -> int:
    """The number of the month in which the day lies."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    year, place = divmod(month, 12)
    return date(year, place + 1, 1)


def last_day(month: int) -> date:
    year, place = divmod(month, 12)
    return date(year, place + 1, monthrange(year, place + 1)[1])


def span(first: date, last: date) -> range:
    """The months from that of ``first`` to that of ``last``, both included; empty when they are in the wrong order."""
    return range(index(first), index(last) + 1)


def year(number: int) -> range:
    """The twelve months of a year."""
    return range(number * 12, number * 12 + 12)


def later(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where that month is shorter."""
    month = index(day) + months
    return first_day(month).replace(day=min(day.day, last_day(month).day))


def runs(months: Iterable[int]) -> list[range]:
    """Months put together into unbroken runs, in order."""
    found: list[range] = []
    for month in sorted(set(months)):
        if found and found[-1].stop == month:
            found[-1] = range(found[-1].start, month + 1)
        else:
            found.append(range(month, month + 1))
    return found


def unbroken(months: Collection[int], last: int) -> int:
    """How many months without a gap end with ``last``; none when that one is missing."""
    count = 0
    while last - count in months:
        count += 1
    return count


def words(months: range) -> str:
    """A run in words: 2026年3月, or 2026年3月至2026年5月."""
    first, last = first_day(months.start), first_day(months.stop - 1)
    one = f"{first.year}年{first.month}月"
    return one if len(months) == 1 else f"{one}至{last.year}年{last.month}月"
