"""What all tests share: which database they run on, and how Hypothesis searches."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

# CI searches the same examples every time; a developer's run searches new ones.
hypothesis.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.register_profile("ci", parent=hypothesis.get_profile("here"), derandomize=True, print_blob=True)
hypothesis.load_profile("ci" if os.environ.get("CI") else "here")

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


@pytest.fixture(scope="session", autouse=True)
def _posted_rows_can_be_flushed() -> Iterator[None]:
    """A test that commits empties the tables behind itself, which the ledger's guards refuse.

    They stand aside for the flush, whose ``post_migrate`` puts them back.
    """
    from jingban.ledger.guards import drop_guards
    from jingban.ledger.models import Book

    flush = TransactionTestCase._fixture_teardown

    def flush_unguarded(self: TransactionTestCase) -> None:
        if "default" in self.databases and Book.objects.exists():
            drop_guards()
        flush(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_unguarded)
        yield
