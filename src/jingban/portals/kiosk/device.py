"""A self-service machine (自助机): nobody stands beside it, so what one visitor did is gone before the next comes.

A machine is told by a cookie that it keeps once staff made it one (``/kiosk/``). On it a session lives for a
minute after the last request, nothing is kept by the browser, and leaving wipes everything at once; the page counts
the same minute down before the visitor's eyes (``kiosk.js``). The server does not rely on the page.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from jingban.portals.context import CONTRAST, KIOSK, KIOSK_SECONDS, LARGE

VISITORS = (LARGE, CONTRAST, "messages")
"""Cookies that belong to the visitor and not to the machine."""
YEARS = 5 * 31_536_000


def is_kiosk(request: HttpRequest) -> bool:
    """Whether the page goes to a self-service machine."""
    return request.COOKIES.get(KIOSK) == "1"


def become_kiosk(response: HttpResponse) -> HttpResponse:
    """From now on this browser is a machine."""
    response.set_cookie(KIOSK, "1", max_age=YEARS, samesite="Lax", httponly=True)
    return response


def wiped(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Sign out and forget: the session with everything in it, and the visitor's own settings."""
    request.session.flush()
    for name in VISITORS:
        response.delete_cookie(name)
    return response


class ShortSessions:
    """On a machine every request starts the minute anew, and no page is kept for the back button."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_kiosk(request):
            if not request.session.is_empty():
                request.session.set_expiry(KIOSK_SECONDS)
            response.headers["Cache-Control"] = "no-store"
        return response
