"""Answering a one-off notice: asked is only what is missing or wrong, and it is handed in once."""

from __future__ import annotations

import re
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jingban.access.models import User
from jingban.cases.models import Case, CaseEvent, Draft
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.uploads import service as uploads
from tests.portals.conftest import PERSON, hand_in, published, signed_in, staff
from tests.portals.test_correcting import said
from tests.portals.test_desk import do, required
from tests.uploads.make import jpeg

CHANGE = effective_item("puyang", "agency", "resident-info-change")


@pytest.fixture
def item() -> EffectiveItem:
    published(CHANGE)
    return CHANGE


@pytest.fixture
def number(person: User, item: EffectiveItem) -> str:
    return hand_in(signed_in(person), item, new_phone="13900000000", new_address="某某路1号")


def sent_back(item: EffectiveItem, number: str, *wrong: str, lacking: bool = False) -> None:
    have = [] if lacking else required(item)
    more = {"notify.wrong_answers": list(wrong)} if wrong else {}
    assert do(signed_in(staff(item, "window")), number, "notify", tick=have, **more) == 302


def hidden(client: Client, number: str) -> dict[str, str]:
    text = client.get(f"/my/{number}/supplement/").content.decode()
    return {name: re.findall(rf'name="{name}" value="(\d+)"', text)[0] for name in ("seen", "case_seen")}


def test_only_what_the_notice_names_is_asked(item: EffectiveItem, number: str, person: User) -> None:
    client = signed_in(person)
    assert client.get(f"/my/{number}/supplement/").url == f"/my/{number}/", "nothing is asked yet"
    sent_back(item, number, "phone", lacking=True)
    assert f'href="/my/{number}/supplement/"' in client.get(f"/my/{number}/").content.decode()
    text = client.get(f"/my/{number}/supplement/").content.decode()
    case = Case.objects.get(number=number)
    named = set(case.state["notified"]) - {"application-form"}
    assert set(re.findall(r'id="slot-([\w-]+)"', text)) == named
    assert 'id="resubmit.answer.phone"' in text
    assert 'id="resubmit.answer.name"' not in text
    assert "还剩" in text
    assert "现为 138****5678，不改的不填" in text
    assert PERSON["phone"] not in text


def test_papers_and_answers_go_in_together_once(item: EffectiveItem, number: str, person: User) -> None:
    sent_back(item, number, "phone", lacking=True)
    client, slots = signed_in(person), required(item)
    file = SimpleUploadedFile("p.jpg", jpeg(seed=1), "image/jpeg")
    sent = {
        **hidden(client, number), "go": "submit", "resubmit.answer.phone": "139 1234 5678",
        f"file.{slots[0]}": [file], "supplied": slots[1:],
    }  # fmt: skip
    assert client.post(f"/my/{number}/supplement/", sent).url == f"/my/{number}/"
    case = Case.objects.get(number=number)
    assert case.step == "accept"
    assert said(number)["phone"] == "13912345678"
    assert said(number)["new_address"] == "某某路1号", "what was not asked stays"
    assert [u.slot for u in uploads.of_case(case.pk)] == [slots[0]]
    file.seek(0)
    assert client.post(f"/my/{number}/supplement/", sent).url == f"/my/{number}/", "sent twice, done once"
    assert CaseEvent.objects.filter(case=case, act="resubmit").count() == 1


def test_a_wrong_answer_is_told_and_kept(item: EffectiveItem, number: str, person: User) -> None:
    sent_back(item, number, "phone")
    client = signed_in(person)
    sent = {**hidden(client, number), "go": "submit", "resubmit.answer.phone": "12"}
    page = client.post(f"/my/{number}/supplement/", sent)
    text = page.content.decode()
    assert page.status_code == 422
    assert "✕ 电话号码应为7至12位数字" in text
    assert 'value="12"' in text
    assert Case.objects.get(number=number).step == "supplement"


def test_nothing_brought_is_told(item: EffectiveItem, number: str, person: User) -> None:
    sent_back(item, number, lacking=True)
    client = signed_in(person)
    page = client.post(f"/my/{number}/supplement/", {**hidden(client, number), "go": "submit"})
    assert page.status_code == 422
    assert "还没有上传材料" in page.content.decode()


