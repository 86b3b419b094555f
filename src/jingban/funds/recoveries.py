"""Overpaid benefits come back (社会保险经办条例 art. 46): at once, by instalments, or kept back from later benefits."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from jingban.access.service import Actor
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.funds import chart, rights
from jingban.funds.errors import RecoveryWrong, SamePerson
from jingban.funds.models import Fund, Mode, Payable, Recovery, RecoveryMove, RecoveryState, Why

LONGEST = 200


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


def propose(
    *, case_id: int, parts: Mapping[str, int], cause: str, reason: str, plan: Plan, person: int | None, actor: Actor,
    now: datetime,
) -> Recovery:  # fmt: skip
    """Propose that an overpayment of a case is asked back, by fund; ``cause`` says once and for all which one.

    Never more than the case was paid. The same cause again gives the proposal that there is.
    """
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        raise RecoveryWrong("没有这个办件，请核对编号。")
    rights.required(actor, case.region, case.office, rights.PROPOSERS)
    wanted, text = {f: n for f, n in parts.items() if n}, _reason(reason)
    _hold_plan(plan)
    with transaction.atomic():
        list(Case.objects.select_for_update(no_key=True).filter(pk=case_id).values_list("pk"))
        there = Recovery.objects.filter(cause=cause).first()
        if there is not None:
            if there.parts != wanted:
                raise RecoveryWrong("这笔多付已经提出追回，这次的金额不同；请核对。", recovery=there.pk)
            return there
        _hold_parts(case_id, wanted)
        return Recovery.objects.create(
            region=case.region,
            office=case.office,
            case_id=case_id,
            person=person,
            cause=cause,
            parts=wanted,
            total_fen=sum(wanted.values()),
            reason=text,
            mode=plan.mode,
            instalment_fen=plan.instalment_fen,
            first_on=plan.first_on,
            proposed_by=actor.id,
            proposed_at=now,
        )


def decide(recovery_id: int, *, agrees: bool, actor: Actor, now: datetime) -> Recovery:
    """Agree to a recovery, which books the claim, or decline it; never by whoever proposed it."""
    with transaction.atomic():
        row = _held(recovery_id)
        rights.required(actor, row.region, row.office, rights.DECIDERS)
        if row.decided_at is not None:
            if row.decided_by == actor.id and (row.state != RecoveryState.DECLINED) == agrees:
                return row
            raise RecoveryWrong("这笔追回已经复核过，请刷新页面核对。")
        if row.proposed_by == actor.id:
            raise SamePerson("这笔追回是您提出的，请由另一位同事复核。")
        row.decided_by, row.decided_at = actor.id, now
        row.state = RecoveryState.OPEN if agrees else RecoveryState.DECLINED
        row.save()
        if agrees:
            flow = chart.claimed(f"recovery:{row.pk}", row.reason, row.parts)
            chart.book(row.region, [flow], actor=actor.id, now=now)
    return row


def repay(recovery_id: int, *, fen: int, reference: str, actor: Actor, now: datetime) -> Recovery:
    """Money that was paid back to the expenditure account, under the bank's receipt; one receipt counts once."""
    mark = reference.strip()
    if not mark or len(mark) > 80:
        raise RecoveryWrong("请写明收款凭证号，不超过80字。", field="reference")
    with transaction.atomic():
        row = _held(recovery_id)
        rights.required(actor, row.region, row.office, rights.BANK)
        before = row.moves.filter(reference=mark)
        if before.exists():
            if before.aggregate(fen=Sum("amount_fen"))["fen"] != fen:
                raise RecoveryWrong(f"收款凭证{mark}已经登记过，这次的金额不同，没有再记。")
            return row
        due = left(row)
        if row.state != RecoveryState.OPEN or not 0 < fen <= sum(due.values()):
            raise RecoveryWrong(f"这笔追回还欠{show_yuan(sum(due.values()))}元，请核对金额。", field="amount")
        parts = _shared(fen, due)
        RecoveryMove.objects.bulk_create(
            RecoveryMove(
                recovery=row,
                fund=fund,
                amount_fen=part,
                reference=mark,
                moved_on=local_day(now),
                actor=actor.id,
            )
            for fund, part in parts.items()
        )
        flow = chart.repaid(f"recovery:{row.pk}:{mark}"[:120], f"退回多付待遇 {mark}", parts)
        chart.book(row.region, [flow], actor=actor.id, now=now)
        _close_when_even(row)
    return row


