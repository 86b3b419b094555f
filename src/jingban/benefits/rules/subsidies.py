"""What is paid beside fees: the one-off birth subsidy (guide P23), the premium subsidy of people in need (X17, B23, L18,
Q20) and the whole balance of a personal account (X7, P9, B9, L9, Q9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from jingban.benefits.rules.birth import WAYS, Event, Insured, months_missing, refuse
from jingban.benefits.rules.explain import Sheet, percent
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import ClaimWrong, Result, Step
from jingban.core.money import round_fen, show_yuan

AIDED: Mapping[str, str] = MappingProxyType(
    {
        "extreme-poverty": "特困人员",
        "orphan": "孤儿",
        "minimum-living": "最低生活保障对象",
        "marginal": "低保边缘家庭成员",
        "monitored": "返贫致贫监测对象",
        "illness-poverty": "因病致贫重病患者",
    }
)
"""救助对象类别, as the register and the form have them."""


def birth_subsidy(event: Event, insured: Insured, fees: int, figures: Figures) -> Result:
    """一次性生育补助金: for the birth of an insured man's spouse without work; ``fees``: what her invoices add up to.

    By the figures of the day of birth. Raises NotEntitled for anybody else: an insured woman has her own benefits.
    """
    figures = figures.fresh(event.on)
    refuse("一次性生育补助金", _no_subsidy(event, insured, figures))
    figures.taken()
    if fees < 0:
        raise ClaimWrong("票据金额小于零，请核对票据。")
    sheet = Sheet(figures)
    kind = "caesarean" if event.way in ("dystocia", "caesarean") else "natural"
    standard = figures.yuan(f"birth-subsidy.{kind}")
    said = f"{WAYS[event.way]} {show_yuan(standard)}"
    if event.infants > 1:
        each, extra = figures.yuan("birth-subsidy.extra-infant"), event.infants - 1
        standard += each * extra
        said += f" + 多{extra}个婴儿各 {show_yuan(each)}"
    sheet.put("standard", "补助标准", standard, said)
    paid, why = standard, f"按标准 {show_yuan(standard)}"
    if figures.text("birth-subsidy.up-to-fees") == "yes":
        paid, why = (
            min(standard, fees),
            f"标准 {show_yuan(standard)} 与票据金额 {show_yuan(fees)} 中较低的",
        )
    sheet.put("fund", "一次性生育补助金", paid, why)
    sheet.pay("maternity", paid)
    sheet.amounts.update(total=paid, person=0, fees=fees)
    return sheet.result()


def _no_subsidy(event: Event, insured: Insured, figures: Figures) -> list[str]:
    reasons = months_missing(insured, "maternity", figures)
    if event.kind != "birth":
        reasons.append("补助金只在生育时发给，流产、手术和检查没有补助金")
    if insured.role != "spouse" or insured.insurance != "employee":
        reasons.append("补助金发给参保男职工的未就业配偶；本人参保的，请申请生育医疗费和生育津贴")
    return reasons


def premium_subsidy(category: str, year: int, figures: Figures, *, paid: int = 0) -> Result:
    """资助参保: which part of a resident's premium of an insured year is subsidised, by aid category.

    By the figures of the year's first day, as the levy (``levy-resident-premium``, ``levy-aid-*``); a category without a
    figure is not subsidised. ``paid``: what the person has paid already; ``refund`` is what of it was too much.
    """
    if category not in AIDED:
        raise ClaimWrong(f"没有“{category}”这一类救助对象，请选择：{'、'.join(AIDED.values())}。")
    if paid < 0:
        raise ClaimWrong("已缴金额小于零，请核对缴费凭证。")
    sheet = Sheet(figures.fresh(date(year, 1, 1)))
    premium = sheet.figures.yuan("levy-resident-premium")
    sheet.put("total", "个人缴费标准", premium, f"{year}年度居民医保个人缴费标准")
    subsidy = _subsidised(category, premium, sheet)
    own = premium - subsidy
    sheet.put("person", "本人缴费", own, f"{show_yuan(premium)} − {show_yuan(subsidy)}")
    refund = max(paid - own, 0)
    if paid:
        sheet.put("refund", "本人多缴", refund, f"已缴 {show_yuan(paid)}，本人应缴 {show_yuan(own)}")
    return sheet.result()


def _subsidised(category: str, premium: int, sheet: Sheet) -> int:
    name = f"levy-aid-{category}"
    if not sheet.figures.has(name):
        return sheet.put("fund", "资助金额", 0, f"本地没有{AIDED[category]}的资助比例，不资助")
    ratio = sheet.figures.ratio(name)
    subsidy = min(round_fen(premium * ratio), premium)
    sheet.pay("aid", subsidy)
    return sheet.put(
        "fund", "资助金额", subsidy, f"{AIDED[category]}，{show_yuan(premium)} × {percent(ratio)}"
    )


def withdrawal(balance: int, reason: str) -> Result:
    """个人账户一次性支取: always the whole balance; ``reason`` in words, as the form offers it. No figure is used."""
    if balance <= 0:
        raise ClaimWrong("个人账户余额为零，没有可以支取的金额，不用办理。")
    said = f"{reason}，个人账户余额 {show_yuan(balance)} 一次性全部支取"
    return Result(
        amounts={"total": balance, "fund": balance, "person": 0},
        steps=(Step("fund", "个人账户支取", balance, said),),
        parts={"personal": balance},
    )
