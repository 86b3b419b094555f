"""What was sent after the sign-in had run out, or from a page of before it: given back to be sent again, never lost.

Nothing of it is kept at the server: it stands hidden in the page that answers, and goes out again with a token that
counts. Only what came from a page of this site is given back, so that nobody puts a form into a visitor's hands.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jingban.portals.kiosk.device import is_kiosk

TOKEN = "csrfmiddlewaretoken"  # noqa: S105
SECRET = frozenset({"password", "code", "old_password"})
"""A form that carries one of these is typed anew."""


class Unsent:
    """A page's form that would only lead to the sign-in is answered by a page that holds it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        to_sign_in = response.headers.get("Location", "").startswith(f"{settings.LOGIN_URL}?")
        if to_sign_in and not request.user.is_authenticated and _may_be_given_back(request):
            return _given_back(request, 401)
        return response


def token_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The token does not count: the visitor signed in again meanwhile, or the form is another site's."""
    if request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}" and _may_be_given_back(
        request
    ):
        return _given_back(request, 403)
    return render(request, "403_csrf.html", status=403)


def _may_be_given_back(request: HttpRequest) -> bool:
    """A whole page's form. A machine in a hall keeps nothing of a visitor whose minute is over."""
    is_form = request.method == "POST" and TOKEN in request.POST and not SECRET & request.POST.keys()
    return is_form and not is_kiosk(request) and not getattr(request, "htmx", False)


def _given_back(request: HttpRequest, status: int) -> HttpResponse:
    fields = [(name, text) for name, texts in request.POST.lists() for text in texts if name != TOKEN]
    shown = {"fields": fields, "had_files": bool(request.FILES), "path": request.get_full_path()}
    answer = render(request, "portals/unsent.html", shown, status=status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
