"""The same receipt over the line, in the file and typed in, all at once on PostgreSQL: paid once, one answer."""

from __future__ import annotations

import pytest

from jingban.exchange.inbox import Answer
from jingban.exchange.models import TaxReceipt
from jingban.exchange.tax import take_receipt
from jingban.registry import accounts
from jingban.registry.models import TaxNotice
from tests.builders import MONDAY
from tests.exchange.test_races import WORKERS, other, together
from tests.exchange.test_tax import levy_of, receipt_of, tax_office
from tests.registry import factories as make

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(databases=["default", "audit"], transaction=True),
]
__all__ = ["other"]


@pytest.mark.parametrize("same", [True, False])
def test_a_receipt_from_all_sides_is_paid_once(other: object, same: bool) -> None:
    tax = tax_office()
    levy = levy_of()
    receipts = [receipt_of(tax, levy) for _ in range(WORKERS)]
    answers: list[Answer] = []

    def work(n: int) -> None:
        if n == 0 and not same:
            make.tax_says(make.origin(), levy.number, message="SW-1")
        else:
            answers.append(take_receipt(receipts[0 if same else n], now=MONDAY))

    together(work)
    assert {(answer.state, answer.words) for answer in answers} == {
        ("applied", f"征缴单{levy.number}已确认到账。")
    }
    assert TaxNotice.objects.count() == 1
    assert TaxReceipt.objects.count() == (1 if same else WORKERS - 1)
    line = levy.lines.get()
    assert accounts.balance(line.person) * 100 == line.person_fen
