"""Many at once on PostgreSQL: a letter is applied once, written once, sent once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from jingban.cases.models import Case, CaseEvent, Message
from jingban.cases.view import CaseView
from jingban.exchange.errors import MoneyWrong
from jingban.exchange.models import Letter
from jingban.exchange.service import Answer, Delivered, decide_return, deliver, propose_return, take_in
from jingban.ledger.service import Entry
from jingban.registry.transfers import funds_of
from tests.builders import MONDAY
from tests.exchange import scene
from tests.exchange.foreign import Foreign

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(databases=["default", "audit"], transaction=True),
]
WORKERS = 4


def together(work: Callable[[int], None]) -> None:
    ready, errors = Barrier(WORKERS), list[BaseException]()

    def run(number: int) -> None:
        try:
            ready.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(n,)) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.fixture
def other(transactional_db: None) -> Foreign:
    scene.publish_transfer("puyang", "luanzhou", now=MONDAY)
    return Foreign().introduce()


def test_the_same_letter_from_all_sides(other: Foreign) -> None:
    letter = other.contact(1)
    answers: list[Answer] = []
    together(lambda _: answers.append(take_in(letter, now=MONDAY)))
    assert len(answers) == WORKERS
    assert len(set(answers)) == 1
    assert (Letter.objects.count(), Case.objects.count(), answers[0].state) == (1, 1, "applied")


def test_the_same_number_under_several_identities(other: Foreign) -> None:
    letters = [other.contact(1) for _ in range(WORKERS)]
    states: list[str] = []
    together(lambda n: states.append(take_in(letters[n], now=MONDAY).state))
    assert (states, Case.objects.count()) == (["applied"] * WORKERS, 1)
    assert Letter.objects.filter(state="applied").count() == 1


def test_several_servers_deliver(other: Foreign) -> None:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("luanzhou", 1, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    scene.act(view, "send", now=MONDAY)
    done: list[Delivered] = []
    together(lambda _: done.append(deliver(now=MONDAY, by=other.post)))
    assert sum(d.sent for d in done) == 1
    assert (Letter.objects.count(), len(other.got), Message.objects.get().tries) == (1, 1, 0)


def test_the_sheet_twice_at_once(other: Foreign) -> None:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("luanzhou", 1, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    view = scene.act(view, "send", now=MONDAY)
    deliver(now=MONDAY, by=other.post)
    sheet = other.sheet(dict(other.got[0]))
    together(lambda _: take_in(sheet, now=MONDAY) and None)
    assert CaseEvent.objects.filter(case=view.id, act="receive").count() == 1


def _answered(other: Foreign, *, withdrawn: bool) -> tuple[CaseView, dict[str, Any]]:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("luanzhou", 1, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    view = scene.act(view, "send", now=MONDAY)
    deliver(now=MONDAY, by=other.post)
    letter = dict(other.got[0])
    take_in(other.sheet(letter), now=MONDAY)
    if withdrawn:
        scene.act(view, "withdraw", now=MONDAY)
        take_in(other.funds(letter), now=MONDAY)
    return view, letter


def test_equal_payments_at_once_are_all_booked(other: Foreign) -> None:
    view, letter = _answered(other, withdrawn=False)
    payments = [other.funds(letter, "125.00") for _ in range(WORKERS)]
    states: list[str] = []
    together(lambda n: states.append(take_in(payments[n], now=MONDAY).state))
    assert states == ["applied"] * WORKERS
    assert funds_of("luanzhou", view.id) == Decimal(500)


def test_two_agree_to_a_return_at_once(other: Foreign) -> None:
    view, _ = _answered(other, withdrawn=True)
    asked = propose_return(
        view.id, Decimal(500), "原路退回", actor=scene.staff("luanzhou", "window", 81), now=MONDAY
    )
    refused: list[str] = []

    def agree(number: int) -> None:
        checker = scene.staff("luanzhou", "reviewer", 90 + number)
        try:
            decide_return(asked.pk, agrees=True, actor=checker, now=MONDAY)
        except MoneyWrong as error:
            refused.append(error.message)

    together(agree)
    assert len(refused) == WORKERS - 1
    assert all("已经复核过" in text for text in refused)
    assert Entry.objects.filter(kind="transfer-return").count() == 1
