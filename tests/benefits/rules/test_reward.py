"""The reward of a tip-off: golden cases worked by hand, the clamp, and shares that add up."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.benefits.rules.model import ClaimWrong, NotEntitled
from jingban.benefits.rules.reward import (
    NOT_REWARDED,
    Reporter,
    reasons_against,
    reporters_named,
    reward,
    shares,
)
from jingban.core.parameters import NotInForce
from tests.benefits.rules.births import made, real

DAY = date(2026, 3, 2)
TABLE = {
    "tip-off-reward.floor": "200",
    "tip-off-reward.cap": "200000",
    "tip-off-reward.ratio-1": {date(2023, 1, 1): "0.03", date(2026, 7, 1): "0.05"},
    "tip-off-reward.ratio-2": "0.02",
    "tip-off-reward.ratio-3": "0.01",
    "tip-off-reward.insider-points": "1",
}
FIGURES = made(TABLE, DAY)


@pytest.mark.parametrize(
    ("value", "grade", "is_insider", "fen"),
    [
        (1_000_000, 1, False, 30_000),  # 10 000 × 3 %
        (1_000_000, 2, False, 20_000),  # × 2 % = 200, the floor itself
        (999_950, 2, False, 20_000),  # 199.99 is below the floor
        (1_000_050, 2, False, 20_001),  # 200.01
        (1_000_000, 3, False, 20_000),  # 100 is below the floor
        (1, 3, False, 20_000),  # one fen of loss
        (1_234_567, 1, False, 37_037),  # 370.37 (370.3701)
        (1_234_550, 1, False, 37_037),  # 370.365, half up
        (666_666_667, 1, False, 20_000_000),  # 200 000.00 (200 000.0001)
        (666_666_600, 1, False, 19_999_998),  # 199 999.98
        (700_000_000, 1, False, 20_000_000),  # 210 000 is above the cap
        (10**12, 3, False, 20_000_000),
        (1_000_000, 1, True, 40_000),  # 3 % and one point
    ],
)
def test_worked_by_hand(value: int, grade: int, is_insider: bool, fen: int) -> None:
    found = reward(value, grade, FIGURES, is_insider=is_insider)
    assert (found.amounts["fund"], found.amounts["total"], found.amounts["person"]) == (fen, fen, 0)
    assert found.parts == {"reward": fen}


@pytest.mark.parametrize(
    ("on", "fen"),
    [
        (date(2026, 6, 30), 30_000),  # 3 % of 10 000
        (date(2026, 7, 1), 50_000),  # 5 %
        (date(2026, 7, 2), 50_000),
    ],
)
def test_the_figures_are_those_of_the_decision(on: date, fen: int) -> None:
    assert reward(1_000_000, 1, made(TABLE, on)).amounts["fund"] == fen


@pytest.mark.parametrize(("on", "is_in_force"), [(date(2022, 12, 31), False), (date(2023, 1, 1), True)])
def test_the_rulebooks_figures_begin_with_the_measures(on: date, is_in_force: bool) -> None:
    figures = real("bazhou", on)
    if is_in_force:
        found = reward(10_000_000, 3, figures)
        assert 20_000 <= found.amounts["fund"] <= 20_000_000
        assert "tip-off-reward.ratio-3" in found.illustrative
    else:
        with pytest.raises(NotInForce):
            reward(10_000_000, 3, figures)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1_000_000, "在下限 200.00 和上限 200,000.00 之间，按 300.00 计"),
        (10_000, "3.00 不足下限 200.00，按下限计"),
        (10**10, "3,000,000.00 超过上限 200,000.00，按上限计"),
    ],
)
def test_it_is_said_whether_the_floor_or_the_cap_holds(value: int, why: str) -> None:
    assert reward(value, 1, FIGURES).steps[-1].formula == why


def test_those_who_report_together_share() -> None:
    """370.37 in three: 123.46, 123.46, 123.45."""
    group = [Reporter("甲某"), Reporter("乙某"), Reporter("丙某")]
    found = reward(1_234_567, 1, FIGURES, reporters=group)
    assert [found.amounts[f"share:{n}"] for n in (1, 2, 3)] == [12_346, 12_346, 12_345]
    assert found.steps[-1].name == "丙某分得"
    assert found.amounts["fund"] == 37_037  # one case, one reward: not three


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, (1,), (100,)),
        (100, (1, 1, 1), (34, 33, 33)),
        (101, (1, 1, 1), (34, 34, 33)),
        (100, (2, 1), (67, 33)),  # 66.67 and 33.33
        (100, (1, 2), (33, 67)),
        (2, (1, 1, 1), (1, 1, 0)),
        (0, (1, 1), (0, 0)),
        (20_001, (5, 3, 2), (10_001, 6_000, 4_000)),  # 10 000.5, 6 000.3, 4 000.2
    ],
)
def test_shares_worked_by_hand(amount: int, weights: tuple[int, ...], parts: tuple[int, ...]) -> None:
    assert shares(amount, weights) == parts


@pytest.mark.parametrize("weights", [(), (0,), (1, 0), (2, -1)])
def test_shares_that_cannot_be_are_refused(weights: tuple[int, ...]) -> None:
    with pytest.raises(ClaimWrong, match="份额是大于零的整数"):
        shares(100, weights)


@pytest.mark.parametrize("code", sorted(NOT_REWARDED))
def test_each_reason_against_a_reward(code: str) -> None:
    with pytest.raises(NotEntitled, match=NOT_REWARDED[code]):
        reward(1_000_000, 1, FIGURES, against=[code])


@pytest.mark.parametrize("value", [0, -1])
def test_without_loss_of_the_fund_there_is_no_reward(value: int) -> None:
    with pytest.raises(NotEntitled, match="没有造成医疗保障基金损失"):
        reward(value, 1, FIGURES)


def test_reasons_are_said_together_and_in_order() -> None:
    assert reasons_against(["staff", "known"]) == [NOT_REWARDED["known"], NOT_REWARDED["staff"]]
    with pytest.raises(ClaimWrong, match="没有“mood”"):
        reasons_against(["mood"])


@pytest.mark.parametrize("grade", [0, 4])
def test_an_unknown_grade_is_refused(grade: int) -> None:
    with pytest.raises(ClaimWrong, match="请选择举报等级"):
        reward(1_000_000, grade, FIGURES)


VALUES = st.integers(1, 10**11)


@given(value=VALUES, grade=st.integers(1, 3), more=st.integers(0, 10**9))
def test_between_floor_and_cap_and_never_less_for_more(value: int, grade: int, more: int) -> None:
    less, higher = (reward(v, grade, FIGURES).amounts["fund"] for v in (value, value + more))
    assert 20_000 <= less <= higher <= 20_000_000


@given(value=VALUES)
def test_a_better_grade_never_gives_less(value: int) -> None:
    third, second, first = (reward(value, grade, FIGURES).amounts["fund"] for grade in (3, 2, 1))
    assert third <= second <= first


@given(amount=st.integers(0, 20_000_000), weights=st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_shares_add_up_and_none_is_off_by_a_fen(amount: int, weights: list[int]) -> None:
    parts = shares(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1
        assert part >= 0


@given(amount=st.integers(0, 20_000_000), people=st.integers(1, 12))
def test_equal_shares_differ_by_a_fen_at_most_and_the_first_has_it(amount: int, people: int) -> None:
    parts = shares(amount, [1] * people)
    assert list(parts) == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ("", ("甲某",)),
        ("乙某、丙某", ("甲某", "乙某", "丙某")),
        (
            "乙某，丙某,丁某；戊某;己某/庚某\n辛某",
            ("甲某", "乙某", "丙某", "丁某", "戊某", "己某", "庚某", "辛某"),
        ),
        (" 甲某、 乙某 、、乙某", ("甲某", "乙某")),
        ("阿 明·买买提、乙某", ("甲某", "阿 明·买买提", "乙某")),
    ],
)
def test_those_who_reported_are_each_named_once(others: str, named: tuple[str, ...]) -> None:
    """Whoever lists the own name again among the others gets one share all the same."""
    assert reporters_named("甲某", others) == named
