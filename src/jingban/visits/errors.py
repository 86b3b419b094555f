from __future__ import annotations

from jingban.core.errors import DomainError


class VisitWrong(DomainError):
    """Something that was written down does not hold; ``details["faults"]`` says what, by field."""

    code = "visit_wrong"


class VisitTaken(DomainError):
    """Another worker's visit has this mark already."""

    code = "visit_taken"


class VisitNotFound(DomainError):
    """No visit of this worker has this mark."""

    code = "visit_not_found"
