"""What goes out: retries with a growing delay, answers that count, letters that go by post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from jingban.cases.models import Message
from jingban.cases.view import CaseView, read
from jingban.exchange import outbox
from jingban.exchange.agencies import Details, add_agency
from jingban.exchange.composing import compose
from jingban.exchange.envelope import checked_sender, opened_envelope, signed
from jingban.exchange.models import Agency, Letter
from jingban.exchange.service import Delivered, deliver
from tests.builders import MONDAY
from tests.exchange import scene
from tests.exchange.foreign import Foreign, new_key

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
MINUTE = timedelta(minutes=1)


@pytest.fixture
def other(both: None) -> Foreign:
    return Foreign().introduce()


@pytest.fixture
def view(other: Foreign) -> CaseView:
    """A case of Luanzhou that has just sent its contact letter."""
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    opened = scene.act(scene.apply("luanzhou", 1, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    return scene.act(opened, "send", now=MONDAY)


def test_a_line_that_is_down_is_tried_again_later_and_later(other: Foreign, view: CaseView) -> None:
    other.down = True
    now, waits = MONDAY, []
    assert deliver(now=now, by=other.post) == Delivered(1, 0, 1)
    for _ in range(6):
        letter = Letter.objects.get()
        assert (letter.state, letter.words) == ("waiting", "连不上对方的系统（OSError），稍后自动重发。")
        assert letter.next_try_at is not None
        assert deliver(now=letter.next_try_at - timedelta(seconds=1), by=other.post) == Delivered()
        waits.append((letter.next_try_at - now) // MINUTE)
        now = letter.next_try_at
        assert deliver(now=now, by=other.post) == Delivered(0, 0, 1)
    assert waits == [1, 5, 15, 60, 240, 240]
    other.down = False
    assert deliver(now=now, by=other.post, at_once=True) == Delivered(0, 1, 0)
    assert (Letter.objects.get().state, Letter.objects.get().tries, len(other.got)) == ("sent", 8, 1)
    assert read(view.id)[0].step == "await-info-sheet"


def test_a_letter_is_written_once(view: CaseView) -> None:
    message = Message.objects.get()
    assert compose(message, now=MONDAY) == compose(message, now=MONDAY + MINUTE)
    assert Letter.objects.count() == 1


def test_what_travels_is_signed_as_a_whole(other: Foreign, view: CaseView) -> None:
    deliver(now=MONDAY, by=other.post)
    (sent,) = other.got
    assert sent == opened_envelope(Letter.objects.get())
    assert checked_sender(sent, "luanzhou", MONDAY).code == "luanzhou"
    assert set(sent) == {
        "format", "uuid", "kind", "version", "from", "to", "number", "refers_to", "refers_number", "sent_at",
        "body", "algorithm", "key", "digest", "signature",
    }  # fmt: skip


def test_a_message_that_is_at_it_elsewhere_is_left(other: Foreign, view: CaseView) -> None:
    """Two servers deliver at once: whoever comes second sees that the first is at it."""
    seen: list[Delivered] = []

    def meanwhile(url: str, envelope: Mapping[str, Any]) -> dict[str, Any]:
        seen.append(deliver(now=MONDAY, by=other.post))
        return other.post(url, envelope)

    assert deliver(now=MONDAY, by=meanwhile) == Delivered(1, 1, 0)
    assert (seen, len(other.got)) == ([Delivered()], 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda o, e: signed({"uuid": e["uuid"], "from": o.code, "state": "applied"}, new_key()), "公钥没有"),
        (lambda o, e: {**o.post("", e), "state": "refused"}, "签名对不上"),
        (lambda o, e: o.post("", {**e, "uuid": "another"}), "不是对这封函的"),
        (lambda o, e: signed({"uuid": e["uuid"], "from": o.code, "state": "hm"}, o.key), "没有说明是否收下"),
        (lambda o, e: {}, "不是对这封函的"),
    ],
)
def test_an_answer_counts_only_when_the_addressee_signed_it(
    other: Foreign, view: CaseView, answer: Any, words: str
) -> None:
    assert deliver(now=MONDAY, by=lambda url, envelope: answer(other, envelope)) == Delivered(1, 0, 1)
    assert words in Letter.objects.get().words
    assert read(view.id)[0].step == "await-info-sheet"
    assert deliver(now=MONDAY, by=other.post, at_once=True) == Delivered(0, 1, 0)


@pytest.mark.parametrize("state", ["refused", "unmatched"])
def test_a_contact_letter_that_is_not_taken_goes_the_refused_way(
    other: Foreign, view: CaseView, state: str
) -> None:
    other.state, other.words = state, "没有公布应函办理的事项"
    deliver(now=MONDAY, by=other.post)
    letter = Letter.objects.get()
    assert (letter.state, letter.words) == (state, "没有公布应函办理的事项")
    assert read(view.id)[0].step == "explain"
    assert deliver(now=MONDAY, by=other.post) == Delivered()


def test_one_failure_does_not_hold_up_the_others(other: Foreign, view: CaseView) -> None:
    third = Foreign(code="lushui", place="370299", name="绿水县医疗保障局").introduce()
    scene.settle("luanzhou", 2, now=MONDAY, start_on=date(2026, 3, 1))
    second = scene.act(scene.apply("luanzhou", 2, come_from=third.place, now=MONDAY), "accept", now=MONDAY)
    scene.act(second, "send", now=MONDAY)

    def line(url: str, envelope: Mapping[str, Any]) -> dict[str, Any]:
        if envelope["to"] == "qingshan":
            raise RuntimeError("bug")
        return third.post(url, envelope)

    assert deliver(now=MONDAY, by=line) == Delivered(2, 1, 1)
    assert "系统出错" in Letter.objects.get(to_code="qingshan").words


def _broken(*_: Any, **__: Any) -> Letter:
    raise RuntimeError("bug")


def test_who_did_not_answer_is_not_asked_again_in_the_same_round(other: Foreign, view: CaseView) -> None:
    scene.settle("luanzhou", 2, now=MONDAY, start_on=date(2026, 3, 1))
    second = scene.act(scene.apply("luanzhou", 2, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    scene.act(second, "send", now=MONDAY)
    other.down = True
    assert deliver(now=MONDAY, by=other.post) == Delivered(2, 0, 1)
    assert sorted(Letter.objects.values_list("tries", flat=True)) == [0, 1]


def test_a_letter_that_cannot_be_written_by_our_fault_is_tried_again(
    other: Foreign, view: CaseView, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "compose", _broken)
        assert deliver(now=MONDAY, by=other.post) == Delivered(0, 0, 1)
    assert "系统出错" in Message.objects.get().fault
    assert deliver(now=MONDAY + MINUTE, by=other.post) == Delivered(1, 1, 0)
    assert Message.objects.get().fault == ""


def test_an_agency_that_lost_its_address_keeps_the_letter_waiting(other: Foreign, view: CaseView) -> None:
    other.down = True
    deliver(now=MONDAY, by=other.post)
    add_agency(Details(other.code, url=""), now=MONDAY)
    deliver(now=MONDAY, by=other.post, at_once=True)
    assert "没有可用的接收地址" in Letter.objects.get().words
    Agency.objects.update(end_on=MONDAY.date())
    deliver(now=MONDAY + timedelta(days=1), by=other.post, at_once=True)
    assert Letter.objects.get().state == "waiting"


def test_the_agencys_own_account_is_where_the_balance_goes(other: Foreign, view: CaseView) -> None:
    add_agency(
        Details("luanzhou", url="local", payee="市医保基金专户", bank="某行", account="6200000000000009"),
        now=MONDAY,
    )
    deliver(now=MONDAY, by=other.post)
    assert other.got[0]["body"]["payee"] == {
        "name": "市医保基金专户",
        "bank": "某行",
        "account": "6200000000000009",
    }


def test_who_withdraws_before_the_letter_left_asks_nobody(other: Foreign, view: CaseView) -> None:
    scene.act(view, "withdraw", now=MONDAY)
    assert deliver(now=MONDAY, by=other.post) == Delivered()
    assert (Letter.objects.count(), Message.objects.get().fault) == (0, outbox.OVERTAKEN)
    assert deliver(now=MONDAY + MINUTE, by=other.post) == Delivered()


def test_who_withdraws_while_the_line_was_down_asks_nobody(other: Foreign, view: CaseView) -> None:
    other.down = True
    deliver(now=MONDAY, by=other.post)
    scene.act(view, "withdraw", now=MONDAY)
    other.down = False
    assert deliver(now=MONDAY, by=other.post, at_once=True) == Delivered()
    assert (Letter.objects.get().state, Letter.objects.get().words, other.got) == (
        "refused",
        outbox.OVERTAKEN,
        [],
    )
