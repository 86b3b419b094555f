"""A person who stood twice in the register has one year, one birth and one cap once the two rows are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from jingban.benefits import decisions
from jingban.benefits import service as benefits
from jingban.benefits.models import Decision
from jingban.benefits.service import Decided, EventDraft
from jingban.benefits.verify import faults
from jingban.registry import duplicates, enrolments
from jingban.registry.models import DuplicatePair, Person
from tests.benefits import factories as make
from tests.houses import House
from tests.registry import factories as made

FEBRUARY = date(2026, 2, 10)


def twins(region: str = make.REGION, sex: str = "male") -> tuple[Person, Person]:
    """Insured since 2024 under one row, and from February under another, which stays."""
    born = date(1980, 5, 1)
    gone = make.insured(2, region=region, sex=sex, born=born)
    enrolments.end(made.origin(region, date(2026, 2, 27)), gone, date(2026, 1, 31), "left")
    origin = made.origin(region, date(2026, 2, 2))
    kept, unit = made.person(origin, 1, sex=sex, born=born), made.unit(origin, 51)
    enrolments.enrol(origin, kept, insurance="310", kind="1101", start_on=date(2026, 2, 1), unit=unit)
    return kept, gone


def merge(house: House, kept: Person, gone: Person) -> None:
    """Proposed by one, decided by another."""
    first, second = sorted((kept, gone), key=lambda person: person.pk)
    pair = DuplicatePair.objects.create(
        region=kept.region, first=first, second=second, why="near", found_at=house.now
    )
    for actor in (8, 9):
        duplicates.decide_merge(
            made.origin(kept.region, date(2026, 3, 2), actor=actor), pair, kept, "核对了身份证原件"
        )
    gone.refresh_from_db()
    assert gone.merged_into == kept


def test_the_deductible_and_the_cap_are_one_for_both_rows(house: House) -> None:
    kept, gone = twins("bazhou")
    entry = ("bazhou", "agency", "outpatient-reimbursement")
    first = make.decided(house, make.bill("500.00", "1", place_code="131081"), 2, entry)
    second = make.decided(house, make.bill("500.00", "2", day=FEBRUARY, place_code="131081"), 1, entry)
    assert (first.fund_fen, second.fund_fen) == (24000, 24000)
    merge(house, kept, gone)
    assert benefits.standing_decision(first.case_id) == first
    # The deductible was taken twice; the later case is owed what it took too much.
    again = benefits.standing_decision(second.case_id)
    assert again is not None
    assert again.fund_fen == 30000
    assert make.open_parts(second.case_id) == {"employee": 6000}
    assert list(faults()) == []
    third = make.decided(house, make.bill("500.00", "3", place_code="131081"), 1, entry)
    assert third.fund_fen == 30000
    assert sorted(Decision.objects.filter(undone_at=None).values_list("fund_fen", flat=True)) == [
        24000,
        30000,
        30000,
    ]
    # Undoing what was decided for the row that is gone works out those of the row that stays.
    decisions.undo(first.case_id, actor=9, now=house.now, why="录错")
    assert make.open_parts(third.case_id) == {}
    assert make.open_parts(second.case_id) == {}
    assert list(faults()) == []


def test_one_birth_is_paid_once_to_both_rows(house: House) -> None:
    kept, gone = twins(sex="female")
    done = make.opened(house, make.ALLOWANCE, 2, "female")
    benefits.enter_event(done.id, make.birth(), actor=make.CLERK, now=house.now)
    make.approved(house, done)
    merge(house, kept, gone)
    again = make.opened(house, make.ALLOWANCE, 1, "female")
    event: EventDraft = make.birth(date(2026, 1, 21))
    benefits.enter_event(again.id, event, actor=make.CLERK, now=house.now)
    with pytest.raises(Decided, match=done.number):
        benefits.work_out(house.fresh(again), actor=make.REVIEWER, now=house.now)


def test_a_statement_of_the_row_that_is_gone_counts(house: House) -> None:
    kept, gone = twins("bazhou")
    draft = benefits.OpeningDraft(
        2026, "employee", date(2026, 1, 10), "file",
        sums={"pool": 6000, "outpatient_in_scope": 20000, "outpatient_paid": 6000},
    )  # fmt: skip
    benefits.receive_sums(gone, draft, actor=make.CLERK, now=house.now)
    merge(house, kept, gone)
    entry = ("bazhou", "agency", "outpatient-reimbursement")
    done = make.decided(house, make.bill("500.00", "1", place_code="131081"), 1, entry)
    assert done.fund_fen == int(Decimal("300.00") * 100)
    # Taken back for the row that stays, it counts no more.
    benefits.receive_sums(kept, replace(draft, sums={}, void=True), actor=make.CLERK, now=house.now)
    again = benefits.standing_decision(done.case_id)
    assert again is not None
    assert again.fund_fen == 24000
