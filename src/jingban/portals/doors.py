"""Who stands at the door: the actor of a request, the instant, and the case that an address names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from jingban.access.service import (
    ADMINISTRATOR,
    LOCAL_ROLES,
    OUTSIDE_ROLES,
    READ,
    Actor,
    Answer,
    NotAllowed,
    actor_of,
    may,
)
from jingban.audit import service as audit
from jingban.cases.actions import answered, on_case
from jingban.cases.models import Case
from jingban.cases.permission import filer_left
from jingban.cases.view import CaseView, read_numbered
from jingban.core.localtime import local_day
from jingban.portals.numbers import typed_number
from jingban.processes.model import START
from jingban.processes.state import state_from_data

View = Callable[..., HttpResponse]
PROVIDER_ROLES = frozenset({"institution", "institution-reviewer", "provider"})
"""Roles of a designated institution's people: they have a room of their own."""
NOBODY = Actor(id=-1, name="访客")
"""A visitor who has not signed in: holds nothing, owns nothing."""


def now() -> datetime:
    """The instant of this request: the only place of the pages that asks the machine's clock."""
    return timezone.now()


def actor(request: HttpRequest) -> Actor:
    """The signed-in user with roles and mandates, read once a request."""
    if not request.user.is_authenticated:
        return NOBODY
    found = getattr(request, "_jingban_actor", None)
    if found is None:
        found = actor_of(request.user, local_day(now()))
        request._jingban_actor = found  # type: ignore[attr-defined]
    return cast(Actor, found)


def of_provider(actor: Actor) -> bool:
    """Whether somebody holds roles of a designated institution, and no other."""
    return actor.is_staff and all(held.role in PROVIDER_ROLES for held in actor.held)


def at_desk(actor: Actor) -> bool:
    """Whether somebody belongs at the desk of the agency or of who takes part in its procedures."""
    return actor.is_staff and not of_provider(actor)


def at_work_on(actor: Actor, view: CaseView) -> bool:
    """Whether somebody is of the agency's staff where the case is handled, and neither asked for it nor filed it.

    Papers that stay in the house are for these only: a role elsewhere, of another body or in a village is no key.
    """
    filers = view.state.actors.get(START, ()) if view.applicant_id is not None else ()
    if actor.id == view.applicant_id or actor.id in filers:
        return False
    roles = actor.roles_in(view.region, view.office)
    return bool(roles - OUTSIDE_ROLES - LOCAL_ROLES - {ADMINISTRATOR})


def provider_only(view: View) -> View:
    """Sign in first; then only who holds a role of a designated institution gets in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not any(held.role in PROVIDER_ROLES for held in actor(request).held):
            raise NotAllowed("这里只供定点医药机构的人员使用；还没有登记岗位的，请联系经办机构。")
        return view(request, *args, **kwargs)

    return cast(View, login_required(guarded))


def staff_only(view: View) -> View:
    """Sign in first; then only who holds a role gets in. A designated institution's people have their own room."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not actor(request).is_staff:
            raise NotAllowed("工作台只供经办人员使用。查询自己的办件请到“我的办件”。")
        if of_provider(actor(request)):
            who, told = actor(request).id, "定点医药机构岗位"
            audit.record(actor=who, kind=audit.REFUSED, subject="desk", detail=told, now=now())
            raise NotAllowed("工作台只供经办机构使用；定点医药机构的办件请到“定点机构”办理。")
        return view(request, *args, **kwargs)

    return cast(View, login_required(guarded))


def find_case(number: str) -> CaseView:
    """The case of a number as a person may have typed it."""
    return read_numbered(typed_number(number))


def readable(request: HttpRequest, number: str) -> CaseView:
    """The case, if whoever asks may read it; a refusal is written down."""
    view, who = find_case(number), actor(request)
    answer = may_see(who, view)
    if not answer:
        subject = f"case:{view.number}"
        audit.record(actor=who.id, kind=audit.REFUSED, subject=subject, detail=answer.why, now=now())
        raise NotAllowed(answer.why)
    return view


def may_see(actor: Actor, view: CaseView) -> Answer:
    """Whether somebody may read the case, also as a colleague of who filed it for their unit."""
    return answered(actor, READ, view, on_case(view, frozenset()), local_day(now()))


def may_read(actor: Actor, case: Case) -> bool:
    """Whether somebody may read the case; the row is all that is asked about, save of a unit's case that they or their
    principal filed."""
    row = {f.name: getattr(case, f.name) for f in fields(CaseView) if f.name != "state"}
    state = state_from_data(seq=case.seq, step=case.step, outcome=case.outcome, data=case.state)
    view = CaseView(**row, state=state)
    answer = may(actor, READ, on_case(view, frozenset()))
    own = actor.id == case.applicant_id or answer.mandate is not None
    return bool(answer) and not (own and filer_left(view, local_day(now())))


def readable_numbers(actor: Actor, cases: Iterable[int]) -> dict[int, str]:
    """The numbers of those cases that somebody may read, in one read."""
    wanted = set(cases)
    found = Case.objects.filter(pk__in=wanted) if wanted else ()
    return {case.pk: case.number for case in found if may_read(actor, case)}


def written_down(request: HttpRequest, view: CaseView, detail: str = "") -> None:
    """Write down that somebody else than the owner read the case: staff, or the owner's agent."""
    who = actor(request)
    if who.id != view.applicant_id:
        audit.record(actor=who.id, kind=audit.READ, subject=f"case:{view.number}", detail=detail, now=now())
