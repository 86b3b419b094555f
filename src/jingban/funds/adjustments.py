"""A case that was worked out anew: what is not paid yet is owed anew at once, what was paid is paid up or asked back.

Between the funds it may go both ways (the pool pays less, the serious-illness insurance more): the person gets or owes the
difference only, the rest stands between the funds (基金间往来) until they settle it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jingban.access.service import Actor
from jingban.benefits import service as benefits
from jingban.core.money import show_yuan
from jingban.funds import anew, answers, payables, payments, recoveries, rights
from jingban.funds.anew import Open
from jingban.funds.errors import FundsError, UnderWay
from jingban.funds.models import Attempt, Payable, Payment, Recovery, Why
from jingban.funds.payables import Owed, case_subject
from jingban.funds.plans import Plan


def open_adjustments(region: str) -> list[Open]:
    """Cases whose paid amount changed and nobody has seen to it yet, oldest first."""
    return anew.opens(region=region)


@benefits.when_adjusted
def adjusted(row: benefits.Adjustment) -> None:
    """Inside the transaction that changed the amount: what is in no batch yet is owed anew."""
    actor = row.new.actor if row.new is not None else (row.old.undone_by or 0)
    redo_unsent(row.case_id, actor=actor, now=row.made_at)


def redo_unsent(case_id: int, *, actor: int, now: datetime) -> None:
    """Apply what waits to all that is in no batch; what was prepared is prepared anew, by the same hand to the same account."""
    found = anew.open_of(case_id)
    if found is None:
        return
    stopped = payments.stopped(case_id, now=now) if found.last.new is not None else []
    anew.owe_anew(case_id, actor=actor, now=now)
    for old in stopped:
        payable = payables.standing(old.subject)
        if payable is not None:
            payments.prepared_anew(old, payable, now=now)


def supplement(case_id: int, *, actor: Actor, now: datetime) -> Payment | None:
    """Prepare what a paid case is owed beside, to the account that it was paid to; none where only the funds differ."""
    with transaction.atomic():
        found, payable = _paid(case_id, rights.CASHIER, actor, now)
        if found.net < 0:
            raise FundsError(f"本件重新核定后多付了{show_yuan(-found.net)}元，请办理追回。")
        own, between = anew.split(found.parts)
        anew.shifted(found, between, actor=actor.id, now=now)
        payment = None
        if own:
            owed = Owed(found.reference, Why.SUPPLEMENT, own, payable.decision, payable.person)
            row = payables.record(
                owed, region=payable.region, office=payable.office, item=payable.item, case=case_id, actor=actor.id,
                now=now, memo=f"补付 {found.why}",
            )  # fmt: skip
            payment = payments.attempt(row, payments.payee(_last_paid(payable)), actor=actor.id, now=now)
        anew.settled(found, found.reference, now=now)
    return payment


def propose_recovery(case_id: int, *, plan: Plan, actor: Actor, now: datetime) -> Recovery | None:
    """Propose that what a paid case was paid too much comes back; another person agrees before it is claimed.

    Until then the difference stays open. None where all of it was asked back by hand before.
    """
    with transaction.atomic():
        found, payable = _paid(case_id, rights.PROPOSERS, actor, now)
        if found.net >= 0:
            raise FundsError(f"本件重新核定后没有多付，应补付{show_yuan(found.net)}元，请办理补付。")
        if (there := recoveries.hold_alone(case_id, found.reference)) is not None:
            return there
        parts, between = recoveries.due_back(found)
        if not parts:
            anew.shifted(found, between, actor=actor.id, now=now)
            anew.settled(found, "claimed", now=now)
            return None
        return recoveries.propose(
            case_id=case_id,
            parts=parts,
            cause=found.reference,
            reason=found.why,
            plan=plan,
            person=payable.person,
            actor=actor,
            now=now,
        )


def _paid(case_id: int, roles: frozenset[str], actor: Actor, now: datetime) -> tuple[Open, Payable]:
    """What is open of a case that was paid, with its payable; the case is held."""
    answers.held_cases([case_id])
    payable = payables.standing(case_subject(case_id))
    if payable is not None:
        rights.required(actor, payable.region, payable.office, roles)
        if payable.paid_on is None and anew.is_live(payable):
            raise UnderWay("本件的款还在付，差额等付清或退回以后再办。")
        payable = anew.up_to_date(case_id, payable.subject, actor=actor.id, now=now)
    found = anew.open_of(case_id)
    if payable is None or (found is None and payable.paid_on is not None):
        raise FundsError("本件没有要补付或追回的差额，请刷新页面核对。")
    if found is None:
        raise UnderWay("本件的款退回后还没有再付，再付时按重新核定的金额办理，不用补付或追回。")
    return found, payable


def _last_paid(payable: Payable) -> Payment:
    return payable.payments.filter(state=Attempt.PAID).order_by("-attempt")[0]
