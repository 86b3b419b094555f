"""Papers about money that goes out: 《拨付单》 of a payment and 《用款申请》 to the fiscal authority.

Accounts are printed with their last digits only: the whole number goes to the bank in its file, and nowhere else.
"""

from __future__ import annotations

from jingban.access.models import User
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.core.identifiers import mask_bank
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.documents import service as documents
from jingban.documents.service import Column, Content, Subject, Table, entry
from jingban.funds import service as funds
from jingban.portals import book

ORDER, REQUEST = "payment-order", "fiscal-request"


@documents.source(ORDER)
def payment_order(view: CaseView, seq: int) -> Subject | None:
    """《拨付单》 of the payment that an act prepared; each hand that joins makes it a paper anew."""
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    if event is None:
        return None
    rows = funds.Payment.objects.filter(case=view.id, prepared_at=event.at).select_related("batch")
    row = rows.order_by("-pk").first()
    if row is None:
        return None
    payee, batch = funds.payee_of(row), row.batch
    hands = (row.prepared_by, *((batch.checked_by, batch.headed_by) if batch else (None, None)))
    number = f"BF{row.pk:08d}-{sum(hand is not None for hand in hands)}"
    content = Content(
        sender=book.region_card(view.region).full_name,
        day=local_day(row.prepared_at),
        holder=payee.name,
        facts=(
            entry("拨付单号", number),
            entry("办件编号", view.number),
            entry("收款人", payee.name),
            entry("开户行", payee.bank),
            entry("收款账号", mask_bank(payee.account)),
            entry("金额", f"{show_yuan(row.amount_fen)}元"),
            entry("费用所属期"),
            entry("批次号", batch.number if batch else ""),
            entry("笔号", row.end_to_end_id or ""),
        ),
        table=_parts(row),
        signers=(*(entry(what, _name(hand)) for what, hand in zip(("经办人", "复核人", "审批人"), hands, strict=True)),
                 entry("日期")),
    )  # fmt: skip
    is_void = row.state in (funds.Attempt.BOUNCED, funds.Attempt.CANCELLED)
    return Subject(f"payment:{row.pk}:{number[-1]}", number, content, is_void=is_void)


def _parts(row: funds.Payment) -> Table:
    """What each fund pays, with its serial once the money is on its way."""
    parts = row.parts.order_by("fund")
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
        total=("合计", "", show_yuan(row.amount_fen)),
    )


@documents.source(REQUEST)
def fiscal_request(view: CaseView, seq: int) -> Subject | None:
    """《用款申请》 that an act of a case made."""
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    rows = funds.FiscalRequest.objects.filter(case=view.id)
    row = rows.filter(asked_at=event.at).order_by("-pk").first() if event is not None else None
    if row is None:
        return None
    account = funds.PayingAccount.objects.filter(
        region=row.region, kind=funds.Own.EXPENDITURE, end_on__isnull=True
    ).first()
    names = [str(funds.Fund(fund).label) for fund in row.parts]
    content = Content(
        sender=book.region_card(view.region).full_name,
        day=local_day(row.asked_at),
        facts=(
            entry("文号", row.number),
            entry("财政部门"),
            entry("基金名称", *names),
            entry("申请金额", f"{show_yuan(row.total_fen)}元"),
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
        signers=(entry("经办人", _name(row.asked_by)), entry("负责人"), entry("日期"), entry("印章")),
    )
    return Subject(f"fiscal:{row.pk}", row.number, content, is_void=row.state == funds.FiscalState.DECLINED)


def _name(key: int | None) -> str:
    """Who it was, by name; left to the pen where nobody signed yet."""
    found = User.objects.filter(pk=key).first() if key else None
    return str(found) if found else ""
