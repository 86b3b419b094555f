"""What cannot be paid, through the page: each is told in a plain sentence, and nothing typed or kept is lost."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from jingban.benefits import books
from jingban.benefits import service as benefits
from jingban.benefits.models import Bill, Decision, Invoice
from jingban.cases.view import CaseView
from jingban.core.parameters import Parameter
from jingban.rulebook.figures import figures
from tests.benefits import factories as make
from tests.houses import House
from tests.portals.test_benefit import HTMX, at, officer, text, view
from tests.portals.test_benefit import TYPED as A_BILL

__all__ = ["view"]

pytestmark = pytest.mark.live_effects
TYPED = {**A_BILL, "invoice.1.payer": make.made.new_name(1)}
WORDS = ("Traceback", "NotInForce", "employee-outpatient.", "参数文件", "DomainError")
"""What no clerk is shown."""


def approve(client: Client, house: House, case: CaseView, amount: str = "282.00") -> tuple[int, str]:
    answer = client.post(
        f"/desk/case/{case.number}/do/approve/",
        {"seen": house.fresh(case).seq, "key": "", "approve.amount": amount},
    )
    return answer.status_code, text(answer)


@pytest.mark.parametrize(
    ("changed", "told", "field"),
    [
        ({"total": "-500.00"}, "不能小于零", "total"),
        ({"total": "0"}, "费用总额应大于零", "total"),
        ({"invoice.1.amount": "-500.00"}, "红字（退费）票据不能报销", "invoice.1.amount"),
        ({"commercial": "-1"}, "不能小于零", "commercial"),
        ({"third_party_paid": "-1", "accident": "paying"}, "不能小于零", "third_party_paid"),
        ({"commercial": "500.01"}, "应在零和费用总额500.00元之间", "commercial"),
        ({"line.1.quantity": "-1"}, "应大于零", "line.1.quantity"),
        ({"invoice.1.amount": "499.99"}, "票据合计499.99元，比费用总额500.00元少0.01元", "invoices"),
        ({"line.1.amount": "500.01"}, "费用明细合计500.01元，比费用总额500.00元多0.01元", "lines"),
        ({"invoice.1.day": "2025-12-31"}, "早于就诊（入院）日期2026-01-15，不是这次就医的票据", "invoices"),
        ({"began_on": "2025-12-01", "invoice.1.day": "2026-02-01"}, "不是同一年度的费用", "invoices"),
        ({"began_on": "2019-05-06", "invoice.1.day": "2019-05-06", "line.1.name": "检查"},
         "2019年度的费用，按规定应在2020-12-31（示例值）以前申报，已经过期", "ended_on"),
    ],
)  # fmt: skip
def test_a_bill_that_cannot_be_is_told_at_its_place(
    view: CaseView, changed: dict[str, str], told: str, field: str
) -> None:
    typed = {**TYPED, **changed}
    answer = officer("window").post(at(view, "bill/"), typed)
    page = text(answer)
    assert answer.status_code == 422
    assert told in page
    assert f'<a href="#{field}">' in page or f'id="{field}"' in page
    assert not [word for word in WORDS if word in page]
    assert Bill.objects.count() == Invoice.objects.count() == 0
    for name, value in typed.items():
        if value and name not in ("go", "care", "level", "accident", "patient"):
            assert f'value="{value}"' in page, name


def test_a_bill_older_than_the_rulebook_is_told_and_stays_typed(view: CaseView) -> None:
    old = {"began_on": "2011-05-06", "invoice.1.day": "2011-05-06", "line.1.name": "检查"}
    answer = officer("window").post(at(view, "bill/"), {**TYPED, **old})
    page = text(answer)
    assert answer.status_code == 409
    assert "规则库里没有2011年5月6日有效的“费用年度结束以后多少个月以内可以申报" in page
    assert 'value="2011-05-06"' in page
    assert 'value="500.00"' in page
    assert not Bill.objects.exists()


def test_a_day_without_figures_is_told_on_the_panel_and_at_the_act(
    house: House, view: CaseView, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.entered(house, view)
    began = date(2026, 2, 1)

    def later(region: str) -> dict[str, Parameter]:
        """The region's figures, those of outpatient care only from after the day of the bill."""
        return {
            name: one.model_copy(update={"values": {began: max(one.values.items())[1]}})
            if name.startswith("employee-outpatient.")
            else one
            for name, one in figures(region).items()
        }

    monkeypatch.setattr(books, "figures", later)
    reviewer = officer("reviewer")
    panel = reviewer.get(at(view), headers=HTMX)
    assert panel.status_code == 200
    for page in (text(panel), *approve(reviewer, house, view)[1:]):
        assert "规则库里没有2026年1月15日有效的“" in page
        assert "录入的都已保留" in page
        assert not [word for word in WORDS if word in page]
    status, page = approve(reviewer, house, view)
    assert status == 409
    assert 'value="282.00"' in page, "what was typed stays"
    assert house.fresh(view).step == "review"
    assert (Bill.objects.count(), Decision.objects.count()) == (1, 0)
    monkeypatch.undo()
    make.approved(house, view)


def test_care_before_the_enrolment_is_told_on_the_panel_and_at_the_act(house: House) -> None:
    make.insured(1, start_on=date(2025, 6, 2))
    case = make.opened(house)
    clerk, reviewer = officer("window"), officer("reviewer")
    before = {"began_on": "2025-06-01", "invoice.1.day": "2025-06-01"}
    assert clerk.post(at(case, "bill/"), {**TYPED, **before}).status_code == 302, (
        "kept: who decides says why not"
    )
    panel = reviewer.get(at(case), headers=HTMX)
    status, page = approve(reviewer, house, case)
    assert (panel.status_code, status) == (200, 422)
    for told in (text(panel), page):
        assert "2025年6月1日没有参保" in told
        assert not [word for word in WORDS if word in told]
    assert house.fresh(case).step == "review"
    assert benefits.standing_decision(case.id) is None
    assert Bill.objects.filter(removed_at=None).count() == 1


def test_another_persons_receipt_is_told_by_its_payer_and_by_where_it_was_used(
    house: House, view: CaseView
) -> None:
    make.entered(house, view)
    make.insured(2)
    other = make.opened(house, n=2)
    clerk = officer("window")
    for payer, told in ((1, f"交款人是“{make.made.new_name(1)}”"), (2, view.number)):
        typed = {**TYPED, "invoice.1.payer": make.made.new_name(payer)}
        answer = clerk.post(at(other, "bill/"), typed)
        page = text(answer)
        assert answer.status_code == 422
        assert told in page
        assert "0000000001" in page
        assert f'value="{make.made.new_name(payer)}"' in page, "what was typed stays"
    assert Bill.objects.filter(case=other.id).count() == 0
