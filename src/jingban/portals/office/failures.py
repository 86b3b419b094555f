"""What did not go as it should: messages to people and agencies, breaches of the one-off notice, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.audit import service as audit
from jingban.cases.materials import FORM, FORM_NAME, slots
from jingban.cases.models import Message, NoticeBreach
from jingban.messaging import service as messaging
from jingban.portals import book, doors
from jingban.portals.office import rooms
from jingban.rulebook import publish

MOST = 50


@dataclass(frozen=True, slots=True)
class Breach:
    """A later notice that asked for more than the first one did, by name."""

    number: str
    office: str
    at: datetime
    materials: str


def _to_agencies(region: str) -> Any:
    """Messages of cases that no app could take over; those that simply wait for their turn have no fault yet."""
    rows = Message.objects.filter(case__region=region, delivered_at=None).exclude(fault="")
    return rows.select_related("case").order_by("-id")


def counts(region: str) -> dict[str, int]:
    """How much there is of each, for the first page."""
    return {
        "people": len(messaging.unsent(region=region)),
        "agencies": _to_agencies(region).count(),
        "breaches": NoticeBreach.objects.filter(region=region).count(),
    }


@rooms.staff
@require_GET
def failures(request: HttpRequest) -> HttpResponse:
    """The lists, the newest first; texts and addresses of messages are not shown."""
    region = rooms.here(request, rooms.LOOK)
    breaches = NoticeBreach.objects.filter(region=region).select_related("case").order_by("-id")[:MOST]
    names = book.words(region)
    shown = {
        **rooms.base(request, region),
        "people": messaging.unsent(MOST, region),
        "agencies": [(row, names.message(row.name)) for row in _to_agencies(region)[:MOST]],
        "breaches": [_breach(row) for row in breaches],
        "broken_at": audit.broken_at() if request.GET.get("audit") else None,
        "audited": bool(request.GET.get("audit")),
    }
    return render(request, "office/failures.html", shown)


def _breach(row: NoticeBreach) -> Breach:
    item = publish.version(row.case.version_id).item
    names = {FORM: FORM_NAME} | {key: material.name for key, material in slots(item)}
    return Breach(
        row.case.number,
        rooms.office_name(row.region, row.office),
        row.at,
        "、".join(names.get(key, key) for key in row.materials),
    )


@rooms.staff
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message to a person again."""
    region = rooms.here(request, rooms.LOOK)
    if pk not in {row.pk for row in messaging.unsent(region=region)}:
        messages.error(request, "这条消息已经发出或不在本地区。")
    elif messaging.retry(pk, doors.now()):
        messages.success(request, "已重新发出。")
    else:
        messages.error(request, "还是没有发出，原因见列表。")
    return redirect(f"{reverse('office-failures')}?region={region}")
