"""What the bank answered is booked, and the cases that wait for it go on, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from jingban.access.service import Actor
from jingban.cases import together
from jingban.cases.models import Case
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView, read_many
from jingban.core.localtime import local_day
from jingban.funds import chart, notices
from jingban.funds.models import Attempt, Payable, Payment
from jingban.funds.payables import is_of_case, parts_of, share_of
from jingban.funds.rows import save_each
from jingban.processes.effects import done_already

RESULT = "payment-result"
"""The message that a case waits for (``messages.yaml``)."""
PAID, FAILED = "paid", "failed"
_KEYS = UUID("5f3f5b1e-2d7e-5c86-9d58-0c8a7d2b6a41")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a payment, by the bank."""

    payment: Payment
    paid: bool
    reason: str = ""
    bank_reference: str = ""


def settle(region: str, outcomes: Sequence[Outcome], *, actor: Actor, now: datetime) -> None:
    """Book these answers and move their cases, within the caller's transaction, which holds cases and payments.

    Each payment is ``sent``, with its parts read.
    """
    booked(region, outcomes, actor=actor, now=now)
    for is_paid, result in ((True, PAID), (False, FAILED)):
        tell([o.payment for o in outcomes if o.paid == is_paid], result, actor=actor, now=now)


def booked(region: str, outcomes: Sequence[Outcome], *, actor: Actor, now: datetime) -> None:
    """The books and the payments alone: for a case that moves by an act of its own."""
    flows = [_flow(outcome) for outcome in outcomes if outcome.payment.amount_fen]
    if flows:
        chart.book(region, flows, actor=actor.id, now=now)
    for outcome in outcomes:
        row = outcome.payment
        row.state = Attempt.PAID if outcome.paid else Attempt.BOUNCED
        row.reason, row.bank_reference, row.answered_at = outcome.reason[:200], outcome.bank_reference, now
    save_each([outcome.payment for outcome in outcomes], ["state", "reason", "bank_reference", "answered_at"])
    paid = [outcome.payment.payable_id for outcome in outcomes if outcome.paid]
    if paid:
        Payable.objects.filter(pk__in=paid).update(paid_on=local_day(now))
        notices.kept_back(paid, now)


def _flow(outcome: Outcome) -> chart.Flow:
    row = outcome.payment
    make, word, told = (
        (chart.paid, "paid", "拨付成功") if outcome.paid else (chart.bounced, "bounced", "银行退回")
    )
    # The bank's own words may name who was paid: they stay with the payment, the books are read by many and for ever.
    return make(f"payment:{row.pk}:{word}", f"{row.end_to_end_id} {told}", parts_of(row), row.why)


def held_cases(cases: Collection[int]) -> None:
    """Hold these cases in the order of their keys: a clerk's act on one of them queues behind."""
    rows = Case.objects.select_for_update(no_key=True).filter(pk__in=cases).order_by("pk")
    list(rows.values_list("pk"))


def tell(payments: Sequence[Payment], result: str, *, actor: Actor, now: datetime) -> None:
    """Move the cases that wait for the bank; those that ended at once (F07 at the counter) have nothing to hear.

    A supplementary payment moves no case either: its case ended long ago.
    """
    own = {row.case_id: row for row in payments if is_of_case(row.subject, row.case_id)}
    if result == PAID:
        own = _wholly_paid(own)
    with done_already("funds.paid", "funds.bounced"):
        views = [view for view in read_many(own) if awaits(view, now)]
        keys = {view.id: uuid5(_KEYS, f"{own[view.id].pk}:{result}") for view in views}
        together.tell_together(views=views, keys=keys, message=RESULT, result=result, now=now, actor=actor)


def _wholly_paid(own: dict[int, Payment]) -> dict[int, Payment]:
    """Without the cases that pay in shares and have one that is not paid yet: they end with the last."""
    shared = [case for case, row in own.items() if share_of(row.subject)]
    if not shared:
        return own
    open_ = Payable.objects.filter(case__in=shared, reversed_on__isnull=True, paid_on__isnull=True)
    waiting = {case for case, subject in open_.values_list("case", "subject") if share_of(subject)}
    return {case: row for case, row in own.items() if case not in waiting}


def awaits(view: CaseView, now: datetime) -> bool:
    """Whether the case waits for the bank's answer."""
    if not view.is_open:
        return False
    step = procedure_of(view.version_id, view.process, local_day(now)).process.steps.get(view.step)
    return step is not None and step.receives is not None and RESULT in step.receives.messages
