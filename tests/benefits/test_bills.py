"""Bills: what is refused in which words, that they are sealed, and until when they can be corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings

from jingban.benefits import bills, drafts
from jingban.benefits import service as benefits
from jingban.benefits.models import Bill, Invoice
from jingban.benefits.service import BillClosed, BillDraft, BillWrong, InvoiceWrong
from tests.benefits import factories as make
from tests.houses import House, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

GOOD = make.bill()
LINE = GOOD.lines[0]
PAPER = GOOD.invoices[0]


def _with_line(**rest: Any) -> BillDraft:
    return replace(GOOD, lines=(replace(LINE, **rest),))


def _with_paper(**rest: Any) -> BillDraft:
    return replace(GOOD, invoices=(replace(PAPER, **rest),))


WRONG: list[tuple[str, BillDraft, type[Exception], str]] = [
    ("negative line", _with_line(amount=-100), BillWrong, r"“检查”的金额是-1\.00元，不能小于零"),
    ("negative total", replace(GOOD, total=-50000), BillWrong, r"总额应大于零，填的是-500\.00元"),
    ("negative invoice", _with_paper(amount=-50000), InvoiceWrong, r"应大于零，填的是-500\.00元；红字"),
    ("negative quantity", _with_line(quantity=Decimal(-1)), BillWrong, "数量-1应大于零"),
    ("negative price", _with_line(price=Decimal("-5")), BillWrong, "单价-5不能小于零"),
    ("negative commercial", replace(GOOD, commercial=-1), BillWrong, "商业保险已付-0.01元应在零和"),
    (
        "commercial above total",
        replace(GOOD, commercial=50001),
        BillWrong,
        r"500\.01元应在零和费用总额500\.00元之间",
    ),
    (
        "quantity × price",
        _with_line(quantity=Decimal(3), price=Decimal("160.00")),
        BillWrong,
        r"数量3×单价160\.00元＝480\.00元，与金额500\.00元不一致",
    ),
    (
        "lines and total",
        replace(GOOD, lines=(LINE, make.line("12.34"))),
        BillWrong,
        r"费用明细合计512\.34元，比费用总额500\.00元多12\.34元",
    ),
    (
        "invoices and total",
        _with_paper(amount=49900),
        BillWrong,
        r"票据合计499\.00元，比费用总额500\.00元少1\.00元",
    ),
    ("no lines", replace(GOOD, lines=()), BillWrong, "没有费用明细"),
    ("no invoices", replace(GOOD, invoices=()), BillWrong, "没有票据"),
    ("unknown care", replace(GOOD, care="dental"), BillWrong, "没有“dental”这种医疗类别"),
    ("unknown level", replace(GOOD, level="9"), BillWrong, "没有“9”这种医疗机构级别"),
    ("no institution", replace(GOOD, institution=" "), BillWrong, "没有填写就诊的医疗机构"),
    ("institution too long", replace(GOOD, institution="院" * 121), BillWrong, "医疗机构最多120个字"),
    ("code too long", replace(GOOD, institution_code="9" * 21), BillWrong, "机构代码最多20个字"),
    ("no place", replace(GOOD, place_code="4109"), BillWrong, "6位行政区划代码"),
    ("unknown reason", _with_line(excluded="cosmetic"), BillWrong, "没有“cosmetic”这种不予支付的原因"),
    (
        "ends before it begins",
        replace(GOOD, began_on=make.DAY + timedelta(1)),
        BillWrong,
        "早于就诊（入院）日期",
    ),
    ("in the future", make.bill(day=date(2026, 3, 3)), BillWrong, "2026-03-03还没有到"),
    (
        "line of another day",
        _with_line(day=date(2026, 1, 16)),
        BillWrong,
        "不在这次就医的2026-01-15至2026-01-15以内",
    ),
    (
        "too late",
        make.bill(day=date(2024, 12, 30)),
        BillWrong,
        "2024年度的费用，按规定应在2025-12-31（示例值）以前申报",
    ),
    ("invoice before care", _with_paper(day=date(2026, 1, 14)), InvoiceWrong, "开于2026-01-14，早于就诊"),
    ("invoice of tomorrow", _with_paper(day=date(2026, 3, 3)), InvoiceWrong, "开票日期2026-03-03还没有到"),
    (
        "invoice of another year",
        replace(make.bill(day=date(2025, 12, 20)), invoices=(replace(PAPER, day=date(2026, 2, 1)),)),
        InvoiceWrong,
        "2026年开的，这次就医在2025年结束，不是同一年度的费用",
    ),
    (
        "somebody else's invoice",
        _with_paper(payer="王小二"),
        InvoiceWrong,
        "交款人是“王小二”，不是申请人本人的票据",
    ),
    ("invoice without a number", _with_paper(number=" "), InvoiceWrong, "号码和开票单位都要填写"),
    ("unknown invoice", _with_paper(kind="receipt"), InvoiceWrong, "没有“receipt”这种票据"),
    ("third party without amount", replace(GOOD, accident="paying"), BillWrong, "请填写第三人负担的金额"),
    ("amount without third party", replace(GOOD, third_party_paid=100), BillWrong, "应选“第三人负担”"),
    (
        "what the fund pays first is not left out",
        replace(GOOD, accident="not-paying", lines=(replace(LINE, excluded="third_party"),)),
        BillWrong,
        "由基金先行支付.*不能按应当由第三人负担不予支付",
    ),
    ("spouse without a name", replace(GOOD, patient="spouse"), BillWrong, "请填写就诊人姓名"),
]


@pytest.mark.parametrize(("draft", "kind", "words"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_cannot_be_is_refused_in_plain_words(
    house: House, draft: BillDraft, kind: type[Exception], words: str
) -> None:
    make.insured(1)
    view = make.opened(house)
    with pytest.raises(kind, match=words):
        make.entered(house, view, draft)
    assert (Bill.objects.count(), Invoice.objects.count()) == (0, 0)


def test_a_spouses_care_is_claimed_where_she_gave_birth_only(house: House) -> None:
    """Else any name could stand in the bill, and anybody's receipt be brought."""
    make.insured(1)
    draft = replace(GOOD, patient="spouse", patient_name="王小二", invoices=(replace(PAPER, payer="王小二"),))
    with pytest.raises(BillWrong, match="只有生育的费用可以由参保职工为未就业配偶申请"):
        make.entered(house, make.opened(house), draft)


