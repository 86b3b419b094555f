"""Batches: a cashier puts payments together, a fund checker approves them, above the limit the head approves as well.

Nobody has two hands in one batch: not the maker, not who prepared a payment of it, not who had a hand in the account
that it goes to, not who handled one of its cases.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q, QuerySet, Sum

from jingban.access.service import Actor
from jingban.cases.models import CaseEvent
from jingban.core.localtime import local_day
from jingban.funds import adjustments, anew, answers, rights
from jingban.funds.errors import BatchWrong, SamePerson
from jingban.funds.limits import needs_head
from jingban.funds.models import Attempt, Batch, BatchState, PayeeCorrection, Payment
from jingban.funds.numbers import day_number
from jingban.registry import service as registry

MOST = 20_000
"""Payments of one batch: the books keep its sending as one entry, the bank as one file."""
_AT_ONCE = 5000
LONGEST = 200


def make(
    *, region: str, office: str, actor: Actor, now: datetime, payments: Collection[int] | None = None
) -> Batch:
    """Put prepared payments of an office together: all that wait, or those named."""
    rights.required(actor, region, office, rights.CASHIER)
    with transaction.atomic():
        rows = _waiting(region, office).select_for_update(no_key=True).order_by("pk")
        if payments is not None:
            rows = rows.filter(pk__in=payments)
        found = list(rows.values_list("pk", "amount_fen")[:MOST])
        if payments is not None and len(found) != len(set(payments)):
            raise BatchWrong("有的款已经组批、撤销或不属于本经办处，没有组批；请刷新页面核对。")
        if not found:
            raise BatchWrong("没有待组批的付款；请先在办件里办理拨付。")
        batch = Batch.objects.create(
            region=region,
            office=office,
            number=day_number("P", region, local_day(now)),
            count=len(found),
            total_fen=sum(fen for _, fen in found),
            made_by=actor.id,
            made_at=now,
        )
        _each([pk for pk, _ in found], batch=batch)
    return batch


def approve(batch_id: int, *, actor: Actor, now: datetime) -> Batch:
    """复核 or, where the checker's limit is passed and the checker agreed, 审批. Again by the same hand: the same batch."""
    with transaction.atomic():
        batch = _held(batch_id)
        if actor.id in (batch.checked_by, batch.headed_by) and batch.state != BatchState.CANCELLED:
            return batch
        if batch.state not in (BatchState.MADE, BatchState.CHECKED):
            raise BatchWrong(f"批次{batch.number}{batch.get_state_display()}，不能再批准；请刷新页面核对。")
        is_head = batch.state == BatchState.CHECKED
        rights.required(actor, batch.region, batch.office, rights.HEAD if is_head else rights.CHECKER)
        _hold_apart(batch, actor.id)
        if is_head:
            batch.headed_by, batch.headed_at = actor.id, now
            batch.state = BatchState.APPROVED
        else:
            _hold_sums(batch)
            batch.checked_by, batch.checked_at = actor.id, now
            batch.needs_head = needs_head(
                batch.region, largest_fen=_largest(batch), total_fen=batch.total_fen, day=local_day(now)
            )
            batch.state = BatchState.CHECKED if batch.needs_head else BatchState.APPROVED
        batch.save()
        if batch.state == BatchState.APPROVED:
            batch.payments.filter(state=Attempt.PREPARED).update(state=Attempt.APPROVED)
    return batch


def dissolve(batch_id: int, *, reason: str, actor: Actor, now: datetime) -> Batch:
    """撤销批次 before it is sent: its payments wait again, to be put together anew, by what stands owed now."""
    with transaction.atomic():
        batch = _held(batch_id)
        rights.required(actor, batch.region, batch.office, rights.CASHIER | rights.DECIDERS)
        if batch.state == BatchState.CANCELLED:
            return batch
        if batch.state == BatchState.SENT:
            raise BatchWrong(f"批次{batch.number}已送银行，不能撤销；请等银行回执。")
        batch.state, batch.reason = BatchState.CANCELLED, said(reason)
        cases = set(batch.payments.values_list("case", flat=True))
        batch.payments.update(state=Attempt.PREPARED, batch=None)
        batch.save()
        for one in anew.opens(region=batch.region):
            if one.case in cases:
                adjustments.redo_unsent(one.case, actor=actor.id, now=now)
    return batch


