"""What is done to cases: opened, acted upon, told something. Every door comes through here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError

from jingban.access.service import OWNER_ROLES, READ, Actor, Answer, NotAllowed, On, may
from jingban.audit import service as audit
from jingban.cases import forms
from jingban.cases.corrections import correction, hold_reasons, hold_wrong_answers
from jingban.cases.errors import ItemNotOpen, KeyReused, StaleVersion
from jingban.cases.identity import hold_identity
from jingban.cases.materials import hold_published, required_now
from jingban.cases.models import CaseEvent
from jingban.cases.numbers import item_code, scope_of
from jingban.cases.offering import closed_channel, closed_now, office_of, takers
from jingban.cases.procedures import procedure_of
from jingban.cases.shared import own_account, shared_materials
from jingban.cases.store import Opening, store_opening, store_step
from jingban.cases.view import NO_LIMIT, CaseView, last_given, read
from jingban.core.checkdigit import query_code
from jingban.core.crypto import blind_index
from jingban.core.localtime import local_day
from jingban.processes.conflicts import hold_apart
from jingban.processes.engine import (
    Request,
    allowed_acts,
    next_change,
    not_possible,
    open_case,
    roles_for,
)
from jingban.processes.errors import ConflictOfInterest, MakerIsChecker
from jingban.processes.model import START
from jingban.processes.predicates import FACTS, FactNotAllowed
from jingban.processes.state import SYSTEM, State
from jingban.processes.timing import Procedure
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

_KEYS = UUID("6a8b1f0e-6d0f-5c0e-9d5a-0b9f3c2a7d11")
NOBODY = Actor(id=SYSTEM, name="系统")
SEALED_ROLES = frozenset({"fund-supervision", "supervisor", "head", "cashier"})
"""Who may read and handle a sealed case (tip-offs); the reporter sees the own one."""


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


def as_key(text: str) -> UUID:
    """A client's idempotency key, whatever its form, as the sixteen bytes that are stored."""
    try:
        return UUID(text)
    except ValueError:
        return uuid5(_KEYS, text)


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
        _may_file(item, actor, by, now, office=application.office).required()
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
    answer = _may_file(item, replace(actor, mandates=chosen), filers, now, owner=owner)
    if not answer:
        raise NotAllowed("没有有效的委托，不能代他人申请：请先登记委托，或由本人申请。")
    return answer.mandate


def _may_file(
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
        return _same_application((done.case_id, done.act), version)
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
        personal=answers,
    )
    blank = _blank(version, item, process, application, applicant, now)
    opening = Opening(blank, change, procedure.process, key, _finds(item, answers))
    try:
        return store_opening(opening, scope=scope, given=given, item=item)
    except IntegrityError:
        if key is None or (found := _done(actor.id, key)) is None:
            raise
        return _same_application(found, version)


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


def act(
    *,
    case_id: int,
    act: str,
    data: Mapping[str, Any] | None = None,
    actor: Actor,
    seen: int,
    key: UUID | None,
    now: datetime,
    batch: str | None = None,
) -> CaseView:
    """Do one act on a case that still stands as it was seen (``seen`` is its number of events)."""
    view, done = read(case_id, actor=actor.id, key=key)
    if done is not None:
        return _again(view, done.case_id, done.act, act)
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    answer = _permitted(view, procedure, act, actor, now)
    late, view = view, caught_up(view, now)
    if view.seq != seen:
        raise StaleVersion(seen=seen, now=view.seq)
    if view is not late:
        answer = _permitted(view, procedure, act, actor, now)
    data = data or {}
    hold_wrong_answers(view, data)
    hold_reasons(data)
    corrected = None
    if "answers" in data:
        behalf = answer.mandate
        corrected = correction(view, procedure, act, data, actor=actor.id, behalf=behalf, now=now)
    request = Request(
        act=act,
        actor=actor.id,
        at=now,
        data=data,
        behalf=answer.mandate,
        required=required_now(view, corrected.within(view.state) if corrected else view.state, data),
        override="supervisor" in actor.roles_in(view.region, view.office),
        batch=batch,
        corrected=corrected,
    )
    try:
        hold_apart(view, procedure, act, actor.id, now)
        return _stored(view, procedure, request, key)
    except (MakerIsChecker, ConflictOfInterest) as error:
        _refused(view, act, actor, error.message, now)
        raise


def _permitted(view: CaseView, procedure: Procedure, act: str, actor: Actor, now: datetime) -> Answer:
    """The answer of ``may``, or the refusal: audited, and in the words of what is possible where that is why."""
    on = on_case(view, roles_for(procedure, view.state, act), notice=_gives_notice(procedure, view, act))
    answer = may(actor, act, on)
    if not answer:
        _refused(view, act, actor, answer.why, now)
        if act not in allowed_acts(procedure, view.state) and may(actor, READ, on):
            raise not_possible(procedure, view.state, act)
    return answer.required()


