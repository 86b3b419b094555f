"""The agency says which designated institution a case is for, where the form named none that works with us.

Until then no institution sees it, for it would be everybody's (个人信息保护法第六条: no more than the purpose needs).
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from jingban.access.service import Actor, Answer, may
from jingban.cases.errors import StaleVersion
from jingban.cases.permission import on_case, refused
from jingban.cases.places import for_institutions, institutions
from jingban.cases.store import step_of, store_step
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.processes.engine import Change
from jingban.processes.model import ASSIGNED
from jingban.processes.state import Event, fold
from jingban.rulebook import publish

ASSIGNERS = frozenset({"reviewer", "supervisor", "window"})
"""Staff of the agency, which watches over what institutions recognise."""


class NotAssignable(DomainError):
    """The case has ended, or the institution is none that a case may be for."""

    code = "act_not_allowed"


def choices(view: CaseView, actor: Actor, day: date) -> list[str]:
    """The institutions to which the actor may assign the case; none where it needs none or the actor may not."""
    process = publish.version(view.version_id).item.process_named(view.process)
    if not view.is_open or not for_institutions(process) or not _may(view, actor):
        return []
    return [name for name in institutions(view.region, day) if name != view.state.place]


def assign(case_id: int, place: str, *, actor: Actor, seen: int, key: UUID, now: datetime) -> CaseView:
    """Let an institution go on with the case; the same key again changes nothing.

    Errors: NotAllowed, StaleVersion (somebody acted meanwhile), NotAssignable.
    """
    view, done = read(case_id, actor=actor.id, key=key)
    if done is not None:
        return view
    if not (answer := _may(view, actor)):
        refused(view, ASSIGNED, actor, answer.why, now)
        answer.required()
    if seen != view.seq:
        raise StaleVersion(seen=seen, now=view.seq)
    if place not in choices(view, actor, local_day(now)):
        raise NotAssignable("请从列出的定点医疗机构中选一家；已办结的件不能再指定。")
    item = publish.version(view.version_id).item
    process = item.process_named(view.process)
    event = Event(view.seq + 1, ASSIGNED, actor.id, None, now, view.step, view.step, {"place": place})
    change = Change((event,), fold(process, view.state, event), {})
    return store_step(step_of(view, change, process, key=key, item=item))


def _may(view: CaseView, actor: Actor) -> Answer:
    return may(actor, ASSIGNED, on_case(view, ASSIGNERS))
