"""Visits as rows: one a mark, sealed, the worker's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import override_settings

from jingban.access.models import User
from jingban.core.crypto import SealBroken, new_setting
from jingban.core.localtime import SHANGHAI
from jingban.visits import actions
from jingban.visits.models import Visit
from jingban.visits.service import (
    Said,
    VisitNotFound,
    VisitTaken,
    VisitWrong,
    close,
    find,
    of_worker,
    write_down,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
GOOD = "11010519491231002X"
SAID = Said(name="张三", id_number=GOOD, said="想办参保")


@pytest.fixture
def worker() -> User:
    return User.objects.create_user("cun")


def write(worker: User, mark: UUID, said: Said = SAID, at: datetime = NOW) -> tuple[Visit, bool]:
    return write_down(mark, said, worker=worker.pk, region="r", place="清平村", visited_at=at, now=NOW)


def test_the_same_mark_is_the_same_visit(worker: User) -> None:
    mark = uuid4()
    first, new = write(worker, mark)
    again, newer = write(worker, mark)
    assert (first, new, newer) == (again, True, False)
    assert Visit.objects.count() == 1


def test_what_was_said_is_sealed_for_its_row(worker: User) -> None:
    row, _ = write(worker, uuid4())
    assert GOOD.encode() not in bytes(row.body)
    assert "张三".encode() not in bytes(row.body)
    assert find(row.pk, worker=worker.pk).words == {
        "name": "张三", "id_number": GOOD, "phone": "", "said": "想办参保", "agent": "", "proof": "",
    }  # fmt: skip
    row.id = uuid4()
    with pytest.raises(SealBroken):
        _ = row.words


def test_another_worker_neither_finds_nor_overwrites_it(worker: User) -> None:
    other, mark = User.objects.create_user("other"), uuid4()
    write(worker, mark)
    with pytest.raises(VisitNotFound):
        find(mark, worker=other.pk)
    with pytest.raises(VisitNotFound):
        close(mark, worker=other.pk, note="", now=NOW)
    with pytest.raises(VisitTaken):
        write(other, mark)
    assert of_worker(other.pk, most=5) == []


def test_a_closed_visit_is_not_changed(worker: User) -> None:
    mark = uuid4()
    write(worker, mark)
    close(mark, worker=worker.pk, note="办好了", now=NOW)
    close(mark, worker=worker.pk, note="又一次", now=NOW + timedelta(days=1))
    row, _ = write(worker, mark, Said(name="李四", said="x"))
    assert (row.words["name"], row.told, row.closed_at) == ("张三", "办好了", NOW)


def test_a_clock_that_runs_ahead_counts_as_now(worker: User) -> None:
    ahead, _ = write(worker, uuid4(), at=NOW + timedelta(days=400))
    before, _ = write(worker, uuid4(), at=NOW - timedelta(days=3))
    assert (ahead.visited_at, before.visited_at) == (NOW, NOW - timedelta(days=3))
    assert of_worker(worker.pk, most=5) == [ahead, before]
    assert of_worker(worker.pk, most=5, before=NOW) == [before]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (Said(name="", said="x"), {"name"}),
        (Said(name="张三"), {"said"}),
        (Said(name="张三", said="x", id_number="123", phone="1"), {"id_number", "phone"}),
        (Said(name="张三", said="x" * 1001), {"said"}),
        (Said(name="张三", said="x", how="mandate", agent="李四"), {"agent"}),
        (Said(name="张三", said="x", how="?"), {"how"}),
    ],
)
def test_every_fault_is_told_at_once(worker: User, said: Said, fields: set[str]) -> None:
    with pytest.raises(VisitWrong) as wrong:
        write(worker, uuid4(), said)
    assert set(wrong.value.details["faults"]) == fields
    assert not Visit.objects.exists()


def test_visits_are_sealed_anew_under_a_new_key(worker: User, settings: object) -> None:
    row, _ = write(worker, uuid4())
    from django.conf import settings as here

    keys = {**here.JINGBAN_KEYS["keys"], "2": new_setting()["keys"]["1"]}
    with override_settings(JINGBAN_KEYS={**here.JINGBAN_KEYS, "keys": keys, "current": 2}):
        assert actions.reseal_visits() == 1
        assert actions.reseal_visits() == 0
        assert find(row.pk, worker=worker.pk).words["name"] == "张三"
