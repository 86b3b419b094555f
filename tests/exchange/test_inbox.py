"""What comes in from another installation: proved, kept once, applied whole or refused in words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from jingban.access.service import Actor, Held, NotAllowed
from jingban.cases import actions
from jingban.cases.models import Case, CaseEvent
from jingban.cases.view import CaseView, read
from jingban.exchange.agencies import Details, add_agency
from jingban.exchange.envelope import opened_envelope, signed
from jingban.exchange.errors import (
    EnvelopeWrong,
    ExchangeError,
    NotAddressee,
    PaperWrong,
    SenderUnknown,
    SignatureWrong,
)
from jingban.exchange.models import AgencyKey, Letter
from jingban.exchange.service import deliver, settled, take_in, to_look_at
from jingban.registry import accounts
from jingban.registry.models import TransferSheet
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from jingban.rulebook.models import PublishedItem
from tests.builders import MONDAY
from tests.exchange import scene
from tests.exchange.foreign import Foreign, new_key

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
NOW = MONDAY + timedelta(days=2)
HOUR = timedelta(hours=1)


@pytest.fixture
def other(both: None) -> Foreign:
    return Foreign().introduce()


@pytest.fixture
def asked(other: Foreign) -> tuple[CaseView, dict[str, Any]]:
    """A case of Luanzhou, which waits for the sheet only, and the letter that reached the other agency."""
    return _asked(other, "luanzhou")


def _asked(other: Foreign, region: str, n: int = 1) -> tuple[CaseView, dict[str, Any]]:
    scene.settle(region, n, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply(region, n, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    view = scene.act(view, "send", now=MONDAY)
    deliver(now=MONDAY, by=other.post)
    return view, dict(other.got[-1])


def _step(view: CaseView) -> str:
    return read(view.id)[0].step


# Whether it is a letter at all


def _changed(letter: dict[str, Any], **parts: Any) -> dict[str, Any]:
    changed = copy.deepcopy(letter)
    changed["body"].update(parts.pop("body", {}))
    return {**changed, **parts}


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (lambda x, _: {"hello": 1}, EnvelopeWrong, "不是可以识别的函件"),
        (lambda x, _: {**x, "format": 2}, EnvelopeWrong, "不是可以识别的函件"),
        (lambda x, _: {**x, "extra": 1}, EnvelopeWrong, "不是可以识别的函件"),
        (lambda x, _: _changed(x, body={"to_insurance": "resident"}), SignatureWrong, "签名对不上"),
        (lambda x, _: _changed(x, to="luanzhou"), SignatureWrong, "签名对不上"),
        (lambda x, _: {**x, "digest": "0" * 64}, SignatureWrong, "签名对不上"),
        (lambda x, _: {**x, "signature": "AAAA"}, SignatureWrong, "签名对不上"),
        (lambda x, _: _changed(x, body={"fraction": 0.5}), SignatureWrong, "签名对不上"),
        (lambda x, _: _changed(x, body={"note": "\ud800"}), SignatureWrong, "签名对不上"),
        (lambda x, _: {**x, "number": "LX\x00"}, EnvelopeWrong, "不是可以识别的函件"),
        (lambda x, _: {**x, "from": "nobody"}, SenderUnknown, "没有在本机构登记"),
        (lambda x, o: signed(_unsigned(x), new_key()), SenderUnknown, "公钥没有在本机构登记"),
        (lambda x, o: o.contact(1, to="nowhere"), NotAddressee, "不在本系统"),
        (lambda x, o: o.contact(1, to="qingshan"), NotAddressee, "不在本系统"),
    ],
)
def test_what_is_no_true_letter_to_us_is_kept_nowhere(
    other: Foreign,
    spoil: Callable[[dict[str, Any], Foreign], dict[str, Any]],
    error: type[ExchangeError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        take_in(spoil(other.contact(1), other), now=NOW)
    assert not Letter.objects.exists()


def _unsigned(letter: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in letter.items() if k not in ("algorithm", "key", "digest", "signature")}


def test_a_key_counts_in_its_period_only(other: Foreign) -> None:
    AgencyKey.objects.update(end_on=MONDAY.date())
    with pytest.raises(SenderUnknown, match="已过有效期"):
        take_in(other.contact(1), now=NOW)
    old, other.key = other.key, new_key()
    add_agency(Details(other.code, key=other.key.public.text, key_from=NOW.date()), now=NOW)
    assert take_in(other.contact(1), now=NOW).state == "applied"
    other.key = old
    with pytest.raises(SenderUnknown):
        take_in(other.contact(2, number="LX2"), now=NOW)


# A contact letter


def test_a_contact_letter_opens_the_case_that_answers_it(other: Foreign) -> None:
    answer = take_in(other.contact(1), now=NOW)
    view = scene.answer_case("puyang")
    assert (answer.state, answer.words) == ("applied", f"已登记，办件编号{view.number}。")
    assert (view.step, view.applicant_id) == ("check", None)
    letter = Letter.objects.get()
    assert (letter.case_id, letter.from_code, letter.party) == (view.id, "qingshan", other.name)


def test_the_same_letter_twice_is_answered_alike_and_changes_nothing(other: Foreign) -> None:
    letter = other.contact(1)
    first = take_in(letter, now=NOW)
    assert take_in(letter, now=NOW + HOUR) == first
    assert (Letter.objects.count(), Case.objects.count()) == (1, 1)


def test_the_identity_of_a_letter_is_not_used_twice(other: Foreign) -> None:
    letter = other.contact(1)
    take_in(letter, now=NOW)
    with pytest.raises(EnvelopeWrong, match="内容不同"):
        take_in(signed({**_unsigned(letter), "version": 2}, other.key), now=NOW)
    with pytest.raises(EnvelopeWrong, match="另一个人"):
        take_in(other.contact(2), now=NOW)  # another person under the same letter number
    again = take_in(other.contact(1), now=NOW)  # the same letter under a new identity
    assert (again.state, "没有重复办理" in again.words) == ("applied", True)
    assert (Letter.objects.count(), Case.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"version": 7}, "第7版"),
        ({"kind": "love-letter"}, "不认识的信函种类"),
        ({"body": {"to_insurance": "car"}}, "申请转入的险种：只能是"),
        ({"body": {"person": {"name": "试一"}}}, "人员的证件号码：没有填写"),
        ({"body": {"person": {"name": "试一", "id_number": "110"}}}, "身份证号应为18位"),
        (
            {"body": {"transferee": {"name": "青山\x00", "admin_code": "370199"}}},
            "机构名称：有不能显示的字符",
        ),
        ({"body": {"more": 1}}, "more：不认识这一项"),
        ({"body": {"date": 5}}, "日期：应是日期"),
    ],
)
def test_a_letter_that_cannot_be_read_is_kept_and_answered(
    other: Foreign, parts: dict[str, Any], words: str
) -> None:
    letter = other.contact(1, **parts)
    answer = take_in(letter, now=NOW)
    assert (answer.state, words in answer.words) == ("refused", True), answer.words
    assert Letter.objects.get().state == "refused"
    assert take_in(letter, now=NOW) == answer
    assert not Case.objects.exists()
    assert take_in(other.contact(1), now=NOW).state == "applied", "corrected, under the same letter number"


def test_who_asks_is_the_agency_that_the_letter_names(other: Foreign) -> None:
    """Nobody asks for people and money in another agency's name."""
    elsewhere = {"transferee": {"name": "绿水县医疗保障局", "admin_code": "370299"}}
    answer = take_in(other.contact(1, body=elsewhere), now=NOW)
    assert (answer.state, "不是发函的机构" in answer.words) == ("refused", True)


