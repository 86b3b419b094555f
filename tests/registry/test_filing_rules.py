"""Places of filings and days of re-checks: pure rules."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.registry.rules import filing
from jingban.registry.rules.recheck import may_renew, recheck_day
from jingban.rulebook.figures import figures

WHOLE = ("11", "12", "31", "46", "50", "54", "66")
CODES = st.sampled_from(sorted(filing.PROVINCES)).flatmap(
    lambda province: st.integers(0, 9999).map(lambda rest: f"{province}{rest:04d}")
)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("110105", "110000"),  # a whole province
        ("110000", "110000"),
        ("460105", "460000"),
        ("130203", "130200"),  # a district is filed as its city
        ("130200", "130200"),
        ("130000", "130000"),  # the whole of a province that is not one place
        ("419001", "419001"),  # directly under the province: no city above
        ("429004", "429004"),
    ],
)
def test_a_place_is_filed_as_its_city_or_province(code: str, place: str) -> None:
    assert filing.filing_place(code, WHOLE) == place


@pytest.mark.parametrize(
    ("filed", "place", "reaches"),
    [
        ("110000", "110105", True),
        ("110000", "120105", False),
        ("130200", "130203", True),
        ("130200", "130300", False),
        ("130200", "130000", False),  # a province is more than its city
        ("130000", "130203", True),
        ("419001", "419001", True),
        ("419001", "419002", False),
    ],
)
def test_a_filing_covers_the_codes_below_it(filed: str, place: str, reaches: bool) -> None:
    assert filing.covers(filed, place) is reaches


@given(code=CODES)
def test_every_place_is_covered_by_what_is_filed_for_it(code: str) -> None:
    place = filing.filing_place(code, WHOLE)
    assert filing.covers(place, code)
    assert filing.filing_place(place, WHOLE) == place


@pytest.mark.parametrize(
    ("place", "home", "is_home"),
    [
        ("410928", "410928", True),
        ("410902", "410928", True),  # the same city's pool
        ("410100", "410928", False),
        ("410000", "410928", False),  # the own province as a whole is not home
        ("110105", "110000", True),
        ("419001", "410928", False),
    ],
)
def test_home_is_the_own_city(place: str, home: str, is_home: bool) -> None:
    assert filing.is_home(place, home, WHOLE) is is_home


def test_the_whole_provinces_of_the_figures_are_provinces() -> None:
    text = figures("puyang")["offsite-whole-provinces"].text_at(date(2026, 3, 2))
    assert set(text.split("、")) <= filing.PROVINCES


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2026, 3, 2), 6, date(2026, 9, 1)),
        (date(2026, 8, 31), 6, date(2027, 2, 27)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
    ],
)
def test_a_term_ends_the_day_before_its_corresponding_day(start: date, months: int, last: date) -> None:
    assert filing.last_day(start, months) == last


@pytest.mark.parametrize(
    ("start", "admitted", "fits"),
    [
        (date(2026, 3, 2), None, True),
        (date(2026, 3, 1), None, False),  # nothing in the past without an admission
        (date(2026, 2, 25), date(2026, 2, 26), True),  # the day before the admission
        (date(2026, 2, 24), date(2026, 2, 26), False),
        (date(2026, 2, 28), date(2026, 2, 26), True),
        (date(2026, 3, 1), date(2026, 3, 9), False),  # an admission to come opens no past
        (date(2026, 4, 1), None, True),
    ],
)
def test_a_filing_reaches_back_only_to_the_admission(start: date, admitted: date | None, fits: bool) -> None:
    said = filing.starts_fitly(start, applied=date(2026, 3, 2), admitted=admitted, before_admission=1)
    assert said is fits


@pytest.mark.parametrize(
    ("recheck_on", "on", "renews"),
    [
        (date(2028, 3, 2), date(2027, 12, 1), False),
        (date(2028, 3, 2), date(2027, 12, 2), True),  # three months before, to the day
        (date(2028, 3, 2), date(2028, 3, 2), True),
        (date(2028, 3, 2), date(2029, 1, 1), True),  # overdue
        (None, date(2027, 12, 2), False),
    ],
)
def test_an_application_near_the_recheck_is_the_recheck(
    recheck_on: date | None, on: date, renews: bool
) -> None:
    assert may_renew(recheck_on, on, 3) is renews


def test_the_recheck_is_on_the_corresponding_day() -> None:
    assert recheck_day(date(2026, 8, 31), 6) == date(2027, 2, 28)
