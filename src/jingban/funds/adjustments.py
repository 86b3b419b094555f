"""A case that was worked out anew: what is not paid yet is owed anew at once, what was paid is paid up or asked back.

Between the funds it may go both ways (the pool pays less, the serious-illness insurance more): the person gets or owes the
difference only, the rest stands between the funds (基金间往来) until they settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jingban.access.service import Actor
from jingban.benefits import service as benefits
from jingban.core.money import show_yuan
from jingban.funds import answers, chart, payables, payments, recoveries, rights
from jingban.funds.errors import FundsError, UnderWay
from jingban.funds.models import LIVE, Attempt, Payable, Payment, Recovery, Why
from jingban.funds.payables import Owed, case_subject


@dataclass(frozen=True, slots=True)
class Open:
    """What the open adjustments of a case come to."""

    case: int
    parts: dict[str, int]
    why: str

    @property
    def net(self) -> int:
        """Above zero it is owed to the person, below zero the person owes it."""
        return sum(self.parts.values())


def open_adjustments(region: str) -> list[Open]:
    """Cases whose paid amount changed and nobody has seen to it yet, oldest first."""
    whys: dict[int, str] = {}
    for row in benefits.adjustments_waiting(region=region):
        whys[row.case_id] = row.why
    return [Open(case, benefits.open_adjustment(case), why) for case, why in whys.items()]


@benefits.when_adjusted
def adjusted(row: benefits.Adjustment) -> None:
    """Inside the transaction that changed the amount: what is not on its way yet is owed anew."""
    subject = case_subject(row.case_id)
    payable = payables.standing(subject)
    if payable is None:
        benefits.settle_adjustments(row.case_id, reference="not-owed", now=row.made_at)
        return
    if payable.payments.filter(state__in=LIVE).exists():
        return
    actor = row.new.actor if row.new is not None else (row.old.undone_by or 0)
    payables.take_back(payable, actor=actor, now=row.made_at)
    parts = {fund: fen for fund, fen in (row.new.parts if row.new is not None else {}).items() if fen}
    if parts:
        owed = Owed(subject, Why.DECISION, parts, row.new.pk if row.new else None, payable.person)
        payables.record(
            owed, region=payable.region, office=payable.office, item=payable.item, case=payable.case_id, actor=actor,
            now=row.made_at, memo=f"重新核定 {row.why}",
        )  # fmt: skip
    benefits.settle_adjustments(row.case_id, reference=f"owe:{subject}", now=row.made_at)


def supplement(case_id: int, *, actor: Actor, now: datetime) -> Payment | None:
    """Prepare what a paid case is owed beside, to the account that it was paid to; none where only the funds differ."""
    with transaction.atomic():
        found, payable = _paid(case_id)
        rights.required(actor, payable.region, payable.office, rights.CASHIER)
        if found.net < 0:
            raise FundsError(f"本件重新核定后多付了{show_yuan(-found.net)}元，请办理追回。")
        own, between = split(found.parts)
        reference = _cleared(case_id, payable, between, actor, now)
        payment = None
        if own:
            owed = Owed(reference, Why.SUPPLEMENT, own, payable.decision, payable.person)
            row = payables.record(
                owed, region=payable.region, office=payable.office, item=payable.item, case=case_id, actor=actor.id,
                now=now, memo=f"补付 {found.why}",
            )  # fmt: skip
            payment = payments.attempt(row, payments.payee(_last_paid(payable)), actor=actor.id, now=now)
        benefits.settle_adjustments(case_id, reference=reference, now=now)
    return payment


def propose_recovery(case_id: int, *, plan: recoveries.Plan, actor: Actor, now: datetime) -> Recovery:
    """Propose that what a paid case was paid too much comes back; another person agrees before it is claimed."""
    with transaction.atomic():
        found, payable = _paid(case_id)
        if found.net >= 0:
            raise FundsError(f"本件重新核定后没有多付，应补付{show_yuan(found.net)}元，请办理补付。")
        own, between = split(found.parts)
        row = recoveries.propose(
            case_id=case_id,
            parts={fund: -fen for fund, fen in own.items()},
            cause=_reference(case_id),
            reason=found.why,
            plan=plan,
            person=payable.person,
            actor=actor,
            now=now,
        )
        reference = _cleared(case_id, payable, between, actor, now)
        benefits.settle_adjustments(case_id, reference=reference, now=now)
    return row


def split(parts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """The person's part, all of one sign, and what stands between the funds, which sums to zero."""
    net = sum(parts.values())
    sign = 1 if net > 0 else -1
    left, own, between = abs(net), {}, {}
    for fund, fen in sorted(parts.items()):
        part = min(left, abs(fen)) * sign if fen * sign > 0 else 0
        left -= abs(part)
        if part:
            own[fund] = part
        if fen - part:
            between[fund] = fen - part
    return own, between


def _paid(case_id: int) -> tuple[Open, Payable]:
    """What is open of a case that was paid, with its payable; the case is held."""
    answers.held_cases([case_id])
    waiting = benefits.adjustments_waiting(case_id=case_id)
    payable = payables.standing(case_subject(case_id))
    if not waiting or payable is None:
        raise FundsError("本件没有要补付或追回的差额，请刷新页面核对。")
    if payable.paid_on is None:
        raise UnderWay("本件的款还在付，差额等付清或退回以后再办。")
    return Open(case_id, benefits.open_adjustment(case_id), waiting[-1].why), payable


def _reference(case_id: int) -> str:
    """By the last adjustment that it takes up: once and for all."""
    return f"{case_subject(case_id)}:adjustment:{benefits.adjustments_waiting(case_id=case_id)[-1].pk}"


def _cleared(case_id: int, payable: Payable, between: Mapping[str, int], actor: Actor, now: datetime) -> str:
    reference = _reference(case_id)
    if between:
        flow = chart.cleared(f"{reference}:clearing", "重新核定，基金间往来", between)
        chart.book(payable.region, [flow], actor=actor.id, now=now)
    return reference


def _last_paid(payable: Payable) -> Payment:
    return payable.payments.filter(state=Attempt.PAID).order_by("-attempt")[0]
