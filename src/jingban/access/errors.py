from __future__ import annotations

from jingban.core.errors import DomainError


class NotAllowed(DomainError):
    """Whoever asked may not do this here."""

    code = "not_allowed"


class AccessRefused(DomainError):
    """An account, a role or an entrustment that cannot be; ``details["field"]`` names the input."""

    code = "access_refused"
