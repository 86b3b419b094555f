"""Money of a transfer: the person gets what the sheet says, never more; the rest lies there until it goes back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jingban.ledger import service as ledger
from jingban.registry import accounts, certificates, enrolments, transfer_funds, transfers
from jingban.registry.models import Person
from jingban.registry.origin import Origin
from tests.registry.factories import origin, person, unit

pytestmark = pytest.mark.django_db
D = Decimal
NEW, DAY, CASE = "luanzhou", date(2026, 3, 2), 8
FEN = st.integers(1, 90000).map(lambda fen: Decimal(fen).scaleb(-2))


def _mover(o: Origin) -> Person:
    p = person(o)
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=DAY, unit=unit(o, 51), wage=D(6000))
    return p


def _sheet(p: Person, amount: Decimal, number: str = "LH9") -> dict[str, Any]:
    period = {
        "insurance": "310", "first": "2023-01", "last": "2023-12", "months": 12, "kind": "paid",
        "base": "4500.00", "place": "410928",
    }  # fmt: skip
    return {
        "letter_number": number, "person": certificates.identity_of(p),
        "transferor": {"place": "410928", "name": "转出"}, "transferee": {"place": "130284"},
        "insurance": "310", "periods": [period], "months_paid": 12, "months_deemed": 0,
        "account_balance": f"{amount:.2f}", "transfer_amount": f"{amount:.2f}", "date": "2026-03-02",
    }  # fmt: skip


def _incoming(o: Origin) -> Decimal:
    return ledger.balance(accounts.chart(o)[accounts.INCOMING])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=FEN,
    before=st.lists(FEN, max_size=3),
    after=st.lists(FEN, max_size=3),
    back=st.decimals(0, 1, places=2),
)
def test_whatever_comes_and_goes_the_books_hold(
    amount: Decimal, before: list[Decimal], after: list[Decimal], back: Decimal
) -> None:
    """Payments before and after the takeover, a return between them: what came is the person's, waits, or went back."""
    from django.db import transaction

    with transaction.atomic():
        o = origin(NEW, case=CASE)
        p = _mover(o)
        row = transfers.receive_sheet(o, CASE, _sheet(p, amount))
        for turn, one in enumerate(before):
            transfers.receive_funds(o, CASE, one, DAY, f"A{turn}")
        transfers.take_in(o, p, row, whole=False)
        assert accounts.balance(p) == min(amount, sum(before, D(0)))
        surplus = transfer_funds.funds_standing(NEW, CASE).surplus(wanted=True)
        if returned := (surplus * back).quantize(D("0.01")):
            transfer_funds.return_funds(o, CASE, returned, "多付", wanted=True)
        for turn, one in enumerate(after):
            transfers.receive_funds(o, CASE, one, DAY, f"B{turn}")
        funds = transfer_funds.funds_standing(NEW, CASE)
        assert funds.received == sum(before + after, D(0))
        assert funds.returned == returned
        assert funds.credited == accounts.balance(p) == min(amount, funds.kept)
        assert _incoming(o) == funds.kept - funds.credited == funds.surplus(wanted=True)
        assert funds.short == max(D(0), amount - funds.kept)
        assert list(ledger.faults(NEW)) == []
        transaction.set_rollback(True)


def test_more_than_lies_there_for_nobody_is_not_returned() -> None:
    o = origin(NEW, case=CASE)
    p = _mover(o)
    transfers.receive_sheet(o, CASE, _sheet(p, D(500)))
    transfers.receive_funds(o, CASE, D(600), DAY, "HZ1")
    for amount in (D("100.01"), D(0), D(-1)):
        with pytest.raises(transfer_funds.NothingToReturn, match=r"可以退回的是100\.00元"):
            transfer_funds.return_funds(o, CASE, amount, "多付", wanted=True)
    transfer_funds.return_funds(o, CASE, D(600), "撤回", wanted=False)
    assert _incoming(o) == D(0)


def test_a_corrected_sheet_after_a_return_never_takes_what_is_others() -> None:
    """Two transfers under way: what the second is short of does not come out of the first."""
    o, elses = origin(NEW, case=CASE), 9
    p = _mover(o)
    transfers.receive_funds(o, elses, D(300), DAY, "HZ9")
    transfers.receive_sheet(o, CASE, _sheet(p, D(400)))
    transfers.receive_funds(o, CASE, D(500), DAY, "HZ1")
    transfer_funds.return_funds(o, CASE, D(100), "多付", wanted=True)
    row = transfers.receive_sheet(o, CASE, _sheet(p, D(500), "LH10"))
    transfers.take_in(o, p, row, whole=False)
    assert (accounts.balance(p), _incoming(o)) == (D(400), D(300))


def test_less_money_is_taken_for_the_sheet_that_the_decision_was_about() -> None:
    o = origin(NEW, case=CASE)
    p = _mover(o)
    with pytest.raises(transfer_funds.NothingShort):
        transfer_funds.take_short(o, CASE, "没有《信息表》")
    row = transfers.receive_sheet(o, CASE, _sheet(p, D(500)))
    transfers.receive_funds(o, CASE, D(400), DAY, "HZ1")
    transfer_funds.take_short(o, CASE, "对方不再补划")
    transfer_funds.refuse_short(NEW, CASE)
    transfers.receive_sheet(o, CASE, _sheet(p, D(450), "LH10"))
    with pytest.raises(transfers.FundsDiffer, match=r"还差50\.00元"):
        transfers.take_in(o, p, row, whole=True)
