"""The procedure language: closed words, edges in reading order, the main road."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from jingban.processes.model import Process
from tests.builders import merged, process_of

STEP: dict[str, Any] = {"name": "受理", "by": "window", "do": {"ok": {"name": "过", "to": "granted"}}}


@pytest.mark.parametrize(
    "step",
    [
        {**STEP, "colour": "red"},
        {**STEP, "do": {"ok": {"name": "过", "to": "granted", "script": "x"}}},
        {"name": "受理"},
        {**STEP, "panel": {"seats": 0, "quorum": 0, "pass": 0, "yes": "a", "no": "b"}},
        {**STEP, "receives": {"ways": {}}},
        {**STEP, "receives": {"any": "a", "all": "b", "ways": {"x": {"name": "x", "to": "granted"}}}},
        {**STEP, "after": {"limit": "x"}},
        {**STEP, "notice": {"limit": "x", "quiet": "granted"}},
    ],
)
def test_a_word_outside_the_vocabulary_is_an_error(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        process_of({"accept": step})


def test_an_outcome_outside_the_closed_set_is_an_error() -> None:
    with pytest.raises(ValidationError):
        process_of({"accept": STEP}, {"granted": {"name": "办结", "outcome": "fine"}})


def test_one_name_stands_for_a_list_of_one() -> None:
    step = process_of({"accept": {**STEP, "not_by": "x", "paused": ["promise"]}}).steps["accept"]
    assert (step.by, step.not_by, step.paused) == (("window",), ("x",), ("promise",))


def test_edges_come_in_reading_order_and_name_the_main_road() -> None:
    standard = merged()["standard"]
    assert standard.main_path == ("accept", "review", "granted")
    edges = [(e.source, e.act, e.target, e.kind) for e in standard.edges]
    assert edges[0] == ("start", "apply", "accept", "start")
    assert ("supplement", "after", "lapsed", "timer") in edges
    assert ("granted", "correct", "granted", "common") in edges
    assert len(edges) == len(set(edges))


@pytest.mark.parametrize("name", sorted(merged()))
def test_every_national_procedure_reads_back_as_it_was_written(name: str) -> None:
    process = merged()[name]
    again = Process.model_validate_json(process.model_dump_json(by_alias=True))
    assert again == process
    assert list(again.steps) == list(process.steps), "the order of steps is meant"
    assert again.edges == process.edges


@pytest.mark.parametrize("name", sorted(merged()))
def test_every_national_procedure_has_a_main_road_to_an_end(name: str) -> None:
    process = merged()[name]
    assert process.main_path[-1] in process.ends
    assert {e.source for e in process.edges} <= {"start", *process.steps, *process.ends}
    assert {e.target for e in process.edges} <= {*process.steps, *process.ends}
