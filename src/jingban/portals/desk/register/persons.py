"""The page of a person: who it is, what counts on a day, what was paid, who belongs to whom, what was changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.audit import service as audit
from jingban.cases.forms import checked_answer
from jingban.cases.models import Case, CaseFind
from jingban.core.crypto import blind_index
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk import queue
from jingban.portals.desk.register import forms, rights, ties
from jingban.registry import service as registry
from jingban.workdays.service import calendar

NOW, PAID, TIES, CASES, HISTORY = "now", "paid", "ties", "cases", "history"
TABS = (
    (NOW, "参保和待遇"),
    (PAID, "缴费和个人账户"),
    (TIES, "亲属、代办和凭证"),
    (CASES, "办件"),
    (HISTORY, "变更记录"),
)
REASON = forms.field("reason", "查看原因", hint="例如：核对汇款账户；会和您的姓名一起记录")
AS_OF = forms.field("on", "看哪一天", "day", required=False)


@doors.staff_only
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One tab of the page, as of a day; opening it is written down."""
    who = rights.person(request, pk)
    if who.merged_into is not None:
        messages.success(request, f"{who.name}的这份登记已并入下面这一份。")
        return redirect("register-person", pk=who.merged_into.pk)
    tab = _tab(request.GET.get("tab", ""))
    rights.note(request, audit.READ, _subject(who), dict(TABS)[tab])
    return shown(request, who, tab)


@doors.staff_only
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Numbers in full, for a stated reason that goes into the audit."""
    who = rights.person(request, pk)
    tab = _tab(request.POST.get("tab", ""))
    asked = forms.filled((REASON,), request.POST, local_day(doors.now()))
    if asked.faults:
        return shown(request, who, tab, reason=asked)
    rights.note(request, audit.REVEALED, _subject(who), f"显示全号：{asked.said['reason']}")
    return shown(request, who, tab, full=True)


def shown(
    request: HttpRequest,
    who: registry.Person,
    tab: str,
    *,
    full: bool = False,
    reason: forms.Filled | None = None,
    helper: forms.Filled | None = None,
) -> HttpResponse:
    """The page; what was typed into one of its forms comes back with what is wrong."""
    today = local_day(doors.now())
    day, wrong = as_of(request, today)
    head = registry.standing_of(who, day, full=full, entitlements=tab == NOW)
    page: dict[str, Any] = {
        "who": who, "head": head, "day": day, "today": today, "wrong": wrong, "full": full,
        "tab": tab, "tabs": TABS, "reason": reason or forms.empty((REASON,), today), "spell": head.spell,
        "number": who.number,
    }  # fmt: skip
    page |= _part(request, who, tab, day, full=full, helper=helper)
    status = 422 if (reason and reason.faults) or (helper and helper.faults) or wrong else 200
    return render(request, "desk/register/person.html", page, status=status)


def _part(
    request: HttpRequest,
    who: registry.Person,
    tab: str,
    day: date,
    *,
    full: bool,
    helper: forms.Filled | None,
) -> dict[str, Any]:
    if tab == NOW:
        return {"derived": registry.derived_by_illustrations(who.region, day)}
    if tab == PAID:
        return {"paid": registry.paid_of(who, day)}
    if tab == TIES:
        shown = {"derived": registry.derived_by_illustrations(who.region, day)}
        return {"ties": registry.ties_of(who, full=full), **ties.inputs(request, who, helper), **shown}
    if tab == CASES:
        return {"cases": cases_of(request, who)}
    if tab == HISTORY:
        return history(
            request, registry.history_of(person=who, after=request.GET.get("after", ""), full=full)
        )
    return {}


def history(request: HttpRequest, found: registry.History) -> dict[str, Any]:
    """A page of changes with the numbers of the cases that may be opened."""
    cases = {row.case for row, _ in found.rows if row.case}
    numbers = doors.readable_numbers(doors.actor(request), cases)
    rows = [(row, words, numbers.get(row.case or 0, "")) for row, words in found.rows]
    return {"history": rows, "older": found.next}


def cases_of(request: HttpRequest, who: registry.Person) -> tuple[queue.Row, ...]:
    """The open cases about the person that the reader may see, the newest first."""
    actor, day = doors.actor(request), local_day(doors.now())
    digests = [blind_index("id", number) for number in registry.numbers_of(who)]
    known = CaseFind.objects.filter(kind="id", digest__in=digests).order_by("-case_id")
    pks = list(known.values_list("case_id", flat=True)[: queue.MOST])
    found = Case.objects.open().filter(pk__in=pks, region=who.region).order_by("-id")
    return queue.rows_of([case for case in found if doors.may_read(actor, case)], actor, calendar(), day)


def as_of(request: HttpRequest, today: date) -> tuple[date, str]:
    """The day that was asked for, or today with what is wrong about it."""
    text = (request.GET.get("on") or request.POST.get("on") or "").strip()
    if not text:
        return today, ""
    try:
        return date.fromisoformat(checked_answer(AS_OF, text, {}, today)), ""
    except DomainError as error:
        return today, f"{AS_OF.label}：{error.message}"


@doors.staff_only
@require_GET
def issued(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """What was issued, as it was said that day; numbers masked."""
    who = rights.person(request, pk)
    row = next((i for i in registry.ties_of(who).issued if i.number == number), None)
    if row is None:
        raise registry.RegistryError("没有这份凭证，请从个人页面重新打开。")
    rights.note(request, audit.READ, _subject(who), f"凭证{number}")
    page = {"who": who, "row": row, "lines": registry.issued_words(row), "back": _address(who, TIES)}
    return render(request, "desk/register/issued.html", page)


def _tab(text: str) -> str:
    return text if text in dict(TABS) else NOW


def _subject(who: registry.Person) -> str:
    return f"person:{who.number}"


def _address(who: registry.Person, tab: str) -> str:
    return f"{reverse('register-person', args=[who.pk])}?tab={tab}"
