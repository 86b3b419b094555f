"""Accounts: the telephone proved by a code, the real name, what the registers fill in, acting for a family."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.test.utils import override_settings

from jingban.access.models import Mandate, MandateRequest, User
from jingban.cases.models import Case, Draft
from jingban.messaging import service as messaging
from jingban.messaging.models import Code, OutgoingMessage
from jingban.portals.throttle import SIGN_IN
from jingban.registry import persons
from jingban.registry import service as registry
from jingban.registry.models import Identity
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.sharing.simulated import put
from tests.portals.conftest import NOW, apply_url, published, signed_in
from tests.portals.test_person_steps import begun, seen
from tests.registry import factories as made

PHONE = "13900001111"
ITEM = effective_item(made.REGION, "agency", "resident-info-change")
SAME = {"go": "send", "phone": PHONE}


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text messages that went out."""
    out: list[str] = []
    monkeypatch.setattr(
        "jingban.messaging.backends.Console.send", lambda self, to, title, text: out.append(f"{to} {text}")
    )
    return out


def code_in(sent: list[str]) -> str:
    return re.findall(r"验证码(\d{6})", sent[-1])[0]


def known(n: int = 1) -> registry.Person:
    """Person ``n`` in the register, whom public security knows too."""
    who = made.who(n)
    put("civil-registry", who["id_number"], {"name": who["name"], "id_number": who["id_number"]})
    return made.person(made.origin(), n)


def account(phone: str, name: str = "某人") -> User:
    user = User.objects.create_user(f"u{phone}", password="x", name=name)
    messaging.set_phone(user.pk, phone, now=NOW)
    return user


def bound(n: int = 1) -> User:
    """An account that is person ``n``'s."""
    who = made.who(n)
    user = account(who["phone"], who["name"])
    assert registry.verify_and_bind(
        user.pk, name=who["name"], number=who["id_number"], phone=who["phone"], now=NOW, day=NOW.date()
    )
    return user


def test_a_code_makes_an_account_and_signs_in(client: Client, sent: list[str]) -> None:
    assert client.post("/account/register/", SAME).status_code == 302
    assert sent[0].startswith(PHONE)
    code = code_in(sent)
    assert code not in Code.objects.get().hashed, "kept only as a hash"
    assert code.encode() not in bytes(OutgoingMessage.objects.get().text)
    answer = client.post("/account/register/", {"go": "check", "code": code})
    assert answer.url == "/account/bind/"
    user = User.objects.get()
    assert not user.has_usable_password()
    assert messaging.phone_for(user.pk) == PHONE
    assert client.get("/my/").status_code == 200


def test_the_same_number_is_the_same_account(client: Client, sent: list[str]) -> None:
    user = account(PHONE)
    client.post("/account/register/", SAME)
    client.post("/account/register/", {"go": "check", "code": code_in(sent)})
    assert int(client.session["_auth_user_id"]) == user.pk


def test_where_to_go_on_stays_on_this_site(client: Client, sent: list[str]) -> None:
    account(PHONE)
    client.post("/account/register/", {**SAME, "next": "https://elsewhere.example/"})
    answer = client.post(
        "/account/register/", {"go": "check", "code": code_in(sent), "next": "https://elsewhere.example/"}
    )
    assert answer.url == "/account/bind/"


def test_a_wrong_code_is_told_and_the_number_of_tries_ends(client: Client, sent: list[str]) -> None:
    client.post("/account/register/", SAME)
    right = code_in(sent)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(5):
        page = client.post("/account/register/", {"go": "check", "code": wrong})
        assert page.status_code == 422
        assert "验证码不对，或已经过期" in page.content.decode()
    assert client.post("/account/register/", {"go": "check", "code": right}).status_code == 422
    assert not User.objects.exists()


def test_codes_are_not_sent_again_and_again(client: Client, sent: list[str]) -> None:
    client.post("/account/register/", SAME)
    page = client.post("/account/register/", SAME)
    assert page.status_code == 429
    assert len(sent) == 1


def test_real_name_by_register_and_telephone(sent: list[str]) -> None:
    known()
    who = made.who(1)
    user = account(who["phone"], "")
    client = signed_in(user)
    wrong = [
        {"name": "李某某", "id_number": who["id_number"]},
        {"name": who["name"], "id_number": made.new_number(7)},
    ]
    pages = {
        client.post("/account/bind/", sent_).content.decode().split('role="alert"')[1][:120]
        for sent_ in wrong
    }
    assert len(pages) == 1, "what is wrong is not said"
    other = signed_in(account("13900002222"))
    refused = other.post("/account/bind/", {"name": who["name"], "id_number": who["id_number"]})
    assert refused.status_code == 422, "name and number alone are known to many"
    assert not Identity.objects.exists()
    assert (
        client.post("/account/bind/", {"name": who["name"], "id_number": who["id_number"]}).status_code == 302
    )
    assert registry.bound_name(user.pk) == who["name"]
    user.refresh_from_db()
    assert user.name == who["name"]
    assert who["id_number"] not in client.get("/account/").content.decode()


