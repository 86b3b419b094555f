"""Who signed in with a password that somebody else gave changes it before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

OPEN = ("office-password", "logout", "editions")
"""What stays open meanwhile: the change itself, signing out, large type."""


class OwnPasswordFirst:
    """Leads whoever must change the password to that page, wherever they wanted to go."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        held = getattr(request.user, "must_change_password", False)
        if held and request.path_info not in {reverse(name) for name in OPEN}:
            return redirect("office-password")
        return self.get_response(request)
