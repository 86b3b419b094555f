"""《参保凭证》 and extracts: what was issued stays as it was said, whatever the registers become."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from jingban.registry import accounts, certificates, contributions, enrolments
from jingban.registry.errors import NotEnrolled
from jingban.registry.models import Issued, Person
from jingban.registry.sealing import sealed
from tests.registry.factories import DAY, new_number, origin, person, unit

pytestmark = pytest.mark.django_db

PLACE = "410928"


def _insured(*, stop: bool = False) -> Person:
    o = origin(day=date(2026, 2, 27))
    p = person(o)
    enrolments.enrol(
        o, p, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=unit(o), wage=Decimal(5000)
    )
    paid = (date(2025, 1, 1), date(2026, 2, 1))
    contributions.add(o, p, insurance="310", first=paid[0], last=paid[1], base=Decimal(5000), place=PLACE)
    contributions.add(
        o, p, insurance="310", first=date(2020, 1, 1), last=date(2020, 6, 1), deemed=True, place=PLACE
    )
    contributions.add(o, p, insurance="390", first=date(2024, 1, 1), last=date(2024, 12, 1), place=PLACE)
    accounts.credit(o, p, Decimal("66.60"), kind="levy", reference="levy")
    if stop:
        enrolments.end(o, p, date(2026, 2, 28), "left")
    return p


def test_a_certificate_has_the_fields_of_the_form() -> None:
    body = certificates.read(certificates.certificate(origin(), _insured()))
    assert body["number"].startswith(f"PZ{PLACE}-20260302-000001")
    assert body["person"] == {
        "name": "试安宁",
        "sex": "male",
        "born_on": "1980-05-01",
        "id_kind": "01",
        "id_number": new_number(1),
    }
    assert (body["insurance"], body["standing"], body["balance"]) == ("310", "1", "66.60")
    assert (body["from"], body["until"]) == ("2020-01", "2026-02")
    assert (body["months_paid"], body["months_deemed"]) == (14, 6)
    other = next(i for i in body["insurances"] if i["insurance"] == "390")
    assert (other["from"], other["until"], other["months_paid"]) == ("2024-01", "2024-12", 12)
    assert body["agency"]["place"] == PLACE
    assert body["date"] == "2026-03-02"


def test_who_was_insured_before_gets_one_too() -> None:
    body = certificates.read(certificates.certificate(origin(), _insured(stop=True)))
    assert (body["standing"], body["months_paid"]) == ("4", 14)


def test_a_suspended_enrolment_says_so() -> None:
    p = _insured()
    enrolments.suspend(origin(), p, DAY)
    assert certificates.read(certificates.certificate(origin(), p))["standing"] == "2"


def test_who_was_never_insured_gets_none() -> None:
    with pytest.raises(NotEnrolled, match="没有参保和缴费记录，不能出具《参保凭证》"):
        certificates.certificate(origin(), person(origin()))


def test_what_was_issued_stays_as_it_was() -> None:
    p = _insured()
    issued = certificates.certificate(origin(), p)
    before = certificates.read(issued)
    accounts.credit(origin(), p, Decimal(100), kind="levy", reference="later")
    contributions.add(origin(), p, insurance="310", first=DAY, last=DAY, place=PLACE)
    assert certificates.read(Issued.objects.get(pk=issued.pk)) == before
    again = certificates.read(certificates.certificate(origin(), p))
    assert (again["balance"], again["months_paid"]) == ("166.60", 15)
    assert again["number"] != before["number"]


def test_a_changed_text_is_found() -> None:
    issued = certificates.certificate(origin(), _insured())
    text = certificates.canonical({**certificates.read(issued), "balance": "999999.00"})
    issued.body = sealed(issued.region, "issued.body", text) or b""
    with pytest.raises(certificates.Altered, match="可能被改动"):
        certificates.read(issued)


def test_the_database_changes_no_certificate() -> None:
    issued = certificates.certificate(origin(), _insured())
    with pytest.raises(Exception, match=r"append_only|只能增加"), transaction.atomic():
        Issued.objects.filter(pk=issued.pk).update(hash=b"x" * 32)


def test_an_extract_says_everything_of_oneself() -> None:
    body = certificates.read(certificates.extract(origin(case=9), _insured()))
    assert body["number"].startswith("CX")
    assert [(e["insurance"], e["kind"], e["standing"]) for e in body["enrolments"]] == [
        ("310", "在职职工", "正常参保")
    ]
    assert [(c["first"], c["last"], c["months"], c["kind"]) for c in body["contributions"]] == [
        ("2020-01", "2020-06", 6, "deemed"),
        ("2024-01", "2024-12", 12, "paid"),
        ("2025-01", "2026-02", 14, "paid"),
    ]
    assert (body["balance"], body["filings"], body["recognitions"], body["aid"]) == ("66.60", [], [], [])
    assert list(Issued.objects.values_list("case", flat=True)) == [9]


def test_an_extract_of_somebody_without_any_record_says_so() -> None:
    body = certificates.read(certificates.extract(origin(), person(origin())))
    assert (body["standing"], body["enrolments"], body["balance"]) == ("0", [], "0.00")
