"""Where somebody of the lowest tier stands, and what can be handled or started there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from jingban.access.service import LOCAL_ROLES, Actor, NotAllowed
from jingban.portals import book, doors
from jingban.portals.person.counter import counters
from jingban.rulebook.effective import EffectiveItem

ELSEWHERE = "这里只供乡镇（街道）、村（社区）工作人员使用。办自己的事请到“办事指南”。"


@dataclass(frozen=True, slots=True)
class Post:
    """A township's or village's counter in a region, and what people call it: who sits at several has one for all."""

    region: str
    region_name: str
    name: str


@dataclass(frozen=True, slots=True)
class Tile:
    """An entry that the post handles itself, or helps with on its way to who handles it."""

    item: EffectiveItem
    handled: bool

    @property
    def hint(self) -> str:
        if self.handled:
            return "在这里受理"
        ways = self.item.process.first_ways
        roles = self.item.process.steps[ways[-1].to].by if ways else ()
        return f"协助填写，由{book.words(self.item.region).roles_text(roles)}办理"

    @property
    def key(self) -> str:
        return f"{self.item.tier}/{self.item.item}"


def posts(actor: Actor) -> tuple[Post, ...]:
    """The posts of a person, one a region, in their order."""
    names: dict[str, dict[str, None]] = {}
    cards = book.regions()
    for held in sorted(actor.held, key=lambda h: (h.region, h.office)):
        card = cards.get(held.region)
        if held.role in LOCAL_ROLES and card is not None:
            body = card.bodies.get(held.office)
            names.setdefault(held.region, {})[body.name if body else held.office or card.name] = None
    return tuple(Post(region, cards[region].name, "、".join(called)) for region, called in names.items())


def local_only(view: doors.View) -> doors.View:
    """Sign in first; then only who holds a township's or village's role gets in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not posts(doors.actor(request)):
            raise NotAllowed(ELSEWHERE)
        return view(request, *args, **kwargs)

    return cast(doors.View, login_required(guarded))


def here(request: HttpRequest) -> Post:
    """The post that a page is about: the one of the region asked for, else the first.

    Raises NotAllowed for a region in which the actor has none.
    """
    mine = posts(doors.actor(request))
    asked = request.POST.get("region") or request.GET.get("region") or ""
    found = next((post for post in mine if asked in ("", post.region)), None)
    if found is None:
        raise NotAllowed("您在这个地区没有乡镇（街道）、村（社区）岗位，请回到“乡村”首页重新进入。")
    return found


def tiles(post: Post, actor: Actor) -> tuple[Tile, ...]:
    """The list of the lowest tier, and whatever else of the region's guide begins at this counter."""
    found = []
    for entry in book.entries(post.region):
        item = entry.item
        handled = handles(item, actor)
        if handled or item.tier == "grassroots":
            found.append(Tile(item, handled))
    return tuple(found)


def handles(item: EffectiveItem, actor: Actor) -> bool:
    """Whether an application of the entry begins at the counter of this person.

    Where it does not, nothing is filed for anybody: it would be filed in the worker's own name.
    """
    return item.process.starts == "application" and bool(counters(item, actor))
