"""What is owed in a case: taken from the decision that stands, or from what the personal accounts say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.db.models import Sum

from jingban.benefits import service as benefits
from jingban.cases.work import Work
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen, to_yuan
from jingban.funds import chart, subsidised
from jingban.funds.errors import AmountDiffers, FundsError, NothingOwed, UnderWay
from jingban.funds.models import (
    LIVE,
    Attempt,
    Fund,
    Payable,
    Payment,
    Recovery,
    RecoveryMove,
    RecoveryState,
    Why,
)
from jingban.ledger import service as ledger
from jingban.registry import service as registry

OWN = (Why.DECISION, Why.SUPPLEMENT)
"""What the funds book themselves; of personal accounts the registers do."""
PREMIUM = "registry.enrol_aided"
"""The effect of entries about subsidised premiums."""


class Decided(Protocol):
    """What ``benefits`` says of a case, as far as money goes."""

    pk: int
    parts: Mapping[str, int]
    amounts: Mapping[str, int]
    person_id: int | None


decision_of: Callable[[int], Decided | None] = benefits.standing_decision
"""Where payables take their parts from: the decision of a case that stands."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a case owes, before it is a row."""

    subject: str
    why: str
    parts: dict[str, int]
    decision: int | None = None
    person: int | None = None
    memo: str = ""

    @property
    def total(self) -> int:
        return sum(self.parts.values())


def case_subject(case_id: int) -> str:
    """What a case's own payment is called."""
    return f"case:{case_id}"


def share_subject(case_id: int, number: int) -> str:
    """What the share of one of those who reported together is called (F26)."""
    return f"{case_subject(case_id)}:share:{number}"


def share_of(subject: str) -> int:
    """Whose share a payment is, counted from one; 0 where a case is paid as one."""
    head, _, number = subject.rpartition(":share:")
    return int(number) if head else 0


def is_of_case(subject: str, case_id: int) -> bool:
    """Whether the case itself waits for a payment: of all it owes, or of a share; not of a supplement."""
    return subject == case_subject(case_id) or subject.startswith(f"{case_subject(case_id)}:share:")


def owed_in(work: Work) -> list[Owed]:
    """What the case owes, a share each where several reported together; nothing where nothing was worked out."""
    decision = decision_of(work.case_id)
    whole = found_in(work)
    if whole is None:
        return []
    shares = _shares(decision.amounts) if decision is not None else []
    if not shares:
        return [whole]
    if len(whole.parts) != 1 or sum(shares) != whole.total:
        raise FundsError("各举报人的份额合计和奖励金额不符，不能记应付，请退回重新核定。", shares=shares)
    (fund,) = whole.parts
    return [
        replace(
            whole, subject=share_subject(work.case_id, n), parts={fund: fen}, memo=f"{whole.memo}（第{n}份）"
        )
        for n, fen in enumerate(shares, start=1)
    ]


def _shares(amounts: Mapping[str, int]) -> list[int]:
    numbers = sorted(int(key.removeprefix("share:")) for key in amounts if key.startswith("share:"))
    return [amounts[f"share:{n}"] for n in numbers]


def found_in(work: Work) -> Owed | None:
    """What the case owes by its decision or its personal account, in one; none where nothing was worked out."""
    decision = decision_of(work.case_id)
    if decision is not None:
        return _by_decision(work, decision)
    return _from_premium(work) if PREMIUM in work.item.effects else _from_account(work)


def _by_decision(work: Work, decision: Decided) -> Owed:
    parts = {fund: fen for fund, fen in decision.parts.items() if fen}
    if any(fen < 0 for fen in parts.values()) or not set(parts) <= set(Fund.values):
        raise FundsError("核定的各基金金额有误，不能记应付，请退回重新核定。", parts=parts)
    return Owed(case_subject(work.case_id), Why.DECISION, parts, decision.pk, decision.person_id, "待遇核定")


def _from_premium(work: Work) -> Owed:
    """缴费补贴 to whoever had paid the whole premium: what medical aid takes over; to others nothing."""
    person = registry.person_of(work)
    fen = benefits.hold_premium_refund(work, person, earlier=subsidised.earlier(work))
    parts = {str(Fund.AID): fen} if fen else {}
    return Owed(case_subject(work.case_id), Why.DECISION, parts, None, person.pk, "资助参保缴费补贴")


