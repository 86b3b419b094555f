"""Money that comes with a transfer: booked when it arrives, the person's once the case is taken over.

The rule (docs/algorithms/letters.md, "The money"): everything that arrives for a case is booked as under way. The person
gets what the sheet says and no more; what is short is waited for or taken by a decision with its reason; what is too much,
or came for a transfer that was not made, waits there until it is returned.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from jingban.core.money import show_yuan, to_fen, to_yuan
from jingban.ledger import service as ledger
from jingban.registry import accounts, sheets
from jingban.registry.accounts import Credit
from jingban.registry.errors import RegistryError
from jingban.registry.models import Person
from jingban.registry.origin import Origin

_NONE = Decimal("0.00")
_BOOKED = ("funds", "credit", "return")
"""What is booked for a case; each counted by itself from one, a credit by the money that it is of."""
_AT_ONCE = 4
"""So many entries of each are asked for in one question; few transfers have more."""


class FundsDiffer(RegistryError):
    """What was received is less than what the sheet says."""

    code = "funds_differ"


class NothingToReturn(RegistryError):
    """More is to be returned than lies there for nobody."""

    code = "nothing_to_return"


class NothingShort(RegistryError):
    """No money is short, so there is nothing to decide."""

    code = "nothing_short"


@dataclass(frozen=True, slots=True)
class Funds:
    """The money of a transfer, in yuan: what the sheet says (none before it is here), what came, and where it went."""

    expected: Decimal | None
    received: Decimal
    credited: Decimal
    returned: Decimal
    taken_short: str
    """What was decided of money that came short."""

    @property
    def kept(self) -> Decimal:
        """What came and was not returned."""
        return self.received - self.returned

    @property
    def short(self) -> Decimal:
        """What the sheet says and did not come; nothing while there is no sheet."""
        return max(_NONE, (self.expected or _NONE) - self.kept)

    @property
    def is_whole(self) -> bool:
        """Whether the transfer need not wait for more."""
        return self.expected is not None and (not self.short or bool(self.taken_short))

    def surplus(self, *, wanted: bool) -> Decimal:
        """What lies there for nobody; all of it where the transfer is ``wanted`` no more."""
        if not wanted:
            return self.kept - self.credited
        return _NONE if self.expected is None else max(_NONE, self.kept - self.expected)


def receive_funds(
    origin: Origin, case_id: int, amount: Decimal, paid_on: date, reference: str
) -> ledger.Entry:
    """Book money that came for a case: it waits until the case is taken over, or goes to the person at once where
    it already was, up to what the sheet says. ``reference`` is the payer's or the letter's; the same again changes
    nothing, whatever day it says."""
    if to_fen(amount) <= 0:
        raise RegistryError("收到的转移资金要大于零，请核对金额。", field="amount")
    chart = accounts.chart(origin)
    mark = f"{reference[:180]} 划转日"
    received = _booked(origin.region, "funds", case_id)
    for entry in received:
        if entry.memo.startswith(mark):
            if _amount(entry) != to_fen(amount):
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


def was_told(region: str, case_id: int, amount: Decimal, paid_on: date) -> bool:
    """Whether a payment of this amount and day is booked for the case: on paper and by line it may be told twice."""
    return any(
        _amount(entry) == to_fen(amount) and entry.memo.endswith(f" 划转日{paid_on.isoformat()}")
        for entry in _booked(region, "funds", case_id)
    )


def funds_of(region: str, case_id: int) -> Decimal:
    """What came for a case so far."""
    return _sum(_booked(region, "funds", case_id))


def funds_standing(region: str, case_id: int) -> Funds:
    """What the sheet of a case says, what came, and where it went."""
    return funds_of_cases(region, [case_id])[case_id]


def funds_of_cases(region: str, cases: Collection[int]) -> dict[int, Funds]:
    """The same of several cases, by as many questions as of one."""
    rows, booked = sheets.rows_of(cases, "in"), _entries(region, cases)
    decided = sheets.short_whys(rows.values())

    def funds(case: int) -> Funds:
        row = rows.get(case)
        received, credited, returned = (list(booked[what, case].values()) for what in _BOOKED)
        return Funds(
            expected=None if row is None else sheets.opened(row).amount,
            received=_sum(received),
            credited=_sum(credited),
            returned=_sum(returned),
            taken_short="" if row is None else decided.get(row.pk, ""),
        )

    return {case: funds(case) for case in cases}


def refuse_short(region: str, case_id: int) -> None:
    """A procedure that waits for the money ends when it is all there, or when less is taken by a decision."""
    funds = funds_standing(region, case_id)
    if not funds.is_whole:
        raise FundsDiffer(
            f"《信息表》写明划转{_said(funds.expected or _NONE)}元，实际收到{_said(funds.kept)}元，还差{_said(funds.short)}元；"
            "请等转出地补划，或在“函件”的“转移资金”里写明理由、按实收办理。"
        )


def take_short(origin: Origin, case_id: int, reason: str) -> Funds:
    """Decide that the transfer goes on although money is short; what comes later is the person's all the same."""
    funds, row = funds_standing(origin.region, case_id), sheets.row_of(case_id, "in")
    if row is None or not funds.short:
        raise NothingShort("本件的转移资金没有短少，不用作决定；请刷新页面核对。")
    if not funds.taken_short:
        sheets.take_short(origin, row, funds.kept, reason)
    return funds_standing(origin.region, case_id)


