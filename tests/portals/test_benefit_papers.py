"""Papers of a benefit: sheets, summaries and amounts, as of their event, with illustrations named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest

from jingban.benefits import service as benefits
from jingban.cases.batch import act_many
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.documents import service as documents
from jingban.documents.errors import PaperVoid
from jingban.portals import papers
from tests.benefits import factories as make
from tests.houses import House, forget_versions, staff
from tests.portals.conftest import NOW

pytestmark = pytest.mark.live_effects
BATCHED = ("xingtai", "agency", "manual-reimbursement")
CASH = ("luanzhou", "agency", "manual-reimbursement")
ALLOWANCE = ("xingtai", "agency", "maternity-allowance")
HOME = {"xingtai": "130500", "luanzhou": "130284"}


@pytest.fixture
def house() -> Iterator[House]:
    forget_versions()
    benefits.load_demo_catalogue(NOW)
    yield House(now=NOW)
    forget_versions()


def last(view: CaseView, act: str) -> int:
    return (
        CaseEvent.objects.filter(case_id=view.id, act=act).order_by("-seq").values_list("seq", flat=True)[0]
    )


def content(view: CaseView, act: str, kind: str) -> documents.Content:
    found = documents.look(view, last(view, act), kind)
    assert found is not None, kind
    return found[0]


def said(content: documents.Content) -> dict[str, str]:
    return {line.label: "；".join(line.lines) for line in (*content.facts, *content.signers)}


def claimed(
    house: House, entry: tuple[str, str, str] = BATCHED, n: int = 1, number: str = "0000000001"
) -> CaseView:
    """A stay that was entered before the case was accepted."""
    region = entry[0]
    make.insured(n, region=region)
    asked = {field.key for field in house.version(entry).item.form}
    answers = {key: text for key, text in make.said(n, care_kind="inpatient").items() if key in asked}
    window = staff(700, "window", region=region)
    view = house.apply(entry, answers=answers, channel="window", walk_in=True, actor=window)
    make.entered(house, view, make.stay("20000.00", number, place_code=HOME[region]))
    return house.act(view, "accept", actor=staff(701, "window", region=region))


def settled(house: House, view: CaseView) -> CaseView:
    """Passed on by review, entered and settled with the right amount."""
    if view.step == "review":
        view = house.act(view, "approve", actor=staff(702, "reviewer", region=view.region))
    amount = make.right_amount(house, view)
    return house.act(view, "enter", actor=staff(make.REVIEWER, "entry", region=view.region), amount=amount)


def test_the_ledger_record_counts_what_was_entered_by_then(house: House) -> None:
    view = claimed(house)
    found = said(content(view, "accept", "ledger-record"))
    assert (found["票据张数"], found["申报金额"]) == ("1张", "20,000.00元")
    house.later(minutes=1)
    make.entered(house, view, make.stay("1.00", "0000000009", place_code=HOME["xingtai"]))
    assert said(content(house.fresh(view), "accept", "ledger-record"))["申报金额"] == "20,000.00元"


def test_one_batch_is_one_paper_by_category(house: House) -> None:
    views = [claimed(house, n=1, number="0000000001"), claimed(house, n=2, number="0000000002")]
    done = act_many(
        cases=[(view.id, view.seq) for view in views], name="approve", data={}, key=uuid4(), now=house.now,
        actor=staff(702, "reviewer", region="xingtai"),
    )  # fmt: skip
    assert [line.error for line in done] == [None, None]
    views = [house.fresh(view) for view in views]
    subjects = [documents.look(view, last(view, "approve"), "batch-summary") for view in views]
    tables = [found[0].table for found in subjects if found]
    assert tables[0] == tables[1]
    assert tables[0] is not None
    assert tables[0].rows == (("住院", "2", "2", "40,000.00"),)
    assert tables[0].total == ("合计", "2", "2", "40,000.00")


def test_the_cash_sheet_shows_each_amount_and_names_illustrations(house: House) -> None:
    view = settled(house, claimed(house, CASH))
    sheet = content(view, "enter", "cash-reimbursement-sheet")
    decision = benefits.standing_decision(view.id)
    assert decision is not None
    table = sheet.table
    assert table is not None
    row = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert (row["医疗类别"], row["总费用"], row["票据张数"]) == ("住院", "20,000.00", "1")
    assert row["基金支付金额"] == f"{decision.fund_fen / 100:,.2f}"
    assert row["个人负担金额"] == f"{decision.person_fen / 100:,.2f}"
    assert "医疗救助" not in row, "what is nought everywhere is no column"
    assert "示例值，不作为支付依据" in sheet.closing[0]
    found = said(sheet)
    assert found["姓名"] == make.made.new_name(1)
    assert "6222000000000001" not in found["收款账户"], "masked"
    assert "0001" in found["收款账户"]
    assert not documents.missing(sheet.texts())


def test_a_decision_that_was_taken_back_makes_its_sheet_void(house: House) -> None:
    view = settled(house, claimed(house, CASH))
    house.later(minutes=1)
    house.act(view, "return", actor=staff(703, "cashier", region="luanzhou"))
    with pytest.raises(PaperVoid):
        content(house.fresh(view), "enter", "cash-reimbursement-sheet")


def test_the_allowance_sheet_has_unit_days_and_wage(house: House) -> None:
    make.insured(1, region="xingtai", sex="female", born=date(1994, 5, 1))
    asked = {field.key for field in house.version(ALLOWANCE).item.form}
    answers = {k: v for k, v in make.said(1, sex="female", born=date(1994, 5, 1)).items() if k in asked}
    view = house.apply(
        ALLOWANCE,
        answers=answers,
        channel="window",
        walk_in=True,
        actor=staff(700, "window", region="xingtai"),
    )
    view = house.act(view, "accept", actor=staff(701, "window", region="xingtai"))
    benefits.enter_event(view.id, make.birth(), actor=make.CLERK, now=house.now)
    view = settled(house, view)
    table = content(view, "enter", "allowance-summary-sheet").table
    assert table is not None
    row = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert (row["姓名"], row["类别"], row["生育日期"]) == (make.made.new_name(1), "生育", "2026年1月20日")
    assert int(row["产假天数"]) >= 98
    assert row["月平均工资（元）"] == "6,543.21"
    decision = benefits.standing_decision(view.id)
    assert decision is not None
    assert row["津贴金额（元）"] == f"{decision.fund_fen / 100:,.2f}"


def test_the_notice_says_the_amount_but_not_to_a_query_code(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view)
    make.approved(house, view)
    view = house.fresh(view)
    seq = last(view, "approve")
    event = CaseEvent.objects.get(case_id=view.id, seq=seq)
    CaseEvent.objects.filter(pk=event.pk).update(
        data={**event.data, "documents": ["result-notice", "settlement-record"]}
    )
    notice = said(content(view, "approve", "result-notice"))
    assert notice["金额"] == "282.00元（示例值，不作为支付依据）"
    assert notice["账户尾号"] == "0001"
    record = said(content(view, "approve", "settlement-record"))
    assert (record["总费用"], record["个人负担金额"]) == ("500.00元", "218.00元")
    assert record["基金支付金额"] == "282.00元（示例值，不作为支付依据）"
    assert record["结算日期"] == "2026年3月2日"
    page = papers.paper_of(view, seq, "result-notice", personal=False, internal=False)
    assert page is not None
    outside = said(page.content)
    assert "示例值" not in str(outside)
    assert outside.get("账户尾号", "") == ""


def test_who_claims_nothing_fills_nothing(house: House) -> None:
    view = house.act(house.apply(), "accept")
    found = said(content(view, "accept", "acceptance-notice"))
    assert "票据张数" not in found