def _from_account(work: Work) -> Owed | None:
    letter = work.said("letter_number") or work.number or "-"
    references = {
        f"account-withdrawal:{work.case_id}": Why.WITHDRAWAL,
        f"transfer-refund:{work.case_id}": Why.REFUND,
        f"transfer-out:{letter}:{work.case_id}": Why.TRANSFER,
    }
    taken = ledger.entries_of(region=work.region, references=references)
    for reference in taken:
        amount = registry.taken_out(work.region, reference) or to_yuan(0)
        parts = {str(Fund.PERSONAL): to_fen(amount)}
        return Owed(case_subject(work.case_id), references[reference], parts)
    return None


def owe(work: Work) -> list[Payable]:
    """Book what the case owes; the same again changes nothing, other parts reverse what was booked before.

    Refused while a payment of it is on its way. Empty where nothing was worked out; what is worth nothing (below the
    deductible) is a payable of zero: its case goes on to its end, and the claim stays in the person's year.
    """
    owed = owed_in(work)
    if not owed:
        return []
    with transaction.atomic(savepoint=False):
        there = {row.subject: row for row in standing_in(work.case_id)}
        for subject in there.keys() - {one.subject for one in owed}:
            take_back(there[subject], actor=work.actor, now=work.at)
        return [_owed_by(one, there.get(one.subject), work) for one in owed]


def _owed_by(owed: Owed, there: Payable | None, work: Work) -> Payable:
    if there is not None and there.parts == owed.parts:
        _decided_by(there, owed.decision)
        return there
    if there is not None:
        take_back(there, actor=work.actor, now=work.at)
    return booked(owed, work=work)


def _decided_by(row: Payable, decision: int | None) -> None:
    if row.decision != decision:
        row.decision = decision
        row.save(update_fields=["decision"])


def booked(owed: Owed, *, work: Work) -> Payable:
    """The row, and the entry where the registers have not booked it already."""
    return record(
        owed, region=work.region, office=work.office, item=work.item.item, case=work.case_id, actor=work.actor,
        now=work.at, memo=f"{owed.memo} {work.number}",
    )  # fmt: skip


def record(
    owed: Owed, *, region: str, office: str, item: str, case: int, actor: int, now: datetime, memo: str
) -> Payable:
    """Write a payable down and book it: what a personal account gave out was booked when it was taken out."""
    turn = Payable.objects.filter(subject=owed.subject).count() + 1
    row = Payable.objects.create(
        region=region,
        office=office,
        item=item,
        case_id=case,
        subject=owed.subject,
        turn=turn,
        why=owed.why,
        parts=owed.parts,
        total_fen=owed.total,
        decision=owed.decision,
        person=owed.person,
        owed_on=local_day(now),
        actor=actor,
    )
    if is_own(row) and row.total_fen:
        chart.book(region, [chart.owed(reference(row), memo, owed.parts)], actor=actor, now=now)
    return row


def standing(subject: str) -> Payable | None:
    """The payable that counts, held until the transaction ends."""
    rows = Payable.objects.select_for_update(no_key=True).filter(subject=subject, reversed_on__isnull=True)
    return rows.first()


def standing_in(case_id: int) -> list[Payable]:
    """The payables of a case that count, its shares in their order, held until the transaction ends."""
    rows = Payable.objects.select_for_update(no_key=True).filter(case=case_id, reversed_on__isnull=True)
    return [row for row in rows.order_by("pk") if is_of_case(row.subject, case_id)]


def standing_of(subjects: Sequence[str]) -> dict[str, Payable]:
    """The payables that count of many subjects, held in the order of their keys."""
    rows = Payable.objects.select_for_update(no_key=True).filter(
        subject__in=subjects, reversed_on__isnull=True
    )
    return {row.subject: row for row in rows.order_by("pk")}


def is_own(row: Payable) -> bool:
    """Whether the funds booked it."""
    return row.why in OWN


def reference(row: Payable) -> str:
    return f"owe:{row.subject}:{row.turn}"


def left(row: Payable) -> dict[str, int]:
    """What is still to be paid of it, by fund: less what was kept back for an overpaid benefit."""
    kept = kept_back(row)
    return {fund: fen - kept.get(fund, 0) for fund, fen in row.parts.items()}


