"""What a calculation gives for a whole case, and the same worked out again from what a decision kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jingban.benefits import books, calculations
from jingban.benefits.calculations import Worked
from jingban.benefits.errors import BenefitError
from jingban.benefits.kept import facts_of, inputs_of
from jingban.benefits.models import Decision, Kind
from jingban.benefits.openings import Opening
from jingban.benefits.rules.model import Year
from jingban.core.money import show_yuan


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bills give, added up."""

    total: int
    fund: int
    person: int
    parts: dict[str, int]
    amounts: dict[str, int]
    increments: dict[str, int]
    results: list[dict[str, Any]]
    illustrative: list[str]

    @property
    def others(self) -> int:
        """What insurance before, commercial insurance or a third party paid."""
        return self.total - self.fund - self.person


def recomputed(decision: Decision, year: Year | None = None, begins: Sequence[Opening] = ()) -> Outcome:
    """Work a decision out again from what was kept with it; ``year`` in the place of what it saw before it."""
    payload = calculations.read(decision.kind, inputs_of(decision))
    before = Year(facts_of(decision).before) if year is None else year
    return outcome_of(Kind(decision.kind), payload, before, books.table(decision.book), begins)


def is_as_decided(decision: Decision, outcome: Outcome) -> bool:
    """Whether both give the same to the fen."""
    return (
        decision.total_fen,
        decision.fund_fen,
        decision.person_fen,
        decision.parts,
        facts_of(decision).increments,
    ) == (
        outcome.total,
        outcome.fund,
        outcome.person,
        outcome.parts,
        outcome.increments,
    )


def outcome_of(
    kind: Kind, payload: Any, year: Year, table: books.Table, begins: Sequence[Opening] = ()
) -> Outcome:
    """Run a calculation and add its results up; the statements that the year begins with are told first."""
    worked = calculations.run(kind, payload, year, table)
    results = [one.result for one in worked]
    parts = _summed(one.parts for one in results)
    fund = sum(one.amounts["fund"] for one in results)
    if sum(parts.values()) != fund:
        raise BenefitError(
            f"各基金支付合计{show_yuan(sum(parts.values()))}元与应付{show_yuan(fund)}元不符，请报告系统管理员。"
        )
    return Outcome(
        total=sum(one.amounts["total"] for one in results),
        fund=fund,
        person=sum(one.amounts["person"] for one in results),
        parts=parts,
        amounts=_summed(one.amounts for one in results),
        increments=_summed(one.increments for one in results),
        results=_told(worked, begins),
        illustrative=sorted({name for one in results for name in one.illustrative}),
    )


def _told(worked: Sequence[Worked], begins: Sequence[Opening]) -> list[dict[str, Any]]:
    found = [{"bill": one.bill, **one.result.as_data()} for one in worked]
    if found:
        found[0]["steps"] = [*(opening.step() for opening in begins), *found[0]["steps"]]
    return found


def _summed(many: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in many:
        for key, amount in one.items():
            found[key] = found.get(key, 0) + amount
    return dict(sorted(found.items()))
