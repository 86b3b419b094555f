"""Opening accounts, one or a roster of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from jingban.core.money import to_fen
from jingban.ledger.chain import FIRST
from jingban.ledger.errors import AccountCodeTaken, EntryWrong
from jingban.ledger.models import Account, Book, Kind, Side

_BATCH = 1000
_ON_DEBIT = {Kind.ASSET, Kind.EXPENSE}


@dataclass(frozen=True, slots=True)
class Opening:
    """An account to be. ``floor`` is the least it may hold: 0, or less where it may be overdrawn; none: no floor."""

    code: str
    name: str
    kind: Kind
    owner: str = ""
    floor: Decimal | None = None
    normal_side: Side | None = None

    def account(self, region: str, opened_on: date, actor: int, now: datetime) -> Account:
        """The row; without a side of its own, the account counts on the side of its kind."""
        floor = None if self.floor is None else to_fen(self.floor)
        if floor is not None and floor > 0:
            raise EntryWrong("最低余额不能大于零：新账户从零开始。", field="floor")
        for text, word, most in (
            (self.code, "编号", 64),
            (self.name, "名称", 80),
            (self.owner or "-", "户主", 80),
        ):
            if not text.strip() or len(text) > most or "\x00" in text:
                raise EntryWrong(f"账户{word}须为1至{most}个字，请核对。", text=text)
        side = self.normal_side or (Side.DEBIT if self.kind in _ON_DEBIT else Side.CREDIT)
        return Account(
            region=region, code=self.code, name=self.name, kind=self.kind, normal_side=side, owner=self.owner,
            floor_fen=floor, opened_on=opened_on, actor=actor, recorded_at=now,
        )  # fmt: skip


def open_account(*, region: str, opening: Opening, opened_on: date, actor: int, now: datetime) -> Account:
    """Open an account; the same code again gives back the account that is there."""
    return open_accounts(region=region, openings=[opening], opened_on=opened_on, actor=actor, now=now)[0]


def open_accounts(
    *, region: str, openings: Sequence[Opening], opened_on: date, actor: int, now: datetime
) -> list[Account]:
    """Open all or none, in the order given."""
    wanted = {opening.code: opening.account(region, opened_on, actor, now) for opening in openings}
    with transaction.atomic():
        Book.objects.get_or_create(region=region, defaults={"last_hash": FIRST})
        found = _found(region, list(wanted))
        fresh = [account for code, account in sorted(wanted.items()) if code not in found]
        try:
            with transaction.atomic():
                Account.objects.bulk_create(fresh, batch_size=_BATCH)
        except IntegrityError:  # another opened one of them meanwhile: look again, then it counts
            found = _found(region, list(wanted))
            Account.objects.bulk_create([a for a in fresh if a.code not in found], batch_size=_BATCH)
        found |= {account.code: account for account in fresh if account.code not in found}
    for opening in openings:
        there, new = found[opening.code], opening.account(region, opened_on, actor, now)
        if _what(there) != _what(new):
            raise AccountCodeTaken(code=there.code, name=there.name)
    return [found[opening.code] for opening in openings]


def _found(region: str, codes: list[str]) -> dict[str, Account]:
    found: dict[str, Account] = {}
    for start in range(0, len(codes), _BATCH):
        part = Account.objects.filter(region=region, code__in=codes[start : start + _BATCH])
        found |= {account.code: account for account in part}
    return found


def _what(account: Account) -> tuple[str, str, str, int | None]:
    return account.kind, account.normal_side, account.owner, account.floor_fen
