from __future__ import annotations

from jingban.core.errors import DomainError


class NotAllowed(DomainError):
    """Whoever asked may not do this here."""

    code = "not_allowed"
