"""The personal fields of an event, each sealed for its own place."""

from __future__ import annotations

import base64

from jingban.core.crypto import open_sealed, reseal, seal


def _context(number: str, seq: int, field: str) -> bytes:
    """Where a sealed field belongs; moved elsewhere it does not open."""
    return f"case:{number}:{seq}:{field}".encode()


def sealed_field(number: str, seq: int, field: str, text: str) -> str:
    """A personal text as the payload keeps it."""
    return base64.b64encode(seal(text, context=_context(number, seq, field))).decode()


def opened_field(number: str, seq: int, field: str, sealed: str) -> str:
    """The text again, for whoever may see it."""
    return open_sealed(base64.b64decode(sealed), context=_context(number, seq, field))


def resealed_field(number: str, seq: int, field: str, sealed: str) -> str:
    """The same text under the current key."""
    return base64.b64encode(reseal(base64.b64decode(sealed), context=_context(number, seq, field))).decode()
