"""Papers of a benefit: sheets, summaries and amounts, as of their event, with illustrations named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from jingban.access.models import User
from jingban.benefits import service as benefits
from jingban.benefits.models import Decision
from jingban.cases.batch import act_many
from jingban.cases.models import Case, CaseEvent
from jingban.cases.view import CaseView
from jingban.documents import service as documents
from jingban.documents.errors import PaperVoid
from jingban.portals import papers
from tests.benefits import factories as make
from tests.houses import House, staff
from tests.portals.conftest import signed_in
from tests.portals.test_benefit import TYPED, officer

pytestmark = pytest.mark.live_effects
BATCHED = ("xingtai", "agency", "manual-reimbursement")
CASH = ("luanzhou", "agency", "manual-reimbursement")
ALLOWANCE = ("xingtai", "agency", "maternity-allowance")
HOME = {"xingtai": "130500", "luanzhou": "130284"}


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
    assert sheet.steps is not None
    (part,) = benefits.explain(decision).parts
    assert sheet.steps.rows == tuple((one.name, one.text, one.formula) for one in part.rows), "why this sum"
    assert sheet.closing[-1].startswith("用到的标准：二级医院每次住院起付标准 500.00元（示例值）")
    assert f"参数校验值 {decision.book.digest[:12]}" in sheet.closing[-1]
    found = said(sheet)
    assert found["金额单位"] == "元"
    assert found["姓名"] == make.made.new_name(1)
    assert "6222000000000001" not in found["收款账户"], "masked"
    assert "0001" in found["收款账户"]
    assert not documents.missing(sheet.texts())


def test_what_others_paid_stands_on_the_cash_sheet(house: House) -> None:
    make.insured(1, region=CASH[0])
    view = make.opened(house, CASH, care_kind="inpatient")
    paid = {"accident": "paying", "third_party_paid": 300_000, "commercial": 200_000}
    make.entered(house, view, make.stay(place_code=HOME[CASH[0]], **paid))
    table = content(settled(house, view), "enter", "cash-reimbursement-sheet").table
    assert table is not None
    row = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert (row["第三人已付"], row["商业保险已付"]) == ("3,000.00", "2,000.00")
    assert row["医疗机构和日期"] == "试验县人民医院 2026年1月15日"
    paid_by = ("第三人已付", "商业保险已付", "基金支付金额", "个人负担金额")
    assert sum(Decimal(row[name].replace(",", "")) for name in paid_by) == Decimal("20000.00")


def test_the_guides_sheets_carry_what_the_rulebook_names(house: House) -> None:
    """The guides name the sheets and no columns; what they must carry says documents.yaml."""
    view = settled(house, claimed(house, CASH))
    for act, kind in (("accept", "ledger-record"), ("enter", "cash-reimbursement-sheet")):
        sheet = content(view, act, kind)
        columns = [column.name for column in sheet.table.columns] if sheet.table else []
        there = {*said(sheet), *(name.removesuffix("（元）") for name in columns)}
        assert set(documents.case_kinds(CASH[0])[kind].must_carry) <= there, kind


@pytest.mark.parametrize("code", benefits.EXCLUSIONS)
def test_each_reason_not_to_pay_is_offered_explained_and_printed(house: House, code: str) -> None:
    """社会保险法 art. 30 and its like, line by line: on the form, in the panel, to the person, on the sheet."""
    region, reason = CASH[0], benefits.EXCLUSIONS[code]
    make.insured(1, region=region)
    asked = {field.key for field in house.version(CASH).item.form}
    answers = {key: text for key, text in make.said(1, care_kind="inpatient").items() if key in asked}
    window = staff(700, "window", region=region)
    view = house.apply(CASH, answers=answers, channel="window", walk_in=True, actor=window)
    clerk = officer("window", region=region)
    empty = clerk.get(f"/desk/case/{view.number}/benefit/bill/").content.decode()
    assert f'<option value="{code}">{reason.text}</option>' in empty
    typed = {
        **TYPED, "care": "inpatient", "place_code": HOME[region], "total": "20000.00", "diagnosis": "急性阑尾炎",
        "invoice.1.amount": "20000.00", "invoice.1.payer": make.made.new_name(1), "line.1.amount": "18765.43",
        "line.2.code": "DEMO-I-004", "line.2.amount": "1234.57", "line.2.excluded": code,
    }  # fmt: skip
    assert clerk.post(f"/desk/case/{view.number}/benefit/bill/", typed).status_code == 302
    bill = benefits.bills_of(view.id)[0]
    shown = clerk.get(f"/desk/case/{view.number}/benefit/bill/{bill.pk}/").content.decode()
    assert reason.text in shown
    assert 'class="amt">18,765.43<' in shown, "to be read, thousands apart"
    told = f"{reason.text}（{reason.article}） 1,234.57"
    assert told in clerk.get(f"/desk/case/{view.number}/benefit/").content.decode(), "before it is decided"
    view = house.act(view, "accept", actor=staff(701, "window", region=region))
    view = settled(house, view)
    owner = User.objects.create_user("owner", name="申请人")
    Case.objects.filter(pk=view.id).update(applicant=owner.pk)
    assert told in signed_in(owner).get(f"/my/{view.number}/").content.decode()
    decision = benefits.standing_decision(view.id)
    assert decision is not None
    assert told in str(benefits.explain(decision)), "as `jingban benefit explain` prints it"
    sheet = content(view, "enter", "cash-reimbursement-sheet")
    table = sheet.table
    assert table is not None
    assert dict(zip([c.name for c in table.columns], table.rows[0], strict=True))["全自费"] == "1,234.57"
    who = "第三人或者个人" if code == "third_party" else "个人"
    assert f"全自费1,234.57元，不属于基金支付范围，由{who}负担：{told}。" in sheet.closing[0]
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
    sheet = content(view, "enter", "allowance-summary-sheet")
    there = {*said(sheet), *(name.removesuffix("（元）") for name in row)}
    assert set(documents.case_kinds("xingtai")["allowance-summary-sheet"].must_carry) <= there
    assert "示例值，不作为支付依据" in content(view, "enter", "allowance-summary-sheet").closing[0]


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
    assert (record["总费用"], record["个人负担金额"]) == (
        "500.00元",
        "218.00元（示例值，不作为支付依据）",
    )
    assert record["基金支付金额"] == "282.00元（示例值，不作为支付依据）"
    assert record["结算日期"] == "2026年3月2日"
    page = papers.paper_of(view, seq, "result-notice", personal=False, internal=False)
    assert page is not None
    outside = said(page.content)
    assert "示例值" not in str(outside)
    assert "282.00" not in str(outside), "not even what the act carried"
    assert outside.get("账户尾号", "") == ""


def test_the_order_to_pay_says_that_illustrations_went_into_it(house: House) -> None:
    view = settled(house, claimed(house, CASH))
    house.later(minutes=1)
    cashier = staff(704, "cashier", region=CASH[0])
    view = house.act(view, "pay", actor=cashier)
    order = content(view, "pay", "payment-order")
    assert order.closing == ("金额的计算用到示例值，不作为支付依据。",)
    Decision.objects.update(is_illustrative=False)
    assert content(view, "pay", "payment-order").closing == ()


def test_the_request_for_premiums_says_persons_standard_and_illustrations(house: House) -> None:
    entry = ("luanzhou", "agency", "premium-subsidy")
    said_of = {**make.made.who(1), "aid_category": "minimum-living", "insured_year": "2026"}
    window = staff(700, "window", region=entry[0])
    view = house.apply(
        entry, answers=said_of, channel="window", walk_in=True, actor=window, facts={"person": "new"}
    )
    view = house.act(view, "accept", actor=staff(701, "window", region=entry[0]))
    if view.step == "new-person":
        view = house.act(view, "enter", actor=staff(702, "entry", region=entry[0]))
    view = house.act(view, "enrol", actor=staff(703, "reviewer", region=entry[0]))
    cashier = staff(704, "cashier", region=entry[0])
    with pytest.raises(benefits.AmountDiffers, match="最低生活保障对象1人，2026年度.*请改为240.00"):
        house.act(view, "request", actor=cashier, amount="400.00")
    assert house.fresh(view).step == "request"
    view = house.act(view, "request", actor=cashier, amount="240.00")
    found = said(content(view, "request", "subsidy-request"))
    assert found["资助人数"] == "1人"
    assert found["资助标准"] == "2026年度最低生活保障对象每人240.00元（示例值，不作为支付依据）"
    assert found["申请金额"] == "240.00元（示例值，不作为支付依据）"
    asked = content(view, "request", "fiscal-request")
    assert said(asked)["申请金额"] == "240.00元；人民币（大写）贰佰肆拾元整"
    assert asked.closing == ("金额的计算用到示例值，不作为支付依据。",)


def test_who_claims_nothing_fills_nothing(house: House) -> None:
    view = house.act(house.apply(), "accept")
    found = said(content(view, "accept", "acceptance-notice"))
    assert "票据张数" not in found
