"""The funds room: what is owed in a case that has ended, and nobody pays, goes to an account that two people agreed on.

Where a case still waits for the bank it goes back to put the account right itself; here are the others (F07 at the
counter, supplementary payments), money that came back after the bank had called it paid (退汇), and what a case is owed
since it was worked out anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from jingban.access.service import Actor
from jingban.core.money import show_yuan
from jingban.funds import anew, answers, apart, chart, payments, rights
from jingban.funds.batches import said
from jingban.funds.errors import FundsError, SamePerson, UnderWay
from jingban.funds.models import LIVE, Attempt, Payable, PayeeCorrection, Payment, Why
from jingban.funds.payables import left, parts_of, standing
from jingban.funds.payees import Payee, checked
from jingban.funds.sealing import opened_payee, sealed_payee


@dataclass(frozen=True, slots=True)
class ToPay:
    """Something owed in a case that has ended, with nobody paying it; ``payment`` is what was tried last."""

    payable: Payable
    payment: Payment | None
    fen: int


def to_correct(region: str) -> list[ToPay]:
    """What is owed and on nobody's way: it bounced, was taken out of a batch, came back late, or was worked out anew."""
    rows = _unpaid(Payable.objects.filter(region=region))
    payables = list(rows.select_related("case").order_by("pk"))
    tried = Payment.objects.filter(subject__in=[row.subject for row in payables]).select_related("case")
    last = {payment.subject: payment for payment in tried.order_by("attempt")}
    return [ToPay(row, last.get(row.subject), sum(left(row).values())) for row in payables]


def _unpaid(rows: QuerySet[Payable]) -> QuerySet[Payable]:
    """Of these what nobody but the funds room will pay: nothing is on its way, and its case will not do it."""
    live = Payment.objects.filter(subject=OuterRef("subject"), state__in=LIVE)
    ended = Q(case__outcome__isnull=False) | Q(why=Why.SUPPLEMENT)
    owed = rows.filter(ended, reversed_on__isnull=True, paid_on__isnull=True, total_fen__gt=0)
    return owed.filter(~Exists(live))


def propose(
    payment_id: int, *, name: str, bank: str, account: str, reason: str, actor: Actor, now: datetime
) -> PayeeCorrection:
    """Propose the account that a payment which came back is to go to; another person agrees, then it is paid again."""
    payee = checked(name, bank, account)
    with transaction.atomic():
        row = _held(payment_id)
        rights.required(actor, row.region, row.office, rights.PROPOSERS)
        if row.state not in (Attempt.BOUNCED, Attempt.CANCELLED) or not _is_last(row):
            raise FundsError(f"这笔款{row.get_state_display()}，不用更正收款账户；请刷新页面核对。")
        payable = standing(row.subject)
        if payable is None:
            raise FundsError("这笔款已经冲回，没有要再付的；请刷新页面，到“追回和补付”核对。")
        return _asked(payable, row, payee, reason, actor, now)


def propose_for(
    payable_id: int, *, name: str, bank: str, account: str, reason: str, actor: Actor, now: datetime
) -> PayeeCorrection:
    """The same for what is owed in a case that has ended without a payment: worth nothing then, something now."""
    payee = checked(name, bank, account)
    with transaction.atomic():
        known = Payable.objects.filter(pk=payable_id).first()
        if known is None:
            raise FundsError("没有这笔应付款，请刷新页面核对。")
        answers.held_cases([known.case_id])
        payable = standing(known.subject)
        if payable is None:
            raise FundsError("这笔应付款已经冲回，没有要付的；请刷新页面核对。")
        rights.required(actor, payable.region, payable.office, rights.PROPOSERS)
        return _asked(payable, payments.last(payable.subject), payee, reason, actor, now)


