"""The chart as accessible SVG: title, text equivalent, and classes that a running case lights up.

Colours are presentation attributes, so the picture needs no style element under a strict
content-security policy, and the page's own style sheet may still override them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from jingban.processes.flowchart.graph import graph_of, role_names
from jingban.processes.flowchart.layout import Box, Chart, Line, laid_out
from jingban.processes.flowchart.narration import as_text, legend
from jingban.processes.flowchart.placing import LABEL_SIZE
from jingban.processes.flowchart.sizes import ASKED, LINE, NAME, SECOND, SECOND_LINE, TAG, TAG_LINE
from jingban.processes.flowchart.text import wrap
from jingban.processes.model import Process

FONTS = (
    "'PingFang SC','Microsoft YaHei','HarmonyOS Sans SC','Noto Sans SC','Noto Sans CJK SC',"
    "'WenQuanYi Micro Hei',sans-serif"
)
INK, SOFT, WIRE, WORDS = "#1f2733", "#4a5462", "#55657a", "#8a4b00"
BLUE, GREEN, RED, GREY, OCHRE = "#1556b0", "#1b7f3b", "#c62828", "#5b6573", "#8a6d00"
OUTCOME = {
    "granted": GREEN,
    "granted_in_part": OCHRE,
    "refused": RED,
    "not_accepted": RED,
    "withdrawn": GREY,
    "lapsed": GREY,
    "referred": OCHRE,
    "ended": GREY,
}
_FILL = {
    "box": ("#ffffff", BLUE),
    "follow": ("#f5f8fc", GREY),
    "diamond": ("#fff8e6", "#b7791f"),
    "chip": ("#fff8e6", "#e3c48a"),
    "start": (BLUE, BLUE),
}
_STATE = {"done": ("#e6f4ea", "#1e7e34"), "current": ("#fff3cd", "#b3440a")}


def render(
    process: Process,
    *,
    lanes: bool,
    done: Collection[str] = (),
    current: str | None = None,
    limits: Mapping[str, str] = {},
    roles: Mapping[str, str] | None = None,
) -> str:
    """The flow chart of a procedure: one column for the phone, or a lane per role for print.

    ``limits`` gives the text of a limit by its parameter's name, or of a step by its key.
    """
    names = role_names() if roles is None else roles
    chart = laid_out(graph_of(process, limits=limits, roles=names), lanes=lanes)
    return _Picture(process, chart, frozenset(done), current, names, limits).text()


@dataclass(slots=True)
class _Picture:
    process: Process
    chart: Chart
    done: frozenset[str]
    current: str | None
    roles: Mapping[str, str]
    limits: Mapping[str, str]
    out: list[str] = field(default_factory=list)

    def text(self) -> str:
        chart, process = self.chart, self.process
        told = legend(process)
        notes = wrap(told, SECOND, max(chart.width - 16, 200)) if told else ()
        high = chart.height + len(notes) * SECOND_LINE + (8 if notes else 0)
        key = f"flow-{escape(process.process)}-{'lanes' if chart.lanes else 'column'}"
        equal = "\n".join(line.text for line in as_text(process, roles=self.roles, limits=self.limits))
        self.out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="flowchart" viewBox="0 0 {_n(chart.width)} '
            f'{_n(high)}" width="{_n(chart.width)}" height="{_n(high)}" role="img" '
            f'aria-labelledby="{key}-t {key}-d" font-family="{FONTS}">',
            f'<title id="{key}-t">{escape(process.name)}：办理流程图</title>',
            f'<desc id="{key}-d">{escape(equal)}</desc>',
            f'<defs><marker id="{key}-a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
            f'markerHeight="8" orient="auto"><path d="M0 0.8L10 5L0 9.2z" fill="{WIRE}"/></marker></defs>',
        ]
        self._lanes(high)
        for line in chart.lines:
            self._line(line, key)
        for line in chart.lines:
            self._label(line)
        for box in chart.boxes.values():
            self._box(box)
        for line in chart.lines:
            edge = chart.graph.edges[line.edge]
            if edge.timer and line.source == edge.source and chart.boxes[line.source].node.kind == "box":
                self.out.append(_clock(*line.points[0]))
        for index, note in enumerate(notes):
            y = chart.height + (index + 1) * SECOND_LINE
            self.out.append(
                f'<text class="legend" x="8" y="{_n(y)}" font-size="{SECOND}" fill="{SOFT}">'
                f"{escape(note)}</text>"
            )
        self.out.append("</svg>")
        return "".join(self.out)

    def _lanes(self, high: float) -> None:
        for index, lane in enumerate(self.chart.lanes):
            fill = "#eef3fb" if index % 2 else "#f7f9fc"
            wide = lane.right - lane.left
            names = wrap(lane.name, NAME, wide - 8)
            self.out.append(
                f'<g class="lane"><rect x="{_n(lane.left)}" y="0" width="{_n(wide)}" height="{_n(high)}" '
                f'fill="{fill}"/><rect x="{_n(lane.left)}" y="0" width="{_n(wide)}" height="36" '
                f'fill="#0d3f86" stroke="#f7f9fc"/>'
                f"{_words(names[:1], lane.left + wide / 2, 18, NAME, LINE, '#ffffff', 600)}</g>"
            )

    def _line(self, line: Line, key: str) -> None:
        edge = self.chart.graph.edges[line.edge]
        walked = self._state(self.chart.boxes[edge.source]) and self._state(self.chart.boxes[edge.target])
        look = ' stroke-dasharray="5 4"' if edge.dashed else ""
        head = f' marker-end="url(#{key}-a)"' if line.has_head else ""
        path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in line.points)
        self.out.append(
            f'<path class="edge{" walked" if walked else ""}" d="{path}" fill="none" stroke="{WIRE}" '
            f'stroke-width="1.5" stroke-linejoin="round"{look}{head}/>'
        )

    def _label(self, line: Line) -> None:
        label = line.label
        if label is None:
            return
        for index, words in enumerate(label.lines):
            y = label.y + (index + 0.5) * TAG_LINE + LABEL_SIZE * 0.36
            self.out.append(
                f'<text class="edge-label" x="{_n(label.x)}" y="{_n(y)}" font-size="{LABEL_SIZE}" '
                f'text-anchor="{label.anchor}" fill="{WORDS}" font-weight="600">{escape(words)}</text>'
            )

    def _state(self, box: Box) -> str:
        """done, current or nothing; an end drawn twice lights up beside the step that led to it."""
        step = box.node.step
        if step is None or box.node.kind == "chip":
            return ""
        if step == self.current:
            if box.node.kind == "diamond":
                return ""
            source = box.node.id.partition("@")[2].rstrip("?")
            copies = sum(b.node.step == step and b.node.kind == "end" for b in self.chart.boxes.values())
            return "current" if copies <= 1 or not source or source in self.done else ""
        return "done" if step in self.done else ""

    def _box(self, box: Box) -> None:
        node, state = box.node, self._state(box)
        fill, stroke = _FILL.get(node.kind) or (OUTCOME[node.outcome],) * 2
        ink = "#ffffff" if node.kind in ("start", "end") else INK
        if state and node.kind in ("box", "diamond", "follow"):
            fill, stroke = _STATE[state]
        classes = " ".join(part for part in (node.kind, node.outcome, state) if part)
        data = f' data-step="{escape(node.step)}"' if node.step else ""
        mark = ' aria-current="step"' if state == "current" else ""
        thick = 3 if state == "current" else 1 if node.kind == "chip" else 1.6
        dashes = ' stroke-dasharray="5 4"' if node.kind == "follow" else ""
        self.out.append(
            f'<g class="{classes}"{data}{mark}>{_outline(box)} fill="{fill}" stroke="{stroke}" '
            f'stroke-width="{thick}"{dashes}/>'
        )
        self.out.extend(_inside(box, ink))
        if state and node.kind != "diamond":
            self.out.append(_badge(box.right - 3, box.top + 3, state))
        self.out.append("</g>")


def _outline(box: Box) -> str:
    """The shape's element, still open for its colours."""
    x, y, w, h = box.left, box.top, box.shape.width, box.shape.height
    if box.node.kind == "diamond":
        return (
            f'<polygon points="{_n(x)},{_n(box.y)} {_n(box.x)},{_n(y)} {_n(x + w)},{_n(box.y)} '
            f'{_n(box.x)},{_n(y + h)}"'
        )
    radius = {"start": h / 2, "end": h / 2, "chip": 5}.get(box.node.kind, 6)
    radius = min(radius, w / 2)
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" rx="{_n(radius)}"'


