"""The page of a unit: what is registered, who acts for it, who is insured there, what is owed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.access.models import User
from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.portals import doors
from jingban.portals.desk.register import forms, persons, rights
from jingban.portals.middleware import is_fault
from jingban.registry import service as registry

NOW, PEOPLE, LEVIES, HISTORY = "now", "people", "levies", "history"
TABS = ((NOW, "登记信息"), (PEOPLE, "参保人员"), (LEVIES, "征缴单"), (HISTORY, "变更记录"))
MONTH = forms.field("month", "费款所属月", "month", hint="例如 202609；本月还没缴的单子会重新生成")


@doors.staff_only
@require_GET
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One tab of the page, as of a day; opening it is written down."""
    found = rights.unit(request, pk)
    tab = _tab(request.GET.get("tab", ""))
    rights.note(request, audit.READ, _subject(found), dict(TABS)[tab])
    return _shown(request, found, tab)


@doors.staff_only
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The representative's number in full, for a stated reason."""
    found = rights.unit(request, pk)
    asked = forms.filled((persons.REASON,), request.POST, local_day(doors.now()))
    if asked.faults:
        return _shown(request, found, NOW, reason=asked)
    rights.note(request, audit.REVEALED, _subject(found), f"显示全号：{asked.said['reason']}")
    return _shown(request, found, NOW, full=True)


def _shown(
    request: HttpRequest,
    found: registry.Unit,
    tab: str,
    *,
    full: bool = False,
    reason: forms.Filled | None = None,
    month: forms.Filled | None = None,
) -> HttpResponse:
    today = local_day(doors.now())
    day, wrong = persons.as_of(request, today)
    file = registry.unit_file(found, day, full=full)
    owed = sum(levy.due_fen for levy in file.arrears)
    page: dict[str, Any] = {
        "unit": found, "file": file, "day": day, "today": today, "wrong": wrong, "tab": tab, "tabs": TABS,
        "full": full, "owed": show_yuan(owed) if owed else "",
        "reason": reason or forms.empty((persons.REASON,), today),
        "month": month or forms.empty((MONTH,), today, month=f"{today:%Y-%m}"),
        "may_record": rights.allowed(request, found.region, rights.COUNTER),
    }  # fmt: skip
    if tab == PEOPLE:
        after = request.GET.get("after", "")
        page["page"] = registry.people_of_unit(found.region, found.pk, day=day, after=after)
    elif tab == HISTORY:
        page |= persons.history(
            request, registry.history_of(unit=found, after=request.GET.get("after", ""), full=full)
        )
    faulty = (reason and reason.faults) or (month and month.faults) or wrong
    return render(request, "desk/register/unit.html", page, status=422 if faulty else 200)


@doors.staff_only
@require_POST
def levy(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the unit's levy of a month; an unpaid one of that month is replaced by it."""
    found = rights.unit(request, pk, rights.COUNTER)
    form = forms.filled((MONTH,), request.POST, local_day(doors.now()))
    if form.faults:
        return _shown(request, found, LEVIES, month=form)
    year, month = map(int, form.said["month"].split("-"))
    try:
        made = registry.issue_levy(
            rights.origin(request, found.region), found, form.day.replace(year=year, month=month, day=1)
        )
    except DomainError as error:
        if is_fault(error):
            raise
        return _shown(request, found, LEVIES, month=form.wrong(error, "month"))
    messages.success(
        request, f"征缴单{made.number}：{made.headcount}人，应缴{registry.levy_due_words(made)}。"
    )
    return _back(found, LEVIES)


@doors.staff_only
@require_POST
def operator(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an account act for the unit, or no longer; by the unit's letter that lies on the counter."""
    found, data = rights.unit(request, pk, rights.COUNTER), request.POST
    user = User.objects.filter(username=data.get("username", "").strip()[:150]).first()
    if user is None:
        messages.error(request, "没有登记：没有这个登录名，请核对。")
        return _back(found, NOW)
    origin = rights.origin(request, found.region)
    try:
        if "ends" in data:
            registry.dismiss_operator(origin, found, user.pk, local_day(doors.now()))
            done = f"{user}的权限到今天为止。"
        else:
            registry.name_operator(
                origin,
                found,
                user.pk,
                may_declare="declare" in data,
                may_query="query" in data,
                may_seal="seal" in data,
                may_manage="manage" in data,
            )
            done = f"{user}可以为{found.name}办事了。"
    except DomainError as error:
        if is_fault(error):
            raise
        messages.error(request, f"没有登记：{error.message}")
        return _back(found, NOW)
    messages.success(request, done)
    return _back(found, NOW)


def _tab(text: str) -> str:
    return text if text in dict(TABS) else NOW


def _subject(found: registry.Unit) -> str:
    return f"unit:{found.credit_code}"


def _back(found: registry.Unit, tab: str) -> HttpResponse:
    return redirect(f"{reverse('register-unit', args=[found.pk])}?tab={tab}")
