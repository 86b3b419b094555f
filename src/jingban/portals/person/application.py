"""The application form of an entry: what was typed, what is wrong with it, and handing it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

from django.http import QueryDict

from jingban.access.service import OWNER_ROLES, Actor, NotAllowed
from jingban.cases import actions, offering
from jingban.cases.errors import FormIncomplete
from jingban.cases.forms import checked_form, form_of, implied_situations, situations_told, stated_facts
from jingban.cases.materials import Slot, checklist
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.portals.blanks import Blank, blank, typed_answer
from jingban.portals.book import Entry
from jingban.portals.payloads import in_words
from jingban.portals.person.counter import counters, received, taken_in
from jingban.portals.questions import (
    Choice,
    Question,
    at_place,
    choices,
    door_channel,
    questions,
    situations_of,
)
from jingban.processes.predicates import FACTS
from jingban.rulebook.effective import EffectiveItem, Named

SELF = "self"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the person has said so far; nothing of it is ever lost."""

    answers: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()
    """Which of the fields that depend on the situation the visitor's page shows."""
    behalf: str = SELF
    key: str = ""
    channel: str = "online"
    office: str = ""
    counters: tuple[Named, ...] = ()
    """Where a clerk files this for somebody at the counter; empty: for oneself or under a mandate."""
    received: str = ""
    """At a counter: how the application came in and how identity was checked (``counter.received``)."""
    identity: str = ""
    ways: tuple[tuple[str, str], ...] = ()
    """What may be chosen there."""


