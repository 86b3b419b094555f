"""The transition function: what each step allows, what it refuses, and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from jingban.processes.engine import Request, allowed_acts, next_change, open_case, roles_for
from jingban.processes.errors import ActNotAllowed, CaseClosed, MakerIsChecker, SystemLoop
from jingban.processes.model import FIRED, Act, Common, Follow, Process
from jingban.processes.needs import NeedMissing
from jingban.processes.predicates import PREDICATES, FactNotAllowed
from jingban.processes.state import SYSTEM, replay
from jingban.processes.timing import Procedure
from tests.builders import (
    APPLICANT,
    CLERK,
    MONDAY,
    REVIEWER,
    at,
    do,
    merged,
    opened,
    procedure,
    process_of,
    proper,
    standing,
)

PROCESSES = merged()
OPEN = [(name, key) for name, p in PROCESSES.items() for key, step in p.steps.items() if not step.is_system]
CLOSED = [(name, key) for name, p in PROCESSES.items() for key in p.ends]


def _running(name: str) -> Procedure:
    return procedure(PROCESSES[name])


def _ready(procedure: Procedure, step: str, act: str) -> Any:
    """A state in which the act has something to work on."""
    rule = procedure.process.common.get(act)
    rest: dict[str, Any] = {}
    if rule is not None and rule.records == "settled":
        rest["owed"] = {"m": {"kind": "deferred", "due": "2026-04-02T00:00:00+08:00", "state": "open"}}
    if rule is not None and rule.resumes:
        rest["special"] = frozenset(rule.resumes)
    return standing(procedure, step, **rest)


def _allowed() -> list[tuple[str, str, str]]:
    pairs = []
    for name, step in [*OPEN, *CLOSED]:
        running = _running(name)
        pairs += [(name, step, act) for act in allowed_acts(running, standing(running, step))]
    return pairs


@pytest.mark.parametrize(("name", "step", "act"), _allowed())
def test_every_allowed_act_succeeds_with_what_it_must_carry(name: str, step: str, act: str) -> None:
    running = _running(name)
    state = _ready(running, step, act)
    rule = allowed_acts(running, state)[act]
    data = proper(() if act in ("vote", "recuse") else rule.needs)
    change = do(running, state, act, **data, **({"vote": "yes"} if act == "vote" else {}))
    first = change.events[0]
    assert (first.seq, first.act, first.actor, first.from_step) == (2, act, CLERK, step)
    assert first.to_step in _targets(rule, step, act)
    assert all(e.actor == SYSTEM for e in change.events[1:])
    assert [e.seq for e in change.events] == list(range(2, 2 + len(change.events)))
    assert change.state.step not in {k for k, s in running.process.steps.items() if s.is_system}
    assert roles_for(running, state, act), "somebody must be able to do it"


def _targets(rule: Act | Common | Follow, step: str, act: str) -> set[str]:
    if act == "vote":
        return {step}  # one vote alone decides nothing: every panel has several seats
    if isinstance(rule, Act):
        return {way.to for way in rule.ways}
    return {getattr(rule, "to", None) or step}


@pytest.mark.parametrize(("name", "step"), OPEN)
def test_every_other_act_is_refused_and_told_what_is_possible(name: str, step: str) -> None:
    running = _running(name)
    state, process = standing(running, step), running.process
    allowed = allowed_acts(running, state)
    every = (
        {a for s in process.steps.values() for a in s.do} | set(process.common) | {"vote", "object", "recuse"}
    )
    follows = {f for end in process.ends.values() for f in end.follows}
    for act in sorted((every | follows | FIRED | {"nonsense", ""}) - set(allowed)):
        with pytest.raises(ActNotAllowed) as refused:
            do(running, state, act, **proper(()))
        if act not in FIRED:
            assert all(rule.name in refused.value.message for rule in allowed.values()), act
            assert process.steps[step].name in refused.value.message
    if "receive" not in every and process.steps[step].receives is None:
        with pytest.raises(ActNotAllowed):
            do(running, state, "receive", actor=SYSTEM, message="contact-letter")


@pytest.mark.parametrize(("name", "end"), CLOSED)
def test_a_closed_case_refuses_every_act_but_what_follows(name: str, end: str) -> None:
    running = _running(name)
    state, process = standing(running, end), running.process
    allowed = set(allowed_acts(running, state))
    assert allowed <= set(process.ends[end].follows) | {k for k, c in process.common.items() if c.on_ends}
    for act in sorted({a for s in process.steps.values() for a in s.do} | set(process.common) - allowed):
        with pytest.raises(CaseClosed) as refused:
            do(running, state, act)
        assert process.ends[end].name in refused.value.message
        assert all(rule.name in refused.value.message for rule in allowed_acts(running, state).values())


def test_a_refusal_names_the_act_in_chinese() -> None:
    running = _running("standard")
    with pytest.raises(
        ActNotAllowed, match="现在是“受理”环节，不能“审核通过”。可以办理：受理、一次性告知、不予受理"
    ):
        do(running, opened(running), "approve")
    with pytest.raises(CaseClosed, match="本件已办结（办结），不能再“受理”"):
        do(running, standing(running, "granted"), "accept")


@pytest.mark.parametrize(("name", "step", "act"), [t for t in _allowed() if t[2] not in ("vote", "recuse")])
def test_an_act_without_what_it_must_carry_changes_nothing(name: str, step: str, act: str) -> None:
    running = _running(name)
    state = _ready(running, step, act)
    needs = allowed_acts(running, state)[act].needs
    for missing in needs:
        data = proper(n for n in needs if n != missing)
        with pytest.raises(NeedMissing) as refused:
            do(running, state, act, **data)
        assert refused.value.details["need"] == missing


@pytest.mark.parametrize(
    ("name", "step", "made"),
    [(n, k, m) for n, p in PROCESSES.items() for k, s in p.steps.items() for m in s.not_by],
)
def test_maker_is_not_checker(name: str, step: str, made: str) -> None:
    running = _running(name)
    state = standing(running, step, actors={made: (REVIEWER,)})
    acts = {k: r for k, r in allowed_acts(running, state).items() if k not in running.process.common}
    for act, rule in acts.items():
        data = proper(() if act in ("vote", "recuse") else rule.needs, vote="yes")
        if act == "object":
            continue  # whoever made it may not, but the public may
        with pytest.raises(MakerIsChecker, match=running.process.steps[made].name):
            do(running, state, act, actor=REVIEWER, **data)
        assert do(running, state, act, actor=CLERK, **data).state.seq > state.seq


def test_who_sent_a_case_back_may_not_check_what_he_then_accepts() -> None:
    running = _running("standard")
    state = do(running, opened(running), "accept", checklist=[], actor=CLERK).state
    state = do(running, state, "return", reason="重新受理", actor=REVIEWER).state
    state = do(running, state, "accept", checklist=[], actor=REVIEWER).state
    with pytest.raises(MakerIsChecker):
        do(running, state, "approve", actor=REVIEWER)
    with pytest.raises(MakerIsChecker):
        do(running, state, "approve", actor=CLERK)
    assert do(running, state, "approve", actor=55).state.outcome == "granted"


def test_a_common_act_makes_nobody_a_maker() -> None:
    running = _running("standard")
    state = do(
        running, opened(running), "defer", owed_materials=["m"], owed_due="2026-03-20", actor=REVIEWER
    ).state
    state = do(running, state, "accept", checklist=[], actor=CLERK).state
    assert do(running, state, "approve", actor=REVIEWER).state.outcome == "granted"


def _forked() -> Process:
    return process_of(
        {
            "ask": {
                "name": "受理",
                "by": "window",
                "do": {
                    "accept": {
                        "name": "受理",
                        "needs": ["violations"],
                        "to": [
                            {"when": "violations-found", "to": "check"},
                            {"when": "income-hardship", "to": "poor"},
                            {"to": "done"},
                        ],
                    }
                },
            },
            "check": {"name": "查", "by": "reviewer", "do": {"ok": {"name": "过", "to": "done"}}},
            "poor": {"name": "困难", "by": "reviewer", "do": {"ok": {"name": "过", "to": "done"}}},
            "done": {
                "name": "系统",
                "by": "system",
                "do": {"close": {"name": "结", "to": "granted", "effect": ["item", "funds.pay"]}},
            },
        },
    )


@pytest.mark.parametrize(
    ("facts", "violations", "step"),
    [
        ({}, "found", "check"),
        ({}, "none", "granted"),
        ({"hardship": "income"}, "none", "poor"),
        ({"hardship": "expense"}, "none", "granted"),
        ({"hardship": "income"}, "found", "check"),
        (
            {"violations": "found"},
            "none",
            "granted",
        ),  # what the act states now counts, not what was said before
    ],
)
def test_forks_go_by_facts_in_the_order_written(facts: dict[str, str], violations: str, step: str) -> None:
    running = procedure(_forked())
    change = do(running, opened(running, facts=facts), "accept", violations=violations)
    assert change.state.step == step
    assert change.state.facts["violations"] == violations


def test_system_steps_are_passed_in_the_same_act_with_their_effects() -> None:
    running = procedure(_forked(), effect=("registry.enrol_unit",))
    change = do(running, opened(running), "accept", violations="none")
    assert [(e.act, e.actor, e.to_step) for e in change.events] == [
        ("accept", CLERK, "done"),
        ("close", SYSTEM, "granted"),
    ]
    assert change.events[1].data["effects"] == ["registry.enrol_unit", "funds.pay"]
    assert change.events[1].at == change.events[0].at


def test_a_circle_of_system_steps_is_stopped() -> None:
    loop = process_of(
        {
            "a": {"name": "甲", "by": "system", "do": {"go": {"name": "去", "to": "b"}}},
            "b": {"name": "乙", "by": "system", "do": {"go": {"name": "去", "to": "a"}}},
        }
    )
    with pytest.raises(SystemLoop, match="循环"):
        opened(procedure(loop))


@pytest.mark.parametrize("facts", [{"nonsense": "x"}, {"channel": "carrier-pigeon"}, {"stay": ""}])
def test_unknown_facts_are_refused_with_what_may_be_stated(facts: dict[str, str]) -> None:
    with pytest.raises(FactNotAllowed, match="可填"):
        opened(procedure(_forked()), facts=facts)


def test_every_predicate_asks_for_values_that_exist() -> None:
    from jingban.processes.predicates import FACTS

    for predicate in PREDICATES.values():
        assert predicate.values <= set(FACTS[predicate.fact].values)
        assert not predicate({}), "a fact not stated says no"
        assert all(
            predicate({predicate.fact: v}) == (v in predicate.values) for v in FACTS[predicate.fact].values
        )


def test_what_follows_an_end_happens_once_and_reopens_nothing() -> None:
    running = _running("recognition-experts")
    state = standing(running, "granted")
    after = do(running, state, "archive").state
    assert (after.step, after.outcome, after.done) == ("granted", "granted", ("archive",))
    assert "archive" not in allowed_acts(running, after)
    with pytest.raises(CaseClosed):
        do(running, after, "archive")


def test_a_closed_case_is_corrected_by_its_own_permission() -> None:
    running = _running("standard")
    closed = standing(running, "granted")
    assert roles_for(running, closed, "correct") == {"supervisor"}
    change = do(running, closed, "correct", reason="笔误", correction="姓名应为乙")
    assert change.state.outcome == "granted"
    assert change.personal == {2: {"reason": "笔误", "correction": "姓名应为乙"}}
    with pytest.raises(ActNotAllowed):
        do(running, opened(running), "correct", reason="笔误", correction="乙")


def test_an_end_stops_every_clock() -> None:
    running = _running("standard")
    state = do(running, opened(running), "accept", checklist=[]).state
    assert set(state.clocks) == {"statutory", "promise"}
    ended = do(running, state, "approve", actor=REVIEWER, now=at("2026-03-10 10:00")).state
    assert {str(c.ended_on) for c in ended.clocks.values()} == {"2026-03-10"}
    assert ended.timer is None


def test_the_applicant_withdraws_in_every_step_that_says_so() -> None:
    running = _running("standard")
    for step in ("accept", "supplement", "review"):
        change = do(running, standing(running, step), "withdraw", actor=APPLICANT)
        assert change.state.outcome == "withdrawn"
        assert change.events[0].data["documents"] == ["withdrawal-receipt"]


def test_personal_words_stay_out_of_the_event() -> None:
    running = _running("standard")
    change = do(running, opened(running), "decline", reason="甲某某不符合", basis="第五条")
    assert change.personal == {2: {"reason": "甲某某不符合"}}
    assert "甲某某" not in repr(change.events)
    assert change.events[0].data["needs"] == {"basis": "第五条"}


def test_time_alone_does_what_only_time_may() -> None:
    running = _running("standard")
    state = do(running, opened(running), "notify", missing_materials=["m"]).state
    assert state.timer == at("2026-03-24 00:00")  # the end of the fifteenth working day, 23 March
    early = Request(act="after", actor=SYSTEM, at=at("2026-03-23 23:59"))
    with pytest.raises(ActNotAllowed):
        next_change(running, state, early)
    late = next_change(running, state, Request(act="after", actor=SYSTEM, at=at("2026-03-24 00:00")))
    assert (late.state.outcome, late.state.timer) == ("lapsed", None)
    assert late.events[0].data["documents"] == ["lapse-notice"]
    assert roles_for(running, state, "after") == {"system"}


def test_replay_from_nothing_is_the_state() -> None:
    running = _running("standard")
    events, state = [], None
    change = do(running, opened(running), "notify", missing_materials=["m"])
    first = open_case(running, actor=APPLICANT, at=MONDAY)
    events += [*first.events, *change.events]
    change = do(
        running,
        change.state,
        "resubmit",
        brought_materials=["m"],
        actor=APPLICANT,
        now=at("2026-03-05 09:00"),
    )
    events += change.events
    state = change.state
    assert replay(running.process, events) == state
