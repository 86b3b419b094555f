"""SpiffWorkflow runs the exported diagram beside our engine: after every step both have the same open work."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from jingban.core.errors import DomainError
from jingban.processes.bpmn import to_bpmn
from jingban.processes.bpmn.words import MONTHLY
from jingban.processes.engine import Request, allowed_acts, next_change, open_case
from jingban.processes.model import Message, Month, Process
from jingban.processes.predicates import FACTS
from jingban.processes.state import State
from jingban.processes.timing import Procedure
from jingban.workdays.service import Limit, calendar
from tests.processes.drawn import national

PATHS, STEPS = 12, 40
BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CARRIED = {
    "reason": "说明",
    "basis": "依据",
    "opinion": "同意",
    "checklist": [],
    "missing_materials": ["a"],
    "brought_materials": ["a"],
    "owed_materials": ["a"],
    "promised_materials": ["a"],
    "settled_materials": ["a"],
    "owed_due": "2027-01-04",
    "working_days": 5,
    "amount": "1.00",
    "reward_grade": "1",
    "reward_insider": "no",
    "reward_payees": [["试验收款人", "试验银行", "6222000000000001"]],
    "receiver_agreed": "yes",
    "payee_name": "甲",
    "bank": "某银行",
    "bank_account": "62220000",
    "correction": "更正",
}
SILENT = {"act": "", "result": "", "notice": "", "panel": "", "votes": 0, "yes": 0, "waiting": 0}


class Engine(PythonScriptEngine):
    """Limits are told in working days by name; no timer of the test may run off by itself."""

    def evaluate(self, task: Task, expression: str, external_context: object = None) -> object:
        if expression == MONTHLY:
            return "R1/P300D"
        if all(c.isalnum() or c == "-" for c in expression):
            return "P300D"
        return super().evaluate(task, expression, external_context)


class Spiff:
    """The exported diagram, run by a general BPMN engine."""

    def __init__(self, process: Process, facts: dict[str, str]) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(to_bpmn(process).encode()))
        spec = parser.get_spec(f"process.{process.process}")
        self.flow = BpmnWorkflow(spec, script_engine=Engine())
        self.data = {**dict.fromkeys(FACTS, ""), **SILENT, **facts}
        first = self.flow.get_tasks(state=TaskState.READY)[0]
        first.data.update(self.data)
        self.settle()
        if isinstance(process.starts, Message):
            self.message(process.starts.message, {})
        elif isinstance(process.starts, Month):
            past = {"cycles": 1, "next": BEGIN.replace(year=2020).isoformat(), "duration": 1}
            self.fire("start", {"event_value": past})

    def settle(self) -> None:
        """Gateways by themselves; a service task as the service that the system is."""
        self.flow.do_engine_steps()
        while running := self.flow.get_tasks(state=TaskState.STARTED):
            running[0].data.update({**self.data, "act": ""})
            running[0].complete()
            self.flow.do_engine_steps()

    def open_work(self) -> set[str]:
        """The steps that somebody or something is waited for, or the ends reached."""
        waiting = self.flow.get_tasks(state=TaskState.READY | TaskState.WAITING)
        steps = {t.task_spec.name for t in waiting if _is_step(t)}
        ended = {t.task_spec.name for t in self.flow.get_tasks(state=TaskState.COMPLETED)}
        return {s.partition(".")[2] for s in steps or {e for e in ended if e.startswith("end.")}}

    def run(self, **said: object) -> None:
        (task,) = [t for t in self.flow.get_tasks(state=TaskState.READY) if _is_step(t)]
        task.data.update({**self.data, **said})
        task.run()
        self.settle()

    def message(self, name: str, said: dict[str, object]) -> None:
        payload = {**self.data, **said}
        self.flow.send_event(BpmnEvent(MessageEventDefinition(name), payload))
        self.settle()

    def fire(self, name: str, inside: dict[str, object]) -> None:
        (task,) = [t for t in self.flow.get_tasks(state=TaskState.WAITING) if t.task_spec.name == name]
        task._set_internal_data(**inside)
        task.task_spec._update(task)
        self.settle()


def _is_step(task: Task) -> bool:
    name = task.task_spec.name
    return name.startswith("step.") and name.count(".") == 1


class Pair:
    """A case in both engines."""

    def __init__(self, process: Process, dice: random.Random) -> None:
        self.process, self.dice = process, dice
        self.procedure = Procedure(
            process, defaultdict(lambda: Limit(5)), Limit(20), Limit(30), (), calendar()
        )
        facts = {
            name: dice.choice([*fact.values]) for name, fact in FACTS.items() if fact.asked == "application"
        }
        self.at, self.actor = BEGIN, 1
        self.state: State = open_case(self.procedure, actor=1, at=self.at, facts=facts).state
        self.spiff = Spiff(process, facts)

    def agree(self) -> bool:
        return self.spiff.open_work() == {self.state.step}

    def choices(self) -> Iterator[tuple[str, dict[str, object]]]:
        step = self.process.steps[self.state.step]
        data: dict[str, object] = dict(CARRIED)
        data |= {name: self.dice.choice([*fact.values]) for name, fact in FACTS.items()}
        for act in allowed_acts(self.procedure, self.state):
            yield act, data | {"vote": self.dice.choice(["yes", "no"])}
        if step.receives:
            message = self.dice.choice([m for m in step.receives.messages if m not in self.state.heard])
            for result in step.receives.ways:
                yield "receive", data | {"message": message, "result": result}
        if step.after:
            yield "after", {}
        if step.notice:
            yield "quiet", {}

    def go(self) -> str | None:
        """One random act in both; none where ours refuses it."""
        act, data = self.dice.choice(list(self.choices()))
        self.actor += 1
        at = self.state.timer if act in ("after", "quiet") else self.at + timedelta(minutes=1)
        assert at is not None
        before = self.state
        try:
            change = next_change(self.procedure, before, Request(act, self.actor, at, data))
        except DomainError:
            return None
        self.state, self.at = change.state, max(at, self.at)
        self.follow(act, data, before)
        return f"{act} {data.get('result', '')}".strip()

    def follow(self, act: str, data: dict[str, object], before: State) -> None:
        """The same in the diagram."""
        step, spiff = self.process.steps[before.step], self.spiff
        spiff.data |= dict(self.state.facts)
        if act in ("after", "quiet"):
            spiff.fire(f"{act}.{before.step}", {"event_fired": True})
        elif act == "receive" and step.receives:
            left = set(step.receives.messages) - {*before.heard, data["message"]}
            spiff.message(" ".join(step.receives.messages), {"result": data["result"], "waiting": len(left)})
        elif act in ("vote", "recuse") and step.panel:
            said = [*before.votes.values(), data["vote"] if act == "vote" else "recused"]
            cast = [vote for vote in said if vote != "recused"]
            spiff.run(panel="vote", votes=len(cast), yes=cast.count("yes"))
        elif act == "object" and step.notice:
            spiff.run(notice="objection")
        elif act in step.do:
            spiff.run(act=act)
        elif self.process.common[act].to:
            spiff.message(act, {})


@pytest.mark.parametrize("name", sorted(national()))
def test_the_diagram_runs_as_our_engine_does(name: str) -> None:
    process = national()[name]
    walked: set[tuple[str, str, str]] = set()
    for path in range(PATHS):
        pair = Pair(process, random.Random(f"{name}-{path}"))
        told = ["opened"]
        assert pair.agree(), (told, pair.state.step, pair.spiff.open_work())
        for _ in range(STEPS):
            if not pair.state.is_open:
                break
            before = pair.state.step
            act = pair.go()
            if act is None:
                continue
            told.append(act)
            walked.add((before, act, pair.state.step))
            assert pair.agree(), (told, pair.state.step, pair.spiff.open_work())
    assert walked or not any(not s.is_system for s in process.steps.values())
