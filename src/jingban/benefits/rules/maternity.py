"""Medical fees of birth, miscarriage, family planning and prenatal checks (社会保险法 arts. 54, 55; guides X15, P19 to
P21, B20, B21, L15, L16, Q17, Q18).

The law names what is paid for; how much is the region's: a quota (定额), a limit on what is in scope (限额), or a ratio.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from jingban.benefits.rules.birth import OPERATIONS, WAYS, Event, Insured, months_missing, refuse
from jingban.benefits.rules.cumulative import below, millionths, part_of, rounded
from jingban.benefits.rules.explain import Sheet, capped, less, percent, product, put_person
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import BEYOND_CATALOGUE, Claim, ClaimWrong, Result, Split, Year
from jingban.benefits.rules.split import borne_alone, put_split, split, third_party_share, third_party_text
from jingban.core.money import round_fen, show_yuan

METHODS = ("quota", "quota-in-scope", "ratio")
"""定额 (of all fees, in the catalogue or not, that the fund may pay: 社会保险法 art. 30, insured, not paid elsewhere), 限额 and
按比例 (both of what is in scope)."""
_NOTHING_BEFORE = Year()
_RESIDENT = "maternity-resident"


def maternity_medical(claim: Claim, event: Event, insured: Insured, figures: Figures) -> Result:
    """Fees of a birth, a miscarriage or an operation, by the figures of the day of the event.

    A spouse without work, and who left her unit, gets the region's share of the standard. Raises NotEntitled with every
    reason, ClaimWrong for a bill that cannot be worked out.
    """
    if event.kind == "prenatal":
        raise ClaimWrong("产前检查费有自己的限额，请按产前检查费核定。")
    figures = figures.fresh(event.on)
    table = _entitled(insured, figures)
    sheet = Sheet(figures)
    found = _priced(claim, sheet)
    if _method(event, table, sheet) == "ratio":
        paid = _by_ratio(event, table, insured, _less_third_party(claim, sheet, "in_scope"), sheet)
    else:
        paid = _by_quota(event, table, insured, _less_third_party(claim, sheet, "covered"), sheet)
    return _closed(sheet, table, claim, found, paid)


def prenatal(
    claim: Claim, event: Event, insured: Insured, figures: Figures, before: Year = _NOTHING_BEFORE
) -> Result:
    """Prenatal checks: a ratio of what is in scope, rounded on the pregnancy's sum, up to a cap for the whole of it.

    ``before``: the increments of this pregnancy's earlier claims, which may lie in the year before (``pregnancy``). The
    ratio is that of the day of each check, the rest goes by the last day of the claim. Raises as ``maternity_medical``.
    """
    figures = figures.fresh(claim.ended_on)
    table = _entitled(insured, figures)
    first = pregnancy(event.on, table, figures)
    if not (first <= claim.began_on and claim.ended_on <= event.on):
        raise ClaimWrong(
            f"检查日期应在{first.isoformat()}至{event.on.isoformat()}（分娩或预产日）之间，请核对票据和日期。"
        )
    figures.taken()
    sheet = Sheet(figures)
    found = _priced(claim, sheet)
    base = _less_third_party(claim, sheet, "in_scope")
    parts = _by_day(claim, base, f"{table}.prenatal-ratio", figures)
    cap = round_fen(figures.yuan(f"{table}.prenatal-cap") * _share(insured, figures))
    exact, given = (before.of(f"{table}.prenatal_{key}") for key in ("scaled", "paid"))
    scaled = sum(amount * millionths(ratio) for amount, ratio in parts)
    due = rounded(exact + scaled) - rounded(exact)
    paid = below(cap, given, due)
    said = " + ".join(f"{show_yuan(amount)} × {percent(ratio)}" for amount, ratio in parts)
    said += f" {product(due, rounded(scaled), '怀孕期间')}"
    said += capped("本次怀孕限额", cap, given, due, paid, "本次怀孕")
    sheet.put("maternity", "产前检查费", paid, said)
    sheet.add(f"{table}.prenatal_scaled", scaled)
    sheet.add(f"{table}.prenatal_paid", paid)
    return _closed(sheet, table, claim, found, paid)


def _by_day(claim: Claim, base: int, name: str, figures: Figures) -> list[tuple[int, Decimal]]:
    """``base`` cut by the ratio of the day of each line: checks of a whole pregnancy are often brought together."""
    sums: dict[Decimal, int] = {}
    for line in claim.lines:
        ratio = figures.on(line.day).ratio(name)
        sums[ratio] = sums.get(ratio, 0) + split(line).in_scope
    whole, upto, found = sum(sums.values()), 0, []
    for ratio, amount in sums.items():
        # What a third party paid is taken from each in proportion, to the fen.
        cut = part_of(upto + amount, base, whole) - part_of(upto, base, whole) if whole else 0
        found.append((cut, ratio))
        upto += amount
    return found


def pregnancy(on: date, table: str, figures: Figures) -> date:
    """The first day on which a check counts to the pregnancy that ends, or is due to end, on this day."""
    return on - timedelta(days=figures.count(f"{table}.pregnancy-days"))


def _entitled(insured: Insured, figures: Figures) -> str:
    """The table of the insurance; refused where the region gives this person nothing."""
    if insured.insurance == "resident":
        table = _RESIDENT
        reasons = [_NOT_OF_A_RESIDENT] if insured.role != "own" else []
    else:
        table = "maternity"
        reasons = [] if _share(insured, figures) else [_NO_SHARE[insured.role]]
    refuse("生育医疗费", [*reasons, *months_missing(insured, table, figures)])
    figures.taken()  # listed in used; the conditions belong to no amount
    return table


def _share(insured: Insured, figures: Figures) -> Decimal:
    """Which share of an insured woman's standard this person gets."""
    return Decimal(1) if insured.role == "own" else figures.ratio(f"maternity.share-{insured.role}")


