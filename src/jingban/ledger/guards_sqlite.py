"""The guards as SQLite triggers.

SQLite has two doors of its own. ``INSERT OR REPLACE`` deletes the row in its way without firing a delete
trigger, so every insert looks for one first. ``INSERT OR IGNORE`` hands its leniency on to the updates inside a
trigger, so posting looks afterwards whether each of them took place.
"""

from __future__ import annotations

from jingban.core.guards import Sqlite, sqlite_trigger

_TRIGGERS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {}
"""Name: when, table, then pairs of a condition and what it refuses, or a statement to run."""


def _fixed(table: str, *, kept_only: bool = False) -> None:
    _TRIGGERS[f"{table}_no_delete"] = ("BEFORE DELETE", table, [("1", f"DELETE on {table}: append-only")])
    if not kept_only:
        _TRIGGERS[f"{table}_no_update"] = ("BEFORE UPDATE", table, [("1", f"UPDATE on {table}: append-only")])


for _table in ("ledger_entry", "ledger_line", "ledger_closedmonth"):
    _fixed(_table)
for _table in ("ledger_account", "ledger_book"):
    _fixed(_table, kept_only=True)

_TRIGGERS["ledger_book_open"] = ("BEFORE INSERT", "ledger_book", [
    ("EXISTS (SELECT 1 FROM ledger_book WHERE region = NEW.region OR rowid = NEW.rowid)", "the book is there already"),
    ("NEW.number <> 0 OR NEW.last_hash <> zeroblob(32) OR NEW.closed_through IS NOT NULL", "a book begins empty"),
])  # fmt: skip
_TRIGGERS["ledger_book_move"] = ("BEFORE UPDATE", "ledger_book", [
    ("""NEW.region <> OLD.region OR NEW.rowid <> OLD.rowid OR ((NEW.number <> OLD.number OR NEW.last_hash <> OLD.last_hash)
  AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.region = OLD.region AND e.number = NEW.number
    AND e.number = OLD.number + 1 AND e.before = OLD.last_hash AND e.hash = NEW.last_hash))""",
     "the head of a book moves with its entries only"),
    ("""NEW.closed_through IS NOT OLD.closed_through AND NOT EXISTS (SELECT 1 FROM ledger_closedmonth m
  WHERE m.region = OLD.region AND m.through = NEW.closed_through
    AND (OLD.closed_through IS NULL OR m.through > OLD.closed_through))""", "a closed month stays closed"),
])  # fmt: skip
_TRIGGERS["ledger_account_open"] = ("BEFORE INSERT", "ledger_account", [
    ("EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.id OR (region = NEW.region AND code = NEW.code))",
     "the account is there already"),
    ("NEW.balance_fen IS NOT 0 OR NEW.last_entry_id IS NOT NULL OR NEW.closed_on IS NOT NULL",
     "an account begins empty"),
    ("NEW.opened_on IS NOT date(NEW.opened_on) OR typeof(NEW.floor_fen) NOT IN ('integer', 'null')",
     "no day, or no whole fen"),
])  # fmt: skip
_SAME = (
    "id", "region", "code", "kind", "normal_side", "currency", "owner", "floor_fen", "opened_on", "actor",
    "recorded_at",
)  # fmt: skip
_TRIGGERS["ledger_account_change"] = ("BEFORE UPDATE", "ledger_account", [
    (" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _SAME), "what an account is does not change"),
    ("""(NEW.closed_on IS NOT OLD.closed_on OR NEW.closed_by IS NOT OLD.closed_by) AND (OLD.closed_on IS NOT NULL
  OR NEW.closed_on IS NOT date(NEW.closed_on)
  OR EXISTS (SELECT 1 FROM ledger_line l WHERE l.account_id = OLD.id AND l.booked_on > NEW.closed_on))""",
     "an account is closed once, after its last line"),
    ("""(NEW.balance_fen IS NOT OLD.balance_fen OR NEW.last_entry_id IS NOT OLD.last_entry_id)
  AND (NEW.last_entry_id IS NULL OR NEW.last_entry_id <= COALESCE(OLD.last_entry_id, 0)
    OR NEW.balance_fen - OLD.balance_fen IS NOT (
      SELECT SUM(CASE WHEN l.side = OLD.normal_side THEN l.amount_fen ELSE -l.amount_fen END)
      FROM ledger_entry e JOIN ledger_line l ON l.account_id = OLD.id AND l.booked_on = e.booked_on AND l.entry_id = e.id
      WHERE e.id = NEW.last_entry_id))""", "a balance moves by a posted entry only"),
])  # fmt: skip
_TRIGGERS["ledger_line_insert"] = ("BEFORE INSERT", "ledger_line", [
    ("EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id)", "the entry is posted, it takes no more lines"),
    ("""EXISTS (SELECT 1 FROM ledger_line WHERE rowid = NEW.rowid)
  OR EXISTS (SELECT 1 FROM ledger_line WHERE entry_id = NEW.entry_id AND seq = NEW.seq)""", "the line is there already"),
    ("typeof(NEW.amount_fen) <> 'integer' OR typeof(NEW.seq) <> 'integer'", "no whole fen"),
])  # fmt: skip
_TRIGGERS["ledger_entry_insert"] = ("BEFORE INSERT", "ledger_entry", [
    ("""EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM ledger_entry WHERE region = NEW.region AND number = NEW.number)
  OR EXISTS (SELECT 1 FROM ledger_entry WHERE region = NEW.region AND reference = NEW.reference)
  OR EXISTS (SELECT 1 FROM ledger_entry WHERE reverses_id = NEW.reverses_id)""", "the entry is there already"),
])  # fmt: skip
_TRIGGERS["ledger_entry_post"] = ("AFTER INSERT", "ledger_entry", [
    ("""NEW.booked_on IS NOT date(NEW.booked_on) OR NOT EXISTS (SELECT 1 FROM ledger_book
  WHERE region = NEW.region AND number = NEW.number - 1 AND last_hash = NEW.before
    AND (closed_through IS NULL OR closed_through < NEW.booked_on))""",
     "a closed month, or not the next entry of the book"),
    ("""NOT (SELECT count(*) >= 2 AND count(*) = NEW.line_count AND min(seq) = 1 AND max(seq) = count(*)
    AND SUM(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END) = 0
  FROM ledger_line WHERE entry_id = NEW.id)""", "an entry has two lines or more and balances"),
    ("""EXISTS (SELECT 1 FROM ledger_line l LEFT JOIN ledger_account a ON a.id = l.account_id
  WHERE l.entry_id = NEW.id AND (a.id IS NULL OR a.region <> NEW.region OR l.booked_on <> NEW.booked_on
    OR a.opened_on > NEW.booked_on OR a.closed_on < NEW.booked_on))""",
     "an account of another book, or not open on that day"),
    ("""NEW.reverses_id IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM ledger_entry o WHERE o.id = NEW.reverses_id
    AND o.region = NEW.region AND o.reverses_id IS NULL AND o.line_count = NEW.line_count AND o.booked_on <= NEW.booked_on)
  OR NEW.line_count <> (SELECT count(*) FROM ledger_line r JOIN ledger_line o ON o.entry_id = NEW.reverses_id
    AND o.seq = r.seq AND o.account_id = r.account_id AND o.amount_fen = r.amount_fen AND o.side <> r.side
  WHERE r.entry_id = NEW.id))""", "a reversal mirrors its entry, and is not reversed"),
    ("", "UPDATE ledger_book SET number = NEW.number, last_hash = NEW.hash WHERE region = NEW.region"),
    ("", """UPDATE ledger_account SET last_entry_id = NEW.id, balance_fen = balance_fen + (
  SELECT SUM(CASE WHEN l.side = ledger_account.normal_side THEN l.amount_fen ELSE -l.amount_fen END) FROM ledger_line l
  WHERE l.account_id = ledger_account.id AND l.booked_on = NEW.booked_on AND l.entry_id = NEW.id)
WHERE id IN (SELECT account_id FROM ledger_line WHERE entry_id = NEW.id)"""),
    ("""EXISTS (SELECT 1 FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
    WHERE l.entry_id = NEW.id AND a.last_entry_id IS NOT NEW.id)
  OR NOT EXISTS (SELECT 1 FROM ledger_book WHERE region = NEW.region AND number = NEW.number)""",
     "the balances did not follow (floor, or a closed account)"),
])  # fmt: skip
_TRIGGERS["ledger_month_insert"] = ("BEFORE INSERT", "ledger_closedmonth", [
    ("""EXISTS (SELECT 1 FROM ledger_closedmonth WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM ledger_closedmonth WHERE region = NEW.region AND through = NEW.through)""",
     "the month is closed already"),
])  # fmt: skip
_TRIGGERS["ledger_month_close"] = ("AFTER INSERT", "ledger_closedmonth", [
    ("NEW.through IS NOT date(NEW.through) OR strftime('%d', NEW.through, '+1 day') <> '01'",
     "a month is closed on its last day"),
    ("""NOT EXISTS (SELECT 1 FROM ledger_book WHERE region = NEW.region AND number = NEW.number
  AND last_hash = NEW.last_hash AND (closed_through IS NULL OR closed_through < NEW.through))""",
     "closed already, or not sealed by the head of the book"),
    ("", "UPDATE ledger_book SET closed_through = NEW.through WHERE region = NEW.region"),
])  # fmt: skip


RULES = Sqlite({name: sqlite_trigger("ledger", name, *parts) for name, parts in _TRIGGERS.items()})
