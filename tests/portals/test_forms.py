"""The application page: every kind of field, what comes and goes with the situation, and nothing typed is lost."""

from __future__ import annotations

import re

import pytest

from jingban.access.models import User
from jingban.cases.forms import facts_told, situations_told
from jingban.cases.models import Case
from jingban.portals.questions import choices, questions
from jingban.rulebook.cache import effective_all, effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.walk.answers import answers_for as samples
from tests.portals.conftest import PERSON, apply_url, hand_in, published, signed_in, staff, steps_page

ENROL = effective_item("puyang", "agency", "employee-enrolment")
UNIT_CHANGE = effective_item("puyang", "agency", "unit-info-change")
WITHDRAWAL = effective_item("puyang", "agency", "account-withdrawal")
CHRONIC = next(i for i in effective_all() if any(f.kind == "diseases" for f in i.form) and not i.facts_asked)
RETIREE = next(
    i for i in effective_all() if i.fixed.get("offsite_category") == "retiree" and not i.facts_asked
)
PROOF = next(m for m in UNIT_CHANGE.materials if "key-info-change" in {n.id for n in m.when})


def page_of(item: EffectiveItem, person: User) -> str:
    published(item)
    return steps_page(signed_in(person), item, "fill")


def field(text: str, key: str) -> str:
    """The tag of an input, or the fieldset of several."""
    return re.findall(rf'<(?:input|select|textarea|fieldset)[^>]* id="{key}"[^>]*>', text)[0]


def test_every_kind_of_field_has_its_input(person: User) -> None:
    text = page_of(ENROL, person)
    assert field(text, "employee_operation").startswith("<fieldset")
    assert text.count('type="radio" name="employee_operation"') == 5
    assert "在职转退休" in text
    assert field(text, "id_kind").startswith("<select")
    assert '<option value="">不选</option>' in text
    assert 'inputmode="numeric"' in field(text, "from_date")
    assert 'inputmode="decimal"' in field(text, "monthly_wage")
    assert 'inputmode="tel"' in field(text, "phone")
    assert 'autocomplete="name"' in field(text, "name")
    assert field(text, "note").startswith("<textarea")
    assert "年月日8位数字，例如 20260930" in text
    assert "例如 5000 或 5000.50" in text


def test_diseases_are_ticked_by_name(person: User) -> None:
    text = page_of(CHRONIC, person)
    assert 'type="checkbox" name="diseases" value="M03900"' in text
    assert "高血压（M03900）" in text
    client = signed_in(person)
    sent = {**samples(CHRONIC, PERSON), "diseases": ["M03900", "M01600"], "office": CHRONIC.accepted_by[0].id}
    address = client.get(apply_url(CHRONIC)).url.rsplit("/", 2)[0]
    again = client.post(f"{address}/fill/", {**sent, "seen": 1, "phone": "", "go": "next"}).content.decode()
    assert 'value="M01600" checked' in again
    number = hand_in(client, CHRONIC, **sent)
    shown = client.get(f"/my/{number}/").content.decode()
    assert "高血压（M03900）、糖尿病（M01600）" in shown


def test_what_the_entry_fixes_is_shown_and_not_asked(person: User) -> None:
    text = page_of(RETIREE, person)
    assert "备案类型" in text
    assert "异地安置退休人员" in text
    assert 'name="offsite_category"' not in text
    client = signed_in(person)
    sent = {**samples(RETIREE, PERSON), "office": RETIREE.accepted_by[0].id}
    number = hand_in(client, RETIREE, **{**sent, "offsite_category": "emergency"})
    shown = client.get(f"/my/{number}/").content.decode()
    assert "异地安置退休人员" in shown
    assert "新备案" in shown


