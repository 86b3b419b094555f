"""A unit's own page: what waits for it today, what it owes, its cases and their deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.access.service import OWNER_ROLES, Actor
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.portals import book, doors
from jingban.portals.casepage import Due, case_page, due_badge
from jingban.portals.timeline import step_name
from jingban.portals.unit import rights
from jingban.registry import service as registry
from jingban.rulebook import publish
from jingban.workdays.service import calendar

UNIT = "unit"
"""Session key of the unit that somebody with several looked at last."""
ROSTERS, CASES = 60, 30
FILER = "unit-clerk"
_TABS = (
    ("home", "首页", "unit", ""),
    ("people", "本单位人员", "unit-people", "query"),
    ("changes", "增减员", "unit-changes", "declare"),
    ("levies", "征缴单", "unit-levies", "query"),
    ("seals", "盖章确认", "unit-seals", "seal"),
    ("operators", "经办人", "unit-operators", ""),
)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case of the unit, the own or a colleague's."""

    number: str
    item: str
    step: str
    opened_at: datetime
    due: Due
    people: int
    own: bool
    opens: bool
    yours: bool


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the home shows of a unit."""

    cases: tuple[CaseRow, ...]
    seals: int
    arrears: int
    owed: str
    owed_shown: bool
    """Whether illustrations went into what is owed."""

    @property
    def yours(self) -> tuple[CaseRow, ...]:
        return tuple(row for row in self.cases if row.yours)

    @property
    def is_quiet(self) -> bool:
        return not (self.yours or self.seals or self.arrears)


def tabs(acted: registry.Acting, here: str) -> list[tuple[str, str, bool]]:
    """The parts of the unit's room that somebody may enter: name, address name, whether it is this one."""
    return [(name, url, key == here) for key, name, url, right in _TABS if not right or right in acted.rights]


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The unit that was looked at last, or how to come to one."""
    mine = rights.acting(request)
    if not mine:
        return render(request, "unit/none.html", {"regions": book.regions().values()})
    asked = request.GET.get("unit") or str(request.session.get(UNIT, ""))
    acted = next((one for one in mine if str(one.unit.pk) == asked), mine[0])
    request.session[UNIT] = acted.unit.pk
    now = doors.now()
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "home"), "mine": mine,
        "region": book.region_card(acted.unit.region), "page": home_page(acted, doors.actor(request), now),
    }  # fmt: skip
    return render(request, "unit/home.html", shown)


def home_page(acted: registry.Acting, actor: Actor, now: datetime) -> HomePage:
    """Cases for every operator; money and seals for who may see them."""
    day, unit = local_day(now), acted.unit
    file = registry.unit_file(unit, day) if "query" in acted.rights else None
    owed = file.arrears if file else ()
    return HomePage(
        cases=tuple(case_rows(acted, actor, day)),
        seals=len(registry.seals_waiting(unit, day)) if "seal" in acted.rights else 0,
        arrears=len(owed),
        owed=show_yuan(sum(levy.due_fen for levy in owed)),
        owed_shown=file is not None and file.owed_by_illustrations,
    )


def case_rows(acted: registry.Acting, actor: Actor, day: date) -> Iterable[CaseRow]:
    """The unit's cases, whichever operator filed them, and one's own as a unit's operator. What the counter took in
    is shown too, and answered there."""
    people = {roster.case: roster.lines_total for roster in registry.rosters_of_unit(acted.unit, ROSTERS)}
    ours = registry.cases_of_unit(acted.unit)
    filed = Q(applicant=actor.id, region=acted.unit.region)
    shown = ours.union(pk for pk in people if pk)
    cases = Case.objects.filter(Q(pk__in=shown) | filed).order_by("-id")[:CASES]
    days = calendar()
    for case in cases:
        item = publish.version(case.version_id).item
        own = case.applicant_id == actor.id
        if case.pk not in shown and (FILER not in item.initiators or not doors.may_read(actor, case)):
            continue  # what is a person's, and what was filed for a unit that one has left
        acts = own or (case.pk in ours and "declare" in acted.rights)
        yield CaseRow(
            number=case.number,
            item=item.name,
            step=step_name(item.process_named(case.process), case.step),
            opened_at=case.opened_at,
            due=due_badge(case.outcome, case.due_on, days, day),
            people=people.get(case.pk, 0),
            own=own,
            opens=own or case.pk in ours,
            yours=acts and case.outcome is None and case.role in OWNER_ROLES,
        )


@login_required
@require_GET
def handed_in(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """The receipt of a table that was handed in: number, query code, what comes next."""
    acted = rights.unit(request, pk)
    view = doors.readable(request, number)
    doors.written_down(request, view)
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "changes"),
        "page": case_page(view, doors.now(), audience="owner"), "seals": registry.seal_words(view),
    }  # fmt: skip
    return render(request, "unit/done.html", shown)
