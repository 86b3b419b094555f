"""Who read, searched or was refused: append-only, chained, in a database of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jingban.audit import service as audit
from jingban.audit.models import Entry
from jingban.audit.router import AuditRouter
from jingban.cases.models import Case
from tests.builders import MONDAY

pytestmark = pytest.mark.django_db(databases=["default", "audit"])


@pytest.fixture
def entries() -> list[Entry]:
    return [
        audit.record(
            actor=n, kind=audit.READ, subject=f"case:{n}", detail="看", now=MONDAY + timedelta(minutes=n)
        )
        for n in range(1, 5)
    ]


def _rows() -> list[Entry]:
    return list(Entry.objects.using("audit").order_by("id"))


def test_a_whole_chain_is_whole(entries: list[Entry]) -> None:
    assert audit.broken_at() is None
    assert [row.actor for row in _rows()] == [1, 2, 3, 4]
    assert bytes(_rows()[0].before) == bytes(32)


def test_an_empty_chain_is_whole() -> None:
    assert audit.broken_at() is None


@pytest.mark.parametrize(
    "values", [{"actor": 9}, {"kind": "searched"}, {"subject": "case:9"}, {"detail": ""}, {"at": MONDAY}]
)
def test_a_changed_entry_is_found_at_the_next(entries: list[Entry], values: dict[str, object]) -> None:
    Entry.objects.using("audit").filter(pk=entries[1].pk).update(**values)
    assert audit.broken_at() == entries[2].pk


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_removed_entry_is_found(entries: list[Entry], gone: int) -> None:
    entries[gone].delete(using="audit")
    assert audit.broken_at() == entries[gone + 1].pk


def test_a_long_explanation_is_cut_and_still_chained() -> None:
    audit.record(actor=1, kind=audit.REFUSED, subject="case:1", detail="长" * 999, now=MONDAY)
    audit.record(actor=1, kind=audit.REFUSED, subject="case:1", now=MONDAY)
    assert len(_rows()[0].detail) == 300
    assert audit.broken_at() is None


def test_the_audit_lives_in_its_own_database() -> None:
    router = AuditRouter()
    assert (router.db_for_read(Entry), router.db_for_write(Entry)) == ("audit", "audit")
    assert (router.db_for_read(Case), router.db_for_write(Case)) == (None, None)
    for database, app, allowed in (
        ("audit", "audit", True),
        ("audit", "cases", False),
        ("default", "audit", False),
        ("default", "cases", True),
    ):
        assert router.allow_migrate(database, app) is allowed
