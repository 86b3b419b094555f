"""Overpaid benefits come back (社会保险经办条例 art. 46): at once, by instalments, or kept back from later benefits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from jingban.access.service import Actor
from jingban.audit import service as audit
from jingban.benefits import service as benefits
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.funds import anew, answers, apart, chart, notices, rights
from jingban.funds.errors import RecoveryWrong, SamePerson, UnderWay
from jingban.funds.models import (
    Attempt,
    Fund,
    Mode,
    Payable,
    Payment,
    Receipt,
    Recovery,
    RecoveryMove,
    RecoveryState,
)
from jingban.funds.numbers import receipt_mark
from jingban.funds.payables import is_own
from jingban.funds.plans import Plan, hold_plan, left
from jingban.rulebook import publish

LONGEST = 200
UNDER_WAY = (Attempt.PREPARED, Attempt.APPROVED, Attempt.SENT)


def propose(
    *, case_id: int, parts: Mapping[str, int], cause: str, reason: str, plan: Plan, person: int | None, actor: Actor,
    now: datetime,
) -> Recovery:  # fmt: skip
    """Propose that an overpayment of a case is asked back, by fund; ``cause`` says once and for all which one.

    Never more than the case was paid. The same cause again gives the proposal that there is, unless it was declined.
    """
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        raise RecoveryWrong("没有这个办件，请核对编号。")
    rights.required(actor, case.region, case.office, rights.PROPOSERS)
    wanted, text = {f: n for f, n in parts.items() if n}, reason_of(reason)
    hold_plan(plan, sum(wanted.values()), local_day(now))
    with transaction.atomic():
        answers.held_cases([case_id])
        there = Recovery.objects.filter(cause=cause).exclude(state=RecoveryState.DECLINED).first()
        if there is not None:
            if (there.case_id, there.parts) != (case_id, wanted):
                raise RecoveryWrong(
                    "这笔多付已经提出追回，这次的办件或金额不同；请刷新页面，重新填写。", recovery=there.pk
                )
            return there
        hold_parts(case_id, wanted)
        return written(case, wanted, cause, text, plan, person, actor=actor.id, now=now)


def written(
    case: Case, parts: Mapping[str, int], cause: str, reason: str, plan: Plan, person: int | None, *, actor: int,
    now: datetime, is_revocation: bool = False,
) -> Recovery:  # fmt: skip
    """The row of a proposal that was held against everything."""
    return Recovery.objects.create(
        region=case.region,
        office=case.office,
        case_id=case.pk,
        person=person,
        cause=cause,
        is_revocation=is_revocation,
        parts=dict(parts),
        total_fen=sum(parts.values()),
        reason=reason,
        mode=plan.mode,
        instalment_fen=plan.instalment_fen,
        first_on=plan.first_on,
        proposed_by=actor,
        proposed_at=now,
    )


def due_back(found: anew.Open, *, but: int | None = None) -> tuple[dict[str, int], dict[str, int]]:
    """What of an overpaid case is to come back, and what stands between the funds.

    What somebody found by hand and asked back before is not asked back twice.
    """
    own, between = anew.split(found.parts)
    room = anew.recoverable(found.case, but=but)
    parts = {fund: min(-fen, max(0, room.get(fund, 0))) for fund, fen in own.items()}
    return {fund: fen for fund, fen in parts.items() if fen > 0}, between


def hold_alone(case_id: int, cause: str) -> Recovery | None:
    """What is to come back is only known when no other proposal of the case waits to be decided; gives that of the cause."""
    waiting = list(Recovery.objects.filter(case=case_id, state=RecoveryState.PROPOSED))
    if any(row.cause != cause for row in waiting):
        raise RecoveryWrong("本件另有一笔追回等待复核，请先复核那一笔，再提出这一笔。")
    return waiting[0] if waiting else None


def decide(recovery_id: int, *, agrees: bool, actor: Actor, now: datetime) -> Recovery:
    """Agree to a recovery, which books the claim, or decline it; never by whoever proposed it.

    Refused where what is to come back is not what was proposed any more; declined, it may be proposed anew.
    """
    with transaction.atomic():
        row = _held(recovery_id)
        rights.required(actor, row.region, row.office, rights.DECIDERS)
        if row.decided_at is not None:
            if row.decided_by == actor.id and (row.state != RecoveryState.DECLINED) == agrees:
                return row
            raise RecoveryWrong("这笔追回已经复核过，请刷新页面核对。")
        if row.proposed_by == actor.id:
            raise SamePerson("这笔追回是您提出的，请由另一位同事复核。")
        apart.hold_unconcerned(row.case_id, actor, now)
        if agrees:
            _hold_unchanged(row, actor=actor.id, now=now)
        row.decided_by, row.decided_at = actor.id, now
        row.state = RecoveryState.OPEN if agrees else RecoveryState.DECLINED
        row.save()
        if agrees and row.total_fen:
            # Why stays with the row: the books are read by many and for ever.
            flow = chart.claimed(f"recovery:{row.pk}", "追回多付待遇", row.parts)
            chart.book(row.region, [flow], actor=actor.id, now=now)
        if agrees:
            notices.claimed(row, now)
        _close_when_even(row, now)
        if row.is_revocation:
            noted(row, "同意撤销待遇" if agrees else "不予撤销待遇", actor=actor.id, now=now)
    return row


def noted(row: Recovery, what: str, *, actor: int, now: datetime) -> None:
    """Write a step of a revocation down: its case has ended and keeps no act of it."""
    audit.record(
        actor=actor,
        kind=audit.REVOKED,
        subject=f"case:{row.case.number}",
        detail=f"{what}：{row.reason}",
        now=now,
    )


def _hold_unchanged(row: Recovery, *, actor: int, now: datetime) -> None:
    """What is agreed to is what was proposed; of a case that was worked out anew the difference is settled by it."""
    if not row.cause.startswith("case:"):
        hold_parts(row.case_id, row.parts, but=row.pk)
        return
    if row.is_revocation:
        _revoked(row, actor=actor, now=now)
    found = anew.open_of(row.case_id)
    parts, between = due_back(found, but=row.pk) if found is not None else ({}, {})
    if parts != row.parts:
        raise RecoveryWrong(
            f"提出以后又有变化，现在应追回的是{show_yuan(sum(parts.values()))}元，和提出的不同；"
            "请选不予追回，再按现在的金额提出。"
        )
    if found is not None:
        anew.shifted(found, between, actor=actor, now=now)
        anew.settled(found, f"recovery:{row.pk}", now=now)


def _revoked(row: Recovery, *, actor: int, now: datetime) -> None:
    """The decision falls, and with it the case's place in the person's year (国令765 art. 46)."""
    hold_at_rest(row.case_id)
    if benefits.revoke(row.case_id, actor=actor, now=now, why=f"撤销待遇：{row.reason}") is None:
        raise RecoveryWrong("本件的核定已经撤销过，没有要撤销的；请刷新页面核对。")


def hold_at_rest(case_id: int) -> None:
    """Nothing of the case is on its way to the bank, where it would arrive after all."""
    if Payment.objects.filter(case=case_id, state__in=UNDER_WAY).exists():
        raise UnderWay("本件有款还在付，等付清或退回以后再办；还没有送银行的，可以先从批次中撤下。")


def repay(recovery_id: int, *, fen: int, reference: str, actor: Actor, now: datetime) -> Recovery:
    """Money that was paid back to the expenditure account, under the bank's receipt; one receipt counts once."""
    mark = receipt_number(reference)
    with transaction.atomic():
        row = _held(recovery_id)
        rights.required(actor, row.region, row.office, rights.BANK)
        apart.hold_unconcerned(row.case_id, actor, now)
        if _is_known(row, mark, fen):
            return row
        due = left(row)
        if row.state != RecoveryState.OPEN or not 0 < fen <= sum(due.values()):
            raise RecoveryWrong(f"这笔追回还欠{show_yuan(sum(due.values()))}元，请核对金额。", field="amount")
        _taken(row, mark, fen)
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
        _close_when_even(row, now)
        notices.repaid(row, now, is_whole=row.state == RecoveryState.CLOSED)
    return row


