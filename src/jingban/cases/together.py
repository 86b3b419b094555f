"""Many cases moved in one transaction: by the same acts and messages as one by one, their rows written at once.

What is asked, checked, chained, sealed and brought about is the same; only reading and writing are shared. All of them
move or none does: whoever calls holds the transaction, and tries them one by one where it fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from jingban.access.service import Actor
from jingban.cases.actions import NOBODY, asked_of, heard, step_asked
from jingban.cases.doubles import again
from jingban.cases.errors import CaseNotFound, StaleVersion
from jingban.cases.models import CaseEvent
from jingban.cases.outbox import put_out
from jingban.cases.sql import on_postgres
from jingban.cases.store import STEP, Step, brought_about, has_effects, values_of, whole, write_step
from jingban.cases.view import CaseView, Done, read_many
from jingban.cases.work import papers_of
from jingban.processes.conflicts import asked_once, hold_apart


def act_together(
    *, cases: Mapping[int, tuple[int, UUID]], act: str, actor: Actor, now: datetime, batch: str
) -> list[CaseView]:
    """Do a batch act on cases as they were seen: by case the number of its events, and the key (``batch.act_many``).

    Who is refused here is written down when the caller tries the case alone.
    """
    done = _done(actor.id, [key for _, key in cases.values()])
    views = {view.id: view for view in read_many(cases)}
    found: dict[int, CaseView] = {}
    steps: list[Step] = []
    with asked_once():
        for case, (seen, key) in cases.items():
            if case not in views:
                raise CaseNotFound("没有这个办件，请核对编号。")
            if key in done:
                found[case] = again(views[case], done[key].case_id, done[key].act, act)
                continue
            asked = asked_of(views[case], act, {}, actor, seen=seen, now=now, batch=batch, noted=False)
            hold_apart(asked.view, asked.procedure, act, actor.id, now)
            steps.append(step_asked(asked, key))
    store_steps(steps)
    found |= {step.before.id: step.after for step in steps}
    return [found[case] for case in cases]


def tell_together(
    *,
    views: Iterable[CaseView],
    keys: Mapping[int, UUID],
    message: str,
    result: str | None,
    now: datetime,
    actor: Actor = NOBODY,
) -> None:
    """The same message reaches cases that wait for it and are held; what was heard under its key is not heard again."""
    done = _done(actor.id, keys.values())
    steps = [
        step_asked(heard(view, message, result, {}, actor=actor, now=now), keys[view.id])
        for view in views
        if keys[view.id] not in done
    ]
    store_steps(steps)


def store_steps(steps: Sequence[Step]) -> None:
    """Write steps of as many cases within the caller's transaction: all, or none where one moved meanwhile."""
    # In the order of their keys: of two at once one waits, and neither for the other in a circle.
    steps = sorted(steps, key=lambda step: step.before.id)
    if on_postgres():
        _write_alike(steps)
    else:
        for step in steps:
            if not write_step(step):
                raise StaleVersion(seen=step.before.seq, now=None)
    events = [(step.after, event, step.item) for step in steps for event in step.chain.events]
    put_out(events)
    papers = papers_of({after.id for after, event, item in events if has_effects(event, item)})
    for after, event, item in events:
        brought_about(after, event, item, papers.get(after.id))


def _write_alike(steps: Sequence[Step]) -> None:
    """Those that write as many rows share one prepared statement, sent for all of them at once."""
    alike: dict[tuple[int, int, int], list[list[Any]]] = {}
    for step in steps:
        rows, payloads, finds = step.chain.rows, step.payloads, step.finds
        values = values_of(step.fold, rows, payloads, finds)
        alike.setdefault((len(rows), len(payloads), len(finds)), []).append(values)
    with connection.cursor() as cursor:
        for shape, some in alike.items():
            cursor.executemany(whole(STEP, *shape), some)
            if cursor.rowcount != len(some):
                raise StaleVersion(seen=steps[0].before.seq, now=None)


def _done(actor: int, keys: Iterable[UUID]) -> dict[UUID, Done]:
    """What the actor already did under these keys."""
    rows = CaseEvent.objects.filter(actor=actor, key__in=list(keys)).values_list("key", "case_id", "act")
    return {key: Done(case, act) for key, case, act in rows if key is not None}
