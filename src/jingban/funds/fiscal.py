"""Money asked of the fiscal authority (财政): for the expenditure account, or as a subsidy; its answer, its transfer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from jingban.access.service import Actor
from jingban.benefits import service as benefits
from jingban.cases.work import Work
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.funds import chart, payables, rights, subsidised
from jingban.funds.batches import said
from jingban.funds.errors import FiscalWrong, SamePerson
from jingban.funds.models import Attempt, FiscalRequest, FiscalState, Fund, PaymentPart
from jingban.funds.numbers import day_number, receipt_mark, taken
from jingban.ledger import service as ledger
from jingban.processes.state import SYSTEM

TRANSFER, SUBSIDY = "transfer", "subsidy"
_OPEN = (FiscalState.ASKED, FiscalState.GRANTED)


def needed(region: str) -> dict[str, int]:
    """What is missing on the expenditure account for all that is prepared or approved, by fund; a proposal."""
    wanted = PaymentPart.objects.filter(
        region=region, payment__state__in=[Attempt.PREPARED, Attempt.APPROVED]
    ).exclude(fund=Fund.PERSONAL)
    sums = wanted.values_list("fund").annotate(fen=Sum("amount_fen")).order_by("fund")
    held = dict(
        ledger.Account.objects.filter(
            region=region, code__in=[chart.bank_code(fund) for fund in Fund.values]
        ).values_list("code", "balance_fen")
    )
    return {
        f: fen - held.get(chart.bank_code(f), 0) for f, fen in sums if fen > held.get(chart.bank_code(f), 0)
    }


def ask(
    *, region: str, office: str, parts: Mapping[str, int], purpose: str, actor: Actor, now: datetime,
    seen: int | None = None,
) -> FiscalRequest:  # fmt: skip
    """Ask for money for the expenditure account (用款申请), by fund.

    ``seen`` is the last request that whoever asks had before them: the same asked since is a form sent twice, and
    gives the request that there is.
    """
    rights.required(actor, region, office, rights.CASHIER)
    wanted = _checked(parts)
    with transaction.atomic():
        if seen is not None:
            taken(
                f"C:{region}", 0
            )  # takes no number: holds the row, so that two at once come one after the other
            there = FiscalRequest.objects.filter(
                pk__gt=seen, region=region, office=office, case__isnull=True, asked_by=actor.id, purpose=said(purpose)
            ).order_by("pk")  # fmt: skip
            if (row := next((row for row in there if row.parts == wanted), None)) is not None:
                return row
        return _asked(TRANSFER, region, office, None, wanted, said(purpose), actor.id, now)


def ask_for_case(work: Work, kind: str) -> FiscalRequest | None:
    """The effect of a case: what its decision owes beyond what was transferred for it before, or (subsidy) what the figures
    give for its person. Nothing there: nothing.

    A request that the fiscal authority granted and did not pay is over when it is asked anew.
    """
    parts = _subsidy_parts(work) if kind == SUBSIDY else _owed_parts(work)
    if not parts:
        return None
    with transaction.atomic():
        for row in _open(work.case_id):
            if row.state == FiscalState.ASKED and (row.kind, row.parts) == (kind, parts):
                return row
            row.state, row.words = FiscalState.DECLINED, row.words or "没有拨付，重新申请"
            row.save(update_fields=["state", "words"])
        before = sum(transferred(work.case_id).values())
        beside = f"（已拨付{show_yuan(before)}元，申请差额）" if before else ""
        purpose = f"{work.item.name} {work.number}{beside}"[:200]
        return _asked(kind, work.region, work.office, work.case_id, parts, purpose, work.actor, work.at)


def _owed_parts(work: Work) -> dict[str, int]:
    """What the case owes out of funds (personal accounts lie with the agency already), less what the fiscal authority
    transferred for it: a case that was sent back keeps its money, and asks for the difference only."""
    owed: dict[str, int] = {}
    for row in payables.owe(work):
        for fund, fen in row.parts.items():
            if fund != Fund.PERSONAL:
                owed[fund] = owed.get(fund, 0) + fen
    there = transferred(work.case_id)
    return {fund: fen - there.get(fund, 0) for fund, fen in owed.items() if fen > there.get(fund, 0)}


def transferred(case_id: int) -> dict[str, int]:
    """What the fiscal authority transferred to the expenditure account for a case so far, by fund."""
    done = FiscalRequest.objects.filter(case=case_id, kind=TRANSFER, state=FiscalState.DONE)
    sums: dict[str, int] = {}
    for parts in done.values_list("parts", flat=True):
        for fund, fen in parts.items():
            sums[fund] = sums.get(fund, 0) + fen
    return sums


def _subsidy_parts(work: Work) -> dict[str, int]:
    """What the premium of the case's person is subsidised by; a category that the region does not subsidise: nothing."""
    fen = benefits.hold_premium_subsidy(work, earlier=subsidised.earlier(work))
    return {str(Fund.RESIDENT): fen} if fen else {}