def receipt_number(reference: str) -> str:
    """The receipt's number as it is kept; raises where there is none."""
    mark = receipt_mark(reference)
    if not mark or len(mark) > 80:
        raise RecoveryWrong("请写明收款凭证号，不超过80字。", field="reference")
    return mark


def _is_known(row: Recovery, mark: str, fen: int) -> bool:
    """Whether the receipt was registered for this recovery; raises where it was for another, or over another amount."""
    known = Receipt.objects.filter(region=row.region, reference=mark).select_related("recovery__case").first()
    if known is None:
        return False
    if known.recovery_id != row.pk:
        other = known.recovery.case
        # Of a sealed case (举报) not even the number is said: whoever tries receipts would learn of it.
        where = "另一个办件" if publish.version(other.version_id).item.sealed else f"办件{other.number}"
        raise RecoveryWrong(
            f"收款凭证{mark}已经记在{where}的追回上（{show_yuan(known.amount_fen)}元），"
            "一张凭证只记一次；请核对凭证号，一笔退款退两笔追回的，请按银行回单分开登记。",
            field="reference",
        )
    if known.amount_fen != fen:
        raise RecoveryWrong(f"收款凭证{mark}已经登记过，这次的金额不同，没有再记。")
    return True


def _taken(row: Recovery, mark: str, fen: int) -> None:
    """The receipt counts for this recovery; the database refuses a second one that came at the same time."""
    try:
        with transaction.atomic():
            Receipt.objects.create(region=row.region, reference=mark, recovery=row, amount_fen=fen)
    except IntegrityError:
        _is_known(row, mark, fen)
        raise