def return_funds(origin: Origin, case_id: int, amount: Decimal, reason: str, *, wanted: bool) -> ledger.Entry:
    """Book that money which is for nobody goes back to its payer; who decides and who agrees is the caller's matter."""
    surplus = funds_standing(origin.region, case_id).surplus(wanted=wanted)
    if not 0 < to_fen(amount) <= to_fen(surplus):
        raise NothingToReturn(f"本件可以退回的是{_said(surplus)}元，请核对金额。", field="amount")
    chart = accounts.chart(origin)
    return ledger.post(
        region=origin.region,
        lines=[ledger.debit(chart[accounts.INCOMING], amount), ledger.credit(chart[accounts.FUND], amount)],
        booked_on=origin.day,
        reference=f"transfer-return:{case_id}:{len(_booked(origin.region, 'return', case_id)) + 1}",
        kind="transfer-return",
        memo=f"退回转移资金：{reason}"[:200],
        actor=origin.actor,
        now=origin.at,
    )


def credit_received(origin: Origin, person: Person, case: int) -> None:
    """Give the person what came for the case and was not given yet, up to what the sheet says."""
    funds = funds_standing(origin.region, case)
    left = to_fen(min(funds.expected or _NONE, funds.kept)) - to_fen(funds.credited)
    credits, booked = [], _entries(origin.region, [case])
    for turn, entry in booked["funds", case].items():
        fen = min(left, _amount(entry))
        if fen > 0 and turn not in booked["credit", case]:
            credits.append(Credit(person, to_yuan(fen), f"transfer-credit:{case}:{turn}"))
            left -= fen
    if credits:  # what was given before stays where it was, though the account be closed or merged since
        accounts.credit_many(
            origin, credits, kind="transfer-in", memo="转入个人账户", paid_from=accounts.INCOMING
        )


def _said(amount: Decimal) -> str:
    return show_yuan(to_fen(amount))


def _booked(region: str, what: str, case: int) -> list[ledger.Entry]:
    """What was booked for a case as ``funds`` or ``return``, in order."""
    return list(_entries(region, [case])[what, case].values())


def _entries(region: str, cases: Collection[int]) -> dict[tuple[str, int], dict[int, ledger.Entry]]:
    """What was booked for each case, by its turn, in order.

    Asked for by whole references: with a prefix the index helps under some collations only.
    """
    found: dict[tuple[str, int], dict[int, ledger.Entry]] = {(w, case): {} for w in _BOOKED for case in cases}
    left, first = list(cases), 1
    while left:
        turns = range(first, first + _AT_ONCE)
        asked = {f"transfer-{w}:{c}:{turn}": (w, c, turn) for c in left for w in _BOOKED for turn in turns}
        there = ledger.entries_of(region=region, references=asked)
        for reference, (what, case, turn) in asked.items():
            if reference in there:
                found[what, case][turn] = there[reference]
        left = [case for case in left if any(turns[-1] in found[what, case] for what in _BOOKED)]
        first += _AT_ONCE
    return found


def _sum(entries: list[ledger.Entry]) -> Decimal:
    return to_yuan(sum(map(_amount, entries)))


def _amount(entry: ledger.Entry) -> int:
    """Each of these entries has one debit and one credit, of one amount."""
    return sum(line.amount_fen for line in entry.lines.all() if line.side == ledger.Side.DEBIT)
