"""Everything that stands held against what it was made from: figures, results, the years that they add up to, invoices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jingban.benefits import books, years
from jingban.benefits.kept import facts_of
from jingban.benefits.models import Decision, FigureBook, Invoice
from jingban.benefits.outcomes import is_as_decided, recomputed
from jingban.core.errors import DomainError


def faults(region: str = "") -> Iterator[str]:
    """What does not agree, one line each, by the number of the case: no names."""
    yield from _books(region)
    decisions = Decision.objects.filter(undone_at__isnull=True)
    if region:
        decisions = decisions.filter(region=region)
    for decision in (
        decisions.select_related("case", "book")
        .defer("book__content", "working")
        .order_by("id")
        .iterator(chunk_size=500)
    ):
        yield from _decision(decision)
    yield from _invoices(region)


def _books(region: str) -> Iterator[str]:
    for book in FigureBook.objects.filter(**({"region": region} if region else {})).order_by("id"):
        if not books.is_whole(book):
            yield f"{book.region} 留存的参数{book.digest[:12]}被改动"


def _decision(decision: Decision) -> Iterator[str]:
    number = decision.case.number
    try:
        if not is_as_decided(decision, recomputed(decision)):
            yield f"{number} 按核定当日的依据重新计算，结果和核定的不同"
    except (DomainError, ValueError) as error:
        yield f"{number} 不能重新计算：{error}"
        return
    if sum(decision.parts.values()) != decision.fund_fen:
        yield f"{number} 各基金支付之和与基金支付合计不符"
    if decision.person_id is None:
        return
    place = years.place_of_decision(decision, facts_of(decision))
    if not is_as_decided(decision, recomputed(decision, years.before(place).year)):
        yield f"{number} 按此前各件的年度累计重新计算，结果和核定的不同"


def _invoices(region: str) -> Iterator[str]:
    held = Invoice.objects.filter(released_at__isnull=True)
    keys = Counter((bytes(key), purpose) for key, purpose in held.values_list("key", "purpose"))
    twice = {key for key, count in keys.items() if count > 1}
    rows = held.filter(region=region) if region else held
    for invoice in rows.select_related("case", "bill").order_by("id"):
        if (bytes(invoice.key), invoice.purpose) in twice:
            yield f"{invoice.case.number} 票据{invoice.number}使用了不止一次"
        if invoice.bill.removed_at is not None:
            yield f"{invoice.case.number} 票据{invoice.number}的账单已撤销，票据没有释放"
