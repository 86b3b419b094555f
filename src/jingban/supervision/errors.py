"""What can be wrong with a rating, in the words of whoever gives it."""

from __future__ import annotations

from jingban.core.errors import DomainError


class RatingRefused(DomainError):
    """Not a level, too long, or the case goes on."""

    code = "rating_refused"


class RatedBefore(DomainError):
    """A case is rated once and added to once."""

    code = "rated_before"
