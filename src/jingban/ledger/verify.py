"""Check the books against themselves: the chain, every entry, every balance, and what guards them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db.models import F, QuerySet

from jingban.core.money import show_yuan
from jingban.ledger.chain import FIRST, entry_hash
from jingban.ledger.guards import doctor
from jingban.ledger.models import Account, Book, ClosedMonth, Entry, Line, Side

_CHUNK = 500


def faults(region: str | None = None) -> Iterator[str]:
    """Everything that is wrong, in one region or all."""
    yield from doctor()
    books = Book.objects.order_by("region")
    for book in books if region is None else books.filter(region=region):
        yield from _chain_faults(book)
        yield from _balance_faults(book)
        yield from _seal_faults(book)


def _chain_faults(book: Book) -> Iterator[str]:
    before, expected = FIRST, 1
    entries = Entry.objects.filter(region=book.region).order_by("number")
    for entry, lines in _with_lines(entries):
        if entry.number != expected:
            yield f"{book.region} 缺第{expected}号分录"
            return
        bodies = [(line.seq, line.account.code, line.side, line.amount_fen) for line in lines]
        if bytes(entry.before) != before or bytes(entry.hash) != entry_hash(entry, bodies):
            yield f"{book.region} 第{entry.number}号分录被改动过"
        yield from _entry_faults(entry, lines)
        before, expected = bytes(entry.hash), expected + 1
    if (book.number, bytes(book.last_hash)) != (expected - 1, before):
        yield f"{book.region} 末尾的分录被改动或截去（账簿应到第{book.number}号）"


def _with_lines(entries: QuerySet[Entry]) -> Iterator[tuple[Entry, list[Line]]]:
    """Not by prefetching: over the composite key of lines SQLite gets a condition deeper than it takes."""
    for part in _batched(entries):
        found: dict[int, list[Line]] = {entry.pk: [] for entry in part}
        for line in (
            Line.objects.filter(entry_id__in=list(found))
            .select_related("account")
            .order_by("entry_id", "seq")
        ):
            found[line.entry_id].append(line)
        for entry in part:
            yield entry, found[entry.pk]


def _batched(entries: QuerySet[Entry]) -> Iterator[list[Entry]]:
    """Some hundred at a time."""
    rows = entries.iterator(chunk_size=_CHUNK)
    while part := list(islice(rows, _CHUNK)):
        yield part


def _entry_faults(entry: Entry, lines: list[Line]) -> Iterator[str]:
    net = sum(line.amount_fen if line.side == Side.DEBIT else -line.amount_fen for line in lines)
    if net or len(lines) < 2 or len(lines) != entry.line_count:
        yield f"{entry.region} 第{entry.number}号分录借贷不平或行数不符"
    if any(line.booked_on != entry.booked_on or line.account.region != entry.region for line in lines):
        yield f"{entry.region} 第{entry.number}号分录的行与分录不符"


def _balance_faults(book: Book) -> Iterator[str]:
    accounts = Account.objects.filter(region=book.region)
    differing = accounts.derived().exclude(derived_fen=F("balance_fen")).order_by("code")  # type: ignore[misc]
    for account in differing:
        derived = show_yuan(account.derived_fen)  # type: ignore[attr-defined]
        yield f"{book.region} 账户{account.code}余额{show_yuan(account.balance_fen)}元，按分录应为{derived}元"
    if (net := accounts.net_fen()) != 0:
        yield f"{book.region} 全部账户借贷相差{show_yuan(net)}元"


def _seal_faults(book: Book) -> Iterator[str]:
    """A closing keeps the head of its day: no entry of a closed month can come after it."""
    through = None
    for month in ClosedMonth.objects.filter(region=book.region).order_by("through"):
        through = month.through
        sealed = Entry.objects.filter(region=book.region, number=month.number).first()
        if bytes(month.last_hash) != (bytes(sealed.hash) if sealed else FIRST):
            yield f"{book.region} {month.through:%Y年%m月}结账时的末号分录被改动"
        if Entry.objects.filter(
            region=book.region, number__gt=month.number, booked_on__lte=month.through
        ).exists():
            yield f"{book.region} {month.through:%Y年%m月}结账后又有记入该月的分录"
    if book.closed_through != through:
        yield f"{book.region} 账簿的结账日与结账记录不符"
