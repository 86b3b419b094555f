"""Whether an entry can be applied for: now, this way, and which office answers for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from jingban.access.service import switched_on
from jingban.cases.errors import ItemNotOpen
from jingban.core.localtime import local_day
from jingban.rulebook.cache import regions
from jingban.rulebook.effective import EffectiveItem

INSTITUTION = frozenset({"institution"})


def closed_now(item: EffectiveItem, now: datetime) -> str | None:
    """Why the entry takes no applications today (the yearly enrolment of residents), or nothing.

    An illustrative period is shown, never enforced.
    """
    opens = item.opens
    if opens is None or opens.status == "illustrative":
        return None
    day = f"{local_day(now):%m-%d}"
    inside = opens.start <= day <= opens.until
    if inside or (opens.until < opens.start and not opens.until < day < opens.start):
        return None  # a period may run over New Year
    return f"“{item.name}”每年{opens.start}至{opens.until}受理，现在不在受理期内。"


def closed_channel(item: EffectiveItem, channel: str, now: datetime) -> str | None:
    """Why the entry cannot be applied for this way: the office lacks the means (有条件的), or nothing."""
    for switch in item.switches:
        if (
            channel in switch.channels
            and not switch.default
            and not switched_on(
                region=item.region, office=office_of(item), switch=switch.id, day=local_day(now)
            )
        ):
            return f"本地尚未开通“{switch.name}”，请到窗口办理。"
    return None


def takers(item: EffectiveItem, office: str, first: Collection[str]) -> frozenset[str]:
    """Who takes applications in at a counter: whose turn comes first, and at an institution its own people.

    An institution that the guide names among the accepting places takes in what the agency then handles (生育医疗费).
    """
    body = regions()[item.region].bodies.get(office) if item.region in regions() else None
    return frozenset(first) | (INSTITUTION if body is not None and body.kind == "provider" else frozenset())


def office_of(item: EffectiveItem, asked: str = "") -> str:
    """The office that answers for a case of the entry: the one asked for, else the first that accepts it."""
    offices = [body.id for body in item.accepted_by]
    if asked and asked not in offices:
        names = "、".join(body.name for body in item.accepted_by)
        raise ItemNotOpen(f"“{item.name}”不由“{asked}”受理，可选：{names}。")
    return asked or offices[0]
