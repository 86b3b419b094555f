"""Who may look into the registers and who may write what, region by region; every look is written down.

The registers of a region are one, so a role held at any of its offices counts. Townships and villages see people
through their cases and in the lists of those they look after (``portals.grassroots``), and upload rosters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from jingban.access.service import Actor, NotAllowed, On, may
from jingban.audit import service as audit
from jingban.portals import book, doors
from jingban.registry import service as registry

READERS = frozenset(
    {"window", "entry", "reviewer", "second-reviewer", "head", "supervisor", "fund-supervision"}
)
"""Who searches the registers and opens a person or a unit."""
COUNTER = frozenset({"window", "entry"})
"""Who records at the counter what needs no case: helpers, accounts, operators, levies of a month."""
DECIDERS = frozenset({"reviewer", "second-reviewer", "head"})
"""Who decides about promises, re-checks and duplicates."""
TAX = frozenset({"window", "entry", "tax"})
"""Who registers that a levy was paid, where the tax department's message did not come by wire."""
ROSTERS = frozenset({"window", "entry", "township", "village"})
"""Who uploads a unit's or a village's roster."""
AID = frozenset({"window", "civil-affairs"})
"""Who takes in a list of civil affairs: whoever accepts premium subsidies (premium-subsidy), or civil affairs."""
_WORDS = {
    READERS: "您的岗位不能查询登记册；要看某人的登记，请从他的办件里看。",
    COUNTER: "您的岗位不能登记这一项，请由前台受理或录入岗位办理。",
    DECIDERS: "您的岗位不能作这个决定，请由审核或负责人岗位办理。",
    TAX: "您的岗位不能登记税务到账，请由前台受理、录入岗位或税务部门办理。",
    ROSTERS: "您的岗位不能上传名册，请由前台受理、录入或乡镇（村）岗位办理。",
    AID: "您的岗位不能登记救助对象名单，请由前台受理岗位或民政部门办理。",
}


def regions_of(actor: Actor, roles: frozenset[str]) -> tuple[str, ...]:
    """The regions in whose registers somebody may do what these roles do."""
    found = {
        held.region: None
        for held in actor.held
        if may(actor, "register", On(region=held.region, office=held.office, item="", roles=roles))
    }
    return tuple(sorted(found))


def allowed(request: HttpRequest, region: str, roles: frozenset[str]) -> bool:
    """Whether whoever asks may do in the region what these roles do."""
    return region in regions_of(doors.actor(request), roles)


def required(request: HttpRequest, region: str, roles: frozenset[str]) -> None:
    """The same, or the refusal: written down, and in words that say who may."""
    if not allowed(request, region, roles):
        note(request, audit.REFUSED, f"register:{region}", _WORDS[roles])
        raise NotAllowed(_WORDS[roles])


def note(request: HttpRequest, kind: str, subject: str, detail: str = "") -> None:
    """Write down a look or a refusal."""
    audit.record(actor=doors.actor(request).id, kind=kind, subject=subject, detail=detail, now=doors.now())


def origin(
    request: HttpRequest, region: str, source: registry.Source = registry.Source.AGENCY
) -> registry.Origin:
    """In whose name something is written without a case."""
    return registry.Origin(region, doors.actor(request).id, doors.now(), source)


def chosen(request: HttpRequest, roles: frozenset[str]) -> tuple[str, list[tuple[str, str]]]:
    """The region that a page is about, and those to choose from with their names.

    Raises NotAllowed where there is none; a region that is not one's own is refused in words.
    """
    mine = regions_of(doors.actor(request), roles)
    asked = request.POST.get("region") or request.GET.get("region") or ""
    if not mine or (asked and asked not in mine):
        required(request, asked, roles)
    cards = book.regions()
    return asked or mine[0], [(key, cards[key].name if key in cards else key) for key in mine]


def person(request: HttpRequest, pk: int, roles: frozenset[str] = READERS) -> registry.Person:
    """The person of an address, if whoever asks may."""
    found = registry.person_of_id(pk)
    if found is None:
        raise registry.PersonNotFound("登记册里没有这个人，请重新查询。")
    required(request, found.region, roles)
    return found


def unit(request: HttpRequest, pk: int, roles: frozenset[str] = READERS) -> registry.Unit:
    """The unit of an address, if whoever asks may."""
    found = registry.unit_of_id(pk)
    if found is None:
        raise registry.UnitNotFound("登记册里没有这个单位，请重新查询。")
    required(request, found.region, roles)
    return found


View = Callable[..., HttpResponse]
Context = dict[str, Any]
