"""Preparing a payment from what is owed. Nothing leaves here: batches do that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.conf import settings
from django.db import transaction

from jingban.cases.work import Work
from jingban.funds import anew, payables, recoveries
from jingban.funds.errors import PayeeWrong, UnderWay
from jingban.funds.models import LIVE, Attempt, Fund, Payable, Payment, PaymentPart
from jingban.funds.payees import NAMED, Payee, payees_of
from jingban.funds.sealing import opened_payee, sealed_payee

_PUT_OFF: ContextVar[list[Work] | None] = ContextVar("put_off", default=None)
Wanted = tuple[Payable, Payee, int, datetime]
"""What is to be paid, to whom, prepared by whom and when."""


@contextmanager
def put_off() -> Iterator[list[Work]]:
    """Acts in here only say what is to be paid: whoever does many at once prepares it for all of them afterwards."""
    works: list[Work] = []
    before = _PUT_OFF.set(works)
    try:
        yield works
    finally:
        _PUT_OFF.reset(before)


def pay(work: Work) -> None:
    """The effect of the cashier's act: prepared now, or with those of a list."""
    waiting = _PUT_OFF.get()
    if waiting is None:
        prepare(work)
    else:
        waiting.append(work)


def prepare(work: Work) -> list[Payment]:
    """A payment of what the case owes by the books, to the account that it names (社会保险经办条例 art. 40); of shares,
    one each of those that are not on their way already.

    Empty where nothing is owed, or no account is named, and ``JINGBAN_FUNDS_LIVE`` is off: an agency that only tries its
    procedures out.
    """
    with transaction.atomic(savepoint=False):  # an act has its own
        # What came back is paid by what stands now.
        anew.owe_anew(work.case_id, actor=work.actor, now=work.at)
        rows = payables.standing_in(work.case_id) or payables.owe(work)
        if not rows:
            if settings.JINGBAN_FUNDS_LIVE or payables.found_in(work) is not None:
                raise payables.nothing_owed()
            return []
        payables.hold_amount(work, sum(row.total_fen for row in rows))
        if not (settings.JINGBAN_FUNDS_LIVE or any(work.said(name) for name in NAMED)):
            return []
        wanted = dict(zip(rows, payees_of(work, len(rows)), strict=True))
        return [attempt(row, wanted[row], actor=work.actor, now=work.at) for row in _due(rows)]


def _due(rows: Sequence[Payable]) -> Sequence[Payable]:
    """Of shares those with nothing on its way; where all are, ``attempt`` says so."""
    if len(rows) == 1:
        return rows
    live = Payment.objects.filter(subject__in=[row.subject for row in rows], state__in=LIVE)
    there = set(live.values_list("subject", flat=True))
    return [row for row in rows if row.subject not in there] or rows


def attempt(payable: Payable, payee: Payee, *, actor: int, now: datetime) -> Payment:
    """The next attempt to pay a payable: what bounced is owed again, what is to be kept back is kept back."""
    if payable.reversed_on is not None:
        raise UnderWay("这笔应付款已经冲回，不能再付；请刷新页面，按重新核定的金额办理。")
    before = list(Payment.objects.filter(subject=payable.subject).order_by("attempt"))
    _refuse_live(before)
    if any(row.state == Attempt.BOUNCED and not row.is_restored for row in before):
        payables.owe_again(payable, actor=actor, now=now)
    kept = payables.kept_back(payable) if before else {}
    kept = recoveries.keep_back(payable, kept, actor=actor, now=now)
    parts = {fund: fen - kept.get(fund, 0) for fund, fen in payable.parts.items() if fen > kept.get(fund, 0)}
    return _written([((payable, payee, actor, now), len(before) + 1, parts)])[0]


def stopped(case_id: int, *, now: datetime) -> list[Payment]:
    """Cancel what is prepared in a case and in no batch yet: its amount was worked out anew."""
    rows = Payment.objects.select_for_update(no_key=True).filter(
        case=case_id, state=Attempt.PREPARED, batch__isnull=True
    )
    found = list(rows.order_by("pk"))
    for row in found:
        row.state, row.reason, row.answered_at = Attempt.CANCELLED, "重新核定，按新的金额付", now
        row.save(update_fields=["state", "reason", "answered_at"])
    return found


def prepared_anew(old: Payment, payable: Payable, *, now: datetime) -> None:
    """What was stopped is paid by what stands now; the act that prepared it stays the one that did."""
    row = attempt(payable, payee(old), actor=old.prepared_by, now=now)
    row.prepared_at = old.prepared_at
    row.save(update_fields=["prepared_at"])


def first_attempts(wanted: Sequence[Wanted]) -> list[Payment]:
    """Payments of many payables of which nothing was tried before and nothing is to be kept back."""
    return _written([(one, 1, one[0].parts) for one in wanted])


def _written(wanted: Sequence[tuple[Wanted, int, Mapping[str, int]]]) -> list[Payment]:
    for _, _, parts in wanted:
        if Fund.PERSONAL in parts and len(parts) > 1:
            raise PayeeWrong("个人账户的款和统筹基金的款从两个户头支付，不能并成一笔；请报告系统管理员。")
    made = Payment.objects.bulk_create(_row(*one) for one in wanted)
    PaymentPart.objects.bulk_create(
        PaymentPart(payment=row, region=row.region, fund=fund, amount_fen=fen)
        for row, (_, _, parts) in zip(made, wanted, strict=True)
        for fund, fen in parts.items()
    )
    return made


def _row(wanted: Wanted, number: int, parts: Mapping[str, int]) -> Payment:
    payable, payee, actor, now = wanted
    return Payment(
        region=payable.region,
        office=payable.office,
        item=payable.item,
        case_id=payable.case_id,
        payable=payable,
        subject=payable.subject,
        attempt=number,
        why=payable.why,
        amount_fen=sum(parts.values()),
        payee=sealed_payee(payable.region, payable.subject, number, payee),
        prepared_by=actor,
        prepared_at=now,
    )


def _refuse_live(before: Sequence[Payment]) -> None:
    """What is under way or paid is not paid again."""
    there = next((row for row in before if row.state in LIVE), None)
    if there is not None:
        raise UnderWay(
            f"这笔款{there.get_state_display()}，不能再付；请到资金室核对。",
            state=there.state,
            payment=there.pk,
        )


def payee(payment: Payment) -> Payee:
    """Who is paid by it, for whoever may see it."""
    return opened_payee(payment.region, payment.subject, payment.attempt, payment.payee)


def last(subject: str) -> Payment | None:
    """The latest attempt, held until the transaction ends."""
    rows = Payment.objects.select_for_update(no_key=True).filter(subject=subject)
    return rows.order_by("-attempt").first()
