"""Prove a procedure before it is published: every step reachable, every path ends, every act has a role."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from jingban.processes.model import PROMISE, STATUTORY, Act, Process, Step, Way
from jingban.processes.needs import NEEDS
from jingban.processes.predicates import FACTS, PREDICATES

REFUSALS = {"refused", "not_accepted"}


def problems(
    process: Process, *, limits: Collection[str] | None = None, roles: Collection[str] | None = None
) -> list[str]:
    """What is wrong with the procedure, a sentence each in Chinese; empty when it may be published.

    Names of limits and roles are checked where the caller knows them.
    """
    found = [*_targets(process)]
    if found:
        return found
    found += _reach(process)
    found += _system_circles(process)
    for key, step in process.steps.items():
        found += [f"环节 {key}（{step.name}）：{text}" for text in _step(process, key, step)]
    found += _common(process)
    if roles is not None:
        found += [f"角色 {name} 不在 roles.yaml 中" for name in sorted(_roles(process) - set(roles))]
    if limits is not None:
        found += [f"期限 {name} 没有对应的参数文件" for name in sorted(_limits(process) - set(limits))]
    return found


def _targets(process: Process) -> Iterator[str]:
    known = process.steps.keys() | process.ends.keys()
    for both in process.steps.keys() & process.ends.keys():
        yield f"{both} 既是环节又是结局，请改名"
    for edge in process.edges:
        if edge.target not in known:
            yield f"{edge.source} 的“{edge.label}”去往不存在的环节 {edge.target}"
        if edge.source not in known and edge.source != "start":
            yield f"共用行为“{edge.label}”写在不存在的环节 {edge.source}"


def _reach(process: Process) -> Iterator[str]:
    forward: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for edge in process.edges:
        forward.setdefault(edge.source, set()).add(edge.target)
        if edge.kind != "common":
            back.setdefault(edge.target, set()).add(edge.source)
    reached = _closure({"start"}, forward)
    for key in (*process.steps, *process.ends):
        if key not in reached:
            yield f"{key} 无法到达：没有任何行为通向它"
    closing = _closure(set(process.ends), back)
    for key in process.steps:
        if key not in closing:
            yield f"环节 {key} 走不到任何结局"


def _closure(seeds: set[str], arrows: dict[str, set[str]]) -> set[str]:
    found, todo = set(seeds), list(seeds)
    while todo:
        for onward in arrows.get(todo.pop(), set()) - found:
            found.add(onward)
            todo.append(onward)
    return found


def _system_circles(process: Process) -> Iterator[str]:
    system = {key for key, step in process.steps.items() if step.is_system}
    arrows = {
        key: {e.target for e in process.edges if e.source == key and e.target in system} for key in system
    }
    for key in sorted(system):
        if key in _closure(set(arrows[key]), arrows):
            yield f"系统环节 {key} 自己绕回自己，会无止境运行"


def _step(process: Process, key: str, step: Step) -> Iterator[str]:
    if step.by == ("system",):
        if len(step.do) != 1 and not step.receives:
            yield "系统环节必须恰有一个行为"
    if not (step.do or step.receives or step.panel or step.notice or step.after):
        yield "没有人能做任何事，也没有期限"
    if step.after and step.notice:
        yield "after 与 notice 只能有一个，二者都靠期限触发"
    if step.panel and not step.panel.passes <= step.panel.quorum <= step.panel.seats:
        yield "表决人数应满足 通过票数 ≤ 法定人数 ≤ 席位"
    for made in step.not_by:
        if made not in process.steps:
            yield f"not_by 写了不存在的环节 {made}"
    for clock in step.paused:
        if clock not in _clocks(process):
            yield f"paused 写了不存在的时钟 {clock}"
    for name, act in _acts(step):
        yield from (f"行为 {name}（{act.name}）：{text}" for text in _act(process, act))


def _acts(step: Step) -> Iterable[tuple[str, Act]]:
    yield from step.do.items()
    if step.receives:
        yield from step.receives.ways.items()


def _act(process: Process, act: Act) -> Iterator[str]:
    yield from _ways(act.ways)
    for need in act.needs:
        if need not in NEEDS and need not in FACTS:
            yield f"needs 写了不认识的内容 {need}"
    for clock in (*act.starts, *act.ends):
        if clock not in _clocks(process):
            yield f"写了不存在的时钟 {clock}"
    for way in act.ways:
        end = process.ends.get(way.to)
        if end and end.outcome in REFUSALS and not {"reason", "basis"} <= set(act.needs):
            yield f"通向“{end.name}”必须写明理由和依据（needs: [reason, basis]）"


def _ways(ways: tuple[Way, ...]) -> Iterator[str]:
    if ways[-1].when is not None:
        yield "最后一条去向不能带条件，否则可能无路可走"
    for way in ways[:-1]:
        if way.when is None:
            yield f"去向 {way.to} 不带条件，后面的去向永远走不到"
    for way in ways:
        if way.when is not None and way.when not in PREDICATES:
            yield f"条件 {way.when} 不认识；可用：{'、'.join(PREDICATES)}"


def _common(process: Process) -> Iterator[str]:
    for key, common in process.common.items():
        for where in common.where:
            if where in process.ends:
                yield f"共用行为 {key} 写在结局 {where} 上，请改用 on_ends"
        for need in common.needs:
            if need not in NEEDS and need not in FACTS:
                yield f"共用行为 {key} 的 needs 写了不认识的内容 {need}"
    yield from (f"首个环节：{text}" for text in _ways(process.first_ways))


def _clocks(process: Process) -> set[str]:
    return {PROMISE, STATUTORY, *process.clocks}


def _roles(process: Process) -> set[str]:
    roles = {role for step in process.steps.values() for role in step.by}
    roles |= {role for common in process.common.values() for role in common.by}
    roles |= {role for end in process.ends.values() for f in end.follows.values() for role in f.by}
    return roles | set(process.application.by)


def _limits(process: Process) -> set[str]:
    limits = {step.after.limit for step in process.steps.values() if step.after}
    limits |= {step.notice.limit for step in process.steps.values() if step.notice}
    return limits | {clock.limit for clock in process.clocks.values()}
