"""Whose hands stay off the money of a case: who decided it, and whom it concerns (社会保险经办条例 art. 37; 回避)."""

from __future__ import annotations

from datetime import datetime

from jingban.access.service import Actor
from jingban.cases.models import CaseEvent
from jingban.cases.view import read
from jingban.funds.errors import SamePerson
from jingban.processes.conflicts import concern
from jingban.processes.errors import ConflictOfInterest

ONLY_PAID = ("pay", "receive")
"""Acts that decide nothing: the cashier's, and writing down an answer from outside."""


def hold_undecided(case_id: int, actor: Actor) -> None:
    """Who handled the case does not change where its money goes, as little as in the case itself (``not_by``)."""
    acted = CaseEvent.objects.filter(case=case_id, actor=actor.id).exclude(act__in=ONLY_PAID)
    if acted.exists():
        raise SamePerson("您经办过本件，收款账户请由没有经办过本件的同事更正、复核。")


def hold_unconcerned(case_id: int, actor: Actor, now: datetime) -> None:
    """Nobody decides about the money of the own case, that of kin, or of a unit for which they act."""
    if why := concern(read(case_id)[0], actor.id, now):
        raise ConflictOfInterest(why)