def keep_back(payable: Payable, kept: Mapping[str, int], *, actor: int, now: datetime) -> dict[str, int]:
    """Set open claims off against what is to be paid to the same person: within each fund, never below zero.

    What is still to come back of the very case that is paid is kept back however it was agreed to come back.
    ``kept`` is what was kept back from it before; says what is kept back now, by fund.
    """
    now_kept = dict(kept)
    if not is_own(payable):
        return now_kept
    whose = Q(case=payable.case_id)
    if payable.person is not None:
        whose |= Q(person=payable.person, mode=Mode.SET_OFF)
    claims = Recovery.objects.select_for_update(no_key=True).filter(
        whose, region=payable.region, state=RecoveryState.OPEN
    )
    for row in claims.order_by("pk"):
        for fund, due in left(row).items():
            fen = min(due, payable.parts.get(fund, 0) - now_kept.get(fund, 0))
            if fen > 0:
                _set_off(row, payable, fund, fen, actor=actor, now=now)
                now_kept[fund] = now_kept.get(fund, 0) + fen
        _close_when_even(row, now)
    return now_kept


def _set_off(row: Recovery, payable: Payable, fund: str, fen: int, *, actor: int, now: datetime) -> None:
    move = RecoveryMove.objects.create(
        recovery=row, fund=fund, amount_fen=fen, payable=payable, moved_on=local_day(now), actor=actor
    )
    flow = chart.set_off(f"set-off:{move.pk}", f"抵扣多付待遇 {payable.subject}", {fund: fen})
    chart.book(row.region, [flow], actor=actor, now=now)


def _shared(fen: int, due: Mapping[str, int]) -> dict[str, int]:
    """A payment fills the claims of the funds in the order of their names."""
    parts: dict[str, int] = {}
    for fund in sorted(due):
        part = min(fen, due[fund])
        if part:
            parts[fund] = part
            fen -= part
    return parts


def _close_when_even(row: Recovery, now: datetime) -> None:
    if row.state == RecoveryState.OPEN and not sum(left(row).values()):
        row.state = RecoveryState.CLOSED
        row.save(update_fields=["state"])
        if row.is_revocation:
            benefits.release_receipts(row.case_id, now)


def _held(recovery_id: int) -> Recovery:
    """The recovery with its case, held: the case first, as everywhere."""
    case = Recovery.objects.filter(pk=recovery_id).values_list("case", flat=True).first()
    if case is None:
        raise RecoveryWrong("没有这笔追回，请刷新页面核对。")
    answers.held_cases([case])
    return Recovery.objects.select_for_update(no_key=True).get(pk=recovery_id)


def hold_parts(case_id: int, wanted: Mapping[str, int], *, but: int | None = None) -> None:
    """Never more than arrived, by what the books say of each fund."""
    if not wanted or any(fen < 0 for fen in wanted.values()) or not set(wanted) <= set(Fund.values):
        raise RecoveryWrong("请填写大于零的追回金额和基金。", field="amount")
    room = anew.recoverable(case_id, but=but)
    for fund, fen in wanted.items():
        if fund == Fund.PERSONAL or fen > room.get(fund, 0):
            raise RecoveryWrong(
                f"本件由{Fund(fund).label}付出、还可以追回的是{show_yuan(max(0, room.get(fund, 0)))}元，请核对金额。",
                field="amount",
            )


def reason_of(text: str) -> str:
    """Why it is to come back, in words."""
    said = " ".join(text.split())
    if not said or len(said) > LONGEST:
        raise RecoveryWrong(f"请写明多付（撤销）的原因，不超过{LONGEST}字。", field="reason")
    return said
