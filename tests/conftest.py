"""What all tests share: which database they run on, and how Hypothesis searches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

# CI searches the same examples every time; a developer's run searches new ones.
hypothesis.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.register_profile("ci", parent=hypothesis.get_profile("here"), derandomize=True, print_blob=True)
hypothesis.load_profile("ci" if os.environ.get("CI") else "here")

WITHOUT_REGISTERS = {
    "access",
    "audit",
    "browser",
    "cases",
    "documents",
    "messaging",
    "portals",
    "server",
    "supervision",
}
"""Folders whose cases change no register: ``cases`` knows no domain app. A test that wants the effects of the
domain apps there carries the mark ``live_effects``."""
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}


def on_postgres() -> bool:
    """Whether this run's main database is PostgreSQL."""
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("postgresql"))


def uses_database(item: pytest.Item) -> bool:
    """Whether a test asks for the database, by mark or by fixture."""
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("postgres")
    return bool(marked) or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database", action="store_true", help="leave out what never asks a database (second run)"
    )


def pytest_report_header() -> str:
    return f"database: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--only-database"):
        config.hook.pytest_deselected(items=[item for item in items if not uses_database(item)])
        items[:] = [item for item in items if uses_database(item)]
    if not on_postgres():
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="PostgreSQL only; make test runs it there"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tables that were made from the models (SQLite) are where the migrations lead: none of them is still to be done."""
    with django_db_blocker.unblock():
        for alias in connections:
            recorder = MigrationRecorder(connections[alias])
            if not recorder.applied_migrations():
                recorder.ensure_schema()
                done = (
                    recorder.Migration(app=app, name=name)
                    for app, name in MigrationLoader(None).disk_migrations
                )
                recorder.migration_qs.bulk_create(done)


@pytest.fixture(autouse=True)
def _registers_stay_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that domain apps hang on cases is there in those folders, save what a test registers itself."""
    from jingban.cases import places
    from jingban.processes import conflicts, effects

    folder = request.path.relative_to(Path(__file__).parent).parts[0]
    if folder in WITHOUT_REGISTERS and not request.node.get_closest_marker("live_effects"):
        for name in list(effects.REGISTRY):
            monkeypatch.delitem(effects.REGISTRY, name)
        for module, hooks in (
            (effects, "FILED"),
            (effects, "BEFORE"),
            (conflicts, "CONFLICTS"),
            (places, "RESIDENCES"),
        ):
            monkeypatch.setattr(module, hooks, [])


@pytest.fixture(scope="session", autouse=True)
def _the_rulebook_stays_as_it_is() -> Iterator[None]:
    """Nobody edits the rulebook's own files while tests run: they are looked at once, not every second. A test that
    edits has a copy, which is looked at as always."""
    from jingban.core.paths import rulebook_root
    from jingban.rulebook import digest

    looked, own = digest._signature, rulebook_root()
    signature = looked(own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "_signature", lambda root: signature if root == own else looked(root))
        yield


@pytest.fixture(scope="session", autouse=True)
def _kept_rows_can_be_flushed() -> Iterator[None]:
    """A test that commits empties the tables behind itself, which the guards of the books and registers refuse.

    They stand aside for the flush, whose ``post_migrate`` puts them back.
    """
    from jingban.ledger.guards import GUARDS as BOOKS
    from jingban.registry.guards import GUARDS as REGISTERS

    flush = TransactionTestCase._fixture_teardown

    def flush_unguarded(self: TransactionTestCase) -> None:
        for guards in (BOOKS, REGISTERS):
            if "default" in self.databases and any(model.objects.exists() for model in guards.models):
                guards.drop()
        flush(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_unguarded)
        yield
