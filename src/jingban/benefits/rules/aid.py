"""医疗救助 after all insurance: by category its own deductible, ratio and yearly cap, then 倾斜救助.

先保险后救助: the base is what is left in scope after every insurance (国办发〔2021〕42号; reference 5.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jingban.benefits.rules.cumulative import SCALE, Band, millionths, part_of
from jingban.benefits.rules.explain import Sheet, less, put_person
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, ClaimWrong, Result, Year
from jingban.benefits.rules.segments import Scheme, pay_scheme
from jingban.benefits.rules.split import third_party_share
from jingban.benefits.rules.terms import is_ordinary_outpatient
from jingban.core.insurance import AID_CATEGORIES, FUNDS
from jingban.core.money import show_yuan


@dataclass(frozen=True, slots=True)
class Settled:
    """A bill that insurance has settled already, as its settlement sheet says (结算单)."""

    day: date
    category: str
    total: int
    in_scope: int
    insured: int
    commercial: int = 0
    third_party: int = 0
    third_party_alone: int = 0
    """What of it was for lines that the third party alone has to bear (``split.borne_alone``)."""
    care: str = ""


def paid_together(claim: Claim, figures: Figures) -> bool:
    """Whether aid is paid in the same decision as the insurance (一站式); others apply for it (社会救助暂行办法 27–31)."""
    if not claim.aid or claim.aid not in figures.words("medical-aid.direct"):
        return False
    return is_aided(claim.care, figures)


def is_aided(care: str, figures: Figures) -> bool:
    """Whether the region aids this care at all: of ordinary outpatient care it decides (guides B24, Q21)."""
    is_ordinary = is_ordinary_outpatient(care, figures)
    return not is_ordinary or figures.text("medical-aid.counts-outpatient") == "yes"


def pay_aid(
    sheet: Sheet, year: Year, category: str, whole: int, taken: Sequence[tuple[str, int]], commercial: int
) -> None:
    """Aid and extra aid on what of ``whole``, in scope, is the person's after what others have ``taken`` on them."""
    figures = sheet.figures
    if category not in AID_CATEGORIES:
        raise ClaimWrong(f"救助对象类别“{category}”不认识，请重新选择。", category=category)
    base = max(whole - sum(amount for _, amount in taken), 0)
    if commercial and figures.text("medical-aid.less-commercial") == "yes":
        first = min(commercial, base)
        base, taken = base - first, (*taken, ("商业保险已赔付", first))
    origin = less(whole, *taken) if whole - sum(amount for _, amount in taken) == base else ""
    note = f"{AID_CATEGORIES[category]}："
    given = pay_scheme(sheet, year, aid_scheme(figures, category), base, note, origin)
    pay_scheme(sheet, year, extra_scheme(figures), base - given, origin=less(base, ("医疗救助", given)))


def aid_after_settlement(settled: Settled, year: Year, figures: Figures) -> Result:
    """Medical aid for a bill that insurance has paid its part of (医疗救助手工报销).

    Raises ClaimWrong where the sheet's amounts cannot be: in scope above the total, more insured than in scope.
    """
    if not 0 <= settled.insured <= settled.in_scope <= settled.total or settled.commercial < 0:
        raise ClaimWrong("结算单的金额不符：总费用、政策范围内费用、保险已付应当依次不增，请核对结算单。")
    if not 0 <= settled.third_party <= settled.total - settled.insured:
        raise ClaimWrong("结算单的金额不符：保险和第三人已付合计超过总费用，请核对结算单。")
    sheet = Sheet(figures.fresh(settled.day))
    sheet.put("total", "总费用", settled.total, f"结算单上的总费用 {show_yuan(settled.total)}")
    sheet.put(
        "in_scope",
        "政策范围内费用",
        settled.in_scope,
        f"结算单上的政策范围内费用 {show_yuan(settled.in_scope)}",
    )
    sheet.put(
        "insured", "保险已付", settled.insured, f"基本医保、大病保险等已付 {show_yuan(settled.insured)}"
    )
    share = third_party_share(settled.third_party, settled.third_party_alone, settled.in_scope, settled.total)
    if settled.third_party:
        said = f"第三人已付 {show_yuan(settled.third_party)}，其中政策范围内的 {show_yuan(share)} 不再救助"
        sheet.put("third_party", "第三人已付", settled.third_party, said)
    if is_aided(settled.care, sheet.figures):
        left = (("保险已付", settled.insured), ("第三人已付", share))
        pay_aid(sheet, year, settled.category, settled.in_scope, left, settled.commercial)
    else:
        sheet.put("aid", "医疗救助", 0, f"本地的医疗救助不包括普通门诊费用，支付 {show_yuan(0)}")
    taken = (("保险已付", settled.insured), ("第三人已付", settled.third_party))
    finish(sheet, settled.total, taken, settled.commercial)
    return sheet.result()


def finish(sheet: Sheet, total: int, taken: Sequence[tuple[str, int]], commercial: int) -> None:
    """The last lines: what funds pay, what others paid, what is left to the person."""
    left = total - sum(amount for _, amount in taken)
    fund = sheet.fund
    parts = [f"{FUNDS[key].short} {show_yuan(part)}" for key, part in sheet.parts.items()]
    counted = min(commercial, left - fund)
    if commercial:
        said = f"商业保险已赔付 {show_yuan(commercial)}，冲减个人负担 {show_yuan(counted)}"
        sheet.put("commercial", "商业保险已赔付", counted, said)
    said = " + ".join(parts) or "没有可以支付的金额"
    if len(parts) > 1:
        said += f" = {show_yuan(fund)}"
    sheet.put("fund", "本次支付合计", fund, said)
    person = left - fund - counted
    put_person(sheet, total, person, (*taken, ("本次支付", fund), ("商业保险", counted)))


def aid_scheme(figures: Figures, category: str) -> Scheme:
    share = figures.ratio(f"medical-aid.income-share-{category}")
    deductible = 0
    if share:
        deductible = part_of(figures.yuan("medical-aid.resident-income"), millionths(share), SCALE)
    band = Band(deductible, millionths(figures.ratio(f"medical-aid.ratio-{category}")))
    cap = figures.yuan("medical-aid.cap")
    return Scheme("aid", "医疗救助", "aid", "保险支付后政策范围内仍由个人负担的费用", (band,), cap)


def extra_scheme(figures: Figures) -> Scheme:
    band = Band(
        figures.yuan("medical-aid.extra-threshold"), millionths(figures.ratio("medical-aid.extra-ratio"))
    )
    cap = figures.yuan("medical-aid.extra-cap")
    return Scheme("extra_aid", "倾斜救助", "aid", "救助后政策范围内仍由个人负担的费用", (band,), cap)
