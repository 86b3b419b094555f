"""What was paid too much comes back: at once, by instalments, kept back from later benefits; never more than is owed."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from jingban.benefits import service as benefits
from jingban.benefits.adjustments import made
from jingban.benefits.models import Decision, FigureBook
from jingban.cases.view import CaseView, read
from jingban.funds import anew, chart, recoveries
from jingban.funds import service as funds
from jingban.funds.models import (
    Mode,
    Payable,
    PayeeCorrection,
    Payment,
    Receipt,
    Recovery,
    RecoveryMove,
    Shift,
)
from jingban.funds.plans import plan_of
from jingban.portals.fundpapers import payment_order
from jingban.registry.duplicates import decide_merge
from jingban.registry.models import DuplicatePair
from tests.funds.scene import Decided, Room, balance, books_hold, ids, insured, staff
from tests.registry.factories import origin
from tests.registry.factories import person as registered

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


def test_a_form_used_for_another_case_is_no_repeat(room: Room, view: CaseView) -> None:
    claim(room, view, {"employee": 30_000})
    with pytest.raises(funds.RecoveryWrong, match="这次的办件或金额不同"):
        claim(room, paid(room, {"employee": 70_000}), {"employee": 30_000})


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
    [
        funds.Plan("x"),
        funds.Plan(Mode.INSTALMENTS),
        funds.Plan(Mode.INSTALMENTS, -5, date(2026, 1, 1)),
        funds.Plan(Mode.INSTALMENTS, 1, date(2026, 4, 1)),
        funds.Plan(Mode.INSTALMENTS, 5_000, date(9999, 11, 1)),
    ],
)
def test_a_plan_says_how_much_and_when_and_comes_to_an_end(room: Room, view: CaseView, plan: Any) -> None:
    with pytest.raises(funds.RecoveryWrong):
        claim(room, view, {"employee": 60_000}, plan)


def test_what_a_merged_row_owes_is_kept_back_from_the_person(room: Room, view: CaseView) -> None:
    mine = origin(room.region)
    gone, kept = registered(mine, 1), registered(mine, 2)
    row = claim(room, view, {"employee": 5_000}, funds.Plan(Mode.SET_OFF))
    Recovery.objects.filter(pk=row.pk).update(person=gone.pk)
    agreed(room, Recovery.objects.get(pk=row.pk))
    Payable.objects.filter(case=view.id).update(person=gone.pk)
    said = {"region": room.region, "why": "name", "found_at": room.now}
    pair = DuplicatePair.objects.create(first=gone, second=kept, **said)
    decide_merge(mine, pair, kept, "核对证件，是同一人")
    assert set(Payable.objects.values_list("person", flat=True)) == {kept.pk}
    room.prepared({"employee": 20_000}, person_id=kept.pk)
    assert Payment.objects.latest("pk").amount_fen == 15_000
    books_hold()


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
        others_fen=0, parts=parts, inputs=b"", working=b"", facts=b"", is_illustrative=False, book=book,
    )  # fmt: skip


def worked_out_anew(
    room: Room, view: CaseView, old: dict[str, int], new: dict[str, int] | None, why: str = "前一笔撤销"
) -> None:
    """The case is worked out again, as ``benefits`` would after an earlier one of the year was undone."""
    turns = Decision.objects.filter(case=view.id)
    first = turns.filter(undone_at__isnull=True).first() or decision(view, old, turns.count() + 1)
    first.undone_at, first.undone_by = room.now, 33
    first.save()
    second = decision(view, new, first.turn + 1) if new is not None else None
    room.decided.pop(view.id, None)
    if second is not None:
        room.decided[view.id] = Decided(second.pk, second.parts, 7)
    made(first, second, why, room.now)


def test_what_is_not_paid_yet_is_owed_anew(room: Room) -> None:
    room.own_account()
    view = room.approved({"employee": 80_000}, person_id=7)
    worked_out_anew(room, view, {"employee": 80_000}, {"employee": 60_000, "serious": 5_000})
    assert (balance("fund:employee:payable"), balance("fund:serious:payable")) == (60_000, 5_000)
    assert benefits.adjustments_waiting(case_id=view.id) == []
    view = room.house.act(view, "pay", actor=room.cashier)
    assert Payment.objects.get().amount_fen == 65_000
    books_hold()


@pytest.mark.parametrize("parts", [{"employee": 60_000, "serious": 5_000}, {}])
def test_prepared_and_in_no_batch_it_is_prepared_anew(room: Room, parts: dict[str, int]) -> None:
    """By the same hand, to the same account; the act's paper says what is paid."""
    room.own_account()
    room.money({"employee": 80_000, "serious": 80_000})
    view = room.prepared({"employee": 80_000}, person_id=7)
    old = Payment.objects.get()
    worked_out_anew(room, view, {"employee": 80_000}, parts)
    assert (funds.open_adjustments(view.region), benefits.adjustments_waiting(case_id=view.id)) == ([], [])
    new = Payment.objects.get(state="prepared")
    assert (new.amount_fen, new.prepared_by, new.prepared_at) == (
        sum(parts.values()), room.cashier.id, old.prepared_at,
    )  # fmt: skip
    assert funds.payee_of(new) == funds.payee_of(old)
    paper = payment_order(view, view.seq)
    assert paper is not None
    amount = {one.label: one.lines for one in paper.content.facts}["金额"]
    assert amount[0] == f"{sum(parts.values()) / 100:.2f}元"
    batch = room.sent(view)
    if parts:
        room.returned({ids(batch)[0]: "成功"})
    assert read(view.id)[0].outcome == "granted"
    books_hold()


