"""The accounts of each fund on the books, and the entries that money makes on its way (docs/algorithms/payments.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from jingban.core.localtime import local_day
from jingban.core.money import to_yuan
from jingban.funds.models import Fund, Why
from jingban.ledger import service as ledger
from jingban.registry import service as registry

BEGIN = date(1998, 12, 14)
"""As early as the personal accounts (``registry.accounts``): whatever is booked finds its account open."""
_ZERO = Decimal(0)
_KINDS: dict[str, tuple[str, ledger.Kind, Decimal | None]] = {
    "special": ("财政专户存款", ledger.Kind.ASSET, _ZERO),
    "expenditure": ("支出户存款", ledger.Kind.ASSET, _ZERO),
    "transit": ("付款在途", ledger.Kind.ASSET, _ZERO),
    "receivable": ("应收追回款", ledger.Kind.ASSET, _ZERO),
    "payable": ("应付待遇款", ledger.Kind.LIABILITY, _ZERO),
    "returned": ("退回待付", ledger.Kind.LIABILITY, _ZERO),
    "clearing": ("基金间往来", ledger.Kind.LIABILITY, None),
    "expense": ("待遇支出", ledger.Kind.EXPENSE, None),
    "income": ("基金收入", ledger.Kind.INCOME, None),
}
_PERSONAL = ("transit", "returned")
"""The rest of the personal accounts is opened by ``registry.accounts``."""
Parts = Mapping[str, int]
"""Fen by fund."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One entry to be: pairs of the account that is debited and the one that is credited, with the fen."""

    reference: str
    kind: str
    memo: str
    pairs: tuple[tuple[str, str, int], ...]


def code(fund: str, kind: str) -> str:
    """``fund:employee:transit``."""
    return f"fund:{fund}:{kind}"


def bank_code(fund: str) -> str:
    """Where the money lies that is paid out."""
    return registry.ACCOUNT_FUND if fund == Fund.PERSONAL else code(fund, "expenditure")


def payable_code(fund: str, why: str) -> str:
    """Where it is owed: the personal account's own payables were there before the funds."""
    if fund != Fund.PERSONAL:
        return code(fund, "payable")
    return registry.ACCOUNT_OUTGOING if why == Why.TRANSFER else registry.ACCOUNT_PAYABLE


def accounts(region: str, funds: Collection[str], *, actor: int, now: datetime) -> dict[str, ledger.Account]:
    """The accounts of these funds by code, opened on first use."""
    openings = []
    for fund in sorted(funds):
        label = Fund(fund).label
        for kind in _PERSONAL if fund == Fund.PERSONAL else _KINDS:
            name, sort, floor = _KINDS[kind]
            openings.append(ledger.Opening(code(fund, kind), f"{label}{name}", sort, floor=floor))
    opened = ledger.open_accounts(region=region, openings=openings, opened_on=BEGIN, actor=actor, now=now)
    found = {account.code: account for account in opened}
    if Fund.PERSONAL in funds:
        found |= registry.account_chart(registry.Origin(region, actor, now))
    return found


def book(region: str, flows: Sequence[Flow], *, actor: int, now: datetime) -> list[ledger.Entry]:
    """Post these entries, all or none, as of today."""
    funds = {mentioned for flow in flows for pair in flow.pairs for mentioned in _funds_of(pair)}
    open_ = accounts(region, funds, actor=actor, now=now)
    postings = [
        ledger.Posting(flow.reference, flow.kind, local_day(now), _lines(flow.pairs, open_), flow.memo[:200])
        for flow in flows
    ]
    return ledger.post_many(region=region, postings=postings, actor=actor, now=now)


def _lines(
    pairs: Iterable[tuple[str, str, int]], open_: Mapping[str, ledger.Account]
) -> tuple[ledger.Leg, ...]:
    """A debit and a credit for each pair; one line an account and side."""
    debits: dict[str, int] = {}
    credits: dict[str, int] = {}
    for debited, credited, fen in pairs:
        debits[debited] = debits.get(debited, 0) + fen
        credits[credited] = credits.get(credited, 0) + fen
    return (
        *(ledger.debit(open_[name], to_yuan(fen)) for name, fen in debits.items()),
        *(ledger.credit(open_[name], to_yuan(fen)) for name, fen in credits.items()),
    )


