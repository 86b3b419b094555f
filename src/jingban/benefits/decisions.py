"""Deciding a case, undoing it, and working the later claims of the person's year out anew.

A decision is written inside the act that approves the amount. Nothing of one is ever edited: it stands or is undone,
and what takes its place is a further turn.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from jingban.benefits import adjustments, bills, books, calculations, years
from jingban.benefits.errors import AmountDiffers, Decided, OnlyIllustrative, OwnBill
from jingban.benefits.gathering import GATHER, Gathered
from jingban.benefits.models import Adjustment, Decision, FigureBook, Kind
from jingban.benefits.outcomes import Outcome, context_of, is_as_decided, opened, outcome_of, recomputed
from jingban.benefits.rules.model import Year
from jingban.cases.models import Case, CaseEvent
from jingban.cases.work import Work
from jingban.core.crypto import reseal, seal
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen
from jingban.registry import service as registry

ENTRY = "entry"
"""The role that enters and settles in one act (录入并结算, F14): its amounts are checked by who pays."""


def work_out(work: Work, kind: Kind) -> tuple[Gathered, Outcome]:
    """What a case gives as it stands now; nothing is written. Raises in plain words what is missing or wrong."""
    gathered = GATHER[kind](work)
    year = Year() if gathered.person is None else _before(gathered, work.case_id)
    return gathered, outcome_of(kind, gathered.payload, year, books.current(work.region))


def decide(work: Work, kind: Kind) -> Decision:
    """Decide a case by what is stored, and hold the amount of the act against it.

    Raises AmountDiffers (with the right amount), OnlyIllustrative, OwnBill, Decided, and whatever gathering refuses.
    """
    with transaction.atomic():
        gathered = GATHER[kind](work)
        _hold_own(work, gathered)
        person = gathered.person
        row = years.held(person.pk, gathered.year) if person is not None else None
        book = books.keep(work.region, work.at)
        year = Year() if person is None else _before(gathered, work.case_id)
        outcome = outcome_of(kind, gathered.payload, year, books.table(book))
        _hold_amount(work, outcome)
        _hold_illustrative(outcome)
        if (known := Decision.objects.filter(case=work.case_id, undone_at__isnull=True).first()) is not None:
            return _the_same(known, outcome)
        made = _written(work, gathered, outcome, book, year)
        bills.checked(gathered.bills, actor=work.actor, now=work.at)
        if person is not None and row is not None:
            registry.hold_paid_days(person, gathered.days, _reference(work.case_id))
            _redo(made, why=f"办件{work.number}核定", actor=work.actor, now=work.at)
            years.refresh(row)
        return made


def undo(case_id: int, *, actor: int, now: datetime, why: str) -> Decision | None:
    """Undo the standing decision of a case and work the later ones of the year out anew; nothing where none stands."""
    with transaction.atomic():
        found = standing(case_id)
        if found is None:
            return None
        row = years.held(found.person_id, found.year) if found.person_id else None
        _lift(found, actor=actor, now=now, why=why)
        adjustments.settle(case_id, reference="undone", now=now)  # decided anew, all of it is owed anew
        registry.release_paid_days(found.region, _reference(case_id))
        if row is not None:
            number = Case.objects.values_list("number", flat=True).get(pk=case_id)
            _redo(found, why=f"办件{number}的核定撤销", actor=actor, now=now)
            years.refresh(row)
        return found


def revoke(case_id: int, *, actor: int, now: datetime, why: str) -> Adjustment | None:
    """Undo a decision that was paid: all of it is to be recovered (国令765 art. 46)."""
    with transaction.atomic():
        waiting = [row.pk for row in adjustments.waiting(case_id=case_id)]
        found = undo(case_id, actor=actor, now=now, why=why)
        if found is None:
            return None
        # What waits to be settled was not paid by the decision that stood; it goes on waiting beside the rest.
        Adjustment.objects.filter(pk__in=waiting).update(settled_at=None, settled_by="")
        return adjustments.made(found, None, why, now)


def standing(case_id: int) -> Decision | None:
    """The decision of a case that stands."""
    return Decision.objects.filter(case=case_id, undone_at__isnull=True).select_related("book").first()


def at(case_id: int, moment: datetime) -> Decision | None:
    """The decision of a case that stood at a moment, whatever came of it since."""
    rows = Decision.objects.filter(case=case_id, decided_at__lte=moment).exclude(undone_at__lte=moment)
    return rows.select_related("book", "person", "case").order_by("-turn").first()


def is_withdrawn(decision: Decision) -> bool:
    """Whether a decision was taken back, not only worked out anew because of an earlier case of the year."""
    if decision.undone_at is None:
        return False
    return not Adjustment.objects.filter(old=decision, new__isnull=False).exists()


def reseal_decisions() -> int:
    """Seal inputs of an older key again by the current one; how many rows changed."""
    changed = 0
    for row in Decision.objects.order_by("id").iterator(chunk_size=200):
        kept = bytes(row.inputs)
        again = reseal(kept, context=context_of(row.case_id, row.turn))
        if again != kept:
            changed += Decision.objects.filter(pk=row.pk).update(inputs=again)
    return changed


def _before(gathered: Gathered, case_id: int) -> Year:
    person = gathered.person.pk if gathered.person else 0
    rank = years.rank_of(case_id, person, gathered.year)
    return years.before(person, gathered.year, rank, _pregnancy(gathered.kind, gathered.event_on))


def _pregnancy(kind: str, event_on: date | None) -> date | None:
    """Of maternity fees the year is the pregnancy."""
    return event_on if kind == Kind.MATERNITY_MEDICAL else None


def _hold_own(work: Work, gathered: Gathered) -> None:
    if work.trial or work.actor not in gathered.entered_by or _is_entry(work):
        return
    raise OwnBill("账单（生育信息）是您本人录入的，请由另一位同事审核核定（社会保险经办条例第三十六条）。")


def _is_entry(work: Work) -> bool:
    """Whether the act's step is the one that both enters and settles."""
    came = (
        CaseEvent.objects.filter(case=work.case_id, seq=work.seq).values_list("from_step", flat=True).first()
    )
    step = work.item.process_named(work.process).steps.get(came or "") if work.process else None
    return step is not None and ENTRY in step.by


