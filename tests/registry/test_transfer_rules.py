"""Months that move: whatever a sheet says, nothing is lost and nothing counts twice."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jingban.registry.rules import transfer as rules
from jingban.registry.rules.transfer import Run

MONTH = 2024 * 12


def _run(start: int, count: int, place: str = "A", insurance: str = "310", *, deemed: bool = False) -> Run:
    return Run(insurance, range(MONTH + start, MONTH + start + count), deemed, None, place)


RUNS = st.lists(
    st.builds(
        _run,
        st.integers(0, 40),
        st.integers(1, 12),
        st.sampled_from(["A", "B"]),
        st.sampled_from(["310", "390"]),
        deemed=st.booleans(),
    ),
    max_size=6,
)


def _said(runs: list[Run] | tuple[Run, ...]) -> list[tuple[str, int]]:
    return [(run.insurance, month) for run in runs for month in run.months]


@given(
    RUNS,
    st.dictionaries(st.tuples(st.sampled_from(["310", "390"]), st.integers(0, 52)), st.sampled_from("AB")),
)
def test_every_month_is_there_afterwards_exactly_once(
    sheet: list[Run], register: dict[tuple[str, int], str]
) -> None:
    once: list[Run] = []
    for run in sheet:  # a sheet that says a month twice is refused before
        if not rules.doubled([*once, run]):
            once.append(run)
    known: dict[str, dict[int, str]] = {}
    for (insurance, month), place in register.items():
        known.setdefault(insurance, {})[MONTH + month] = place
    had = [(insurance, month) for insurance, months in known.items() for month in months]
    found = rules.sort_out(once, known)
    fresh = _said(found.fresh)
    assert len(fresh) == len(set(fresh))
    assert not set(fresh) & set(had)
    assert set(fresh) | set(had) == set(_said(once)) | set(had)
    assert set(_said(found.elsewhere)) <= set(_said(once)) & set(had)


def test_the_same_place_is_merged_and_another_is_told() -> None:
    known = {"310": {MONTH: "A", MONTH + 1: "B"}}
    found = rules.sort_out([_run(0, 3)], known)
    assert found.fresh == (_run(2, 1),)
    assert found.elsewhere == (_run(1, 1),)


def test_a_run_falls_apart_around_what_is_known() -> None:
    found = rules.sort_out([_run(0, 5, deemed=True)], {"310": {MONTH + 2: "A"}})
    assert found.fresh == (_run(0, 2, deemed=True), _run(3, 2, deemed=True))


def test_interruptions_are_months_without_any_insurance() -> None:
    runs = [_run(0, 3), _run(6, 2, insurance="390"), _run(9, 1)]
    found = rules.interruptions(runs)
    assert found == [range(MONTH + 3, MONTH + 6), range(MONTH + 8, MONTH + 9)]
    assert rules.interruptions([]) == []
    assert rules.interruptions(runs[:1]) == []


def test_months_count_once_over_all_insurances_and_as_paid_if_any_was() -> None:
    runs = [_run(0, 3), _run(2, 2, insurance="390"), _run(3, 3, deemed=True)]
    assert rules.count(runs) == (4, 2)


def test_a_month_said_twice_of_one_insurance_is_found() -> None:
    assert rules.doubled([_run(0, 3), _run(2, 2, "B")]) == [range(MONTH + 2, MONTH + 3)]
    assert rules.doubled([_run(0, 3), _run(2, 2, insurance="390")]) == []


def test_the_current_month_is_the_last_that_counts() -> None:
    assert rules.within(_run(0, 3).months, MONTH + 2)
    assert not rules.within(_run(0, 4).months, MONTH + 2)
    assert not rules.within(replace(_run(0, 1), months=range(5, 5)).months, MONTH)
