"""What happens by itself: limits that ran out, and limits in years now published."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from jingban.cases.actions import due_act, fired
from jingban.cases.errors import StaleVersion
from jingban.cases.models import Case
from jingban.cases.procedures import procedure_of
from jingban.cases.view import read
from jingban.core.faults import trail
from jingban.core.localtime import local_day
from jingban.processes.engine import RECOMPUTED
from jingban.processes.timing import recomputed

log = logging.getLogger(__name__)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did."""

    fired: int
    failed: int


def tick(*, now: datetime, batch: int = BATCH) -> Ticked:
    """Fire everything that was due by ``now``; running it twice changes nothing more."""
    count, failed, idle = 0, set[int](), set[int]()
    while due := _due(now, batch, failed | idle):
        for pk in due:
            try:
                fired_one = _fire(pk, now)
            except Exception as error:  # noqa: BLE001  one case that cannot be fired must not hold up all others
                log.error("case %s could not be fired: %s", pk, trail(error))
                failed.add(pk)
                continue
            count += fired_one
            if not fired_one:  # somebody else is at it; the next tick looks again
                idle.add(pk)
    return Ticked(count, len(failed))


def _due(now: datetime, batch: int, tried: set[int]) -> list[int]:
    rows = Case.objects.filter(timer_at__lte=now).exclude(pk__in=tried).order_by("timer_at", "id")
    return list(rows.values_list("pk", flat=True)[:batch])


def _fire(pk: int, now: datetime) -> int:
    """Fire one case's earliest timer, dated to the instant it was due."""
    with transaction.atomic():
        # Two ticks at once share the work; a person acting now goes first. SQLite's writers queue anyway.
        lock = Case.objects.select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked
        )
        if not lock.filter(pk=pk).exists():
            return 0
        view, _ = read(pk)
        due = view.state.next_due()
        if due is None or due > now:
            return 0
        try:
            fired(view=view, act=due_act(view, due), at=due)
        except StaleVersion:
            return 0
    return 1


def recompute(*, now: datetime) -> int:
    """Work provisional limits out again after a year was published; returns how many cases changed."""
    changed = 0
    for pk in Case.objects.open().order_by("pk").values_list("pk", flat=True).iterator():
        view, _ = read(pk)
        procedure = procedure_of(view.version_id, view.process, local_day(now))
        if recomputed(procedure, view.state):
            try:
                fired(view=view, act=RECOMPUTED, at=now)
            except StaleVersion:
                continue  # somebody acted meanwhile; the next run sees the case as it is then
            changed += 1
    return changed
