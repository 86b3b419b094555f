"""The desk: the queue on the left, the case on the right, and everything that is done there written down."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from jingban.audit import service as audit
from jingban.cases import assigning
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.core.identifiers import mask_id
from jingban.core.localtime import local_day
from jingban.portals import acts, doors, papers, payloads
from jingban.portals.casechanges import concerns_registers, register_panel, withdrawal_amount
from jingban.portals.casepage import case_page
from jingban.portals.desk import finding, letters, queue, receipt, urgency
from jingban.portals.desk.benefit.panel import panel_of
from jingban.portals.desk.benefit.rights import may_see
from jingban.portals.desk.beside import concerns_letters, files_of, latest_paper
from jingban.portals.desk.compare import sides
from jingban.portals.desk.mail import overview
from jingban.portals.desk.register import forms
from jingban.portals.desk.related import Related, related_of
from jingban.portals.desk.today import today
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.numbers import CaseNumberWrong
from jingban.rulebook import publish
from jingban.rulebook.phrases import phrases
from jingban.workdays.service import calendar

TAB, WHEN = "desk-tab", "desk-when"
LONGEST_SEARCH = 200
"""A code that a scanner reads carries the address of its page."""
REASON = forms.field("reason", "查看原因", hint="例如：核对汇款账户；会和您的姓名一起记录")


@doors.staff_only
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The queue; further pages come by key, and the list alone where a case is open beside it."""
    for name, allowed, kept in (("tab", (queue.MINE, queue.ALL), TAB), ("when", urgency.NAMES, WHEN)):
        asked = request.GET.get(name, "")
        if asked in allowed and asked != request.session.get(kept):  # what stays is not written again
            request.session[kept] = asked
    template = "desk/desk.html"
    if _part(request) and request.GET.get("after"):
        template = "desk/_queue.html"
    elif _part(request) and "at" in request.GET:
        template = "desk/_list.html"
    return render(request, template, {**_list(request, whole=template == "desk/desk.html"), "page": None})