def test_whom_a_register_has_without_a_telephone_goes_to_the_window(sent: list[str]) -> None:
    who = made.who(1)
    put("civil-registry", who["id_number"], {"name": who["name"], "id_number": who["id_number"]})
    made.person(made.origin(), 1, phone="")
    typed = {"name": who["name"], "id_number": who["id_number"]}
    for user in (account("13900002222"), User.objects.create_user("no-phone", password="x")):
        page = signed_in(user).post("/account/bind/", typed)
        assert page.status_code == 422
        assert "到窗口登记手机号码" in page.content.decode()
    assert not Identity.objects.exists()


def test_the_dead_and_too_many_tries(sent: list[str]) -> None:
    who = made.who(2)
    put("civil-registry", who["id_number"], {"name": who["name"], "death_on": "2025-01-01"})
    client = signed_in(account(who["phone"]))
    typed = {"name": who["name"], "id_number": who["id_number"]}
    assert [client.post("/account/bind/", typed).status_code for _ in range(6)] == [422] * 5 + [429]


def test_a_password_that_somebody_guesses(client: Client) -> None:
    User.objects.create_user("wang", password="right")
    for _ in range(SIGN_IN.most):
        assert client.post("/login/", {"username": "wang", "password": "no"}).status_code == 200
    assert client.post("/login/", {"username": "wang", "password": "right"}).status_code == 429
    assert client.post("/login/", {"username": "li", "password": "no"}).status_code == 200, "others still may"


def test_a_password_is_set_and_changed(sent: list[str]) -> None:
    user = account(PHONE)
    client = signed_in(user)
    short = {"old": "x", "password": "short", "again": "short"}
    assert client.post("/account/", short).status_code == 422
    long = {"password": "long-enough-word", "again": "long-enough-word"}
    assert client.post("/account/", {**long, "old": "wrong"}).status_code == 422
    assert client.post("/account/", {**long, "old": "x"}).status_code == 302
    user.refresh_from_db()
    assert user.check_password("long-enough-word")
    assert client.get("/account/").status_code == 200, "still signed in"


@pytest.fixture
def item() -> EffectiveItem:
    published(ITEM)
    return ITEM


def fill(client: Client, item: EffectiveItem, **first: object) -> tuple[str, str]:
    """Up to the page to fill in: its address and text."""
    address = begun(client, item)
    client.post(f"{address}/situation/", {"seen": 0, "go": "next", "office": item.accepted_by[0].id, **first})
    return address, client.get(f"{address}/fill/").content.decode()


def test_what_the_register_knows_is_not_asked(item: EffectiveItem, sent: list[str]) -> None:
    known()
    who, client = made.who(1), signed_in(bound(1))
    address, text = fill(client, item)
    assert "来自参保登记" in text
    assert who["name"] in text
    assert who["id_number"] not in text
    assert 'name="id_number"' not in text, "who it is about is not typed over"
    assert 'name="phone"' in text, "a telephone may be another now"
    sent_ = {"seen": seen(client, f"{address}/fill/"), "go": "next", "phone": "", "new_address": "新路1号"}
    assert (
        client.post(
            f"{address}/fill/", {**sent_, "name": "冒名", "id_number": made.new_number(9)}
        ).status_code
        == 302
    )
    check = client.get(f"{address}/check/").content.decode()
    assert who["name"] in check
    assert who["id_number"] not in check
    done = client.post(f"{address}/check/", {"seen": seen(client, f"{address}/check/"), "go": "submit"})
    shown = client.get(f"/my/{done.url.split('/')[2]}/").content.decode()
    assert who["name"] in shown
    assert "冒名" not in shown


def test_a_changed_telephone_stands_for_this_case(item: EffectiveItem, sent: list[str]) -> None:
    known()
    client = signed_in(bound(1))
    address, _ = fill(client, item)
    typed = {
        "seen": seen(client, f"{address}/fill/"),
        "go": "next",
        "phone": "13800009999",
        "new_address": "新路1号",
    }
    client.post(f"{address}/fill/", typed)
    assert 'value="13800009999"' in client.get(f"{address}/fill/").content.decode()


def test_for_a_child_on_record_and_for_somebody_else(item: EffectiveItem, sent: list[str]) -> None:
    parent = known(1)
    child = made.person(made.origin(), 5, born=date(2020, 5, 1), phone="")
    persons.add_kin(
        made.origin(), child, name=parent.name, relation="parent", number=made.new_number(1), guardian=True
    )
    client = signed_in(bound(1))
    first = client.get(f"{begun(client, item)}/situation/").content.decode()
    assert f"{child.name}（登记的监护人是您）" in first
    _, text = fill(client, item, whom=f"person-{child.pk}")
    assert child.name in text
    assert parent.name not in text.split('<form id="apply"')[1]
    _, text = fill(client, item, whom="other")
    assert "来自参保登记" not in text
    assert 'name="id_number"' in text


def test_another_account_is_filled_in_nothing(item: EffectiveItem) -> None:
    known()
    _, text = fill(signed_in(User.objects.create_user("zhao")), item)
    assert "来自参保登记" not in text


