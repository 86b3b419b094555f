"""What everybody may see: the guides, progress by number and code, signing in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from jingban.core.errors import DomainError
from jingban.portals import book, doors
from jingban.portals.casepage import case_page
from jingban.portals.context import SITE_NAME
from jingban.portals.kiosk.device import is_kiosk
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.public.guide import guide_page
from jingban.portals.public.own_list import OwnList, own_list
from jingban.portals.public.progress import has_shown, shown_case
from jingban.portals.public.switching import remember_region
from jingban.portals.throttle import SIGN_IN, SIGN_IN_PLACE, place_of


@require_GET
def guide(request: HttpRequest, region: str, tier: str, item: str) -> HttpResponse:
    """The guide of one entry as it is in force; with answers, the list of materials for this person's case."""
    entry = book.entry(region, tier, item)
    own = own_list(entry.item, request.GET)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "public/_own_list.html", {"own": own, "item": entry.item})
    return remember_region(_guide(request, entry, own, current=True), region)


@require_GET
def guide_version(request: HttpRequest, digest: str) -> HttpResponse:
    """A guide by its content hash: what a running case keeps to."""
    entry = book.entry_of_hash(digest)
    return _guide(request, entry, own_list(entry.item, request.GET), current=False)


def _guide(request: HttpRequest, entry: book.Entry, own: OwnList, *, current: bool) -> HttpResponse:
    item = entry.item
    address = (
        reverse("guide", args=[item.region, item.tier, item.item])
        if current
        else reverse("guide-version", args=[entry.hash])
    )
    page = guide_page(entry, doors.now(), own, request.build_absolute_uri(address))
    shown = {"page": page, "item": item, "own": own, "current": current}
    return render(request, "public/guide.html", shown)


@require_GET
def guide_notice(request: HttpRequest, region: str, tier: str, item: str) -> HttpResponse:
    """What to bring, told at once and before applying (事前一次性告知), for the case that the answers describe."""
    entry = book.entry(region, tier, item)
    own = own_list(entry.item, request.GET)
    address = request.build_absolute_uri(reverse("guide", args=[region, tier, item]))
    page = guide_page(entry, doors.now(), own, address)
    return render(request, "public/own_notice.html", {"page": page, "item": entry.item, "own": own})


@require_http_methods(["GET", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Ask for a number and its query code."""
    number, error, status = request.POST.get("number", ""), "", 200
    if request.method == "POST":
        try:
            view = shown_case(request, number, request.POST.get("code", ""))
        except DomainError as refused:
            if is_fault(refused):
                raise
            error, status = refused.message, status_of(refused)
        else:
            return redirect("progress-case", number=view.number)
    shown = {"number": number or request.GET.get("number", ""), "error": error}
    return render(request, "public/progress.html", shown, status=status)


@require_GET
def progress_case(request: HttpRequest, number: str) -> HttpResponse:
    """Where the case stands, for who showed its query code in this session."""
    if not has_shown(request, number):
        return redirect(f"{reverse('progress')}?{urlencode({'number': number})}")
    view = doors.find_case(number)
    return render(
        request, "public/progress_case.html", {"page": case_page(view, doors.now(), audience="code")}
    )


class SignIn(LoginView):
    """Sign in with name and password."""

    template_name = "public/login.html"
    redirect_authenticated_user = True
    extra_context = {"site_name": SITE_NAME}  # else Django puts the host there

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name, place = request.POST.get("username", ""), place_of(request)
        SIGN_IN.hold(name, place)
        SIGN_IN_PLACE.hold(place)
        answer = super().post(request, *args, **kwargs)
        if request.user.is_authenticated:
            SIGN_IN.clear(name, place)
        else:
            SIGN_IN.failed(name, place)
            SIGN_IN_PLACE.failed(place)
        return answer

    def get_default_redirect_url(self) -> str:
        if is_kiosk(self.request):
            return reverse("kiosk")
        who = doors.actor(self.request)
        if doors.of_provider(who):
            return "/provider/"
        return "/desk/" if who.is_staff else "/my/"


class SignOut(LogoutView):
    """Sign out by POST; the home page follows."""

    next_page = "/"