def test_a_field_comes_with_its_situation_and_keeps_what_was_typed(person: User) -> None:
    text = page_of(ENROL, person)
    assert '<div id="at-deemed_months"></div>' in text.replace("\n", "")
    client, address = signed_in(person), apply_url(ENROL) + "materials/"
    ticked = {**PERSON, "employee_operation": "retire"}
    came = client.post(address, ticked).content.decode()
    assert '<div id="at-deemed_months" hx-swap-oob="true">' in came
    assert 'inputmode="numeric"' in field(came, "deemed_months")
    assert 'name="shown" value="deemed_months"' in came
    assert "hx-swap-oob" not in client.post(address, {**ticked, "shown": "deemed_months"}).content.decode()
    went = client.post(
        address, {**PERSON, "employee_operation": "add", "shown": "deemed_months", "deemed_months": "24"}
    ).content.decode()
    assert '<input type="hidden" name="deemed_months" value="24">' in went
    assert 'id="deemed_months"' not in went
    clerk = signed_in(staff(ENROL, "window"))
    whole = clerk.post(apply_url(ENROL), {**ticked, "deemed_months": "24", "go": "refresh"}).content.decode()
    assert 'value="24"' in field(whole, "deemed_months")


def test_one_question_brings_the_fields_of_a_helper(person: User) -> None:
    for item in effective_all():
        asked = [q.key for q in questions(item)]
        assert len(asked) == len(set(asked))
        if item.subject == "person":
            assert {"agent", "delegated"} & set(asked), item.key
        for one in item.form:
            assert not one.when or set(one.when) & {*asked, *situations_told(item)}, (item.key, one.key)
        assert not situations_told(item) & set(asked), "what the form says is not asked again"
        assert not facts_told(item) & {choice.name for choice in choices(item)}
    plain = next(i for i in effective_all() if i.item == "resident-info-change" and i.region == "puyang")
    assert [q.key for q in questions(plain) if q.key in ("agent", "delegated")] == ["agent"]


def test_filling_in_key_information_asks_for_its_proof_where_the_region_does(person: User) -> None:
    published(UNIT_CHANGE)
    client, address = signed_in(person), apply_url(UNIT_CHANGE) + "materials/"
    assert "key-info-change" not in {q.key for q in questions(UNIT_CHANGE)}, "the form says it"
    assert PROOF.name not in client.post(address, {"new_unit_phone": "01012345678"}).content.decode()
    assert PROOF.name in client.post(address, {"new_unit_name": "试验新单位"}).content.decode()
    text = steps_page(client, UNIT_CHANGE, "fill")
    assert 'class="mb-3 tells"' in text
    silent = next(
        i
        for i in effective_all()
        if any(f.key_info for f in i.form)
        and not any("key-info-change" in {n.id for n in m.when} for m in i.materials)
    )
    published(silent)
    lists = [
        client.post(apply_url(silent) + "materials/", sent).content.decode()
        for sent in ({}, {"new_name": "李四", "new_unit_name": "试验新单位"})
    ]
    assert lists[0] == lists[1]


