"""为什么是这个数: a decision, or what would be decided, as a person can follow it line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jingban.benefits import service as benefits
from jingban.benefits.service import Decision, Outcome, Used
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.core.parameters import in_words


@dataclass(frozen=True, slots=True)
class Figure:
    """A parameter that was used, in words."""

    title: str
    value: str
    day: str
    source: str
    status: str
    is_illustrative: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A named amount, its sentence, and whether a parameter that it used is only an illustration."""

    name: str
    text: str
    formula: str
    is_illustrative: bool
    is_sum: bool


@dataclass(frozen=True, slots=True)
class Way:
    """The way to the amount of one bill, or of the whole."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """All of it. ``decided_on`` is empty for what is not decided yet."""

    kind: str
    total: int
    fund: int
    person: int
    others: int
    funds: tuple[tuple[str, int], ...]
    ways: tuple[Way, ...]
    figures: tuple[Figure, ...]
    decided_on: date | None = None
    year: int = 0
    turn: int = 0
    digest: str = ""
    undone: str = ""
    """When and why it was revoked; nothing while it stands."""

    @property
    def is_illustrative(self) -> bool:
        return any(figure.is_illustrative for figure in self.figures)

    @property
    def has_total(self) -> bool:
        """Whether somebody else bears a part: an allowance is paid whole."""
        return self.total != self.fund


SUMS = frozenset({"in_scope", "fund", "person"})
"""Amounts on which the others build; printed bold."""


def why_of(found: Decision | Outcome, kind: str = "") -> Why:
    """Of a decision that stands or was revoked, or of what is worked out and not decided (``kind`` says of which benefit)."""
    decided = found if isinstance(found, Decision) else None
    results = benefits.results_of(found) if isinstance(found, Decision) else found.results
    used = benefits.used_of(results)
    known = {one.name: figure_of(one) for one in used}
    kind = decided.kind if decided else kind
    ways = tuple(
        Way(part.title, tuple(_step(row, known) for row in part.rows))
        for part in benefits.parts_of(kind, results)
    )
    return Why(
        kind=str(benefits.Kind(kind).label),
        total=decided.total_fen if decided else getattr(found, "total", 0),
        fund=decided.fund_fen if decided else getattr(found, "fund", 0),
        person=decided.person_fen if decided else getattr(found, "person", 0),
        others=decided.others_fen if decided else getattr(found, "others", 0),
        funds=benefits.funds_of(found.parts),
        ways=ways,
        figures=tuple(figure_of(one) for one in used),
        decided_on=local_day(decided.decided_at) if decided else None,
        year=decided.year if decided else 0,
        turn=decided.turn if decided else 0,
        digest=decided.book.digest[:12] if decided else "",
        undone=benefits.undone_words(decided) if decided else "",
    )


def why_of_case(view: CaseView) -> Why | None:
    """Why of the decision that stands, for whose case it is; nothing before there is one. Never for a query code."""
    if not benefits.takes_bills(view):
        return None
    decision = benefits.standing_decision(view.id)
    return why_of(decision) if decision is not None else None


def figure_of(used: Used) -> Figure:
    """A parameter in words: 85%, 1,300.00元, 158天."""
    return Figure(
        used.title,
        in_words(used.value, used.unit),
        used.day,
        used.source,
        used.status,
        used.is_illustrative,
    )


def _step(row: benefits.Row, known: dict[str, Figure]) -> Step:
    shown = any(known[name].is_illustrative for name in row.used if name in known)
    return Step(row.name, row.text, row.formula, shown, row.key in SUMS)
