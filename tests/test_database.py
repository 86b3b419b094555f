"""The suite runs on the database it was asked to run on; CI reads the property to be sure. On SQLite its tables are
made from the models, which is quick; here what the migrations make is held against them."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections


@pytest.mark.django_db
def test_the_database_is_the_one_asked_for(record_property: Callable[[str, object], None]) -> None:
    record_property("database", connection.vendor)
    asked = os.environ.get("DATABASE_URL", "")
    assert connection.vendor == ("postgresql" if asked.startswith("postgres") else "sqlite")


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_is_new_enough() -> None:
    assert connection.cursor().connection.info.server_version >= 150000


@pytest.mark.django_db(databases="__all__")
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
CHOICE = re.compile(r"IN \(([^()]*)\)")
BESIDES = {"django_migrations", "jingban_cache", "jingban_cache_expires"}


def parts(sql: str) -> Iterable[str]:
    """What a table is made of, without order: columns that came later stand last."""
    begun, depth = sql.index("(") + 1, 0
    for place, sign in enumerate(sql[begun:-1], begun):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            yield sql[begun:place].strip()
            begun = place + 1
    yield sql[begun:-1].strip()


def schema(rows: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], Any]:
    return {
        (kind, name): sorted(parts(CHOICE.sub(in_order, sql))) if kind == "table" else sql
        for kind, name, sql in rows
        if name not in BESIDES
    }


def in_order(found: re.Match[str]) -> str:
    """Django lists the words of JSON (true, false, null) in the order of a set: another one in each process."""
    return f"IN ({','.join(sorted(found[1].split(',')))})"


@pytest.mark.django_db(databases="__all__")
def test_what_the_migrations_make_is_what_the_models_say(tmp_path: Path) -> None:
    """Tables, columns, constraints, indexes and triggers, to the letter, by the command that everybody uses."""
    if connection.vendor != "sqlite":
        pytest.skip("here the suite itself goes through the migrations")
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "JINGBAN_", "DATABASE_"))
    }
    command = [sys.executable, "-c", "from jingban.cli import main; main()", "migrate"]
    subprocess.run(
        command, env={**environment, "JINGBAN_VAR": str(tmp_path)}, check=True, capture_output=True
    )
    for alias, file in (("default", "jingban.sqlite3"), ("audit", "audit.sqlite3")):
        made = sqlite3.connect(tmp_path / file)
        with connections[alias].cursor() as cursor:
            cursor.execute(SCHEMA)
            wanted = schema(cursor.fetchall())
        found = schema(made.execute(SCHEMA))
        made.close()
        assert set(found) == set(wanted)
        assert {key: (found[key], wanted[key]) for key in found if found[key] != wanted[key]} == {}
