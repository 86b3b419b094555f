"""Which cell of the grid each shape stands in: the main road straight down, the rest beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from jingban.processes.flowchart.graph import Edge, Graph, Node
from jingban.processes.flowchart.text import width

Side = Literal["T", "B", "L", "R"]
LABEL_SIZE = 12.5
ZONE = 58.0  # room beside a decision for the words on its arrow
MOST_PUSHED = 4  # rows that the main road waits for its side branch


@dataclass(frozen=True, slots=True)
class Link:
    """One line to route. An arrow whose words stand in a chip is two links: to the chip and on from it."""

    edge: int
    source: str
    target: str
    net: str
    exits: str = "BLR"
    enters: str = "TLR"
    label: str = ""
    at: Literal["", "below", "before", "after"] = ""
    rank: int = 0


@dataclass(slots=True)
class Plan:
    """Shapes in cells, and the lines to draw."""

    nodes: dict[str, Node]
    cell: dict[str, tuple[int, int]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)  # the lane of each column; "" in the portrait chart
    sides: list[bool] = field(default_factory=list)


def placed(graph: Graph, *, lanes: bool) -> Plan:
    """The grid; columns that nothing stands in are left out."""
    plan = _Placer(graph, lanes).run()
    used = sorted({column for column, _ in plan.cell.values()})
    order = {column: index for index, column in enumerate(used)}
    plan.cell = {key: (order[column], row) for key, (column, row) in plan.cell.items()}
    names = [*graph.lanes] if lanes else [""]
    plan.columns = [names[column // 2] for column in used]
    plan.sides = [column % 2 == 1 for column in used]
    return plan


class _Placer:
    def __init__(self, graph: Graph, lanes: bool) -> None:
        self.graph = graph
        self.lane_of = {key: 2 * index for index, key in enumerate(graph.lanes)} if lanes else {}
        self.lanes = lanes
        self.plan = Plan(dict(graph.nodes))
        self.taken: set[tuple[int, int]] = set()
        self.out: dict[str, list[int]] = {}
        for index, edge in enumerate(graph.edges):
            self.out.setdefault(edge.source, []).append(index)
        self.main = self._main_road()
        self.claimed = set(self.main)
        self.left_used: set[str] = set()

    def run(self) -> Plan:
        row = 0
        for key in self.main:
            row = self._seat(key, row, self._home(key, main=True)) + 1
            self._leave(key)
        for key in self.graph.nodes:  # what no arrow has led to yet still gets its place
            if key not in self.plan.cell:
                self.claimed.add(key)
                self._descend(key, row, self._home(key))
        return self.plan

    def _main_road(self) -> list[str]:
        road = [self.graph.root]
        while (edge := self._primary(road[-1])) is not None and edge.target not in road:
            road.append(edge.target)
        return road

    def _primary(self, key: str) -> Edge | None:
        return next((self.graph.edges[i] for i in self.out.get(key, ()) if self.graph.edges[i].primary), None)

    def _home(self, key: str, *, main: bool = False) -> int:
        """The column that a shape belongs to."""
        node = self.graph.nodes[key]
        if self.lanes:
            return self.lane_of[node.lane]
        return 0 if main else 1

    def _beside(self, key: str) -> int:
        return self.plan.cell[key][0] | 1

    def _seat(self, key: str, row: int, column: int) -> int:
        """Put a shape into the first free cell from ``row`` on; wait for the side column a little."""
        if not self.lanes and column == 0:
            free = self._last_row(1) + 1
            if self._has_branches(key):
                row = max(row, min(free, row + MOST_PUSHED))
            elif (edge := self._primary(key)) is not None and self._decides(edge):
                row = max(row, min(free - 1, row + MOST_PUSHED))
        while (column, row) in self.taken:
            row += 1
        self._put(key, column, row)
        return row

    def _has_branches(self, key: str) -> bool:
        return any(not self.graph.edges[i].primary for i in self.out.get(key, ()))

    def _decides(self, edge: Edge) -> bool:
        """A box and its own decision stay together."""
        return self.graph.nodes[edge.target].kind == "diamond" and self._has_branches(edge.target)

    def _put(self, key: str, column: int, row: int) -> None:
        self.taken.add((column, row))
        self.plan.cell[key] = (column, row)

    def _last_row(self, column: int) -> int:
        return max((r for c, r in self.taken if c == column), default=-1)

    def _descend(self, key: str, row: int, column: int) -> None:
        """Place a shape, what follows it straight down, then the branches beside them."""
        chain = [key]
        self._seat(key, row, column)
        while (edge := self._primary(chain[-1])) is not None and edge.target not in self.claimed:
            self.claimed.add(edge.target)
            row = self.plan.cell[chain[-1]][1] + 1
            self._seat(edge.target, row, self._home(edge.target))
            chain.append(edge.target)
        for link in chain:
            self._leave(link)

    def _leave(self, key: str) -> None:
        """Every arrow out of a placed shape becomes a line; new targets get their place."""
        indices = self.out.get(key, ())
        for index in indices:
            if self.graph.edges[index].primary:
                self._go_on(index)
        for index in sorted((i for i in indices if not self.graph.edges[i].primary), key=self._branch_order):
            self._branch(index)

    def _branch_order(self, index: int) -> tuple[int, int]:
        """Ends first, for they take one row; then what is placed already, then new roads."""
        edge = self.graph.edges[index]
        if edge.target in self.claimed:
            return (1, index)
        return (0 if self.graph.nodes[edge.target].kind == "end" else 2, index)

    def _go_on(self, index: int) -> None:
        """The primary arrow: straight down, or to wherever its target already stands."""
        edge = self.graph.edges[index]
        below = self._is_below(edge.source, edge.target)
        label = edge.label
        alone = len(self.out[edge.source]) == 1
        exits = "B" if label or below else "BLR" if alone else "LR"
        enters = "T" if below else "TLR"
        net = f"{edge.source}>" if below else f">{edge.target}"
        at: Literal["", "below"] = "below" if label else ""
        self._link(index, edge.source, edge.target, net, exits, enters, label, at, 0 if below else 3)

    def _is_below(self, source: str, target: str) -> bool:
        """Straight down, with nothing between; in lanes, a main step further on in any lane."""
        if target not in self.plan.cell:
            return target in self.main
        (c0, r0), (c1, r1) = self.plan.cell[source], self.plan.cell[target]
        if target in self.main and source in self.main:
            return r1 > r0
        return c0 == c1 and r1 > r0 and not any((c0, r) in self.taken for r in range(r0 + 1, r1))

    def _branch(self, index: int) -> None:
        edge = self.graph.edges[index]
        known = edge.target in self.claimed
        if known and self._may_leave_left(edge):
            self.left_used.add(edge.source)
            self._link(
                index, edge.source, edge.target, f">{edge.target}", "L", "TLR", edge.label, "before", 2
            )
            return
        if known:
            chip = self._chip(index, edge)
            self._link(index, chip, edge.target, f">{edge.target}", "BLR", "TLR", rank=4)
            return
        self.claimed.add(edge.target)
        self._new_road(index, edge)

    def _may_leave_left(self, edge: Edge) -> bool:
        is_free = edge.source not in self.left_used and self.graph.nodes[edge.source].kind == "diamond"
        return is_free and width(edge.label, LABEL_SIZE) <= 3 * ZONE - LABEL_SIZE * 3

    def _new_road(self, index: int, edge: Edge) -> None:
        column, row = self.plan.cell[edge.source]
        side, home = self._beside(edge.source), self._home(edge.target)
        is_beside = column % 2 == 0 and (home == side or self.graph.nodes[edge.target].kind == "end")
        if is_beside and width(edge.label, LABEL_SIZE) <= 3 * ZONE - LABEL_SIZE * 3:
            row = self._free_side(side, row)
            self._link(index, edge.source, edge.target, f"{edge.source}=", "R", "L", edge.label, "after", 1)
            self._descend(edge.target, row, side)
            return
        if column == home and self._is_last_below(edge.source):
            self._link(index, edge.source, edge.target, f"{edge.source}>", "B", "T", edge.label, "below", 0)
            self._descend(edge.target, row + 1, column)
            return
        chip = self._chip(index, edge)
        row = self.plan.cell[chip][1] + 1
        column = home if self.graph.nodes[edge.target].kind != "end" else side
        is_below = column == side and (column, row) not in self.taken
        self._link(
            index, chip, edge.target, f"{chip}>", "B" if is_below else "BLR", "T" if is_below else "TLR"
        )
        self._descend(edge.target, row, column)

    def _is_last_below(self, key: str) -> bool:
        """Nothing leaves downwards yet, and the cell below is free."""
        column, row = self.plan.cell[key]
        leaves = any(link.source == key and link.exits.startswith("B") for link in self.plan.links)
        return not leaves and (column, row + 1) not in self.taken

    def _free_side(self, side: int, row: int) -> int:
        """Branches fill the side column downwards, so that lines to them do not cross."""
        if not self.lanes:
            return max(row, self._last_row(side) + 1)
        while (side, row) in self.taken:
            row += 1
        return row

    def _chip(self, index: int, edge: Edge) -> str:
        """A tag with the arrow's words, standing in the side column like a shape."""
        key = f"#{index}"
        source = self.graph.nodes[edge.source]
        column, row = self.plan.cell[edge.source]
        side = column | 1
        in_side = column == side
        self.plan.nodes[key] = Node(key, "chip", edge.label or "转", lane=source.lane, step=source.step)
        row = self._free_side(side, row + 1 if in_side else row)
        self._put(key, side, row)
        enters = "R" if in_side else "L"
        self._link(index, edge.source, key, f"{edge.source}=", "R", enters, rank=1)
        return key

    def _link(
        self,
        edge: int,
        source: str,
        target: str,
        net: str,
        exits: str = "BLR",
        enters: str = "TLR",
        label: str = "",
        at: Literal["", "below", "before", "after"] = "",
        rank: int = 0,
    ) -> None:
        self.plan.links.append(Link(edge, source, target, net, exits, enters, label, at, rank))


def in_routing_order(plan: Plan) -> list[Link]:
    """Straight lines first, then the branches, then jumps, the short ones before the long."""

    def order(link: Link) -> tuple[int, int]:
        (c0, r0), (c1, r1) = plan.cell[link.source], plan.cell[link.target]
        return (link.rank, abs(r0 - r1) + 2 * abs(c0 - c1))

    return sorted(plan.links, key=order)


__all__ = ["LABEL_SIZE", "ZONE", "Link", "Plan", "Side", "in_routing_order", "placed"]
