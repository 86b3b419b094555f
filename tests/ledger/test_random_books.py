"""Random postings, reversals and closings against a plain model of the books."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jingban.ledger import service as ledger
from jingban.ledger.models import Account, Entry, Line
from tests.ledger.conftest import Books

NAMES = ("bank", "income", "expense", "one", "two")
FEN = st.integers(1, 10_000)
MOVES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), FEN), min_size=1, max_size=4)


class RandomBooks(RuleBasedStateMachine):
    """The model: every accepted move, kept apart from the database."""

    @initialize()
    def begin(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.books = Books()
        self.moves: list[tuple[date, dict[str, int]]] = []
        self.frozen: dict[int, Any] = {}
        self.closed = date(2000, 1, 1)

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @rule(moves=MOVES, days=st.integers(0, 70), twice=st.booleans())
    def post(self, moves: list[tuple[str, str, int]], days: int, twice: bool) -> None:
        wanted = self.books.posting(
            *((to, of, str(Decimal(fen).scaleb(-2))) for to, of, fen in moves),
            booked_on=self.books.days_ago(days),
        )
        change: dict[str, int] = {}
        for to, of, fen in moves:
            change[to] = change.get(to, 0) + (fen if to in ("bank", "expense") else -fen)
            change[of] = change.get(of, 0) + (-fen if of in ("bank", "expense") else fen)
        self._try(wanted["booked_on"], change, lambda: self.books.post(**wanted))
        if twice and any(e.reference == wanted["reference"] for e in Entry.objects.all()):
            assert self.books.post(**wanted).reference == wanted["reference"]

    @rule(pick=st.integers(0, 10**6), days=st.integers(0, 10))
    def reverse(self, pick: int, days: int) -> None:
        entries = list(Entry.objects.order_by("pk"))
        if not entries:
            return
        entry, day = entries[pick % len(entries)], self.books.days_ago(days)
        possible = entry.reverses_id is None and day >= entry.booked_on
        if not possible or Entry.objects.filter(reverses=entry).exists():
            with pytest.raises(ledger.NotReversible):
                self.books.reverse(entry, booked_on=day, reference=f"other:{pick}")
            return
        change = {name: -fen for name, fen in self.moves[entry.number - 1][1].items()}
        self._try(day, change, lambda: self.books.reverse(entry, booked_on=day))

    def _try(self, day: date, change: dict[str, int], do: Any) -> None:
        """The books accept exactly what the model accepts."""
        low = any(self.total(name) + change.get(name, 0) < 0 for name in ("one", "two"))
        if day <= self.closed or low:
            with pytest.raises((ledger.MonthClosed, ledger.BalanceTooLow)):
                do()
        else:
            do()
            self.moves.append((day, change))

    @rule(months=st.integers(0, 2))
    def close(self, months: int) -> None:
        month = self.books.today - timedelta(days=30 * months)
        with suppress(ledger.MonthNotOver):
            self.closed = max(self.closed, self.books.close(month))

    @rule(days=st.integers(1, 20))
    def later(self, days: int) -> None:
        self.books.now += timedelta(days=days)

    def total(self, name: str, until: date = date.max) -> int:
        return sum(change.get(name, 0) for day, change in self.moves if day <= until)

    @invariant()
    def the_books_agree_with_the_model(self) -> None:
        if not hasattr(self, "books"):
            return
        assert Account.objects.all().net_fen() == 0, "debits equal credits at all times"
        rows = {account.pk: account for account in Account.objects.derived()}
        for name, account in self.books.a.items():
            row = rows[account.pk]
            assert row.balance_fen == row.derived_fen == self.total(name)
            day = self.books.days_ago(15)
            assert self.books.balance(name, day) == Decimal(self.total(name, day)).scaleb(-2)
        assert all(rows[self.books.a[name].pk].balance_fen >= 0 for name in ("one", "two"))

    @invariant()
    def nothing_posted_ever_changes(self) -> None:
        if not hasattr(self, "books"):
            return
        lines: dict[int, list[Any]] = {}
        for row in Line.objects.order_by("entry_id", "seq").values_list():
            lines.setdefault(row[0], []).append(row)
        now = {
            entry.pk: (tuple(Entry.objects.filter(pk=entry.pk).values_list()), lines[entry.pk])
            for entry in Entry.objects.all()
        }
        assert {pk: now[pk] for pk in self.frozen} == self.frozen
        self.frozen = now
        assert list(ledger.faults()) == []


@pytest.mark.django_db
def test_whatever_is_tried_the_books_stay_whole() -> None:
    run_state_machine_as_test(
        RandomBooks,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(st.tuples(FEN, st.booleans(), st.integers(0, 40)), max_size=15), start=st.integers(0, 40)
)
def test_a_statement_always_adds_up(books: Books, moves: list[tuple[int, bool, int]], start: int) -> None:
    with transaction.atomic():
        for fen, paid_in, days in moves:
            yuan = str(Decimal(fen).scaleb(-2))
            pair = ("bank", "income", yuan) if paid_in else ("income", "bank", yuan)
            books.post(pair, booked_on=books.days_ago(days))
        found = ledger.statement(books.a["bank"], start_on=books.days_ago(start), end_on=books.today)
        running = found.opening
        for row in found.rows:
            running += row.amount if row.side == "debit" else -row.amount
            assert row.balance == running
        assert found.closing == running == books.balance("bank")
        assert found.opening == books.balance("bank", books.days_ago(start + 1))
        assert asdict(found.rows[0])["booked_on"] >= books.days_ago(start) if found.rows else True
        transaction.set_rollback(True)
