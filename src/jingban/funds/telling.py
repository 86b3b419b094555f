"""Where the money of a case is, in plain words: for whoever asked for it, and for the desk. Never a whole account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jingban.core.identifiers import mask_bank
from jingban.core.money import show_yuan
from jingban.funds.models import Attempt, Mode, Payment, Recovery, RecoveryState, Why
from jingban.funds.payables import share_of
from jingban.funds.plans import left, plan_of

_NUMBER = re.compile(r"[0-9]{8,}")
"""What a bank writes as its reason may hold the account."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A payment of a case: what became of it, since when. ``tone`` is good, warn or plain.

    ``kept`` says what was kept back of it for an overpaid benefit; ``amount_fen`` is what is really paid.
    """

    words: str
    at: datetime
    amount_fen: int
    tone: str = ""
    is_supplement: bool = False
    kept: str = ""
    share: int = 0
    """Whose share it is, where several reported together."""


def told(case_id: int) -> tuple[Stage, ...]:
    """The latest attempt of each payment of a case, and what of it is to come back; nothing where nothing is on its way."""
    rows = (
        Payment.objects.filter(case=case_id).select_related("batch", "payable").order_by("subject", "attempt")
    )
    last = {row.subject: row for row in rows}
    return (*(_stage(row) for row in last.values()), *(_claims(case_id) if last else ()))


def _claims(case_id: int) -> Iterator[Stage]:
    """What is to be returned by who was paid, and why (社会保险经办条例 art. 46); what is only proposed says nothing."""
    rows = Recovery.objects.filter(case=case_id, state__in=[RecoveryState.OPEN, RecoveryState.CLOSED])
    for row in rows.order_by("pk"):
        what = f"待遇已撤销（{row.reason}）" if row.is_revocation else f"多付的待遇要追回（{row.reason}）"
        at = row.decided_at or row.proposed_at
        if row.state == RecoveryState.OPEN:
            yield Stage(f"{what}，{_how(row)}", at, sum(left(row).values()), "warn")
        else:
            yield Stage(f"{what}，{'已全部退回' if row.total_fen else '没有付过款'}", at, row.total_fen)


def _how(row: Recovery) -> str:
    """By which plan it is to come back."""
    dues = plan_of(row)
    if row.mode == Mode.SET_OFF:
        return "从以后的待遇中抵扣"
    if not dues:
        return "请退回"
    first, last = dues[0], dues[-1]
    if len(dues) == 1:
        return f"请在{first.on:%Y年%m月%d日}前退回"
    ends = "" if last.fen == first.fen else f"，末期{show_yuan(last.fen)}元"
    return f"请分{len(dues)}期退回：{first.on:%Y年%m月%d日}起每月{show_yuan(first.fen)}元{ends}"


def _stage(row: Payment) -> Stage:
    words, at, tone = _words(row)
    if row.state == Attempt.PAID and not row.amount_fen:
        words = "已全部抵扣，实付" if row.payable.total_fen else "核定为零，没有要付的款"
    return Stage(
        words, at, row.amount_fen, tone, row.why == Why.SUPPLEMENT, _kept(row), share_of(row.subject)
    )


def _kept(row: Payment) -> str:
    """What of a benefit went to pay back an earlier one (社会保险经办条例 art. 46); nothing where all of it is paid."""
    owed, paid = row.payable.total_fen, row.amount_fen
    if owed == paid:
        return ""
    return (
        f"应付{show_yuan(owed)}元，抵扣以前多付的待遇{show_yuan(owed - paid)}元，本次实付{show_yuan(paid)}元"
    )


def _words(row: Payment) -> tuple[str, datetime, str]:
    answered = row.answered_at or row.prepared_at
    sent = (row.batch.sent_at if row.batch else None) or row.prepared_at
    why = f"：{_NUMBER.sub(_masked, row.reason)}" if row.reason else ""
    return {
        Attempt.PREPARED: ("付款已经提出，等待复核", row.prepared_at, ""),
        Attempt.APPROVED: ("付款已经复核，等待送银行", row.prepared_at, ""),
        Attempt.SENT: ("付款已送银行，等银行回执", sent, ""),
        Attempt.PAID: ("已付到账", answered, "good"),
        Attempt.BOUNCED: (f"银行退回{why}，请更正收款账户", answered, "warn"),
        Attempt.CANCELLED: (f"付款已撤下{why}", answered, "warn"),
    }[Attempt(row.state)]


def _masked(found: re.Match[str]) -> str:
    return mask_bank(found[0])
