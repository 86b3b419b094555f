"""The guards as PostgreSQL triggers. Messages are for operators; people meet the same rules in ``errors``."""

from __future__ import annotations

from jingban.core.guards import Postgres

_FUNCTIONS = {
    "ledger_refuse": """
BEGIN
  RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = format('ledger: %s on %s: append-only', TG_OP, TG_TABLE_NAME);
END""",
    "ledger_truncate": """
DECLARE found boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO found;
  IF found THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = format('ledger: TRUNCATE on %s: append-only', TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END""",
    "ledger_book_open": """
BEGIN
  IF NEW.number <> 0 OR NEW.last_hash <> decode(repeat('00', 32), 'hex') OR NEW.closed_through IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: a book begins empty';
  END IF;
  RETURN NEW;
END""",
    "ledger_book_move": """
BEGIN
  IF NEW.region <> OLD.region OR ((NEW.number, NEW.last_hash) IS DISTINCT FROM (OLD.number, OLD.last_hash) AND NOT EXISTS (
    SELECT 1 FROM ledger_entry e WHERE e.region = OLD.region AND e.number = NEW.number AND e.number = OLD.number + 1
      AND e.before = OLD.last_hash AND e.hash = NEW.last_hash)) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: the head of a book moves with its entries only';
  END IF;
  IF NEW.closed_through IS DISTINCT FROM OLD.closed_through AND NOT EXISTS (
    SELECT 1 FROM ledger_closedmonth m WHERE m.region = OLD.region AND m.through = NEW.closed_through
      AND (OLD.closed_through IS NULL OR m.through > OLD.closed_through)) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: a closed month stays closed';
  END IF;
  RETURN NEW;
END""",
    "ledger_account_open": """
BEGIN
  IF NEW.balance_fen <> 0 OR NEW.last_entry_id IS NOT NULL OR NEW.closed_on IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: an account begins empty';
  END IF;
  RETURN NEW;
END""",
    "ledger_account_change": """
BEGIN
  IF (NEW.id, NEW.region, NEW.code, NEW.kind, NEW.normal_side, NEW.currency, NEW.owner, NEW.floor_fen, NEW.opened_on,
      NEW.actor, NEW.recorded_at) IS DISTINCT FROM (OLD.id, OLD.region, OLD.code, OLD.kind, OLD.normal_side,
      OLD.currency, OLD.owner, OLD.floor_fen, OLD.opened_on, OLD.actor, OLD.recorded_at) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: what an account is does not change';
  END IF;
  IF (NEW.closed_on, NEW.closed_by) IS DISTINCT FROM (OLD.closed_on, OLD.closed_by) AND (OLD.closed_on IS NOT NULL
      OR EXISTS (SELECT 1 FROM ledger_line l WHERE l.account_id = OLD.id AND l.booked_on > NEW.closed_on)) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: an account is closed once, after its last line';
  END IF;
  IF (NEW.balance_fen, NEW.last_entry_id) IS DISTINCT FROM (OLD.balance_fen, OLD.last_entry_id)
      AND (NEW.last_entry_id IS NULL OR NEW.last_entry_id <= COALESCE(OLD.last_entry_id, 0)
        OR NEW.balance_fen - OLD.balance_fen IS DISTINCT FROM (
          SELECT SUM(CASE WHEN l.side = OLD.normal_side THEN l.amount_fen ELSE -l.amount_fen END)
          FROM ledger_entry e JOIN ledger_line l
            ON l.account_id = OLD.id AND l.booked_on = e.booked_on AND l.entry_id = e.id
          WHERE e.id = NEW.last_entry_id)) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: a balance moves by a posted entry only';
  END IF;
  RETURN NEW;
END""",
    "ledger_line_insert": """
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: the entry is posted, it takes no more lines';
  END IF;
  RETURN NEW;
END""",
    # At commit: an entry posted meanwhile by another transaction did not count this line.
    "ledger_line_count": """
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND NEW.seq <= line_count) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: a line that its entry did not count';
  END IF;
  RETURN NULL;
END""",
    "ledger_entry_post": """
DECLARE
  n bigint; least bigint; most bigint; net numeric;
BEGIN
  UPDATE ledger_book SET number = NEW.number, last_hash = NEW.hash
    WHERE region = NEW.region AND number = NEW.number - 1 AND last_hash = NEW.before
      AND (closed_through IS NULL OR closed_through < NEW.booked_on);
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: a closed month, or not the next entry of the book';
  END IF;
  SELECT count(*), min(seq), max(seq), sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END)
    INTO n, least, most, net FROM ledger_line WHERE entry_id = NEW.id;
  IF n < 2 OR n <> NEW.line_count OR least <> 1 OR most <> n OR net <> 0 THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: an entry has two lines or more and balances';
  END IF;
  PERFORM 1 FROM ledger_account WHERE id IN (SELECT account_id FROM ledger_line WHERE entry_id = NEW.id)
    ORDER BY id FOR NO KEY UPDATE;
  IF EXISTS (SELECT 1 FROM ledger_line l LEFT JOIN ledger_account a ON a.id = l.account_id
      WHERE l.entry_id = NEW.id AND (a.id IS NULL OR a.region <> NEW.region OR l.booked_on <> NEW.booked_on
        OR a.opened_on > NEW.booked_on OR a.closed_on < NEW.booked_on)) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: an account of another book, or not open on that day';
  END IF;
  IF NEW.reverses_id IS NOT NULL AND (NOT EXISTS (
      SELECT 1 FROM ledger_entry o WHERE o.id = NEW.reverses_id AND o.region = NEW.region AND o.reverses_id IS NULL
        AND o.line_count = NEW.line_count AND o.booked_on <= NEW.booked_on)
    OR NEW.line_count <> (
      SELECT count(*) FROM ledger_line r JOIN ledger_line o ON o.entry_id = NEW.reverses_id AND o.seq = r.seq
        AND o.account_id = r.account_id AND o.amount_fen = r.amount_fen AND o.side <> r.side
      WHERE r.entry_id = NEW.id)) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: a reversal mirrors its entry, and is not reversed';
  END IF;
  UPDATE ledger_account a SET balance_fen = a.balance_fen + m.fen, last_entry_id = NEW.id
    FROM (SELECT l.account_id, SUM(CASE WHEN l.side = b.normal_side THEN l.amount_fen ELSE -l.amount_fen END)::bigint AS fen
          FROM ledger_line l JOIN ledger_account b ON b.id = l.account_id WHERE l.entry_id = NEW.id
          GROUP BY l.account_id) m
    WHERE a.id = m.account_id;
  RETURN NULL;
END""",
    "ledger_month_close": """
BEGIN
  IF extract(day FROM NEW.through + 1) <> 1 THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: a month is closed on its last day';
  END IF;
  UPDATE ledger_book SET closed_through = NEW.through
    WHERE region = NEW.region AND number = NEW.number AND last_hash = NEW.last_hash
      AND (closed_through IS NULL OR closed_through < NEW.through);
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'ledger: closed already, or not sealed by the head of the book';
  END IF;
  RETURN NULL;
END""",
}

