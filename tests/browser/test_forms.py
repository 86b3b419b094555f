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
    """The visitor, signed in as a citizen, who fills in step by step."""
    client = Client()
    client.force_login(User.objects.create_user("wang", password="x", name="王某"))
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": str(live_server)}])
    return page


def to_the_form(page: Page) -> None:
    """Past the step of the situation, where the entry has one."""
    if "/situation/" in page.url:
        office = page.locator("#office input[type=radio]")
        if office.count():
            office.first.check()
        page.get_by_role("button", name="下一步").click()
        page.wait_for_url("**/fill/**")


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
    signed_in.get_by_label("您是替他人代办吗？").check()
    to_the_form(signed_in)
    signed_in.get_by_label("姓名", exact=True).fill("张小凤")
    expect(signed_in.get_by_label("视同缴费月数")).to_have_count(0)
    signed_in.get_by_role("radio", name="在职转退休").check()
    signed_in.get_by_label("视同缴费月数").fill("24")
    signed_in.get_by_role("radio", name="增加").check()
    expect(signed_in.get_by_label("视同缴费月数")).to_have_count(0)
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
    to_the_form(signed_in)
    for box, text in (
        ("单位名称", "试验单位"),
        ("统一社会信用代码", "91350100M000100Y43"),
        ("经办人姓名", "张三"),
    ):
        signed_in.get_by_label(box, exact=True).fill(text)
    address = signed_in.url
    for new_name, count in (("试验新单位", 1), ("", 0)):
        signed_in.goto(address)
        signed_in.get_by_label("变更后单位名称").fill(new_name)
        signed_in.get_by_text("已自动保存").wait_for()
        signed_in.goto(address.replace("/fill/", "/papers/"))
        expect(signed_in.get_by_role("heading", name=proof.name, exact=True)).to_have_count(count)
