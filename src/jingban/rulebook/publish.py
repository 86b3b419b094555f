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

from jingban.core.parameters import Parameter, load_parameters
from jingban.core.paths import rulebook_root
from jingban.rulebook.effective import EffectiveItem
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
    items: Iterable[EffectiveItem], *, now: datetime, root: Path | None = None, whole: bool = False
) -> list[PublishedItem]:
    """Publish what differs from the current versions; the same content twice changes nothing.

    ``whole``: these are all the entries there are, and what is no longer among them goes out of force.
    """
    parameters = load_parameters((root or rulebook_root()) / "national" / "parameters")
    with transaction.atomic():
        rows = {item.key: _published(item, _frozen(item, parameters), now) for item in items}
        if whole:
            kept = [row.pk for row, _ in rows.values()]
            PublishedItem.objects.filter(is_current=True).exclude(pk__in=kept).update(is_current=False)
    return [row for row, changed in rows.values() if changed]


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
    names = sorted(item.limits_named | {n for n in FROZEN_PARAMETERS if n in parameters})
    dated = {name: parameters[name].model_dump(mode="json") for name in names}
    body = {"item": json.loads(item.canonical()), "hash": item.hash, "parameters": dated}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


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
