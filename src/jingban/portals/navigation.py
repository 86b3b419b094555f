"""The parts of the site: one list that the top navigation and the phone's tab bar are built from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, reverse

from jingban.access.service import LOCAL_ROLES, Actor
from jingban.portals import doors

TABS = 5
"""So many fit beside each other on a phone, in large type too."""


@dataclass(frozen=True, slots=True)
class Part:
    """A room of the site: its address by name, and who is shown its door (the room itself checks again)."""

    key: str
    name: str
    short: str
    url_name: str
    sign: str
    shown_to: Callable[[Actor], bool]
    firsts: tuple[str, ...] = ()
    """First parts of the addresses that lie in the room, where it is not the key."""


@dataclass(frozen=True, slots=True)
class Door:
    """A part as the page links to it."""

    name: str
    short: str
    address: str
    sign: str
    here: bool


def _holds(roles: Collection[str]) -> Callable[[Actor], bool]:
    return lambda actor: any(held.role in roles for held in actor.held)


def _everybody(actor: Actor) -> bool:
    return True


def _signed_in_citizen(actor: Actor) -> bool:
    """Who may act for an employer is a register's matter; whoever is no operator is told so in the room."""
    return actor.id > 0 and not actor.is_staff


OFFICE = frozenset({"administrator", "head", "informatics"})
"""Whose the back office is (``office.rooms.LOOK``)."""


def _of_the_back_office(actor: Actor) -> bool:
    return any(held.role in OFFICE and not held.office for held in actor.held)


FUNDS = frozenset({"cashier", "fund-checker", "head", "fund-supervision", "supervisor"})
"""Whose the funds room is (``funds.service.READERS``)."""

PARTS = (
    Part("home", "办事指南", "指南", "home", "⌂", _everybody, ("", "guide", "notices", "notice", "regions")),
    Part("desk", "工作台", "工作台", "desk", "✓", doors.at_desk),
    Part("funds", "资金室", "资金", "funds", "¥", _holds(FUNDS)),
    Part("office", "后台", "后台", "office", "⚙", _of_the_back_office),
    Part("grassroots", "乡村", "乡村", "grassroots", "村", _holds(LOCAL_ROLES), ("village",)),
    Part("provider", "定点机构", "机构", "provider", "✚", _holds({"institution", "institution-reviewer", "provider"})),
    Part("unit", "单位", "单位", "unit", "企", _signed_in_citizen),
    Part("progress", "查进度", "进度", "progress", "◔", _everybody),
    Part("my", "我的办件", "办件", "mine", "☰", _everybody, ("my", "apply")),
)  # fmt: skip


def place_of(path: str) -> str:
    """The key of the part in which an address lies; nothing for what lies in none (signing in)."""
    first = path.strip("/").split("/")[0]
    return next((part.key for part in PARTS if first in (part.firsts or (part.key,))), "")


def doors_for(actor: Actor, path: str) -> tuple[Door, ...]:
    """The parts that somebody sees, as far as they are built: an address that does not resolve is left out."""
    here = place_of(path)
    return tuple(
        Door(part.name, part.short, address, part.sign, part.key == here)
        for part in PARTS
        if part.shown_to(actor) and (address := _address(part.url_name))
    )


@lru_cache(maxsize=32)
def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
