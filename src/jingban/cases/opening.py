"""How cases begin: by an application, a letter or a closed month."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from jingban.access.service import OWNER_ROLES, Actor, NotAllowed
from jingban.cases import forms
from jingban.cases.doubles import done_by, same_application
from jingban.cases.errors import ItemNotOpen
from jingban.cases.identity import hold_identity
from jingban.cases.materials import hold_published
from jingban.cases.numbers import item_code, scope_of
from jingban.cases.offering import closed_channel, closed_now, office_of, takers
from jingban.cases.permission import NOBODY, may_file
from jingban.cases.places import place_of
from jingban.cases.procedures import procedure_of
from jingban.cases.shared import own_account, shared_materials
from jingban.cases.store import Opening, store_opening
from jingban.cases.view import NO_LIMIT, CaseView, last_given
from jingban.core.checkdigit import query_code
from jingban.core.localtime import local_day
from jingban.processes.engine import open_case
from jingban.processes.predicates import FACTS, FactNotAllowed
from jingban.processes.state import State
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody hands in."""

    answers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    situations: Collection[str] = ()
    supplied: Collection[str] = ()
    channel: str = "window"
    office: str = ""
    """Which of the entry's accepting offices; the first where none is named."""
    period: str = ""
    """The month that a settlement is for, as 2026-10."""
    identity: str = ""
    """How staff who filled it in made sure who it was (``cases.identity``)."""


def apply(
    *,
    version: int,
    application: Application,
    actor: Actor,
    key: UUID | None,
    now: datetime,
    applicant: int | None = None,
    mandate: int | None = None,
    walk_in: bool = False,
) -> CaseView:
    """Open a case by an application: for oneself, for another under a mandate, or (``walk_in``) by staff for
    somebody who stands at the counter and has no account."""
    item = publish.version(version).item
    if item.process.starts != "application":
        raise ItemNotOpen(f"“{item.name}”不受理申请：由月度结算或来函启动。")
    if not_open := closed_now(item, now) or closed_channel(item, application.channel, now):
        raise ItemNotOpen(not_open)
    for name in application.facts:
        if name in FACTS and FACTS[name].asked != "application":
            raise FactNotAllowed(f"“{FACTS[name].name}”由经办人员填写，申请时不能填。")
    owner: int | None = applicant if applicant is not None else actor.id
    behalf = None
    hold_identity(application.identity, application.channel)
    if walk_in:
        owner = None
        first = item.process.steps[item.process.first_ways[-1].to]
        by = takers(item, office_of(item, application.office), first.by)
        may_file(item, actor, by, now, office=application.office).required()
    elif owner is not None and owner != actor.id:
        behalf = _behalf(item, actor, owner, mandate, now)
    return _open(
        version=version,
        process=item.process.process,
        application=application,
        actor=actor,
        key=key,
        now=now,
        applicant=owner,
        mandate=behalf,
        checked=True,
    )


def _behalf(item: EffectiveItem, actor: Actor, owner: int, mandate: int | None, now: datetime) -> int | None:
    """The mandate to file for another (国令765 art. 30); none where the window files for who stands there."""
    chosen = tuple(m for m in actor.mandates if mandate in (None, m.id))
    filers = OWNER_ROLES | {"window"} | frozenset(item.process.application.by)
    answer = may_file(item, replace(actor, mandates=chosen), filers, now, owner=owner)
    if not answer:
        raise NotAllowed("没有有效的委托，不能代他人申请：请先登记委托，或由本人申请。")
    return answer.mandate


def start(
    *,
    version: int,
    process: str,
    application: Application,
    key: UUID | None,
    now: datetime,
    actor: Actor = NOBODY,
) -> CaseView:
    """Open a case by a message or a closed month: nobody applies. ``actor`` is who registered the letter."""
    return _open(
        version=version,
        process=process,
        application=application,
        actor=actor,
        key=key,
        now=now,
        applicant=None,
        mandate=None,
        checked=False,
    )


def _open(
    *,
    version: int,
    process: str,
    application: Application,
    actor: Actor,
    key: UUID | None,
    now: datetime,
    applicant: int | None,
    mandate: int | None,
    checked: bool,
) -> CaseView:
    item, day = publish.version(version).item, local_day(now)
    scope = scope_of(admin_code=item.admin_code, item_code=item_code(item), day=day)
    given, done = last_given(scope, actor=actor.id, key=key)
    if done is not None:
        return same_application((done.case_id, done.act), version)
    hold_published(item, application.supplied)
    answers = dict(application.answers)
    situations = frozenset(application.situations) | forms.implied_situations(item, answers)
    if checked:
        answers = forms.checked_form(item, answers, situations=situations, on=day)
    procedure = procedure_of(version, process, day)
    shared: Mapping[str, str] = {}
    if checked:
        shared = shared_materials(
            item,
            answers,
            situations=situations,
            channel=application.channel,
            actor=actor.id,
            account=own_account(applicant, actor=actor.id, behalf=mandate),
            now=now,
        )
    change = open_case(
        procedure,
        actor=actor.id,
        at=now,
        behalf=mandate,
        facts={**forms.stated_facts(item, answers), **application.facts, "channel": application.channel},
        situations=situations,
        supplied=frozenset(application.supplied),
        shared=shared,
        period=application.period,
        identity=application.identity,
        place=place_of(
            procedure.process, item.region, answers, actor, day=day, at_counter=checked and applicant is None
        ),
        personal=answers,
    )
    blank = _blank(version, item, process, application, applicant, now)
    opening = Opening(blank, change, procedure.process, key, forms.blind_finds(item, answers))
    try:
        return store_opening(opening, scope=scope, given=given, item=item)
    except IntegrityError:
        if key is None or (found := done_by(actor.id, key)) is None:
            raise
        return same_application(found, version)


def _blank(
    version: int,
    item: EffectiveItem,
    process: str,
    application: Application,
    applicant: int | None,
    now: datetime,
) -> CaseView:
    return CaseView(
        id=0,
        region=item.region,
        office=office_of(item, application.office),
        tier=item.tier,
        item=item.item,
        version_id=version,
        process=process,
        number="",
        query_code=query_code(),
        channel=application.channel,
        applicant_id=applicant,
        opened_at=now,
        seq=0,
        last_hash=b"",
        role="",
        assignee_id=None,
        due_on=NO_LIMIT,
        state=State(),
    )
