"""Money that came back, and a case that was worked out anew meanwhile: what is paid again is what stands owed now."""

from __future__ import annotations

import pytest

from jingban.benefits import service as benefits
from jingban.cases.models import Case
from jingban.cases.view import CaseView, read
from jingban.funds import payables, payments
from jingban.funds import service as funds
from jingban.funds.models import Payable, PayeeCorrection, Payment
from tests.funds.scene import Room, balance, books_hold, ids, staff
from tests.funds.test_recoveries import ONCE, agreed, claim, paid, worked_out_anew

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

PARTS = {"employee": 80_000}
ACCOUNT = {"name": "张小凤", "bank": "另一银行", "account": "6230000000000009", "reason": "换卡"}


def came_back(room: Room, view: CaseView) -> Payment:
    """退汇 of the latest payment that arrived."""
    row = Payment.objects.filter(case=view.id, state="paid").latest("pk")
    return funds.returned_late(
        row.pk, fen=row.amount_fen, reference=f"T{row.pk}", actor=room.cashier, now=room.now
    )


def corrected(room: Room, row: Payment) -> PayeeCorrection:
    return funds.propose_payee(row.pk, **ACCOUNT, actor=room.clerk, now=room.now)


def agree(room: Room, asked: PayeeCorrection) -> PayeeCorrection:
    return funds.decide_payee(asked.pk, agrees=True, actor=room.head, now=room.now)


def arrives(room: Room, view: CaseView) -> None:
    """Everything prepared is put together by people who had no hand in it, sent, and paid."""
    batch = room.batch(view)
    batch = funds.approve_batch(batch.pk, actor=staff(9061, "fund-checker"), now=room.now)
    if batch.state == "checked":
        funds.approve_batch(batch.pk, actor=staff(9062, "head"), now=room.now)
    room.send(batch)
    room.returned(dict.fromkeys(ids(batch), "成功"))


@pytest.fixture
def view(room: Room) -> CaseView:
    room.own_account()
    return paid(room, PARTS)


def test_worked_out_anew_after_a_late_return_it_is_owed_to_somebody(room: Room, view: CaseView) -> None:
    old = Payable.objects.get()
    row = came_back(room, view)
    worked_out_anew(room, view, PARTS, {"employee": 60_000, "serious": 5_000})
    (owed,) = funds.to_correct(view.region)
    assert (owed.fen, owed.payment) == (65_000, row)
    old.refresh_from_db()
    assert old.reversed_on is not None
    with pytest.raises(funds.UnderWay, match="已经冲回"):
        payments.attempt(old, payments.payee(row), actor=1, now=room.now)
    agree(room, corrected(room, row))
    assert Payment.objects.get(state="prepared").amount_fen == 65_000
    room.money({"serious": 5_000})
    arrives(room, view)
    assert funds.to_correct(view.region) == []
    assert benefits.adjustments_waiting(case_id=view.id) == []
    books_hold()


def test_a_correction_agreed_to_after_a_new_calculation_pays_what_stands(room: Room, view: CaseView) -> None:
    asked = corrected(room, came_back(room, view))
    worked_out_anew(room, view, PARTS, {"employee": 70_000})
    agree(room, asked)
    payment = Payment.objects.get(state="prepared")
    assert (payment.amount_fen, payment.payable.reversed_on) == (70_000, None)
    books_hold()


def test_a_new_calculation_that_waited_is_applied_when_the_money_comes_back(
    room: Room, view: CaseView
) -> None:
    worked_out_anew(room, view, PARTS, {"employee": 50_000})
    came_back(room, view)
    (owed,) = funds.to_correct(view.region)
    assert (owed.fen, funds.open_adjustments(view.region)) == (50_000, [])
    with pytest.raises(funds.UnderWay, match="再付时按重新核定的金额"):
        funds.propose_recovery(view.id, plan=ONCE, actor=room.clerk, now=room.now)
    books_hold()


def test_worth_nothing_and_then_something_again_is_not_lost(room: Room, view: CaseView) -> None:
    row = came_back(room, view)
    worked_out_anew(room, view, PARTS, {})
    assert funds.to_correct(view.region) == []
    with pytest.raises(funds.FundsError, match="没有要再付的"):
        corrected(room, row)
    worked_out_anew(room, view, {}, {"employee": 9_000})
    assert [one.fen for one in funds.to_correct(view.region)] == [9_000]
    books_hold()


