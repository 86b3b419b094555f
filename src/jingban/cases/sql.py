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
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    watched = wrapper.queries_logged or wrapper.execute_wrappers or wrapper.needs_rollback
    if watched or not on_postgres():
        with wrapper.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()
    with wrapper.wrap_database_errors:
        kept = _kept_cursor(wrapper)
        kept.execute(sql, values)
        return kept.fetchone()


def _kept_cursor(wrapper: Any) -> Any:
    """One cursor for each connection: to make one costs more than to use it (docs/bench.md)."""
    wrapper.close_if_health_check_failed()
    kept = getattr(wrapper, "jingban_cursor", None)
    if kept is None or kept.connection is not wrapper.connection:
        kept = wrapper.jingban_cursor = wrapper.cursor().cursor
    return kept
