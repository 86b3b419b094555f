"""What is done to the books: accounts opened and closed, entries posted and reversed, months closed.

Every write of a region first holds its book's row and then its accounts in the order of their keys, so writers
queue and never wait for one another in a circle. A caller that posts in several regions within one
transaction takes the regions in the order of their names.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from jingban.core.localtime import local_day
from jingban.core.money import to_fen, to_yuan
from jingban.ledger.chain import entry_hash
from jingban.ledger.errors import (
    AccountNotEmpty,
    AccountNotFound,
    AccountNotOpen,
    BalanceTooLow,
    BookedInFuture,
    EntryWrong,
    LineWrong,
    MonthClosed,
    MonthNotOver,
    NotReversible,
    ReferenceReused,
    Unbalanced,
)
from jingban.ledger.models import MOST_FEN, Account, Book, ClosedMonth, Entry, Line, Side

_BATCH = 1000
_LONGEST = {"reference": ("业务编号", 120), "kind": ("业务", 40), "memo": ("摘要", 200)}


@dataclass(frozen=True, slots=True)
class Leg:
    """One line to be: made by ``debit`` and ``credit``."""

    account: int
    side: Side
    fen: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry to be. ``reference`` says once and for all which business fact it books."""

    reference: str
    kind: str
    booked_on: date
    lines: tuple[Leg, ...]
    memo: str = ""
    reverses: int | None = None


def debit(account: Account | int, amount: Decimal) -> Leg:
    """A debit of so many yuan (借)."""
    return _leg(account, Side.DEBIT, amount)


def credit(account: Account | int, amount: Decimal) -> Leg:
    """A credit of so many yuan (贷)."""
    return _leg(account, Side.CREDIT, amount)


def _leg(account: Account | int, side: Side, amount: Decimal) -> Leg:
    fen = to_fen(amount)
    if to_yuan(fen) != Decimal(amount):
        raise LineWrong(f"金额{amount}元不足一分的部分没有取整，不能入账。", amount=str(amount))
    if not 1 <= fen <= MOST_FEN:
        raise LineWrong(f"金额{amount}元不能入账：须大于零，且在可记范围内。", amount=str(amount))
    return Leg(account if isinstance(account, int) else account.pk, side, fen)


def post(
    *, region: str, lines: Sequence[Leg], booked_on: date, reference: str, kind: str, memo: str = "", actor: int,
    now: datetime,
) -> Entry:  # fmt: skip
    """Post one entry; the same reference again gives back the entry that is there."""
    posting = Posting(reference, kind, booked_on, tuple(lines), memo)
    return post_many(region=region, postings=[posting], actor=actor, now=now)[0]


def post_many(*, region: str, postings: Sequence[Posting], actor: int, now: datetime) -> list[Entry]:
    """Post all or none, in order, under one lock: for pay runs and rosters."""
    for posting in postings:
        _check(posting, local_day(now))
    with transaction.atomic():
        run = _Run(_held_book(region), actor, now)
        run.known = _known(region, [posting.reference for posting in postings])
        fresh = [posting for posting in postings if posting.reference not in run.known]
        if fresh:
            run.accounts = _held_accounts(region, {leg.account for posting in fresh for leg in posting.lines})
            run.ids = _entry_ids(len(fresh))
        entries = [run.take(posting) for posting in postings]
        Line.objects.bulk_create(run.lines, batch_size=_BATCH)
        Entry.objects.bulk_create(run.entries, batch_size=_BATCH)  # posts: checked and balanced there
    return entries


def _check(posting: Posting, today: date) -> None:
    for name, (word, most) in _LONGEST.items():
        text = getattr(posting, name)
        if len(text) > most or "\x00" in text or (not text.strip() and name != "memo"):
            raise EntryWrong(f"{word}须为1至{most}个字，请核对。", field=name, text=text)
    if posting.booked_on > today:
        raise BookedInFuture(
            f"{posting.booked_on:%Y年%m月%d日}还没有到，不能提前记账。", booked_on=posting.booked_on
        )
    sums = {side: sum(leg.fen for leg in posting.lines if leg.side == side) for side in Side}
    if any(not 1 <= leg.fen <= MOST_FEN for leg in posting.lines):
        raise LineWrong("每行金额须大于零，且在可记范围内。", reference=posting.reference)
    if len(posting.lines) < 2 or sums[Side.DEBIT] != sums[Side.CREDIT]:
        raise Unbalanced(
            reference=posting.reference, debit_fen=sums[Side.DEBIT], credit_fen=sums[Side.CREDIT],
            lines=len(posting.lines),
        )  # fmt: skip


