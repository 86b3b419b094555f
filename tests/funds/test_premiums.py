"""缴费补贴 by the procedure that pays (Q20): whoever had paid the whole premium gets back what medical aid takes over."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection

from jingban.benefits import service as benefits
from jingban.cases import actions
from jingban.cases.view import CaseView, read
from jingban.core.money import to_yuan
from jingban.funds import service as funds
from jingban.funds.models import FiscalRequest, Payable, Payment
from jingban.registry import enrolments, levies
from jingban.registry.models.enrolments import Kind
from tests.funds.scene import Room, balance, books_hold, ids
from tests.registry.factories import new_name, origin, person, who

pytestmark = [pytest.mark.django_db(databases=["default", "audit"]), pytest.mark.live_effects]
ENTRY = ("qinhuangdao", "agency", "premium-subsidy")
ACCOUNT = {"payee_name": new_name(1), "bank": "试验银行", "bank_account": "6222000000000001"}


@pytest.fixture
def there(room: Room) -> Room:
    return room.at(ENTRY[0])


def paid_whole() -> None:
    """Enrolled like anybody else for 2026, and the tax department has the 400.00."""
    mine = origin(ENTRY[0], date(2026, 1, 5))
    who_paid = person(mine, 1)
    enrolments.enrol_for_year(mine, who_paid, kind=Kind.ADULT, year=2026)
    levy = levies.issue_for_person(
        mine,
        who_paid,
        insurance="390",
        first=date(2026, 1, 5),
        last=date(2026, 12, 31),
        amount=to_yuan(40_000),
    )
    done = levies.confirmed(
        mine, levy.number, paid_on=mine.day, message="SW1", amount=to_yuan(levy.due_fen), signed=True
    )
    assert done.applied, done.answer


def accepted(room: Room) -> CaseView:
    said = {**who(1), "aid_category": "minimum-living", "insured_year": "2026"}
    return room.house.act(room.applied(ENTRY, **said), "accept", **ACCOUNT)


@pytest.mark.parametrize("wrong", ["400.00", "239.99", "0.00"])
def test_the_amount_is_what_was_paid_beyond_the_own_part(there: Room, wrong: str) -> None:
    paid_whole()
    view = accepted(there)
    assert there.house.procedure(view).process.steps["review"].do["approve"].needs == ("amount",), (
        "who decides names no account"
    )
    with pytest.raises(benefits.AmountDiffers, match=r"本人已缴400\.00元.*应补贴240\.00元.*请改为240\.00"):
        there.house.act(view, "approve", amount=wrong)
    assert read(view.id)[0].step == "review"
    assert not Payable.objects.exists()


def test_it_goes_by_the_bank_and_comes_back(there: Room) -> None:
    paid_whole()
    there.own_account()
    there.money({"aid": 24_000})
    view = there.house.act(accepted(there), "approve", amount="240.00")
    assert Payable.objects.get().parts == {"aid": 24_000}
    assert balance("fund:aid:payable", ENTRY[0]) == 24_000
    view = there.house.act(view, "pay", actor=there.cashier)
    (number,) = ids(there.sent(view))
    there.returned({number: "失败|户名不符"})
    view = there.house.act(read(view.id)[0], "fix", **ACCOUNT)
    view = there.house.act(view, "pay", actor=there.cashier)
    (number,) = ids(there.sent(view))
    there.returned({number: "成功"})
    assert read(view.id)[0].outcome == "granted"
    assert [row.amount_fen for row in Payment.objects.filter(state="paid")] == [24_000]
    assert balance("fund:aid:expenditure", ENTRY[0]) == 0
    books_hold()


def test_who_paid_the_own_part_only_gets_nothing_and_the_case_ends(there: Room) -> None:
    """The enrolment of the case levies the own part alone: there is nothing to pay back."""
    person(origin(ENTRY[0]), 1)
    view = accepted(there)
    with pytest.raises(benefits.AmountDiffers, match=r"本人已缴0\.00元.*请改为0\.00"):
        there.house.act(view, "approve", amount="240.00")
    view = there.house.act(view, "approve", amount="0.00")
    assert Payable.objects.get().total_fen == 0
    view = there.house.act(view, "pay", actor=there.cashier)
    assert not Payment.objects.filter(amount_fen__gt=0).exists()
    books_hold()


def test_what_was_refunded_is_not_refunded_again(there: Room) -> None:
    """A second application for the same year: the receipts are the same, the money was paid."""
    paid_whole()
    there.own_account()
    there.money({"aid": 48_000})
    first = there.house.act(accepted(there), "approve", amount="240.00")
    second = accepted(there)
    with pytest.raises(benefits.AmountDiffers, match=r"其他办件已经资助的240\.00元.*请改为0\.00"):
        there.house.act(second, "approve", amount="240.00")
    first = there.house.act(first, "pay", actor=there.cashier)
    there.returned({ids(there.sent(first))[0]: "成功"})
    second = there.house.act(read(second.id)[0], "approve", amount="0.00")
    there.house.act(second, "pay", actor=there.cashier)
    assert Payment.objects.exclude(case=first.id).get().amount_fen == 0
    books_hold()


def enrolled(room: Room, year: str = "2026") -> CaseView:
    """In a region that asks the fiscal authority: enrolled and flagged, at the cashier's step."""
    said = {**who(1), "aid_category": "minimum-living", "insured_year": year}
    view = room.house.act(room.applied(FISCAL, **said), "accept")
    return room.house.act(view, "enrol")