def drop(payment_id: int, *, reason: str, actor: Actor, now: datetime) -> Payment:
    """Take one payment out of a batch that is not approved yet, and send its case back to put the account right."""
    with transaction.atomic():
        known = Payment.objects.filter(pk=payment_id).values_list("case", "batch").first()
        if known is None:
            raise BatchWrong("没有这笔付款，请刷新页面核对。")
        answers.held_cases([known[0]])
        batch = _held(known[1]) if known[1] else None
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        rights.required(actor, payment.region, payment.office, rights.DECIDERS)
        if payment.state == Attempt.CANCELLED:
            return payment
        if payment.state != Attempt.PREPARED or payment.batch_id != known[1]:
            raise BatchWrong("这笔款已经批准或送银行，不能撤下；已批准的先撤销整个批次。")
        if actor.id == payment.prepared_by:
            raise SamePerson("这笔款是您提出的，请由另一位同事撤下。")
        payment.state, payment.reason = Attempt.CANCELLED, said(reason)
        payment.answered_at, payment.batch = now, None
        payment.save()
        if batch is not None:
            batch.count, batch.total_fen = batch.count - 1, batch.total_fen - payment.amount_fen
            if not batch.count:
                batch.state, batch.reason = BatchState.CANCELLED, "各笔均已撤下"
            batch.save()
        answers.tell([payment], "failed", actor=actor, now=now)
    return payment


def said(text: str) -> str:
    """A reason in words."""
    reason = " ".join(text.split())
    if not reason or len(reason) > LONGEST:
        raise BatchWrong(f"请写明理由，不超过{LONGEST}字。", field="reason")
    return reason


def held(batch_id: int) -> Batch:
    """The batch, held until the transaction ends."""
    return _held(batch_id)


def _held(batch_id: int) -> Batch:
    batch = Batch.objects.select_for_update(no_key=True).filter(pk=batch_id).first()
    if batch is None:
        raise BatchWrong("没有这个拨付批次，请核对编号。")
    return batch


def _waiting(region: str, office: str) -> QuerySet[Payment]:
    return Payment.objects.filter(region=region, office=office, state=Attempt.PREPARED, batch__isnull=True)


def _each(keys: Sequence[int], **values: object) -> None:
    """An update of many rows, some thousand at a time: SQLite takes no more in one condition."""
    for start in range(0, len(keys), _AT_ONCE):
        Payment.objects.filter(pk__in=keys[start : start + _AT_ONCE]).update(**values)


def _hold_sums(batch: Batch) -> None:
    """What is approved is what was put together."""
    found = batch.payments.aggregate(fen=Sum("amount_fen"), last=Max("pk"))
    if (batch.payments.count(), found["fen"]) != (batch.count, batch.total_fen):
        raise BatchWrong(f"批次{batch.number}的笔数或合计与明细不符，不能批准；请报告系统管理员。")


def _largest(batch: Batch) -> int:
    return int(batch.payments.aggregate(most=Max("amount_fen"))["most"])


def _hold_apart(batch: Batch, actor: int) -> None:
    """社会保险经办条例 art. 37: no hand twice. Who wrote down an answer from outside only did that."""
    if actor in (batch.made_by, batch.checked_by):
        raise SamePerson("这个批次是您组成或复核的，请由另一位同事办理。")
    if batch.payments.filter(prepared_by=actor).exists():
        raise SamePerson("批次中有您提出的付款，请由另一位同事办理。")
    agreed = PayeeCorrection.objects.filter(
        Q(proposed_by=actor) | Q(decided_by=actor),
        is_agreed=True,
        subject__in=batch.payments.values("subject"),
    )
    if agreed.exists():
        raise SamePerson("批次中有您提出或同意更正收款账户的付款，请由另一位同事办理。")
    concerned = registry.own_and_kin(batch.region, actor)
    if concerned and batch.payments.filter(payable__person__in=concerned).exists():
        raise SamePerson("批次中有付给您本人或亲属的款，请回避，由另一位同事办理。")
    acted = CaseEvent.objects.filter(actor=actor, case__in=batch.payments.values("case"))
    if acted.exclude(act="receive").exists():
        raise SamePerson("批次中有您经办过的办件，请由另一位同事办理。")
