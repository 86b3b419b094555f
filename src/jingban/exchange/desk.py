"""Who of the staff may register what comes and goes on paper, read letters, and decide about their money.

The one place that answers it: pages ask here what to offer, and every act asks again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from jingban.access.service import Actor, Answer, On, may
from jingban.cases import actions
from jingban.cases.offering import office_of
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView, read
from jingban.core.localtime import local_day
from jingban.exchange.arrivals import answering
from jingban.exchange.kinds import CONTACT
from jingban.exchange.models import Direction, Letter
from jingban.rulebook.effective import EffectiveItem

CLERKS = frozenset({"window", "reviewer", "entry"})
"""Who registers letters on paper, beside whom the waiting step names."""
CASHIERS = CLERKS | {"cashier"}
"""Who sees to money that came with a transfer and is for nobody: they know the bank's statement."""
CHECKERS = frozenset({"reviewer", "cashier", "fund-checker"})
"""Who agrees that such money goes back; never whoever proposed it."""


def may_receive(actor: Actor, view: CaseView, now: datetime) -> Answer:
    """Whether the actor may register what came for the case."""
    step = procedure_of(view.version_id, view.process, local_day(now)).process.steps.get(view.step)
    roles = CLERKS | (frozenset(step.by) if step is not None else frozenset())
    return may(actor, "receive", actions.on_case(view, roles))


def may_register(actor: Actor, letter: Letter, now: datetime) -> Answer:
    """Whether the actor may register the posting of a case's letter."""
    if letter.case_id is None:
        raise AssertionError("an outgoing letter has a case")
    return may_receive(actor, read(letter.case_id)[0], now)


def may_open(actor: Actor, item: EffectiveItem) -> Answer:
    """Whether the actor may open a case by a letter on paper, at the office that will answer for it."""
    return _may_at(actor, item.region, item.item, [office_of(item)])


def may_settle(actor: Actor, letter: Letter, now: datetime) -> Answer:
    """Whether the actor may close a letter that found nothing to do; one of a case is its office's."""
    if letter.case_id is not None:
        return may_receive(actor, read(letter.case_id)[0], now)
    return may_see_stray(actor, letter)


def may_see_stray(actor: Actor, letter: Letter) -> Answer:
    """Whether a letter of no case is the actor's to read and to close: at the offices of the entry that answers letters;
    where the region has none, for whoever registers letters in any of its offices."""
    region = letter.to_code if letter.direction == Direction.IN else letter.from_code
    found = answering(region, CONTACT)
    if found is None:
        return _may_at(actor, region, "", {held.office for held in actor.held if held.region == region})
    item = found[1]
    return _may_at(actor, region, item.item, [body.id for body in item.accepted_by])


def may_propose_return(actor: Actor, view: CaseView) -> Answer:
    """Whether the actor may propose that money goes back, or decide to go on with less."""
    return may(actor, "receive", actions.on_case(view, CASHIERS))


def may_agree_return(actor: Actor, view: CaseView) -> Answer:
    """Whether the actor may agree that money goes back; that it is another person is asked of the proposal."""
    return may(actor, "receive", actions.on_case(view, CHECKERS))


def _may_at(actor: Actor, region: str, item: str, offices: Iterable[str]) -> Answer:
    """Yes where one of the offices says yes, else the last no."""
    answer = Answer(False, "您没有登记来往函件的权限。")
    for office in offices:
        answer = may(actor, "receive", On(region=region, office=office, item=item, roles=CLERKS))
        if answer:
            break
    return answer
