"""资助参保: what of a person's premium the fiscal authority is asked for, or the person gets back who had paid it all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jingban.benefits import books
from jingban.benefits.errors import AmountDiffers, NotCovered
from jingban.benefits.illustrative import refuse_illustrative
from jingban.benefits.missing import told_plainly
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Result
from jingban.benefits.rules.subsidies import premium_subsidy
from jingban.cases.work import Work
from jingban.core.insurance import AID_CATEGORIES
from jingban.core.money import show_yuan, to_fen
from jingban.registry import service as registry


@told_plainly()
def hold_premium_subsidy(work: Work, *, earlier: int = 0) -> int:
    """What is asked for in a case, in fen: one person by the figure of the category, held against the act's amount.

    ``earlier``: what other cases of the person and year asked for. Raises AmountDiffers (with the right amount),
    NotCovered where the case names no category or year, OnlyIllustrative.
    """
    result = _worked_out(work)
    right, said = max(0, result.amounts["fund"] - earlier), work.needs.get("amount")
    if said is not None and to_fen(str(said)) != right:
        formula = next(step.formula for step in result.steps if step.key == "fund")
        text = f"{Decimal(right).scaleb(-2):.2f}"
        category, year = AID_CATEGORIES[work.said("aid_category")], work.said("insured_year")
        raise AmountDiffers(
            f"按规定应申请资助{show_yuan(right)}元（{category}1人，{year}年度：{formula}{_less(earlier)}），"
            f"填写的是{said}元；请改为{text}，或先核对救助对象类别和参保年度。",
            field="amount",
            amount=text,
        )
    return right


@told_plainly()
def hold_premium_refund(work: Work, person: registry.Person, *, earlier: int = 0) -> int:
    """What the person paid beyond the own part (缴费补贴), by the tax department's receipts, in fen; refused as above.

    ``earlier``: what other cases of the person and year pay of it.
    """
    year = int(work.said("insured_year") or 0)
    paid = registry.premium_paid(person, year)
    right = max(0, _worked_out(work, paid).amounts.get("refund", 0) - earlier)
    said = work.needs.get("amount")
    if said is not None and to_fen(str(said)) != right:
        text = f"{Decimal(right).scaleb(-2):.2f}"
        raise AmountDiffers(
            f"{year}年度税务确认本人已缴{show_yuan(paid)}元，减去本人应缴的{_less(earlier)}，应补贴{show_yuan(right)}元，"
            f"填写的是{said}元；请改为{text}，或先核对缴费凭证。",
            field="amount",
            amount=text,
        )
    return right


def _less(earlier: int) -> str:
    return f"，减去其他办件已经资助的{show_yuan(earlier)}元" if earlier else ""


def _worked_out(work: Work, paid: int = 0) -> Result:
    category, year = work.said("aid_category"), work.said("insured_year")
    if not category or not year:
        raise NotCovered("办件没有写明救助对象类别和参保年度，算不出资助金额；请先更正申请表。")
    figures = Figures(books.current(work.region), date(int(year), 1, 1))
    result = premium_subsidy(category, int(year), figures, paid=paid)
    refuse_illustrative(work.region, result.illustrative)
    return result
