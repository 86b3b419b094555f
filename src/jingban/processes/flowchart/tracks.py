"""Lines that share a street get tracks of their own, nested so that they cross as little as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jingban.processes.flowchart.routing import Path

Street = tuple[bool, int]
"""(lies flat, coordinate on the coarse grid)."""
_PORT = 0.4  # a line ends at the edge of its shape, short of the middle of the cell


@dataclass(slots=True)
class Wire:
    """A stretch of one street used by one net."""

    low: float
    high: float
    net: str
    pulls: set[int] = field(default_factory=set)  # -1: its ends turn up or left; 1: down or right
    parts: list[tuple[int, int]] = field(default_factory=list)  # (path, segment)
    ports: int = 0  # how many of its ends stand at shapes
    turn_low: int | None = None  # the segment that its lower end turns into
    turn_high: int | None = None

    @property
    def length(self) -> float:
        return self.high - self.low

    def meets(self, other: Wire) -> bool:
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Tracks:
    """For each street how many tracks it has, and the track of each segment.

    In a street between cells tracks count from 0; in a row or column of cells 0 is the middle.
    """

    count: Mapping[Street, int]
    of: Mapping[tuple[int, int], int]


def tracks_of(paths: Sequence[Path]) -> Tracks:
    streets: dict[Street, list[Wire]] = {}
    for number, path in enumerate(paths):
        for part, (street, wire) in enumerate(_wires(path)):
            wire.parts = [(number, part)]
            streets.setdefault(street, []).append(wire)
    count: dict[Street, int] = {}
    of: dict[tuple[int, int], int] = {}
    for street in sorted(streets, key=lambda s: s[1] % 2):  # the streets first, then rows and columns
        if street[1] % 2:
            for wire in streets[street]:
                _settle(wire, street[0], count, of)
        joined = _joined(streets[street])
        found = _around_middle(joined) if street[1] % 2 else _nested(joined)
        count[street] = max(abs(t) for t in found) + 1
        for wire, track in zip(joined, found, strict=True):
            of.update(dict.fromkeys(wire.parts, track))
    return Tracks(count, of)


def _settle(wire: Wire, flat: bool, count: Mapping[Street, int], of: Mapping[tuple[int, int], int]) -> None:
    """Turns in a street lie at their track there, so that wires which only seem to touch do not."""
    path = wire.parts[0][0]

    def shift(end: float, other: int | None) -> float:
        street = (not flat, int(end))
        if other is None or street not in count:
            return 0.0
        return ((of[path, other] + 0.5) / count[street] - 0.5) * 0.8

    wire.low += shift(wire.low, wire.turn_low)
    wire.high += shift(wire.high, wire.turn_high)


def _wires(path: Path) -> list[tuple[Street, Wire]]:
    corners = path.corners
    found: list[tuple[Street, Wire]] = []
    for index in range(len(corners) - 1):
        (x0, y0), (x1, y1) = corners[index], corners[index + 1]
        flat = y0 == y1
        begin, finish = (x0, x1) if flat else (y0, y1)
        low, high = float(min(begin, finish)), float(max(begin, finish))
        wire = Wire(low, high, path.link.net)
        forward = begin < finish
        for is_port, at_begin in ((index == 0, True), (index == len(corners) - 2, False)):
            if is_port:
                wire.ports += 1
                if at_begin == forward:
                    wire.low += _PORT
                else:
                    wire.high -= _PORT
        if index > 0:
            wire.turn_low, wire.turn_high = (index - 1, None) if forward else (None, index - 1)
        if index < len(corners) - 2:
            if forward:
                wire.turn_high = index + 1
            else:
                wire.turn_low = index + 1
        for other in (index - 1, index + 2):
            if 0 <= other < len(corners):
                away = corners[other][1] - y0 if flat else corners[other][0] - x0
                wire.pulls.add(1 if away > 0 else -1)
        found.append(((flat, y0 if flat else x0), wire))
    return found


def _joined(wires: list[Wire]) -> list[Wire]:
    """Stretches of one net that touch are one wire."""
    found: list[Wire] = []
    for wire in sorted(wires, key=lambda w: (w.net, w.low)):
        last = found[-1] if found else None
        if last is not None and last.net == wire.net and wire.low <= last.high:
            last.high = max(last.high, wire.high)
            last.pulls |= wire.pulls
            last.parts += wire.parts
            last.ports = max(last.ports, wire.ports)
        else:
            found.append(wire)
    return found


def _around_middle(wires: list[Wire]) -> list[int]:
    """Ends at shapes keep the middle; whatever else passes moves aside, one track at a time."""
    order = sorted(range(len(wires)), key=lambda i: (-wires[i].ports, wires[i].length))
    track: dict[int, int] = {}
    for i in order:
        busy = {track[j] for j in track if wires[j].meets(wires[i])}
        lean = -1 if wires[i].pulls == {-1} else 1
        tries = (t for k in range(len(wires) + 1) for t in ((0,) if k == 0 else (lean * k, -lean * k)))
        track[i] = next(t for t in tries if t not in busy)
    return [track[i] for i in range(len(wires))]


def _nested(wires: list[Wire]) -> list[int]:
    """Loops open to one side nest, the short ones inside; those that pass across lie between."""
    low = [i for i, w in enumerate(wires) if w.pulls == {-1}]
    high = [i for i, w in enumerate(wires) if w.pulls == {1}]
    across = [i for i in range(len(wires)) if i not in low and i not in high]
    track: dict[int, int] = {}
    _fill(wires, low, track, base=0)
    middle = 1 + max(track.values(), default=-1)
    _fill(wires, across, track, base=middle)
    outer: dict[int, int] = {}
    _fill(wires, high, outer, base=0)
    total = 1 + max(track.values(), default=-1) + 1 + max(outer.values(), default=-1)
    track.update({i: total - 1 - t for i, t in outer.items()})
    return [track[i] for i in range(len(wires))]


def _fill(wires: list[Wire], which: list[int], track: dict[int, int], *, base: int) -> None:
    mine: dict[int, int] = {}
    for i in sorted(which, key=lambda i: wires[i].length):
        inside = {mine[j] for j in mine if wires[j].meets(wires[i])}
        mine[i] = 1 + max(inside, default=base - 1)
    track.update(mine)
