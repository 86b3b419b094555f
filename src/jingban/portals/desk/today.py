"""The day at a glance, beside the list while no case is open: counters and counts that the page has already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jingban.access.service import LOCAL_ROLES, Actor
from jingban.cases.view import opened_on
from jingban.portals.desk.queue import QueuePage
from jingban.portals.desk.urgency import ANY, OVER, TODAY, Count
from jingban.rulebook.effective import EffectiveItem


@dataclass(frozen=True, slots=True)
class Today:
    """What the day brought and asks for."""

    came_in: int | None
    """New cases of what the own offices take in; nothing for villages and townships, whose people are a few of them."""
    waiting: str
    due: str
    over: str
    first: str
    """The case to begin with, the most urgent one."""


def today(
    actor: Actor, items: Iterable[EffectiveItem], found: QueuePage, counts: Iterable[Count], day: date
) -> Today:
    """``found`` and ``counts``: the list as it stands and its tabs."""
    number = {count.key: count.number for count in counts}
    own = [item for item in items if not item.sealed and _takes_in(actor, item)]
    return Today(
        came_in=opened_on(own, day) if own else None,
        waiting=number[ANY],
        due=number[TODAY],
        over=number[OVER],
        first=next((row.number for row in found.rows if row.mine), ""),
    )


def _takes_in(actor: Actor, item: EffectiveItem) -> bool:
    return any(actor.roles_in(item.region, body.id) - LOCAL_ROLES for body in item.accepted_by)
