"""Lines, the sentences of the explanation, what the figures note, aid after a settlement sheet, and what is refused."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jingban.benefits.rules.aid import Settled, aid_after_settlement
from jingban.benefits.rules.cumulative import Band, millionths, on_bands, reach, rounded
from jingban.benefits.rules.model import ClaimWrong, Result, Split, Year
from jingban.benefits.rules.reimbursement import ALWAYS, reimburse
from jingban.benefits.rules.split import split
from jingban.core.money import show_yuan
from jingban.core.parameters import NotInForce
from tests.benefits.rules.bills import DAY, claim, figures, line

D = Decimal


def sentence(result: Result, key: str) -> str:
    return next(step.formula for step in result.steps if step.key == key)


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (line("100"), Split(in_scope=100_00)),
        (line("100", klass="B", own="0.1"), Split(pre_self=10_00, in_scope=90_00)),
        (line("100", klass="C"), Split(own_pay=100_00)),
        (line("100", excluded="abroad"), Split(own_pay=100_00)),
        (line("100", klass="B", own="0.1", excluded="limited_use"), Split(own_pay=100_00)),
        (line(price="30", quantity="3", limit="25.005"), Split(over_limit=14_98, in_scope=75_02)),
        (line(price="20", quantity="3", limit="25"), Split(in_scope=60_00)),
        (
            line(price="30", quantity="3", limit="25", klass="B", own="0.155"),
            Split(over_limit=15_00, pre_self=11_63, in_scope=63_37),
        ),
        (line("0.05", klass="B", own="0.1"), Split(pre_self=1, in_scope=4)),
        (line("0.04", klass="B", own="0.1"), Split(in_scope=4)),
        (line("100", klass="B", own="1"), Split(pre_self=100_00)),
        (line("100", limit="0"), Split(over_limit=100_00)),
    ],
)
def test_a_line_is_split(one: Any, wanted: Split) -> None:
    assert split(one) == wanted
    assert wanted.total == one.amount


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": -1}, "小于零"),
        ({"quantity": D(-1)}, "小于零"),
        ({"amount": 100_02}, "与单价乘数量 100.00 不符"),
        ({"own_share": D("1.1"), "klass": "B"}, "先行自付比例"),
        ({"own_share": D("0.1")}, "甲类没有先行自付"),
        ({"klass": "D"}, "不是甲、乙、丙类"),
        ({"excluded": "because"}, "不认识"),
        ({"price_limit": D(-1)}, "限价不小于零"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_number(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ClaimWrong, match=f"第7行“项目7”.*{words}"):
        split(replace(line("100", seq=7), **changes))


def test_the_explanation_says_it_with_its_numbers() -> None:
    found = reimburse(claim(bill="12000"), Year(), figures("xingtai"))
    assert sentence(found, "in_scope") == "全部 12,000.00 都在政策范围内"
    assert sentence(found, "deductible") == "三级医院每次住院起付线 800.00，本次计 800.00"
    assert sentence(found, "pool") == "（12,000.00 − 起付线 800.00）× 85% = 9,520.00"
    assert sentence(found, "fund") == "职工医保统筹基金 9,520.00"
    assert sentence(found, "person") == "12,000.00 − 本次支付 9,520.00 = 2,480.00"


def test_the_explanation_tells_points_caps_and_reasons() -> None:
    lines = [{"amount": "12000"}, {"amount": "300", "klass": "C"}, {"amount": "50", "excluded": "abroad"}]
    one = claim(status="retired", place="referred", admission=2, lines=lines)
    found = reimburse(one, Year({"employee.pool": 199_000_00}), figures("xingtai"))
    assert "在境外就医（社会保险法第三十条第一款第四项） 50.00" in sentence(found, "own_pay")
    assert "本年第2次住院，每多一次减 100.00" in sentence(found, "deductible")
    pool = sentence(found, "pool")
    assert "×（85% + 退休人员3个百分点 − 异地转诊10个百分点 = 78%）= 8,814.00" in pool
    assert (
        "超过统筹基金年度封顶线 200,000.00；本年此前已付 199,000.00，本次付到封顶线为止，即 1,000.00" in pool
    )


def test_the_explanation_tells_the_segments() -> None:
    year = Year({"serious.self": 40_000_00, "serious.paid": 16_200_00})
    one = claim(insurance="resident", status="resident", bill="100000")
    said = sentence(reimburse(one, year, figures("xingtai")), "serious")
    assert said == (
        "政策范围内个人自付本次 100,000.00 − 已支付 59,280.00 = 40,720.00，全年累计 80,720.00，起付标准 13,000.00；"
        "40,000.00 以上到 50,000.00 的部分 10,000.00 × 60% + "
        "50,000.00 以上到 80,720.00 的部分 30,720.00 × 70% = 27,504.00"
    )


def test_the_explanation_says_where_each_base_comes_from() -> None:
    """Nobody has to work out alone what lies above a cap, or what is left after insurance."""
    full = reimburse(claim(bill="12000"), Year({"employee.pool": 195_000_00}), figures("xingtai"))
    assert sentence(full, "supplement") == (
        "统筹封顶线以上的政策范围内费用 11,200.00 − 封顶线以内 5,882.35 = 5,317.65；5,317.65 × 90% = 4,785.89"
    )
    poor = claim(insurance="resident", aid="minimum-living", bill="100000", commercial="8477")
    found = reimburse(poor, Year(), figures("bazhou"))
    assert sentence(found, "aid") == (
        "最低生活保障对象：保险支付后政策范围内仍由个人负担的费用 100,000.00 − 已支付 81,523.00 − "
        "商业保险已赔付 8,477.00 = 10,000.00；10,000.00 × 70% = 7,000.00"
    )
    assert "仍由个人负担的费用 10,000.00 − 医疗救助 7,000.00 = 3,000.00，没有超过" in sentence(
        found, "extra_aid"
    )


def test_the_explanation_says_nothing_that_is_not_so() -> None:
    low = claim(insurance="resident", care="outpatient", level="1", place="unfiled", bill="300")
    found = reimburse(low, Year(), figures("xingtai"))
    assert sentence(found, "pool") == "300.00 ×（0% − 异地就医未备案20个百分点，不低于 0%，按 0%）= 0.00"
    assert sentence(found, "deductible") == "没有起付线，本次计 0.00"
    assert sentence(found, "person") == "全部 300.00 由个人负担"
    small = reimburse(claim(bill="90"), Year(), figures("xingtai"))
    assert sentence(small, "deductible") == "三级医院每次住院起付线 800.00，本次费用只有 90.00，本次计 90.00"


THIRD = [{"amount": "10000"}, {"amount": "2000", "excluded": "third_party"}]


@pytest.mark.parametrize(
    ("paid", "words"),
    [
        ("2000", "其中 2,000.00 付的是应当由第三人负担的项目，不影响其他费用；按 10,000.00 计算"),
        (
            "3200",
            "其中 2,000.00 付的是应当由第三人负担的项目，其余 1,200.00 中政策范围内的占 10,000.00 ÷ 10,000.00，"
            "即 1,200.00，基金不再支付；按 8,800.00 计算",
        ),
    ],
)
def test_what_a_third_party_paid_for_its_own_lines_is_told(paid: str, words: str) -> None:
    found = reimburse(claim(lines=THIRD, third_party=paid), Year(), figures("xingtai"))
    assert sentence(found, "third_party") == f"第三人已付 {show_yuan(int(paid) * 100)}，{words}"
    assert "由第三人或者个人负担：应当由第三人负担" in sentence(found, "own_pay")


def test_a_fen_moved_by_rounding_the_year_is_said() -> None:
    year = Year({"employee-outpatient.in_scope": 13333, "employee-outpatient.scaled": 16_66_500_000})
    found = reimburse(claim(care="outpatient", level="2", bill="33.33"), year, figures("xingtai"))
    assert found.amounts["pool"] == 1666
    assert sentence(found, "pool") == "33.33 × 50% = 16.67，按全年累计四舍五入少计 0.01，即 16.66"


def test_the_explanation_says_which_year_and_that_nothing_is_left() -> None:
    over = claim(bill="12000", **{"from": "2025-12-28", "on": "2026-01-05"})
    for region, which in (("xingtai", 2026), ("changing", 2025)):
        said = sentence(reimburse(over, Year(), figures(region)), "total")
        assert said == f"费用清单 1 行合计；住院跨年度，按{which}年度计算"
    poor = claim(insurance="resident", aid="orphan", bill="100", third_party="100")
    assert sentence(reimburse(poor, Year(), figures("xingtai")), "aid").endswith(
        "个人负担的费用 0.00，不支付"
    )


def test_every_amount_of_a_step_is_in_its_sentence() -> None:
    one = claim(
        insurance="resident", status="resident", aid="minimum-living", bill="100000", commercial="100"
    )
    for step in reimburse(one, Year(), figures("bazhou")).steps:
        assert show_yuan(step.amount) in step.formula or step.key in ("total", "extra_aid"), step
        assert step.name


def test_a_result_lists_what_it_used_with_source_and_status() -> None:
    found = reimburse(claim(bill="12000"), Year(), figures("xingtai"))
    used = {one.name: one for one in found.used}
    ratio = used["employee-inpatient.ratio-3"]
    assert (ratio.value, ratio.unit, ratio.status, ratio.day) == ("0.85", "ratio", "illustrative", DAY)
    assert "二手数据，未见官方原件" in ratio.source
    assert "employee-inpatient.ratio-3" in found.illustrative
    steps = {step.key: step.used for step in found.steps}
    assert steps["deductible"] == ("employee-inpatient.deductible-3",)
    assert set(steps["pool"]) == {
        "employee-inpatient.ratio-3",
        "employee-inpatient.pool-cap",
    }
    assert set(found.amounts) == set(ALWAYS)


def test_what_is_verified_is_not_listed_as_illustrative() -> None:
    found = reimburse(claim(bill="12000"), Year(), figures("changing"))
    assert "employee-inpatient.ratio-3" not in found.illustrative


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"care": "prenatal", "bill": "100"}, "产前检查费按生育待遇"),
        ({"care": "chronic", "bill": "100"}, "补上病种编码"),
        ({"from": "2026-03-06", "on": "2026-03-05", "bill": "100"}, "结束日期早于开始日期"),
        ({"third_party": "100.01", "bill": "100"}, "第三人已付的金额大于费用总额"),
        ({"commercial": "-1", "bill": "100"}, "不能小于零"),
        ({"care": "outpatient", "from": "2025-12-31", "on": "2026-01-01", "bill": "100"}, "跨了年度"),
    ],
)
def test_what_cannot_be_worked_out_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(ClaimWrong, match=words):
        reimburse(claim(**said), Year(), figures("xingtai"))


def test_without_lines_nothing_is_worked_out() -> None:
    with pytest.raises(ClaimWrong, match="没有费用明细"):
        reimburse(replace(claim(bill="1"), lines=()), Year(), figures("xingtai"))


AID_CASES = [
    # 分类、总费用、范围内、保险已付、商业保险、地区 → 救助、倾斜、个人
    # 因病致贫：起付 32000 × 25% = 8000；(20000 − 8000) × 60% = 7200；倾斜 (20000 − 7200 − 10000) × 50% = 1400
    ("xingtai", "illness-poverty", 2_000, (7_200, 1_400, 16_400)),
    # 本地先扣商业保险：(20000 − 2000 − 8000) × 60% = 6000；倾斜 (18000 − 6000 − 10000) × 50% = 1000
    ("bazhou", "illness-poverty", 2_000, (6_000, 1_000, 16_000)),
    # 低保边缘：起付 32000 × 10% = 3200；(20000 − 3200) × 60% = 10080；20000 − 10080 = 9920 不到倾斜起付额
    ("xingtai", "marginal", 0, (10_080, 0, 14_920)),
    # 低保：20000 × 70% = 14000
    ("xingtai", "minimum-living", 0, (14_000, 0, 11_000)),
]


@pytest.mark.parametrize(("region", "category", "commercial", "wanted"), AID_CASES)
def test_aid_after_a_settlement_sheet(
    region: str, category: str, commercial: int, wanted: tuple[int, int, int]
) -> None:
    sheet = Settled(DAY, category, 100_000_00, 95_000_00, 75_000_00, commercial * 100)
    found = aid_after_settlement(sheet, Year(), figures(region))
    aid, extra, person = (100 * yuan for yuan in wanted)
    person -= commercial * 100 if region == "xingtai" else 0
    assert (found.amounts["aid"], found.amounts["extra_aid"], found.amounts["person"]) == (aid, extra, person)
    assert found.parts == {"aid": aid + extra}
    assert found.amounts["fund"] + found.amounts["insured"] + found.amounts["person"] == (
        100_000_00 - found.amounts.get("commercial", 0)
    )


@pytest.mark.parametrize(
    ("paid", "alone", "aid"),
    [
        # (95000 − 75000 − 10000 × 95000 ÷ 100000) × 70%
        (10_000, 0, 7_350_00),
        # 10000 付的都是应当由第三人负担的项目：20000 × 70%
        (10_000, 10_000, 14_000_00),
        # 其余 4500 × 95000 ÷ 95000：(20000 − 4500) × 70%
        (9_500, 5_000, 10_850_00),
    ],
)
def test_aid_leaves_out_what_a_third_party_paid(paid: int, alone: int, aid: int) -> None:
    sheet = Settled(
        DAY, "minimum-living", 100_000_00, 95_000_00, 75_000_00,
        third_party=paid * 100, third_party_alone=alone * 100,
    )  # fmt: skip
    assert aid_after_settlement(sheet, Year(), figures("xingtai")).amounts["aid"] == aid


@pytest.mark.parametrize(
    ("care", "is_aided"), [("outpatient", False), ("chronic", True), ("inpatient", True)]
)
def test_care_that_the_region_does_not_aid_is_not_aided_by_itself_either(care: str, is_aided: bool) -> None:
    """普通门诊不救助 holds on both ways to aid (guides B24, Q21: stays, chronic and special diseases)."""
    sheet = Settled(DAY, "minimum-living", 1_000_00, 900_00, 500_00, care=care)
    found = aid_after_settlement(sheet, Year(), figures("qinhuangdao"))
    assert found.amounts["fund"] == (280_00 if is_aided else 0)
    assert found.amounts["person"] == 500_00 - found.amounts["fund"]
    if not is_aided:
        assert sentence(found, "aid") == "本地的医疗救助不包括普通门诊费用，支付 0.00"
        assert not found.increments


def test_a_settlement_sheet_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ClaimWrong, match="结算单的金额不符"):
        aid_after_settlement(Settled(DAY, "orphan", 100, 90, 91), Year(), figures("xingtai"))
    with pytest.raises(ClaimWrong, match="救助对象类别“rich”不认识"):
        aid_after_settlement(Settled(DAY, "rich", 100, 90, 80), Year(), figures("xingtai"))


def test_aid_adds_up_over_insurance_and_sheets() -> None:
    """The yearly cap of aid is one, whichever way it was paid."""
    poor = claim(insurance="resident", status="resident", aid="minimum-living", bill="100000")
    first = reimburse(poor, Year(), figures("xingtai"))
    assert first.amounts["aid"] == 12_933_90
    sheet = Settled(DAY, "minimum-living", 100_000_00, 100_000_00, 70_000_00)
    second = aid_after_settlement(sheet, Year().after(first.increments), figures("xingtai"))
    assert second.amounts["aid"] == 30_000_00 - 12_933_90


def test_figures_are_read_by_their_unit_and_raise_outside_their_dates() -> None:
    book = figures("xingtai")
    assert book.yuan("employee-inpatient.deductible-3") == 800_00
    assert book.points("employee-inpatient.retired-points") == D("0.03")
    assert book.text("settlement.year-of-stay") == "end"
    assert book.taken() == (
        "employee-inpatient.deductible-3",
        "employee-inpatient.retired-points",
        "settlement.year-of-stay",
    )
    assert book.taken() == ()
    assert not book.fresh().used
    assert not book.on(date(2020, 12, 31)).has("employee-inpatient.deductible-3")
    with pytest.raises(NotInForce, match="2020-12-31"):
        book.on(date(2020, 12, 31)).yuan("employee-inpatient.deductible-3")
    with pytest.raises(NotInForce, match="没有参数“employee-inpatient.nothing”"):
        book.yuan("employee-inpatient.nothing")
    with pytest.raises(TypeError):
        book.ratio("employee-inpatient.deductible-3")


def test_cumulative_arithmetic() -> None:
    assert [rounded(scaled) for scaled in (499_999, 500_000, 1_499_999, 1_500_000)] == [0, 1, 1, 2]
    assert millionths(D("0.333333")) == 333_333
    with pytest.raises(ValueError, match="six places"):
        millionths(D("0.3333333"))
    bands = (Band(100, 600_000), Band(200, 700_000))
    assert [on_bands(amount, bands) for amount in (0, 100, 150, 200, 300)] == [0, 0, 30, 60, 130]
    for limit in (0, 1, 7, 500_000):
        for ratio in (300_000, 850_000, 1_000_000):
            most = reach(limit, ratio)
            assert rounded(most * ratio) <= limit < rounded((most + 1) * ratio)


def test_two_hundred_lines_are_quick() -> None:
    """The issue asks for 3 ms; a loaded machine is given ten times that, `make bench-benefits` measures."""
    lines = [{"klass": "B", "price": "30.5", "quantity": "2", "limit": "29", "own": "0.1"}] * 200
    one, book = claim(insurance="resident", aid="minimum-living", lines=lines), figures("xingtai")
    started = time.process_time()
    for _ in range(10):
        reimburse(one, Year(), book)
    assert (time.process_time() - started) / 10 < 0.03
