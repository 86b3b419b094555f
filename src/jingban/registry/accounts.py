"""Personal accounts (个人账户) on the books: one liability a person, never below zero.

Every amount is yuan. What is written under a reference once is given back when the reference comes again with
the same amount, on whatever day; with another amount it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from jingban.core.money import show_yuan, to_fen, to_yuan
from jingban.ledger import service as ledger
from jingban.registry.changes import Changed, record
from jingban.registry.errors import RegistryError
from jingban.registry.models import Person
from jingban.registry.origin import Origin

BATCH = 1000
"""So many entries in one run: a row that changes more often in one transaction gets slow (docs/decisions/0011)."""

BEGIN = date(1998, 12, 14)
"""国发〔1998〕44号 brought the personal account: no account opens earlier, and whatever is booked finds it open."""

FUND, PAYABLE, OUTGOING, INCOMING, DUE = "pa-fund", "pa-payable", "pa-outgoing", "pa-incoming", "pa-due"

_ZERO = Decimal(0)
_CHART = (
    ledger.Opening(FUND, "个人账户基金存款", ledger.Kind.ASSET, floor=_ZERO),
    ledger.Opening(DUE, "应收省内转移个人账户款", ledger.Kind.ASSET, floor=_ZERO),
    ledger.Opening(PAYABLE, "待付个人账户款", ledger.Kind.LIABILITY, floor=_ZERO),
    ledger.Opening(OUTGOING, "待划转个人账户款（转出）", ledger.Kind.LIABILITY, floor=_ZERO),
    ledger.Opening(INCOMING, "转移在途个人账户款（转入）", ledger.Kind.LIABILITY, floor=_ZERO),
)


class NothingThere(RegistryError):
    """The account is empty: nothing to pay out or to move."""

    code = "account_empty"


class TooMuch(RegistryError):
    """More than the account holds."""

    code = "account_too_low"


class ReferenceTaken(RegistryError):
    """The reference stands for another amount or another person."""

    code = "account_reference_taken"


@dataclass(frozen=True, slots=True)
class Credit:
    """An amount for a person; ``reference`` says once and for all which fact it books."""

    person: Person
    amount: Decimal
    reference: str


def chart(origin: Origin) -> dict[str, ledger.Account]:
    """The region's own accounts by code, opened on first use."""
    found = ledger.open_accounts(
        region=origin.region, openings=_CHART, opened_on=BEGIN, actor=origin.actor, now=origin.at
    )
    return {account.code: account for account in found}


def code_of(person: Person, turn: int = 1) -> str:
    """The account's code; whoever comes back after a closing gets the next one."""
    return f"pa:{person.number}" if turn == 1 else f"pa:{person.number}:{turn}"


def account_of(origin: Origin, person: Person) -> ledger.Account:
    """The person's open account, opened on first use."""
    return _accounts(origin, [person])[person.pk]


def balance(person: Person, as_of: date | None = None) -> Decimal:
    """What the account holds: now, or at the end of a day. Without an account it is zero."""
    return sum((ledger.balance(a, as_of=as_of) for a in _own(person)), to_yuan(0))


def statement(person: Person, *, start_on: date, end_on: date) -> list[ledger.StatementRow]:
    """Every line of a period, both days included, oldest first."""
    parts = [ledger.statement(a, start_on=start_on, end_on=end_on) for a in _own(person)]
    return sorted((row for part in parts for row in part.rows), key=lambda row: (row.booked_on, row.number))


def credit(
    origin: Origin, person: Person, amount: Decimal, *, kind: str, reference: str, memo: str = ""
) -> ledger.Entry:
    """Put money that came in to a person's account."""
    return credit_many(origin, [Credit(person, amount, reference)], kind=kind, memo=memo)[0]


def credit_many(
    origin: Origin, credits: Sequence[Credit], *, kind: str, memo: str = "", paid_from: str = FUND
) -> list[ledger.Entry]:
    """The same for many persons, an entry each, in the order given; all or none."""
    against = chart(origin)[paid_from]
    entries: list[ledger.Entry] = []
    with transaction.atomic():
        for start in range(0, len(credits), BATCH):
            part = credits[start : start + BATCH]
            entries += _credited(origin, part, against, kind=kind, memo=memo)
    return entries


def take_out(
    origin: Origin,
    person: Person,
    amount: Decimal,
    *,
    kind: str,
    reference: str,
    memo: str = "",
    towards: str = PAYABLE,
) -> ledger.Entry:
    """Take money from a person's account to what is to be paid; the payment itself is booked by who pays."""
    account, fen = account_of(origin, person), to_fen(amount)
    if (known := _known(origin.region, reference, account, fen)) is not None:
        return known
    if fen <= 0:
        raise NothingThere("个人账户没有可以支取或划转的余额，不用办理支付。")
    held = to_fen(balance(person))
    if fen > held:
        raise TooMuch(f"个人账户余额是{show_yuan(held)}元，不够付{show_yuan(fen)}元，请核对金额。")
    target = chart(origin)[towards]
    with transaction.atomic():
        entry = _posted(
            origin, reference, kind, memo, [ledger.debit(account, amount), ledger.credit(target, amount)]
        )
        left = _held([account])[account.pk]
        record(origin, [_moved(origin, person, account, left + fen, left)])
    return entry


def taken_out(region: str, reference: str) -> Decimal | None:
    """What was taken out under a reference, in yuan; none where nothing was."""
    entry = ledger.entry_of(region=region, reference=reference)
    if entry is None:
        return None
    return to_yuan(sum(line.amount_fen for line in entry.lines.all() if line.side == ledger.Side.DEBIT))


