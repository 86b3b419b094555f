"""Cases and applications as the question ``may`` sees them; a refusal is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from jingban.access.service import INSTITUTION_ROLES, OWNER_ROLES, READ, Actor, Answer, On, may
from jingban.audit import service as audit
from jingban.cases.offering import office_of
from jingban.cases.view import CaseView
from jingban.processes.model import START
from jingban.processes.state import SYSTEM
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

NOBODY = Actor(id=SYSTEM, name="系统")
SEALED_ROLES = frozenset({"fund-supervision", "supervisor", "head", "cashier"})
"""Who may read and handle a sealed case (tip-offs); the reporter sees the own one."""
Colleague = Callable[[CaseView, int, str, date], bool]
"""Whether an account may do that act in a unit's case that somebody else filed for the unit."""

COLLEAGUES: list[Colleague] = []
Former = Callable[[CaseView, date], bool]
"""Whether who filed a unit's case acts for the unit no more."""

FORMERS: list[Former] = []
LEFT = "您已经不是这个单位的经办人，不能再看和办理它的件；请由单位现在的经办人办理。"


def colleague(function: Colleague) -> Colleague:
    """Register who knows units; the registers are above this app."""
    COLLEAGUES.append(function)
    return function


def former(function: Former) -> Former:
    """Register who knows that somebody acts for a unit no more."""
    FORMERS.append(function)
    return function


def filer_left(view: CaseView, day: date) -> bool:
    """Whether who filed the case for a unit acts for it no more: it stays the unit's."""
    return view.applicant_id is not None and any(asked(view, day) for asked in FORMERS)


def answered(actor: Actor, act: str, view: CaseView, on: On, day: date) -> Answer:
    """``may``; and who gets a no may still be a colleague of the owner, where the case is a unit's.

    Only who has no part in the agency's work, or is of a designated institution (a unit too), can be one. Who filed it
    and left the unit owns nothing of it any more, nor does who has that one's mandate.
    """
    answer = may(actor, act, on)
    outside = all(held.role in OWNER_ROLES | INSTITUTION_ROLES for held in actor.held)
    owners = act == READ or bool(on.roles & OWNER_ROLES and "public" not in on.roles)
    if answer and owners and (on.owner == actor.id or answer.mandate is not None) and filer_left(view, day):
        own = on.owner == actor.id
        answer = Answer(False, LEFT) if own else may(replace(actor, mandates=()), act, on)
    if answer or not outside or not owners or on.owner in (None, actor.id) or on.sealed is not None:
        return answer
    if not any(asked(view, actor.id, act, day) for asked in COLLEAGUES):
        return answer
    return may(actor, act, replace(on, colleague=True))


def on_case(view: CaseView, roles: frozenset[str], *, notice: bool = False) -> On:
    """The case as the question ``may`` sees it.

    A later one-off notice is the supervisor's too; who came to the counter without an account is served there.
    """
    item = publish.version(view.version_id).item
    widened = roles | {"supervisor"} if notice else roles
    if view.applicant_id is None and roles & OWNER_ROLES and item.process.starts == "application":
        widened |= frozenset(item.process.steps[item.process.first_ways[-1].to].by)
    filers = frozenset(view.state.actors.get(START, ()))
    return On(
        region=view.region,
        office=view.office,
        item=view.item,
        roles=widened,
        grassroots=view.tier == "grassroots",
        owner=view.applicant_id,
        sealed=SEALED_ROLES if item.sealed else None,
        parties=item.process_named(view.process).parties,
        filers=filers if view.applicant_id is not None else frozenset(),
        place=view.state.place,
        taken_in_by=frozenset(who for acted in view.state.actors.values() for who in acted),
    )


def may_file(
    item: EffectiveItem,
    actor: Actor,
    roles: frozenset[str],
    now: datetime,
    *,
    office: str = "",
    owner: int | None = None,
) -> Answer:
    """The answer of ``may`` for an application that is not one's own; a refusal is audited."""
    on = On(
        region=item.region,
        office=office_of(item, office),
        item=item.item,
        roles=roles,
        grassroots=item.tier == "grassroots",
        owner=owner,
        sealed=SEALED_ROLES if item.sealed else None,
    )
    answer = may(actor, "apply", on)
    if not answer:
        subject, detail = f"item:{item.key}", f"apply：{answer.why}"
        audit.record(actor=actor.id, kind=audit.REFUSED, subject=subject, detail=detail, now=now)
    return answer


def refused(view: CaseView, act: str, actor: Actor, why: str, now: datetime) -> None:
    """Write down that an act was refused, and why."""
    audit.record(
        actor=actor.id, kind=audit.REFUSED, subject=f"case:{view.number}", detail=f"{act}：{why}", now=now
    )