def _hold_amount(work: Work, outcome: Outcome) -> None:
    said = work.needs.get("amount")
    if said is None or work.trial:
        return
    if to_fen(Decimal(str(said))) != outcome.fund:
        right = f"{Decimal(outcome.fund).scaleb(-2):.2f}"
        raise AmountDiffers(
            f"按规定计算应支付{show_yuan(outcome.fund)}元，填写的是{said}元；请改为{right}，或先更正账单。",
            field="amount",
            amount=right,
        )


def _hold_illustrative(outcome: Outcome) -> None:
    """Illustrations are shown, and never paid by where people are really paid (design, section 6)."""
    if outcome.illustrative and not settings.JINGBAN_PAYS_ILLUSTRATIVE:
        named = "、".join(outcome.illustrative[:10])
        raise OnlyIllustrative(
            f"本地还有{len(outcome.illustrative)}项待遇参数是示例值（{named}等），不能据以支付；"
            "请按正式文件核定参数并发布后再办理。",
            parameters=outcome.illustrative,
        )


def _the_same(known: Decision, outcome: Outcome) -> Decision:
    if is_as_decided(known, outcome):
        return known
    raise Decided("本件已经核定过，结果和现在计算的不同；请先退回撤销原来的核定，再重新核定。")


def _written(work: Work, gathered: Gathered, outcome: Outcome, book: FigureBook, year: Year) -> Decision:
    person = gathered.person
    return _created(
        outcome,
        text=calculations.dump(gathered.kind, gathered.payload),
        region=work.region,
        case_id=work.case_id,
        person=person,
        kind=gathered.kind,
        insurance=gathered.insurance,
        event=gathered.event,
        event_on=gathered.event_on,
        year=gathered.year,
        rank=years.rank_of(work.case_id, person.pk, gathered.year) if person is not None else 0,
        decided_on=work.day,
        decided_at=work.at,
        actor=work.actor,
        before=dict(year.sums),
        book=book,
    )


def _created(outcome: Outcome, *, text: str, case_id: int, **columns: Any) -> Decision:
    turn = Decision.objects.filter(case=case_id).count() + 1
    return Decision.objects.create(
        case_id=case_id,
        turn=turn,
        total_fen=outcome.total,
        fund_fen=outcome.fund,
        person_fen=outcome.person,
        others_fen=outcome.others,
        parts=outcome.parts,
        amounts=outcome.amounts,
        results=outcome.results,
        increments=outcome.increments,
        illustrative=outcome.illustrative,
        inputs=seal(text, context=context_of(case_id, turn)),
        **columns,
    )


def _redo(changed: Decision, *, why: str, actor: int, now: datetime) -> None:
    """Work out what comes after a place of the year again, in order, by the figures that each was decided by."""
    for old in years.standing(changed.person_id or 0, changed.year).filter(rank__gt=changed.rank):
        pregnancy = _pregnancy(old.kind, old.event_on)
        year = years.before(old.person_id or 0, old.year, old.rank, pregnancy)
        outcome = recomputed(old, year)
        if is_as_decided(old, outcome):
            continue
        _lift(old, actor=actor, now=now, why=f"{why}，按年度累计重新计算")
        new = _again(old, outcome, year, actor, now)
        adjustments.made(old, new, why, now)


def _again(old: Decision, outcome: Outcome, year: Year, actor: int, now: datetime) -> Decision:
    same = ("region", "person", "kind", "insurance", "event", "event_on", "year", "rank", "book")
    return _created(
        outcome,
        text=opened(old),
        case_id=old.case_id,
        decided_on=local_day(now),
        decided_at=now,
        actor=actor,
        before=dict(year.sums),
        **{name: getattr(old, name) for name in same},
    )


def _lift(decision: Decision, *, actor: int, now: datetime, why: str) -> None:
    decision.undone_at, decision.undone_by, decision.undone_why = now, actor, why[:200]
    decision.save(update_fields=["undone_at", "undone_by", "undone_why"])


def _reference(case_id: int) -> str:
    return f"benefit:{case_id}"
