"""At the counter: who acts for a person, and whose account a sign-in is."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from jingban.access.models import User
from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk.register import forms, persons, rights, ties
from jingban.portals.middleware import is_fault
from jingban.registry import service as registry

SEEN = "窗口核验身份证件"


@doors.staff_only
@require_POST
def helper(request: HttpRequest, pk: int) -> HttpResponse:
    """Record who acts for the person, by the papers that lie on the counter."""
    who, today = rights.person(request, pk, rights.COUNTER), local_day(doors.now())
    form = forms.filled(ties.helper_fields(), request.POST, today)
    if form.faults:
        return persons.shown(request, who, persons.TIES, helper=form)
    known = dict(ties.entries(who.region))
    given = registry.GivenHelper(
        kind=form.said["kind"],
        name=form.said["helper_name"],
        number=form.said["helper_id_number"],
        proof=form.said["proof"],
        start_on=form.day_of("start_on") or today,
        end_on=form.day_of("end_on"),
        relation=form.said.get("relation", ""),
        items=tuple(item for item in request.POST.getlist("items") if item in known),
        id_kind=form.said.get("helper_id_kind") or "01",
    )
    try:
        registry.record_helper(rights.origin(request, who.region), who, given)
    except DomainError as error:
        if is_fault(error):
            raise
        return persons.shown(request, who, persons.TIES, helper=form.wrong(error))
    messages.success(request, f"已登记：{given.name}可以为{who.name}代办。")
    return _back(who)


@doors.staff_only
@require_POST
def helper_ends(request: HttpRequest, pk: int, helper: int) -> HttpResponse:
    """End a mandate or a guardianship with today as its last day."""
    who = rights.person(request, pk, rights.COUNTER)
    held = next((h for h in registry.ties_of(who).helpers if h.pk == helper), None)
    if held is None:
        raise registry.RegistryError("没有这条代办登记，请刷新页面。")
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, "没有终止：请写明原因，例如本人撤销委托。")
        return _back(who)
    registry.end_helper(rights.origin(request, who.region), held, local_day(doors.now()), why[:200])
    messages.success(request, f"{held.name}的代办到今天为止。")
    return _back(who)


@doors.staff_only
@require_POST
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Bind a sign-in to the person whose papers were seen at the counter."""
    who = rights.person(request, pk, rights.COUNTER)
    user = User.objects.filter(username=request.POST.get("username", "").strip()[:150]).first()
    if user is None:
        messages.error(request, "没有绑定：没有这个登录名，请核对。")
        return _back(who)
    if user.grants.exists():
        # What a clerk could bind to an own or a colleague's sign-in would open somebody else's data.
        messages.error(request, "没有绑定：这是工作人员的登录名。请让本人用自己的账户办理。")
        return _back(who)
    try:
        registry.bind_account(user.pk, name=who.name, source=SEEN, at=doors.now(), person=who)
    except DomainError as error:
        if is_fault(error):
            raise
        messages.error(request, f"没有绑定：{error.message}")
        return _back(who)
    audit.record(
        actor=request.user.pk or 0,
        kind=audit.BOUND,
        subject=f"person:{who.number}",
        detail=f"账户{user.username}",
        now=doors.now(),
    )
    messages.success(request, f"账户{user.username}已实名绑定到{who.name}。")
    return _back(who)


def _back(who: registry.Person) -> HttpResponse:
    return redirect(f"{reverse('register-person', args=[who.pk])}?tab=ties")
