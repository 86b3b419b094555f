"""The tabs of the queue by urgency: which days belong to each, and how many cases lie there, counted no further
than anybody would read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from jingban.access.service import Actor
from jingban.cases.models import Case
from jingban.cases.querysets import CaseQuerySet
from jingban.portals.desk.placed import Places, Queues
from jingban.workdays.service import WorkCalendar

ANY, OVER, TODAY, SOON = "any", "over", "today", "soon"
NAMES = {ANY: ("", "全部"), OVER: ("▲", "已超期"), TODAY: ("●", "今日到期"), SOON: ("◆", "两日内")}
BOUND = 100
"""No count reads further: "99+" says enough, and a count over the table would not stay cheap."""
TWO = 2
GROUP = ("region", "office", "version_id", "process", "step")

Mine = Callable[[str, str, int, str, str], bool]
"""Whether a case of this region, office, version, process and step is meant."""


@dataclass(frozen=True, slots=True)
class Count:
    """A tab with its number: ``12``, ``99+``, or ``3+`` where the rest was not looked at."""

    key: str
    sign: str
    name: str
    number: str


def days_of(when: str, calendar: WorkCalendar, day: date) -> Q:
    """The rows of a queue that a tab shows: days alone, so that its index is entered at the first of them. The badge of
    a row says the same (``casepage.due_badge``)."""
    if when == OVER:
        return Q(due_on__lt=day)
    if when == TODAY:
        return Q(due_on=day)
    if when == SOON:
        return Q(due_on__gt=day, due_on__lte=_two_days_on(calendar, day))
    return Q()


def _two_days_on(calendar: WorkCalendar, day: date) -> date:
    """The last day of which a badge says two working days are left."""
    last = day
    while calendar.working_between(day, last + timedelta(days=1)) <= TWO:
        last += timedelta(days=1)
    return last


def counts(wanted: Places, actor: Actor, mine: Mine, calendar: WorkCalendar, day: date) -> tuple[Count, ...]:
    """All tabs in one statement."""
    found: dict[str, list[int]] = {key: [0, 0] for key in NAMES}
    for key, region, office, version, process, step, number in _grouped(wanted, actor, calendar, day):
        found[key][0] += number
        found[key][1] += number if mine(region, office, version, process, step) else 0
    return tuple(Count(key, *NAMES[key], _number(*found[key])) for key in NAMES)


def _number(read: int, meant: int) -> str:
    if meant >= BOUND:
        return f"{BOUND - 1}+"
    return f"{meant}+" if read >= BOUND else str(meant)


def _shown(when: Q, queue: CaseQuerySet) -> QuerySet[Case, Any]:
    return queue.filter(when).values_list(*GROUP)[:BOUND]


def _grouped(
    wanted: Places, actor: Actor, calendar: WorkCalendar, day: date
) -> list[tuple[str, str, str, int, str, str, int]]:
    parts: list[str] = []
    params: list[Any] = []
    queues = Queues(wanted, actor)
    for key in NAMES:
        rows, values = queues.sql(partial(_shown, days_of(key, calendar, day)))
        if not rows:
            return []
        parts.append(
            f"SELECT '{key}', {', '.join(GROUP)}, COUNT(*) FROM "  # noqa: S608
            f"(SELECT * FROM ({rows}) r LIMIT {BOUND}) {key}_rows "
            f"GROUP BY {', '.join(GROUP)}"
        )
        params += values
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return list(cursor.fetchall())
