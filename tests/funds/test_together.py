"""Cases moved together are the cases moved one by one: the same events, chains, messages and refusals."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from jingban.access.models import Grant, User
from jingban.audit.models import Entry
from jingban.cases import actions, together
from jingban.cases.errors import CaseNotFound, StaleVersion
from jingban.cases.models import Case, CaseEvent, Message
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView, read
from jingban.funds import service as funds
from jingban.funds.models import Payment
from jingban.registry.models import Identity
from jingban.registry.sealing import number_digest
from tests.funds.scene import Room, books_hold, ids, staff
from tests.portals.conftest import signed_in
from tests.registry.factories import new_number

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

PARTS = {"employee": 10_000}


def paid(room: Room, views: list[CaseView], **rest: Any) -> list[Any]:
    listed = [(view.id, view.seq) for view in views]
    return funds.pay_many(cases=listed, **{"actor": room.cashier, "key": uuid4(), "now": room.now, **rest})


def written(case: int) -> tuple[Any, ...]:
    """What the last act left of a case, without what is its own."""
    row = Case.objects.get(pk=case)
    event = CaseEvent.objects.filter(case=case).order_by("-seq").first()
    assert event is not None
    data = {name: value for name, value in event.data.items() if name != "batch"}
    sent = list(Message.objects.filter(case=case).order_by("pk").values_list("seq", "name", "created_at"))
    fold = (row.seq, row.step, row.outcome, row.role, row.due_on, row.timer_at)
    return fold, (event.act, event.actor, event.at, event.from_step, event.to_step, data), sent


def test_they_leave_what_each_alone_leaves(room: Room) -> None:
    room.own_account()
    room.money({"employee": 40_000})
    views = [room.approved(PARTS) for _ in range(4)]
    actions.act(
        case_id=views[0].id, act="pay", actor=room.cashier, seen=views[0].seq, key=uuid4(), now=room.now, batch="x"
    )  # fmt: skip
    lines = paid(room, views[1:])
    assert [line.view for line in lines] == [read(view.id)[0] for view in views[1:]]
    assert all(written(view.id) == written(views[0].id) for view in views[1:])
    assert written(views[0].id)[2], "a payment order was sent"
    batch = room.sent(views[0])
    actions.told(
        case_id=views[0].id, message="payment-result", result="paid", key=uuid4(), now=room.now, actor=room.cashier
    )  # fmt: skip
    room.returned(dict.fromkeys(ids(batch)[1:], "成功"))
    assert all(written(view.id) == written(views[0].id) for view in views[1:])
    assert written(views[0].id)[0][2] == "granted"
    assert [fault for view in views for fault in case_faults(view.id)] == []
    books_hold()


def test_what_was_done_under_its_key_is_not_done_again(room: Room) -> None:
    views, key = [room.approved(PARTS) for _ in range(2)], uuid4()
    paid(room, views[:1], key=key)
    lines = paid(room, views, key=key)
    assert [line.error for line in lines] == [None, None]
    assert [line.view.seq for line in lines] == [view.seq + 1 for view in views]
    assert Payment.objects.count() == 2


def test_where_one_moved_meanwhile_none_is_written(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    views = [room.approved(PARTS) for _ in range(2)]
    real = together.store_steps

    def late(steps: Any) -> None:
        monkeypatch.undo()
        room.house.act(views[1], "pay", actor=room.cashier)
        real(steps)

    monkeypatch.setattr(together, "store_steps", late)
    cases = {view.id: (view.seq, uuid4()) for view in views}
    with pytest.raises(StaleVersion), transaction.atomic():
        together.act_together(cases=cases, act="pay", actor=room.cashier, now=room.now, batch="x")
    assert read(views[0].id)[0] == views[0]


def test_refusals_are_those_of_each_alone(room: Room) -> None:
    """Who may not, may not in a list; it is written down, once."""
    view = room.approved(PARTS)
    (line,) = paid(room, [view], actor=room.checker)
    assert line.error is not None
    assert "岗位不能办理" in line.error.message
    assert Entry.objects.using("audit").filter(kind="refused", subject=f"case:{view.number}").count() == 1
    both = staff(
        CaseEvent.objects.filter(case=view.id, act="approve").values_list("actor", flat=True)[0], "cashier"
    )
    (line,) = paid(room, [view], actor=both)
    assert line.error is not None
    assert line.error.code == "maker_is_checker"
    with pytest.raises(CaseNotFound):
        together.act_together(cases={0: (1, uuid4())}, act="pay", actor=room.cashier, now=room.now, batch="x")
    assert read(view.id)[0].step == "pay"


def test_nobody_pays_the_own_case_in_a_list(room: Room) -> None:
    """What a rule reads of whoever acts is read once, what it reads of the case each time."""
    user = User.objects.create_user("cashier-9", name="c")
    Identity.objects.create(
        user=user, digest=number_digest("01", new_number(2)), name="c", source="t", bound_at=room.now
    )
    views = [room.approved(PARTS) for _ in range(3)]
    lines = paid(room, views, actor=staff(user.pk, "cashier"))
    assert [line.error.code if line.error else None for line in lines] == [None, "conflict_of_interest", None]


def test_a_list_costs_few_statements(room: Room) -> None:
    """Read and written together: nearly what one costs, whatever their number."""
    room.own_account()
    room.money({"employee": 120_000})
    views = [room.approved(PARTS) for _ in range(12)]
    with CaptureQueriesContext(connection) as few:
        paid(room, views[:2])
    with CaptureQueriesContext(connection) as many:
        paid(room, views[2:])
    assert len(many) - len(few) <= (0 if connection.vendor == "postgresql" else 2 * 8)
    numbers = ids(room.sent(views[0]))
    with CaptureQueriesContext(connection) as few:
        room.returned(dict.fromkeys(numbers[:2], "成功"))
    with CaptureQueriesContext(connection) as many:
        room.returned(dict.fromkeys(numbers[2:], "成功"))
    assert len(many) - len(few) <= 8 + (0 if connection.vendor == "postgresql" else 2 * 8)


def test_the_cashier_pays_a_list_at_the_desk(room: Room) -> None:
    views = [room.approved(PARTS) for _ in range(3)]
    user = User.objects.create_user("cashier-desk", name="出纳")
    Grant.objects.create(user=user, region=room.region, role="cashier", office="", start_on="2026-01-01")
    client = signed_in(user)
    page = client.get("/desk/batch/").content.decode()
    assert all(view.number in page for view in views)
    act = page.partition('name="act" value="')[2].partition('"')[0]
    seen = [f"{view.number}.{view.seq}" for view in views]
    for _ in range(2):  # the same form twice
        done = client.post("/desk/batch/", {"act": act, "key": "k", "case": seen}).content.decode()
        assert "3件都已办理" in done
    assert {read(view.id)[0].step for view in views} == {"await-bank"}
    assert Payment.objects.filter(state="prepared").count() == 3