def test_inside_the_province_no_letter_is_taken(both: None) -> None:
    near = Foreign(code="linxian", place="410999", name="邻县医疗保障局").introduce()
    answer = take_in(near.contact(1), now=NOW)
    assert (answer.state, "同一个省" in answer.words) == ("refused", True)


def test_a_second_letter_for_a_person_while_one_runs(other: Foreign) -> None:
    take_in(other.contact(1), now=NOW)
    answer = take_in(other.contact(1, number="LX2"), now=NOW)
    assert (answer.state, "已有一件转出正在办理" in answer.words) == ("refused", True)
    view = scene.act(scene.answer_case("puyang"), "prepare", now=NOW, account_balance="none")
    scene.act(view, "refuse", now=NOW)
    assert take_in(other.contact(1, number="LX3"), now=NOW).state == "applied", (
        "after the end a new one may come"
    )


def test_a_region_without_the_entry_answers_so(other: Foreign) -> None:
    PublishedItem.objects.filter(region="puyang").update(is_current=False)
    publish.publish([effective_item("puyang", "agency", "unit-enrolment-query")], now=MONDAY)
    answer = take_in(other.contact(1), now=NOW)
    assert (answer.state, "没有公布" in answer.words) == ("refused", True)


# Answers to a letter of ours


def test_the_sheet_moves_the_case_on(other: Foreign, asked: tuple[CaseView, dict[str, Any]]) -> None:
    view, letter = asked
    answer = take_in(other.sheet(letter), now=NOW)
    assert (answer.state, _step(view)) == ("applied", "take-over")
    row = Letter.objects.get(direction="in")
    assert (row.case_id, row.refers_to.uuid, row.result) == (
        view.id,
        Letter.objects.get(direction="out").uuid,
        "arrived",
    )
    assert take_in(other.funds(letter), now=NOW).state == "applied"
    view = scene.act(view, "finish", now=NOW)
    assert scene.standing("luanzhou", 1) == (24, 0, "500.00")


