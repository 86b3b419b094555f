"""Who may do what in the back office, region by region; every change and every refusal is written down.

It rules over a whole region, so a role held at one of its offices opens nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from jingban.access.service import NotAllowed, On, may
from jingban.audit import service as audit
from jingban.portals import book, doors

MANAGE = frozenset({"administrator"})
"""Who manages accounts, roles, entrustments and means."""
SECOND = MANAGE | {"head"}
"""Who agrees to a role that pays or rules."""
PUBLISH = frozenset({"head"})
"""Who puts a version of the guide into force, and moves running cases to it."""
TRY = SECOND
"""Who tries changed figures on a year's claims."""
LOOK = frozenset({"administrator", "head", "informatics"})
"""Who looks at the rest."""
_WORDS = {
    MANAGE: "账号、岗位、委托和办理条件由系统管理岗位维护。",
    SECOND: "涉及拨付和系统管理的岗位由另一位系统管理或负责人决定，参数试算也由这两种岗位办理。",
    PUBLISH: "发布指南、转换在办件的版本由负责人岗位办理。",
    LOOK: "后台只供全地区的系统管理、信息部门和负责人岗位使用。",
}
CHANGED = "changed"
"""The kind of audit entry for what was changed here."""


def regions_of(request: HttpRequest, roles: frozenset[str]) -> tuple[str, ...]:
    """The regions in which whoever asks holds one of these roles, and not at a single office only."""
    actor = doors.actor(request)
    found = {
        held.region
        for held in actor.held
        if not held.office
        and may(actor, "administer", On(region=held.region, office="", item="", roles=roles))
    }
    return tuple(sorted(found & set(book.regions())))


def allowed(request: HttpRequest, region: str, roles: frozenset[str]) -> bool:
    return region in regions_of(request, roles)


def required(request: HttpRequest, region: str, roles: frozenset[str]) -> None:
    """The right to do it there, or the refusal: written down, and in words that say who may."""
    if not allowed(request, region, roles):
        note(request, audit.REFUSED, f"office:{region}", _WORDS[roles])
        raise NotAllowed(_WORDS[roles])


def note(request: HttpRequest, kind: str, subject: str, detail: str = "") -> None:
    audit.record(actor=doors.actor(request).id, kind=kind, subject=subject, detail=detail, now=doors.now())


def here(request: HttpRequest, roles: frozenset[str]) -> str:
    """The region that a page is about: the one asked for, else the first of the own ones.

    Raises NotAllowed where whoever asks has no such role there.
    """
    mine = regions_of(request, roles)
    asked = request.POST.get("region") or request.GET.get("region") or ""
    if not mine or (asked and asked not in mine):
        required(request, asked, roles)
    return asked or mine[0]


def office_name(region: str, office: str) -> str:
    """What people call it: a body of the region's card by name, a village or township as it is."""
    bodies = book.region_card(region).bodies
    return bodies[office].name if office in bodies else office


def base(request: HttpRequest, region: str, roles: frozenset[str] = LOOK) -> dict[str, Any]:
    """What every page of the office shows: where it is, and which rooms are open."""
    cards = book.regions()
    rooms = (
        ("office", "概况", LOOK), ("office-people", "人员和岗位", MANAGE), ("office-places", "村级委托、办理条件", MANAGE),
        ("office-guide", "指南发布", LOOK), ("office-running", "在办件和版本", LOOK), ("office-trial", "参数试算", TRY),
        ("office-words", "字典", LOOK), ("office-calendar", "工作日历", LOOK), ("office-failures", "消息和异常", LOOK),
    )  # fmt: skip
    return {
        "region": region,
        "card": cards[region],
        "regions": [(key, cards[key].name) for key in regions_of(request, roles)],
        "rooms": [(name, title) for name, title, who in rooms if allowed(request, region, who)],
        "room": request.resolver_match.url_name if request.resolver_match else "",
    }


def staff(view: Callable[..., HttpResponse]) -> doors.View:
    """Sign in first; then only who holds a role of the office somewhere gets in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not regions_of(request, LOOK):
            required(request, "", LOOK)
        return view(request, *args, **kwargs)

    return cast(doors.View, login_required(guarded))
