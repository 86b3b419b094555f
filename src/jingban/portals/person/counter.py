"""Filing at the counter: a clerk takes in what somebody without an account asks for in person."""

from __future__ import annotations

from datetime import datetime

from jingban.access.service import Actor, On, may
from jingban.cases.actions import SEALED_ROLES
from jingban.cases.identity import IDENTITY, ways
from jingban.cases.offering import INSTITUTION, closed_channel, takers
from jingban.portals.book import words
from jingban.rulebook.effective import EffectiveItem, Named

GRASSROOTS = ("township", "village")
HERE = "here"
"""Who applies stands at the counter."""
SENT = {"post": "邮寄来的", "phone": "电话里说的"}
"""An application may also have come by letter or by telephone: staff enter it under that channel."""


def _first_roles(item: EffectiveItem) -> frozenset[str]:
    """The staff roles whose turn it is first."""
    known, first = words(item.region).roles, item.process.steps.get(item.process.first_ways[-1].to)
    return (
        frozenset(role for role in first.by if role in known and known[role].staff) if first else frozenset()
    )


def counters(item: EffectiveItem, actor: Actor) -> tuple[Named, ...]:
    """The accepting offices of the entry at whose counter this person sits; none for a citizen."""
    roles = _first_roles(item)
    if item.process.starts != "application":
        return ()
    return tuple(body for body in item.accepted_by if _sits_at(item, body.id, roles, actor))


def _sits_at(item: EffectiveItem, office: str, roles: frozenset[str], actor: Actor) -> bool:
    by = takers(item, office, roles)
    return bool(by) and bool(may(actor, "apply", _on(item, office, by)))


def _on(item: EffectiveItem, office: str, roles: frozenset[str]) -> On:
    return On(
        region=item.region,
        office=office,
        item=item.item,
        roles=roles,
        grassroots=item.tier == "grassroots",
        sealed=SEALED_ROLES if item.sealed else None,
    )


def counter_channel(item: EffectiveItem, actor: Actor) -> str:
    """Through which channel an application comes in there: window, township or village."""
    roles = _first_roles(item)
    held = {h.role for h in actor.held if h.region == item.region and h.role in roles}
    if not held and any(h.region == item.region and h.role in INSTITUTION for h in actor.held):
        return "provider"
    if held - set(GRASSROOTS):
        return "window"
    return next((role for role in GRASSROOTS if role in held), "window")


def received(item: EffectiveItem, actor: Actor, now: datetime) -> tuple[tuple[str, str], ...]:
    """How an application may have come in and how identity was checked, as one choice: key and words. Letters and
    calls come to the agency's own window."""
    here = counter_channel(item, actor)
    sent = SENT if here == "window" else {}
    places = [(HERE, "当面", here)]
    places += [(key, words, key) for key, words in sent.items() if not closed_channel(item, key, now)]
    return tuple(
        (f"{key}/{way}", f"{words}，{IDENTITY[way]}")
        for key, words, channel in places
        for way in ways(channel)
    )


def taken_in(item: EffectiveItem, actor: Actor, now: datetime, chosen: str) -> tuple[str, str]:
    """The channel and the way identity was checked; the counter's own channel and nothing where none was chosen."""
    place, _, way = chosen.partition("/")
    if chosen not in dict(received(item, actor, now)):
        return counter_channel(item, actor), ""
    return (counter_channel(item, actor) if place == HERE else place), way
