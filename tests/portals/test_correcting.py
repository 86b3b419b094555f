"""Putting the form right: what the notice names, what the applicant answers, what the window may correct."""

from __future__ import annotations

import pytest

from jingban.access.models import User
from jingban.cases.models import Case, CaseEvent
from jingban.cases.view import read
from jingban.cases.work import answers_of
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import PERSON, hand_in, published, signed_in, staff
from tests.portals.test_desk import do, required

CHANGE = effective_item("puyang", "agency", "resident-info-change")


@pytest.fixture
def item() -> EffectiveItem:
    published(CHANGE)
    return CHANGE


@pytest.fixture
def number(person: User, item: EffectiveItem) -> str:
    return hand_in(signed_in(person), item, new_phone="13900000000", new_address="某某路1号")


def said(number: str) -> dict[str, str]:
    view = read(Case.objects.get(number=number).pk)[0]
    return answers_of(view, publish.version(view.version_id).item)


def noticed(item: EffectiveItem, number: str, *wrong: str) -> None:
    """The window's notice: everything lies on the counter, only the form is wrong."""
    clerk = signed_in(staff(item, "window"))
    sent = {"tick": required(item), "notify.wrong_answers": list(wrong)}
    assert do(clerk, number, "notify", **sent) == 302


def answer(number: str, **more: object) -> dict[str, object]:
    """What the applicant's page sends back where nothing was changed: numbers stay empty."""
    row = Case.objects.get(number=number)
    unchanged = {"name": "张三", "new_address": "某某路1号", "note": ""}
    sent = {f"resubmit.answer.{key}": text for key, text in unchanged.items()}
    return {"seen": row.seq, "key": f"r{row.seq}", "resubmit.corrects": "1", **sent, **more}


def test_the_notice_names_what_is_wrong_in_the_form(item: EffectiveItem, number: str, person: User) -> None:
    noticed(item, number, "phone", "name")
    case = Case.objects.get(number=number)
    assert case.state["notified"] == ["application-form"]
    owner = signed_in(person)
    shown = owner.get(f"/my/{number}/").content.decode()
    assert "申请表填写的内容：姓名、手机号码" in shown
    assert "resubmit" not in shown, "there is one way to answer: the page of its own"
    text = owner.get(f"/my/{number}/supplement/").content.decode()
    assert text.count("需要更正") == 2
    assert 'id="resubmit.answer.name"' in text
    assert "resubmit.answer.id_kind" not in text, "what is right is not asked"
    assert 'value="张三"' in text
    assert "现为 138****5678，不改的不填" in text
    for secret in (PERSON["phone"], PERSON["id_number"], "13900000000"):
        assert secret not in text
    paper = owner.get(f"/paper/{number}/{case.seq}/one-off-notice/").content.decode()
    assert "1. 申请表填写的内容：姓名、手机号码" in paper


def test_the_applicant_corrects_and_the_timeline_says_which(
    item: EffectiveItem, number: str, person: User
) -> None:
    noticed(item, number, "phone", "name")
    client = signed_in(person)
    sent = answer(number, **{"resubmit.answer.name": "张三丰", "resubmit.answer.phone": "139 1234 5678"})
    assert client.post(f"/my/{number}/do/resubmit/", sent).status_code == 302
    assert (said(number)["name"], said(number)["phone"]) == ("张三丰", "13912345678")
    assert said(number)["new_phone"] == "13900000000", "what stood masked and empty was left as it is"
    assert client.post(f"/my/{number}/do/resubmit/", sent).status_code == 302, "sent twice, done once"
    assert CaseEvent.objects.filter(case__number=number, act="resubmit").count() == 1
    text = client.get(f"/my/{number}/").content.decode()
    assert "更正了申请表：姓名、手机号码" in text
    assert "还要补交" not in text
    assert "139****5678" in text
    assert "13912345678" not in text
    clerk = signed_in(User.objects.get(username="window"))
    assert "张三丰" in clerk.get("/desk/").content.decode()
    for name in ("张三丰", "张三"):
        assert clerk.post("/desk/search/", {"q": name}).url == f"/desk/case/{number}/"
    assert do(clerk, number, "accept", tick=required(item)) == 302


def test_an_answer_is_taken_back_by_a_tick(item: EffectiveItem, number: str, person: User) -> None:
    noticed(item, number, "new_phone")
    client = signed_in(person)
    page = client.get(f"/my/{number}/supplement/").content.decode()
    assert 'name="resubmit.answer.new_phone.clear"' in page
    sent = answer(number, **{"resubmit.answer.new_phone.clear": "1", "resubmit.answer.new_address": ""})
    assert client.post(f"/my/{number}/do/resubmit/", sent).status_code == 302
    assert (said(number)["new_phone"], said(number)["new_address"]) == ("", "")
    text = client.get(f"/my/{number}/").content.decode()
    assert "更正了申请表：变更后手机号码、变更后联系地址" in text
    assert "<dt>变更后手机号码</dt>" not in text


def test_what_cannot_be_right_comes_back_with_everything_typed(
    item: EffectiveItem, number: str, person: User
) -> None:
    noticed(item, number, "phone")
    before = Case.objects.get(number=number).seq
    sent = answer(number, **{"resubmit.answer.phone": "12", "resubmit.answer.note": "号码写错了"})
    page = signed_in(person).post(f"/my/{number}/do/resubmit/", sent)
    text = page.content.decode()
    assert page.status_code == 422
    assert "✕ 电话号码应为7至12位数字" in text
    assert 'value="12"' in text
    assert "号码写错了</textarea>" in text
    assert Case.objects.get(number=number).seq == before