def test_in_a_batch_it_waits_until_the_batch_is_dissolved(room: Room) -> None:
    room.own_account()
    view = room.prepared({"employee": 80_000}, person_id=7)
    batch = room.approve(room.batch(view))
    worked_out_anew(room, view, {"employee": 80_000}, {"employee": 60_000})
    assert Payment.objects.get().state == "approved"
    funds.dissolve_batch(batch.pk, reason="重新核定", actor=room.cashier, now=room.now)
    assert list(Payment.objects.order_by("pk").values_list("state", "amount_fen")) == [
        ("cancelled", 80_000), ("prepared", 60_000),
    ]  # fmt: skip
    assert funds.open_adjustments(view.region) == []
    books_hold()


def test_a_supplement_in_no_batch_goes_into_what_is_open(room: Room, view: CaseView) -> None:
    worked_out_anew(
        room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 90_000, "serious": 20_000}
    )
    first = funds.supplement(view.id, actor=room.cashier, now=room.now)
    assert first is not None
    worked_out_anew(room, view, {}, {"employee": 95_000, "serious": 20_000})
    first.refresh_from_db()
    assert first.state == "cancelled"
    second = funds.supplement(view.id, actor=room.cashier, now=room.now)
    assert second is not None
    assert second.amount_fen == 15_000
    books_hold()


def test_on_its_way_it_waits_and_is_paid_up_later(room: Room) -> None:
    room.own_account()
    room.money({"employee": 90_000})
    view = room.prepared({"employee": 80_000}, person_id=7)
    batch = room.sent(view)
    worked_out_anew(room, view, {"employee": 80_000}, {"employee": 90_000})
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
    assert [one.payment for one in funds.to_correct(view.region)] == [payment]
    assert Payable.objects.filter(why="supplement").count() == 1
    books_hold()


def test_between_the_funds_the_person_sees_the_difference_only(room: Room, view: CaseView) -> None:
    """The pool paid 300 too much, the serious-illness insurance owes 100: the person returns 200."""
    worked_out_anew(
        room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 50_000, "serious": 30_000}
    )
    with pytest.raises(funds.FundsError, match="请办理追回"):
        funds.supplement(view.id, actor=room.cashier, now=room.now)
    row = asked_back(room, view)
    assert row.parts == {"employee": 20_000}
    agreed(room, row)
    assert (balance("fund:employee:expense"), balance("fund:serious:expense")) == (50_000, 30_000)
    assert (balance("fund:employee:clearing"), balance("fund:serious:clearing")) == (-10_000, 10_000)
    books_hold()


