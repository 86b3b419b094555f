"""Two doctors of a designated institution: one takes a patient in and reviews, the other one decides."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from jingban.access.models import Grant, User
from jingban.cases.models import Case
from jingban.rulebook.cache import effective_item
from tests.browser.looks import sign_in
from tests.portals.conftest import published
from tests.registry import factories as made

ENTRY = effective_item("bazhou", "agency", "chronic-recognition")


@pytest.fixture(autouse=True)
def _published() -> None:
    published(ENTRY)


def doctor(*roles: str) -> User:
    user = User.objects.create_user("-".join(roles), password="x", name=f"{len(roles)}号医生")
    for role in roles:
        Grant.objects.create(
            user=user, region=ENTRY.region, role=role, office="演练医院", start_on="2026-01-01"
        )
    return user


def test_one_doctor_reviews_and_another_decides(page: Page, axe: Callable[..., None]) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    first, second = doctor("institution", "institution-reviewer"), doctor("institution-reviewer")
    sign_in(page, first)
    page.goto("/provider/")
    axe()
    page.get_by_role("link", name=re.compile("门诊慢特病")).first.click()
    person = made.who(1)
    page.locator("[name=name]").fill(person["name"])
    page.locator("[name=id_number]").fill(person["id_number"])
    page.locator("[name=phone]").fill(person["phone"])
    page.locator("[name=diseases]").first.check()
    page.get_by_label(re.compile("有效证件原件")).first.check()
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已代收")
    axe()
    page.get_by_role("link", name="看这个办件").click()
    axe()
    for box in page.locator("[name=tick]").all():
        box.check()
    page.locator("[name='submit.opinion']").fill("符合病种标准")
    page.get_by_role("button", name=re.compile("^初审，提交复审")).click()
    expect(page.get_by_text("现在到：复审").first).to_be_visible()
    expect(page.get_by_text("不能办理：").first).to_be_visible()
    number = Case.objects.get().number
    sign_in(page, second)
    page.goto("/provider/")
    page.get_by_role("link", name=re.compile(number)).click()
    page.get_by_role("button", name="复审通过").click()
    expect(page.get_by_text("已办结").first).to_be_visible()
