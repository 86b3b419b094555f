"""Paths through a procedure that together take every arrow: every end, every loop once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from jingban.processes.model import START, Edge, Process
from jingban.processes.predicates import FACTS, PREDICATES


@dataclass(frozen=True, slots=True)
class Path:
    """One case's way: what the application states, and the arrows in order."""

    facts: Mapping[str, str]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The paths of a procedure, and the arrows that no path can take."""

    paths: tuple[Path, ...]
    unreachable: tuple[Edge, ...]


def plan(process: Process) -> Plan:
    """Cover every arrow, situation by situation."""
    left = set(process.edges)
    paths: list[Path] = []
    for facts in _situations(process):
        arrows = _arrows(process, facts)
        while (path := _path(process, arrows, left)) is not None:
            paths.append(Path(facts, path))
            left -= set(path)
    return Plan(tuple(paths), tuple(e for e in process.edges if e in left))


def _situations(process: Process) -> Iterator[dict[str, str]]:
    """Every combination of what the application can state, as far as the procedure asks."""
    asked: dict[str, list[str]] = {}
    for edge in process.edges:
        if edge.when is None:
            continue
        predicate = PREDICATES[edge.when]
        if FACTS[predicate.fact].asked == "application":
            values = asked.setdefault(predicate.fact, [_other(predicate.fact)])
            values.append(next(v for v in FACTS[predicate.fact].values if v in predicate.values))
    names = list(asked)
    for chosen in product(*(dict.fromkeys(asked[name]) for name in names)):
        yield dict(zip(names, chosen, strict=True))


def _other(fact: str) -> str:
    """A value for which no predicate of the fact says yes, or the last there is."""
    said = {v for p in PREDICATES.values() if p.fact == fact for v in p.values}
    return next((v for v in FACTS[fact].values if v not in said), list(FACTS[fact].values)[-1])


def _arrows(process: Process, facts: Mapping[str, str]) -> dict[str, list[Edge]]:
    """The arrows that a case with these facts can take, by where they begin."""
    arrows: dict[str, list[Edge]] = {}
    settled: set[tuple[str, str]] = set()
    for edge in process.edges:
        fork = (edge.source, edge.act)
        if edge.when is not None:
            predicate = PREDICATES[edge.when]
            if FACTS[predicate.fact].asked == "application":
                if fork in settled or not predicate(facts):
                    continue
                settled.add(fork)
        elif fork in settled:
            continue
        arrows.setdefault(edge.source, []).append(edge)
    return arrows


Place = tuple[str, frozenset[str]]
"""Where a case stands, and what it has open beside its step: owed materials, a special procedure."""


def _path(process: Process, arrows: dict[str, list[Edge]], left: set[Edge]) -> tuple[Edge, ...] | None:
    """From the start over as many new arrows as can be reached, then to an end."""
    path: list[Edge] = []
    fresh = set(left)
    here: Place = (START, frozenset())
    while (found := _nearest(process, arrows, here, fresh.__contains__)) is not None:
        onward, here = found
        path += onward
        fresh -= set(onward)
    if not path:
        return None
    closing = _nearest(process, arrows, here, lambda edge: edge.target in process.ends)
    if here[0] not in process.ends and closing is not None:
        path += closing[0]
    return tuple(path)


def _nearest(
    process: Process, arrows: dict[str, list[Edge]], here: Place, wanted: Callable[[Edge], bool]
) -> tuple[list[Edge], Place] | None:
    """The shortest way whose last arrow is wanted; acts that stay come before acts that move."""
    queue: deque[tuple[Place, list[Edge]]] = deque([(here, [])])
    seen = {here}
    while queue:
        place, way = queue.popleft()
        for edge in sorted(arrows.get(place[0], []), key=lambda e: e.target != e.source):
            onward = _after(process, place, edge)
            if onward is None:
                continue
            if wanted(edge):
                return [*way, edge], onward
            if onward not in seen:
                seen.add(onward)
                queue.append((onward, [*way, edge]))
    return None


def _after(process: Process, place: Place, edge: Edge) -> Place | None:
    """The place beyond the arrow; none where the act has nothing to settle or to end."""
    _, flags = place
    common = process.common.get(edge.act) if edge.kind == "common" else None
    if common is not None:
        if common.records == "settled" and "owed" not in flags:
            return None
        if (common.resumes and "special" not in flags) or (common.pauses and "special" in flags):
            return None
        if common.extends and "extended" in flags:
            return None
        if common.extends:
            flags |= {"extended"}
        if common.records == "owed":
            flags |= {"owed"}
        if common.pauses:
            flags |= {"special"}
        if common.resumes:
            flags -= {"special"}
    return edge.target, flags
