"""Where the money of a case is, in plain words: for whoever asked for it, and for the desk. Never a whole account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from jingban.core.identifiers import mask_bank
from jingban.funds.models import Attempt, Payment
from jingban.funds.payables import case_subject

_NUMBER = re.compile(r"[0-9]{8,}")
"""What a bank writes as its reason may hold the account."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A payment of a case: what became of it, since when. ``tone`` is good, warn or plain."""

    words: str
    at: datetime
    amount_fen: int
    tone: str = ""
    is_supplement: bool = False


def told(case_id: int) -> tuple[Stage, ...]:
    """The latest attempt of each payment of a case; nothing where nothing is on its way."""
    rows = Payment.objects.filter(case=case_id).select_related("batch").order_by("subject", "attempt")
    last = {row.subject: row for row in rows}
    return tuple(_stage(row) for row in last.values())


def _stage(row: Payment) -> Stage:
    words, at, tone = _words(row)
    return Stage(words, at, row.amount_fen, tone, row.subject != case_subject(row.case_id))


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
