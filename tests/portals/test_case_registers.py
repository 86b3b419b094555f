"""The register part of a case page: what the case would change, what it did, who else means to, what need not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from jingban.access.models import Grant, User
from jingban.access.service import Actor
from jingban.audit.models import Entry
from jingban.cases.view import CaseView
from jingban.registry import accounts, enrolments, identity, persons
from jingban.registry.models import Change, Person
from jingban.registry.models.enrolments import Kind
from jingban.sharing.simulated import put
from tests.houses import House, forget_versions, staff
from tests.portals.conftest import NOW, signed_in
from tests.registry import factories as made

pytestmark = pytest.mark.live_effects

CHANGE = ("puyang", "agency", "resident-info-change")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def house() -> Iterator[House]:
    forget_versions()
    yield House(now=NOW)
    forget_versions()


@pytest.fixture
def resident() -> Person:
    origin = made.origin()
    person = made.person(origin, 1)
    enrolments.enrol(
        made.origin(day=date(2026, 1, 5)), person, insurance="390", kind=Kind.ADULT, start_on=date(2026, 1, 5),
        end_on=date(2026, 12, 31),
    )  # fmt: skip
    return person


@pytest.fixture
def clerk() -> Client:
    user = User.objects.create_user("window-clerk")
    Grant.objects.create(user=user, region="puyang", role="window", start_on="2026-01-01")
    return signed_in(user)


def filed(house: House, entry: tuple[str, str, str] = CHANGE, **answers: str) -> CaseView:
    return house.apply(entry, answers={**made.who(1), **answers})


def panel(client: Client, view: CaseView) -> str:
    answer = client.get(f"/desk/case/{view.number}/registers/", headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    return str(answer.content.decode())


def test_before_the_effect_both_values_are_shown_masked_and_nothing_is_written(
    house: House, clerk: Client, resident: Person
) -> None:
    view = filed(house, new_phone="13900001111")
    page = clerk.get(f"/desk/case/{view.number}/").content.decode()
    assert f"/desk/case/{view.number}/registers/" in page
    changes = Change.objects.count()
    shown = panel(clerk, view)
    assert "登记变动预览" in shown
    assert "130****0001" in shown
    assert "139****1111" in shown
    assert "13900001111" not in shown
    assert Change.objects.count() == changes
    last = Entry.objects.using("audit").order_by("id").last()
    assert last is not None
    assert (last.kind, last.subject) == ("read", f"case:{view.number}")


def test_without_scripts_the_link_leads_to_the_whole_page(
    house: House, clerk: Client, resident: Person
) -> None:
    view = filed(house, new_phone="13900001111")
    page = clerk.get(f"/desk/case/{view.number}/registers/").content.decode()
    assert "<html" in page
    assert "139****1111" in page


def test_revealing_shows_the_changes_in_full(house: House, clerk: Client, resident: Person) -> None:
    view = filed(house, new_phone="13900001111")
    page = clerk.post(f"/desk/case/{view.number}/full/", {"reason": "核对"}).content.decode()
    assert page.count("13900001111") >= 2  # in the form, and in the preview


def test_what_cannot_take_effect_says_why(house: House, clerk: Client, resident: Person) -> None:
    view = filed(house, new_phone="13012340001")
    shown = panel(clerk, view)
    assert "本件还不能生效" in shown
    assert "没有需要变更的" in shown


def test_another_open_case_on_the_field_is_named(house: House, clerk: Client, resident: Person) -> None:
    one, two = filed(house, new_phone="13900001111"), filed(house, new_phone="13900002222")
    shown = panel(clerk, one)
    assert "同一栏目的其他在办件" in shown
    assert f"/desk/case/{two.number}/" in shown
    assert "个人信息·电话" in shown


def test_a_case_that_the_reader_may_not_see_is_not_linked(house: House, resident: Person) -> None:
    one, two = filed(house, new_phone="13900001111"), filed(house, new_phone="13900002222")
    citizen = User.objects.create_user("helper")
    from jingban.portals.casechanges import register_panel

    rivals = register_panel(one, Actor(citizen.pk, "x"), NOW).rivals
    assert [rival.number for rival in rivals] == [""]
    assert two.number not in str(rivals)


def approved(house: House, view: CaseView) -> CaseView:
    view = house.act(view, "accept", actor=staff(8, "window", region="puyang"))
    return house.act(view, "approve", actor=staff(9, "reviewer", region="puyang"))


def test_after_the_effect_it_says_what_was_registered(house: House, clerk: Client, resident: Person) -> None:
    one, two = filed(house, new_phone="13900001111"), filed(house, new_phone="13900002222")
    done = approved(house, one)
    shown = panel(clerk, done)
    assert "本件登记了什么" in shown
    assert "139****1111" in shown
    assert "预览" not in shown
    told = panel(clerk, house.fresh(two))
    assert one.number in told  # what it meant to change has been changed by the first
    assert "不能生效" in told
    resident.refresh_from_db()
    assert one.number in signed_history(clerk, resident)


def signed_history(client: Client, person: Person) -> str:
    return client.get(f"/desk/register/person/{person.pk}/?tab=history").content.decode()


def test_open_cases_of_a_person_are_on_the_page_of_the_person(
    house: House, clerk: Client, resident: Person
) -> None:
    view = filed(house, new_phone="13900001111")
    address = f"/desk/register/person/{resident.pk}/?tab=cases"
    assert view.number in clerk.get(address).content.decode()
    approved(house, view)
    assert view.number not in clerk.get(address).content.decode()


def test_what_other_registers_confirmed_is_not_asked_for(
    house: House, clerk: Client, resident: Person
) -> None:
    put("civil-registry", made.new_number(1), {"name": "试改名", "id_number": made.new_number(1)})
    assert not filed(house, new_name="试改名").state.shared, (
        "nothing is looked up for an account that is nobody's"
    )
    identity.bind(house.applicant.id, name=resident.name, source="人脸核验", at=NOW, person=resident)
    view = filed(house, new_name="试改名")
    assert view.state.shared
    page = clerk.get(f"/desk/case/{view.number}/").content.decode()
    assert "已由公安人口库共享取得，不必提交" in page
    for key in view.state.shared:
        assert f'name="tick" value="{key}"' not in page
    sent = {"seen": view.seq, "key": "n", "notify.correction": "请补正"}
    assert clerk.post(f"/desk/case/{view.number}/do/notify/", sent).status_code == 302
    assert not house.fresh(view).state.notified & set(view.state.shared)


def test_an_entry_without_registers_has_no_such_part(house: House, clerk: Client) -> None:
    view = house.apply(("puyang", "agency", "outpatient-reimbursement"))
    assert "/registers/" not in clerk.get(f"/desk/case/{view.number}/").content.decode()


def test_an_applicant_does_not_see_it(house: House, resident: Person) -> None:
    view = filed(house, new_phone="13900001111")
    client = signed_in(User.objects.get(pk=house.applicant.id))
    assert client.get(f"/desk/case/{view.number}/registers/").status_code == 403
    assert "登记变动" not in client.get(f"/my/{view.number}/").content.decode()


def test_whoever_is_kin_sees_the_act_closed_with_the_reason(house: House, resident: Person) -> None:
    view = filed(house, new_phone="13900001111")
    house.act(view, "accept", actor=staff(8, "window", region="puyang"))
    # A number that no made-up actor of the house bears: who filed or accepted would be told another reason.
    user = User.objects.create_user("cousin", pk=90_001)
    Grant.objects.create(user=user, region="puyang", role="reviewer", start_on="2026-01-01")
    relative = made.person(made.origin(), 2)
    persons.add_kin(
        made.origin(),
        resident,
        relation="sibling",
        name=relative.name,
        number=made.new_number(2),
        start_on=made.DAY,
    )
    identity.bind(user.pk, name=relative.name, source="试验", at=NOW, person=relative)
    page: Any = signed_in(user).get(f"/desk/case/{view.number}/").content.decode()
    assert "请回避" in page
    assert f"/desk/case/{view.number}/do/approve/" not in page


def test_the_balance_stands_in_the_approval_of_a_withdrawal(house: House) -> None:
    """Nobody has to be refused first to learn it; what somebody typed instead stays, with the right amount beside it."""
    origin = made.origin("bazhou", date(2025, 1, 2))
    person = made.person(origin, 1)
    start = date(2025, 1, 1)
    enrolments.enrol(origin, person, insurance="310", kind="1101", start_on=start, unit=made.unit(origin))
    accounts.credit(origin, person, Decimal("100.00"), kind="levy", reference="levy")
    own = {"payee_name": made.new_name(1), "bank": "试验银行", "bank_account": "6222000000000001"}
    said = {**made.who(1), "withdrawal_reason": "giving-up", **own}
    entry = ("bazhou", "agency", "account-withdrawal")
    view = house.apply(entry, answers=said, situations=("giving-up",))
    while "approve" not in house.procedure(view).process.steps[view.step].do:
        view = house.act(view, next(iter(house.procedure(view).process.steps[view.step].do)))
    user = User.objects.create_user("bazhou-reviewer")
    Grant.objects.create(user=user, region="bazhou", role="reviewer", start_on="2026-01-01")
    client = signed_in(user)
    page = client.get(f"/desk/case/{view.number}/").content.decode()
    assert 'value="100.00"' in page.split('id="approve.amount"')[1].split(">")[0]
    assert '个人账户余额 <b class="num">100.00</b> 元' in panel(client, view)
    typed = {"seen": view.seq, "key": "", "approve.amount": "90"}
    wrong = client.post(f"/desk/case/{view.number}/do/approve/", typed).content.decode()
    assert "请改为100.00" in wrong
    assert 'value="90"' in wrong
    done = client.post(f"/desk/case/{view.number}/do/approve/", {**typed, "approve.amount": "100.00"})
    assert done.status_code == 302
