"""Panels, public notices and messages: several voices, each heard once."""

from __future__ import annotations

from typing import Any

import pytest

from jingban.processes.engine import Request, allowed_acts, next_change, roles_for
from jingban.processes.errors import ActNotAllowed, AlreadyVoted, CaseClosed, MakerIsChecker
from jingban.processes.model import Process
from jingban.processes.needs import NeedMissing
from jingban.processes.state import SYSTEM, State
from jingban.processes.timing import Procedure
from tests.builders import APPLICANT, at, do, merged, opened, procedure, process_of, standing


def _panel(**rest: Any) -> Procedure:
    ok = {"name": "过", "to": "granted"}
    return procedure(
        process_of(
            {
                "panel": {
                    "name": "评审",
                    "by": "expert",
                    "panel": {"seats": 3, "quorum": 3, "pass": 2, "yes": "yes", "no": "no", **rest},
                },
                "yes": {
                    "name": "通过",
                    "by": "reviewer",
                    "do": {"ok": ok, "again": {"name": "重评", "to": "panel"}},
                },
                "no": {
                    "name": "未过",
                    "by": "reviewer",
                    "do": {"ok": ok, "again": {"name": "重评", "to": "panel"}},
                },
            }
        )
    )


def _voted(running: Procedure, *votes: str) -> State:
    state = opened(running)
    for expert, vote in enumerate(votes, start=100):
        state = do(running, state, "recuse" if vote == "recuse" else "vote", actor=expert, vote=vote).state
    return state


@pytest.mark.parametrize(
    ("votes", "step"),
    [
        (("yes", "yes"), "panel"),
        (("yes", "yes", "no"), "yes"),
        (("no", "yes", "yes"), "yes"),
        (("no", "no", "yes"), "no"),
        (("yes", "recuse", "yes", "no"), "yes"),
        (("recuse",) * 5, "panel"),
        (("recuse", "yes", "no", "no"), "no"),
    ],
)
def test_a_panel_decides_when_its_quorum_has_voted(votes: tuple[str, ...], step: str) -> None:
    state = _voted(_panel(), *votes)
    assert state.step == step
    assert bool(state.votes) == (step == "panel"), "votes are closed with the step"


def test_a_tie_does_not_pass() -> None:
    assert _voted(_panel(seats=4, quorum=4, **{"pass": 3}), "yes", "no", "yes", "no").step == "no"


@pytest.mark.parametrize(
    ("first", "then"), [("yes", "yes"), ("yes", "no"), ("recuse", "yes"), ("yes", "recuse")]
)
def test_an_expert_is_heard_once(first: str, then: str) -> None:
    running = _panel()
    state = _voted(running, first)
    with pytest.raises(AlreadyVoted, match="已表决或已回避"):
        do(running, state, "recuse" if then == "recuse" else "vote", actor=100, vote=then)


@pytest.mark.parametrize("vote", [None, "", "maybe", True])
def test_a_vote_is_yes_or_no(vote: object) -> None:
    running = _panel()
    with pytest.raises(NeedMissing, match="同意或不同意"):
        do(running, opened(running), "vote", vote=vote)


def test_where_nobody_may_withdraw_nobody_can() -> None:
    running = _panel(recuse=False)
    assert "recuse" not in allowed_acts(running, opened(running))
    with pytest.raises(ActNotAllowed):
        do(running, opened(running), "recuse")


def test_after_being_sent_back_everybody_votes_anew() -> None:
    running = _panel()
    state = do(running, _voted(running, "no", "no", "yes"), "again").state
    assert (state.step, state.votes) == ("panel", {})
    for expert in (100, 101, 102):
        state = do(running, state, "vote", actor=expert, vote="yes").state
    assert state.step == "yes"


def test_an_expert_who_accepted_the_case_may_not_judge_it() -> None:
    running = procedure(merged()["recognition-experts"])
    state = standing(running, "review", actors={"accept": (100,)})
    with pytest.raises(MakerIsChecker):
        do(running, state, "vote", actor=100, vote="yes")


NOTICE = procedure(merged()["recognition-experts"])


