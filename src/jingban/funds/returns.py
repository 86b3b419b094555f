"""The bank's answers, taken in: kept whole first, then booked and told some hundred at a time.

A file that came is a row with its lines; each line ends as booked, noted or refused with why. Cut off anywhere, the
same file (or ``go_on``) takes up where it stopped: what was booked is not booked again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from jingban.access.service import Actor
from jingban.core.errors import DomainError
from jingban.core.money import show_yuan
from jingban.funds import answers, bankreturns, rights, sending
from jingban.funds.errors import FileWrong
from jingban.funds.models import Attempt, BankFile, BankReturn, Fund, LineState, Own, Payment, ReturnLine
from jingban.funds.rows import save_each
from jingban.funds.sealing import return_name, sealed_file

CHUNK = 200
"""Lines of one transaction. Each entry changes the same few accounts: what a transaction leaves behind of a row that it
changes many times slows its own next change down, so a few hundred take less time than a thousand (docs/bench.md)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file's lines."""

    file: BankReturn
    applied: int
    noted: int
    refused: int
    again: bool
    """Whether the file had been here before."""


def take(*, region: str, content: bytes, actor: Actor, now: datetime, office: str = "") -> Taken:
    """Take in a file of the bank's answers. The same file again changes nothing that was done."""
    rights.required(actor, region, office, rights.BANK)
    digest = hashlib.sha256(content).digest()
    there = BankReturn.objects.filter(region=region, digest=digest).first()
    file = there or _kept_once(region, content, digest, actor, now)
    return go_on(file.pk, actor=actor, now=now, office=office, again=there is not None)


def go_on(file_id: int, *, actor: Actor, now: datetime, office: str = "", again: bool = True) -> Taken:
    """Work off the lines of a file that still wait."""
    file = BankReturn.objects.filter(pk=file_id).first()
    if file is None:
        raise FileWrong("没有这份回执文件，请核对编号。")
    rights.required(actor, file.region, office, rights.BANK)
    while keys := _waiting(file):
        try:
            _chunk(file, keys, actor=actor, now=now)
        except DomainError:
            _one_by_one(file, keys, actor=actor, now=now)
    states = Counter(file.lines.values_list("state", flat=True))
    return Taken(file, states[LineState.APPLIED], states[LineState.NOTED], states[LineState.REFUSED], again)


def _kept_once(region: str, content: bytes, digest: bytes, actor: Actor, now: datetime) -> BankReturn:
    try:
        return _kept(region, content, digest, actor, now)
    except IntegrityError:  # another took the same file in meanwhile
        return BankReturn.objects.get(region=region, digest=digest)


@transaction.atomic
def _kept(region: str, content: bytes, digest: bytes, actor: Actor, now: datetime) -> BankReturn:
    """The file with its lines: from here on nothing of it can be lost."""
    report = bankreturns.read(content)
    lines = [*report.lines, *_for_wholes(region, report.wholes, first=len(report.lines) + 1)]
    file = BankReturn.objects.create(
        region=region,
        kind=report.kind,
        message_id=report.message_id,
        content=sealed_file(return_name(region, digest), content),
        digest=digest,
        line_count=len(lines),
        received_by=actor.id,
        received_at=now,
    )
    rows = (
        ReturnLine(
            bank_return=file,
            number=line.number,
            end_to_end_id=line.end_to_end_id,
            result=line.result,
            amount_fen=line.fen,
            reason=line.reason,
            bank_reference=line.bank_reference,
        )
        for line in lines
    )
    ReturnLine.objects.bulk_create(rows, batch_size=1000)
    return file


def _for_wholes(
    region: str, wholes: Sequence[bankreturns.Whole], *, first: int
) -> Iterator[bankreturns.Line]:
    """An answer for each payment of what is answered whole."""
    answered = ((whole, name) for whole in wholes for name in _sent_in(region, whole))
    for number, (whole, name) in enumerate(answered, start=first):
        yield bankreturns.Line(number, name, whole.result, None, whole.reason)


def _sent_in(region: str, whole: bankreturns.Whole) -> list[str]:
    """The numbers of the payments of a message, or of a block of it; raises where it is none of ours."""
    files = BankFile.objects.filter(message_id=whole.message_id, batch__region=region).select_related("batch")
    file = files.first()
    if file is None:
        raise FileWrong(f"回执所答的报文{whole.message_id}不是本机构发出的，没有读取；请与银行核对。")
    sent = file.batch.payments.filter(amount_fen__gt=0)
    if whole.block_id:
        personal = sent.filter(parts__fund=Fund.PERSONAL)
        kinds = {
            sending.block_id(file.batch, Own.PERSONAL): personal,
            sending.block_id(file.batch, Own.EXPENDITURE): sent.exclude(pk__in=personal),
        }
        sent = kinds.get(whole.block_id, sent.none())
    found = [name or "" for name in sent.order_by("pk").values_list("end_to_end_id", flat=True)]
    if not found:
        raise FileWrong(f"报文{whole.message_id}里没有付款组{whole.block_id}，没有读取；请与银行核对。")
    return found


