"""Is a paper genuine? By the code on it, without sign-in and without giving anything of the person away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from jingban.core.identifiers import plain
from jingban.documents import service as documents

MARK = 8


@require_GET
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the code; a typed one leads to its page."""
    typed = request.GET.get("code", "").strip()[:40]
    if code := documents.code_typed(typed):
        return redirect("verify", code=code)
    wrong = f"核验码是12位字母和数字，“{typed}”不是核验码；请对照文书页脚重新输入。" if typed else ""
    page = {"verdict": None, "typed": typed, "wrong": wrong, "mark": "", "unknown": False}
    return render(request, "public/verify.html", page, status=422 if wrong else 200)


@require_GET
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Genuine, void or unknown; and whether the eight signs on the paper are those of its content."""
    found = documents.verdict(code)
    mark = plain(request.GET.get("mark", "")).lower()[:MARK]
    page = {
        "verdict": found,
        "typed": code[:40],
        "wrong": "",
        "mark": mark,
        "same": found is not None and mark == found.mark,
        "unknown": found is None,
        "spoken": documents.spoken(found.code) if found else "",
    }
    return render(request, "public/verify.html", page, status=404 if found is None else 200)