_FIXED = "BEFORE DELETE OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
_KEPT = "BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
_WHOLE = "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_truncate()"
_ROW = "{when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
_BY_ROW = {
    "ledger_book_open": ("BEFORE INSERT", "ledger_book"),
    "ledger_book_move": ("BEFORE UPDATE", "ledger_book"),
    "ledger_account_open": ("BEFORE INSERT", "ledger_account"),
    "ledger_account_change": ("BEFORE UPDATE", "ledger_account"),
    "ledger_line_insert": ("BEFORE INSERT", "ledger_line"),
    "ledger_entry_post": ("AFTER INSERT", "ledger_entry"),
    "ledger_month_close": ("AFTER INSERT", "ledger_closedmonth"),
}


def _triggers() -> dict[str, str]:
    """Each as ``pg_get_triggerdef`` gives it back."""
    made = {name: _ROW.format(when=when, table=table, name=name) for name, (when, table) in _BY_ROW.items()}
    for table in ("ledger_entry", "ledger_line", "ledger_closedmonth"):
        made[f"{table}_fixed"] = _FIXED.format(table=table)
    for table in ("ledger_account", "ledger_book"):
        made[f"{table}_kept"] = _KEPT.format(table=table)
    for table in ("ledger_account", "ledger_book", "ledger_entry", "ledger_line", "ledger_closedmonth"):
        made[f"{table}_whole"] = _WHOLE.format(table=table)
    texts = {name: f"CREATE TRIGGER {name} {rest}" for name, rest in made.items()}
    texts["ledger_line_count"] = (
        "CREATE CONSTRAINT TRIGGER ledger_line_count AFTER INSERT ON ledger_line DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION ledger_line_count()"
    )
    return texts


RULES = Postgres(_FUNCTIONS, _triggers())
