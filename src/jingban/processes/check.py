"""Prove a procedure before it is published: every step reachable, every path ends, every act has a role."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from jingban.processes.model import FIRED, PROMISE, STATUTORY, Act, Common, Process, Step, Way
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
    found += [*_common(process), *_follows(process), *_silent_refusals(process), *_unasked(process)]
    if roles is not None:
        found += [f"角色 {name} 不在 roles.yaml 中" for name in sorted(_roles(process) - set(roles))]
    if limits is not None:
        found += [f"期限 {name} 没有对应的参数文件" for name in sorted(process.limits - set(limits))]
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
    yield from _who(step)
    if not (step.do or step.receives or step.panel or step.notice or step.after):
        yield "没有人能做任何事，也没有期限"
    if step.after and step.notice:
        yield "after 与 notice 只能有一个，二者都靠期限触发"
    if step.panel and not step.panel.passes <= step.panel.quorum <= step.panel.seats:
        yield "表决人数应满足 通过票数 ≤ 法定人数 ≤ 席位"
    yield from (f"not_by 写了不存在的环节 {made}" for made in step.not_by if made not in process.steps)
    yield from (f"paused 写了不存在的时钟 {c}" for c in step.paused if c not in _clocks(process))
    yield from _names(process, step)
    for name, act in _acts(step):
        yield from (f"行为 {name}（{act.name}）：{text}" for text in _act(process, act))


def _who(step: Step) -> Iterator[str]:
    """Every act has a role; a step of the system passes by itself, so it can ask nobody anything."""
    if not step.by:
        yield "没有写由谁办理（by）"
    if step.by != ("system",):
        return
    if len(step.do) != 1 and not (step.receives and not step.do):
        yield "系统环节必须恰有一个行为"
    if step.do and (step.receives or step.panel or step.notice or step.after):
        yield "系统环节进入即过，不能再等来函、表决、公示或期限"
    for name, act in step.do.items():
        if act.needs:
            yield f"行为 {name}（{act.name}）由系统办理，不能要求填写 {'、'.join(act.needs)}"


def _names(process: Process, step: Step) -> Iterator[str]:
    """Two acts of one name cannot be told apart, and words of the engine are its own."""
    taken = set() if step.is_system else {*FIRED, "receive"}
    taken |= {"vote", "recuse"} if step.panel else set()
    taken |= {"object"} if step.notice else set()
    for name in step.do:
        if name in process.common:
            yield f"行为 {name} 与共用行为重名，请改名"
        elif name in taken:
            yield f"行为 {name} 是程序保留的名称，请改名"


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
    if not ways:
        yield "没有写去向（to）"
        return
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
        yield from (f"共用行为 {key}：{text}" for text in _common_act(process, common))
    for fact in process.asks:
        if fact not in FACTS:
            yield f"asks 写了不认识的内容 {fact}；可用：{'、'.join(FACTS)}"
    yield from (f"首个环节：{text}" for text in _ways(process.first_ways))


def _common_act(process: Process, common: Common) -> Iterator[str]:
    if not common.by:
        yield "没有写由谁办理（by）"
    for need in common.needs:
        if need not in NEEDS and need not in FACTS:
            yield f"needs 写了不认识的内容 {need}"
    for clock in (*common.pauses, *common.resumes, *((common.extends,) if common.extends else ())):
        if clock not in _clocks(process):
            yield f"写了不存在的时钟 {clock}"
    if common.extends and "working_days" not in common.needs:
        yield "延长期限必须写明工作日数（needs: [working_days]）"
    if common.records == "owed" and not (
        "owed_due" in common.needs and {"owed_materials", "promised_materials"} & set(common.needs)
    ):
        yield "容缺或承诺必须写明材料和补交期限（needs: [owed_materials 或 promised_materials, owed_due]）"
    if common.records == "settled" and "settled_materials" not in common.needs:
        yield "补交或核实必须写明材料（needs: [settled_materials]）"


def _silent_refusals(process: Process) -> Iterator[str]:
    """A refusal that nobody signs: by a timer, a vote, an objection or a common act without reason and basis."""
    for edge in process.edges:
        end = process.ends.get(edge.target)
        if end is None or end.outcome not in REFUSALS or edge.source in process.ends:
            continue
        common = process.common.get(edge.act)
        if edge.kind in ("timer", "panel", "notice") or (
            edge.kind == "common" and common and not {"reason", "basis"} <= set(common.needs)
        ):
            yield f"{edge.source} 的“{edge.label}”直接通向“{end.name}”，请先经过一个写明理由和依据的环节"


def _unasked(process: Process) -> Iterator[str]:
    """A fork by what an act states, while no act states it: its last way would always be taken."""
    acts = [act for step in process.steps.values() for _, act in _acts(step)]
    stated = {need for act in acts for need in act.needs if need in FACTS}
    for edge in process.edges:
        fact = PREDICATES[edge.when].fact if edge.when in PREDICATES else None
        if fact and FACTS[fact].asked == "act" and fact not in stated:
            yield f"{edge.source} 的条件 {edge.when} 要看 {fact}，却没有行为填写它（needs: [{fact}]）"


def _follows(process: Process) -> Iterator[str]:
    for key, end in process.ends.items():
        for name, follow in end.follows.items():
            if not follow.by:
                yield f"结局 {key} 的后续 {name} 没有写由谁办理（by）"
            if name in process.common:
                yield f"结局 {key} 的后续 {name} 与共用行为重名，请改名"
            for need in follow.needs:
                if need not in NEEDS and need not in FACTS:
                    yield f"结局 {key} 的后续 {name} 的 needs 写了不认识的内容 {need}"


def _clocks(process: Process) -> set[str]:
    return {PROMISE, STATUTORY, *process.clocks}


def _roles(process: Process) -> set[str]:
    roles = {role for step in process.steps.values() for role in step.by}
    roles |= {role for common in process.common.values() for role in common.by}
    roles |= {role for end in process.ends.values() for f in end.follows.values() for role in f.by}
    return roles | set(process.application.by)
