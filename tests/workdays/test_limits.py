"""Due days: the golden table of reference 10, the rule walked day by day, and what moves a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.core.parameters import Parameter
from jingban.workdays.limits import LAST_DAY, merge
from jingban.workdays.service import (
    Due,
    Limit,
    LimitWrong,
    Unit,
    WorkCalendar,
    YearFile,
    calendar,
    due,
    explain,
    limit_of,
    walk_days,
)

ONE = timedelta(days=1)
W, D, M = Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS
day = date.fromisoformat

# Computed by the agency's reference from the published notices, not by this code.
GOLDEN = [
    ("2026-02-12", 5, "2026-02-26"),
    ("2026-02-12", 10, "2026-03-04"),
    ("2026-02-13", 10, "2026-03-05"),
    ("2026-02-14", 10, "2026-03-06"),
    ("2026-02-17", 5, "2026-02-28"),
    ("2026-01-04", 15, "2026-01-23"),
    ("2026-04-30", 5, "2026-05-11"),
    ("2026-09-18", 5, "2026-09-24"),
    ("2026-09-30", 10, "2026-10-20"),
    ("2025-09-26", 20, "2025-10-30"),
    ("2025-12-25", 10, "2026-01-09"),
]


@pytest.mark.parametrize(("start", "n", "on"), GOLDEN)
def test_golden_table(start: str, n: int, on: str) -> None:
    assert due(calendar(), day(start), Limit(n)) == Due(day(on), provisional=False)
    assert explain(calendar(), day(start), Limit(n)).due.on == day(on)


@pytest.mark.parametrize(
    ("start", "after_hours", "on"),
    [
        ("2026-02-12", False, "2026-02-12"),
        ("2026-02-12", True, "2026-02-13"),
        ("2026-02-14", False, "2026-02-14"),  # a make-up Saturday
        ("2026-02-14", True, "2026-02-24"),
        ("2026-02-17", False, "2026-02-24"),
        ("2026-02-17", True, "2026-02-24"),
        ("2026-03-07", False, "2026-03-09"),
    ],
)
def test_at_once_is_the_same_working_day_or_the_next(start: str, after_hours: bool, on: str) -> None:
    for unit in Unit:
        assert due(calendar(), day(start), Limit(0, unit), after_hours=after_hours).on == day(on)


@pytest.mark.parametrize(
    ("start", "limit", "on"),
    [
        ("2026-01-12", Limit(3, M), "2026-04-13"),  # 04-12 is a Sunday
        ("2025-11-30", Limit(3, M), "2026-02-28"),  # no 02-30; the last day is a make-up Saturday
        ("2024-01-31", Limit(1, M), "2024-02-29"),
        ("2025-01-31", Limit(1, M), "2025-02-28"),
        ("2025-07-01", Limit(3, M), "2025-10-09"),  # the National Day holiday
        ("2025-06-15", Limit(12, M), "2026-06-15"),
        ("2026-04-20", Limit(10, D), "2026-04-30"),
        ("2026-04-21", Limit(10, D), "2026-05-06"),  # 05-01 to 05-05 off
        ("2026-01-10", Limit(35, D), "2026-02-14"),
    ],
)
def test_months_and_calendar_days_roll_to_a_working_day(start: str, limit: Limit, on: str) -> None:
    assert due(calendar(), day(start), limit) == Due(day(on), provisional=False)


@pytest.mark.parametrize(
    ("limit", "pauses", "on"),
    [
        # 2026-03-02 is a Monday; without a pause 5 working days end on Monday 03-09.
        (Limit(5), [("2026-03-04", "2026-03-04")], "2026-03-09"),
        (Limit(5), [("2026-03-04", "2026-03-05")], "2026-03-10"),
        (Limit(5), [("2026-03-02", "2026-03-09")], "2026-03-16"),
        (Limit(5), [("2026-03-06", "2026-03-08")], "2026-03-09"),  # only a weekend lost
        (Limit(5), [("2026-03-09", "2026-04-20")], "2026-03-09"),  # the due day was still the agency's
        (Limit(5), [("2026-03-08", "2026-03-11")], "2026-03-12"),
        (Limit(5), [("2026-03-03", "2026-03-04"), ("2026-03-09", "2026-03-10")], "2026-03-11"),
        (Limit(5), [("2026-03-09", "2026-03-10"), ("2026-03-03", "2026-03-04")], "2026-03-11"),
        (Limit(5), [("2026-03-03", "2026-03-05"), ("2026-03-04", "2026-03-06")], "2026-03-12"),
        (Limit(10, D), [("2026-03-04", "2026-03-06")], "2026-03-16"),  # 03-14, a Saturday, rolls
        (Limit(1, M), [("2026-03-10", "2026-03-20")], "2026-04-13"),  # 04-12 rolls
        (
            Limit(1, M),
            [("2026-02-01", "2026-03-04")],
            "2026-04-07",
        ),  # begun before the start: two days; Qingming
        (Limit(0), [("2026-03-01", "2026-03-03")], "2026-03-04"),
    ],
)
def test_a_pause_stops_the_count(limit: Limit, pauses: list[tuple[str, str]], on: str) -> None:
    spans = [(day(begun), day(over)) for begun, over in pauses]
    assert due(calendar(), day("2026-03-02"), limit, spans).on == day(on)


def small_calendar(*years: int, off: tuple[str, ...] = ()) -> WorkCalendar:
    return WorkCalendar.of(
        YearFile.model_validate(
            {
                "year": year,
                "notice": {"title": "例"},
                "holidays": [{"name": "例", "days": [text for text in off if text.startswith(str(year))]}],
            }
        )
        for year in years
    )


@pytest.mark.parametrize(
    ("start", "limit", "provisional"),
    [
        ("2030-12-16", Limit(5), False),
        ("2030-12-20", Limit(5), False),  # ends on 12-27
        ("2030-12-23", Limit(5), True),  # 12-30 may still be changed by the notice for 2031
        ("2030-12-26", Limit(10), True),
        ("2031-03-03", Limit(1), True),
        ("2030-12-31", Limit(0), True),
        ("2030-10-10", Limit(3, M), True),
        ("2030-09-10", Limit(3, M), False),
        ("2030-12-01", Limit(10, D), False),
        ("2029-12-20", Limit(15), True),  # begins before the first year that is known
    ],
)
def test_what_touches_an_unpublished_year_is_provisional(start: str, limit: Limit, provisional: bool) -> None:
    assert due(small_calendar(2030), day(start), limit).provisional is provisional
    assert explain(small_calendar(2030), day(start), limit).due.provisional is provisional


def test_publishing_the_year_moves_the_day() -> None:
    before = due(small_calendar(2030), day("2030-12-26"), Limit(5))
    after = due(small_calendar(2030, 2031, off=("2031-01-01",)), day("2030-12-26"), Limit(5))
    assert before == Due(day("2031-01-02"), provisional=True)
    assert after == Due(day("2031-01-03"), provisional=False)


def test_the_real_calendar_ends_somewhere_and_says_so() -> None:
    last = max(calendar().years)
    assert due(calendar(), date(last, 12, 20), Limit(20)).provisional
    assert "放假安排未公布" in explain(calendar(), date(last, 12, 20), Limit(20)).days[-1].why
    assert "暂定" in explain(calendar(), date(last, 12, 20), Limit(20)).summary()


limits = st.one_of(
    st.builds(Limit, st.integers(0, 80), st.just(W)),
    st.builds(Limit, st.integers(0, 120), st.just(D)),
    st.builds(Limit, st.integers(0, 14), st.just(M)),
)
starts = st.dates(date(2003, 6, 1), date(2028, 12, 31))


@st.composite
def questions(draw: st.DrawFn) -> tuple[date, Limit, list[tuple[date, date]], bool]:
    start = draw(starts)
    pauses = draw(
        st.lists(
            st.tuples(st.integers(-20, 150), st.integers(0, 40)).map(
                lambda pair: (start + pair[0] * ONE, start + (pair[0] + pair[1]) * ONE)
            ),
            max_size=4,
        )
    )
    return start, draw(limits), pauses, draw(st.booleans())


@given(question=questions())
def test_the_fast_way_is_the_walked_way(question: tuple[date, Limit, list[tuple[date, date]], bool]) -> None:
    start, limit, pauses, after_hours = question
    days = list(walk_days(calendar(), start, limit, pauses, after_hours=after_hours))
    fast = due(calendar(), start, limit, pauses, after_hours=after_hours)
    assert fast == Due(days[-1].day, provisional=not all(line.settled for line in days))
    assert [line.day for line in days] == [days[0].day + n * ONE for n in range(len(days))]
    assert days[0].day == start
    if limit.unit is W and not limit.is_immediate:
        assert sum(line.counted for line in days) == limit.amount == days[-1].n


@given(question=questions())
def test_the_last_day_is_open(question: tuple[date, Limit, list[tuple[date, date]], bool]) -> None:
    start, limit, pauses, after_hours = question
    on = due(calendar(), start, limit, pauses, after_hours=after_hours).on
    assert calendar().is_working(on)
    assert not any(begun < on <= over for begun, over in pauses)
    assert on >= start


@given(start=starts, limit=limits, more=st.integers(0, 30))
def test_more_days_and_later_starts_are_never_due_sooner(start: date, limit: Limit, more: int) -> None:
    work = calendar()
    longer = Limit(limit.amount + more, limit.unit)
    assert due(work, start, longer).on >= due(work, start, limit).on or limit.is_immediate
    assert due(work, start + more * ONE, limit).on >= due(work, start, limit).on


def test_limits_in_words_and_codes() -> None:
    assert [Limit(20).text, Limit(90, D).text, Limit(3, M).text, Limit(0).text] == [
        "20个工作日",
        "90日",
        "3个月",
        "即时办结",
    ]
    for limit in (Limit(20), Limit(90, D), Limit(3, M), Limit(0)):
        assert Limit.from_code(limit.code) == limit
    for code in ("", "20", "20x", "-1w", "123456w", "２w"):
        with pytest.raises(LimitWrong, match="写法不对"):
            Limit.from_code(code)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(LimitWrong, match="-1"):
        Limit(-1)
    with pytest.raises(LimitWrong, match="10000"):
        Limit(10_000)
    for start in (date(1949, 9, 30), LAST_DAY + ONE, date.max):
        with pytest.raises(LimitWrong, match="起算日"):
            due(calendar(), start, Limit(5))
        with pytest.raises(LimitWrong, match="起算日"):
            list(walk_days(calendar(), start, Limit(5)))
    with pytest.raises(LimitWrong, match="结束不能早于开始"):
        merge([(day("2026-03-03"), day("2026-03-02"))])
    assert due(calendar(), LAST_DAY, Limit(9999, M)).on.year == 3033


def parameter(unit: str, value: str) -> Parameter:
    dated = {"value": value, "reference": {"title": "例"}, "status": "illustrative"}
    return Parameter.model_validate(
        {
            "parameter": "p",
            "description": "例",
            "unit": unit,
            "checked_on": "2026-01-01",
            "values": {"2021-01-01": dated},
        }
    )


def test_a_parameter_gives_a_limit() -> None:
    assert limit_of(parameter("months", "3"), day("2026-01-01")) == Limit(3, M)
    for unit, value in (("yuan", "3"), ("months", "2.5"), ("choice", "same-day")):
        with pytest.raises(LimitWrong, match="不是期限"):
            limit_of(parameter(unit, value), day("2026-01-01"))


def test_an_explanation_reads_like_a_table() -> None:
    found = explain(calendar(), day("2026-02-13"), Limit(2), [(day("2026-02-24"), day("2026-02-25"))])
    lines = found.lines()
    assert lines[0] == "2026-02-13  周五     –  起算日，不计入"
    assert lines[1] == "2026-02-14  周六     1  周六，补班"
    assert lines[2] == "2026-02-15  周日     –  春节"
    assert lines[-1] == "2026-02-24  周二     2  工作日"
    assert found.summary() == "2026-02-13起算，2个工作日，2026-02-24到期"
