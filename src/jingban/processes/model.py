"""The procedure language: what a file under ``rulebook/national/processes`` may say.

The vocabulary is closed on purpose (design, section 3). A procedure has one open step at a time;
forks are ordered ways, waiting is a step that receives, time is a limit by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Outcome = Literal[
    "granted", "granted_in_part", "refused", "not_accepted", "withdrawn", "lapsed", "referred", "ended"
]


def _as_tuple(value: Any) -> Any:
    """Let a file write one name where a list of one is meant."""
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Model(BaseModel):
    """Frozen, and closed: an unknown word is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Way(Model):
    """One of several ways out of an act; the last has no ``when``."""

    to: str
    when: str | None = None
    name: str | None = None


class Act(Model):
    """What somebody may do in a step, and what follows from it."""

    name: str
    to: str | tuple[Way, ...]
    needs: Names = ()
    effect: Names = ()
    document: Names = ()
    sends: Names = ()
    starts: Names = ()
    ends: Names = ()
    batch: bool = False

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        return (Way(to=self.to),) if isinstance(self.to, str) else self.to

    @property
    def main_target(self) -> str:
        """Where it usually goes on: the way that needs no condition."""
        return self.ways[-1].to


class Common(Model):
    """An act allowed in many steps, or on a closed case (withdraw, extend, 容缺, 承诺, correct)."""

    name: str
    by: Names
    where: Names = ()
    on_ends: bool = False
    to: str | None = None
    needs: Names = ()
    effect: Names = ()
    document: Names = ()
    limit: str | None = None
    """At most so long: working days of an extension or special procedure, time to bring what is owed."""
    extends: str | None = None
    pauses: Names = ()
    resumes: Names = ()
    records: Literal["owed", "settled", "correction"] | None = None


class After(Model):
    """What happens by itself when nobody acts: fired by ``tick``, dated to the instant it was due."""

    limit: str
    to: str
    document: Names = ()
    effect: Names = ()
    name: str | None = None


class Panel(Model):
    """Experts vote; who has an interest withdraws (回避)."""

    seats: int = Field(ge=1)
    quorum: int = Field(ge=1)
    passes: int = Field(ge=1, alias="pass")
    recuse: bool = True
    yes: str
    no: str


class Notice(Model):
    """Public notice (公示): quiet until the limit, or somebody objects."""

    limit: str
    quiet: str
    objection: str


class Receives(Model):
    """Wait for messages or other cases' outcomes; each result has its way."""

    any: Names = ()
    all: Names = ()
    ways: dict[str, Act]

    @property
    def messages(self) -> tuple[str, ...]:
        return self.any or self.all

    @model_validator(mode="after")
    def _one_of_both(self) -> Receives:
        if bool(self.any) == bool(self.all):
            raise ValueError("receives: 只写 any 或 all 其中之一")
        return self


class Step(Model):
    """A place where a case can stand open: whose turn it is and what may be done."""

    name: str
    by: Names
    at: str = "agency"
    text: str | None = None
    printed: bool = True
    not_by: Names = ()
    do: dict[str, Act] = {}
    after: After | None = None
    receives: Receives | None = None
    panel: Panel | None = None
    notice: Notice | None = None
    paused: Names = ()

    @property
    def is_system(self) -> bool:
        return self.by == ("system",) and bool(self.do)


class Follow(Model):
    """What comes after an end without reopening it: tax payment, signed receipt, archive."""

    name: str
    by: Names
    document: Names = ()
    needs: Names = ()


class End(Model):
    """Where a case ends, and with which legal outcome."""

    name: str
    outcome: Outcome
    text: str | None = None
    follows: dict[str, Follow] = {}


class ClockRule(Model):
    """A clock beside the two that every case has (statutory, promise): a segment of one agency."""

    name: str
    limit: str
    at: str = "agency"


class Application(Model):
    """How the case comes in, as the applicant sees it (申请、资料申报)."""

    name: str = "申请"
    by: Names = ("applicant",)
    text: str | None = None


class Message(Model):
    message: str


