"""The way of the money, from what is owed to what is paid, and back through a failed bank return."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from jingban.access.service import Actor
from jingban.benefits import service as benefits
from jingban.cases import actions
from jingban.cases.view import CaseView, read
from jingban.core.money import to_fen, to_yuan
from jingban.funds import payees
from jingban.funds import service as funds
from jingban.funds.models import Attempt, BatchState, FiscalRequest, Payable, Payment, PaymentPart
from jingban.funds.payments import payee
from jingban.ledger import service as ledger
from jingban.portals.fundpapers import fiscal_request
from jingban.processes.effects import REGISTRY
from tests.funds.scene import AID, COUNTER, ENTRY, Room, balance, books_hold, heir, ids, insured, staff
from tests.registry.factories import new_name, work

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

PARTS = {"employee": 80_000, "supplement": 20_000}


def test_from_the_decision_to_the_account(room: Room) -> None:
    room.own_account()
    view = room.approved(PARTS)
    assert (balance("fund:employee:payable"), balance("fund:supplement:expense")) == (80_000, 20_000)
    view = room.house.act(view, "pay", actor=room.cashier)
    payment = Payment.objects.get()
    assert (payment.state, payment.amount_fen, payment.case_id) == (Attempt.PREPARED, 100_000, view.id)
    assert payee(payment).account == "6222000000000001"
    batch = room.batch(view)
    with pytest.raises(funds.BatchWrong, match="待复核"):
        room.send(batch)
    batch = room.approve(batch)
    assert (batch.state, batch.needs_head) == (BatchState.APPROVED, False)
    with pytest.raises(Exception, match="支出户存款”余额不足"):
        room.send(batch)
    payment.refresh_from_db()
    assert (payment.state, payment.end_to_end_id) == (Attempt.APPROVED, None), "nothing of it was kept"
    room.money(PARTS)
    file = room.send(batch)
    assert balance("fund:employee:transit") == 80_000
    assert balance("fund:employee:expenditure") == 0
    assert funds.file_content(file).decode("utf-8-sig").count("\r\n") == 2
    (number,) = ids(batch)
    done = room.returned({number: "成功"})
    assert (done.applied, done.refused) == (1, 0)
    view = read(view.id)[0]
    assert view.outcome == "granted"
    assert Payment.objects.get().state == Attempt.PAID
    assert Payable.objects.get().paid_on is not None
    for kind in ("payable", "transit", "returned", "expenditure"):
        assert balance(f"fund:employee:{kind}") == balance(f"fund:supplement:{kind}") == 0
    assert balance("fund:employee:expense") == 80_000
    books_hold()


def test_back_through_a_failed_bank_return(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    batch = room.sent(view)
    (number,) = ids(batch)
    room.returned({number: "失败|户名不符"})
    view = read(view.id)[0]
    assert view.step == "fix-account"
    assert balance("fund:employee:returned") == 80_000
    assert balance("fund:employee:expenditure") == 80_000
    books_hold()
    view = room.house.act(
        view, "fix", payee_name="张小凤", bank="另一银行", bank_account="6230 0000 0000 0009"
    )
    view = room.house.act(view, "pay", actor=room.cashier)
    assert balance("fund:employee:returned") == 0
    assert balance("fund:employee:payable") == 80_000
    again = Payment.objects.get(state=Attempt.PREPARED)
    assert (again.attempt, payee(again).account, payee(again).bank) == (2, "6230000000000009", "另一银行")
    books_hold()
    batch = room.sent(view)
    room.returned({ids(batch)[0]: "成功"})
    assert read(view.id)[0].outcome == "granted"
    assert sorted(PaymentPart.objects.filter(fund="employee").values_list("serial", flat=True)) == [1, 2]
    books_hold()


def test_a_withdrawal_at_the_counter_is_paid_after_the_case_ended(room: Room) -> None:
    """F07: granted at once; what bounces is put right in the funds room, by two people, and paid again."""
    room = room.at(COUNTER[0])
    room.own_account()
    insured(COUNTER[0])
    view = room.applied(COUNTER, **heir(1))
    view = room.house.act(view, "accept")
    view = room.house.act(view, "approve", amount="100.00")
    assert view.outcome == "granted"
    payment = Payment.objects.get()
    assert (payment.why, payment.amount_fen, payee(payment).name) == ("withdrawal", 10_000, new_name(101))
    batch = room.sent(view)
    assert (balance("pa-fund", view.region), balance("fund:personal:transit", view.region)) == (0, 10_000)
    assert balance("pa-payable", view.region) == 10_000
    room.returned({ids(batch)[0]: "失败|账户已销户"})
    assert (balance("pa-fund", view.region), balance("pa-payable", view.region)) == (10_000, 0)
    assert balance("fund:personal:returned", view.region) == 10_000
    assert read(view.id)[0].outcome == "granted", "an ended case stays as it ended"
    (bounced,) = funds.to_correct(view.region)
    assert bounced.payment is not None
    asked = funds.propose_payee(
        bounced.payment.pk, name=new_name(101), bank="另一银行", account="6230000000000002", reason="换卡", actor=room.clerk,
        now=room.now,
    )  # fmt: skip
    with pytest.raises(funds.SamePerson):
        funds.decide_payee(
            asked.pk, agrees=True, actor=staff(9054, "fund-checker", region=view.region), now=room.now
        )
    funds.decide_payee(asked.pk, agrees=True, actor=room.checker, now=room.now)
    funds.decide_payee(asked.pk, agrees=True, actor=room.checker, now=room.now)
    assert funds.to_correct(view.region) == []
    batch = room.batch(view)
    batch = funds.approve_batch(batch.pk, actor=staff(9055, "fund-checker", region=view.region), now=room.now)
    room.send(batch)
    room.returned({ids(batch)[0]: "成功"})
    for code in ("pa-fund", "pa-payable", "fund:personal:transit", "fund:personal:returned"):
        assert balance(code, view.region) == 0
    books_hold()


def test_aid_waits_for_the_fiscal_authority(room: Room) -> None:
    room = room.at(AID[0])
    room.own_account()
    insured(AID[0])
    view = room.applied(AID)
    view = _to(room, view, "review")
    room.decide(view, {"aid": 30_000})
    view = room.house.act(view, "approve", amount="300.00")
    view = room.house.act(view, "request", actor=room.cashier)
    asked = FiscalRequest.objects.get()
    assert (asked.state, asked.parts, asked.case_id) == ("asked", {"aid": 30_000}, view.id)
    with pytest.raises(Exception, match="财政专户存款”余额不足"):
        _tell(room, view, "fiscal-answer", "approved")
    assert FiscalRequest.objects.get().state == "asked"
    view = _tell(room, view, "fiscal-answer", "declined")
    assert FiscalRequest.objects.get().state == "declined"
    view = room.house.act(view, "again")
    view = room.house.act(view, "request", actor=room.cashier)
    room.money({"aid": 30_000}, transfer=False)
    with pytest.raises(funds.SamePerson):
        _tell(room, view, "fiscal-answer", "approved", actor=room.cashier)
    view = _tell(room, view, "fiscal-answer", "approved", actor=room.checker)
    assert (balance("fund:aid:special", AID[0]), balance("fund:aid:expenditure", AID[0])) == (0, 30_000)
    view = room.house.act(view, "pay", actor=room.cashier)
    batch = room.sent(view)
    room.returned({ids(batch)[0]: "成功"})
    assert read(view.id)[0].outcome == "granted"
    books_hold()


@pytest.mark.parametrize(("anew", "asked_anew"), [(30_000, {}), (20_000, {}), (45_000, {"aid": 15_000})])
def test_aid_that_was_sent_back_asks_for_the_difference_only(
    room: Room, anew: int, asked_anew: dict[str, int]
) -> None:
    """The transfer stays with the case: reviewed again, the fiscal authority is asked for what is missing."""
    room = room.at(AID[0])
    room.own_account()
    insured(AID[0])
    room.money({"aid": 60_000}, transfer=False)
    view = _granted(room, _to(room, room.applied(AID), "review"), 30_000)
    view = room.house.act(view, "return", actor=room.cashier, reason="核对金额")
    room.decided.clear()
    room.decide(view, {"aid": anew})
    view = room.house.act(view, "approve", amount=f"{to_yuan(anew):.2f}")
    room.house.later(minutes=5)
    view = room.house.act(view, "request", actor=room.cashier)
    rows = FiscalRequest.objects.order_by("pk")
    assert [(row.state, row.parts) for row in rows[1:]] == ([("asked", asked_anew)] if asked_anew else [])
    paper = fiscal_request(view, view.seq)
    assert paper is not None
    said = " ".join(value for one in paper.content.facts for value in one.lines)
    assert ("差额" in said) == bool(asked_anew)
    assert (
        ("申请金额", "0.00元") in [(f.label, f.lines[0]) for f in paper.content.facts if f.lines]
    ) != bool(asked_anew)
    view = _tell(room, view, "fiscal-answer", "approved", actor=room.checker)
    assert balance("fund:aid:expenditure", AID[0]) == max(30_000, anew)
    view = room.house.act(view, "pay", actor=room.cashier)
    room.returned({ids(room.sent(view))[0]: "成功"})
    assert read(view.id)[0].outcome == "granted"
    assert balance("fund:aid:expenditure", AID[0]) == max(30_000 - anew, 0)
    books_hold()


def _granted(room: Room, view: CaseView, fen: int) -> CaseView:
    """Approved, asked for and transferred: at the cashier's step."""
    room.decide(view, {"aid": fen})
    view = room.house.act(view, "approve", amount=f"{to_yuan(fen):.2f}")
    view = room.house.act(view, "request", actor=room.cashier)
    return _tell(room, view, "fiscal-answer", "approved", actor=room.checker)


