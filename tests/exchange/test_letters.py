"""Letters between two agencies of one installation: written, handed over, taken in, answered, by the real procedures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from jingban.access.service import NotAllowed
from jingban.cases.models import CaseEvent, Message
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView, read
from jingban.core.crypto import new_setting
from jingban.exchange.errors import NoLetterHere, PaperWrong
from jingban.exchange.models import Letter
from jingban.exchange.reading import body_of, letters_of, unwritten
from jingban.exchange.resealing import reseal_letters
from jingban.exchange.service import Delivered, address, deliver
from jingban.registry.errors import PersonNotFound
from tests.builders import MONDAY
from tests.exchange import scene

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
DAY = MONDAY.date()
HOUR = timedelta(hours=1)


def _insured(balance: str = "1234.56") -> None:
    """Person 1 was insured in Puyang to January and is in Luanzhou now."""
    scene.settle(
        "puyang", 1, now=MONDAY, start_on=date(2020, 1, 1), paid=(date(2020, 1, 1), date(2026, 1, 1)),
        deemed=(date(2018, 1, 1), date(2019, 12, 1)), balance=balance,
    )  # fmt: skip
    scene.stop("puyang", 1, now=MONDAY, last_day=date(2026, 1, 31))
    scene.settle("luanzhou", 1, now=MONDAY, start_on=DAY)


def _asked(n: int = 1) -> CaseView:
    """Luanzhou has written to Puyang."""
    view = scene.act(scene.apply("luanzhou", n, come_from="puyang", now=MONDAY), "accept", now=MONDAY)
    view = scene.act(view, "send", now=MONDAY)
    assert deliver(now=MONDAY) == Delivered(1, 1, 0)
    return view


def _states() -> list[tuple[str, str, str]]:
    return list(Letter.objects.order_by("id").values_list("direction", "kind", "state"))


def test_a_person_moves_with_months_and_money(both: None) -> None:
    _insured()
    view = _asked()
    answer = scene.prepare_and_issue(scene.answer_case("puyang"), balance="some", now=MONDAY + HOUR)
    assert deliver(now=MONDAY + HOUR) == Delivered(1, 1, 0)
    assert read(view.id)[0].step == "take-over"
    answer = scene.act(answer, "pay", now=MONDAY + 2 * HOUR, amount="1234.56")
    answer = scene.bank_pays(answer, now=MONDAY + 3 * HOUR)
    assert deliver(now=MONDAY + 3 * HOUR) == Delivered(1, 1, 0)
    view = scene.act(view, "finish", now=MONDAY + 4 * HOUR)
    assert (view.outcome, answer.outcome) == ("granted", "granted")
    assert scene.standing("luanzhou", 1) == (73, 24, "1234.56")
    assert scene.standing("puyang", 1)[2] == "0.00"
    assert all(ended and not late for ended, late in scene.clocks(answer, DAY).values())
    assert scene.clocks(view, DAY)["answer"] == (True, False)
    assert [fault for pk in (view.id, answer.id) for fault in case_faults(pk)] == []
    assert {state for _, _, state in _states()} == {"sent", "applied"}
    assert deliver(now=MONDAY + 5 * HOUR) == Delivered(0, 0, 0), "everything was delivered once"


def test_what_the_letter_says_and_what_its_case_is_told(both: None) -> None:
    _insured()
    view = _asked()
    letter = Letter.objects.get(direction="out")
    body = body_of(letter)
    assert letter.number.startswith("LX130284-20260302-000001")
    assert body["letter_number"] == letter.number
    assert (body["person"]["name"], body["to_insurance"]) == (scene.who("luanzhou", 1).name, "employee")
    assert (body["transferor"]["admin_code"], body["transferee"]["phone"]) == ("410928", "0315-7191016")
    assert body["person"]["id_number"] not in bytes(letter.envelope).decode("latin-1")
    answer = scene.answer_case("puyang")
    assert (answer.process, answer.step, answer.channel) == ("transfer-out", "check", "online")
    assert answer.state.clocks["answer"].due_on == date(2026, 3, 16), "ten working days from receipt"
    (card,) = letters_of(view.id)
    assert (card.title, card.incoming, card.state.label) == ("《联系函》", False, "已发出")


def test_without_a_balance_the_sheet_alone_ends_it(both: None) -> None:
    _insured(balance="0")
    view = _asked()
    answer = scene.prepare_and_issue(scene.answer_case("puyang"), balance="none", now=MONDAY + HOUR)
    assert answer.outcome == "granted"
    deliver(now=MONDAY + HOUR)
    assert Letter.objects.get(direction="in", kind="info-sheet").result == "no-balance"
    view = scene.act(view, "finish", now=MONDAY + 2 * HOUR)
    assert (view.outcome, scene.standing("luanzhou", 1)) == ("granted", (73, 24, "0.00"))


def test_a_person_whom_the_old_place_does_not_know_is_refused_with_a_reason(both: None) -> None:
    scene.settle("luanzhou", 2, now=MONDAY, start_on=DAY)
    view = _asked(2)
    answer = scene.act(scene.answer_case("puyang"), "prepare", now=MONDAY, account_balance="none")
    with pytest.raises(PersonNotFound):
        scene.act(answer, "issue", now=MONDAY)
    answer = scene.act(answer, "refuse", now=MONDAY, reason="本地没有参保记录", basis="暂行办法第八条")
    assert answer.outcome == "refused"
    assert deliver(now=MONDAY) == Delivered(1, 1, 0)
    view = read(view.id)[0]
    assert (view.step, view.state.clocks["answer"].is_ended) == ("explain", True)
    sheet = Letter.objects.get(direction="in", kind="info-sheet")
    assert body_of(sheet)["reason"] == "本地没有参保记录（依据：暂行办法第八条）"
    assert body_of(sheet)["sheet"] is None
    view = scene.act(view, "refuse", now=MONDAY)
    assert view.outcome == "refused"


def test_after_a_refusal_the_case_may_write_again(both: None) -> None:
    _insured()
    view = _asked()
    answer = scene.act(scene.answer_case("puyang"), "prepare", now=MONDAY, account_balance="some")
    scene.act(answer, "refuse", now=MONDAY)
    deliver(now=MONDAY)
    view = scene.act(view, "resend", now=MONDAY + HOUR)
    view = scene.act(view, "send", now=MONDAY + HOUR)
    assert deliver(now=MONDAY + HOUR) == Delivered(1, 1, 0)
    assert scene.answer_case("puyang").id != answer.id
    scene.prepare_and_issue(scene.answer_case("puyang"), balance="some", now=MONDAY + HOUR)
    deliver(now=MONDAY + HOUR)
    assert read(view.id)[0].step == "take-over"


def test_a_second_letter_while_one_runs_is_sent_back(both: None) -> None:
    _insured()
    first = _asked()
    second = scene.act(scene.apply("luanzhou", 1, come_from="puyang", now=MONDAY), "accept", now=MONDAY)
    second = scene.act(second, "send", now=MONDAY)
    deliver(now=MONDAY)
    assert read(second.id)[0].step == "explain", "the other side's refusal goes the procedure's refused way"
    assert "已有一件转出正在办理" in Letter.objects.get(direction="out", case=second.id).words
    assert read(first.id)[0].step == "await-info-sheet"
    assert CaseEvent.objects.filter(case__process="transfer-out", act="apply").count() == 1


def test_no_letter_inside_a_province(both: None) -> None:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=DAY)
    view = scene.apply("luanzhou", 1, come_from="130582", now=MONDAY)
    view = scene.act(view, "accept", now=MONDAY)
    with pytest.raises(NoLetterHere, match="同一个省"):
        scene.act(view, "send", now=MONDAY)
    assert read(view.id)[0].step == "letter", "the act was taken back"
    assert not Message.objects.exists()
    assert deliver(now=MONDAY) == Delivered()


def test_a_case_without_the_old_place_waits_for_somebody_to_see_to_it(both: None) -> None:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=DAY)
    view = scene.apply("luanzhou", 1, come_from="110000、410928", now=MONDAY)
    view = scene.act(scene.act(view, "accept", now=MONDAY), "send", now=MONDAY)
    assert deliver(now=MONDAY) == Delivered(0, 0, 1)
    assert unwritten(view.id) == [("《联系函》", Message.objects.get().fault)]
    assert "不止一个" in Message.objects.get().fault
    assert deliver(now=MONDAY) == Delivered(), "not again before its time"
    assert deliver(now=MONDAY + timedelta(minutes=1)) == Delivered(0, 0, 1)
    assert deliver(now=MONDAY + timedelta(minutes=2)) == Delivered(), "the delay grows"
    assert deliver(now=MONDAY + timedelta(minutes=2), at_once=True) == Delivered(0, 0, 1)
    assert Message.objects.get().tries == 3


def test_other_messages_are_left_alone(both: None) -> None:
    _insured()
    _asked()
    answer = scene.prepare_and_issue(scene.answer_case("puyang"), balance="some", now=MONDAY)
    scene.act(answer, "pay", now=MONDAY, amount="1234.56")
    deliver(now=MONDAY)
    left = Message.objects.filter(delivered_at__isnull=True)
    # Luanzhou tells the unit by a notice of its own, Puyang orders the payment at the bank.
    assert sorted(left.values_list("name", "tries")) == [("payment-order", 0), ("unit-notice", 0)]


def test_the_desk_names_the_old_place_that_the_application_had_not(both: None) -> None:
    _insured()
    view = scene.act(
        scene.apply("luanzhou", 1, come_from="puyang", now=MONDAY, from_place="110000、410928"),
        "accept",
        now=MONDAY,
    )
    scene.act(view, "send", now=MONDAY)
    deliver(now=MONDAY)
    clerk = scene.staff("luanzhou", "window", 61)
    for place, error in (("4109", PaperWrong), ("130582", NoLetterHere)):
        with pytest.raises(error):
            address(view.id, place, actor=clerk, now=MONDAY)
    with pytest.raises(NotAllowed):
        address(view.id, "410928", actor=scene.staff("puyang", "window", 62), now=MONDAY)
    address(view.id, "410928", actor=clerk, now=MONDAY)
    assert deliver(now=MONDAY) == Delivered(1, 1, 0)
    assert scene.answer_case("puyang").step == "check"
    with pytest.raises(PaperWrong, match="没有等待写出"):
        address(view.id, "410928", actor=clerk, now=MONDAY)


def test_letters_are_sealed_again_after_a_key_was_changed(both: None, settings: Any) -> None:
    _insured()
    _asked()
    before = [body_of(letter) for letter in Letter.objects.order_by("id")]
    keys = settings.JINGBAN_KEYS["keys"]
    settings.JINGBAN_KEYS = {
        **settings.JINGBAN_KEYS,
        "current": 2,
        "keys": {**keys, "2": new_setting()["keys"]["1"]},
    }
    assert (reseal_letters(), reseal_letters()) == (2, 0)
    settings.JINGBAN_KEYS = {**settings.JINGBAN_KEYS, "keys": {"2": settings.JINGBAN_KEYS["keys"]["2"]}}
    assert [body_of(letter) for letter in Letter.objects.order_by("id")] == before
