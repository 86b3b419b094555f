"""The chart is right by its geometry: nothing overlaps, no line runs through a box, all is drawn."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings

from jingban.processes.flowchart import as_text, render
from jingban.processes.flowchart.graph import Graph, graph_of, role_names
from jingban.processes.flowchart.layout import PHONE, Box, Chart, Label, laid_out
from jingban.processes.flowchart.placing import LABEL_SIZE
from jingban.processes.flowchart.sizes import ASKED, NAME, SECOND
from jingban.processes.flowchart.svg import _FILL, _STATE, INK, OUTCOME, SOFT, WORDS
from jingban.processes.flowchart.text import widest, width, wrap
from jingban.processes.model import Process
from tests.processes.drawn import national, processes
from tests.thorough import examples

Rect = tuple[float, float, float, float]
SLACK = 0.3
BOTH = [False, True]


def rect(box: Box) -> Rect:
    return (box.left, box.top, box.right, box.bottom)


def overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] - SLACK and b[0] < a[2] - SLACK and a[1] < b[3] - SLACK and b[1] < a[3] - SLACK


def on_shape(area: Rect, box: Box) -> bool:
    """Whether an area lies on a shape, a rhombus taken as what it is."""
    if box.node.kind != "diamond":
        return overlap(area, rect(box))
    x = min(max(box.x, area[0]), area[2])
    y = min(max(box.y, area[1]), area[3])
    far = abs(x - box.x) / (box.shape.width / 2) + abs(y - box.y) / (box.shape.height / 2)
    return far < 1 - 0.01


def stretch(a: tuple[float, float], b: tuple[float, float]) -> Rect:
    return (
        min(a[0], b[0]) - SLACK,
        min(a[1], b[1]) - SLACK,
        max(a[0], b[0]) + SLACK,
        max(a[1], b[1]) + SLACK,
    )


def faults(graph: Graph, chart: Chart) -> Iterator[str]:
    yield from box_faults(chart)
    yield from line_faults(chart)
    yield from label_faults(chart)
    yield from text_faults(chart)
    if set(graph.nodes) - set(chart.boxes):
        yield f"not drawn: {set(graph.nodes) - set(chart.boxes)}"
    for index, edge in enumerate(graph.edges):
        parts = [line for line in chart.lines if line.edge == index]
        if not ({edge.source} <= {p.source for p in parts} and {edge.target} <= {p.target for p in parts}):
            yield f"not routed: {edge}"


def box_faults(chart: Chart) -> Iterator[str]:
    for a, b in combinations(chart.boxes.values(), 2):
        if overlap(rect(a), rect(b)):
            yield f"{a.node.id} lies on {b.node.id}"
    for box in chart.boxes.values():
        if not inside(rect(box), chart):
            yield f"{box.node.id} leaves the canvas"


def inside(area: Rect, chart: Chart) -> bool:
    return area[0] >= 0 and area[1] >= 0 and area[2] <= chart.width and area[3] <= chart.height


def line_faults(chart: Chart) -> Iterator[str]:
    for line in chart.lines:
        last = len(line.points) - 2
        for part, (a, b) in enumerate(pairwise(line.points)):
            if abs(a[0] - b[0]) > 0.01 and abs(a[1] - b[1]) > 0.01:
                yield f"{line.source}→{line.target} is not orthogonal: {a} {b}"
            if not inside(stretch(a, b), chart):
                yield f"{line.source}→{line.target} leaves the canvas: {a} {b}"
            for box in chart.boxes.values():
                own = (part == 0 and box.node.id == line.source) or (
                    part == last and box.node.id == line.target
                )
                if not own and on_shape(stretch(a, b), box):
                    yield f"{line.source}→{line.target} runs through {box.node.id}"
    yield from shared_faults(chart)


def shared_faults(chart: Chart) -> Iterator[str]:
    """Lines of different arrows lie on each other only where they come from, or go to, the same place."""
    runs = [(line, a, b) for line in chart.lines for a, b in pairwise(line.points) if a != b]
    for (one, a, b), (two, c, d) in combinations(runs, 2):
        if one.source == two.source or one.target == two.target or one is two:
            continue
        for flat in (0, 1):
            if (
                abs(a[flat] - b[flat]) < 0.01
                and abs(c[flat] - d[flat]) < 0.01
                and abs(a[flat] - c[flat]) < 0.5
            ):
                low, high = sorted((a[1 - flat], b[1 - flat]))
                low2, high2 = sorted((c[1 - flat], d[1 - flat]))
                if low < high2 - 0.5 and low2 < high - 0.5:
                    yield f"{one.source}→{one.target} lies on {two.source}→{two.target}"


def label_faults(chart: Chart) -> Iterator[str]:
    labels: list[tuple[str, Label]] = [
        (f"{line.source}→{line.target}", line.label) for line in chart.lines if line.label
    ]
    for name, label in labels:
        if not inside(label.bounds, chart):
            yield f"label of {name} leaves the canvas"
        for box in chart.boxes.values():
            if on_shape(label.bounds, box):
                yield f"label of {name} lies on {box.node.id}"
        for line in chart.lines:
            for a, b in pairwise(line.points):
                if overlap(label.bounds, stretch(a, b)):
                    yield f"label of {name} lies on the line {line.source}→{line.target}"
    for (name, label), (other, second) in combinations(labels, 2):
        if overlap(label.bounds, second.bounds):
            yield f"labels of {name} and {other} lie on each other"


def text_faults(chart: Chart) -> Iterator[str]:
    for box in chart.boxes.values():
        shape, kind = box.shape, box.node.kind
        if kind == "diamond":
            tall = len(shape.name) * 20
            if widest(shape.name, ASKED) / shape.width + tall / shape.height > 1.05:
                yield f"the words of {box.node.id} leave the rhombus"
        elif kind != "chip" and max(widest(shape.name, NAME), widest(shape.second, SECOND)) > shape.width:
            yield f"the words of {box.node.id} leave the box"
        elif kind == "chip" and widest(shape.name, LABEL_SIZE) > shape.width:
            yield f"the words of {box.node.id} leave the tag"


def charted(process: Process, *, lanes: bool) -> tuple[Graph, Chart]:
    graph = graph_of(process, limits={"supplement-days": "15个工作日", "s0": "20个工作日"})
    return graph, laid_out(graph, lanes=lanes)


def reachable(process: Process) -> set[str]:
    arrows = [e for e in process.edges if e.kind not in ("common", "follow")]
    found = {"start"}
    while more := {e.target for e in arrows if e.source in found} - found:
        found |= more
    return found


@pytest.mark.parametrize("lanes", BOTH, ids=["column", "lanes"])
@pytest.mark.parametrize("name", sorted(national()))
def test_a_national_procedure_is_drawn_without_a_fault(name: str, lanes: bool) -> None:
    process = national()[name]
    started = time.process_time()
    graph, chart = charted(process, lanes=lanes)
    took = time.process_time() - started
    assert list(faults(graph, chart)) == []
    assert reachable(process) <= {node.step for node in graph.nodes.values()}
    if not lanes:
        assert chart.width <= PHONE
        assert took < 0.3


@settings(max_examples=examples(50, 300))
@given(processes())
def test_any_procedure_is_drawn_without_a_fault(process: Process) -> None:
    for lanes in BOTH:
        graph, chart = charted(process, lanes=lanes)
        assert list(faults(graph, chart)) == []
        assert reachable(process) <= {node.step for node in graph.nodes.values()}
        assert lanes or chart.width <= PHONE


def test_the_picture_says_what_it_shows_and_lights_up_a_running_case() -> None:
    process = national()["standard"]
    drawn = render(
        process,
        lanes=False,
        done=["start", "accept"],
        current="review",
        limits={"supplement-days": "15个工作日"},
    )
    root = ET.fromstring(drawn)
    assert root.get("role") == "img"
    title, desc = root[0], root[1]
    assert root.get("aria-labelledby", "").split() == [title.get("id"), desc.get("id")]
    assert "一次性告知→补正" in (desc.text or "")
    groups = {
        g.get("data-step"): g.get("class", "")
        for g in root
        if g.get("data-step") and "box" in g.get("class", "")
    }
    assert set(groups) == set(process.steps)
    assert "current" in groups["review"].split()
    assert "done" in groups["accept"].split()
    assert "15个工作日" in drawn
    assert "<style" not in drawn


def test_an_end_drawn_twice_lights_up_beside_its_own_step() -> None:
    process = national()["ledger-payment"]
    drawn = render(process, lanes=False, done=["start", "accept", "review"], current="refused")
    root = ET.fromstring(drawn)
    lit = [g.get("data-step") for g in root if "current" in g.get("class", "").split()]
    assert lit == ["refused"]


def test_the_words_tell_every_step_and_what_may_follow() -> None:
    process = national()["standard"]
    lines = as_text(process, limits={"supplement-days": "15个工作日"})
    assert [line.key for line in lines][:4] == ["start", "accept", "review", "supplement"]
    said = {line.key: line.text for line in lines}
    assert said["accept"] == "2. 受理（前台受理）：受理→审核；一次性告知→补正；不予受理。"
    assert "15个工作日" in said["supplement"]
    assert said["granted"].endswith("结果：办结。")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_stand_out_from_what_is_behind_them() -> None:
    papers = ["#ffffff", "#f7f9fc", "#eef3fb", "#fff8e6", "#f5f8fc", *(fill for fill, _ in _STATE.values())]
    for ink in (INK, SOFT, WORDS):
        for paper in papers:
            assert contrast(ink, paper) >= 4.5, (ink, paper)
    for colour in (*OUTCOME.values(), _FILL["start"][0], "#0d3f86"):
        assert contrast("#ffffff", colour) >= 4.5, colour


def test_lines_break_evenly_and_never_before_a_comma() -> None:
    assert wrap("录入并结算", 15, 200) == ("录入并结算",)
    lines = wrap("收到《信息表》，个人账户无余额，予以办结", 15, 120)
    assert all(width(line, 15) <= 135 for line in lines)
    assert not any(line[0] in "，》）" for line in lines)
    assert "15个" in "".join(wrap("申请人15个工作日内", 15, 60))


def test_roles_have_their_names_from_the_rulebook() -> None:
    assert role_names()["window"] == "前台受理"
