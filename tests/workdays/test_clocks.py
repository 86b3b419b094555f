"""Clocks: what acts do to them, and that none runs backwards."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from jingban.cli import main
from jingban.workdays.service import (
    Clock,
    ClockMisused,
    Limit,
    ReceiptRule,
    Unit,
    WorkCalendar,
    YearFile,
    calendar,
    explain_clock,
    is_after_hours,
    receipt_day,
    recompute,
)

ONE = timedelta(days=1)
day = date.fromisoformat
MONDAY = day("2026-03-02")


FIVE = Limit(5)


def clock(limit: Limit = FIVE, on: date = MONDAY) -> Clock:
    return Clock.start(calendar(), "promise", limit, on)


def test_a_clock_runs_pauses_and_ends() -> None:
    work = calendar()
    running = clock()
    assert running.due_on == day("2026-03-09")
    assert running.is_running
    paused = running.pause(work, day("2026-03-04"))
    assert paused.is_paused
    assert paused.due_on is None
    assert (paused.used(work, day("2026-03-20")), paused.left(work, day("2026-03-20"))) == (2, 3)
    again = paused.resume(work, day("2026-03-11"))
    assert again.due_on == day("2026-03-16")
    assert (again.used(work, day("2026-03-12")), again.left(work, day("2026-03-12"))) == (3, 2)
    over = again.end(work, day("2026-03-17"))
    assert over.is_ended
    assert not over.is_running
    assert over.is_late(day("2026-03-17"))
    assert over.left(work, day("2026-05-01")) == -1
    assert explain_clock(work, over, day("2026-03-17")).due.on == over.due_on


def test_the_due_day_is_not_late() -> None:
    running = clock()
    assert [running.is_late(day(f"2026-03-{n}")) for n in ("06", "09", "10")] == [False, False, True]
    assert [running.left(calendar(), day(f"2026-03-{n}")) for n in ("02", "06", "09", "10")] == [5, 1, 0, -1]


def test_a_pause_after_the_due_day_excuses_nothing() -> None:
    paused = clock().pause(calendar(), day("2026-03-09"))
    assert paused.due_on == day("2026-03-09")
    assert paused.is_late(day("2026-03-20"))
    assert paused.left(calendar(), day("2026-03-20")) == 0  # the paused days are not held against the agency


def test_ending_closes_an_open_pause() -> None:
    over = clock().pause(calendar(), day("2026-03-04")).end(calendar(), day("2026-03-11"))
    assert over.pauses == ((day("2026-03-04"), day("2026-03-11")),)
    assert over.due_on == day("2026-03-16")
    assert not over.is_paused


def test_resumed_the_same_day_no_day_was_lost() -> None:
    work = calendar()
    assert clock().pause(work, day("2026-03-04")).resume(work, day("2026-03-04")) == clock()


def test_an_extension_adds_to_the_limit() -> None:
    work = calendar()
    longer = clock().extend(work, 10)
    assert longer.due_on == day("2026-03-23")
    assert longer.whole_limit == Limit(15)
    assert longer.limit == Limit(5)
    assert clock(Limit(1, Unit.MONTHS)).extend(work, 1).due_on == day("2026-04-03")


def test_what_is_acted_on_before_its_day_of_receipt_counts_from_that_day() -> None:
    # Received on a Saturday under the rule of the next working day, withdrawn on the Sunday.
    work = calendar()
    over = clock().end(work, MONDAY - ONE)
    assert over.ended_on == MONDAY
    assert over.used(work, MONDAY) == 0
    paused = clock().pause(work, MONDAY - 2 * ONE)
    assert paused.resume(work, MONDAY - ONE) == clock()


def test_misuse_is_refused() -> None:
    work = calendar()
    paused = clock().pause(work, day("2026-03-04"))
    over = clock().end(work, day("2026-03-04"))
    for act, on in (
        (paused.pause, "2026-03-05"),
        (clock().resume, "2026-03-05"),
        (paused.resume, "2026-03-03"),
        (paused.end, "2026-03-03"),
        (paused.resume(work, day("2026-03-10")).pause, "2026-03-09"),
        (over.pause, "2026-03-05"),
        (over.resume, "2026-03-05"),
        (over.end, "2026-03-05"),
    ):
        with pytest.raises(ClockMisused, match="promise") as caught:
            act(work, day(on))
        assert caught.value.details["clock"] == "promise"
    for run, by in ((over, 5), (clock(), 0)):
        with pytest.raises(ClockMisused):
            run.extend(work, by)


def test_months_count_calendar_days() -> None:
    work = calendar()
    running = clock(Limit(1, Unit.MONTHS))
    assert running.due_on == day("2026-04-02")
    assert (running.used(work, day("2026-03-12")), running.left(work, day("2026-03-12"))) == (10, 21)
    paused = running.pause(work, day("2026-03-12"))
    assert paused.used(work, day("2026-03-30")) == 10
    assert paused.resume(work, day("2026-03-22")).due_on == day("2026-04-13")  # 04-12 is a Sunday


def test_a_stored_clock_is_small_and_comes_back() -> None:
    plain = clock(Limit(20), day("2026-02-12"))
    assert plain.as_data() == {"n": "promise", "l": "20w", "s": "20260212", "d": "20260318"}
    assert len(json.dumps(plain.as_data())) < 70


def test_recomputing_after_publication() -> None:
    def year(number: int, *off: str) -> YearFile:
        rest = [{"name": "例", "days": list(off)}]
        return YearFile.model_validate({"year": number, "notice": {"title": "例"}, "holidays": rest})

    known = WorkCalendar.of([year(2030)])
    published = WorkCalendar.of([year(2030), year(2031, "2031-01-01")])
    before = Clock.start(known, "statutory", Limit(5), day("2030-12-26"))
    assert (before.due_on, before.provisional) == (day("2031-01-02"), True)
    after = recompute(before, published)
    assert (after.due_on, after.provisional) == (day("2031-01-03"), False)
    assert recompute(after, published) == after


ACTS = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "extend", "end"]), st.integers(0, 15)), max_size=8
)
LIMITS = st.one_of(
    st.builds(Limit, st.integers(0, 40)),
    st.builds(Limit, st.integers(0, 60), st.just(Unit.CALENDAR_DAYS)),
    st.builds(Limit, st.integers(0, 6), st.just(Unit.MONTHS)),
)


@given(start=st.dates(date(2024, 1, 1), date(2026, 12, 31)), limit=LIMITS, acts=ACTS, late=st.booleans())
def test_no_clock_runs_backwards(start: date, limit: Limit, acts: list[tuple[str, int]], late: bool) -> None:
    work = calendar()
    now, run = start, Clock.start(work, "promise", limit, start, at="transferee", after_hours=late)
    used, last_due = 0, run.due_on
    for act, days in acts:
        now += days * ONE
        with suppress(ClockMisused):
            run = run.extend(work, days) if act == "extend" else getattr(run, act)(work, now)
        assert run.used(work, now) >= used
        used = run.used(work, now)
        if run.due_on is not None:
            # An extended 即时办结 turns into counted days, which may end before a late receipt's next day.
            assert last_due is None or run.due_on >= last_due or limit.is_immediate
            last_due = run.due_on
        assert Clock.from_data(json.loads(json.dumps(run.as_data()))) == run
        assert recompute(run, work) == run
        assert explain_clock(work, run, now).due.on >= start
        if limit.unit is Unit.WORKING_DAYS and not run.whole_limit.is_immediate:
            assert used + run.left(work, now) == run.whole_limit.amount


def test_clocks_and_calendar_do_without_django() -> None:
    code = "import sys, jingban.workdays.service, jingban.workdays.commands; print('django' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("at", "same", "following"),
    [
        ("2026-02-12T10:00+08:00", "2026-02-12", "2026-02-12"),
        ("2026-02-12T17:30+08:00", "2026-02-12", "2026-02-13"),
        ("2026-02-12T09:30+00:00", "2026-02-12", "2026-02-13"),
        ("2026-02-12T16:30+00:00", "2026-02-13", "2026-02-13"),
        ("2026-02-14T20:00+08:00", "2026-02-14", "2026-02-24"),
        ("2026-02-17T10:00+08:00", "2026-02-17", "2026-02-24"),
    ],
)
def test_the_day_of_receipt(at: str, same: str, following: str) -> None:
    assert receipt_day(instant(at), calendar()) == day(same)
    assert receipt_day(instant(at), calendar(), rule=ReceiptRule.NEXT_WORKDAY) == day(following)


def test_closing_time_belongs_to_the_office() -> None:
    assert not is_after_hours(instant("2026-02-12T17:00+08:00"))
    assert is_after_hours(instant("2026-02-12T17:00+08:00"), time(17, 0))
    with pytest.raises(ValueError, match="naive"):
        is_after_hours(datetime(2026, 2, 12, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("2026-02-12 5", "2026-02-26\n"),
        ("20260212 5", "2026-02-26\n"),
        ("2026-02-17 0", "2026-02-24\n"),
        ("2026-02-12 0 --after-hours", "2026-02-13\n"),
        ("2025-11-30 3 --unit months", "2026-02-28\n"),
        ("2026-04-21 10 --unit calendar", "2026-05-06\n"),
    ],
)
def test_the_command_prints_the_day(words: str, output: str) -> None:
    result = CliRunner().invoke(main, ["workdays", "due", *words.split()])
    assert (result.exit_code, result.stdout, result.stderr) == (0, output, "")


def test_the_command_explains_and_warns() -> None:
    result = CliRunner().invoke(main, ["workdays", "due", "2026-02-12", "10", "--explain"])
    lines = result.stdout.splitlines()
    assert lines[0] == "2026-03-04"
    assert lines[-1] == "2026-03-04  周三    10  工作日"
    assert "2026-02-28  周六     7  周六，补班" in lines
    late = CliRunner().invoke(main, ["workdays", "due", f"{max(calendar().years) + 1}-03-02", "5"])
    assert late.exit_code == 0
    assert "暂定" in late.stderr
    assert date.fromisoformat(late.stdout.strip())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("2026-02-30 5", "日期“2026-02-30”不存在"),
        ("morgen 5", "写法不对，应为年-月-日"),
        ("2026-W07-4 5", "写法不对"),
        ("2026-02-12 -3", "期限“-3”不对"),
        ("2026-02-12 1.5", "期限“1.5”不对"),
        ("2026-02-12 99999", "0至9999"),
        ("0001-01-01 5", "请核对年份"),
        ("2026-02-12 5 --unit weeks", "单位“weeks”不认识"),
    ],
)
def test_the_command_refuses_clearly(words: str, complaint: str) -> None:
    result = CliRunner().invoke(main, ["workdays", "due", *words.split()])
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stderr.startswith("错误：")
    assert result.stdout == ""
