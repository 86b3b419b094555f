"""From cells, paths and tracks to pixels: where every shape, line and label stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jingban.processes.flowchart.graph import Graph, Node
from jingban.processes.flowchart.placing import LABEL_SIZE, ZONE, Plan, placed
from jingban.processes.flowchart.routing import Path, routed
from jingban.processes.flowchart.sizes import TAG_LINE, Shape, shape_of
from jingban.processes.flowchart.text import widest, wrap
from jingban.processes.flowchart.tracks import Tracks, tracks_of

PHONE = 480.0
_MARGIN, _PAD, _STREET, _HEAD = 8.0, 7.0, 26.0, 40.0
_MOST_STEP, _LEAST_STEP = 11.0, 3.0


@dataclass(frozen=True, slots=True)
class Box:
    """A shape on the canvas."""

    node: Node
    shape: Shape
    x: float  # its middle
    y: float

    @property
    def left(self) -> float:
        return self.x - self.shape.width / 2

    @property
    def right(self) -> float:
        return self.x + self.shape.width / 2

    @property
    def top(self) -> float:
        return self.y - self.shape.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.shape.height / 2


@dataclass(frozen=True, slots=True)
class Label:
    """Words on an arrow; ``x`` is the side given by ``anchor``, ``y`` the top."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: str

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        wide = widest(self.lines, LABEL_SIZE)
        left = self.x - wide if self.anchor == "end" else self.x
        return (left, self.y, left + wide, self.y + len(self.lines) * TAG_LINE)


