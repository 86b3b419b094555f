"""What a claim that a person paid first is reimbursed, in the order of the national interface (reference 5.1).

total − 全自费 − 超限价 − 先行自付 = in scope; − deductible, × ratio, up to the caps = pool; then 大额 or 大病 on the year's
in-scope self-pay, 公务员, 企业补充, and last 医疗救助. docs/algorithms/benefits.md tells it with an example.
"""

from __future__ import annotations

from jingban.benefits.rules.aid import finish, paid_together, pay_aid
from jingban.benefits.rules.cumulative import SCALE, below, millionths, reach, rounded
from jingban.benefits.rules.explain import Sheet, capped, less, product
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, ClaimWrong, Result, Year
from jingban.benefits.rules.segments import (
    civil_servant,
    counts_for_serious,
    enterprise,
    pay_scheme,
    serious_illness,
    supplement,
)
from jingban.benefits.rules.split import borne_alone, put_split, third_party_share, third_party_text
from jingban.benefits.rules.terms import Terms, is_ordinary_outpatient, is_stay, settlement_day, terms
from jingban.core.money import show_yuan

ALWAYS = (
    "total", "own_pay", "over_limit", "pre_self", "in_scope", "third_party", "deductible", "pool", "supplement", "serious",
    "civil", "enterprise", "aid", "extra_aid", "commercial", "fund", "person",
)  # fmt: skip
"""The amounts that every result has; what did not come up is 0 and has no step."""


def reimburse(claim: Claim, year: Year, figures: Figures) -> Result:
    """Work out one claim by the figures of its settlement day and what the year added up to before it.

    Fund, person, commercial insurance and third party together are the total. Raises ClaimWrong for what cannot be
    worked out, NotInForce where a figure was not in force on the day.
    """
    _check(claim)
    book = figures.fresh(claim.ended_on)
    book = book.on(settlement_day(claim, book))
    sheet = Sheet(book)
    base = _in_scope(sheet, claim)
    found = terms(claim, year, book)
    left = base - _pool(sheet, claim, year, found, base)
    if claim.insurance == "resident":
        left -= _serious(sheet, claim, year, base)
    else:
        left -= _toppings(sheet, claim, year, base)
    if paid_together(claim, book):
        pay_aid(sheet, year, claim.aid, base, (("已支付", base - left),), claim.commercial)
    if is_stay(claim.care, book):
        sheet.add(f"{claim.insurance}.admissions", 1)
    finish(sheet, sheet.amounts["total"], (("第三人已付", claim.third_party_paid),), claim.commercial)
    sheet.amounts = {**dict.fromkeys(ALWAYS, 0), **sheet.amounts}
    return sheet.result()


def _check(claim: Claim) -> None:
    if claim.care == "prenatal":
        raise ClaimWrong("产前检查费按生育待遇计算，请在生育待遇事项中办理。")
    if not claim.lines:
        raise ClaimWrong("没有费用明细，请先录入费用清单。")
    if claim.ended_on < claim.began_on:
        raise ClaimWrong("结束日期早于开始日期，请核对就诊或出入院日期。")
    if claim.commercial < 0 or claim.third_party_paid < 0 or claim.admission < 0:
        raise ClaimWrong("商业保险赔付、第三人已付和住院次数不能小于零，请核对。")


def _in_scope(sheet: Sheet, claim: Claim) -> int:
    """Name the parts of the bill; what the fund looks at is in scope less the third party's share of it."""
    over = claim.began_on.year != claim.ended_on.year
    parts = put_split(sheet, claim.lines, f"；住院跨年度，按{sheet.figures.day.year}年度计算" if over else "")
    third = claim.third_party_paid
    if third > parts.total:
        raise ClaimWrong("第三人已付的金额大于费用总额，请核对。")
    if not third:
        return parts.in_scope
    paid = third, borne_alone(claim.lines, third), parts.in_scope, parts.total
    sheet.put("third_party", "第三人已付", third, third_party_text(*paid, "政策范围内的"))
    return parts.in_scope - third_party_share(*paid)