def test_what_was_typed_stands_in_no_address(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    assert client.get(apply_url(entry) + "materials/", {"name": "张三"}).status_code == 405
    assert "hx-get" not in steps_page(client, entry, "fill")


def test_faults_stand_by_choices_too_and_nothing_is_lost() -> None:
    published(ENROL)
    typed = {
        **PERSON,
        "id_kind": "08",
        "id_number": "E1",
        "from_date": "明天",
        "monthly_wage": "五千",
        "address": "某某路1号",
        "employee_operation": "retire",
        "deemed_months": "十",
        "go": "check",
        "office": ENROL.accepted_by[0].id,
        "received": "here/id-card",
    }
    page = signed_in(staff(ENROL, "window")).post(apply_url(ENROL), typed)
    text = page.content.decode()
    assert page.status_code == 422
    assert "还有4处需要改正" in text
    for key in ("id_number", "from_date", "monthly_wage", "deemed_months"):
        assert f'href="#{key}"' in text
        assert field(text, key)
    assert 'value="retire" checked' in text
    assert "应为年月日，例如 2026-09-30" in text
    assert '<option value="08" selected>' in text
    for kept in ("E1", "明天", "五千", "某某路1号", "十"):
        assert f'value="{kept}"' in text


def test_a_choice_that_is_left_open_is_told_beside_it() -> None:
    published(ENROL)
    sent = {
        **samples(ENROL, PERSON),
        "employee_operation": "",
        "go": "check",
        "office": ENROL.accepted_by[0].id,
    }
    text = signed_in(staff(ENROL, "window")).post(apply_url(ENROL), sent).content.decode()
    assert 'href="#employee_operation"' in text
    assert "✕ 请选择业务类型" in text


def test_what_the_form_says_decides_the_way(person: User) -> None:
    """The kind of off-site filing is asked once, and the procedure goes by it."""
    item = next(i for i in effective_all() if "stay" in i.facts_asked)
    published(item)
    client = signed_in(person)
    assert 'name="fact.stay"' not in client.get(apply_url(item), follow=True).content.decode()
    for category, stay in (
        ("posted-worker", "long-term"),
        ("referral", "referral"),
        ("emergency", "temporary"),
    ):
        number = hand_in(client, item, offsite_category=category, key=category)
        assert Case.objects.get(number=number).state["facts"]["stay"] == stay


def test_a_choice_brings_the_materials_of_its_situation(person: User) -> None:
    item = next(
        i
        for i in effective_all()
        if i.item == "account-withdrawal"
        and any("giving-up" in {n.id for n in m.for_whom} for m in i.materials)
    )
    published(item)
    statement = next(m for m in item.materials if "giving-up" in {n.id for n in m.for_whom})
    client, address = signed_in(person), apply_url(item) + "materials/"
    lists = [
        client.post(address, {"withdrawal_reason": reason}).content.decode()
        for reason in ("death", "giving-up")
    ]
    assert [statement.name in text for text in lists] == [False, True]
    assert ['id="death_on"' in text for text in lists] == [True, False]


def test_the_check_page_says_how_it_was_understood() -> None:
    published(ENROL)
    typed = {
        **samples(ENROL, PERSON),
        "from_date": "20260930",
        "employee_operation": "retire",
        "monthly_wage": "5,000",
        "deemed_months": "024",
        "go": "check",
        "office": ENROL.accepted_by[0].id,
        "received": "here/id-card",
    }
    client = signed_in(staff(ENROL, "window"))
    text = client.post(apply_url(ENROL), typed).content.decode()
    for said in ("请核对", "2026年9月30日", "在职转退休", "5000.00", "<dd>24</dd>", "（未填）"):
        assert said in text
    assert 'name="from_date" value="20260930"' in text, "what goes back to the form is what was typed"
    number = hand_in(client, ENROL, **typed)
    shown = client.get(f"/desk/case/{number}/").content.decode()
    for said in ("2026年9月30日", "在职转退休", "5000.00"):
        assert said in shown
    assert ">retire<" not in shown


def test_account_and_certificate_numbers_stand_masked_on_case_pages(person: User) -> None:
    published(WITHDRAWAL)
    sent = {"bank_account": "6222 0000 0000 1234", "payee_id_number": "999001197503120019"}
    number = hand_in(signed_in(person), WITHDRAWAL, **sent)
    pages = [
        signed_in(person).get(f"/my/{number}/").content.decode(),
        signed_in(staff(WITHDRAWAL, "window")).get(f"/desk/case/{number}/").content.decode(),
    ]
    for text in pages:
        assert "1234" in text
        assert "参保人死亡" in text
        for secret in ("6222000000001234", "999001197503120019", PERSON["id_number"], PERSON["phone"]):
            assert secret not in text
    full = (
        signed_in(User.objects.get(username="window"))
        .post(f"/desk/case/{number}/full/", {"reason": "核对"})
        .content.decode()
    )
    assert "6222000000001234" in full


def test_a_clerk_fills_in_the_same_form(person: User) -> None:
    published(ENROL)
    client = signed_in(staff(ENROL, "window"))
    assert 'name="employee_operation"' in client.get(apply_url(ENROL)).content.decode()
    number = hand_in(client, ENROL)
    assert Case.objects.get(number=number).applicant_id is None


@pytest.mark.parametrize("key", ["offsite_operation", "offsite_category"])
def test_required_choices_that_are_few_are_all_seen(person: User, key: str) -> None:
    item = next(i for i in effective_all() if i.item == "offsite-filing")
    assert field(page_of(item, person), key).startswith("<fieldset")
