"""What every page knows without being told."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import metadata
from typing import Any

from django.http import HttpRequest

from jingban.core.localtime import local_day
from jingban.portals import book, doors

LARGE = "large"
"""The cookie of the large-type edition."""


def site(request: HttpRequest) -> dict[str, Any]:
    """Name, version, rulebook, day, type size, and whether the visitor is staff."""
    return {
        "site_name": "医保经办服务",
        "site_version": _version(),
        "site_rulebook": book.rulebook().digest[:8],
        "site_day": _day(),
        "large": request.COOKIES.get(LARGE) == "1",
        "is_staff_visitor": hasattr(request, "user") and doors.actor(request).is_staff,
        "place": _place(request),
    }


@lru_cache(maxsize=1)
def _version() -> str:
    try:
        return metadata.version("jingban")
    except metadata.PackageNotFoundError:
        return "未安装"


def _day() -> date:
    return local_day(doors.now())


def _place(request: HttpRequest) -> str:
    """Which part of the site the address lies in, for the marked entry of the navigation."""
    first = request.path_info.strip("/").split("/")[0]
    return first if first in ("progress", "my", "desk", "login") else "home"
