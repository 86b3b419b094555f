"""缴费补贴 by the procedure that pays (Q20): whoever had paid the whole premium gets back what medical aid takes over."""

from __future__ import annotations

from datetime import date

import pytest

from jingban.benefits import service as benefits
from jingban.cases.view import CaseView, read
from jingban.core.money import to_yuan
from jingban.funds.models import Payable, Payment
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