def test_a_receipt_of_income_counts_once_however_it_is_typed(room: Room) -> None:
    said = {"region": room.region, "fund": "employee", "memo": "", "actor": room.cashier, "now": room.now}
    for mark in ("SK 12", "sk12", " ＳＫ12"):
        funds.record_income(reference=mark, fen=100, **said)
    assert balance("fund:employee:special") == 100
    with pytest.raises(funds.FiscalWrong, match="这次的金额不同"):
        funds.record_income(reference="Sk12", fen=200, **said)


def test_a_subsidy_arrives_on_the_special_account(room: Room) -> None:
    entry = ("luanzhou", "agency", "premium-subsidy")
    room = room.at(entry[0])
    case = room.applied(entry)
    said = {"aid_category": "extreme-poverty", "insured_year": "2023"}
    w = replace(
        work(entry, said, actor=9051), case_id=case.id, number=case.number, needs={"amount": "380.00"}
    )
    for effect in ("funds.request_subsidy", "funds.request_subsidy"):
        REGISTRY[effect](w)
    asked = FiscalRequest.objects.get()
    assert (asked.kind, asked.parts) == ("subsidy", {"resident": 38_000})
    REGISTRY["funds.fiscal_granted"](replace(w, actor=9052))
    assert balance("fund:resident:special", entry[0]) == 0, "agreed is not arrived"
    REGISTRY["funds.receive_subsidy"](replace(w, actor=9052))
    REGISTRY["funds.receive_subsidy"](replace(w, actor=9052))
    assert balance("fund:resident:special", entry[0]) == 38_000
    assert FiscalRequest.objects.get().state == "done"


