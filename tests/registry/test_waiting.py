"""Waiting periods: a table worked out by hand, and that nobody is ever served worse by a better past."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.registry.rules import months as m
from jingban.registry.rules.waiting import (
    EmployeeTerms,
    ResidentTerms,
    employee_waiting,
    interruption,
    missed_years,
    resident_waiting,
)
from jingban.registry.waits import employee_terms, resident_terms
from jingban.rulebook.figures import figures

TERMS = EmployeeTerms(continuity=24, gap=3, after_gap=5, first=6)
YEARS = ResidentTerms(fixed=3, variable=1, counted_from=2, repair=1, long_break=4, floor=6)


@pytest.mark.parametrize(
    ("gap", "continuous", "months", "covers_gap"),
    [
        (None, 0, 6, False),  # never insured: the local wait of newcomers
        (0, 1, 0, False),  # nothing was interrupted
        (1, 24, 0, True),
        (3, 24, 0, True),  # the last month that is bridged
        (3, 23, 5, False),  # one month short of two years: as a newcomer, not worse than after a long gap
        (4, 24, 5, False),  # one month too long
        (4, 240, 5, False),
        (120, 240, 5, False),
    ],
)
def test_employees_wait_by_their_gap(gap: int | None, continuous: int, months: int, covers_gap: bool) -> None:
    found = employee_waiting(gap, continuous, TERMS)
    assert (found.months, found.covers_gap) == (months, covers_gap)
    assert bool(found.why) == (gap != 0)


@pytest.mark.parametrize(
    ("late", "missed", "bought", "months"),
    [
        (False, 0, 0, 0),
        (True, 0, 0, 3),  # late in the running year
        (False, 1, 0, 3),  # one missed year: the fixed wait
        (True, 1, 0, 3),  # late and missed is not waited twice
        (False, 2, 0, 4),
        (False, 3, 0, 5),
        (False, 3, 1, 4),
        (False, 3, 2, 3),
        (False, 3, 3, 3),  # the fixed wait cannot be bought off
        (False, 4, 0, 6),
        (False, 4, 4, 6),  # the floor after a long break
        (False, 7, 0, 9),
        (False, 7, 2, 7),
        (False, 7, 7, 6),
    ],
)
def test_residents_wait_by_their_missed_years(late: bool, missed: int, bought: int, months: int) -> None:
    assert resident_waiting(is_late=late, missed=missed, bought=bought, terms=YEARS).months == months


def test_the_exempt_wait_for_nothing_and_are_told_why() -> None:
    found = resident_waiting(is_late=True, missed=9, bought=0, terms=YEARS, exempt="新生儿")
    assert (found.months, found.why) == (0, "新生儿")


@pytest.mark.parametrize(
    ("insured", "year", "missed"),
    [
        ([], 2027, []),  # a newcomer missed nothing
        ([2026], 2027, []),
        ([2024], 2027, [2025, 2026]),
        ([2020], 2027, [2025, 2026]),  # years before 2025 are not held against anybody
        ([2020], 2024, []),
        ([2024, 2027, 2028], 2027, [2025, 2026]),  # what comes later does not matter
    ],
)
def test_missed_years(insured: list[int], year: int, missed: list[int]) -> None:
    assert list(missed_years(insured, year)) == missed


@pytest.mark.parametrize(
    ("covered", "start", "expected"),
    [
        ([], "2026-03", (None, 0)),
        (["2026-04"], "2026-03", (None, 0)),
        (["2026-01", "2026-02"], "2026-03", (0, 2)),
        (["2026-02", "2026-03"], "2026-03", (0, 2)),  # the month itself was insured in part
        (["2026-02"], "2026-04", (1, 1)),
        (["2025-10", "2025-12"], "2026-04", (3, 1)),
    ],
)
def test_interruption_counts_whole_months(
    covered: list[str], start: str, expected: tuple[int | None, int]
) -> None:
    months = {m.index(date.fromisoformat(f"{text}-01")) for text in covered}
    assert interruption(months, m.index(date.fromisoformat(f"{start}-01"))) == expected


def test_benefits_begin_on_the_same_day_months_later() -> None:
    assert resident_waiting(is_late=True, missed=0, bought=0, terms=YEARS).begins(date(2026, 11, 30)) == date(
        2027, 2, 28
    )
    assert employee_waiting(0, 5, TERMS).begins(date(2026, 3, 2)) == date(2026, 3, 2)


TERMS_OF_ANY_REGION = st.builds(
    EmployeeTerms,
    continuity=st.integers(0, 60),
    gap=st.integers(0, 12),
    after_gap=st.integers(0, 6),
    first=st.integers(0, 12),
)
YEARS_OF_ANY_REGION = st.builds(
    ResidentTerms,
    fixed=st.integers(0, 6),
    variable=st.integers(0, 3),
    counted_from=st.integers(1, 3),
    repair=st.integers(0, 3),
    long_break=st.integers(1, 6),
    floor=st.integers(0, 12),
)


@given(TERMS_OF_ANY_REGION, st.integers(0, 60), st.integers(0, 60), st.integers(0, 5), st.integers(0, 5))
def test_a_longer_past_and_a_shorter_gap_never_wait_longer(
    terms: EmployeeTerms, gap: int, continuous: int, shorter: int, longer: int
) -> None:
    worse = employee_waiting(gap, continuous, terms).months
    better = employee_waiting(max(0, gap - shorter), continuous + longer, terms).months
    assert 0 <= better <= worse <= max(terms.first, terms.after_gap)


@given(
    YEARS_OF_ANY_REGION,
    st.booleans(),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_fewer_missed_and_more_bought_years_never_wait_longer(
    terms: ResidentTerms, late: bool, missed: int, bought: int, fewer: int, more: int
) -> None:
    def wait(missed: int, bought: int, late: bool = late) -> int:
        return resident_waiting(is_late=late, missed=missed, bought=bought, terms=terms).months

    assert wait(max(0, missed - fewer), bought) <= wait(missed, bought)
    assert wait(missed, bought + more) <= wait(missed, bought)
    assert wait(missed, bought, late=False) <= wait(missed, bought, late=True)
    if late or missed:
        assert wait(missed, bought) >= terms.fixed


def test_the_national_figures_are_those_of_the_reference() -> None:
    table, day = figures("puyang"), date(2026, 1, 1)
    assert resident_terms(table, day) == YEARS
    assert resident_terms(table, date(2024, 12, 31)).fixed == 0, "the rule begins with the insured year 2025"
    assert table["resident-waiting-fixed-months"].status_at(day) == "verified"
    assert table["resident-waiting-floor-months"].status_at(day) == "illustrative"
    terms = employee_terms(table, "1101", day)
    assert (terms.continuity, terms.gap) == (24, 3)
    assert terms.after_gap <= 6, "医保办发〔2021〕43号: in principle not above six months"
    assert employee_terms(table, "1103", day).first <= 6
