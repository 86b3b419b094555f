"""Months of contribution: counted once, joined and cut without loss, whatever the order."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jingban.registry import contributions, persons
from jingban.registry.changes import opened
from jingban.registry.contributions import Months
from jingban.registry.errors import MonthTwice, PersonClosed, RegistryError
from jingban.registry.models import Change, Contribution, Person, Source
from jingban.registry.rules import months as m
from tests.registry import factories as make

HERE, ELSEWHERE = "410928", "130284"
pytestmark = pytest.mark.django_db
_numbers = count(2000)


def _day(text: str) -> date:
    return date.fromisoformat(text if len(text) > 7 else f"{text}-15")


def _add(person: Person, first: str, last: str, **rest: object) -> Contribution:
    said: dict[str, object] = {"insurance": "310", "place": HERE, **rest}
    return contributions.add(make.origin(), person, first=_day(first), last=_day(last), **said)  # type: ignore[arg-type]


def _runs(person: Person) -> list[tuple[str, str]]:
    return [(str(r.start_on), str(r.end_on)) for r in contributions.spans(person)]


@pytest.fixture
def person() -> Person:
    return make.person(make.origin())


def test_any_days_of_the_months_make_whole_months(person: Person) -> None:
    row = _add(person, "2024-01-31", "2024-02-01", base=Decimal("5000.00"))
    assert (row.start_on, row.end_on) == (date(2024, 1, 1), date(2024, 2, 29))
    assert (row.base_fen, row.place, row.slot, row.source) == (500000, HERE, 310, Source.DECLARED)
    assert contributions.months(person) == Months(paid=2, deemed=0)


def test_a_like_run_that_adjoins_is_made_longer_on_either_side(person: Person) -> None:
    _add(person, "2025-03", "2025-04")
    _add(person, "2025-05", "2025-05")
    _add(person, "2025-01", "2025-02")
    assert _runs(person) == [("2025-01-01", "2025-05-31")]
    told = [opened(row) for row in Change.objects.filter(register="contribution").order_by("pk")]
    assert [(c.field, c.before, c.after) for c in told[1:]] == [
        ("end_on", "2025-04-30", "2025-05-31"),
        ("start_on", "2025-03-01", "2025-01-01"),
    ]


@pytest.mark.parametrize("other", [{"place": ELSEWHERE}, {"deemed": True}, {"base": Decimal(4000)}])
def test_another_place_kind_or_base_is_a_run_of_its_own(person: Person, other: dict[str, object]) -> None:
    _add(person, "2025-01", "2025-02")
    _add(person, "2025-03", "2025-03", **other)
    assert len(_runs(person)) == 2
    assert contributions.months(person).total == 3


def test_another_source_is_a_run_of_its_own(person: Person) -> None:
    _add(person, "2025-01", "2025-02")
    contributions.add(
        make.origin(source=Source.LETTER),
        person,
        insurance="310",
        first=_day("2025-03"),
        last=_day("2025-03"),
        place=HERE,
    )
    assert [row.source for row in contributions.spans(person)] == ["declared", "letter"]


def test_a_month_is_counted_once_and_the_message_names_it(person: Person) -> None:
    _add(person, "2025-01", "2025-03")
    _add(person, "2025-06", "2025-06", place=ELSEWHERE)
    with pytest.raises(
        MonthTwice, match="2025年2月至2025年3月、2025年6月已有职工基本医疗保险的缴费记录"
    ) as caught:
        _add(person, "2025-02", "2025-07")
    assert caught.value.details["months"] == ["2025-02", "2025-03", "2025-06"]
    assert contributions.months(person).total == 4
    _add(person, "2025-02", "2025-02", insurance="390")
    assert contributions.months(person, insurance="390") == Months(1, 0)
    assert contributions.months(person) == Months(4, 0), (
        "one calendar month, whatever insurances were paid in it"
    )


def test_months_up_to_a_day_take_its_month_in(person: Person) -> None:
    _add(person, "2025-01", "2025-06")
    _add(person, "2024-11", "2024-12", deemed=True)
    assert contributions.months(person, until=date(2024, 10, 31)) == Months(0, 0)
    assert contributions.months(person, until=date(2024, 11, 1)) == Months(0, 1)
    assert contributions.months(person, until=date(2025, 3, 1)) == Months(3, 2)
    assert contributions.months(person, until=date(2025, 3, 31)) == Months(3, 2)
    assert contributions.months(person, insurance="390") == Months(0, 0)


@pytest.mark.parametrize(
    ("first", "last", "rest", "words"),
    [
        ("2025-03", "2025-02", {}, "止月早于起月"),
        ("1980-04", "1980-05", {}, "早于出生月份"),
        ("2025-03", "2025-03", {"place": "410"}, "6位行政区划代码"),
        ("2027-06", "2027-07", {}, "最多登记16个月"),
    ],
)
def test_impossible_months_are_refused(
    person: Person, first: str, last: str, rest: dict[str, object], words: str
) -> None:
    with pytest.raises(RegistryError, match=words):
        _add(person, first, last, **rest)
    assert _runs(person) == []


def test_nothing_is_paid_after_death_or_for_a_merged_row(person: Person) -> None:
    persons.died(make.origin(), person, date(2026, 2, 10))
    _add(person, "2026-01", "2026-02")
    with pytest.raises(PersonClosed, match="死亡月份之后"):
        _add(person, "2026-03", "2026-03")
    other = make.merged(make.person(make.origin(), 2), into=make.person(make.origin(), 3))
    with pytest.raises(PersonClosed, match="已并入另一份"):
        _add(other, "2026-01", "2026-01")


@pytest.mark.parametrize(
    ("first", "last", "left", "taken"),
    [
        ("2025-01", "2025-06", [], 6),
        ("2024-01", "2026-06", [], 6),
        ("2025-05", "2025-12", [("2025-01-01", "2025-04-30")], 2),
        ("2024-05", "2025-02", [("2025-03-01", "2025-06-30")], 2),
        ("2025-03", "2025-04", [("2025-01-01", "2025-02-28"), ("2025-05-01", "2025-06-30")], 2),
        ("2025-07", "2025-12", [("2025-01-01", "2025-06-30")], 0),
    ],
)
def test_months_that_are_paid_back_are_cut_out(
    person: Person, first: str, last: str, left: list[tuple[str, str]], taken: int
) -> None:
    _add(person, "2025-01", "2025-06", insurance="390")
    _add(person, "2025-01", "2025-06")
    found = contributions.take_back(
        make.origin(), person, insurance="390", first=_day(first), last=_day(last), why="withdrawn"
    )
    assert found == taken
    assert [
        run
        for run, row in zip(_runs(person), contributions.spans(person), strict=True)
        if row.insurance == "390"
    ] == left
    assert contributions.months(person, insurance="310").paid == 6


RUN = st.tuples(
    st.integers(0, 40), st.integers(0, 6), st.sampled_from(["310", "390"]), st.booleans(), st.booleans()
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RUN, max_size=12))
def test_adding_in_any_order_never_loses_or_doubles_a_month(
    db: None, runs: list[tuple[int, int, str, bool, bool]]
) -> None:
    person = make.person(make.origin(), next(_numbers))
    start, kept = m.index(date(2020, 1, 1)), dict[tuple[str, int], tuple[bool, str]]()
    for offset, length, insurance, deemed, is_here in runs:
        months = range(start + offset, start + offset + length + 1)
        place = HERE if is_here else ELSEWHERE
        taken = any((insurance, month) in kept for month in months)
        with pytest.raises(MonthTwice) if taken else nullcontext():
            contributions.add(
                make.origin(),
                person,
                insurance=insurance,
                first=m.first_day(months[0]),
                last=m.last_day(months[-1]),
                deemed=deemed,
                place=place,
            )
            kept.update({(insurance, month): (deemed, place) for month in months})
    found = {
        (row.insurance, month): (row.deemed, row.place)
        for row in contributions.spans(person)
        for month in contributions.span_of(row)
    }
    assert found == kept
    assert sum(len(contributions.span_of(row)) for row in contributions.spans(person)) == len(kept)
    for insurance in ("310", "390"):
        counted = contributions.months(person, insurance=insurance)
        mine = [deemed for (of, _), (deemed, _) in kept.items() if of == insurance]
        assert (counted.paid, counted.deemed) == (mine.count(False), mine.count(True))


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(-600, 600))
def test_a_day_months_later_keeps_its_place_in_the_month(day: date, months: int) -> None:
    found = m.later(day, months)
    assert m.index(found) == m.index(day) + months
    assert found.day == min(day.day, m.last_day(m.index(found)).day)


@given(st.sets(st.integers(24000, 24400)))
def test_runs_are_the_same_months_put_together(months: set[int]) -> None:
    runs = m.runs(months)
    assert [month for run in runs for month in run] == sorted(months)
    assert all(a.stop < b.start for a, b in pairwise(runs))
    for run in runs:
        assert m.unbroken(months, run[-1]) == len(run)
