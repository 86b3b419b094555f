"""Letters at the desk: printed and posted, registered from paper in full, settled; nothing half done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.test import Client

from jingban.access.models import Grant
from jingban.audit.models import Entry
from jingban.cases.materials import required_of
from jingban.cases.models import Case
from jingban.cases.view import CaseView, read
from jingban.core.identifiers import mask_id
from jingban.exchange.service import Letter, body_of, deliver, take_in
from jingban.portals.middleware import status_of
from jingban.portals.questions import door_channel
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from tests.exchange import scene
from tests.exchange.foreign import Foreign
from tests.portals.conftest import NOW, signed_in, staff
from tests.registry import factories

pytestmark = pytest.mark.live_effects
FAR = "370199"
PAID = "2023-01 2024-12 实缴"
LATER = NOW + timedelta(days=9)
TOLD = factories.who(1)

Clock = Callable[[datetime], None]


@pytest.fixture
def item() -> EffectiveItem:
    scene.publish_transfer("luanzhou", "puyang", now=NOW)
    return effective_item("luanzhou", "agency", "transfer")


@pytest.fixture
def window(item: EffectiveItem) -> Client:
    return signed_in(staff(item, "window"))


@pytest.fixture
def asked(item: EffectiveItem, window: Client, clock: Clock) -> CaseView:
    """A case of Luanzhou whose contact letter lies ready to be printed, nine days later."""
    view = _applied()
    _do(window, view, "accept", tick=_required(item, view))
    _do(window, view, "send")
    deliver(now=NOW)
    clock(LATER)
    return read(view.id)[0]


def _applied(**answers: str) -> CaseView:
    scene.settle("luanzhou", 1, now=NOW, start_on=date(2026, 3, 1))
    return scene.apply("luanzhou", 1, come_from=FAR, now=NOW, **answers)


def _required(item: EffectiveItem, view: CaseView) -> list[str]:
    return sorted(required_of(item, view.state.situations, door_channel(item)))


def _do(client: Client, view: CaseView, act: str, **data: object) -> None:
    now = read(view.id)[0]
    sent = {"seen": now.seq, "key": f"{act}-{view.id}-{now.seq}", **data}
    answer = client.post(f"/desk/case/{view.number}/do/{act}/", sent)
    assert answer.status_code == 302, answer.content.decode()


def _page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def _ours() -> Letter:
    return Letter.objects.filter(direction="out").order_by("id")[0]


def _mail(**given: str) -> dict[str, str]:
    """What every answer says; the number as the page shows it."""
    known = {
        "received_on": "20260310",
        "tracking_number": "XA10086",
        "letter_number": _ours().number,
        "person_name": TOLD["name"],
        "id_number": mask_id(TOLD["id_number"]),
        "transferor_name": "青山县医疗保障局",
        "transferor_place": FAR,
    }
    return {**known, **given}


def _sheet(**given: str) -> dict[str, str]:
    said = {
        "result": "agreed",
        "insurance": "310",
        "periods": "2018-01 2019-12 视同\r\n2023.01-2024.12 实缴 5,000.00",
        "months_paid": "24",
        "months_deemed": "24",
        "last_insured_on": "20241231",
        "account_balance": "500",
        "transfer_amount": "500",
        "prepared_by": "甲",
        "confirmed_by": "乙",
        "date": "2026-3-4",
    }
    return _mail(**{**said, **given})


def _register(client: Client, view: CaseView, kind: str, data: dict[str, str], status: int) -> str:
    answer = client.post(f"/desk/case/{view.number}/letter/{kind}/", data)
    text = answer.content.decode()
    assert answer.status_code == status, text
    return text


# The whole move by paper


def test_a_person_moves_to_luanzhou_by_registered_post(
    item: EffectiveItem, window: Client, asked: CaseView
) -> None:
    letter = _ours()
    assert f"/desk/mail/{letter.pk}/" in _page(window, "/desk/mail/")
    masked = _page(window, f"/desk/mail/{letter.pk}/")
    assert TOLD["id_number"] not in masked
    printed = window.post(f"/desk/mail/{letter.pk}/full/").content.decode()
    for text in (
        letter.number,
        TOLD["name"],
        TOLD["id_number"],
        FAR,
        "滦州市医疗保障局（印章）",
        "data-print",
    ):
        assert text in printed
    sent = {"tracking_number": "XA1", "posted_on": "20260311", "back": "mail"}
    assert window.post(f"/desk/mail/{letter.pk}/posted/", sent).url == "/desk/mail/"
    assert (_ours().state, _ours().tracking_number) == ("sent", "XA1")
    shown = _page(window, f"/desk/case/{asked.number}/mail/")
    assert f"/desk/case/{asked.number}/letter/info-sheet/" in shown
    assert 'name="answer"' not in shown, "a sheet is never told as a bare result"

    _register(window, asked, "info-sheet", _sheet(), 302)
    assert read(asked.id)[0].step == "take-over"
    shown = _page(window, f"/desk/case/{asked.number}/mail/")
    assert "/letter/info-sheet/" not in shown
    assert "收到《参保人员医疗保险类型变更信息表》" in shown
    funds = _mail(tracking_number="XA2", amount="500.00", paid_on="20260309")
    _register(window, asked, "transfer-funds", funds, 302)
    _do(signed_in(staff(item, "reviewer")), asked, "finish")
    assert read(asked.id)[0].outcome == "granted"
    assert scene.standing("luanzhou", 1) == (24, 24, "500.00")
    assert "/letter/transfer-funds/" not in _page(window, f"/desk/case/{asked.number}/mail/")


def test_the_sheet_that_was_typed_is_the_sheet_that_is_kept(window: Client, asked: CaseView) -> None:
    _register(window, asked, "info-sheet", _sheet(), 302)
    letter = Letter.objects.get(direction="in")
    sheet = body_of(letter)["sheet"]
    assert (letter.paper_on, letter.tracking_number) == (date(2026, 3, 10), "XA10086")
    assert letter.received_at is not None
    assert letter.received_at.date() == date(2026, 3, 10), "it counts on the day it came"
    assert (sheet["person"]["sex"], sheet["person"]["born_on"]) == ("male", "1980-05-01")
    assert [(p["first"], p["last"], p["kind"], p["base"], p["place"]) for p in sheet["periods"]] == [
        ("2018-01", "2019-12", "deemed", None, FAR),
        ("2023-01", "2024-12", "paid", "5000.00", FAR),
    ]
    assert sheet["interruptions"] == [{"first": "2020-01", "last": "2022-12", "months": 36}]
    assert (sheet["last_insured_on"], sheet["prepared_by"]) == ("2024-12-31", "甲")
    page = _page(window, f"/desk/mail/{letter.pk}/")
    assert "2018-01至2019-12，24个月，视同" in page
    assert "1980年5月1日" not in page
    assert "1980年5月1日" in window.post(f"/desk/mail/{letter.pk}/full/").content.decode()


def test_the_money_comes_after_the_end_too(item: EffectiveItem, window: Client, asked: CaseView) -> None:
    _register(window, asked, "info-sheet", _sheet(), 302)
    _do(signed_in(staff(item, "reviewer")), asked, "finish")
    assert scene.standing("luanzhou", 1)[2] == "0.00"
    assert "/letter/transfer-funds/" in _page(window, f"/desk/case/{asked.number}/mail/")
    _register(window, asked, "transfer-funds", _mail(amount="500", paid_on="20260309"), 302)
    assert scene.standing("luanzhou", 1)[2] == "500.00"


def test_without_a_balance_no_money_is_asked_for(window: Client, asked: CaseView) -> None:
    _register(window, asked, "info-sheet", _sheet(account_balance="0", transfer_amount="0"), 302)
    assert Letter.objects.get(direction="in").result == "no-balance"
    assert "/letter/transfer-funds/" not in _page(window, f"/desk/case/{asked.number}/mail/")


def test_a_refusal_needs_its_reason_and_no_sheet(window: Client, asked: CaseView) -> None:
    empty = _mail(result="refused", reason="")
    assert "请填写不予转出的理由" in _register(window, asked, "info-sheet", empty, 422)
    both = _sheet(result="refused", reason="仍在参保")
    assert "没有《信息表》" in _register(window, asked, "info-sheet", both, 422)
    _register(window, asked, "info-sheet", _mail(result="refused", reason="仍在参保"), 302)
    assert read(asked.id)[0].step == "explain"
    assert "/letter/transfer-funds/" not in _page(window, f"/desk/case/{asked.number}/mail/")


# Forms


def test_what_the_case_knows_is_there_before_the_clerk_types(window: Client, asked: CaseView) -> None:
    page = _page(window, f"/desk/case/{asked.number}/letter/info-sheet/")
    for known in (_ours().number, TOLD["name"], mask_id(TOLD["id_number"]), f'value="{FAR}"', "2026-03-11"):
        assert known in page
    assert TOLD["id_number"] not in page
    assert 'value="310" checked' in page
    assert "2018-01 2019-12 视同" in page, "an example"
    assert 'name="sex"' not in page


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"periods": ""}, "periods", "请填写缴费明细"),
        ({"periods": "2023-13 2024-12 实缴"}, "periods", "第1行：“2023-13”不是年月"),
        ({"periods": "\n2024-12 2023-01 实缴"}, "periods", "第2行：终止年月2023-01早于起始年月2024-12"),
        ({"periods": "2023-01 2024-12"}, "periods", "第1行：没有写缴费类型"),
        ({"periods": "2023-01"}, "periods", "第1行：每行至少写"),
        ({"periods": "2023-01 2024-12 实缴 五千"}, "periods", "第1行：不认识“五千”"),
        ({"periods": "2023-01 2024-12 实缴 1 2"}, "periods", "第1行：“2”和前面重复"),
        ({"periods": "2023-01 2023-06 实缴\n2023-06 2024-12 实缴"}, "periods", "第2行：2023-06与第1行重复"),
        ({"months_paid": "23"}, "months_paid", "明细合计实际24个月，填的是23个月"),
        ({"months_deemed": ""}, "months_deemed", "请填写视同缴费月数合计"),
        ({"transfer_amount": "500.01"}, "transfer_amount", "不能大于个人账户余额"),
        ({"account_balance": "五百"}, "account_balance", "不是金额"),
        ({"transferor_place": "370199、370198"}, "transferor_place", "只填一个行政区划代码"),
        ({"transferor_name": "局" * 81}, "transferor_name", "最多80个字"),
        ({"letter_number": "LX-other"}, "letter_number", "函号应为"),
        ({"id_number": factories.new_number(2)}, "id_number", "所写的人不一致"),
        ({"id_number": "123"}, "id_number", "证件号码：身份证号应为18位"),
        ({"tracking_number": ""}, "tracking_number", "请填写挂号信编号"),
        ({"received_on": "20260312"}, "received_on", "不能晚于今天"),
        ({"received_on": "20260301"}, "received_on", "早于本件发函的日期"),
        ({"result": ""}, "result", "请选择结果"),
        ({"result": "maybe"}, "result", "请选择"),
        ({"reason": "仍在参保"}, "reason", "请清空"),
        ({"periods": f"{PAID}\n2029-01 2029-02 视同", "months_deemed": "2"}, "form", "2029-01至2029-02不是"),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_on_top(
    window: Client, asked: CaseView, given: dict[str, str], field: str, words: str
) -> None:
    text = _register(window, asked, "info-sheet", _sheet(**given), 422)
    top, _, form = text.partition("<form id=")
    assert words in top
    if field != "form":
        assert f'<a href="#{field}">' in top
        assert words in form
        assert f'id="{field}"' in form
    assert "青山县" in form or "transferor_name" in given, "what was typed is still there"
    assert "2024-12" in form or "2023" in given.get("periods", "-"), "what was typed is still there"
    assert read(asked.id)[0].step == "await-info-sheet"
    assert not Letter.objects.filter(direction="in").exists()


def test_all_faults_are_told_at_once(window: Client, asked: CaseView) -> None:
    data = _sheet(periods="2023-01\nx y z", months_paid="", date="gestern")
    text = _register(window, asked, "info-sheet", data, 422)
    assert "还有4处需要改正" in text
    for words in ("第1行", "第2行：“x”不是年月", "请填写实际缴费月数合计", "填表日期：应为年月日"):
        assert words in text


def test_somebody_with_a_passport_is_asked_for_sex_and_birth(
    item: EffectiveItem, window: Client, clock: Clock
) -> None:
    view = _applied(id_kind="08", id_number="E12345678")
    _do(window, view, "accept", tick=_required(item, view))
    _do(window, view, "send")
    deliver(now=NOW)
    clock(LATER)
    data = _sheet(id_number=mask_id("E12345678"))
    assert "请填写出生日期" in _register(window, view, "info-sheet", data, 422)
    _register(window, view, "info-sheet", {**data, "sex": "female", "born_on": "19801102"}, 302)
    said = body_of(Letter.objects.get(direction="in"))["sheet"]["person"]
    assert said == {
        "name": TOLD["name"], "sex": "female", "born_on": "1980-11-02", "id_kind": "08", "id_number": "E12345678",
    }  # fmt: skip


@pytest.mark.parametrize(("amount", "words"), [("0", "大于零"), ("", "请填写划转金额"), ("x", "不是金额")])
def test_no_money_is_no_transfer(window: Client, asked: CaseView, amount: str, words: str) -> None:
    data = _mail(amount=amount, paid_on="20260309")
    assert words in _register(window, asked, "transfer-funds", data, 422)


# Twice, too late, by whom


def test_a_doubled_submission_is_one_letter(window: Client, asked: CaseView) -> None:
    for _ in range(2):
        _register(window, asked, "info-sheet", _sheet(), 302)
    funds = _mail(tracking_number="XA2", amount="500", paid_on="20260309")
    for _ in range(2):
        _register(window, asked, "transfer-funds", funds, 302)
    assert Letter.objects.filter(direction="in").count() == 2


def test_a_second_sheet_or_payment_is_told_and_changes_nothing(window: Client, asked: CaseView) -> None:
    _register(window, asked, "info-sheet", _sheet(), 302)
    text = _register(window, asked, "info-sheet", _sheet(tracking_number="XA3"), 409)
    assert "不等《信息表》" in text
    assert "留存" not in text, "of paper nothing is kept"
    assert "XA3" in text
    _register(window, asked, "transfer-funds", _mail(amount="500", paid_on="20260309"), 302)
    again = _mail(tracking_number="XA4", amount="500", paid_on="20260309")
    assert "已经收到" in _register(window, asked, "transfer-funds", again, 409)
    assert Letter.objects.filter(direction="in").count() == 2


def test_several_sheets_in_one_envelope(item: EffectiveItem, window: Client, asked: CaseView) -> None:
    """An agency on record: its letters have one number each, so the next of an envelope are counted."""
    Foreign().introduce(now=NOW)
    _register(window, asked, "info-sheet", _sheet(), 302)
    scene.settle("luanzhou", 2, now=LATER, start_on=date(2026, 3, 1))
    other = scene.apply("luanzhou", 2, come_from=FAR, now=LATER)
    _do(window, other, "accept", tick=_required(item, other))
    _do(window, other, "send")
    deliver(now=LATER, by=Foreign().post)
    ours = Letter.objects.get(direction="out", case=other.id)
    said = factories.who(2)
    data = _sheet() | {
        "letter_number": ours.number,
        "person_name": said["name"],
        "id_number": said["id_number"],
        "received_on": "20260311",
    }
    for _ in range(2):
        _register(window, other, "info-sheet", data, 302)
    sheets = Letter.objects.filter(direction="in").order_by("id")
    assert [(x.number, x.tracking_number) for x in sheets] == [
        ("XA10086", "XA10086"),
        ("XA10086-2", "XA10086"),
    ]


def test_a_bare_result_is_refused(window: Client, asked: CaseView) -> None:
    answer = window.post(f"/desk/case/{asked.number}/letter/", {"answer": "info-sheet/arrived", "key": "k"})
    assert answer.status_code == 422
    assert "要连内容一起登记" in answer.content.decode()
    assert read(asked.id)[0].step == "await-info-sheet"


def test_before_the_letter_is_written_no_answer_can_come(item: EffectiveItem, window: Client) -> None:
    view = _applied()
    _do(window, view, "accept", tick=_required(item, view))
    _do(window, view, "send")
    answer = window.get(f"/desk/case/{view.number}/letter/info-sheet/")
    assert answer.status_code == 422
    assert "还没有写成《联系函》" in answer.content.decode()
    shown = _page(window, f"/desk/case/{view.number}/mail/")
    assert "等待发出" in shown
    assert "/letter/info-sheet/" not in shown


def test_only_the_regions_clerks_register(item: EffectiveItem, asked: CaseView) -> None:
    elsewhere = signed_in(staff(effective_item("puyang", "agency", "transfer"), "window", name="other"))
    cashier = signed_in(staff(item, "cashier"))
    letter = _ours()
    for client in (elsewhere, cashier):
        for kind in ("info-sheet", "transfer-funds"):
            assert client.get(f"/desk/case/{asked.number}/letter/{kind}/").status_code == 403
            assert client.post(f"/desk/case/{asked.number}/letter/{kind}/", _sheet()).status_code == 403
        sent = {"tracking_number": "XA1", "posted_on": "20260311"}
        assert client.post(f"/desk/mail/{letter.pk}/posted/", sent).status_code == 403
    assert elsewhere.get(f"/desk/mail/{letter.pk}/").status_code == 403
    assert letter.number not in _page(elsewhere, "/desk/mail/")
    assert letter.number not in _page(elsewhere, "/desk/mail/?tab=all")
    assert letter.number in _page(cashier, "/desk/mail/"), "colleagues may read"
    assert "登记寄出" not in _page(cashier, f"/desk/mail/{letter.pk}/")
    assert Client().get("/desk/mail/").status_code == 302


# Letters that go out


def test_looking_at_a_letter_is_written_down(window: Client, asked: CaseView) -> None:
    letter = _ours()
    window.get(f"/desk/mail/{letter.pk}/")
    window.post(f"/desk/mail/{letter.pk}/full/")
    rows = Entry.objects.using("audit").filter(subject=f"case:{asked.number}").order_by("-id")[:2]
    assert [(row.kind, row.detail) for row in rows] == [
        ("revealed", f"显示函件全文 {letter.number}"),
        ("read", f"查看函件 {letter.number}"),
    ]


@pytest.mark.parametrize(
    ("number", "day", "words"),
    [
        ("", "20260311", "请填写挂号信编号"),
        ("X" * 41, "20260311", "最多40个字"),
        ("XA1", "", "请填写寄出日期"),
        ("XA1", "20260312", "寄出日期应在"),
        ("XA1", "20260301", "寄出日期应在"),
    ],
)
def test_a_posting_has_a_number_and_a_day(
    window: Client, asked: CaseView, number: str, day: str, words: str
) -> None:
    sent = {"tracking_number": number, "posted_on": day}
    answer = window.post(f"/desk/mail/{_ours().pk}/posted/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert f'value="{number}"' in answer.content.decode()
    assert _ours().state == "paper"


def test_a_posting_twice_is_once_and_another_is_refused(window: Client, asked: CaseView) -> None:
    sent = {"tracking_number": "XA1", "posted_on": "20260311"}
    for _ in range(2):
        answer = window.post(f"/desk/mail/{_ours().pk}/posted/", sent)
        assert answer.url == f"/desk/case/{asked.number}/"
    answer = window.post(f"/desk/mail/{_ours().pk}/posted/", {**sent, "tracking_number": "XA2"})
    assert answer.status_code == 422
    assert "已经发出" in answer.content.decode()
    assert _ours().tracking_number == "XA1"


def test_a_letter_that_cannot_be_handed_over_may_go_by_post(
    item: EffectiveItem, window: Client, clock: Clock
) -> None:
    other = Foreign(down=True).introduce(now=NOW)
    view = _applied()
    _do(window, view, "accept", tick=_required(item, view))
    _do(window, view, "send")
    deliver(now=NOW, by=other.post)
    text = _page(window, "/desk/mail/")
    assert "待送达" in text
    assert "连不上对方的系统" in text
    sent = {"tracking_number": "XA1", "posted_on": "20260302"}
    assert window.post(f"/desk/mail/{_ours().pk}/posted/", sent).status_code == 302
    assert deliver(now=LATER, by=other.post).sent == 0


def test_the_desk_names_the_old_place(item: EffectiveItem, window: Client) -> None:
    view = _applied(from_place="110000、370199")
    _do(window, view, "accept", tick=_required(item, view))
    _do(window, view, "send")
    deliver(now=NOW)
    url = f"/desk/case/{view.number}/old-place/"
    assert url in _page(window, f"/desk/case/{view.number}/mail/")
    assert view.number in _page(window, "/desk/mail/")
    assert "申请上写的是110000、370199" in _page(window, url)
    for place, status, words in (("3701", 422, "6位行政区划代码"), ("130582", 409, "同一个省")):
        answer = window.post(url, {"place": place})
        assert answer.status_code == status
        assert words in answer.content.decode()
        assert f'value="{place}"' in answer.content.decode()
    assert window.post(url, {"place": FAR}).url == f"/desk/case/{view.number}/"
    deliver(now=NOW)
    assert _ours().state == "paper"
    assert url not in _page(window, f"/desk/case/{view.number}/mail/")


# Letters that come in


def _contact(**given: str) -> dict[str, str]:
    said = factories.who(3)
    return {
        "letter_number": "鲁函1号",
        "received_on": "20260302",
        "tracking_number": "XB1",
        "person_name": said["name"],
        "id_number": said["id_number"],
        "to_insurance": "employee",
        "transferee_name": "青山县医疗保障局",
        "transferee_place": FAR,
        "address": "青山路1号",
        "move_account": "yes",
        "payee_name": "青山县医疗保障局",
        "bank": "青山银行",
        "bank_account": "6200 0000 0000 0001",
        **given,
    }


@pytest.fixture
def puyang(item: EffectiveItem) -> Client:
    return signed_in(staff(effective_item("puyang", "agency", "transfer"), "window", name="puyang"))


def test_a_contact_letter_on_paper_opens_its_case(puyang: Client, clock: Clock) -> None:
    clock(LATER)
    assert "/desk/mail/contact-letter/" in _page(puyang, "/desk/start/")
    assert "/desk/mail/contact-letter/" in _page(puyang, "/desk/mail/")
    page = _page(puyang, "/desk/mail/contact-letter/")
    assert 'value="2026-03-11"' in page
    assert 'name="region"' not in page, "there is one only"
    urls = {puyang.post("/desk/mail/contact-letter/", _contact()).url for _ in range(2)}
    case = Case.objects.get(process="transfer-out")
    assert urls == {f"/desk/case/{case.number}/"}
    assert (case.region, case.channel, case.opened_at.date()) == ("puyang", "post", date(2026, 3, 2))
    view = read(case.pk)[0]
    assert view.state.clocks["answer"].due_on == date(2026, 3, 16), "ten working days from receipt"
    body = body_of(Letter.objects.get())
    assert (body["payee"]["account"], body["transferee"]["address"]) == ("6200000000000001", "青山路1号")
    assert body["date"] == "2026-03-02"
    assert "鲁函1号" in _page(puyang, f"/desk/case/{case.number}/mail/")


def test_a_clerk_of_two_agencies_says_which_got_the_letter(item: EffectiveItem) -> None:
    user = staff(item, "window", name="both")
    Grant.objects.create(user=user, region="puyang", role="entry", start_on="2026-01-01")
    client, url = signed_in(user), "/desk/mail/contact-letter/"
    assert 'name="region"' in _page(client, url)
    assert "请选择收函机构" in client.post(url, _contact()).content.decode()
    assert client.post(url, _contact(region="xingtai")).status_code == 422
    assert client.post(url, _contact(region="puyang")).status_code == 302
    assert Case.objects.get().region == "puyang"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"letter_number": ""}, "请填写函号"),
        ({"id_number": "110101199001011234"}, "校验码不对"),
        ({"person_name": "3"}, "姓名里的“3”不是证件上的字"),
        ({"transferee_place": "37"}, "6位行政区划代码"),
        ({"transferee_place": "410900"}, "同一个省"),
        ({"to_insurance": ""}, "请选择申请转入的险种"),
        ({"bank_account": "12"}, "8至32位数字"),
        ({"received_on": "20260303"}, "不能晚于今天"),
        ({"transferee_name": "\x01"}, "不能显示的字符"),
    ],
)
def test_a_contact_letter_that_cannot_be_registered(
    puyang: Client, given: dict[str, str], words: str
) -> None:
    answer = puyang.post("/desk/mail/contact-letter/", _contact(**given))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert "青山银行" in text
    assert not Letter.objects.exists()


def test_the_same_contact_letter_with_other_words_is_told_of(puyang: Client) -> None:
    assert puyang.post("/desk/mail/contact-letter/", _contact()).status_code == 302
    answer = puyang.post("/desk/mail/contact-letter/", _contact(tracking_number="XB9"))
    assert answer.status_code == 422
    assert f"办件编号{Case.objects.get().number}" in answer.content.decode()
    running = puyang.post("/desk/mail/contact-letter/", _contact(letter_number="鲁函2号"))
    assert running.status_code == 422
    assert "已有一件转出正在办理" in running.content.decode()
    assert Case.objects.count() == 1


def test_a_contact_letter_starts_no_empty_case(item: EffectiveItem, puyang: Client) -> None:
    row = scene.publish.PublishedItem.objects.get(region="puyang", item="transfer", is_current=True)
    assert f"{row.pk}:transfer-out" not in _page(puyang, "/desk/start/")
    assert puyang.post("/desk/start/", {"start": f"{row.pk}:transfer-out", "key": "x"}).status_code == 403
    cashier = signed_in(staff(item, "cashier"))
    assert cashier.get("/desk/mail/contact-letter/").status_code == 403
    assert "/desk/mail/contact-letter/" not in _page(cashier, "/desk/mail/")


def test_a_letter_for_nobody_is_settled(puyang: Client, window: Client) -> None:
    other = Foreign().introduce(now=NOW)
    asked = {
        "uuid": "0f8fad5b-d9cb-469f-a165-70867728950e", "number": "LX-unknown", "from": "puyang",
        "body": {
            "letter_number": "LX-unknown", "person": _person(4),
            "transferee": {"name": "濮阳县", "admin_code": "410928", "code": "puyang"},
        },
    }  # fmt: skip
    assert take_in(other.sheet(asked), now=NOW).state == "unmatched"
    letter = Letter.objects.get()
    text = _page(puyang, "/desk/mail/")
    assert "待核对和被退回" in text
    assert f"/desk/mail/{letter.pk}/" in text
    page = _page(puyang, f"/desk/mail/{letter.pk}/")
    assert "没有发过函号LX-unknown" in page
    assert factories.new_number(4) not in page
    assert window.get(f"/desk/mail/{letter.pk}/").status_code == 403
    url = f"/desk/mail/{letter.pk}/settled/"
    assert "请填写怎样处理的" in puyang.post(url, {"note": " "}).content.decode()
    assert puyang.post(url, {"note": "已电话告知对方"}).url == "/desk/mail/"
    assert "没有要处理的函件" in _page(puyang, "/desk/mail/")
    assert "已电话告知对方" in _page(puyang, f"/desk/mail/{letter.pk}/")


def _person(n: int) -> dict[str, str]:
    said = factories.who(n)
    return {"name": said["name"], "id_kind": "01", "id_number": said["id_number"], "phone": said["phone"]}


def test_a_letter_that_says_nonsense_can_still_be_read(puyang: Client) -> None:
    other = Foreign().introduce(now=NOW)
    body: dict[str, Any] = {"person": ["x"], "secret": "110101", "sheet": {"periods": [1, {"first": "a"}]}}
    assert take_in(other.contact(5, body=body), now=NOW).state == "refused"
    letter = Letter.objects.get()
    assert "已退回对方的来函" in _page(puyang, "/desk/mail/")
    masked = _page(puyang, f"/desk/mail/{letter.pk}/")
    assert "110101" not in masked
    assert "110101" in puyang.post(f"/desk/mail/{letter.pk}/full/").content.decode()


def test_all_letters_by_page(puyang: Client) -> None:
    other = Foreign().introduce(now=NOW)
    for n in range(52):
        take_in(other.contact(n + 1, kind="nonsense"), now=NOW)
    first = _page(puyang, "/desk/mail/?tab=all")
    assert "QS-52<" in first
    assert "QS-2<" not in first
    last = Letter.objects.order_by("id")[2].pk
    assert f"before={last}" in first
    second = _page(puyang, f"/desk/mail/?tab=all&before={last}")
    assert "QS-2<" in second
    assert "更早的函件" not in second
    assert puyang.get("/desk/mail/?tab=all&before=²").status_code == 200


@pytest.mark.parametrize(
    ("module", "name", "status"),
    [
        ("jingban.exchange.errors", "NoLetterHere", 409),
        ("jingban.exchange.errors", "LetterUnmatched", 409),
        ("jingban.exchange.errors", "PaperWrong", 422),
        ("jingban.exchange.errors", "AgencyWrong", 422),
        ("jingban.exchange.errors", "LetterRefused", 422),
        ("jingban.core.signing", "SigningKeysWrong", 500),
        ("jingban.registry.errors", "PersonNotFound", 404),
        ("jingban.registry.errors", "NumberTaken", 409),
        ("jingban.registry.errors", "AlreadyEnrolled", 409),
        ("jingban.registry.errors", "RegisterMoved", 409),
        ("jingban.registry.errors", "NotYours", 403),
        ("jingban.registry.errors", "EnrolmentRefused", 400),
    ],
)
def test_refusals_of_the_new_apps_have_their_status(module: str, name: str, status: int) -> None:
    assert status_of(getattr(import_module(module), name)("为什么")) == status
