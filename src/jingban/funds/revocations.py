"""A benefit that was got by fraud or by mistake is revoked, and what was paid comes back (国令765 art. 46; 社会保险法 art. 88).

One person proposes it with the reason, another agrees (``recoveries.decide``): then the decision falls, later cases of
the person's year are worked out anew, and what was paid is claimed back by the plan that was chosen.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jingban.access.service import Actor
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.funds import anew, answers, payables, recoveries, rights
from jingban.funds.errors import RecoveryWrong
from jingban.funds.models import Fund, Recovery, RecoveryState
from jingban.funds.plans import Plan, hold_plan


def propose(case_id: int, *, reason: str, plan: Plan, actor: Actor, now: datetime) -> Recovery:
    """Propose that the decision of a case that has ended is revoked and all that was paid comes back.

    The same again gives the proposal that there is. Nothing moves before another person agrees.
    """
    with transaction.atomic():
        answers.held_cases([case_id])
        case = Case.objects.filter(pk=case_id).first()
        if case is None:
            raise RecoveryWrong("没有这个办件，请核对编号。", field="number")
        rights.required(actor, case.region, case.office, rights.REVOKERS)
        text = recoveries.reason_of(reason)
        decision = payables.decision_of(case_id)
        if decision is None:
            raise RecoveryWrong("本件没有待遇核定，不能撤销；请核对编号。", field="number")
        if case.outcome is None:
            raise RecoveryWrong("本件还没有办结，请在办件里退回重新审核，不用撤销。", field="number")
        cause = f"{payables.case_subject(case_id)}:revocation:{decision.pk}"
        there = Recovery.objects.filter(cause=cause).exclude(state=RecoveryState.DECLINED).first()
        if there is not None:
            return there
        recoveries.hold_alone(case_id, cause)
        recoveries.hold_at_rest(case_id)
        parts = {f: fen for f, fen in anew.recoverable(case_id).items() if fen > 0 and f != Fund.PERSONAL}
        hold_plan(plan, sum(parts.values()), local_day(now))
        row = recoveries.written(
            case, parts, cause, text, plan, decision.person_id, actor=actor.id, now=now, is_revocation=True
        )
        recoveries.noted(row, "提出撤销待遇", actor=actor.id, now=now)
        return row
