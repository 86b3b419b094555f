"""What pages that were behind wanted to save: the last few of a draft, in one sealed text, the newest last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

KEPT = 5
"""So many a draft; a page that goes on trying with the same text adds none."""


@dataclass(frozen=True, slots=True)
class Aside:
    """One of them, as text of a draft, and when it was laid aside."""

    text: str
    at: datetime | None
    """Nothing where it was kept before several were."""


def opened(packed: str) -> tuple[Aside, ...]:
    """The list that ``packed`` wrote; also the single text of older drafts."""
    said = json.loads(packed)
    if isinstance(said, dict):
        return (Aside(packed, None),)
    return tuple(Aside(one["text"], datetime.fromisoformat(one["at"]) if one["at"] else None) for one in said)


def packed(asides: tuple[Aside, ...]) -> str:
    """The list as text."""
    said = [{"text": one.text, "at": one.at.isoformat() if one.at else ""} for one in asides]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def added(asides: tuple[Aside, ...], text: str, at: datetime) -> tuple[Aside, ...]:
    """The last few with this one; the same text again stands there once, by its last time."""
    others = tuple(one for one in asides if one.text != text)
    return (*others, Aside(text, at))[-KEPT:]
