"""Many at once on PostgreSQL: no lost update, no broken floor, no deadlock, no fork of the chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Event, Thread

import pytest
from django.db import DatabaseError, connections, transaction

from jingban.ledger import service as ledger
from jingban.ledger.models import Account, Book, Entry, Line
from tests.ledger.conftest import CHART, OPENED, Books
from tests.ledger.test_attacks import line

pytestmark = pytest.mark.postgres
WORKERS = 6


def together(*works: Callable[[], None]) -> None:
    """Run each in a thread with a connection of its own, all starting at once."""
    ready, errors = Barrier(len(works)), []

    def run(work: Callable[[], None]) -> None:
        try:
            ready.wait()
            work()
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_no_posting_is_lost_and_numbers_have_no_gap(committed_books: Books) -> None:
    books, each = committed_books, 15

    def work() -> None:
        for n in range(each):
            pair = (("bank", "one", "1"), ("bank", "two", "1"))
            books.post(*(pair if n % 2 else reversed(pair)))

    together(*[work] * WORKERS)
    assert books.balance("one") == books.balance("two") == WORKERS * each
    numbers = Entry.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, WORKERS * each + 1))
    assert list(ledger.faults()) == []


def test_the_floor_is_never_broken(committed_books: Books) -> None:
    books, drawn = committed_books, []
    books.pay_in("10")

    def work() -> None:
        for _ in range(8):
            try:
                drawn.append(books.draw("1"))
            except ledger.BalanceTooLow:
                continue

    together(*[work] * WORKERS)
    assert len(drawn) == 10
    assert books.balance("one") == 0
    assert list(ledger.faults()) == []


def test_one_reference_at_once_is_one_entry(committed_books: Books) -> None:
    found: list[int] = []
    together(*[lambda: found.append(committed_books.pay_in("1", reference="case:1").pk)] * WORKERS)
    assert len(set(found)) == 1
    assert committed_books.balance("one") == 1


def test_an_entry_is_reversed_once(committed_books: Books) -> None:
    books, refused = committed_books, []
    entry = books.pay_in("5")

    def work(number: int) -> None:
        try:
            books.reverse(entry, reference=f"undo:{number}")
        except ledger.NotReversible as error:
            refused.append(error)

    together(*[lambda n=n: work(n) for n in range(WORKERS)])
    assert len(refused) == WORKERS - 1
    assert books.balance("one") == 0


def test_a_month_that_closes_meanwhile_takes_nothing_more(committed_books: Books) -> None:
    books = committed_books
    last = books.today.replace(day=1) - timedelta(days=1)

    def work() -> None:
        for _ in range(10):
            try:
                books.pay_in("1", booked_on=last)
            except ledger.MonthClosed:
                return

    together(*[work] * (WORKERS - 1), lambda: books.close(last) and None)
    assert Book.objects.get().closed_through == last
    assert list(ledger.faults()) == [], "no entry of the month has a number after its closing"


def test_an_account_that_closes_meanwhile_is_empty(committed_books: Books) -> None:
    books = committed_books

    def post() -> None:
        try:
            books.pay_in("1")
        except ledger.AccountNotOpen:
            return

    def close() -> None:
        try:
            ledger.close_account(account=books.a["one"], closed_on=books.today, actor=1, now=books.now)
        except ledger.AccountNotEmpty:
            return

    together(post, close, post)
    row = Account.objects.get(pk=books.a["one"].pk)
    assert row.closed_on is None or row.balance_fen == 0
    assert list(ledger.faults()) == []


def test_accounts_opened_at_once_are_one_each(committed_books: Books) -> None:
    found: list[tuple[int, ...]] = []

    def work() -> None:
        opened = ledger.open_accounts(
            region="new", openings=CHART, opened_on=OPENED, actor=1, now=committed_books.now
        )
        found.append(tuple(account.pk for account in opened))

    together(*[work] * WORKERS)
    assert len(set(found)) == 1
    assert Account.objects.filter(region="new").count() == len(CHART)


def test_runs_in_opposite_order_do_not_lock_each_other(committed_books: Books) -> None:
    books = committed_books
    forth = [("bank", "one", "1"), ("bank", "two", "1"), ("expense", "income", "1")]

    def work(number: int) -> None:
        order = forth if number % 2 else forth[::-1]
        for _ in range(5):
            books.many([books.posting(move) for move in order])

    together(*[lambda n=n: work(n) for n in range(WORKERS)])
    assert Entry.objects.count() == WORKERS * 5 * 3
    assert list(ledger.faults()) == []


def test_a_stray_line_cannot_slip_under_an_entry_of_another_transaction(committed_books: Books) -> None:
    """By raw SQL: its line is written before the entry is there, and committed after."""
    books, written, posted, refused = committed_books, Event(), Event(), []
    pk = books.pay_in("1").pk + 1

    def attacker() -> None:
        try:
            with transaction.atomic():
                with connections["default"].cursor() as cursor:
                    sql, *values = line(books, pk, 99, "one", "credit", 500)
                    cursor.execute(sql, values)
                written.set()
                posted.wait(20)
        except DatabaseError as error:
            refused.append(error)

    def honest() -> None:
        written.wait(20)
        assert books.pay_in("2").pk == pk
        posted.set()

    together(attacker, honest)
    assert len(refused) == 1
    assert Line.objects.filter(entry=pk).count() == 2
    assert books.balance("one") == Decimal(3)
    assert list(ledger.faults()) == []
