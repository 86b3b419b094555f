"""Fees of births, operations and prenatal checks: golden cases worked by hand, and what holds of every bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.benefits.rules.birth import Event, Insured
from jingban.benefits.rules.cumulative import SCALE
from jingban.benefits.rules.maternity import METHODS, maternity_medical, prenatal
from jingban.benefits.rules.model import ClaimWrong, Line, NotEntitled, Result, Year
from jingban.core.money import to_yuan
from tests.benefits.rules.births import claim, line, made, real

DAY = date(2026, 3, 2)
HER, SPOUSE, FORMER = Insured(months=12), Insured("spouse", months=12), Insured("former", months=12)
RESIDENT = Insured(insurance="resident", unit_kind="", months=12)

TABLE = {
    "maternity.birth-method": "quota",
    "maternity.birth-ratio": "0.80",
    "maternity.birth-natural": {date(2000, 1, 1): "2500", date(2027, 1, 1): "2800.50"},
    "maternity.birth-assisted": "3000",
    "maternity.birth-dystocia": "3500",
    "maternity.birth-caesarean": "4500",
    "maternity.extra-infant": "500",
    "maternity.miscarriage-early": "500",
    "maternity.miscarriage-late": "1500",
    "maternity.operation-method": "quota-in-scope",
    "maternity.operation-ratio": "0.90",
    "maternity.operation-iud-in": "200",
    "maternity.operation-sterilisation": "1500",
    "maternity.prenatal-ratio": "0.80",
    "maternity.prenatal-cap": "1000",
    "maternity.pregnancy-days": "300",
    "maternity.share-spouse": "0.50",
    "maternity.share-former": "0",
    "maternity.months-required": "0",
    "maternity-resident.birth-method": "ratio",
    "maternity-resident.birth-ratio": "0.60",
    "maternity-resident.prenatal-ratio": "0.50",
    "maternity-resident.prenatal-cap": "300",
    "maternity-resident.pregnancy-days": "300",
    "maternity-resident.months-required": "0",
    "maternity-allowance.miscarriage-months": "4",
}
FIGURES = made(TABLE, DAY)


def birth(way: str = "natural", infants: int = 1, operation: str = "", on: date = DAY) -> Event:
    return Event("birth", on, way=way, infants=infants, child=infants, operation=operation)


def miscarriage(months: int) -> Event:
    return Event("miscarriage", DAY, months=months)


def operation(key: str) -> Event:
    return Event("operation", DAY, operation=key)


# A bill of 3 600.00: 2 000.00 in full; class B 1 000.00 of which a tenth is her own; class C 300.00;
# 300.00 of a thing whose price limit is 200.00. In scope 2 000 + 900 + 200 = 3 100.00.
MIXED = (line("2000"), line("1000", "B", "0.10"), line("300", "C"), line("300", limit="200"))
# The same with 400.00 more that the law keeps out of the fund.
WITH_OUT = (*MIXED, line("400", excluded="third_party"))

GOLDEN = [
    # quota: 3 600 spent, 2 500 is the standard
    (MIXED, birth(), HER, {}, 250_000, 110_000),
    # a bill of 1 800 below it is paid as it is, class C too
    ((line("1500"), line("300", "C")), birth(), HER, {}, 180_000, 0),
    # a quota does not ask whether the catalogue has a thing (2 400 + 300, the standard is 2 500), but whether the fund may
    ((line("2400"), line("300", excluded="not_in_list")), birth(), HER, {}, 250_000, 20_000),
    ((line("2400"), line("300", "B", "0.1", excluded="limited_use")), birth(), HER, {}, 250_000, 20_000),
    ((line("2400"), line("300", excluded="not_insured")), birth(), HER, {}, 240_000, 30_000),
    # exactly the standard, one fen less, one fen more
    ((line("2500"),), birth(), HER, {}, 250_000, 0),
    ((line("2499.99"),), birth(), HER, {}, 249_999, 0),
    ((line("2500.01"),), birth(), HER, {}, 250_000, 1),
    # 4 500 for a caesarean covers the whole 3 600
    (MIXED, birth("caesarean"), HER, {}, 360_000, 0),
    # dystocia 3 500, assisted 3 000
    (MIXED, birth("dystocia"), HER, {}, 350_000, 10_000),
    (MIXED, birth("assisted"), HER, {}, 300_000, 60_000),
    # 4 000 less the 400 of a third party: 3 600 count, and a caesarean's 4 500 covers them
    (WITH_OUT, birth("caesarean"), HER, {}, 360_000, 40_000),
    # triplets: 2 500 + 2 × 500 = 3 500
    (MIXED, birth(infants=3), HER, {}, 350_000, 10_000),
    # a natural birth with sterilisation: 2 500 + 1 500 = 4 000, above the 3 600
    (MIXED, birth(operation="sterilisation"), HER, {}, 360_000, 0),
    # a spouse without work: half the standard, 1 250
    (MIXED, birth(), SPOUSE, {}, 125_000, 235_000),
    # half of 2 500 + 500 = 1 500
    (MIXED, birth(infants=2), SPOUSE, {}, 150_000, 210_000),
    # miscarriage before and from four months: 500 and 1 500
    (MIXED, miscarriage(3), HER, {}, 50_000, 310_000),
    (MIXED, miscarriage(4), HER, {}, 150_000, 210_000),
    # limit on what is in scope: 3 100 in scope, 2 500 the limit; of 1 900 in scope all
    (MIXED, birth(), HER, {"maternity.birth-method": "quota-in-scope"}, 250_000, 110_000),
    (MIXED, birth("caesarean"), HER, {"maternity.birth-method": "quota-in-scope"}, 310_000, 50_000),
    # ratio: 3 100 × 80 % = 2 480; for a spouse × 50 % = 1 240
    (MIXED, birth(), HER, {"maternity.birth-method": "ratio"}, 248_000, 112_000),
    (MIXED, birth(), SPOUSE, {"maternity.birth-method": "ratio"}, 124_000, 236_000),
    # 0.01 × 80 % = 0.008, up to a fen; 0.02 × 80 % × 50 % = 0.008
    ((line("0.01"),), birth(), HER, {"maternity.birth-method": "ratio"}, 1, 0),
    ((line("0.01"),), birth(), SPOUSE, {"maternity.birth-method": "ratio"}, 0, 1),
    # an IUD: limit 200 on 3 100 in scope; 150.50 in scope are paid as they are
    (MIXED, operation("iud-in"), HER, {}, 20_000, 340_000),
    ((line("150.50"), line("40", "C")), operation("iud-in"), HER, {}, 15_050, 4_000),
    # by ratio: 3 100 × 90 % = 2 790
    (MIXED, operation("iud-in"), HER, {"maternity.operation-method": "ratio"}, 279_000, 81_000),
    # who left her unit, where the region pays as for her colleagues
    (MIXED, birth(), FORMER, {"maternity.share-former": "1"}, 250_000, 110_000),
    # a resident by ratio: 3 100 × 60 % = 1 860
    (MIXED, birth(), RESIDENT, {}, 186_000, 174_000),
]


@pytest.mark.parametrize(("lines", "event", "insured", "changed", "fund", "person"), GOLDEN)
def test_worked_by_hand(
    lines: tuple[Line, ...], event: Event, insured: Insured, changed: dict[str, str], fund: int, person: int
) -> None:
    found = maternity_medical(claim(*lines), event, insured, made({**TABLE, **changed}, DAY))
    assert (found.amounts["fund"], found.amounts["person"]) == (fund, person)
    of = "resident" if insured is RESIDENT else "maternity"
    assert found.parts == ({of: fund} if fund else {})


OTHERS = [
    # third party, commercial; fund, commercial counted, person
    # 3 600 less 600: 3 000 count, the quota is 2 500
    (MIXED, birth(), {}, (60_000, 0), (250_000, 0, 50_000)),
    # less 1 500: 2 100 count
    (MIXED, birth(), {}, (150_000, 0), (210_000, 0, 0)),
    # all of it
    (MIXED, birth(), {}, (360_000, 0), (0, 0, 0)),
    # the third party's 400 pay for the 400 that it has to bear: the other 3 600 count whole, and 4 500 is the quota
    (WITH_OUT, birth("caesarean"), {}, (40_000, 0), (360_000, 0, 0)),
    # 760: 400 for its own, and 360 of the 3 600
    (WITH_OUT, birth("caesarean"), {}, (76_000, 0), (324_000, 0, 0)),
    # limit on what is in scope: 3 100, less 360 × 3 100 ÷ 3 600 = 310, is 2 790; 2 500 the limit
    (MIXED, birth(), {"maternity.birth-method": "quota-in-scope"}, (36_000, 0), (250_000, 0, 74_000)),
    (MIXED, birth("caesarean"), {"maternity.birth-method": "quota-in-scope"}, (36_000, 0), (279_000, 0, 45_000)),
    # ratio: 2 790 × 80 % = 2 232
    (MIXED, birth(), {"maternity.birth-method": "ratio"}, (36_000, 0), (223_200, 0, 100_800)),
    # 100 × 3 100 ÷ 3 600 = 86.11; 3 013.89 × 80 % = 2 411.112
    (MIXED, birth(), {"maternity.birth-method": "ratio"}, (10_000, 0), (241_111, 0, 108_889)),
    # commercial insurance counts on what is left to her: 1 100
    (MIXED, birth(), {}, (0, 100_000), (250_000, 100_000, 10_000)),
    (MIXED, birth(), {}, (0, 200_000), (250_000, 110_000, 0)),
    # both: 3 600 − 600 − 2 500 − 300
    (MIXED, birth(), {}, (60_000, 30_000), (250_000, 30_000, 20_000)),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "event", "changed", "others", "expected"), OTHERS)
def test_what_others_paid_is_not_paid_again(
    lines: tuple[Line, ...],
    event: Event,
    changed: dict[str, str],
    others: tuple[int, int],
    expected: tuple[int, int, int],
) -> None:
    one = replace(claim(*lines), third_party_paid=others[0], commercial=others[1])
    found = maternity_medical(one, event, HER, made({**TABLE, **changed}, DAY)).amounts
    assert (found["fund"], found.get("commercial", 0), found["person"]) == expected
    assert found["total"] == sum(expected) + others[0]


def test_what_others_paid_is_explained() -> None:
    one = replace(claim(*WITH_OUT), third_party_paid=76_000, commercial=10_000)
    found = maternity_medical(one, birth("caesarean"), HER, FIGURES)
    said = {step.key: step.formula for step in found.steps}
    assert said["third_party"] == (
        "第三人已付 760.00，其中 400.00 付的是应当由第三人负担的项目，"
        "其余 360.00 中计入的费用占 3,600.00 ÷ 3,600.00，即 360.00，基金不再支付；按 3,240.00 计算"
    )
    assert said["maternity"] == "费用 3,240.00 与标准 4,500.00 中较低的，即 3,240.00"
    assert said["commercial"] == "商业保险已赔付 100.00，冲减个人负担 0.00"
    assert said["person"] == "4,000.00 − 第三人已付 760.00 − 本次支付 3,240.00 = 0.00"


@pytest.mark.parametrize(
    "others", [{"third_party_paid": 360_001}, {"third_party_paid": -1}, {"commercial": -1}]
)
def test_what_others_cannot_have_paid(others: dict[str, int]) -> None:
    with pytest.raises(ClaimWrong, match="第三人和商业保险已付的金额应在零和费用总额之间"):
        maternity_medical(replace(claim(*MIXED), **others), birth(), HER, FIGURES)  # type: ignore[arg-type]


def test_checks_count_without_what_a_third_party_paid() -> None:
    """600 less 150: 450 × 80 % = 360, and 450 are what the pregnancy has added up to."""
    one = replace(claim(line("600")), third_party_paid=15_000)
    found = prenatal(one, CHECKS, HER, FIGURES)
    assert (found.amounts["fund"], found.amounts["person"]) == (36_000, 9_000)
    assert found.increments == {
        "maternity.prenatal_scaled": 36_000 * SCALE,
        "maternity.prenatal_paid": 36_000,
    }


@pytest.mark.parametrize(
    ("on", "fund"),
    [
        (date(2026, 12, 31), 250_000),
        (date(2027, 1, 1), 280_050),
        (date(2027, 1, 2), 280_050),
    ],
)
def test_the_quota_is_that_of_the_day_of_birth(on: date, fund: int) -> None:
    """Applied for in March 2027: 2 500.00 until the end of 2026, then 2 800.50."""
    figures = made(TABLE, date(2027, 3, 1))
    found = maternity_medical(claim(*MIXED, on=on), birth(on=on), HER, figures)
    assert found.amounts["fund"] == fund


def test_the_steps_explain_themselves() -> None:
    found = maternity_medical(claim(*WITH_OUT), birth(infants=2), SPOUSE, FIGURES)
    said = {step.key: (to_yuan(step.amount), step.formula) for step in found.steps}
    assert [step.name for step in found.steps] == [
        "费用总额",
        "全自费",
        "超限价自付",
        "先行自付",
        "政策范围内费用",
        "按定额计入的费用",
        "支付标准",
        "生育医疗费",
        "个人负担",
    ]
    assert said["in_scope"][1] == (
        "4,000.00 − 全自费 700.00 − 超限价自付 100.00 − 先行自付 100.00 = 3,100.00"
    )
    assert said["covered"][1] == "4,000.00 − 不予支付 400.00 = 3,600.00（定额包括丙类和目录外的费用）"
    assert said["standard"][1] == "（正常产 2,500.00 + 多1个婴儿各 500.00）× 50% = 1,500.00"
    assert said["maternity"][1] == "费用 3,600.00 与标准 1,500.00 中较低的，即 1,500.00"
    assert said["person"][1] == "4,000.00 − 本次支付 1,500.00 = 2,500.00"
    standard = next(step for step in found.steps if step.key == "standard")
    assert "maternity.share-spouse" in standard.used


@pytest.mark.parametrize(
    ("insured", "changed", "why"),
    [
        (FORMER, {}, "没有离职女职工享受生育医疗费的规定"),
        (SPOUSE, {"maternity.share-spouse": "0"}, "请申请该事项"),
        (Insured("spouse", "resident"), {}, "请以本人名义申请"),
        (Insured(months=11), {"maternity.months-required": "12"}, "连续缴满12个月，到发生时连续缴费11个月"),
    ],
)
def test_who_gets_nothing(insured: Insured, changed: dict[str, str], why: str) -> None:
    figures = made({**TABLE, **changed}, DAY)
    for benefit in (maternity_medical, prenatal):
        event = birth() if benefit is maternity_medical else Event("prenatal", DAY)
        with pytest.raises(NotEntitled, match=why):
            benefit(claim(*MIXED), event, insured, figures)


def test_twelve_months_are_enough_where_they_are_asked_for() -> None:
    figures = made({**TABLE, "maternity.months-required": "12"}, DAY)
    assert maternity_medical(claim(*MIXED), birth(), HER, figures).amounts["fund"] == 250_000


@pytest.mark.parametrize(
    ("region", "insured", "is_paid"),
    [
        ("xingtai", SPOUSE, True),  # guide 15 lists the unemployed spouse
        ("puyang", SPOUSE, False),  # guide 23: she gets the one-off subsidy instead
        ("puyang", FORMER, True),  # guides 19 to 21 list who left her unit
        ("xingtai", FORMER, False),
        ("bazhou", RESIDENT, True),  # guide 20: 生育的参保人员
        ("bazhou", Insured(months=0), True),  # the twelve months are the allowance's
    ],
)
def test_each_regions_own_rule(region: str, insured: Insured, is_paid: bool) -> None:
    if is_paid:
        found = maternity_medical(claim(*MIXED), birth(), insured, real(region, DAY))
        assert found.amounts["fund"] > 0
        assert found.illustrative  # no quota was found in an official text
    else:
        with pytest.raises(NotEntitled):
            maternity_medical(claim(*MIXED), birth(), insured, real(region, DAY))


@pytest.mark.parametrize(
    ("lines", "event", "why"),
    [
        ((), birth(), "费用总额是零"),
        ((line("0"),), birth(), "费用总额是零"),
        ((line("-1"),), birth(), "小于零"),
        (MIXED, Event("prenatal", DAY), "请按产前检查费核定"),
    ],
)
def test_a_bill_that_cannot_be_is_refused(lines: tuple[Line, ...], event: Event, why: str) -> None:
    with pytest.raises(ClaimWrong, match=why):
        maternity_medical(claim(*lines), event, HER, FIGURES)


def test_an_unknown_way_of_paying_is_not_guessed() -> None:
    with pytest.raises(ClaimWrong, match=r"maternity\.birth-method"):
        maternity_medical(claim(*MIXED), birth(), HER, made({**TABLE, "maternity.birth-method": "free"}, DAY))


# --- prenatal checks ------------------------------------------------------------------------------

DUE = date(2026, 6, 30)
CHECKS = Event("prenatal", DUE)


def found_text(found: Result) -> str:
    return next(step.formula for step in found.steps if step.key == "maternity")


def checked(yuan: str, before: Year, on: date = DAY, insured: Insured = HER) -> Result:
    return prenatal(claim(line(yuan), on=on), CHECKS, insured, FIGURES, before)


def test_checks_add_up_to_the_cap_of_the_pregnancy() -> None:
    """80 % up to 1 000.00: of 600 480; of 500 more 400 (880 so far); of 400 more 320, but 120 are left."""
    year, paid = Year(), []
    for bill in ("600", "500", "400", "100"):
        found = checked(bill, year)
        paid.append(found.amounts["fund"])
        year = year.after(found.increments)
    assert paid == [48_000, 40_000, 12_000, 0]
    assert year.of("maternity.prenatal_paid") == 100_000
    assert found_text(found) == (
        "100.00 × 80% = 80.00，超过本次怀孕限额 1,000.00；本次怀孕此前已付 1,000.00，本次付到封顶线为止，即 0.00"
    )


@pytest.mark.parametrize(
    ("then", "now", "paid"),
    [
        ("0.80", "0.50", [48_000, 10_000, 10_000]),  # 600 × 80 %; 200 × 50 %, not (800 × 50 %) − 480 < 0
        ("0.50", "0.80", [30_000, 16_000, 16_000]),  # 600 × 50 %; 200 × 80 %, not (800 × 80 %) − 300
    ],
)
def test_a_changed_ratio_is_that_of_the_checks_after_it(then: str, now: str, paid: list[int]) -> None:
    ratio = {"maternity.prenatal-ratio": {date(2000, 1, 1): then, date(2026, 1, 1): now}}
    figures, year, found = made({**TABLE, **ratio}, DAY), Year(), []
    for bill, on in (("600", date(2025, 12, 31)), ("200", date(2026, 1, 1)), ("200", date(2026, 1, 2))):
        result = prenatal(claim(line(bill, on=on), on=on), CHECKS, HER, figures, year)
        found.append(result.amounts["fund"])
        year = year.after(result.increments)
    assert found == paid


def test_the_sum_of_small_bills_is_rounded_as_one() -> None:
    """0.03 × 80 % is 0.024; two of them 0.048: nothing is lost or won by cutting a bill into pieces."""
    year, paid = Year(), []
    for _ in range(4):
        found = checked("0.03", year)
        paid.append(found.amounts["fund"])
        year = year.after(found.increments)
    assert paid == [2, 3, 2, 3]  # 0.024 → 2; 0.048 → 5; 0.072 → 7; 0.096 → 10


def test_checks_that_are_brought_together_go_by_the_day_of_each() -> None:
    """600 × 80 % + 200 × 50 % = 580; of which a third party paid 80 of the 800: 540 × 80 % + 180 × 50 % = 522."""
    ratio = {"maternity.prenatal-ratio": {date(2000, 1, 1): "0.80", date(2026, 1, 1): "0.50"}}
    figures = made({**TABLE, **ratio}, DAY)
    lines = line("600", on=date(2025, 12, 31)), line("200", on=date(2026, 1, 1))
    both = replace(claim(*lines), began_on=date(2025, 12, 31))
    found = prenatal(both, CHECKS, HER, figures)
    assert (found.amounts["fund"], found_text(found)) == (58_000, "600.00 × 80% + 200.00 × 50% = 580.00")
    assert {used.day for used in found.used if used.name == "maternity.prenatal-ratio"} == {
        one.day for one in lines
    }
    assert prenatal(replace(both, third_party_paid=8_000), CHECKS, HER, figures).amounts["fund"] == 52_200


def test_checks_of_a_spouse_reach_half_the_cap() -> None:
    """600 × 80 % = 480, below 500; the next bill reaches the 500."""
    first = checked("600", Year(), insured=SPOUSE)
    assert first.amounts["fund"] == 48_000
    assert checked("600", Year(first.increments), insured=SPOUSE).amounts["fund"] == 2_000


def test_a_residents_checks_are_the_residents_funds() -> None:
    """400 × 50 % = 200; the next 400 would be 200, 100 are left of 300."""
    first = checked("400", Year(), insured=RESIDENT)
    assert (first.amounts["fund"], first.parts) == (20_000, {"resident": 20_000})
    assert checked("400", Year(first.increments), insured=RESIDENT).amounts["fund"] == 10_000


@pytest.mark.parametrize(
    ("on", "is_of_it"),
    [
        (date(2025, 9, 2), False),
        (date(2025, 9, 3), True),  # 300 days before 30 June 2026: a pregnancy begins in the year before
        (date(2025, 9, 4), True),
        (DUE, True),
        (date(2026, 7, 1), False),
    ],
)
def test_which_checks_belong_to_the_pregnancy(on: date, is_of_it: bool) -> None:
    if is_of_it:
        assert checked("100", Year(), on).amounts["fund"] == 8_000
    else:
        with pytest.raises(ClaimWrong, match="2025-09-03至2026-06-30"):
            checked("100", Year(), on)


def test_a_lower_cap_takes_nothing_back() -> None:
    before = Year({"maternity.prenatal_scaled": 120_000 * SCALE, "maternity.prenatal_paid": 120_000})
    assert checked("100", before).amounts["fund"] == 0


# --- what holds of every bill ---------------------------------------------------------------------

FEN = st.integers(0, 2_000_000)
LINES = st.lists(
    st.builds(
        lambda fen, klass, own, excluded: line(
            str(to_yuan(fen)), klass, own if klass == "B" else "0", excluded=excluded
        ),
        FEN,
        st.sampled_from("ABC"),
        st.sampled_from(["0", "0.05", "0.10", "0.2"]),
        st.sampled_from(["", "", "", "work_injury"]),
    ),
    min_size=1,
    max_size=6,
).filter(lambda lines: sum(one.amount for one in lines) > 0)
EVENTS = st.one_of(
    st.builds(birth, st.sampled_from(["natural", "assisted", "dystocia", "caesarean"]), st.integers(1, 4)),
    st.builds(miscarriage, st.integers(0, 9)),
    st.sampled_from([operation("iud-in"), operation("sterilisation")]),
)
BY = {
    method: made({**TABLE, "maternity.birth-method": method, "maternity.operation-method": method}, DAY)
    for method in METHODS
}
METHOD = st.sampled_from(METHODS)


def by(method: str, lines: list[Line], event: Event, insured: Insured) -> Result:
    return maternity_medical(claim(*lines), event, insured, BY[method])


@given(lines=LINES, event=EVENTS, method=METHOD, insured=st.sampled_from([HER, SPOUSE]))
def test_no_money_is_made_and_none_is_lost(
    lines: list[Line], event: Event, method: str, insured: Insured
) -> None:
    found = by(method, lines, event, insured).amounts
    assert found["fund"] + found["person"] == found["total"] == sum(one.amount for one in lines)
    assert 0 <= found["fund"] <= found["total"] - found["excluded"]
    split = found["own_pay"] + found["over_limit"] + found["pre_self"] + found["in_scope"]
    assert split == found["total"]


@given(lines=LINES, event=EVENTS, method=METHOD, third=FEN, commercial=FEN)
def test_everybody_together_pays_the_total(
    lines: list[Line], event: Event, method: str, third: int, commercial: int
) -> None:
    alone = by(method, lines, event, HER).amounts
    third = min(third, alone["total"])
    one = replace(claim(*lines), third_party_paid=third, commercial=commercial)
    found = maternity_medical(one, event, HER, BY[method]).amounts
    counted = found.get("commercial", 0)
    assert found["fund"] + found["person"] + third + counted == found["total"]
    assert min(found["fund"], found["person"], counted) >= 0
    assert counted <= commercial
    assert found["fund"] <= alone["fund"]


@given(lines=LINES, event=EVENTS, method=METHOD, more=FEN)
def test_a_higher_bill_never_gives_less(lines: list[Line], event: Event, method: str, more: int) -> None:
    fewer = by(method, lines, event, HER)
    higher = by(method, [*lines, line(str(to_yuan(more)))], event, HER)
    assert fewer.amounts["fund"] <= higher.amounts["fund"] <= fewer.amounts["fund"] + more


@given(lines=LINES, event=EVENTS, method=METHOD)
def test_a_spouse_never_gets_more(lines: list[Line], event: Event, method: str) -> None:
    own, spouse = (by(method, lines, event, insured).amounts["fund"] for insured in (HER, SPOUSE))
    assert spouse <= own


@given(data=st.data(), bills=st.lists(st.integers(1, 80_000), min_size=1, max_size=6))
def test_checks_sum_to_the_same_in_any_order(data: st.DataObject, bills: list[int]) -> None:
    year = Year()
    for bill in data.draw(st.permutations(bills)):
        found = checked(str(to_yuan(bill)), year)
        assert 0 <= found.amounts["fund"] <= bill
        year = year.after(found.increments)
    # 80 %, half up, up to the cap
    assert year.of("maternity.prenatal_paid") == min((sum(bills) * 8 * 2 + 10) // 20, 100_000)