def test_the_money_before_the_sheet(other: Foreign, asked: tuple[CaseView, dict[str, Any]]) -> None:
    """Both procedures: one waits for the sheet only, one for both."""
    for view, letter in (asked, _asked(other, "puyang", 2)):
        assert take_in(other.funds(letter), now=NOW).state == "applied"
        assert _step(view) == "await-info-sheet"
        assert take_in(other.sheet(letter), now=NOW).state == "applied"
        assert _step(view) == "take-over"
        done = scene.act(view, "finish", now=NOW + HOUR)
        n = 1 if view.region == "luanzhou" else 2
        assert (done.outcome, scene.standing(view.region, n)) == ("granted", (24, 0, "500.00"))


def test_the_sheet_before_the_money_waits_where_both_are_awaited(other: Foreign) -> None:
    view, letter = _asked(other, "puyang")
    take_in(other.sheet(letter), now=NOW)
    assert _step(view) == "await-info-sheet"
    take_in(other.funds(letter), now=NOW)
    view = read(view.id)[0]
    assert (view.step, view.state.clocks["answer"].is_ended) == ("take-over", True)


def test_no_balance_needs_no_money(other: Foreign) -> None:
    view, letter = _asked(other, "puyang")
    take_in(other.sheet(letter, amount="0.00"), now=NOW)
    assert _step(view) == "take-over"


def test_a_refusal_goes_its_way(other: Foreign, asked: tuple[CaseView, dict[str, Any]]) -> None:
    view, letter = asked
    assert take_in(other.refusal(letter), now=NOW).state == "applied"
    assert _step(view) == "explain"
    assert not TransferSheet.objects.exists()
    late = take_in(other.sheet(letter), now=NOW)
    assert (late.state, "现在不等" in late.words, _step(view)) == ("unmatched", True, "explain")


