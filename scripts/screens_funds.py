"""The funds room for the screenshots: a batch that waits, one that came back, a request, a recovery, a file of answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jingban.access.service import Actor
from jingban.core.money import to_yuan
from jingban.funds import service as funds


def room(region: str, cashier: Actor, checker: Actor, head: Actor, now: datetime) -> dict[str, Any]:
    """From two prepared payments (the first of them paid, the last stays in its batch) to what the screens show."""
    rows = funds.Payment.objects.filter(region=region, state=funds.Attempt.PREPARED, batch__isnull=True)
    paid, *others = list(rows.order_by("pk"))
    asked = funds.ask_fiscal(
        region=region,
        office=paid.office,
        parts=_missing(region),
        purpose="演示：待遇支付",
        actor=cashier,
        now=now,
    )
    funds.answer_fiscal(asked.pk, granted=True, words="演示：同意", actor=checker, now=now)
    batch = funds.make_batch(region=region, office=paid.office, actor=cashier, now=now, payments=[paid.pk])
    batch = funds.approve_batch(batch.pk, actor=checker, now=now)
    if batch.state == funds.BatchState.CHECKED:
        funds.approve_batch(batch.pk, actor=head, now=now)
    funds.send_batch(batch.pk, actor=cashier, now=now)
    paid.refresh_from_db()
    taken = funds.take_return(region=region, content=_answer(paid), actor=checker, now=now)
    part = paid.parts.order_by("-amount_fen")[0]
    recovery = funds.propose_claim(
        case_id=paid.case_id, parts={part.fund: part.amount_fen // 2}, cause="screens", reason="演示：重复报销",
        plan=funds.Plan(), person=None, actor=cashier, now=now,
    )  # fmt: skip
    waiting = others[0]
    made = funds.make_batch(
        region=region, office=waiting.office, actor=cashier, now=now, payments=[waiting.pk]
    )
    return {"batch": made.pk, "batch.sent": batch.pk, "return": taken.file.pk, "recovery": recovery.pk}


def _missing(region: str) -> dict[str, int]:
    return funds.fiscal_needed(region) or {str(funds.Fund.EMPLOYEE): 100_00}


def _answer(row: funds.Payment) -> bytes:
    """The bank's table: this one paid, and one of nobody's."""
    lines = (
        "笔号,结果,金额,原因,银行流水号",
        f"{row.end_to_end_id},成功,{to_yuan(row.amount_fen):.2f},,BK1",
        "P0000,成功,1.00,,BK2",
    )
    return "\n".join(lines).encode()
