"""What a case is at a moment, and how each event changes it: the fold, used live and in the replay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from jingban.core.frozen import changed
from jingban.core.localtime import local_day
from jingban.processes.model import ASSIGNED, MOVED, START, Process
from jingban.workdays.clocks import Clock

SYSTEM = 0
"""The actor of what happens without a person: system steps, timers, messages."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case. ``data`` holds references and public facts, never personal text."""

    seq: int
    act: str
    actor: int
    behalf: int | None
    at: datetime
    from_step: str
    to_step: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """The fold of a case's events."""

    seq: int = 0
    step: str = START
    outcome: str | None = None
    timer: datetime | None = None
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    """The village or township whose people the case is about, or the institution that recognises; only where these
    take part."""
    situations: frozenset[str] = frozenset()
    actors: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    votes: Mapping[str, str] = field(default_factory=dict)
    heard: Mapping[str, str] = field(default_factory=dict)
    entered_on: date | None = None
    offered: frozenset[str] = frozenset()
    """What the applicant says to hand in; only what the window ticks counts as received."""
    received: frozenset[str] = frozenset()
    notified: frozenset[str] | None = None
    brought: frozenset[str] = frozenset()
    owed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    """Materials that a register of another department confirmed, and which one."""
    special: frozenset[str] = frozenset()
    done: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    @property
    def covered(self) -> frozenset[str]:
        """Materials that a register, a promise or a deferral stands in for; a lapsed one covers nothing."""
        return frozenset(self.shared) | {m for m, o in self.owed.items() if o["state"] != "lapsed"}

    def next_due(self) -> datetime | None:
        """The next instant at which something happens by itself."""
        dues = [datetime.fromisoformat(o["due"]) for o in self.owed.values() if o["state"] == "open"]
        if self.timer:
            dues.append(self.timer)
        return min(dues, default=None)


def fold(process: Process, state: State, event: Event) -> State:
    """The state after the event. Everything that time or parameters decided stands in the event."""
    data = event.data
    moved = event.to_step != event.from_step
    end = process.ends.get(event.to_step)
    changes: dict[str, Any] = {
        "seq": event.seq,
        "step": event.to_step,
        "outcome": end.outcome if end else None,
    }
    if "timer" in data:
        changes["timer"] = datetime.fromisoformat(data["timer"])
        changes["entered_on"] = acted_on(event.at, event.actor) if moved else state.entered_on
    elif moved:
        changes["timer"] = changes["entered_on"] = None
    if clocks := data.get("clocks"):
        changes["clocks"] = {**state.clocks, **{n: Clock.from_data(c) for n, c in clocks.items()}}
    if facts := data.get("facts"):
        changes["facts"] = {**state.facts, **facts}
    if "place" in data:
        changes["place"] = data["place"]
    known = event.from_step == START or event.from_step in process.steps
    handled = event.act not in (ASSIGNED, MOVED) and event.act not in process.common
    if event.actor != SYSTEM and known and handled:
        before = state.actors.get(event.from_step, ())
        if event.actor not in before:
            changes["actors"] = {**state.actors, event.from_step: (*before, event.actor)}
    if "situations" in data:
        changes["situations"] = frozenset(data["situations"])
    changes.update(_papers(state, data))
    changes.update(_voices(state, event, moved))
    return changed(state, **changes)


def acted_on(at: datetime, actor: int) -> date:
    """The day an event counts on. What the system does at midnight ends the day that is over."""
    return local_day(at - timedelta(microseconds=1)) if actor == SYSTEM else local_day(at)


def _papers(state: State, data: Mapping[str, Any]) -> dict[str, Any]:
    """Materials: offered by the applicant, ticked as received, named in the first notice, owed or promised."""
    changes: dict[str, Any] = {}
    needs = data.get("needs", {})
    if "checklist" in needs:
        changes["received"] = state.received | frozenset(needs["checklist"])
    if "brought_materials" in needs or "supplied" in data:
        given = (*needs.get("brought_materials", ()), *data.get("supplied", ()))
        changes["offered"] = state.offered | frozenset(given)
    if missing := needs.get("missing_materials"):
        changes["notified"] = frozenset(missing) if state.notified is None else state.notified
        changes["received"] = changes.get("received", state.received) - frozenset(missing)
    if brought := needs.get("brought_materials"):
        changes["brought"] = state.brought | frozenset(brought)
    if owed := data.get("owed"):
        changes["owed"] = {**state.owed, **owed}
    if "shared" in data:
        changes["shared"] = data["shared"]
    if "special" in data:
        changes["special"] = frozenset(data["special"])
    if "done" in data:
        changes["done"] = (*state.done, data["done"])
    return changes


def _voices(state: State, event: Event, moved: bool) -> dict[str, Any]:
    """Votes and messages belong to the step that is open; leaving it closes them."""
    data = event.data
    if moved:
        return {"votes": {}, "heard": {}} if state.votes or state.heard else {}
    if "vote" in data:
        return {"votes": {**state.votes, str(event.actor): data["vote"]}}
    if "heard" in data:
        return {"heard": {**state.heard, **data["heard"]}}
    return {}


def replay(process: Process, events: Iterable[Event]) -> State:
    """The state from nothing, event by event."""
    state = State()
    for event in events:
        state = fold(process, state, event)
    return state


def state_to_data(state: State) -> dict[str, Any]:
    """What the case row keeps beside its columns; empty parts are left out to keep rows small."""
    data: dict[str, Any] = {
        "clocks": {name: clock.as_data() for name, clock in state.clocks.items()},
        "facts": dict(state.facts),
        "place": state.place,
        "situations": sorted(state.situations),
        "actors": {step: list(ids) for step, ids in state.actors.items()},
        "votes": dict(state.votes),
        "heard": dict(state.heard),
        "offered": sorted(state.offered),
        "received": sorted(state.received),
        "brought": sorted(state.brought),
        "owed": {name: dict(o) for name, o in state.owed.items()},
        "shared": dict(state.shared),
        "special": sorted(state.special),
        "done": list(state.done),
    }
    data = {key: value for key, value in data.items() if value}
    if state.notified is not None:
        data["notified"] = sorted(state.notified)
    if state.timer is not None:
        data["timer"] = state.timer.isoformat()
    if state.entered_on is not None:
        data["entered"] = state.entered_on.isoformat()
    return data


def state_from_data(*, seq: int, step: str, outcome: str | None, data: Mapping[str, Any]) -> State:
    """The state as the row keeps it."""
    notified, timer = data.get("notified"), data.get("timer")
    return State(
        seq=seq,
        step=step,
        outcome=outcome,
        timer=datetime.fromisoformat(timer) if timer else None,
        clocks={name: Clock.from_data(c) for name, c in data.get("clocks", {}).items()},
        facts=data.get("facts", {}),
        place=data.get("place", ""),
        situations=frozenset(data.get("situations", ())),
        actors={step: tuple(ids) for step, ids in data.get("actors", {}).items()},
        votes=data.get("votes", {}),
        heard=data.get("heard", {}),
        entered_on=date.fromisoformat(data["entered"]) if "entered" in data else None,
        offered=frozenset(data.get("offered", ())),
        received=frozenset(data.get("received", ())),
        brought=frozenset(data.get("brought", ())),
        notified=None if notified is None else frozenset(notified),
        owed=data.get("owed", {}),
        shared=data.get("shared", {}),
        special=frozenset(data.get("special", ())),
        done=tuple(data.get("done", ())),
    )
