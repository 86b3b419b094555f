"""The check finds whatever is done to a case behind its back, and the anchors what is done to its row as well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from jingban.cases.chain import link_hash
from jingban.cases.history import as_event
from jingban.cases.models import Anchor, Case, CaseEvent
from jingban.cases.procedures import procedure_of
from jingban.cases.store import due_of
from jingban.cases.tick import tick
from jingban.cases.verify import _link, anchor, anchor_faults, case_faults, events_of, faults
from jingban.cases.view import CaseView
from jingban.processes.state import replay, state_to_data
from tests.builders import at
from tests.houses import House


@pytest.fixture
def case(house: House) -> CaseView:
    view = house.apply()
    for act in ("accept", "return", "accept", "approve"):
        house.later(hours=1)
        view = house.act(view, act)
    assert list(faults()) == []
    return view


def _change(pk: int, seq: int, **values: object) -> None:
    assert CaseEvent.objects.filter(case=pk, seq=seq).update(**values) == 1


def _delete(pk: int, *seqs: int) -> None:
    with connection.cursor() as cursor:
        for seq in seqs:
            cursor.execute("DELETE FROM cases_caseevent WHERE case_id = %s AND seq = %s", [pk, seq])


FORGERIES: list[tuple[str, Callable[[int], object]]] = [
    ("changed data", lambda pk: _change(pk, 2, data={"needs": {"checklist": []}})),
    ("changed actor", lambda pk: _change(pk, 2, actor=1)),
    ("changed instant", lambda pk: _change(pk, 3, at=at("2026-03-02 09:00"))),
    ("changed act", lambda pk: _change(pk, 4, act="decline")),
    ("changed last event", lambda pk: _change(pk, 5, behalf=9)),
    ("changed hash", lambda pk: _change(pk, 3, before=b"x" * 32)),
    ("removed the first event", lambda pk: _delete(pk, 1)),
    ("removed a middle event", lambda pk: _delete(pk, 3)),
    ("cut the tail", lambda pk: _delete(pk, 5)),
    ("removed all events", lambda pk: _delete(pk, 1, 2, 3, 4, 5)),
    ("another number", lambda pk: Case.objects.filter(pk=pk).update(number="410900-1-1")),
    ("another outcome", lambda pk: Case.objects.filter(pk=pk).update(outcome="refused")),
    ("another step", lambda pk: Case.objects.filter(pk=pk).update(step="review", outcome=None)),
    ("a later due day", lambda pk: Case.objects.filter(pk=pk).update(due_on="2027-01-01")),
    ("another queue", lambda pk: Case.objects.filter(pk=pk).update(role="head")),
    ("a timer", lambda pk: Case.objects.filter(pk=pk).update(timer_at=at("2030-01-01 00:00"))),
    ("another fold", lambda pk: Case.objects.filter(pk=pk).update(state={})),
]


@pytest.mark.parametrize(("forgery", "forge"), FORGERIES, ids=[name for name, _ in FORGERIES])
def test_a_forgery_is_found(case: CaseView, forgery: str, forge: Callable[[int], object]) -> None:
    forge(case.id)
    found = list(case_faults(case.id))
    assert found, forgery
    assert all("办件" in text for text in found)


def _rewind(case: CaseView, *, last: int) -> None:
    """What a forger with the whole database does: cut the tail and set the row back to fit."""
    _delete(case.id, *range(last + 1, case.seq + 1))
    _refit(case)


def _refit(case: CaseView) -> None:
    rows = events_of(case.id)
    process = procedure_of(case.version_id, case.process, case.opened_at.date()).process
    state = replay(process, [as_event(row) for row in rows])
    step = process.steps.get(state.step)
    Case.objects.filter(pk=case.id).update(
        seq=state.seq,
        step=state.step,
        outcome=state.outcome,
        state=state_to_data(state),
        due_on=due_of(state),
        role=step.by[0] if step else "",
        timer_at=state.next_due(),
        last_hash=link_hash(bytes(rows[-1].before), _link(case.number, rows[-1])),
    )


def test_a_tail_cut_together_with_its_row_breaks_the_anchor(case: CaseView) -> None:
    made = anchor(now=at("2026-03-02 18:00"))
    assert made is not None
    assert (made.events, made.until) == (5, at("2026-03-02 17:50"))
    _rewind(case, last=3)
    assert list(case_faults(case.id)) == []
    assert ["存证锚点" in text for text in faults()] == [True]


def test_a_last_event_rewritten_together_with_its_row_breaks_the_anchor(case: CaseView) -> None:
    anchor(now=at("2026-03-02 18:00"))
    _change(case.id, 5, actor=4711)
    _refit(case)
    assert list(case_faults(case.id)) == []
    assert len(list(anchor_faults())) == 1


def test_a_case_removed_whole_breaks_the_anchor(case: CaseView) -> None:
    anchor(now=at("2026-03-02 18:00"))
    _delete(case.id, 1, 2, 3, 4, 5)
    with connection.cursor() as cursor:
        for table in ("casepayload", "casefind"):
            cursor.execute(f"DELETE FROM cases_{table} WHERE case_id = %s", [case.id])
        cursor.execute("DELETE FROM cases_case WHERE id = %s", [case.id])
    assert len(list(faults())) == 1


def test_anchors_follow_one_another_and_hold(house: House, case: CaseView) -> None:
    assert anchor(now=at("2026-03-02 18:00")) is not None
    assert anchor(now=at("2026-03-02 18:00")) is None, "nothing new"
    assert anchor(now=at("2026-03-02 19:00")) is None, "nothing happened, nothing to seal"
    house.now = at("2026-03-03 09:00")
    house.apply()
    assert anchor(now=at("2026-03-03 09:05")) is None, "the last minutes may still be written into"
    assert anchor(now=at("2026-03-03 10:00")) is not None
    assert list(faults()) == []
    Anchor.objects.order_by("until").first().delete()  # type: ignore[union-attr]
    assert len(list(anchor_faults())) == 1, "an anchor taken out breaks the next"


def test_what_fires_late_does_not_break_an_anchor(house: House, case: CaseView) -> None:
    """The timer stood still; the event is dated to its due instant, which no anchor may have passed."""
    view = house.act(house.apply(), "notify")
    due = view.state.timer
    assert due is not None
    house.now = due + timedelta(days=3)
    house.apply()
    made = anchor(now=house.now + timedelta(hours=1))
    assert made is not None
    assert made.until < due
    assert tick(now=house.now).fired == 1
    assert list(faults()) == []
    assert anchor(now=house.now + timedelta(hours=1)) is not None
    assert list(faults()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"region": "elsewhere"},
        {"office": "other"},
        {"applicant_id": None},
        {"channel": "post"},
        {"query_code": "A" * 9},
    ],
)
def test_what_a_case_is_stands_in_its_chain(case: CaseView, change: dict[str, object]) -> None:
    Case.objects.filter(pk=case.id).update(**change)
    assert list(case_faults(case.id))
