"""A public notice (公示): what everybody may read of it, and the objection that anybody signed in may raise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from jingban.cases.errors import CaseNotFound
from jingban.cases.procedures import example_words
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import acts, doors, payloads
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.numbers import typed_number
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the notice on the wall says, no more: the case itself stays closed to the reader."""

    number: str
    item: EffectiveItem
    step: str
    until: date | None
    example: str
    """Beside the day: that an illustration gives it."""
    name: str


def notice_of(view: CaseView) -> Notice:
    """The notice of a case that stands at one now; of any other nothing is said."""
    item = publish.version(view.version_id).item
    step = item.process_named(view.process).steps.get(view.step)
    if item.sealed or step is None or step.notice is None:
        raise CaseNotFound("没有正在公示的这个办件，请核对编号；公示期满的，请向受理机构反映。")
    timer, begun = view.state.timer, view.state.entered_on
    return Notice(
        number=view.number,
        item=item,
        step=step.name,
        until=local_day(timer - timedelta(seconds=1)) if timer else None,
        example=example_words(view.version_id, view.process, view.step, begun) if begun else "",
        name=payloads.masked_name(payloads.called(payloads.said(payloads.of_case(view)))),
    )


@login_required
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """From a typed number to its notice."""
    return redirect("notice", number=typed_number(request.GET.get("number", "")))


@login_required
@require_GET
def notice(request: HttpRequest, number: str) -> HttpResponse:
    """The notice with the form of objection."""
    return _shown(request, doors.find_case(number))


@login_required
@require_POST
def objected(request: HttpRequest, number: str) -> HttpResponse:
    """Raise an objection; a doubled submission is answered by its key, though the notice is over by then."""
    view, now = doors.find_case(number), doors.now()
    try:
        acts.submit(view=view, act=OBJECT, typed=request.POST, actor=doors.actor(request), now=now)
    except DomainError as refused:
        if is_fault(refused):
            raise
        return _shown(request, doors.find_case(number), acts.Refused(OBJECT, refused, request.POST))
    messages.success(request, "异议已提交，由经办机构核实。")
    return redirect("mine")


def _shown(request: HttpRequest, view: CaseView, refused: acts.Refused | None = None) -> HttpResponse:
    shown = {
        "notice": notice_of(view),
        "panel": _panel(request, view, doors.now(), refused),
        "refused": refused.error.message if refused else "",
    }
    return render(request, "person/notice.html", shown, status=status_of(refused.error) if refused else 200)


def _panel(
    request: HttpRequest, view: CaseView, now: datetime, refused: acts.Refused | None
) -> acts.ActPanel:
    panel = acts.act_panel(view, doors.actor(request), now, refused)
    return replace(panel, cards=tuple(replace(c, main=True) for c in panel.cards if c.key == OBJECT))