@dataclass(frozen=True, slots=True)
class ApplyPage:
    """The form as the template shows it."""

    entry: Entry
    typed: Typed
    blanks: tuple[Blank, ...]
    questions: tuple[Question, ...]
    choices: tuple[Choice, ...]
    slots: tuple[Slot, ...]
    channel: str
    offices: tuple[Named, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    """The answers as they will be kept, in words; none while something is wrong with them."""

    @property
    def item(self) -> EffectiveItem:
        return self.entry.item

    @property
    def moving(self) -> tuple[Blank, ...]:
        """Fields that come and go with the situation, and stand otherwise than the visitor's page shows them."""
        return tuple(b for b in self.blanks if b.field.when and b.asked != (b.name in self.typed.shown))

    @property
    def follows_the_form(self) -> bool:
        """Whether what is filled in decides about the materials."""
        return bool(situations_told(self.item))

    @property
    def materials_by_choice(self) -> bool:
        return any(slot.material.one_of for slot in self.slots)


def read_typed(item: EffectiveItem, data: QueryDict, actor: Actor, now: datetime) -> Typed:
    """The form's contents, only what this entry asks."""
    at_counter = counters(item, actor)
    office, listed = data.get("office", ""), {body.id for body in at_counter or item.accepted_by}
    known = {q.key for q in questions(item)}
    channel, way = channel_now(item, now), ""
    if at_counter:
        channel, way = taken_in(item, actor, now, data.get("received", ""))
    facts = {c.name: data.get(f"fact.{c.name}", "") for c in choices(item)}
    return Typed(
        answers={f.key: typed_answer(data, f.key, f) for f in item.form},
        facts={name: value for name, value in facts.items() if value in FACTS[name].values},
        ticked=tuple(k for k in data.getlist("situation") if k in known),
        supplied=tuple(data.getlist("supplied")),
        shown=frozenset(data.getlist("shown")),
        key=data.get("key") or str(uuid4()),
        channel=channel,
        office=next(iter(listed)) if len(listed) == 1 else office if office in listed else "",
        counters=at_counter,
        received=data.get("received", "") if way else "",
        identity=way,
        ways=received(item, actor, now) if at_counter else (),
    )


def channel_now(item: EffectiveItem, now: datetime) -> str:
    """The door's channel; where the office lacks the means for it (有条件的), the place that completes it."""
    door = door_channel(item)
    return at_place(item) if offering.closed_channel(item, door, now) else door


def situations(item: EffectiveItem, typed: Typed) -> frozenset[str]:
    facts = {**stated_facts(item, typed.answers), **typed.facts, "channel": typed.channel}
    stated = situations_of(typed.ticked, facts)
    return stated | implied_situations(item, typed.answers)


def apply_page(
    entry: Entry,
    typed: Typed,
    now: datetime,
    faults: dict[str, str] | None = None,
) -> ApplyPage:
    """The page for what was typed, with the questions and the list of materials that go with it."""
    item, wrong, day = entry.item, faults or {}, local_day(now)
    here = situations(item, typed)
    blanks = tuple(
        blank(
            f, f.key, typed.answers.get(f.key, ""),
            region=item.region, day=day, error=wrong.get(f.key, ""), asked=f.asked_of(here),
        )
        for f in item.form
    )  # fmt: skip
    return ApplyPage(
        entry=entry,
        typed=typed,
        blanks=blanks,
        questions=questions(item),
        choices=choices(item),
        slots=checklist(item, here, typed.channel),
        channel=typed.channel,
        offices=_offices(item, typed),
        faults=tuple(wrong.items()),
        said=() if wrong else _said(item, typed, day),
    )


def _said(item: EffectiveItem, typed: Typed, day: date) -> tuple[tuple[str, str], ...]:
    """What will be kept of the answers, as the one who checks it reads it."""
    here = situations(item, typed)
    try:
        kept = checked_form(item, typed.answers, situations=here, on=day)
    except FormIncomplete:
        return ()
    return tuple(
        (f.label, in_words(f, kept[f.key], full=True) if f.key in kept else "（未填）")
        for f in form_of(item, here)
    )


def _offices(item: EffectiveItem, typed: Typed) -> tuple[Named, ...]:
    """The accepting offices to choose from; nothing is asked where there is one."""
    found = typed.counters or item.accepted_by
    return found if len(found) > 1 else ()


def faults_of(item: EffectiveItem, typed: Typed, now: datetime) -> dict[str, str]:
    """Everything that is wrong, at once; keys are the ids of the inputs."""
    found = {f"fact.{c.name}": f"请选择{c.label}" for c in choices(item) if c.name not in typed.facts}
    if not typed.office and _offices(item, typed):
        found["office"] = "请选择由哪里受理"
    if typed.counters and not typed.identity:
        found["received"] = "请选择申请怎样收到、怎样核对了申请人的身份"
    try:
        checked_form(item, typed.answers, situations=situations(item, typed), on=local_day(now))
    except FormIncomplete as error:
        found.update(error.details["faults"])
    return found


def check_initiator(item: EffectiveItem, actor: Actor) -> None:
    """Some entries are started by an office only; others by whoever the guide serves."""
    starters = set(item.process.application.by) | set(item.initiators)
    if not starters & (OWNER_ROLES | {"institution"}) and not any(
        h.region == item.region and h.role in starters for h in actor.held
    ):
        raise NotAllowed(f"“{item.name}”不由个人申请，请到受理机构办理。")


def hand_in(entry: Entry, typed: Typed, actor: Actor, now: datetime) -> CaseView:
    """Open the case; the same key twice is the same case."""
    item = entry.item
    listed = {slot.key for slot in checklist(item, situations(item, typed), typed.channel)}
    application = actions.Application(
        answers=typed.answers,
        facts=typed.facts,
        situations=situations(item, typed),
        supplied=tuple(key for key in typed.supplied if key in listed),
        channel=typed.channel,
        office=typed.office,
        identity=typed.identity,
    )
    principal, mandate = (None, None) if typed.counters else _behalf(item, typed, actor)
    return actions.apply(
        version=entry.version,
        application=application,
        actor=actor,
        key=actions.as_key(typed.key),
        now=now,
        applicant=principal,
        mandate=mandate,
        walk_in=bool(typed.counters),
    )


def _behalf(item: EffectiveItem, typed: Typed, actor: Actor) -> tuple[int | None, int | None]:
    """For whom: oneself, or a principal under a mandate that covers this entry (国令765 art. 30)."""
    if typed.behalf == SELF:
        return None, None
    for mandate in actor.mandates:
        if str(mandate.id) == typed.behalf and (not mandate.items or item.item in mandate.items):
            return mandate.principal, mandate.id
    raise NotAllowed("没有找到这项委托，或委托不包括本事项，请核对委托书。")
