"""What a bill must be before it is kept: amounts that add up, days in order, receipts of it."""

from __future__ import annotations

from datetime import date

from jingban.benefits import invoices
from jingban.benefits.drafts import ABROAD, CARES, INVOICES, PATIENTS, BillDraft, InvoiceDraft, LineDraft
from jingban.benefits.einvoice import DIGITAL
from jingban.benefits.errors import BillWrong, InvoiceWrong
from jingban.benefits.models import Accident
from jingban.benefits.rules.explain import LEVELS
from jingban.benefits.rules.model import EXCLUSIONS, THIRD_PARTY
from jingban.core.money import round_fen, show_yuan

AFTER = 31
"""Days after the end of care within which an invoice of the next year still belongs to it."""
MOST_LINES = 3000
NO_LINES = "没有费用明细，请按费用清单逐条录入。"


def hold(draft: BillDraft, *, day: date, aid: bool = False) -> None:
    """Raise BillWrong or InvoiceWrong where the bill cannot be right, whoever claims.

    For medical aid after insurance the settlement stands in the place of the lines (``hold_settled``).
    """
    _words(draft)
    if not draft.lines and not aid:
        raise BillWrong(NO_LINES, field="lines")
    _days(draft, day)
    _sums(draft)
    _accident(draft)
    for invoice in draft.invoices:
        _invoice(draft, invoice, day)
    _abroad(draft)


def _words(draft: BillDraft) -> None:
    for value, known, what, name in (
        (draft.care, CARES, "医疗类别", "care"),
        (draft.level, LEVELS, "医疗机构级别", "level"),
        (draft.patient, PATIENTS, "就诊人", "patient"),
        (draft.accident, dict(Accident.choices), "意外伤害的情况", "accident"),
    ):
        if value not in known:
            raise BillWrong(
                f"没有“{value}”这种{what}，可选：{'、'.join(map(str, known.values()))}。", field=name
            )
    if not draft.institution.strip():
        raise BillWrong("没有填写就诊的医疗机构，请按票据填写。", field="institution")
    for name, what, most in (("institution", "医疗机构", 120), ("institution_code", "机构代码", 20)):
        if len(getattr(draft, name)) > most:
            raise BillWrong(f"{what}最多{most}个字，请按票据核对。", field=name)
    if not (len(draft.place_code) == 6 and draft.place_code.isascii() and draft.place_code.isdecimal()):
        raise BillWrong("就医地应为6位行政区划代码，如410928；请核对。", field="place_code")
    if draft.patient != "self" and not draft.patient_name:
        raise BillWrong(f"就诊人是{PATIENTS[draft.patient]}的，请填写就诊人姓名。", field="patient_name")
    if len(draft.lines) > MOST_LINES:
        raise BillWrong(f"一张账单最多{MOST_LINES}条明细，请按出院结算分开录入。", field="lines")
    if not draft.invoices:
        raise BillWrong("没有票据，请录入收费票据；没有票据的费用不能报销。", field="invoices")


def _days(draft: BillDraft, day: date) -> None:
    if draft.ended_on < draft.began_on:
        raise BillWrong(
            f"结束（出院）日期{draft.ended_on}早于就诊（入院）日期{draft.began_on}，请核对。",
            field="ended_on",
        )
    if draft.ended_on > day:
        raise BillWrong(f"结束（出院）日期{draft.ended_on}还没有到，出院结算以后再报销。", field="ended_on")
    for line in draft.lines:
        if not draft.began_on <= line.day <= draft.ended_on:
            raise BillWrong(
                f"明细“{line.name}”的日期{line.day}不在这次就医的{draft.began_on}至{draft.ended_on}以内，请核对。",
                field="lines",
            )


