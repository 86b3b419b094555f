"""The journey of a citizen on a telephone: apply, lose nothing, answer the one-off notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from jingban.access.models import User
from jingban.cases import drafts
from jingban.cases.models import Case, Draft
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.uploads import service as uploads
from tests.browser.looks import no_sideways_scroll, settled, sign_in, until
from tests.portals.conftest import PERSON, apply_url, published, signed_in, staff
from tests.portals.test_desk import do, required
from tests.uploads.make import jpeg

ITEM = effective_item("puyang", "agency", "resident-info-change")


@pytest.fixture
def item() -> EffectiveItem:
    published(ITEM)
    return ITEM


@pytest.fixture
def citizen(page: Page) -> User:
    page.set_viewport_size({"width": 390, "height": 844})
    user = User.objects.create_user("wang", password="x", name="王某")
    sign_in(page, user)
    return user


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(3000, 2000, seed=3))
    return str(path)


def go_on(page: Page) -> None:
    page.get_by_role("button", name="下一步").click()


def filled_in(page: Page, item: EffectiveItem) -> None:
    """From the guide to the page of the materials."""
    page.goto(apply_url(item))
    if item.accepted_by[1:]:
        page.get_by_role("radio", name=item.accepted_by[0].name).check()
    go_on(page)
    expect(page.get_by_label("姓名", exact=True)).to_be_visible()
    settled(page)
    page.get_by_label("姓名", exact=True).fill(PERSON["name"])
    page.get_by_label("证件号码", exact=True).fill(PERSON["id_number"])
    page.get_by_label("手机号码", exact=True).fill(PERSON["phone"])
    page.get_by_label("变更后联系地址").fill("新路1号")


def test_a_paper_is_missing_and_comes_later(
    page: Page, citizen: User, item: EffectiveItem, photo: str, axe: Callable[..., None]
) -> None:
    first, *others = required(item)
    filled_in(page, item)
    axe()
    go_on(page)
    expect(page.locator(f"#slot-{first}")).to_be_visible()
    settled(page)
    page.locator(f"#file-{first}").set_input_files(photo)
    expect(page.locator(f"#slot-{first}")).to_contain_text("已传1份")
    expect(page.get_by_text(f"还缺 {len(others)} 样")).to_be_visible()
    upload = uploads.of_draft(Draft.objects.get().pk)[0]
    assert upload.is_picture
    axe()
    no_sideways_scroll(page)
    page.get_by_role("button", name="旋转").click()
    expect(page.locator(f"#slot-{first} img")).to_have_attribute("src", re.compile("v=1"))
    go_on(page)
    expect(page.get_by_text("新路1号")).to_be_visible()
    axe()
    page.get_by_role("button", name="确认提交").dblclick()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    axe()
    (case,) = Case.objects.all()
    assert case.state["offered"] == [first]
    page.go_back()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    assert do(signed_in(staff(item, "window")), case.number, "notify", tick=[first]) == 302
    page.goto(f"/my/{case.number}/")
    axe()
    page.get_by_role("link", name="补交材料").click()
    expect(page.locator(".slot")).to_have_count(len(others))
    settled(page)
    expect(page.get_by_label("姓名", exact=True)).to_have_count(0)
    axe()
    for key in others:
        page.locator(f"#file-{key}").set_input_files(photo)
        expect(page.locator(f"#slot-{key}")).to_contain_text("已传1份")
    page.get_by_role("button", name="提交补正").click()
    expect(page.get_by_text("补正已提交")).to_be_visible()
    assert Case.objects.get().step == "accept"
    assert len(uploads.of_case(case.pk)) == len(required(item))


def kept(page: Page, text: str) -> None:
    """Wait until the address was saved by itself, and the page knows."""
    seen = page.locator("[data-seen]")

    def so() -> bool:
        draft = Draft.objects.get()
        there = drafts.contents(draft).answers.get("new_address") == text
        return there and seen.input_value() == str(draft.version)

    until(page, so)


def test_reload_back_and_another_device_lose_nothing(
    page: Page, citizen: User, item: EffectiveItem, axe: Callable[..., None]
) -> None:
    filled_in(page, item)
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存")
    page.get_by_label("变更后联系地址").fill("新路2号")
    kept(page, "新路2号")
    page.reload()
    expect(page.get_by_label("变更后联系地址")).to_have_value("新路2号")
    go_on(page)
    page.go_back()
    expect(page.get_by_label("变更后联系地址")).to_have_value("新路2号")
    page.goto(apply_url(item))
    expect(page.get_by_role("heading", name=item.name)).to_be_visible()
    page.get_by_role("button", name="先保存，以后再填").click()
    expect(page.get_by_text("没有提交的申请")).to_be_visible()
    axe()
    page.get_by_role("link", name="接着填").click()
    assert "/apply/" in page.url


def test_two_tabs_keep_both(page: Page, citizen: User, item: EffectiveItem, axe: Callable[..., None]) -> None:
    filled_in(page, item)
    kept(page, "新路1号")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("变更后联系地址").fill("乙路")
    expect(other.locator("[data-saved]")).to_contain_text("已自动保存")
    page.get_by_label("变更后联系地址").fill("甲路")
    expect(page.locator("[data-trouble]")).to_contain_text("没有丢")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="这份申请在别处也填过")).to_be_visible()
    axe()
    no_sideways_scroll(page)
    page.get_by_role("button", name="用本页刚填的，接着填").click()
    expect(page.get_by_label("变更后联系地址")).to_have_value("甲路")
    other.close()


def test_a_server_in_trouble_is_told_and_saved_to_later(
    page: Page, citizen: User, item: EffectiveItem
) -> None:
    filled_in(page, item)
    kept(page, "新路1号")
    page.route("**/fill/", lambda route: route.fulfill(status=429, body="busy"))
    page.get_by_label("变更后联系地址").fill("离线路3号")
    expect(page.locator("[data-saved]")).to_contain_text("没有保存，请稍后再试")
    page.unroute("**/fill/")
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存", timeout=10_000)
    page.reload()
    expect(page.get_by_label("变更后联系地址")).to_have_value("离线路3号")


def test_leaving_by_a_link_takes_nothing_unsaved_along(
    page: Page, citizen: User, item: EffectiveItem
) -> None:
    filled_in(page, item)
    page.get_by_label("变更后联系地址").fill("刚写完4号")
    page.get_by_role("link", name="上一步").click()
    expect(page.get_by_role("heading", name="您的情况")).to_be_visible()
    assert drafts.contents(Draft.objects.get()).answers["new_address"] == "刚写完4号"


def test_a_sign_in_that_ran_out_keeps_the_page_and_what_was_typed(
    page: Page, citizen: User, item: EffectiveItem, axe: Callable[..., None]
) -> None:
    filled_in(page, item)
    kept(page, "新路1号")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("变更后联系地址").fill("过期路5号")
    expect(page.locator("[data-saved]")).to_contain_text("登录已过期")
    go_on(page)
    expect(page.get_by_role("heading", name="还没有提交")).to_be_visible()
    axe()
    no_sideways_scroll(page)
    sign_in(page, citizen)
    page.context.add_cookies([{"name": "csrftoken", "value": "n" * 32, "url": str(page.evaluate("origin"))}])
    page.get_by_role("button", name="接着提交").click()
    expect(page.get_by_role("heading", name="还没有提交")).to_have_count(0)
    assert drafts.contents(Draft.objects.get()).answers["new_address"] == "过期路5号"
