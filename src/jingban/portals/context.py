"""What every page knows without being told."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import metadata
from typing import Any

from django.http import HttpRequest

from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.navigation import TABS, doors_for, place_of

SITE_NAME = "医保经办服务"
LARGE, CONTRAST = "large", "contrast"
"""The cookies of the large-type edition (长辈版) and of high contrast."""
REGION = "region"
"""The cookie of the region that the visitor reads about."""
KIOSK = "kiosk"
"""The cookie of a self-service machine: it belongs to the device and outlives every visitor."""
KIOSK_SECONDS = 60
"""So long without a touch, and a visit to the machine is over."""


def site(request: HttpRequest) -> dict[str, Any]:
    """Name, version, rulebook, day, the editions switched on, the region, and the doors that the visitor sees."""
    actor = doors.actor(request) if hasattr(request, "user") else doors.NOBODY
    parts = doors_for(actor, request.path_info)
    return {
        "site_name": SITE_NAME,
        "site_version": _version(),
        "site_rulebook": book.rulebook().digest[:8],
        "site_day": _day(),
        "large": request.COOKIES.get(LARGE) == "1",
        "contrast": request.COOKIES.get(CONTRAST) == "1",
        "kiosk": KIOSK_SECONDS if request.COOKIES.get(KIOSK) == "1" else 0,
        "region_here": remembered_region(request),
        "is_staff_visitor": actor.is_staff,
        "parts": parts,
        "site_tabs": parts[:TABS],
        "place": place_of(request.path_info),
    }


def remembered_region(request: HttpRequest) -> Any:
    """The card of the region that the visitor chose last; nothing where there was no choice."""
    return book.regions().get(request.COOKIES.get(REGION, ""))


@lru_cache(maxsize=1)
def _version() -> str:
    try:
        return metadata.version("jingban")
    except metadata.PackageNotFoundError:
        return "未安装"


def _day() -> date:
    return local_day(doors.now())
