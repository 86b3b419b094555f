"""The transition function: (procedure, state, act) -> change. Pure; knows no database, clock or web.

Measured against general BPMN engines before it was chosen; see docs/decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jingban.core.frozen import changed
from jingban.processes.errors import ActNotAllowed, CaseClosed, MakerIsChecker, NotInBatch, SystemLoop
from jingban.processes.model import (
    FIRED,
    RECOMPUTED,
    START,
    STATUTORY,
    Act,
    Common,
    Follow,
    Process,
    Step,
    Way,
)
from jingban.processes.needs import WITH_A_NOTICE, checked_needs
from jingban.processes.papers import common_records, paper_guards
from jingban.processes.predicates import PREDICATES, checked_facts
from jingban.processes.state import SYSTEM, Event, State, acted_on, fold
from jingban.processes.timing import Procedure, recomputed, timer_of, turned_clocks
from jingban.processes.waiting import heard_ways, vote_record, voted_target


@dataclass(frozen=True, slots=True)
class Corrected:
    """Answers of the form that an act puts right, checked before, and what follows from them for the papers."""

    answers: Mapping[str, str]
    situations: frozenset[str]
    shared: Mapping[str, str] = field(default_factory=dict)

    def within(self, state: State) -> State:
        """The state as the corrected form has it."""
        return changed(state, situations=self.situations, shared=self.shared)

    def record(self) -> dict[str, Any]:
        """What the event says of it: which fields, never what stands in them."""
        return {
            "corrected": sorted(self.answers),
            "situations": sorted(self.situations),
            "shared": dict(self.shared),
        }


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to do: the act, what it carries, who, for whom and when."""

    act: str
    actor: int
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    behalf: int | None = None
    required: frozenset[str] = frozenset()
    override: bool = False
    batch: str | None = None
    corrected: Corrected | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The events of one act (more than one where system steps follow) and the state after them."""

    events: tuple[Event, ...]
    state: State
    personal: Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Move:
    """An act resolved to what it does."""

    name: str
    ways: tuple[Way, ...]
    act: Act | None = None
    common: Common | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs(self) -> tuple[str, ...]:
        rule = self.act or self.common
        return rule.needs if rule else ()

    def words(self) -> dict[str, Any]:
        """Papers, messages and effects, as the event records them."""
        rule = self.act or self.common
        if rule is None:
            return {}
        sends = rule.sends if isinstance(rule, Act) else ()
        said = {"documents": rule.document, "sends": sends, "effects": rule.effect}
        return {key: list(names) for key, names in said.items() if names}


def open_case(  # noqa: PLR0913  what a case begins with; a record would only rename it
    procedure: Procedure,
    *,
    actor: int,
    at: datetime,
    behalf: int | None = None,
    facts: Mapping[str, str] | None = None,
    situations: frozenset[str] = frozenset(),
    supplied: frozenset[str] = frozenset(),
    shared: Mapping[str, str] | None = None,
    period: str = "",
    identity: str = "",
    place: str = "",
    personal: Mapping[str, str] | None = None,
) -> Change:
    """The first event of a case: the application, the letter or the closed month."""
    known = checked_facts(facts or {})
    to = _chosen(procedure.process.first_ways, known)
    received = Act(name="apply", to=to, starts=(STATUTORY,) if procedure.process.statutory else ())
    data: dict[str, Any] = {}
    if known:
        data["facts"] = known
    if situations:
        data["situations"] = sorted(situations)
    if supplied:
        data["supplied"] = sorted(supplied)
    if shared:
        data["shared"] = dict(shared)
    if period:
        data["period"] = period
    if identity:
        data["identity"] = identity
    if place:
        data["place"] = place
    first = Event(1, "apply", actor, behalf, at, START, to, data)
    return _carried_on(procedure, State(), _timed(procedure, State(), first, received), personal or {})


def next_change(procedure: Procedure, state: State, request: Request) -> Change:
    """What the act changes; raises in the user's words where it may not be done."""
    move = _resolve(procedure, state, request)
    public, personal, facts = checked_needs(_wanted(move.needs, request.data), request.data)
    step = procedure.process.steps.get(state.step)
    if step is not None:
        _guard_maker(procedure, state, step, request)
    extra = dict(move.extra)
    held = state
    if request.corrected is not None:
        held, personal = request.corrected.within(state), {**personal, **request.corrected.answers}
        extra.update(request.corrected.record())
    extra.update(paper_guards(held, move.needs, public, request.required, override=request.override))
    if move.common is not None:
        extra.update(common_records(procedure, state, move.common, public, request.at))
    if request.batch is not None:
        if move.act is None or not move.act.batch:
            raise NotInBatch(f"“{request.act}”不能成批办理，请逐件办理。")
        extra["batch"] = request.batch
    if public:
        extra["needs"] = public
    if facts:
        extra["facts"] = facts
    extra.update(move.words())
    if "effects" in extra:
        extra["effects"] = _effects(procedure, extra["effects"])
    to = _chosen(move.ways, {**state.facts, **facts}) if move.ways else state.step
    event = Event(state.seq + 1, move.name, request.actor, request.behalf, request.at, state.step, to, extra)
    timed = _timed(procedure, state, event, move.act, moves=bool(move.ways))
    return _carried_on(procedure, state, timed, personal)


