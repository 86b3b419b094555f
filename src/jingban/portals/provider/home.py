"""A designated institution's own room: cases at its step, its own applications, what it takes in for patients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.access.service import INSTITUTION_ROLES, OWNER_ROLES, Actor, NotAllowed
from jingban.cases.models import Case, CaseEvent
from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.casepage import Due, case_page, due_badge
from jingban.portals.desk import queue
from jingban.portals.person.counter import counters
from jingban.portals.timeline import step_name
from jingban.processes.model import START
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.workdays.service import WorkCalendar, calendar

PROVIDER, INSTITUTION = "provider", "institution"
WAITING, LISTED = 60, 20


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A case that the institution applied for, or took in for a patient: number, where it stands, by when."""

    number: str
    item: str
    step: str
    opened_at: datetime
    due: Due
    yours: bool


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the home shows; nothing of another institution's applications."""

    waiting: tuple[queue.Row, ...]
    own: tuple[OwnRow, ...]
    taken_in: tuple[OwnRow, ...]
    for_patients: tuple[EffectiveItem, ...]
    for_itself: tuple[EffectiveItem, ...]


def as_provider(actor: Actor) -> Actor:
    """The same person with nothing but the institution's roles: what a colleague at the agency sees stays there."""
    return replace(actor, held=tuple(h for h in actor.held if h.role in doors.PROVIDER_ROLES))


@doors.provider_only
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Today's work of the institution."""
    page = home_page(as_provider(doors.actor(request)), local_day(doors.now()))
    return render(request, "provider/home.html", {"page": page})


def home_page(actor: Actor, day: date) -> HomePage:
    """Read in a handful of queries, whatever the number of cases."""
    days = calendar()
    items = [
        entry.item for region in sorted({h.region for h in actor.held}) for entry in book.entries(region)
    ]
    own = Case.objects.of_applicants([actor.id])[:LISTED]
    return HomePage(
        waiting=queue.rows_of(waiting(actor), actor, days, day),
        own=tuple(_rows(own, days, day)),
        taken_in=tuple(_rows(_taken_in(actor), days, day)),
        for_patients=tuple(item for item in items if item.subject == "person" and counters(item, actor)),
        for_itself=tuple(item for item in items if _is_own_kind(item, actor)),
    )


def waiting(actor: Actor) -> list[Case]:
    """Cases at a step of the institution that this person may open, the most urgent first."""
    wanted = Q()
    for region, office, role in queue.places(actor, queue.MINE):
        own = {h.office for h in actor.held if h.region == region and h.role in INSTITUTION_ROLES}
        near = Q(place__in=sorted(own - {""})) if role in INSTITUTION_ROLES else Q()
        wanted |= Q(region=region, office=office, role=role) & near
    if not wanted:
        return []
    found = Case.objects.open().filter(wanted).order_by("due_on", "id")[:WAITING]
    return [case for case in found if _is_mine(case, actor) and doors.may_read(actor, case)]


def _is_mine(case: Case, actor: Actor) -> bool:
    process = publish.version(case.version_id).item.process_named(case.process)
    step = process.steps.get(case.step)
    # The own application stands in the list beside it.
    return (
        step is not None
        and case.applicant_id != actor.id
        and bool(actor.roles_in(case.region, case.office) & set(step.by))
    )


def _taken_in(actor: Actor) -> list[Case]:
    """What this person took in for patients, the newest first: also what the agency handles now."""
    filed = CaseEvent.objects.filter(actor=actor.id, act="apply", key__isnull=False)
    cases = Case.objects.filter(pk__in=filed.values("case_id"), applicant__isnull=True)
    return list(cases.order_by("-id")[:LISTED])


def _is_own_kind(item: EffectiveItem, actor: Actor) -> bool:
    """What the institution applies for itself: designation, and the monthly settlement where it starts that."""
    held = any(h.role == PROVIDER and h.region == item.region for h in actor.held)
    return (
        held
        and item.subject == PROVIDER
        and PROVIDER in item.initiators
        and item.process.starts == "application"
    )


def _rows(cases: Iterable[Case], days: WorkCalendar, day: date) -> Iterable[OwnRow]:
    for case in cases:
        item = publish.version(case.version_id).item
        yield OwnRow(
            number=case.number,
            item=item.name,
            step=step_name(item.process_named(case.process), case.step),
            opened_at=case.opened_at,
            due=due_badge(case.outcome, case.due_on, days, day),
            yours=case.outcome is None and case.role in OWNER_ROLES,
        )


@doors.provider_only
@require_GET
def handed_in(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt for a patient: number and query code, to whoever took the application in and to nobody else."""
    view, actor = doors.find_case(number), doors.actor(request)
    if view.applicant_id is not None or actor.id not in view.state.actors.get(START, ()):
        raise NotAllowed("这件不是您代收的；凭办件编号和查询码可以查进度。")
    page = case_page(view, doors.now(), audience="code")
    may_open = bool(doors.may_read(as_provider(actor), Case.objects.get(pk=view.id)))
    return render(request, "provider/done.html", {"page": page, "may_open": may_open})
