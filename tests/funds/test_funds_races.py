"""Two at once: the same batch sent, the same file taken in, the same payments put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connections, transaction

from jingban.benefits import service as benefits
from jingban.cases.view import read
from jingban.core.errors import DomainError
from jingban.funds import answers, payables, returns
from jingban.funds import service as funds
from jingban.funds.models import BankReturn, Batch, FiscalRequest, Payable, Payment, ReturnLine
from tests.builders import MONDAY
from tests.funds.scene import Room, balance, books_hold, ids, table, without_benefits
from tests.funds.test_premiums import FISCAL, enrolled
from tests.funds.test_recoveries import decision, worked_out_anew
from tests.houses import House, forget_versions
from tests.registry.factories import origin, person

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
    """The second sees the lines wait while the first books them: it finds them done, and calls none a double."""
    room, cases, batch = sent
    room.send(batch)
    content = table(dict.fromkeys(ids(batch), "成功"))
    waiting, settle = returns._waiting, answers.settle
    seen, both = list[list[int]](), Event()

    def looked(file: Any) -> list[int]:
        keys = waiting(file)
        seen.append(keys)
        if len(seen) == 2:
            both.set()
        return keys

    def late(*args: Any, **rest: Any) -> None:
        assert both.wait(20)
        settle(*args, **rest)

    monkeypatch.setattr(returns, "_waiting", looked)
    monkeypatch.setattr(answers, "settle", late)

    def take() -> Any:
        return funds.take_return(region=room.region, content=content, actor=room.cashier, now=room.now)

    found = at_once(take, take)
    assert seen[0] == seen[1] != [], "both saw the lines wait"
    assert [(done.applied, done.refused) for done in found] == [(4, 0), (4, 0)]
    assert (BankReturn.objects.count(), ReturnLine.objects.filter(state="applied").count()) == (1, 4)
    assert {read(pk)[0].outcome for pk in cases} == {"granted"}
    assert balance("fund:employee:transit") == 0
    books_hold()


def test_two_files_that_say_the_same(sent: Any) -> None:
    """One of them books a payment; in the other its line is a double."""
    room, cases, batch = sent
    room.send(batch)
    content = table(dict.fromkeys(ids(batch), "成功"))

    def take(tail: bytes) -> Callable[[], Any]:
        return lambda: funds.take_return(
            region=room.region, content=content + tail, actor=room.cashier, now=room.now
        )

    at_once(take(b""), take(b"\n"))
    states = ReturnLine.objects.order_by("state").values_list("state", "why")
    assert [(state, why[:5]) for state, why in states] == [("applied", "")] * 4 + [
        ("refused", "重复的回执")
    ] * 4
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


def test_one_receipt_for_two_recoveries_at_once(sent: Any) -> None:
    room, cases, batch = sent
    room.send(batch)
    room.returned(dict.fromkeys(ids(batch), "成功"))
    rows = [
        funds.propose_claim(
            case_id=pk, parts={"employee": 1_000}, cause=f"t{pk}", reason="多付", plan=funds.Plan(), person=None,
            actor=room.clerk, now=room.now,
        )
        for pk in cases[:2]
    ]  # fmt: skip
    for row in rows:
        funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now)
    pay = {"fen": 500, "reference": "收1", "actor": room.cashier, "now": room.now}
    found = at_once(
        lambda: funds.repay_recovery(rows[0].pk, **pay), lambda: funds.repay_recovery(rows[1].pk, **pay)
    )
    assert sorted(type(one).__name__ for one in found) == ["Recovery", "RecoveryWrong"]
    assert balance("fund:employee:receivable") == 1_500
    books_hold()


def test_the_account_is_agreed_to_while_the_case_is_worked_out_anew(sent: Any) -> None:
    """Whoever is first: one payable stands, and what is not paid of it yet waits to be paid up or asked back."""
    room, cases, batch = sent
    room.send(batch)
    room.returned(dict.fromkeys(ids(batch), "成功"))
    view, row = read(cases[0])[0], Payment.objects.get(case=cases[0])
    funds.returned_late(row.pk, fen=10_000, reference="T1", actor=room.cashier, now=room.now)
    asked = funds.propose_payee(
        row.pk,
        name="张小凤",
        bank="乙银行",
        account="6230000000000002",
        reason="换卡",
        actor=room.clerk,
        now=room.now,
    )
    decision(view, PARTS, 1)

    def anew() -> None:
        with transaction.atomic():
            worked_out_anew(room, view, PARTS, {"employee": 7_000})

    at_once(lambda: funds.decide_payee(asked.pk, agrees=True, actor=room.checker, now=room.now), anew)
    payment = Payment.objects.get(case=view.id, state="prepared")
    open_ = sum(one.net for one in funds.open_adjustments(view.region))
    assert payment.payable.reversed_on is None
    assert payment.amount_fen + open_ == 7_000
    books_hold()


def test_a_batch_is_made_while_a_case_of_it_is_worked_out_anew(sent: Any) -> None:
    """Whoever is first: in the batch it waits, in none it is prepared anew; the batch adds up."""
    room, cases, batch = sent
    funds.dissolve_batch(batch.pk, reason="重新组批", actor=room.cashier, now=room.now)
    view = read(cases[0])[0]
    decision(view, PARTS, 1)

    def anew() -> None:
        with transaction.atomic():
            worked_out_anew(room, view, PARTS, {"employee": 7_000})

    found = at_once(lambda: room.batch(view), anew)
    made = next(one for one in found if isinstance(one, Batch))
    payment = Payment.objects.get(case=view.id, state="prepared")
    open_ = sum(one.net for one in funds.open_adjustments(view.region))
    assert payment.amount_fen + open_ == 7_000
    assert sum(row.amount_fen for row in made.payments.all()) == made.total_fen
    assert payment.batch_id == made.pk or payment.amount_fen == 7_000
    books_hold()


def test_two_agree_to_a_revocation_at_once(sent: Any) -> None:
    room, cases, batch = sent
    room.send(batch)
    room.returned(dict.fromkeys(ids(batch), "成功"))
    view = read(cases[0])[0]
    decision(view, PARTS, 1)
    row = funds.propose_revocation(view.id, reason="查实", plan=funds.Plan(), actor=room.clerk, now=room.now)
    found = at_once(
        lambda: funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now),
        lambda: funds.decide_recovery(row.pk, agrees=True, actor=room.head, now=room.now),
    )
    assert sorted(type(one).__name__ for one in found) == ["Recovery", "RecoveryWrong"]
    assert balance("fund:employee:receivable") == 10_000
    books_hold()


@pytest.mark.live_effects
def test_one_premium_is_subsidised_once_by_two_cases_at_once(sent: Any) -> None:
    room = sent[0].at(FISCAL[0])
    person(origin(FISCAL[0], date(2026, 1, 5)), 1)
    views = [enrolled(room), enrolled(room)]
    found = at_once(
        *(
            lambda view=view: room.house.act(view, "request", actor=room.cashier, amount="240.00")
            for view in views
        )
    )
    assert sorted(isinstance(one, benefits.AmountDiffers) for one in found) == [False, True]
    assert FiscalRequest.objects.get(kind="subsidy").total_fen == 24_000


def test_a_receipt_and_a_set_off_that_is_given_back_at_once(sent: Any) -> None:
    """Whichever is first: what is still owed is never closed."""
    room, _, batch = sent
    room.send(batch)
    room.returned(dict.fromkeys(ids(batch), "成功"))
    paid = Payment.objects.order_by("pk")[0]
    row = funds.propose_claim(
        case_id=paid.case_id, parts=PARTS, cause="t", reason="多付", plan=funds.Plan("set-off"), person=7, actor=room.clerk,
        now=room.now,
    )  # fmt: skip
    funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now)
    later = room.prepared({"employee": 6_000}, person_id=7)
    payable = Payable.objects.get(case=later.id)
    assert sum(funds.left_to_recover(row).values()) == 4_000

    def given_back() -> Any:
        with transaction.atomic():
            Payment.objects.filter(payable=payable).update(state="cancelled")
            payables.take_back(payable, actor=1, now=room.now)

    def repaid() -> Any:
        return funds.repay_recovery(row.pk, fen=4_000, reference="收1", actor=room.cashier, now=room.now)

    at_once(given_back, repaid)
    row.refresh_from_db()
    assert (row.state, sum(funds.left_to_recover(row).values())) == ("open", 6_000)
    books_hold()
