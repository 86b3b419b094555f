"""A case as it was at one of its events: under which version of its entry, and what it had come to."""

from __future__ import annotations

from collections.abc import Iterable

from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.core.frozen import changed
from jingban.processes.model import MOVED
from jingban.processes.state import Event, State, fold
from jingban.rulebook import publish


def as_event(row: CaseEvent) -> Event:
    """A stored event as the fold takes it."""
    return Event(row.seq, row.act, row.actor, row.behalf, row.at, row.from_step, row.to_step, row.data)


def moves_of(view: CaseView) -> list[CaseEvent]:
    """The events by which the case went on under another version."""
    return list(CaseEvent.objects.filter(case_id=view.id, act=MOVED).order_by("seq"))


def of_its_time(view: CaseView, events: Iterable[CaseEvent], seq: int) -> CaseView:
    """The case with the version that held when event ``seq`` was written; ``events``: all of it, or its moves."""
    later = (row for row in events if row.act == MOVED and row.seq > seq)
    first = min(later, key=lambda row: row.seq, default=None)
    return view if first is None else changed(view, version_id=first.data["version"][0])


def replayed(view: CaseView, events: Iterable[CaseEvent], until: int) -> State:
    """What the case had come to after event ``until``, each event folded under the version of its time."""
    rows, state = list(events), State()
    for row in rows:
        if row.seq <= until:
            item = publish.version(of_its_time(view, rows, row.seq).version_id).item
            state = fold(item.process_named(view.process), state, as_event(row))
    return state