def test_a_correction_that_needs_proof_offers_it_to_be_ticked(person: User) -> None:
    item = effective_item("puyang", "agency", "unit-info-change")
    published(item)
    proof = next(m for m in item.materials if "key-info-change" in {n.id for n in m.when})
    client, clerk = signed_in(person), signed_in(staff(item, "window"))
    unit = {"unit_name": "试验单位", "credit_code": "91350100M000100Y43", "operator_name": "张三"}
    number = hand_in(client, item, **unit)
    assert (
        do(clerk, number, "notify", tick=required(item), **{"notify.wrong_answers": ["new_unit_name"]}) == 302
    )
    row = Case.objects.get(number=number)
    same = {**unit, "unit_operation": "change", "new_unit_name": "试验新单位", "note": ""}
    sent = {f"resubmit.answer.{key}": text for key, text in same.items()}
    sent |= {"seen": row.seq, "key": "p", "resubmit.corrects": "1"}
    assert proof.name not in client.get(f"/my/{number}/").content.decode()
    page = client.post(f"/my/{number}/do/resubmit/", sent)
    assert page.status_code == 422
    assert f"更正以后还需要{proof.name}" in page.content.decode()
    assert f'name="resubmit.brought_materials" value="{proof.id}"' in page.content.decode()
    again = {**sent, "key": "p2", "resubmit.brought_materials": [proof.id]}
    assert client.post(f"/my/{number}/do/resubmit/", again).status_code == 302
    page = clerk.get(f"/desk/case/{number}/").content.decode()
    assert f"{proof.name}（申请人称会提交）" in page


def test_without_the_form_in_the_notice_nothing_is_offered(
    item: EffectiveItem, number: str, person: User
) -> None:
    assert do(signed_in(staff(item, "window")), number, "notify") == 302
    text = signed_in(person).get(f"/my/{number}/supplement/").content.decode()
    assert f'id="slot-{required(item)[0]}"' in text
    assert "resubmit.answer" not in text
    assert "application-form" not in text


def test_the_window_corrects_a_slip_at_acceptance(item: EffectiveItem, number: str) -> None:
    clerk = signed_in(staff(item, "window"))
    text = clerk.get(f"/desk/case/{number}/").content.decode()
    assert "更正申请表里的笔误" in text
    assert 'name="accept.answer.name"' in text
    for secret in (PERSON["phone"], PERSON["id_number"], "13900000000"):
        assert secret not in text
    sent = {
        "tick": required(item),
        "accept.corrects": "1",
        "accept.answer.name": "张叁",
        "accept.answer.new_address": "某某路1号",
    }
    assert do(clerk, number, "accept", **sent) == 302
    assert (said(number)["name"], said(number)["phone"]) == ("张叁", PERSON["phone"])
    page = clerk.get(f"/desk/case/{number}/").content.decode()
    assert "更正了申请表：姓名" in page
    assert "accept.answer" not in page, "accepted: nobody corrects any more"


def test_what_the_window_corrects_may_ask_for_more_papers(item: EffectiveItem, number: str) -> None:
    proof = next(m for m in item.materials if "key-info-change" in {n.id for n in m.when})
    clerk = signed_in(staff(item, "window"))
    seen = Case.objects.get(number=number).seq
    sent: dict[str, object] = {
        "tick": required(item),
        "accept.corrects": "1",
        "accept.answer.name": "张三",
        "accept.answer.new_name": "张叁",
        "accept.answer.new_address": "某某路1号",
    }
    page = clerk.post(f"/desk/case/{number}/do/accept/", {"seen": seen, "key": "k1", **sent})
    assert page.status_code == 422
    text = page.content.decode()
    assert 'value="张叁"' in text
    assert f'name="tick" value="{proof.id}"' in text
    sent["tick"] = [*required(item), proof.id]
    assert (
        clerk.post(f"/desk/case/{number}/do/accept/", {"seen": seen, "key": "k2", **sent}).status_code == 302
    )
    assert said(number)["new_name"] == "张叁"


def test_a_stale_page_keeps_the_corrections_too(item: EffectiveItem, number: str, person: User) -> None:
    noticed(item, number, "note")
    sent = answer(number, **{"resubmit.answer.note": "写了很久的说明"})
    withdrawn = {"seen": Case.objects.get(number=number).seq, "key": "w"}
    assert signed_in(person).post(f"/my/{number}/do/withdraw/", withdrawn).status_code == 302
    page = signed_in(person).post(f"/my/{number}/do/resubmit/", sent)
    assert page.status_code == 409
    assert "需要说明的情况：写了很久的说明" in page.content.decode()


def test_who_has_only_the_code_reads_no_answers(item: EffectiveItem, number: str, person: User) -> None:
    noticed(item, number, "phone")
    case = Case.objects.get(number=number)
    client = signed_in(User.objects.create_user("code-holder"))
    client.post("/progress/", {"number": number, "code": case.query_code})
    text = client.get(f"/progress/{number}/").content.decode()
    assert "申请表填写的内容：手机号码" in text
    assert "138****5678" not in text
    assert "resubmit.answer" not in text