def _gives_notice(procedure: Procedure, view: CaseView, act: str) -> bool:
    step = procedure.process.steps.get(view.step)
    rule = step.do.get(act) if step is not None else None
    return rule is not None and "missing_materials" in rule.needs


def _finds(item: EffectiveItem, answers: Mapping[str, str]) -> tuple[tuple[str, bytes], ...]:
    """What the case is found by from now on, blindly."""
    return tuple(
        (kind, blind_index(kind, text)) for kind, text in forms.finds_of(item, answers).items() if text
    )


def _stored(view: CaseView, procedure: Procedure, request: Request, key: UUID | None) -> CaseView:
    change = next_change(procedure, view.state, request)
    item = publish.version(view.version_id).item
    finds = _finds(item, request.corrected.answers) if request.corrected else ()
    try:
        with_key = store_step(view, change, procedure.process, key=key, item=item, finds=finds)
    except (IntegrityError, StaleVersion):
        # Two clicks at once: the other one won; under the same key this is its answer too.
        if key is None or (done := _done(request.actor, key)) is None:
            raise
        return _again(read(view.id)[0], *done, request.act)
    return with_key


def told(
    *,
    case_id: int,
    message: str,
    result: str | None,
    data: Mapping[str, Any] | None = None,
    key: UUID | None,
    now: datetime,
    actor: Actor = NOBODY,
) -> CaseView:
    """A message reaches a case that waits for it; the same key twice is heard once.

    ``actor`` is who registered what came on paper; the caller asked ``may`` for it.
    """
    view, done = read(case_id, actor=actor.id, key=key)
    if done is not None:
        return _again(view, done.case_id, done.act, "receive")
    view = caught_up(view, now)
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    carried = {**(data or {}), "message": message}
    if result is not None:
        carried["result"] = result
    request = Request(act="receive", actor=actor.id, at=now, data=carried)
    return _stored(view, procedure, request, key)


def fired(*, view: CaseView, act: str, at: datetime) -> CaseView:
    """What time does by itself (``tick``), dated to the instant it was due."""
    procedure = procedure_of(view.version_id, view.process, local_day(at))
    return _stored(view, procedure, Request(act=act, actor=SYSTEM, at=at), None)


def caught_up(view: CaseView, now: datetime) -> CaseView:
    """What was due by now happens first: the outcome must not hang on when the last tick ran."""
    while (due := view.state.next_due()) is not None and due <= now:
        view = fired(view=view, act=due_act(view, due), at=due)
    return view


def due_act(view: CaseView, due: datetime) -> str:
    """What fires at the instant: the step's limit, the quiet end of a notice, or a promise not kept."""
    if view.state.timer is None or view.state.timer > due:
        return "owed-lapsed"
    process = procedure_of(view.version_id, view.process, local_day(due)).process
    return "quiet" if process.steps[view.step].notice else "after"


def on_case(view: CaseView, roles: frozenset[str], *, notice: bool = False) -> On:
    """The case as the question ``may`` sees it.

    A later one-off notice is the supervisor's too; who came to the counter without an account is served there.
    """
    item = publish.version(view.version_id).item
    widened = roles | {"supervisor"} if notice else roles
    if view.applicant_id is None and roles & OWNER_ROLES and item.process.starts == "application":
        widened |= frozenset(item.process.steps[item.process.first_ways[-1].to].by)
    return On(
        region=view.region,
        office=view.office,
        item=view.item,
        roles=widened,
        grassroots=view.tier == "grassroots",
        owner=view.applicant_id,
        sealed=SEALED_ROLES if item.sealed else None,
        parties=item.process_named(view.process).parties,
        filers=frozenset(view.state.actors.get(START, ())) if view.applicant_id is not None else frozenset(),
    )


def _refused(view: CaseView, act: str, actor: Actor, why: str, now: datetime) -> None:
    audit.record(
        actor=actor.id, kind=audit.REFUSED, subject=f"case:{view.number}", detail=f"{act}：{why}", now=now
    )


def _done(actor: int, key: UUID) -> tuple[int, str] | None:
    found = CaseEvent.objects.filter(actor=actor, key=key).values_list("case_id", "act").first()
    return None if found is None else (found[0], found[1])


def _same_application(done: tuple[int, str], version: int) -> CaseView:
    view, item = read(done[0])[0], publish.version(version).item
    asked = (item.region, item.tier, item.item) == (view.region, view.tier, view.item)
    return _again(view, done[0], done[1], "apply" if asked else "")


def _again(view: CaseView, case_id: int, done_act: str, act: str) -> CaseView:
    """A doubled submission gives the case as it is; another act under the same key is a fault."""
    if case_id != view.id or done_act != act:
        raise KeyReused("这次提交用了先前另一项操作的编号，没有办理，请刷新页面后重试。")
    return view
