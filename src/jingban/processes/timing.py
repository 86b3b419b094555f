"""How clocks and timers turn when a case moves: two clocks for each case, and each agency's segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from jingban.core.localtime import SHANGHAI, local_day
from jingban.processes.model import PROMISE, STATUTORY, Process, Step
from jingban.processes.state import State
from jingban.workdays.service import (
    Clock,
    Limit,
    ReceiptRule,
    WorkCalendar,
    due,
    is_after_hours,
    receipt_day,
    recompute,
)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A published procedure with what it needs to run: limits by name, the calendar, the item's effect."""

    process: Process
    limits: Mapping[str, Limit]
    promise: Limit | None
    statutory: Limit | None
    effect: tuple[str, ...]
    calendar: WorkCalendar
    closes_at: time = time(17, 30)
    receipt: ReceiptRule = ReceiptRule.SAME_DAY

    def limit_of(self, clock: str) -> Limit | None:
        """The limit of a clock: the two of every case, or a segment by its own name."""
        if clock == PROMISE:
            return self.promise
        if clock == STATUTORY:
            return self.statutory
        return self.limits[clock]


def start_clock(procedure: Procedure, name: str, at: datetime) -> Clock | None:
    """A clock begun at this instant, or none where the guide and the law set no limit."""
    limit = procedure.limit_of(name)
    if limit is None:
        return None
    rule = procedure.process.clocks.get(name)
    calendar, closes_at = procedure.calendar, procedure.closes_at
    on = receipt_day(at, calendar, closes_at=closes_at, rule=procedure.receipt)
    late = limit.is_immediate and on == local_day(at) and is_after_hours(at, closes_at)
    return Clock.start(calendar, name, limit, on, at=rule.at if rule else "", after_hours=late)


def turned_clocks(
    procedure: Procedure,
    state: State,
    *,
    to: str,
    at: datetime,
    day: date,
    starts: tuple[str, ...] = (),
    ends: tuple[str, ...] = (),
    special: frozenset[str] | None = None,
) -> dict[str, Clock]:
    """The clocks that change with this move: started, ended, paused or resumed."""
    calendar = procedure.calendar
    now = dict(state.clocks)
    for name in starts:
        running = name in now and not now[name].is_ended
        if running and name != STATUTORY:
            continue  # a case sent back keeps its promise; only a complete file restarts the law's clock
        if clock := start_clock(procedure, name, at):
            now[name] = clock
    for name in ends:
        if name in now and not now[name].is_ended:
            now[name] = now[name].end(calendar, day)
    step = procedure.process.steps.get(to)
    if step is None:
        now = {n: c if c.is_ended else c.end(calendar, day) for n, c in now.items()}
    else:
        resting = frozenset(step.paused) | (state.special if special is None else special)
        now = {n: _rested(c, n in resting, calendar, day) for n, c in now.items()}
    return {n: c for n, c in now.items() if state.clocks.get(n) != c}


def _rested(clock: Clock, rests: bool, calendar: WorkCalendar, day: date) -> Clock:
    if clock.is_ended or clock.is_paused == rests:
        return clock
    return clock.pause(calendar, day) if rests else clock.resume(calendar, day)


def recomputed(procedure: Procedure, state: State) -> dict[str, Any]:
    """What of the event's data a new calendar changes: provisional clocks, and the timer of the open step."""
    data: dict[str, Any] = {}
    if clocks := _recomputed_clocks(procedure, state):
        data["clocks"] = clocks
    if state.entered_on is not None:
        timer = timer_of(procedure, procedure.process.steps.get(state.step), state.entered_on)
        if timer is not None and timer != state.timer:
            data["timer"] = timer.isoformat()
    return data


def _recomputed_clocks(procedure: Procedure, state: State) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, clock in state.clocks.items():
        if clock.provisional and not clock.is_ended:
            again = recompute(clock, procedure.calendar)
            if again != clock:
                found[name] = again.as_data()
    return found


def timer_of(procedure: Procedure, step: Step | None, entered_on: date) -> datetime | None:
    """When the step fires by itself: the end of the due day, which is midnight of the next."""
    rule = None if step is None else (step.after or step.notice)
    if rule is None:
        return None
    found = due(procedure.calendar, entered_on, procedure.limits[rule.limit])
    return end_of_day(found.on)


def end_of_day(day: date) -> datetime:
    """The instant at which a day is over in Shanghai (民法典 203: a period ends at 24:00)."""
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=SHANGHAI)
