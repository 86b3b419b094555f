"""Personal accounts on the books: credited once, never below zero, moved with the person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from jingban.ledger import service as ledger
from jingban.registry import accounts
from jingban.registry.accounts import Credit
from jingban.registry.changes import of_case
from jingban.registry.errors import RegistryError
from tests.registry.factories import DAY, origin, person

pytestmark = pytest.mark.django_db

D = Decimal


def _in_balance(region: str = "puyang") -> None:
    sheet = ledger.trial_balance(region=region)
    assert sum(debit for debit, _ in sheet.values()) == sum(credit for _, credit in sheet.values())
    assert list(ledger.faults(region)) == []


def test_an_account_opens_with_its_first_credit_and_belongs_to_the_person() -> None:
    o, p = origin(), person(origin())
    assert accounts.balance(p) == D("0.00")
    accounts.credit(o, p, D("120.50"), kind="levy", reference="levy:1:1")
    assert accounts.balance(p) == D("120.50")
    account = accounts.account_of(o, p)
    assert (account.code, account.owner, account.floor_fen) == (f"pa:{p.number}", p.number, 0)
    assert accounts.account_of(o, p) == account
    assert ledger.trial_balance(region="puyang") == {
        "pa-fund": (D("120.50"), D("0.00")),
        f"pa:{p.number}": (D("0.00"), D("120.50")),
    }


def test_the_same_reference_counts_once_even_on_another_day() -> None:
    p = person(origin())
    first = accounts.credit(origin(), p, D(10), kind="levy", reference="r")
    again = accounts.credit(origin(day=date(2026, 3, 9)), p, D(10), kind="levy", reference="r")
    assert first == again
    assert accounts.balance(p) == D("10.00")
    with pytest.raises(accounts.ReferenceTaken, match="业务编号已经记过账"):
        accounts.credit(origin(), p, D(11), kind="levy", reference="r")
    with pytest.raises(accounts.ReferenceTaken):
        accounts.credit(origin(), person(origin(), 2), D(10), kind="levy", reference="r")


def test_many_credits_are_one_call_and_come_back_in_order() -> None:
    o = origin(case=7)
    people = [person(o, n) for n in range(1, 6)]
    wanted = [Credit(p, D(n), f"levy:9:{p.pk}") for n, p in enumerate(people, 1)]
    first = accounts.credit_many(o, wanted, kind="levy")
    assert [e.reference for e in first] == [c.reference for c in wanted]
    more = [*wanted, Credit(people[0], D("0.01"), "levy:10")]
    accounts.credit_many(o, more, kind="levy")
    assert [accounts.balance(p) for p in people] == [D("1.01"), D("2.00"), D("3.00"), D("4.00"), D("5.00")]
    mine = [c for c in of_case(7) if c.register == "account" and c.person == people[0].pk]
    told = [(c.before["balance"], c.after["balance"]) for c in mine]
    assert told == [("0.00", "1.00"), ("1.00", "1.01")]


def test_twice_in_one_call_is_once_and_two_amounts_are_refused() -> None:
    o, p = origin(), person(origin())
    accounts.credit_many(o, [Credit(p, D(3), "a"), Credit(p, D(3), "a")], kind="levy")
    assert accounts.balance(p) == D("3.00")
    with pytest.raises(accounts.ReferenceTaken):
        accounts.credit_many(o, [Credit(p, D(3), "b"), Credit(p, D(4), "b")], kind="levy")
    assert accounts.balance(p) == D("3.00"), "all or none"


def test_runs_longer_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "BATCH", 2)
    o, p = origin(), person(origin())
    accounts.credit_many(o, [Credit(p, D(1), f"x{n}") for n in range(5)], kind="levy")
    assert accounts.balance(p) == D("5.00")


@pytest.mark.parametrize("amount", [D(0), D(-1)])
def test_nothing_is_no_credit(amount: Decimal) -> None:
    with pytest.raises(RegistryError, match="大于零"):
        accounts.credit(origin(), person(origin()), amount, kind="levy", reference="r")


def test_what_is_taken_out_waits_to_be_paid() -> None:
    o, p = origin(), person(origin())
    accounts.credit(o, p, D(100), kind="levy", reference="in")
    first = accounts.take_out(o, p, D(40), kind="withdrawal", reference="out")
    assert accounts.take_out(o, p, D(40), kind="withdrawal", reference="out") == first
    assert accounts.balance(p) == D("60.00")
    assert ledger.balance(accounts.chart(o)[accounts.PAYABLE]) == D("40.00")
    with pytest.raises(accounts.TooMuch, match=r"余额是60\.00元，不够付60\.01元"):
        accounts.take_out(o, p, D("60.01"), kind="withdrawal", reference="more")
    with pytest.raises(accounts.NothingThere, match="没有可以支取"):
        accounts.take_out(o, p, D(0), kind="withdrawal", reference="none")
    _in_balance()


def test_a_balance_as_of_a_day_and_the_statement() -> None:
    p = person(origin())
    accounts.credit(origin(day=date(2026, 1, 5)), p, D(10), kind="levy", reference="1")
    accounts.credit(origin(day=date(2026, 2, 5)), p, D(20), kind="levy", reference="2")
    accounts.take_out(origin(), p, D(5), kind="withdrawal", reference="3")
    days = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 5), DAY)
    assert [accounts.balance(p, d) for d in days] == [D("0.00"), D("10.00"), D("30.00"), D("25.00")]
    rows = accounts.statement(p, start_on=date(2026, 2, 1), end_on=DAY)
    assert [(r.amount, r.balance) for r in rows] == [(D("20.00"), D("30.00")), (D("5.00"), D("25.00"))]


def test_an_account_goes_with_a_merged_person() -> None:
    o, kept, double = origin(), person(origin(), 1), person(origin(), 2)
    accounts.credit(o, double, D("7.70"), kind="levy", reference="d")
    accounts.credit(o, kept, D(1), kind="levy", reference="k")
    assert accounts.move(o, double, kept) == D("7.70")
    assert (accounts.balance(double), accounts.balance(kept)) == (D("0.00"), D("8.70"))
    assert accounts.move(o, double, kept) == D("0.00"), "again moves nothing"
    assert accounts.balance(kept) == D("8.70")
    assert ledger.account_of(region="puyang", code=f"pa:{double.number}").closed_on == DAY


def test_a_merged_person_without_an_account_leaves_none_behind() -> None:
    o, kept, double = origin(), person(origin(), 1), person(origin(), 2)
    assert accounts.move(o, double, kept) == D("0.00")
    assert ledger.accounts_of(owner=double.number) == []


def test_who_comes_back_after_a_closing_gets_another_account() -> None:
    o, p = origin(), person(origin())
    accounts.credit(o, p, D(5), kind="levy", reference="1")
    with pytest.raises(ledger.AccountNotEmpty):
        accounts.close(o, p)
    accounts.take_out(o, p, D(5), kind="withdrawal", reference="2")
    accounts.close(o, p)
    accounts.close(o, p)
    accounts.credit(o, p, D(6), kind="levy", reference="3")
    assert accounts.balance(p) == D("6.00")
    assert [a.code for a in ledger.accounts_of(owner=p.number)] == [f"pa:{p.number}", f"pa:{p.number}:2"]
    assert [r.reference for r in accounts.statement(p, start_on=DAY, end_on=DAY)] == ["1", "2", "3"]


def test_regions_keep_their_own_books() -> None:
    here, there = person(origin("puyang")), person(origin("luanzhou"))
    accounts.credit(origin("puyang"), here, D(1), kind="levy", reference="same")
    accounts.credit(origin("luanzhou"), there, D(2), kind="levy", reference="same")
    assert (accounts.balance(here), accounts.balance(there)) == (D("1.00"), D("2.00"))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_what_the_books_hold() -> None:
    """The history of an account follows its balance, whoever was first."""
    p = person(origin())
    accounts.account_of(origin(), p)

    def pay_in(n: int) -> None:
        try:
            accounts.credit(origin(case=n), p, D(n), kind="levy", reference=f"race:{n}")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(pay_in, range(1, 9)))
    told = [c for n in range(1, 9) for c in of_case(n) if c.register == "account"]
    assert sorted(D(c.after["balance"]) - D(c.before["balance"]) for c in told) == [D(n) for n in range(1, 9)]
    assert {D(c.before["balance"]) for c in told} == ({D(c.after["balance"]) for c in told} | {D(0)}) - {
        D(36)
    }
    assert accounts.balance(p) == D(36)