def _part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part; when it restores an address of the history it wants the whole page."""
    asked = request.htmx  # type: ignore[attr-defined]
    return bool(asked) and not asked.history_restore_request


def _list(request: HttpRequest, *, whole: bool) -> dict[str, Any]:
    actor, day, cal = doors.actor(request), local_day(doors.now()), calendar()
    tab, when = _remembered(request)
    after = request.GET.get("after", "")
    items = queue.listed(actor)
    wanted = queue.places(actor, tab, items)
    found = queue.queue_page(actor, tab, after, cal, day, when=when, wanted=wanted)
    counts = () if after else queue.counted(actor, tab, wanted, cal, day)
    return {
        "queue": found,
        "counts": counts,
        "today": today(actor, items, found, counts, day) if whole and counts else None,
        "tab": tab,
        "when": when,
        "number": request.GET.get("at", ""),
        "searched": "",
        "wrong": "",
        "batch": any(row.batch and row.mine for row in found.rows),
    }


def _remembered(request: HttpRequest) -> tuple[str, str]:
    """Which list this person looked at last."""
    return request.session.get(TAB, queue.MINE), request.session.get(WHEN, urgency.ANY)


@doors.staff_only
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """By number, identity number, name, or the code on a paper. POST, so that no identity number stands in an
    address or a log."""
    text = request.POST.get("q", "").strip()[:LONGEST_SEARCH]
    actor, now = doors.actor(request), doors.now()
    try:
        found, wrong = finding.found_cases(actor, text) if text else [], ""
    except CaseNumberWrong as error:
        found, wrong = [], error.message
    detail = f"{mask_id(text)}：{len(found)}件"
    audit.record(actor=actor.id, kind=audit.SEARCHED, subject="case", detail=detail, now=now)
    if len(found) == 1:
        return redirect("desk-case", number=found[0].number)
    rows = queue.rows_of(found, actor, calendar(), local_day(now))
    shown = {
        "queue": queue.QueuePage(rows, ""), "counts": (), "tab": "", "when": "", "number": "", "page": None,
        "searched": text, "wrong": wrong, "batch": False,
    }  # fmt: skip
    return render(request, "desk/desk.html", shown)


@doors.staff_only
@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    """A case, alone (htmx) or beside the queue; reading is written down."""
    view = doors.readable(request, number)
    audit.record(
        actor=doors.actor(request).id, kind=audit.READ, subject=f"case:{view.number}", now=doors.now()
    )
    return _shown(request, view, worked="amount" in request.GET)


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


@doors.staff_only
@require_GET
def related(request: HttpRequest, number: str) -> HttpResponse:
    """Other cases of the same person or unit: into the page of the case (htmx), or with it."""
    view = doors.readable(request, number)
    doors.written_down(request, view, "同一人（单位）的其他办件")
    if _part(request):
        return render(request, "desk/_related.html", {"related": _related(request, view)})
    return _shown(request, view, related=True)


@doors.staff_only
@require_GET
def mail(request: HttpRequest, number: str) -> HttpResponse:
    """The letters of a case and its money: into the page of the case (htmx), or with it."""
    view = doors.readable(request, number)
    doors.written_down(request, view, "函件")
    if _part(request):
        shown = {"mail": overview.of_case(view, doors.actor(request), doors.now()), "number": view.number}
        return render(request, "desk/_letters.html", shown)
    return _shown(request, view, mail=True)


def _related(request: HttpRequest, view: CaseView) -> Related:
    said = payloads.said(payloads.of_case(view))
    return related_of(view, said, doors.actor(request), calendar(), local_day(doors.now()))


def _shown(
    request: HttpRequest,
    view: CaseView,
    refused: acts.Refused | None = None,
    *,
    full: bool = False,
    registers: bool = False,
    related: bool = False,
    mail: bool = False,
    worked: bool = False,
    reason: forms.Filled | None = None,
) -> HttpResponse:
    actor, now = doors.actor(request), doors.now()
    item = publish.version(view.version_id).item
    page = case_page(view, now, audience="desk", full=full)
    faulty = bool(reason and reason.faults)
    concerns_benefit = may_see(view, actor)
    benefit = panel_of(view, actor, now) if worked and concerns_benefit else None
    amount = benefit.amount if benefit else withdrawal_amount(view, actor, now)
    shown = {
        "page": page,
        "full": full,
        "panel": acts.act_panel(view, actor, now, refused, payloads.said(page.said), amount),
        "benefit": benefit,
        "concerns_benefit": concerns_benefit,
        "sides": sides(page, full=full),
        "files": files_of(view, item),
        "can_sign": receipt.may_sign(view, actor) and bool(receipt.papers(page)),
        "print": latest_paper(page),
        "concerns_registers": concerns_registers(item, view.process),
        "registers": register_panel(view, actor, now, full=full) if full or registers else None,
        "related": _related(request, view) if related else None,
        "waiting": letters.waits_for(view, actor, now),
        "institutions": assigning.choices(view, actor, local_day(now)),
        "concerns_letters": concerns_letters(item, view.process),
        "mail": overview.of_case(view, actor, now) if mail else None,
        "reason": reason or forms.empty((REASON,), local_day(now)),
        "reveal_phrases": phrases("reveal", region=view.region),
        "refused": refused.error.message if refused else "",
        "stale": bool(refused and refused.typed.get("seen", str(view.seq)) != str(view.seq)),
    }
    # The list beside a case, its letters and its registers come on their own: so the case stands there at once, and
    # none of them asks for too much.
    part = refused is None and not faulty and _part(request)
    status = status_of(refused.error) if refused else 422 if faulty else 200
    template = "desk/_case.html" if part else "desk/desk.html"
    return render(request, template, {"number": view.number, **shown}, status=status)


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
    messages.success(request, f"{view.number} 已办理，现在是“{done.step}”。")
    if missing := papers.unprintable(after, view.seq):
        messages.error(request, missing)
    if request.POST.get("go") == "next":
        return _next(request, view)
    return redirect("desk-case", number=view.number)


def _next(request: HttpRequest, view: CaseView) -> HttpResponse:
    """The case that followed in the list that this person works through; else the list."""
    when = urgency.days_of(_remembered(request)[1], calendar(), local_day(doors.now()))
    found = queue.next_of(doors.actor(request), queue.key_of(view), when, leave=view.id)
    if found is None:
        messages.success(request, "这一列没有等您办理的件了。")
        return redirect("desk")
    return redirect("desk-case", number=found.number)


@doors.staff_only
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Show numbers in full for a stated reason; who looked and why stands in the audit."""
    view = doors.readable(request, number)
    asked = forms.filled((REASON,), request.POST, local_day(doors.now()))
    if asked.faults:
        return _shown(request, view, reason=asked)
    audit.record(
        actor=doors.actor(request).id,
        kind=audit.REVEALED,
        subject=f"case:{view.number}",
        detail=f"显示证件号码和电话全号：{asked.said['reason']}",
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