def answer(request_id: int, *, granted: bool, words: str, actor: Actor, now: datetime) -> FiscalRequest:
    """Register the fiscal authority's answer to an agency's own request; granted, the transfer is booked.

    The same answer again changes nothing.
    """
    with transaction.atomic():
        row = (
            FiscalRequest.objects.select_for_update(no_key=True)
            .filter(pk=request_id, case__isnull=True)
            .first()
        )
        if row is None:
            raise FiscalWrong("没有这份用款申请，或它属于办件、在办件里登记；请核对。")
        rights.required(actor, row.region, row.office, rights.BANK)
        if row.state != FiscalState.ASKED:
            if (row.state == FiscalState.DONE) == granted:
                return row
            raise FiscalWrong(f"用款申请{row.number}{row.get_state_display()}，不能改变答复；请核对。")
        return _answered(row, granted=granted, words=words, actor=actor.id, now=now)


def answer_for_case(work: Work, *, granted: bool) -> FiscalRequest | None:
    """The same as an effect of the case that asked; none where it asked for nothing.

    A subsidy that was granted and is not coming after all is declined: nothing of it was booked.
    """
    with transaction.atomic():
        rows = _open(work.case_id)
        row = next((row for row in rows if row.state == FiscalState.ASKED), None)
        if row is None and not granted and rows:
            return _lapsed(rows[0])
        if row is None:
            return None
        return _answered(row, granted=granted, words="", actor=work.actor, now=work.at)


def _lapsed(row: FiscalRequest) -> FiscalRequest:
    row.state, row.words = FiscalState.DECLINED, row.words or "财政同意后没有拨付"
    row.save(update_fields=["state", "words"])
    return row


def receive_for_case(work: Work) -> FiscalRequest | None:
    """资助资金到账: a granted subsidy is on the special account; none where none was asked for."""
    with transaction.atomic():
        granted = (row for row in _open(work.case_id) if row.state == FiscalState.GRANTED)
        row = next((row for row in granted if row.kind == SUBSIDY), None)
        if row is None:
            return None
        flow = chart.received(f"fiscal:{row.number}", f"资助参保资金到账 {row.purpose}", row.parts)
        chart.book(row.region, [flow], actor=work.actor, now=work.at)
        row.state = FiscalState.DONE
        row.save(update_fields=["state"])
        return row


def record_income(
    *, region: str, fund: str, fen: int, reference: str, memo: str, actor: Actor, now: datetime
) -> ledger.Entry:
    """Money that came to a fund's special account; ``reference`` is the receipt's. The same again is one entry."""
    rights.required(actor, region, "", rights.BANK)
    parts = _checked({fund: fen})
    mark = receipt_mark(reference)
    if not mark or len(mark) > 60:
        raise FiscalWrong("请写明收款凭证号，不超过60字。", field="reference")
    name = f"income:{fund}:{mark}"
    there = ledger.entries_of(region=region, references=[name]).get(name)
    if there is not None:
        if sum(x.amount_fen for x in there.lines.all() if x.side == ledger.Side.DEBIT) != fen:
            raise FiscalWrong(f"收款凭证{mark}已经登记过，这次的金额不同，没有再记；请核对凭证号。")
        return there
    flow = chart.received(name, memo.strip() or f"基金收入 {mark}", parts)
    return chart.book(region, [flow], actor=actor.id, now=now)[0]


def _answered(row: FiscalRequest, *, granted: bool, words: str, actor: int, now: datetime) -> FiscalRequest:
    if actor == row.asked_by and actor != SYSTEM:
        raise SamePerson("这份用款申请是您提出的，财政的答复请由另一位同事登记。")
    row.state = FiscalState.GRANTED if granted else FiscalState.DECLINED
    row.answered_by, row.answered_at, row.words = actor, now, words.strip()[:200]
    if granted and row.kind == TRANSFER:
        flow = chart.transferred(f"fiscal:{row.number}", f"财政拨款 {row.purpose}", row.parts)
        chart.book(row.region, [flow], actor=actor, now=now)
        row.state = FiscalState.DONE
    row.save()
    return row


def _asked(
    kind: str, region: str, office: str, case: int | None, parts: dict[str, int], purpose: str, actor: int,
    now: datetime,
) -> FiscalRequest:  # fmt: skip
    return FiscalRequest.objects.create(
        region=region,
        office=office,
        kind=kind,
        case_id=case,
        number=day_number("C", region, local_day(now)),
        parts=parts,
        total_fen=sum(parts.values()),
        purpose=purpose,
        asked_by=actor,
        asked_at=now,
    )


def _open(case_id: int) -> list[FiscalRequest]:
    rows = FiscalRequest.objects.select_for_update(no_key=True).filter(case=case_id, state__in=_OPEN)
    return list(rows.order_by("pk"))


def _checked(parts: Mapping[str, int]) -> dict[str, int]:
    wanted = {str(fund): fen for fund, fen in parts.items() if fen}
    if not wanted or any(fen < 0 for fen in wanted.values()):
        raise FiscalWrong("请填写大于零的金额。", field="amount")
    if not set(wanted) <= set(Fund.values) - {str(Fund.PERSONAL)}:
        raise FiscalWrong("基金名称不认识；个人账户基金的存款另有户头，不用申请。", field="fund")
    return dict(sorted(wanted.items()))
