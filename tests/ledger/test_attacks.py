"""Raw SQL against the books, on both databases: what must not be is refused by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from jingban.ledger import service as ledger
from jingban.ledger.guards import TABLES, drop_guards
from jingban.ledger.models import Account, Book, ClosedMonth, Entry, Line
from tests.ledger.conftest import Books

SQLITE = connection.vendor == "sqlite"
sqlite_only = pytest.mark.skipif(not SQLITE, reason="a door that only SQLite has")


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def refused(sql: str, *values: Any) -> None:
    """The database says no, and nothing has changed."""
    before = everything()
    with pytest.raises(DatabaseError), transaction.atomic():
        run(sql, *values)
    assert everything() == before


def everything() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Book, Account, Entry, Line, ClosedMonth)
    ]


@pytest.fixture
def posted(books: Books) -> Iterator[Books]:
    """Lines that an attack leaves without their entry could not be committed: they are rolled back here."""
    with transaction.atomic():
        books.pay_in("10", booked_on=books.days_ago(40))
        books.pay_in("5", "two")
        books.close(books.days_ago(40))
        yield books
        transaction.set_rollback(True)


@pytest.mark.parametrize("column", [f.column for f in Entry._meta.fields])
def test_no_column_of_an_entry_changes(posted: Books, column: str) -> None:
    refused(f"UPDATE ledger_entry SET {column} = {column}")


@pytest.mark.parametrize(
    "change", ["amount_fen = amount_fen + 1", "side = 'debit'", "account_id = 1", "seq = seq + 5"]
)
def test_no_line_changes(posted: Books, change: str) -> None:
    refused(f"UPDATE ledger_line SET {change}")


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_deleted(posted: Books, table: str) -> None:
    refused(f"DELETE FROM {table}")
    if not SQLITE:
        refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "change",
    [
        "balance_fen = balance_fen + 100",
        "balance_fen = 0, last_entry_id = NULL",
        "last_entry_id = 999999",
        "balance_fen = balance_fen + 500, last_entry_id = 2",
        "balance_fen = 2 * balance_fen, last_entry_id = last_entry_id + 1",
        "floor_fen = NULL",
        "floor_fen = -100",
        "region = 'elsewhere'",
        "code = 'x' || code",
        "kind = 'equity'",
        "normal_side = 'debit'",
        "owner = 'person:9'",
        "currency = 'USD'",
        "opened_on = '2000-01-01'",
        "id = id + 100",
        "closed_on = '2026-12-31'",
        "actor = 9",
    ],
)
def test_an_account_is_not_bent(posted: Books, change: str) -> None:
    refused(f"UPDATE ledger_account SET {change} WHERE code = '2001.1'")


def test_a_name_may_change(posted: Books) -> None:
    run("UPDATE ledger_account SET name = '改名' WHERE code = '2001.1'")
    assert list(ledger.faults()) == []


@pytest.mark.parametrize(
    "change",
    [
        "number = number + 1",
        "number = 0",
        "closed_through = NULL",
        "closed_through = '2020-01-31'",
        "closed_through = '2030-01-31'",
        "region = 'elsewhere'",
    ],
)
def test_the_head_of_a_book_does_not_move_alone(posted: Books, change: str) -> None:
    refused(f"UPDATE ledger_book SET {change}")
    refused("UPDATE ledger_book SET last_hash = %s", bytes(32))


def test_a_book_and_an_account_begin_empty(posted: Books) -> None:
    refused("INSERT INTO ledger_book (region, number, last_hash) VALUES ('x', 5, %s)", bytes(32))
    columns = "region, code, name, kind, normal_side, currency, owner, opened_on, actor, recorded_at"
    rest = "'somewhere', '77', 'x', 'asset', 'debit', 'CNY', '', '2025-01-01', 1, '2025-01-01 00:00:00+00:00'"
    refused(f"INSERT INTO ledger_account ({columns}, balance_fen) VALUES ({rest}, 100)")
    refused(f"INSERT INTO ledger_account ({columns}, balance_fen, floor_fen) VALUES ({rest}, 0, 5)")
    refused(f"INSERT INTO ledger_account ({columns}, balance_fen) VALUES ({rest.replace('CNY', 'USD')}, 0)")


def test_a_posted_entry_takes_no_more_lines(posted: Books) -> None:
    refused(*line(posted, Entry.objects.order_by("pk").last().pk, 3, "bank", "debit", 100))


def line(
    books: Books, entry: int, seq: int, account: str, side: str, fen: Any, day: Any = None
) -> tuple[Any, ...]:
    return (
        "INSERT INTO ledger_line (entry_id, seq, account_id, booked_on, side, amount_fen) VALUES (%s, %s, %s, %s, %s, %s)",
        entry,
        seq,
        books.a[account].pk,
        str(day or books.today),
        side,
        fen,
    )


def entry(books: Books, pk: int, **given: Any) -> tuple[Any, ...]:
    """The next entry of the book, honest but for what is given."""
    head = Book.objects.get(pk=books.region)
    values: dict[str, Any] = {
        "id": pk,
        "region": books.region,
        "number": head.number + 1,
        "booked_on": str(books.today),
        "recorded_at": "2026-01-01 00:00:00+00:00",
        "kind": "raw",
        "memo": "",
        "reference": f"raw:{pk}",
        "actor": 1,
        "reverses_id": None,
        "line_count": 2,
        "before": bytes(head.last_hash),
        "hash": bytes(range(32)),
        **given,
    }
    marks = ", ".join(["%s"] * len(values))
    return (f"INSERT INTO ledger_entry ({', '.join(values)}) VALUES ({marks})", *values.values())


PAIR = (("bank", "debit", 100), ("one", "credit", 100))


def lines(books: Books, pk: int, pair: Any = PAIR, day: Any = None) -> None:
    for seq, (account, side, fen) in enumerate(pair, 1):
        run(*line(books, pk, seq, account, side, fen, day))


def test_an_honest_entry_by_hand_is_posted_and_balanced(posted: Books) -> None:
    lines(posted, 9_000_500)
    run(*entry(posted, 9_000_500))
    assert posted.balance("one") == 11
    assert any("被改动" in fault for fault in ledger.faults()), "but its hash is none of ours"


@pytest.mark.parametrize(
    "pair",
    [
        (("bank", "debit", 100), ("one", "credit", 99)),
        (("bank", "debit", 100), ("one", "debit", 100)),
        (("bank", "debit", 100),),
        (),
        (("one", "debit", 1001), ("bank", "credit", 1001)),
    ],
    ids=["unequal", "one side", "one line", "no line", "below the floor"],
)
def test_a_wrong_entry_is_not_posted(posted: Books, pair: Any) -> None:
    lines(posted, 9_000_500, pair)
    refused(*entry(posted, 9_000_500, line_count=max(2, len(pair))))
    refused(*entry(posted, 9_000_500, line_count=len(pair)))


@pytest.mark.parametrize(
    "given",
    [
        {"line_count": 3},
        {"number": 9},
        {"number": 1},
        {"before": bytes(32)},
        {"region": "elsewhere"},
        {"booked_on": "2024-12-31"},
        {"reference": ""},
        {"reference": "test:1"},
        {"booked_on": "2026-13-01"},
    ],
)
def test_a_wrong_head_is_not_posted(posted: Books, given: dict[str, Any]) -> None:
    Books(region="elsewhere")
    lines(
        posted,
        9_000_500,
        day=None if given.get("booked_on", "2026-13-01") == "2026-13-01" else given["booked_on"],
    )
    refused(*entry(posted, 9_000_500, **given))


def test_no_posting_into_a_closed_month(posted: Books) -> None:
    lines(posted, 9_000_500, day=posted.days_ago(40))
    refused(*entry(posted, 9_000_500, booked_on=str(posted.days_ago(40))))


def test_no_line_of_another_day_or_book_or_out_of_order(posted: Books) -> None:
    lines(posted, 9_000_500, day=posted.days_ago(1))
    refused(*entry(posted, 9_000_500))
    run(*line(posted, 9_000_501, 1, "bank", "debit", 5))
    run(*line(Books(region="elsewhere"), 9_000_501, 2, "one", "credit", 5))
    refused(*entry(posted, 9_000_501))
    run(*line(posted, 9_000_502, 1, "bank", "debit", 5))
    run(*line(posted, 9_000_502, 3, "one", "credit", 5))
    refused(*entry(posted, 9_000_502))


def test_no_line_after_the_account_was_closed(posted: Books) -> None:
    posted.draw("5", "two")
    ledger.close_account(account=posted.a["two"], closed_on=posted.days_ago(0), actor=1, now=posted.now)
    posted.now += timedelta(days=3)
    lines(posted, 9_000_500, (("two", "debit", 5), ("two", "credit", 5)))
    refused(*entry(posted, 9_000_500))
    refused("UPDATE ledger_account SET closed_on = NULL WHERE code = '2001.2'")


@pytest.mark.parametrize(
    "pair",
    [
        (("bank", "credit", 400), ("two", "debit", 400)),
        (("two", "debit", 500), ("bank", "credit", 500)),
        (("bank", "debit", 500), ("two", "credit", 500)),
    ],
)
def test_a_reversal_that_is_no_mirror_is_refused(posted: Books, pair: Any) -> None:
    original = Entry.objects.order_by("pk").last()
    lines(posted, 9_000_500, pair)
    refused(*entry(posted, 9_000_500, reverses_id=original.pk))


def test_nothing_is_reversed_twice_and_no_reversal_at_all(posted: Books) -> None:
    original = Entry.objects.order_by("pk").last()
    undo = posted.reverse(original)
    posted.pay_in("5", "two")
    lines(posted, 9_000_500, (("bank", "credit", 500), ("two", "debit", 500)))
    refused(*entry(posted, 9_000_500, reverses_id=original.pk))
    lines(posted, 9_000_501, (("bank", "debit", 500), ("two", "credit", 500)))
    refused(*entry(posted, 9_000_501, reverses_id=undo.pk))


@pytest.mark.parametrize("fen", [0, -5, 10**15 + 1, 2**62])
def test_a_line_is_above_zero_and_bounded(posted: Books, fen: int) -> None:
    refused(*line(posted, 9_000_500, 1, "bank", "debit", fen))
    refused(*line(posted, 9_000_500, 1, "bank", "left", 1))
    refused(*line(posted, 9_000_500, 0, "bank", "debit", 1))


def test_a_closing_is_sealed_by_the_head_on_the_last_day_of_a_month(posted: Books) -> None:
    head = Book.objects.get(pk=posted.region)
    sql = "INSERT INTO ledger_closedmonth (region, through, closed_at, actor, number, last_hash) VALUES (%s, %s, %s, 1, %s, %s)"
    month = (posted.today.replace(day=1) - timedelta(days=1)).isoformat()
    now, seal = "2026-01-01 00:00:00+00:00", bytes(head.last_hash)
    refused(sql, posted.region, "2030-01-15", now, head.number, seal)
    refused(sql, posted.region, month, now, head.number - 1, seal)
    refused(sql, posted.region, "2030-01-31", now, head.number, bytes(32))
    refused(sql, posted.region, "2019-01-31", now, head.number, seal)
    refused("UPDATE ledger_closedmonth SET through = '2019-01-31'")


@sqlite_only
def test_replace_does_not_push_a_row_aside(posted: Books) -> None:
    last = Entry.objects.order_by("pk").last()
    for table in TABLES:
        refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        refused(f"UPDATE OR REPLACE {table} SET rowid = rowid + 1")
    refused(
        "INSERT OR REPLACE INTO ledger_line (rowid, entry_id, seq, account_id, booked_on, side, amount_fen) "
        "SELECT rowid, 9000500, 1, account_id, booked_on, side, amount_fen FROM ledger_line WHERE entry_id = %s",
        last.pk,
    )
    lines(posted, 9_000_500)
    for given in ({"reference": last.reference}, {"number": 1}):
        sql, *values = entry(posted, 9_000_500, **given)
        refused(sql.replace("INSERT", "INSERT OR REPLACE"), *values)


@sqlite_only
def test_ignore_does_not_skip_the_balances(posted: Books) -> None:
    lines(posted, 9_000_500, (("one", "debit", 1001), ("bank", "credit", 1001)))
    sql, *values = entry(posted, 9_000_500)
    refused(sql.replace("INSERT", "INSERT OR IGNORE"), *values)


@sqlite_only
def test_half_a_fen_is_no_amount(posted: Books) -> None:
    refused(*line(posted, 9_000_500, 1, "bank", "debit", 0.5))
    refused(*line(posted, 9_000_500, 1, "bank", "debit", "many"))


@pytest.mark.django_db(transaction=True)
def test_a_line_without_its_entry_is_not_committed(committed_books: Books) -> None:
    committed_books.pay_in("1")
    with pytest.raises(DatabaseError), transaction.atomic():
        lines(committed_books, 9_000_500)
    assert Line.objects.count() == 2


def test_the_doctor_finds_what_is_missing_and_migrate_puts_it_back(posted: Books) -> None:
    assert ledger.doctor() == []
    drop_guards()
    missing = ledger.doctor()
    assert len(missing) > 10
    assert all("缺少数据库保护" in text for text in missing)
    assert list(ledger.faults())[: len(missing)] == missing
    call_command("migrate", verbosity=0)
    assert ledger.doctor() == []
    refused("DELETE FROM ledger_line")


def test_the_doctor_sees_a_guard_that_was_changed_and_one_that_is_not_ours(db: None) -> None:
    if SQLITE:
        run("DROP TRIGGER ledger_line_no_update")
        run("CREATE TRIGGER ledger_line_no_update BEFORE UPDATE ON ledger_line BEGIN SELECT 1; END")
        run("CREATE TRIGGER kind AFTER INSERT ON ledger_entry BEGIN SELECT 1; END")
    else:
        run("ALTER TABLE ledger_line DISABLE TRIGGER ledger_line_fixed")
        run(
            "CREATE TRIGGER kind AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_line_count()"
        )
    found = ledger.doctor()
    assert [("被改动或停用" in text, "不属于本系统" in text) for text in found] == [
        (True, False),
        (False, True),
    ]
    ledger.ensure_guards()
    assert ledger.doctor() == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE ledger_line SET amount_fen = amount_fen + 1 WHERE seq = 1", "被改动过"),
        ("UPDATE ledger_entry SET memo = 'x' WHERE number = 1", "第1号分录被改动过"),
        ("UPDATE ledger_entry SET booked_on = '2025-12-31' WHERE number = 2", "行与分录不符"),
        (
            "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE code = '2001.1'",
            "按分录应为10.00元",
        ),
        ("UPDATE ledger_book SET number = 5", "末尾的分录被改动或截去"),
        ("UPDATE ledger_book SET closed_through = '2020-01-31'", "结账日与结账记录不符"),
        ("UPDATE ledger_closedmonth SET number = 1", "结账后又有|末号分录被改动"),
        ("UPDATE ledger_entry SET number = 7 WHERE number = 2", "缺第2号分录"),
    ],
)
def test_what_slips_past_the_guards_is_found_by_the_check(posted: Books, sql: str, words: str) -> None:
    drop_guards()
    run(sql)
    ledger.ensure_guards()
    assert any(any(word in fault for word in words.split("|")) for fault in ledger.faults()), list(
        ledger.faults()
    )


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_constraints_are_looked_for_too() -> None:
    run("ALTER TABLE ledger_account DROP CONSTRAINT ledger_balance_not_below_floor")
    assert ledger.doctor() == ["缺少数据库约束 ledger_balance_not_below_floor"]
