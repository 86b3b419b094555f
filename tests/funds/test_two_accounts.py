"""The agency's two own accounts: personal accounts are paid, reconciled and closed by theirs; and what the person is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jingban.cases.view import CaseView
from jingban.funds import service as funds
from jingban.funds.models import Attempt, Batch, PayingAccount, Payment
from jingban.funds.models.requests import Mode
from tests.funds.scene import COUNTER, OWN, REGION, Room, books_hold, heir, ids, insured, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

HEAD = "日期,收入,支出,余额,参考号,摘要\n"
MARCH = date(2026, 3, 1)


@pytest.fixture
def counter(room: Room) -> Room:
    """Where personal accounts are paid out at the counter."""
    return room.at(COUNTER[0])


def withdrawn(room: Room, n: int = 1) -> CaseView:
    insured(room.region, n)
    view = room.house.act(room.applied(COUNTER, **heir(n)), "accept")
    return room.house.act(view, "approve", amount="100.00")


def reconcile(room: Room, text: str, account: str = "personal") -> Any:
    return funds.reconcile(
        region=room.region, content=(HEAD + text).encode(), actor=room.cashier, now=room.now, account=account
    )


def test_personal_accounts_are_never_paid_from_the_expenditure_account(counter: Room) -> None:
    kind, name, number = OWN[0]
    funds.name_account(
        region=counter.region, kind=kind, name=name, bank="试验银行营业部", number=number, actor=counter.cashier,
        now=counter.now,
    )  # fmt: skip
    batch = counter.approve(counter.batch(withdrawn(counter)))
    with pytest.raises(
        funds.FundsError, match="还没有登记个人账户基金存款户.*“账户和收入”.*account xingtai personal"
    ):
        counter.send(batch)
    batch.refresh_from_db()
    assert (batch.state, Payment.objects.get().state) == ("approved", Attempt.APPROVED), (
        "nothing of it was kept"
    )
    assert funds.unnamed_accounts(counter.region, counter.now) == ["personal"]
    counter.own_account()
    assert funds.unnamed_accounts(counter.region, counter.now) == []
    file = funds.file_content(counter.send(batch)).decode("utf-8-sig")
    assert OWN[1][2] in file
    assert number not in file


def test_funds_are_never_paid_from_the_personal_deposit(room: Room) -> None:
    room.own_account()
    room.money({"employee": 50_000})
    batch = room.approve(room.batch(room.prepared({"employee": 50_000})))
    PayingAccount.objects.filter(kind="expenditure").delete()
    with pytest.raises(funds.FundsError, match="还没有登记支出户"):
        room.send(batch)


def test_the_month_wants_both_accounts_reconciled(counter: Room) -> None:
    counter.own_account()
    view = withdrawn(counter)
    batch = counter.sent(view)
    counter.house.now = counter.now.replace(month=4, day=3)
    close = {"region": counter.region, "month": MARCH, "actor": counter.checker, "now": counter.now}
    with pytest.raises(funds.MonthNotReady, match="个人账户基金存款户03月02日有收支还没有对账"):
        funds.close_month(**close)
    (day,) = reconcile(
        counter, f"2026-03-02,,100.00,900.00,{batch.number}P,\n2026-03-02,,9.00,891.00,X,误扣\n"
    )
    assert not day.is_even
    with pytest.raises(funds.MonthNotReady, match="个人账户基金存款户03月02日的银行对账不符"):
        funds.close_month(**close)
    funds.explain_difference(day.pk, text="银行误扣", actor=counter.checker, now=counter.now)
    assert funds.close_month(**close) == date(2026, 3, 31)


def test_premiums_on_the_personal_deposit_are_no_difference(counter: Room) -> None:
    """They are booked person by person, when the levy is confirmed: the bank's sum of a day finds no entry."""
    counter.own_account()
    batch = counter.sent(withdrawn(counter))
    (day,) = reconcile(
        counter, f"2026-03-02,5000.00,,5900.00,SK1,个人缴费\n2026-03-02,,100.00,5800.00,{batch.number}P,\n"
    )
    assert day.is_even
    assert funds.open_items(counter.region, "personal") == []


