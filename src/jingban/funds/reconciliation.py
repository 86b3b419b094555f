"""One day of an own account held against the bank's statement (银行对账): what both know, and what only one side knows.

The balances are even when the bank's, put right by what only the books know, is the books', put right by what only the
bank knows (银行存款余额调节表). What one side lacks today it may catch up with later: such items stay open until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import Q, Sum

from jingban.access.service import Actor
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen
from jingban.funds import chart, rights, tables
from jingban.funds.batches import said
from jingban.funds.errors import SamePerson, StatementWrong
from jingban.funds.models import Fund, Own, Payment, Reconciliation, StatementItem
from jingban.ledger import service as ledger

COLUMNS = {
    "日期": "day",
    "收入": "in",
    "支出": "out",
    "余额": "balance",
    "参考号": "reference",
    "摘要": "text",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a statement: what came (above zero) or went, and what was there afterwards."""

    line: int
    day: date
    change: int
    balance: int
    reference: str
    text: str


@dataclass
class Side:
    """A movement that one side knows; ``marks`` are the numbers by which the other may name it."""

    day: date
    change: int
    marks: frozenset[str]
    text: str
    item: StatementItem | None = field(default=None)


def reconcile(
    *, region: str, content: bytes, actor: Actor, now: datetime, account: str = Own.EXPENDITURE
) -> list[Reconciliation]:
    """Hold a statement (one day or several, whole days) against the books, day by day. A day again is done anew.

    Refused whole where the statement does not add up in itself.
    """
    rights.required(actor, region, "", rights.BANK)
    if account not in Own.values:
        raise StatementWrong("对账的账户只有支出户和个人账户基金存款户，请核对。")
    rows = _read(content, local_day(now))
    days = sorted({row.day for row in rows})
    by_day = {day: [row for row in rows if row.day == day] for day in days}
    with transaction.atomic():
        done = _closed_days(region, account, by_day)
        if open_ := days[len(done) :]:
            _hold_order(region, account, open_)
        return [*done, *(_one_day(region, account, day, by_day[day], actor, now) for day in open_)]


def explain(reconciliation_id: int, *, text: str, actor: Actor, now: datetime) -> Reconciliation:
    """Accept a difference with its explanation; never by whoever reconciled the day."""
    with transaction.atomic():
        row = Reconciliation.objects.select_for_update().filter(pk=reconciliation_id).first()
        if row is None:
            raise StatementWrong("没有这一天的对账，请核对。")
        rights.required(actor, row.region, "", rights.DECIDERS)
        if row.done_by == actor.id:
            raise SamePerson("这一天是您对的账，差异请由另一位同事认可。")
        row.explained_by, row.explained_at, row.explanation = actor.id, now, said(text)
        row.save()
    return row


def open_items(
    region: str, account: str = Own.EXPENDITURE, *, until: date | None = None
) -> list[StatementItem]:
    """What only one side knows so far, oldest first."""
    rows = StatementItem.objects.filter(region=region, account=account, settled_in__isnull=True)
    if until is not None:
        rows = rows.filter(day__lte=until)
    return list(rows.order_by("day", "pk"))


def moved_days(region: str, start_on: date, end_on: date, account: str = Own.EXPENDITURE) -> list[date]:
    """Days of a period on which the books moved the account."""
    lines = ledger.Line.objects.filter(
        account__region=region, account__code__in=_codes(account), booked_on__range=(start_on, end_on)
    )
    return list(
        lines.filter(_own_kinds(account)).order_by("booked_on").values_list("booked_on", flat=True).distinct()
    )


# The statement


def _read(content: bytes, today: date) -> list[Row]:
    rows = [
        _row(line, cells, today) for line, cells in tables.rows(content, COLUMNS, required=("day", "balance"))
    ]
    if not rows:
        raise StatementWrong("对账单里没有一行，没有读取；没有收支的日子请银行给出当日余额。")
    rows.sort(key=lambda row: row.day)  # stable: within a day as the bank wrote it
    for before, row in pairwise(rows):
        if before.balance + row.change != row.balance:
            raise StatementWrong(
                f"对账单第{row.line}行的余额接不上：上一行余额{show_yuan(before.balance)}元，本行收支{show_yuan(row.change)}元，"
                f"余额却是{show_yuan(row.balance)}元。请向银行索取完整的对账单。",
                line=row.line,
            )
    return rows


