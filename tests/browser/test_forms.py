"""The application page in a real browser: narrow screens, fields that come and go, the page understood by JavaScript."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from jingban.access.models import User
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import apply_url, published

FORMS = [
    effective_item("puyang", "agency", "employee-enrolment"),
    effective_item("luanzhou", "agency", "offsite-filing"),
    effective_item("puyang", "agency", "unit-info-change"),
    effective_item("luanzhou", "agency", "chronic-recognition"),
]


@pytest.fixture
def signed_in(page: Page, live_server: object) -> Page:
    """The visitor, signed in as a citizen."""
    client = Client()
    client.force_login(User.objects.create_user("wang", password="x", name="王某"))
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": str(live_server)}])
    return page


@pytest.mark.parametrize("item", FORMS, ids=lambda item: item.item)
def test_nothing_scrolls_sideways_on_a_narrow_screen(signed_in: Page, item: EffectiveItem) -> None:
    published(item)
    signed_in.set_viewport_size({"width": 360, "height": 740})
    signed_in.goto(apply_url(item))
    expect(signed_in.get_by_role("heading", level=1)).to_contain_text(item.name)
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_ticked_situation_brings_its_field_and_keeps_what_is_typed(signed_in: Page) -> None:
    published(FORMS[0])
    signed_in.goto(apply_url(FORMS[0]))
    signed_in.get_by_label("姓名", exact=True).fill("张小凤")
    expect(signed_in.get_by_label("视同缴费月数")).to_have_count(0)
    signed_in.get_by_role("radio", name="在职转退休").check()
    signed_in.get_by_label("视同缴费月数").fill("24")
    signed_in.get_by_role("radio", name="增加").check()
    expect(signed_in.get_by_label("视同缴费月数")).to_have_count(0)
    signed_in.get_by_label("您是替他人代办吗？").check()
    signed_in.get_by_label("代办人姓名").fill("李四")
    signed_in.get_by_role("radio", name="在职转退休").check()
    expect(signed_in.get_by_label("视同缴费月数")).to_have_value("24")
    expect(signed_in.get_by_label("代办人姓名")).to_have_value("李四")
    expect(signed_in.get_by_label("姓名", exact=True)).to_have_value("张小凤")


def test_key_information_brings_its_proof(signed_in: Page) -> None:
    item = FORMS[2]
    proof = next(m for m in item.materials if "key-info-change" in {n.id for n in m.when})
    published(item)
    signed_in.goto(apply_url(item))
    materials = signed_in.locator("#materials")
    signed_in.get_by_label("变更后单位电话").fill("01012345678")
    signed_in.get_by_label("变更后单位名称").fill("试验新单位")
    signed_in.get_by_label("变更后单位名称").blur()
    expect(materials).to_contain_text(proof.name)
    signed_in.get_by_label("变更后单位名称").fill("")
    signed_in.get_by_label("变更后单位名称").blur()
    expect(materials).not_to_contain_text(proof.name)
    expect(signed_in.get_by_label("变更后单位电话")).to_have_value("01012345678")
