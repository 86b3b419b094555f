"""Deciding a case, undoing it, and working the later claims of the person's year out anew.

A decision is written inside the act that approves the amount. Nothing of one is ever edited: it stands or is undone,
and what takes its place is a further turn.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from jingban.benefits import adjustments, bills, books, calculations, openings, settled, years
from jingban.benefits.errors import AmountDiffers, Decided, OwnBill
from jingban.benefits.gathering import Gathered, gather
from jingban.benefits.illustrative import refuse_illustrative
from jingban.benefits.kept import Facts, facts_of, sealed
from jingban.benefits.missing import told_plainly
from jingban.benefits.models import Adjustment, Decision, FigureBook, Kind
from jingban.benefits.outcomes import Outcome, is_as_decided, outcome_of
from jingban.benefits.rules.model import Year
from jingban.cases.models import Case, CaseEvent
from jingban.cases.work import Work
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen
from jingban.registry import service as registry

ENTRY = "entry"
"""The role that enters and settles in one act (录入并结算, F14): its amounts are checked by who pays."""


@told_plainly()
def work_out(work: Work, kind: Kind) -> tuple[Gathered, Outcome]:
    """What a case gives as it stands now; nothing is written. Raises in plain words what is missing or wrong."""
    gathered = gather(work, kind)
    known = years.before(_place(gathered, work), unchecked=True)
    table = books.current(work.region)
    outcome = outcome_of(kind, gathered.payload, known.year, table, known.openings)
    settled.hold_aided(kind, gathered.bills, outcome)
    return gathered, outcome


@told_plainly()
def decide(work: Work, kind: Kind) -> Decision:
    """Decide a case by what is stored, and hold the amount of the act against it.

    Raises AmountDiffers (with the right amount), OwnBill, Decided, and whatever gathering refuses.
    """
    with transaction.atomic():
        gathered = gather(work, kind, hold=True)
        _hold_own(work, gathered)
        person = gathered.person
        if person is not None:
            years.held(person.pk, gathered.year)
        book = books.keep(work.region, work.at)
        place = _place(gathered, work)
        _look_over_openings(place, work)
        before = years.before(place)
        outcome = outcome_of(kind, gathered.payload, before.year, books.table(book), before.openings)
        settled.hold_aided(kind, gathered.bills, outcome)
        _hold_amount(work, outcome)
        refuse_illustrative(work.region, outcome.illustrative)
        if (known := Decision.objects.filter(case=work.case_id, undone_at__isnull=True).first()) is not None:
            return _the_same(known, outcome)
        made = _written(work, gathered, outcome, book, before.year, place.rank if place else 0)
        bills.checked(gathered.bills, actor=work.actor, now=work.at)
        if person is not None:
            registry.hold_paid_days(person, gathered.days, _reference(work.case_id))
            _redo(made, why=f"办件{work.number}核定", actor=work.actor, now=work.at)
        return made


def undo(case_id: int, *, actor: int, now: datetime, why: str) -> Decision | None:
    """Undo the standing decision of a case and work the later ones of the year out anew; nothing where none stands."""
    with transaction.atomic():
        found = _held(case_id)
        if found is None:
            return None
        if found.person_id:
            years.held(found.person_id, found.year)
        _lift(found, actor=actor, now=now, why=why)
        adjustments.settle(case_id, reference="undone", now=now)  # decided anew, all of it is owed anew
        registry.release_paid_days(found.region, _reference(case_id))
        if found.person_id:
            number = Case.objects.values_list("number", flat=True).get(pk=case_id)
            _redo(found, why=f"办件{number}的核定撤销", actor=actor, now=now)
        return found


def revoke(case_id: int, *, actor: int, now: datetime, why: str) -> Adjustment | None:
    """Undo a decision that was paid: all of it is to be recovered (国令765 art. 46)."""
    with transaction.atomic():
        _held(case_id)
        waiting = [row.pk for row in adjustments.waiting(case_id=case_id)]
        found = undo(case_id, actor=actor, now=now, why=why)
        if found is None:
            return None
        # What waits to be settled was not paid by the decision that stood; it goes on waiting beside the rest.
        Adjustment.objects.filter(pk__in=waiting).update(settled_at=None, settled_by="")
        return adjustments.made(found, None, why, now)


def _held(case_id: int) -> Decision | None:
    """The decision that stands once nobody else decides about the person: it may have been worked out anew meanwhile."""
    found = standing(case_id)
    if found is None or found.person_id is None:
        return found
    years.hold_person(found.person_id)
    return standing(case_id)


def standing(case_id: int) -> Decision | None:
    """The decision of a case that stands."""
    return _turns(case_id).filter(undone_at__isnull=True).first()


def revoked(case_id: int) -> Decision | None:
    """The last decision of a case, where it was undone and none took its place."""
    last = _turns(case_id).order_by("-turn").first()
    return last if last is not None and last.undone_at is not None else None


def _turns(case_id: int) -> QuerySet[Decision]:
    return Decision.objects.filter(case=case_id).select_related("book").defer("book__content")


def at(case_id: int, moment: datetime) -> Decision | None:
    """The decision of a case that stood at a moment, whatever came of it since."""
    rows = Decision.objects.filter(case=case_id, decided_at__lte=moment).exclude(undone_at__lte=moment)
    return rows.select_related("book", "person", "case").defer("book__content").order_by("-turn").first()


def is_withdrawn(decision: Decision) -> bool:
    """Whether a decision was taken back, not only worked out anew because of an earlier case of the year."""
    if decision.undone_at is None:
        return False
    return not Adjustment.objects.filter(old=decision, new__isnull=False).exists()


@registry.when_merged
def merged(origin: registry.Origin, kept: registry.Person) -> None:
    """Two rows were one person: what was decided of either is of one year, and worked out anew as such."""
    years.hold_person(kept.pk)
    for year in years.decided(kept.pk):
        redo_year(kept.pk, year, why="两个登记合并为一人", actor=origin.actor, now=origin.at)


def redo_year(person_id: int, year: int, *, why: str, actor: int, now: datetime, after: int = 0) -> int:
    """Work out what comes after a place of the year again, in order, by the figures that each was decided by; how many
    came out otherwise. The caller holds the person's year. Of rows that were merged two stand at one place.
    """
    changed = 0
    rows = years.standing(person_id, year).filter(rank__gte=after).select_related("book")
    for old in rows.defer("book__content", "working"):
        before = years.before(years.place_of_decision(old, facts_of(old)))
        text = settled.inputs_now(old)
        payload = calculations.read(old.kind, text)
        outcome = outcome_of(Kind(old.kind), payload, before.year, books.table(old.book), before.openings)
        if is_as_decided(old, outcome):
            continue
        _lift(old, actor=actor, now=now, why=f"{why}，按年度累计重新计算")
        new = _again(old, outcome, text, before.year, actor, now)
        adjustments.made(old, new, why, now)
        changed += 1
    return changed


def _place(gathered: Gathered, work: Work) -> years.Place | None:
    if gathered.person is None:
        return None
    person, event_on = gathered.person.pk, gathered.event_on
    return years.place_of(
        work.case_id, person, gathered.year, day=work.day, kind=gathered.kind, event_on=event_on
    )


def _look_over_openings(place: years.Place | None, work: Work) -> None:
    """Who decides sees what was registered of direct settlements: it counts from now on, for earlier cases too."""
    if place is None or place.kind not in openings.COUNTS:
        return
    alone = work.trial or _is_entry(work)
    if openings.look_over(place.person, place.year, place.day, actor=work.actor, now=work.at, alone=alone):
        why = "登记（更正）了在医院直接结算的年度累计"
        redo_year(place.person, place.year, why=why, actor=work.actor, now=work.at)


def _hold_own(work: Work, gathered: Gathered) -> None:
    if work.trial or work.actor not in gathered.entered_by or _is_entry(work):
        return
    raise OwnBill(
        "账单（生育信息）是您本人录入或录入过的，请由另一位同事审核核定（社会保险经办条例第三十六条）。"
    )


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
            f"按规定计算应支付{show_yuan(outcome.fund)}元，填写的是{said}元；请改为{right}，或先更正录入的内容。",
            field="amount",
            amount=right,
        )


def _the_same(known: Decision, outcome: Outcome) -> Decision:
    if is_as_decided(known, outcome):
        return known
    raise Decided("本件已经核定过，结果和现在计算的不同；请先退回撤销原来的核定，再重新核定。")


def _written(
    work: Work, gathered: Gathered, outcome: Outcome, book: FigureBook, year: Year, rank: int
) -> Decision:
    return _created(
        outcome,
        text=calculations.dump(gathered.kind, gathered.payload),
        region=work.region,
        case_id=work.case_id,
        person=gathered.person,
        kind=gathered.kind,
        insurance=gathered.insurance,
        year=gathered.year,
        rank=rank,
        decided_on=work.day,
        decided_at=work.at,
        actor=work.actor,
        seen=Facts(dict(year.sums), outcome.increments, gathered.event, gathered.event_on),
        book=book,
    )


def _created(outcome: Outcome, *, text: str, case_id: int, seen: Facts, **columns: Any) -> Decision:
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
        is_illustrative=bool(outcome.illustrative),
        **sealed(case_id, turn, inputs=text, results=outcome.results, facts=seen),
        **columns,
    )


def _redo(changed: Decision, *, why: str, actor: int, now: datetime) -> None:
    """Work out what comes after a decision again."""
    redo_year(changed.person_id or 0, changed.year, why=why, actor=actor, now=now, after=changed.rank)


def _again(old: Decision, outcome: Outcome, text: str, year: Year, actor: int, now: datetime) -> Decision:
    same, kept = ("region", "person", "kind", "insurance", "year", "rank", "book"), facts_of(old)
    return _created(
        outcome,
        text=text,
        case_id=old.case_id,
        decided_on=local_day(now),
        decided_at=now,
        actor=actor,
        seen=Facts(dict(year.sums), outcome.increments, kept.event, kept.event_on),
        **{name: getattr(old, name) for name in same},
    )


def _lift(decision: Decision, *, actor: int, now: datetime, why: str) -> None:
    decision.undone_at, decision.undone_by, decision.undone_why = now, actor, why[:200]
    decision.save(update_fields=["undone_at", "undone_by", "undone_why"])


def _reference(case_id: int) -> str:
    return f"benefit:{case_id}"
