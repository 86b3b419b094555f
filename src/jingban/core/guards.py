"""What the database itself refuses for an app: put in after every migration, checked by its ``doctor``.

An app writes its rules once for each database; here is how they get there, how a missing or changed one is found,
and how they stand aside. What one row can say stands in the models' constraints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.signals import post_migrate, pre_migrate

_POSTGRES_TRIGGERS = """
SELECT t.tgname, c.relname,
       pg_get_triggerdef(t.oid, true) || E'\\n' || p.prosrc || CASE WHEN t.tgenabled = 'O' THEN '' ELSE ' off' END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) AND c.relname = ANY(%s)"""
_POSTGRES_EXCLUSIONS = """
SELECT k.conname, c.relname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'x' AND pg_table_is_visible(c.oid) AND c.relname = ANY(%s) AND k.conname = ANY(%s)"""
_POSTGRES_CONSTRAINTS = """
SELECT k.conname, c.relname, '' FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE pg_table_is_visible(c.oid) AND c.relname = ANY(%s)
UNION ALL
SELECT x.relname, c.relname, '' FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
WHERE i.indisvalid AND pg_table_is_visible(c.oid) AND c.relname = ANY(%s)"""
_NAMED = re.compile(r'CONSTRAINT "(\w+)"')

Found = dict[str, tuple[str, str]]
"""Name: table, and the text that the database gives back."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """Rules as plpgsql functions, triggers that call them, and exclusion constraints.

    ``triggers`` are written as ``pg_get_triggerdef`` gives them back; ``exclusions`` (name: table, text) as
    ``pg_get_constraintdef`` does.
    """

    functions: Mapping[str, str]
    triggers: Mapping[str, str]
    exclusions: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def wanted(self) -> dict[str, str]:
        return {name: f"{text}\n{self.functions[_function_of(text)]}" for name, text in self.triggers.items()}

    def statements(self) -> list[str]:
        functions = [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$"
            for name, body in self.functions.items()
        ]
        return [*functions, *self.triggers.values()]

    def present(self, connection: BaseDatabaseWrapper, tables: Sequence[str]) -> Found:
        return _listed(connection, _POSTGRES_TRIGGERS, [list(tables)])

    def present_exclusions(self, connection: BaseDatabaseWrapper, tables: Sequence[str]) -> Found:
        if not self.exclusions:
            return {}
        return _listed(connection, _POSTGRES_EXCLUSIONS, [list(tables), list(self.exclusions)])

    def constraints(self, connection: BaseDatabaseWrapper, tables: Sequence[str]) -> set[str]:
        return set(_listed(connection, _POSTGRES_CONSTRAINTS, [list(tables), list(tables)]))


@dataclass(frozen=True, slots=True)
class Sqlite:
    """Rules as triggers: name and the whole text, which SQLite keeps as it was written."""

    triggers: Mapping[str, str]

    def wanted(self) -> dict[str, str]:
        return dict(self.triggers)

    def statements(self) -> list[str]:
        return list(self.triggers.values())

    def present(self, connection: BaseDatabaseWrapper, tables: Sequence[str]) -> Found:
        marks = ", ".join(["%s"] * len(tables))
        sql = (
            f"SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})"
        )
        return _listed(connection, sql, tables)

    def constraints(self, connection: BaseDatabaseWrapper, tables: Sequence[str]) -> set[str]:
        # Not by Django's introspection: a backslash in a condition hides the constraint after it from its parser.
        marks = ", ".join(["%s"] * len(tables))
        sql = f"SELECT name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ({marks})"
        found = _listed(connection, sql, tables)
        return found.keys() | {name for _, text in found.values() for name in _NAMED.findall(text)}


@dataclass(frozen=True, slots=True)
class Guards:
    """The rules of one app: over which tables, and in which words ``doctor`` names them (账务数据表)."""

    what: str
    models: tuple[type[Model], ...]
    postgres: Postgres
    sqlite: Sqlite

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(model._meta.db_table for model in self.models)

    def ensure(self, using: str = DEFAULT_DB_ALIAS) -> None:
        """Put in what is missing or differs; nothing where the tables are not (yet) there."""
        connection = connections[using]
        if not router.allow_migrate_model(using, self.models[0]) or not self._has_tables(connection):
            return
        if any(self._trigger_faults(connection)):
            self._drop_triggers(connection)
            _execute(connection, self._language(connection).statements())
        _execute(connection, self._missing_exclusions(connection))

    def drop(self, using: str = DEFAULT_DB_ALIAS) -> None:
        """Take the triggers out: for a migration that rewrites kept rows, and for tests that empty the tables.

        Exclusion constraints stay: they stand in nobody's way, and to build one again takes minutes on a big table.
        """
        self._drop_triggers(connections[using])

    def doctor(self, using: str = DEFAULT_DB_ALIAS) -> list[str]:
        """What of the protection is missing, changed, switched off or not ours; empty when all is well."""
        connection = connections[using]
        if not self._has_tables(connection):
            return [f"{self.what}不全，请运行 jingban migrate"]
        return [
            *self._trigger_faults(connection),
            *self._exclusion_faults(connection),
            *self._constraint_faults(connection),
        ]

    def _language(self, connection: BaseDatabaseWrapper) -> Postgres | Sqlite:
        return self.postgres if connection.vendor == "postgresql" else self.sqlite

    def _has_tables(self, connection: BaseDatabaseWrapper) -> bool:
        return set(self.tables) <= set(connection.introspection.table_names())

    def _drop_triggers(self, connection: BaseDatabaseWrapper) -> None:
        on = connection.vendor == "postgresql"
        present = self._language(connection).present(connection, self.tables)
        _execute(
            connection,
            [f"DROP TRIGGER {name}" + (f" ON {table}" if on else "") for name, (table, _) in present.items()],
        )

    def _trigger_faults(self, connection: BaseDatabaseWrapper) -> Iterator[str]:
        language = self._language(connection)
        present, wanted = language.present(connection, self.tables), language.wanted()
        for name, text in wanted.items():
            if name not in present:
                yield f"缺少数据库保护 {name}，请运行 jingban migrate"
            elif present[name][1] != text:
                yield f"数据库保护 {name} 被改动或停用，请运行 jingban migrate"
        for name in sorted(present.keys() - wanted):
            yield f"{self.what}上有不属于本系统的触发器 {name}"

    def _exclusion_faults(self, connection: BaseDatabaseWrapper) -> Iterator[str]:
        if connection.vendor != "postgresql":
            return
        present = self.postgres.present_exclusions(connection, self.tables)
        for name, wanted in self.postgres.exclusions.items():
            if name not in present:
                yield f"缺少数据库保护 {name}，请运行 jingban migrate"
            elif present[name] != wanted:
                yield f"数据库保护 {name} 被改动，请运行 jingban migrate"

    def _missing_exclusions(self, connection: BaseDatabaseWrapper) -> Iterator[str]:
        if connection.vendor != "postgresql":
            return
        present = self.postgres.present_exclusions(connection, self.tables)
        for name, (table, text) in self.postgres.exclusions.items():
            if present.get(name) != (table, text):  # one statement: the old one stands until the new one does
                yield f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} {text}"

    def _constraint_faults(self, connection: BaseDatabaseWrapper) -> Iterator[str]:
        present = self._language(connection).constraints(connection, self.tables)
        for model in self.models:
            for constraint in model._meta.constraints:
                if constraint.name not in present:
                    yield f"缺少数据库约束 {constraint.name}"


def keep_through_migrations(config: AppConfig, guards: Callable[[], Guards]) -> None:
    """After every migration and flush the guards of this app are put back.

    Before one they stand aside on SQLite: it loses the triggers of a table that is made anew, and will not rename the
    new table while a trigger of another names the old.
    """

    def aside(*, using: str, plan: Sequence[Any] = (), **_: Any) -> None:
        if plan and connections[using].vendor == "sqlite":
            guards().drop(using)

    def back(*, using: str, **_: Any) -> None:
        guards().ensure(using)

    pre_migrate.connect(aside, sender=config, dispatch_uid=f"{config.label} guards aside", weak=False)
    post_migrate.connect(back, sender=config, dispatch_uid=f"{config.label} guards", weak=False)


def sqlite_trigger(app: str, name: str, when: str, table: str, steps: Sequence[tuple[str, str]]) -> str:
    """A trigger from pairs of a condition and what it refuses, or of nothing and a statement to run."""
    body = [
        f"SELECT RAISE(ABORT, '{app}: {text}') WHERE {condition};" if condition else f"{text};"
        for condition, text in steps
    ]
    return "\n".join([f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW BEGIN", *body, "END"])


def _function_of(trigger: str) -> str:
    found = re.search(r" EXECUTE FUNCTION (\w+)\(", trigger)
    if found is None:
        raise ValueError(f"no function in {trigger}")
    return found[1]


def _listed(connection: BaseDatabaseWrapper, sql: str, values: Sequence[Any]) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {name: (table, text) for name, table, text in cursor.fetchall()}


def _execute(connection: BaseDatabaseWrapper, statements: Any) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
