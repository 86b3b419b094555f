"""The XML of a diagram, read safely: no document type, no entities, no element outside the subset."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from jingban.processes.bpmn.words import BPMN, OURS, BpmnRefused

MOST_BYTES = 4_000_000
_TASKS = ("userTask", "receiveTask", "serviceTask")
_NODES = {*_TASKS, "startEvent", "endEvent", "exclusiveGateway", "boundaryEvent"}
_OTHERS = {"sequenceFlow", "laneSet", "extensionElements", "documentation"}
_INSIDE = {
    "extensionElements",
    "documentation",
    "incoming",
    "outgoing",
    "messageEventDefinition",
    "timerEventDefinition",
    "conditionExpression",
    "lane",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow as it stands in the file."""

    key: str
    source: str
    target: str
    name: str | None
    condition: str | None
    act: dict[str, str] | None


def read_diagram(xml: str) -> Diagram:
    """Parse and look over; raises ``BpmnRefused`` for anything that is not the subset."""
    if len(xml.encode()) > MOST_BYTES:
        raise BpmnRefused(f"文件超过{MOST_BYTES // 1_000_000}MB，不予导入。")
    _refuse_document_type(xml)
    root = ET.fromstring(xml)  # noqa: S314  nothing that expands gets past the line above
    if root.tag != f"{{{BPMN}}}definitions":
        raise BpmnRefused("这不是BPMN 2.0文件（根元素应为 definitions）。")
    bodies = root.findall(f"{{{BPMN}}}process")
    if len(bodies) != 1:
        raise BpmnRefused(f"文件中有{len(bodies)}个流程（process），应恰有一个。")
    for element in bodies[0]:
        tag = _local(element)
        if tag not in _NODES | _OTHERS:
            raise BpmnRefused(_refusal(tag, element))
        for part in element if tag in _NODES else ():
            if _local(part) not in _INSIDE:
                raise BpmnRefused(_refusal(_local(part), element))
    return Diagram(root, bodies[0])


def _refusal(tag: str, element: ET.Element) -> str:
    shown = element.get("name") or element.get("id") or "未命名"
    return (
        f"不支持 {tag}（{shown}）：只认任务、排他网关、开始和结束事件、定时和消息边界事件。请改画后再导入。"
    )


