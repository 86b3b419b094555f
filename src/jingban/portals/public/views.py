"""What everybody may see: home, the guides, progress by number and code, signing in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.access.service import NotAllowed
from jingban.cases.errors import CaseNotFound
from jingban.core.errors import DomainError
from jingban.portals import book, doors, papers
from jingban.portals.casepage import case_page
from jingban.portals.context import LARGE
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.public.guide import correction_text, found_by, guide_page, limit_number
from jingban.portals.public.progress import has_shown, shown_case

MOST_FOUND = 40


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Choose a region, or say what you want to do."""
    query = request.GET.get("q", "").strip()[:40]
    region = request.GET.get("region", "")
    found = _found(query, region) if query else []
    return render(
        request,
        "public/home.html",
        {
            "regions": book.regions().values(),
            "counts": book.counts(),
            "query": query,
            "chosen": region,
            "found": found[:MOST_FOUND],
            "more": max(0, len(found) - MOST_FOUND),
        },
    )


def _found(query: str, region: str) -> list[dict[str, Any]]:
    listed = book.entries(region if region in book.regions() else None)
    found = [e for e in listed if found_by(e.item, query)]
    found.sort(key=lambda e: query not in e.item.name)  # what is called so comes before what is meant so
    return [_listed(e) for e in found]


def _listed(entry: book.Entry) -> dict[str, Any]:
    item = entry.item
    return {"item": item, "limit": limit_number(item), "applies": item.process.starts == "application"}


@require_GET
def region(request: HttpRequest, region: str) -> HttpResponse:
    """The guides of a region, level by level, under their main items."""
    card = book.region_card(region)
    listed = book.entries(region)
    tiers = list(dict.fromkeys(e.item.tier for e in listed))
    tier = request.GET.get("tier", "")
    tier = tier if tier in tiers else (tiers[0] if tiers else "agency")
    rows = [_listed(e) for e in listed if e.item.tier == tier]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["item"].main_item.name if row["item"].main_item else "其他", []).append(row)
    return render(
        request,
        "public/region.html",
        {
            "card": card,
            "tiers": tiers,
            "tier": tier,
            "count": len(rows),
            "groups": list(groups.items()),
            "corrections": [correction_text(c) for c in card.corrections],
        },
    )


@require_GET
def guide(request: HttpRequest, region: str, tier: str, item: str) -> HttpResponse:
    """The guide of one entry as it is in force."""
    page = guide_page(book.entry(region, tier, item), doors.now())
    return render(request, "public/guide.html", {"page": page, "item": page.item, "current": True})


@require_GET
def guide_version(request: HttpRequest, digest: str) -> HttpResponse:
    """A guide by its content hash: what a running case keeps to."""
    page = guide_page(book.entry_of_hash(digest), doors.now())
    return render(request, "public/guide.html", {"page": page, "item": page.item, "current": False})


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


@require_GET
def paper(request: HttpRequest, number: str, seq: int, paper: str) -> HttpResponse:
    """A printable paper of a case."""
    who = doors.actor(request)
    if request.user.is_authenticated and not has_shown(request, number):
        view, personal = doors.readable(request, number), True
        doors.written_down(request, view, f"文书{seq}：{paper}")
    elif has_shown(request, number):
        view, personal = doors.find_case(number), False
    else:
        raise NotAllowed("请先登录，或用办件编号和查询码查询进度后再打开文书。")
    made = papers.paper_of(view, seq, paper, personal=personal, internal=who.is_staff and personal)
    if made is None:
        raise CaseNotFound("没有这份文书，请从办件页面打开。")
    return render(request, "papers/paper.html", {"paper": made})


@require_POST
def large(request: HttpRequest) -> HttpResponse:
    """Switch the large-type edition on or off and stay on the page."""
    to = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()})
    response = redirect(to if safe else "/")
    if request.COOKIES.get(LARGE) == "1":
        response.delete_cookie(LARGE)
    else:
        response.set_cookie(LARGE, "1", max_age=31_536_000, samesite="Lax")
    return response


class SignIn(LoginView):
    """Sign in with name and password."""

    template_name = "public/login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return "/desk/" if doors.actor(self.request).is_staff else "/my/"


class SignOut(LogoutView):
    """Sign out by POST; the home page follows."""

    next_page = "/"
