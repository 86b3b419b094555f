"""Check cases against themselves: the fold equals the row, the chain holds, no tail was cut."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from jingban.cases.chain import Link, broken, link_hash
from jingban.cases.history import of_its_time, replayed
from jingban.cases.models import Anchor, Case, CaseEvent
from jingban.cases.store import due_of, identity_hash
from jingban.cases.view import read
from jingban.processes.model import MOVED
from jingban.rulebook import publish

SETTLED = timedelta(minutes=10)
"""Anchors leave the last minutes out: a transaction may still be writing into them."""


def events_of(case_id: int) -> list[CaseEvent]:
    """The events of a case in order."""
    return list(CaseEvent.objects.filter(case_id=case_id).order_by("seq"))


def _link(number: str, r: CaseEvent) -> Link:
    return Link(number, r.seq, r.act, r.actor, r.behalf, r.at, r.from_step, r.to_step, r.data)


def case_faults(case_id: int) -> Iterator[str]:
    """What is wrong with one case."""
    view, _ = read(case_id)
    rows = events_of(case_id)
    links = [(_link(view.number, row), bytes(row.before)) for row in rows]
    moves = [row.data["version"] for row in rows if row.act == MOVED]
    at_first = of_its_time(view, rows, 0)
    first = identity_hash(at_first)
    yield from broken(view.number, links, first=first, last=view.last_hash)
    versions = [at_first.version_id, *(after for _, after in moves)]
    if [before for before, _ in moves] != versions[:-1] or versions[-1] != view.version_id:
        yield f"办件 {view.number} 的版本与转换记录不一致"
    state = replayed(view, rows, view.seq)
    process = publish.version(versions[-1]).item.process_named(view.process)
    timer_at = Case.objects.values_list("timer_at", flat=True).get(pk=case_id)
    step = process.steps.get(state.step)
    kept = (view.state, view.due_on, view.role, timer_at)
    if kept != (state, due_of(state), step.by[0] if step else "", state.next_due()):
        yield f"办件 {view.number} 的事件重放与办件行不一致"


def anchor(*, now: datetime) -> Anchor | None:
    """Seal everything that happened since the last anchor; its root is worth keeping elsewhere.

    What is due but not yet fired will be dated to its due instant: no anchor passes that.
    """
    waiting = (
        Case.objects.order_by("timer_at").filter(timer_at__lte=now).values_list("timer_at", flat=True).first()
    )
    until = min(now, waiting or now) - SETTLED
    with transaction.atomic():
        locked = Anchor.objects.select_for_update().order_by("until").last()
        last = Anchor.objects.order_by("until").last()
        if last != locked or (last is not None and last.until >= until):
            return None  # two timers at once: the other one sealed
        events, root = _root(last, until)
        return Anchor.objects.create(until=until, events=events, root=root) if events else None


def _root(last: Anchor | None, until: datetime) -> tuple[int, bytes]:
    rows = CaseEvent.objects.filter(at__lte=until)
    if last is not None:
        rows = rows.filter(at__gt=last.until)
    total = hashlib.sha256(bytes(last.root) if last else b"")
    count = 0
    for row in rows.select_related("case").order_by("case_id", "seq").iterator():
        total.update(link_hash(bytes(row.before), _link(row.case.number, row)))
        count += 1
    return count, total.digest()


def anchor_faults() -> Iterator[str]:
    """Anchors whose events are no longer what they sealed: even a tail cut together with its row."""
    before: Anchor | None = None
    for found in Anchor.objects.order_by("until"):
        if _root(before, found.until) != (found.events, bytes(found.root)):
            yield f"{found.until:%Y-%m-%d %H:%M} 的存证锚点与现有事件不符：有事件被删除或改动"
        before = found


def faults() -> Iterator[str]:
    """Everything that is wrong, over all cases and anchors."""
    for pk in Case.objects.order_by("pk").values_list("pk", flat=True).iterator():
        yield from case_faults(pk)
    yield from anchor_faults()