def _wanted(needs: tuple[str, ...], data: Mapping[str, Any]) -> tuple[str, ...]:
    """What the act must carry; a notice may also say what does lie on the counter, and which answers are wrong."""
    if "missing_materials" not in needs:
        return needs
    return (*needs, *(name for name in WITH_A_NOTICE if data.get(name) is not None))


def allowed_acts(procedure: Procedure, state: State) -> dict[str, Act | Common | Follow]:
    """What a person may do now, by key: the one table that pages, API and tests ask."""
    process = procedure.process
    end = process.ends.get(state.step)
    if end is not None:
        found: dict[str, Act | Common | Follow] = {
            key: follow for key, follow in end.follows.items() if key not in state.done
        }
        found.update({key: c for key, c in process.common.items() if c.on_ends and c.to is None})
        return found
    step = process.steps[state.step]
    found = dict(step.do)
    found.update({key: c for key, c in process.common.items() if state.step in c.where})
    if step.panel:
        found["vote"] = Act(name="表决", to=step.panel.yes)
        if step.panel.recuse:
            found["recuse"] = Act(name="回避", to=state.step)
    if step.notice:
        found["object"] = Act(name="提出异议", to=step.notice.objection, needs=("reason",))
    return found


def roles_for(procedure: Procedure, state: State, act: str) -> frozenset[str]:
    """Who may do the act now: the step's roles, the common act's, the follow-up's, or anybody (公示异议)."""
    process = procedure.process
    if act in FIRED or act == "receive":
        return frozenset({"system"})
    end = process.ends.get(state.step)
    if end is not None and act in end.follows:
        return frozenset(end.follows[act].by)
    step = process.steps.get(state.step)
    if step is not None:
        if step.notice and act == "object":
            return frozenset({"public"})
        if act in step.do or (step.panel and act in ("vote", "recuse")):
            return frozenset(step.by)
    common = process.common.get(act)
    return frozenset(common.by) if common else frozenset(step.by if step else ())


def _resolve(procedure: Procedure, state: State, request: Request) -> _Move:
    name, process = request.act, procedure.process
    if name in FIRED:
        return _fired(procedure, state, request)
    if state.step in process.ends:
        return _after_end(procedure, state, name)
    step = process.steps[state.step]
    if name in step.do and not step.is_system:
        return _Move(name, step.do[name].ways, act=step.do[name])
    if step.panel and (name == "vote" or (name == "recuse" and step.panel.recuse)):
        record = vote_record(state, step.panel, name, request)
        target = voted_target(state, step.panel, record, request.actor)
        return _Move(name, (Way(to=target),) if target else (), extra=record)
    if step.notice and name == "object":
        objection = Act(name="提出异议", to=step.notice.objection, needs=("reason",))
        return _Move(name, objection.ways, act=objection)
    if step.receives and name == "receive":
        act, heard = heard_ways(state, step.receives, request.data)
        return _Move(name, act.ways if act else (), act=act, extra=heard)
    common = process.common.get(name)
    if common is not None and state.step in common.where:
        return _Move(name, (Way(to=common.to),) if common.to else (), common=common)
    raise not_possible(procedure, state, name)


def not_possible(procedure: Procedure, state: State, act: str) -> ActNotAllowed | CaseClosed:
    """Why the act cannot be done now, and what can, in the words of the procedure."""
    process, named = procedure.process, _act_name(procedure.process, act)
    possible = [rule.name for rule in allowed_acts(procedure, state).values()]
    end = process.ends.get(state.step)
    if end is not None:
        return CaseClosed(end=end.name, act=named, allowed=possible)
    return ActNotAllowed(step=process.steps[state.step].name, act=named, allowed=possible)


def _act_name(process: Process, act: str) -> str:
    """The act in Chinese, wherever the procedure has it; a word it does not know stays as it came."""
    if act in process.common:
        return process.common[act].name
    rules = [step.do[act] for step in process.steps.values() if act in step.do]
    return rules[0].name if rules else {"vote": "表决", "recuse": "回避", "object": "提出异议"}.get(act, act)


