"""How large each shape must be for its words."""

from __future__ import annotations

from dataclasses import dataclass

from jingban.processes.flowchart.graph import Node
from jingban.processes.flowchart.text import widest, width, wrap

NAME, SECOND, ASKED, TAG = 15.0, 12.5, 14.0, 12.5
LINE, SECOND_LINE, TAG_LINE = 20.0, 17.0, 16.0


@dataclass(frozen=True, slots=True)
class Shape:
    """Words broken into lines, and the room they take."""

    name: tuple[str, ...]
    second: tuple[str, ...]
    width: float
    height: float


def shape_of(node: Node, room: float) -> Shape:
    """The shape at most ``room`` wide."""
    if node.hint is not None:
        width, height = node.hint
        name = wrap(node.name, TAG, width - 8) if node.kind in ("box", "follow") else ()
        return Shape(name, (), width, max(height, len(name) * TAG_LINE + 12))
    if node.kind == "diamond":
        return _diamond(node, room)
    if node.kind == "chip":
        name = wrap(node.name, TAG, room - 18)
        return Shape(name, (), widest(name, TAG) + 18, len(name) * TAG_LINE + 10)
    name = wrap(node.name, NAME, room - 24)
    second = _second(node.second, room - 16)
    height = len(name) * LINE + len(second) * SECOND_LINE + 18
    if node.kind in ("start", "end"):
        width = max(widest(name, NAME), widest(second, SECOND)) + 44
        return Shape(name, second, min(room, max(width, 116)), max(40.0, height - 2))
    return Shape(name, second, room, max(44.0, height))


def _second(text: str, room: float) -> tuple[str, ...]:
    """Who and until when: on one line where they fit, else each on its own."""
    if width(text, SECOND) <= room:
        return (text,) if text else ()
    return tuple(line for part in text.split(" · ") for line in wrap(part, SECOND, room))


def _diamond(node: Node, room: float) -> Shape:
    """A rhombus holds a block of words w by h when w/W + h/H <= 1."""
    best: Shape | None = None
    for share in (0.55, 0.48, 0.62, 0.4, 0.7):
        lines = wrap(node.name, ASKED, room * share)
        wide, tall = widest(lines, ASKED) + 6, len(lines) * LINE
        if wide >= room * 0.8:
            continue
        height = max(60.0, tall / (1 - wide / room) + 4)
        if best is None or height < best.height - 2:
            best = Shape(lines, (), room, height)
    if best is None:
        lines = wrap(node.name, ASKED, room * 0.5)
        best = Shape(lines, (), room, len(lines) * LINE * 2 + 8)
    return best
