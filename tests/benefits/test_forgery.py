"""Receipts that somebody tries to have paid twice, to another, or for what is never paid; each of these once went through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from jingban.benefits import einvoice
from jingban.benefits import service as benefits
from jingban.benefits.service import BillWrong, InvoiceAltered, InvoiceUsed, InvoiceWrong
from jingban.registry import aid
from tests.benefits import factories as make
from tests.houses import House, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

MEDICAL = (Path(__file__).parent / "samples" / "medical.xml").read_bytes()
AID = ("puyang", "agency", "medical-aid-reimbursement")


def paper(amount: str = "500.00", **rest: Any) -> Any:
    """A bill with one receipt."""
    return replace(make.bill(amount), invoices=(make.invoice(amount, **rest),))


def filed(*changes: tuple[str, str], amount: str = "300.00") -> Any:
    """A bill with the sample's receipt as it is read from a file that was changed."""
    content = MEDICAL
    for old, new in changes:
        assert old.encode() in content
        content = content.replace(old.encode(), new.encode())
    draft, _ = benefits.invoice_from_file(content)
    return replace(make.bill(amount), invoices=(replace(draft, payer=make.made.new_name(1)),))


def test_files_of_one_issuer_that_differ_in_the_code_alone_are_suspected(house: House) -> None:
    make.insured(1)
    make.entered(house, make.opened(house), filed())
    with pytest.raises(InvoiceUsed, match="疑似同一张"):
        make.entered(house, make.opened(house), filed(("99060126", "99060127")))
    other = filed(("99060126", "99060127"), ("试验县人民医院", "试验县中医院"))
    assert make.entered(house, make.opened(house), other).pk, "told apart: each has its own file and issuer"


def test_an_altered_amount_under_a_mistyped_code(house: House) -> None:
    make.insured(1)
    make.entered(house, make.opened(house))
    with pytest.raises(
        InvoiceUsed, match=r"号码、开票单位、开票日期都相同，只是票据代码和金额不同（.*500\.00元）"
    ):
        make.entered(house, make.opened(house), paper("800.00", code="41060127"))
    others = paper("800.00", code="41060127", issuer="另一家医院")
    assert make.entered(house, make.opened(house), others).pk


def test_a_slip_is_put_right_by_the_genuine_file(house: House) -> None:
    make.insured(1)
    view = make.opened(house)
    slip = make.entered(house, view, paper("3000.00", number="0000012345", code="99060126"))
    assert benefits.correct_bill(slip, filed(), actor=make.CLERK, now=house.now).total_fen == 30000


@pytest.mark.parametrize(
    "change",
    [
        ("0000012345", "1" * 31),
        ("99060126", "9" * 21),
        ("试验县人民医院", "院" * 121),
        ("试安宁", "宁" * 65),
    ],
    ids=["number", "code", "issuer", "payer"],
)
def test_words_longer_than_any_receipt_has_are_refused(change: tuple[str, str]) -> None:
    """On PostgreSQL they were an error of the database."""
    content = MEDICAL.replace(change[0].encode(), change[1].encode())
    assert content != MEDICAL
    with pytest.raises(InvoiceWrong, match="过长"):
        einvoice.read(content)


def test_a_file_of_line_ends_is_read_at_once() -> None:
    """Each was copied with all before it: a file of two megabytes took more than a minute."""
    begun = perf_counter()
    with pytest.raises(InvoiceWrong, match="认不出"):
        einvoice.read(b"<EInvoice>" + b"\n" * 1_900_000 + b"</EInvoice>")
    assert perf_counter() - begun < 5


def test_a_receipt_of_another_womans_baby(house: House) -> None:
    make.insured(2, sex="female")
    view, mother = make.opened(house, n=2, sex="female"), make.made.new_name(2)
    newborn = {"patient": "newborn", "patient_name": "旁小甲"}
    with pytest.raises(InvoiceWrong, match="交款人是“王五之子”，不是申请人本人的票据"):
        make.entered(house, view, replace(paper(payer="王五之子"), **newborn))
    assert make.entered(house, view, replace(paper(payer=f"{mother}之子（大）"), **newborn)).pk


def test_who_is_on_no_register_is_no_baby(house: House) -> None:
    view = make.opened(house)
    with pytest.raises(InvoiceWrong, match="不是申请人本人的票据"):
        make.entered(house, view, paper(payer="王五之子"))


def test_aid_of_one_on_the_receipt_of_another(house: House) -> None:
    stay = make.stay("60000.00", level="3")
    for n in (1, 2):
        person = make.insured(n, kind="1501")
        aid.grant(make.made.origin(day=date(2026, 1, 2)), person, "marginal", date(2026, 1, 2))
    basic = make.opened(house, make.INPATIENT)
    make.entered(house, basic, stay)
    make.approved(house, basic)
    copy = replace(stay, invoices=(replace(stay.invoices[0], payer=make.made.new_name(2)),))
    with pytest.raises(InvoiceAltered, match="交款人"):
        make.entered(house, make.opened(house, AID, n=2), copy)


def test_care_abroad_is_not_paid(house: House) -> None:
    make.insured(1)
    abroad = paper(kind="abroad", code="", number="77")
    with pytest.raises(BillWrong, match="在境外就医"):
        make.entered(house, make.opened(house), abroad)
    line = replace(abroad.lines[0], excluded="abroad")
    assert make.entered(house, make.opened(house), replace(abroad, lines=(line,))).pk


@pytest.mark.parametrize("other", ["NO.0000000001", "№0000000001", "OOOOOOOOO1", "000000000I"])
def test_signs_that_look_alike(house: House, other: str) -> None:
    make.insured(1)
    make.entered(house, make.opened(house))
    with pytest.raises(InvoiceUsed):
        make.entered(house, make.opened(house), paper(number=other))


def test_a_form_that_is_put_right_to_another_name_takes_no_receipts_along(house: House) -> None:
    make.insured(1)
    make.insured(2)
    asked = {field.key for field in house.version(make.OUTPATIENT).item.form}
    mine, others = ({k: v for k, v in make.said(n).items() if k in asked} for n in (1, 2))
    view = house.apply(
        make.OUTPATIENT, answers=mine, channel="window", walk_in=True, actor=staff(700, "window")
    )
    make.entered(house, view)
    changed = {key: text for key, text in others.items() if text != mine[key]}
    view = house.act(house.fresh(view), "accept", actor=staff(701, "window"), answers=changed)
    with pytest.raises(InvoiceWrong, match="不是申请人本人的票据"):
        make.approved(house, view)
