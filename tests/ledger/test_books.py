"""Posting, reversing, closing: what is possible, and in which words the rest is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from jingban.core.money import AmountWrong
from jingban.ledger import service as ledger
from jingban.ledger.models import Account, Book, ClosedMonth, Entry, Line
from tests.ledger.conftest import CHART, OPENED, Books


def test_an_entry_moves_both_sides(books: Books) -> None:
    entry = books.pay_in("120.50", memo="一月缴费")
    assert (entry.number, entry.line_count, entry.memo) == (1, 2, "一月缴费")
    assert books.balance("bank") == books.balance("one") == Decimal("120.50")
    assert Account.objects.get(pk=books.a["one"].pk).balance_fen == 12050
    assert Account.objects.all().net_fen() == 0
    assert list(ledger.faults()) == []


def test_an_account_twice_in_an_entry_moves_by_the_sum(books: Books) -> None:
    books.pay_in("10")
    books.post(("bank", "one", "5"), ("one", "bank", "12"))
    assert books.balance("one") == 3
    assert list(ledger.faults()) == []


def test_the_same_reference_is_the_same_entry(books: Books) -> None:
    first = books.pay_in("10", reference="case:7:1")
    again = books.pay_in("10", reference="case:7:1", memo="重发")
    assert (again.pk, again.memo, Entry.objects.count()) == (first.pk, "", 1)
    assert ledger.entry_of(region=books.region, reference="case:7:1") == first
    assert ledger.entry_of(region=books.region, reference="case:8:1") is None


@pytest.mark.parametrize("other", [{"kind": "other"}, {"booked_on": date(2026, 1, 2)}])
def test_a_reference_with_another_content_is_refused(books: Books, other: dict[str, object]) -> None:
    books.pay_in("10", reference="case:7:1")
    with pytest.raises(ledger.ReferenceReused, match="已入账（第1号）"):
        books.pay_in("10", reference="case:7:1", **other)
    with pytest.raises(ledger.ReferenceReused):
        books.pay_in("11", reference="case:7:1")


def test_a_reference_is_free_in_another_region(books: Books) -> None:
    books.pay_in("10", reference="transfer:1")
    assert Books(region="elsewhere").pay_in("10", reference="transfer:1").number == 1


def test_many_are_posted_together_or_not_at_all(books: Books) -> None:
    run = [books.posting(("bank", "one", "1")) for _ in range(25)]
    entries = books.many([*run, run[0]])
    assert [entry.number for entry in entries] == [*range(1, 26), 1]
    with pytest.raises(ledger.BalanceTooLow):
        books.many([books.posting(("one", "bank", "20")), books.posting(("one", "bank", "6"))])
    assert books.balance("one") == 25
    assert books.many([]) == []
    assert list(ledger.faults()) == []


def test_within_a_run_money_must_be_there_before_it_goes(books: Books) -> None:
    with pytest.raises(ledger.BalanceTooLow):
        books.many([books.posting(("one", "bank", "5")), books.posting(("bank", "one", "5"))])


def test_unequal_or_single_lines_are_refused(books: Books) -> None:
    lines = [ledger.debit(books.a["bank"], Decimal(10)), ledger.credit(books.a["one"], Decimal("9.99"))]
    with pytest.raises(ledger.Unbalanced, match=r"借方合计10\.00元，贷方合计9\.99元") as caught:
        books.post(lines=lines)
    assert caught.value.details["credit_fen"] == 999
    with pytest.raises(ledger.Unbalanced, match="至少要两行"):
        books.post(lines=[])


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1.005", "10000000000000.01"])
def test_amounts_that_are_no_whole_fen_above_zero_are_refused(books: Books, amount: str) -> None:
    with pytest.raises(ledger.LineWrong):
        ledger.debit(books.a["bank"], Decimal(amount))
    leg = ledger.debit(books.a["bank"], Decimal(1))
    with pytest.raises(ledger.LineWrong):
        books.post(lines=[replace(leg, fen=0), replace(leg, fen=0)])


def test_amounts_are_never_floats(books: Books) -> None:
    with pytest.raises(TypeError):
        ledger.debit(books.a["bank"], 1.5)  # type: ignore[arg-type]
    with pytest.raises(AmountWrong):
        ledger.debit(books.a["bank"], Decimal("NaN"))


@pytest.mark.parametrize(
    "given",
    [
        {"reference": ""},
        {"reference": " "},
        {"reference": "x" * 121},
        {"kind": ""},
        {"memo": "长" * 201},
        {"memo": "\x00"},
    ],
)
def test_texts_that_cannot_be_kept_are_refused(books: Books, given: dict[str, str]) -> None:
    with pytest.raises(ledger.EntryWrong):
        books.pay_in("1", **given)


def test_the_floor_holds_to_the_fen(books: Books) -> None:
    books.pay_in("10")
    with pytest.raises(ledger.BalanceTooLow, match=r"现有10\.00元，本笔减少10\.01元"):
        books.draw("10.01")
    books.draw("10")
    assert books.balance("one") == 0
    books.post(("expense", "bank", "999"))
    assert books.balance("bank") == -999, "an account without a floor may be overdrawn"


def test_a_floor_below_zero_is_a_credit_line(books: Books) -> None:
    opening = ledger.Opening("2002", "周转户", ledger.Kind.LIABILITY, floor=Decimal(-50))
    books.a["line"] = ledger.open_account(
        region=books.region, opening=opening, opened_on=OPENED, actor=1, now=books.now
    )
    books.draw("50", "line")
    with pytest.raises(ledger.BalanceTooLow, match=r"可透支50\.00元"):
        books.draw("0.01", "line")
    with pytest.raises(ledger.EntryWrong):
        replace(opening, floor=Decimal(1)).account(books.region, OPENED, 1, books.now)


def test_accounts_of_other_books_and_other_days_are_refused(books: Books) -> None:
    other = Books(region="elsewhere")
    lines = [ledger.debit(books.a["bank"], Decimal(1)), ledger.credit(other.a["one"], Decimal(1))]
    with pytest.raises(ledger.AccountNotFound):
        books.post(lines=lines)
    with pytest.raises(ledger.AccountNotFound):
        books.post(lines=[ledger.debit(999999, Decimal(1)), lines[1]])
    with pytest.raises(ledger.AccountNotFound):
        ledger.post(region="nowhere", actor=1, now=books.now, **books.posting(("bank", "one", "1")))
    with pytest.raises(ledger.AccountNotOpen):
        books.pay_in("1", booked_on=OPENED - timedelta(days=1))
    with pytest.raises(ledger.BookedInFuture):
        books.pay_in("1", booked_on=books.today + timedelta(days=1))


def test_opening_again_gives_the_account_that_is_there(books: Books) -> None:
    opening = CHART[3]
    keywords = {"region": books.region, "opened_on": OPENED, "actor": 1, "now": books.now}
    assert ledger.open_account(opening=opening, **keywords) == books.a["one"]
    with pytest.raises(ledger.AccountCodeTaken, match=r"“2001\.1”已用于“个人账户甲”"):
        ledger.open_account(opening=replace(opening, owner="person:9"), **keywords)
    with pytest.raises(ledger.EntryWrong):
        ledger.open_account(opening=replace(opening, code=""), **keywords)
    assert ledger.accounts_of(owner="person:1") == [books.a["one"]]
    assert ledger.accounts_of(owner="person:1", region="elsewhere") == []
    assert ledger.account_of(region=books.region, code="1001") == books.a["bank"]
    with pytest.raises(ledger.AccountNotFound):
        ledger.account_of(region=books.region, code="9999")


def test_a_reversal_mirrors_its_entry_once(books: Books) -> None:
    entry = books.post(("bank", "one", "70"), ("bank", "two", "30"))
    undo = books.reverse(entry)
    assert (undo.reverses_id, undo.kind, undo.memo) == (entry.pk, entry.kind, "冲正第1号")
    assert [(x.account_id, x.amount_fen, x.side) for x in undo.lines.order_by("seq")] == [
        (x.account_id, x.amount_fen, {"debit": "credit", "credit": "debit"}[x.side])
        for x in entry.lines.order_by("seq")
    ]
    assert books.balance("one") == books.balance("bank") == 0
    assert books.reverse(entry) == undo, "the same reference is the same reversal"
    with pytest.raises(ledger.NotReversible, match="已由第2号冲正"):
        books.reverse(entry, reference="again")
    with pytest.raises(ledger.NotReversible, match="本身就是冲正"):
        books.reverse(undo)
    assert list(ledger.faults()) == []


def test_a_reversal_meets_the_same_rules(books: Books) -> None:
    entry = books.pay_in("10")
    with pytest.raises(ledger.NotReversible, match="早于"):
        books.reverse(entry, booked_on=books.days_ago(1))
    books.draw("4")
    with pytest.raises(ledger.BalanceTooLow):
        books.reverse(entry)


def test_a_closed_month_takes_nothing_and_stays_closed(books: Books) -> None:
    last = books.today.replace(day=1) - timedelta(days=1)
    entry = books.pay_in("10", booked_on=last)
    assert books.close(last.replace(day=3)) == last
    assert books.close(last) == last
    assert ClosedMonth.objects.count() == 1
    with pytest.raises(ledger.MonthClosed, match="请记入未结账的月份"):
        books.pay_in("1", booked_on=last)
    assert books.reverse(entry).booked_on == books.today, "a reversal goes into the open month"
    assert books.close(last - timedelta(days=40)) == last, "an earlier month is closed with it"
    with pytest.raises(ledger.MonthNotOver):
        books.close(books.today)
    assert list(ledger.faults()) == []


def test_what_is_there_is_known_again_even_after_its_month_is_closed(books: Books) -> None:
    last = books.today.replace(day=1) - timedelta(days=1)
    first = books.pay_in("10", booked_on=last, reference="case:1")
    books.close(last)
    assert books.pay_in("10", booked_on=last, reference="case:1") == first


def test_an_account_is_closed_at_zero_and_takes_nothing_after(books: Books) -> None:
    books.pay_in("10")
    keywords = {"account": books.a["one"], "closed_on": books.today, "actor": 3, "now": books.now}
    with pytest.raises(ledger.AccountNotEmpty, match=r"还有余额10\.00元"):
        ledger.close_account(**keywords)
    entry = books.draw("10")
    with pytest.raises(ledger.AccountNotEmpty, match="以后还有账"):
        ledger.close_account(**{**keywords, "closed_on": books.days_ago(1)})
    assert ledger.close_account(**keywords).closed_by == 3
    assert ledger.close_account(**keywords).closed_on == books.today
    with pytest.raises(ledger.AccountNotOpen):
        ledger.close_account(**{**keywords, "closed_on": books.days_ago(1)})
    with pytest.raises(ledger.AccountNotOpen):
        books.pay_in("1")
    with pytest.raises(ledger.AccountNotOpen):
        books.reverse(entry)
    assert books.a["one"] not in Account.objects.all().open_on(books.today + timedelta(days=1))
    assert books.a["one"] in Account.objects.all().open_on(books.today)


def test_balances_as_of_a_day_and_the_statement(books: Books) -> None:
    for days, yuan in ((9, "100"), (5, "20.01"), (2, "3")):
        books.pay_in(yuan, booked_on=books.days_ago(days))
    books.draw("50", booked_on=books.days_ago(5))
    wanted = {10: "0", 9: "100", 6: "100", 5: "70.01", 3: "70.01", 2: "73.01", 0: "73.01"}
    for days, yuan in wanted.items():
        assert books.balance("one", books.days_ago(days)) == Decimal(yuan), days
    found = ledger.statement(books.a["one"], start_on=books.days_ago(8), end_on=books.days_ago(1))
    assert (found.opening, found.closing) == (100, Decimal("73.01"))
    assert [(row.number, row.side, row.amount, row.balance) for row in found.rows] == [
        (2, "credit", Decimal("20.01"), Decimal("120.01")),
        (4, "debit", Decimal(50), Decimal("70.01")),
        (3, "credit", Decimal(3), Decimal("73.01")),
    ]
    empty = ledger.statement(books.a["two"], start_on=OPENED, end_on=books.today)
    assert (empty.rows, empty.opening, empty.closing) == ((), 0, 0)
    assert Line.objects.all().statement(books.a["one"]).count() == 4


def test_the_trial_balance_has_two_equal_columns(books: Books) -> None:
    books.pay_in("100", booked_on=books.days_ago(3))
    books.post(("expense", "bank", "130"), ("bank", "income", "7"))
    assert ledger.trial_balance(region=books.region) == {
        "1001": (0, 23),
        "2001.1": (0, 100),
        "4001": (0, 7),
        "5001": (130, 0),
    }
    assert ledger.trial_balance(region=books.region, as_of=books.days_ago(1)) == {
        "1001": (100, 0),
        "2001.1": (0, 100),
    }


def test_regions_have_chains_of_their_own(books: Books) -> None:
    other = Books(region="elsewhere")
    entries = [books.pay_in("1"), other.pay_in("1"), books.pay_in("2")]
    assert [entry.number for entry in entries] == [1, 1, 2]
    assert bytes(entries[2].before) == bytes(entries[0].hash)
    assert bytes(Book.objects.get(pk="elsewhere").last_hash) == bytes(entries[1].hash)
    assert list(ledger.faults("elsewhere")) == []


def test_long_entries_and_long_runs_are_checked_and_known_again(books: Books) -> None:
    """More lines and references than one statement of SQLite takes in one piece."""
    long = books.posting(*[("bank", "one", "0.01")] * 1100)
    run = [long, *(books.posting(("bank", "two", "0.01")) for _ in range(1100))]
    entries = books.many(run)
    assert books.many(run) == entries
    assert books.balance("one") == books.balance("two") == 11
    assert list(ledger.faults()) == []
