"""What is paid after the basic fund on a year's cumulated amounts: 大额, 大病, 公务员补助, 企业补充 (reference 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jingban.benefits.rules.cumulative import SCALE, Band, below, gain, millionths, part_of, rounded
from jingban.benefits.rules.explain import Sheet, capped, percent, plain, product
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, Fund, Year
from jingban.benefits.rules.terms import is_ordinary_outpatient
from jingban.core.money import show_yuan

POOR = frozenset({"extreme-poverty", "orphan", "minimum-living", "monitored"})
"""特困（孤儿同）、低保、返贫致贫: half the threshold, five points more, no cap (国办发〔2021〕42号)."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A yearly rule over a cumulated amount; ``key`` names the amount, the accumulators and the table's step."""

    key: str
    name: str
    fund: Fund
    base_name: str
    bands: tuple[Band, ...]
    cap: int | None


def pay_scheme(sheet: Sheet, year: Year, scheme: Scheme, base: int, note: str = "", origin: str = "") -> int:
    """Pay what ``base`` adds to the year by the scheme, and say how; the base itself is remembered for what follows.

    ``origin``: the subtraction that the base is what is left of.
    """
    before, paid = year.of(f"{scheme.key}.self"), year.of(f"{scheme.key}.paid")
    due = gain(before, base, scheme.bands)
    given = below(scheme.cap, paid, due)
    said = (
        note
        + _sentence(scheme, before, base, due, origin)
        + capped("年度封顶线", scheme.cap, paid, due, given)
    )
    sheet.put(scheme.key, scheme.name, given, said)
    sheet.pay(scheme.fund, given)
    sheet.add(f"{scheme.key}.self", base)
    sheet.add(f"{scheme.key}.paid", given)
    return given


def _sentence(scheme: Scheme, before: int, base: int, due: int, origin: str) -> str:
    """From where to where the year's cumulated amount went, band by band."""
    after = before + base
    now = f"{origin} = {show_yuan(base)}" if origin else show_yuan(base)
    went = (
        f"{scheme.base_name}本次 {now}，全年累计 {show_yuan(after)}"
        if before
        else f"{scheme.base_name} {now}"
    )
    start = scheme.bands[0].start
    if not base:
        return f"{went}，不支付"
    if after <= start:
        return f"{went}，没有超过起付标准 {show_yuan(start)}，不支付"
    ends = [*(band.start for band in scheme.bands[1:]), after]
    parts, scaled = [], 0
    for band, end in zip(scheme.bands, ends, strict=True):
        low, high = max(before, band.start), min(after, end)
        if high > low:
            scaled += (high - low) * band.ratio
            share = percent(Decimal(band.ratio) / SCALE)
            over = f"{show_yuan(low)} 以上到 {show_yuan(high)} 的部分" if low else f"{show_yuan(high)}"
            parts.append(f"{over} × {share}" if not low else f"{over} {show_yuan(high - low)} × {share}")
    over_start = f"，起付标准 {show_yuan(start)}" if start else ""
    return f"{went}{over_start}；{' + '.join(parts)} {product(due, rounded(scaled))}"


def supplement(figures: Figures) -> Scheme:
    """职工大额医疗费用补助: what lies above the pool's cap."""
    ratio = millionths(figures.ratio("employee-supplement.ratio"))
    cap = figures.yuan("employee-supplement.cap")
    return Scheme(
        "supplement", "大额医疗补助", "supplement", "统筹封顶线以上的政策范围内费用", (Band(0, ratio),), cap
    )


def serious_illness(claim: Claim, figures: Figures) -> tuple[Scheme, str]:
    """居民大病保险 by segments on the year's in-scope self-pay, and what is said of a poor person's better terms."""
    threshold = figures.yuan("serious-illness.threshold")
    points, note, poor = Decimal(0), "", claim.aid in POOR
    cap: int | None = figures.yuan("serious-illness.cap")
    if poor:
        share = figures.ratio("serious-illness.poor-threshold-share")
        points = figures.points("serious-illness.poor-points")
        threshold = part_of(threshold, millionths(share), SCALE)
        note = f"困难群众起付标准按{percent(share)}计为 {show_yuan(threshold)}，各段提高{plain(points * 100)}个百分点"
        if figures.text("serious-illness.poor-capped") == "no":
            cap = None
            note += "，不设封顶线"
        note += "；"
    bands = [Band(threshold, millionths(figures.ratio("serious-illness.ratio-1") + points))]
    number = 2
    while figures.has(name := f"serious-illness.from-{number}"):
        ratio = millionths(figures.ratio(f"serious-illness.ratio-{number}") + points)
        bands.append(Band(max(figures.yuan(name), threshold), ratio))
        number += 1
    scheme = Scheme("serious", "居民大病保险支付", "serious", "政策范围内个人自付", tuple(bands), cap)
    return scheme, note


def counts_for_serious(claim: Claim, figures: Figures) -> bool:
    """Whether the claim's self-pay counts at all: of ordinary outpatient care the region decides."""
    is_ordinary = is_ordinary_outpatient(claim.care, figures)
    return not is_ordinary or figures.text("serious-illness.counts-outpatient") == "yes"


def civil_servant(figures: Figures) -> Scheme:
    """公务员医疗补助 on what is still in scope."""
    return _topping(figures, "civil", "公务员医疗补助", "civil-servant")


def enterprise(figures: Figures) -> Scheme:
    """企业补充医疗保险 on what is still in scope."""
    return _topping(figures, "enterprise", "企业补充医疗保险", "enterprise-supplement")


def _topping(figures: Figures, key: Fund, name: str, table: str) -> Scheme:
    band = Band(figures.yuan(f"{table}.deductible"), millionths(figures.ratio(f"{table}.ratio")))
    return Scheme(key, name, key, "政策范围内仍由个人负担的费用", (band,), figures.yuan(f"{table}.cap"))