_NOT_OF_A_RESIDENT = "未就业配偶和离职女职工随职工医保享受；参加居民医保的，请以本人名义申请"
_NO_SHARE = {
    "spouse": "本地不按女职工的标准支付未就业配偶的生育医疗费；当地有一次性生育补助金的，请申请该事项",
    "former": "本地没有离职女职工享受生育医疗费的规定",
}


def _priced(claim: Claim, sheet: Sheet) -> Split:
    if not any(line.amount for line in claim.lines):
        raise ClaimWrong("费用总额是零，没有可以支付的费用，请录入费用明细。")
    found = put_split(sheet, claim.lines)
    out = (line.amount for line in claim.lines if line.excluded and line.excluded not in BEYOND_CATALOGUE)
    sheet.amounts["excluded"] = sum(out)
    return found


def _method(event: Event, table: str, sheet: Sheet) -> str:
    """By which way the region pays; what counts towards a quota or a limit is put on the sheet."""
    name = f"{table}.{'operation' if event.kind == 'operation' else 'birth'}-method"
    method = sheet.figures.text(name)
    if method not in METHODS:
        raise ClaimWrong(f"参数 {name} 写作“{method}”，只能是 {'、'.join(METHODS)}。")
    if method == "quota":
        total, excluded = sheet.amounts["total"], sheet.amounts["excluded"]
        covered = total - excluded
        minus = less(total, ("不予支付", excluded))
        said = f"{minus} = {show_yuan(covered)}" if minus else f"全部 {show_yuan(total)}"
        sheet.put("covered", "按定额计入的费用", covered, f"{said}（定额包括丙类和目录外的费用）")
    if method == "quota-in-scope":
        sheet.put("covered", "按限额计入的费用", sheet.amounts["in_scope"], "政策范围内费用")
    return method