def _refuse_document_type(xml: str) -> None:
    """A document type could pull in other files or swell without end; no diagram needs one."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise BpmnRefused("文件含有DOCTYPE或实体声明，为安全起见不予导入；请用制图软件重新导出。")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise BpmnRefused(f"不是完整的XML文件：第{error.lineno}行有错。请检查文件后重试。") from error


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def ours_of(element: ET.Element, tag: str) -> Iterator[dict[str, str]]:
    """The attributes of each of our elements of this name."""
    for found in element.findall(f"{{{BPMN}}}extensionElements/{{{OURS}}}{tag}"):
        yield dict(found.attrib)


def attributes_of(element: ET.Element, tag: str) -> dict[str, str]:
    return next(ours_of(element, tag), {})


class Diagram:
    """Questions to the file: nodes, flows, lanes, messages."""

    def __init__(self, root: ET.Element, body: ET.Element) -> None:
        self.body = body
        self._nodes: dict[str, ET.Element] = {}
        for element in body:
            key = element.get("id", "")
            if _local(element) in _NODES:
                if not key or key in self._nodes:
                    raise BpmnRefused(f"编号（id）“{key}”为空或重复，请改为不同的编号。")
                self._nodes[key] = element
        self._messages = {e.get("id", ""): e.get("name", "") for e in root.findall(f"{{{BPMN}}}message")}
        self._lanes = {
            (member.text or "").strip(): attributes_of(lane, "lane").get("by", lane.get("name", ""))
            for lane in body.iter(f"{{{BPMN}}}lane")
            for member in lane.findall(f"{{{BPMN}}}flowNodeRef")
        }
        self._out: dict[str, list[Flow]] = {}
        self._read: set[str] = set()
        for element in body.findall(f"{{{BPMN}}}sequenceFlow"):
            flow = _flow(element)
            for end in (flow.source, flow.target):
                if end not in self._nodes:
                    raise BpmnRefused(f"连线 {flow.key} 接到不存在的“{end}”。")
            self._out.setdefault(flow.source, []).append(flow)

    def nodes(self, tag: str) -> Iterator[ET.Element]:
        return (element for element in self._nodes.values() if _local(element) == tag)

    def node(self, key: str) -> ET.Element:
        return self._nodes[key]

    def tasks(self) -> Iterator[ET.Element]:
        return (element for element in self._nodes.values() if _local(element) in _TASKS)

    def boundaries(self, task: ET.Element) -> list[ET.Element]:
        return [e for e in self.nodes("boundaryEvent") if e.get("attachedToRef") == task.get("id")]

    def out(self, element: ET.Element) -> list[Flow]:
        flows = self._out.get(element.get("id", ""), [])
        self._read |= {flow.key for flow in flows}
        return flows

    def refuse_unread(self) -> None:
        """Nothing is passed over in silence: every flow has been read as something."""
        for flows in self._out.values():
            for flow in flows:
                if flow.key not in self._read:
                    raise BpmnRefused(
                        f"连线 {flow.key}（{flow.source} → {flow.target}）所在的画法不支持。"
                        "只认：任务接排他网关、任务的边界事件。请改画后再导入。"
                    )

    def gateway(self, key: str) -> list[Flow] | None:
        """The flows out of a gateway; none where this is not one."""
        element = self._nodes[key]
        if _local(element) != "exclusiveGateway":
            return None
        flows = self.out(element)
        return [
            Flow(
                f.key,
                f.source,
                f.target,
                f.name,
                None if f.key == element.get("default") else f.condition,
                f.act,
            )
            for f in flows
        ]

    def place(self, flow: Flow) -> str:
        """The key of the step or end that a flow reaches."""
        element = self._nodes[flow.target]
        if _local(element) not in (*_TASKS, "endEvent"):
            raise BpmnRefused(
                f"连线 {flow.key} 应直接通向任务或结束事件，却通向 {_local(element)}（{flow.target}）。"
            )
        kind, dot, rest = flow.target.partition(".")
        return rest if dot and kind in ("step", "end") else flow.target

    def lane_of(self, task: ET.Element) -> tuple[str, ...]:
        name = self._lanes.get(task.get("id", ""))
        if not name:
            raise BpmnRefused(f"任务“{task.get('name')}”不在任何泳道里：泳道写明由谁办理。")
        return tuple(name.split())

    def text(self, element: ET.Element) -> str | None:
        found = element.find(f"{{{BPMN}}}documentation")
        return None if found is None else found.text or ""

    def message_of(self, event: ET.Element) -> str | None:
        found = event.find(f"{{{BPMN}}}messageEventDefinition")
        return None if found is None else self.message_named(found)

    def message_named(self, element: ET.Element) -> str:
        key = element.get("messageRef", "")
        if key not in self._messages:
            raise BpmnRefused(f"“{element.get('name') or element.get('id')}”引用了不存在的消息“{key}”。")
        return self._messages[key]

    def timer_of(self, event: ET.Element) -> tuple[str, str] | None:
        found = event.find(f"{{{BPMN}}}timerEventDefinition")
        if found is None:
            return None
        for part in found:
            if _local(part) in ("timeDuration", "timeCycle"):
                return _local(part), (part.text or "").strip()
        raise BpmnRefused(f"定时事件 {event.get('id')} 没有写明期限（timeDuration）。")


def _flow(element: ET.Element) -> Flow:
    asked = element.find(f"{{{BPMN}}}conditionExpression")
    return Flow(
        element.get("id", ""),
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        element.get("name"),
        None if asked is None else (asked.text or "").strip(),
        next(ours_of(element, "act"), None),
    )