@pytest.mark.parametrize(
    ("category", "amount", "right"),
    [
        ("minimum-living", "400.00", "240.00"),
        ("minimum-living", "240.01", "240.00"),
        ("orphan", "240.00", "400.00"),
        ("marginal", "0.01", "0.00"),
    ],
)
def test_a_subsidy_is_what_the_figures_give_for_the_person(
    room: Room, category: str, amount: str, right: str
) -> None:
    entry = ("luanzhou", "agency", "premium-subsidy")
    room = room.at(entry[0])
    case = room.applied(entry)
    said = {"aid_category": category, "insured_year": "2026"}
    w = replace(work(entry, said, actor=9051), case_id=case.id, number=case.number, needs={"amount": amount})
    with pytest.raises(benefits.AmountDiffers, match=f"1人，2026年度.*请改为{right}") as refused:
        REGISTRY["funds.request_subsidy"](w)
    assert refused.value.details["amount"] == right
    assert not FiscalRequest.objects.exists()
    REGISTRY["funds.request_subsidy"](replace(w, needs={"amount": right}))
    fen = to_fen(right)
    assert [row.parts for row in FiscalRequest.objects.all()] == ([{"resident": fen}] if fen else [])


def test_a_subsidy_of_nobody_and_one_by_illustrations_are_refused(room: Room, settings: Any) -> None:
    entry = ("luanzhou", "agency", "premium-subsidy")
    room = room.at(entry[0])
    case = room.applied(entry)
    w = replace(work(entry, {}, actor=9051), case_id=case.id, number=case.number, needs={"amount": "240.00"})
    with pytest.raises(benefits.NotCovered, match="没有写明救助对象类别"):
        REGISTRY["funds.request_subsidy"](w)
    settings.JINGBAN_PAYS_ILLUSTRATIVE = False
    said = {"aid_category": "minimum-living", "insured_year": "2026"}
    with pytest.raises(benefits.OnlyIllustrative, match="资助最低生活保障对象"):
        REGISTRY["funds.request_subsidy"](replace(w, answers=said))
    assert not FiscalRequest.objects.exists()


