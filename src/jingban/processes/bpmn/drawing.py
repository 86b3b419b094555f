"""The diagram of an exported procedure (BPMN DI): our own layout, a lane per role, time running down."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from jingban.processes.bpmn.words import BPMN, BPMNDI, DC, DI
from jingban.processes.flowchart.graph import Edge, Graph, Kind, Node
from jingban.processes.flowchart.layout import Box, Chart, laid_out

Points = list[tuple[float, float]]

_SIZE: dict[Kind, tuple[float, float]] = {
    "box": (132.0, 64.0),
    "diamond": (50.0, 50.0),
    "start": (36.0, 36.0),
    "end": (36.0, 36.0),
}
_KINDS: dict[str, Kind] = {
    "startEvent": "start",
    "endEvent": "end",
    "exclusiveGateway": "diamond",
    "userTask": "box",
    "receiveTask": "box",
    "serviceTask": "box",
}
_EVENT = 24.0


def draw(root: ET.Element) -> None:
    """Append the diagram to the definitions."""
    body = next(root.iter(f"{{{BPMN}}}process"))
    flows = list(body.iter(f"{{{BPMN}}}sequenceFlow"))
    host = {e.get("id", ""): e.get("attachedToRef", "") for e in body.iter(f"{{{BPMN}}}boundaryEvent")}
    chart = laid_out(_graph(body, flows, host), lanes=True)
    diagram = ET.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", {"id": "diagram"})
    plane = ET.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", {"id": "plane", "bpmnElement": "collaboration"})
    _bounds(plane, "pool", 0, 0, chart.width, chart.height, flat=False)
    for number, lane in enumerate(chart.lanes):
        _bounds(plane, f"lane.{number}", lane.left, 0, lane.right - lane.left, chart.height, flat=False)
    for box in chart.boxes.values():
        if box.node.kind != "chip":
            _bounds(plane, box.node.id, box.left, box.top, box.shape.width, box.shape.height)
    ports = _event_ports(chart, host)
    for key, (x, y) in ports.items():
        _bounds(plane, key, x - _EVENT / 2, y - _EVENT / 2, _EVENT, _EVENT)
    for index, flow in enumerate(flows):
        _flow(plane, flow.get("id", ""), _way(chart, index, ports.get(flow.get("sourceRef", ""))))


def _graph(body: ET.Element, flows: list[ET.Element], host: dict[str, str]) -> Graph:
    lanes: dict[str, str] = {}
    lane_of: dict[str, str] = {}
    for lane in body.iter(f"{{{BPMN}}}lane"):
        lanes[lane.get("id", "")] = lane.get("name", "")
        for member in lane.iter(f"{{{BPMN}}}flowNodeRef"):
            lane_of[member.text or ""] = lane.get("id", "")
    kinds = {e.get("id", ""): _KINDS[t] for e in body if (t := e.tag.rpartition("}")[2]) in _KINDS}
    names = {e.get("id", ""): e.get("name", "") for e in body}
    edges: list[Edge] = []
    led: set[str] = set()
    for flow in flows:
        via = flow.get("sourceRef", "")
        source = host.get(via, via)
        is_first = source == via and source not in led
        led |= {source} if is_first else set()
        edges.append(Edge(source, flow.get("targetRef", ""), primary=is_first, timer=source != via))
    _spread_lanes(kinds, edges, lane_of, next(iter(lanes), ""))
    nodes = {
        key: Node(key, kind, names.get(key, ""), lane=lane_of[key], hint=_SIZE[kind])
        for key, kind in kinds.items()
    }
    return Graph(nodes, tuple(edges), lanes, "start")


def _spread_lanes(kinds: Iterable[str], edges: list[Edge], lane_of: dict[str, str], first: str) -> None:
    """Gateways and ends stand in the lane of what leads to them."""
    start = next((e.target for e in edges if e.source == "start"), "")
    lane_of.setdefault("start", lane_of.get(start, first))
    moved = True
    while moved:
        moved = False
        for edge in edges:
            if edge.source in lane_of and edge.target not in lane_of:
                lane_of[edge.target] = lane_of[edge.source]
                moved = True
    for key in kinds:
        lane_of.setdefault(key, first)


def _event_ports(chart: Chart, host: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Boundary events stand along the right side of their task."""
    ports: dict[str, tuple[float, float]] = {}
    for task in dict.fromkeys(host.values()):
        events = [event for event, at in host.items() if at == task]
        box = chart.boxes[task]
        for place, event in enumerate(events, 1):
            ports[event] = (box.right, box.top + box.shape.height * place / (len(events) + 1))
    return ports


def _way(chart: Chart, index: int, port: tuple[float, float] | None) -> Points:
    """The waypoints of a flow; where its line passed a chip, straight through."""
    points: Points = []
    for line in sorted((n for n in chart.lines if n.edge == index), key=lambda n: n.source.startswith("#")):
        if points and points[-1] != line.points[0]:
            points += _through(chart.boxes[line.source], points[-1], line.points[0])
        points += line.points
    if port is not None:
        x, y = port
        out = x + _EVENT / 2
        begin: Points = [(out, y)]
        if y != points[0][1]:
            begin += [(out + 4, y), (out + 4, points[0][1])]
        points = begin + points[1:]
    return points


def _through(chip: Box, into: tuple[float, float], out: tuple[float, float]) -> Points:
    """Corners between where a line enters a chip and where it leaves."""
    if into[1] == chip.y or abs(into[0] - chip.x) >= chip.shape.width / 2 - 0.01:
        middle = (out[0], into[1])
        if abs(out[0] - chip.x) >= chip.shape.width / 2 - 0.01:
            return [(chip.x, into[1]), (chip.x, out[1])]
        return [middle]
    return [(into[0], chip.y), (out[0], chip.y)]


def _bounds(
    plane: ET.Element, key: str, x: float, y: float, width: float, height: float, *, flat: bool = True
) -> None:
    shape = ET.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", {"id": f"{key}.shape", "bpmnElement": key})
    if not flat:
        shape.set("isHorizontal", "false")
    ET.SubElement(
        shape,
        f"{{{DC}}}Bounds",
        {
            "x": f"{x:.1f}",
            "y": f"{y:.1f}",
            "width": f"{width:.1f}",
            "height": f"{height:.1f}",
        },
    )


def _flow(plane: ET.Element, key: str, points: Points) -> None:
    edge = ET.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", {"id": f"{key}.edge", "bpmnElement": key})
    for x, y in points:
        ET.SubElement(edge, f"{{{DI}}}waypoint", {"x": f"{x:.1f}", "y": f"{y:.1f}"})
