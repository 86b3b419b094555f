"""What is done to cases: opened, acted upon, told something. Every door comes through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from jingban.access.service import READ, Actor, Answer
from jingban.cases import forms
from jingban.cases.corrections import correction, hold_reasons, hold_wrong_answers
from jingban.cases.doubles import again, as_key, done_by
from jingban.cases.errors import StaleVersion
from jingban.cases.materials import required_now
from jingban.cases.opening import Application, apply, start
from jingban.cases.permission import NOBODY, SEALED_ROLES, answered, on_case, refused
from jingban.cases.procedures import procedure_of
from jingban.cases.store import Step, step_of, store_step
from jingban.cases.view import CaseView, read
from jingban.core.localtime import local_day
from jingban.processes.conflicts import hold_apart
from jingban.processes.engine import (
    Request,
    allowed_acts,
    next_change,
    not_possible,
    roles_for,
)
from jingban.processes.errors import ConflictOfInterest, MakerIsChecker
from jingban.processes.state import SYSTEM
from jingban.processes.timing import Procedure
from jingban.rulebook import publish

__all__ = [
    "NOBODY",
    "SEALED_ROLES",
    "Application",
    "act",
    "answered",
    "apply",
    "as_key",
    "caught_up",
    "due_act",
    "fired",
    "on_case",
    "start",
    "told",
]


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
        return again(view, done.case_id, done.act, act)
    asked = asked_of(view, act, data or {}, actor, seen=seen, now=now, batch=batch)
    try:
        hold_apart(asked.view, asked.procedure, act, actor.id, now)
        return _stored(asked, key)
    except (MakerIsChecker, ConflictOfInterest) as error:
        refused(asked.view, act, actor, error.message, now)
        raise


@dataclass(frozen=True, slots=True)
class Asked:
    """An act or a message as the engine takes it, and the case as it stands now."""

    view: CaseView
    procedure: Procedure
    request: Request


def asked_of(
    view: CaseView,
    act: str,
    data: Mapping[str, Any],
    actor: Actor,
    *,
    seen: int,
    now: datetime,
    batch: str | None = None,
    noted: bool = True,
) -> Asked:
    """What somebody asks of a case, permitted and with its words checked; what was due by now happened before.

    Not ``noted``: a refusal is not written down here, because who is refused among many is asked again alone.
    """
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    answer = _permitted(view, procedure, act, actor, now, noted=noted)
    late, view = view, caught_up(view, now)
    if view.seq != seen:
        raise StaleVersion(seen=seen, now=view.seq)
    if view is not late:
        answer = _permitted(view, procedure, act, actor, now, noted=noted)
    hold_wrong_answers(view, data)
    hold_reasons(data)
    corrected = None
    if "answers" in data:
        # A colleague corrects as the account that filed: neither is the staff, who may have anybody asked about.
        who = view.applicant_id if answer.colleague and view.applicant_id is not None else actor.id
        corrected = correction(view, procedure, act, data, actor=who, behalf=answer.mandate, now=now)
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
    return Asked(view, procedure, request)


def _permitted(
    view: CaseView, procedure: Procedure, act: str, actor: Actor, now: datetime, *, noted: bool
) -> Answer:
    """The answer of ``may``, or the refusal: audited, and in the words of what is possible where that is why."""
    on = on_case(view, roles_for(procedure, view.state, act), notice=_gives_notice(procedure, view, act))
    day = local_day(now)
    answer = answered(actor, act, view, on, day)
    if not answer:
        if noted:
            refused(view, act, actor, answer.why, now)
        if act not in allowed_acts(procedure, view.state) and answered(actor, READ, view, on, day):
            raise not_possible(procedure, view.state, act)
    return answer.required()


def _gives_notice(procedure: Procedure, view: CaseView, act: str) -> bool:
    step = procedure.process.steps.get(view.step)
    rule = step.do.get(act) if step is not None else None
    return rule is not None and "missing_materials" in rule.needs


def _stored(asked: Asked, key: UUID | None) -> CaseView:
    step = step_asked(asked, key)
    try:
        return store_step(step)
    except (IntegrityError, StaleVersion):
        # Two clicks at once: the other one won; under the same key this is its answer too.
        request = asked.request
        if key is None or (done := done_by(request.actor, key)) is None:
            raise
        return again(read(asked.view.id)[0], *done, request.act)


def step_asked(asked: Asked, key: UUID | None) -> Step:
    """What it changes; raises in the user's words where it may not be."""
    request, view = asked.request, asked.view
    change = next_change(asked.procedure, view.state, request)
    item = publish.version(view.version_id).item
    finds = forms.blind_finds(item, request.corrected.answers) if request.corrected else ()
    return step_of(view, change, asked.procedure.process, key=key, item=item, finds=finds)


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
        return again(view, done.case_id, done.act, "receive")
    return _stored(heard(view, message, result, data or {}, actor=actor, now=now), key)


def heard(
    view: CaseView, message: str, result: str | None, data: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Asked:
    """A message as the engine takes it; what was due by now happened before."""
    view = caught_up(view, now)
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    carried = {**data, "message": message}
    if result is not None:
        carried["result"] = result
    return Asked(view, procedure, Request(act="receive", actor=actor.id, at=now, data=carried))


def fired(*, view: CaseView, act: str, at: datetime) -> CaseView:
    """What time does by itself (``tick``), dated to the instant it was due."""
    procedure = procedure_of(view.version_id, view.process, local_day(at))
    return _stored(Asked(view, procedure, Request(act=act, actor=SYSTEM, at=at)), None)


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