def test_asked_twice_it_waits_as_before(room: Room, view: CaseView) -> None:
    """All of a fund's part: nothing is left beside the proposal, and still it is only proposed."""
    worked_out_anew(room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 80_000})
    row = asked_back(room, view)
    assert asked_back(room, view).pk == row.pk
    assert [one.net for one in funds.open_adjustments(view.region)] == [-20_000]


def test_declined_the_difference_stays_open_and_may_be_proposed_again(room: Room, view: CaseView) -> None:
    """Nothing between the funds moves either, before somebody agreed."""
    worked_out_anew(
        room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 50_000, "serious": 30_000}
    )
    row = asked_back(room, view)
    assert balance("fund:employee:clearing") == balance("fund:serious:clearing") == 0
    assert [one.net for one in funds.open_adjustments(view.region)] == [-20_000], "proposed is not settled"
    assert asked_back(room, view).pk == row.pk
    funds.decide_recovery(row.pk, agrees=False, actor=room.checker, now=room.now)
    assert [one.net for one in funds.open_adjustments(view.region)] == [-20_000]
    again = asked_back(room, view)
    assert again.pk != row.pk
    agreed(room, again)
    assert funds.open_adjustments(view.region) == []
    assert (balance("fund:employee:clearing"), balance("fund:serious:clearing")) == (-10_000, 10_000)
    books_hold()


def test_what_changed_since_the_proposal_is_not_agreed_to(room: Room, view: CaseView) -> None:
    worked_out_anew(
        room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 70_000, "serious": 20_000}
    )
    row = asked_back(room, view)
    worked_out_anew(room, view, {}, {"employee": 75_000, "serious": 20_000})
    with pytest.raises(funds.RecoveryWrong, match=r"现在应追回的是50\.00元"):
        agreed(room, row)
    with pytest.raises(funds.RecoveryWrong, match="另有一笔追回等待复核"):
        asked_back(room, view)
    funds.decide_recovery(row.pk, agrees=False, actor=room.checker, now=room.now)
    assert agreed(room, asked_back(room, view)).total_fen == 5_000
    assert balance("fund:employee:expense") == 75_000
    books_hold()


def test_after_the_funds_shifted_it_is_held_against_who_bears_it(room: Room, view: CaseView) -> None:
    """All of the pool's part went to the serious-illness insurance: from there it comes back."""
    worked_out_anew(room, view, {"employee": 80_000, "serious": 20_000}, {"serious": 100_000})
    assert funds.supplement(view.id, actor=room.cashier, now=room.now) is None
    worked_out_anew(room, view, {}, {"serious": 30_000})
    row = agreed(room, asked_back(room, view))
    assert row.parts == {"serious": 70_000}
    assert (balance("fund:serious:expense"), balance("fund:employee:expense")) == (30_000, 0)
    with pytest.raises(funds.RecoveryWrong, match=r"还可以追回的是0\.00元"):
        claim(room, view, {"employee": 1}, cause="b")
    books_hold()


def test_what_was_asked_back_by_hand_is_not_asked_back_twice(room: Room, view: CaseView) -> None:
    waiting = claim(room, view, {"employee": 80_000})
    worked_out_anew(
        room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 10_000, "serious": 20_000}
    )
    with pytest.raises(funds.RecoveryWrong, match="另有一笔追回等待复核"):
        asked_back(room, view)
    agreed(room, waiting)
    assert funds.propose_recovery(view.id, plan=ONCE, actor=room.clerk, now=room.now) is None
    assert funds.open_adjustments(view.region) == []
    books_hold()


def test_one_receipt_counts_once_in_a_region(room: Room, view: CaseView) -> None:
    one = agreed(room, claim(room, view, {"employee": 30_000}))
    two = agreed(room, claim(room, view, {"employee": 20_000}, cause="b"))
    pay = {"actor": room.cashier, "now": room.now}
    funds.repay_recovery(one.pk, fen=10_000, reference="2026 A-1", **pay)
    with pytest.raises(funds.RecoveryWrong, match=f"已经记在办件{view.number}的追回上"):
        funds.repay_recovery(two.pk, fen=10_000, reference="２０２６a-1", **pay)
    assert funds.left_to_recover(two) == {"employee": 20_000}
    assert funds.repay_recovery(one.pk, fen=10_000, reference=" 2026A-1 ", **pay).pk == one.pk
    assert funds.left_to_recover(one) == {"employee": 20_000}
    funds.repay_recovery(two.pk, fen=10_000, reference="2026A-2", **pay)
    books_hold()


