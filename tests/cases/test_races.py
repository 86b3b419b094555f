"""Many at once on PostgreSQL: each step is done exactly once, losers are told, nothing is left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connections

from jingban.access.service import NotAllowed
from jingban.audit import service as audit
from jingban.audit.models import Entry
from jingban.cases import actions
from jingban.cases.errors import KeyReused, StaleVersion
from jingban.cases.models import Case, CaseCounter, CaseEvent, CasePayload, Message
from jingban.cases.tick import tick
from jingban.cases.verify import anchor, faults
from jingban.cases.view import read
from jingban.core import checkdigit
from jingban.core.errors import DomainError
from jingban.processes.errors import ActNotAllowed, CaseClosed
from tests.houses import PAYMENT, House, staff

pytestmark = pytest.mark.postgres

WORKERS = 4


def _together(work: Callable[[int], None]) -> None:
    """Run the work in several threads, each with a connection of its own, all starting at once."""
    ready = Barrier(WORKERS)
    errors: list[BaseException] = []

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


def test_every_step_of_every_case_is_done_once(committed_house: House) -> None:
    house = committed_house
    cases = [house.apply(PAYMENT).id for _ in range(6)]
    done: Counter[tuple[int, int]] = Counter()
    lost: list[type] = []

    def work(number: int) -> None:
        for act in ("accept", "approve", "pay", "receive"):
            for pk in cases[number:] + cases[:number]:
                view = read(pk)[0]
                try:
                    if act == "receive":
                        actions.told(
                            case_id=pk, message="payment-result", result="paid", key=uuid4(), now=house.now
                        )
                    else:
                        house.act(view, act, key=uuid4())
                    done[pk, view.seq] += 1
                except (StaleVersion, ActNotAllowed, CaseClosed, NotAllowed) as refused:
                    lost.append(type(refused))

    _together(work)
    assert all(read(pk)[0].outcome == "granted" for pk in cases)
    assert set(CaseEvent.objects.values_list("case", "seq")) == {
        (pk, seq) for pk in cases for seq in range(1, 6)
    }
    assert sum(done.values()) == len(cases) * 4
    assert len(lost) == len(cases) * 4 * (WORKERS - 1)
    assert Message.objects.count() == len(cases)
    assert list(faults()) == []


def test_a_double_click_at_the_same_instant_is_answered_alike(committed_house: House) -> None:
    house, key = committed_house, uuid4()
    view, clerk = house.apply(), staff(5, "window")
    answers: list[int] = []
    _together(lambda _: answers.append(house.act(view, "accept", key=key, actor=clerk).seq))
    assert answers == [2] * WORKERS
    assert CaseEvent.objects.filter(case=view.id).count() == 2


def test_one_application_sent_by_several_at_once_is_one_case(committed_house: House) -> None:
    house, key = committed_house, uuid4()
    house.version()
    found: list[str] = []
    _together(lambda _: found.append(house.apply(key=key).number))
    assert len(set(found)) == 1
    assert (Case.objects.count(), CaseEvent.objects.count(), CasePayload.objects.count()) == (1, 1, 1)


def test_a_key_for_two_acts_at_once_is_one_act(committed_house: House) -> None:
    house, key, clerk = committed_house, uuid4(), staff(5, "window")
    cases = [house.apply() for _ in range(WORKERS)]
    refused: list[type] = []

    def work(number: int) -> None:
        try:
            house.act(cases[number], "accept", key=key, actor=clerk)
        except KeyReused as error:
            refused.append(type(error))

    _together(work)
    assert len(refused) == WORKERS - 1
    assert CaseEvent.objects.filter(act="accept").count() == 1
    assert list(faults()) == []


def test_numbers_have_no_gap_and_no_twin(committed_house: House) -> None:
    house, each = committed_house, 8
    house.version()
    numbers: list[str] = []

    def work(number: int) -> None:
        numbers.extend([house.apply().number for _ in range(each)])

    _together(work)
    assert all(map(checkdigit.is_valid, numbers))
    assert sorted(int(n.split("-")[3][:6]) for n in numbers) == list(range(1, WORKERS * each + 1))
    assert CaseCounter.objects.get().last == WORKERS * each


def test_several_ticks_share_the_work(committed_house: House) -> None:
    house = committed_house
    cases = [house.act(house.apply(), "notify") for _ in range(8)]
    due = cases[0].state.timer
    assert due is not None
    fired: list[int] = []
    _together(lambda _: fired.append(tick(now=due).fired))
    assert sum(fired) == len(cases)
    assert CaseEvent.objects.filter(act="after").count() == len(cases)
    assert list(faults()) == []


def test_a_person_and_the_tick_at_once(committed_house: House) -> None:
    house = committed_house
    cases = [house.act(house.apply(), "notify") for _ in range(8)]
    due = cases[0].state.timer
    assert due is not None
    house.now = due

    def work(number: int) -> None:
        if number % 2:
            tick(now=due)
            return
        for view in cases:
            try:
                house.act(view, "resubmit")
            except DomainError:
                continue

    _together(work)
    tick(now=due)
    assert {read(v.id)[0].outcome for v in cases} == {"lapsed"}
    assert CaseEvent.objects.filter(act="after").count() == len(cases)
    assert list(faults()) == []


def test_several_anchors_at_once_hold(committed_house: House) -> None:
    house = committed_house
    house.apply()
    house.later(hours=1)
    anchor(now=house.now)
    house.apply()
    house.later(hours=1)
    _together(lambda number: anchor(now=house.now.replace(minute=number)) and None)
    assert list(faults()) == []


def test_the_audit_chain_has_no_forks(committed_house: House) -> None:
    house = committed_house

    def work(number: int) -> None:
        for n in range(10):
            audit.record(actor=number, kind=audit.READ, subject=f"case:{n}", now=house.now)

    _together(work)
    assert Entry.objects.using("audit").count() == WORKERS * 10
    assert audit.broken_at() is None