def _less_third_party(claim: Claim, sheet: Sheet, key: str) -> int:
    """What is left of an amount without the share of it that a third party has paid, as in ``reimbursement``."""
    third, whole, total = claim.third_party_paid, sheet.amounts[key], sheet.amounts["total"]
    if third > total or min(third, claim.commercial) < 0:
        raise ClaimWrong("第三人和商业保险已付的金额应在零和费用总额之间，请核对。")
    if not third:
        return whole
    name = "政策范围内的" if key == "in_scope" else "计入的费用"
    paid = third, borne_alone(claim.lines, third), whole, total
    sheet.put("third_party", "第三人已付", third, third_party_text(*paid, name))
    return whole - third_party_share(*paid)


def _by_quota(event: Event, table: str, insured: Insured, covered: int, sheet: Sheet) -> int:
    quota, said = _quota(event, table, sheet.figures)
    share = _share(insured, sheet.figures)
    standard = round_fen(quota * share)
    if share != 1:
        said = f"（{said}）× {percent(share)} = {show_yuan(standard)}"
    sheet.put("standard", "支付标准", standard, said)
    said = f"费用 {show_yuan(covered)} 与标准 {show_yuan(standard)} 中较低的，即 {show_yuan(min(covered, standard))}"
    return sheet.put("maternity", _name(event), min(covered, standard), said)


def _quota(event: Event, table: str, figures: Figures) -> tuple[int, str]:
    """The standard of an own claim and its sentence."""
    if event.kind == "operation":
        amount = figures.yuan(f"{table}.operation-{event.operation}")
        return amount, f"{OPERATIONS[event.operation]} {show_yuan(amount)}"
    if event.kind == "miscarriage":
        is_over = (event.months or 0) >= figures.count("maternity-allowance.miscarriage-months")
        amount = figures.yuan(f"{table}.miscarriage-{'late' if is_over else 'early'}")
        return amount, f"怀孕满{event.months}个月流产 {show_yuan(amount)}"
    amount = figures.yuan(f"{table}.birth-{event.way}")
    words = [f"{WAYS[event.way]} {show_yuan(amount)}"]
    if event.infants > 1:
        each, extra = figures.yuan(f"{table}.extra-infant"), event.infants - 1
        amount += each * extra
        words.append(f"多{extra}个婴儿各 {show_yuan(each)}")
    if event.operation and figures.text(f"{table}.operation-method") != "ratio":
        more = figures.yuan(f"{table}.operation-{event.operation}")
        amount += more
        words.append(f"{OPERATIONS[event.operation]} {show_yuan(more)}")
    return amount, " + ".join(words)


def _by_ratio(event: Event, table: str, insured: Insured, base: int, sheet: Sheet) -> int:
    kind = "operation" if event.kind == "operation" else "birth"
    share = _share(insured, sheet.figures)
    ratio = sheet.figures.ratio(f"{table}.{kind}-ratio")
    paid = min(round_fen(base * ratio * share), base)
    said = f"政策范围内 {show_yuan(base)} × {percent(ratio)}"
    said += f" × {percent(share)}" if share != 1 else ""
    said += f" = {show_yuan(paid)}"
    return sheet.put("maternity", _name(event), paid, said)


def _name(event: Event) -> str:
    return "计划生育医疗费" if event.kind == "operation" else "生育医疗费"


def _closed(sheet: Sheet, table: str, claim: Claim, found: Split, paid: int) -> Result:
    """What is left to the person when the fund and everybody else has paid; together they are the total."""
    sheet.pay("resident" if table == _RESIDENT else "maternity", paid)
    sheet.amounts["fund"] = paid
    left = found.total - paid - claim.third_party_paid
    commercial = min(claim.commercial, left)
    if claim.commercial:
        said = f"商业保险已赔付 {show_yuan(claim.commercial)}，冲减个人负担 {show_yuan(commercial)}"
        sheet.put("commercial", "商业保险已赔付", commercial, said)
    taken = (("第三人已付", claim.third_party_paid), ("本次支付", paid), ("商业保险", commercial))
    put_person(sheet, found.total, left - commercial, taken)
    return sheet.result()
