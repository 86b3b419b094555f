"""Who was there when a case was filed and handled: staff at a counter, staff at a desk later, or nobody."""

from __future__ import annotations

from jingban.cases.models import CaseEvent
from jingban.cases.view import read
from jingban.cases.work import Work
from jingban.processes.state import SYSTEM
from jingban.registry.models import UnitOperator

COUNTERS = frozenset({"window", "township", "village"})
"""Channels on which staff look at the papers of whoever stands before them."""


def at_counter(work: Work) -> bool:
    """Whether somebody came in person and staff filed the case for whoever stood there.

    What an account filled in for an entry that is completed at the window says ``window`` too, and nobody stood there.
    """
    return work.applicant is None and work.channel in COUNTERS and work.actor != SYSTEM


def is_unattended(work: Work) -> bool:
    """Whether no officer has acted in the case; a form that was not filed yet has nobody to be asked about.

    The applicant's own agent is no officer, whoever's account it was filed from; a machine without staff is none either.
    What a letter or a closed month opened was never applied for.
    """
    if work.trial or not work.case_id or at_counter(work) or not _is_application(work):
        return False
    acted = {actor for ids in read(work.case_id)[0].state.actors.values() for actor in ids}
    others = (acted | {work.actor}) - {SYSTEM, work.applicant}
    if not others:
        return True
    by_mandate = CaseEvent.objects.filter(case_id=work.case_id, behalf__isnull=False)
    # Nor is a colleague of the applicant, in a unit's case.
    units = UnitOperator.objects.filter(user=work.applicant).values("unit")
    colleagues = UnitOperator.objects.filter(unit__in=units).values_list("user", flat=True)
    return others <= {*by_mandate.values_list("actor", flat=True), *colleagues}


def _is_application(work: Work) -> bool:
    return work.applicant is not None or work.item.process_named(work.process).starts == "application"
