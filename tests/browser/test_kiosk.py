"""A self-service machine under somebody's finger: big tiles, a minute that is seen, and nothing left behind."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from jingban.access.models import Grant, User
from jingban.portals.context import KIOSK, KIOSK_SECONDS
from jingban.rulebook.cache import effective_item
from tests.browser.looks import no_sideways_scroll
from tests.portals.conftest import published

QUERY = effective_item("luanzhou", "agency", "person-enrolment-query")
START = f"/kiosk/?region={QUERY.region}"


@pytest.fixture(autouse=True)
def _published() -> None:
    cache.clear()
    published(QUERY)
    published(effective_item("luanzhou", "agency", "enrolment-certificate"))
    User.objects.create_user("wang", password="x", name="王某")


@pytest.fixture(autouse=True)
def _machine(page: Page, live_server: LiveServer) -> None:
    page.context.add_cookies([{"name": KIOSK, "value": "1", "url": live_server.url}])


def sign_in_by_hand(page: Page) -> None:
    page.get_by_role("link", name=re.compile("查参保和缴费")).click()
    page.get_by_label("用户名").fill("wang")
    page.get_by_label("口令").fill("x")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(QUERY.name)


@pytest.mark.parametrize("width", [1280, 1080, 768])
def test_tiles_are_big_enough_for_a_finger(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1024})
    page.goto(START)
    tiles = page.locator(".six .tile")
    expect(tiles).to_have_count(6)
    for number in range(6):
        box = tiles.nth(number).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 190
    no_sideways_scroll(page)


def test_the_minute_is_seen_and_a_touch_starts_it_anew(page: Page) -> None:
    page.clock.install()
    page.goto(START)
    left = page.locator("[data-left]")
    expect(left).to_have_text(str(KIOSK_SECONDS))
    page.clock.run_for(20_000)
    expect(left).to_have_text(str(KIOSK_SECONDS - 20))
    page.get_by_role("button", name="继续").click()
    expect(left).to_have_text(str(KIOSK_SECONDS))


def test_whoever_walks_away_is_signed_out(page: Page) -> None:
    page.clock.install()
    page.goto(START)
    sign_in_by_hand(page)
    with page.expect_navigation(url=re.compile("/kiosk/$")):
        page.clock.run_for((KIOSK_SECONDS + 2) * 1000)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.goto("/my/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_leaving_is_one_touch_and_the_region_stays(page: Page) -> None:
    page.goto(START)
    sign_in_by_hand(page)
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(QUERY.region_name)
    page.goto("/my/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_a_touch_tells_the_server(page: Page) -> None:
    page.clock.install()
    page.goto(START)
    with page.expect_request("**/kiosk/alive/") as told:
        page.mouse.click(5, 700)
        page.clock.run_for(6_000)
    assert told.value.response().status == 204


def test_staff_make_a_machine_of_a_browser(page: Page, axe: Callable[..., None]) -> None:
    clerk = User.objects.create_user("clerk", password="x", name="李某")
    Grant.objects.create(user=clerk, region=QUERY.region, role="window", start_on="2026-01-01")
    page.context.clear_cookies()
    page.goto(START)
    axe()
    page.get_by_role("link", name="工作人员登录").click()
    page.get_by_label("用户名").fill("clerk")
    page.get_by_label("口令").fill("x")
    page.get_by_role("button", name="登录", exact=True).click()
    axe()
    page.get_by_role("button", name="设为自助机").click()
    expect(page.locator(".six .tile")).to_have_count(6)
    page.goto("/my/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_nothing_is_offered_from_what_was_typed_before(page: Page) -> None:
    page.goto(START)
    page.goto("/progress/")
    kept = """[...document.querySelectorAll('form,input:not([type=hidden])')]
        .filter((e) => e.autocomplete !== 'off').length"""
    assert page.evaluate(kept) == 0