def _sums(draft: BillDraft) -> None:
    if draft.total <= 0:
        raise BillWrong(f"费用总额应大于零，填的是{show_yuan(draft.total)}元，请核对。", field="total")
    for name, what in (("commercial", "商业保险已付"), ("third_party_paid", "第三人已付")):
        paid = getattr(draft, name)
        if not 0 <= paid <= draft.total:
            raise BillWrong(
                f"{what}{show_yuan(paid)}元应在零和费用总额{show_yuan(draft.total)}元之间，请核对。",
                field=name,
            )
    if (paid := draft.commercial + draft.third_party_paid) > draft.total:
        raise BillWrong(
            f"商业保险和第三人已付共{show_yuan(paid)}元，超过费用总额{show_yuan(draft.total)}元，请核对。"
        )
    for line in draft.lines:
        hold_line(line)
    lines = sum(line.amount for line in draft.lines)
    if draft.lines and lines != draft.total:
        raise BillWrong(_differ("费用明细合计", lines, "费用总额", draft.total), field="lines")
    for invoice in draft.invoices:
        if invoice.amount <= 0:
            raise InvoiceWrong(
                f"票据{invoice.number}的金额应大于零，填的是{show_yuan(invoice.amount)}元；红字票据不能报销。",
                field="invoices",
            )
    receipts = sum(invoice.amount for invoice in draft.invoices)
    if receipts != draft.total:
        raise BillWrong(_differ("票据合计", receipts, "费用总额", draft.total), field="invoices")


def hold_settled(draft: BillDraft) -> None:
    """Raise BillWrong where what insurance settled before medical aid cannot be, or lines are needed and not there.

    Guides L19 and B24 ask for no list of expenses after a settlement. What a third party bears alone is
    told by lines only.
    """
    said = draft.settled
    if not draft.lines and said is None:
        raise BillWrong(NO_LINES, field="lines")
    if not draft.lines and draft.third_party_paid:
        raise BillWrong(
            "第三人付了一部分的，请录入费用明细，并在应当由第三人负担的明细里选这个不予支付的原因；没有费用清单的，按结算单分成"
            "由第三人负担的和其余的两条。",
            field="lines",
        )
    if said is None:
        return
    total, within, insured = (show_yuan(fen) for fen in (draft.total, said.in_scope, said.insurance))
    if not 0 <= said.in_scope <= draft.total:
        raise BillWrong(
            f"政策范围内费用{within}元应在零和费用总额{total}元之间，请按结算单核对。",
            field="settled_in_scope",
        )
    if not 0 <= said.insurance <= said.in_scope:
        raise BillWrong(
            f"各项保险已付{insured}元应在零和政策范围内费用{within}元之间，请按结算单核对。",
            field="settled_insurance",
        )
    paid = said.insurance + draft.commercial + draft.third_party_paid
    if paid > draft.total:
        raise BillWrong(
            f"各项保险、商业保险和第三人已付共{show_yuan(paid)}元，超过费用总额{total}元，没有可以救助的费用；请核对。",
            field="settled_insurance",
        )


def hold_line(line: LineDraft) -> None:
    """Raise BillWrong where a line cannot be right by itself."""
    if not line.name.strip():
        raise BillWrong("有一条明细没有名称，请按费用清单填写。", field="lines")
    if line.amount < 0:
        raise BillWrong(
            f"明细“{line.name}”的金额是{show_yuan(line.amount)}元，不能小于零；退费的请按退费后的清单录入。",
            field="lines",
        )
    if line.quantity <= 0 or line.unit_price < 0:
        raise BillWrong(
            f"明细“{line.name}”的数量{line.quantity}应大于零、单价{line.unit_price}不能小于零，请核对。",
            field="lines",
        )
    # Less than a fen is the hospital's rounding of a single piece's price, as in rules.split.
    due = (line.quantity * line.unit_price).scaleb(2)
    if abs(due - line.amount) >= 1:
        gives = round_fen(due)
        raise BillWrong(
            f"明细“{line.name}”数量{line.quantity}×单价{line.unit_price}元＝{show_yuan(gives)}元，"
            f"与金额{show_yuan(line.amount)}元不一致，请核对。",
            field="lines",
        )
    if line.excluded and line.excluded not in EXCLUSIONS:
        raise BillWrong(f"没有“{line.excluded}”这种不予支付的原因，请从列表中选择。", field="lines")


