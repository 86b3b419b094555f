"""Who puts payments together, who approves them, up to which amount; and what the database itself refuses."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from jingban.access.errors import NotAllowed
from jingban.cases.view import read
from jingban.core.money import to_fen
from jingban.funds import limits, payments
from jingban.funds import service as funds
from jingban.funds.models import Attempt, Batch, Payable, Payment, PaymentPart
from jingban.funds.resealing import reseal_funds
from jingban.rulebook.figures import figures
from tests.funds.scene import REGION, Room, balance, books_hold, ids, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

PARTS = {"employee": 50_000}


def test_no_hand_twice(room: Room) -> None:
    view = room.prepared(PARTS)
    batch = room.batch(view)
    reviewer = next(pk for pk in read(view.id)[0].state.actors["review"])
    for number, match in ((9051, "您组成或复核"), (reviewer, "您经办过的办件")):
        with pytest.raises(funds.SamePerson, match=match):
            funds.approve_batch(batch.pk, actor=staff(number, "fund-checker", "head"), now=room.now)
    with pytest.raises(NotAllowed):
        funds.approve_batch(batch.pk, actor=room.head, now=room.now)
    batch = funds.approve_batch(batch.pk, actor=room.checker, now=room.now)
    assert (batch.state, batch.checked_by, batch.headed_by) == ("approved", 9052, None)
    again = funds.approve_batch(batch.pk, actor=room.checker, now=room.now)
    assert again.checked_at == batch.checked_at


def test_who_prepared_a_payment_does_not_approve_its_batch(room: Room) -> None:
    view = room.approved(PARTS)
    room.house.act(view, "pay", actor=staff(9060, "cashier"))
    batch = room.batch(view)
    with pytest.raises(funds.SamePerson, match="您提出的付款"):
        funds.approve_batch(batch.pk, actor=staff(9060, "fund-checker"), now=room.now)


@pytest.mark.parametrize("over", [0, 1])
def test_above_the_limit_the_head_approves_too(room: Room, over: int) -> None:
    limit = to_fen(figures(REGION)[limits.SINGLE].at(date(2026, 3, 2)))
    view = room.prepared({"employee": limit + over})
    batch = funds.approve_batch(room.batch(view).pk, actor=room.checker, now=room.now)
    assert (batch.needs_head, batch.state) == (bool(over), "checked" if over else "approved")
    if not over:
        return
    assert Payment.objects.get().state == Attempt.PREPARED
    with pytest.raises(funds.BatchWrong, match="待负责人审批"):
        room.send(batch)
    with pytest.raises(NotAllowed):
        funds.approve_batch(batch.pk, actor=staff(9058, "fund-checker"), now=room.now)
    batch = funds.approve_batch(batch.pk, actor=room.head, now=room.now)
    assert (batch.state, batch.headed_by, Payment.objects.get().state) == ("approved", 9053, "approved")


def test_the_limit_of_a_batch_counts_its_sum() -> None:
    day, small = date(2026, 3, 2), 100
    total = to_fen(figures(REGION)[limits.BATCH].at(day))
    assert not limits.needs_head(REGION, largest_fen=small, total_fen=total, day=day)
    assert limits.needs_head(REGION, largest_fen=small, total_fen=total + 1, day=day)


def test_only_the_office_and_the_roles(room: Room) -> None:
    view = room.prepared(PARTS)
    for actor in (room.checker, staff(9051, "cashier", region="puyang"), staff(9061)):
        with pytest.raises(NotAllowed):
            funds.make_batch(region=view.region, office=view.office, actor=actor, now=room.now)
    with pytest.raises(funds.BatchWrong, match="没有待组批"):
        funds.make_batch(region=view.region, office="elsewhere", actor=room.cashier, now=room.now)
    batch = room.batch(view)
    with pytest.raises(funds.BatchWrong):
        room.batch(view, payments=[Payment.objects.get().pk])
    with pytest.raises(funds.BatchWrong, match="没有待组批"):
        room.batch(view)
    with pytest.raises(NotAllowed):
        funds.send_batch(batch.pk, actor=room.checker, now=room.now)


def test_a_dissolved_batch_gives_its_payments_back(room: Room) -> None:
    view = room.prepared(PARTS)
    first = room.approve(room.batch(view))
    funds.dissolve_batch(first.pk, reason="日期有误", actor=room.checker, now=room.now)
    funds.dissolve_batch(first.pk, reason="日期有误", actor=room.checker, now=room.now)
    assert Payment.objects.get().state == Attempt.PREPARED
    with pytest.raises(funds.BatchWrong, match="已撤销"):
        room.send(first)
    second = room.approve(room.batch(view))
    assert second.number != first.number
    books_hold()


def test_what_the_checker_takes_out_goes_back_to_its_case(room: Room) -> None:
    kept, out = room.prepared(PARTS), room.prepared(PARTS)
    batch = room.batch(kept)
    payment = Payment.objects.get(case=out.id)
    with pytest.raises(funds.SamePerson):
        funds.drop_payment(payment.pk, reason="账号可疑", actor=staff(9051, "fund-checker"), now=room.now)
    funds.drop_payment(payment.pk, reason="账号可疑", actor=room.checker, now=room.now)
    funds.drop_payment(payment.pk, reason="账号可疑", actor=room.checker, now=room.now)
    batch.refresh_from_db()
    assert (batch.count, batch.total_fen) == (1, 50_000)
    assert (read(out.id)[0].step, read(kept.id)[0].step) == ("fix-account", "await-bank")
    assert balance("fund:employee:payable") == 100_000, "it is owed all the same"
    view = room.house.act(read(out.id)[0], "fix")
    room.house.act(view, "pay", actor=room.cashier)
    assert Payment.objects.get(case=out.id, state="prepared").attempt == 2
    room.approve(batch)
    with pytest.raises(funds.BatchWrong, match="已批准的先撤销"):
        funds.drop_payment(Payment.objects.get(case=kept.id).pk, reason="x", actor=room.checker, now=room.now)
    books_hold()


def test_sending_twice_is_sending_once(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    batch = room.approve(room.batch(view))
    first = room.send(batch, "pain.001")
    room.house.later(hours=1)
    again = room.send(batch, "csv")
    assert (again.pk, funds.file_content(again)) == (first.pk, funds.file_content(first))
    assert balance("fund:employee:transit") == 50_000


def test_serials_have_no_gap_and_batches_their_own_numbers(room: Room) -> None:
    room.own_account()
    room.money({"employee": 500_000, "serious": 20_000})
    views = [room.prepared({"employee": 10_000, "serious": 1_000}), room.prepared(PARTS)]
    one = room.sent(views[0])
    two = room.sent(room.prepared(PARTS))
    assert ids(one) == [f"{one.number}{n:06d}" for n in (1, 2)]
    assert one.number != two.number
    serials = PaymentPart.objects.order_by("pk").values_list("fund", "year", "serial")
    assert sorted(serials) == [
        ("employee", 2026, 1),
        ("employee", 2026, 2),
        ("employee", 2026, 3),
        ("serious", 2026, 1),
    ]
    PaymentPart.objects.filter(serial=2).update(serial=9)
    assert any("流水号有缺号" in fault for fault in funds.faults())


def test_the_payee_is_sealed(room: Room) -> None:
    room.prepared(PARTS)
    row = Payment.objects.get()
    assert b"6222" not in bytes(row.payee)
    Payment.objects.update(attempt=7)
    row.refresh_from_db()
    with pytest.raises(Exception, match="加密的内容被改动过"):
        funds.payee_of(row)


def test_keys_change_and_all_opens_still(room: Room, settings: Any) -> None:
    room.own_account()
    room.money(PARTS)
    batch = room.sent(room.prepared(PARTS))
    room.returned({ids(batch)[0]: "处理中"})
    old = settings.JINGBAN_KEYS
    new = {"algorithm": "aes-256-gcm", "key": base64.b64encode(b"n" * 32).decode()}
    settings.JINGBAN_KEYS = {**old, "current": 2, "keys": {**old["keys"], "2": new}}
    assert reseal_funds() == 5  # with both own accounts
    assert reseal_funds() == 0
    settings.JINGBAN_KEYS = {**old, "current": 2, "keys": {"2": new}}
    assert funds.payee_of(Payment.objects.get()).account == "6222000000000001"
    assert funds.faults() == []


def _refused(change: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_the_database_refuses_what_must_not_be(room: Room) -> None:
    room.own_account()
    room.money({"employee": 200_000})
    view = room.prepared(PARTS)
    row = Payment.objects.get()
    copy = {f.attname: getattr(row, f.attname) for f in Payment._meta.fields if f.attname != "id"}
    _refused(lambda: Payment.objects.create(**{**copy, "attempt": 2}))  # a second live payment of the subject
    _refused(lambda: Payment.objects.create(**{**copy, "state": "cancelled"}))  # the same attempt
    _refused(lambda: Payment.objects.update(state="sent"))  # never without batch and number
    _refused(lambda: Payment.objects.update(amount_fen=-1))
    _refused(lambda: Payment.objects.update(is_restored=True))
    payable = Payable.objects.get()
    twin = {f.attname: getattr(payable, f.attname) for f in Payable._meta.fields if f.attname != "id"}
    _refused(lambda: Payable.objects.create(**{**twin, "turn": 2}))  # owed twice
    batch = room.batch(view)
    _refused(lambda: Batch.objects.update(state="approved"))  # nobody checked
    _refused(lambda: Batch.objects.update(checked_by=9051))  # the maker
    _refused(
        lambda: Batch.objects.update(checked_by=9052, headed_by=9052, state="approved")
    )  # one person twice
    room.approve(batch)
    room.send(batch)
    part = PaymentPart.objects.get()
    other = room.prepared(PARTS)
    _refused(
        lambda: PaymentPart.objects.filter(payment__case=other.id).update(year=part.year, serial=part.serial)
    )
    room.returned({ids(batch)[0]: "成功"})
    with pytest.raises(IntegrityError), transaction.atomic():  # paid counts as live: never again
        Payment.objects.create(**{**copy, "attempt": 2, "batch_id": None})
    with pytest.raises(funds.UnderWay, match="已付"):
        payments.attempt(payable, funds.payee_of(row), actor=1, now=room.now)
