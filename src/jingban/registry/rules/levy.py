"""What is levied for a month of employee insurance and a year of resident insurance.

Amounts are whole fen. Each named amount (缴费基数、单位应缴、个人应缴、资助) is rounded half up once, from the
amount named before it; nothing is rounded on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jingban.core.money import round_fen


@dataclass(frozen=True, slots=True)
class Rates:
    """The region's figures for a month; ``average_fen`` is a month's average wage, the rest are ratios."""

    average_fen: int
    floor: Decimal
    ceiling: Decimal
    undeclared: Decimal
    unit: Decimal
    person: Decimal
    flexible: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """One person's month: the base, and who pays what of it."""

    base_fen: int
    unit_fen: int
    person_fen: int


def base(wage_fen: int | None, rates: Rates) -> int:
    """缴费基数: the declared wage, at least the floor and at most the ceiling of the average wage."""
    wage = rates.average_fen * rates.undeclared if wage_fen is None else Decimal(wage_fen)
    least, most = rates.average_fen * rates.floor, rates.average_fen * rates.ceiling
    return round_fen(min(max(wage, least), most))


def employee(wage_fen: int | None, rates: Rates) -> Share:
    """An employee's month: the unit's part and the person's (国发〔1998〕44号 二)."""
    found = base(wage_fen, rates)
    return Share(found, round_fen(found * rates.unit), round_fen(found * rates.person))


def flexible(wage_fen: int | None, rates: Rates) -> Share:
    """A flexible worker's month, paid alone; who declares nothing pays by the floor."""
    found = base(wage_fen or 0, rates)
    return Share(found, 0, round_fen(found * rates.flexible))


def own_part(base_fen: int, rates: Rates) -> int:
    """What of a flexible worker's payment goes to a personal account, where the region opens one."""
    return round_fen(base_fen * rates.person)


def resident(premium_fen: int, aid: Decimal) -> tuple[int, int]:
    """A resident's year: what the person pays and what is subsidised; together the whole premium."""
    subsidy = min(round_fen(premium_fen * aid), premium_fen)
    return premium_fen - subsidy, subsidy
