"""Medical aid by the sheet of a settlement: no list of expenses is handed in (先保险后救助; Luanzhou 19, Bazhou 24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from jingban.benefits import service as benefits
from jingban.benefits.errors import BillWrong
from jingban.benefits.models import Bill
from jingban.benefits.service import Settled
from jingban.registry import aid
from tests.benefits import factories as make
from tests.houses import House

AID = ("puyang", "agency", "medical-aid-reimbursement")
SHEET = make.stay(
    "30000.00", lines=(), settled=Settled(in_scope=2_500_000, insurance=1_500_000), commercial=200_000
)
THEIRS = (make.line("6000.00", excluded="third_party"), make.line("24000.00"))


@pytest.fixture
def view(house: House) -> Any:
    person = make.insured(1, kind="1501")
    aid.grant(make.made.origin(day=date(2026, 1, 2)), person, "minimum-living", date(2026, 1, 2))
    return make.opened(house, AID)


def test_a_bill_with_its_settlement_needs_no_lines(house: House, view: Any) -> None:
    """With lines or without: the same aid, from the approval to the sheet that explains it."""
    row = make.entered(house, view, SHEET)
    bare = benefits.work_out(house.fresh(view), actor=make.REVIEWER, now=house.now)
    listed = replace(benefits.bill_draft(row), lines=(make.line("30000.00"),))
    benefits.correct_bill(row, listed, actor=make.CLERK, now=house.now)
    done = make.approved(house, view)
    assert bare is not None
    assert done.fund_fen == bare.fund > 0
    assert done.amounts["in_scope"] == 2_500_000


@pytest.mark.parametrize(
    ("changed", "told", "field"),
    [
        ({"settled": None}, "没有费用明细", "lines"),
        ({"accident": "paying", "third_party_paid": 600_000}, "第三人付了一部分的，请录入费用明细", "lines"),
        ({"lines": (make.line("29999.00"),)}, "费用明细合计29,999.00元，比费用总额30,000.00元少", "lines"),
        ({"settled": Settled(3_500_000, 0)}, "政策范围内费用35,000.00元应在零和费用总额30,000.00元之间", "settled_in_scope"),
        ({"settled": Settled(-1, 0)}, "政策范围内费用-0.01元应在零和", "settled_in_scope"),
        ({"settled": Settled(2_500_000, 2_500_001)}, "已付25,000.01元应在零和政策范围内费用25,000.00元之间", "settled_insurance"),
        ({"settled": Settled(2_500_000, 2_000_000), "commercial": 1_000_001},
         "各项保险、商业保险和第三人已付共30,000.01元，超过费用总额30,000.00元", "settled_insurance"),
    ],
)  # fmt: skip
def test_a_settlement_that_cannot_be_is_refused_when_it_is_entered(
    house: House, view: Any, changed: dict[str, Any], told: str, field: str
) -> None:
    with pytest.raises(BillWrong, match=told) as refused:
        make.entered(house, view, replace(SHEET, **changed))
    assert refused.value.details["field"] == field
    assert not Bill.objects.exists()


def test_what_a_third_party_bears_alone_is_told_by_lines(house: House, view: Any) -> None:
    """6,000 for what only the third party has to bear: none of it is taken off what is in scope."""
    lines = replace(SHEET, lines=THEIRS, accident="paying", third_party_paid=600_000)
    make.entered(house, view, lines)
    with_third = benefits.work_out(house.fresh(view), actor=make.REVIEWER, now=house.now)
    benefits.correct_bill(
        benefits.bills_of(view.id)[0],
        replace(benefits.bill_draft(benefits.bills_of(view.id)[0]), accident="none", third_party_paid=0, lines=()),
        actor=make.CLERK, now=house.now,
    )  # fmt: skip
    without = benefits.work_out(house.fresh(view), actor=make.REVIEWER, now=house.now)
    assert with_third is not None
    assert without is not None
    assert with_third.fund == without.fund


def test_a_claim_of_insurance_keeps_its_list(house: House) -> None:
    make.insured(1)
    with pytest.raises(BillWrong, match="没有费用明细"):
        make.entered(house, make.opened(house, make.INPATIENT), SHEET)
