"""Deciding: what the registers say counts as of the day of care, the right amount is demanded, undone is done again."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings

from jingban.benefits import adjustments, books, decisions
from jingban.benefits import service as benefits
from jingban.benefits.kept import facts_of
from jingban.benefits.models import Adjustment, Bill, Decision, FigureBook, Kind, PersonYear
from jingban.benefits.outcomes import is_as_decided, recomputed
from jingban.benefits.service import (
    AmountDiffers,
    BillDraft,
    BillWrong,
    NoBill,
    NotCovered,
    OnlyIllustrative,
    OwnBill,
)
from jingban.benefits.verify import faults
from jingban.cases.view import CaseView
from jingban.cases.work import work_now
from jingban.core.parameters import DatedValue, Parameter, Reference
from jingban.registry import enrolments, filings, recognitions
from jingban.registry.models import OffsiteFiling, PaidBenefit
from jingban.registry.preview import preview
from jingban.registry.service import BenefitPaid
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from tests.benefits import factories as make
from tests.houses import House, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

BAZHOU = ("bazhou", "agency", "outpatient-reimbursement")
THERE = "131081"


def visit(amount: str, number: str, *, day: date = make.DAY, **rest: Any) -> BillDraft:
    """A visit at home in the region with a deductible of 100 a year and 60 %."""
    return make.bill(amount, number, day=day, **{"place_code": THERE, **rest})


def outcome(house: House, view: CaseView) -> benefits.Outcome:
    found = benefits.work_out(house.fresh(view), actor=make.REVIEWER, now=house.now)
    assert found is not None
    return found


def test_the_right_amount_is_demanded(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view)
    reviewer = staff(make.REVIEWER, "reviewer")
    with pytest.raises(AmountDiffers, match=r"应支付282\.00元，填写的是300\.00元；请改为282\.00") as told:
        house.act(view, "approve", actor=reviewer, amount="300.00")
    assert told.value.details["amount"] == "282.00"
    assert (Decision.objects.count(), house.fresh(view).step) == (0, "review")
    done = make.approved(house, view, "282.00")
    assert (done.total_fen, done.fund_fen, done.person_fen, done.parts) == (
        50000,
        28200,
        21800,
        {"employee": 28200},
    )
    assert (done.year, done.rank, done.turn, done.insurance) == (2026, 1, 1, "employee")
    bill = Bill.objects.get()
    assert (bill.checked_by, bill.entered_by) == (make.REVIEWER, make.CLERK)


def test_without_a_bill_nothing_is_decided(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    with pytest.raises(NoBill, match="还没有录入费用账单"):
        house.act(view, "approve", actor=staff(make.REVIEWER, "reviewer"), amount="0.00")
    assert house.fresh(view).step == "review"


def test_who_entered_the_bill_does_not_decide_it(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view, actor=make.REVIEWER)
    with pytest.raises(OwnBill, match="您本人录入"):
        make.approved(house, view)


def test_who_entered_what_was_corrected_since_does_not_decide_it_either(house: House) -> None:
    """A slip of typing put right by a colleague makes nobody the judge of his own bill."""
    make.insured(1)
    view = make.opened(house)
    first = make.entered(house, view, make.bill("480.00"), actor=make.REVIEWER)
    for amount in ("490.00", "500.00"):
        first = benefits.correct_bill(first, make.bill(amount), actor=make.CLERK, now=house.now)
    with pytest.raises(OwnBill, match="您本人录入或录入过"):
        make.approved(house, view)
    house.act(
        house.fresh(view), "approve", actor=staff(33, "reviewer"), amount=make.right_amount(house, view)
    )
    assert benefits.standing_decision(view.id) is not None


def test_who_enters_and_settles_in_one_act_may(house: House) -> None:
    """F14: the entry desk types the bill and settles; review was before, who pays checks."""
    tier = next(e.tier for e in effective_all() if (e.region, e.item) == ("luanzhou", "manual-reimbursement"))
    entry = ("luanzhou", tier, "manual-reimbursement")
    make.insured(1, region=entry[0])
    view = make.opened(house, entry)
    view = house.act(view, "approve", actor=staff(40, "reviewer", region=entry[0]))
    make.entered(house, view, make.bill(place_code="130284"), actor=41)
    amount = make.right_amount(house, view)
    house.act(view, "enter", actor=staff(41, "entry", region=entry[0]), amount=amount)
    found = benefits.standing_decision(view.id)
    assert found is not None
    assert (found.actor, Bill.objects.get().checked_by) == (41, None)


def test_illustrations_are_not_paid_by_in_production(house: House, settings: LazySettings) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view)
    amount = make.right_amount(house, view)
    settings.JINGBAN_PAYS_ILLUSTRATIVE = False
    with pytest.raises(OnlyIllustrative, match="示例值（.*门诊.*不能据以支付") as told:
        make.approved(house, view, amount)
    assert "resident-" not in told.value.message, "figures are told by their names, their keys go beside"
    settings.JINGBAN_PAYS_ILLUSTRATIVE = True
    assert make.approved(house, view, amount).is_illustrative


def test_production_does_not_pay_by_illustrations(monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    import jingban.settings.base as base

    text = (Path(base.__file__).parent / "production.py").read_text(encoding="utf-8")
    assert "JINGBAN_PAYS_ILLUSTRATIVE = False" in text
    assert base.JINGBAN_PAYS_ILLUSTRATIVE is True


# Who is insured


def test_who_was_not_insured_on_the_day_is_refused_with_the_reason(house: House) -> None:
    make.insured(1, start_on=date(2026, 2, 1))
    view = make.opened(house)
    make.entered(house, view)
    with pytest.raises(NotCovered, match="2026年1月15日没有参保.*基金不能支付"):
        outcome(house, view)


def test_who_is_suspended_is_refused(house: House) -> None:
    person = make.insured(1)
    enrolments.suspend(make.made.origin(day=date(2026, 1, 10)), person, date(2026, 1, 10))
    view = make.opened(house)
    make.entered(house, view)
    with pytest.raises(NotCovered, match="2026年1月15日参保已暂停"):
        outcome(house, view)


def test_who_still_waits_is_refused_and_a_stay_is_paid_from_the_day_that_pays(house: House) -> None:
    person = make.insured(1)
    person.enrolments.update(benefit_from=date(2026, 1, 15))
    view = make.opened(house, make.INPATIENT)
    early = make.line("100.00", day=date(2026, 1, 14), name="床位费")
    late = make.line("900.00", day=date(2026, 1, 15))
    bill = make.stay("1000.00", began_on=date(2026, 1, 14), lines=(early, late))
    make.entered(house, view, bill)
    found = outcome(house, view)
    assert (found.amounts["own_pay"], found.amounts["in_scope"]) == (10000, 90000)
    assert any("发生在待遇等待期内" in step["formula"] for step in found.results[0]["steps"])
    other = make.opened(house)
    make.entered(house, other, make.bill(number="8", day=date(2026, 1, 14)))
    with pytest.raises(NotCovered, match="待遇自2026年1月15日起享受，2026年1月14日还在等待期内"):
        outcome(house, other)


@pytest.mark.parametrize(
    ("kind", "insurance", "fund"), [("1101", "employee", "employee"), ("1501", "resident", "resident")]
)
def test_the_insurance_of_the_day_pays(house: House, kind: str, insurance: str, fund: str) -> None:
    make.insured(1, kind=kind)
    done = make.decided(house, make.bill())
    assert (done.insurance, set(done.parts)) == (insurance, {fund})


def test_the_retired_get_more(house: House) -> None:
    make.insured(1)
    make.insured(2, kind="1201")
    one = make.decided(house, make.bill())
    two = make.decided(house, make.bill(number="2"), 2)
    assert two.fund_fen > one.fund_fen


def test_the_day_of_care_is_insured_from_now_on(house: House) -> None:
    person = make.insured(1)
    done = make.decided(house, make.bill())
    assert list(PaidBenefit.objects.values_list("on", flat=True)) == [make.DAY]
    with pytest.raises(BenefitPaid):
        enrolments.end(make.made.origin(day=date(2026, 3, 2)), person, date(2026, 1, 10), "left")
    decisions.undo(done.case_id, actor=1, now=house.now, why="退回")
    assert not PaidBenefit.objects.exists()


# Where care was given


def test_an_unfiled_place_is_paid_less_than_a_filed_one(house: House) -> None:
    person = make.insured(1)
    away = make.stay(place_code="310115", level="3")
    view = make.opened(house, make.INPATIENT)
    bill = make.entered(house, view, away)
    unfiled = outcome(house, view)
    origin = make.made.origin(day=date(2026, 1, 2))
    filings.file(
        origin, person,
        filings.Wanted(category="long-term", places=("310000",), start_on=date(2026, 1, 2),
                       applied_on=date(2026, 1, 2), basis="papers"),
    )  # fmt: skip
    filed = outcome(house, view)
    assert filed.fund > unfiled.fund
    text = "".join(step["formula"] for step in unfiled.results[0]["steps"])
    assert "异地就医未备案" in text
    text = "".join(step["formula"] for step in filed.results[0]["steps"])
    assert "未备案" not in text
    OffsiteFiling.objects.all().update(start_on=date(2026, 2, 1))
    benefits.correct_bill(bill, replace(away, emergency=True), actor=make.CLERK, now=house.now)
    urgent = outcome(house, view)
    assert urgent.fund >= unfiled.fund, "urgent care counts as filed"
    assert "异地急诊抢救（视同已备案）" in "".join(step["formula"] for step in urgent.results[0]["steps"])
    OffsiteFiling.objects.all().update(
        start_on=date(2026, 1, 2), group="temporary", category="other-temporary"
    )
    assert outcome(house, view).fund == urgent.fund, "and is not worse for a filing of something else"
    OffsiteFiling.objects.all().update(category="emergency")
    benefits.correct_bill(benefits.bills_of(view.id)[0], away, actor=make.CLERK, now=house.now)
    assert outcome(house, view).fund == urgent.fund, "filed as urgent"


def test_a_filing_after_the_stay_counts_by_the_day_of_admission(house: House) -> None:
    person = make.insured(1)
    origin = make.made.origin(day=date(2026, 2, 2))
    filings.file(
        origin, person,
        filings.Wanted(category="other-temporary", places=("310000",), start_on=date(2026, 2, 2),
                       applied_on=date(2026, 2, 2), basis="papers"),
    )  # fmt: skip
    view = make.opened(house, make.INPATIENT)
    make.entered(house, view, make.stay(place_code="310115", level="3"))
    assert "异地就医未备案" in "".join(step["formula"] for step in outcome(house, view).results[0]["steps"])


# What the lines are


def test_lines_are_priced_by_the_catalogue_of_their_own_day(house: House) -> None:
    """乙类 10 % without a limit until 2024, 5 % and at most 1.20 a piece from 2025."""
    make.insured(1)
    view = make.opened(house, make.INPATIENT)
    old, new = date(2024, 12, 31), date(2025, 1, 1)
    lines = tuple(
        make.line("200.00", code="DEMO-D-005", day=day, quantity=Decimal(100), price=Decimal("2.00"))
        for day in (old, new)
    )
    bill = make.stay("400.00", began_on=old, ended_on=new, day=new, lines=lines)
    make.entered(house, view, bill)
    amounts = outcome(house, view).amounts
    # 2024: 200 × 10 % = 20 first; 2025: 80 above the limit, 120 × 5 % = 6 first.
    assert (amounts["over_limit"], amounts["pre_self"], amounts["in_scope"]) == (8000, 2600, 29400)


def test_what_is_in_no_list_is_the_persons_own(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    lines = (make.line("300.00"), make.line("150.00", code="UNKNOWN"), make.line("50.00", code="DEMO-D-006"))
    make.entered(house, view, make.bill(lines=lines))
    found = outcome(house, view)
    assert (found.amounts["own_pay"], found.amounts["in_scope"]) == (20000, 30000)
    said = next(step["formula"] for step in found.results[0]["steps"] if step["key"] == "own_pay")
    assert "不在医保目录内" in said
    assert "150.00" in said


def test_a_limited_use_has_to_be_answered(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    asked = make.line(
        "500.00", code="DEMO-D-003", name="人血白蛋白", quantity=Decimal(2), price=Decimal("250")
    )
    bill = make.entered(house, view, make.bill(lines=(asked,)))
    with pytest.raises(BillWrong, match="第1行“人血白蛋白”（限抢救"):
        outcome(house, view)
    bill = benefits.correct_bill(
        bill, make.bill(lines=(replace(asked, fits_limit=False),)), actor=make.CLERK, now=house.now
    )
    assert outcome(house, view).amounts["own_pay"] == 50000
    benefits.correct_bill(
        bill, make.bill(lines=(replace(asked, fits_limit=True),)), actor=make.CLERK, now=house.now
    )
    assert outcome(house, view).amounts["pre_self"] == 10000


@pytest.mark.parametrize("code", ["work_injury", "third_party", "public_health", "abroad"])
def test_the_exclusions_of_article_30_are_coded_a_line(house: House, code: str) -> None:
    make.insured(1)
    view = make.opened(house)
    lines = (make.line("300.00", excluded=code), make.line("200.00"))
    make.entered(house, view, make.bill(lines=lines))
    found = outcome(house, view)
    assert (found.amounts["own_pay"], found.amounts["in_scope"]) == (30000, 20000)
    assert "第三十条" in "".join(step["formula"] for step in found.results[0]["steps"])


def test_an_accident_has_to_be_cleared_up(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    bill = make.entered(house, view, make.bill(accident="unknown"))
    with pytest.raises(BillWrong, match="还没有查明有没有第三人责任"):
        outcome(house, view)
    bill = benefits.correct_bill(
        bill, make.bill(accident="paying", third_party_paid=20000), actor=make.CLERK, now=house.now
    )
    shared = outcome(house, view)
    assert shared.others == 20000
    benefits.correct_bill(bill, make.bill(accident="not-paying"), actor=make.CLERK, now=house.now)
    first = make.approved(house, view)
    assert first.fund_fen > shared.fund
    payable = benefits.standing(view.id)
    assert payable is not None
    assert payable.from_third_party == first.fund_fen, "the fund pays first and may recover it"


def test_chronic_care_needs_the_recognition_of_the_day(house: House) -> None:
    person = make.insured(1)
    view = make.opened(house)
    bill = make.bill("1500.00", care="chronic", disease="m03900")
    make.entered(house, view, bill)
    with pytest.raises(NotCovered, match="没有认定病种M03900"):
        outcome(house, view)
    recognitions.recognise(
        make.made.origin(day=date(2026, 1, 5)), person, diseases=["M03900"], on=date(2026, 1, 5)
    )
    assert outcome(house, view).fund > 0


def test_maternity_bills_belong_to_maternity(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view, make.bill(care="delivery"))
    with pytest.raises(BillWrong, match="分娩住院的账单请在生育待遇事项中报销"):
        outcome(house, view)


def test_one_case_is_of_one_year(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view, make.bill("10.00", "1"))
    make.entered(house, view, make.bill("10.00", "2", day=date(2025, 12, 30)))
    with pytest.raises(BillWrong, match="2025年、2026年几个结算年度"):
        outcome(house, view)


# The year


def test_the_deductible_of_the_year_is_used_up_once(house: House) -> None:
    make.insured(1, region="bazhou")
    one = make.decided(house, visit("80.00", "1"), entry=BAZHOU)
    two = make.decided(house, visit("500.00", "2"), entry=BAZHOU)
    assert (one.amounts["deductible"], one.fund_fen) == (8000, 0)
    assert (two.amounts["deductible"], two.fund_fen) == (2000, 28800)
    assert (one.rank, two.rank, facts_of(two).before["employee-outpatient.in_scope"]) == (1, 2, 8000)
    assert facts_of(two).increments["employee-outpatient.in_scope"] == 50000


def test_bills_of_one_case_see_each_other_and_each_year_is_its_own(house: House) -> None:
    make.insured(1, region="bazhou")
    view = make.opened(house, BAZHOU)
    make.entered(house, view, visit("80.00", "1", day=date(2026, 1, 5)))
    make.entered(house, view, visit("500.00", "2"))
    both = make.approved(house, view)
    assert [r["amounts"]["deductible"] for r in benefits.results_of(both)] == [8000, 2000]
    last_year = make.decided(house, visit("500.00", "3", day=date(2025, 6, 1)), entry=BAZHOU)
    assert (last_year.year, last_year.amounts["deductible"]) == (2025, 10000)


def test_each_further_stay_of_the_year_has_the_repeated_deductible(house: House) -> None:
    """Second-level hospital: 500.00, then each 100.00 less; the year before counts by itself, what is undone not at all."""
    make.insured(1)
    view = make.opened(house, make.INPATIENT)
    for n, day in enumerate((date(2026, 1, 5), date(2026, 1, 12))):
        make.entered(house, view, make.stay(number=f"3{n}", day=day))
    one = make.approved(house, view)
    two = make.decided(house, make.stay(number="32"), entry=make.INPATIENT)
    last_year = make.decided(house, make.stay(number="33", day=date(2025, 6, 1)), entry=make.INPATIENT)
    assert [part["amounts"]["deductible"] for part in benefits.results_of(one)] == [50000, 40000]
    assert (two.amounts["deductible"], last_year.amounts["deductible"]) == (30000, 50000)
    said = next(
        step["formula"] for step in benefits.results_of(two)[0]["steps"] if step["key"] == "deductible"
    )
    assert "本年第3次住院" in said
    assert "本次起付线 300.00" in said
    decisions.undo(one.case_id, actor=9, now=house.now, why="退回")
    now = benefits.standing_decision(two.case_id)
    assert now is not None
    assert now.amounts["deductible"] == 50000
    assert list(faults()) == []


def test_undoing_gives_what_follows_a_new_amount_and_keeps_the_difference(house: House) -> None:
    make.insured(1, region="bazhou")
    one = make.decided(house, visit("80.00", "1"), entry=BAZHOU)
    two = make.decided(house, visit("500.00", "2"), entry=BAZHOU)
    heard: list[Adjustment] = []
    adjustments.ADJUSTED.append(heard.append)
    try:
        decisions.undo(one.case_id, actor=9, now=house.now, why="退回")
    finally:
        adjustments.ADJUSTED.remove(heard.append)
    now = benefits.standing_decision(two.case_id)
    assert now is not None
    assert (now.turn, now.rank, now.fund_fen) == (2, 2, 24000)  # (500 − 100) × 60 %
    (difference,) = benefits.adjustments_waiting(region="bazhou")
    assert (difference.case_id, difference.difference_fen, difference.parts) == (
        two.case_id,
        -4800,
        {"employee": -4800},
    )
    assert heard == [difference]
    two.refresh_from_db()
    assert (two.undone_by, two.fund_fen) == (9, 28800), "what was decided then stays as it was"
    assert list(faults()) == []


def test_undone_and_decided_again_is_as_before_and_the_differences_are_even(house: House) -> None:
    make.insured(1, region="bazhou")
    view = make.opened(house, BAZHOU)
    make.entered(house, view, visit("80.00", "1"))
    one = make.approved(house, view)
    two = make.decided(house, visit("500.00", "2"), entry=BAZHOU)
    three = make.decided(house, visit("333.33", "3"), entry=BAZHOU)
    house.act(house.fresh(view), "return", actor=staff(60, "cashier", region="bazhou"))
    assert benefits.standing_decision(view.id) is None, "the way back undoes it"
    again = make.approved(house, view)
    assert (again.turn, again.rank, again.fund_fen) == (2, one.rank, one.fund_fen)
    for before in (two, three):
        now = benefits.standing_decision(before.case_id)
        assert now is not None
        assert (now.fund_fen, now.parts) == (before.fund_fen, before.parts)
        assert facts_of(now).increments == facts_of(before).increments
        assert make.open_parts(before.case_id) == {}
    assert list(faults()) == []


def test_an_adjustment_is_settled_once(house: House) -> None:
    make.insured(1, region="bazhou")
    one = make.decided(house, visit("80.00", "1"), entry=BAZHOU)
    two = make.decided(house, visit("500.00", "2"), entry=BAZHOU)
    decisions.undo(one.case_id, actor=9, now=house.now, why="退回")
    assert make.open_parts(two.case_id) == {"employee": -4800}
    assert benefits.settle_adjustments(two.case_id, reference="recovery:1", now=house.now) == 1
    assert benefits.settle_adjustments(two.case_id, reference="recovery:2", now=house.now) == 0
    assert make.open_parts(two.case_id) == {}


def test_a_revoked_decision_is_to_come_back_whole(house: House) -> None:
    make.insured(1)
    done = make.decided(house, make.bill())
    found = benefits.revoke(done.case_id, actor=9, now=house.now, why="查明为虚假票据")
    assert found is not None
    assert (found.difference_fen, found.new) == (-28200, None)
    assert benefits.standing(done.case_id) is None
    assert benefits.revoke(done.case_id, actor=9, now=house.now, why="再次") is None


def test_undoing_nothing_is_nothing(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    assert decisions.undo(view.id, actor=1, now=house.now, why="退回") is None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_undone_and_done_again_the_year_is_the_same(house: House, seed: int) -> None:
    """Amounts of a year, some undone and decided again in whatever order: each case as before, the books verify."""
    drawn = random.Random(seed)
    make.insured(1, region="bazhou")
    views = []
    for i in range(4):
        view = make.opened(house, BAZHOU)
        make.entered(house, view, visit(f"{drawn.randint(1, 400_000) / 100:.2f}", f"{i}"))
        make.approved(house, view)
        views.append(view)
    before = {v.id: benefits.standing(v.id) for v in views}
    for view in drawn.sample(views, 3):
        house.act(house.fresh(view), "return", actor=staff(60, "cashier", region="bazhou"))
    for view in drawn.sample(views, 4):
        if benefits.standing(view.id) is None:
            make.approved(house, view)
    for view in views:
        was, now = before[view.id], benefits.standing(view.id)
        assert was is not None
        assert now is not None
        assert now.parts == was.parts
        redone = Adjustment.objects.filter(case=view.id).values("new")
        by_act = Decision.objects.filter(case=view.id).exclude(pk__in=redone).order_by("-turn")[0]
        assert by_act.fund_fen + sum(make.open_parts(view.id).values()) == now.fen
    assert list(faults("bazhou")) == []


# Recomputing


def test_a_past_decision_computes_again_to_the_fen_whatever_changed_since(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make.insured(1)
    done = make.decided(house, make.bill())
    changed = dict(books.current("puyang"))
    ratio = changed["employee-outpatient.ratio-2"]
    reference = Reference(title="新文件")
    lower = DatedValue(value="0.10", reference=reference, status="verified")
    changed["employee-outpatient.ratio-2"] = Parameter(
        parameter=ratio.parameter, description=ratio.description, unit="ratio",
        checked_on=ratio.checked_on, values=dict.fromkeys(ratio.values, lower),
    )  # fmt: skip
    monkeypatch.setattr(books, "figures", lambda region: changed)
    from jingban.benefits.models import CatalogueEntry

    CatalogueEntry.objects.all().delete()
    person.enrolments.update(kind="1201")
    house.now += timedelta(days=400)
    found = Decision.objects.select_related("book").get(pk=done.pk)
    again = recomputed(found)
    assert is_as_decided(found, again)
    assert again.fund == 28200
    assert list(faults()) == []


def test_another_rulebook_is_another_book(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    make.insured(1)
    make.decided(house, make.bill())
    make.decided(house, make.bill(number="2"))
    assert FigureBook.objects.count() == 1
    changed = dict(books.current("puyang"))
    changed.pop("tip-off-reward.cap")
    monkeypatch.setattr(books, "figures", lambda region: changed)
    make.decided(house, make.bill(number="3"))
    assert FigureBook.objects.count() == 2


def test_verify_finds_what_was_changed_behind_its_back(house: House) -> None:
    make.insured(1)
    done = make.decided(house, make.bill())
    assert list(faults()) == []
    Decision.objects.filter(pk=done.pk).update(fund_fen=28300, person_fen=21700, parts={"employee": 28300})
    FigureBook.objects.update(digest="0" * 64)
    found = "\n".join(faults("puyang"))
    number = done.case.number
    assert f"{number} 按核定当日的依据重新计算，结果和核定的不同" in found
    assert "留存的参数000000000000被改动" in found


# Trial and explanation


def test_a_trial_shows_and_leaves_nothing(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    item = publish.version(view.version_id).item
    work = work_now(house.fresh(view), item, actor=make.CLERK, at=house.now)
    assert "还没有录入费用账单" in preview(work).fault
    make.entered(house, view, actor=make.CLERK)
    assert preview(work_now(house.fresh(view), item, actor=make.CLERK, at=house.now)).is_possible
    assert (Decision.objects.count(), PersonYear.objects.count(), FigureBook.objects.count()) == (0, 0, 0)


def test_approved_twice_is_decided_once(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view)
    done = make.approved(house, view)
    view = house.fresh(view)
    work = replace(
        work_now(view, publish.version(view.version_id).item, actor=make.REVIEWER, at=house.now),
        needs={"amount": "282.00"},
    )
    assert decisions.decide(work, Kind.REIMBURSEMENT) == done
    assert Decision.objects.count() == 1


def test_what_funds_needs(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    assert benefits.standing(view.id) is None
    make.entered(house, view)
    make.approved(house, view)
    found = benefits.standing(view.id)
    assert found is not None
    assert (found.parts, found.fen, found.is_illustrative) == ({"employee": 28200}, 28200, True)
    assert (found.payee_name, found.bank, found.bank_account) == (
        make.made.new_name(1), "试验银行", "6222000000000001",
    )  # fmt: skip


def test_a_decision_is_explained_with_sources_and_status(house: House) -> None:
    make.insured(1)
    told = benefits.explain(make.decided(house, make.bill()))
    (part,) = told.parts
    assert part.title == "试验县人民医院 2026年1月15日"
    assert ("统筹基金支付", "282.00", "（500.00 − 起付线 30.00）× 60% = 282.00") in [
        (row.name, row.text, row.formula) for row in part.rows
    ]
    assert told.funds == (("职工医保统筹基金", 28200),)
    assert told.is_illustrative
    assert {used.status for used in told.used} <= {"法定", "已核对", "示例值"}
    assert all(used.source for used in told.used)
    assert len(told.digest) == 64
