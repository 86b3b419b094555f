"""A clerk's morning at the desk, in a real browser: by keyboard alone, in every size, with what lies beside a case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jingban.access.models import Grant, User
from jingban.access.service import actor_of
from jingban.cases import actions
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.rulebook.phrases import phrases
from jingban.uploads import service as uploads
from jingban.walk.answers import answers_for
from tests.browser.looks import no_sideways_scroll, settled, sign_in, small_targets, switch, tab_to
from tests.portals.conftest import PERSON, plain_entry, published

ITEM = plain_entry()


def clerk(role: str = "window") -> User:
    user = User.objects.create_user(role, password="x", name="李敏")
    Grant.objects.create(user=user, region=ITEM.region, role=role, start_on="2026-01-01")
    return user


def filed(count: int) -> list[str]:
    """Applications of one citizen, due one day after the other."""
    now, version = timezone.now(), published(ITEM).pk
    citizen = User.objects.create_user("wang", password="x", name="王某")
    numbers = []
    for n in range(count):
        application = actions.Application(
            answers=answers_for(ITEM, PERSON), channel="online", office=ITEM.accepted_by[0].id
        )
        view = actions.apply(
            version=version,
            application=application,
            actor=actor_of(citizen, local_day(now)),
            key=uuid4(),
            now=now,
        )
        Case.objects.filter(pk=view.id).update(due_on=local_day(now) + timedelta(days=n))
        numbers.append(view.number)
    return numbers


@pytest.mark.parametrize("large", [False, True])
def test_the_desk_is_looked_at(page: Page, axe: Callable[..., None], large: bool) -> None:
    """At a wide screen, where staff sit; a narrow one has test_every_page.py."""
    numbers = filed(3)
    user = clerk()
    sign_in(page, user)
    if large:
        switch(page, "large")
    page.set_viewport_size({"width": 1280, "height": 800})
    for address in ("/desk/", f"/desk/case/{numbers[0]}/", "/desk/start/", "/desk/batch/"):
        page.goto(address)
        settled(page)
        axe()
        no_sideways_scroll(page)
        assert small_targets(page, 60 if large else 44) == [], address


def test_a_morning_by_keyboard_alone(page: Page, axe: Callable[..., None]) -> None:
    numbers = filed(3)
    sign_in(page, clerk())
    page.goto("/desk/")
    keys = page.keyboard
    keys.press("/")
    expect(page.get_by_label("查找办件")).to_be_focused()
    keys.press("Escape")
    keys.press("?")
    expect(page.get_by_role("dialog", name="键盘操作")).to_be_visible()
    axe("#keys")
    keys.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    keys.press("ArrowDown")
    keys.press("j")
    keys.press("k")
    keys.press("Enter")
    expect(page.locator("#case")).to_contain_text(numbers[0])
    expect(page.locator("#case h1")).to_be_focused()
    keys.press("Alt+s")
    keys.press("F8")
    expect(page).to_have_url(re.compile(numbers[1]))
    expect(page.get_by_role("status").first).to_contain_text(f"{numbers[0]} 已办理")
    expect(page.locator("[data-row][aria-current]")).to_contain_text(numbers[1])
    assert Case.objects.get(number=numbers[0]).step == "review"
    # The notice writes itself from what is not ticked.
    box = page.locator(".slot[data-name]").first
    name = box.get_attribute("data-name") or ""
    keys.press("Alt+s")
    tab_to(page, box.locator("input[type=checkbox]"))
    keys.press("Space")
    keys.press("Tab")
    keys.type("照片不清楚")
    keys.press("Escape")
    keys.press("F9")
    notice = page.locator("details[data-back]")
    expect(notice).to_have_attribute("open", "")
    expect(notice.locator("[data-notice] li")).to_have_text([f"{name}——照片不清楚"])
    tab_to(page, notice.get_by_role("button", name="一次性告知并取下一件"))
    keys.press("Enter")
    expect(page).to_have_url(re.compile(numbers[2]))
    assert Case.objects.get(number=numbers[1]).step == "supplement"
    page.goto(f"/desk/case/{numbers[1]}/")
    expect(page.locator("#case")).to_contain_text(f"{name}：照片不清楚")


def test_opinions_are_written_in_by_a_click(page: Page) -> None:
    (number,) = filed(1)
    sign_in(page, clerk())
    page.goto(f"/desk/case/{number}/")
    page.locator("summary", has_text="不予受理").click()
    page.get_by_role("button", name=phrases("reason", "decline")[0]).click()
    expect(page.locator("[id='decline.reason']")).to_have_value(phrases("reason", "decline")[0])
    page.locator("summary", has_text="显示全号").click()
    page.get_by_role("button", name="核对汇款账户").click()
    page.get_by_role("button", name="显示全号").click()
    expect(page.locator("#case")).to_contain_text(PERSON["id_number"])


def test_a_signature_on_the_pad_lies_with_the_case(page: Page, axe: Callable[..., None]) -> None:
    (number,) = filed(1)
    sign_in(page, clerk())
    page.goto(f"/desk/case/{number}/")
    page.keyboard.press("Alt+s")
    page.locator("[data-main]").click()
    page.goto(f"/desk/case/{number}/sign/")
    axe()
    page.get_by_role("button", name="登记签收").click()
    expect(page.get_by_role("alert")).to_contain_text("还没有签名")
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for n in range(12):
        page.mouse.move(box["x"] + 30 + 15 * n, box["y"] + 60 + 20 * (n % 3))
    page.mouse.up()
    page.get_by_role("button", name="登记签收").click()
    expect(page.get_by_role("status").first).to_contain_text("签收已登记")
    assert len(uploads.of_case(Case.objects.get(number=number).pk)) == 1
    page.locator("[data-picture]").click()
    expect(page.locator(".viewer img")).to_be_visible()
    assert (
        page.locator(".viewer img").evaluate("async (i) => { await i.decode(); return i.naturalWidth; }") > 0
    )
    page.get_by_role("button", name="收起").click()
    expect(page.locator(".viewer")).to_be_hidden()