def _after_end(procedure: Procedure, state: State, name: str) -> _Move:
    end = procedure.process.ends[state.step]
    if name in end.follows and name not in state.done:
        follow = end.follows[name]
        act = Act(name=follow.name, to=state.step, document=follow.document, needs=follow.needs)
        return _Move(name, (), act=act, extra={"done": name})
    common = procedure.process.common.get(name)
    if common is not None and common.on_ends and common.to is None:
        return _Move(name, (), common=common)
    raise not_possible(procedure, state, name)


def _fired(procedure: Procedure, state: State, request: Request) -> _Move:
    """What ``tick`` does: only at or after the instant that was due."""
    step = procedure.process.steps.get(state.step)
    name = request.act
    if name == RECOMPUTED:
        if changed := recomputed(procedure, state):
            return _Move(name, (), extra=changed)
    elif name == "owed-lapsed":
        lapsed = {
            m: {**o, "state": "lapsed"}
            for m, o in state.owed.items()
            if o["state"] == "open" and datetime.fromisoformat(o["due"]) <= request.at
        }
        if lapsed:
            return _Move(name, (), extra={"owed": lapsed})
    elif step is not None and state.timer is not None and state.timer <= request.at:
        if name == "after" and step.after:
            after = step.after
            act = Act(name=after.name or "逾期", to=after.to, document=after.document, effect=after.effect)
            return _Move(name, act.ways, act=act)
        if name == "quiet" and step.notice:
            return _Move(name, (Way(to=step.notice.quiet),))
    raise ActNotAllowed(step=step.name if step else state.step, act=name, allowed=[])


def _guard_maker(procedure: Procedure, state: State, step: Step, request: Request) -> None:
    if request.act in procedure.process.common or request.actor == SYSTEM:
        return
    for made in step.not_by:
        if request.actor in state.actors.get(made, ()):
            raise MakerIsChecker(step=step.name, made=procedure.process.steps[made].name)


def _starts(state: State, act: Act) -> tuple[str, ...]:
    """The clocks that the act starts. Nothing internal turns the law's clock back: only what completes the file."""
    law = state.clocks.get(STATUTORY)
    if law is None or law.is_ended or "brought_materials" in act.needs:
        return act.starts
    return tuple(name for name in act.starts if name != STATUTORY)


def _chosen(ways: tuple[Way, ...], facts: Mapping[str, str]) -> str:
    for way in ways:
        if way.when is None or PREDICATES[way.when](facts):
            return way.to
    raise AssertionError("the last way has no condition; the check sees to it")


def _effects(procedure: Procedure, names: list[str]) -> list[str]:
    """``item`` in a procedure stands for the effect that the item declares."""
    return [e for name in names for e in (procedure.effect if name == "item" else (name,))]


def _timed(
    procedure: Procedure, state: State, event: Event, rule: Act | None = None, *, moves: bool = True
) -> Event:
    """The event with what time decides: clocks turned, timer set."""
    data, day = dict(event.data), acted_on(event.at, event.actor)
    special = frozenset(data["special"]) if "special" in data else None
    clocks = dict(data.get("clocks", {}))
    if moves or special is not None:
        starts, ends = (_starts(state, rule), rule.ends) if rule else ((), ())
        turned = turned_clocks(
            procedure,
            state,
            to=event.to_step,
            at=event.at,
            day=day,
            starts=starts,
            ends=ends,
            special=special,
        )
        clocks.update({n: c.as_data() for n, c in turned.items()})
    if clocks:
        data["clocks"] = clocks
    if moves:
        timer = timer_of(procedure, procedure.process.steps.get(event.to_step), day)
        if timer is not None:
            data["timer"] = timer.isoformat()
    return replace(event, data=data)


def _carried_on(procedure: Procedure, state: State, event: Event, personal: Mapping[str, str]) -> Change:
    """Fold the event, then pass the system steps that it enters, in the same act."""
    events, state = [event], fold(procedure.process, state, event)
    passed: set[str] = set()
    while (step := procedure.process.steps.get(state.step)) is not None and step.is_system:
        if state.step in passed:
            raise SystemLoop(f"系统环节“{step.name}”循环，无法继续；请检查办理程序。")
        passed.add(state.step)
        ((name, act),) = step.do.items()
        move = _Move(name, act.ways, act=act)
        data = move.words()
        if "effects" in data:
            data["effects"] = _effects(procedure, data["effects"])
        to = _chosen(act.ways, state.facts)
        following = Event(state.seq + 1, name, SYSTEM, None, event.at, state.step, to, data)
        event = _timed(procedure, state, following, act)
        events.append(event)
        state = fold(procedure.process, state, event)
    return Change(tuple(events), state, {events[0].seq: personal} if personal else {})


__all__ = [
    "FIRED",
    "RECOMPUTED",
    "START",
    "Change",
    "Corrected",
    "Request",
    "allowed_acts",
    "next_change",
    "not_possible",
    "open_case",
    "roles_for",
]
