"""Personal columns of the registers: sealed for their own row, found by blind index."""

from __future__ import annotations

from django.db.models import Model

from jingban.core.crypto import blind_index, open_sealed, seal


def sealed(region: str, column: str, text: str) -> bytes | None:
    """A text as its column keeps it; nothing stays nothing."""
    return seal(text, context=_context(region, column)) if text else None


def unsealed(row: Model, column: str) -> str:
    """The text again, for whoever may see it: ``unsealed(document, "number")``."""
    return opened(row.region, f"{row._meta.model_name}.{column}", getattr(row, column))  # type: ignore[attr-defined]


def opened(region: str, column: str, token: bytes | memoryview | None) -> str:
    """The same for a value that was read without its row, as lists are: ``opened(region, "person.phone", …)``."""
    return "" if token is None else open_sealed(bytes(token), context=_context(region, column))


def number_digest(kind: str, number: str) -> bytes:
    """The blind index of a document's number; a citizen's number is found alike whatever register asks."""
    return blind_index("id" if kind == "01" else f"id:{kind}", number)


def _context(region: str, column: str) -> bytes:
    # Not bound to the row's key: rosters seal before the rows have one.
    return f"registry:{region}:{column}".encode()
