"""Plain builders: procedures from a few words, states at a step, requests with everything an act must carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jingban.core.localtime import SHANGHAI
from jingban.processes.engine import Change, Request, next_change, open_case
from jingban.processes.model import PROMISE, STATUTORY, Process
from jingban.processes.predicates import FACTS
from jingban.processes.state import State
from jingban.processes.timing import Procedure, start_clock
from jingban.rulebook.cache import effective_all
from jingban.workdays.service import Limit, calendar

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
"""An ordinary working day with no holiday in the five weeks after it."""

NEED_VALUES: dict[str, Any] = {
    "reason": "理由",
    "basis": "第五条",
    "opinion": "同意",
    "checklist": [],
    "missing_materials": ["m"],
    "wrong_answers": ["name"],
    "missing_reasons": {"m": "照片不清楚"},
    "brought_materials": ["m"],
    "owed_materials": ["m"],
    "promised_materials": ["m"],
    "settled_materials": ["m"],
    "owed_due": "2026-03-13",
    "working_days": 5,
    "amount": "100.00",
    "reward_grade": "1",
    "reward_insider": "no",
    "reward_payees": [["试验收款人", "试验银行", "6222000000000001"]],
    "receiver_agreed": "yes",
    "payee_name": "甲",
    "bank": "某银行",
    "bank_account": "62220000",
    "correction": "更正",
    "household_authorised_on": "2026-03-01",
    "household_people": 3,
    "household_income": "21600.00",
    "household_property": "0.00",
    "household_spending": "36000.00",
}
APPLICANT, CLERK, REVIEWER, OTHER = 11, 22, 33, 44

TWENTY, THIRTY = Limit(20), Limit(30)


def at(text: str) -> datetime:
    """An instant in Shanghai: ``2026-03-02 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def procedure(
    process: Process,
    *,
    promise: Limit | None = TWENTY,
    statutory: Limit | None = THIRTY,
    limits: Mapping[str, Limit] | None = None,
    effect: tuple[str, ...] = ("registry.enrol_employee",),
) -> Procedure:
    """A procedure that runs: every limit that it names is fifteen working days unless said otherwise."""
    known = {name: Limit(15) for name in (*process.limits, *process.clocks)}
    return Procedure(
        process=process,
        limits={**known, **(limits or {})},
        promise=promise,
        statutory=statutory,
        effect=effect,
        calendar=calendar(),
    )


def process_of(steps: Mapping[str, Any], ends: Mapping[str, Any] | None = None, **rest: Any) -> Process:
    """A procedure from a dictionary as a file would give it; the first step is the first one written."""
    return Process.model_validate(
        {
            "process": "test",
            "name": "试验",
            "first": next(iter(steps)),
            "steps": steps,
            "ends": ends or {"granted": {"name": "办结", "outcome": "granted"}},
            **rest,
        }
    )


@cache
def merged() -> dict[str, Process]:
    """One merged procedure of each national file, overlay applied, from the real rulebook."""
    found: dict[str, Process] = {}
    for item in effective_all():
        for process in (item.process, *item.answers):
            found.setdefault(process.process, process)
    return found


def standing(process: Procedure, step: str, **rest: Any) -> State:
    """A case that stands at a step with both clocks running since Monday, and nobody's hands on it yet."""
    clocks = {name: clock for name in (STATUTORY, PROMISE) if (clock := start_clock(process, name, MONDAY))}
    end = process.process.ends.get(step)
    return State(
        **{"seq": 1, "step": step, "clocks": clocks, "outcome": end.outcome if end else None, **rest}
    )


def proper(needs: Iterable[str], **rest: Any) -> dict[str, Any]:
    """Everything that these needs ask for."""
    values = {n: NEED_VALUES[n] if n not in FACTS else next(iter(FACTS[n].values)) for n in needs}
    return {**values, **rest}


def do(
    process: Procedure,
    state: State,
    act: str,
    *,
    actor: int = CLERK,
    now: datetime = MONDAY,
    required: Iterable[str] = (),
    override: bool = False,
    **data: Any,
) -> Change:
    """One act, as the pages would ask for it."""
    return next_change(
        process,
        state,
        Request(
            act=act,
            actor=actor,
            at=now,
            data=data,
            required=frozenset(required),
            override=override,
        ),
    )


def opened(process: Procedure, *, now: datetime = MONDAY, **rest: Any) -> State:
    """A case just applied for."""
    return open_case(process, actor=APPLICANT, at=now, **rest).state
