"""The desk: the queue on the left, the case on the right, and everything that is done there written down."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.cases.months import MonthNotOver
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.core.identifiers import mask_id
from jingban.core.localtime import local_day
from jingban.portals import acts, doors
from jingban.portals.casechanges import concerns_registers, register_panel
from jingban.portals.casepage import case_page
from jingban.portals.desk import letters, queue
from jingban.portals.desk.mail import overview
from jingban.portals.desk.register import rights
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.numbers import CaseNumberWrong
from jingban.rulebook import publish
from jingban.workdays.service import calendar

TAB = "desk-tab"


@doors.staff_only
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The queue; further pages come by key."""
    tab = request.GET.get("tab", "")
    if tab in (queue.MINE, queue.ALL):
        request.session[TAB] = tab
    template = "desk/_queue.html" if _part(request) and request.GET.get("after") else "desk/desk.html"
    return render(request, template, {**_list(request), "page": None})


def _part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part; when it restores an address of the history it wants the whole page."""
    asked = request.htmx  # type: ignore[attr-defined]
    return bool(asked) and not asked.history_restore_request


def _list(request: HttpRequest) -> dict[str, Any]:
    actor, day = doors.actor(request), local_day(doors.now())
    tab = request.session.get(TAB, queue.MINE)
    found = queue.queue_page(actor, tab, request.GET.get("after", ""), calendar(), day)
    return {"queue": found, "tab": tab, "number": "", "searched": ""}


@doors.staff_only
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """By number, identity number or name. POST, so that no identity number stands in an address or a log."""
    text, actor, now = request.POST.get("q", "").strip()[:60], doors.actor(request), doors.now()
    try:
        found, wrong = queue.found_cases(actor, text) if text else [], ""
    except CaseNumberWrong as error:
        found, wrong = [], error.message
    audit.record(
        actor=actor.id,
        kind=audit.SEARCHED,
        subject="case",
        detail=f"{mask_id(text)}：{len(found)}件",
        now=now,
    )
    if len(found) == 1:
        return redirect("desk-case", number=found[0].number)
    rows = queue.rows_of(found, actor, calendar(), local_day(now))
    return render(
        request,
        "desk/desk.html",
        {
            "queue": queue.QueuePage(rows, ""),
            "tab": "",
            "number": "",
            "page": None,
            "searched": text,
            "wrong": wrong,
        },
    )


@doors.staff_only
@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    """A case, alone (htmx) or beside the queue; reading is written down."""
    view = doors.readable(request, number)
    audit.record(
        actor=doors.actor(request).id, kind=audit.READ, subject=f"case:{view.number}", now=doors.now()
    )
    return _shown(request, view)


@doors.staff_only
@require_GET
def registers(request: HttpRequest, number: str) -> HttpResponse:
    """What the case changes in the registers: into the page of the case (htmx), or with it."""
    view = doors.readable(request, number)
    actor, now = doors.actor(request), doors.now()
    audit.record(actor=actor.id, kind=audit.READ, subject=f"case:{view.number}", detail="登记变动", now=now)
    if _part(request):
        return render(request, "desk/_registers.html", {"registers": register_panel(view, actor, now)})
    return _shown(request, view, registers=True)


def _shown(
    request: HttpRequest,
    view: CaseView,
    refused: acts.Refused | None = None,
    *,
    full: bool = False,
    registers: bool = False,
) -> HttpResponse:
    actor, now = doors.actor(request), doors.now()
    item = publish.version(view.version_id).item
    shown = {
        "concerns_registers": concerns_registers(item, view.process),
        "registers": register_panel(view, actor, now, full=full) if full or registers else None,
        "page": case_page(view, now, audience="desk", full=full),
        "full": full,
        "panel": acts.act_panel(view, actor, now, refused),
        "waiting": letters.waits_for(view, actor, now),
        "mail": overview.of_case(view, actor, now),
        "refused": refused.error.message if refused else "",
        "stale": bool(refused and refused.typed.get("seen", str(view.seq)) != str(view.seq)),
    }
    part = refused is None and _part(request)
    beside = {} if part else {**_list(request), "number": view.number}
    template = "desk/_case.html" if part else "desk/desk.html"
    return render(request, template, {**beside, **shown}, status=status_of(refused.error) if refused else 200)


@doors.staff_only
@require_POST
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do an act; whatever was refused comes back with everything that was typed."""
    view, now = doors.readable(request, number), doors.now()
    try:
        after = acts.submit(view=view, act=act, typed=request.POST, actor=doors.actor(request), now=now)
    except DomainError as error:
        if is_fault(error):
            raise
        return _shown(request, read(view.id)[0], acts.Refused(act, error, request.POST))
    done = case_page(after, now, audience="code")
    messages.success(request, f"已办理，现在是“{done.step}”。")
    return redirect("desk-case", number=view.number)


@doors.staff_only
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Show numbers in full; who looked stands in the audit."""
    view = doors.readable(request, number)
    audit.record(
        actor=doors.actor(request).id,
        kind=audit.REVEALED,
        subject=f"case:{view.number}",
        detail="显示证件号码和电话全号",
        now=doors.now(),
    )
    return _shown(request, view, full=True)


@doors.staff_only
@require_POST
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """Register an answer from outside: the bank, the fiscal authority, another agency."""
    view, now = doors.readable(request, number), doors.now()
    message, _, result = request.POST.get("answer", "").partition("/")
    try:
        letters.register(
            view=view,
            actor=doors.actor(request),
            message=message,
            result=result,
            key=request.POST.get("key", ""),
            now=now,
        )
    except DomainError as error:
        if is_fault(error):
            raise
        return _shown(request, read(view.id)[0], acts.Refused("", error, request.POST))
    messages.success(request, "来函已登记。")
    return redirect("desk-case", number=view.number)


@doors.staff_only
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Open what nobody applies for: a letter came, a month is over."""
    actor, now, refused = doors.actor(request), doors.now(), None
    sent = {name: request.POST.get(name, "") for name in ("start", "month", "key")}
    if request.method == "POST":
        try:
            view = letters.open_chosen(
                actor=actor, chosen=sent["start"], month=sent["month"], key=sent["key"], now=now
            )
        except (MonthNotOver, letters.MonthWrong) as error:
            refused = error
        else:
            messages.success(request, f"已启动，编号{view.number}。")
            return redirect("desk-case", number=view.number)
    shown = {
        "startable": letters.startable(actor),
        "contact": bool(letters.contact_regions(actor)),
        "aid": bool(rights.regions_of(actor, rights.AID)),
        "chosen": sent["start"],
        "month": sent["month"] or letters.last_month(now),
        "key": sent["key"] or str(uuid4()),
        "refused": refused.message if refused else "",
    }
    return render(request, "desk/start.html", shown, status=status_of(refused) if refused else 200)
