"""What the database refuses in the books: triggers, put in by a migration, put back after every one.

The rules are written twice, once for each database (``guards_postgresql``, ``guards_sqlite``); the tests
attack both alike. How they get there and how a missing one is found: ``core.guards``.
"""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS

from jingban.core.guards import Guards
from jingban.ledger import guards_postgresql, guards_sqlite
from jingban.ledger.models import Account, Book, ClosedMonth, Entry, Line

GUARDS = Guards(
    "账务数据表", (Book, Account, Entry, Line, ClosedMonth), guards_postgresql.RULES, guards_sqlite.RULES
)
TABLES = GUARDS.tables


def ensure_guards(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put the triggers in where one is missing or differs; nothing where the tables are not (yet) there."""
    GUARDS.ensure(using)


def drop_guards(using: str = DEFAULT_DB_ALIAS) -> None:
    """Take the triggers out: for a migration that rewrites posted rows, and for tests that empty the tables."""
    GUARDS.drop(using)


def doctor(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What of the protection is missing, changed, switched off or not ours; empty when all is well."""
    return GUARDS.doctor(using)
