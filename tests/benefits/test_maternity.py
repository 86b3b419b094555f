"""Maternity by real cases: fees, checks of a pregnancy over the turn of a year, the allowance, the subsidy; aid and rewards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jingban.benefits import service as benefits
from jingban.benefits.models import Decision, MedicalEvent
from jingban.benefits.rules.birth import Event
from jingban.benefits.rules.model import NotEntitled
from jingban.benefits.service import BillWrong, Decided, EventDraft, NoBill, NotCovered, Settled
from jingban.benefits.verify import faults
from jingban.cases.view import CaseView
from jingban.registry import aid
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
    days = next(s["amount"] for s in done.results[0]["steps"] if s["key"] == "days")
    assert days == 188
    assert done.fund_fen == int((Decimal(654321) * 188 / 30).quantize(Decimal(1)))
    assert (done.parts, done.event, done.event_on) == ({"maternity": done.fund_fen}, "birth", BORN)
    (line,) = benefits.allowance_sheet([view.id])
    assert (line.days, line.wage, line.amount) == (188, 654321, done.fund_fen)
    assert line.unit.startswith("试验第")


def test_one_birth_is_paid_once(house: House) -> None:
    make.insured(1, sex="female")
    first = make.opened(house, make.ALLOWANCE, sex="female")
    told(house, first)
    make.approved(house, first)
    again = make.opened(house, make.ALLOWANCE, sex="female")
    told(house, again, make.birth(date(2026, 1, 22)))
    with pytest.raises(Decided, match=f"已经在办件{first.number}核定过，一次生育"):
        work_out(house, again)
    told(house, again, EventDraft(Event("miscarriage", date(2025, 3, 1), months=2)))
    assert work_out(house, again).fund > 0


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


def test_aid_comes_after_insurance_on_the_same_receipts(house: House) -> None:
    person = make.insured(1, kind="1501")
    aid.grant(make.made.origin(day=date(2026, 1, 2)), person, "minimum-living", date(2026, 1, 2))
    basic = make.opened(house, make.INPATIENT)
    bill = make.stay("30000.00", level="3")
    make.entered(house, basic, bill)
    make.approved(house, basic)
    view = make.opened(house, AID)
    make.entered(house, view, bill)  # the same invoice, for another purpose
    with pytest.raises(BillWrong, match="先保险后救助"):
        work_out(house, view)
    settled = benefits.settled_of(basic.id)
    assert settled is not None
    (row,) = benefits.bills_of(view.id)
    benefits.correct_bill(row, replace(bill, settled=settled), actor=make.CLERK, now=house.now)
    done = make.approved(house, view)
    assert set(done.parts) == {"aid"}
    assert done.total_fen == done.fund_fen + done.person_fen + done.others_fen
    with pytest.raises(benefits.InvoiceUsed):
        make.entered(house, make.opened(house, AID), bill)


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
    assert "甲某" not in str(done.results), "who reported stays in the sealed case"
    assert list(faults()) == []


def test_who_does_not_want_a_reward_gets_none(house: House) -> None:
    view = reported(house)
    with pytest.raises(NotEntitled, match="举报人不愿意领取奖励"):
        house.act(view, "award", actor=staff(80, "head", region=view.region), amount="1500.00",
                  reward_grade="1", reward_insider="no")  # fmt: skip
    assert Decision.objects.count() == 0