def test_sent_back_to_review_nothing_is_owed(room: Room) -> None:
    view = room.approved(PARTS)
    view = room.house.act(view, "return")
    room.decided.clear()
    assert (balance("fund:employee:payable"), balance("fund:employee:expense")) == (0, 0)
    assert Payable.objects.get().reversed_on is not None
    room.decide(view, {"employee": 70_000})
    view = room.house.act(view, "approve", amount="700.00")
    assert balance("fund:employee:payable") == 70_000
    assert [p.turn for p in Payable.objects.order_by("pk")] == [1, 2]
    books_hold()


def test_after_a_bounce_the_case_may_go_back_to_review(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    room.returned({ids(room.sent(view))[0]: "失败|户名不符"})
    view = room.house.act(read(view.id)[0], "fix")
    view = room.house.act(view, "return")
    for kind in ("returned", "payable", "expense", "transit"):
        assert balance(f"fund:employee:{kind}") == 0
    room.decide(view, {"employee": 60_000})
    view = room.house.act(view, "approve", amount="600.00")
    view = room.house.act(view, "pay", actor=room.cashier)
    assert Payment.objects.get(state="prepared").amount_fen == 60_000
    books_hold()


def test_registered_by_hand_the_answer_is_booked_alone(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    for result in ("paid", "failed"):
        with pytest.raises(funds.NotSent, match="还没有送银行"):
            _tell(room, view, "payment-result", result)
    batch = room.sent(view)
    view = _tell(room, read(view.id)[0], "payment-result", "paid")
    assert (view.outcome, Payment.objects.get().state) == ("granted", "paid")
    done = room.returned({ids(batch)[0]: "成功"})
    assert (done.applied, done.refused) == (0, 1)
    books_hold()


def test_where_nothing_is_owed_nothing_moves(room: Room, settings: Any) -> None:
    view = room.house.act(room.applied(), "accept")
    view = room.house.act(view, "approve", amount="100.00")
    settings.JINGBAN_FUNDS_LIVE = True
    with pytest.raises(funds.NothingOwed):
        room.house.act(view, "pay", actor=room.cashier)
    settings.JINGBAN_FUNDS_LIVE = False
    view = room.house.act(view, "pay", actor=room.cashier)
    view = _tell(room, view, "payment-result", "paid")
    assert view.outcome == "granted"
    assert (Payable.objects.count(), Payment.objects.count(), ledger.Entry.objects.count()) == (0, 0, 0)


def test_a_procedure_that_is_only_tried_out(room: Room, settings: Any) -> None:
    """Without live funds the bank may be said to have answered what it never had; nothing is booked for it."""
    settings.JINGBAN_FUNDS_LIVE = False
    view = room.prepared(PARTS)
    view = _tell(room, view, "payment-result", "failed")
    assert (view.step, Payment.objects.get().state) == ("fix-account", "cancelled")
    view = room.house.act(view, "fix")
    view = room.house.act(view, "pay", actor=room.cashier)
    view = _tell(room, view, "payment-result", "paid")
    assert (view.outcome, Payment.objects.get(attempt=2).state) == ("granted", "prepared")
    assert balance("fund:employee:payable") == 80_000
    books_hold()
    room.batch(view)
    settings.JINGBAN_FUNDS_LIVE = True
    other = room.prepared(PARTS)
    with pytest.raises(funds.NotSent):
        _tell(room, other, "payment-result", "paid")


def test_a_decision_of_nothing_ends_the_case_without_the_bank(room: Room) -> None:
    view = room.house.act(room.applied(), "accept")
    room.decide(view, {"employee": 0})
    view = room.house.act(view, "approve", amount="0.00")
    view = room.house.act(view, "pay", actor=room.cashier)
    assert room.send(room.approve(room.batch(view))) is None, "no money, no file"
    payment = Payment.objects.get(case=view.id)
    assert (payment.state, payment.amount_fen, payment.reason) == ("paid", 0, "核定为零，不用付款")
    assert read(view.id)[0].outcome == "granted"
    assert list(funds.faults()) == []


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"payee_name": "=HYPERLINK(1)"}, "收款户名"),
        ({"bank_account": "12-34"}, "8至32位数字"),
        ({"bank": "银\u202e行"}, "开户行"),
        ({"bank_account": ""}, "没有收款账号"),
    ],
)
def test_a_payee_that_no_bank_can_pay_is_refused(said: dict[str, str], match: str) -> None:
    whole = {"payee_name": "张三", "bank": "试验银行", "bank_account": "6222000000000001"}
    w = replace(work(ENTRY, {}), answers={**whole, **said})
    with pytest.raises(funds.PayeeWrong, match=match):
        payees.payee_of(w)


