"""A benefit that was got by fraud is revoked by two people, and what was paid comes back (国令765 art. 46)."""

from __future__ import annotations

from typing import Any

import pytest

from jingban.audit.models import Entry
from jingban.benefits import service as benefits
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.funds import service as funds
from jingban.funds.models import Mode, Payable, Payment, Recovery
from tests.benefits import factories as make
from tests.benefits.test_decisions import BAZHOU, visit
from tests.builders import MONDAY
from tests.funds.scene import Room, balance, books_hold, ids, staff
from tests.funds.test_after_return import came_back
from tests.funds.test_recoveries import ONCE, agreed, asked_back, claim, decision, paid, worked_out_anew
from tests.houses import House, forget_versions

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

PARTS = {"employee": 80_000, "serious": 20_000}


def proposed(room: Room, view: CaseView, plan: Any = ONCE, **rest: Any) -> Recovery:
    said = {"reason": "查实为虚假票据", "actor": room.clerk, **rest}
    return funds.propose_revocation(view.id, plan=plan, now=room.now, **said)


@pytest.fixture
def view(room: Room) -> CaseView:
    room.own_account()
    found = paid(room, PARTS)
    decision(found, PARTS, 1)
    return found


def test_by_two_people_the_decision_falls_and_all_comes_back(room: Room, view: CaseView) -> None:
    row = proposed(room, view, funds.Plan(Mode.SET_OFF))
    assert (row.parts, row.is_revocation, proposed(room, view).pk) == (PARTS, True, row.pk)
    assert benefits.standing_decision(view.id) is not None, "proposed is not revoked"
    with pytest.raises(funds.SamePerson):
        funds.decide_recovery(row.pk, agrees=True, actor=staff(room.clerk.id, "head"), now=room.now)
    agreed(room, agreed(room, row))
    assert benefits.standing_decision(view.id) is None
    assert benefits.adjustments_waiting(case_id=view.id) == []
    for fund, fen in PARTS.items():
        assert (balance(f"fund:{fund}:receivable"), balance(f"fund:{fund}:expense")) == (fen, 0)
    books_hold()


def test_declined_nothing_is_revoked_and_it_may_be_proposed_again(room: Room, view: CaseView) -> None:
    row = proposed(room, view)
    funds.decide_recovery(row.pk, agrees=False, actor=room.checker, now=room.now)
    assert benefits.standing_decision(view.id) is not None
    assert (funds.open_adjustments(view.region), balance("fund:employee:receivable")) == ([], 0)
    again = proposed(room, view)
    assert again.pk != row.pk
    agreed(room, again)
    books_hold()


@pytest.mark.parametrize(
    ("rest", "match"),
    [
        ({"reason": " "}, "请写明多付（撤销）的原因"),
        ({"plan": funds.Plan("x")}, "请选择一种"),
        ({"reason": "长" * 201}, "不超过"),
    ],
)
def test_a_proposal_says_why_and_how(room: Room, view: CaseView, rest: dict[str, Any], match: str) -> None:
    with pytest.raises(funds.RecoveryWrong, match=match):
        proposed(room, view, **rest)


