"""The chain over the entries of a region: each hash covers the entry, its lines and the hash before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC

from jingban.ledger.models import Entry

FIRST = bytes(32)


LineBody = tuple[int, str, str, int]
"""What of a line stands in the chain: seq, code of the account, side, fen."""


def entry_hash(entry: Entry, lines: Iterable[LineBody]) -> bytes:
    """The hash of an entry over the hash before it."""
    body = [
        entry.region, entry.number, entry.booked_on.isoformat(),
        entry.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.kind, entry.memo, entry.reference, entry.actor, entry.reverses_id,
        [list(line) for line in lines],
    ]  # fmt: skip
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(bytes(entry.before) + text.encode()).digest()
