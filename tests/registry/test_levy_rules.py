"""The arithmetic of levies, and the dated figures it goes by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.core.parameters import NotInForce
from jingban.registry import levies
from jingban.registry.rules import levy as rules
from jingban.rulebook.figures import figures

D = Decimal
DAY = date(2026, 3, 2)
RATES = rules.Rates(700_000, D("0.60"), D("3.00"), D("1.00"), D("0.08"), D("0.02"), D("0.08"))


@pytest.mark.parametrize(
    ("wage", "base", "unit_fen", "person_fen"),
    [
        (419_999, 420_000, 33_600, 8_400),  # below the floor of 60 %
        (420_000, 420_000, 33_600, 8_400),
        (420_001, 420_001, 33_600, 8_400),
        (612_345, 612_345, 48_988, 12_247),  # 48 987.6 and 12 246.9, each rounded by itself
        (2_100_000, 2_100_000, 168_000, 42_000),
        (2_100_001, 2_100_000, 168_000, 42_000),  # above the ceiling of 300 %
        (None, 700_000, 56_000, 14_000),  # nothing declared: the average wage
        (0, 420_000, 33_600, 8_400),
    ],
)
def test_an_employees_month(wage: int | None, base: int, unit_fen: int, person_fen: int) -> None:
    assert rules.employee(wage, RATES) == rules.Share(base, unit_fen, person_fen)


def test_a_flexible_worker_pays_alone_and_by_the_floor_where_nothing_is_declared() -> None:
    assert rules.flexible(None, RATES) == rules.Share(420_000, 0, 33_600)
    assert rules.flexible(600_000, RATES) == rules.Share(600_000, 0, 48_000)
    assert rules.own_part(600_000, RATES) == 12_000


@pytest.mark.parametrize(
    ("premium", "aid", "wanted"),
    [
        (40_000, "0", (40_000, 0)),
        (40_000, "0.60", (16_000, 24_000)),
        (40_000, "1.00", (0, 40_000)),
        (38_001, "0.60", (15_200, 22_801)),  # 22 800.6, rounded once; the person pays the rest
        (40_000, "1.20", (0, 40_000)),
    ],
)
def test_a_residents_year_is_split_without_a_fen_lost(
    premium: int, aid: str, wanted: tuple[int, int]
) -> None:
    assert rules.resident(premium, D(aid)) == wanted


@given(
    wage=st.none() | st.integers(0, 10**10),
    average=st.integers(1, 10**8),
    floor=st.decimals(0, 1, places=2),
    ceiling=st.decimals(1, 5, places=2),
)
def test_the_base_lies_between_floor_and_ceiling(
    wage: int | None, average: int, floor: D, ceiling: D
) -> None:
    now = rules.Rates(average, floor, ceiling, D(1), D("0.08"), D("0.02"), D("0.08"))
    base = rules.base(wage, now)
    assert average * floor - 1 < base < average * ceiling + 1
    share = rules.employee(wage, now)
    assert abs(share.unit_fen + share.person_fen - base * D("0.10")) <= 1


def test_the_figures_are_dated_and_what_is_no_law_says_so() -> None:
    found = figures("puyang")
    names = [name for name in found if name.startswith("levy-")]
    assert {found[name].status_at(DAY) for name in names} == {"illustrative"}
    assert levies.rates("puyang", date(2026, 3, 31)).average_fen == 700_000
    assert levies.rates("puyang", date(2025, 12, 31)).average_fen == 670_000
    with pytest.raises(NotInForce):
        levies.rates("puyang", date(2019, 1, 1))


@pytest.mark.parametrize(
    ("category", "wanted"),
    [
        ("", (D(400), D(0))),
        ("extreme-poverty", (D(0), D(400))),
        ("orphan", (D(0), D(400))),
        ("minimum-living", (D(160), D(240))),
        ("monitored", (D(160), D(240))),
        ("marginal", (D(400), D(0))),
    ],
)
def test_a_residents_premium_of_a_year(category: str, wanted: tuple[D, D]) -> None:
    assert levies.resident_premium("puyang", 2024, category) == wanted
    assert levies.resident_premium("puyang", 2025, category) == wanted
