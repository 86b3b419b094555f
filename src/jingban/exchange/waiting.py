"""What a case waits for, and the contact letter that counts in it."""

from __future__ import annotations

from datetime import datetime

from jingban.cases.models import Case
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView, read
from jingban.core.localtime import local_day
from jingban.exchange.kinds import CONTACT
from jingban.exchange.models import Direction, Letter, State
from jingban.processes.model import Receives


def held(case_id: int) -> CaseView:
    """The case as it stands, held until the transaction ends: what comes at the same instant is booked one by one."""
    list(Case.objects.select_for_update(no_key=True).filter(pk=case_id).values_list("pk"))
    return read(case_id)[0]


def awaited(view: CaseView, message: str, now: datetime) -> Receives | None:
    """The waiting of a case that has not heard the message yet."""
    step = procedure_of(view.version_id, view.process, local_day(now)).process.steps.get(view.step)
    if step is None or step.receives is None or message not in step.receives.messages:
        return None
    return None if message in view.state.heard else step.receives


def contact_of(case_id: int, direction: Direction) -> Letter | None:
    """The contact letter that counts in a case: the last one."""
    found = Letter.objects.filter(case_id=case_id, kind=CONTACT, direction=direction)
    if direction is Direction.IN:
        found = found.filter(state=State.APPLIED)
    return found.order_by("-id").first()
