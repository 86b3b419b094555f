"""加盖单位公章 online: what employees handed in that wants the unit's seal, confirmed or declined by an operator."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors, payloads
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.unit import rights
from jingban.portals.unit.home import tabs
from jingban.registry import service as registry

RECENT = 20


@login_required
@require_GET
def seals(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits for the unit's word, and its last words."""
    acted = rights.unit(request, pk, "seal")
    day = local_day(doors.now())
    rights.note(request, audit.READ, rights.subject(acted), "待盖章确认")
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "seals"),
        "waiting": registry.seals_waiting(acted.unit, day), "recent": registry.recent_seals(acted.unit, RECENT),
    }  # fmt: skip
    return render(request, "unit/seals.html", shown)


@login_required
@require_http_methods(["GET", "POST"])
def seal(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """One application: what it says, and the unit's word on it."""
    acted = rights.unit(request, pk, "seal")
    view, day = doors.find_case(number), local_day(doors.now())
    asked = registry.seal_asked(acted.unit, view, day)
    if asked is None:
        rights.note(request, audit.REFUSED, f"case:{view.number}", "盖章确认")
        raise registry.NotYours(
            "这件申请现在不用本单位盖章：可能已经收齐材料或办结，或者申请人现在不在本单位参保。"
        )
    if request.method != "POST":
        return _shown(request, acted, asked)
    given, reason = request.POST.get("go") == "confirm", request.POST.get("reason", "").strip()[:300]
    try:
        registry.decide_seal(rights.origin(request, acted), acted.unit, view, given=given, reason=reason)
    except DomainError as error:
        if is_fault(error):
            raise
        faults = {"reason": rights.refusal(request, acted, error)}
        return _shown(request, acted, asked, reason, faults, status_of(error))
    told = "已确认，等于加盖了单位公章。" if given else "已答复不予确认，申请人会看到理由。"
    messages.success(request, told)
    return redirect("unit-seals", pk=acted.unit.pk)


def _shown(
    request: HttpRequest,
    acted: registry.Acting,
    asked: registry.AskedSeal,
    reason: str = "",
    faults: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
) -> HttpResponse:
    view = asked.view
    rights.note(request, audit.READ, f"case:{view.number}", f"{acted.unit.name}盖章确认")
    shown = {
        "acted": acted, "unit": acted.unit, "tabs": tabs(acted, "seals"), "asked": asked, "reason": reason,
        "answers": payloads.answers(asked.item, payloads.said(payloads.of_case(view)), full=False),
        "words": [word for word in registry.seal_words(view).values() if word is not None],
        "faults": tuple(faults.items()), "fault_of": faults,
    }  # fmt: skip
    return render(request, "unit/seal.html", shown, status=status)
