"""The published guide as pages read it: what is in force, its regions, and the words of the vocabulary."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.db.models import Count

from jingban.core.errors import DomainError
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_yaml
from jingban.rulebook import cache, publish
from jingban.rulebook.effective import EffectiveItem, RegionCard
from jingban.rulebook.errors import UnknownEntry
from jingban.rulebook.models import PublishedItem
from jingban.rulebook.schema import Record
from jingban.rulebook.schema_national import MessageKind, Paper, Role, Situation

FRESH_FOR = 10.0
"""Seconds for which the rulebook's files are not looked at again: their digest reads all of them."""

R = TypeVar("R", bound=Record)
_seen: dict[Path, tuple[float, cache.Published]] = {}


class NotPublished(DomainError):
    """The rulebook knows the entry, but it was never published."""

    code = "item_not_open"


@dataclass(frozen=True, slots=True)
class Entry:
    """A published version with its entry."""

    version: int
    hash: str
    published_at: datetime
    item: EffectiveItem


def rulebook() -> cache.Published:
    """The effective rulebook, looked up at most once in a few seconds."""
    root, now = rulebook_root(), time.monotonic()
    kept = _seen.get(root)
    if kept is None or now - kept[0] > FRESH_FOR:
        kept = _seen[root] = (now, cache.current(root))
    return kept[1]


def regions() -> dict[str, RegionCard]:
    return rulebook().regions


def region_card(region: str) -> RegionCard:
    """The region, or UnknownEntry with what there is."""
    known = regions()
    if region not in known:
        names = "、".join(card.name for card in known.values())
        raise UnknownEntry(f"没有地区“{region}”，可选：{names}。", region=region)
    return known[region]


def entries(*regions: str) -> tuple[Entry, ...]:
    """Every entry in force (of those regions, where some are named), in guide order; versions stay in memory, so this
    is one small query."""
    rows = PublishedItem.objects.filter(is_current=True).order_by("region", "tier", "position", "id")
    if regions:
        rows = rows.filter(region__in=regions)
    listed = rows.values_list("pk", "hash", "published_at")
    return tuple(Entry(pk, digest, at, publish.version(pk).item) for pk, digest, at in listed)


def counts() -> dict[str, int]:
    """How many entries each region has in force."""
    rows = PublishedItem.objects.filter(is_current=True).order_by().values_list("region")
    return dict(rows.annotate(Count("pk")))


def entry(region: str, tier: str, item: str) -> Entry:
    """The version in force of one entry."""
    region_card(region)
    row = publish.current(region, tier, item)
    if row is None:
        raise _missing(region, tier, item)
    return Entry(row.pk, row.hash, row.published_at, publish.version(row.pk).item)


def _missing(region: str, tier: str, item: str) -> DomainError:
    """An address that leads nowhere, in the words of the guide: the titles of what was probably meant."""
    titles = {e.item.item: e.item.name for e in entries(region) if e.item.tier == tier}
    near = "、".join(f"“{titles[key]}”" for key in get_close_matches(item, titles))
    meant = f"您要找的是{near}吗？" if near else ""
    if (known := rulebook().by_key.get((region, tier, item))) is not None:
        return NotPublished(f"“{known.name}”还没有发布，现在不能办理。{meant}")
    return UnknownEntry(
        f"{region_card(region).name}没有这个事项，请回首页查找。{meant}", region=region, item=item
    )


def entry_of_hash(digest: str) -> Entry:
    """A version by its content hash: guides of running cases stay readable for ever."""
    row = PublishedItem.objects.filter(hash=digest).first()
    if row is None:
        raise UnknownEntry(f"没有内容哈希为“{digest[:12]}…”的版本，请核对链接。")
    return Entry(row.pk, row.hash, row.published_at, publish.version(row.pk).item)


@dataclass(frozen=True, slots=True)
class Words:
    """Names that an entry does not carry itself."""

    situations: dict[str, Situation]
    papers: dict[str, Paper]
    roles: dict[str, Role]
    messages: dict[str, MessageKind]

    def role(self, key: str) -> str:
        return self.roles[key].name if key in self.roles else key

    def roles_text(self, keys: Iterable[str]) -> str:
        return "、".join(self.role(key) for key in keys)

    def paper(self, key: str) -> str:
        return self.papers[key].name if key in self.papers else key

    def message(self, key: str) -> str:
        return self.messages[key].name if key in self.messages else key


def words(region: str) -> Words:
    """The national vocabulary with the region's own over it."""
    return _words(rulebook_root(), rulebook().digest, region)


@lru_cache(maxsize=64)
def _words(root: Path, digest: str, region: str) -> Words:
    folders = (root / "national", root / "regions" / region)
    return Words(
        situations=_records(folders, "situations.yaml", Situation),
        papers=_records(folders, "documents.yaml", Paper),
        roles=_records(folders[:1], "roles.yaml", Role),
        messages=_records(folders[:1], "messages.yaml", MessageKind),
    )


def _records(folders: Iterable[Path], name: str, kind: type[R]) -> dict[str, R]:
    found: dict[str, R] = {}
    for folder in folders:
        if (folder / name).exists():
            data = read_yaml(folder / name).data or {}
            found.update({key: kind.model_validate(value) for key, value in data.items()})
    return found
