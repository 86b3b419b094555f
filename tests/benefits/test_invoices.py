"""One invoice is paid once, over all cases and regions; altered copies are stopped; electronic ones are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jingban.benefits import einvoice, invoices
from jingban.benefits import service as benefits
from jingban.benefits.models import Invoice
from jingban.benefits.service import InvoiceAltered, InvoiceUsed, InvoiceWrong
from tests.benefits import factories as make
from tests.houses import House

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

SAMPLES = Path(__file__).parent / "samples"
MEDICAL = (SAMPLES / "medical.xml").read_bytes()
DIGITAL = (SAMPLES / "digital.xml").read_bytes()
BAZHOU = ("bazhou", "agency", "outpatient-reimbursement")


def test_the_same_invoice_in_another_case_of_another_region_is_refused(house: House) -> None:
    make.insured(1)
    first = make.opened(house)
    make.entered(house, first)
    make.insured(1, region="bazhou")
    other = make.opened(house, BAZHOU)
    with pytest.raises(InvoiceUsed, match=f"濮阳县的办件{first.number}；一张票据只能报销一次"):
        make.entered(house, other)
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"number": " 0000-000001 "},
        {"kind": "medical-e"},
        {"issuer": "另一家医院"},
        {"number": "０００００００００１", "code": "４１０６０１２６"},
    ],
    ids=["written otherwise", "printed and electronic", "another issuer", "full-width"],
)
def test_it_is_the_same_however_it_is_typed(house: House, other: dict[str, Any]) -> None:
    make.insured(1)
    make.entered(house, make.opened(house))
    draft = make.bill()
    with pytest.raises(InvoiceUsed):
        make.entered(
            house, make.opened(house), replace(draft, invoices=(replace(draft.invoices[0], **other),))
        )


def test_one_bill_cannot_bring_it_twice(house: House) -> None:
    make.insured(1)
    draft = make.bill("1000.00")
    half = make.invoice("500.00")
    with pytest.raises(InvoiceUsed):
        make.entered(house, make.opened(house), replace(draft, invoices=(half, half)))


@pytest.mark.parametrize("change", [{"amount": "800.00"}, {"day": date(2026, 1, 16)}], ids=["amount", "day"])
def test_an_altered_copy_is_stopped(house: House, change: dict[str, Any]) -> None:
    make.insured(1)
    make.entered(house, make.opened(house))
    amount, day = change.get("amount", "500.00"), change.get("day", make.DAY)
    with pytest.raises(InvoiceAltered, match=r"金额500\.00元、开票日期2026-01-15.*两者不一致.*疑似涂改"):
        make.entered(house, make.opened(house), make.bill(amount, day=day))


def test_a_case_that_came_to_nothing_lets_go_of_its_invoices(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    make.entered(house, view)
    house.act(view, "refuse")
    again = make.opened(house)
    assert make.entered(house, again).total_fen == 50000
    assert Invoice.objects.filter(released_at__isnull=True).count() == 1


def test_a_slip_of_typing_is_no_alteration_but_what_was_read_from_the_file_is(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    slip = make.entered(house, view, make.bill("5000.00"))
    right = benefits.correct_bill(slip, make.bill("500.00"), actor=make.CLERK, now=house.now)
    draft, _ = benefits.invoice_from_file(MEDICAL)
    read = replace(make.bill("300.00"), invoices=(draft,))
    real = benefits.correct_bill(right, read, actor=make.CLERK, now=house.now)
    benefits.remove_bill(real, actor=make.CLERK, now=house.now)
    forged = replace(draft, amount=90000, is_read=False)
    with pytest.raises(InvoiceAltered):
        make.entered(house, view, replace(make.bill("900.00"), invoices=(forged,)))


def paper(**rest: Any) -> Any:
    """A bill with one receipt."""
    amount = rest.pop("amount", "500.00")
    line = make.line(amount, excluded="abroad" if rest.get("kind") == "abroad" else "")
    return replace(make.bill(amount), lines=(line,), invoices=(make.invoice(amount, **rest),))


def test_papers_from_abroad_are_told_apart_by_who_issued_them(house: House) -> None:
    make.insured(1)
    abroad = {"kind": "abroad", "code": "", "number": "77"}
    make.entered(house, make.opened(house), paper(**abroad))
    other = paper(**abroad, issuer="另一家医院", amount="480.00")
    assert make.entered(house, make.opened(house), other).total_fen == 48000
    with pytest.raises(InvoiceUsed, match="一张票据只能报销一次"):
        make.entered(house, make.opened(house), paper(**abroad))


def test_code_and_number_typed_as_one_are_the_same_receipt(house: House) -> None:
    """A tax invoice on paper has a code of 12 and a number of 8: together as long as a number of the whole country."""
    make.insured(1)
    first, other = make.opened(house), make.opened(house)
    make.entered(house, first, paper(kind="vat", code="011001900111", number="12345678"))
    joined = {"kind": "vat", "code": "", "number": "01100190011112345678"}
    with pytest.raises(InvoiceUsed, match="只能报销一次"):
        make.entered(house, other, paper(**joined))
    with pytest.raises(InvoiceAltered):
        make.entered(house, other, paper(amount="600.00", **joined))
    make.entered(house, first, paper(number="0000000002"))
    with pytest.raises(InvoiceUsed, match="疑似同一张"):
        make.entered(house, other, paper(number="410601260000000002"))
    with pytest.raises(InvoiceUsed, match="疑似同一张"):
        make.entered(house, other, paper(number="2"))


def test_a_number_without_a_sign_is_none(house: House) -> None:
    make.insured(1)
    with pytest.raises(InvoiceWrong, match="号码里没有数字"):
        make.entered(house, make.opened(house), paper(number="——"))


NATIONAL = "26412000000000000017"


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ({"kind": "medical"}, "没有填写票据代码：医疗收费票据（纸质）请按票面填写代码和号码"),
        ({"kind": "medical-e"}, "没有填写票据代码：医疗收费电子票据"),
        ({"kind": "vat"}, "没有填写票据代码：增值税发票"),
        ({"kind": "vat-e"}, "的号码不完整：数电票的号码是20位数字"),
        ({"kind": "vat-e", "number": NATIONAL[:19]}, "号码不完整"),
    ],
)
def test_without_its_code_it_cannot_be_told_from_another(
    house: House, rest: dict[str, Any], words: str
) -> None:
    make.insured(1)
    with pytest.raises(InvoiceWrong, match=words):
        make.entered(house, make.opened(house), paper(code="", **rest))
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize("kind", ["vat-e", "medical-e", "vat"])
def test_a_number_of_the_whole_country_needs_no_code_and_is_one_with_any(house: House, kind: str) -> None:
    make.insured(1)
    make.entered(house, make.opened(house), paper(code="", number=NATIONAL, kind=kind))
    with pytest.raises(InvoiceUsed, match="只能报销一次"):
        make.entered(house, make.opened(house), paper(code="4106", number=NATIONAL, kind=kind))


@pytest.mark.parametrize(
    "other", [{"code": "41060127"}, {"code": "", "kind": "abroad"}], ids=["another code", "as of abroad"]
)
def test_the_same_number_amount_and_day_under_another_code_is_suspected(
    house: House, other: dict[str, Any]
) -> None:
    make.insured(1)
    first = make.opened(house)
    make.entered(house, first)
    again = make.opened(house)
    with pytest.raises(
        InvoiceUsed, match=f"濮阳县的办件{first.number}登记的一张号码、金额、开票日期都相同.*疑似同一张"
    ):
        make.entered(house, again, paper(**other))
    assert make.entered(house, again, paper(**other, number="0000000002")).pk
    house.act(first, "refuse")
    assert make.entered(house, make.opened(house), paper(**other)).pk, "what came to nothing is no suspicion"


def test_whose_receipt_it_is_has_to_be_said(house: House) -> None:
    make.insured(1)
    with pytest.raises(InvoiceWrong, match="没有写明交款人，请按票面填写"):
        make.entered(house, make.opened(house), paper(payer=" "))
    named = replace(paper(payer="王小二"), patient_name="王小二")
    with pytest.raises(InvoiceWrong, match="不是申请人本人的票据"):
        make.entered(house, make.opened(house), named)


def test_a_medical_receipt_is_read() -> None:
    read = einvoice.read(MEDICAL)
    assert (read.kind, read.code, read.number, read.amount) == ("medical-e", "99060126", "0000012345", 30000)
    assert (read.issuer, read.payer, read.issued_on) == ("试验县人民医院", "试安宁", date(2026, 1, 15))
    assert [(i.name, i.quantity, i.price, i.amount) for i in read.items] == [
        ("检查费", Decimal(1), Decimal("260.00"), 26000),
        ("诊察费", Decimal(4), Decimal("10.00"), 4000),
    ]


def test_a_digital_invoice_is_read_with_its_tax() -> None:
    read = einvoice.read(DIGITAL)
    assert (read.kind, read.code, read.number) == ("vat-e", "", "26412000000000000017")
    assert (read.amount, read.items[0].amount, read.payer) == (10000, 10000, "试安宁")


def test_a_read_invoice_is_held_like_a_typed_one(house: House) -> None:
    make.insured(1)
    draft, read = invoices.from_file(MEDICAL)
    lines = tuple(make.line(str(Decimal(i.amount) / 100), name=i.name) for i in read.items)
    bill = replace(make.bill("300.00"), lines=lines, invoices=(draft,))
    make.entered(house, make.opened(house), bill)
    typed = make.invoice("300.00", "12345".rjust(10, "0"), code="99060126", kind="medical")
    with pytest.raises(InvoiceUsed):
        make.entered(house, make.opened(house), replace(bill, invoices=(typed,)))
    assert Invoice.objects.get().is_read


def _edited(old: str, new: str) -> bytes:
    assert old.encode() in MEDICAL
    return MEDICAL.replace(old.encode(), new.encode())


LOL = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><EInvoice>&b;</EInvoice>'
FILE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><EInvoice>&a;</EInvoice>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是可以读取的电子票据"),
        (b"%PDF-1.7", "不是可以读取的电子票据"),
        (MEDICAL[:400], "不是可以读取的电子票据"),
        (b"\xff\xfe<EInvoice/>", "不是可以读取的电子票据"),
        (b"<a>" * 200 + b"</a>" * 200, "不是可以读取的电子票据"),
        (b"<Invoice><Main/></Invoice>", "认不出这种电子票据"),
        (b"<EInvoice><TaxSupervisionInfo/></EInvoice>", "认不出这种电子票据"),
        (b"<EInvoice><EInvoiceData/><TaxSupervisionInfo/></EInvoice>", "开票日期“”不对"),
        (LOL, "不允许的声明"),
        (FILE, "不允许的声明"),
        (b"<EInvoice>" + b" " * einvoice.LARGEST, "超过2兆"),
        (_edited("<TotalAmount>300.00", "<TotalAmount>-300.00"), "红字"),
        (
            _edited("<TotalAmount>300.00", "<TotalAmount>3000.00"),
            r"明细合计300\.00元，与票面金额3000\.00元不一致",
        ),
        (_edited("<TotalAmount>300.00", "<TotalAmount>3e2"), "不是数"),
        (_edited("<TotalAmount>300.00", "<TotalAmount>300.001"), "不足一分"),
        (_edited("20260115", "20261315"), "开票日期“20261315”不对"),
        (_edited("0000012345", ""), "没有票据号码"),
    ],
)
def test_what_is_no_invoice_or_was_changed_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(InvoiceWrong, match=words):
        einvoice.read(content)


def test_an_electronic_invoice_without_a_name_is_nobodys(house: House) -> None:
    make.insured(1)
    draft, _ = benefits.invoice_from_file(_edited("试安宁", ""))
    with pytest.raises(InvoiceWrong, match="没有写明交款人"):
        make.entered(house, make.opened(house), replace(make.bill("300.00"), invoices=(draft,)))
