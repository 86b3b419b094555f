"""Letters on paper: posted with a tracking number, registered as if they had come by themselves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from jingban.access.service import NotAllowed
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView, read
from jingban.exchange.errors import LetterUnmatched, PaperWrong
from jingban.exchange.models import Letter
from jingban.exchange.reading import body_of, to_look_at
from jingban.exchange.service import Delivered, deliver, posted, record_paper, take_in
from tests.builders import MONDAY
from tests.exchange import scene
from tests.exchange.foreign import Foreign, person, sheet

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
FAR = "370199"
LATER = MONDAY + timedelta(days=9)
WINDOW = scene.staff("luanzhou", "window", 51)


@pytest.fixture
def view(both: None) -> CaseView:
    """A case of Luanzhou whose contact letter goes to a place that is on no record here."""
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    opened = scene.act(scene.apply("luanzhou", 1, come_from=FAR, now=MONDAY), "accept", now=MONDAY)
    opened = scene.act(opened, "send", now=MONDAY)
    assert deliver(now=MONDAY) == Delivered(1, 0, 0)
    return opened


def _ours() -> Letter:
    return Letter.objects.get(direction="out")


def _sheet(amount: str = "500.00") -> dict[str, Any]:
    asked = {"body": body_of(_ours())}
    return {"result": "arrived" if float(amount) else "no-balance", "sheet": sheet(asked, FAR, amount)}


def _record(view: CaseView, kind: str, fields: dict[str, Any], **rest: Any) -> Letter:
    said = {"received_on": LATER.date(), "tracking_number": "XA10086", "actor": WINDOW, "now": LATER, **rest}
    return record_paper(view.id, kind, fields, **said)


def test_a_letter_to_a_place_on_no_record_is_printed_and_posted(view: CaseView) -> None:
    letter = _ours()
    assert (letter.state, letter.to_code, letter.party) == ("paper", "", f"{FAR}医疗保障经办机构")
    assert [card.number for card in to_look_at("luanzhou")] == [letter.number]
    posted(letter.pk, tracking_number="XA1", posted_on=MONDAY.date(), actor=WINDOW, now=MONDAY)
    letter = _ours()
    assert (letter.state, letter.tracking_number, letter.paper_on) == ("sent", "XA1", MONDAY.date())
    assert to_look_at("luanzhou") == []
    with pytest.raises(PaperWrong, match="已经发出"):
        posted(letter.pk, tracking_number="XA1", posted_on=MONDAY.date(), actor=WINDOW, now=MONDAY)


@pytest.mark.parametrize(
    ("tracking", "day", "words"),
    [
        ("", MONDAY.date(), "挂号信编号"),
        ("X", MONDAY.date() + timedelta(days=1), "寄出日期"),
        ("X", MONDAY.date() - timedelta(days=1), "寄出日期"),
    ],
)
def test_a_posting_has_a_number_and_a_day(view: CaseView, tracking: str, day: date, words: str) -> None:
    with pytest.raises(PaperWrong, match=words):
        posted(_ours().pk, tracking_number=tracking, posted_on=day, actor=WINDOW, now=MONDAY)
    with pytest.raises(PaperWrong, match="没有这封"):
        posted(0, tracking_number="X", posted_on=MONDAY.date(), actor=WINDOW, now=MONDAY)


def test_a_sheet_and_money_on_paper_move_the_case_like_letters(view: CaseView) -> None:
    letter = _record(view, "info-sheet", _sheet())
    assert (letter.state, letter.case_id, letter.paper_on) == ("applied", view.id, LATER.date())
    assert (letter.refers_to, letter.tracking_number) == (_ours(), "XA10086")
    assert read(view.id)[0].step == "take-over"
    _record(view, "transfer-funds", {"amount": "500.00", "paid_on": "2026-03-10"})
    scene.act(view, "finish", now=LATER)
    assert scene.standing("luanzhou", 1) == (24, 0, "500.00")


def test_a_letter_counts_on_the_day_it_came_not_when_the_clerk_got_to_it(view: CaseView) -> None:
    came = MONDAY.date() + timedelta(days=3)
    _record(view, "info-sheet", _sheet(), received_on=came)
    event = CaseEvent.objects.get(case=view.id, act="receive")
    assert (event.at.date(), event.actor) == (came, WINDOW.id)
    assert read(view.id)[0].state.clocks["answer"].is_ended


def test_a_refusal_on_paper_needs_its_reason(view: CaseView) -> None:
    with pytest.raises(PaperWrong, match="写明理由"):
        _record(view, "info-sheet", {"result": "refused"})
    _record(view, "info-sheet", {"result": "refused", "reason": "仍在参保"})
    assert read(view.id)[0].step == "explain"


@pytest.mark.parametrize(
    ("kind", "fields", "rest", "words"),
    [
        ("info-sheet", {"result": "arrived"}, {}, "没有附信息表"),
        ("info-sheet", {"result": "refused", "reason": "r", "letter_number": "LX-other"}, {}, "函号应为"),
        ("info-sheet", {"result": "refused", "reason": "r", "person": person(7)}, {}, "所写的人不一致"),
        ("transfer-funds", {"amount": "5", "paid_on": "2026-03-10"}, {}, "划转金额：格式不对"),
        ("contact-letter", {}, {}, "自动开启"),
        ("payment-result", {}, {}, "不能登记"),
        ("info-sheet", {}, {"tracking_number": " "}, "挂号信编号"),
        ("info-sheet", {}, {"received_on": LATER.date() + timedelta(days=1)}, "晚于今天"),
        ("info-sheet", {}, {"received_on": MONDAY.date() - timedelta(days=1)}, "早于本件发函"),
    ],
)
def test_paper_that_cannot_be_registered(
    view: CaseView, kind: str, fields: dict[str, Any], rest: dict[str, Any], words: str
) -> None:
    with pytest.raises(PaperWrong, match=words):
        _record(view, kind, fields, **rest)
    assert not Letter.objects.filter(direction="in").exists()
    assert read(view.id)[0].step == "await-info-sheet"


def test_twice_or_too_late_is_told_at_once(view: CaseView) -> None:
    _record(view, "info-sheet", _sheet())
    with pytest.raises(LetterUnmatched, match="可能已经收到过"):
        _record(view, "info-sheet", _sheet("900.00"), tracking_number="XA10087")
    assert Letter.objects.filter(direction="in").count() == 1


def test_only_the_regions_staff_registers(view: CaseView) -> None:
    for actor in (scene.staff("puyang", "window", 52), scene.staff("luanzhou", "applicant", 53)):
        with pytest.raises(NotAllowed):
            _record(view, "info-sheet", _sheet(), actor=actor)
        with pytest.raises(NotAllowed):
            posted(_ours().pk, tracking_number="X", posted_on=MONDAY.date(), actor=actor, now=MONDAY)


def test_a_case_that_sent_no_letter_gets_no_answer(view: CaseView) -> None:
    other = scene.apply("luanzhou", 1, come_from=FAR, now=MONDAY)
    with pytest.raises(PaperWrong, match="还没有发出《联系函》"):
        _record(other, "info-sheet", _sheet())


# A contact letter that comes by post, and its answers by post


def _contact(**rest: Any) -> Letter:
    fields = {
        "letter_number": "鲁函1号",
        "person": person(3),
        "to_insurance": "employee",
        "transferee": {"name": "青山县医疗保障局", "admin_code": FAR, "address": "青山路1号"},
    }
    said = {"received_on": LATER.date(), "tracking_number": "XB1", "now": LATER, "region": "puyang"}
    actor = scene.staff("puyang", "window", 54)
    return record_paper(None, "contact-letter", fields, **{**said, "actor": actor, **rest})


def test_a_contact_letter_on_paper_is_answered_on_paper(both: None) -> None:
    scene.settle(
        "puyang", 3, now=MONDAY, start_on=date(2020, 1, 1), paid=(date(2020, 1, 1), date(2020, 3, 1))
    )
    scene.stop("puyang", 3, now=MONDAY, last_day=date(2026, 1, 31))
    letter = _contact()
    case = scene.answer_case("puyang")
    assert (letter.case_id, case.channel, case.opened_at) == (case.id, "post", LATER)
    scene.prepare_and_issue(case, balance="none", now=LATER)
    assert deliver(now=LATER) == Delivered(1, 0, 0)
    answer = _ours()
    assert (answer.kind, answer.state, answer.party) == ("info-sheet", "paper", "青山县医疗保障局")
    assert (body_of(answer)["letter_number"], body_of(answer)["sheet"]["months_paid"]) == ("鲁函1号", 3)


def test_the_clock_of_the_answer_runs_from_the_day_of_receipt(both: None) -> None:
    _contact(received_on=MONDAY.date())
    clock = scene.answer_case("puyang").state.clocks["answer"]
    assert (clock.started_on, clock.due_on) == (MONDAY.date(), date(2026, 3, 16))


def test_on_paper_and_by_line_is_one_letter(both: None) -> None:
    other = Foreign().introduce()
    _contact()
    same = other.contact(3, number="鲁函1号")
    answer = take_in(same, now=LATER)
    assert (answer.state, "已按纸质件" in answer.words) == ("applied", True)
    take_in(other.contact(4, number="鲁函2号"), now=LATER)
    with pytest.raises(PaperWrong, match="已经登记过"):
        _contact_again("鲁函2号")
    assert CaseEvent.objects.filter(act="apply").count() == 2


def _contact_again(number: str) -> Letter:
    fields = {
        "letter_number": number,
        "person": person(5),
        "to_insurance": "employee",
        "transferee": {"name": "青山县医疗保障局", "admin_code": FAR},
    }
    actor = scene.staff("puyang", "window", 54)
    return record_paper(
        None, "contact-letter", fields, received_on=LATER.date(), tracking_number="XB2", actor=actor, now=LATER,
        region="puyang",
    )  # fmt: skip


def test_paper_for_no_case_must_be_a_contact_letter_to_a_region_of_ours(both: None) -> None:
    with pytest.raises(PaperWrong, match="没有公布"):
        _contact(region="nowhere")
    with pytest.raises(NotAllowed):
        _contact(actor=scene.staff("luanzhou", "window", 55))
    with pytest.raises(PaperWrong, match="登记在等它的办件上"):
        record_paper(
            None, "info-sheet", {}, received_on=LATER.date(), tracking_number="X", actor=WINDOW, now=LATER,
            region="puyang",
        )  # fmt: skip