def test_what_was_never_paid_gets_an_account_in_the_room(room: Room) -> None:
    room.own_account()
    view = room.approved(PARTS, person_id=7)
    Case.objects.filter(pk=view.id).update(outcome="granted")  # ended when it was worth nothing
    (owed,) = funds.to_correct(view.region)
    assert (owed.payment, owed.fen) == (None, 80_000)
    asked = funds.propose_payee_for(owed.payable.pk, **ACCOUNT, actor=room.clerk, now=room.now)
    again = funds.propose_payee_for(owed.payable.pk, **ACCOUNT, actor=room.clerk, now=room.now)
    assert again == asked
    agree(room, asked)
    assert payments.payee(Payment.objects.get()).account == ACCOUNT["account"]
    with pytest.raises(funds.UnderWay):
        funds.propose_payee_for(owed.payable.pk, **ACCOUNT, actor=room.clerk, now=room.now)


def test_what_the_case_itself_pays_is_not_corrected_in_the_room(room: Room) -> None:
    view = room.approved(PARTS, person_id=7)
    assert funds.to_correct(view.region) == []
    with pytest.raises(funds.UnderWay, match="请在办件里更正"):
        funds.propose_payee_for(Payable.objects.get().pk, **ACCOUNT, actor=room.clerk, now=room.now)


@pytest.mark.parametrize(
    "new", [{"employee": 60_000}, {"employee": 95_000}, {"employee": 10_000, "serious": 2}]
)
def test_bounced_it_is_paid_again_by_what_stands_now(room: Room, new: dict[str, int]) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS, person_id=7)
    batch = room.sent(view)
    worked_out_anew(room, view, PARTS, new)
    room.returned({ids(batch)[0]: "失败|销户"})
    view = room.house.act(read(view.id)[0], "fix")
    room.house.act(view, "pay", actor=room.cashier)
    payment = Payment.objects.get(state="prepared")
    assert payables.parts_of(payment) == new
    assert benefits.adjustments_waiting(case_id=view.id) == []
    books_hold()


def test_a_supplement_that_bounced_goes_into_what_is_worked_out_then(room: Room, view: CaseView) -> None:
    worked_out_anew(room, view, PARTS, {"employee": 90_000})
    room.money({"employee": 10_000})
    extra = funds.supplement(view.id, actor=room.cashier, now=room.now)
    assert extra is not None
    room.returned({ids(room.sent(view))[0]: "失败|销户"})
    worked_out_anew(room, view, {}, {"employee": 75_000})
    assert [(one.net, one.parts) for one in funds.open_adjustments(view.region)] == [
        (-5_000, {"employee": -5_000})
    ]
    assert funds.to_correct(view.region) == []
    with pytest.raises(funds.FundsError, match="已经冲回"):
        corrected(room, Payment.objects.get(pk=extra.pk))
    row = funds.propose_recovery(view.id, plan=ONCE, actor=room.clerk, now=room.now)
    assert row is not None
    agreed(room, row)
    assert (row.total_fen, balance("fund:employee:expense")) == (5_000, 75_000)
    books_hold()


def test_more_was_paid_beside_what_came_back_than_is_left(room: Room, view: CaseView) -> None:
    worked_out_anew(room, view, PARTS, {"employee": 90_000})
    room.money({"employee": 10_000})
    extra = funds.supplement(view.id, actor=room.cashier, now=room.now)
    arrives(room, view)
    first = Payment.objects.exclude(pk=extra.pk if extra else 0).get(case=view.id)
    funds.returned_late(first.pk, fen=80_000, reference="T1", actor=room.cashier, now=room.now)
    worked_out_anew(room, view, {}, {"employee": 6_000})
    assert [one.net for one in funds.open_adjustments(view.region)] == [-4_000]
    assert funds.to_correct(view.region) == [], "nothing of it is owed any more"
    row = funds.propose_recovery(view.id, plan=ONCE, actor=room.clerk, now=room.now)
    assert row is not None
    agreed(room, row)
    assert balance("fund:employee:expense") == 6_000
    books_hold()


def test_what_is_claimed_of_the_case_is_kept_back_when_it_is_paid_again(room: Room, view: CaseView) -> None:
    row = agreed(room, claim(room, view, {"employee": 30_000}))
    agree(room, corrected(room, came_back(room, view)))
    assert Payment.objects.get(state="prepared").amount_fen == 50_000
    row.refresh_from_db()
    assert row.state == "closed"
    books_hold()


def test_who_agreed_to_the_account_does_not_let_the_batch_go(room: Room, view: CaseView) -> None:
    agree(room, corrected(room, came_back(room, view)))
    batch = room.batch(view)
    with pytest.raises(funds.SamePerson):
        funds.approve_batch(batch.pk, actor=staff(room.head.id, "fund-checker"), now=room.now)


def test_what_was_worth_nothing_does_not_come_back(room: Room) -> None:
    room.own_account()
    room.sent(room.prepared({}))
    row = Payment.objects.get()
    with pytest.raises(funds.FundsError, match="金额为零"):
        funds.returned_late(row.pk, fen=0, reference="T1", actor=room.cashier, now=room.now)
