"""What benefits ask of the registers: months without a gap, a unit's average base, days for which a benefit stands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from jingban.registry import contributions, enrolments, insured
from jingban.registry.models import Contribution, PaidBenefit, Person, Unit
from tests.registry.factories import merged, origin, person, unit

pytestmark = pytest.mark.django_db

NOW = origin(day=date(2026, 3, 2))


def employed(n: int, at: Unit, start_on: date = date(2025, 1, 1)) -> Person:
    row = person(origin(day=date(2025, 1, 1)), n)
    enrolments.enrol(origin(day=start_on), row, insurance="310", kind="1101", start_on=start_on, unit=at)
    return row


def paid(row: Person, first: date, last: date, base: str, at: Unit | None) -> Contribution:
    return contributions.add(
        NOW, row, insurance="310", first=first, last=last, base=Decimal(base), unit=at, place="410928"
    )


def test_months_without_a_gap_count_back_from_the_day() -> None:
    at = unit(origin(), 1)
    row = employed(1, at)
    paid(row, date(2025, 1, 1), date(2025, 6, 30), "4000", at)
    paid(row, date(2025, 8, 1), date(2026, 1, 31), "4000", at)
    assert insured.months_unbroken(row, "310", date(2026, 1, 20)) == 6
    assert insured.months_unbroken(row, "310", date(2026, 2, 20)) == 6, "this month's may still be owed"
    assert insured.months_unbroken(row, "310", date(2026, 3, 1)) == 0
    assert insured.months_unbroken(row, "310", date(2025, 6, 30)) == 6
    assert insured.months_unbroken(row, "390", date(2026, 1, 20)) == 0


def test_rows_that_were_merged_stand_for_the_last_of_them() -> None:
    rows = [person(NOW, n) for n in range(1, 6)]
    for gone, into in ((0, 1), (1, 3), (2, 3)):
        merged(rows[gone], rows[into])
    found = insured.merged_rows()
    assert found == {rows[gone].pk: rows[3].pk for gone in range(3)}
    for row in rows[:4]:
        assert set(insured.rows_of(row.pk)) == {rows[3].pk, *found}


def test_months_that_are_only_deemed_do_not_count() -> None:
    at = unit(origin(), 1)
    row = employed(1, at)
    contributions.add(
        NOW, row, insurance="310", first=date(2024, 1, 1), last=date(2025, 12, 1), deemed=True, place="410928"
    )
    assert insured.months_unbroken(row, "310", date(2025, 12, 20)) == 0


def test_a_units_average_base_is_that_of_its_own_months_of_the_year() -> None:
    here, there = unit(origin(), 1), unit(origin(), 2)
    one, two = employed(1, here), employed(2, here, date(2025, 7, 1))
    paid(one, date(2024, 11, 1), date(2025, 12, 31), "4000", here)
    paid(two, date(2025, 7, 1), date(2025, 9, 30), "6000.50", here)
    paid(two, date(2025, 1, 1), date(2025, 6, 30), "9000", there)
    assert insured.average_base(here, 2025) == (12 * 400000 + 3 * 600050, 15)
    assert insured.average_base(here, 2023) == (0, 0)


def test_spells_of_a_period_in_order() -> None:
    at = unit(origin(), 1)
    row = employed(1, at)
    enrolments.suspend(origin(day=date(2025, 6, 1)), row, date(2025, 6, 1))
    found = insured.spells_within(row, date(2025, 5, 31), date(2025, 6, 1))
    assert [s.standing for s in found] == ["1", "2"]
    assert insured.spells_within(row, date(2024, 12, 1), date(2024, 12, 31)) == []


def test_days_of_a_benefit_are_held_anew_and_let_go() -> None:
    row = employed(1, unit(origin(), 1))
    other = employed(2, Unit.objects.get())
    insured.hold_paid_days(row, [date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 9)], "benefit:1")
    insured.hold_paid_days(other, [date(2026, 1, 5)], "benefit:12")
    insured.hold_paid_days(row, [date(2026, 1, 6)], "benefit:1")
    assert sorted(PaidBenefit.objects.values_list("person", "on")) == [
        (row.pk, date(2026, 1, 6)), (other.pk, date(2026, 1, 5)),
    ]  # fmt: skip
    insured.release_paid_days(row.region, "benefit:1")
    assert list(PaidBenefit.objects.values_list("person", flat=True)) == [other.pk]
