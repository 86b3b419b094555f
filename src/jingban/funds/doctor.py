"""What the books say held against what the payments say: for the month's end, for ``jingban funds doctor``, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum

from jingban.core.errors import DomainError
from jingban.core.money import show_yuan
from jingban.funds import chart
from jingban.funds.models import (
    Attempt,
    BankFile,
    Batch,
    BatchState,
    Fund,
    Payable,
    Payment,
    PaymentPart,
    Recovery,
    RecoveryMove,
    RecoveryState,
    Shift,
)
from jingban.funds.payables import OWN
from jingban.funds.sealing import opened_file
from jingban.ledger import service as ledger


def faults(region: str | None = None) -> list[str]:
    """Everything that is wrong, in one region or all; empty when all is well."""
    regions = [region] if region is not None else _regions()
    return [f"{name} {text}" for name in regions for text in _faults(name)]


def _regions() -> list[str]:
    with_money = Payable.objects.order_by("region").values_list("region", flat=True).distinct()
    return sorted({*with_money, *Recovery.objects.values_list("region", flat=True)})


def _faults(region: str) -> Iterator[str]:
    yield from _balances(region)
    yield from _paid_twice(region)
    yield from _serials(region)
    yield from _batches(region)
    yield from _files(region)


def _balances(region: str) -> Iterator[str]:
    """Under way, returned, owed and claimed: of each fund, by the books and by the rows."""
    held = dict(
        ledger.Account.objects.filter(region=region)
        .filter(code__startswith="fund:")
        .values_list("code", "balance_fen")
    )
    expected: dict[str, int] = {}
    for fund, fen in _parts(region, Q(payment__state=Attempt.SENT)):
        expected[chart.code(fund, "transit")] = fen
    for fund, fen in _parts(region, Q(payment__state=Attempt.BOUNCED, payment__is_restored=False)):
        expected[chart.code(fund, "returned")] = fen
    for fund, fen in _owed(region).items():
        expected[chart.code(fund, "payable")] = fen
    for fund, fen in _claimed(region).items():
        expected[chart.code(fund, "receivable")] = fen
    for kind in ("transit", "returned", "payable", "receivable"):
        for fund in Fund.values:
            code = chart.code(fund, kind)
            if held.get(code, 0) != expected.get(code, 0):
                yield (
                    f"科目{code}账面{show_yuan(held.get(code, 0))}元，按付款明细应为{show_yuan(expected.get(code, 0))}元"
                )
    moved: dict[str, int] = {}
    for parts in Shift.objects.filter(region=region).values_list("parts", flat=True):
        _add(moved, parts.items())
    for fund in Fund.values:
        fen = held.get(chart.code(fund, "clearing"), 0)
        if fen != moved.get(fund, 0):
            yield f"{Fund(fund).label}的基金间往来账面{show_yuan(fen)}元，按明细应为{show_yuan(moved.get(fund, 0))}元"
    if clearing := sum(fen for code, fen in held.items() if code.endswith(":clearing")):
        yield f"基金间往来合计{show_yuan(clearing)}元，应为零"


def _parts(region: str, which: Q) -> Iterable[tuple[str, int]]:
    rows = PaymentPart.objects.filter(which, region=region).values_list("fund")
    return rows.annotate(fen=Sum("amount_fen")).order_by("fund")


def _owed(region: str) -> dict[str, int]:
    """Payables of the funds' own that stand, less what was kept back, paid, or lies as returned."""
    owed: dict[str, int] = {}
    own = Payable.objects.filter(region=region, reversed_on__isnull=True, why__in=OWN)
    for parts in own.values_list("parts", flat=True).iterator(chunk_size=2000):
        _add(owed, parts.items())
    kept = RecoveryMove.objects.filter(payable__in=own, undone_on__isnull=True)
    _add(owed, kept.values_list("fund").annotate(fen=-Sum("amount_fen")).order_by("fund"))
    gone = Q(payment__state=Attempt.PAID) | Q(payment__state=Attempt.BOUNCED, payment__is_restored=False)
    _add(owed, ((f, -n) for f, n in _parts(region, gone & Q(payment__payable__in=own))))
    return owed


def _claimed(region: str) -> dict[str, int]:
    claimed: dict[str, int] = {}
    agreed = Recovery.objects.filter(region=region, state__in=[RecoveryState.OPEN, RecoveryState.CLOSED])
    for parts in agreed.values_list("parts", flat=True):
        _add(claimed, parts.items())
    back = RecoveryMove.objects.filter(recovery__in=agreed, undone_on__isnull=True)
    _add(claimed, back.values_list("fund").annotate(fen=-Sum("amount_fen")).order_by("fund"))
    return claimed


def _add(sums: dict[str, int], more: Iterable[tuple[Any, int]]) -> None:
    for fund, fen in more:
        sums[fund] = sums.get(fund, 0) + fen


def _paid_twice(region: str) -> Iterator[str]:
    twice = (
        Payment.objects.filter(region=region, state=Attempt.PAID).values("payable").annotate(n=Count("pk"))
    )
    for one in twice.filter(n__gt=1).order_by("payable"):
        yield f"应付款{one['payable']}付了{one['n']}次"
    paid = Payable.objects.filter(region=region, paid_on__isnull=False)
    if (found := paid.exclude(payments__state=Attempt.PAID).count()) != 0:
        yield f"有{found}笔应付款记为付清，却没有付款"


def _serials(region: str) -> Iterator[str]:
    """基金流水号 run from one without a gap, in each fund and year."""
    rows = PaymentPart.objects.filter(region=region, serial__isnull=False).values("fund", "year")
    for one in rows.annotate(n=Count("pk"), low=Min("serial"), high=Max("serial")).order_by("fund", "year"):
        if (one["low"], one["high"]) != (1, one["n"]):
            yield f"{Fund(one['fund']).label}{one['year']}年的流水号有缺号：{one['n']}笔，末号{one['high']}"


def _batches(region: str) -> Iterator[str]:
    rows = Batch.objects.filter(region=region).exclude(state=BatchState.CANCELLED)
    rows = rows.annotate(n=Count("payments"), fen=Sum("payments__amount_fen"))
    for batch in rows.exclude(n=F("count"), fen=F("total_fen")).order_by("pk"):
        yield f"批次{batch.number}的笔数或合计与明细不符"
    parts = Payment.objects.filter(region=region).annotate(fen=Sum("parts__amount_fen"))
    for row in parts.filter(fen__isnull=False).exclude(fen=F("amount_fen")).order_by("pk"):
        yield f"付款{row.pk}的金额与各基金合计不符"


def _files(region: str) -> Iterator[str]:
    for file in BankFile.objects.filter(batch__region=region).order_by("pk").iterator(chunk_size=20):
        try:
            is_whole = hashlib.sha256(opened_file(file.message_id, file.content)).digest() == bytes(
                file.digest
            )
        except DomainError:
            is_whole = False
        if not is_whole:
            yield f"付款文件{file.message_id}被改动或不能打开"
