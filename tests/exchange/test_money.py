"""Money of transfers that does not come out even: always booked, always on a list, back by two people."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.access.service import Actor, Held, NotAllowed
from jingban.cases.view import CaseView, read
from jingban.exchange import money
from jingban.exchange.errors import MoneyWrong, PaperWrong
from jingban.exchange.models import FundsReturn, Letter
from jingban.exchange.service import (
    Money,
    decide_return,
    deliver,
    go_on_short,
    money_of,
    money_to_look_at,
    propose_return,
    record_paper,
    settled,
    take_in,
    to_look_at,
)
from jingban.ledger import service as ledger
from jingban.registry import accounts
from jingban.registry.changes import of_case
from jingban.registry.errors import RegistryError
from jingban.registry.transfers import FundsDiffer
from tests.builders import MONDAY
from tests.exchange import scene
from tests.exchange.foreign import Foreign

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
NOW = MONDAY + timedelta(days=2)
LATER = NOW + timedelta(days=7)
D = Decimal
WAITS, GOES_ON = "puyang", "luanzhou"
"""A procedure that waits for sheet and money, and one that waits for the sheet alone."""


@pytest.fixture
def other(both: None) -> Foreign:
    return Foreign().introduce()


def _asked(other: Foreign, region: str, n: int = 1) -> tuple[CaseView, dict[str, Any]]:
    scene.settle(region, n, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply(region, n, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    view = scene.act(view, "send", now=MONDAY)
    deliver(now=MONDAY, by=other.post)
    return view, dict(other.got[-1])


def _money(view: CaseView) -> Money:
    return money_of(read(view.id)[0])


def _held(region: str, code: str = accounts.INCOMING) -> Decimal:
    """What lies on an account of the region; its books must hold."""
    assert list(ledger.faults(region)) == []
    found = {account.code: account for account in ledger.Account.objects.filter(region=region)}
    return ledger.balance(found[code]) if code in found else D(0)


def _person_has(region: str, n: int = 1) -> Decimal:
    return accounts.balance(scene.who(region, n))


def _clerk(region: str, number: int = 81, role: str = "window") -> Actor:
    return scene.staff(region, role, number)


# Short


def test_money_that_comes_short_waits_for_the_rest(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.sheet(letter), now=NOW)
    assert money_to_look_at(WAITS) == [], "what was not paid yet is waited for by the case itself"
    answer = take_in(other.funds(letter, "400.00"), now=NOW)
    assert (answer.state, "比《信息表》少100.00元，请补划" in answer.words) == ("applied", True)
    assert (read(view.id)[0].step, _held(WAITS)) == ("await-info-sheet", D(400))
    (found,) = money_to_look_at(WAITS)
    assert (found.view.id, found.short, found.surplus) == (view.id, D(100), D(0))
    assert "还差100.00元" in found.words

    assert take_in(other.funds(letter, "100.00"), now=LATER).state == "applied"
    assert money_to_look_at(WAITS) == []
    done = scene.act(read(view.id)[0], "finish", now=LATER)
    assert (done.outcome, _person_has(WAITS), _held(WAITS)) == ("granted", D(500), D(0))


def test_two_equal_halves_of_one_day_are_two_payments(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.sheet(letter), now=NOW)
    for _ in range(2):
        assert take_in(other.funds(letter, "250.00"), now=NOW).state == "applied"
    assert (read(view.id)[0].step, _held(WAITS)) == ("take-over", D(500))


def test_short_money_before_the_sheet_is_not_heard_as_all(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.funds(letter, "400.00"), now=NOW)
    take_in(other.sheet(letter), now=NOW)
    assert read(view.id)[0].step == "await-info-sheet"
    take_in(other.funds(letter, "100.00"), now=NOW)
    assert read(view.id)[0].step == "take-over"


def test_where_the_procedure_does_not_wait_the_money_is_held_against_the_sheet_too(other: Foreign) -> None:
    view, letter = _asked(other, GOES_ON)
    take_in(other.sheet(letter), now=NOW)
    scene.act(view, "finish", now=NOW)
    assert [m.short for m in money_to_look_at(GOES_ON)] == [D(500)], "nobody else looks after the end"
    take_in(other.funds(letter, "400.00"), now=NOW)
    assert (_person_has(GOES_ON), [m.short for m in money_to_look_at(GOES_ON)]) == (D(400), [D(100)])
    take_in(other.funds(letter, "100.00"), now=LATER)
    assert (_person_has(GOES_ON), money_to_look_at(GOES_ON)) == (D(500), [])


def test_less_is_taken_by_a_decision_with_its_reason(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.sheet(letter), now=NOW)
    take_in(other.funds(letter, "400.00"), now=NOW)
    with pytest.raises(NotAllowed):
        go_on_short(view.id, "对方不再补划", actor=_clerk(GOES_ON), now=NOW)
    with pytest.raises(MoneyWrong, match="写明理由"):
        go_on_short(view.id, " ", actor=_clerk(WAITS), now=NOW)
    for _ in range(2):
        found = go_on_short(view.id, "对方不再补划", actor=_clerk(WAITS), now=NOW)
    assert (found.short, read(view.id)[0].step, money_to_look_at(WAITS)) == (D(0), "take-over", [])
    told = [c for c in of_case(view.id) if c.field == "transfer_amount"]
    assert [(c.before, c.after) for c in told] == [("500.00元", "按实收400.00元办理：对方不再补划")]
    scene.act(read(view.id)[0], "finish", now=NOW)
    assert _person_has(WAITS) == D(400)
    take_in(other.funds(letter, "100.00"), now=LATER)
    assert (_person_has(WAITS), _held(WAITS)) == (D(500), D(0)), (
        "what comes later is the person's all the same"
    )


def test_without_a_decision_short_money_ends_nothing(other: Foreign) -> None:
    """A case that heard of the money before this rule was there."""
    view, letter = _asked(other, WAITS)
    take_in(other.sheet(letter), now=NOW)
    take_in(other.funds(letter, "500.00"), now=NOW)
    returned = scene.act(read(view.id)[0], "return", now=NOW)
    scene.act(returned, "send", now=NOW)
    deliver(now=NOW, by=other.post)
    take_in(other.sheet(dict(other.got[-1]), amount="600.00"), now=NOW)
    assert read(view.id)[0].step == "await-info-sheet"
    assert [m.short for m in money_to_look_at(WAITS)] == [D(100)]
    from jingban.registry.transfer_funds import refuse_short

    with pytest.raises(FundsDiffer, match=r"写明划转600\.00元，实际收到500\.00元，还差100\.00元"):
        refuse_short(WAITS, view.id)


def test_nothing_is_decided_where_nothing_is_short(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    with pytest.raises(RegistryError, match="没有短少"):
        go_on_short(view.id, "理由", actor=_clerk(WAITS), now=NOW)
    take_in(other.sheet(letter), now=NOW)
    scene.act(read(view.id)[0], "withdraw", now=NOW)
    with pytest.raises(MoneyWrong, match="没有办成"):
        go_on_short(view.id, "理由", actor=_clerk(WAITS), now=NOW)


# Too much, or for nobody


@pytest.mark.parametrize("first", ["sheet", "money"])
def test_the_person_gets_no_more_than_the_sheet_says(other: Foreign, first: str) -> None:
    view, letter = _asked(other, GOES_ON)
    if first == "money":
        take_in(other.funds(letter, "600.00"), now=NOW)
        assert money_to_look_at(GOES_ON) == [], "without a sheet nobody knows"
    take_in(other.sheet(letter), now=NOW)
    if first == "sheet":
        answer = take_in(other.funds(letter, "600.00"), now=NOW)
        assert (answer.state, "多100.00元" in answer.words) == ("applied", True)
    scene.act(read(view.id)[0], "finish", now=NOW)
    assert (_person_has(GOES_ON), _held(GOES_ON)) == (D(500), D(100))
    assert [m.surplus for m in money_to_look_at(GOES_ON)] == [D(100)]
    _given_back(view, D(100))
    assert (_held(GOES_ON), money_to_look_at(GOES_ON)) == (D(0), [])


def test_money_for_a_withdrawn_transfer_is_booked_and_goes_back(other: Foreign) -> None:
    view, letter = _asked(other, GOES_ON)
    scene.act(view, "withdraw", now=NOW)
    answer = take_in(other.funds(letter), now=NOW)
    assert (answer.state, "500.00元已暂记" in answer.words) == ("unmatched", True)
    assert (_held(GOES_ON), _held(GOES_ON, accounts.FUND), _person_has(GOES_ON)) == (D(500), D(500), D(0))
    (found,) = money_to_look_at(GOES_ON)
    assert (found.surplus, "本件已由申请人撤回" in found.words) == (D(500), True)
    assert to_look_at(GOES_ON) == [], "one list has it, not two"
    came = Letter.objects.get(direction="in")
    with pytest.raises(PaperWrong, match="请在“转移资金”里办理退回"):
        settled(came.pk, "款项已退回", actor=_clerk(GOES_ON), now=NOW)
    deliver(now=NOW)
    assert len(money_to_look_at(GOES_ON)) == 1, "it stays until somebody saw to it"

    _given_back(view, D(500))
    assert (_held(GOES_ON), _held(GOES_ON, accounts.FUND)) == (D(0), D(0))
    assert (money_to_look_at(GOES_ON), to_look_at(GOES_ON)) == ([], [])
    came.refresh_from_db()
    assert came.note == "款项已退回：原路退回"
    deliver(now=NOW)
    assert not Letter.objects.filter(open_money=True).exists()


def test_money_that_came_before_the_withdrawal_is_on_the_list_too(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.sheet(letter), now=NOW)
    take_in(other.funds(letter), now=NOW)
    assert money_to_look_at(WAITS) == []
    scene.act(read(view.id)[0], "withdraw", now=NOW)
    deliver(now=NOW)
    assert [m.surplus for m in money_to_look_at(WAITS)] == [D(500)]


def test_money_for_a_refused_transfer(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.refusal(letter), now=NOW)
    scene.act(read(view.id)[0], "refuse", now=NOW)
    answer = take_in(other.funds(letter), now=NOW)
    assert (answer.state, "不予接续" in answer.words) == ("unmatched", True)
    assert (_held(WAITS), [m.surplus for m in money_to_look_at(WAITS)]) == (D(500), [D(500)])


def test_one_payment_told_twice_is_booked_once(other: Foreign) -> None:
    """By line and on paper, under two numbers."""
    for region, n in ((GOES_ON, 1), (WAITS, 2)):
        view, letter = _asked(other, region, n)
        take_in(other.sheet(letter), now=NOW)
        if region == GOES_ON:
            scene.act(read(view.id)[0], "withdraw", now=NOW)
        take_in(other.funds(letter), now=NOW)
        again = take_in(other.funds(letter), now=NOW)
        assert (again.state, "核对是否重复划款" in again.words) == ("unmatched", True)
        assert _held(region) == D(500)


def test_a_second_payment_of_another_day_is_booked_and_unmatched(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.sheet(letter), now=NOW)
    take_in(other.funds(letter), now=NOW)
    answer = take_in(other.funds(letter, "500.00", paid_on="2026-03-06"), now=LATER)
    assert (answer.state, "多500.00元" in answer.words) == ("unmatched", True)
    assert (_held(WAITS), [m.surplus for m in money_to_look_at(WAITS)]) == (D(1000), [D(500)])
    scene.act(read(view.id)[0], "finish", now=LATER)
    assert (_person_has(WAITS), _held(WAITS)) == (D(500), D(500))


# Many


def test_the_list_is_read_by_pages_with_few_questions(
    other: Foreign, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    views = []
    for n in (1, 2, 3, 4):
        view, letter = _asked(other, WAITS, n)
        take_in(other.sheet(letter), now=NOW)
        if n != 2:  # this one merely waits for its money
            take_in(other.funds(letter, f"40{n}.00"), now=NOW)
            views.append(view)
    with django_assert_max_num_queries(8):  # however many there are: 8 for one page, and not one a case
        found = money_to_look_at(WAITS)
    assert [(m.view, m.short) for m in found] == [
        (read(v.id)[0], D(100 - n)) for v, n in zip(views, (1, 3, 4), strict=True)
    ]
    monkeypatch.setattr(money, "PAGE", 2)
    assert [m.view.id for m in money_to_look_at(WAITS, most=9)] == [v.id for v in views]
    assert [m.view.id for m in money_to_look_at(WAITS, most=1)] == [views[0].id]
    assert [m.view.id for m in money_to_look_at(WAITS, views[0].id)] == [v.id for v in views[1:]]
    monkeypatch.setattr(money, "_money", lambda *args: pytest.fail("a case that merely waits was read"))
    assert money_to_look_at(WAITS, views[-1].id) == []


def test_many_payments_of_one_transfer_are_all_counted(other: Foreign) -> None:
    view, letter = _asked(other, WAITS)
    take_in(other.sheet(letter), now=NOW)
    for n in range(1, 10):
        take_in(other.funds(letter, f"{n}.00"), now=NOW)
    assert _money(view).funds.received == D(45)


# Two people


def _given_back(view: CaseView, amount: Decimal) -> FundsReturn:
    asked = propose_return(view.id, amount, "原路退回", actor=_clerk(view.region), now=NOW)
    checker = _clerk(view.region, 82, "fund-checker")
    return decide_return(asked.pk, agrees=True, actor=checker, now=NOW)


@pytest.fixture
def withdrawn(other: Foreign) -> CaseView:
    view, letter = _asked(other, GOES_ON)
    scene.act(view, "withdraw", now=NOW)
    take_in(other.funds(letter), now=NOW)
    return read(view.id)[0]


def test_who_proposes_does_not_agree(withdrawn: CaseView) -> None:
    both_roles = Actor(83, "两岗", held=(Held("window", GOES_ON, ""), Held("fund-checker", GOES_ON, "")))
    asked = propose_return(withdrawn.id, D(500), "原路退回", actor=both_roles, now=NOW)
    with pytest.raises(MoneyWrong, match="请由另一位同事复核"):
        decide_return(asked.pk, agrees=True, actor=both_roles, now=NOW)
    for stranger in (_clerk(GOES_ON, 84), _clerk(WAITS, 85, "fund-checker")):
        with pytest.raises(NotAllowed):
            decide_return(asked.pk, agrees=True, actor=stranger, now=NOW)
    assert _held(GOES_ON) == D(500)
    with pytest.raises(IntegrityError), transaction.atomic():
        FundsReturn.objects.filter(pk=asked.pk).update(
            decided_by=asked.proposed_by, decided_at=NOW, is_agreed=False
        )
    (found,) = money_to_look_at(GOES_ON)
    assert (found.pending, "退回待复核" in found.words) == (asked, True)


def test_a_return_is_booked_once_with_its_reason(withdrawn: CaseView) -> None:
    asked = _given_back(withdrawn, D(500))
    entry = ledger.Entry.objects.get(region=GOES_ON, number=asked.entry)
    assert (entry.kind, entry.memo, entry.actor) == ("transfer-return", "退回转移资金：原路退回", 82)
    again = decide_return(asked.pk, agrees=True, actor=_clerk(GOES_ON, 82, "fund-checker"), now=LATER)
    assert (again.decided_at, ledger.Entry.objects.filter(kind="transfer-return").count()) == (NOW, 1)
    with pytest.raises(MoneyWrong, match="已经复核过"):
        decide_return(asked.pk, agrees=False, actor=_clerk(GOES_ON, 86, "reviewer"), now=NOW)
    with pytest.raises(MoneyWrong, match=r"可以退回的是0\.00元"):
        propose_return(withdrawn.id, D(1), "再退", actor=_clerk(GOES_ON), now=NOW)


def test_a_declined_return_books_nothing_and_may_be_proposed_anew(withdrawn: CaseView) -> None:
    asked = propose_return(withdrawn.id, D(500), "原路退回", actor=_clerk(GOES_ON), now=NOW)
    assert propose_return(withdrawn.id, D(500), "原路退回", actor=_clerk(GOES_ON), now=NOW) == asked
    with pytest.raises(MoneyWrong, match="等待复核"):
        propose_return(withdrawn.id, D(400), "原路退回", actor=_clerk(GOES_ON), now=NOW)
    decide_return(asked.pk, agrees=False, actor=_clerk(GOES_ON, 82, "cashier"), now=NOW)
    assert (_held(GOES_ON), len(money_to_look_at(GOES_ON))) == (D(500), 1)
    _given_back(withdrawn, D(200))
    assert (_held(GOES_ON), _money(withdrawn).surplus, len(money_to_look_at(GOES_ON))) == (D(300), D(300), 1)
    _given_back(withdrawn, D(300))
    assert (_held(GOES_ON), money_to_look_at(GOES_ON)) == (D(0), [])


@pytest.mark.parametrize(("amount", "reason", "words"), [
    ("500.01", "x", r"可以退回的是500\.00元"), ("0", "x", "请核对金额"), ("1", "", "写明理由"),
    ("1", "长" * 151, "不超过150字"),
])  # fmt: skip
def test_a_return_that_cannot_be(withdrawn: CaseView, amount: str, reason: str, words: str) -> None:
    with pytest.raises(MoneyWrong, match=words):
        propose_return(withdrawn.id, D(amount), reason, actor=_clerk(GOES_ON), now=NOW)
    with pytest.raises(MoneyWrong, match="没有这笔退回"):
        decide_return(99, agrees=True, actor=_clerk(GOES_ON), now=NOW)


# Paper


def _paper(view: CaseView, number: str, amount: str = "500.00", paid_on: str = "2026-03-03") -> Letter:
    return record_paper(
        view.id, "transfer-funds", {"amount": amount, "paid_on": paid_on}, received_on=NOW.date(),
        tracking_number=number, actor=_clerk(view.region), now=NOW,
    )  # fmt: skip


def test_money_on_paper_is_booked_whatever_became_of_the_case(other: Foreign) -> None:
    view, _ = _asked(other, GOES_ON)
    scene.act(view, "withdraw", now=NOW)
    letter = _paper(view, "YH1")
    assert (letter.state, letter.open_money, _held(GOES_ON)) == ("unmatched", True, D(500))
    assert [m.surplus for m in money_to_look_at(GOES_ON)] == [D(500)]
    with pytest.raises(PaperWrong, match="已经登记过这个编号"):
        _paper(view, "YH1", paid_on="2026-03-04")
    assert _held(GOES_ON) == D(500)


def test_one_envelope_holds_the_answers_for_several_people(other: Foreign) -> None:
    """Of one agency on record: its letters have one number each, the envelope has one for all."""
    views = [_asked(other, GOES_ON, n)[0] for n in (1, 2, 3)]
    numbers = [_paper(view, "XA10086").number for view in views]
    assert numbers == ["XA10086", "XA10086-2", "XA10086-3"]
    assert _held(GOES_ON) == D(1500)
    with pytest.raises(PaperWrong) as refused:
        _paper(views[1], "XA10086")
    assert refused.value.details["field"] == "tracking_number"


# Offices


def test_a_clerk_of_one_office_settles_what_came_for_nobody(other: Foreign) -> None:
    """Grants name an office; a letter of no case is for the offices of the entry that answers letters."""
    view, letter = _asked(other, GOES_ON)
    stray = {**letter, "body": {**letter["body"], "letter_number": "LX-unknown"}}
    assert take_in(other.sheet(stray), now=NOW).state == "unmatched"
    came = Letter.objects.get(direction="in")
    elsewhere = Actor(87, "别处", held=(Held("window", GOES_ON, "another-office"),))
    with pytest.raises(NotAllowed):
        settled(came.pk, "已电话告知", actor=elsewhere, now=NOW)
    here = Actor(88, "窗口", held=(Held("window", GOES_ON, view.office),))
    assert settled(came.pk, "已电话告知", actor=here, now=NOW).note == "已电话告知"
