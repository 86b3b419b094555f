"""The board of public notices (公示公告)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.portals import book, doors
from jingban.portals.context import remembered_region
from jingban.portals.public import notices
from jingban.portals.public.switching import remember_region


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The notices of a region that run now, and those that ended lately; nobody has to sign in to read them."""
    known = book.regions()
    card = known.get(request.GET.get("region", "")) or remembered_region(request)
    after = request.GET.get("after", "")
    entries = notices.has_notices(book.entries(card.region)) if card else []
    shown = {
        "regions": known.values(),
        "card": card,
        "entries": entries,
        "running": notices.running(card.region, entries, after) if card else notices.Page(),
        "later": bool(after),
        "past": notices.past(card.region, entries, doors.now()) if card else [],
        "days": notices.PAST.days,
        "most": notices.MOST,
    }
    answer = render(request, "public/board.html", shown)
    return remember_region(answer, card.region) if card else answer
