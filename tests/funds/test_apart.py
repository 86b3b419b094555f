"""Who decided a case changes nothing about where its money goes, and the other way round; nor does whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jingban.access.models import User
from jingban.access.service import Actor, Held
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.funds import service as funds
from jingban.funds.models import PayeeCorrection, Payment
from jingban.processes.engine import roles_for
from jingban.processes.errors import MakerIsChecker
from jingban.processes.model import Process
from jingban.registry import persons
from jingban.registry import service as registry
from jingban.rulebook.cache import effective_all
from tests.funds.scene import Room, ids, staff
from tests.funds.test_after_return import ACCOUNT, came_back
from tests.funds.test_recoveries import claim, paid
from tests.registry.factories import new_number, origin, person

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
PARTS = {"employee": 80_000}


def every(actor: Actor) -> Actor:
    """The same person with every role that the money asks for."""
    roles = ("window", "reviewer", "cashier", "fund-checker", "head")
    return Actor(actor.id, actor.name, held=tuple(Held(role, "bazhou", "") for role in roles))


def reviewer(room: Room, view: CaseView) -> Actor:
    """Whoever approved the case."""
    return every(staff(next(iter(view.state.actors["review"])), "reviewer"))


def test_no_procedure_lets_who_decided_correct_the_account() -> None:
    """Each way on which a bounced payment waits for its account keeps those off who decided what is owed."""
    ways = {
        (item.item, process.process): (process.steps["fix-account"].not_by, set(owing(process)))
        for item in effective_all()
        for process in (item.process, *item.answers)
        if "fix-account" in process.steps
    }
    assert len(ways) > 5
    assert any(deciding for _, deciding in ways.values())
    assert not [way for way, (apart, deciding) in ways.items() if not apart or not deciding <= set(apart)]


def owing(process: Process) -> Iterator[str]:
    """The steps at which it is decided what is owed."""
    for key, step in process.steps.items():
        if any("funds.owe" in rule.effect for rule in step.do.values()):
            yield key


def test_who_reviewed_does_not_correct_the_account(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    room.returned({ids(room.sent(view))[0]: "失败|账户已销户"})
    view = read(view.id)[0]
    both = reviewer(room, view)
    assert "window" in roles_for(room.house.procedure(view), view.state, "fix")
    with pytest.raises(MakerIsChecker):
        room.house.act(view, "fix", actor=both, **ACCOUNT_OF_CASE)
    fixer = staff(9071, "window", "reviewer")
    view = room.house.act(view, "fix", actor=fixer, **ACCOUNT_OF_CASE)
    view = room.house.act(view, "return", actor=room.cashier, reason="重新审核")
    with pytest.raises(MakerIsChecker):
        room.house.act(view, "approve", actor=fixer, amount="800.00")


ACCOUNT_OF_CASE = {"payee_name": "张小凤", "bank": "另一银行", "bank_account": "6230000000000002"}


def test_nor_in_the_funds_room_after_the_case_has_ended(room: Room) -> None:
    room.own_account()
    view = paid(room, PARTS)
    row = came_back(room, view)
    both = reviewer(room, view)
    with pytest.raises(funds.SamePerson, match="经办过本件"):
        funds.propose_payee(row.pk, **ACCOUNT, actor=both, now=room.now)
    assert not PayeeCorrection.objects.exists()
    asked = funds.propose_payee(row.pk, **ACCOUNT, actor=room.clerk, now=room.now)
    with pytest.raises(funds.SamePerson, match="经办过本件"):
        funds.decide_payee(asked.pk, agrees=True, actor=both, now=room.now)
    # The cashier who only paid it may go on.
    funds.decide_payee(asked.pk, agrees=False, actor=room.head, now=room.now)
    again = funds.propose_payee(row.pk, **ACCOUNT, actor=room.cashier, now=room.now)
    funds.decide_payee(again.pk, agrees=True, actor=room.head, now=room.now)
    assert Payment.objects.filter(state="prepared").count() == 1


def test_whom_it_concerns_decides_nothing_of_its_money(room: Room) -> None:
    """The applicant works in the funds room: no account, no recovery of the own case."""
    room.own_account()
    view = paid(room, PARTS)
    own = every(room.house.applicant)
    row = claim(room, view, {"employee": 10_000})
    with pytest.raises(DomainError, match="请回避"):
        funds.decide_recovery(row.pk, agrees=False, actor=own, now=room.now)
    back = came_back(room, view)
    with pytest.raises(DomainError, match="请回避|经办过本件"):
        funds.propose_payee(back.pk, **ACCOUNT, actor=own, now=room.now)


@pytest.mark.parametrize("whose", ["own", "kin"])
def test_nobody_approves_a_payment_to_oneself_or_kin(room: Room, whose: str) -> None:
    """The case came in at the counter: only the registers know whom it is about."""
    mine = origin(room.region)
    me, other = person(mine, 1), person(mine, 2)
    if whose == "kin":
        persons.add_kin(mine, other, name=me.name, relation="sibling", number=new_number(1))
    user = User.objects.create_user("checker")
    registry.bind_account(user.pk, name=me.name, source="窗口核验", at=room.now, person=me)
    view = room.prepared(PARTS, person_id=me.pk if whose == "own" else other.pk)
    batch = room.batch(view)
    with pytest.raises(funds.SamePerson, match="您本人或亲属"):
        funds.approve_batch(batch.pk, actor=staff(user.pk, "fund-checker"), now=room.now)
    assert funds.approve_batch(batch.pk, actor=room.checker, now=room.now).state == "approved"


def test_another_own_account_is_not_named_by_who_asks_for_the_money(room: Room) -> None:
    room.own_account()
    said = {
        "region": room.region,
        "kind": "expenditure",
        "name": "某某",
        "bank": "试验银行",
        "number": "6222000000000099",
    }
    with pytest.raises(funds.FundsError, match="更换账户请由资金复核岗位或负责人登记"):
        funds.name_account(**said, actor=room.cashier, now=room.now)
    room.own_account()
    assert funds.name_account(**said, actor=room.checker, now=room.now).end_on is None
