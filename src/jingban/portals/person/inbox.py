"""The messages of an account (站内信)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.messaging import service as messaging
from jingban.portals import doors


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The last messages; having been shown, they count as read."""
    who = doors.actor(request)
    rows = messaging.inbox(who.id)
    messaging.mark_read(who.id, doors.now())
    return render(request, "person/inbox.html", {"rows": rows})
