"""What is paid beside fees: the one-off birth subsidy (guide P23), the premium subsidy of people in need (X17, B23, L18,
Q20) and the whole balance of a personal account (X7, P9, B9, L9, Q9)."""

from __future__ import annotations

from datetime import date

from jingban.benefits.rules.birth import WAYS, Event, Insured, months_missing, refuse
from jingban.benefits.rules.explain import Sheet, less, percent
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import ClaimWrong, Result, Step
from jingban.core.insurance import AID_CATEGORIES
from jingban.core.money import round_fen, show_yuan


def birth_subsidy(
    event: Event, insured: Insured, fees: int, figures: Figures, *, third_party: int = 0, commercial: int = 0
) -> Result:
    """一次性生育补助金: for the birth of an insured man's spouse without work; ``fees``: what her invoices add up to.

    By the figures of the day of birth. Where the region pays no more than the fees, what a third party and commercial
    insurance paid of them is taken off. Raises NotEntitled for anybody else: an insured woman has her own benefits.
    """
    figures = figures.fresh(event.on)
    refuse("一次性生育补助金", _no_subsidy(event, insured, figures))
    figures.taken()
    if fees < 0:
        raise ClaimWrong("票据金额小于零，请核对票据。")
    if min(third_party, commercial) < 0 or third_party + commercial > fees:
        raise ClaimWrong("第三人和商业保险已付的金额应在零和票据金额之间，请核对。")
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
        own, said = fees - third_party - commercial, f"票据金额 {show_yuan(fees)}"
        if own != fees:
            minus = less(fees, ("第三人已付", third_party), ("商业保险已赔付", commercial))
            sheet.put("own_fees", "本人负担的费用", own, f"票据金额 {minus} = {show_yuan(own)}")
            said = f"本人负担的费用 {show_yuan(own)}"
        paid = min(standard, own)
        why = f"标准 {show_yuan(standard)} 与{said} 中较低的，即 {show_yuan(paid)}"
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
    if category not in AID_CATEGORIES:
        raise ClaimWrong(f"没有“{category}”这一类救助对象，请选择：{'、'.join(AID_CATEGORIES.values())}。")
    if paid < 0:
        raise ClaimWrong("已缴金额小于零，请核对缴费凭证。")
    sheet = Sheet(figures.fresh(date(year, 1, 1)))
    premium = sheet.figures.yuan("levy-resident-premium")
    sheet.put("total", "个人缴费标准", premium, f"{year}年度居民医保个人缴费标准")
    subsidy = _subsidised(category, premium, sheet)
    own = premium - subsidy
    minus = less(premium, ("资助", subsidy))
    sheet.put("person", "本人缴费", own, f"{minus} = {show_yuan(own)}" if minus else f"全部 {show_yuan(own)}")
    refund = max(paid - own, 0)
    if paid:
        sheet.put(
            "refund",
            "本人多缴",
            refund,
            f"已缴 {show_yuan(paid)}，本人应缴 {show_yuan(own)}，多缴 {show_yuan(refund)}",
        )
    return sheet.result()


def _subsidised(category: str, premium: int, sheet: Sheet) -> int:
    name = f"levy-aid-{category}"
    if not sheet.figures.has(name):
        return sheet.put("fund", "资助金额", 0, f"本地没有{AID_CATEGORIES[category]}的资助比例，不资助")
    ratio = sheet.figures.ratio(name)
    subsidy = min(round_fen(premium * ratio), premium)
    sheet.pay("aid", subsidy)
    said = f"{AID_CATEGORIES[category]}，{show_yuan(premium)} × {percent(ratio)} = {show_yuan(subsidy)}"
    return sheet.put("fund", "资助金额", subsidy, said)


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