def test_it_is_saved_on_the_way_and_listed(item: EffectiveItem, number: str, person: User) -> None:
    sent_back(item, number, "phone")
    client = signed_in(person)
    auto = {**hidden(client, number), "go": "autosave", "resubmit.answer.phone": "139"}
    assert client.post(f"/my/{number}/supplement/", auto).json()["seen"] == 1
    assert 'value="139"' in client.get(f"/my/{number}/supplement/").content.decode()
    assert f'href="/my/{number}/supplement/"' in client.get("/my/").content.decode()
    behind = client.post(f"/my/{number}/supplement/", {**auto, "resubmit.answer.phone": "138"})
    assert behind.status_code == 409
    assert Draft.objects.get(handed_in="").version == 1


def test_what_another_page_filled_in_is_seen_before_it_is_gone(
    item: EffectiveItem, number: str, person: User
) -> None:
    sent_back(item, number, "phone")
    client, where = signed_in(person), f"/my/{number}/supplement/"
    first = hidden(client, number)
    auto = {**first, "go": "autosave", "resubmit.answer.phone": "13912345678"}
    assert client.post(where, auto).status_code == 200
    submit = {**hidden(client, number), "go": "submit", "resubmit.answer.phone": "13912345678"}
    assert client.post(where, {**auto, "resubmit.answer.phone": "13812340000"}).status_code == 409
    page = client.post(where, submit)
    text = page.content.decode()
    assert page.status_code == 422
    assert "没有用上的内容" in text
    assert "138****0000" in text
    (mark,) = re.findall(r'name="asides" value="([^"]+)"', text)
    assert client.post(where, {**submit, "asides": mark}).url == f"/my/{number}/"
    assert said(number)["phone"] == "13912345678"


def test_a_correction_that_needs_papers_asks_for_them_here(person: User) -> None:
    item = effective_item("puyang", "agency", "unit-info-change")
    published(item)
    proof = next(m for m in item.materials if "key-info-change" in {n.id for n in m.when})
    unit = {"unit_name": "试验单位", "credit_code": "91350100M000100Y43", "operator_name": "张三"}
    client = signed_in(person)
    number = hand_in(client, item, **unit)
    sent_back(item, number, "new_unit_name")
    sent = {**hidden(client, number), "go": "submit", "resubmit.answer.new_unit_name": "试验新单位"}
    page = client.post(f"/my/{number}/supplement/", sent)
    text = page.content.decode()
    assert page.status_code == 422
    assert f'id="slot-{proof.id}"' in text
    again = {**sent, "called_for": proof.id, "supplied": proof.id}
    again["seen"] = re.findall(r'name="seen" value="(\d+)"', text)[0]
    assert client.post(f"/my/{number}/supplement/", again).status_code == 302
    assert said(number)["new_unit_name"] == "试验新单位"


def test_nobody_takes_the_place_of_an_answer_beforehand(
    item: EffectiveItem, number: str, person: User
) -> None:
    """A draft's address is chosen by its page: what others could work out, they could hold first."""
    sent_back(item, number, "phone")
    client = signed_in(person)
    auto = {**hidden(client, number), "go": "autosave", "resubmit.answer.phone": "139"}
    assert client.post(f"/my/{number}/supplement/", auto).status_code == 200
    case, seq = Case.objects.get(number=number), CaseEvent.objects.filter(to_step="supplement").get().seq
    known = f"{case.pk}:{person.pk}:{seq}"
    guessed = {uuid5(space, known) for space in (NAMESPACE_OID, UUID("b0f6f3f0-52c5-5f0a-9a3a-3a1c1c8f6a51"))}
    assert not Draft.objects.filter(pk__in=guessed).exists()


def test_somebody_elses_notice_is_closed(item: EffectiveItem, number: str) -> None:
    sent_back(item, number, lacking=True)
    other = signed_in(User.objects.create_user("zhao"))
    assert other.get(f"/my/{number}/supplement/").status_code == 403