def _accident(draft: BillDraft) -> None:
    """社会保险法 art. 30: what a third party is to bear is not paid, unless that party does not pay or is not found."""
    if draft.accident == Accident.PAYING and not draft.third_party_paid:
        raise BillWrong("意外伤害由第三人负担的，请填写第三人负担的金额。", field="third_party_paid")
    if draft.accident != Accident.PAYING and draft.third_party_paid:
        raise BillWrong("填写了第三人已付的金额，意外伤害的情况应选“第三人负担”。", field="accident")
    theirs = next((line for line in draft.lines if line.excluded == THIRD_PARTY), None)
    if draft.accident == Accident.NOT_PAYING and theirs is not None:
        raise BillWrong(
            f"第三人不支付或者无法确定的，由基金先行支付（社会保险法第三十条），明细“{theirs.name}”不能按应当由第三人负担不予支付；"
            "请去掉这条明细的不予支付原因，或者更正意外伤害的情况。",
            field="lines",
        )


def _invoice(draft: BillDraft, invoice: InvoiceDraft, day: date) -> None:
    if invoice.kind not in INVOICES:
        raise InvoiceWrong(
            f"没有“{invoice.kind}”这种票据，可选：{'、'.join(INVOICES.values())}。", field="invoices"
        )
    if not invoice.number.strip() or not invoice.issuer.strip():
        raise InvoiceWrong("票据的号码和开票单位都要填写，请按票面填写。", field="invoices")
    if why := code_missing(invoice):
        raise InvoiceWrong(f"票据{invoice.number}{why}。", field="invoices")
    if invoice.day > day:
        raise InvoiceWrong(f"票据{invoice.number}的开票日期{invoice.day}还没有到，请核对。", field="invoices")
    if invoice.day < draft.began_on:
        raise InvoiceWrong(
            f"票据{invoice.number}开于{invoice.day}，早于就诊（入院）日期{draft.began_on}，不是这次就医的票据，请核对。",
            field="invoices",
        )
    late = (invoice.day - draft.ended_on).days
    if invoice.day.year > draft.ended_on.year and late > AFTER:
        raise InvoiceWrong(
            f"票据{invoice.number}是{invoice.day.year}年开的，这次就医在{draft.ended_on.year}年结束，"
            "不是同一年度的费用，请核对票据和就医日期。",
            field="invoices",
        )


def code_missing(invoice: InvoiceDraft) -> str:
    """What is said of a receipt that cannot be told from another: without its code, or with no or a part of its number."""
    if not invoices.has_number(invoice):
        return "的号码里没有数字或字母：请按票面填写号码"
    if not invoices.is_told_apart(invoice):
        if invoice.kind == DIGITAL:
            return "的号码不完整：数电票的号码是20位数字，请按票面填写；票面上另有票据代码的，一并填写代码"
        return f"没有填写票据代码：{INVOICES[invoice.kind]}请按票面填写代码和号码（20位号码的才没有代码）"
    return ""


def _abroad(draft: BillDraft) -> None:
    """社会保险法 art. 30: care abroad is not paid; its receipts have no code that would tell them apart."""
    if not any(invoice.kind == ABROAD for invoice in draft.invoices):
        return
    if not all(line.excluded for line in draft.lines) or (draft.settled and draft.settled.in_scope):
        raise BillWrong(
            "境外票据的费用基金不支付（社会保险法第三十条：在境外就医）；请把每条明细的不予支付原因选“在境外就医”，"
            "境内的费用另录一张账单。",
            field="lines",
        )


def _differ(one: str, first: int, other: str, second: int) -> str:
    gap = show_yuan(abs(first - second))
    more = "多" if first > second else "少"
    return f"{one}{show_yuan(first)}元，比{other}{show_yuan(second)}元{more}{gap}元，请核对。"
