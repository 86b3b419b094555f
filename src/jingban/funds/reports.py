"""What the funds have to show: the cash book, balances, what was paid for what, and how old what is owed has become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]
from django.db.models import Count, Q, Sum

from jingban.benefits import service as benefits
from jingban.core.money import to_yuan
from jingban.funds import chart
from jingban.funds.models import Attempt, Fund, Payable, PaymentPart
from jingban.ledger import service as ledger
from jingban.registry.service import item_names
from jingban.rulebook.cache import regions

AGES = ((7, "7天以内"), (30, "8至30天"), (90, "31至90天"))
"""Up to so many days; what is older stands by itself."""
OLDER = "90天以上"
BOOKS = {"expenditure": "支出户", "special": "财政专户"}
"""The bank accounts that a cash book is kept of."""
BY_ILLUSTRATIONS = "这里的设置允许按示例值核定和拨付，只供试用：金额里有按示例值算的，不作为支付依据。"
Sheet = tuple[Sequence[str], Iterable[Sequence[object]]]
"""Headings, and rows."""
_KINDS = (
    "special",
    "expenditure",
    "transit",
    "receivable",
    "payable",
    "returned",
    "clearing",
    "income",
    "expense",
)


@dataclass(frozen=True, slots=True)
class CashLine:
    """A line of the cash book: what came to or left the account, and what was there afterwards."""

    day: date
    number: int
    text: str
    reference: str
    came: Decimal
    went: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class CashBook:
    """日记账 of one bank account of a fund, over a period."""

    fund: str
    account: str
    opening: Decimal
    lines: tuple[CashLine, ...]
    closing: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for an item from a fund."""

    region: str
    item: str
    fund: str
    payments: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Aged:
    """What is owed and not paid, by how long it has been."""

    fund: str
    age: str
    count: int
    amount: Decimal


def cash_book(region: str, fund: str, *, start_on: date, end_on: date, kind: str = "expenditure") -> CashBook:
    """The lines of a fund's bank account (``expenditure`` or ``special``), both days included."""
    code = chart.bank_code(fund) if kind == "expenditure" else chart.code(fund, kind)
    account = ledger.account_of(region=region, code=code)
    found = ledger.statement(account, start_on=start_on, end_on=end_on)
    zero = to_yuan(0)
    lines = tuple(
        CashLine(
            row.booked_on,
            row.number,
            row.memo,
            row.reference,
            row.amount if row.side == ledger.Side.DEBIT else zero,
            row.amount if row.side == ledger.Side.CREDIT else zero,
            row.balance,
        )
        for row in found.rows
    )
    return CashBook(fund, account.name, found.opening, lines, found.closing)


def balances(region: str, *, as_of: date | None = None) -> dict[str, dict[str, Decimal]]:
    """What each fund holds on each of its accounts; funds without any account are left out."""
    rows = ledger.Account.objects.filter(region=region).balance(as_of).order_by("code")
    held = {row.code: to_yuan(int(row.as_of_fen)) for row in rows.filter(code__startswith="fund:")}  # type: ignore[attr-defined]
    held |= {row.code: to_yuan(int(row.as_of_fen)) for row in rows.filter(code__startswith="pa-")}  # type: ignore[attr-defined]
    found: dict[str, dict[str, Decimal]] = {}
    for fund in Fund.values:
        own = {kind: held[code] for kind in _KINDS if (code := _code(fund, kind)) in held}
        if own:
            found[fund] = own
    return found


def _code(fund: str, kind: str) -> str:
    if fund == Fund.PERSONAL and kind in ("expenditure", "payable"):
        return chart.bank_code(fund) if kind == "expenditure" else chart.payable_code(fund, "withdrawal")
    return chart.code(fund, kind)


def paid_by_item(places: Iterable[str], *, start_on: date, end_on: date) -> list[Paid]:
    """What was paid, by region, item and fund; both days included, by the day of the bank's answer's entry."""
    rows = PaymentPart.objects.filter(
        region__in=list(places),
        payment__state=Attempt.PAID,
        payment__payable__paid_on__range=(start_on, end_on),
    )
    sums = rows.values("region", "payment__item", "fund").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    return [
        Paid(one["region"], one["payment__item"], one["fund"], one["n"], to_yuan(one["fen"]))
        for one in sums.order_by("region", "payment__item", "fund")
    ]


