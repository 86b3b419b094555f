"""Messages to people in words: the rulebook's wording with what is said filled in."""

from __future__ import annotations

from jingban.rulebook.notifications import notifications
from jingban.rulebook.schema_national import SAID


def words(kind: str, **said: str) -> tuple[str, str]:
    """Title and text of a kind; what is not said stays empty."""
    found = notifications()[kind]
    return found.title, found.text.format_map({**dict.fromkeys(SAID, ""), **said})


def kinds() -> frozenset[str]:
    """Every kind that has words."""
    return frozenset(notifications())
