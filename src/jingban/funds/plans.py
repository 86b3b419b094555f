"""How an overpayment comes back: at once, by monthly instalments, or kept back from later benefits."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from jingban.core.money import show_yuan
from jingban.funds.errors import RecoveryWrong
from jingban.funds.models import Mode, Recovery

MOST_INSTALMENTS = 120
"""Ten years: what would take longer than that is not being paid back."""
SOON = timedelta(days=366)
"""So long after it is proposed the first instalment may be due."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How it is to come back; instalments are monthly."""

    mode: str = Mode.ONCE
    instalment_fen: int | None = None
    first_on: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment as planned."""

    on: date
    fen: int


def left(row: Recovery) -> dict[str, int]:
    """What is still to come back, by fund."""
    moves = row.moves.filter(undone_on__isnull=True).values_list("fund").annotate(fen=Sum("amount_fen"))
    back = dict(moves.order_by("fund"))
    return {fund: fen - back.get(fund, 0) for fund, fen in row.parts.items()}


def plan_of(row: Recovery) -> tuple[Due, ...]:
    """The instalments as agreed: equal amounts on the same day of each month, the rest in the last."""
    if row.mode != Mode.INSTALMENTS or row.instalment_fen is None or row.first_on is None:
        return ()
    todo = row.total_fen
    found: list[Due] = []
    while todo > 0:
        fen = min(todo, row.instalment_fen)
        found.append(Due(_months_on(row.first_on, len(found)), fen))
        todo -= fen
    return tuple(found)


def overdue(row: Recovery, day: date) -> int:
    """How much of the plan should have come back by the day and did not."""
    due = sum(instalment.fen for instalment in plan_of(row) if instalment.on <= day)
    return max(0, due - (row.total_fen - sum(left(row).values())))


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def hold_plan(plan: Plan, total: int, day: date) -> None:
    """A plan says how, and of instalments how much and from when; it comes to an end within ten years."""
    if plan.mode not in Mode.values:
        raise RecoveryWrong("追回的方式有一次退回、分期退回、从以后的待遇中抵扣，请选择一种。", field="mode")
    if plan.mode != Mode.INSTALMENTS:
        return
    if not plan.instalment_fen or plan.instalment_fen < 0 or not plan.first_on:
        raise RecoveryWrong("分期退回请写明每月金额和首期日期。", field="instalment")
    if plan.first_on > day + SOON:
        raise RecoveryWrong("首期日期在一年以后，太晚了；请写一年以内的日期。", field="first_on")
    least = -(-total // MOST_INSTALMENTS)
    if plan.instalment_fen < least:
        raise RecoveryWrong(
            f"每月退回{show_yuan(plan.instalment_fen)}元，十年也退不完；请填写不少于{show_yuan(least)}元。",
            field="instalment",
        )
