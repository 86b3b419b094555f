"""What both databases refuse, whoever writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from jingban.benefits import service as benefits
from jingban.benefits.models import Adjustment, Bill, CatalogueEntry, Decision, Invoice, PersonYear
from tests.benefits import factories as make
from tests.houses import House

pytestmark = pytest.mark.django_db(databases=["default", "audit"])


@pytest.fixture
def done(house: House) -> Decision:
    make.insured(1)
    return make.decided(house, make.bill())


def denied(call: Any, **values: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        call(**values)


def copied(row: Any, **values: Any) -> Any:
    row.pk = None
    for name, value in values.items():
        setattr(row, name, value)
    return row.save(force_insert=True)


def test_two_standing_decisions_of_a_case(done: Decision) -> None:
    denied(copied, row=Decision.objects.get(), turn=2, rank=9)


def test_two_decisions_on_one_place_of_a_year(done: Decision, house: House) -> None:
    other = make.opened(house)
    denied(copied, row=Decision.objects.get(), case_id=other.id)


def test_an_invoice_held_twice(done: Decision, house: House) -> None:
    other = make.entered(house, make.opened(house), make.bill(number="2"))
    denied(
        copied,
        row=Invoice.objects.get(bill=benefits.results_of(done)[0]["bill"]),
        bill_id=other.pk,
        case_id=other.case_id,
    )


@pytest.mark.parametrize("column", ["total_fen", "fund_fen", "person_fen", "others_fen"])
def test_a_negative_decision(done: Decision, column: str) -> None:
    denied(Decision.objects.update, **{column: -1})


def test_a_decision_that_does_not_add_up(done: Decision) -> None:
    denied(Decision.objects.update, fund_fen=1)
    denied(Decision.objects.update, person=None)


@pytest.mark.parametrize("column", ["total_fen", "commercial_fen", "third_party_fen"])
def test_a_negative_bill(done: Decision, column: str) -> None:
    denied(Bill.objects.update, **{column: -1})


def test_more_paid_than_the_bill(done: Decision) -> None:
    denied(Bill.objects.update, commercial_fen=50001)


def test_a_bill_checked_by_who_entered_it(done: Decision) -> None:
    denied(Bill.objects.update, checked_by=make.CLERK)


def test_an_invoice_of_nothing(done: Decision) -> None:
    denied(Invoice.objects.update, amount_fen=0)


def test_a_year_has_one_row(done: Decision) -> None:
    denied(copied, row=PersonYear.objects.get(year=2026))


def test_an_adjustment_is_settled_by_something(done: Decision, house: House) -> None:
    row = Adjustment.objects.create(
        region=done.region, case_id=done.case_id, old=done, difference_fen=-1, made_at=house.now
    )
    denied(Adjustment.objects.filter(pk=row.pk).update, settled_at=house.now)


@pytest.mark.parametrize(
    "values", [{"klass": "A", "own_share": 1}, {"own_share": 2}, {"klass": "Z"}, {"price_limit": -1}]
)
def test_an_entry_of_the_catalogue_that_cannot_be(house: House, values: dict[str, Any]) -> None:
    denied(CatalogueEntry.objects.filter(code="DEMO-D-002").update, **values)
