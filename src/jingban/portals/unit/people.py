"""The unit's employees as the register has them on a day."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.cases.forms import checked_answer
from jingban.core.errors import DomainError
from jingban.core.identifiers import mask_id
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.middleware import is_fault
from jingban.portals.unit import rights
from jingban.portals.unit.changes import download
from jingban.portals.unit.home import tabs
from jingban.registry import service as registry

ON = forms.field("on", "看哪一天", "day", required=False)


@login_required
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of employees, or those whom a search means. Search is POST: no number stands in an address or a log."""
    return _listed(request, rights.unit(request, pk, "query"), {})


def _listed(request: HttpRequest, acted: registry.Acting, faults: dict[str, str]) -> HttpResponse:
    today = local_day(doors.now())
    sent = request.POST if request.method == "POST" else request.GET
    text, asked = sent.get("q", "").strip()[:60], sent.get("on", "").strip()[:20]
    day = today
    try:
        day = date.fromisoformat(checked_answer(ON, asked, {}, today)) if asked else today
    except DomainError as error:
        faults["on"] = error.message
    try:
        page = _page(acted.unit, text, day, sent.get("after", ""))
    except DomainError as error:
        if is_fault(error):
            raise
        faults["q"], page = error.message, registry.Page("unit")
    kind = audit.SEARCHED if text else audit.READ
    rights.note(request, kind, rights.subject(acted), f"人员{mask_id(text)}：{len(page.rows)}人")
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "people"), "page": page, "text": text,
        "day": day, "asked": asked, "today": today, "faults": tuple(faults.items()), "fault_of": faults,
    }  # fmt: skip
    return render(request, "unit/people.html", shown, status=422 if faults else 200)


def _page(unit: registry.Unit, text: str, day: date, after: str) -> registry.Page:
    if text:
        return registry.people_in_unit(unit.region, unit.pk, text, day=day)
    return registry.people_of_unit(unit.region, unit.pk, day=day, after=after)


@login_required
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Today's employees as a spreadsheet with whole numbers, for a stated reason; it can be changed and pasted back."""
    acted = rights.unit(request, pk, "query")
    reason = request.POST.get("reason", "").strip()[:100]
    if not reason:
        return _listed(request, acted, {"reason": "请先填写导出全号名册的用途，再导出。"})
    rights.note(request, audit.REVEALED, rights.subject(acted), f"导出人员名册（全号）：{reason}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.xlsx"
        registry.export_employees(acted.unit.region, acted.unit, path, local_day(doors.now()))
        return download(path, f"{acted.unit.name}参保人员.xlsx")
