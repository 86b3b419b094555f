"""Paths that together take every arrow of every procedure, each loop and each end."""

from __future__ import annotations

import pytest

from jingban.processes.model import Process
from jingban.rulebook.cache import effective_all
from jingban.walk.plan import plan
from tests.builders import merged, process_of


def _sound(process: Process) -> None:
    found = plan(process)
    assert found.unreachable == ()
    assert {e for path in found.paths for e in path.edges} == set(process.edges)
    assert {path.edges[-1].target for path in found.paths} <= set(process.ends)
    reached = {e.target for path in found.paths for e in path.edges}
    assert reached >= {*process.steps, *process.ends}
    for path in found.paths:
        assert path.edges[0].kind == "start"
        for before, after in zip(path.edges, path.edges[1:], strict=False):
            assert before.target == after.source


@pytest.mark.parametrize("name", sorted(merged()))
def test_a_plan_covers_every_national_procedure(name: str) -> None:
    _sound(merged()[name])


def test_a_plan_covers_every_entry_of_every_region() -> None:
    for item in effective_all():
        for process in (item.process, *item.answers):
            _sound(process)


def test_what_cannot_be_reached_is_named() -> None:
    out = {"name": "出", "to": "granted"}
    process = process_of(
        {
            "a": {
                "name": "甲",
                "by": "window",
                "do": {
                    "go": {"name": "去", "to": [{"when": "income-hardship", "to": "b"}, {"to": "granted"}]}
                },
            },
            "b": {"name": "乙", "by": "window", "do": {"go": out}},
            "lost": {"name": "丙", "by": "window", "do": {"go": out}},
        }
    )
    assert [e.source for e in plan(process).unreachable] == ["lost"]


def test_nothing_is_settled_before_it_is_owed() -> None:
    standard = merged()["standard"]
    for path in plan(standard).paths:
        acts = [e.act for e in path.edges]
        if "fulfil" in acts:
            assert {"defer", "promise"} & set(acts[: acts.index("fulfil")])
        if "special-end" in acts:
            assert "special-begin" in acts[: acts.index("special-end")]
