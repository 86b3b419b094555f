"""One case at a designated institution: what was applied for, and what this person may do to it.

The procedure names who reviews first and who second, and that they are two (``not_by``); nothing of that is decided
here. Names of the agency's people, its internal papers and its registers stay at the agency.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from jingban.access.service import READ, NotAllowed, may
from jingban.audit import service as audit
from jingban.cases.actions import on_case
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import acts, doors, payloads
from jingban.portals.casepage import case_page
from jingban.portals.desk.beside import files_of
from jingban.portals.desk.register import forms
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.provider.home import as_provider
from jingban.rulebook import publish

REASON = forms.field("reason", "查看原因", hint="例如：核对就诊人；会和您的姓名一起记录")


def _readable(request: HttpRequest, number: str, detail: str = "") -> CaseView:
    """The case, if this institution's roles may read it; reading and refusals are written down."""
    view, who = doors.find_case(number), as_provider(doors.actor(request))
    answer = may(who, READ, on_case(view, frozenset()))
    kind = audit.READ if answer else audit.REFUSED
    told = detail if answer else answer.why
    audit.record(actor=who.id, kind=kind, subject=f"case:{view.number}", detail=told, now=doors.now())
    if not answer:
        raise NotAllowed(answer.why)
    return view


@doors.provider_only
@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    return _shown(request, _readable(request, number))


@doors.provider_only
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Show numbers in full for a stated reason."""
    asked = forms.filled((REASON,), request.POST, local_day(doors.now()))
    if asked.faults:
        return _shown(request, _readable(request, number), reason=asked)
    view = _readable(request, number)
    why = f"显示证件号码和电话全号：{asked.said['reason']}"
    audit.record(
        actor=doors.actor(request).id,
        kind=audit.REVEALED,
        subject=f"case:{view.number}",
        detail=why,
        now=doors.now(),
    )
    return _shown(request, view, full=True)


@doors.provider_only
@require_POST
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do an act; whatever was refused comes back with everything that was typed."""
    view, now = _readable(request, number, act), doors.now()
    try:
        after = acts.submit(
            view=view, act=act, typed=request.POST, actor=as_provider(doors.actor(request)), now=now
        )
    except DomainError as error:
        if is_fault(error):
            raise
        return _shown(request, read(view.id)[0], refused=acts.Refused(act, error, request.POST))
    messages.success(
        request, f"{view.number} 已办理，现在是“{case_page(after, now, audience='code').step}”。"
    )
    return redirect("provider-case", number=view.number)


def _shown(
    request: HttpRequest,
    view: CaseView,
    *,
    refused: acts.Refused | None = None,
    full: bool = False,
    reason: forms.Filled | None = None,
) -> HttpResponse:
    now, who = doors.now(), as_provider(doors.actor(request))
    page = case_page(view, now, audience="provider", full=full)
    shown = {
        "page": page,
        "full": full,
        "panel": acts.act_panel(view, who, now, refused, payloads.said(page.said)),
        "files": files_of(view, publish.version(view.version_id).item),
        "reason": reason or forms.empty((REASON,), local_day(now)),
        "refused": refused.error.message if refused else "",
    }
    faulty = bool(reason and reason.faults)
    status = status_of(refused.error) if refused else 422 if faulty else 200
    return render(request, "provider/case.html", shown, status=status)
