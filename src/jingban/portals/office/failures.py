"""What did not go as it should: messages to people and agencies, breaches of the one-off notice, refusals."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.audit import service as audit
from jingban.cases.models import Case, Message, NoticeBreach
from jingban.messaging import service as messaging
from jingban.portals import doors
from jingban.portals.office import rooms

MOST = 50


def _to_people(region: str) -> list[tuple[Any, str]]:
    """Messages to people that did not go out, with the number of their case, for cases of the region."""
    rows = [row for row in messaging.unsent() if row.case]
    numbers = dict(
        Case.objects.filter(pk__in={row.case for row in rows}, region=region).values_list("pk", "number")
    )
    return [(row, numbers[row.case]) for row in rows if row.case in numbers]


def _to_agencies(region: str) -> Any:
    """Messages of cases that no app could take over; those that simply wait for their turn have no fault yet."""
    rows = Message.objects.filter(case__region=region, delivered_at=None).exclude(fault="")
    return rows.select_related("case").order_by("-id")


def counts(region: str) -> dict[str, int]:
    """How much there is of each, for the first page."""
    return {
        "people": len(_to_people(region)),
        "agencies": _to_agencies(region).count(),
        "breaches": NoticeBreach.objects.filter(region=region).count(),
    }


@rooms.staff
@require_GET
def failures(request: HttpRequest) -> HttpResponse:
    """The lists, the newest first; texts and addresses of messages are not shown."""
    region = rooms.here(request, rooms.LOOK)
    breaches = NoticeBreach.objects.filter(region=region).select_related("case").order_by("-id")[:MOST]
    shown = {
        **rooms.base(request, region),
        "people": _to_people(region)[:MOST],
        "agencies": list(_to_agencies(region)[:MOST]),
        "breaches": list(breaches),
        "broken_at": audit.broken_at() if request.GET.get("audit") else None,
        "audited": bool(request.GET.get("audit")),
    }
    return render(request, "office/failures.html", shown)


@rooms.staff
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message to a person again."""
    region = rooms.here(request, rooms.LOOK)
    if pk not in {row.pk for row, _ in _to_people(region)}:
        messages.error(request, "这条消息已经发出或不在本地区。")
    elif messaging.retry(pk, doors.now()):
        messages.success(request, "已重新发出。")
    else:
        messages.error(request, "还是没有发出，原因见列表。")
    return redirect(f"{reverse('office-failures')}?region={region}")