def _held_book(region: str) -> Book:
    book = Book.objects.select_for_update(no_key=True).filter(region=region).first()
    if book is None:
        raise AccountNotFound(f"地区“{region}”还没有账簿，请先开立科目。", region=region)
    return book


def _held_accounts(region: str, keys: set[int]) -> dict[int, Account]:
    """The accounts, locked in the order of their keys."""
    held: dict[int, Account] = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), _BATCH):
        part = Account.objects.select_for_update(no_key=True).filter(pk__in=ordered[start : start + _BATCH])
        held |= {account.pk: account for account in part.order_by("pk")}
    for key in ordered:
        if key not in held or held[key].region != region:
            raise AccountNotFound("分录中有不属于本地区账簿的账户，没有入账。", region=region, account=key)
    return held


def _known(region: str, references: Sequence[str]) -> dict[str, tuple[Entry, tuple[Leg, ...]]]:
    """What was posted under these references before."""
    found: dict[str, tuple[Entry, tuple[Leg, ...]]] = {}
    for start in range(0, len(references), _BATCH):
        part = Entry.objects.filter(region=region, reference__in=references[start : start + _BATCH])
        for entry in part.prefetch_related("lines"):
            lines = sorted(entry.lines.all(), key=lambda line: line.seq)
            found[entry.reference] = (
                entry,
                tuple(Leg(x.account_id, Side(x.side), x.amount_fen) for x in lines),
            )
    return found


