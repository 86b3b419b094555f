"""A clock of a case: what runs against whom since when, and when it is due (design, section 5).

A clock is a value: every act on it gives a new one. It never asks what day it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from jingban.core.frozen import changed
from jingban.core.localtime import local_time
from jingban.workdays.calendar import WorkCalendar
from jingban.workdays.errors import ClockMisused
from jingban.workdays.limits import Due, Limit, Unit, due, merge, paused_days

Pause = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Clock:
    """``due_on`` is None while a pause is open that began before the due day: nobody can name the day."""

    name: str
    limit: Limit
    started_on: date
    at: str = ""
    pauses: tuple[Pause, ...] = ()
    ended_on: date | None = None
    due_on: date | None = None
    provisional: bool = False
    extended: int = 0  # working days, whatever the limit's unit
    after_hours: bool = False  # matters to 即时办结 only

    @classmethod
    def start(
        cls,
        calendar: WorkCalendar,
        name: str,
        limit: Limit,
        on: date,
        *,
        at: str = "",
        after_hours: bool = False,
    ) -> Clock:
        """Begin to run; ``on`` itself is not counted."""
        clock = cls(name=name, limit=limit, started_on=on, at=at, after_hours=after_hours)
        return recompute(clock, calendar)

    @property
    def is_ended(self) -> bool:
        return self.ended_on is not None

    @property
    def is_paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    @property
    def is_running(self) -> bool:
        return not self.is_ended and not self.is_paused

    @property
    def whole_limit(self) -> Limit:
        """The limit with what it was extended by."""
        return self.limit.extended(self.extended) if self.extended else self.limit

    def pause(self, calendar: WorkCalendar, on: date) -> Clock:
        """Stop counting after ``on``: that day was still the agency's."""
        on = self._act_day("暂停", on)
        if self.is_paused:
            raise self._misused("暂停", "已经暂停，请先恢复")
        return recompute(changed(self, pauses=(*self.pauses, (on, None))), calendar)

    def resume(self, calendar: WorkCalendar, on: date) -> Clock:
        """Count again from the day after ``on``."""
        on = self._act_day("恢复", on)
        if not self.is_paused:
            raise self._misused("恢复", "没有暂停")
        return recompute(changed(self, pauses=self._closed(on)), calendar)

    def end(self, calendar: WorkCalendar, on: date) -> Clock:
        """Stop for good; an open pause closes with it."""
        on = self._act_day("结束", on)
        return recompute(changed(self, pauses=self._closed(on), ended_on=on), calendar)

    def extend(self, calendar: WorkCalendar, by: int) -> Clock:
        """Add working days to the limit (行政许可法 art. 42 by analogy: ten days more, by the head)."""
        if self.is_ended:
            raise self._misused("延长", "已经结束")
        if by < 1:
            raise self._misused("延长", f"延长的数量应大于0，现在是{by}")
        return recompute(changed(self, extended=self.extended + by), calendar)

    def used(self, calendar: WorkCalendar, on: date) -> int:
        """How many days have counted up to ``on``: working days, or calendar days where the limit is so."""
        day = self._until(on)
        return self._counted(calendar, self.started_on, day, day) if day > self.started_on else 0

    def left(self, calendar: WorkCalendar, on: date) -> int:
        """How many days that count remain after ``on``; below zero: so many too late."""
        day = max(self._until(on), self.started_on)
        last = self.due_on or self._due(calendar, self._pauses_at(day)).on
        if last >= day:
            return self._counted(calendar, day, last, day)
        return -self._counted(calendar, last, day, day)

    def is_late(self, on: date) -> bool:
        """Whether the due day had passed on ``on``, or when it ended."""
        return self.due_on is not None and self._until(on) > self.due_on

    def as_data(self) -> dict[str, Any]:
        """The clock as JSON with short keys and nothing empty: it stands in every event."""
        data: dict[str, Any] = {"n": self.name, "l": self.limit.code, "s": _write(self.started_on)}
        if self.due_on is not None:
            data["d"] = _write(self.due_on)
        if self.pauses:
            data["p"] = [[_write(begun), over and _write(over)] for begun, over in self.pauses]
        if self.ended_on is not None:
            data["e"] = _write(self.ended_on)
        for key, value in (("a", self.at), ("x", self.extended)):
            if value:
                data[key] = value
        for key, flag in (("v", self.provisional), ("h", self.after_hours)):
            if flag:
                data[key] = 1
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Clock:
        """What ``as_data`` wrote."""
        read = date.fromisoformat
        return cls(
            name=data["n"],
            limit=Limit.from_code(data["l"]),
            started_on=read(data["s"]),
            at=data.get("a", ""),
            pauses=tuple((read(begun), read(over) if over else None) for begun, over in data.get("p", ())),
            ended_on=read(data["e"]) if "e" in data else None,
            due_on=read(data["d"]) if "d" in data else None,
            provisional="v" in data,
            extended=data.get("x", 0),
            after_hours="h" in data,
        )

    def _due(self, calendar: WorkCalendar, pauses: list[tuple[date, date]]) -> Due:
        return due(calendar, self.started_on, self.whole_limit, pauses, after_hours=self.after_hours)

    def _until(self, on: date) -> date:
        return on if self.ended_on is None else min(on, self.ended_on)

    def _closed(self, on: date) -> tuple[Pause, ...]:
        if not self.is_paused:
            return self.pauses
        begun = self.pauses[-1][0]
        kept = self.pauses[:-1]
        return (*kept, (begun, on)) if on > begun else kept  # resumed the same day: no day was lost

    def _pauses_at(self, day: date) -> list[tuple[date, date]]:
        return [(begun, over or max(begun, day)) for begun, over in self.pauses]

    def _counted(self, calendar: WorkCalendar, after: date, until: date, seen_on: date) -> int:
        low, high = after.toordinal(), until.toordinal()
        lost = paused_days(merge(self._pauses_at(seen_on)), low, high)
        if self.limit.unit is Unit.WORKING_DAYS:
            low, high = calendar.rank(low), calendar.rank(high)
            lost = [(calendar.rank(begun), calendar.rank(over)) for begun, over in lost]
        return high - low - sum(over - begun for begun, over in lost)

    def _act_day(self, act: str, on: date) -> date:
        if self.is_ended:
            raise self._misused(act, "已经结束")
        # What came after hours may count as received on the next working day, and be acted on before that.
        on = max(on, self.started_on)
        for begun, over in self.pauses[-1:]:
            latest = over or begun
            if on < latest:
                raise self._misused(act, f"日期{on.isoformat()}早于上一次变动的{latest.isoformat()}")
        return on

    def _misused(self, act: str, why: str) -> ClockMisused:
        return ClockMisused(f"时限“{self.name}”不能{act}：{why}。", clock=self.name, act=act)


