"""What time does by itself: once, in order, dated to the instant it was due, and never all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from jingban.cases.actions import fired
from jingban.cases.errors import StaleVersion
from jingban.cases.models import Case, CaseEvent
from jingban.cases.tick import tick
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView
from jingban.cases.work import Work
from jingban.processes.effects import Effect
from tests.builders import at
from tests.houses import EXPERTS, House, staff

LiveEffect = Callable[[str, Effect], None]


def _events(view: CaseView) -> list[tuple[str, datetime]]:
    return list(CaseEvent.objects.filter(case=view.id, actor=0).values_list("act", "at").order_by("seq"))


def _due(view: CaseView) -> datetime:
    due = view.state.next_due()
    assert due is not None
    return due


def test_what_is_due_fires_once_and_is_dated_to_its_instant(house: House) -> None:
    view = house.act(house.apply(), "notify")
    due = _due(view)
    assert due == at("2026-03-24 00:00")
    assert tick(now=due - timedelta(microseconds=1)).fired == 0
    late = due + timedelta(hours=7)
    assert (tick(now=late).fired, tick(now=late).fired, tick(now=late + timedelta(days=9)).fired) == (1, 0, 0)
    after = house.fresh(view)
    assert (after.outcome, _events(view)) == ("lapsed", [("after", due)])
    assert Case.objects.get(pk=view.id).timer_at is None
    assert {str(c.ended_on) for c in after.state.clocks.values()} == {"2026-03-23"}
    assert list(case_faults(view.id)) == []


def test_after_long_downtime_everything_fires_in_order(house: House) -> None:
    view = house.act(house.apply(), "promise", owed_due="2026-03-05")
    view = house.act(view, "notify")
    other = house.act(house.apply(), "notify")
    assert _due(view) == at("2026-03-06 00:00")
    assert tick(now=at("2027-01-04 09:00"), batch=1).fired == 3
    assert _events(view) == [("owed-lapsed", at("2026-03-06 00:00")), ("after", at("2026-03-24 00:00"))]
    assert _events(other) == [("after", at("2026-03-24 00:00"))]
    assert [list(case_faults(v.id)) for v in (view, other)] == [[], []]


def test_a_quiet_notice_takes_effect(house: House) -> None:
    view = house.act(house.apply(EXPERTS), "accept")
    for number in (901, 902, 903):
        view = house.act(view, "vote", actor=staff(number, "expert", region="luanzhou"), vote="yes")
    view = house.act(view, "enter")
    due = _due(view)
    assert tick(now=due).fired == 1
    assert _events(view) == [("quiet", due), ("grant", due)]
    assert house.fresh(view).outcome == "granted"


def test_what_was_due_comes_before_whoever_comes_later(house: House) -> None:
    """The outcome does not hang on when the last tick ran."""
    view = house.act(house.apply(), "notify")
    due = _due(view)
    house.now = due + timedelta(minutes=1)
    with pytest.raises(StaleVersion):
        house.act(view, "resubmit")
    assert (house.fresh(view).outcome, _events(view)) == ("lapsed", [("after", due)])
    assert tick(now=house.now).fired == 0


def test_an_objection_after_the_notice_comes_too_late(house: House) -> None:
    view = house.act(house.apply(EXPERTS), "accept")
    for number in (901, 902, 903):
        view = house.act(view, "vote", actor=staff(number, "expert", region="luanzhou"), vote="yes")
    view = house.act(view, "enter")
    house.now = _due(view)
    with pytest.raises(StaleVersion):
        house.act(view, "object", actor=staff(4711))
    assert house.fresh(view).outcome == "granted"


def test_one_case_that_cannot_be_fired_holds_up_no_other(house: House, live_effect: LiveEffect) -> None:
    def fails(work: Work) -> None:
        if work.case_id == bad.id:
            raise KeyError("a register that is down")

    bad, good = house.apply(EXPERTS), house.apply(EXPERTS)
    view = bad
    for view in (bad, good):
        view = house.act(view, "accept")
        for number in (901, 902, 903):
            view = house.act(view, "vote", actor=staff(number, "expert", region="luanzhou"), vote="yes")
        view = house.act(view, "enter")
    live_effect(house.version(EXPERTS).item.effects[0], fails)
    done = tick(now=_due(view), batch=1)
    assert (done.fired, done.failed) == (1, 1)
    assert (house.fresh(bad).step, house.fresh(good).outcome) == ("notice", "granted")
    assert _events(bad) == []


def test_a_case_somebody_is_at_is_left_for_the_next_tick(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = house.act(house.apply(), "notify")
    calls = []

    def busy(**kwargs: Any) -> None:
        calls.append(kwargs)
        raise StaleVersion(seen=1, now=None)

    monkeypatch.setattr("jingban.cases.tick.fired", busy)
    assert tick(now=_due(view)).fired == 0
    assert len(calls) == 1, "no busy loop"
    monkeypatch.undo()
    assert tick(now=_due(view)).fired == 1


def test_nothing_fires_before_its_time_even_when_asked(house: House) -> None:
    view = house.act(house.apply(), "notify")
    with pytest.raises(Exception, match="不能"):
        fired(view=view, act="after", at=_due(view) - timedelta(seconds=1))
    assert house.fresh(view) == view
