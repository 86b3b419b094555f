"""The engine's own statements, on Django's connection: within its transactions, its errors, its wrappers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections


@cache
def on_postgres() -> bool:
    """Asked several times a step; a process does not change its database."""
    return connection.vendor == "postgresql"


def first_row(sql: str, values: Sequence[Any]) -> Any:
    """Run a statement; its first row, or nothing."""
    if not on_postgres() or connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()
    cursor = _kept_cursor()
    cursor.execute(sql, values)
    return cursor.fetchone()


def _kept_cursor() -> Any:
    """One cursor for each connection: to make one costs as much as to use it (docs/bench.md)."""
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    wrapper.close_if_health_check_failed()
    kept = getattr(wrapper, "jingban_cursor", None)
    if kept is None or kept.connection is not wrapper.connection:
        kept = wrapper.jingban_cursor = wrapper.cursor()
    return kept
