"""Papers about money that goes out: 《拨付单》 of a payment and 《用款申请》 to the fiscal authority.

Accounts are printed with their last digits only: the whole number goes to the bank in its file, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from jingban.access.models import User
from jingban.benefits import service as benefits
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView, read
from jingban.core.identifiers import mask_bank
from jingban.core.localtime import local_day
from jingban.core.money import in_capitals, show_yuan
from jingban.documents import service as documents
from jingban.documents.service import Column, Content, Subject, Table, entry
from jingban.funds import service as funds
from jingban.portals import book
from jingban.portals.benefitpapers import NOT_PAID_BY

ORDER, REQUEST = "payment-order", "fiscal-request"


@documents.source(ORDER)
def payment_order(view: CaseView, seq: int) -> Subject | None:
    """《拨付单》 of the payment that an act prepared; each hand that joins makes it a paper anew."""
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    if event is None:
        return None
    rows = funds.Payment.objects.filter(case=view.id, prepared_at=event.at).select_related("batch")
    # What was worked out anew before it was in a batch was prepared anew: the last attempt of each counts.
    found = list({one.subject: one for one in rows.order_by("pk")}.values())
    if not found:
        return None
    row = found[-1]
    payees, batch = [funds.payee_of(one) for one in found], row.batch
    total = sum(one.amount_fen for one in found)
    hands = (row.prepared_by, *((batch.checked_by, batch.headed_by) if batch else (None, None)))
    number = f"BF{row.pk:08d}-{sum(hand is not None for hand in hands)}"
    content = Content(
        sender=book.region_card(view.region).full_name,
        day=local_day(row.prepared_at),
        holder=payees[0].name,
        facts=(
            entry("拨付单号", number),
            entry("办件编号", view.number),
            entry("收款人", *(payee.name for payee in payees)),
            entry("开户行", *(payee.bank for payee in payees)),
            entry("收款账号", *(mask_bank(payee.account) for payee in payees)),
            entry("金额", f"{show_yuan(total)}元{f'，共{len(found)}笔' if len(found) > 1 else ''}", _capitals(total)),
            entry("费用所属期"),
            entry("批次号", batch.number if batch else ""),
            entry("笔号", *(one.end_to_end_id or "" for one in found)),
        ),
        table=_parts(found, total),
        closing=_closing(_by_illustrations(view.id, row.prepared_at)),
        signers=(*(entry(what, _name(hand)) for what, hand in zip(("经办人", "复核人", "审批人"), hands, strict=True)),
                 entry("日期")),
    )  # fmt: skip
    is_void = all(one.state in (funds.Attempt.BOUNCED, funds.Attempt.CANCELLED) for one in found)
    return Subject(f"payment:{row.pk}:{number[-1]}", number, content, is_void=is_void)


def _parts(rows: Sequence[funds.Payment], total: int) -> Table:
    """What each fund pays, with its serial once the money is on its way; of shares a line each."""
    parts = [part for row in rows for part in row.parts.order_by("fund")]
    return Table(
        columns=(
            Column(name="基金", width=3),
            Column(name="基金流水号", width=2),
            Column(name="金额（元）", width=2, align="right"),
        ),
        rows=tuple(
            (
                str(part.get_fund_display()),
                f"{part.year}-{part.serial}" if part.serial else "",
                show_yuan(part.amount_fen),
            )
            for part in parts
        ),
        total=("合计", "", show_yuan(total)),
    )


@documents.source(REQUEST)
def fiscal_request(view: CaseView, seq: int) -> Subject | None:
    """《用款申请》 that an act of a case made."""
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    if event is None:
        return None
    rows = funds.FiscalRequest.objects.filter(case=view.id).order_by("-pk")
    row = rows.filter(asked_at=event.at).first()
    if row is not None:
        return request_paper(row)
    there = list(rows.filter(state=funds.FiscalState.DONE, answered_at__lt=event.at))
    return _nothing_asked(view, event, there) if there else None


def _nothing_asked(view: CaseView, event: CaseEvent, there: Sequence[funds.FiscalRequest]) -> Subject:
    """A case that was sent back and costs no more than was transferred for it asks for nothing, and says so."""
    said = "；".join(f"{show_yuan(row.total_fen)}元（{row.number}）" for row in there)
    content = Content(
        sender=book.region_card(view.region).full_name,
        day=local_day(event.at),
        facts=(
            entry("文号", number := f"{view.number}-{event.seq}"),
            entry("财政部门"),
            entry("申请金额", "0.00元"),
            entry("用途", f"财政已为本件拨付{said}，够付重新核定的金额，不再申请"),
        ),
        signers=(entry("经办人", _name(event.actor)), entry("负责人"), entry("日期"), entry("印章")),
    )
    return Subject(f"fiscal:none:{view.id}:{event.seq}", number, content)


def request_paper(row: funds.FiscalRequest) -> Subject:
    """《用款申请》 of a case, or of the funds room where no case asked; one paper, wherever it is printed."""
    account = funds.PayingAccount.objects.filter(
        region=row.region, kind=funds.Own.EXPENDITURE, end_on__isnull=True
    ).first()
    names = [str(funds.Fund(fund).label) for fund in row.parts]
    content = Content(
        sender=book.region_card(row.region).full_name,
        day=local_day(row.asked_at),
        facts=(
            entry("文号", row.number),
            entry("财政部门"),
            entry("基金名称", *names),
            entry("申请金额", f"{show_yuan(row.total_fen)}元", _capitals(row.total_fen)),
            entry("用途", row.purpose),
            entry("收款户名", account.name if account else ""),
            entry("收款账号", mask_bank(funds.account_number(account)) if account else ""),
        ),
        table=Table(
            columns=(Column(name="基金", width=3), Column(name="申请金额（元）", width=2, align="right")),
            rows=tuple(
                (str(funds.Fund(fund).label), show_yuan(fen)) for fund, fen in sorted(row.parts.items())
            ),
            total=("合计", show_yuan(row.total_fen)),
        ),
        closing=_closing(bool(row.case_id) and _by_illustrations(row.case_id or 0, row.asked_at)),
        signers=(entry("经办人", _name(row.asked_by)), entry("负责人"), entry("日期"), entry("印章")),
    )
    return Subject(f"fiscal:{row.pk}", row.number, content, is_void=row.state == funds.FiscalState.DECLINED)


def _capitals(fen: int) -> str:
    return f"人民币（大写）{in_capitals(fen)}"


def _by_illustrations(case: int, at: datetime) -> bool:
    """Whether illustrations went into what the case was decided at, or what of a premium is asked for."""
    decision = benefits.decision_at(case, at)
    if decision is not None:
        return decision.is_illustrative
    plain = benefits.explain_plain(read(case)[0])
    return plain is not None and plain.is_illustrative


def _closing(is_illustrative: bool) -> tuple[str, ...]:
    return (f"金额的计算用到{NOT_PAID_BY}。",) if is_illustrative else ()


def _name(key: int | None) -> str:
    """Who it was, by name; left to the pen where nobody signed yet."""
    found = User.objects.filter(pk=key).first() if key else None
    return str(found) if found else ""