def test_what_the_bank_sent_back_before_its_answer_came_stays_open(counter: Room) -> None:
    counter.own_account()
    batch = counter.sent(withdrawn(counter))
    (number,) = ids(batch)
    text = f"2026-03-02,,100.00,900.00,{batch.number}P,\n2026-03-02,100.00,,1000.00,{number},退票\n"
    (day,) = reconcile(counter, text)
    assert not day.is_even
    assert [(item.side, item.change_fen) for item in funds.open_items(counter.region, "personal")] == [
        ("bank", 10_000)
    ]
    counter.house.later(days=1)
    counter.returned({number: "失败|销户"})
    (day,) = reconcile(counter, "2026-03-03,,,1000.00,,\n")
    assert (day.is_even, funds.open_items(counter.region, "personal")) == (True, [])


def test_who_had_a_hand_in_an_account_does_not_approve_its_batch(counter: Room) -> None:
    counter.own_account()
    view = withdrawn(counter)
    counter.returned({ids(counter.sent(view))[0]: "失败|销户"})
    bounced = Payment.objects.get(state=Attempt.BOUNCED)
    proposer = staff(9071, "cashier", "fund-checker", region=counter.region)
    asked = funds.propose_payee(
        bounced.pk, name="某人", bank="另一银行", account="6230000000000002", reason="换卡", actor=proposer,
        now=counter.now,
    )  # fmt: skip
    funds.decide_payee(asked.pk, agrees=True, actor=counter.checker, now=counter.now)
    batch = counter.batch(view)
    for actor in (counter.checker, proposer):
        with pytest.raises(funds.SamePerson):
            funds.approve_batch(batch.pk, actor=actor, now=counter.now)
    other = staff(9072, "fund-checker", region=counter.region)
    assert funds.approve_batch(batch.pk, actor=other, now=counter.now).state == "approved"


# What the person is told


def owing(room: Room, fen: int) -> None:
    """Person 7 owes so much, to be kept back from what comes."""
    room.own_account()
    room.money({"employee": 100_000})
    view = room.prepared({"employee": 60_000}, person_id=7)
    room.returned({ids(room.sent(view))[0]: "成功"})
    row = funds.propose_claim(
        case_id=view.id, parts={"employee": fen}, cause="t", reason="多付", plan=funds.Plan(Mode.SET_OFF), person=7,
        actor=room.clerk, now=room.now,
    )  # fmt: skip
    funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now)


def test_what_is_kept_back_wholly_is_not_called_paid(room: Room) -> None:
    owing(room, 50_000)
    view = room.prepared({"employee": 20_000}, person_id=7)
    (stage,) = funds.told(view.id)
    assert stage.kept == "应付200.00元，抵扣以前多付的待遇200.00元，本次实付0.00元"
    assert room.send(room.approve(room.batch(view))) is None
    (stage,) = funds.told(view.id)
    assert (stage.words, stage.amount_fen) == ("已全部抵扣，实付", 0)
    assert stage.kept == "应付200.00元，抵扣以前多付的待遇200.00元，本次实付0.00元"
    books_hold()


def test_what_is_kept_back_in_part_says_both(room: Room) -> None:
    owing(room, 5_000)
    view = room.prepared({"employee": 20_000}, person_id=7)
    room.returned({ids(room.sent(view))[0]: "成功"})
    (stage,) = funds.told(view.id)
    assert (stage.words, stage.amount_fen) == ("已付到账", 15_000)
    assert stage.kept == "应付200.00元，抵扣以前多付的待遇50.00元，本次实付150.00元"
    assert Batch.objects.filter(region=REGION).count() == 2


def test_what_is_worth_nothing_is_told_so(room: Room) -> None:
    view = room.house.act(room.applied(), "accept")
    room.decide(view, {"employee": 0})
    view = room.house.act(view, "approve", amount="0.00")
    view = room.house.act(view, "pay", actor=room.cashier)
    room.send(room.approve(room.batch(view)))
    (stage,) = funds.told(view.id)
    assert (stage.words, stage.kept) == ("核定为零，没有要付的款", "")