def _row(line: int, cells: dict[str, str], today: date) -> Row:
    try:
        day = date.fromisoformat(cells["day"].replace("/", "-"))
        came, went, left = (_fen(cells.get(key, "")) for key in ("in", "out", "balance"))
    except (ValueError, DomainError):
        raise StatementWrong(
            f"对账单第{line}行的日期或金额读不懂，没有读取；日期写成 2026-03-02，金额写成 1234.50。"
        ) from None
    if came < 0 or went < 0 or (came and went) or day > today:
        raise StatementWrong(
            f"对账单第{line}行不对：收入、支出只填一个，不小于零，日期不晚于今天。", line=line
        )
    return Row(line, day, came - went, left, cells.get("reference", "")[:120], cells.get("text", "")[:200])


def _fen(text: str) -> int:
    return to_fen(text.replace(",", "")) if text else 0


# One day


def _closed_days(region: str, account: str, by_day: Mapping[date, Sequence[Row]]) -> list[Reconciliation]:
    """Days of closed months stay as they were reconciled: the same statement again gives them, another is refused."""
    through = ledger.closed_through(region)
    closed = [day for day in by_day if through is not None and day <= through]
    known = Reconciliation.objects.filter(region=region, account=account, day__in=closed)
    there = {row.day: row for row in known}
    for day in closed:
        found = there.get(day)
        if found is None or _sums_of(found) != _sums(by_day[day]):
            raise StatementWrong(
                f"{day:%Y年%m月%d日}的账已经结了，这份对账单和当时的不同，没有登记；请核对，或只导入结账以后各日的对账单。"
            )
    return [there[day] for day in closed]


def _sums(rows: Sequence[Row]) -> tuple[int, int, int, int]:
    """Opening balance, what came, what went, closing balance of a day."""
    came, went = (sum(fen for row in rows if (fen := sign * row.change) > 0) for sign in (1, -1))
    return rows[0].balance - rows[0].change, came, went, rows[-1].balance


def _sums_of(row: Reconciliation) -> tuple[int, int, int, int]:
    return row.opening_fen, row.in_fen, row.out_fen, row.closing_fen


def _hold_order(region: str, account: str, days: Sequence[date]) -> None:
    """Later days build on earlier ones: they are not done over once a later one stands."""
    later = Reconciliation.objects.filter(region=region, account=account, day__gt=days[-1])
    again = Reconciliation.objects.filter(region=region, account=account, day__in=days)
    if later.exists():
        last = later.order_by("-day").values_list("day", flat=True)[0]
        raise StatementWrong(f"已经对账到{last:%Y年%m月%d日}，更早的日子不再对；请导入以后各日的对账单。")
    for row in again.order_by("-day"):
        row.settled.update(settled_in=None)
        row.delete()


def _one_day(
    region: str, account: str, day: date, rows: Sequence[Row], actor: Actor, now: datetime
) -> Reconciliation:
    opening, came, went, closing = _sums(rows)
    moved = [row for row in rows if row.change]
    row = Reconciliation.objects.create(
        region=region,
        account=account,
        day=day,
        opening_fen=opening,
        in_fen=came,
        out_fen=went,
        closing_fen=closing,
        book_fen=_book_balance(region, account, day),
        is_even=False,
        done_by=actor.id,
        done_at=now,
    )
    bank = [Side(r.day, r.change, frozenset({r.reference} - {""}), r.text or r.reference) for r in moved]
    _match(
        row,
        [*_waiting(region, account, "ours"), *_ours(region, account, day)],
        [*_waiting(region, account, "bank"), *bank],
    )
    row.is_even = _is_even(row)
    row.save(update_fields=["is_even"])
    return row


def _waiting(region: str, account: str, side: str) -> list[Side]:
    """What this side has known alone since an earlier day."""
    return [
        Side(item.day, item.change_fen, frozenset(item.reference.split(" ")) - {""}, item.text, item)
        for item in open_items(region, account)
        if item.side == side
    ]


