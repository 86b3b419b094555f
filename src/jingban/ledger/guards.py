"""What the database itself refuses: triggers, put in by a migration, put back after every one, checked by ``doctor``.

The rules are written twice, once for each database (``guards_postgresql``, ``guards_sqlite``); the tests
attack both alike. What one row can say stands in the models' constraints.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from jingban.ledger import guards_postgresql, guards_sqlite
from jingban.ledger.models import Account, Book, ClosedMonth, Entry, Line

_MODELS: tuple[type[Model], ...] = (Book, Account, Entry, Line, ClosedMonth)
TABLES = tuple(model._meta.db_table for model in _MODELS)


def ensure_guards(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put the triggers in where one is missing or differs; nothing where the tables are not (yet) there."""
    connection = connections[using]
    if not router.allow_migrate_model(using, Entry) or not _has_tables(connection):
        return
    if any(_trigger_faults(connection)):
        drop_guards(using)
        with connection.cursor() as cursor:
            for statement in _language(connection).statements():
                cursor.execute(statement)


def drop_guards(using: str = DEFAULT_DB_ALIAS) -> None:
    """Take the triggers out: for a migration that rewrites posted rows, and for tests that empty the tables."""
    connection = connections[using]
    on = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for name, (table, _) in _present(connection).items():
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if on else ""))


def doctor(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What of the protection is missing, changed, switched off or not ours; empty when all is well."""
    connection = connections[using]
    if not _has_tables(connection):
        return ["账务数据表不全，请运行 jingban migrate"]
    return [*_trigger_faults(connection), *_constraint_faults(connection)]


def _has_tables(connection: BaseDatabaseWrapper) -> bool:
    return set(TABLES) <= set(connection.introspection.table_names())


def _language(connection: BaseDatabaseWrapper) -> type[guards_postgresql.Guards] | type[guards_sqlite.Guards]:
    return guards_postgresql.Guards if connection.vendor == "postgresql" else guards_sqlite.Guards


def _present(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    """The triggers on our tables: name, then table and text."""
    with connection.cursor() as cursor:
        cursor.execute(
            _language(connection).LISTED, [list(TABLES)] if connection.vendor == "postgresql" else TABLES
        )
        return {name: (table, text) for name, table, text in cursor.fetchall()}


def _trigger_faults(connection: BaseDatabaseWrapper) -> Iterator[str]:
    present, wanted = _present(connection), _language(connection).wanted()
    for name, text in wanted.items():
        if name not in present:
            yield f"缺少数据库保护 {name}，请运行 jingban migrate"
        elif present[name][1] != text:
            yield f"数据库保护 {name} 被改动或停用，请运行 jingban migrate"
    for name in sorted(present.keys() - wanted):
        yield f"账务数据表上有不属于本系统的触发器 {name}"


def _constraint_faults(connection: BaseDatabaseWrapper) -> Iterator[str]:
    with connection.cursor() as cursor:
        for model in _MODELS:
            present = connection.introspection.get_constraints(cursor, model._meta.db_table)
            for constraint in model._meta.constraints:
                if constraint.name not in present:
                    yield f"缺少数据库约束 {constraint.name}"