def test_a_quiet_notice_goes_on_by_itself() -> None:
    state = do(NOTICE, standing(NOTICE, "enter"), "enter").state
    assert (state.step, state.timer) == ("notice", at("2026-03-24 00:00"))
    assert state.clocks["promise"].is_paused
    change = next_change(NOTICE, state, Request(act="quiet", actor=SYSTEM, at=at("2026-03-24 00:00")))
    assert [e.act for e in change.events] == ["quiet", "grant"]
    assert change.state.outcome == "granted"
    with pytest.raises(ActNotAllowed):
        next_change(NOTICE, state, Request(act="quiet", actor=SYSTEM, at=at("2026-03-23 12:00")))
    with pytest.raises(ActNotAllowed):
        next_change(NOTICE, state, Request(act="after", actor=SYSTEM, at=at("2026-03-24 00:00")))


def test_anybody_objects_to_a_notice_with_a_reason() -> None:
    state = do(NOTICE, standing(NOTICE, "enter"), "enter").state
    assert roles_for(NOTICE, state, "object") == {"public"}
    with pytest.raises(NeedMissing):
        do(NOTICE, state, "object", actor=999)
    change = do(NOTICE, state, "object", actor=999, reason="某人不符合")
    assert (change.state.step, change.state.timer) == ("review", None)
    assert change.personal == {3: {"reason": "某人不符合"}}


def _receiving(**which: Any) -> Process:
    return process_of(
        {
            "wait": {
                "name": "等",
                "by": "other-agency",
                "receives": {
                    **which,
                    "ways": {
                        "arrived": {"name": "到", "to": "granted"},
                        "no-balance": {"name": "无", "to": "granted"},
                        "refused": {"name": "拒", "to": "explain"},
                    },
                },
            },
            "explain": {"name": "核对", "by": "reviewer", "do": {"ok": {"name": "过", "to": "granted"}}},
        }
    )


def _hear(running: Procedure, state: State, message: str, **rest: Any) -> State:
    return do(running, state, "receive", actor=SYSTEM, message=message, **rest).state


def test_any_message_opens_the_way_at_once() -> None:
    running = procedure(_receiving(any=["sheet", "funds"]))
    assert _hear(running, opened(running), "funds").outcome == "granted"
    assert _hear(running, opened(running), "sheet", result="refused").step == "explain"


def test_all_messages_are_waited_for_in_any_order() -> None:
    running = procedure(_receiving(all=["sheet", "funds"]))
    for first, second in (("sheet", "funds"), ("funds", "sheet")):
        state = _hear(running, opened(running), first)
        assert (state.step, state.heard) == ("wait", {first: "arrived"})
        assert _hear(running, state, first).step == "wait", "the same message twice is one message"
        done = _hear(running, state, second)
        assert (done.outcome, done.heard) == ("granted", {})


@pytest.mark.parametrize(("result", "step"), [("no-balance", "granted"), ("refused", "explain")])
def test_a_result_of_its_own_does_not_wait_for_the_others(result: str, step: str) -> None:
    running = procedure(_receiving(all=["sheet", "funds"]))
    assert _hear(running, opened(running), "sheet", result=result).step == step
    heard = _hear(running, opened(running), "funds")
    assert _hear(running, heard, "sheet", result=result).step == step


@pytest.mark.parametrize("data", [{"message": "other"}, {}, {"message": "sheet", "result": "lost"}])
def test_what_nobody_waits_for_is_not_heard(data: dict[str, str]) -> None:
    running = procedure(_receiving(all=["sheet", "funds"]))
    with pytest.raises(ActNotAllowed):
        do(running, opened(running), "receive", actor=SYSTEM, **data)
    with pytest.raises(CaseClosed):
        do(running, standing(running, "granted"), "receive", actor=SYSTEM, **data)
    with pytest.raises(ActNotAllowed):
        do(running, standing(running, "explain"), "receive", actor=SYSTEM, **data)


def test_a_failed_payment_goes_round_until_it_is_paid() -> None:
    running = procedure(merged()["payment"])
    state = do(running, standing(running, "pay"), "pay").state
    for _ in range(2):
        state = do(running, state, "receive", actor=SYSTEM, message="payment-result", result="failed").state
        assert (state.step, state.clocks["promise"].is_paused, state.clocks["retry"].is_running) == (
            "fix-account",
            True,
            True,
        )
        state = do(
            running, state, "fix", payee_name="甲", bank="某银行", bank_account="62220000", actor=APPLICANT
        ).state
        state = do(running, state, "pay").state
        assert (state.clocks["retry"].is_ended, state.clocks["promise"].is_running) == (True, True)
    assert do(running, state, "receive", actor=SYSTEM, message="payment-result").state.outcome == "granted"
