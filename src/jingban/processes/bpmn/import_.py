"""BPMN 2.0 back to a procedure: the structured subset that export writes; anything else is refused by name.

Nothing in the file is ever evaluated: conditions are matched against the few forms that we know.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from jingban.processes.bpmn.reading import Diagram, Flow, attributes_of, ours_of, read_diagram
from jingban.processes.bpmn.words import (
    BPMN,
    MONTHLY,
    STILL_WAITING,
    BpmnRefused,
    choice_of,
    names_in,
    passes_of,
    predicate_of,
    quorum_of,
)
from jingban.processes.model import Process

Data = dict[str, Any]
_LISTS = (
    "needs",
    "effect",
    "document",
    "sends",
    "starts",
    "ends",
    "by",
    "where",
    "pauses",
    "resumes",
    "not_by",
    "paused",
)


def from_bpmn(xml: str) -> Process:
    """The procedure that the diagram describes; raises ``BpmnRefused`` in words for policy officers."""
    diagram = read_diagram(xml)
    data = _Reader(diagram).process()
    diagram.refuse_unread()
    try:
        return Process.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BpmnRefused(f"图中内容不完整：{where}（{first['msg']}）。请补全后再导入。") from error


class _Reader:
    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram

    def process(self) -> Data:
        diagram = self.diagram
        body = attributes_of(diagram.body, "procedure")
        start = next(iter(diagram.nodes("startEvent")), None)
        if start is None or len(list(diagram.nodes("startEvent"))) > 1:
            raise BpmnRefused("图中应恰有一个开始事件（startEvent）。")
        application = _said(attributes_of(start, "application"))
        application |= {"name": start.get("name", "申请"), "text": diagram.text(start)}
        data: Data = {
            "process": _bare(diagram.body.get("id", "")),
            "name": diagram.body.get("name", ""),
            "application": _kept(application),
            "starts": self._starts(start),
            "first": self._way_out(self._only(diagram.out(start), start)),
            "statutory": body.get("no_statutory") != "true",
            "source": body.get("source"),
            "asks": names_in(body, "asks"),
            "clocks": _keyed(ours_of(diagram.body, "clock")),
            "steps": {_bare(t.get("id", "")): self._step(t) for t in diagram.tasks()},
            "ends": {_bare(e.get("id", "")): self._end(e) for e in diagram.nodes("endEvent")},
            "common": self._common(),
        }
        return data

    def _starts(self, start: ET.Element) -> Any:
        if (message := self.diagram.message_of(start)) is not None:
            return {"message": message}
        timer = self.diagram.timer_of(start)
        if timer is None:
            return "application"
        if timer != ("timeCycle", MONTHLY):
            raise BpmnRefused(f"不支持开始事件的定时“{timer[1]}”：只认每月一次（{MONTHLY}）。")
        return {"month": "closing"}

    def _step(self, task: ET.Element) -> Data:
        diagram = self.diagram
        step = _said(attributes_of(task, "step"))
        step["printed"] = step.pop("unprinted", "") != "true"
        step |= {"name": task.get("name", ""), "text": diagram.text(task), "by": diagram.lane_of(task)}
        if task.tag == f"{{{BPMN}}}serviceTask" and step["by"] != ("system",):
            raise BpmnRefused(f"服务任务（serviceTask）“{step['name']}”应在泳道“system”内。")
        hears = task.tag == f"{{{BPMN}}}receiveTask"
        self._choices(step, task, diagram.out(task), "result" if hears else "act")
        if hears:
            self._hear(step, task, diagram.message_named(task))
        for event in diagram.boundaries(task):
            self._event(step, task, event)
        return _kept(step)

    def _event(self, step: Data, task: ET.Element, event: ET.Element) -> None:
        """A boundary event: a limit, the quiet end of a notice, a message, or a common act."""
        diagram = self.diagram
        if event.get("cancelActivity", "true") != "true":
            raise BpmnRefused(f"不支持不中断的边界事件（{event.get('id')}）；请改为中断的。")
        if (timer := diagram.timer_of(event)) is not None:
            goal = diagram.place(self._only(diagram.out(event), event))
            if "objection" in step.get("notice", {}):
                step["notice"] |= {"limit": timer[1], "quiet": goal}
            else:
                step["after"] = _said(attributes_of(event, "after")) | {"limit": timer[1], "to": goal}
        elif not self._is_common(event):
            self._choices(step, event, diagram.out(event), "result")
            self._hear(step, event, diagram.message_of(event) or "")

    def _hear(self, step: Data, where: ET.Element, messages: str) -> None:
        if "receives" not in step or not messages:
            raise BpmnRefused(f"“{where.get('name') or where.get('id')}”没有写明等待什么来函（messageRef）。")
        key = "all" if step["receives"].pop("loops", False) else "any"
        step["receives"][key] = tuple(messages.split())

    def _choices(self, step: Data, source: ET.Element, flows: list[Flow], default: str) -> None:
        """Every way out of a task: acts, results of a message, an objection, votes."""
        task = str(source.get("attachedToRef") or source.get("id", ""))
        if len(flows) > 1:
            raise BpmnRefused(f"“{source.get('name')}”有多条出线：请用排他网关（exclusiveGateway）分开。")
        if flows and (choices := self._asked(flows[0])):
            for flow in choices:
                choice = choice_of(flow.condition or "")
                if choice is None:
                    raise BpmnRefused(f"不支持条件“{flow.condition}”：办理行为应写成 act == '…'。")
                self._choose(step, task, choice.variable, choice.value, flow)
        elif flows:
            flow = flows[0]
            votes = self.diagram.gateway(flow.target)
            if votes is not None and any(quorum_of(f.condition or "") for f in votes):
                self._panel(step, task, votes)
            elif default == "act" and flow.act is None and self._has_notice(task):
                step["notice"] = {"objection": self.diagram.place(flow)}
            else:
                key = (flow.act or {}).get("key") or "go"
                self._choose(step, task, default, key, flow)

    def _asked(self, flow: Flow) -> list[Flow]:
        """The branches, where this flow leads to a gateway that asks which act or result it is."""
        branches = self.diagram.gateway(flow.target) if flow.act is None else None
        return branches if branches and any(choice_of(f.condition or "") for f in branches) else []

    def _has_notice(self, task: str) -> bool:
        """A notice is a task with a limit whose limit says nothing of its own."""
        return any(
            event.get("attachedToRef") == task
            and self.diagram.timer_of(event) is not None
            and not list(ours_of(event, "after"))
            for event in self.diagram.nodes("boundaryEvent")
        )

    def _choose(self, step: Data, task: str, variable: str, value: str, flow: Flow) -> None:
        if variable == "panel":
            self._panel(step, task, self.diagram.gateway(flow.target) or [])
        elif variable == "notice":
            step["notice"] = {"objection": self.diagram.place(flow)}
        elif variable == "result":
            receives = step.setdefault("receives", {"ways": {}})
            onward = self._past_waiting(receives, task, flow)
            receives["ways"][value] = self._act(flow, onward)
        else:
            step.setdefault("do", {})[value] = self._act(flow, flow)

    def _past_waiting(self, receives: Data, task: str, flow: Flow) -> Flow:
        """Where a result goes on once every message has come."""
        branches = self.diagram.gateway(flow.target) or []
        looping = [f for f in branches if f.condition == STILL_WAITING and f.target == task]
        if not looping:
            return flow
        receives["loops"] = True
        return next(f for f in branches if f not in looping)

    def _panel(self, step: Data, task: str, branches: list[Flow]) -> None:
        looping = [f for f in branches if quorum_of(f.condition or "") and f.target == task]
        passing = [f for f in branches if passes_of(f.condition or "")]
        others = [f for f in branches if f.condition is None]
        if not (len(looping) == len(passing) == len(others) == 1 and len(branches) == 3):
            raise BpmnRefused("表决网关应有三条出线：尚未投足（回到表决）、通过、其余不通过。")
        quorum, passes = passes_of(passing[0].condition or "") or (0, 0)
        said = attributes_of(self.diagram.node(task), "panel")
        step["panel"] = {
            "seats": said.get("seats", quorum),
            "quorum": quorum,
            "pass": passes,
            "recuse": said.get("recuse") == "true",
            "yes": self.diagram.place(passing[0]),
            "no": self.diagram.place(others[0]),
        }

    def _act(self, flow: Flow, onward: Flow) -> Data:
        said = _said(flow.act or {})
        said.pop("key", None)
        return {**said, "name": flow.name or "", "to": self._way_out(onward)}

    def _way_out(self, flow: Flow) -> Any:
        """The step or end that a flow reaches, or the ordered ways of a gateway that asks facts."""
        branches = self.diagram.gateway(flow.target)
        if branches is None:
            return self.diagram.place(flow)
        ways = []
        for branch in branches:
            when = predicate_of(branch.condition) if branch.condition else None
            ways.append(_kept({"to": self.diagram.place(branch), "when": when, "name": branch.name}))
        return tuple(ways)

    def _only(self, flows: list[Flow], source: ET.Element) -> Flow:
        if len(flows) != 1:
            raise BpmnRefused(f"“{source.get('name') or source.get('id')}”应恰有一条出线。")
        return flows[0]

    def _end(self, end: ET.Element) -> Data:
        data = _said(attributes_of(end, "end")) | {
            "name": end.get("name", ""),
            "text": self.diagram.text(end),
        }
        data["follows"] = _keyed(ours_of(end, "follow"))
        return _kept(data)

    def _is_common(self, event: ET.Element) -> bool:
        known = {said.get("key") for said in ours_of(self.diagram.body, "common")}
        return self.diagram.message_of(event) in known

    def _common(self) -> Data:
        found = _keyed(ours_of(self.diagram.body, "common"))
        for event, key in self._withdrawals():
            task = _bare(event.get("attachedToRef", ""))
            goal = self.diagram.place(self._only(self.diagram.out(event), event))
            if found[key].setdefault("to", goal) != goal:
                raise BpmnRefused(f"共用行为“{key}”在各环节应去往同一处。")
            found[key]["where"] = (*found[key].get("where", ()), task)
        return found

    def _withdrawals(self) -> Iterator[tuple[ET.Element, str]]:
        for event in self.diagram.nodes("boundaryEvent"):
            if self._is_common(event):
                yield event, self.diagram.message_of(event) or ""


def _keyed(elements: Iterator[dict[str, str]]) -> Data:
    """Our elements that stand in a list, by their key."""
    found: Data = {}
    for said in map(_said, elements):
        key = said.pop("key", "")
        if not key:
            raise BpmnRefused("jb: 命名空间中的元素缺少 key。请用本系统重新导出后再改。")
        found[key] = said
    return found


def _said(attributes: dict[str, str]) -> Data:
    """Attributes of ours as the model wants them."""
    found: Data = {key: value for key, value in attributes.items() if key not in _LISTS}
    found |= {key: names_in(attributes, key) for key in _LISTS if key in attributes}
    for flag in ("batch", "on_ends"):
        if flag in found:
            found[flag] = found[flag] == "true"
    return found


def _kept(data: Data) -> Data:
    return {key: value for key, value in data.items() if value is not None}


def _bare(key: str) -> str:
    """``step.accept`` is the step ``accept``; a diagram drawn elsewhere keeps its own ids."""
    kind, dot, rest = key.partition(".")
    return rest if dot and kind in ("step", "end", "process") else key
