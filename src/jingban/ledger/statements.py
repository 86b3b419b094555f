"""What the books say: a balance, a statement, a trial balance, in yuan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F

from jingban.core.money import to_yuan
from jingban.ledger.errors import AccountNotFound
from jingban.ledger.models import Account, Book, Entry, Line, Side


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line of a statement: what it moved, and what was there afterwards."""

    number: int
    booked_on: date
    kind: str
    memo: str
    reference: str
    side: Side
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a period; ``closing`` is ``opening`` with all rows."""

    account: Account
    opening: Decimal
    rows: tuple[StatementRow, ...]
    closing: Decimal


def account_of(*, region: str, code: str) -> Account:
    """The account with that code."""
    found = Account.objects.filter(region=region, code=code).first()
    if found is None:
        raise AccountNotFound(f"没有编号为“{code}”的科目或账户，请核对编号。", region=region, code=code)
    return found


def accounts_of(*, owner: str, region: str | None = None) -> list[Account]:
    """The accounts of an owner, in one region or all."""
    found = Account.objects.of_owner(owner).order_by("region", "code")
    return list(found if region is None else found.filter(region=region))


def entry_of(*, region: str, reference: str) -> Entry | None:
    """The entry that was posted under a reference, if it was."""
    return Entry.objects.filter(region=region, reference=reference).first()


def entries_of(*, region: str, references: Collection[str]) -> dict[str, Entry]:
    """The entries that were posted under these references, with their lines, in two questions however many they are."""
    found = Entry.objects.filter(region=region, reference__in=references).prefetch_related("lines")
    return {entry.reference: entry for entry in found}


def balance(account: Account, *, as_of: date | None = None) -> Decimal:
    """What the account holds on its normal side: now, or at the end of a day."""
    return to_yuan(_balance_fen(account, as_of))


def _balance_fen(account: Account, as_of: date | None) -> int:
    found = Account.objects.balance(as_of).values_list("as_of_fen", flat=True)  # type: ignore[misc]
    return int(found.get(pk=account.pk))


def closed_through(region: str) -> date | None:
    """The last day of the months that are closed; none while none is, or there are no books."""
    return Book.objects.filter(region=region).values_list("closed_through", flat=True).first()


def statement(account: Account, *, start_on: date, end_on: date) -> Statement:
    """The lines of a period, both days included, each with the balance after it."""
    opening = _balance_fen(account, start_on - timedelta(days=1))
    columns = (
        "entry__number",
        "booked_on",
        "entry__kind",
        "entry__memo",
        "entry__reference",
        "side",
        "amount_fen",
    )
    lines = Line.objects.statement(account, start_on, end_on)
    found = lines.values_list(*columns, "running_fen")
    rows = tuple(
        StatementRow(number, day, kind, memo, ref, Side(side), to_yuan(fen), to_yuan(opening + running))
        for number, day, kind, memo, ref, side, fen, running in found
    )
    return Statement(account, to_yuan(opening), rows, rows[-1].balance if rows else to_yuan(opening))


def trial_balance(*, region: str, as_of: date | None = None) -> dict[str, tuple[Decimal, Decimal]]:
    """Debit and credit balance of each account that is not at zero; both columns have the same sum."""
    accounts = Account.objects.filter(region=region).balance(as_of).order_by("code")
    found = accounts.exclude(as_of_fen=0).values_list("code", "normal_side", F("as_of_fen"))  # type: ignore[misc]
    sheet: dict[str, tuple[Decimal, Decimal]] = {}
    for code, side, fen in found:
        on_debit = (side == Side.DEBIT) == (fen > 0)
        sheet[code] = (to_yuan(abs(fen)), to_yuan(0)) if on_debit else (to_yuan(0), to_yuan(abs(fen)))
    return sheet
