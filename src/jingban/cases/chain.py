"""The hash chain of a case: what is hashed, how it is checked, and the anchors over all cases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """What of an event stands in the chain."""

    number: str
    seq: int
    act: str
    actor: int
    behalf: int | None
    at: datetime
    from_step: str
    to_step: str
    data: dict[str, Any]


def first_hash(*identity: str | int | datetime | None) -> bytes:
    """Where a chain begins: the hash of what a case is and never ceases to be."""
    body = [stamp(part) if isinstance(part, datetime) else part for part in identity]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def link_hash(before: bytes, link: Link) -> bytes:
    """The hash of an event over the hash of the one before it."""
    body = [
        link.number,
        link.seq,
        link.act,
        link.actor,
        link.behalf,
        stamp(link.at),
        link.from_step,
        link.to_step,
        link.data,
    ]
    return hashlib.sha256(before + _canonical(body).encode()).digest()


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def stamp(instant: datetime) -> str:
    """An instant as text that both databases give back the same: UTC, microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def broken(number: str, links: list[tuple[Link, bytes]], *, first: bytes, last: bytes) -> Iterator[str]:
    """What is wrong with the chain of a case: changed, missing, out of order, or cut at its tail."""
    before, expected = first, 1
    for link, stored_before in links:
        if link.seq != expected:
            yield f"办件 {number} 缺第 {expected} 个事件"
            return
        if stored_before != before:
            yield f"办件 {number} 第 {link.seq} 个事件之前的内容被改动过"
            return
        before, expected = link_hash(before, link), expected + 1
    if before != last:
        yield f"办件 {number} 最后的事件被改动或截去（应有的末哈希对不上）"
