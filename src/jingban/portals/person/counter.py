"""Filing at the counter: a clerk takes in what somebody without an account asks for in person."""

from __future__ import annotations

from jingban.access.service import Actor, On, may
from jingban.cases.actions import SEALED_ROLES
from jingban.portals.book import words
from jingban.rulebook.effective import EffectiveItem, Named

GRASSROOTS = ("township", "village")


def _first_roles(item: EffectiveItem) -> frozenset[str]:
    """The staff roles whose turn it is first."""
    known, first = words(item.region).roles, item.process.steps.get(item.process.first_ways[-1].to)
    return (
        frozenset(role for role in first.by if role in known and known[role].staff) if first else frozenset()
    )


def counters(item: EffectiveItem, actor: Actor) -> tuple[Named, ...]:
    """The accepting offices of the entry at whose counter this person sits; none for a citizen."""
    roles = _first_roles(item)
    if not roles or item.process.starts != "application":
        return ()
    return tuple(body for body in item.accepted_by if may(actor, "apply", _on(item, body.id, roles)))


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
    if held - set(GRASSROOTS):
        return "window"
    return next((role for role in GRASSROOTS if role in held), "window")
