"""The funds room: what bounced after its case had ended is paid again to an account that two people agreed on.

Where a case still waits for the bank it goes back to put the account right itself; here are the others (F07 at the
counter, supplementary payments), and money that came back after the bank had called it paid (退汇).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jingban.access.service import Actor
from jingban.cases.models import Case
from jingban.core.money import show_yuan
from jingban.funds import answers, chart, payments, rights
from jingban.funds.batches import said
from jingban.funds.errors import FundsError, SamePerson, UnderWay
from jingban.funds.models import LIVE, Attempt, Payable, PayeeCorrection, Payment
from jingban.funds.payables import case_subject, parts_of
from jingban.funds.payees import Payee, checked
from jingban.funds.sealing import opened_payee, sealed_payee


def to_correct(region: str, office: str | None = None) -> list[Payment]:
    """Payments that bounced or were taken out of a batch, are to be paid again, and whose case will not do it."""
    rows = Payment.objects.filter(region=region, state__in=[Attempt.BOUNCED, Attempt.CANCELLED])
    if office is not None:
        rows = rows.filter(office=office)
    found = rows.filter(payable__reversed_on__isnull=True, payable__paid_on__isnull=True).select_related(
        "case"
    )
    return [row for row in found.order_by("pk") if _is_ours(row) and _is_last(row)]


def propose(
    payment_id: int, *, name: str, bank: str, account: str, reason: str, actor: Actor, now: datetime
) -> PayeeCorrection:
    """Propose the account that a bounced payment is to go to; another person agrees, then it is paid again."""
    payee = checked(name, bank, account)
    with transaction.atomic():
        row = _held(payment_id)
        rights.required(actor, row.region, row.office, rights.PROPOSERS)
        if row.state not in (Attempt.BOUNCED, Attempt.CANCELLED) or not _is_last(row):
            raise FundsError(f"这笔款{row.get_state_display()}，不用更正收款账户；请刷新页面核对。")
        if not _is_ours(row):
            raise UnderWay("本件还没有办结，收款账户请在办件里更正。")
        there = row.corrections.filter(decided_at__isnull=True).first()
        if there is not None:
            if there.proposed_by == actor.id and payee_of(there) == payee:
                return there
            raise FundsError("这笔款已有一份更正等待复核，请先请另一位同事复核。")
        turn = row.attempt + 1
        return PayeeCorrection.objects.create(
            payment=row,
            region=row.region,
            payee=sealed_payee(row.region, f"{row.subject}:correction", turn, payee),
            reason=said(reason),
            proposed_by=actor.id,
            proposed_at=now,
        )


def decide(correction_id: int, *, agrees: bool, actor: Actor, now: datetime) -> PayeeCorrection:
    """Agree, which prepares the payment anew, or decline; never by whoever proposed it."""
    with transaction.atomic():
        asked = PayeeCorrection.objects.filter(pk=correction_id).first()
        if asked is None:
            raise FundsError("没有这份更正，请刷新页面核对。")
        payment = _held(asked.payment_id)
        row = PayeeCorrection.objects.select_for_update(no_key=True).get(pk=correction_id)
        rights.required(actor, payment.region, payment.office, rights.DECIDERS)
        if row.decided_at is not None:
            if (row.decided_by, row.is_agreed) == (actor.id, agrees):
                return row
            raise FundsError("这份更正已经复核过，请刷新页面核对。")
        if row.proposed_by == actor.id:
            raise SamePerson("这份更正是您提出的，请由另一位同事复核。")
        row.decided_by, row.decided_at, row.is_agreed = actor.id, now, agrees
        row.save()
        if agrees:
            # The money is prepared by whoever proposed it: the batch is then approved by others than both.
            payments.attempt(payment.payable, payee_of(row), actor=row.proposed_by, now=now)
    return row


def payee_of(row: PayeeCorrection) -> Payee:
    """The account that is proposed, for whoever may see it."""
    return opened_payee(row.region, f"{row.payment.subject}:correction", row.payment.attempt + 1, row.payee)


def returned_late(payment_id: int, *, fen: int, reference: str, actor: Actor, now: datetime) -> Payment:
    """退汇: the bank had called it paid, and the money came back since. Owed again; its case stays as it ended."""
    mark = reference.strip()[:64]
    if not mark:
        raise FundsError("请写明银行流水号。", field="reference")
    with transaction.atomic():
        row = _held(payment_id)
        rights.required(actor, row.region, row.office, rights.BANK)
        if row.state == Attempt.BOUNCED and row.bank_reference == mark:
            return row
        if row.state != Attempt.PAID:
            raise FundsError(f"这笔款{row.get_state_display()}，不能登记退汇；请核对笔号。")
        if fen != row.amount_fen:
            raise FundsError(f"这笔款是{show_yuan(row.amount_fen)}元，与退汇金额不符，没有登记；请核对。")
        flow = chart.bounced_late(
            f"payment:{row.pk}:returned", f"退汇 {row.end_to_end_id} {mark}", parts_of(row)
        )
        chart.book(row.region, [flow], actor=actor.id, now=now)
        row.state, row.reason, row.bank_reference, row.answered_at = Attempt.BOUNCED, "拨付后退汇", mark, now
        row.save(update_fields=["state", "reason", "bank_reference", "answered_at"])
        Payable.objects.filter(pk=row.payable_id).update(paid_on=None)
    return row


def _held(payment_id: int) -> Payment:
    """The payment with its case, held: the case first, as everywhere."""
    case = Payment.objects.filter(pk=payment_id).values_list("case", flat=True).first()
    if case is None:
        raise FundsError("没有这笔付款，请刷新页面核对。")
    answers.held_cases([case])
    return Payment.objects.select_for_update(no_key=True).get(pk=payment_id)


def _is_last(row: Payment) -> bool:
    later = Payment.objects.filter(subject=row.subject, attempt__gt=row.attempt)
    return not later.exists() and not Payment.objects.filter(subject=row.subject, state__in=LIVE).exists()


def _is_ours(row: Payment) -> bool:
    """Whether nobody but the funds room will pay it again."""
    if row.subject != case_subject(row.case_id):
        return True
    return Case.objects.filter(pk=row.case_id, outcome__isnull=False).exists()
