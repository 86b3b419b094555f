"""Who of the staff may register what comes and goes on paper, and read the letters of a case."""

from __future__ import annotations

from datetime import datetime

from jingban.access.service import Actor, On, may
from jingban.cases import actions
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView, read
from jingban.core.localtime import local_day
from jingban.exchange.models import Letter
from jingban.rulebook.effective import EffectiveItem

CLERKS = frozenset({"window", "reviewer", "entry"})
"""Who registers letters on paper, beside whom the waiting step names."""


def may_receive(actor: Actor, view: CaseView, now: datetime) -> None:
    """Whether the actor may register what came for the case; raises NotAllowed in plain words."""
    step = procedure_of(view.version_id, view.process, local_day(now)).process.steps.get(view.step)
    roles = CLERKS | (frozenset(step.by) if step is not None else frozenset())
    may(actor, "receive", actions.on_case(view, roles)).required()


def may_register(actor: Actor, letter: Letter, now: datetime) -> None:
    """Whether the actor may register the posting of a case's letter."""
    if letter.case_id is None:
        raise AssertionError("an outgoing letter has a case")
    may_receive(actor, read(letter.case_id)[0], now)


def may_open(actor: Actor, item: EffectiveItem, office: str) -> None:
    """Whether the actor may open a case by a letter on paper."""
    on = On(region=item.region, office=office, item=item.item, roles=CLERKS)
    may(actor, "receive", on).required()


def may_settle(actor: Actor, region: str) -> None:
    """Whether the actor may close a letter of the region that found nothing to do."""
    may(actor, "receive", On(region=region, office="", item="", roles=CLERKS)).required()
