"""Many rows changed at once, each to values of its own: one prepared statement, run for all of them.

``bulk_update`` writes one statement with a CASE for each row and column, whose making costs more than the rows do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def save_each(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of rows of one table, as they are now in memory."""
    if not rows:
        return
    table = type(rows[0])._meta
    fields: list[Any] = [table.get_field(name) for name in columns]
    quoted = connection.ops.quote_name
    changes = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    sql = f"UPDATE {quoted(table.db_table)} SET {changes} WHERE {quoted('id')} = %s"  # noqa: S608  names of our own
    values = [[*(_kept(field, row) for field in fields), row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def _kept(field: Any, row: models.Model) -> Any:
    """A value as this database stores it."""
    return field.get_db_prep_save(getattr(row, field.attname), connection)
