"""Write down reads, searches and refusals; check that nothing was taken out."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connections, transaction

from jingban.audit.models import Entry

__all__ = ["BOUND", "READ", "REFUSED", "REVEALED", "REVOKED", "SEARCHED", "SHARED", "broken_at", "record"]

READ, SEARCHED, REFUSED, REVEALED, SHARED = "read", "searched", "refused", "revealed", "shared"
BOUND = "bound"
"""An account was bound to a person: it opens that person's data."""
REVOKED = "revoked"
"""A benefit was revoked, or that was proposed or declined: its case ended before and takes no act any more."""
_FIRST = bytes(32)


def entry_hash(entry: Entry) -> bytes:
    """The hash of an entry, over the hash before it."""
    body = [entry.at.isoformat(), entry.actor, entry.kind, entry.subject, entry.detail]
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(bytes(entry.before) + text.encode()).digest()


def record(*, actor: int, kind: str, subject: str, detail: str = "", now: datetime) -> Entry:
    """Append one entry. Two can not follow the same one (the database refuses it), so the chain has no forks."""
    said = {"at": now, "actor": actor, "kind": kind, "subject": subject, "detail": detail[:300]}
    try:
        return _appended(said)
    except IntegrityError:  # somebody appended between the reading and the writing
        return _appended(said, alone=True)


def _appended(said: dict[str, Any], *, alone: bool = False) -> Entry:
    with transaction.atomic(using="audit"):
        if alone:
            _queue()
        last = Entry.objects.using("audit").order_by("-id").first()
        return Entry.objects.using("audit").create(**said, before=entry_hash(last) if last else _FIRST)


def _queue() -> None:
    """Locking the last row is not enough: who waited for it would still see it as the last."""
    connection = connections["audit"]
    if (
        connection.vendor == "postgresql"
    ):  # SQLite's transactions begin IMMEDIATE, so writers queue by themselves
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Entry._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def broken_at() -> int | None:
    """The first entry whose chain does not hold; none when all is whole."""
    expected = _FIRST
    for entry in Entry.objects.using("audit").order_by("id").iterator():
        if bytes(entry.before) != expected:
            return int(entry.pk)
        expected = entry_hash(entry)
    return None
