"""What one region asks for, takes or does more than another, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.export import steps
from jingban.rulebook.schema import Record, Texts


class Side(Record):
    """One region's side of one item: only what the other does not have."""

    number: int | None = None
    form: Texts = ()
    materials: Texts = ()
    limit: str | None = None
    steps: Texts = ()
    channels: Texts = ()


class ItemDiff(Record):
    """How two regions differ in one item; a side is None where the region has no such entry."""

    item: str
    name: str
    left: Side | None
    right: Side | None
    shorter: str | None = None  # the region whose limit ends sooner

    @property
    def is_empty(self) -> bool:
        if self.left is None or self.right is None:
            return False
        return not any(
            s.form or s.materials or s.steps or s.channels or s.limit for s in (self.left, self.right)
        )


def diff(left: Sequence[EffectiveItem], right: Sequence[EffectiveItem]) -> list[ItemDiff]:
    """Every item that either region has, in the order of the left one's guide."""
    theirs = {i.item: i for i in right}
    ours = {i.item: i for i in left}
    names = [*ours, *(slug for slug in theirs if slug not in ours)]
    return [_compare(ours.get(slug), theirs.get(slug)) for slug in names]


def _compare(left: EffectiveItem | None, right: EffectiveItem | None) -> ItemDiff:
    named = next(i for i in (left, right) if i is not None)
    return ItemDiff(
        item=named.item,
        name=named.national_name,
        left=_side(left, right),
        right=_side(right, left),
        shorter=_shorter(left, right),
    )


def _side(own: EffectiveItem | None, other: EffectiveItem | None) -> Side | None:
    if own is None:
        return None
    if other is None:
        return Side(number=own.number)
    return Side(
        number=own.number,
        form=_more(_form(own), _form(other)),
        materials=_more(_materials(own), _materials(other)),
        limit=_limit(own) if _limit(own) != _limit(other) else None,
        steps=_more(_steps(own), _steps(other)),
        channels=_more(((c.id, c.name) for c in own.channels), ((c.id, c.name) for c in other.channels)),
    )


def _more(own: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Names whose id the other does not have, each once."""
    have = {key for key, _ in other}
    return tuple(dict.fromkeys(name for key, name in own if key not in have))


def _form(item: EffectiveItem) -> list[tuple[str, str]]:
    return [(field.key, field.label) for field in item.form]


def _materials(item: EffectiveItem) -> list[tuple[str, str]]:
    return [(m.id, m.name) for m in item.materials]


def _steps(item: EffectiveItem) -> list[tuple[str, str]]:
    return [(step["name"], step["name"]) for step in steps(item.process)]


def _limit(item: EffectiveItem) -> str:
    if item.limit is not None:
        return item.limit.text
    return f"未公布（按{item.promise.text}）" if item.promise else "未公布"


def _shorter(left: EffectiveItem | None, right: EffectiveItem | None) -> str | None:
    if not (left and right and left.promise and right.promise and left.promise.unit == right.promise.unit):
        return None
    ours, theirs = left.promise.amount or 0, right.promise.amount or 0
    return None if ours == theirs else left.region if ours < theirs else right.region


def as_data(found: Iterable[ItemDiff], left: str, right: str) -> list[dict[str, Any]]:
    """For ``--json``: the sides under the regions' names."""
    return [
        {
            "item": d.item,
            "name": d.name,
            "shorter": d.shorter,
            left: d.left.model_dump() if d.left else None,
            right: d.right.model_dump() if d.right else None,
        }
        for d in found
    ]
