"""The pages that only a self-service machine has: its first page, the sign of life, and leaving."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.portals import book, doors
from jingban.portals.context import KIOSK, remembered_region
from jingban.portals.kiosk.device import become_kiosk, is_kiosk, wiped
from jingban.portals.kiosk.tiles import tiles
from jingban.portals.public.switching import remember_region


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Six tiles; ``?region=`` says where the machine stands. Where it is none yet, staff are asked to make it one."""
    card = book.regions().get(request.GET.get("region", "")) or remembered_region(request)
    if not is_kiosk(request):
        return render(request, "kiosk/ask.html", {"card": card, "regions": book.regions().values()})
    shown = {"tiles": tiles(card.region if card else ""), "card": card, "regions": book.regions().values()}
    answer = render(request, "kiosk/start.html", shown)
    return remember_region(answer, card.region) if card else answer


@doors.staff_only
@require_POST
def switch_on(request: HttpRequest) -> HttpResponse:
    """Staff make this browser a machine, which signs them out. By POST: no link or picture elsewhere does it."""
    card = book.regions().get(request.POST.get("region", ""))
    where = reverse("kiosk") + (f"?region={card.region}" if card else "")
    return become_kiosk(wiped(request, HttpResponseRedirect(where)))


@require_POST
def alive(request: HttpRequest) -> HttpResponse:
    """Somebody touched the screen: the session's minute starts anew (``device.ShortSessions``)."""
    return HttpResponse(status=204)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out, forget everything, and show the first page to the next visitor."""
    return wiped(request, redirect("kiosk"))


@doors.staff_only
@require_POST
def switch_off(request: HttpRequest) -> HttpResponse:
    """Staff make an ordinary browser of it again."""
    response = wiped(request, redirect("home"))
    response.delete_cookie(KIOSK)
    return response