FISCAL = ("luanzhou", "agency", "premium-subsidy")


def test_a_subsidy_is_asked_for_once_a_person_and_year(room: Room) -> None:
    room = room.at(FISCAL[0])
    person(origin(FISCAL[0], date(2026, 1, 5)), 1)
    room.house.act(enrolled(room), "request", actor=room.cashier, amount="240.00")
    again = enrolled(room)
    with pytest.raises(benefits.AmountDiffers, match=r"其他办件已经资助的240\.00元.*请改为0\.00"):
        room.house.act(again, "request", actor=room.cashier, amount="240.00")
    room.house.act(again, "request", actor=room.cashier, amount="0.00")
    assert FiscalRequest.objects.count() == 1


def test_a_subsidy_that_was_granted_and_does_not_come_is_asked_for_no_more(room: Room) -> None:
    room = room.at(FISCAL[0])
    person(origin(FISCAL[0], date(2026, 1, 5)), 1)
    view = room.house.act(enrolled(room), "request", actor=room.cashier, amount="240.00")
    view = told(room, view, "fiscal-answer", "approved")
    assert FiscalRequest.objects.get().state == "granted"
    view = told(room, view, "payment-result", "failed")
    row = FiscalRequest.objects.get()
    assert (row.state, row.words) == ("declined", "财政同意后没有拨付")
    view = room.house.act(view, "again")
    view = room.house.act(view, "request", actor=room.cashier, amount="240.00")
    view = told(room, told(room, view, "fiscal-answer", "approved"), "payment-result", "failed")
    view = room.house.act(view, "refuse")
    assert view.outcome == "refused"
    assert list(FiscalRequest.objects.values_list("state", flat=True)) == ["declined", "declined"]
    assert balance("fund:resident:special", FISCAL[0]) == 0
    assert funds.faults() == []
    # One that was refused before this was so is put right by the migration.
    FiscalRequest.objects.filter(pk=row.pk).update(state="granted", words="")
    migration = import_module("jingban.funds.migrations.0003_recovery_notices")
    migration.close_refused(apps, SimpleNamespace(connection=connection))
    row.refresh_from_db()
    assert (row.state, row.words) == ("declined", "财政同意后没有拨付")


def told(room: Room, view: CaseView, message: str, result: str) -> CaseView:
    return actions.told(
        case_id=view.id, message=message, result=result, key=uuid4(), now=room.now, actor=room.checker
    )
