"""What a visitor sets for all pages: large type, high contrast, and the region that the pages are about."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from jingban.portals import book
from jingban.portals.context import CONTRAST, LARGE, REGION

YEAR = 31_536_000
GUIDE = re.compile(r"/guide/([\w-]+)/(?:([\w-]+)/([\w-]+)/)?")
"""A page that is about a region, and the entry it may be about."""
REGION_ASKED = re.compile(r"(?<=[?&])region=[^&]*&?")


@require_POST
def editions(request: HttpRequest) -> HttpResponse:
    """Switch the large-type edition or high contrast on or off, and stay on the page."""
    response = redirect(_own_address(request, request.POST.get("next", "/")))
    name = request.POST.get("edition", "")
    if name not in (LARGE, CONTRAST):
        return response
    if request.COOKIES.get(name) == "1":
        response.delete_cookie(name)
    else:
        response.set_cookie(name, "1", max_age=YEAR, samesite="Lax")
    return response


@require_GET
def regions(request: HttpRequest) -> HttpResponse:
    """Choose a region; what one was reading about stays open if the region has it too."""
    back = _own_address(request, request.GET.get("next", "/"))
    to = request.GET.get("to", "")
    if to in book.regions():
        return remember_region(redirect(_same_page(back, to)), to)
    tier, item = _entry_of(back)
    rows = [
        {"card": card, "has": bool(item) and _has(key, tier, item)} for key, card in book.regions().items()
    ]
    return render(request, "public/regions.html", {"rows": rows, "next": back, "about": bool(item)})


def remember_region(response: HttpResponse, region: str) -> HttpResponse:
    """Keep the region for the next pages; without one, forget it."""
    if region:
        response.set_cookie(REGION, region, max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie(REGION)
    return response


def _own_address(request: HttpRequest, to: str) -> str:
    return to if url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}) else "/"


def _entry_of(address: str) -> tuple[str, str]:
    match = GUIDE.match(address)
    return (match[2] or "", match[3] or "") if match else ("", "")


def _has(region: str, tier: str, item: str) -> bool:
    return any((e.item.tier, e.item.item) == (tier, item) for e in book.entries(region))


def _same_page(address: str, region: str) -> str:
    """The same entry there, else the list of the region; a page that is about no region stays as it is."""
    match = GUIDE.match(address)
    if match is None:
        return REGION_ASKED.sub("", address)
    tier, item = _entry_of(address)
    if item and _has(region, tier, item):
        return reverse("guide", args=[region, tier, item])
    return reverse("region", args=[region])
