"""Birth subsidy, premium subsidy, withdrawal: golden cases worked by hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.benefits.rules.birth import Event, Insured
from jingban.benefits.rules.model import ClaimWrong, NotEntitled
from jingban.benefits.rules.subsidies import birth_subsidy, premium_subsidy, withdrawal
from jingban.core.parameters import NotInForce
from jingban.registry.rules import levy
from tests.benefits.rules.births import made, real

DAY = date(2026, 3, 2)
SPOUSE = Insured("spouse", months=12)
TABLE = {
    "birth-subsidy.natural": {date(2021, 1, 1): "1250", date(2026, 7, 1): "1300"},
    "birth-subsidy.caesarean": {date(2021, 1, 1): "2250"},
    "birth-subsidy.extra-infant": {date(2021, 1, 1): "250"},
    "birth-subsidy.up-to-fees": "yes",
    "maternity.months-required": "0",
    "levy-resident-premium": {
        date(2023, 1, 1): "380",
        date(2024, 1, 1): "400",
        date(2024, 7, 1): "410",  # too late for the insured year 2024
        date(2025, 1, 1): "380.01",
    },
    "levy-aid-extreme-poverty": "1.00",
    "levy-aid-minimum-living": {date(2021, 1, 1): "0.60", date(2026, 1, 1): "0.75"},
}
FIGURES = made(TABLE, DAY)


def birth(way: str = "natural", infants: int = 1, on: date = DAY) -> Event:
    return Event("birth", on, way=way, infants=infants, child=infants)


@pytest.mark.parametrize(
    ("event", "fees", "fen"),
    [
        (birth(), 200_000, 125_000),  # 1 250 of fees of 2 000
        (birth(), 125_000, 125_000),
        (birth(), 124_999, 124_999),  # fees below the standard
        (birth(), 0, 0),
        (birth("assisted"), 200_000, 125_000),
        (birth("caesarean"), 500_000, 225_000),
        (birth("dystocia"), 500_000, 225_000),
        (birth("caesarean", 3), 500_000, 275_000),  # 2 250 + 2 × 250
        (birth("natural", 2), 140_000, 140_000),  # 1 500, but the fees are 1 400
        # 1 300 from 1 July 2026 on
        (birth(on=date(2026, 6, 30)), 200_000, 125_000),
        (birth(on=date(2026, 7, 1)), 200_000, 130_000),
        (birth(on=date(2026, 7, 2)), 200_000, 130_000),
    ],
)
def test_the_subsidy_of_a_birth(event: Event, fees: int, fen: int) -> None:
    found = birth_subsidy(event, SPOUSE, fees, FIGURES)
    assert (found.amounts["fund"], found.amounts["total"], found.amounts["person"]) == (fen, fen, 0)
    assert sum(found.parts.values()) == fen


@pytest.mark.parametrize(
    ("third_party", "commercial", "fen"),
    [
        (50_000, 0, 125_000),  # 1 500 of the 2 000 are hers, 1 250 the standard
        (100_000, 0, 100_000),
        (20_000, 90_000, 90_000),
        (200_000, 0, 0),
    ],
)
def test_what_others_paid_of_the_fees_is_not_paid_again(third_party: int, commercial: int, fen: int) -> None:
    found = birth_subsidy(birth(), SPOUSE, 200_000, FIGURES, third_party=third_party, commercial=commercial)
    assert found.amounts["fund"] == fen
    said = {step.key: step.formula for step in found.steps}
    assert said["own_fees"].startswith("票据金额 2,000.00 − ")
    assert "本人负担的费用" in said["fund"]


def test_others_cannot_have_paid_more_than_the_fees() -> None:
    with pytest.raises(ClaimWrong, match="应在零和票据金额之间"):
        birth_subsidy(birth(), SPOUSE, 200_000, FIGURES, third_party=150_000, commercial=50_001)


def test_a_region_may_pay_it_whatever_was_spent() -> None:
    figures = made({**TABLE, "birth-subsidy.up-to-fees": "no"}, DAY)
    assert birth_subsidy(birth(), SPOUSE, 100, figures).amounts["fund"] == 125_000


@pytest.mark.parametrize(
    ("event", "insured", "why"),
    [
        (birth(), Insured(months=12), "请申请生育医疗费和生育津贴"),
        (birth(), Insured("former", months=12), "参保男职工的未就业配偶"),
        (birth(), Insured("spouse", "resident", months=12), "参保男职工的未就业配偶"),
        (Event("miscarriage", DAY, months=5), SPOUSE, "只在生育时发给"),
        (Event("operation", DAY, operation="iud-in"), SPOUSE, "只在生育时发给"),
    ],
)
def test_who_gets_no_subsidy(event: Event, insured: Insured, why: str) -> None:
    with pytest.raises(NotEntitled, match=why):
        birth_subsidy(event, insured, 200_000, FIGURES)


def test_the_husbands_months_count_where_the_region_asks_for_them() -> None:
    figures = made({**TABLE, "maternity.months-required": "12"}, DAY)
    assert birth_subsidy(birth(), SPOUSE, 200_000, figures).amounts["fund"] == 125_000
    with pytest.raises(NotEntitled, match="连续缴满12个月"):
        birth_subsidy(birth(), Insured("spouse", months=11), 200_000, figures)


def test_fees_below_nothing_are_a_mistake() -> None:
    with pytest.raises(ClaimWrong, match="票据金额小于零"):
        birth_subsidy(birth(), SPOUSE, -1, FIGURES)


def test_the_region_that_has_the_item_has_its_figures() -> None:
    found = birth_subsidy(birth(), SPOUSE, 500_000, real("puyang", DAY))
    assert found.amounts["fund"] > 0
    assert "birth-subsidy.natural" in found.illustrative


@pytest.mark.parametrize(
    ("category", "year", "fund", "person"),
    [
        ("minimum-living", 2023, 22_800, 15_200),  # 380 × 60 %
        ("minimum-living", 2024, 24_000, 16_000),  # 400 × 60 %
        ("minimum-living", 2025, 22_801, 15_200),  # 380.01 × 60 % = 228.006, up
        ("minimum-living", 2026, 28_501, 9_500),  # 380.01 × 75 % = 285.0075
        ("extreme-poverty", 2025, 38_001, 0),
        ("marginal", 2025, 0, 38_001),  # no figure: not subsidised
    ],
)
def test_the_premium_subsidy_is_that_of_the_insured_year(
    category: str, year: int, fund: int, person: int
) -> None:
    found = premium_subsidy(category, year, FIGURES)
    assert (found.amounts["fund"], found.amounts["person"]) == (fund, person)
    assert found.amounts["total"] == fund + person
    assert found.parts == ({"aid": fund} if fund else {})


@pytest.mark.parametrize(
    ("paid", "refund"), [(0, None), (16_000, 0), (16_001, 1), (40_000, 24_000), (100, 0)]
)
def test_what_was_paid_too_much_is_named(paid: int, refund: int | None) -> None:
    """In 2024 the person owes 160.00 of 400.00."""
    found = premium_subsidy("minimum-living", 2024, FIGURES, paid=paid)
    assert found.amounts.get("refund") == refund


@pytest.mark.parametrize(
    ("category", "paid", "why"), [("rich", 0, "没有“rich”这一类救助对象"), ("marginal", -1, "已缴金额小于零")]
)
def test_a_premium_subsidy_that_cannot_be_is_refused(category: str, paid: int, why: str) -> None:
    with pytest.raises(ClaimWrong, match=why):
        premium_subsidy(category, 2024, FIGURES, paid=paid)


def test_a_year_without_a_premium_is_not_guessed() -> None:
    with pytest.raises(NotInForce):
        premium_subsidy("minimum-living", 2022, FIGURES)


@given(premium=st.integers(0, 10**7), points=st.integers(0, 100))
def test_the_levy_and_the_subsidy_are_one_figure(premium: int, points: int) -> None:
    share = f"{points / 100:.2f}"
    yuan = f"{premium // 100}.{premium % 100:02d}"
    figures = made({"levy-resident-premium": yuan, "levy-aid-orphan": share}, DAY)
    found = premium_subsidy("orphan", 2026, figures)
    assert (found.amounts["person"], found.amounts["fund"]) == levy.resident(
        premium, figures.fresh().ratio("levy-aid-orphan")
    )


@given(balance=st.integers(1, 10**12))
def test_the_whole_balance_is_withdrawn(balance: int) -> None:
    found = withdrawal(balance, "出国（境）定居")
    assert found.amounts == {"total": balance, "fund": balance, "person": 0}
    assert found.parts == {"personal": balance}
    assert not found.used


def test_a_withdrawal_explains_itself() -> None:
    assert (
        withdrawal(123_456, "参保人死亡").steps[0].formula
        == "参保人死亡，个人账户余额 1,234.56 一次性全部支取"
    )


@pytest.mark.parametrize("balance", [0, -1])
def test_nothing_there_is_nothing_to_withdraw(balance: int) -> None:
    with pytest.raises(ClaimWrong, match="余额为零"):
        withdrawal(balance, "参保人死亡")