def asked_back(room: Room, view: CaseView) -> Recovery:
    row = funds.propose_recovery(view.id, plan=ONCE, actor=room.clerk, now=room.now)
    assert row is not None
    return row


def test_a_revoked_decision_is_asked_back_whole(room: Room, view: CaseView) -> None:
    worked_out_anew(room, view, {"employee": 80_000, "serious": 20_000}, None)
    with pytest.raises(funds.FundsError, match="请办理追回"):
        funds.supplement(view.id, actor=room.cashier, now=room.now)
    agreed(room, asked_back(room, view))
    assert (balance("fund:employee:receivable"), balance("fund:serious:receivable")) == (80_000, 20_000)
    books_hold()


def test_where_only_the_funds_differ_nobody_is_paid(room: Room, view: CaseView) -> None:
    worked_out_anew(
        room, view, {"employee": 80_000, "serious": 20_000}, {"employee": 70_000, "serious": 30_000}
    )
    assert funds.supplement(view.id, actor=room.cashier, now=room.now) is None
    assert (balance("fund:employee:expense"), balance("fund:serious:expense")) == (70_000, 30_000)
    books_hold()


FUNDS = st.sampled_from(["employee", "serious", "aid", "civil"])


@given(st.dictionaries(FUNDS, st.integers(-(10**9), 10**9).filter(bool), min_size=1))
def test_the_split_loses_nothing(parts: dict[str, int]) -> None:
    own, between = anew.split(parts)
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
    dues = plan_of(row)
    assert sum(due.fen for due in dues) == total
    assert all(due.fen > 0 for due in dues)
    assert [due.on for due in dues] == sorted({due.on for due in dues})


def test_the_person_of_a_withdrawal_is_left_alone(room: Room) -> None:
    insured("xingtai")
    row = Payable(why="withdrawal", person=7, region="xingtai", parts={"personal": 5})
    assert recoveries.keep_back(row, {}, actor=1, now=room.now) == {}


def test_rows_of_before_are_taken_over_by_the_migration(room: Room, view: CaseView) -> None:
    """Receipts and shifts that stood in moves and entries only; corrected accounts that named their payment only."""
    one = agreed(room, claim(room, view, {"employee": 30_000, "serious": 5_000}))
    two = agreed(room, claim(room, view, {"employee": 20_000}, cause="b"))
    pay = {"actor": room.cashier, "now": room.now}
    funds.repay_recovery(one.pk, fen=32_000, reference="R1", **pay)
    funds.repay_recovery(two.pk, fen=7_000, reference="R2", **pay)
    RecoveryMove.objects.filter(reference="R2").update(reference="R1")
    Receipt.objects.all().delete()
    moved = {"employee": -900, "serious": 900}
    flow = chart.cleared(f"case:{view.id}:adjustment:4:clearing", "基金间往来", moved)
    chart.book(view.region, [flow], actor=1, now=room.now)
    payment = Payment.objects.get(case=view.id)
    asked = PayeeCorrection.objects.create(
        payment=payment, region=view.region, subject="", attempt=1, payee=b"", reason="换卡", proposed_by=1,
        proposed_at=room.now,
    )  # fmt: skip
    migration = import_module("jingban.funds.migrations.0002_revocations")
    editor = SimpleNamespace(connection=connection)
    migration.name_subjects(apps, editor)
    migration.fill(apps, editor)
    asked.refresh_from_db()
    assert (asked.subject, asked.attempt) == (payment.subject, 2)
    assert list(Receipt.objects.order_by("pk").values_list("reference", "recovery", "amount_fen")) == [
        ("R1", one.pk, 32_000),
        (f"R1（追回{two.pk}）", two.pk, 7_000),
    ]
    assert [(row.case_id, row.parts) for row in Shift.objects.all()] == [(view.id, moved)]
    books_hold()
