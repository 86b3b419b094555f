"""Whose roster a township's or village's staff hand in: that of their own people."""

from __future__ import annotations

from datetime import date

from jingban.access.service import LOCAL_ROLES, Actor, villages_of
from jingban.registry.errors import RegistryError
from jingban.registry.rosters.columns import VILLAGE
from jingban.rulebook.cache import regions


class ForeignRoster(RegistryError):
    """The roster of a place that is not one's own."""

    code = "foreign_roster"


def refuse_foreign(actor: Actor, region: str, *, kind: str, holder: str, day: date) -> None:
    """ForeignRoster where grassroots staff hand in a unit's roster or another place's.

    A village hands in its own residents; a township those of villages that carry its name or that it entrusted. A role
    without an office is held at all of them.
    """
    if kind != VILLAGE:
        raise ForeignRoster(
            "乡镇（街道）、村（社区）岗位只上传本地居民的名册；单位职工名册请由经办机构窗口上传。",
            field="kind",
        )
    here = [held for held in actor.held if held.region == region and held.role in LOCAL_ROLES]
    if any(_is_own(held.role, region, held.office, holder.strip(), day) for held in here):
        return
    raise ForeignRoster(
        f"“{holder.strip()}”不是您所在的乡镇（街道）或村（社区），不能上传它的名册；"
        "请核对名称，名称无误的请由当地岗位或经办机构窗口上传。",
        field="holder",
    )


def _is_own(role: str, region: str, office: str, holder: str, day: date) -> bool:
    if not office:
        return True
    names, beginnings = places_of(role, region, office, day)
    return holder in names or any(holder.startswith(name) for name in beginnings)


def places_of(role: str, region: str, office: str, day: date) -> tuple[set[str], set[str]]:
    """The places that a village's or township's office answers for: by name, and by the beginning of the name."""
    if role == "village":
        return _names(region, office), set()
    villages = {name for village in villages_of(region, office, day) for name in _names(region, village)}
    return villages, _names(region, office)


def _names(region: str, office: str) -> set[str]:
    """An office by its key, and by the name that the region's card gives it."""
    card = regions().get(region)
    body = card.bodies.get(office) if card is not None else None
    return {office} if body is None else {office, body.name}
