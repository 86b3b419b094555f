"""Two at once: the same batch sent, the same file taken in, the same payments put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from jingban.cases.view import read
from jingban.core.errors import DomainError
from jingban.funds import payables
from jingban.funds import service as funds
from jingban.funds.models import BankReturn, Batch, ReturnLine
from tests.builders import MONDAY
from tests.funds.scene import Room, balance, books_hold, ids, table, without_benefits
from tests.houses import House, forget_versions

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(databases=["default", "audit"], transaction=True)]

PARTS = {"employee": 10_000}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[tuple[Room, list[int], Batch]]:
    settings.JINGBAN_FUNDS_LIVE = True
    forget_versions()
    without_benefits(monkeypatch)
    room = Room(House(now=MONDAY))
    monkeypatch.setattr(payables, "decision_of", room.decided.get)
    room.own_account()
    room.money({"employee": 40_000})
    views = [room.prepared(PARTS) for _ in range(4)]
    yield room, [view.id for view in views], room.approve(room.batch(views[0]))
    forget_versions()


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Both begin together; what each gave, or the refusal."""
    barrier, found = Barrier(len(work)), []

    def one(do: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            found.append(do())
        except DomainError as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=one, args=[do]) for do in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == len(work), "somebody hangs, or failed"
    return found


def test_one_batch_is_sent_once(sent: Any) -> None:
    room, _, batch = sent
    files = at_once(lambda: room.send(batch), lambda: room.send(batch))
    assert len({file.pk for file in files}) == 1
    assert balance("fund:employee:transit") == 40_000
    books_hold()


def test_one_file_is_taken_in_once(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    room, cases, batch = sent
    room.send(batch)
    content = table(dict.fromkeys(ids(batch), "成功"))

    def take() -> Any:
        return funds.take_return(region=room.region, content=content, actor=room.cashier, now=room.now)

    at_once(take, take)
    assert (BankReturn.objects.count(), ReturnLine.objects.filter(state="applied").count()) == (1, 4)
    assert {read(pk)[0].outcome for pk in cases} == {"granted"}
    assert balance("fund:employee:transit") == 0
    books_hold()


def test_payments_are_put_into_one_batch(sent: Any) -> None:
    room, cases, batch = sent
    funds.dissolve_batch(batch.pk, reason="重组", actor=room.checker, now=room.now)
    view = read(cases[0])[0]
    found = at_once(lambda: room.batch(view), lambda: room.batch(view))
    assert sorted(type(one).__name__ for one in found) == ["Batch", "BatchWrong"]
    assert Batch.objects.exclude(state="cancelled").get().count == 4


def test_the_file_and_the_desk_at_once(sent: Any) -> None:
    """A clerk registers by hand what the file says too: one of them books."""
    from uuid import uuid4

    from jingban.cases import actions

    room, cases, batch = sent
    room.send(batch)
    content = table(dict.fromkeys(ids(batch), "成功"))
    at_once(
        lambda: funds.take_return(region=room.region, content=content, actor=room.cashier, now=room.now),
        lambda: actions.told(
            case_id=cases[2], message="payment-result", result="paid", key=uuid4(), now=room.now
        ),
    )
    assert {read(pk)[0].outcome for pk in cases} == {"granted"}
    assert balance("fund:employee:transit") == balance("fund:employee:payable") == 0
    books_hold()
