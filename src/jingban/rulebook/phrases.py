"""Standard opinions (常用意见): what a clerk writes often, by the input that it fits: those of the national file, then
those that a region keeps for itself in the back office."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.db import IntegrityError, transaction

from jingban.core.errors import DomainError
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.rulebook.digest import file_signature
from jingban.rulebook.models import OwnPhrase
from jingban.rulebook.schema_national import Phrase

LONGEST = 100
FITS = {
    "opinion": "意见",
    "reason": "理由",
    "correction": "更正内容",
    "missing_reasons": "一次性告知里逐项说明",
    "reveal": "查看全号的原因",
}
"""Where a standard opinion is written, by name."""
FRESH_FOR = 10
"""Seconds for which a process keeps what a region has of its own: a page asks for it several times."""


class PhraseRefused(DomainError):
    """A standard opinion that cannot be kept; ``details["field"]`` names the input."""

    code = "phrase_refused"


def phrases(fits: str, act: str = "", root: Path | None = None, *, region: str = "") -> tuple[str, ...]:
    """The texts for an input, in the order of the file, the region's own behind them; ``act`` leaves out those for
    other acts."""
    root = root or rulebook_root()
    known: Iterable[Phrase] = _read(root, file_signature(root))
    if region:
        known = (*known, *_of_region(region, int(time.monotonic() // FRESH_FOR)))
    texts = (p.text for p in known if fits in p.fits and (not p.acts or act in p.acts))
    return tuple(dict.fromkeys(texts))


@lru_cache(maxsize=4)
def _read(root: Path, signature: str) -> tuple[Phrase, ...]:
    data = read_data(root / "national" / "phrases.yaml")
    return tuple(Phrase.model_validate(value) for value in data.values())


@lru_cache(maxsize=64)
def _of_region(region: str, moment: int) -> tuple[Phrase, ...]:
    return tuple(
        Phrase.model_validate({"text": row.text, "fits": row.fits, "acts": [row.act] if row.act else []})
        for row in own(region)
    )


def own(region: str) -> list[OwnPhrase]:
    """What a region keeps for itself, in the order in which it was written down."""
    return list(OwnPhrase.objects.filter(region=region, ended_at=None).order_by("id"))


def keep(region: str, text: str, fits: str, act: str, *, by: int, now: datetime) -> OwnPhrase:
    """Keep a standard opinion of the region's own. PhraseRefused where it is too long or there already."""
    if fits not in FITS:
        raise PhraseRefused("请选择写在哪里。", field="fits")
    if not text or len(text) > LONGEST:
        raise PhraseRefused(f"请写1至{LONGEST}个字。", field="text")
    there = PhraseRefused("已经有这一条，不用再加。", field="text")
    if text in phrases(fits, act):
        raise there
    try:
        with transaction.atomic():
            row = OwnPhrase.objects.create(
                region=region, text=text, fits=fits, act=act, added_by=by, added_at=now
            )
    except IntegrityError:
        raise there from None
    _of_region.cache_clear()
    return row


def drop(pk: int, *, region: str, now: datetime) -> OwnPhrase | None:
    """It is offered no more; what was written with it stays. Nothing where it is not there (any more)."""
    row = OwnPhrase.objects.filter(pk=pk, region=region, ended_at=None).first()
    if row is not None:
        OwnPhrase.objects.filter(pk=pk).update(ended_at=now)
        _of_region.cache_clear()
    return row
