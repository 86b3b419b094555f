"""Many cases at once, cases that the end of a month opens, limits that a new year's notice settles."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from jingban.cases import procedures, tick
from jingban.cases.batch import act_many
from jingban.cases.keys import reseal_payloads
from jingban.cases.models import Case, CaseEvent, CasePayload
from jingban.cases.months import MonthNotOver, close_month
from jingban.cases.sealed import opened_field
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView
from jingban.core.crypto import new_setting
from jingban.core.paths import rulebook_root
from jingban.workdays.service import WorkCalendar, load_calendar
from tests.builders import at
from tests.houses import ANSWERS, MONTHLY, NAME, House, staff

LEDGER = ("luanzhou", "agency", "manual-reimbursement")
BATCH_ACT = "approve"


def _under_review(house: House, count: int) -> list[CaseView]:
    return [house.act(house.apply(LEDGER), "accept") for _ in range(count)]


def test_a_batch_is_an_event_in_each_case_under_one_reference(house: House) -> None:
    views, reviewer = _under_review(house, 3), staff(77, "reviewer", region=LEDGER[0])
    key = uuid4()
    cases = [(v.id, v.seq) for v in views]
    data = house.data(views[0], BATCH_ACT)
    lines = act_many(cases=cases, name=BATCH_ACT, data=data, actor=reviewer, key=key, now=house.now)
    assert [line.error for line in lines] == [None] * 3
    events = CaseEvent.objects.filter(act=BATCH_ACT)
    assert {event.data["batch"] for event in events} == {key.hex}
    assert [list(case_faults(v.id)) for v in views] == [[], [], []]


def test_a_batch_sent_again_does_nothing_twice_and_says_what_failed(house: House) -> None:
    views, reviewer = _under_review(house, 2), staff(77, "reviewer", region=LEDGER[0])
    key, data = uuid4(), house.data(views[0], BATCH_ACT)
    stale = [(views[0].id, views[0].seq), (views[1].id, views[1].seq - 1)]
    first = act_many(cases=stale, name=BATCH_ACT, data=data, actor=reviewer, key=key, now=house.now)
    assert [line.error is None for line in first] == [True, False]
    again = act_many(
        cases=[(v.id, v.seq) for v in views],
        name=BATCH_ACT,
        data=data,
        actor=reviewer,
        key=key,
        now=house.now,
    )
    assert [line.error for line in again] == [None, None]
    assert CaseEvent.objects.filter(act=BATCH_ACT).count() == 2


def test_an_act_that_is_not_for_batches_is_refused_line_by_line(house: House) -> None:
    view = house.apply(LEDGER)
    window = staff(76, "window", region=LEDGER[0])
    (line,) = act_many(
        cases=[(view.id, view.seq)],
        name="accept",
        data=house.data(view, "accept"),
        actor=window,
        key=uuid4(),
        now=house.now,
    )
    assert line.error is not None
    assert line.error.code == "not_in_batch"
    assert house.fresh(view).seq == view.seq


def test_a_closed_month_opens_its_cases_once(house: House) -> None:
    house.version(MONTHLY)
    house.version(LEDGER)
    opened = close_month(month=date(2026, 2, 1), now=house.now)
    assert [view.item for view in opened] == [MONTHLY[2]]
    assert close_month(month=date(2026, 2, 1), now=house.now)[0].id == opened[0].id
    assert Case.objects.count() == 1


def test_a_month_that_is_not_over_is_not_closed(house: House) -> None:
    with pytest.raises(MonthNotOver, match="还没有结束"):
        close_month(month=house.now.date().replace(day=1), now=house.now)


def _calendar_with_2027(folder: Path) -> WorkCalendar:
    """The published years and an invented notice: 4 January 2027, a Monday, is off."""
    for file in (rulebook_root() / "national" / "calendar").glob("*.yaml"):
        if file.stem != "2027":
            shutil.copy(file, folder)
    (folder / "2027.yaml").write_text(
        'year: 2027\nnotice: {title: 假设的通知, number: null, checked_on: "2026-11-22"}\n'
        'holidays: [{name: 元旦, days: ["2027-01-01", "2027-01-04"]}]\nworkdays: []\n',
        encoding="utf-8",
    )
    return load_calendar(folder)


def test_limits_into_an_unpublished_year_are_worked_out_again(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house.now = at("2026-12-21 09:00")
    view = house.act(house.apply(LEDGER), "accept")
    before = view.state.clocks["promise"]
    assert before.provisional
    assert tick.recompute(now=house.now) == 0
    published = _calendar_with_2027(tmp_path)
    monkeypatch.setattr(procedures, "calendar", lambda: published)
    procedures.procedure_of.cache_clear()
    assert tick.recompute(now=house.now) == 1
    after = house.fresh(view).state.clocks["promise"]
    assert not after.provisional
    assert before.due_on is not None
    assert after.due_on == published.next_working(before.due_on)
    assert list(case_faults(view.id)) == []


def test_after_a_new_key_old_payloads_are_sealed_again(house: House, settings: object) -> None:
    view = house.apply(LEDGER)
    old = settings.JINGBAN_KEYS  # type: ignore[attr-defined]
    fresh = new_setting("sm4-gcm")
    settings.JINGBAN_KEYS = {**old, "current": 2, "keys": {**old["keys"], "2": fresh["keys"]["1"]}}  # type: ignore[attr-defined]
    assert reseal_payloads() == 1
    assert reseal_payloads() == 0
    settings.JINGBAN_KEYS = {**old, "current": 2, "keys": {"2": fresh["keys"]["1"]}}  # type: ignore[attr-defined]
    body = CasePayload.objects.get(case_id=view.id).body
    assert opened_field(view.number, 1, "name", body["name"]) == NAME == ANSWERS["person"]["name"]
    assert list(case_faults(view.id)) == []
