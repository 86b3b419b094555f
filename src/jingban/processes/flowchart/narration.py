"""The chart in words: for screen readers, and wherever a picture does not serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jingban.processes.flowchart.graph import condition_words, role_names, start_text, who
from jingban.processes.model import START, Process
from jingban.processes.predicates import PREDICATES


@dataclass(frozen=True, slots=True)
class Onward:
    """What may follow: the act's name, and where it leads."""

    act: str
    target: str
    name: str
    condition: str = ""
    by_clock: bool = False

    @property
    def text(self) -> str:
        when = f"（{self.condition}）" if self.condition else ""
        leads = "" if self.act == self.name else f"→{self.name}"
        return f"{self.act}{when}{leads}"


@dataclass(frozen=True, slots=True)
class Line:
    """One step or end, in order, with who acts, until when, and what may follow."""

    key: str
    number: int
    name: str
    who: str
    limit: str
    onward: tuple[Onward, ...]

    @property
    def text(self) -> str:
        inside = "，".join(part for part in (self.who, self.limit) if part)
        said = f"{self.number}. {self.name}" + (f"（{inside}）" if inside else "")
        return said + ("：" + "；".join(o.text for o in self.onward) if self.onward else "") + "。"


def as_text(
    process: Process, *, roles: Mapping[str, str] | None = None, limits: Mapping[str, str] = {}
) -> list[Line]:
    """The steps in reading order: the main road first, then its branches, then the ends."""
    names = role_names() if roles is None else roles
    road = [key for key in process.main_path if key in process.steps]
    steps = list(dict.fromkeys([START, *road, *process.steps]))
    lines = [_step_line(process, key, number, names, limits) for number, key in enumerate(steps, 1)]
    for key, end in process.ends.items():
        if key not in _reached(process):
            continue
        follows = tuple(Onward(f.name, name, f.name) for name, f in end.follows.items())
        lines.append(Line(key, len(lines) + 1, f"结果：{end.name}", "", "", follows))
    return lines


def _reached(process: Process) -> set[str]:
    return {edge.target for edge in process.edges if edge.kind not in ("common", "follow")}


def _step_line(
    process: Process, key: str, number: int, names: Mapping[str, str], limits: Mapping[str, str]
) -> Line:
    onward = tuple(
        Onward(
            edge.label,
            edge.target,
            _name(process, edge.target),
            condition_words(edge.when) if edge.when in PREDICATES else "",
            edge.act == "after",
        )
        for edge in process.edges
        if edge.source == key and edge.kind not in ("common", "follow")
    )
    if key == START:
        by = process.application.by if process.starts == "application" else ()
        return Line(key, number, start_text(process), who(by, names), "", onward)
    step = process.steps[key]
    rule = step.after or step.notice
    limit = limits.get(key) or (limits.get(rule.limit, "") if rule else "")
    return Line(key, number, step.name, who(step.by, names), limit, onward)


def _name(process: Process, key: str) -> str:
    return process.steps[key].name if key in process.steps else process.ends[key].name


def legend(process: Process) -> str:
    """One line for the common acts, which would clutter the picture."""
    everywhere = set(process.steps)
    said = []
    for common in process.common.values():
        if common.where:
            where = (
                ""
                if set(common.where) >= everywhere
                else ("（" + "、".join(dict.fromkeys(process.steps[k].name for k in common.where)) + "）")
            )
            said.append(("随时" if not where else "") + common.name + where)
        elif common.on_ends:
            said.append(f"{common.name}（办结后）")
    return "办理中还可以：" + "；".join(said) + "。" if said else ""
