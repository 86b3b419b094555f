"""Whoever is to pay back is told so: of the decision, its plan, each receipt, and what was kept back from a benefit."""

from __future__ import annotations

from datetime import date

import pytest

from jingban.access.models import User
from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.funds import service as funds
from jingban.funds.models import Mode, RecoveryNotice
from jingban.messaging import claims
from jingban.messaging import service as messaging
from jingban.messaging.models import OutgoingMessage
from jingban.registry import enrolments, units
from jingban.registry import service as registry
from tests.funds.scene import Room, ids
from tests.funds.test_recoveries import agreed, paid
from tests.funds.test_recoveries import claim as asked_back
from tests.registry.factories import origin, person, unit

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
PARTS = {"employee": 80_000}


def told(user: int) -> list[str]:
    return [row.title for row, _ in messaging.inbox(user)]


@pytest.fixture
def view(room: Room) -> CaseView:
    room.own_account()
    view = paid(room, PARTS)
    messaging.deliver(now=room.now)
    return view


def test_the_decision_the_plan_and_each_receipt_are_told_once(room: Room, view: CaseView) -> None:
    me = room.house.applicant.id
    before = told(me)
    row = asked_back(room, view, {"employee": 60_000}, funds.Plan(Mode.INSTALMENTS, 25_000, date(2026, 4, 1)))
    messaging.deliver(now=room.now)
    assert told(me) == before, "what is only proposed is told to nobody"
    agreed(room, row)
    for _ in range(2):
        messaging.deliver(now=room.now)
    assert told(me) == ["请分期退回多付的待遇", *before]
    (stage,) = [one for one in funds.told(view.id) if "追回" in one.words]
    assert "请分3期退回：2026年04月01日起每月250.00元，末期100.00元" in stage.words
    pay = {"actor": room.cashier, "now": room.now}
    funds.repay_recovery(row.pk, fen=25_000, reference="收1", **pay)
    funds.repay_recovery(row.pk, fen=25_000, reference="收1", **pay)
    funds.repay_recovery(row.pk, fen=35_000, reference="收2", **pay)
    messaging.deliver(now=room.now)
    assert told(me)[:2] == ["多付的待遇已全部退回", "收到您退回的款"]
    assert len(told(me)) == len(before) + 3
    text = messaging.inbox(me)[0][1]
    assert view.number in text
    assert "元" not in text, "others read a telephone too: no amounts"
    assert set(RecoveryNotice.objects.values_list("is_reached", flat=True)) == {True}


def test_declined_nothing_is_told(room: Room, view: CaseView) -> None:
    row = asked_back(room, view, {"employee": 60_000})
    funds.decide_recovery(row.pk, agrees=False, actor=room.checker, now=room.now)
    assert not RecoveryNotice.objects.exists()


def test_what_is_kept_back_is_told_when_the_rest_is_paid(room: Room, view: CaseView) -> None:
    me = room.house.applicant.id
    agreed(room, asked_back(room, view, {"employee": 10_000}, funds.Plan(Mode.SET_OFF)))
    room.house.later(minutes=5)
    room.money(PARTS)
    later = room.prepared(PARTS, person_id=7)
    batch = room.sent(later)
    messaging.deliver(now=room.now)
    assert told(me)[0] == "多付的待遇将从以后的待遇中抵扣", "until it is paid it may still be given back"
    room.returned({ids(batch)[0]: "成功"})
    messaging.deliver(now=room.now)
    kept = OutgoingMessage.objects.get(kind="recovery-kept", channel="inbox")
    assert (kept.case, kept.number, kept.user_id) == (later.id, later.number, me)


def test_the_person_and_the_unit_that_got_the_money_are_told(room: Room) -> None:
    """Filed by somebody else, paid to the employer: both hear of it."""
    mine = origin(room.region, date(2025, 1, 5))
    who, firm = person(mine, 1), unit(mine, 60)
    own, clerk = User.objects.create_user("insured"), User.objects.create_user("clerk-of-unit")
    registry.bind_account(own.pk, name=who.name, source="窗口核验", at=room.now, person=who)
    units.name_operator(mine, firm, clerk.pk, may_declare=True)
    enrolments.enrol(mine, who, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=firm)
    room.own_account()
    room.money(PARTS)
    view = room.house.act(room.applied(payee_name=firm.name), "accept")
    room.decide(view, PARTS, who.pk)
    view = room.house.act(view, "approve", amount="800.00")
    view = room.house.act(view, "pay", actor=room.cashier)
    room.returned({ids(room.sent(view))[0]: "成功"})
    row = funds.propose_claim(
        case_id=view.id, parts=PARTS, cause="a", reason="重复报销", plan=funds.Plan(), person=who.pk, actor=room.clerk,
        now=room.now,
    )  # fmt: skip
    agreed(room, row)
    messaging.deliver(now=room.now)
    for user in (room.house.applicant.id, own.pk, clerk.pk):
        assert told(user)[0] == "请退回多付的待遇"


def test_who_came_to_the_counter_hears_by_telephone(room: Room, view: CaseView) -> None:
    Case.objects.filter(pk=view.id).update(applicant_id=None)
    agreed(room, asked_back(room, view, {"employee": 60_000}))
    messaging.deliver(now=room.now)
    sent = OutgoingMessage.objects.get(kind="recovery-once")
    assert (sent.channel, sent.user_id) == ("sms", None)
    assert RecoveryNotice.objects.get().is_reached


def test_one_that_cannot_be_told_waits_and_holds_up_no_other(
    room: Room, view: CaseView, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = agreed(room, asked_back(room, view, {"employee": 60_000}))
    funds.repay_recovery(row.pk, fen=100, reference="收1", actor=room.cashier, now=room.now)
    real = claims.words

    def failing(kind: str, **said: str) -> tuple[str, str]:
        if kind == "recovery-once":
            raise RuntimeError("no words")
        return real(kind, **said)

    with monkeypatch.context() as broken:
        broken.setattr(claims, "words", failing)
        messaging.deliver(now=room.now)
    assert told(room.house.applicant.id)[0] == "收到您退回的款"
    messaging.deliver(now=room.now)
    assert told(room.house.applicant.id)[0] == "请退回多付的待遇"