def test_a_sheet_for_a_letter_that_we_never_sent(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    view, letter = asked
    stray = copy.deepcopy(letter)
    stray["uuid"], stray["number"], stray["body"]["letter_number"] = str(uuid4()), "LX-unknown", "LX-unknown"
    answer = take_in(other.sheet(stray), now=NOW)
    assert (answer.state, "没有发过函号LX-unknown" in answer.words) == ("unmatched", True)
    assert Letter.objects.get(direction="in").case_id is None
    assert _step(view) == "await-info-sheet"


def test_an_answer_of_an_agency_that_was_not_asked(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    view, letter = asked
    third = Foreign(code="lushui", place="370299", name="绿水县医疗保障局").introduce()
    answer = take_in(third.sheet(letter), now=NOW)
    assert (answer.state, "不是发给贵机构" in answer.words, _step(view)) == (
        "unmatched",
        True,
        "await-info-sheet",
    )


def test_a_letter_by_post_may_be_answered_by_line_but_by_its_addressee_only(both: None) -> None:
    other, third = Foreign(), Foreign(code="lushui", place="370299", name="绿水县医疗保障局").introduce()
    view = _posted(other)
    letter = opened_envelope(Letter.objects.get())
    other.introduce()
    assert take_in(third.sheet(letter), now=NOW).state == "unmatched"
    assert (take_in(other.sheet(letter), now=NOW).state, _step(view)) == ("applied", "take-over")


def _posted(other: Foreign) -> CaseView:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("luanzhou", 1, come_from=other.place, now=MONDAY), "accept", now=MONDAY)
    view = scene.act(view, "send", now=MONDAY)
    deliver(now=MONDAY)
    return view


def test_an_answer_about_somebody_else(other: Foreign, asked: tuple[CaseView, dict[str, Any]]) -> None:
    view, letter = asked
    wrong = copy.deepcopy(letter)
    wrong["body"]["person"] = other.contact(9)["body"]["person"]
    answer = take_in(other.sheet(wrong), now=NOW)
    assert (answer.state, "所写的人不一致" in answer.words) == ("refused", True)
    assert (TransferSheet.objects.count(), _step(view)) == (0, "await-info-sheet")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"months_paid": 25}, "缴费月数明细合计"),
        ({"transfer_amount": "900.00"}, "大于个人账户余额"),
        ({"letter_number": "LX-other"}, "函号与来函不一致"),
        ({"transfer_amount": "0.00"}, "结果与信息表的划转金额不一致"),
        ({"periods": None}, "信息表的缴费明细"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_not_half_applied(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]], part: dict[str, Any], words: str
) -> None:
    view, letter = asked
    sheet = other.sheet(letter)["body"]["sheet"]
    answer = take_in(other.sheet(letter, body={"sheet": {**sheet, **part}}), now=NOW)
    assert (answer.state, words in answer.words) == ("refused", True), answer.words
    assert (TransferSheet.objects.count(), _step(view)) == (0, "await-info-sheet")
    assert take_in(other.sheet(letter), now=NOW).state == "applied", "the corrected one is taken"


