"""Two cases of one person, or one invoice in two cases, at the same instant: on PostgreSQL, where they really meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from threading import Barrier, Event, Thread
from time import sleep
from typing import Any

import pytest
from django.db import connections, transaction

from jingban.benefits import adjustments, invoices
from jingban.benefits import service as benefits
from jingban.benefits.models import Decision, Invoice
from jingban.benefits.service import InvoiceUsed
from jingban.benefits.verify import faults
from tests.benefits import factories as make
from tests.builders import MONDAY
from tests.houses import House, forget_versions, staff

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, databases=["default", "audit"])]

BAZHOU = ("bazhou", "agency", "outpatient-reimbursement")


@pytest.fixture
def town(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    forget_versions()
    monkeypatch.setattr(adjustments, "ADJUSTED", [])
    benefits.load_demo_catalogue(MONDAY)
    yield House(now=MONDAY)
    forget_versions()


def at_once(*calls: Callable[[], object]) -> list[BaseException]:
    """Run each in a thread with a connection of its own, all starting together."""
    ready, errors = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            ready.wait()
            call()
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.parametrize("turn", range(3))
def test_two_cases_of_one_person_use_the_deductible_once(town: House, turn: int) -> None:
    make.insured(1, region="bazhou")
    views = []
    for n in range(2):
        view = make.opened(town, BAZHOU)
        make.entered(town, view, make.bill("500.00", f"{n}", place_code="131081"))
        views.append(town.fresh(view))
    reviewer = staff(make.REVIEWER, "reviewer", region="bazhou")
    errors = at_once(
        *[lambda v=v: town.act(v, "approve", actor=reviewer, amount="240.00") for v in views]  # type: ignore[misc]
    )
    # The second saw what the first had used up: the amount that both pages showed is no longer its own.
    (refused,) = errors
    assert isinstance(refused, benefits.AmountDiffers)
    assert refused.details["amount"] == "300.00"
    (left,) = [v for v in views if benefits.standing(v.id) is None]
    make.approved(town, left)
    assert sorted(Decision.objects.values_list("fund_fen", flat=True)) == [24000, 30000]
    assert sorted(Decision.objects.values_list("rank", flat=True)) == [1, 2]
    assert list(faults()) == []


def test_one_invoice_from_two_sides_is_held_once(town: House) -> None:
    make.insured(1)
    views = [make.opened(town) for _ in range(2)]
    errors = at_once(*[lambda v=v: make.entered(town, v) for v in views])  # type: ignore[misc]
    (refused,) = errors
    assert isinstance(refused, InvoiceUsed)
    assert Invoice.objects.count() == 1


def test_one_receipt_typed_otherwise_by_two_at_once_is_held_once(town: House) -> None:
    """The unique key does not know it again: who comes second waits, and then sees the first."""
    make.insured(1)
    first, second = (make.opened(town) for _ in range(2))
    is_entered, is_answered = Event(), Event()

    def enter_slowly() -> None:
        with transaction.atomic():
            make.entered(town, first)
            is_entered.set()
            is_answered.wait(0.3)

    def enter_otherwise() -> None:
        is_entered.wait(10)
        paper = make.invoice("500.00", code="41060127")
        try:
            make.entered(town, second, replace(make.bill(), invoices=(paper,)))
        finally:
            is_answered.set()

    (refused,) = at_once(enter_slowly, enter_otherwise)
    assert isinstance(refused, InvoiceUsed)
    assert "疑似同一张" in refused.message
    assert Invoice.objects.count() == 1


def test_two_receipts_from_two_sides_in_other_orders(town: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would wait for what the other holds; one of both is told so, none is broken off by the database."""
    make.insured(1)
    views = [make.opened(town) for _ in range(2)]
    papers = [make.invoice("250.00", number) for number in ("0000000001", "0000000002")]
    made = invoices._made

    def made_slowly(*said: Any) -> Invoice:
        row = made(*said)
        sleep(0.1)
        return row

    monkeypatch.setattr(invoices, "_made", made_slowly)
    orders = [replace(make.bill(), invoices=tuple(order)) for order in (papers, papers[::-1])]
    errors = at_once(
        *[lambda v=v, d=d: make.entered(town, v, d) for v, d in zip(views, orders, strict=True)]  # type: ignore[misc]
    )
    (refused,) = errors
    assert isinstance(refused, InvoiceUsed), refused
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize("turn", range(3))
def test_one_birth_is_decided_once_though_two_clerks_decide_it_at_once(town: House, turn: int) -> None:
    """Entered with days on both sides of the turn of the year: the cases do not even share a year."""
    make.insured(1, sex="female")
    views = []
    for day in (date(2025, 12, 30), date(2026, 1, 2)):
        view = make.opened(town, make.ALLOWANCE, sex="female")
        benefits.enter_event(view.id, make.birth(day), actor=make.CLERK, now=town.now)
        views.append(town.fresh(view))
    amounts = [make.right_amount(town, view) for view in views]
    errors = at_once(
        *[
            lambda v=view, a=amount, n=n: town.act(v, "approve", actor=staff(90 + n, "reviewer"), amount=a)  # type: ignore[misc]
            for n, (view, amount) in enumerate(zip(views, amounts, strict=True))
        ]
    )
    (refused,) = errors
    assert isinstance(refused, benefits.Decided), refused
    assert Decision.objects.filter(undone_at__isnull=True).count() == 1
    assert list(faults()) == []


