"""What was paid too much comes back: at once, by instalments, kept back from later benefits; never more than is owed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.benefits import service as benefits
from jingban.benefits.adjustments import made
from jingban.benefits.models import Decision, FigureBook
from jingban.cases.view import CaseView, read
from jingban.funds import adjustments, recoveries
from jingban.funds import service as funds
from jingban.funds.models import Mode, Payable, Payment, Recovery
from tests.funds.scene import Decided, Room, balance, books_hold, ids, insured, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

ONCE = funds.Plan()


def paid(room: Room, parts: dict[str, int], person: int | None = 7) -> CaseView:
    """A case whose money arrived."""
    room.money(parts)
    view = room.prepared(parts, person_id=person)
    room.returned({ids(room.sent(view))[0]: "成功"})
    return read(view.id)[0]


def claim(
    room: Room, view: CaseView, parts: dict[str, int], plan: Any = ONCE, cause: str = "a", **rest: Any
) -> Recovery:
    return funds.propose_claim(
        case_id=view.id, parts=parts, cause=cause, reason="重复报销", plan=plan, person=7, actor=room.clerk, now=room.now,
        **rest,
    )  # fmt: skip


def agreed(room: Room, row: Recovery) -> Recovery:
    return funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now)


@pytest.fixture
def view(room: Room) -> CaseView:
    room.own_account()
    return paid(room, {"employee": 80_000, "serious": 20_000})


def test_two_people_and_the_books(room: Room, view: CaseView) -> None:
    row = claim(room, view, {"employee": 30_000})
    assert claim(room, view, {"employee": 30_000}).pk == row.pk
    with pytest.raises(funds.RecoveryWrong, match="金额不同"):
        claim(room, view, {"employee": 30_001})
    with pytest.raises(funds.SamePerson):
        funds.decide_recovery(row.pk, agrees=True, actor=staff(9054, "fund-checker"), now=room.now)
    assert balance("fund:employee:receivable") == 0, "proposed is not claimed"
    agreed(room, agreed(room, row))
    assert (balance("fund:employee:receivable"), balance("fund:employee:expense")) == (30_000, 50_000)
    books_hold()
    with pytest.raises(funds.RecoveryWrong, match=r"还可以追回的是500\.00元"):
        claim(room, view, {"employee": 50_001}, cause="b")
    for wrong in ({}, {"employee": -1}, {"personal": 1}, {"nonsense": 1}):
        with pytest.raises(funds.RecoveryWrong):
            claim(room, view, wrong, cause="c")


def test_a_declined_claim_moves_nothing(room: Room, view: CaseView) -> None:
    row = claim(room, view, {"employee": 80_000})
    funds.decide_recovery(row.pk, agrees=False, actor=room.checker, now=room.now)
    with pytest.raises(funds.RecoveryWrong, match="复核过"):
        agreed(room, row)
    agreed(room, claim(room, view, {"employee": 80_000}, cause="b"))
    books_hold()


def test_it_comes_back_in_instalments(room: Room, view: CaseView) -> None:
    plan = funds.Plan(Mode.INSTALMENTS, 25_000, date(2026, 1, 31))
    row = agreed(room, claim(room, view, {"employee": 50_000, "serious": 10_000}, plan))
    dues = funds.plan_of_recovery(row)
    assert [(d.on, d.fen) for d in dues] == [
        (date(2026, 1, 31), 25_000), (date(2026, 2, 28), 25_000), (date(2026, 3, 31), 10_000),
    ]  # fmt: skip
    assert funds.overdue_recovery(row, date(2026, 3, 2)) == 50_000
    pay = {"reference": "收1", "actor": room.cashier, "now": room.now}
    funds.repay_recovery(row.pk, fen=55_000, **pay)
    funds.repay_recovery(row.pk, fen=55_000, **pay)
    assert funds.left_to_recover(row) == {"employee": 0, "serious": 5_000}
    assert (balance("fund:employee:expenditure"), balance("fund:serious:expenditure")) == (50_000, 5_000)
    assert funds.overdue_recovery(row, date(2026, 3, 2)) == 0
    with pytest.raises(funds.RecoveryWrong, match="这次的金额不同"):
        funds.repay_recovery(row.pk, fen=1, **pay)
    with pytest.raises(funds.RecoveryWrong, match=r"还欠50\.00元"):
        funds.repay_recovery(row.pk, fen=5_001, **{**pay, "reference": "收2"})
    row = funds.repay_recovery(row.pk, fen=5_000, **{**pay, "reference": "收2"})
    assert row.state == "closed"
    books_hold()


@pytest.mark.parametrize(
    "plan",
    [funds.Plan("x"), funds.Plan(Mode.INSTALMENTS), funds.Plan(Mode.INSTALMENTS, -5, date(2026, 1, 1))],
)
def test_a_plan_says_how_much_and_when(room: Room, view: CaseView, plan: Any) -> None:
    with pytest.raises(funds.RecoveryWrong):
        claim(room, view, {"employee": 1}, plan)


def test_kept_back_from_later_benefits_within_a_fund(room: Room, view: CaseView) -> None:
    row = agreed(room, claim(room, view, {"employee": 50_000, "serious": 5_000}, funds.Plan(Mode.SET_OFF)))
    later = room.prepared({"employee": 20_000, "resident": 7_000}, person_id=7)
    payment = Payment.objects.get(case=later.id)
    assert payment.amount_fen == 7_000, "of the employees' fund nothing is left, other funds are not touched"
    assert funds.left_to_recover(row) == {"employee": 30_000, "serious": 5_000}
    assert balance("fund:employee:payable") == 0
    other = room.prepared({"employee": 9_000}, person_id=8)
    assert Payment.objects.get(case=other.id).amount_fen == 9_000, "somebody else's"
    books_hold()


def test_a_bounce_keeps_back_once_only(room: Room, view: CaseView) -> None:
    row = agreed(room, claim(room, view, {"employee": 5_000}, funds.Plan(Mode.SET_OFF)))
    room.money({"employee": 15_000})
    later = room.prepared({"employee": 20_000}, person_id=7)
    room.returned({ids(room.sent(later))[0]: "失败|销户"})
    later = room.house.act(read(later.id)[0], "fix")
    later = room.house.act(later, "pay", actor=room.cashier)
    assert [p.amount_fen for p in Payment.objects.filter(case=later.id).order_by("pk")] == [15_000, 15_000]
    row.refresh_from_db()
    assert row.state == "closed"
    books_hold()


def test_sent_back_to_review_gives_back_what_was_kept(room: Room, view: CaseView) -> None:
    row = agreed(room, claim(room, view, {"employee": 5_000}, funds.Plan(Mode.SET_OFF)))
    room.money({"employee": 15_000})
    later = room.prepared({"employee": 20_000}, person_id=7)
    room.returned({ids(room.sent(later))[0]: "失败|销户"})
    later = room.house.act(read(later.id)[0], "fix")
    room.house.act(later, "return")
    row.refresh_from_db()
    assert (row.state, balance("fund:employee:receivable"), balance("fund:employee:payable")) == (
        "open",
        5_000,
        0,
    )
    books_hold()


# Worked out anew


def decision(view: CaseView, parts: dict[str, int], turn: int) -> Decision:
    book, _ = FigureBook.objects.get_or_create(
        region=view.region, digest="d", defaults={"content": b"", "kept_at": view.opened_at}
    )
    fund = sum(parts.values())
    return Decision.objects.create(
        region=view.region, case_id=view.id, turn=turn, kind="reward", year=2026, rank=turn,
        decided_on=date(2026, 3, 2), decided_at=view.opened_at, actor=33, total_fen=fund, fund_fen=fund, person_fen=0,
        others_fen=0, parts=parts, inputs=b"", book=book,
    )  # fmt: skip


def anew(room: Room, view: CaseView, old: dict[str, int], new: dict[str, int] | None) -> None:
    """The case is worked out again, as ``benefits`` would after an earlier one of the year was undone."""
    first = decision(view, old, 1)
    first.undone_at, first.undone_by = room.now, 33
    first.save()
    second = decision(view, new, 2) if new is not None else None
    if second is not None:
        room.decided[view.id] = Decided(second.pk, second.parts, 7)
    made(first, second, "前一笔撤销", room.now)


def test_what_is_not_paid_yet_is_owed_anew(room: Room) -> None:
    room.own_account()
    view = room.approved({"employee": 80_000}, person_id=7)
    anew(room, view, {"employee": 80_000}, {"employee": 60_000, "serious": 5_000})
    assert (balance("fund:employee:payable"), balance("fund:serious:payable")) == (60_000, 5_000)
    assert benefits.adjustments_waiting(case_id=view.id) == []
    view = room.house.act(view, "pay", actor=room.cashier)
    assert Payment.objects.get().amount_fen == 65_000
    books_hold()


def test_on_its_way_it_waits_and_is_paid_up_later(room: Room) -> None:
    room.own_account()
    room.money({"employee": 90_000})
    view = room.prepared({"employee": 80_000}, person_id=7)
    batch = room.sent(view)
    anew(room, view, {"employee": 80_000}, {"employee": 90_000})
    with pytest.raises(funds.UnderWay):
        funds.supplement(view.id, actor=room.cashier, now=room.now)
    room.returned({ids(batch)[0]: "成功"})
    assert [(o.case, o.net) for o in funds.open_adjustments(view.region)] == [(view.id, 10_000)]
    payment = funds.supplement(view.id, actor=room.cashier, now=room.now)
    assert payment is not None
    assert (payment.amount_fen, funds.payee_of(payment)) == (
        10_000,
        funds.payee_of(Payment.objects.order_by("pk")[0]),
    )
    with pytest.raises(funds.FundsError, match="没有要补付"):
        funds.supplement(view.id, actor=room.cashier, now=room.now)
    room.returned({ids(room.sent(view))[0]: "失败|销户"})
    assert read(view.id)[0].outcome == "granted"
    assert [p.pk for p in funds.to_correct(view.region)] == [payment.pk]
    assert Payable.objects.filter(why="supplement").count() == 1
    books_hold()


def test_between_the_funds_the_person_sees_the_difference_only(room: Room, view: CaseView) -> None:
    """The pool paid 300 too much, the serious-illness insurance owes 100: the person returns 200."""
    anew(room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 50_000, "serious": 30_000})
    with pytest.raises(funds.FundsError, match="请办理追回"):
        funds.supplement(view.id, actor=room.cashier, now=room.now)
    row = funds.propose_recovery(view.id, plan=ONCE, actor=room.clerk, now=room.now)
    assert row.parts == {"employee": 20_000}
    agreed(room, row)
    assert (balance("fund:employee:expense"), balance("fund:serious:expense")) == (50_000, 30_000)
    assert (balance("fund:employee:clearing"), balance("fund:serious:clearing")) == (-10_000, 10_000)
    books_hold()


def test_a_revoked_decision_is_asked_back_whole(room: Room, view: CaseView) -> None:
    anew(room, view, {"employee": 80_000, "serious": 20_000}, None)
    with pytest.raises(funds.FundsError, match="请办理追回"):
        funds.supplement(view.id, actor=room.cashier, now=room.now)
    agreed(room, funds.propose_recovery(view.id, plan=ONCE, actor=room.clerk, now=room.now))
    assert (balance("fund:employee:receivable"), balance("fund:serious:receivable")) == (80_000, 20_000)
    books_hold()


def test_where_only_the_funds_differ_nobody_is_paid(room: Room, view: CaseView) -> None:
    anew(room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 70_000, "serious": 30_000})
    assert funds.supplement(view.id, actor=room.cashier, now=room.now) is None
    assert (balance("fund:employee:expense"), balance("fund:serious:expense")) == (70_000, 30_000)
    books_hold()


FUNDS = st.sampled_from(["employee", "serious", "aid", "civil"])


@given(st.dictionaries(FUNDS, st.integers(-(10**9), 10**9).filter(bool), min_size=1))
def test_the_split_loses_nothing(parts: dict[str, int]) -> None:
    own, between = adjustments.split(parts)
    assert sum(own.values()) == sum(parts.values())
    assert sum(between.values()) == 0
    assert {f: own.get(f, 0) + between.get(f, 0) for f in parts} == parts
    assert len({fen > 0 for fen in own.values()}) <= 1


@given(st.integers(1, 10**7), st.integers(1, 10**6))
def test_instalments_add_up(total: int, monthly: int) -> None:
    row = Recovery(
        total_fen=total,
        mode=Mode.INSTALMENTS,
        instalment_fen=max(monthly, total // 400 + 1),
        first_on=date(2026, 1, 31),
    )
    dues = recoveries.plan_of(row)
    assert sum(due.fen for due in dues) == total
    assert all(due.fen > 0 for due in dues)
    assert [due.on for due in dues] == sorted({due.on for due in dues})


def test_the_person_of_a_withdrawal_is_left_alone(room: Room) -> None:
    insured("xingtai")
    row = Payable(why="withdrawal", person=7, region="xingtai", parts={"personal": 5})
    assert recoveries.keep_back(row, {}, actor=1, now=room.now) == {}
