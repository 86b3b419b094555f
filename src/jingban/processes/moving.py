"""Whether a running case may go on under a newer version of its procedure (docs/algorithms/moving.md).

The check before publishing proves that from every step of the new procedure an end with a legal outcome is reached.
So what is asked here is only whether the case, as it stands, is a case that the new procedure could have brought
forth: nothing that it waits for, owes or remembers may be unknown there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from jingban.processes.model import PROMISE, START, STATUTORY, Process, Step
from jingban.processes.predicates import FACTS
from jingban.processes.state import State


@dataclass(frozen=True, slots=True)
class Ground:
    """What of the new version the answer needs beside its procedure."""

    materials: Set[str]
    """Every key that its checklists may name."""
    facts: Set[str]
    """Facts that it asks at the application, and has no second occasion to ask."""
    added_fields: tuple[str, ...] = ()
    """Labels of fields that it requires of this case and the old version did not: its effects may read them."""
    changed_fields: tuple[str, ...] = ()
    """Labels of fields whose answers it would read otherwise: another kind, or a choice that is gone."""
    is_opened: bool = False
    """Whether what only few might read (保密件) would become open."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What materials are called."""


def hindrances(old: Process, new: Process, state: State, ground: Ground) -> tuple[str, ...]:
    """Why the case cannot go on under the new procedure, in words; nothing where it is safe."""
    if not state.is_open:
        return ("已经办结，办结的件保持当时的版本。",)
    if old.process != new.process:
        return (f"新版本改用了另一个程序（{new.name}）。",)
    before, after = old.steps.get(state.step), new.steps.get(state.step)
    if before is None or after is None:
        return (f"新版本没有现在的环节“{before.name if before else state.step}”。",)
    return (*_step(before, after), *_remembered(old, new, state), *_known(state, ground))


def _step(before: Step, after: Step) -> Iterator[str]:
    """Who acts, what time does, what is waited for: as it was when the case came into the step."""
    if before.by != after.by:
        yield f"环节“{before.name}”的办理岗位变了，待办会找不到人。"
    if (before.after is None) != (after.after is None) or (
        before.after and after.after and before.after.limit != after.after.limit
    ):
        yield f"环节“{before.name}”的自动到期变了，已经起算的时间对不上。"
    if before.notice != after.notice:
        yield f"环节“{before.name}”的公示变了，公示已经开始。"
    if before.panel != after.panel:
        yield f"环节“{before.name}”的评审规则变了，评审已经开始。"
    if before.receives != after.receives:
        yield f"环节“{before.name}”等待的来函变了，发出的函会收不到答复。"
    if before.is_system != after.is_system:
        yield f"环节“{before.name}”由人办还是由系统办变了。"


def _remembered(old: Process, new: Process, state: State) -> Iterator[str]:
    """Steps, clocks and open matters by their names."""
    if lost := sorted(step for step in state.actors if step != START and step not in new.steps):
        listed = _listed(lost, {key: step.name for key, step in old.steps.items()})
        yield f"新版本没有办过的环节（{listed}），就查不出谁经办过，不能保证经办与复核分离。"
    clocks = set(new.clocks) | {PROMISE, STATUTORY}
    running = sorted(
        name for name, clock in state.clocks.items() if not clock.is_ended and name not in clocks
    )
    if running:
        listed = _listed(running, {key: clock.name for key, clock in old.clocks.items()})
        yield f"新版本没有正在计算的期限（{listed}）。"
    if lost := sorted(name for name in state.special if name not in new.common):
        listed = _listed(lost, {key: common.name for key, common in old.common.items()})
        yield f"新版本没有正在进行的特别程序（{listed}）。"
    if state.owed and not any(common.records == "settled" for common in new.common.values()):
        yield "本件有容缺或承诺待补，新版本没有补交、核实的办法。"


def _known(state: State, ground: Ground) -> Iterator[str]:
    """Materials and facts of the case, and what the new version would want to know beside them."""
    named = state.offered | state.received | state.brought | (state.notified or frozenset())
    named |= frozenset(state.owed) | frozenset(state.shared)
    if lost := sorted(named - frozenset(ground.materials)):
        yield f"新版本没有本件已收或已告知的材料（{_listed(lost, ground.names)}）。"
    if missing := sorted(frozenset(ground.facts) - frozenset(state.facts) - {"channel"}):
        listed = _listed(missing, {key: fact.label for key, fact in FACTS.items()})
        yield f"新版本在申请时要问的情况（{listed}），本件没有问过。"
    if ground.added_fields:
        yield f"新版本的申请表多了必填的栏目（{'、'.join(ground.added_fields)}），本件没有填。"
    if ground.changed_fields:
        yield f"新版本的申请表改了栏目的填法（{'、'.join(ground.changed_fields)}），本件填的对不上。"
    if ground.is_opened:
        yield "新版本不再是保密件，转过去会让更多的人看到。"


def _listed(keys: Iterable[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(key, key) for key in keys)