def test_only_what_is_ended_decided_and_at_rest_is_revoked(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    with pytest.raises(funds.RecoveryWrong, match="没有待遇核定"):
        proposed(room, room.applied())
    view = room.prepared(PARTS, person_id=7)
    with pytest.raises(funds.RecoveryWrong, match="还没有办结"):
        proposed(room, view)
    with pytest.raises(Exception, match="岗位不能办理"):
        proposed(room, view, actor=staff(9, "window"))
    room.returned({ids(room.sent(view))[0]: "成功"})
    worked_out_anew(room, view, PARTS, {**PARTS, "employee": 90_000})
    room.money({"employee": 10_000})
    funds.supplement(view.id, actor=room.cashier, now=room.now)
    with pytest.raises(funds.UnderWay, match="有款还在付"):
        proposed(room, view)
    room.returned({ids(room.sent(view))[0]: "成功"})
    agreed(room, proposed(room, view))
    assert balance("fund:employee:receivable") == 90_000, "with what was paid up"
    books_hold()


def test_what_was_asked_back_before_is_not_asked_back_again(room: Room, view: CaseView) -> None:
    worked_out_anew(room, view, PARTS, {"employee": 50_000, "serious": 30_000})
    waiting = asked_back(room, view)
    with pytest.raises(funds.RecoveryWrong, match="另有一笔追回等待复核"):
        proposed(room, view)
    agreed(room, waiting)
    agreed(room, claim(room, view, {"employee": 10_000}))
    row = agreed(room, proposed(room, view))
    assert row.parts == {"employee": 40_000, "serious": 30_000}
    assert balance("fund:employee:expense") == balance("fund:serious:expense") == 0
    books_hold()


def test_with_a_difference_that_waits_all_that_arrived_comes_back(room: Room, view: CaseView) -> None:
    worked_out_anew(room, view, PARTS, {"employee": 50_000, "serious": 30_000})
    row = agreed(room, proposed(room, view))
    assert (row.parts, funds.open_adjustments(view.region)) == (PARTS, [])
    books_hold()


def test_what_came_back_late_is_not_paid_again_once_it_is_revoked(room: Room, view: CaseView) -> None:
    came_back(room, view)
    row = agreed(room, proposed(room, view))
    assert (row.total_fen, row.state) == (0, "closed")
    assert funds.to_correct(view.region) == []
    assert Payable.objects.filter(reversed_on__isnull=True).count() == 0
    assert balance("fund:employee:expense") == balance("fund:employee:payable") == 0
    books_hold()


def test_came_back_between_proposal_and_agreement(room: Room, view: CaseView) -> None:
    row = proposed(room, view)
    came_back(room, view)
    with pytest.raises(funds.RecoveryWrong, match="提出以后又有变化"):
        agreed(room, row)
    assert benefits.standing_decision(view.id) is not None, "nothing of it was kept"
    funds.decide_recovery(row.pk, agrees=False, actor=room.checker, now=room.now)
    agreed(room, proposed(room, view))
    books_hold()


def test_who_and_why_is_in_the_audit(room: Room, view: CaseView) -> None:
    row = proposed(room, view)
    proposed(room, view)
    funds.decide_recovery(row.pk, agrees=False, actor=room.checker, now=room.now)
    agreed(room, agreed(room, proposed(room, view)))
    entries = (
        Entry.objects.using("audit").filter(kind="revoked", subject=f"case:{view.number}").order_by("id")
    )
    assert [(e.actor, e.detail) for e in entries] == [
        (room.clerk.id, "提出撤销待遇：查实为虚假票据"), (room.checker.id, "不予撤销待遇：查实为虚假票据"),
        (room.clerk.id, "提出撤销待遇：查实为虚假票据"), (room.checker.id, "同意撤销待遇：查实为虚假票据"),
    ]  # fmt: skip


def test_the_case_says_so(room: Room, view: CaseView) -> None:
    agreed(room, proposed(room, view))
    stages = funds.told(view.id)
    assert [stage.words for stage in stages][-1] == "待遇已撤销（查实为虚假票据），请退回"
    assert stages[-1].amount_fen == 100_000
    assert read(view.id)[0].outcome == "granted"


def test_with_it_the_later_cases_of_the_year_are_worked_out_anew(db: None, settings: Any) -> None:
    """The first case used the year's deductible up: without it the second paid too much, which waits to be asked back."""
    settings.JINGBAN_FUNDS_LIVE = True
    forget_versions()
    benefits.load_demo_catalogue(MONDAY)
    room = Room(House(now=MONDAY))
    room.own_account()
    room.money({"employee": 100_000})
    make.insured(1, region=room.region)
    made = [
        make.decided(room.house, visit(fen, n), entry=BAZHOU) for fen, n in (("80.00", "1"), ("500.00", "2"))
    ]
    for one in made:
        room.house.act(read(one.case_id)[0], "pay", actor=room.cashier)
    batch = room.sent(read(made[0].case_id)[0])
    room.returned(
        {number: "成功" for number in ids(batch) if Payment.objects.get(end_to_end_id=number).amount_fen}
    )
    first, second = (read(one.case_id)[0] for one in made)
    assert (first.outcome, second.outcome) == ("granted", "granted")
    row = agreed(room, proposed(room, first))
    assert (row.total_fen, row.state) == (0, "closed"), "nothing was paid for it"
    (waiting,) = funds.open_adjustments(room.region)
    assert (waiting.case, waiting.net) == (second.id, -4_800)
    back = agreed(room, proposed(room, second))
    assert benefits.standing_decision(second.id) is None
    assert balance("fund:employee:receivable") == made[1].fund_fen
    with pytest.raises(DomainError, match="已经用于报销"):
        make.decided(room.house, visit("500.00", "2"), entry=BAZHOU)
    funds.repay_recovery(back.pk, fen=back.total_fen, reference="R1", actor=room.cashier, now=room.now)
    again = make.decided(room.house, visit("500.00", "2"), entry=BAZHOU)
    assert again.fund_fen > 0, "what came back whole may be asked for by a true receipt"
    assert funds.open_adjustments(room.region) == []
    books_hold()
    forget_versions()