def move(origin: Origin, from_person: Person, to_person: Person) -> Decimal:
    """Give everything to the person whom the first was merged into, and close the emptied account."""
    amount = balance(from_person)
    with transaction.atomic():
        if amount:
            account = account_of(origin, from_person)
            target, fen = account_of(origin, to_person), to_fen(amount)
            lines = [ledger.debit(account, amount), ledger.credit(target, amount)]
            _posted(origin, f"pa-merge:{account.code}", "account-merge", "重复登记合并", lines)
            held = _held([target])[target.pk]
            changes = [
                _moved(origin, from_person, account, fen, 0),
                _moved(origin, to_person, target, held - fen, held),
            ]
            record(origin, changes)
        close(origin, from_person)
    return amount


def close(origin: Origin, person: Person) -> None:
    """Close the person's accounts, all of them empty; nothing where there is none."""
    for account in _own(person):
        if account.closed_on is None:
            ledger.close_account(account=account, closed_on=origin.day, actor=origin.actor, now=origin.at)


def _own(person: Person) -> list[ledger.Account]:
    return ledger.accounts_of(owner=person.number, region=person.region)


def _accounts(origin: Origin, persons: Sequence[Person]) -> dict[int, ledger.Account]:
    """The open account of each person; who had one closed gets the next number."""
    turns = dict.fromkeys((person.pk for person in persons), 1)
    todo, found = {person.pk: person for person in persons}, {}
    while todo:
        openings = [
            ledger.Opening(
                code_of(person, turns[pk]),
                "个人账户",
                ledger.Kind.LIABILITY,
                owner=person.number,
                floor=_ZERO,
            )
            for pk, person in todo.items()
        ]
        opened = ledger.open_accounts(
            region=origin.region, openings=openings, opened_on=BEGIN, actor=origin.actor, now=origin.at
        )
        for pk, account in zip(list(todo), opened, strict=True):
            if account.closed_on is None:
                found[pk] = account
                del todo[pk]
            else:
                turns[pk] += 1
    return found


def _credited(
    origin: Origin, part: Sequence[Credit], against: ledger.Account, *, kind: str, memo: str
) -> list[ledger.Entry]:
    accounts = _accounts(origin, [c.person for c in part])
    entries = _entries(origin.region, [c.reference for c in part])
    fresh: dict[str, Credit] = {}
    for c in part:
        if to_fen(c.amount) <= 0:
            raise RegistryError("记入个人账户的金额要大于零，请核对金额。", field="amount")
        if c.reference in entries:
            _same(entries[c.reference], accounts[c.person.pk], to_fen(c.amount))
        elif fresh.setdefault(c.reference, c) != c:
            raise _taken(c.reference)
    postings = [
        ledger.Posting(
            c.reference,
            kind,
            origin.day,
            (ledger.debit(against, c.amount), ledger.credit(accounts[c.person.pk], c.amount)),
            memo,
        )
        for c in fresh.values()
    ]
    if postings:
        done = ledger.post_many(region=origin.region, postings=postings, actor=origin.actor, now=origin.at)
        entries |= {entry.reference: entry for entry in done}
        _record_credits(origin, list(fresh.values()), accounts)
    return [entries[c.reference] for c in part]


def _record_credits(origin: Origin, fresh: list[Credit], accounts: dict[int, ledger.Account]) -> None:
    """Told after posting, while the accounts are held: what is said is what the books hold."""
    held = _held(accounts.values())
    for c in fresh:
        held[accounts[c.person.pk].pk] -= to_fen(c.amount)
    changes = []
    for c in fresh:
        account, fen = accounts[c.person.pk], to_fen(c.amount)
        changes.append(_moved(origin, c.person, account, held[account.pk], held[account.pk] + fen))
        held[account.pk] += fen
    record(origin, changes)


def _held(accounts: Iterable[ledger.Account]) -> dict[int, int]:
    """The running balances as they are now, in fen."""
    keys = [account.pk for account in accounts]
    return dict(ledger.Account.objects.filter(pk__in=keys).values_list("pk", "balance_fen"))


def _moved(origin: Origin, person: Person, account: ledger.Account, before: int, after: int) -> Changed:
    # No field is named: a movement is a fact of its own, and a later one does not contradict an open case.
    was, now = {"balance": str(to_yuan(before))}, {"balance": str(to_yuan(after))}
    return Changed(
        "account",
        account.pk,
        person.pk,
        None,
        "",
        was,
        now,
        origin.day,
        origin.source,
        origin.case,
        origin.seq,
    )


def _posted(
    origin: Origin, reference: str, kind: str, memo: str, lines: Sequence[ledger.Leg]
) -> ledger.Entry:
    return ledger.post(
        region=origin.region, lines=lines, booked_on=origin.day, reference=reference, kind=kind, memo=memo,
        actor=origin.actor, now=origin.at,
    )  # fmt: skip


def _known(region: str, reference: str, account: ledger.Account, fen: int) -> ledger.Entry | None:
    """What was booked under the reference before, if it says the same of the account."""
    entry = _entries(region, [reference]).get(reference)
    return None if entry is None else _same(entry, account, fen)


def _entries(region: str, references: list[str]) -> dict[str, ledger.Entry]:
    found = ledger.Entry.objects.filter(region=region, reference__in=references).prefetch_related("lines")
    return {entry.reference: entry for entry in found}


def _same(entry: ledger.Entry, account: ledger.Account, fen: int) -> ledger.Entry:
    if not any(x.account_id == account.pk and x.amount_fen == fen for x in entry.lines.all()):
        raise _taken(entry.reference)
    return entry


def _taken(reference: str) -> ReferenceTaken:
    return ReferenceTaken(
        "这个业务编号已经记过账，这次的人或金额不同，没有再记。请核对是否用错编号。", reference=reference
    )