def test_a_second_sheet_and_second_money_change_nothing(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    view, letter = asked
    for made in (other.sheet, other.funds):
        assert take_in(made(letter), now=NOW).state == "applied"
    sheet = take_in(other.sheet(letter, amount="900.00"), now=NOW)
    money = take_in(other.funds(letter, amount="900.00"), now=NOW)
    assert (sheet.state, money.state) == ("unmatched", "unmatched")
    assert "可能已经收到过" in sheet.words
    assert "重复划款" in money.words
    assert TransferSheet.objects.count() == 1
    scene.act(view, "finish", now=NOW)
    assert scene.standing("luanzhou", 1)[2] == "500.00"


def test_what_comes_after_the_case_was_withdrawn(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    view, letter = asked
    scene.act(view, "withdraw", now=NOW)
    sheet, money = take_in(other.sheet(letter), now=NOW), take_in(other.funds(letter), now=NOW)
    assert (sheet.state, "已由申请人撤回" in sheet.words) == ("unmatched", True)
    assert (money.state, "办理退款" in money.words) == ("unmatched", True)
    assert not TransferSheet.objects.exists()
    assert accounts.balance(scene.who("luanzhou", 1)) == 0


def test_the_desk_says_what_it_did_about_a_letter_for_nobody(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    view, letter = asked
    scene.act(view, "withdraw", now=NOW)
    take_in(other.sheet(letter), now=NOW)
    (card,) = to_look_at("luanzhou")
    assert (card.title, card.state, to_look_at("puyang")) == ("《信息表》", "unmatched", [])
    with pytest.raises(NotAllowed):
        settled(card.id, "已告知", actor=scene.staff("puyang", "window", 71), now=NOW)
    with pytest.raises(PaperWrong, match="怎样处理"):
        settled(card.id, " ", actor=scene.staff("luanzhou", "window", 72), now=NOW)
    settled(card.id, "已告知对方", actor=scene.staff("luanzhou", "window", 72), now=NOW)
    assert to_look_at("luanzhou") == []
    with pytest.raises(PaperWrong, match="只有待核对"):
        settled(
            Letter.objects.get(direction="out").pk, "x", actor=scene.staff("luanzhou", "window", 72), now=NOW
        )


def test_money_after_the_case_was_granted_is_the_persons(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    view, letter = asked
    take_in(other.sheet(letter), now=NOW)
    scene.act(view, "finish", now=NOW)
    assert take_in(other.funds(letter), now=NOW + HOUR).state == "applied"
    assert scene.standing("luanzhou", 1)[2] == "500.00"


def test_who_wrote_again_waits_for_the_new_answer(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    view, first = asked
    take_in(other.refusal(first), now=NOW)
    view = scene.act(scene.act(view, "resend", now=NOW), "send", now=NOW)
    deliver(now=NOW, by=other.post)
    second = dict(other.got[-1])
    assert second["number"] != first["number"]
    old = take_in(other.sheet(first), now=NOW)
    assert (old.state, f"已由函号{second['number']}代替" in old.words) == ("unmatched", True)
    assert take_in(other.sheet(second), now=NOW).state == "applied"


def test_a_corrected_sheet_after_the_money_needs_no_second_payment(other: Foreign) -> None:
    view, first = _asked(other, "puyang")
    take_in(other.sheet(first), now=NOW)
    take_in(other.funds(first), now=NOW)
    view = scene.act(scene.act(view, "return", now=NOW), "send", now=NOW)
    deliver(now=NOW, by=other.post)
    assert _step(view) == "await-info-sheet"
    assert take_in(other.sheet(dict(other.got[-1])), now=NOW).state == "applied"
    assert _step(view) == "take-over", "the money that came for the first letter counts"
    scene.act(view, "finish", now=NOW)
    assert scene.standing("puyang", 1) == (24, 0, "500.00")


def test_a_failure_of_ours_keeps_nothing_so_that_the_sender_tries_again(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    view, letter = asked
    sheet = other.sheet(letter)
    with monkeypatch.context() as broken:
        broken.setattr(actions, "told", _broken)
        with pytest.raises(RuntimeError):
            take_in(sheet, now=NOW)
    assert (Letter.objects.filter(direction="in").count(), TransferSheet.objects.count()) == (0, 0)
    assert take_in(sheet, now=NOW).state == "applied"
    assert CaseEvent.objects.filter(case=view.id, act="receive").count() == 1


def _broken(**_: Any) -> CaseView:
    raise RuntimeError("power cut")


def test_the_desk_and_the_line_at_the_same_time(
    other: Foreign, asked: tuple[CaseView, dict[str, Any]]
) -> None:
    """The clerk registers at the desk that the sheet came; the letter itself then changes nothing."""
    view, letter = asked
    clerk = Actor(7, "窗口", held=(Held("window", "luanzhou", ""),))
    actions.told(case_id=view.id, message="info-sheet", result="refused", now=NOW, key=uuid4(), actor=clerk)
    assert take_in(other.sheet(letter), now=NOW).state == "unmatched"


def test_the_clocks_of_a_move_are_those_of_the_page(other: Foreign) -> None:
    """The table at the end of docs/algorithms/letters.md."""

    def on(day: int) -> Any:
        return MONDAY.replace(day=day)

    def due(view: CaseView) -> dict[str, tuple[bool, date | None]]:
        clocks = read(view.id)[0].state.clocks
        return {
            name: (c.is_ended, c.due_on) for name, c in clocks.items() if name not in ("promise", "statutory")
        }

    scene.settle("puyang", 1, now=on(2), start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("puyang", 1, come_from=other.place, now=on(2)), "accept", now=on(2))
    assert due(view) == {"send-letter": (False, date(2026, 3, 9))}
    scene.act(view, "send", now=on(3))
    deliver(now=on(3), by=other.post)
    letter = dict(other.got[-1])
    assert due(view) == {"send-letter": (True, date(2026, 3, 9)), "answer": (False, date(2026, 3, 17))}
    take_in(other.sheet(letter), now=on(10))
    assert due(view)["answer"] == (False, date(2026, 3, 17))
    take_in(other.funds(letter), now=on(12))
    assert due(view)["answer"][0]
    assert due(view)["finish"] == (False, date(2026, 3, 19))
    done = scene.act(view, "finish", now=on(13))
    assert all(ended and not late for ended, late in scene.clocks(done, date(2026, 3, 13)).values())