def _pool(sheet: Sheet, claim: Claim, year: Year, found: Terms, base: int) -> int:
    """The basic fund's part and, for an employee, what lies above its yearly cap."""
    deductible = _deductible(sheet, year, found, base)
    covered = base - deductible
    ratio = millionths(found.ratio)
    before = year.of(f"{found.account}.scaled") if found.basis == "year" else 0
    alone = rounded(covered * ratio)
    due = rounded(before + covered * ratio) - rounded(before)
    own_paid = year.of(f"{found.account}.paid")
    own = below(found.cap, own_paid, due)
    pool_cap = sheet.figures.yuan(f"{claim.insurance}-inpatient.pool-cap")
    pool_paid = year.of(f"{claim.insurance}.pool")
    pool = below(pool_cap, pool_paid, own)
    minus = f"（{show_yuan(base)} − 起付线 {show_yuan(deductible)}）" if deductible else show_yuan(base)
    said = f"{minus} × {found.ratio_text} {product(due, alone)}".replace("） ", "）").replace("× （", "×（")
    said += capped(found.cap_text, found.cap, own_paid, due, own)
    said += capped("统筹基金年度封顶线", pool_cap, pool_paid, own, pool)
    name = "统筹基金支付" if claim.insurance == "employee" else "居民医保基金支付"
    sheet.put("pool", name, pool, said, found.ratio_used)
    sheet.pay(claim.insurance, pool)
    sheet.add(f"{claim.insurance}.pool", pool)
    if found.basis == "year":
        sheet.add(f"{found.account}.scaled", covered * ratio)
    if found.cap is not None:
        sheet.add(f"{found.account}.paid", pool)
    if claim.insurance != "employee" or pool == own or is_ordinary_outpatient(claim.care, sheet.figures):
        return pool
    carry = before - rounded(before) * SCALE
    counted, within = min(covered, reach(own, ratio, carry)), reach(pool, ratio, carry)
    origin = less(counted, ("封顶线以内", within))
    return pool + pay_scheme(sheet, year, supplement(sheet.figures), counted - within, origin=origin)


def _deductible(sheet: Sheet, year: Year, found: Terms, base: int) -> int:
    """起付线 actually charged: of a yearly one only what the year has not been charged yet."""
    if found.basis != "year":
        charged, so_far = min(base, found.deductible), ""
    elif not found.deductible:  # care without a deductible does not use up that of other care
        charged, so_far = 0, ""
    else:
        before = year.of(f"{found.account}.in_scope")
        gone = min(found.deductible, before)
        charged = min(found.deductible, before + base) - gone
        so_far = f"，本年此前的费用已抵过 {show_yuan(gone)}" if gone else ""
        sheet.add(f"{found.account}.in_scope", base)
    low = f"，本次费用只有 {show_yuan(base)}" if found.basis != "year" and base < found.deductible else ""
    rule = found.deductible_text if found.deductible else "没有起付线"
    said = f"{rule}{so_far}{low}，本次计 {show_yuan(charged)}"
    return sheet.put("deductible", "起付线", charged, said, found.deductible_used)


def _serious(sheet: Sheet, claim: Claim, year: Year, base: int) -> int:
    if not counts_for_serious(claim, sheet.figures):
        return 0
    scheme, note = serious_illness(claim, sheet.figures)
    paid = sheet.fund
    return pay_scheme(sheet, year, scheme, base - paid, note, less(base, ("已支付", paid)))


def _toppings(sheet: Sheet, claim: Claim, year: Year, base: int) -> int:
    """What civil servants and some enterprises' staff are paid besides, the one after the other."""
    before = sheet.fund
    for has, scheme in (
        (claim.is_civil_servant, civil_servant),
        (claim.has_enterprise_supplement, enterprise),
    ):
        if has:
            paid = sheet.fund
            origin = less(base, ("已支付", paid))
            pay_scheme(sheet, year, scheme(sheet.figures), base - paid, origin=origin)
    return sheet.fund - before
