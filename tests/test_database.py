"""The suite runs on the database it was asked to run on; CI reads the property to be sure."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection


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