def _inside(box: Box, ink: str) -> Iterator[str]:
    shape, kind = box.shape, box.node.kind
    if kind == "chip":
        yield _words(shape.name, box.x, box.y, TAG, TAG_LINE, WORDS, 600)
        return
    if kind == "diamond":
        yield _words(shape.name, box.x, box.y, ASKED, LINE, ink, 400)
        return
    names, seconds = len(shape.name) * LINE, len(shape.second) * SECOND_LINE
    yield _words(shape.name, box.x, box.y - seconds / 2, NAME, LINE, ink, 600)
    soft = ink if ink == "#ffffff" else SOFT
    yield _words(shape.second, box.x, box.y + names / 2, SECOND, SECOND_LINE, soft, 400)


def _words(
    lines: tuple[str, ...], x: float, y: float, size: float, leading: float, fill: str, weight: int
) -> str:
    """Centred lines of text around a point."""
    top = y - len(lines) * leading / 2
    return "".join(
        f'<text x="{_n(x)}" y="{_n(top + (i + 0.5) * leading + size * 0.36)}" font-size="{size:g}" '
        f'text-anchor="middle" fill="{fill}" font-weight="{weight}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )


def _badge(x: float, y: float, state: str) -> str:
    fill = _STATE[state][1]
    sign = (
        f'<path d="M{_n(x - 4)} {_n(y)}l3 3.4l5.2 -6.4" fill="none" stroke="#ffffff" stroke-width="2"/>'
        if state == "done"
        else f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.4" fill="#ffffff"/>'
    )
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="9" fill="{fill}"/>{sign}'


def _clock(x: float, y: float) -> str:
    """A small clock where a limit, not a person, moves the case on."""
    return (
        f'<g class="timer"><circle cx="{_n(x)}" cy="{_n(y)}" r="7" fill="#ffffff" stroke="{WORDS}" '
        f'stroke-width="1.4"/><path d="M{_n(x)} {_n(y - 4)}v4h3" fill="none" stroke="{WORDS}" '
        f'stroke-width="1.4"/></g>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
