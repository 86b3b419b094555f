"""An approved batch goes to the bank: books, serials and file in one transaction. Sent again, it is the same file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet

from jingban.access.service import Actor
from jingban.core.localtime import local_day
from jingban.funds import answers, bankfiles, batches, chart, own, rights
from jingban.funds.errors import BatchWrong, FileWrong
from jingban.funds.models import Attempt, BankFile, Batch, BatchState, FileKind, Own, Payment, PaymentPart
from jingban.funds.numbers import serials
from jingban.funds.payables import parts_of
from jingban.funds.rows import save_each
from jingban.funds.sealing import opened_file, opened_payee, sealed_file
from jingban.rulebook.cache import regions


def send(batch_id: int, *, actor: Actor, now: datetime, kind: str = FileKind.PAIN) -> BankFile | None:
    """Hand a batch over: the money is under way from here on. None where nothing of it leaves the account.

    Refused where an account holds too little: the fiscal transfer comes first. Cut off anywhere and called again,
    it goes on; called once more, it gives the file that there is.
    """
    file = _sent(batch_id, actor=actor, now=now, kind=kind)
    _settle_empty(batch_id, actor=actor, now=now)
    return file


@transaction.atomic
def _sent(batch_id: int, *, actor: Actor, now: datetime, kind: str) -> BankFile | None:
    batch = batches.held(batch_id)
    rights.required(actor, batch.region, batch.office, rights.CASHIER)
    if batch.state == BatchState.SENT:
        return BankFile.objects.filter(batch=batch).first()
    if batch.state != BatchState.APPROVED:
        raise BatchWrong(f"批次{batch.number}{batch.get_state_display()}，不能送银行。")
    if kind not in FileKind.values:
        raise FileWrong("付款文件只有 pain.001 和 csv 两种格式，请核对。")
    rows = list(batch.payments.select_for_update(no_key=True).order_by("pk").prefetch_related("parts"))
    if (len(rows), sum(row.amount_fen for row in rows)) != (batch.count, batch.total_fen):
        raise BatchWrong(f"批次{batch.number}的笔数或合计与明细不符，没有送出；请报告系统管理员。")
    for place, row in enumerate(rows, start=1):
        row.state, row.end_to_end_id = Attempt.SENT, f"{batch.number}{place:06d}"
    _number_parts(
        batch.region, [part for row in rows for part in sorted(row.parts.all(), key=lambda p: p.fund)], now
    )
    save_each(rows, ["state", "end_to_end_id"])
    _book(batch, rows, actor=actor, now=now)
    file = _file(batch, rows, kind, now)
    batch.state, batch.sent_by, batch.sent_at = BatchState.SENT, actor.id, now
    batch.save(update_fields=["state", "sent_by", "sent_at"])
    return file


def content_of(file: BankFile) -> bytes:
    """The file as it was made; what lies there is held against its digest."""
    found = opened_file(file.message_id, file.content)
    if hashlib.sha256(found).digest() != bytes(file.digest):
        raise FileWrong("付款文件与生成时的摘要不符，不能再发；请报告系统管理员。")
    return found


def is_unsettled(batch: Batch) -> bool:
    """Whether something of a sent batch that needs no bank was not settled yet: cut off there, ``send`` goes on."""
    return batch.state == BatchState.SENT and _empty(batch.pk).exists()


def _empty(batch_id: int) -> QuerySet[Payment]:
    return Payment.objects.filter(batch=batch_id, state=Attempt.SENT, amount_fen=0)


def _settle_empty(batch_id: int, *, actor: Actor, now: datetime) -> None:
    """What was kept back wholly for an overpaid benefit needs no bank: it is settled by that."""
    keys = list(_empty(batch_id).values_list("pk", "case"))
    if not keys:
        return
    with transaction.atomic():
        answers.held_cases([case for _, case in keys])
        rows = Payment.objects.select_for_update(no_key=True).filter(pk__in=[pk for pk, _ in keys])
        found = list(rows.filter(state=Attempt.SENT).order_by("pk").prefetch_related("parts"))
        done = [answers.Outcome(row, True, _why_nothing(row)) for row in found]
        answers.settle(found[0].region, done, actor=actor, now=now) if found else None


def _why_nothing(row: Payment) -> str:
    return "全额抵扣多付的待遇，不用付款" if row.payable.total_fen else "核定为零，不用付款"


def _number_parts(region: str, parts: Sequence[PaymentPart], now: datetime) -> None:
    """基金流水号: of each fund and year, in the order of the file."""
    year = local_day(now).year
    for fund, some in groupby(sorted(parts, key=lambda p: (p.fund, p.payment_id)), key=lambda p: p.fund):
        own_parts = list(some)
        for part, serial in zip(own_parts, serials(region, fund, year, len(own_parts)), strict=True):
            part.year, part.serial = year, serial
    save_each(parts, ["year", "serial"])


def _book(batch: Batch, rows: Sequence[Payment], *, actor: Actor, now: datetime) -> None:
    """One entry for the batch: the bank books it as one, and a row that changes ten thousand times gets slow."""
    totals: dict[str, int] = {}
    for row in rows:
        for fund, fen in parts_of(row).items():
            totals[fund] = totals.get(fund, 0) + fen
    if totals:
        flow = chart.sent(
            reference(batch), f"送银行 {batch.number} 共{len(rows)}笔", dict(sorted(totals.items()))
        )
        chart.book(batch.region, [flow], actor=actor.id, now=now)


def reference(batch: Batch) -> str:
    """Under which the sending of a batch is booked."""
    return f"batch:{batch.number}:sent"


def _file(batch: Batch, rows: Sequence[Payment], kind: str, now: datetime) -> BankFile | None:
    order = _order(batch, rows, now)
    if not order.blocks:
        return None
    made = bankfiles.content(order, kind)
    return BankFile.objects.create(
        batch=batch,
        kind=kind,
        message_id=order.message_id,
        content=sealed_file(order.message_id, made),
        digest=hashlib.sha256(made).digest(),
        made_at=now,
    )


def _order(batch: Batch, rows: Sequence[Payment], now: datetime) -> bankfiles.Order:
    by_account: dict[str, list[bankfiles.Transfer]] = {}
    for row in rows:
        if row.amount_fen:
            kind = own.kind_of(next(iter(parts_of(row))))
            by_account.setdefault(kind, []).append(_transfer(row))
    blocks = tuple(
        bankfiles.Block(block_id(batch, kind), own.paying(batch.region, kind, now), tuple(transfers))
        for kind, transfers in sorted(by_account.items())
    )
    card = regions()[batch.region]
    return bankfiles.Order(batch.number, card.full_name, now, local_day(now), blocks)


def block_id(batch: Batch, kind: str) -> str:
    """What the bank's statement calls the part of a batch that leaves one account."""
    return f"{batch.number}{'P' if kind == Own.PERSONAL else 'E'}"


def _transfer(row: Payment) -> bankfiles.Transfer:
    payee = opened_payee(row.region, row.subject, row.attempt, row.payee)
    # Short and without a word of the matter: a bank's statement is read by many.
    return bankfiles.Transfer(row.end_to_end_id or "", payee, row.amount_fen, f"医保待遇 {row.end_to_end_id}")
