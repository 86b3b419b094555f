"""Roles that need no grant."""

from __future__ import annotations

OWNER_ROLES = frozenset({"applicant", "unit-clerk", "provider", "reporter"})
"""Roles that whoever filed the case holds in it, without a grant."""
