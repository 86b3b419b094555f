"""Money that comes with a transfer: booked when it arrives, the person's once the case is taken over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from jingban.core.money import to_fen, to_yuan
from jingban.ledger import service as ledger
from jingban.registry import accounts, sheets
from jingban.registry.accounts import Credit
from jingban.registry.errors import RegistryError
from jingban.registry.models import Person
from jingban.registry.origin import Origin


def receive_funds(
    origin: Origin, case_id: int, amount: Decimal, paid_on: date, reference: str
) -> ledger.Entry:
    """Book money that came for a case: it waits until the case is taken over, or goes to the person at once where
    it already was. ``reference`` is the payer's or the letter's; the same again changes nothing, whatever day it says."""
    if to_fen(amount) <= 0:
        raise RegistryError("收到的转移资金要大于零，请核对金额。", field="amount")
    chart = accounts.chart(origin)
    mark = f"{reference[:180]} 划转日"
    received = _received(origin.region, case_id)
    for entry in received:
        if entry.memo.startswith(mark):
            if _amount(entry, chart[accounts.INCOMING]) != to_fen(amount):
                raise accounts.ReferenceTaken(
                    f"划转编号{reference}已经登记过，这次的金额不同，没有再记；请与转出地核对。"
                )
            return entry
    with transaction.atomic():
        entry = ledger.post(
            region=origin.region,
            lines=[
                ledger.debit(chart[accounts.FUND], amount),
                ledger.credit(chart[accounts.INCOMING], amount),
            ],
            booked_on=origin.day,
            reference=f"transfer-funds:{case_id}:{len(received) + 1}",
            kind="transfer-funds",
            memo=f"{mark}{paid_on.isoformat()}",
            actor=origin.actor,
            now=origin.at,
        )
        row = sheets.row_of(case_id, "in")
        if row is not None and (taker := sheets.taker_of(row)) is not None:
            credit_received(origin, taker, case_id)
    return entry


def funds_of(region: str, case_id: int) -> Decimal:
    """What came for a case so far."""
    entries = _received(region, case_id)
    if not entries:
        return to_yuan(0)
    account = ledger.account_of(region=region, code=accounts.INCOMING)
    return to_yuan(sum(_amount(entry, account) for entry in entries))


def credit_received(origin: Origin, person: Person, case: int) -> None:
    """Give the person what came for the case and was not given yet."""
    incoming = accounts.chart(origin)[accounts.INCOMING]
    credits = [
        Credit(person, to_yuan(_amount(entry, incoming)), reference)
        for turn, entry in enumerate(_received(origin.region, case), 1)
        if ledger.entry_of(region=origin.region, reference=(reference := f"transfer-credit:{case}:{turn}"))
        is None
    ]
    if credits:  # what was given before stays where it was, though the account be closed or merged since
        accounts.credit_many(
            origin, credits, kind="transfer-in", memo="转入个人账户", paid_from=accounts.INCOMING
        )


def _received(region: str, case: int) -> list[ledger.Entry]:
    """What was booked as received for a case, in order."""
    found: list[ledger.Entry] = []
    while (
        entry := ledger.entry_of(region=region, reference=f"transfer-funds:{case}:{len(found) + 1}")
    ) is not None:
        found.append(entry)
    return found


def _amount(entry: ledger.Entry, account: ledger.Account) -> int:
    return sum(line.amount_fen for line in entry.lines.all() if line.account_id == account.pk)
