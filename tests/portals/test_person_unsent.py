"""A sign-in that ran out, or another one in a second window, loses nothing that was typed."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jingban.access.models import User
from jingban.cases.models import Draft
from jingban.portals.context import KIOSK
from jingban.rulebook.effective import EffectiveItem
from tests.portals.test_person_steps import begun

HERE = "http://testserver"


@pytest.fixture
def browser(person: User) -> Client:
    """A browser that sends tokens, as real ones do."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    return client


def token(client: Client, address: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())[0]


def fields(page: str) -> dict[str, str]:
    """What the page that gives the form back would send."""
    form = page.split('enctype="multipart/form-data"')[1]
    return {name: unescape(text) for name, text in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}


def test_a_form_of_a_sign_in_that_ran_out_is_held_and_sent_again(
    browser: Client, person: User, entry: EffectiveItem
) -> None:
    where = f"{begun(browser, entry)}/situation/"
    typed = {"seen": "0", "go": "next", "note": "两行\n<b>字", "csrfmiddlewaretoken": token(browser, where)}
    typed["office"] = entry.accepted_by[0].id
    browser.session.flush()
    page = browser.post(
        where, {**typed, "file.x": SimpleUploadedFile("a.jpg", b"x")}, headers={"Origin": HERE}
    )
    text = page.content.decode()
    assert page.status_code == 401
    assert "没有丢" in text
    assert "选过的文件要重新选" in text
    assert f'action="{where}"' in text
    held = fields(text)
    assert held["note"].splitlines() == ["两行", "<b>字"]
    browser.force_login(person)
    assert browser.post(where, held, headers={"Origin": HERE}).status_code == 302
    assert Draft.objects.count() == 1


def test_a_token_of_before_another_sign_in_is_told_and_nothing_is_lost(
    browser: Client, entry: EffectiveItem
) -> None:
    where = f"{begun(browser, entry)}/situation/"
    old = {"seen": "0", "go": "next", "csrfmiddlewaretoken": token(browser, where)}
    browser.cookies["csrftoken"] = "n" * 32
    page = browser.post(where, old, headers={"Origin": HERE})
    assert page.status_code == 403
    assert "又重新登录过" in page.content.decode()
    assert browser.post(where, fields(page.content.decode()), headers={"Origin": HERE}).status_code == 302


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
def test_what_another_site_sends_is_not_put_into_a_visitor_s_hands(
    browser: Client, entry: EffectiveItem, origin: str
) -> None:
    where = f"{begun(browser, entry)}/situation/"
    sent = {"go": "next", "csrfmiddlewaretoken": "n" * 32, "note": "埋伏"}
    page = browser.post(where, sent, headers={"Origin": origin} if origin else {})
    assert page.status_code == 403
    assert "埋伏" not in page.content.decode()


def test_secrets_and_machines_are_not_held(browser: Client) -> None:
    at = "/account/"
    sent = {"password": "geheim-geheim", "again": "geheim-geheim", "csrfmiddlewaretoken": token(browser, at)}
    browser.session.flush()
    assert browser.post(at, sent, headers={"Origin": HERE}).status_code == 302
    browser.cookies[KIOSK] = "1"
    sent = {"name": "王某", "csrfmiddlewaretoken": sent["csrfmiddlewaretoken"]}
    assert browser.post("/my/family/", sent, headers={"Origin": HERE}).status_code == 302


def test_too_much_at_once_is_told_in_chinese(browser: Client) -> None:
    browser.raise_request_exception = False
    page = browser.post(
        "/my/family/", {"name": "x" * (9 << 20), "csrfmiddlewaretoken": token(browser, "/my/family/")}
    )
    assert page.status_code == 400
    assert "没有收下" in page.content.decode()
