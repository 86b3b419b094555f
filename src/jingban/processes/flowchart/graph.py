"""From a procedure to what is drawn: boxes, decisions, ends, and the arrows between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.processes.model import START, Application, End, Message, Process, Step
from jingban.processes.model import Edge as Arrow
from jingban.processes.predicates import FACTS, PREDICATES

Kind = Literal["start", "box", "diamond", "end", "follow", "chip"]

_QUESTIONS = {
    "channel": "网上或自助办理？",
    "direction": "转移方向？",
    "stay": "就医类型？",
    "hardship": "困难类型？",
    "person": "是否新参保？",
    "account_balance": "个人账户有余额？",
    "violations": "有违规费用？",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One drawn shape. ``step`` is the key of the step or end that it shows."""

    id: str
    kind: Kind
    name: str
    second: str = ""
    lane: str = ""
    step: str | None = None
    outcome: str = ""
    hint: tuple[float, float] | None = None  # a fixed size, where the notation demands one (BPMN)


@dataclass(frozen=True, slots=True)
class Edge:
    """One drawn arrow; the primary one of a node goes straight down."""

    source: str
    target: str
    label: str = ""
    primary: bool = False
    timer: bool = False
    dashed: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """What the layout needs to know; it knows nothing of procedures."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    lanes: Mapping[str, str]
    root: str


@cache
def role_names() -> Mapping[str, str]:
    """Chinese names of the roles, from the rulebook."""
    path = rulebook_root() / "national" / "roles.yaml"
    return {key: str(role["name"]) for key, role in read_data(path).items()}


def who(by: tuple[str, ...], roles: Mapping[str, str]) -> str:
    return "、".join(roles.get(role, role) for role in by)


def start_text(process: Process) -> str:
    """How the case comes in, in a few words."""
    named = process.application.name
    if process.starts == "application" or named != Application().name:
        return named
    return "收到来函" if isinstance(process.starts, Message) else "月度关账"


def graph_of(process: Process, *, limits: Mapping[str, str], roles: Mapping[str, str] | None = None) -> Graph:
    """The chart of a procedure; common acts are told in the legend, not drawn."""
    return _Drawer(process, limits, role_names() if roles is None else roles).graph()


@dataclass(slots=True)
class _Drawer:
    process: Process
    limits: Mapping[str, str]
    roles: Mapping[str, str]
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def graph(self) -> Graph:
        process = self.process
        lane = process.application.by[0] if process.starts == "application" else self._first_lane()
        second = who(process.application.by, self.roles) if process.starts == "application" else ""
        self.nodes[START] = Node(START, "start", start_text(process), second, lane, START)
        for key, step in process.steps.items():
            self.nodes[key] = Node(key, "box", step.name, self._second(key, step), step.by[0], key)
        main_end = process.main_path[-1]
        if main_end in process.ends:
            last = process.main_path[-2] if len(process.main_path) > 1 else ""
            self._end(main_end, main_end, process.steps[last].by[0] if last else lane)
        for key in (START, *process.steps):
            self._exits(key)
        used = {node.lane for node in self.nodes.values()}
        order = dict.fromkeys(node.lane for node in self._in_reading_order())
        lanes = {key: self.roles.get(key, key) for key in order if key in used}
        return Graph(self.nodes, tuple(self.edges), lanes, START)

    def _in_reading_order(self) -> list[Node]:
        path = [START, *self.process.main_path]
        known = [self.nodes[key] for key in path if key in self.nodes]
        return known + list(self.nodes.values())

    def _first_lane(self) -> str:
        first = self.process.steps.get(self.process.first_ways[-1].to)
        return (first or self.process.application).by[0]

    def _second(self, key: str, step: Step) -> str:
        rule = step.after or step.notice
        limit = self.limits.get(key) or (self.limits.get(rule.limit, "") if rule else "")
        return " · ".join(part for part in (who(step.by, self.roles), limit) if part)

    def _exits(self, key: str) -> None:
        """The arrows out of a step: acts through a decision where there are several, timers from the box."""
        arrows = [e for e in self.process.edges if e.source == key and e.kind not in ("common", "follow")]
        by_clock = [e for e in arrows if e.act == "after"]
        chosen = self._joined(key, [e for e in arrows if e.act != "after"])
        lane = self.nodes[key].lane
        if len(chosen) > 1:
            decision = f"{key}?"
            usual = next((self._act_name(key, e) for e in arrows if e.main), "")
            question = _question(self.process, key, arrows, usual)
            self.nodes[decision] = Node(decision, "diamond", question, lane=lane, step=key)
            self.edges.append(Edge(key, decision, primary=True, key=key))
            for target, (label, main) in chosen.items():
                self._arrow(decision, target, label, lane, primary=main)
        else:
            for target in chosen:
                self._arrow(key, target, "", lane, primary=True)
        for arrow in by_clock:
            if arrow.target in chosen and len(chosen) == 1:
                continue  # the clock leads where the act leads; the limit stands in the box
            self._arrow(key, arrow.target, arrow.label, lane, primary=not chosen, timer=True)

    def _joined(self, key: str, arrows: list[Arrow]) -> dict[str, tuple[str, bool]]:
        """Arrows to the same target are one, with both names on it."""
        found: dict[str, tuple[str, bool]] = {}
        for arrow in arrows:
            label = self._label(key, arrow, arrows)
            before, main = found.get(arrow.target, ("", False))
            joined = label if not before or before == label else f"{before}／{label}"
            found[arrow.target] = (joined, main or arrow.main)
        return found

    def _label(self, key: str, arrow: Arrow, arrows: list[Arrow]) -> str:
        """The act's name; where the act forks, with the condition in words."""
        same = [a for a in arrows if a.act == arrow.act]
        if len(same) == 1 or arrow.kind in ("panel", "notice"):
            return arrow.label
        act = self._act_name(key, arrow)
        way = arrow.label if arrow.label != act else ""
        if not way:
            way = condition_words(arrow.when) if arrow.when in PREDICATES else "其他"
        return way if len(same) == len(arrows) else f"{act}：{way}"

    def _act_name(self, key: str, arrow: Arrow) -> str:
        step = self.process.steps.get(key)
        if step is None:
            return self.process.application.name
        act = step.receives.ways.get(arrow.act) if arrow.kind == "message" and step.receives else None
        act = act or step.do.get(arrow.act)
        return act.name if act else arrow.label

    def _arrow(
        self, source: str, target: str, label: str, lane: str, *, primary: bool, timer: bool = False
    ) -> None:
        if target in self.process.ends and target != self.process.main_path[-1]:
            shown = f"{target}@{source}"
            self._end(
                shown,
                target,
                lane,
                with_follows=not any(n.step == target and n.kind == "end" for n in self.nodes.values()),
            )
            target = shown
        self.edges.append(Edge(source, target, label, primary, timer, key=source))

    def _end(self, shown: str, key: str, lane: str, *, with_follows: bool = True) -> None:
        """An end; other ends than the usual one are drawn again beside each step that leads there."""
        end: End = self.process.ends[key]
        self.nodes[shown] = Node(shown, "end", end.name, lane=lane, step=key, outcome=end.outcome)
        above = shown
        for name, follow in end.follows.items() if with_follows else ():
            below = f"{shown}+{name}"
            second = who(follow.by, self.roles)
            self.nodes[below] = Node(below, "follow", follow.name, second, follow.by[0], f"{key}+{name}")
            self.edges.append(Edge(above, below, primary=True, dashed=True))
            above = below


def condition_words(name: str) -> str:
    """What a predicate asks, in the words of its fact."""
    predicate = PREDICATES[name]
    values = [word for value, word in FACTS[predicate.fact].values.items() if value in predicate.values]
    return "、".join(values) if len(values) <= 2 else f"{values[0]}等"


def _question(process: Process, key: str, arrows: list[Arrow], main: str) -> str:
    """What is decided here; a procedure names its acts, not its questions."""
    step = process.steps.get(key)
    acts = {e.act for e in arrows if e.act != "after"}
    asked = next((e.when for e in arrows if e.when), None)
    if len(acts) == 1 and asked in PREDICATES:
        return _QUESTIONS.get(PREDICATES[asked].fact, "符合条件？")
    if step is None:
        return "哪种情形？"
    if step.panel:
        return "表决通过？"
    if step.notice:
        return "有无异议？"
    if step.receives:
        return "结果如何？"
    main = main or step.name
    return f"{main}？" if "通过" in main or len(main) > 4 else f"是否{main}？"
