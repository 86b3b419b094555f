"""The agency's desk says which institution a case is for."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from jingban.cases import actions, assigning
from jingban.core.errors import DomainError
from jingban.portals import doors
from jingban.portals.middleware import is_fault
from jingban.portals.numbers import whole


@doors.staff_only
@require_POST
def assign(request: HttpRequest, number: str) -> HttpResponse:
    """Hand the case to the institution that was chosen; a refusal is told on the case's page."""
    view, place = doors.readable(request, number), request.POST.get("place", "")
    try:
        assigning.assign(
            view.id,
            place,
            actor=doors.actor(request),
            seen=whole(request.POST.get("seen", ""), -1),
            key=actions.as_key(request.POST.get("key") or str(uuid4())),
            now=doors.now(),
        )
    except DomainError as error:
        if is_fault(error):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, f"{view.number} 已交“{place}”办理。")
    return redirect("desk-case", number=view.number)