def kept_back(row: Payable) -> dict[str, int]:
    """What was kept back from it so far, by fund."""
    moves = RecoveryMove.objects.filter(payable=row, undone_on__isnull=True)
    return dict(moves.values_list("fund").annotate(fen=Sum("amount_fen")).order_by("fund"))


def cancel(work: Work) -> None:
    """退回: what was owed is owed no more, and a payment that is not on its way is cancelled. Nothing there: nothing."""
    with transaction.atomic():
        for row in standing_in(work.case_id):
            take_back(row, actor=work.actor, now=work.at)


def take_back(row: Payable, *, actor: int, now: datetime) -> None:
    """Take a payable back. What bounced is first owed again, what was kept back from it is given back."""
    # Held before the books, as whoever registers a receipt does: it would be closed over what is given back here.
    claims = Recovery.objects.filter(pk__in=row.set_offs.filter(undone_on__isnull=True).values("recovery"))
    held = {one.pk: one for one in claims.select_for_update(no_key=True).order_by("pk")}
    live = row.payments.select_for_update(no_key=True).filter(state__in=LIVE).first()
    if live is not None:
        _cancel_payment(live, now)
    owe_again(row, actor=actor, now=now)
    _give_back(row, held, actor=actor, now=now)
    if is_own(row) and row.total_fen:
        entry = ledger.entry_of(region=row.region, reference=reference(row))
        if entry is None:
            raise AssertionError("a payable of the funds is booked")
        ledger.reverse(
            entry=entry, booked_on=local_day(now), reference=f"{reference(row)}:undone", actor=actor, now=now
        )
    row.reversed_on = local_day(now)
    row.save(update_fields=["reversed_on"])


def _cancel_payment(payment: Payment, now: datetime) -> None:
    if payment.state != Attempt.PREPARED or payment.batch_id is not None:
        raise UnderWay(
            "这笔款已经组批、送银行或付清，不能退回；请先在资金室从批次中撤下，已付的按多付追回办理。"
        )
    payment.state, payment.reason, payment.answered_at = Attempt.CANCELLED, "办件退回", now
    payment.save(update_fields=["state", "reason", "answered_at"])


def owe_again(row: Payable, *, actor: int, now: datetime) -> None:
    """What bounced lies as returned: it becomes payable again, once for each payment."""
    for payment in row.payments.filter(state=Attempt.BOUNCED, is_restored=False).order_by("pk"):
        parts = parts_of(payment)
        flow = chart.again(f"payment:{payment.pk}:again", f"退回款转回应付 {row.subject}", parts, row.why)
        chart.book(row.region, [flow], actor=actor, now=now)
        payment.is_restored = True
        payment.save(update_fields=["is_restored"])


def _give_back(row: Payable, held: Mapping[int, Recovery], *, actor: int, now: datetime) -> None:
    for move in row.set_offs.filter(undone_on__isnull=True).order_by("pk"):
        entry = ledger.entry_of(region=row.region, reference=f"set-off:{move.pk}")
        if entry is None:
            raise AssertionError("a set-off is booked")
        ledger.reverse(
            entry=entry, booked_on=local_day(now), reference=f"set-off:{move.pk}:undone", actor=actor, now=now
        )
        move.undone_on = local_day(now)
        move.save(update_fields=["undone_on"])
        recovery = held[move.recovery_id]
        if recovery.state == RecoveryState.CLOSED:
            recovery.state = RecoveryState.OPEN
            recovery.save(update_fields=["state"])


def parts_of(payment: Payment) -> dict[str, int]:
    """Fen by fund of one payment."""
    return {part.fund: part.amount_fen for part in sorted(payment.parts.all(), key=lambda p: p.fund)}


def hold_amount(work: Work, owed: int) -> None:
    """What the act says must be what is owed, to the fen."""
    said = work.needs.get("amount")
    if said is not None and to_fen(str(said)) != owed:
        raise AmountDiffers(
            f"应付{show_yuan(owed)}元，填写的是{show_yuan(to_fen(str(said)))}元，请改为{to_yuan(owed):.2f}。",
            amount=f"{to_yuan(owed):.2f}",
        )


def nothing_owed() -> NothingOwed:
    return NothingOwed("本件没有核定的应付金额，不能拨付；请退回核定后再办。")
