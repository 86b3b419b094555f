"""The medical event of a maternity case, typed in from the records (国令765 art. 20(3): the applicant brings no more)."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jingban.benefits import service as benefits
from jingban.benefits.service import Event, EventDraft
from jingban.cases.errors import CaseNotFound
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk.benefit import rights
from jingban.portals.desk.benefit.panel import EVENTS, ROLES, WITH_EVENT
from jingban.portals.desk.beside import files_of
from jingban.portals.desk.register import forms
from jingban.portals.middleware import is_fault, status_of
from jingban.rulebook import publish

FIELDS = (
    forms.field("kind", "发生了什么", "choice", choices=EVENTS),
    forms.field("on", "日期", "day", hint="分娩、流产或手术的日期；产前检查填预产期"),
    forms.field("way", "分娩方式", "choice", hint="生育的选择", required=False, choices=benefits.WAYS),
    forms.field("infants", "婴儿数", "number", hint="单胎可以不填", required=False),
    forms.field("child", "孩次", "number", hint="多胞胎填最后出生的是第几个；第一个可以不填", required=False),
    forms.field("months", "怀孕满几个月", "number", hint="流产的填写，不满一个月的不计", required=False),
    forms.field(
        "operation",
        "计划生育手术",
        "choice",
        hint="分娩时一并做的也选",
        required=False,
        choices=benefits.OPERATIONS,
    ),
    forms.field("role", "由谁享受", "choice", choices=ROLES),
    forms.field("patient_name", "配偶姓名", "name", hint="由未就业配偶享受的填写", required=False),
)
AT = {"event_on": "on"}
"""Fields as the refusals name them."""


@doors.staff_only
@require_http_methods(["GET", "POST"])
def event(request: HttpRequest, number: str) -> HttpResponse:
    """The event; entering it again takes the place of what was entered before."""
    view, day = rights.edited(request, number), local_day(doors.now())
    if benefits.kind_of(view) not in WITH_EVENT:
        raise CaseNotFound("这个事项不用录入生育信息。")
    if request.method == "GET":
        known = benefits.event_of(view.id)
        rights.opened(request, view, "生育信息")
        return _shown(request, view, forms.empty(FIELDS, day, **(_typed(known) if known else _begun(view))))
    form = forms.filled(FIELDS, request.POST, day)
    if form.faults:
        return _shown(request, view, form)
    try:
        benefits.enter_event(view.id, _draft(form), actor=doors.actor(request).id, now=doors.now())
    except DomainError as error:
        if is_fault(error):
            raise
        error.details["field"] = AT.get(str(error.details.get("field", "")), error.details.get("field", ""))
        return _shown(request, view, form.wrong(error), status_of(error))
    messages.success(request, "生育信息已保存。")
    return redirect("desk-benefit", number=view.number)


def _draft(form: forms.Filled) -> EventDraft:
    said = form.said

    def number(key: str) -> int | None:
        return int(said[key]) if said.get(key) else None

    infants = number("infants")
    event = Event(
        kind=said["kind"],  # type: ignore[arg-type]  # the form knows no other
        on=form.day_of("on") or date.max,
        way=said.get("way") or "natural",
        infants=1 if infants is None else infants,
        child=number("child") or infants or 1,
        months=number("months"),
        operation=said.get("operation", ""),
    )
    return EventDraft(event, said["role"], said.get("patient_name", ""))  # type: ignore[arg-type]


def _typed(known: EventDraft) -> dict[str, str]:
    event = known.event
    return {
        "kind": event.kind, "on": event.on.isoformat(), "way": event.way, "infants": str(event.infants),
        "child": str(event.child), "months": "" if event.months is None else str(event.months),
        "operation": event.operation, "role": known.role, "patient_name": known.patient_name,
    }  # fmt: skip


def _begun(view: CaseView) -> dict[str, str]:
    """What the application says already; the item itself may fix what it is about."""
    said = answers_of(view, publish.version(view.version_id).item)
    kind = said.get("maternity_event", "")
    return {
        "kind": kind if kind in EVENTS else "",
        "on": said.get("event_on", ""),
        "role": said.get("insured_through") or "own",
        "patient_name": said.get("spouse_name", ""),
    }


def _shown(request: HttpRequest, view: CaseView, form: forms.Filled, status: int = 0) -> HttpResponse:
    item = publish.version(view.version_id).item
    shown = {"form": form, "number": view.number, "item": item, "files": files_of(view, item)}
    return render(request, "desk/benefit/event.html", shown, status=status or (422 if form.faults else 200))