@dataclass(frozen=True, slots=True)
class Line:
    """One drawn line; an arrow through a chip is two, with the head on the second."""

    edge: int
    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    label: Label | None
    has_head: bool


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The finished layout."""

    graph: Graph
    boxes: Mapping[str, Box]
    lines: tuple[Line, ...]
    lanes: tuple[Lane, ...]
    width: float
    height: float


def laid_out(graph: Graph, *, lanes: bool) -> Chart:
    """Place, route and measure a graph; portrait charts are at most ``PHONE`` wide."""
    plan = placed(graph, lanes=lanes)
    paths = routed(plan)
    return _Sheet(graph, plan, paths, tracks_of(paths), lanes).chart()


@dataclass(slots=True)
class _Sheet:
    graph: Graph
    plan: Plan
    paths: Sequence[Path]
    tracks: Tracks
    lanes: bool
    step: float = _MOST_STEP
    zones: dict[int, float] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    widths: list[float] = field(default_factory=list)
    street_x: list[tuple[float, float]] = field(default_factory=list)  # begin, width
    middle_x: list[float] = field(default_factory=list)
    street_y: list[tuple[float, float]] = field(default_factory=list)  # first track, end
    middle_y: list[float] = field(default_factory=list)

    def chart(self) -> Chart:
        self._find_zones()
        self._choose_widths()
        gap = 14.0 if self.lanes else 0.0
        self.shapes = {
            key: self._stretched(key, shape_of(node, self.widths[self.plan.cell[key][0]] - gap))
            for key, node in self.plan.nodes.items()
        }
        self._columns()
        self._rows()
        boxes = {
            key: Box(self.plan.nodes[key], self.shapes[key], self.middle_x[column], self.middle_y[row])
            for key, (column, row) in self.plan.cell.items()
        }
        lines = tuple(self._line(number, path, boxes) for number, path in enumerate(self.paths))
        right = sum(self.street_x[-1]) + _MARGIN
        return Chart(self.graph, boxes, lines, self._lane_bands(right), right, self.street_y[-1][1] + _MARGIN)

    def _find_zones(self) -> None:
        """Streets in which words stand beside a decision are wider by the widest of them."""
        for path in self.paths:
            link = path.link
            if link.at in ("before", "after"):
                street = 2 * self.plan.cell[link.source][0] + (2 if link.at == "after" else 0)
                need = widest(wrap(link.label, LABEL_SIZE, ZONE), LABEL_SIZE) + 6
                self.zones[street] = max(self.zones.get(street, 0.0), need)

    def _tracks_in(self, flat: bool, street: int) -> int:
        return self.tracks.count.get((flat, street), 0)

    def _street_width(self, street: int) -> float:
        count, zone = self._tracks_in(False, street), self.zones.get(street, 0.0)
        is_inner = 0 < street < 2 * len(self.plan.columns)
        least = 18.0 if is_inner else 0.0
        return max(least, count * self.step + (_PAD if count else 0.0) + zone + (4.0 if zone else 0.0))

    def _streets_width(self) -> float:
        return sum(self._street_width(2 * i) for i in range(len(self.plan.columns) + 1))

    def _choose_widths(self) -> None:
        if self.lanes:
            hints = [n.hint[0] for n in self.plan.nodes.values() if n.hint]
            main, side = (max(hints) + 14,) * 2 if hints else (170.0, 130.0)
            self.widths = [side if is_side else main for is_side in self.plan.sides]
            return
        if len(self.plan.columns) == 1:
            self.widths = [224.0]
            return
        while self.step > _LEAST_STEP and PHONE - 2 * _MARGIN - self._streets_width() < 290:
            self.step -= 1.0
        room = PHONE - 2 * _MARGIN - self._streets_width()
        main = min(190.0, room * 0.55)
        self.widths = [main, min(170.0, room - main)]

    def _stretched(self, key: str, shape: Shape) -> Shape:
        """A shape is high enough for every line that meets its sides."""
        row = self.plan.cell[key][1]
        count = self._tracks_in(True, 2 * row + 1)
        height = max(shape.height, 2 * (count - 1) * self.step + 16)
        return Shape(shape.name, shape.second, shape.width, height)

    def _columns(self) -> None:
        x = _MARGIN
        for index, width in enumerate(self.widths):
            street = self._street_width(2 * index)
            self.street_x.append((x, street))
            self.middle_x.append(x + street + width / 2)
            x += street + width
        self.street_x.append((x, self._street_width(2 * len(self.widths))))

    def _rows(self) -> None:
        rows = 1 + max(row for _, row in self.plan.cell.values())
        high = [0.0] * rows
        below = [0.0] * (rows + 1)
        for key, (_, row) in self.plan.cell.items():
            high[row] = max(high[row], self.shapes[key].height)
        for path in self.paths:
            lines, row = self._words(path), self.plan.cell[path.link.source][1]
            if path.link.at == "below":
                below[row + 1] = max(below[row + 1], len(lines) * TAG_LINE + 6)
            elif path.link.at:
                row = self.plan.cell[path.link.target][1] if path.link.at == "after" else row
                high[row] = max(high[row], 2 * (len(lines) * TAG_LINE + 10 + self._above(row)))
        y = _MARGIN + (_HEAD if self.lanes else 0.0)
        for row in range(rows + 1):
            first = y + below[row] + (_PAD if row else 2.0)
            count = self._tracks_in(True, 2 * row)
            least = _STREET if 0 < row < rows else 0.0
            end = max(y + least, first + count * self.step + (10.0 if count else 0.0))
            end = end if 0 < row < rows or count else y + 4
            self.street_y.append((first, end))
            if row < rows:
                self.middle_y.append(end + high[row] / 2)
                y = end + high[row]

    def _above(self, row: int) -> float:
        """How far other lines of the row may lie above its middle."""
        return (self._tracks_in(True, 2 * row + 1) - 1) * self.step if row >= 0 else 0.0

    def _words(self, path: Path) -> tuple[str, ...]:
        link = path.link
        if link.at == "below":
            return wrap(link.label, LABEL_SIZE, self.widths[self.plan.cell[link.source][0]] / 2 - 14)
        return wrap(link.label, LABEL_SIZE, ZONE) if link.at else ()

    def _coordinate(self, flat: bool, street: int, track: int) -> float:
        """Where a track lies: from the begin of a street, or around the middle of a row or column."""
        if street % 2:
            middle = self.middle_y[street // 2] if flat else self.middle_x[street // 2]
            return middle + track * self.step
        if flat:
            return self.street_y[street // 2][0] + (track + 0.5) * self.step
        begin, width = self.street_x[street // 2]
        if street == 2 * len(self.widths) or self.zones.get(street):
            return begin + _PAD + (track + 0.5) * self.step - (0 if street else _PAD)
        spare = width - self._tracks_in(False, street) * self.step
        return begin + (spare / 2 if street else 0.0) + (track + 0.5) * self.step

    def _line(self, number: int, path: Path, boxes: Mapping[str, Box]) -> Line:
        corners, link = path.corners, path.link
        runs: list[tuple[bool, float]] = []
        for part in range(len(corners) - 1):
            flat = corners[part][1] == corners[part + 1][1]
            street = corners[part][1] if flat else corners[part][0]
            runs.append((flat, self._coordinate(flat, street, self.tracks.of[number, part])))
        source, target = boxes[link.source], boxes[link.target]
        points = [_port(source, runs[0], _is_ahead(corners[0], corners[1]))]
        for (flat, here), (_, there) in pairwise(runs):
            points.append((there, here) if flat else (here, there))
        points.append(_port(target, runs[-1], _is_ahead(corners[-1], corners[-2])))
        label = self._label(path, points, source, target)
        has_head = target.node.kind != "chip"
        return Line(link.edge, link.source, link.target, tuple(points), label, has_head)

    def _label(
        self, path: Path, points: Sequence[tuple[float, float]], source: Box, target: Box
    ) -> Label | None:
        lines, link = self._words(path), path.link
        if not lines:
            return None
        tall = len(lines) * TAG_LINE
        if link.at == "below":
            aside = 12 if self.graph.edges[link.edge].timer and source.node.kind != "chip" else 7
            return Label(lines, points[0][0] + aside, source.bottom + 2, "start")
        row = self.plan.cell[link.target if link.at == "after" else link.source][1]
        top = self.middle_y[row] - tall - 4 - self._above(row)
        if link.at == "before":
            return Label(lines, source.left - 1, top, "end")
        street = 2 * self.plan.cell[link.source][0] + 2
        begin, width = self.street_x[street // 2]
        return Label(lines, begin + width - self.zones[street], top, "start")

    def _lane_bands(self, right: float) -> tuple[Lane, ...]:
        if not self.lanes:
            return ()
        begins = [
            (name, 0.0 if index == 0 else self.street_x[index][0])
            for index, name in enumerate(self.plan.columns)
            if index == 0 or self.plan.columns[index - 1] != name
        ]
        ends = [begin for _, begin in begins[1:]] + [right]
        return tuple(
            Lane(self.graph.lanes[name], begin, end) for (name, begin), end in zip(begins, ends, strict=True)
        )


def _is_ahead(here: tuple[int, int], there: tuple[int, int]) -> bool:
    """The line leaves (or comes) at the right or the bottom side."""
    return there[0] > here[0] or there[1] > here[1]


def _port(box: Box, run: tuple[bool, float], ahead: bool) -> tuple[float, float]:
    """Where a line meets the outline of a shape."""
    flat, at = run
    half_w, half_h = box.shape.width / 2, box.shape.height / 2
    reach, off, half_side = (half_w, at - box.y, half_h) if flat else (half_h, at - box.x, half_w)
    if box.node.kind == "diamond":
        reach *= 1 - min(1.0, abs(off) / half_side)
    elif box.node.kind in ("start", "end"):
        radius = min(half_w, half_h)
        beyond = abs(off) - (half_side - radius)
        if beyond > 0:
            reach -= radius - (radius**2 - min(beyond, radius) ** 2) ** 0.5
    reach = reach if ahead else -reach
    return (box.x + reach, at) if flat else (at, box.y + reach)
