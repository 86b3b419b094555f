"""Figures beside their limits and peers, as one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured; ``beside`` is the same by the peer."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    peer: str = ""
    beside: float | None = None
    note: str = ""

    @property
    def is_missed(self) -> bool:
        return self.limit is not None and self.value > self.limit


class Table:
    """What a run found."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def add(self, figures: Iterable[Figure]) -> None:
        self.figures += figures

    @property
    def missed(self) -> bool:
        return any(figure.is_missed for figure in self.figures)

    def print(self, foreign: float) -> None:
        """``foreign``: the share of the processors that others used meanwhile."""
        print(f"\n{'':44}{'figure':>10}  {'limit':>8}  {'':6} {'peer':>10}  {'ratio':>5}")
        for one in self.figures:
            limit = "" if one.limit is None else f"{one.limit:g}"
            verdict = "" if one.limit is None else "MISSED" if one.is_missed else "kept"
            beside = "" if one.beside is None else f"{one.beside:.1f}"
            ratio = f"{one.value / one.beside:.1f}" if one.beside else ""
            told = f"{one.name:44}{one.value:>8.1f} {one.unit:<3}{limit:>7}  {verdict:6} {beside:>10}  {ratio:>5}"
            print(f"{told}  {one.peer}{'; ' if one.peer and one.note else ''}{one.note}".rstrip())
        print(f"\nothers used {foreign:.0%} of the processors meanwhile")
