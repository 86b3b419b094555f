"""Each thing that a running case remembers or waits for stands in the way where the new procedure does not know it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from jingban.processes.model import After, Notice, Panel, Process, Receives
from jingban.processes.moving import Ground, hindrances
from jingban.processes.predicates import FACTS
from jingban.processes.state import State
from jingban.rulebook.cache import effective_all
from jingban.workdays.service import Clock, Limit, calendar

OLD = next(i.process for i in effective_all() if i.process.process == "standard")
STEP = "review"
OPEN = State(seq=3, step=STEP, facts={"channel": "window"})
GROUND = Ground(frozenset({"id-document"}), frozenset({"channel"}))


def with_step(**changes: Any) -> Process:
    step = OLD.steps[STEP].model_copy(update=changes)
    return OLD.model_copy(update={"steps": {**OLD.steps, STEP: step}})


def without(*steps: str) -> Process:
    return OLD.model_copy(update={"steps": {k: s for k, s in OLD.steps.items() if k not in steps}})


def told(new: Process = OLD, state: State = OPEN, ground: Ground = GROUND) -> str:
    return " ".join(hindrances(OLD, new, state, ground))


def test_nothing_stands_in_the_way_of_the_same_procedure() -> None:
    assert hindrances(OLD, OLD, OPEN, GROUND) == ()


def test_words_and_papers_may_change() -> None:
    acts = {
        name: act.model_copy(update={"name": "新名", "document": ()})
        for name, act in OLD.steps[STEP].do.items()
    }
    assert hindrances(OLD, with_step(name="新名", do=acts), OPEN, GROUND) == ()


ACT = next(iter(OLD.steps[STEP].do.values()))


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (without(STEP), "没有现在的环节"),
        (OLD.model_copy(update={"process": "other"}), "另一个程序"),
        (with_step(by=("entry",)), "办理岗位变了"),
        (with_step(after=After(limit="supplement-days", to="accept")), "自动到期变了"),
        (with_step(notice=Notice(limit="supplement-days", quiet="accept", objection="accept")), "公示变了"),
        (with_step(panel=Panel(seats=3, quorum=3, **{"pass": 2}, yes="accept", no="accept")), "评审规则变了"),
        (with_step(receives=Receives(any=("m",), ways={"m": ACT})), "等待的来函变了"),
    ],
)
def test_the_step_must_be_as_it_was_entered(new: Process, words: str) -> None:
    assert words in told(new)


def test_who_handled_what_must_stay_known() -> None:
    state = replace(OPEN, actors={"start": (1,), "accept": (2,)})
    assert told(state=state) == ""
    assert f"没有办过的环节（{OLD.steps['accept'].name}）" in told(without("accept"), state)


def test_running_clocks_must_stay_known() -> None:
    clock = Clock.start(calendar(), "own", Limit(3), date(2026, 3, 2))
    assert "没有正在计算的期限（own）" in told(state=replace(OPEN, clocks={"own": clock}))
    ended = clock.end(calendar(), date(2026, 3, 3))
    assert told(state=replace(OPEN, clocks={"own": ended})) == ""
    assert told(state=replace(OPEN, clocks={"promise": clock})) == ""


def test_what_is_owed_must_be_able_to_be_settled() -> None:
    owed = {"id-document": {"state": "open", "due": "2026-04-01T00:00:00+08:00"}}
    assert told(state=replace(OPEN, owed=owed)) == ""
    bare = OLD.model_copy(update={"common": {}})
    assert "容缺或承诺待补" in told(bare, replace(OPEN, owed=owed))
    assert "特别程序" in told(bare, replace(OPEN, special=frozenset({"special-begin"})))


@pytest.mark.parametrize("where", ["offered", "received", "brought", "notified"])
def test_materials_of_the_case_must_be_known(where: str) -> None:
    assert told(state=replace(OPEN, **{where: frozenset({"id-document"})})) == ""
    assert "材料（diary）" in told(state=replace(OPEN, **{where: frozenset({"diary"})}))


def test_what_the_new_version_asks_must_have_been_asked() -> None:
    assert "没有问过" in told(ground=replace(GROUND, facts=frozenset({"scope"})))
    assert (
        told(
            state=replace(OPEN, facts={"scope": "local"}), ground=replace(GROUND, facts=frozenset({"scope"}))
        )
        == ""
    )
    assert "多了必填的栏目（开户行）" in told(ground=replace(GROUND, added_fields=("开户行",)))
    assert "改了栏目的填法（开户行）" in told(ground=replace(GROUND, changed_fields=("开户行",)))
    assert "不再是保密件" in told(ground=replace(GROUND, is_opened=True))
    assert FACTS["hardship"].label in told(ground=replace(GROUND, facts=frozenset({"hardship"})))


def test_a_closed_case_stays() -> None:
    assert told(state=replace(OPEN, outcome="granted")) == "已经办结，办结的件保持当时的版本。"