def _waiting(file: BankReturn) -> list[int]:
    rows = file.lines.filter(state=LineState.WAITING).order_by("number")
    return list(rows.values_list("pk", flat=True)[:CHUNK])


@transaction.atomic
def _chunk(file: BankReturn, keys: Sequence[int], *, actor: Actor, now: datetime) -> None:
    """One transaction: the entries, the payments, the cases and the lines, or none of them."""
    # Held first: of two who work the same file off, the other finds them done and not doubled.
    waiting = ReturnLine.objects.select_for_update(no_key=True).filter(pk__in=keys, state=LineState.WAITING)
    lines = list(waiting.order_by("number"))
    payments = _held_payments(file.region, [line.end_to_end_id for line in lines])
    outcomes: list[answers.Outcome] = []
    for line in lines:
        row = payments.get(line.end_to_end_id)
        line.payment, line.state, line.why = row, LineState.REFUSED, _refusal(line, row)
        if line.why or row is None:
            continue
        line.state = LineState.NOTED
        if line.result != bankreturns.NOTED:
            line.state = LineState.APPLIED
            outcomes.append(
                answers.Outcome(row, line.result == bankreturns.PAID, line.reason, line.bank_reference)
            )
            row.state = (
                Attempt.PAID if line.result == bankreturns.PAID else Attempt.BOUNCED
            )  # a second line sees it
    if outcomes:
        answers.settle(file.region, outcomes, actor=actor, now=now)
    save_each(lines, ["payment", "state", "why"])


def _one_by_one(file: BankReturn, keys: Sequence[int], *, actor: Actor, now: datetime) -> None:
    """Where one of many cannot be booked, it alone stays out, with the reason."""
    for key in keys:
        try:
            _chunk(file, [key], actor=actor, now=now)
        except DomainError as error:
            ReturnLine.objects.filter(pk=key, state=LineState.WAITING).update(
                state=LineState.REFUSED, why=error.message[:300]
            )


def retry(file_id: int, *, actor: Actor, now: datetime, office: str = "") -> Taken:
    """Try the refused lines of a file once more, after what was in their way is put right."""
    file = BankReturn.objects.filter(pk=file_id).first()
    if file is None:
        raise FileWrong("没有这份回执文件，请核对编号。")
    rights.required(actor, file.region, office, rights.BANK)
    file.lines.filter(state=LineState.REFUSED).update(state=LineState.WAITING, why="")
    return go_on(file_id, actor=actor, now=now, office=office)


def _held_payments(region: str, ids: Sequence[str]) -> dict[str, Payment]:
    """The payments that are answered, held with their cases; cases first, as every act of a case does."""
    known = Payment.objects.filter(region=region, end_to_end_id__in=ids)
    answers.held_cases(list(known.values_list("case", flat=True)))
    rows = known.select_for_update(no_key=True).order_by("pk").prefetch_related("parts")
    return {row.end_to_end_id or "": row for row in rows}


def _refusal(line: ReturnLine, row: Payment | None) -> str:
    """Why a line is not booked; nothing where it is."""
    if line.result == bankreturns.ODD:
        return line.reason
    if row is None:
        return "没有这个笔号的付款，没有入账；请与银行核对。"
    if line.amount_fen is not None and line.amount_fen != row.amount_fen:
        said = "其他币种" if line.amount_fen < 0 else f"{show_yuan(line.amount_fen)}元"
        return f"金额不符：付款{show_yuan(row.amount_fen)}元，回执{said}；没有入账，请与银行核对。"
    if row.state == Attempt.SENT:
        return ""
    if line.result == bankreturns.NOTED:
        return "这笔付款已有最后结果，处理中的回执不再登记。"
    if row.state == Attempt.PAID and line.result == bankreturns.FAILED:
        return "这笔付款已登记拨付成功，没有改动；款项确已退回的，请在资金室登记退汇。"
    if row.state == Attempt.BOUNCED and line.result == bankreturns.PAID:
        return "这笔付款已登记银行退回，没有改动；请与银行核对，不要再付。"
    return f"重复的回执：这笔付款{row.get_state_display()}，没有再记。"