class Month(Model):
    month: Literal["closing"]


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow of the procedure, as charts, checks and the walk see it."""

    source: str
    act: str
    index: int
    target: str
    label: str
    kind: Literal["start", "act", "system", "timer", "message", "panel", "notice", "common", "follow"]
    when: str | None = None
    main: bool = False


START = "start"
PROMISE = "promise"
STATUTORY = "statutory"
RECOMPUTED = "recomputed"
MOVED = "move-version"
"""The event by which a case goes on under a newer version (``cases.moving``); changes nothing else of it."""
ASSIGNED = "assign-institution"
"""The event by which the agency says which institution a case is for (``cases.assigning``); nothing else changes."""
FIRED = frozenset({"after", "quiet", "owed-lapsed", RECOMPUTED})
"""Acts that only time does: ``tick``, and the new due days once a year is published."""


class Process(Model):
    """One procedure, national or after a region's overlay."""

    process: str
    name: str
    starts: Literal["application"] | Message | Month = "application"
    application: Application = Application()
    first: str | tuple[Way, ...]
    statutory: bool = True
    asks: Names = ()
    clocks: dict[str, ClockRule] = {}
    steps: dict[str, Step]
    ends: dict[str, End]
    common: dict[str, Common] = {}
    source: str | None = None

    @cached_property
    def first_ways(self) -> tuple[Way, ...]:
        return (Way(to=self.first),) if isinstance(self.first, str) else self.first

    @cached_property
    def parties(self) -> frozenset[str]:
        """Every role that has a step in it."""
        return frozenset(role for step in self.steps.values() for role in step.by)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every arrow, in reading order; the main road is marked."""
        return tuple(self._edges())

    @cached_property
    def limits(self) -> frozenset[str]:
        """Every limit that the procedure names."""
        steps = self.steps.values()
        named = {step.after.limit for step in steps if step.after}
        named |= {step.notice.limit for step in steps if step.notice}
        named |= {common.limit for common in self.common.values() if common.limit}
        return frozenset(named | {clock.limit for clock in self.clocks.values()})

    @cached_property
    def documents(self) -> frozenset[str]:
        """Every paper that some act, limit, message or end of the procedure issues or takes in."""
        steps = self.steps.values()
        acts = [act for step in steps for act in step.do.values()]
        acts += [act for step in steps if step.receives for act in step.receives.ways.values()]
        named = [act.document for act in acts] + [c.document for c in self.common.values()]
        named += [step.after.document for step in steps if step.after]
        named += [f.document for end in self.ends.values() for f in end.follows.values()]
        return frozenset(name for names in named for name in names)

    @cached_property
    def main_path(self) -> tuple[str, ...]:
        """Keys from the first step to the usual end, each once."""
        path: list[str] = []
        here = self.first_ways[-1].to
        while here not in path:
            path.append(here)
            onward = next((e.target for e in self.edges if e.source == here and e.main), None)
            if onward is None:
                break
            here = onward
        return tuple(path)

    def _edges(self) -> Iterator[Edge]:
        yield from _ways(START, "apply", self.application.name, self.first_ways, "start", main=True)
        for key, step in self.steps.items():
            yield from self._step_edges(key, step)
        for key, common in self.common.items():
            for where in common.where:
                yield Edge(where, key, 0, common.to or where, common.name, "common")
        for key, end in self.ends.items():
            for name, follow in end.follows.items():
                yield Edge(key, name, 0, key, follow.name, "follow")
            for name, common in self.common.items():
                if common.on_ends and common.to is None:
                    yield Edge(key, name, 0, key, common.name, "common")

    @staticmethod
    def _step_edges(key: str, step: Step) -> Iterator[Edge]:
        main = True
        if step.panel:
            yield Edge(key, "vote", 0, step.panel.yes, "通过", "panel", main=True)
            yield Edge(key, "vote", 1, step.panel.no, "不通过", "panel")
            main = False
        if step.notice:
            yield Edge(key, "quiet", 0, step.notice.quiet, "公示期满无异议", "notice", main=main)
            yield Edge(key, "object", 0, step.notice.objection, "有异议", "notice")
            main = False
        if step.receives:
            for result, act in step.receives.ways.items():
                yield from _ways(key, result, act.name, act.ways, "message", main=main)
                main = False
        kind: Literal["system", "act"] = "system" if step.is_system else "act"
        for name, act in step.do.items():
            yield from _ways(key, name, act.name, act.ways, kind, main=main)
            main = False
        if step.after:
            yield Edge(key, "after", 0, step.after.to, step.after.name or "逾期", "timer", main=main)


def _ways(
    source: str,
    act: str,
    label: str,
    ways: tuple[Way, ...],
    kind: Literal["start", "act", "system", "message"],
    *,
    main: bool,
) -> Iterator[Edge]:
    last = len(ways) - 1
    for index, way in enumerate(ways):
        text = way.name or label
        yield Edge(source, act, index, way.to, text, kind, way.when, main and index == last)
