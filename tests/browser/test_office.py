"""An administrator's and a head's day in the back office."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from jingban.access.models import Grant, User
from tests.browser.looks import sign_in
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
