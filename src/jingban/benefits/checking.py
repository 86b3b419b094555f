"""What a bill must be before it is kept: amounts that add up, days in order, the right person, a year that still counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from jingban.benefits import invoices
from jingban.benefits.drafts import CARES, INVOICES, PATIENTS, BillDraft, InvoiceDraft, LineDraft
from jingban.benefits.einvoice import DIGITAL
from jingban.benefits.errors import BillWrong, InvoiceWrong
from jingban.benefits.models import Accident
from jingban.benefits.rules.explain import LEVELS
from jingban.benefits.rules.model import EXCLUSIONS
from jingban.core.errors import DomainError
from jingban.core.money import round_fen, show_yuan
from jingban.core.names import person_name

AFTER = 31
"""Days after the end of care within which an invoice of the next year still belongs to it."""
OF_A_BABY = 365
"""Days of age up to which a receipt may be written as the mother's, or the parents'."""
MOST_LINES = 3000
NEWBORN_WORDS = ("之子", "之女", "之婴", "婴儿")


def hold(draft: BillDraft, *, day: date, claim_until: date, names: Iterable[str], born_on: date) -> None:
    """Raise BillWrong or InvoiceWrong where the bill cannot be right; ``names`` are those that an invoice may be of."""
    _words(draft)
    _days(draft, day, claim_until)
    _sums(draft)
    _accident(draft)
    for invoice in draft.invoices:
        _invoice(draft, invoice, day)
        _payer(draft, invoice, frozenset(names), born_on)


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
    if not (len(draft.place_code) == 6 and draft.place_code.isascii() and draft.place_code.isdecimal()):
        raise BillWrong("就医地应为6位行政区划代码，如410928；请核对。", field="place_code")
    if draft.patient != "self" and not draft.patient_name:
        raise BillWrong(f"就诊人是{PATIENTS[draft.patient]}的，请填写就诊人姓名。", field="patient_name")
    if not draft.lines:
        raise BillWrong("没有费用明细，请按费用清单逐条录入。", field="lines")
    if len(draft.lines) > MOST_LINES:
        raise BillWrong(f"一张账单最多{MOST_LINES}条明细，请按出院结算分开录入。", field="lines")
    if not draft.invoices:
        raise BillWrong("没有票据，请录入收费票据；没有票据的费用不能报销。", field="invoices")


def _days(draft: BillDraft, day: date, claim_until: date) -> None:
    if draft.ended_on < draft.began_on:
        raise BillWrong(
            f"结束（出院）日期{draft.ended_on}早于就诊（入院）日期{draft.began_on}，请核对。",
            field="ended_on",
        )
    if draft.ended_on > day:
        raise BillWrong(f"结束（出院）日期{draft.ended_on}还没有到，出院结算以后再报销。", field="ended_on")
    if day > claim_until:
        raise BillWrong(
            f"这次就医是{draft.ended_on.year}年度的费用，按规定应在{claim_until}以前申报，已经过期。",
            field="ended_on",
        )
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
    if lines != draft.total:
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


def _payer(draft: BillDraft, invoice: InvoiceDraft, names: frozenset[str], born_on: date) -> None:
    """Whose invoice it is. That of a baby without a name of its own is written as the mother's (张三之子)."""
    if not invoice.payer.strip():
        what = "电子票据" if invoice.is_read else "票据"
        raise InvoiceWrong(
            f"{what}{invoice.number}没有写明交款人，请按票面填写；票面上没有姓名的，请提供写明姓名的票据。",
            field="invoices",
        )
    patient = draft.patient_name if draft.patient != "self" else ""
    payer, allowed = _name(invoice.payer), {_name(name) for name in (*names, patient) if name}
    if payer in allowed:
        return
    baby = (draft.began_on - born_on).days <= OF_A_BABY or draft.patient == "newborn"
    if baby and any(word in payer for word in NEWBORN_WORDS):
        return
    raise InvoiceWrong(
        f"票据{invoice.number}的交款人是“{invoice.payer}”，不是申请人本人的票据，不能报销；请核对票据。",
        field="invoices",
    )


def _name(text: str) -> str:
    try:
        return person_name(text)
    except DomainError:
        return text.strip()


def _differ(one: str, first: int, other: str, second: int) -> str:
    gap = show_yuan(abs(first - second))
    more = "多" if first > second else "少"
    return f"{one}{show_yuan(first)}元，比{other}{show_yuan(second)}元{more}{gap}元，请核对。"
