"""An administrator's and a head's day in the back office."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from jingban.access.models import Grant, User
from jingban.benefits import service as benefits
from tests.benefits import factories as made
from tests.browser.looks import sideways, sign_in
from tests.builders import MONDAY
from tests.houses import House, forget_versions
from tests.portals.conftest import plain_entry, published

ITEM = plain_entry()


def officer(name: str, *roles: str) -> User:
    user = User.objects.create_user(name, password="x", name=name)
    for role in roles:
        Grant.objects.create(user=user, region=ITEM.region, role=role, start_on="2026-01-01")
    return user


@pytest.fixture(autouse=True)
def admin(page: Page) -> User:
    published(ITEM)
    user = officer("guan", "administrator")
    sign_in(page, user)
    return user


def test_an_account_that_pays_is_made_by_two(page: Page, axe: Callable[..., None]) -> None:
    page.goto("/office/")
    page.get_by_role("link", name="人员和岗位").click()
    page.get_by_text("新建账号").click()
    page.get_by_role("button", name="建账号").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写用户名")
    axe()
    page.get_by_label("用户名").fill("liu.fang")
    page.get_by_label("姓名").fill("刘芳")
    page.get_by_label("岗位", exact=True).select_option("cashier")
    page.get_by_role("button", name="建账号").click()
    expect(page.get_by_role("heading", name="刘芳的临时口令")).to_be_visible()
    axe()
    sign_in(page, officer("lao", "head"))
    page.goto("/office/")
    page.get_by_role("button", name="同意").first.click()
    expect(page.get_by_role("status")).to_contain_text("已决定")
    assert Grant.objects.filter(user__username="liu.fang", role="cashier").exists()


@pytest.mark.live_effects
def test_a_figure_is_tried_by_the_keyboard(page: Page, axe: Callable[..., None]) -> None:
    benefits.load_demo_catalogue(MONDAY)
    forget_versions()
    house = House(now=MONDAY)
    for n in range(1, 7):
        made.insured(n)
        made.decided(house, made.bill(f"{900 + n}.00", f"{n:010d}"), n)
    user = User.objects.create_user("fu", password="x", name="fu")
    Grant.objects.create(user=user, region=made.REGION, role="head", start_on="2026-01-01")
    sign_in(page, user)
    page.goto("/office/trial/?table=employee-outpatient&year=2026")
    axe()
    page.get_by_role("textbox", name="二级医院门诊支付比例").fill("0.5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("请按百分数填写")
    axe()
    page.get_by_role("alert").get_by_role("link").press("Enter")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="试算结果")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("6人减少")).to_be_visible()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        axe()
        assert not sideways(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="导出表格").press("Enter")
    assert download.value.suggested_filename == "参数试算2026.xlsx"
