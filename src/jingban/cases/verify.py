"""Check cases against themselves: the fold equals the row, the chain holds, no tail was cut."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from jingban.cases.chain import Link, broken
from jingban.cases.models import Anchor, Case, CaseEvent
from jingban.cases.procedures import procedure_of
from jingban.cases.view import read
from jingban.core.localtime import local_day
from jingban.processes.state import Event, replay

SETTLED = timedelta(minutes=10)
"""Anchors leave the last minutes out: a transaction may still be writing into them."""


def events_of(case_id: int) -> list[CaseEvent]:
    """The events of a case in order."""
    return list(CaseEvent.objects.filter(case_id=case_id).order_by("seq"))


def as_event(row: CaseEvent) -> Event:
    """A stored event as the fold takes it."""
    return Event(row.seq, row.act, row.actor, row.behalf, row.at, row.from_step, row.to_step, row.data)


def case_faults(case_id: int) -> Iterator[str]:
    """What is wrong with one case."""
    view, _ = read(case_id)
    rows = events_of(case_id)
    links = [
        (Link(view.number, r.seq, r.act, r.actor, r.behalf, r.at, r.from_step, r.to_step, r.data), bytes(r.before))
        for r in rows
    ]
    yield from broken(view.number, links, view.last_hash)
    procedure = procedure_of(view.version_id, view.process, local_day(view.opened_at))
    if replay(procedure.process, [as_event(row) for row in rows]) != view.state:
        yield f"办件 {view.number} 的事件重放与办件行不一致"


def anchor(*, now: datetime) -> Anchor | None:
    """Seal everything that happened since the last anchor; its root is worth keeping elsewhere."""
    until = now - SETTLED
    last = Anchor.objects.order_by("until").last()
    if last is not None and last.until >= until:
        return None
    events, root = _root(last, until)
    return Anchor.objects.create(until=until, events=events, root=root)


def _root(last: Anchor | None, until: datetime) -> tuple[int, bytes]:
    rows = CaseEvent.objects.filter(at__lte=until)
    if last is not None:
        rows = rows.filter(at__gt=last.until)
    total = hashlib.sha256(bytes(last.root) if last else b"")
    count = 0
    for row in rows.order_by("case_id", "seq").values_list("case_id", "seq", "before").iterator():
        total.update(f"{row[0]}:{row[1]}:".encode() + bytes(row[2]))
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
