"""The maternity allowance: golden cases worked by hand, and a second plain way of working it out."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.benefits.rules.allowance import Wage, allowance, average_wage, leave_days
from jingban.benefits.rules.birth import OPERATIONS, WAYS, Event, Insured
from jingban.benefits.rules.model import ClaimWrong, NotEntitled
from jingban.core.parameters import NotInForce
from tests.benefits.rules.births import made, real

DAY = date(2026, 3, 2)
WAGE = Wage(654_321, 2025)
HER = Insured(unit_kind="enterprise", months=12)


def birth(on: date = DAY, **facts: object) -> Event:
    return Event("birth", on, **facts)  # type: ignore[arg-type]


def miscarriage(months: int, on: date = DAY) -> Event:
    return Event("miscarriage", on, months=months)


def operation(key: str, on: date = DAY) -> Event:
    return Event("operation", on, operation=key)


# What the person gets, in fen: days by the statute and the province, then wage × days ÷ 30, half up.
GOLDEN = [
    # 98 + 60 = 158: 654 321 × 158 = 103 382 718; ÷ 30 = 3 446 090.6
    ("xingtai", birth(), 654_321, 158, 3_446_091),
    ("luanzhou", birth(), 654_321, 158, 3_446_091),
    ("qinhuangdao", birth(child=2), 654_321, 158, 3_446_091),
    # 98 + 90 = 188: 654 321 × 188 = 123 012 348; ÷ 30 = 4 100 411.6
    ("xingtai", birth(child=3), 654_321, 188, 4_100_412),
    ("xingtai", birth(child=4), 654_321, 188, 4_100_412),
    # 98 + 15 + 60 = 173: 654 321 × 173 = 113 197 533; ÷ 30 = 3 773 251.1
    ("xingtai", birth(way="caesarean"), 654_321, 173, 3_773_251),
    ("xingtai", birth(way="dystocia"), 654_321, 173, 3_773_251),
    # 助娩产 is not among what the region counts as dystocia
    ("xingtai", birth(way="assisted"), 654_321, 158, 3_446_091),
    # 98 + 15 (dystocia) + 15 (one infant more) + 60 = 188
    ("xingtai", birth(way="dystocia", infants=2, child=2), 654_321, 188, 4_100_412),
    # 98 + 2 × 15 + 90 = 218: 654 321 × 218 = 142 641 978; ÷ 30 = 4 754 732.6
    ("xingtai", birth(infants=3, child=3), 654_321, 218, 4_754_733),
    # below four months 15: 654 321 × 15 ÷ 30 = 327 160.5, half up
    ("xingtai", miscarriage(0), 654_321, 15, 327_161),
    ("xingtai", miscarriage(3), 654_321, 15, 327_161),
    # four months 42: 654 321 × 42 = 27 481 482; ÷ 30 = 916 049.4
    ("xingtai", miscarriage(4), 654_321, 42, 916_049),
    ("xingtai", miscarriage(7), 654_321, 42, 916_049),
    # Henan: 98 + 3 months of 30 = 188, the third child has no more
    ("puyang", birth(), 654_321, 188, 4_100_412),
    ("puyang", birth(child=3), 654_321, 188, 4_100_412),
    # 98 + 15 + 90 = 203: 654 321 × 203 = 132 827 163; ÷ 30 = 4 427 572.1
    ("puyang", birth(way="caesarean"), 654_321, 203, 4_427_572),
    # Henan art. 29: 600 000 × 2 ÷ 30 and × 21 ÷ 30
    ("puyang", operation("iud-in"), 600_000, 2, 40_000),
    ("puyang", operation("sterilisation"), 600_000, 21, 420_000),
    # birth with sterilisation: 98 + 60 + 21 = 179: 600 000 × 179 ÷ 30
    ("xingtai", birth(operation="sterilisation"), 600_000, 179, 3_580_000),
    # one fen a month: 158 ÷ 30 = 5.27
    ("xingtai", birth(), 1, 158, 5),
    # 100 001 × 158 = 15 800 158; ÷ 30 = 526 671.93
    ("xingtai", birth(), 100_001, 158, 526_672),
    # 2 110 050 × 158 = 333 387 900; ÷ 30 = 11 112 930 to the fen
    ("bazhou", birth(), 2_110_050, 158, 11_112_930),
]


@pytest.mark.parametrize(("region", "event", "wage", "days", "fen"), GOLDEN)
def test_worked_by_hand(region: str, event: Event, wage: int, days: int, fen: int) -> None:
    found = allowance(event, HER, Wage(wage, 2025), real(region, DAY))
    assert next(step.amount for step in found.steps if step.key == "days") == days
    assert found.amounts == {"wage": wage, "total": fen, "fund": fen, "person": 0}
    assert found.parts == {"maternity": fen}


@pytest.mark.parametrize(
    ("wage", "end", "day_rate"),
    [
        (654_321, 3_446_091, 3_446_138),  # 218.107 a day is 218.11; × 158 = 34 461.38
        (600_000, 3_160_000, 3_160_000),  # 200.00 a day, nothing to round
        (600_014, 3_160_074, 3_160_000),  # 200.0047 is 200.00; at the end 31 600.737
        (600_015, 3_160_079, 3_160_158),  # 200.005 is 200.01, half up
        (1, 5, 0),  # a thirtieth of a fen a day is nothing
    ],
)
def test_the_place_of_rounding_is_a_setting(wage: int, end: int, day_rate: int) -> None:
    for rounding, fen in (("end", end), ("day-rate", day_rate)):
        found = allowance(birth(), HER, Wage(wage, 2025), real("xingtai", DAY, rounding=rounding))
        assert found.amounts["fund"] == fen, rounding


NATIONAL = {
    f"maternity-allowance.{row}": value
    for row, value in {
        "birth-days": {date(2012, 4, 28): "98"},
        "miscarriage-months": {date(2012, 4, 28): "4"},
        "miscarriage-late-days": {date(2012, 4, 28): "42"},
        "province-days": {date(2012, 4, 28): "0", date(2027, 1, 1): "15"},
        "province-months": "0",
    }.items()
}


@pytest.mark.parametrize(
    ("on", "region", "event_days"),
    [
        # 国令619 came into force on 28 April 2012; before it there is no figure, and none is guessed
        (date(2012, 4, 27), "xingtai", None),
        (date(2012, 4, 28), "xingtai", 42),
        (date(2012, 4, 29), "xingtai", 42),
        (date(2012, 4, 27), "puyang", None),
        (date(2012, 4, 28), "puyang", 42),
    ],
)
def test_the_days_of_a_late_miscarriage_begin_with_the_statute(
    on: date, region: str, event_days: int | None
) -> None:
    _days_are(miscarriage(5, on), region, event_days)


@pytest.mark.parametrize(
    ("on", "region", "days"),
    [
        # Henan's three months: the law as amended on 27 November 2021
        (date(2021, 11, 26), "puyang", None),
        (date(2021, 11, 27), "puyang", 188),
        (date(2021, 11, 28), "puyang", 188),
        # Hebei's sixty days, from memory: of November 2021
        (date(2021, 11, 22), "xingtai", None),
        (date(2021, 11, 23), "xingtai", 158),
        (date(2021, 11, 24), "xingtai", 158),
        (date(2021, 11, 22), "bazhou", None),
        (date(2021, 11, 23), "luanzhou", 158),
        (date(2021, 11, 23), "qinhuangdao", 158),
    ],
)
def test_the_days_of_a_birth_begin_with_the_provinces_rule(on: date, region: str, days: int | None) -> None:
    _days_are(birth(on), region, days)


def _days_are(event: Event, region: str, days: int | None) -> None:
    figures = real(region, DAY)
    if days is None:
        with pytest.raises(NotInForce):
            leave_days(event, figures)
    else:
        assert leave_days(event, figures)[0] == days


@pytest.mark.parametrize(
    ("on", "days"),
    [
        (date(2012, 4, 28), 98),
        (date(2026, 12, 31), 98),
        (date(2027, 1, 1), 113),  # 98 + 15
        (date(2027, 1, 2), 113),
    ],
)
def test_the_day_of_birth_decides_not_the_day_of_the_application(on: date, days: int) -> None:
    assert leave_days(birth(on), made(NATIONAL, date(2027, 5, 1)))[0] == days


@pytest.mark.parametrize(
    ("on", "year"),
    [(date(2025, 12, 31), 2024), (date(2026, 1, 1), 2025), (date(2026, 12, 31), 2025)],
)
def test_the_wage_is_of_the_year_before_the_birth(on: date, year: int) -> None:
    figures = real("xingtai", DAY)
    assert allowance(birth(on), HER, Wage(600_000, year), figures).amounts["fund"] == 3_160_000
    with pytest.raises(ClaimWrong, match=f"按用人单位{year}年的月平均工资"):
        allowance(birth(on), HER, Wage(600_000, year + 1), figures)


def test_a_unit_that_is_new_pays_by_its_own_year() -> None:
    """Nobody goes without because her unit did not exist the year before."""
    wage = Wage(600_000, DAY.year, is_new_unit=True)
    found = allowance(birth(DAY), HER, wage, real("xingtai", DAY))
    assert found.amounts["fund"] == 3_160_000
    step = next(step for step in found.steps if step.key == "wage")
    assert "当年参保，没有上年度工资" in step.formula
    assert step.used == ("maternity-allowance.new-unit-wage",)
    with pytest.raises(ClaimWrong, match="才参保，没有.*本地没有规定"):
        allowance(birth(DAY), HER, wage, real("xingtai", DAY, **{"new-unit-wage": "none"}))
    with pytest.raises(ClaimWrong, match="请改用"):
        allowance(birth(DAY), HER, Wage(600_000, DAY.year - 1, is_new_unit=True), real("xingtai", DAY))


@pytest.mark.parametrize(
    ("insured", "why"),
    [
        (
            Insured(role="spouse", months=99),
            "未就业配偶享受生育医疗费用，不享受生育津贴（社会保险法第五十四条）",
        ),
        (Insured(role="former", months=99), "已经离职"),
        (Insured(insurance="resident", unit_kind="", months=99), "城乡居民医保没有生育津贴"),
        (Insured(unit_kind="institution", months=99), "事业单位人员产假期间由单位照发工资"),
        (Insured(unit_kind="government", months=99), "机关人员产假期间由单位照发工资"),
        (Insured(months=99), "灵活就业人员没有用人单位"),  # who is not said to have a unit has none
    ],
)
def test_who_gets_none(insured: Insured, why: str) -> None:
    with pytest.raises(NotEntitled, match=why):
        allowance(birth(), insured, WAGE, real("xingtai", DAY))


@pytest.mark.parametrize("kind", ["enterprise", "society", "non-legal", "other"])
def test_a_region_says_whose_staff_the_fund_pays(kind: str) -> None:
    insured = Insured(unit_kind=kind, months=99)
    assert allowance(birth(), insured, WAGE, real("xingtai", DAY)).amounts["fund"] == 3_446_091
    if kind == "enterprise":
        assert allowance(birth(), insured, WAGE, real("bazhou", DAY)).amounts["fund"] == 3_446_091
    else:
        with pytest.raises(NotEntitled, match="请核对单位类型"):
            allowance(birth(), insured, WAGE, real("bazhou", DAY))


@pytest.mark.parametrize(("months", "paid"), [(0, False), (11, False), (12, True), (13, True)])
def test_twelve_months_where_the_region_asks_for_them(months: int, paid: bool) -> None:
    insured = Insured(unit_kind="enterprise", months=months)
    assert allowance(birth(), insured, WAGE, real("xingtai", DAY)).amounts["fund"]
    if paid:
        assert allowance(birth(), insured, WAGE, real("bazhou", DAY)).amounts["fund"]
    else:
        with pytest.raises(NotEntitled, match=f"连续缴满12个月，到发生时连续缴费{months}个月"):
            allowance(birth(), insured, WAGE, real("bazhou", DAY))


def test_all_reasons_are_said_at_once() -> None:
    with pytest.raises(NotEntitled) as caught:
        allowance(birth(), Insured(unit_kind="institution", months=3), WAGE, real("bazhou", DAY))
    assert len(caught.value.details["reasons"]) == 2


def test_what_is_law_and_what_is_only_an_example_is_said() -> None:
    found = allowance(birth(), HER, WAGE, real("puyang", DAY))
    status = {used.name: used.status for used in found.used}
    assert status["maternity-allowance.birth-days"] == "statutory"
    assert status["maternity-allowance.province-months"] == "verified"
    assert status["maternity-allowance.province-month-days"] == "illustrative"
    assert "maternity-allowance.province-month-days" in found.illustrative
    hebei = allowance(birth(), HER, WAGE, real("xingtai", DAY))
    assert "maternity-allowance.province-days" in hebei.illustrative


def test_the_steps_explain_themselves() -> None:
    found = allowance(birth(way="caesarean", infants=2, child=2), HER, WAGE, real("xingtai", DAY))
    assert [(step.name, step.amount, step.unit) for step in found.steps] == [
        ("产假", 98, "days"),
        ("难产增加", 15, "days"),
        ("多胞胎增加", 15, "days"),
        ("本省增加的产假", 60, "days"),
        ("享受津贴的天数", 188, "days"),
        ("月平均工资", 654_321, "yuan"),
        ("生育津贴", 4_100_412, "yuan"),
    ]
    assert found.steps[4].formula == "98 + 15 + 15 + 60 = 188天"
    assert found.steps[-1].formula == "6,543.21 ÷ 30 × 188天，算完后四舍五入到分"
    assert found.steps[0].used == ("maternity-allowance.birth-days",)


@pytest.mark.parametrize(
    ("total", "months", "fen"),
    [
        (7_200_000, 12, 600_000),
        (7_851_852, 12, 654_321),
        (1_000_000, 3, 333_333),  # 333 333.33
        (2_000_000, 3, 666_667),  # 666 666.67
        (1, 2, 1),  # half a fen, up
    ],
)
def test_the_units_average_is_rounded_once(total: int, months: int, fen: int) -> None:
    assert average_wage(total, months) == fen


@pytest.mark.parametrize(("total", "months"), [(0, 0), (0, 12), (100, 0)])
def test_a_unit_without_wages_stops_the_calculation(total: int, months: int) -> None:
    with pytest.raises(ClaimWrong, match="没有缴费工资记录"):
        average_wage(total, months)


def test_a_wage_of_nothing_is_not_multiplied() -> None:
    with pytest.raises(ClaimWrong, match="没有缴费工资记录"):
        allowance(birth(), HER, Wage(0, 2025), real("xingtai", DAY))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"way": "fast"}, "分娩方式"),
        ({"infants": 0}, "婴儿数0不对"),
        ({"infants": 10, "child": 10}, "婴儿数10不对"),
        ({"infants": 2, "child": 1}, "孩次1小于婴儿数2"),
        ({"kind": "miscarriage"}, "怀孕满几个月"),
        ({"kind": "miscarriage", "months": 11}, "怀孕满11个月不对"),
        ({"kind": "miscarriage", "months": -1}, "怀孕满-1个月不对"),
        ({"kind": "operation"}, "请选择手术"),
        ({"kind": "operation", "operation": "tooth"}, "没有“tooth”这种手术"),
    ],
)
def test_an_event_that_cannot_be_is_refused(facts: dict[str, object], why: str) -> None:
    with pytest.raises(ClaimWrong, match=why):
        Event(**{"kind": "birth", "on": DAY, **facts})  # type: ignore[arg-type]


def test_checks_of_a_pregnancy_have_no_allowance() -> None:
    with pytest.raises(ClaimWrong, match="产前检查没有生育津贴"):
        allowance(Event("prenatal", DAY), HER, WAGE, real("xingtai", DAY))


def test_an_operation_without_a_rule_is_not_guessed() -> None:
    with pytest.raises(NotInForce, match="reversal"):
        allowance(operation("reversal"), HER, WAGE, real("xingtai", DAY))


# --- a second way, written from the statute alone -------------------------------------------------

OPERATION_DAYS = {
    "xingtai": {"iud-in": 2, "iud-out": 1, "sterilisation": 21, "vasectomy": 7},
    "puyang": {"iud-in": 2, "iud-out": 1, "sterilisation": 21, "vasectomy": 21},
}


def plainly(region: str, event: Event, wage: int) -> int:
    days = 0
    if event.kind == "birth":
        days = 98 + 15 * (event.infants - 1)
        if event.way in ("dystocia", "caesarean"):
            days += 15
        if region == "puyang":
            days += 3 * 30
        elif event.child > 2:
            days += 90
        else:
            days += 60
    elif event.kind == "miscarriage":
        days = 15 if event.months is None or event.months < 4 else 42
    if event.operation:
        days += OPERATION_DAYS[region][event.operation]
    exact = Fraction(wage, 30) * days
    whole, rest = divmod(exact, 1)
    return int(whole) + (1 if rest >= Fraction(1, 2) else 0)


OPERATED = sorted(set(OPERATIONS) - {"reversal"})
BIRTHS = st.builds(
    lambda on, way, infants, more, cut: Event(
        "birth", on, way=way, infants=infants, child=infants + more, operation=cut
    ),
    st.dates(date(2021, 11, 27), date(2030, 12, 31)),
    st.sampled_from(sorted(WAYS)),
    st.integers(1, 5),
    st.integers(0, 4),
    st.sampled_from(["", *OPERATED]),
)
REST = st.builds(
    lambda kind, on, months, cut: Event(kind, on, months=months, operation=cut),
    st.sampled_from(["miscarriage", "operation"]),
    st.dates(date(2021, 11, 27), date(2030, 12, 31)),
    st.integers(0, 10),
    st.sampled_from(OPERATED),
)
WAGES = st.integers(1, 50_000_000)


def worked(region: str, event: Event, wage: int) -> int:
    found = allowance(event, HER, Wage(wage, event.on.year - 1), real(region, DAY))
    assert sum(found.parts.values()) == found.amounts["fund"] == found.amounts["total"]
    return found.amounts["fund"]


@given(region=st.sampled_from(["xingtai", "puyang"]), event=BIRTHS | REST, wage=WAGES)
def test_both_ways_agree_to_the_fen(region: str, event: Event, wage: int) -> None:
    assert worked(region, event, wage) == plainly(region, event, wage)


@given(event=BIRTHS, wage=WAGES, more=st.integers(0, 1_000_000))
def test_a_higher_wage_never_gives_less(event: Event, wage: int, more: int) -> None:
    assert 0 <= worked("xingtai", event, wage) <= worked("xingtai", event, wage + more)


@given(infants=st.integers(1, 8), child=st.integers(1, 8), wage=WAGES)
def test_one_infant_more_never_gives_less(infants: int, child: int, wage: int) -> None:
    order = max(infants, child)
    fewer = birth(infants=infants, child=order)
    more = birth(infants=infants + 1, child=order + 1)
    assert worked("xingtai", fewer, wage) <= worked("xingtai", more, wage)


@given(months=st.integers(0, 9))
def test_a_longer_pregnancy_never_gives_less(months: int) -> None:
    figures = real("xingtai", DAY)
    assert leave_days(miscarriage(months), figures)[0] <= leave_days(miscarriage(months + 1), figures)[0]


@given(event=BIRTHS, later=st.integers(0, 2000))
def test_a_past_day_is_worked_out_again_to_the_same_fen(event: Event, later: int) -> None:
    wage = Wage(654_321, event.on.year - 1)
    then = allowance(event, HER, wage, real("xingtai", event.on))
    assert allowance(event, HER, wage, real("xingtai", event.on + timedelta(later))) == then
