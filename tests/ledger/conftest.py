"""A small book: a pool of money, what was paid into it, and two personal accounts that may not be overdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from jingban.ledger import service as ledger
from tests.builders import MONDAY

OPENED = date(2025, 1, 1)
CHART = (
    ledger.Opening("1001", "财政专户", ledger.Kind.ASSET),
    ledger.Opening("4001", "缴费收入", ledger.Kind.INCOME),
    ledger.Opening("5001", "待遇支出", ledger.Kind.EXPENSE),
    ledger.Opening("2001.1", "个人账户甲", ledger.Kind.LIABILITY, owner="person:1", floor=Decimal(0)),
    ledger.Opening("2001.2", "个人账户乙", ledger.Kind.LIABILITY, owner="person:2", floor=Decimal(0)),
)


@dataclass
class Books:
    """The door, with what a test does not care about filled in."""

    region: str = "somewhere"
    now: datetime = MONDAY
    a: dict[str, ledger.Account] = field(default_factory=dict)
    references: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        opened = ledger.open_accounts(
            region=self.region, openings=CHART, opened_on=OPENED, actor=1, now=self.now
        )
        names = ("bank", "income", "expense", "one", "two")
        self.a = dict(zip(names, opened, strict=True))

    @property
    def today(self) -> date:
        return self.now.date()

    def posting(self, *moves: tuple[str, str, str], **given: Any) -> dict[str, Any]:
        """Keywords of a posting; a move is debit account, credit account, yuan."""
        lines = [
            leg
            for to, of, yuan in moves
            for leg in (ledger.debit(self.a[to], Decimal(yuan)), ledger.credit(self.a[of], Decimal(yuan)))
        ]
        return {
            "booked_on": self.today,
            "reference": f"test:{next(self.references)}",
            "kind": "test",
            "lines": lines,
            **given,
        }

    def post(self, *moves: tuple[str, str, str], **given: Any) -> ledger.Entry:
        return ledger.post(region=self.region, actor=1, now=self.now, **self.posting(*moves, **given))

    def pay_in(self, yuan: str, who: str = "one", **given: Any) -> ledger.Entry:
        return self.post(("bank", who, yuan), **given)

    def draw(self, yuan: str, who: str = "one", **given: Any) -> ledger.Entry:
        return self.post((who, "bank", yuan), **given)

    def many(self, postings: Sequence[dict[str, Any]]) -> list[ledger.Entry]:
        made = [ledger.Posting(**{**posting, "lines": tuple(posting["lines"])}) for posting in postings]
        return ledger.post_many(region=self.region, postings=made, actor=1, now=self.now)

    def reverse(self, entry: ledger.Entry, **given: Any) -> ledger.Entry:
        given = {"booked_on": self.today, "reference": f"undo:{entry.reference}", **given}
        return ledger.reverse(entry=entry, actor=2, now=self.now, **given)

    def close(self, month: date) -> date:
        return ledger.close_month(region=self.region, month=month, actor=1, now=self.now)

    def balance(self, name: str, as_of: date | None = None) -> Decimal:
        return ledger.balance(self.a[name], as_of=as_of)

    def days_ago(self, days: int) -> date:
        return self.today - timedelta(days=days)


@pytest.fixture
def books(db: None) -> Books:
    return Books()


@pytest.fixture
def committed_books(transactional_db: None) -> Books:
    """Books whose entries really commit, for races and for what is refused at commit."""
    return Books()