def test_a_fraction_of_a_fen_is_the_hospitals_rounding(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    pieces = make.line("3.33", quantity=Decimal("7"), price=Decimal("0.4763"))  # 3.3341
    draft = replace(make.bill("3.33"), lines=(pieces,))
    assert make.entered(house, view, draft).total_fen == 333
    with pytest.raises(BillWrong, match=r"＝3\.35元，与金额3\.33元不一致"):
        make.entered(house, view, replace(draft, lines=(replace(pieces, price=Decimal("0.4786")),)))


def test_last_years_care_may_be_claimed_until_the_end_of_this(house: House) -> None:
    make.insured(1)
    assert make.entered(house, make.opened(house), make.bill(day=date(2025, 1, 2))).total_fen == 50000
    assert bills.claim_until("puyang", date(2025, 1, 2)) == date(2026, 12, 31)


def test_a_deadline_that_is_an_illustration_shuts_nobody_out_where_people_are_paid(
    house: House, settings: LazySettings
) -> None:
    make.insured(1)
    view, late = make.opened(house), make.bill(day=date(2024, 1, 2))
    with pytest.raises(BillWrong, match="2025-12-31（示例值）以前申报"):
        make.entered(house, view, late)
    settings.JINGBAN_PAYS_ILLUSTRATIVE = False
    assert make.entered(house, view, late).total_fen == 50000


def test_an_application_in_time_is_not_late_by_the_agencys_waiting(house: House) -> None:
    make.insured(1)
    house.now = house.now.replace(year=2025, month=12, day=31)
    view = make.opened(house, care_from="2024-12-30")
    house.now += timedelta(days=5)
    assert make.entered(house, view, make.bill(day=date(2024, 12, 30))).total_fen == 50000


def test_the_applicants_own_name_is_on_the_invoice(house: House) -> None:
    person = make.insured(1)
    view = make.opened(house)
    draft = replace(GOOD, invoices=(replace(PAPER, payer=person.name),))
    assert make.entered(house, view, draft).total_fen == 50000


def test_a_newborns_invoice_carries_the_mothers_name(house: House) -> None:
    make.insured(1, kind="1401", born=date(2026, 1, 10), start_on=date(2026, 1, 10))
    view = make.opened(house, **{"id_number": make.made.new_number(1, date(2026, 1, 10))})
    draft = replace(GOOD, invoices=(replace(PAPER, payer="李四之子"),))
    assert make.entered(house, view, draft).total_fen == 50000


def test_a_newborn_goes_with_its_mother(house: House) -> None:
    """Else anybody's receipt would be a man's, by any name of a newborn."""
    make.insured(1)
    make.insured(2, sex="female")
    bill = make.bill(
        patient="newborn", patient_name="旁小甲", invoices=(make.invoice("500.00", payer="旁小甲"),)
    )
    with pytest.raises(BillWrong, match="随母亲报销"):
        make.entered(house, make.opened(house), bill)
    assert make.entered(house, make.opened(house, n=2, sex="female"), bill).pk


def test_lines_and_diagnosis_are_sealed(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    draft = replace(GOOD, diagnosis="高血压三级", disease="m03900")
    bill = make.entered(house, view, draft)
    assert "高血压".encode() not in bytes(bill.content)
    assert drafts.content(bill).diagnosis == "高血压三级"
    assert benefits.bill_draft(bill) == replace(draft, disease="M03900")
    Bill.objects.filter(pk=bill.pk).update(case=make.opened(house).id)  # moved elsewhere it does not open
    with pytest.raises(Exception, match="打不开|不能打开|加密"):
        drafts.content(Bill.objects.get(pk=bill.pk))


def test_a_correction_is_a_new_row_and_takes_the_invoice_over(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    first = make.entered(house, view)
    second = benefits.correct_bill(first, make.bill("480.00"), actor=make.REVIEWER, now=house.now)
    first.refresh_from_db()
    assert (first.removed_by, second.replaces_id, second.total_fen) == (make.REVIEWER, first.pk, 48000)
    assert [b.pk for b in benefits.bills_of(view.id)] == [second.pk]
    assert Invoice.objects.get(released_at__isnull=True).bill_id == second.pk
    with pytest.raises(BillClosed, match="更正或撤销过"):
        benefits.correct_bill(first, make.bill("470.00"), actor=make.REVIEWER, now=house.now)
    benefits.remove_bill(second, actor=make.REVIEWER, now=house.now)
    assert not benefits.bills_of(view.id)
    assert not Invoice.objects.filter(released_at__isnull=True).exists()


def test_a_failed_correction_changes_nothing(house: House) -> None:
    make.insured(1)
    first = make.entered(house, make.opened(house))
    with pytest.raises(BillWrong):
        benefits.correct_bill(first, replace(GOOD, total=1), actor=make.CLERK, now=house.now)
    first.refresh_from_db()
    assert first.removed_at is None
    assert Invoice.objects.filter(released_at__isnull=True).count() == 1


def test_a_decided_case_keeps_its_bills(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    bill = make.entered(house, view)
    make.approved(house, view)
    for change in (
        lambda: make.entered(house, view, make.bill("10.00", "9")),
        lambda: benefits.correct_bill(bill, make.bill("10.00"), actor=1, now=house.now),
        lambda: benefits.remove_bill(bill, actor=1, now=house.now),
    ):
        with pytest.raises(BillClosed, match="已经核定金额，账单不能再改"):
            change()


def test_an_entry_without_benefits_takes_no_bills(house: House) -> None:
    entry = ("puyang", "agency", "resident-info-change")
    made = make.made
    made.person(made.origin(), 1)
    view = house.apply(entry, answers=made.who(1), channel="window")
    with pytest.raises(BillWrong, match="不核定医疗费用"):
        make.entered(house, view)


def test_who_may_edit(house: House) -> None:
    make.insured(1)
    view = house.fresh(make.opened(house))
    for role in ("window", "entry", "reviewer"):
        assert benefits.may_edit_bills(view, staff(50, role))
    for other in (staff(51, "cashier"), staff(52, "reviewer", region="bazhou"), house.applicant):
        assert not benefits.may_edit_bills(view, other)
    make.entered(house, view)
    make.approved(house, view)
    assert not benefits.may_edit_bills(house.fresh(view), staff(50, "reviewer"))


def test_bills_are_sealed_again_by_a_new_key(house: House, settings: Any) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view)
    make.approved(house, view)
    keys = settings.JINGBAN_KEYS
    settings.JINGBAN_KEYS = {
        **keys,
        "current": 2,
        "keys": {**keys["keys"], "2": {"algorithm": "sm4-gcm", "key": "a2tra2tra2tra2tra2traw=="}},
    }
    assert benefits.reseal_benefits() == (1, 0, 1, 0)
    assert benefits.reseal_benefits() == (0, 0, 0, 0)
    assert drafts.content(Bill.objects.get()).lines == GOOD.lines
