"""Applying, following and answering: what a citizen does."""

from __future__ import annotations

import pytest
from django.test import Client

from jingban.access.models import Mandate, User
from jingban.cases.models import Case, Draft
from jingban.core.checkdigit import with_check_digit
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from jingban.walk.answers import answers_for as samples
from tests.portals.conftest import PERSON, apply_url, hand_in, published, signed_in, staff

APPLIED_FOR = [i for i in effective_all() if i.process.starts == "application" and not i.opens]


@pytest.mark.parametrize("item", APPLIED_FOR, ids=lambda item: item.key)
def test_every_application_form_is_a_page(person: User, item: EffectiveItem) -> None:
    published(item)
    page = signed_in(person).get(apply_url(item), follow=True)
    assert page.status_code == 200
    assert page.content.decode().count("<h1") == 1


def test_signing_in_comes_first(client: Client, entry: EffectiveItem) -> None:
    answer = client.get(apply_url(entry))
    assert answer.url == f"/login/?next={apply_url(entry)}"


def test_filled_in_and_handed_in(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    number = hand_in(client, entry)
    text = client.get(f"/my/{number}/done/").content.decode()
    case = Case.objects.get(number=number)
    assert number in text
    assert case.query_code in text.replace(" ", "")
    assert "接下来" in text
    assert number in client.get("/my/").content.decode()


def test_the_counter_s_page_checks_and_a_doubled_submission_is_one_case(entry: EffectiveItem) -> None:
    client = signed_in(staff(entry, "window"))
    sent = {
        **PERSON,
        "go": "check",
        "key": "k1",
        "received": "here/id-card",
        "office": entry.accepted_by[0].id,
    }
    checked = client.post(apply_url(entry), sent).content.decode()
    assert "请核对" in checked
    assert 'value="k1"' in checked
    assert hand_in(client, entry, key="k1") == hand_in(client, entry, key="k1")
    assert Case.objects.count() == 1


def test_the_counter_s_page_is_no_door_for_who_sits_at_none(person: User, entry: EffectiveItem) -> None:
    """Nor for a clerk whose role ended meanwhile: that would be the clerk's own application."""
    sent = {**samples(entry, PERSON), "office": entry.accepted_by[0].id, "go": "submit", "key": "k1"}
    answer = signed_in(person).post(apply_url(entry), sent)
    assert answer.status_code == 403
    assert "在线办理" in answer.content.decode()
    assert not Case.objects.exists()


def test_faults_stand_by_their_fields_and_nothing_typed_is_lost(entry: EffectiveItem) -> None:
    typed = {**PERSON, "id_number": "110105194912310021", "phone": "12", "note": "腿脚不便", "go": "check"}
    typed |= {"received": "here/id-card", "office": entry.accepted_by[0].id}
    page = signed_in(staff(entry, "window")).post(apply_url(entry), typed)
    text = page.content.decode()
    assert page.status_code == 422
    assert "还有2处需要改正" in text
    assert 'href="#id_number"' in text
    assert 'href="#phone"' in text
    assert 'value="张三"' in text
    assert "腿脚不便" in text
    assert Case.objects.count() == 0


def test_ticked_materials_stay_ticked(entry: EffectiveItem) -> None:
    key = entry.materials[0].id
    page = signed_in(staff(entry, "window")).post(
        apply_url(entry), {**PERSON, "name": "", "supplied": key, "go": "check"}
    )
    assert f'name="supplied" value="{key}" checked' in page.content.decode()


def test_the_list_of_materials_follows_the_situation(person: User) -> None:
    item = next(
        i
        for i in APPLIED_FOR
        for m in i.materials
        if len(m.when) == 1 and m.when[0].id == "delegated" and not m.for_whom
    )
    material = next(m for m in item.materials if [n.id for n in m.when] == ["delegated"])
    published(item)
    client = signed_in(person)
    without = client.post(apply_url(item) + "materials/").content.decode()
    given = client.post(apply_url(item) + "materials/", {"situation": "delegated"}).content.decode()
    assert material.name not in without
    assert material.name in given
    assert "<html" not in given


def test_facts_of_branches_are_asked(person: User) -> None:
    item = next(i for i in APPLIED_FOR if "hardship" in i.facts_asked)
    published(item)
    client = signed_in(person)
    page = client.post(client.get(apply_url(item)).url, {"seen": 0, "go": "next"})
    assert page.status_code == 422
    assert page.content.decode().count("请选择困难类型") == 2, "on top, and beside the choice"
    number = hand_in(client, item, **{"fact.hardship": "income"})
    assert Case.objects.get(number=number).state["facts"]["hardship"] == "income"


def test_what_nobody_applies_for_says_so(person: User) -> None:
    item = next(i for i in effective_all() if i.process.starts != "application")
    published(item)
    page = signed_in(person).get(apply_url(item))
    assert page.status_code == 409
    assert "不用您来申请" in page.content.decode()


def test_for_another_under_a_mandate(person: User, entry: EffectiveItem) -> None:
    principal = User.objects.create_user("li", name="李某")
    mandate = Mandate.objects.create(
        principal=principal, agent=person, proof="授权委托书", start_on="2026-01-01"
    )
    client = signed_in(person)
    assert "受李某委托" in client.get(apply_url(entry), follow=True).content.decode()
    number = hand_in(client, entry, whom=f"mandate-{mandate.pk}")
    assert Case.objects.get(number=number).applicant_id == principal.pk
    assert client.get(f"/my/{number}/").status_code == 200


def test_a_mandate_that_is_not_held_is_refused(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    page = client.post(client.get(apply_url(entry)).url, {"seen": 0, "go": "next", "whom": "mandate-77"})
    assert page.status_code == 403, "not taken for an application of one's own"
    assert "不能替这个人办理" in page.content.decode()
    assert not Draft.objects.exists()


def test_somebody_elses_case_is_closed(person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    other = User.objects.create_user("zhao")
    for address in (f"/my/{number}/", f"/my/{number}/done/", f"/desk/case/{number}/"):
        assert signed_in(other).get(address).status_code == 403


def test_a_mandate_for_one_entry_shows_nothing_of_the_others(person: User, entry: EffectiveItem) -> None:
    principal = User.objects.create_user("li", name="李某")
    tip_off = next(item for item in effective_all() if item.sealed)
    published(tip_off)
    number = hand_in(signed_in(principal), entry)
    tip = {"accused": "某某诊所", "clues": "虚开处方", "name": "", "phone": ""}
    sealed = hand_in(signed_in(principal), tip_off, key="tip", **tip)
    mandate = Mandate.objects.create(
        principal=principal, agent=person, proof="授权委托书", items=["other-thing"], start_on="2026-01-01"
    )
    client = signed_in(person)
    assert number not in client.get("/my/").content.decode()
    Mandate.objects.filter(pk=mandate.pk).update(items=[])
    listed = client.get("/my/").content.decode()
    assert number in listed
    assert sealed not in listed, "a tip-off is the reporter's alone"
    assert sealed in signed_in(principal).get("/my/").content.decode()


def test_withdrawing_by_the_applicant(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    number = hand_in(client, entry)
    case = Case.objects.get(number=number)
    answer = client.post(f"/my/{number}/do/withdraw/", {"seen": case.seq, "key": "w"})
    assert answer.status_code == 302
    assert Case.objects.get(number=number).outcome == "withdrawn"
    assert "已撤回" in client.get(f"/my/{number}/").content.decode()


def test_progress_by_number_and_code(client: Client, person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    code = Case.objects.get(number=number).query_code
    answer = client.post("/progress/", {"number": f" {number} ", "code": f"{code[:4]}-{code[4:]}".lower()})
    assert answer.url == f"/progress/{number}/"
    text = client.get(answer.url).content.decode()
    assert "现在到" in text
    assert "<svg" in text
    assert PERSON["id_number"] not in text
    assert "张三" not in text


def test_wrong_number_and_wrong_code_get_the_same_answer(
    client: Client, person: User, entry: EffectiveItem
) -> None:
    number = hand_in(signed_in(person), entry)
    code = Case.objects.get(number=number).query_code
    wrong = "22222222A" if code != "22222222A" else "22222222C"
    answers = [
        client.post("/progress/", pair)
        for pair in (
            {"number": number, "code": wrong},
            {"number": with_check_digit(number[:-1].replace("-", "")[:-1] + "9"), "code": code},
            {"number": number, "code": ""},
        )
    ]
    assert {a.status_code for a in answers} == {404}
    assert all("编号或查询码不对" in a.content.decode() for a in answers)
    assert client.get(f"/progress/{number}/").status_code == 302


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{bare}", "{wide}", "{dashes}"])
def test_a_number_may_be_typed_in_any_way(
    client: Client, person: User, entry: EffectiveItem, typed: str
) -> None:
    number = hand_in(signed_in(person), entry)
    code = Case.objects.get(number=number).query_code
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
    text = typed.format(number, bare=number.replace("-", ""), wide=wide, dashes=number.replace("-", " — "))
    assert client.post("/progress/", {"number": text, "code": code}).url == f"/progress/{number}/"
    clerk = signed_in(staff(entry, "window"))
    assert clerk.post("/desk/search/", {"q": text}).url == f"/desk/case/{number}/"
    assert clerk.get(f"/desk/case/{text}/").status_code == 200


@pytest.mark.parametrize("text", ["1-2-3", "", "²²", "abc", "张三"])
def test_what_is_no_number_costs_no_try(client: Client, text: str) -> None:
    for _ in range(12):
        page = client.post("/progress/", {"number": text, "code": "222222222"})
    assert page.status_code == 404
    assert "办件编号不对，请核对" in page.content.decode()


def test_a_wrong_check_digit_says_so(client: Client, person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    code = Case.objects.get(number=number).query_code
    for _ in range(12):
        page = client.post("/progress/", {"number": wrong, "code": code})
    assert "办件编号不对，请核对" in page.content.decode()
    found = signed_in(staff(entry, "window")).post("/desk/search/", {"q": wrong})
    assert "办件编号不对，请核对" in found.content.decode()
    assert client.post("/progress/", {"number": number, "code": code}).status_code == 302


def test_guessing_is_stopped(client: Client, person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    code = Case.objects.get(number=number).query_code
    for _ in range(10):
        client.post("/progress/", {"number": number, "code": "AAAAAAAAA"})
    assert client.post("/progress/", {"number": number, "code": code}).status_code == 429
