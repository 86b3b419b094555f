"""A procedure as BPMN 2.0: tasks in lanes, exclusive gateways, boundary events, and a diagram.

A panel is a task that loops until its quorum has voted, not a multi-instance task: those hang in
engines that restore a case (measured), and a recused expert is not an instance.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from jingban.processes.bpmn.drawing import draw
from jingban.processes.bpmn.words import (
    BPMN,
    KEY,
    MONTHLY,
    OURS,
    PREFIXES,
    STILL_WAITING,
    XSI,
    BpmnRefused,
    Variable,
    choice_text,
    listed,
    loop_text,
    passed_text,
    predicate_text,
)
from jingban.processes.flowchart.graph import role_names, who
from jingban.processes.model import START, Act, After, Message, Month, Panel, Process, Receives, Step, Way

for _prefix, _uri in PREFIXES.items():
    ET.register_namespace(_prefix, _uri)

Branch = tuple[Variable, str, Act | None, str]
"""Variable and value that choose it, the act it carries (or none), where it leads."""


def to_bpmn(process: Process, *, roles: Mapping[str, str] | None = None) -> str:
    """BPMN 2.0 XML of the procedure, diagram included; ``roles`` gives the lanes their Chinese names."""
    root = ET.Element(
        f"{{{BPMN}}}definitions",
        {
            "id": "definitions",
            "targetNamespace": OURS,
            "exporter": "jingban",
        },
    )
    writer = _Writer(process, root, role_names() if roles is None else roles)
    writer.write()
    draw(root)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


class _Writer:
    def __init__(self, process: Process, root: ET.Element, roles: Mapping[str, str]) -> None:
        self.process = process
        self.roles = roles
        self.root = root
        collaboration = ET.SubElement(root, f"{{{BPMN}}}collaboration", {"id": "collaboration"})
        key = _key(process.process)
        ET.SubElement(
            collaboration,
            f"{{{BPMN}}}participant",
            {
                "id": "pool",
                "name": process.name,
                "processRef": f"process.{key}",
            },
        )
        self.body = ET.SubElement(
            root,
            f"{{{BPMN}}}process",
            {
                "id": f"process.{key}",
                "name": process.name,
                "isExecutable": "true",
            },
        )
        self.flows = 0
        self.messages: dict[str, str] = {}
        self.pending: list[ET.Element] = []  # flows come after what they join

    def write(self) -> None:
        process = self.process
        ours = self._extension(self.body)
        _ours(ours, "procedure", no_statutory=not process.statutory, source=process.source, asks=process.asks)
        for key, clock in process.clocks.items():
            _ours(ours, "clock", key=key, name=clock.name, limit=clock.limit, at=clock.at)
        self._common(ours)
        self._lanes()
        self._start()
        for key, step in process.steps.items():
            self._step(key, step)
        for key, common in process.common.items():
            for where in common.where if common.to else ():
                self._withdrawal(key, where)
        self._ends()
        self.body.extend(self.pending)
        for place, (name, key) in enumerate(self.messages.items()):
            element = ET.Element(f"{{{BPMN}}}message", {"id": key, "name": name})
            self.root.insert(place, element)

    def _extension(self, parent: ET.Element) -> ET.Element:
        return ET.SubElement(parent, f"{{{BPMN}}}extensionElements")

    def _add(self, tag: str, key: str, **attributes: str | None) -> ET.Element:
        given = {name: value for name, value in attributes.items() if value is not None}
        return ET.SubElement(self.body, f"{{{BPMN}}}{tag}", {"id": key, **given})

    def _common(self, ours: ET.Element) -> None:
        for key, common in self.process.common.items():
            # where and to of an act that moves the case stand in the diagram as boundary events
            where = () if common.to and common.where else common.where
            _ours(
                ours,
                "common",
                key=_key(key),
                name=common.name,
                by=common.by,
                where=where,
                on_ends=common.on_ends,
                to=None if common.where else common.to,
                needs=common.needs,
                effect=common.effect,
                document=common.document,
                limit=common.limit,
                extends=common.extends,
                pauses=common.pauses,
                resumes=common.resumes,
                records=common.records,
            )

    def _lanes(self) -> None:
        lanes: dict[tuple[str, ...], list[str]] = {}
        for key, step in self.process.steps.items():
            lanes.setdefault(step.by, []).append(f"step.{_key(key)}")
        lane_set = ET.SubElement(self.body, f"{{{BPMN}}}laneSet", {"id": "lanes"})
        for number, (by, members) in enumerate(lanes.items()):
            name = who(by, self.roles)
            lane = ET.SubElement(lane_set, f"{{{BPMN}}}lane", {"id": f"lane.{number}", "name": name})
            _ours(self._extension(lane), "lane", by=by)
            for member in members:
                ET.SubElement(lane, f"{{{BPMN}}}flowNodeRef").text = member

    def _start(self) -> None:
        process, application = self.process, self.process.application
        start = self._add("startEvent", "start", name=application.name)
        _document(start, application.text)
        _ours(self._extension(start), "application", by=application.by)
        if isinstance(process.starts, Message):
            self._message(start, process.starts.message, "start")
        elif isinstance(process.starts, Month):
            self._timer(start, "start", "timeCycle", MONTHLY)
        self._flow("start", self._to(START, "", process.first))

    def _step(self, key: str, step: Step) -> None:
        task = f"step.{_key(key)}"
        if step.is_system and (len(step.do) != 1 or step.receives or step.panel or step.notice or step.after):
            raise BpmnRefused(f"系统环节“{step.name}”应恰有一个行为、没有期限和来函，不能写成BPMN。")
        only_hears = bool(step.receives) and not (step.do or step.panel or step.notice)
        tag = "serviceTask" if step.is_system else "receiveTask" if only_hears else "userTask"
        element = self._add(tag, task, name=step.name)
        _document(element, step.text)
        ours = self._extension(element)
        _ours(ours, "step", at=step.at, not_by=step.not_by, paused=step.paused, unprinted=not step.printed)
        branches: list[Branch] = [
            ("act", name, act, self._to(key, name, act.to)) for name, act in step.do.items()
        ]
        if step.panel:
            _ours(ours, "panel", seats=str(step.panel.seats), recuse=step.panel.recuse)
            branches.append(("panel", "vote", None, self._votes(key, step.panel)))
        if step.notice:
            branches.append(("notice", "objection", None, self._place(step.notice.objection)))
            self._boundary_timer(key, step.notice.limit, step.notice.quiet, "quiet")
        if step.receives:
            branches += self._listen(key, step.receives, element if only_hears else None)
        self._branches(task, f"choice.{key}", branches)
        if step.after:
            self._boundary_timer(key, step.after.limit, step.after.to, "after", step.after)

    def _listen(self, key: str, receives: Receives, task: ET.Element | None) -> list[Branch]:
        """A step that only waits is a receive task; beside acts the message is a boundary event."""
        heard = self._heard(key, receives)
        name = listed(receives.messages)
        if task is not None:
            task.set("messageRef", self._message_key(name))
            return heard
        event = self._boundary(f"message.{key}", f"step.{key}", None)
        self._message(event, name, f"message.{key}")
        self._branches(f"message.{key}", f"results.{key}", heard)
        return []

    def _heard(self, key: str, receives: Receives) -> list[Branch]:
        """The ways of a message; waiting for all of several, the complete one loops until the last."""
        found: list[Branch] = []
        for index, (result, act) in enumerate(receives.ways.items()):
            goal = self._to(key, f"message.{_key(result)}", act.to)
            if receives.all and index == 0:
                gateway = f"waiting.{key}"
                self._add("exclusiveGateway", gateway, default=self._next_flow(2))
                self._flow(gateway, f"step.{key}", name="尚有来函未到", condition=STILL_WAITING)
                self._flow(gateway, goal)
                goal = gateway
            found.append(("result", result, act, goal))
        return found

    def _votes(self, key: str, panel: Panel) -> str:
        gateway = f"votes.{key}"
        self._add("exclusiveGateway", gateway, name="表决结果", default=self._next_flow(3))
        self._flow(
            gateway, self._place(panel.yes), name="通过", condition=passed_text(panel.quorum, panel.passes)
        )
        self._flow(gateway, f"step.{key}", name="尚未投足", condition=loop_text(panel.quorum))
        self._flow(gateway, self._place(panel.no), name="不通过")
        return gateway

    def _branches(self, source: str, gateway: str, branches: list[Branch]) -> None:
        """One branch is a flow of its own; several go through a gateway."""
        if len(branches) > 1:
            self._add("exclusiveGateway", gateway)
            self._flow(source, gateway)
        for variable, value, act, goal in branches:
            condition = choice_text(variable, _key(value)) if len(branches) > 1 else None
            name = act.name if act else {"panel": "表决", "notice": "有异议"}[variable]
            flow = self._flow(gateway if condition else source, goal, name=name, condition=condition)
            if act is not None:
                _act(flow, _key(value), act)

    def _to(self, key: str, act: str, to: str | tuple[Way, ...]) -> str:
        """Where an act leads: straight to a step, or to a gateway that asks facts."""
        if isinstance(to, str):
            return self._place(to)
        gateway = f"ways.{key}.{act}" if act else "ways"
        if to[-1].when is not None or any(way.when is None for way in to[:-1]):
            raise BpmnRefused(f"“{key}”的去向中，只有最后一条可以（且必须）不带条件，不能写成BPMN。")
        self._add("exclusiveGateway", gateway, default=self._next_flow(len(to)))
        for way in to:
            condition = predicate_text(way.when) if way.when else None
            self._flow(gateway, self._place(way.to), name=way.name, condition=condition)
        return gateway

    def _place(self, key: str) -> str:
        if key in self.process.steps:
            return f"step.{_key(key)}"
        if key in self.process.ends:
            return f"end.{_key(key)}"
        raise BpmnRefused(f"去往不存在的环节 {key}，不能写成BPMN；请先运行规则检查。")

    def _boundary(self, key: str, task: str, name: str | None) -> ET.Element:
        return self._add("boundaryEvent", key, name=name, attachedToRef=task, cancelActivity="true")

    def _boundary_timer(self, key: str, limit: str, goal: str, kind: str, after: After | None = None) -> None:
        name = "期满无异议" if kind == "quiet" else "逾期"
        event = self._boundary(f"{kind}.{key}", f"step.{key}", name)
        if after is not None:
            event.set("name", after.name or name)
            ours = self._extension(event)
            _ours(ours, "after", name=after.name, document=after.document, effect=after.effect)
        self._timer(event, f"{kind}.{key}", "timeDuration", limit)
        self._flow(f"{kind}.{key}", self._place(goal))

    def _withdrawal(self, key: str, where: str) -> None:
        """A common act that moves the case: a boundary event on every task where it is allowed."""
        common = self.process.common[key]
        event = self._boundary(f"common.{where}.{key}", f"step.{where}", common.name)
        self._message(event, key, f"common.{where}.{key}")
        self._flow(f"common.{where}.{key}", self._place(common.to or ""))

    def _message_key(self, name: str) -> str:
        return self.messages.setdefault(name, f"heard.{len(self.messages)}")

    def _message(self, event: ET.Element, name: str, key: str) -> None:
        ET.SubElement(
            event,
            f"{{{BPMN}}}messageEventDefinition",
            {
                "id": f"{key}.definition",
                "messageRef": self._message_key(name),
            },
        )

    def _timer(self, event: ET.Element, key: str, kind: str, text: str) -> None:
        definition = ET.SubElement(event, f"{{{BPMN}}}timerEventDefinition", {"id": f"{key}.definition"})
        timer = ET.SubElement(definition, f"{{{BPMN}}}{kind}", {f"{{{XSI}}}type": "bpmn:tFormalExpression"})
        timer.text = text

    def _ends(self) -> None:
        for key, end in self.process.ends.items():
            element = self._add("endEvent", f"end.{_key(key)}", name=end.name)
            _document(element, end.text)
            ours = self._extension(element)
            _ours(ours, "end", outcome=end.outcome)
            for name, follow in end.follows.items():
                _ours(
                    ours,
                    "follow",
                    key=_key(name),
                    name=follow.name,
                    by=follow.by,
                    document=follow.document,
                    needs=follow.needs,
                )

    def _next_flow(self, ahead: int) -> str:
        return f"flow.{self.flows + ahead}"

    def _flow(
        self, source: str, target: str, *, name: str | None = None, condition: str | None = None
    ) -> ET.Element:
        self.flows += 1
        flow = ET.Element(
            f"{{{BPMN}}}sequenceFlow",
            {
                "id": f"flow.{self.flows}",
                "sourceRef": source,
                "targetRef": target,
            },
        )
        if name is not None:
            flow.set("name", name)
        if condition is not None:
            asked = ET.SubElement(
                flow, f"{{{BPMN}}}conditionExpression", {f"{{{XSI}}}type": "bpmn:tFormalExpression"}
            )
            asked.text = condition
        self.pending.append(flow)
        return flow


def _key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise BpmnRefused(f"键“{key}”只能由字母、数字、连字符和下划线组成，才能写成BPMN；请改名。")
    return key


def _document(element: ET.Element, text: str | None) -> None:
    if text is not None:
        ET.SubElement(element, f"{{{BPMN}}}documentation").text = text


def _ours(parent: ET.Element, tag: str, **attributes: str | bool | tuple[str, ...] | None) -> None:
    """An element of our namespace; what is empty, false or not said is left out."""
    given: dict[str, str] = {}
    for name, value in attributes.items():
        if isinstance(value, tuple):
            value = listed(value) or None
        if value is not None and value is not False:
            given[name] = "true" if value is True else value
    ET.SubElement(parent, f"{{{OURS}}}{tag}", given)


def _act(flow: ET.Element, key: str, act: Act) -> None:
    extension = ET.Element(f"{{{BPMN}}}extensionElements")
    flow.insert(0, extension)
    _ours(
        extension,
        "act",
        key=key,
        needs=act.needs,
        effect=act.effect,
        document=act.document,
        sends=act.sends,
        starts=act.starts,
        ends=act.ends,
        batch=act.batch,
    )