def test_a_grown_up_agrees_with_the_own_account(item: EffectiveItem, sent: list[str]) -> None:
    known(1)
    known(2)
    agent, principal = bound(1), bound(2)
    who, asking, asked = made.who(2), signed_in(agent), signed_in(principal)
    ask = {
        "go": "ask",
        "name": who["name"],
        "id_number": who["id_number"],
        "relation": "父母",
        "months": "12",
    }
    assert asking.post("/my/family/", ask).status_code == 302
    assert not Mandate.objects.exists(), "pending until the principal agrees"
    assert asking.post("/my/family/", ask).status_code == 302
    request = MandateRequest.objects.get()
    assert "请求为您代办" in asked.get("/my/messages/").content.decode()
    assert OutgoingMessage.objects.filter(channel="inbox").count() == 1, "asked twice, told once"
    stranger = signed_in(User.objects.create_user("zhao"))
    for client in (stranger, asking):
        assert client.post("/my/family/", {"go": f"agree-{request.pk}"}).status_code in (403, 422)
    assert asked.post("/my/family/", {"go": f"agree-{request.pk}"}).status_code == 302
    assert asked.post("/my/family/", {"go": f"agree-{request.pk}"}).status_code == 403
    mandate = Mandate.objects.get()
    assert (mandate.agent, mandate.principal) == (agent, principal)
    address, text = fill(asking, item, whom=f"mandate-{mandate.pk}")
    assert who["name"] in text
    assert Draft.objects.latest("saved_at").mandate == mandate.pk
    sent_ = {"seen": seen(asking, f"{address}/fill/"), "go": "next", "new_address": "新路1号"}
    asking.post(f"{address}/fill/", sent_)
    done = asking.post(f"{address}/check/", {"seen": seen(asking, f"{address}/check/"), "go": "submit"})
    assert Case.objects.get(number=done.url.split("/")[2]).applicant_id == principal.pk
    assert asked.post("/my/family/", {"go": f"end-{mandate.pk}"}).status_code == 302
    assert asking.get(done.url).status_code == 403, "at once, though it was given today"


def told_beside(page: object, field: str) -> bool:
    """On top with a link, and beside the field."""
    text = page.content.decode()  # type: ignore[attr-defined]
    return f'<a href="#{field}">' in text and f'id="{field}-wrong"' in text


def test_what_is_wrong_is_told_beside_the_field_and_stays_typed(sent: list[str]) -> None:
    known(1)
    client = signed_in(bound(1))
    ask = {"go": "ask", "name": "某甲", "id_number": "999000198005010035", "relation": "父母", "months": "24"}
    page = client.post("/my/family/", ask)
    assert page.status_code == 422
    assert told_beside(page, "id_number")
    for kept in (
        'value="某甲"',
        'value="999000198005010035"',
        "<option selected>父母",
        'value="24" selected',
    ):
        assert kept in page.content.decode()
    assert told_beside(client.post("/my/family/", {**ask, "name": "某1"}), "name")
    assert told_beside(client.post("/account/", {"old": "y"}), "old")
    other = signed_in(account("13900002222"))
    page = other.post("/account/bind/", {"name": "某乙", "id_number": "999000198005010035"})
    assert told_beside(page, "id_number")
    assert 'value="999000198005010035"' in page.content.decode()


def test_a_code_without_the_session_it_was_asked_in_says_so(client: Client, sent: list[str]) -> None:
    page = client.post("/account/register/", {"go": "check", "code": "123456"})
    assert page.status_code == 422
    assert "停留太久" in page.content.decode()
    assert told_beside(client.post("/account/register/", {"go": "send", "phone": "12"}), "phone")
    client.post("/account/register/", SAME)
    assert told_beside(client.post("/account/register/", {"go": "check", "code": "0"}), "code")


def test_asking_says_nothing_of_who_has_an_account(sent: list[str]) -> None:
    known(1)
    known(2)
    client = signed_in(bound(1))
    bound(2)
    pages = []
    for n in (2, 3):
        who = made.who(n)
        ask = {
            "go": "ask",
            "name": who["name"],
            "id_number": who["id_number"],
            "relation": "父母",
            "months": "6",
        }
        pages.append(re.sub(r"试.{2}", "", client.post("/my/family/", ask, follow=True).content.decode()))
    told = [re.findall(r'class="note good[^"]*">✓ ([^<]+)', page) for page in pages]
    assert told[0] == told[1] != []


@override_settings(JINGBAN_SHARING={})
def test_without_the_register_nobody_is_bound(sent: list[str]) -> None:
    known()
    who = made.who(1)
    client = signed_in(account(who["phone"]))
    assert (
        client.post("/account/bind/", {"name": who["name"], "id_number": who["id_number"]}).status_code == 422
    )
    assert not Identity.objects.exists()


def test_the_start_page_offers_the_real_name_check(item: EffectiveItem, person: User) -> None:
    text = signed_in(person).get(apply_url(item), follow=True).content.decode()
    assert "先实名认证" in text
