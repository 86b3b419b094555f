"""Lines along the streets between the shapes: a cheapest path on the coarse grid for each.

Cells have odd coordinates, the streets between them even ones. A line may also cross an empty cell,
never one with a shape; so no line can run through a box, whatever the widths turn out to be.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from jingban.processes.flowchart.placing import Link, Plan, in_routing_order

Point = tuple[int, int]

STEPS: dict[str, Point] = {"T": (0, -1), "B": (0, 1), "L": (-1, 0), "R": (1, 0)}
OPPOSITE = {"T": "B", "B": "T", "L": "R", "R": "L"}
_BEND, _CROSS, _CROWD, _CELL = 3.0, 4.0, 2.5, 0.7
_ENTRY = {"T": 2.0, "L": 0.0, "R": 0.0}
_EXIT = {"B": 0.0, "L": 1.0, "R": 0.5}


@dataclass(frozen=True, slots=True)
class Path:
    """A link and the grid points that its line turns at, from cell to cell."""

    link: Link
    corners: tuple[Point, ...]


@dataclass(slots=True)
class _Streets:
    """What stands where, and which lines use which street already."""

    width: int
    height: int
    blocked: set[Point]
    used: dict[tuple[Point, bool], set[str]] = field(default_factory=dict)
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def cost(self, point: Point, flat: bool, net: str) -> float:
        along = self.used.get((point, flat), ())
        across = self.used.get((point, not flat), ())
        cost = 1.6 if flat else 1.0
        if net in along:
            cost *= 0.5
        cost += _CROWD * sum(other != net for other in along)
        cost += _CROSS * sum(other != net for other in across)
        return cost + (_CELL if point[0] % 2 and point[1] % 2 else 0.0)


def routed(plan: Plan) -> list[Path]:
    """A path for every link; ends of labelled ones are kept free of other lines."""
    rows = 1 + max(row for _, row in plan.cell.values())
    streets = _Streets(
        2 * len(plan.columns), 2 * rows, {(2 * c + 1, 2 * r + 1) for c, r in plan.cell.values()}
    )
    for link in plan.links:
        for side in _kept_sides(link):
            streets.kept[side] = link.net
    paths = [_path(plan, streets, link) for link in in_routing_order(plan)]
    return paths


def _kept_sides(link: Link) -> Iterator[tuple[str, str]]:
    if len(link.exits) == 1 and link.exits != "R":
        yield (link.source, link.exits)
    if link.exits == "R":
        yield (link.source, "R")
    if len(link.enters) == 1 and link.at == "after":
        yield (link.target, link.enters)


def _path(plan: Plan, streets: _Streets, link: Link) -> Path:
    corners = (
        _branch(plan, link)
        or _cheapest(plan, streets, link, strict=True)
        or _cheapest(plan, streets, link, strict=False)
    )
    if corners is None:
        raise AssertionError(f"no way from {link.source} to {link.target}; streets join all cells")
    for (x0, y0), (x1, y1) in pairwise(corners):
        flat = y0 == y1
        for x in range(min(x0, x1), max(x0, x1) + 1):
            for y in range(min(y0, y1), max(y0, y1) + 1):
                streets.used.setdefault(((x, y), flat), set()).add(link.net)
    return Path(link, corners)


def _branch(plan: Plan, link: Link) -> tuple[Point, ...] | None:
    """Branches of one decision share a stem: out to the right, down the next street, across."""
    if not link.net.endswith("="):
        return None
    (x0, y0), (x1, y1) = _point(plan, link.source), _point(plan, link.target)
    if y0 == y1:
        return ((x0, y0), (x1, y1))
    return ((x0, y0), (x0 + 1, y0), (x0 + 1, y1), (x1, y1))


def _cheapest(plan: Plan, streets: _Streets, link: Link, *, strict: bool) -> tuple[Point, ...] | None:
    """Dijkstra over (point, direction). Not strict: sides kept for labels may be shared after all."""
    start, goal = _point(plan, link.source), _point(plan, link.target)
    queue: list[tuple[float, int, Point, str, tuple[Point, ...]]] = []
    for count, side in enumerate(link.exits):
        if _is_open(streets, link, link.source, side, strict):
            heapq.heappush(queue, (_EXIT[side], count, start, side, (start,)))
    seen: set[tuple[Point, str]] = set()
    number = 9
    while queue:
        cost, _, point, heading, turned = heapq.heappop(queue)
        begins = point == start and len(turned) == 1  # a loop comes back to where it began
        if (point, heading) in seen:
            continue
        if point == goal and not begins:
            return (*turned, goal)
        if not begins:
            seen.add((point, heading))
        for side in (heading,) if begins else STEPS:
            if side == OPPOSITE[heading]:
                continue
            onward = (point[0] + STEPS[side][0], point[1] + STEPS[side][1])
            more = _step_cost(streets, link, onward, side, goal, strict)
            if more is None or (onward, side) in seen:
                continue
            corners = turned if side == heading else (*turned, point)
            number += 1
            bend = 0.0 if side == heading else _BEND
            heapq.heappush(queue, (cost + more + bend, number, onward, side, corners))
    return None


def _step_cost(
    streets: _Streets, link: Link, onward: Point, side: str, goal: Point, strict: bool
) -> float | None:
    if onward == goal:
        entry = OPPOSITE[side]
        if entry not in link.enters or not _is_open(streets, link, link.target, entry, strict):
            return None
        return 1.0 + _ENTRY[entry]
    if not (0 <= onward[0] <= streets.width and 0 <= onward[1] <= streets.height):
        return None
    if onward in streets.blocked:
        return None
    return streets.cost(onward, side in "LR", link.net)


def _is_open(streets: _Streets, link: Link, node: str, side: str, strict: bool) -> bool:
    return not strict or streets.kept.get((node, side), link.net) == link.net


def _point(plan: Plan, node: str) -> Point:
    column, row = plan.cell[node]
    return (2 * column + 1, 2 * row + 1)