def keep_back(payable: Payable, kept: Mapping[str, int], *, actor: int, now: datetime) -> dict[str, int]:
    """Set open claims off against what is to be paid to the same person: within each fund, never below zero.

    ``kept`` is what was kept back from it before; says what is kept back now, by fund.
    """
    now_kept = dict(kept)
    if payable.person is None or payable.why not in (Why.DECISION, Why.SUPPLEMENT):
        return now_kept
    claims = Recovery.objects.select_for_update(no_key=True).filter(
        region=payable.region, person=payable.person, mode=Mode.SET_OFF, state=RecoveryState.OPEN
    )
    for row in claims.order_by("pk"):
        for fund, due in left(row).items():
            fen = min(due, payable.parts.get(fund, 0) - now_kept.get(fund, 0))
            if fen > 0:
                _set_off(row, payable, fund, fen, actor=actor, now=now)
                now_kept[fund] = now_kept.get(fund, 0) + fen
        _close_when_even(row)
    return now_kept


def _set_off(row: Recovery, payable: Payable, fund: str, fen: int, *, actor: int, now: datetime) -> None:
    move = RecoveryMove.objects.create(
        recovery=row, fund=fund, amount_fen=fen, payable=payable, moved_on=local_day(now), actor=actor
    )
    flow = chart.set_off(f"set-off:{move.pk}", f"抵扣多付待遇 {payable.subject}", {fund: fen})
    chart.book(row.region, [flow], actor=actor, now=now)


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


def _shared(fen: int, due: Mapping[str, int]) -> dict[str, int]:
    """A payment fills the claims of the funds in the order of their names."""
    parts: dict[str, int] = {}
    for fund in sorted(due):
        part = min(fen, due[fund])
        if part:
            parts[fund] = part
            fen -= part
    return parts


def _close_when_even(row: Recovery) -> None:
    if row.state == RecoveryState.OPEN and not sum(left(row).values()):
        row.state = RecoveryState.CLOSED
        row.save(update_fields=["state"])


def _held(recovery_id: int) -> Recovery:
    row = Recovery.objects.select_for_update(no_key=True).filter(pk=recovery_id).first()
    if row is None:
        raise RecoveryWrong("没有这笔追回，请刷新页面核对。")
    return row


def _hold_parts(case_id: int, wanted: Mapping[str, int]) -> None:
    if not wanted or any(fen < 0 for fen in wanted.values()) or not set(wanted) <= set(Fund.values):
        raise RecoveryWrong("请填写大于零的追回金额和基金。", field="amount")
    paid: dict[str, int] = {}
    for payable in Payable.objects.filter(case=case_id, paid_on__isnull=False, reversed_on__isnull=True):
        for fund, fen in payable.parts.items():
            paid[fund] = paid.get(fund, 0) + fen
    for row in Recovery.objects.filter(case=case_id).exclude(state=RecoveryState.DECLINED):
        for fund, fen in row.parts.items():
            paid[fund] = paid.get(fund, 0) - fen
    for fund, fen in wanted.items():
        if fund == Fund.PERSONAL or fen > paid.get(fund, 0):
            raise RecoveryWrong(
                f"本件由{Fund(fund).label}付出、还可以追回的是{show_yuan(paid.get(fund, 0))}元，请核对金额。",
                field="amount",
            )


def _hold_plan(plan: Plan) -> None:
    if plan.mode not in Mode.values:
        raise RecoveryWrong("追回的方式有一次退回、分期退回、从以后的待遇中抵扣，请选择一种。", field="mode")
    if plan.mode == Mode.INSTALMENTS and (
        not plan.instalment_fen or plan.instalment_fen < 0 or not plan.first_on
    ):
        raise RecoveryWrong("分期退回请写明每月金额和首期日期。", field="instalment")


def _reason(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > LONGEST:
        raise RecoveryWrong(f"请写明多付的原因，不超过{LONGEST}字。", field="reason")
    return said