def payables_by_age(region: str, day: date) -> list[Aged]:
    """What was owed and not paid on a day, by fund and age; what the bank has in hand counts until it is paid."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    stood = Q(reversed_on__isnull=True) | Q(reversed_on__gt=day)
    unpaid = Q(paid_on__isnull=True) | Q(paid_on__gt=day)
    owed = Payable.objects.filter(stood, unpaid, region=region, owed_on__lte=day)
    for owed_on, parts in owed.values_list("owed_on", "parts").iterator(chunk_size=2000):
        for fund, fen in parts.items():
            count, sum_ = sums.get((fund, _age(owed_on, day)), (0, 0))
            sums[fund, _age(owed_on, day)] = (count + 1, sum_ + fen)
    order = [*(name for _, name in AGES), OLDER]
    return [
        Aged(fund, age, *_shown(sums[fund, age]))
        for fund in Fund.values
        for age in order
        if (fund, age) in sums
    ]


def _shown(sum_: tuple[int, int]) -> tuple[int, Decimal]:
    return sum_[0], to_yuan(sum_[1])


def _age(owed_on: date, day: date) -> str:
    days = (day - owed_on).days
    return next((name for most, name in AGES if days <= most), OLDER)


def workbook(
    region: str, places: Iterable[str], *, start_on: date, end_on: date, as_of: date
) -> dict[str, Sheet]:
    """The reports of a region over a period, both days included, as sheets by their names; paid by item in several
    ``places``, balances and ages as of a day. Where illustrations are paid by, the last sheet says so."""
    found = balances(region, as_of=as_of)
    sheets = {
        "基金余额": balance_sheet(found),
        "按事项付款": paid_sheet(paid_by_item(places, start_on=start_on, end_on=end_on)),
        "应付账龄": aged_sheet(payables_by_age(region, as_of)),
    }
    for fund, own in found.items():
        for kind, name in BOOKS.items():
            if kind in own:
                book = cash_book(region, fund, start_on=start_on, end_on=end_on, kind=kind)
                sheets[f"{name}日记账 {Fund(fund).label}"] = cash_sheet(book)
    if benefits.pays_illustrative():
        sheets["说明"] = ("说明",), [(BY_ILLUSTRATIONS,)]
    return sheets


def export(path: Path, sheets: Mapping[str, Sheet]) -> None:
    """Tables as sheets of a spreadsheet: texts are texts, never formulas; amounts are numbers with two places."""
    # What is written out meanwhile lies beside the file, where whoever may read the one may read the other.
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.00"})
        head = book.add_format({"bold": True, "num_format": "@"})
        for name, (headings, rows) in sheets.items():
            sheet = book.add_worksheet(name[:31])
            for place, heading in enumerate(headings):
                sheet.set_column(place, place, 18)
                sheet.write_string(0, place, heading, head)
            sheet.freeze_panes(1, 0)
            for line, row in enumerate(rows, start=1):
                for place, value in enumerate(row):
                    if isinstance(value, Decimal | int):
                        sheet.write_number(line, place, value, money if isinstance(value, Decimal) else None)
                    else:
                        sheet.write_string(line, place, str(value), text)


def cash_sheet(book: CashBook) -> Sheet:
    """The cash book as a sheet."""
    begin = ("", "", "期初余额", "", "", "", book.opening)
    lines = [
        (f"{x.day:%Y-%m-%d}", str(x.number), x.text, x.reference, x.came, x.went, x.balance)
        for x in book.lines
    ]
    return ("日期", "凭证号", "摘要", "业务编号", "收入", "支出", "余额"), [begin, *lines]


def paid_sheet(rows: Iterable[Paid]) -> Sheet:
    """Paid by item as a sheet, by the names that the guides print."""
    cards, rows = regions(), list(rows)
    items = {region: item_names(region) for region in {r.region for r in rows}}
    shown = (
        (cards[r.region].name, items[r.region].get(r.item, r.item), Fund(r.fund).label, r.payments, r.amount)
        for r in rows
    )
    return ("地区", "事项", "基金", "笔数", "金额"), shown


def aged_sheet(rows: Iterable[Aged]) -> Sheet:
    """Payables by age as a sheet."""
    return ("基金", "账龄", "笔数", "金额"), ((Fund(r.fund).label, r.age, r.count, r.amount) for r in rows)


def balance_sheet(found: Mapping[str, Mapping[str, Decimal]]) -> Sheet:
    """Balances by fund as a sheet."""
    names = {
        "special": "财政专户存款", "expenditure": "支出户存款", "transit": "付款在途", "receivable": "应收追回款",
        "payable": "应付待遇款", "returned": "退回待付", "clearing": "基金间往来", "income": "基金收入",
        "expense": "待遇支出",
    }  # fmt: skip
    rows = (
        [Fund(fund).label, *(own.get(kind, Decimal("0.00")) for kind in names)] for fund, own in found.items()
    )
    return ("基金", *names.values()), rows
