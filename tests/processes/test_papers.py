"""One-off notice, 容缺 and 告知承诺: what may be asked when, and what is owed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jingban.processes.engine import Request, next_change
from jingban.processes.errors import (
    ActNotAllowed,
    MaterialsMissing,
    NothingOwed,
    NoticeBeyondFirst,
    NoticeIncomplete,
    SpecialProcedure,
)
from jingban.processes.needs import NeedMissing
from jingban.processes.state import SYSTEM, State
from jingban.workdays.service import Limit
from tests.builders import APPLICANT, REVIEWER, at, do, merged, opened, procedure

RUNNING = procedure(merged()["standard"])
ABC = ("a", "b", "c")


def _notified(*missing: str, required: tuple[str, ...] = ABC) -> State:
    return do(RUNNING, opened(RUNNING), "notify", missing_materials=list(missing), required=required).state


def _brought(state: State, *names: str) -> State:
    return do(RUNNING, state, "resubmit", brought_materials=list(names), actor=APPLICANT).state


def test_accepting_needs_every_required_material() -> None:
    with pytest.raises(MaterialsMissing) as refused:
        do(RUNNING, opened(RUNNING), "accept", checklist=["a"], required=ABC)
    assert refused.value.details["missing"] == ["b", "c"]
    assert "2项" in refused.value.message
    assert do(
        RUNNING, opened(RUNNING), "accept", checklist=["c", "b", "a"], required=ABC
    ).state.received == set(ABC)


def test_what_the_applicant_says_to_hand_in_is_received_only_when_the_window_ticks_it() -> None:
    state = opened(RUNNING, supplied=frozenset({"a", "b"}))
    assert (state.offered, state.received) == ({"a", "b"}, frozenset())
    with pytest.raises(MaterialsMissing):
        do(RUNNING, state, "accept", checklist=["c"], required=ABC)
    assert do(RUNNING, state, "accept", checklist=list(ABC), required=ABC).state.received == set(ABC)


def test_the_first_notice_lists_everything_at_once() -> None:
    with pytest.raises(NoticeIncomplete) as refused:
        do(RUNNING, opened(RUNNING), "notify", missing_materials=["a"], required=ABC)
    assert refused.value.details["missing"] == ["b", "c"]
    state = _notified(*ABC)
    assert state.notified == set(ABC)
    assert (state.step, state.clocks["statutory"].is_running) == ("supplement", False)


def test_a_notice_that_names_nothing_is_none() -> None:
    with pytest.raises(NeedMissing, match="至少选一项"):
        do(RUNNING, opened(RUNNING), "notify", missing_materials=[])


def test_a_later_notice_names_only_what_the_first_named() -> None:
    state = _brought(_notified("a", "b", required=("a", "b")), "a")
    assert do(RUNNING, state, "notify", missing_materials=["b"], required=ABC).state.notified == {"a", "b"}
    with pytest.raises(NoticeBeyondFirst) as refused:
        do(RUNNING, state, "notify", missing_materials=["b", "c"], required=ABC)
    assert refused.value.details["missing"] == ["c"]


def test_a_later_notice_may_name_what_the_resubmission_brought_up() -> None:
    state = _brought(_notified("a", required=("a",)), "a", "invoice")
    again = do(
        RUNNING, state, "notify", missing_materials=["invoice"], checklist=["a"], required=("a", "invoice")
    ).state
    assert again.received == {"a"}, "what is named as missing is not received"


def test_beyond_the_first_notice_only_by_the_supervisor_and_on_record() -> None:
    state = _brought(_notified("a", required=("a",)), "a")
    change = do(RUNNING, state, "notify", missing_materials=["a", "c", "d"], required=ABC, override=True)
    assert change.events[0].data["beyond_first"] == ["c", "d"]
    once = do(RUNNING, opened(RUNNING), "notify", missing_materials=["a"], required=("a",), override=True)
    assert "beyond_first" not in once.events[0].data


def test_the_supervisor_lists_everything_too() -> None:
    with pytest.raises(NoticeIncomplete):
        do(RUNNING, opened(RUNNING), "notify", missing_materials=["a"], required=ABC, override=True)


@pytest.mark.parametrize(
    ("act", "need", "kind"),
    [("defer", "owed_materials", "deferred"), ("promise", "promised_materials", "promised")],
)
def test_what_is_deferred_or_promised_has_its_own_due_day(act: str, need: str, kind: str) -> None:
    state = do(RUNNING, opened(RUNNING), act, **{need: ["b"]}, owed_due="2026-03-20").state
    assert state.owed == {"b": {"kind": kind, "due": "2026-03-21T00:00:00+08:00", "state": "open"}}
    assert state.next_due() == at("2026-03-21 00:00")
    accepted = do(RUNNING, state, "accept", checklist=["a", "c"], required=ABC).state
    settled = do(RUNNING, accepted, "fulfil", settled_materials=["b"]).state
    assert settled.owed["b"]["state"] == "settled"
    assert settled.next_due() is None


def test_a_promise_may_not_fall_due_before_it_is_made() -> None:
    for day in ("2026-03-01", "not a day", ""):
        with pytest.raises(NeedMissing):
            do(RUNNING, opened(RUNNING), "promise", promised_materials=["b"], owed_due=day)
    assert do(RUNNING, opened(RUNNING), "promise", promised_materials=["b"], owed_due="2026-03-02").state.owed


def _promised() -> State:
    return do(RUNNING, opened(RUNNING), "promise", promised_materials=["b"], owed_due="2026-03-04").state


def _lapsed(state: State, now: str = "2026-03-05 00:00") -> State:
    return next_change(RUNNING, state, Request(act="owed-lapsed", actor=SYSTEM, at=at(now))).state


def test_a_promise_not_kept_lapses_by_time_and_covers_nothing_more() -> None:
    state = _promised()
    with pytest.raises(ActNotAllowed):
        _lapsed(state, "2026-03-04 23:59")
    lapsed = _lapsed(state)
    assert (lapsed.owed["b"]["state"], lapsed.step, lapsed.next_due()) == ("lapsed", "accept", None)
    with pytest.raises(MaterialsMissing):
        do(RUNNING, lapsed, "accept", checklist=["a"], required=("a", "b"))
    with pytest.raises(NoticeIncomplete):  # the first notice has to name it again
        do(RUNNING, lapsed, "notify", missing_materials=["a"], required=("a", "b"))


def test_a_lapsed_promise_may_be_asked_for_after_the_first_notice() -> None:
    state = do(RUNNING, _promised(), "notify", missing_materials=["a"], required=("a", "b")).state
    state = _brought(_lapsed(state), "a")
    assert (
        do(RUNNING, state, "notify", missing_materials=["b"], required=("a", "b")).state.step == "supplement"
    )


def test_a_promise_lapses_after_the_end_too() -> None:
    state = do(RUNNING, _promised(), "accept", checklist=["a"], required=("a", "b")).state
    closed = do(RUNNING, state, "approve", actor=REVIEWER).state
    lapsed = _lapsed(closed)
    assert (lapsed.outcome, lapsed.owed["b"]["state"]) == ("granted", "lapsed")
    assert do(RUNNING, lapsed, "fulfil", settled_materials=["b"]).state.owed["b"]["state"] == "settled"


def test_only_what_is_owed_can_be_settled() -> None:
    with pytest.raises(NothingOwed) as refused:
        do(
            RUNNING,
            do(RUNNING, _promised(), "accept", checklist=[]).state,
            "fulfil",
            settled_materials=["b", "x"],
        )
    assert refused.value.details["materials"] == ["x"]


@pytest.mark.parametrize("bad", ["a", 5, [1], [""], {"a": 1}.items(), None])
def test_material_lists_are_lists_of_names(bad: Any) -> None:
    with pytest.raises(NeedMissing):
        do(RUNNING, opened(RUNNING), "notify", missing_materials=bad)


def test_resubmitting_completes_the_file_and_restarts_the_law() -> None:
    state = _notified("a", required=("a",))
    later = do(
        RUNNING, state, "resubmit", brought_materials=["a"], actor=APPLICANT, now=at("2026-03-11 09:00")
    ).state
    assert str(later.clocks["statutory"].started_on) == "2026-03-11"
    assert later.timer is None
    assert (later.offered, later.received) == ({"a"}, frozenset())
    assert (at("2026-03-11 09:00") - at("2026-03-02 09:00")) == timedelta(days=9)


def test_an_extension_is_given_once_and_not_beyond_its_limit() -> None:
    short = procedure(merged()["standard"], limits={"extension-days": Limit(10)})
    state = do(short, opened(short), "accept", checklist=[]).state
    with pytest.raises(NeedMissing, match="最多10个工作日"):
        do(short, state, "extend", reason="案情复杂", working_days=11)
    longer = do(short, state, "extend", reason="案情复杂", working_days=10).state
    with pytest.raises(SpecialProcedure, match="已经延长过一次"):
        do(short, longer, "extend", reason="案情复杂", working_days=1)


def test_what_is_owed_falls_due_within_its_limit() -> None:
    short = procedure(merged()["standard"], limits={"deferred-material-days": Limit(10)})
    with pytest.raises(NeedMissing, match="最迟为2026年3月16日"):
        do(short, opened(short), "defer", owed_materials=["a"], owed_due="2026-03-17")
    assert "a" in do(short, opened(short), "defer", owed_materials=["a"], owed_due="2026-03-16").state.owed