def _asked(
    payable: Payable, last: Payment | None, payee: Payee, reason: str, actor: Actor, now: datetime
) -> PayeeCorrection:
    if not _unpaid(Payable.objects.filter(pk=payable.pk)).exists():
        raise UnderWay("本件还没有办结或没有要再付的款，收款账户请在办件里更正。")
    apart.hold_undecided(payable.case_id, actor)
    apart.hold_unconcerned(payable.case_id, actor, now)
    there = PayeeCorrection.objects.filter(subject=payable.subject, decided_at__isnull=True).first()
    if there is not None:
        if there.proposed_by == actor.id and payee_of(there) == payee:
            return there
        raise FundsError("这笔款已有一份更正等待复核，请先请另一位同事复核。")
    turn = last.attempt + 1 if last is not None else 1
    return PayeeCorrection.objects.create(
        payment=last,
        region=payable.region,
        subject=payable.subject,
        attempt=turn,
        payee=sealed_payee(payable.region, f"{payable.subject}:correction", turn, payee),
        reason=said(reason),
        proposed_by=actor.id,
        proposed_at=now,
    )


def decide(correction_id: int, *, agrees: bool, actor: Actor, now: datetime) -> PayeeCorrection:
    """Agree, which prepares the payment anew, or decline; never by whoever proposed it.

    What is paid is what stands owed now, whatever it was when it came back.
    """
    with transaction.atomic():
        asked = PayeeCorrection.objects.filter(pk=correction_id).first()
        if asked is None:
            raise FundsError("没有这份更正，请刷新页面核对。")
        known = Payable.objects.filter(subject=asked.subject).order_by("pk")[0]
        answers.held_cases([known.case_id])
        row = PayeeCorrection.objects.select_for_update(no_key=True).get(pk=correction_id)
        rights.required(actor, known.region, known.office, rights.DECIDERS)
        if row.decided_at is not None:
            if (row.decided_by, row.is_agreed) == (actor.id, agrees):
                return row
            raise FundsError("这份更正已经复核过，请刷新页面核对。")
        if row.proposed_by == actor.id:
            raise SamePerson("这份更正是您提出的，请由另一位同事复核。")
        apart.hold_undecided(known.case_id, actor)
        apart.hold_unconcerned(known.case_id, actor, now)
        row.decided_by, row.decided_at, row.is_agreed = actor.id, now, agrees
        row.save()
        if agrees:
            payable = anew.up_to_date(known.case_id, row.subject, actor=actor.id, now=now)
            if payable is None or not payable.total_fen:
                raise FundsError(
                    "本件已经重新核定，这笔款没有要付的了；请不同意这份更正，到“追回和补付”核对。"
                )
            # The money is prepared by whoever proposed it: the batch is then approved by others than both.
            payments.attempt(payable, payee_of(row), actor=row.proposed_by, now=now)
    return row


def payee_of(row: PayeeCorrection) -> Payee:
    """The account that is proposed, for whoever may see it."""
    return opened_payee(row.region, f"{row.subject}:correction", row.attempt, row.payee)


def returned_late(payment_id: int, *, fen: int, reference: str, actor: Actor, now: datetime) -> Payment:
    """退汇: the bank had called it paid, and the money came back since. Owed again; a case that has ended stays so."""
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
        if not row.amount_fen:
            raise FundsError("这笔款金额为零，没有付出过，不会有退汇；请核对笔号。")
        if fen != row.amount_fen:
            raise FundsError(f"这笔款是{show_yuan(row.amount_fen)}元，与退汇金额不符，没有登记；请核对。")
        flow = chart.bounced_late(
            f"payment:{row.pk}:returned", f"退汇 {row.end_to_end_id} {mark}", parts_of(row)
        )
        chart.book(row.region, [flow], actor=actor.id, now=now)
        row.state, row.reason, row.bank_reference, row.answered_at = Attempt.BOUNCED, "拨付后退汇", mark, now
        row.save(update_fields=["state", "reason", "bank_reference", "answered_at"])
        Payable.objects.filter(pk=row.payable_id).update(paid_on=None)
        anew.owe_anew(row.case_id, actor=actor.id, now=now)
        # Of a case that pays in shares and waits for the others: it puts the account right itself.
        answers.tell([row], answers.FAILED, actor=actor, now=now)
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
