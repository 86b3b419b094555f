"""What people are told of their cases: once each, in words, and again where a line was down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner

from jingban.access.models import Grant, User
from jingban.access.service import actor_of
from jingban.cases.models import Case, Message
from jingban.cases.moving import move
from jingban.cases.tick import tick
from jingban.messaging import service, telling, words
from jingban.messaging.models import Code, OutgoingMessage
from jingban.processes import model
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.schema_national import Notification
from tests.messaging.conftest import Wire
from tests.portals.conftest import NOW, PERSON, hand_in, signed_in, staff
from tests.portals.test_desk import do, required

SOON = NOW + timedelta(minutes=1)


def told(user: User) -> list[str]:
    return [row.title for row, _ in service.inbox(user.pk)]


def test_every_outcome_has_its_words() -> None:
    outcomes = set(model.Outcome.__args__)
    assert outcomes <= words.kinds()
    for kind in words.kinds():
        title, text = words.words(
            kind, item="某事项", number="1-2-3", until="", missing="身份证", step="补正", code="123456"
        )
        assert title
        assert "{" not in text


def test_a_wording_says_only_what_a_message_can_say() -> None:
    with pytest.raises(ValueError, match="花括号里只能写"):
        Notification(title="已办结", text="金额{amount}")


def test_what_time_did_late_is_told_once_an_hour(
    person: User, entry: EffectiveItem, wire: Wire, clock: Callable[[datetime], None]
) -> None:
    number = hand_in(signed_in(person), entry)
    assert do(signed_in(staff(entry, "window")), number, "notify") == 302
    service.deliver(now=SOON)
    due = Case.objects.get(number=number).timer_at
    assert due is not None
    late = due + timedelta(hours=20)
    service.deliver(now=late - timedelta(minutes=1))
    tick(now=late)
    service.deliver(now=late)
    assert "逾期终止" not in told(person), "dated to the instant it was due, long before this round"
    service.deliver(now=late + timedelta(hours=2))
    assert told(person)[0] == "逾期终止"


def test_a_case_tells_its_applicant_step_by_step(person: User, entry: EffectiveItem, wire: Wire) -> None:
    number = hand_in(signed_in(person), entry)
    first = service.deliver(now=SOON)
    assert (first.told, first.sent) == (1, 1)
    clerk = signed_in(staff(entry, "window"))
    assert do(clerk, number, "notify") == 302
    service.deliver(now=SOON)
    assert told(person) == ["请补交材料", "申请已提交"]
    to, _, text = wire.out[-1]
    assert to == PERSON["phone"], "without a number of the account the one of the form is used"
    assert "前办理" in text
    assert number in text
    assert PERSON["id_number"] not in text
    again = service.deliver(now=SOON + timedelta(minutes=2))
    assert (again.told, again.sent) == (0, 0), "told once"


def test_what_ends_is_told_and_the_page_lists_it(person: User, entry: EffectiveItem, wire: Wire) -> None:
    client = signed_in(person)
    number = hand_in(client, entry)
    client.post(f"/my/{number}/do/withdraw/", {"seen": Case.objects.get(number=number).seq, "key": "w"})
    service.deliver(now=SOON)
    assert told(person)[0] == "已撤回"
    assert service.unread(person.pk) == 2
    assert "2条未读" in client.get("/my/").content.decode()
    assert "已撤回" in client.get("/my/messages/").content.decode()
    assert service.unread(person.pk) == 0
    other = signed_in(User.objects.create_user("zhao"))
    assert "已撤回" not in other.get("/my/messages/").content.decode()


def test_acceptance_says_by_when(person: User, entry: EffectiveItem, wire: Wire) -> None:
    number = hand_in(signed_in(person), entry)
    assert do(signed_in(staff(entry, "window")), number, "accept", tick=required(entry)) == 302
    service.deliver(now=SOON)
    _, text = service.inbox(person.pk)[0]
    assert "已受理" in text
    assert "预计" in text


def test_what_is_told_late_has_the_words_of_its_day(person: User, entry: EffectiveItem, wire: Wire) -> None:
    """Meanwhile the entry has another name and the case goes on under it: only what comes after says so."""
    number = hand_in(signed_in(person), entry)
    publish.publish([entry.model_copy(update={"name": "改后的名称", "hash": "f" * 64})], now=NOW)
    head = User.objects.create_user("head")
    Grant.objects.create(user=head, region=entry.region, role="head", start_on="2026-01-01")
    case = Case.objects.get(number=number)
    view = move(case.pk, actor=actor_of(head, NOW.date()), seen=case.seq, key=uuid4(), now=NOW)
    assert publish.version(view.version_id).item.name == "改后的名称"
    signed_in(person).post(f"/my/{number}/do/withdraw/", {"seen": view.seq, "key": "w"})
    service.deliver(now=SOON)
    texts = {row.title: text for row, text in service.inbox(person.pk)}
    assert entry.name in texts["申请已提交"]
    assert "改后的名称" not in texts["申请已提交"]
    assert "改后的名称" in texts["已撤回"]


def test_who_came_to_the_counter_is_reached_by_telephone(entry: EffectiveItem, wire: Wire) -> None:
    hand_in(signed_in(staff(entry, "window")), entry)
    service.deliver(now=SOON)
    assert [to for to, _, _ in wire.out] == [PERSON["phone"]]
    assert not OutgoingMessage.objects.filter(channel="inbox").exists()
    service.deliver(now=SOON)
    assert len(wire.out) == 1


def test_mail_goes_to_who_has_an_address(person: User, entry: EffectiveItem, wire: Wire) -> None:
    User.objects.filter(pk=person.pk).update(email="wang@example.org")
    hand_in(signed_in(person), entry)
    service.deliver(now=SOON)
    assert {to for to, _, _ in wire.out} == {PERSON["phone"], "wang@example.org"}


def test_a_line_that_is_down_is_tried_again_and_listed(
    person: User, entry: EffectiveItem, wire: Wire
) -> None:
    wire.is_down = True
    hand_in(signed_in(person), entry)
    assert service.deliver(now=SOON).failed == 1
    assert told(person) == ["申请已提交"], "the inbox needs no line"
    (row,) = service.unsent()
    assert (row.tries, row.error) == (1, "发送通道没有接受，稍后自动重发。")
    assert service.deliver(now=SOON).failed == 0, "not before its time"
    wire.is_down = False
    assert service.deliver(now=SOON + timedelta(minutes=2)).sent == 1
    assert service.unsent() == []


def test_after_many_tries_somebody_has_to_look(person: User, entry: EffectiveItem, wire: Wire) -> None:
    wire.is_down = True
    hand_in(signed_in(person), entry)
    moment = SOON
    for _ in range(12):
        service.deliver(now=moment)
        moment += timedelta(hours=5)
    (row,) = service.unsent()
    assert (row.state, row.tries) == ("failed", 10)
    wire.is_down = False
    assert service.retry(row.pk, moment)
    assert len(wire.out) == 1


def test_what_is_written_is_sealed(person: User, entry: EffectiveItem, wire: Wire) -> None:
    hand_in(signed_in(person), entry)
    service.deliver(now=SOON)
    row = OutgoingMessage.objects.get(channel="sms")
    assert PERSON["phone"].encode() not in bytes(row.to)
    assert entry.name.encode() not in bytes(row.text)
    assert service.reseal_messages() == 0


def test_a_number_is_one_accounts(person: User) -> None:
    service.set_phone(person.pk, "13900001111", now=NOW)
    other = User.objects.create_user("zhao")
    with pytest.raises(service.PhoneTaken, match="另一个账户"):
        service.set_phone(other.pk, "13900001111", now=NOW)


def test_a_code_is_good_for_five_minutes_and_once(wire: Wire) -> None:
    service.send_code("13900001111", place="1.2.3.4", now=NOW)
    code = wire.out[0][2][3:9]
    with pytest.raises(service.CodeWrong):
        service.check_code("13900001111", code, now=NOW + timedelta(minutes=5))
    service.check_code("13900001111", code, now=NOW + timedelta(minutes=4))
    with pytest.raises(service.CodeWrong):
        service.check_code("13900001111", code, now=NOW + timedelta(minutes=4))


def test_a_new_code_ends_the_one_before(wire: Wire) -> None:
    service.send_code("13900001111", place="1.2.3.4", now=NOW)
    service.send_code("13900001111", place="1.2.3.4", now=NOW + timedelta(minutes=2))
    first, second = (text[3:9] for _, _, text in wire.out)
    later = NOW + timedelta(minutes=3)
    if first != second:
        with pytest.raises(service.CodeWrong):
            service.check_code("13900001111", first, now=later)
    service.check_code("13900001111", second, now=later)


def test_one_place_asks_for_so_many_codes(wire: Wire) -> None:
    for n in range(20):
        service.send_code(f"139000{n:05d}", place="1.2.3.4", now=NOW)
    with pytest.raises(service.TooManyCodes):
        service.send_code("13911111111", place="1.2.3.4", now=NOW)
    service.send_code("13911111111", place="5.6.7.8", now=NOW)


@pytest.mark.parametrize("text", ["", "123", "23900001111", "1390000111a", "0311-1234567"])
def test_what_is_no_mobile_number(text: str) -> None:
    with pytest.raises(service.CodeWrong, match="11位"):
        service.phone_typed(text)


def test_the_number_may_be_typed_in_any_way() -> None:
    assert service.phone_typed(" +86 139-0000-1111 ") == "13900001111"


def test_the_command_lists_what_did_not_go(
    person: User, entry: EffectiveItem, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jingban.messaging.commands import messages

    monkeypatch.setattr("jingban.messaging.commands.boot", lambda: None)
    wire.is_down = True
    hand_in(signed_in(person), entry)
    service.deliver(now=SOON)
    shown = CliRunner().invoke(messages, ["unsent"]).output
    assert "短信" in shown
    assert PERSON["phone"] not in shown


def test_a_notice_that_breaks_holds_up_nothing(
    person: User, entry: EffectiveItem, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = hand_in(signed_in(person), entry)
    case = Case.objects.get(number=number)
    Message.objects.create(case=case, seq=1, name="unit-notice", created_at=NOW)
    monkeypatch.setattr(telling, "_to_operators", lambda message, now: 1 / 0)
    assert service.deliver(now=SOON).sent == 1
    row = Message.objects.get(name="unit-notice")
    assert (row.tries, row.delivered_at) == (1, None)
    assert row.fault
    monkeypatch.undo()


def test_a_unit_without_operators_stays_listed(person: User, entry: EffectiveItem, wire: Wire) -> None:
    case = Case.objects.get(number=hand_in(signed_in(person), entry))
    Message.objects.create(case=case, seq=1, name="unit-notice", created_at=NOW)
    service.deliver(now=SOON)
    row = Message.objects.get(name="unit-notice")
    assert "没有找到这个单位登记在册的经办人" in row.fault
    service.deliver(now=SOON + timedelta(minutes=5))
    assert Message.objects.get(pk=row.pk).tries == 1, "once an hour"


def test_a_code_is_forgotten_with_its_message(wire: Wire) -> None:
    service.send_code("13900001111", place="1.2.3.4", now=NOW)
    service.deliver(now=NOW + timedelta(hours=23))
    assert OutgoingMessage.objects.filter(kind="code").exists()
    service.deliver(now=NOW + timedelta(hours=25))
    assert not OutgoingMessage.objects.filter(kind="code").exists()
    assert not Code.objects.exists()
