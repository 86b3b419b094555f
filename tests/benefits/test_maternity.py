"""Maternity by real cases: fees, checks of a pregnancy over the turn of a year, the allowance, the subsidy; aid and rewards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from jingban.benefits import books, decisions, drafts
from jingban.benefits import service as benefits
from jingban.benefits.kept import facts_of
from jingban.benefits.models import Decision, MedicalEvent
from jingban.benefits.rules.birth import Event, is_same_event
from jingban.benefits.rules.model import NotEntitled
from jingban.benefits.service import BillWrong, Decided, EventDraft, NoBill, NotCovered, OwnBill, Settled
from jingban.benefits.verify import faults
from jingban.cases.view import CaseView, read
from jingban.registry import aid
from jingban.registry.models import Unit
from jingban.rulebook.cache import effective_all
from tests.benefits import factories as make
from tests.houses import House, answers_for, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

MEDICAL = ("puyang", "agency", "maternity-medical")
CHECKS = ("puyang", "agency", "prenatal-check")
SUBSIDY = ("puyang", "agency", "birth-subsidy")
AID = ("puyang", "agency", "medical-aid-reimbursement")
BORN = date(2026, 1, 20)


def told(house: House, view: CaseView, draft: EventDraft | None = None) -> MedicalEvent:
    return benefits.enter_event(view.id, draft or make.birth(BORN), actor=make.CLERK, now=house.now)


def work_out(house: House, view: CaseView) -> benefits.Outcome:
    found = benefits.work_out(house.fresh(view), actor=make.REVIEWER, now=house.now)
    assert found is not None
    return found


def delivery(amount: str = "6000.00", number: str = "1") -> Any:
    return make.stay(amount, number, care="delivery", began_on=BORN, ended_on=BORN, day=BORN, lines=(
        make.line(amount, code="DEMO-I-006", day=BORN, name="分娩"),
    ))  # fmt: skip


def test_the_allowance_is_worked_out_from_the_records_and_the_register(house: House) -> None:
    """6543.21 × 188 ÷ 30 (98 days and Henan's three months), rounded once."""
    make.insured(1, sex="female")
    view = make.opened(house, make.ALLOWANCE, sex="female")
    with pytest.raises(NoBill, match="还没有录入生育信息"):
        work_out(house, view)
    told(house, view)
    done = make.approved(house, view)
    days = next(s["amount"] for s in benefits.results_of(done)[0]["steps"] if s["key"] == "days")
    assert days == 188
    assert done.fund_fen == int((Decimal(654321) * 188 / 30).quantize(Decimal(1)))
    assert (done.parts, facts_of(done).event, facts_of(done).event_on) == (
        {"maternity": done.fund_fen}, "birth", BORN,
    )  # fmt: skip
    (line,) = benefits.allowance_sheet([view.id])
    assert (line.days, line.wage, line.amount) == (188, 654321, done.fund_fen)
    assert line.unit.startswith("试验第")


def test_a_new_unit_has_no_wage_of_last_year(house: House) -> None:
    make.insured(1, sex="female", start_on=date(2026, 1, 1))
    Unit.objects.update(start_on=date(2026, 1, 1))
    view = make.opened(house, make.ALLOWANCE, sex="female")
    benefits.enter_event(view.id, make.birth(), actor=make.CLERK, now=house.now)
    done = make.approved(house, view)
    # 6,543.21 × 188 ÷ 30, by the months of the year in which the unit began
    assert done.fund_fen == 4_100_412
    assert benefits.allowance_line(done).wage == 654_321


def test_one_birth_is_paid_once(house: House) -> None:
    make.insured(1, sex="female")
    first = make.opened(house, make.ALLOWANCE, sex="female")
    told(house, first)
    make.approved(house, first)
    again = make.opened(house, make.ALLOWANCE, sex="female")
    told(house, again, make.birth(date(2026, 1, 22)))
    with pytest.raises(Decided, match=f"已经在办件{first.number}核定过.*一次生育"):
        work_out(house, again)
    told(house, again, EventDraft(Event("miscarriage", date(2025, 3, 1), months=2)))
    assert work_out(house, again).fund > 0


def test_who_entered_the_event_before_it_was_corrected_does_not_decide(house: House) -> None:
    make.insured(1, sex="female")
    view = make.opened(house, make.ALLOWANCE, sex="female")
    benefits.enter_event(view.id, make.birth(date(2026, 1, 12)), actor=make.REVIEWER, now=house.now)
    told(house, view)
    with pytest.raises(OwnBill, match="您本人录入或录入过"):
        make.approved(house, view)


NEAR = [
    # first, then, whether it is the same
    (Event("birth", BORN), Event("birth", BORN - timedelta(days=180)), True),
    (Event("birth", BORN), Event("birth", BORN - timedelta(days=181)), False),
    (Event("miscarriage", BORN, months=2), Event("miscarriage", BORN + timedelta(days=1), months=2), True),
    (Event("miscarriage", BORN, months=2), Event("miscarriage", BORN - timedelta(days=30), months=3), True),
    (Event("miscarriage", BORN, months=2), Event("miscarriage", BORN - timedelta(days=31), months=3), False),
    (Event("birth", BORN), Event("miscarriage", BORN + timedelta(days=2), months=7), True),
    (Event("operation", BORN, operation="iud-in"), Event("operation", BORN + timedelta(days=1), operation="iud-in"), True),
    (Event("operation", BORN, operation="iud-out"), Event("operation", BORN + timedelta(days=1), operation="iud-in"), False),
    (Event("birth", BORN, operation="iud-in"), Event("operation", BORN + timedelta(days=3), operation="iud-in"), True),
    (Event("birth", BORN), Event("operation", BORN + timedelta(days=3), operation="iud-in"), False),
    (Event("prenatal", BORN), Event("birth", BORN), False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), NEAR)
def test_which_two_events_can_only_be_one(one: Event, other: Event, same: bool) -> None:
    assert is_same_event(one, other) is same
    assert is_same_event(other, one) is same


def test_a_miscarriage_a_day_apart_is_the_same(house: House) -> None:
    make.insured(1, sex="female")
    first = make.opened(house, make.ALLOWANCE, sex="female")
    told(house, first, EventDraft(Event("miscarriage", BORN, months=2)))
    make.approved(house, first)
    again = make.opened(house, make.ALLOWANCE, sex="female")
    told(house, again, EventDraft(Event("miscarriage", BORN + timedelta(days=1), months=2)))
    with pytest.raises(
        Decided, match=f"{BORN}的流产已经在办件{first.number}核定过生育津贴.*请核对日期和病历"
    ):
        work_out(house, again)
    told(house, again, EventDraft(Event("miscarriage", BORN - timedelta(days=31), months=2)))
    assert work_out(house, again).fund > 0, "another one, a month before, is paid"


def test_a_spouse_without_work_gets_fees_and_no_allowance(house: House) -> None:
    make.insured(1)
    view = make.opened(house, make.ALLOWANCE)
    with pytest.raises(NoBill, match="请填写配偶姓名"):
        told(house, view, EventDraft(Event("birth", BORN), role="spouse"))
    spouse = EventDraft(Event("birth", BORN), role="spouse", patient_name="李四")
    told(house, view, spouse)
    with pytest.raises(Exception, match="未就业配偶享受生育医疗费用，不享受生育津贴"):
        work_out(house, view)
    subsidy = make.opened(house, SUBSIDY, spouse_name="李四")
    told(house, subsidy, spouse)
    bill = replace(delivery(), patient="spouse", patient_name="李四")
    paper = replace(bill.invoices[0], payer="李四")
    cousin = replace(bill, patient_name="王小二", invoices=(replace(paper, payer="王小二"),))
    with pytest.raises(BillWrong, match="和申请表填写的未就业配偶姓名不同"):
        make.entered(house, subsidy, cousin)
    make.entered(house, subsidy, replace(bill, invoices=(paper,)))
    done = make.approved(house, subsidy)
    assert 0 < done.fund_fen <= 600000
    assert done.parts == {"maternity": done.fund_fen}


def test_who_was_not_insured_at_the_birth_gets_nothing(house: House) -> None:
    make.insured(1, sex="female", start_on=date(2026, 2, 1))
    view = make.opened(house, make.ALLOWANCE, sex="female")
    told(house, view)
    with pytest.raises(NotCovered, match="2026年1月20日没有参保"):
        work_out(house, view)


def test_an_event_cannot_lie_in_the_future_and_is_sealed(house: House) -> None:
    make.insured(1, sex="female")
    view = make.opened(house, make.ALLOWANCE, sex="female")
    with pytest.raises(NoBill, match="2026-03-03还没有到"):
        told(house, view, make.birth(date(2026, 3, 3)))
    row = told(house, view, make.birth(BORN, way="caesarean"))
    assert b"caesarean" not in bytes(row.content)
    told(house, view, make.birth(BORN))
    found = benefits.event_of(view.id)
    assert found is not None
    assert found.event.way == "natural"
    assert MedicalEvent.objects.filter(removed_at__isnull=True).count() == 1


def test_all_bills_of_a_birth_share_one_standard(house: House) -> None:
    make.insured(1, sex="female")
    whole = make.opened(house, MEDICAL, sex="female")
    told(house, whole)
    make.entered(house, whole, delivery("9000.00", "1"))
    alone = work_out(house, whole).fund
    make.entered(house, whole, delivery("5000.00", "2"))
    assert work_out(house, whole).fund == alone, "a second bill does not bring a second quota"
    assert make.approved(house, whole).total_fen == 1400000


def test_checks_of_one_pregnancy_share_one_cap_over_the_turn_of_the_year(house: House) -> None:
    make.insured(1, sex="female")
    due = date(2026, 3, 20)
    cap = None
    paid = 0
    for n, day in enumerate((date(2025, 11, 5), date(2025, 12, 30), date(2026, 1, 12))):
        view = make.opened(house, CHECKS, sex="female")
        told(house, view, EventDraft(Event("prenatal", due)))
        bill = make.bill("800.00", f"{n}", day=day, care="prenatal", lines=(
            make.line("800.00", code="DEMO-I-007", day=day, name="产前检查"),
        ))  # fmt: skip
        make.entered(house, view, bill)
        done = make.approved(house, view)
        paid += done.fund_fen
        cap = max(cap or 0, paid)
    assert paid == cap == 100000, "the illustrative cap of a pregnancy is 1,000.00"
    assert {d.year for d in Decision.objects.all()} == {2026}
    assert list(faults()) == []


def aided(category: str) -> Any:
    """A resident on the aid register: of the marginal families (低保边缘) who are aided after insurance, or of the poor."""
    person = make.insured(1, kind="1501")
    aid.grant(make.made.origin(day=date(2026, 1, 2)), person, category, date(2026, 1, 2))
    return person


def reimbursed(house: House, *bills: Any) -> Decision:
    basic = make.opened(house, make.INPATIENT)
    for bill in bills:
        make.entered(house, basic, bill)
    return make.approved(house, basic)


STAY = make.stay("60000.00", level="3")


def test_aid_comes_after_insurance_by_what_our_own_decision_says(house: House) -> None:
    aided("marginal")
    basic = reimbursed(house, STAY)
    assert "aid" not in basic.parts
    view = make.opened(house, AID)
    row = make.entered(
        house, view, STAY
    )  # the same receipt, for another purpose; nothing typed of the settlement
    known = benefits.settled_of(STAY.invoices)
    assert known is not None
    assert known.settled == Settled(in_scope=basic.amounts["in_scope"], insurance=basic.fund_fen)
    assert drafts.content(row).settled == known.settled
    wrong = replace(STAY, settled=Settled(in_scope=basic.amounts["in_scope"], insurance=0))
    with pytest.raises(BillWrong, match=f"在办件{basic.case.number}报销的：.*账单上是.*请按核定结果更正"):
        benefits.correct_bill(row, wrong, actor=make.CLERK, now=house.now)
    done = make.approved(house, view)
    assert set(done.parts) == {"aid"}
    assert done.total_fen == done.fund_fen + done.person_fen + done.others_fen
    with pytest.raises(benefits.InvoiceUsed, match="一张票据只能救助一次"):
        make.entered(house, make.opened(house, AID), STAY)


def test_aid_belongs_to_the_year_and_the_care_of_its_insurance(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stay over the year's end counts by its admission, where the region has it so; a visit is not aided at all."""
    aided("marginal")
    changed, name = dict(books.current(make.REGION)), "settlement.year-of-stay"
    begin = changed[name].values[date(2021, 1, 1)]
    assert begin is not None
    values = {date(2021, 1, 1): begin.model_copy(update={"value": "begin"})}
    changed[name] = changed[name].model_copy(update={"values": values})
    monkeypatch.setattr(books, "figures", lambda region: changed)
    over = replace(
        STAY, began_on=date(2025, 12, 28), settled=Settled(in_scope=6_000_000, insurance=3_000_000)
    )
    view = make.opened(house, AID)
    row = make.entered(house, view, over)
    found = work_out(house, view)
    assert found.fund > 0
    benefits.correct_bill(
        row, replace(over, care="outpatient", began_on=make.DAY), actor=make.CLERK, now=house.now
    )
    assert work_out(house, view).fund == 0
    benefits.correct_bill(benefits.bills_of(view.id)[0], over, actor=make.CLERK, now=house.now)
    done = make.approved(house, view)
    assert (done.year, done.fund_fen) == (2025, found.fund)


def test_what_was_aided_together_with_the_insurance_is_not_aided_again(house: House) -> None:
    aided("minimum-living")
    basic = reimbursed(house, STAY)
    assert basic.parts["aid"] > 0, "一站式"
    view = make.opened(house, AID)
    for settled in (None, Settled(in_scope=5_000_000, insurance=3_000_000)):
        with pytest.raises(
            benefits.InvoiceUsed, match=f"在办件{basic.case.number}报销时已经一并结算了医疗救助"
        ):
            make.entered(house, view, replace(STAY, settled=settled))
    decisions.undo(basic.case_id, actor=1, now=house.now, why="退回")
    with pytest.raises(BillWrong, match="还没有核定或者已经撤销；先保险后救助"):
        make.entered(house, view, STAY)


def test_aid_that_was_entered_before_the_insurance_was_decided_is_held_to_it(house: House) -> None:
    """A settlement is typed as a hospital's, then the same receipt is reimbursed here with aid: one of both is refused."""
    aided("minimum-living")
    view = make.opened(house, AID)
    typed = replace(STAY, settled=Settled(in_scope=6_000_000, insurance=3_000_000))
    make.entered(house, view, typed)
    basic = reimbursed(house, STAY)
    with pytest.raises(benefits.InvoiceUsed, match=f"在办件{basic.case.number}报销时已经一并结算了医疗救助"):
        work_out(house, view)
    decisions.undo(basic.case_id, actor=1, now=house.now, why="退回")
    house.act(house.fresh(view), "refuse")


def test_insurance_does_not_pay_receipts_again_that_were_aided_as_settled_elsewhere(house: House) -> None:
    aided("minimum-living")
    view = make.opened(house, AID)
    make.entered(house, view, replace(STAY, settled=Settled(in_scope=6_000_000, insurance=3_000_000)))
    make.approved(house, view)
    basic = make.opened(house, make.INPATIENT)
    make.entered(house, basic, STAY)
    for _ in range(2):
        with pytest.raises(
            benefits.InvoiceUsed, match=f"已经在办件{view.number}支付过医疗救助，当时政策范围内费用60,000"
        ):
            work_out(house, basic)
    with pytest.raises(benefits.InvoiceUsed):
        make.approved(house, basic, "1.00")


def test_a_reimbursement_that_was_sent_back_and_comes_out_the_same_fits_its_aid(house: House) -> None:
    aided("marginal")
    basic = reimbursed(house, STAY)
    view = make.opened(house, AID)
    make.entered(house, view, STAY)
    make.approved(house, view)
    first = read(basic.case_id)[0]
    house.act(first, "return", actor=staff(60, "cashier"))
    assert make.approved(house, first).fund_fen == basic.fund_fen
    house.act(house.fresh(first), "return", actor=staff(60, "cashier"))
    (row,) = benefits.bills_of(first.id)
    benefits.correct_bill(row, replace(STAY, level="1"), actor=make.CLERK, now=house.now)
    with pytest.raises(benefits.InvoiceUsed, match="和这次核定的不同"):
        work_out(house, first)


def test_receipts_are_brought_for_aid_as_they_were_for_insurance(house: House) -> None:
    aided("marginal")
    two = tuple(make.invoice("30000.00", number) for number in ("21", "22"))
    both = replace(STAY, invoices=two)
    other = make.stay("9000.00", "23")
    basic = reimbursed(house, both, other)
    view = make.opened(house, AID)
    one = replace(make.stay("30000.00", level="3"), invoices=two[:1])
    mixed = replace(make.stay("90000.00"), invoices=(*two, make.invoice("30000.00", "99")))
    for wrong in (one, mixed):
        with pytest.raises(BillWrong, match=f"和报销时（办件{basic.case.number}）不一致"):
            make.entered(house, view, wrong)
    whole = replace(make.stay("69000.00"), invoices=(*two, *other.invoices))
    row = make.entered(house, view, whole)
    assert drafts.content(row).settled == Settled(basic.amounts["in_scope"], basic.fund_fen)


def test_what_others_paid_of_an_aided_bill_is_not_left_out(house: House) -> None:
    aided("marginal")
    paid = replace(STAY, accident="paying", third_party_paid=1_000_000, commercial=500_000)
    basic = reimbursed(house, paid)
    view = make.opened(house, AID)
    for wrong, words in (
        (replace(paid, accident="none", third_party_paid=0), r"第三人已付10,000\.00元，账单上是0\.00元"),
        (replace(paid, commercial=0), r"商业保险已付5,000\.00元，账单上是0\.00元"),
    ):
        with pytest.raises(BillWrong, match=words):
            make.entered(house, view, wrong)
    make.entered(house, view, paid)
    found = work_out(house, view)
    # 60,000 in scope, less the third party's 10,000 and what insurance paid
    step = next(step for step in found.results[0]["steps"] if step["key"] == "aid")
    assert f"{(6_000_000 - 1_000_000 - basic.fund_fen) / 100:,.2f}" in step["formula"]
    assert found.others == basic.fund_fen + 1_500_000


def test_aid_follows_what_the_insurance_gives_once_an_earlier_stay_is_undone(house: House) -> None:
    aided("marginal")
    first = reimbursed(house, make.stay("20000.00", "0000000009", level="3"))
    basic = reimbursed(house, STAY)
    view = make.opened(house, AID)
    make.entered(house, view, STAY)
    done = make.approved(house, view)
    decisions.undo(first.case_id, actor=9, now=house.now, why="录错")
    # The second stay is the first now, its deductible is the whole one: insurance gives less, and aid of what it left more.
    less, more = (benefits.standing_decision(row.case_id) for row in (basic, done))
    assert less is not None
    assert more is not None
    assert less.fund_fen < basic.fund_fen
    assert more.amounts["insured"] == less.fund_fen
    assert more.fund_fen > done.fund_fen
    assert make.open_parts(done.case_id) == {"aid": more.fund_fen - done.fund_fen}
    assert list(faults()) == []


def test_aid_waits_until_an_accident_is_cleared_up(house: House) -> None:
    aided("minimum-living")
    view = make.opened(house, AID)
    settled = Settled(in_scope=6_000_000, insurance=3_000_000)
    make.entered(house, view, replace(STAY, accident="unknown", settled=settled))
    with pytest.raises(BillWrong, match="还没有查明有没有第三人责任"):
        work_out(house, view)


def test_aid_is_for_who_is_recognised(house: House) -> None:
    make.insured(1, kind="1501")
    view = make.opened(house, AID)
    make.entered(house, view, make.stay(settled=Settled(in_scope=1500000, insurance=900000)))
    with pytest.raises(NotCovered, match="不是登记在册的救助对象"):
        work_out(house, view)


def reported(house: House, **answers: str) -> CaseView:
    """A tip-off that was found true, with a loss of 50,000."""
    entry = next((e.region, e.tier, e.item) for e in effective_all() if e.item == "report-reward")
    form = answers_for(house.version(entry).item)
    view = house.apply(entry, channel="window", answers={**form, **answers})
    while view.step != "reward":
        act = next(iter(house.procedure(view).process.steps[view.step].do))
        view = house.act(view, act, **({"amount": "50000.00"} if act == "verified" else {}))
    return view


def test_a_tip_off_is_rewarded_by_what_was_found(house: House) -> None:
    view = reported(house, reward_wanted="yes", joint_reporters="甲某")
    head = staff(80, "head", region=view.region)
    said = {"reward_grade": "1", "reward_insider": "no"}
    with pytest.raises(benefits.AmountDiffers, match=r"请改为1500\.00"):
        house.act(view, "award", actor=head, amount="1.00", **said)
    house.act(view, "award", actor=head, amount="1500.00", **said)
    done = benefits.standing_decision(view.id)
    assert done is not None
    assert (done.person, done.parts, done.amounts["share:2"]) == (None, {"reward": 150000}, 75000)
    assert "甲某" not in str(benefits.results_of(done)), "who reported stays in the sealed case"
    assert list(faults()) == []


def test_who_does_not_want_a_reward_gets_none(house: House) -> None:
    view = reported(house)
    with pytest.raises(NotEntitled, match="举报人不愿意领取奖励"):
        house.act(view, "award", actor=staff(80, "head", region=view.region), amount="1500.00",
                  reward_grade="1", reward_insider="no")  # fmt: skip
    assert Decision.objects.count() == 0