def _funds_of(pair: tuple[str, str, int]) -> set[str]:
    names = {name.split(":")[1] if name.startswith("fund:") else str(Fund.PERSONAL) for name in pair[:2]}
    return names


# The entries, each by what it is called in docs/algorithms/payments.md


def owed(reference: str, memo: str, parts: Parts) -> Flow:
    """待遇核定: Dr expense, Cr payable."""
    pairs = tuple((code(f, "expense"), code(f, "payable"), fen) for f, fen in parts.items())
    return Flow(reference, "benefit-owed", memo, pairs)


def sent(reference: str, memo: str, parts: Parts) -> Flow:
    """送银行: Dr transit, Cr the bank account; its floor refuses what no fiscal transfer covers."""
    pairs = tuple((code(f, "transit"), bank_code(f), fen) for f, fen in parts.items())
    return Flow(reference, "payment-sent", memo, pairs)


def paid(reference: str, memo: str, parts: Parts, why: str) -> Flow:
    """拨付成功: Dr payable, Cr transit."""
    pairs = tuple((payable_code(f, why), code(f, "transit"), fen) for f, fen in parts.items())
    return Flow(reference, "payment-paid", memo, pairs)


def bounced(reference: str, memo: str, parts: Parts, why: str) -> Flow:
    """银行退回: the money is on the account again, and owed as returned until it is paid again."""
    back = [(bank_code(f), code(f, "transit"), fen) for f, fen in parts.items()]
    owed_so = [(payable_code(f, why), code(f, "returned"), fen) for f, fen in parts.items()]
    return Flow(reference, "payment-bounced", memo, (*back, *owed_so))


def bounced_late(reference: str, memo: str, parts: Parts) -> Flow:
    """拨付成功后退汇: what was paid is back, and owed as returned."""
    pairs = tuple((bank_code(f), code(f, "returned"), fen) for f, fen in parts.items())
    return Flow(reference, "payment-returned", memo, pairs)


def again(reference: str, memo: str, parts: Parts, why: str) -> Flow:
    """退回款再付: Dr returned, Cr payable."""
    pairs = tuple((code(f, "returned"), payable_code(f, why), fen) for f, fen in parts.items())
    return Flow(reference, "payment-again", memo, pairs)


def transferred(reference: str, memo: str, parts: Parts) -> Flow:
    """财政拨款到支出户: Dr expenditure, Cr special."""
    pairs = tuple((code(f, "expenditure"), code(f, "special"), fen) for f, fen in parts.items())
    return Flow(reference, "fiscal-transfer", memo, pairs)


def received(reference: str, memo: str, parts: Parts) -> Flow:
    """基金收入到财政专户: Dr special, Cr income."""
    pairs = tuple((code(f, "special"), code(f, "income"), fen) for f, fen in parts.items())
    return Flow(reference, "fund-income", memo, pairs)


def claimed(reference: str, memo: str, parts: Parts) -> Flow:
    """决定追回: Dr receivable, Cr expense."""
    pairs = tuple((code(f, "receivable"), code(f, "expense"), fen) for f, fen in parts.items())
    return Flow(reference, "recovery-claimed", memo, pairs)


def cleared(reference: str, memo: str, parts: Parts) -> Flow:
    """重新核定后由别的基金承担: what a fund takes over (above zero) or gives up (below) between the funds."""
    pairs = tuple(
        (code(f, "expense"), code(f, "clearing"), fen)
        if fen > 0
        else (code(f, "clearing"), code(f, "expense"), -fen)
        for f, fen in parts.items()
    )
    return Flow(reference, "fund-clearing", memo, pairs)


def repaid(reference: str, memo: str, parts: Parts) -> Flow:
    """退款到支出户: Dr expenditure, Cr receivable."""
    pairs = tuple((code(f, "expenditure"), code(f, "receivable"), fen) for f, fen in parts.items())
    return Flow(reference, "recovery-repaid", memo, pairs)


def set_off(reference: str, memo: str, parts: Parts) -> Flow:
    """从应付待遇抵扣: Dr payable, Cr receivable."""
    pairs = tuple((code(f, "payable"), code(f, "receivable"), fen) for f, fen in parts.items())
    return Flow(reference, "recovery-set-off", memo, pairs)
