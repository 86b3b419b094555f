"""The first page opens in a real browser and speaks Chinese."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_the_first_page_opens_in_chinese(page: Page) -> None:
    answer = page.goto("/")
    assert answer is not None
    assert answer.ok
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