def test_one_case_is_undone_while_another_of_the_person_is_decided(town: House) -> None:
    """Locks are taken in one order, case, person, payable, books: nobody waits for ever."""
    make.insured(1, region="bazhou")
    one, two = (make.opened(town, BAZHOU) for _ in range(2))
    for n, view in enumerate((one, two)):
        make.entered(town, view, make.bill("500.00", f"{n}", place_code="131081"))
    make.approved(town, one)
    one, two = town.fresh(one), town.fresh(two)
    errors = at_once(
        lambda: town.act(one, "return", actor=staff(60, "cashier", region="bazhou")),
        lambda: town.act(
            two, "approve", actor=staff(make.REVIEWER, "reviewer", region="bazhou"), amount="300.00"
        ),
    )
    assert all(isinstance(error, benefits.AmountDiffers) for error in errors), errors
    assert benefits.standing(one.id) is None
    assert list(faults()) == []


def test_a_bill_does_not_change_under_the_decision(town: House) -> None:
    make.insured(1)
    view = make.opened(town)
    bill = make.entered(town, view)
    view = town.fresh(view)
    reviewer = staff(make.REVIEWER, "reviewer")
    errors = at_once(
        lambda: town.act(view, "approve", actor=reviewer, amount="282.00"),
        lambda: benefits.correct_bill(bill, make.bill("480.00"), actor=make.CLERK, now=town.now),
    )
    (refused,) = errors
    if (found := benefits.standing_decision(view.id)) is not None:
        assert isinstance(refused, benefits.BillClosed)
        assert found.total_fen == 50000
    else:
        assert isinstance(refused, benefits.AmountDiffers)
        assert [b.total_fen for b in benefits.bills_of(view.id)] == [48000]


def test_sums_that_come_while_a_case_is_decided_end_up_in_it(town: House) -> None:
    """A file that counts at once and an approval: whichever is first, the year is as if the file had been there."""
    person = make.insured(1, region="bazhou")
    view = make.opened(town, BAZHOU)
    make.entered(town, view, make.bill("500.00", "1", place_code="131081"))
    view = town.fresh(view)
    reviewer = staff(make.REVIEWER, "reviewer", region="bazhou")
    draft = benefits.OpeningDraft(2026, "employee", make.DAY, "wire", sums={"outpatient_in_scope": 6000})
    errors = at_once(
        lambda: town.act(view, "approve", actor=reviewer, amount="240.00"),
        lambda: benefits.receive_sums(person, draft, actor=0, now=town.now),
    )
    if errors:
        (refused,) = errors
        assert isinstance(refused, benefits.AmountDiffers)
        make.approved(town, view)
    found = benefits.standing_decision(view.id)
    assert found is not None
    assert found.fund_fen == 27600
    assert list(faults()) == []
