"""The six tiles: what the guides offer at a self-service machine (自助查询机), queries and certificates first."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from jingban.portals import book
from jingban.portals.public.guide import ONLINE_DOORS
from jingban.rulebook.effective import EffectiveItem

HERE = ONLINE_DOORS | {"kiosk"}
"""Channels by which an entry can be handled without a clerk: at the machine, or online, which it is too."""
ITEMS = (
    ("person-enrolment-query", "查参保和缴费", "查"),
    ("enrolment-certificate", "参保凭证", "证"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the six."""

    name: str
    hint: str
    sign: str
    address: str


def tiles(region: str) -> tuple[Tile, ...]:
    """The tiles of a region, or those that need none while it was not chosen."""
    items = {e.item.item: e.item for e in book.entries(region)} if region else {}
    found = [_of_item(items[key], name, sign) for key, name, sign in ITEMS if key in items]
    guides = reverse("region", args=[region]) if region else reverse("home")
    found += [
        Tile("查办理进度", "凭编号和查询码，不用登录", "◔", reverse("progress")),
        Tile("我的办件和文书", "看结果，打印文书", "☰", reverse("mine")),
        Tile("办事指南", "要什么材料，到哪里办", "指", guides),
        Tile("公示公告", "认定、救助、定点", "公", reverse("notices")),
    ]
    return tuple(found[:6])


def _of_item(item: EffectiveItem, name: str, sign: str) -> Tile:
    where = [item.region, item.tier, item.item]
    if {c.id for c in item.channels} & HERE:
        return Tile(name, "登录后办，办好可以打印", sign, reverse("apply", args=where))
    places = "、".join(c.name for c in item.channels) or "窗口"
    return Tile(name, f"本地在{places}办，先看指南", sign, reverse("guide", args=where))