def _entry_ids(count: int) -> Iterator[int]:
    """Ids for entries whose lines are written first; taken under the lock, so they grow with the numbers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('ledger_entry', 'id')) FROM generate_series(1, %s::int)",
                [count],
            )
            return iter([row[0] for row in cursor.fetchall()])
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return iter(range(last + 1, last + 1 + count))


@dataclass
class _Run:
    """What one posting run holds and writes."""

    book: Book
    actor: int
    now: datetime
    accounts: dict[int, Account] = field(default_factory=dict)
    known: dict[str, tuple[Entry, tuple[Leg, ...]]] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: iter(()))
    entries: list[Entry] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def take(self, posting: Posting) -> Entry:
        """The entry of a posting: the one that is there, or a new one at the head of the chain."""
        if posting.reference in self.known:
            entry, legs = self.known[posting.reference]
            same = (posting.kind, posting.booked_on, posting.reverses, posting.lines)
            if same != (entry.kind, entry.booked_on, entry.reverses_id, legs):
                raise ReferenceReused(reference=posting.reference, number=entry.number)
            return entry
        self._check_day(posting)
        self._move(posting)
        entry = self._entry(posting)
        self.known[posting.reference] = (entry, posting.lines)
        return entry

    def _check_day(self, posting: Posting) -> None:
        closed = self.book.closed_through
        if closed is not None and posting.booked_on <= closed:
            raise MonthClosed(booked_on=posting.booked_on, closed_through=closed)
        for leg in posting.lines:
            account = self.accounts[leg.account]
            ended = account.closed_on is not None and posting.booked_on > account.closed_on
            if ended or posting.booked_on < account.opened_on:
                raise AccountNotOpen(code=account.code, name=account.name, booked_on=posting.booked_on)

    def _move(self, posting: Posting) -> None:
        """Follow the balances as the database will, to refuse in plain words."""
        changes: dict[int, int] = {}
        for leg in posting.lines:
            fen = leg.fen if leg.side == self.accounts[leg.account].normal_side else -leg.fen
            changes[leg.account] = changes.get(leg.account, 0) + fen
        for key, change in changes.items():
            account = self.accounts[key]
            if account.floor_fen is not None and account.balance_fen + change < account.floor_fen:
                raise BalanceTooLow(
                    code=account.code, name=account.name, balance_fen=account.balance_fen, change_fen=change,
                    floor_fen=account.floor_fen,
                )  # fmt: skip
            if account.closed_on is not None and account.balance_fen + change:
                raise AccountNotOpen(code=account.code, name=account.name, booked_on=posting.booked_on)
            account.balance_fen += change

    def _entry(self, posting: Posting) -> Entry:
        entry = Entry(
            id=next(self.ids), region=self.book.region, number=self.book.number + 1, booked_on=posting.booked_on,
            recorded_at=self.now, kind=posting.kind, memo=posting.memo, reference=posting.reference, actor=self.actor,
            reverses_id=posting.reverses, line_count=len(posting.lines), before=bytes(self.book.last_hash),
        )  # fmt: skip
        bodies = [
            (n, self.accounts[x.account].code, x.side.value, x.fen) for n, x in enumerate(posting.lines, 1)
        ]
        entry.hash = entry_hash(entry, bodies)
        self.lines += [
            Line(
                entry_id=entry.pk, seq=seq, account_id=leg.account, booked_on=posting.booked_on, side=leg.side,
                amount_fen=leg.fen,
            )
            for seq, leg in enumerate(posting.lines, 1)
        ]  # fmt: skip
        self.entries.append(entry)
        self.book.number, self.book.last_hash = entry.number, entry.hash
        return entry


def reverse(
    *, entry: Entry, booked_on: date, reference: str, memo: str = "", actor: int, now: datetime
) -> Entry:
    """Undo an entry by its mirror (冲正): every line with its side turned. Once; a reversal is not reversed."""
    with transaction.atomic():
        _held_book(entry.region)
        original = Entry.objects.get(pk=entry.pk)
        if original.reverses_id is not None:
            raise NotReversible("它本身就是冲正分录，请重新记账", number=original.number)
        done = Entry.objects.filter(reverses=original).first()
        if done is not None and done.reference != reference:
            raise NotReversible(f"第{original.number}号分录已由第{done.number}号冲正", number=original.number)
        if booked_on < original.booked_on:
            raise NotReversible(
                f"冲正日期早于原分录的{original.booked_on:%Y年%m月%d日}", number=original.number
            )
        turned = tuple(
            Leg(line.account_id, Side.CREDIT if line.side == Side.DEBIT else Side.DEBIT, line.amount_fen)
            for line in Line.objects.filter(entry=original).order_by("seq")
        )
        posting = Posting(
            reference, original.kind, booked_on, turned, memo or f"冲正第{original.number}号", original.pk
        )
        return post_many(region=original.region, postings=[posting], actor=actor, now=now)[0]


def close_account(*, account: Account, closed_on: date, actor: int, now: datetime) -> Account:
    """Close an account at zero; ``closed_on`` is its last day."""
    with transaction.atomic():
        _held_book(account.region)
        held = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if held.closed_on == closed_on:
            return held
        if held.closed_on is not None or not held.opened_on <= closed_on <= local_day(now):
            raise AccountNotOpen(code=held.code, name=held.name, booked_on=closed_on)
        if held.balance_fen:
            raise AccountNotEmpty(
                f"“{held.name}”还有余额{to_yuan(held.balance_fen)}元，结清后才能销户。", code=held.code
            )
        if Line.objects.filter(account=held, booked_on__gt=closed_on).exists():
            raise AccountNotEmpty(
                f"“{held.name}”在{closed_on:%Y年%m月%d日}以后还有账，不能销户。", code=held.code
            )
        held.closed_on, held.closed_by = closed_on, actor
        held.save(update_fields=["closed_on", "closed_by"])
        return held


def close_month(*, region: str, month: date, actor: int, now: datetime) -> date:
    """Close the books up to the end of a month, for good; gives the last closed day. Again, it changes nothing."""
    through = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    if through >= local_day(now):
        raise MonthNotOver(f"{month:%Y年%m月}还没有结束，不能结账。", month=month)
    with transaction.atomic():
        book = _held_book(region)
        if book.closed_through is not None and book.closed_through >= through:
            return book.closed_through
        ClosedMonth.objects.create(
            region=region,
            through=through,
            closed_at=now,
            actor=actor,
            number=book.number,
            last_hash=book.last_hash,
        )
    return through