def _match(row: Reconciliation, ours: list[Side], bank: list[Side]) -> None:
    """By a number and the amount, then by the amount alone; what is left over stays open on its side."""
    for by_number in (True, False):
        for one in list(bank):
            found = next((own for own in ours if _same(own, one, by_number)), None)
            if found is not None:
                ours.remove(found)
                bank.remove(one)
                for side in (found, one):
                    if side.item is not None:
                        side.item.settled_in = row
                        side.item.save(update_fields=["settled_in"])
    bank = [one for one in bank if not _is_premium(row, one)]
    StatementItem.objects.bulk_create(_items(row, "ours", ours) + _items(row, "bank", bank))


def _is_premium(row: Reconciliation, one: Side) -> bool:
    """Whether the bank took in what is no payment that came back: the personal accounts' deposit takes in premiums."""
    if row.account != Own.PERSONAL or one.item is not None or one.change < 0:
        return False
    return not Payment.objects.filter(region=row.region, end_to_end_id__in=one.marks).exists()


def _same(own: Side, other: Side, by_number: bool) -> bool:
    return own.change == other.change and (not by_number or bool(own.marks & other.marks))


def _items(row: Reconciliation, side: str, left: Iterable[Side]) -> list[StatementItem]:
    return [
        StatementItem(
            region=row.region,
            account=row.account,
            side=side,
            day=one.day,
            reference=" ".join(sorted(one.marks))[:120],
            text=one.text[:200],
            change_fen=one.change,
            opened_in=row,
        )
        for one in left
        if one.item is None
    ]


def _is_even(row: Reconciliation) -> bool:
    """调节后余额: the bank's with what only the books know is the books' with what only the bank knows.

    The personal accounts' deposit also takes in premiums, which the books know person by person: of it only what was
    paid and what came back of it is held against the bank, so that nothing left it which the books do not know.
    """
    items = open_items(row.region, row.account)
    ours = sum(item.change_fen for item in items if item.side == "ours")
    banks = [item.change_fen for item in items if item.side == "bank"]
    if row.account == Own.PERSONAL:
        return not banks
    return row.closing_fen + ours == row.book_fen and not banks


# The books' side


def _codes(account: str) -> list[str]:
    if account == Own.PERSONAL:
        return [chart.bank_code(Fund.PERSONAL)]
    return [chart.bank_code(fund) for fund in Fund.values if fund != Fund.PERSONAL]


def _own_kinds(account: str) -> Q:
    return Q(entry__kind__startswith="payment-") if account == Own.PERSONAL else Q()


def _book_balance(region: str, account: str, day: date) -> int:
    rows = ledger.Account.objects.filter(region=region, code__in=_codes(account)).balance(day)
    held: list[int] = list(rows.values_list("as_of_fen", flat=True))  # type: ignore[misc]
    return sum(held)


def _ours(region: str, account: str, day: date) -> list[Side]:
    """What the books moved that day, an entry at a time, with the numbers that the bank may know it by."""
    lines = ledger.Line.objects.filter(
        account__region=region, account__code__in=_codes(account), booked_on=day
    )
    sums = (
        lines.filter(_own_kinds(account))
        .values("entry", "entry__reference", "entry__memo", "side")
        .annotate(fen=Sum("amount_fen"))
        .order_by("entry", "side")
    )
    found: dict[int, tuple[str, str, int]] = {}
    for one in sums:
        fen = one["fen"] if one["side"] == ledger.Side.DEBIT else -one["fen"]
        known = found.get(one["entry"], (one["entry__reference"], one["entry__memo"], 0))
        found[one["entry"]] = (known[0], known[1], known[2] + fen)
    names = _bank_names([reference for reference, _, _ in found.values()])
    return [
        Side(day, change, names.get(reference, frozenset({reference.rpartition(":")[2]})), memo)
        for reference, memo, change in found.values()
        if change
    ]


def _bank_names(references: Sequence[str]) -> dict[str, frozenset[str]]:
    """How the bank calls what an entry books: a batch by its message, a payment by its number."""
    found: dict[str, frozenset[str]] = {}
    payments: dict[int, str] = {}
    for reference in references:
        head, _, rest = reference.partition(":")
        if head == "batch":
            number = rest.partition(":")[0]
            found[reference] = frozenset({number, f"{number}E", f"{number}P"})
        elif head == "payment":
            payments[int(rest.partition(":")[0])] = reference
    rows = Payment.objects.filter(pk__in=payments).values_list("pk", "end_to_end_id", "bank_reference")
    for pk, end_to_end_id, bank in rows:
        found[payments[pk]] = frozenset({end_to_end_id or "", bank} - {""})
    return found
