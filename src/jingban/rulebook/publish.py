"""Freeze the effective rulebook: what is published never changes and is never deleted."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.db import transaction

from jingban.access.service import Recorded
from jingban.core.parameters import Parameter, load_parameters
from jingban.core.paths import rulebook_root
from jingban.rulebook.effective import EffectiveItem, RegionCard
from jingban.rulebook.models import PublishedItem

FROZEN_PARAMETERS = ("office-closes-at", "after-hours-receipt")
"""Parameters every procedure needs beside the limits that it names."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version as it runs: the entry and the dated parameters it was published with."""

    id: int
    hash: str
    item: EffectiveItem
    parameters: dict[str, Parameter]


def publish(
    items: Iterable[EffectiveItem],
    *,
    now: datetime,
    root: Path | None = None,
    whole: bool = False,
    region: str = "",
) -> list[PublishedItem]:
    """Publish what differs from the current versions; the same content twice changes nothing.

    ``whole``: these are all the entries there are (of the ``region``, where one is named), and what is no longer among
    them goes out of force.
    """
    parameters = load_parameters((root or rulebook_root()) / "national" / "parameters")
    with transaction.atomic():
        rows = {item.key: _published(item, _frozen(item, parameters), now) for item in items}
        if whole:
            kept = [row.pk for row, _ in rows.values()]
            there = PublishedItem.objects.filter(is_current=True, **({"region": region} if region else {}))
            there.exclude(pk__in=kept).update(is_current=False)
    return [row for row, changed in rows.values() if changed]


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry whose file says otherwise than what is in force; one of the two is missing for a new or a gone one."""

    key: str
    name: str
    old: Version | None
    new: EffectiveItem | None
    parameters: dict[str, Parameter]


def pending(region: str, items: Iterable[EffectiveItem], *, root: Path | None = None) -> list[Pending]:
    """What publishing these entries of the region would change: a dry run, nothing is written."""
    parameters = load_parameters((root or rulebook_root()) / "national" / "parameters")
    rows = PublishedItem.objects.filter(region=region, is_current=True)
    here = {
        f"{r}/{t}/{i}": (pk, digest)
        for r, t, i, pk, digest in rows.values_list("region", "tier", "item", "pk", "hash")
    }
    found = []
    for item in items:
        pk, digest = here.pop(item.key, (0, ""))
        if hashlib.sha256(_frozen(item, parameters)).hexdigest() != digest:
            named = {name: parameters[name] for name in _named(item, parameters)}
            found.append(Pending(item.key, item.name, version(pk) if pk else None, item, named))
    gone = [version(pk) for pk, _ in here.values()]
    return found + [Pending(old.item.key, old.item.name, old, None, {}) for old in gone]


def entrustments(region: str, card: RegionCard) -> tuple[Recorded, ...]:
    """The villages that the region's file says are entrusted: put into force with the rest."""
    return tuple(
        Recorded(region, r.village, r.by, tuple(r.items), start_on=r.since, end_on=r.until)
        for r in card.entrustments
    )


def _published(item: EffectiveItem, content: bytes, now: datetime) -> tuple[PublishedItem, bool]:
    """The version of this content, now in force, and whether that is news."""
    digest = hashlib.sha256(content).hexdigest()
    same = {"region": item.region, "tier": item.tier, "item": item.item}
    if (row := PublishedItem.objects.filter(hash=digest, is_current=True).first()) is not None:
        return row, False
    PublishedItem.objects.filter(**same, is_current=True).update(is_current=False)
    row, created = PublishedItem.objects.get_or_create(
        hash=digest,
        defaults={
            **same,
            "position": item.position,
            "name": item.name,
            "content": zlib.compress(content, 9),
            "published_at": now,
        },
    )
    if not created:  # an earlier version comes back into force
        row.is_current = True
        row.save(update_fields=["is_current"])
    return row, True


def _frozen(item: EffectiveItem, parameters: dict[str, Parameter]) -> bytes:
    dated = {name: parameters[name].model_dump(mode="json") for name in _named(item, parameters)}
    body = {"item": json.loads(item.canonical()), "hash": item.hash, "parameters": dated}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _named(item: EffectiveItem, parameters: dict[str, Parameter]) -> list[str]:
    """The figures that an entry is published with."""
    return sorted(item.limits_named | {n for n in FROZEN_PARAMETERS if n in parameters})


@lru_cache(maxsize=2048)
def version(pk: int) -> Version:
    """A published version by its number; versions never change, so they are kept in memory."""
    row = PublishedItem.objects.get(pk=pk)
    body = json.loads(zlib.decompress(bytes(row.content)))
    item = EffectiveItem.model_validate({**body["item"], "hash": body["hash"]})
    parameters = {name: Parameter.model_validate(p) for name, p in body["parameters"].items()}
    return Version(id=row.pk, hash=row.hash, item=item, parameters=parameters)


def current(region: str, tier: str, item: str) -> PublishedItem | None:
    """The version in force of an entry."""
    return PublishedItem.objects.filter(region=region, tier=tier, item=item, is_current=True).first()
