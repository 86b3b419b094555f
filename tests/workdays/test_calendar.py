"""The year files against two published calendars, and counting against plain counting."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.workdays.service import CalendarBroken, WorkCalendar, YearFile, calendar, load_calendar

YEARS = range(2004, 2027)
DAYS = st.dates(date(2003, 1, 1), date(2030, 12, 31))
ONE = timedelta(days=1)

# 国办发明电〔2005〕35号: “12月31日（星期六）上班”. chinesecalendar leaves it out, holidays has it.
CHINESECALENDAR_DIFFERS = {date(2005, 12, 31)}


def days_of(years: range) -> list[date]:
    first = date(years.start, 1, 1)
    return [first + n * ONE for n in range((date(years.stop, 1, 1) - first).days)]


def test_agrees_with_chinesecalendar_but_for_the_named_day() -> None:
    work = calendar()
    differs = {day for day in days_of(YEARS) if work.is_working(day) != chinese_calendar.is_workday(day)}
    assert differs == CHINESECALENDAR_DIFFERS
    assert differs == set(work.exceptions)


def test_agrees_with_holidays() -> None:
    work, other = calendar(), holidays.country_holidays("CN", years=YEARS)
    assert [day for day in days_of(YEARS) if work.is_working(day) != other.is_working_day(day)] == []


def test_every_year_from_2004_is_there() -> None:
    assert all(calendar().knows(year) for year in YEARS)
    assert calendar() is calendar()


def test_days_in_words() -> None:
    say = calendar().describe
    assert say(date(2026, 2, 28)) == "周六，补班"
    assert say(date(2026, 10, 1)) == "国庆节"
    assert say(date(2026, 3, 7)) == "周六"
    assert say(date(2026, 3, 9)) == "周一"


def year_file(year: int, *, off: dict[str, list[str]] | None = None, on: tuple[str, ...] = ()) -> YearFile:
    rests = [{"name": name, "days": days} for name, days in (off or {}).items()]
    return YearFile.model_validate(
        {"year": year, "notice": {"title": "例"}, "holidays": rests, "workdays": on}
    )


def test_the_end_of_the_last_published_year_is_not_settled() -> None:
    work = WorkCalendar.of([year_file(2030), year_file(2031), year_file(2033)])
    assert work.is_settled(date(2030, 12, 31))
    assert work.is_settled(date(2031, 12, 27))
    assert not work.is_settled(date(2031, 12, 28))
    assert not work.is_settled(date(2032, 6, 1))
    assert work.is_settled(date(2033, 1, 1))
    assert not work.all_settled(date(2031, 1, 1), date(2033, 2, 1))
    assert work.all_settled(date(2033, 2, 1), date(2032, 2, 1))
    assert work.describe(date(2031, 12, 29)) == "周一（2032年放假安排未公布）"
    assert work.describe(date(2032, 1, 3)) == "周六（2032年放假安排未公布）"


def test_a_day_of_two_holidays_names_both() -> None:
    both = {"中秋节": ["2031-10-01"], "国庆节": ["2031-10-01"]}
    assert WorkCalendar.of([year_file(2031, off=both)]).describe(date(2031, 10, 1)) == "中秋节、国庆节"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([year_file(2030), year_file(2030)], "两份日历文件"),
        ([year_file(2030, off={"元旦": ["2030-01-05"]}, on=("2030-01-05",))], "既写为放假又写为补班"),
        ([year_file(2030, on=("2030-01-04",))], "本来上班"),
        ([year_file(2030, off={"元旦": ["2029-11-30"]})], "不属于这一年"),
        ([year_file(2030, on=("2031-01-04",))], "不属于这一年"),
    ],
)
def test_a_contradictory_calendar_is_refused(files: list[YearFile], words: str) -> None:
    with pytest.raises(CalendarBroken, match=words):
        WorkCalendar.of(files)


def test_a_notice_may_reach_into_the_december_before() -> None:
    work = WorkCalendar.of([year_file(2030, off={"元旦": ["2029-12-31"]}, on=("2029-12-29",))])
    assert not work.is_working(date(2029, 12, 31))
    assert work.is_working(date(2029, 12, 29))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("2030", "year: 2030\nnotice: {title: x}\n", "holidays：缺少这一项"),
        (
            "2030",
            "year: 2030\nnotice: {title: x}\nholidays: []\nworkdays: [morgen]\n",
            "workdays.0：应是日期",
        ),
        ("2031", "year: 2030\nnotice: {title: x}\nholidays: []\n", "文件名与年份一致"),
    ],
)
def test_a_faulty_year_file_says_where(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CalendarBroken, match=words) as caught:
        load_calendar(tmp_path)
    assert f"{name}.yaml" in caught.value.message


@given(day=DAYS, count=st.integers(1, 400))
def test_counting_forward_is_plain_counting(day: date, count: int) -> None:
    work, left, reached = calendar(), count, day
    while left:
        reached += ONE
        left -= work.is_working(reached)
    assert work.add_working(day, count) == reached
    assert work.working_between(day, reached) == count
    assert work.working_between(reached, day) == 0


@given(day=st.dates(date(1950, 1, 1), date(2200, 1, 1)), count=st.integers(1, 9999))
def test_counting_is_exact_over_any_range(day: date, count: int) -> None:
    work = calendar()
    reached = work.add_working(day, count)
    assert work.is_working(reached)
    assert work.working_between(day, reached) == count
    assert work.working_between(day, reached - ONE) == count - 1


def test_of_an_unpublished_year_the_legal_holidays_are_known_and_nothing_is_settled() -> None:
    work = calendar()
    assert not work.knows(2027)
    assert not work.is_working(date(2027, 1, 1))
    assert not work.is_settled(date(2027, 1, 1))
    legal = {
        day
        for day, name in holidays.country_holidays("CN", years=[2027], language="zh_CN").items()
        if "补假" not in name
    }
    assert {date.fromordinal(day) for day in work.holidays if date.fromordinal(day).year == 2027} == legal
