"""Random acts at random cases: the fold equals the row, the chain verifies, no clock runs backwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jingban.access.service import OWNER_ROLES, Actor, Held
from jingban.cases import actions
from jingban.cases.models import Case, CaseEvent
from jingban.cases.tick import tick
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.processes.engine import allowed_acts
from jingban.processes.predicates import FACTS
from jingban.workdays.service import calendar
from tests.builders import MONDAY
from tests.houses import EXPERTS, MONTHLY, PAYMENT, STANDARD, TIP_OFF, TRANSFER, House

AID = ("luanzhou", "agency", "medical-aid-reimbursement")
DESIGNATION = ("bazhou", "agency", "designate-institution")
TRACKS = ("xingtai", "agency", "transfer")
ENTRIES = [STANDARD, PAYMENT, TRANSFER, TIP_OFF, EXPERTS, MONTHLY, AID, DESIGNATION, TRACKS]
ROLES = (
    "window",
    "reviewer",
    "second-reviewer",
    "expert",
    "entry",
    "cashier",
    "fund-checker",
    "head",
    "informatics",
    "village",
    "township",
    "institution",
    "provider",
    "supervisor",
    "fund-supervision",
)


@dataclass
class Watched:
    """What was true of a case the last time, to hold what is true now against."""

    view: CaseView
    used: dict[str, tuple[date, int]] = field(default_factory=dict)
    keys: list[tuple[str, int, UUID, int]] = field(default_factory=list)


@pytest.mark.parametrize("entry", ENTRIES, ids=[f"{e[0]}-{e[2]}" for e in ENTRIES])
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_tried_the_case_stays_whole(
    house: House, entry: tuple[str, str, str], data: st.DataObject
) -> None:
    house.now = MONDAY
    watched = [_open(house, entry, data) for _ in range(2)]
    staff = [Actor(500 + n, "岗位", held=tuple(Held(r, entry[0], "") for r in ROLES)) for n in range(4)]
    for _ in range(data.draw(st.integers(5, 22))):
        house.later(hours=data.draw(st.integers(0, 30)))
        one = data.draw(st.sampled_from(watched))
        one.view = read(one.view.id)[0]
        _try(house, one, [*staff, house.applicant], data)
        for each in watched:
            _whole(house, each)


def _open(house: House, entry: tuple[str, str, str], data: st.DataObject) -> Watched:
    version = house.version(entry)
    process, facts = version.item.process, {}
    for name in version.item.facts_asked:
        if name != "channel" and FACTS[name].asked == "application":
            facts[name] = data.draw(st.sampled_from(sorted(FACTS[name].values)))
    if process.starts == "application":
        return Watched(house.apply(entry, facts=facts))
    application = actions.Application(facts=facts)
    return Watched(
        actions.start(
            version=version.id,
            process=process.process,
            application=application,
            key=None,
            now=house.now,
        )
    )


def _try(house: House, one: Watched, actors: list[Actor], data: st.DataObject) -> None:
    """Something that may or may not be possible; a refusal leaves everything as it was."""
    kind = data.draw(st.sampled_from(["act"] * 8 + ["any", "tick", "tell", "again"]))
    before, events = read(one.view.id)[0], CaseEvent.objects.filter(case=one.view.id).count()
    due = before.state.next_due()
    try:
        if kind == "tick":
            house.later(days=data.draw(st.integers(0, 60)))
            tick(now=house.now)
        elif kind == "tell":
            _tell(house, one, data)
        elif kind == "again" and one.keys:
            act, actor, key, seen = data.draw(st.sampled_from(one.keys))
            who = next(a for a in actors if a.id == actor)
            again = house.act(one.view, act, actor=who, key=key, seen=seen)
            assert again.seq == before.seq, "the same submission again does nothing"
        else:
            _act(house, one, actors, data, anything=kind == "any")
    except DomainError:
        if due is None or due > house.now:
            assert read(one.view.id)[0] == before, "a refusal writes nothing"
            assert CaseEvent.objects.filter(case=one.view.id).count() == events


def _act(house: House, one: Watched, actors: list[Actor], data: st.DataObject, *, anything: bool) -> None:
    possible = sorted(allowed_acts(house.procedure(one.view), one.view.state))
    if anything or not possible:
        possible = [
            "accept",
            "approve",
            "withdraw",
            "vote",
            "object",
            "receive",
            "after",
            "correct",
            "archive",
        ]
    act, actor, key = data.draw(st.sampled_from(possible)), data.draw(st.sampled_from(actors)), uuid4()
    carried: dict[str, Any] = (
        {"vote": data.draw(st.sampled_from(["yes", "no", None]))} if act == "vote" else {}
    )
    carried |= _stated(house, one, act, data)
    seen = one.view.seq if data.draw(st.integers(0, 9)) else data.draw(st.integers(0, 9))
    house.act(one.view, act, actor=actor, key=key, seen=seen, **carried)
    one.keys.append((act, actor.id, key, seen))


def _stated(house: House, one: Watched, act: str, data: st.DataObject) -> dict[str, Any]:
    """Facts and lists drawn anew, so that every fork and every shortage is tried."""
    stated: dict[str, Any] = {}
    for need, value in house.data(one.view, act).items():
        if need in FACTS:
            stated[need] = data.draw(st.sampled_from(sorted(FACTS[need].values)))
        elif isinstance(value, list) and value:
            stated[need] = (
                data.draw(st.lists(st.sampled_from(value), unique=True))
                if data.draw(st.booleans())
                else value
            )
    return stated


def _tell(house: House, one: Watched, data: st.DataObject) -> None:
    step = house.procedure(one.view).process.steps.get(one.view.step)
    waits = step.receives if step else None
    message = data.draw(st.sampled_from(list(waits.messages) if waits else ["payment-result"]))
    result = data.draw(st.sampled_from([*waits.ways, "nonsense"] if waits else ["paid"]))
    house.tell(one.view, message, result)


def _whole(house: House, one: Watched) -> None:
    before, view = one.view, read(one.view.id)[0]
    assert list(case_faults(view.id)) == []
    assert view.seq >= before.seq
    events = CaseEvent.objects.filter(case=view.id)
    assert events.count() == view.seq, "the version is the number of events"
    assert (view.outcome is None) == (view.step in house.procedure(view).process.steps)
    row = Case.objects.get(pk=view.id)
    assert (row.seq, row.step, row.outcome, row.timer_at) == (
        view.seq,
        view.step,
        view.outcome,
        view.state.next_due(),
    )
    restarts = events.filter(seq__gt=before.seq, data__needs__has_key="brought_materials").exists()
    today = house.now.date()
    for name, clock in view.state.clocks.items():
        assert clock.due_on is None or clock.due_on >= clock.started_on, name
        used = clock.used(calendar(), today)
        started, once = one.used.get(name, (clock.started_on, 0))
        if started == clock.started_on:
            assert used >= once, f"{name} runs backwards"
        else:
            assert clock.started_on >= started
            assert name != "statutory" or restarts, "only a completed file restarts the law's clock"
        one.used[name] = (clock.started_on, used)
    assert view.applicant_id == before.applicant_id
    one.view = view


def test_the_roles_tried_are_those_there_are() -> None:
    from jingban.rulebook.cache import effective_item

    for entry in ENTRIES:
        by = {role for step in effective_item(*entry).process.steps.values() for role in step.by}
        assert by <= {
            *ROLES,
            *OWNER_ROLES,
            "system",
            "public",
            "other-agency",
            "fiscal",
            "civil-affairs",
            "tax",
        }
