"""Under which terms the basic fund pays a claim: deductible, ratio and cap by level, person and place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from jingban.benefits.rules.explain import LEVELS, PLACES, percent, plain
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, ClaimWrong, Year
from jingban.core.money import show_yuan

Basis = Literal["year", "visit", "admission"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one claim. ``account`` names the accumulators of its yearly rules; ratios are said in words, too."""

    basis: Basis
    account: str
    deductible: int
    deductible_text: str
    ratio: Decimal
    ratio_text: str
    cap: int | None
    cap_text: str
    deductible_used: tuple[str, ...]
    ratio_used: tuple[str, ...]


def is_stay(care: str, figures: Figures) -> bool:
    """Whether it is worked out as a stay in hospital; of an emergency the region decides."""
    if care == "emergency":
        return figures.text("settlement.emergency-as") == "inpatient"
    return care == "inpatient"


def is_ordinary_outpatient(care: str, figures: Figures) -> bool:
    """普通门诊 in every rule: what counts for serious illness, supplement and aid. An emergency is, where it is no stay."""
    return care == "outpatient" or (care == "emergency" and not is_stay(care, figures))


def settlement_day(claim: Claim, figures: Figures) -> date:
    """That of a claim (``settled_on``)."""
    return settled_on(claim.care, claim.began_on, claim.ended_on, figures)


def settled_on(care: str, began_on: date, ended_on: date, figures: Figures) -> date:
    """The day whose figures hold and whose year it belongs to: of discharge, or as the region has it of admission.

    Late claims are worked out by what was in force then, not by today's figures (reference 5.1).
    """
    if began_on.year == ended_on.year:
        return ended_on
    at_end = figures.on(ended_on)
    if not is_stay(care, at_end):
        raise ClaimWrong("门诊费用跨了年度，请按年度分成两张账单录入。")
    return ended_on if at_end.text("settlement.year-of-stay") == "end" else began_on


def terms(claim: Claim, year: Year, figures: Figures) -> Terms:
    """The terms of the settlement day."""
    if is_stay(claim.care, figures):
        return _stay(claim, year, figures)
    if claim.care in ("chronic", "special"):
        return _disease(claim, figures)
    return _outpatient(claim, figures)


def _stay(claim: Claim, year: Year, figures: Figures) -> Terms:
    table = f"{claim.insurance}-inpatient"
    number = claim.admission or year.of(f"{claim.insurance}.admissions") + 1
    full = figures.yuan(_by_level(figures, f"{table}.deductible", claim.level))
    due, said = full, f"{LEVELS[claim.level]}每次住院起付线 {show_yuan(full)}"
    if number > 1:
        off, floor = figures.yuan(f"{table}.repeat-off"), figures.yuan(f"{table}.repeat-floor")
        due = max(full - off * (number - 1), min(full, floor))
        said += (
            f"，本年第{number}次住院，每多一次减 {show_yuan(off)}，最低 {show_yuan(floor)}，"
            f"本次起付线 {show_yuan(due)}"
        )
    used = figures.taken()
    ratio, words = _ratio(claim, figures, table)
    return Terms("admission", table, due, said, ratio, words, None, "", used, figures.taken())


def _disease(claim: Claim, figures: Figures) -> Terms:
    if not claim.disease:
        raise ClaimWrong("门诊慢特病费用要写明病种，请补上病种编码。")
    row = f"chronic-care.{claim.insurance}-{claim.care}"
    deductible = figures.yuan(f"{row}-deductible")
    used = figures.taken()
    ratio, words = _adjusted(claim, figures, figures.ratio(f"{row}-ratio"), "chronic-care")
    own = f"{row}-cap-{claim.disease.lower()}"
    cap = next((figures.yuan(name) for name in (own, f"{row}-cap") if figures.has(name)), None)
    return Terms(
        basis="year",
        account=f"{claim.insurance}-{claim.care}:{claim.disease}",
        deductible=deductible,
        deductible_text=f"本病种年度起付线 {show_yuan(deductible)}",
        ratio=ratio,
        ratio_text=words,
        cap=cap,
        cap_text="本病种年度封顶线",
        deductible_used=used,
        ratio_used=figures.taken(),
    )


def _outpatient(claim: Claim, figures: Figures) -> Terms:
    table = f"{claim.insurance}-outpatient"
    basis = figures.text(f"{table}.deductible-basis")
    if basis not in ("year", "visit"):
        raise ClaimWrong(f"参数 {table}.deductible-basis 写作“{basis}”，只能是 year 或 visit。")
    deductible = figures.yuan(_by_level(figures, f"{table}.deductible", claim.level))
    used = figures.taken()
    ratio, words = _ratio(claim, figures, table)
    cap = figures.yuan(_outpatient_cap(claim, figures, table))
    each = "每次就诊起付线" if basis == "visit" else "门诊年度起付线"
    own = claim.level == "village" and figures.has(f"{table}.cap-village")
    return Terms(
        basis="visit" if basis == "visit" else "year",
        account=f"{table}:village" if own else table,
        deductible=deductible,
        deductible_text=f"{LEVELS[claim.level]}{each} {show_yuan(deductible)}",
        ratio=ratio,
        ratio_text=words,
        cap=cap,
        cap_text="门诊年度封顶线",
        deductible_used=used,
        ratio_used=figures.taken(),
    )


def _outpatient_cap(claim: Claim, figures: Figures, table: str) -> str:
    """The figure of the yearly cap: by village, retired, student or age where the region has it so."""
    if claim.level == "village" and figures.has(f"{table}.cap-village"):
        return f"{table}.cap-village"
    if figures.has(own := f"{table}.cap-{claim.status}"):
        return own
    if figures.has(f"{table}.cap-older"):
        if claim.age is None:
            raise ClaimWrong("本地门诊封顶线与年龄有关，请补上参保人的出生日期。")
        if claim.age >= figures.count(f"{table}.older-from-age"):
            return f"{table}.cap-older"
    return f"{table}.cap"


def _ratio(claim: Claim, figures: Figures, table: str) -> tuple[Decimal, str]:
    own = f"{table}.ratio-{claim.status}"
    base = own if figures.has(own) else _by_level(figures, f"{table}.ratio", claim.level)
    return _adjusted(claim, figures, figures.ratio(base), table)


def _adjusted(claim: Claim, figures: Figures, base: Decimal, table: str) -> tuple[Decimal, str]:
    """Level, person and place in percentage points, never a share of a share (医保发〔2022〕22号; reference 3)."""
    ratio, said = base, percent(base)
    more = f"{table}.{claim.status}-points"
    if figures.has(more) and (points := figures.points(more)):
        ratio += points
        said += f" + {_STATUS.get(claim.status, '本人身份')}{plain(points * 100)}个百分点"
    place = "emergency" if claim.care == "emergency" and claim.place != "filed" else claim.place
    if claim.place != "local" and (points := figures.points(f"off-site.points-{place}")):
        ratio -= points
        said += f" − {PLACES[place]}{plain(points * 100)}个百分点"
    kept = min(max(ratio, Decimal(0)), Decimal(1))
    if kept != ratio:
        return (
            kept,
            f"（{said}，{'不低于' if ratio < kept else '不高于'} {percent(kept)}，按 {percent(kept)}）",
        )
    return ratio, said if ratio == base and said == percent(base) else f"（{said} = {percent(ratio)}）"


_STATUS = {"retired": "退休人员", "student": "大学生"}


def _by_level(figures: Figures, name: str, level: str) -> str:
    """The figure of a level; a village is met as a township where it has no row of its own."""
    return f"{name}-0" if level == "village" and not figures.has(f"{name}-village") else f"{name}-{level}"
