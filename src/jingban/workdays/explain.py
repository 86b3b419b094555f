"""Why a due day is what it is, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jingban.workdays.calendar import WEEKDAYS, WorkCalendar
from jingban.workdays.clocks import Clock
from jingban.workdays.limits import Day, Due, Limit, Pauses, due, walk_days

PROVISIONAL = "所涉年份的放假安排未全部公布，公布后重新计算"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The due day with its working."""

    limit: Limit
    due: Due
    days: tuple[Day, ...]

    def lines(self) -> list[str]:
        """A table for people: day, weekday, the count (– where not counted), why."""
        return [
            f"{day.day.isoformat()}  {WEEKDAYS[day.day.weekday()]}  {day.n if day.counted else '–':>4}  {day.why}"
            for day in self.days
        ]

    def summary(self) -> str:
        """One sentence."""
        text = f"{self.days[0].day.isoformat()}起算，{self.limit.text}，{self.due.on.isoformat()}到期"
        return f"{text}（暂定：{PROVISIONAL}）" if self.due.provisional else text


def explain(
    calendar: WorkCalendar, start: date, limit: Limit, pauses: Pauses = (), *, after_hours: bool = False
) -> Explanation:
    """Walk the rule day by day; what it arrives at must be what ``due`` says."""
    pauses = list(pauses)
    days = tuple(walk_days(calendar, start, limit, pauses, after_hours=after_hours))
    walked = Due(days[-1].day, provisional=not all(day.settled for day in days))
    computed = due(calendar, start, limit, pauses, after_hours=after_hours)
    if walked != computed:
        raise RuntimeError(f"due day {computed} differs from its explanation {walked}: {start} {limit}")
    return Explanation(limit=limit, due=walked, days=days)


def explain_clock(calendar: WorkCalendar, clock: Clock, on: date) -> Explanation:
    """A clock's working; an open pause is taken as lasting until ``on``."""
    pauses = [(begun, over or max(begun, on)) for begun, over in clock.pauses]
    return explain(calendar, clock.started_on, clock.whole_limit, pauses, after_hours=clock.after_hours)