def test_the_cashier_pays_a_list(room: Room) -> None:
    """One that is refused says why and holds nobody up; the same list again pays nobody twice."""
    room.own_account()
    room.money({"employee": 200_000})
    views = [room.approved({"employee": 10_000}) for _ in range(4)]
    views.append(room.house.act(room.approved({"employee": 20_000}), "pay", actor=room.cashier))
    stale = views[1]
    listed = [(v.id, v.seq) for v in views]
    listed[1] = (stale.id, stale.seq - 1)
    key = uuid4()
    for _ in range(2):
        lines = funds.pay_many(cases=listed, actor=room.cashier, key=key, now=room.now)
        assert [line.error is None for line in lines] == [True, False, True, True, False]
    assert Payment.objects.count() == 4
    assert {read(v.id)[0].step for v in views if v.id != stale.id} == {"await-bank"}
    assert read(stale.id)[0].step == "pay"
    assert all(Payment.objects.get(case=v.id).amount_fen == 10_000 for v in (views[0], views[2], views[3]))
    assert PaymentPart.objects.count() == 4
    with pytest.raises(Exception, match="岗位不能办理"):
        raise (
            funds.pay_many(cases=[(stale.id, stale.seq)], actor=room.checker, key=uuid4(), now=room.now)[
                0
            ].error
            or AssertionError
        )
    books_hold()


def test_a_list_with_what_bounced_and_what_is_kept_back(room: Room) -> None:
    room.own_account()
    room.money({"employee": 100_000})
    owing = room.prepared({"employee": 30_000}, person_id=7)
    bounced = room.prepared({"employee": 20_000})
    paid, failed = ids(room.sent(owing))
    room.returned({paid: "成功", failed: "失败|销户"})
    row = funds.propose_claim(
        case_id=owing.id, parts={"employee": 4_000}, cause="t", reason="多付", plan=funds.Plan("set-off"), person=7,
        actor=room.clerk, now=room.now,
    )  # fmt: skip
    funds.decide_recovery(row.pk, agrees=True, actor=room.checker, now=room.now)
    listed = [
        room.house.act(read(bounced.id)[0], "fix"),
        room.approved({"employee": 10_000}, person_id=7),
        room.approved({"employee": 5_000}, person_id=8),
    ]
    lines = funds.pay_many(
        cases=[(v.id, v.seq) for v in listed], actor=room.cashier, key=uuid4(), now=room.now
    )
    assert [line.error for line in lines] == [None, None, None]
    amounts = [Payment.objects.get(case=v.id, state="prepared").amount_fen for v in listed]
    assert amounts == [20_000, 6_000, 5_000]
    books_hold()


def test_a_trial_moves_no_money(room: Room) -> None:
    view = room.approved(PARTS)
    before = ledger.Entry.objects.count()
    w = replace(work(ENTRY, {}), case_id=view.id, trial=True)
    for name in [n for n in REGISTRY if n.startswith("funds.")]:
        REGISTRY[name](w)
    assert (ledger.Entry.objects.count(), Payment.objects.count()) == (before, 0)


def _tell(room: Room, view: CaseView, message: str, result: str, actor: Actor | None = None) -> CaseView:
    return actions.told(
        case_id=view.id,
        message=message,
        result=result,
        key=uuid4(),
        now=room.now,
        actor=actor or actions.NOBODY,
    )


def _to(room: Room, view: CaseView, step: str) -> CaseView:
    """By the first act of every step."""
    for _ in range(9):
        if view.step == step:
            return view
        process = room.house.procedure(view).process.steps[view.step]
        if process.notice:
            room.house.now = view.state.timer
            actions.caught_up(view, room.house.now)
            view = read(view.id)[0]
        else:
            by = staff(2000 + sum(map(ord, view.step)), *process.by, region=view.region)
            view = room.house.act(view, next(iter(process.do)), actor=by)
    raise AssertionError(view.step)
