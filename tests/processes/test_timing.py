"""Two clocks for each case and the segments: when they start, rest, restart and end."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.core.localtime import SHANGHAI
from jingban.processes.errors import SpecialProcedure
from jingban.processes.needs import NeedMissing
from jingban.processes.state import State
from jingban.processes.timing import Procedure, end_of_day, start_clock, timer_of
from jingban.workdays.service import Limit, ReceiptRule, Unit
from tests.builders import (
    APPLICANT,
    MONDAY,
    REVIEWER,
    at,
    do,
    merged,
    opened,
    procedure,
    process_of,
)

RUNNING = procedure(merged()["standard"])


def _accepted(running: Procedure = RUNNING, now: datetime = MONDAY) -> State:
    return do(running, opened(running), "accept", checklist=[], now=now).state


def test_the_law_runs_from_receipt_and_the_promise_from_acceptance() -> None:
    state = _accepted(now=at("2026-03-04 09:00"))
    assert (str(state.clocks["statutory"].started_on), str(state.clocks["promise"].started_on)) == (
        "2026-03-02",
        "2026-03-04",
    )


def test_a_case_sent_back_keeps_both_clocks() -> None:
    state = _accepted()
    state = do(RUNNING, state, "return", reason="重看", actor=REVIEWER, now=at("2026-03-06 09:00")).state
    again = do(RUNNING, state, "accept", checklist=[], now=at("2026-03-09 09:00")).state
    assert again.clocks == _accepted().clocks


def test_the_law_is_not_turned_back_by_accepting_again() -> None:
    # Where the law counts from acceptance, sending the case back inside the agency gives it no new time.
    running = procedure(merged()["transfer-tracks"])
    state = do(running, opened(running, facts={"direction": "in-province"}), "accept", checklist=[]).state
    assert state.step == "take-over"
    state = do(running, state, "return", reason="重看", actor=REVIEWER, now=at("2026-03-06 09:00")).state
    again = do(running, state, "accept", checklist=[], now=at("2026-03-09 09:00")).state
    assert str(again.clocks["statutory"].started_on) == "2026-03-02"


def test_both_clocks_rest_while_the_file_is_not_complete_and_the_law_begins_anew() -> None:
    state = _accepted()
    state = do(RUNNING, state, "return", reason="缺页", actor=REVIEWER, now=at("2026-03-04 09:00")).state
    state = do(RUNNING, state, "notify", missing_materials=["m"], now=at("2026-03-04 10:00")).state
    assert (state.clocks["promise"].is_paused, state.clocks["promise"].due_on) == (True, None)
    assert state.clocks["statutory"].is_paused
    state = do(
        RUNNING, state, "resubmit", brought_materials=["m"], actor=APPLICANT, now=at("2026-03-11 09:00")
    ).state
    assert str(state.clocks["promise"].due_on) == "2026-04-07"  # five days lost; Qingming on 6 April is off
    assert str(state.clocks["statutory"].started_on) == "2026-03-11"


def test_a_special_procedure_stops_the_promise_only() -> None:
    state = _accepted()
    special = do(
        RUNNING, state, "special-begin", reason="鉴定", working_days=10, now=at("2026-03-04 09:00")
    ).state
    assert (special.special, special.clocks["promise"].is_paused) == ({"promise"}, True)
    assert special.clocks["statutory"] == state.clocks["statutory"]
    assert special.step == "review"
    with pytest.raises(SpecialProcedure, match="不能再次启动"):
        do(RUNNING, special, "special-begin", reason="鉴定", working_days=10)
    over = do(RUNNING, special, "special-end", now=at("2026-03-11 09:00")).state
    assert (over.special, over.clocks["promise"].is_running) == (frozenset(), True)
    assert over.clocks["promise"].due_on == state.clocks["promise"].due_on + timedelta(days=7 + 1)  # 清明
    with pytest.raises(SpecialProcedure, match="没有正在进行"):
        do(RUNNING, over, "special-end")


def test_a_special_procedure_outlasts_a_step_that_does_not_rest() -> None:
    special = do(RUNNING, _accepted(), "special-begin", reason="鉴定", working_days=10).state
    back = do(RUNNING, special, "return", reason="重看", actor=REVIEWER).state
    assert back.clocks["promise"].is_paused
    back = do(RUNNING, back, "notify", missing_materials=["m"]).state
    back = do(RUNNING, back, "resubmit", brought_materials=["m"], actor=APPLICANT).state
    assert back.clocks["promise"].is_paused, "it ends by its own act only"


def test_an_extension_needs_a_reason_and_moves_the_promise_only() -> None:
    state = _accepted()
    longer = do(RUNNING, state, "extend", reason="案情复杂", working_days=10)
    assert longer.events[0].data["documents"] == ["extension-notice"]
    assert str(state.clocks["promise"].due_on) == "2026-03-30"
    assert str(longer.state.clocks["promise"].due_on) == "2026-04-14"
    assert longer.state.clocks["statutory"] == state.clocks["statutory"]
    for days in (0, -1, 91, "many", None):
        with pytest.raises(NeedMissing):
            do(RUNNING, state, "extend", reason="案情复杂", working_days=days)


def test_a_promise_in_months_is_extended_by_working_days() -> None:
    running = procedure(merged()["standard"], promise=Limit(3, Unit.MONTHS))
    longer = do(running, _accepted(running), "extend", reason="案情复杂", working_days=10).state
    assert str(longer.clocks["promise"].due_on) == "2026-06-16"


def test_segments_of_other_agencies_run_one_after_another() -> None:
    limits = {"send-letter": Limit(5), "answer": Limit(10), "finish": Limit(5)}
    running = procedure(merged()["transfer"], limits=limits)
    state = do(running, opened(running), "accept", checklist=[]).state
    assert str(state.clocks["send-letter"].due_on) == "2026-03-09"
    state = do(running, state, "send", now=at("2026-03-05 09:00")).state
    assert (state.clocks["send-letter"].is_ended, str(state.clocks["answer"].due_on)) == (True, "2026-03-19")
    assert state.clocks["answer"].at == "transferor"
    for message in ("info-sheet", "transfer-funds"):
        state = do(running, state, "receive", actor=0, message=message, now=at("2026-03-17 09:00")).state
    assert (state.clocks["answer"].is_ended, str(state.clocks["finish"].due_on)) == (True, "2026-03-24")


def test_where_the_guide_and_the_law_set_no_limit_no_clock_runs() -> None:
    running = procedure(merged()["standard"], promise=None, statutory=None)
    assert _accepted(running).clocks == {}


@pytest.mark.parametrize(
    ("instant", "due"),
    [
        ("2026-03-02 09:00", "2026-03-02"),
        ("2026-03-02 17:29", "2026-03-02"),
        ("2026-03-02 17:30", "2026-03-03"),
        ("2026-03-06 18:00", "2026-03-09"),
        ("2026-03-07 10:00", "2026-03-09"),
    ],
)
def test_at_once_means_the_same_working_day_or_the_next_after_hours(instant: str, due: str) -> None:
    running = procedure(merged()["standard"], promise=Limit(0))
    clock = start_clock(running, "promise", at(instant))
    assert clock is not None
    assert str(clock.due_on) == due


def test_after_hours_receipt_may_count_from_the_next_working_day() -> None:
    base = procedure(merged()["standard"])
    late = Procedure(
        base.process,
        base.limits,
        Limit(5),
        Limit(5),
        (),
        base.calendar,
        closes_at=time(17),
        receipt=ReceiptRule.NEXT_WORKDAY,
    )
    clock = start_clock(late, "statutory", at("2026-03-06 17:10"))
    assert clock is not None
    assert (str(clock.started_on), str(clock.due_on)) == ("2026-03-09", "2026-03-16")


def test_a_timer_is_the_end_of_the_due_day() -> None:
    assert timer_of(RUNNING, RUNNING.process.steps["supplement"], MONDAY.date()) == at("2026-03-24 00:00")
    assert timer_of(RUNNING, RUNNING.process.steps["review"], MONDAY.date()) is None
    assert end_of_day(MONDAY.date()) == datetime(2026, 3, 3, tzinfo=SHANGHAI)


def test_a_step_entered_again_gets_a_new_timer() -> None:
    loop = procedure(
        process_of(
            {
                "wait": {
                    "name": "等",
                    "by": "applicant",
                    "after": {"limit": "x", "to": "granted"},
                    "do": {"again": {"name": "再", "to": "wait"}},
                },
            }
        )
    )
    state = opened(loop)
    assert do(loop, state, "again", now=at("2026-03-10 09:00")).state.timer == at("2026-04-01 00:00")
    assert state.timer == at("2026-03-24 00:00")


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["special-begin", "special-end", "extend", "return", "accept", "notify", "resubmit"]),
        st.integers(0, 6),
    ),
    max_size=12,
)


@given(acts=ACTS)
def test_no_clock_of_a_case_runs_backwards(acts: list[tuple[str, int]]) -> None:
    from jingban.core.errors import DomainError

    state, now, used, restarted = opened(RUNNING), MONDAY, {"statutory": 0, "promise": 0}, MONDAY.date()
    for actor, (act, days) in enumerate(acts, start=100):
        now += timedelta(days=days)
        try:
            state = do(
                RUNNING,
                state,
                act,
                actor=actor,
                now=now,
                checklist=[],
                reason="理由",
                working_days=5,
                missing_materials=["m"],
                brought_materials=["m"],
            ).state
        except DomainError:
            continue
        if act == "resubmit":
            used["statutory"], restarted = 0, now.date()
        for name, clock in state.clocks.items():
            counted = clock.used(RUNNING.calendar, now.date())
            assert counted >= used[name], name
            used[name] = counted
            assert clock.due_on is None or clock.due_on >= clock.started_on
        assert state.clocks["statutory"].started_on == restarted
        if state.is_open:
            resting = state.clocks["statutory"].is_paused
            assert resting == (state.step == "supplement"), "nothing internal stops it"