def recompute(clock: Clock, calendar: WorkCalendar) -> Clock:
    """The due day worked out again, as when a new year's notice is published."""
    closed = [(begun, over) for begun, over in clock.pauses if over is not None]
    found = clock._due(calendar, closed)
    if clock.is_paused and found.on > clock.pauses[-1][0]:
        return changed(clock, due_on=None, provisional=False)
    return changed(clock, due_on=found.on, provisional=found.provisional)


def _write(day: date) -> str:
    return day.isoformat().replace("-", "")


class ReceiptRule(StrEnum):
    """On which day something is received that comes after hours; no national rule says (reference 10, U)."""

    SAME_DAY = "same-day"
    NEXT_WORKDAY = "next-workday"


def is_after_hours(instant: datetime, closes_at: time = time(17, 30)) -> bool:
    """Whether the office had closed."""
    return local_time(instant).time() >= closes_at


def receipt_day(
    instant: datetime,
    calendar: WorkCalendar,
    *,
    closes_at: time = time(17, 30),
    rule: ReceiptRule = ReceiptRule.SAME_DAY,
) -> date:
    """The day that counts as the day of receipt."""
    day = local_time(instant).date()
    if rule is ReceiptRule.SAME_DAY:
        return day
    if is_after_hours(instant, closes_at) or not calendar.is_working(day):
        return calendar.next_working(day)
    return day
