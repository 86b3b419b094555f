"""What everybody may see, in a real browser: from the first page to the printed list, by hand and by keyboard."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.http import QueryDict
from playwright.sync_api import Browser, Page, expect

from jingban.portals.public.own_list import own_list
from jingban.rulebook.cache import effective_item
from tests.browser.looks import axe_faults, settled, sideways, small_targets, switch, tab_to
from tests.portals.conftest import published

# Long names, thirteen materials, five questions; and one with conditions and exclusions.
AID = effective_item("qinhuangdao", "agency", "medical-aid-reimbursement")
PHARMACY = effective_item("bazhou", "agency", "designate-pharmacy")
CHRONIC = effective_item("puyang", "agency", "chronic-recognition")
GUIDE = f"/guide/{AID.region}/{AID.tier}/{AID.item}/"
PAGES = {
    "home": "/",
    "found": "/?q=报销&region=",
    "region": f"/guide/{AID.region}/",
    "guide": GUIDE,
    "guide with conditions": f"/guide/{PHARMACY.region}/{PHARMACY.tier}/{PHARMACY.item}/",
    "own list": f"{GUIDE}?own=1&s=inpatient",
    "one-off notice": f"{GUIDE}notice/?own=1&s=inpatient",
    "regions": f"/regions/?next={GUIDE}",
    "notices": f"/notices/?region={PHARMACY.region}",
    "progress": "/progress/",
    "sign in": "/login/",
    "verify": "/verify/",
    "no such page": f"/guide/{AID.region}/agency/no-such-item/",
}


@pytest.fixture(autouse=True)
def _published() -> None:
    cache.clear()
    for item in (AID, PHARMACY, CHRONIC):
        published(item)


@pytest.mark.parametrize("size", ["desktop"], indirect=True)
@pytest.mark.parametrize("edition", ["standard", "large"], indirect=True)
def test_every_page_is_looked_at_in_a_wide_window(page: Page, size: str, edition: str) -> None:
    """Axe finds nothing, nothing scrolls sideways, every control is big enough to hit: the rest is in test_every_page.py."""
    wrong: dict[str, list[str]] = {}
    for name, address in PAGES.items():
        page.goto(address)
        found = axe_faults(page) + small_targets(page, 60 if edition == "large" else 44) + sideways(page)
        if found:
            wrong[name] = found
    assert not wrong


def test_large_type_keeps_to_its_figures(page: Page) -> None:
    switch(page, "large")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    body = page.evaluate(
        "(({fontSize, lineHeight}) => [fontSize, lineHeight])(getComputedStyle(document.body))"
    )
    assert body == ["24px", "40.8px"]  # 1.7
    gap = page.locator(".card p").first.evaluate("e => parseFloat(getComputedStyle(e).marginBottom)")
    assert gap == pytest.approx(1.4 * 24)
    tiles = page.locator(".tiles").first.evaluate(
        "e => getComputedStyle(e).gridTemplateColumns.split(' ').length"
    )
    assert tiles == 2
    assert page.get_by_role("button", name="搜索").bounding_box()["height"] >= 63.5
    expect(page.get_by_text("大家常办")).to_be_hidden()
    small = page.evaluate("""() => [...document.querySelectorAll("main *, footer *")]
        .filter((e) => e.offsetParent && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
        .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 18).map((e) => e.textContent)""")
    assert small == []


def test_high_contrast_is_black_white_and_yellow(page: Page) -> None:
    switch(page, "contrast")
    for address in ("/", GUIDE, "/login/"):
        page.goto(address)
        colours = page.evaluate("""() => [...new Set([...document.querySelectorAll(
            "body, body *:not(svg):not(svg *):not(.qr):not(.chart):not(.brand span)")]
            .filter((e) => e.offsetParent)
            .flatMap((e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]))]""")
        assert set(colours) <= {"rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgb(255, 255, 0)", "rgba(0, 0, 0, 0)"}


def test_editions_are_switched_on_the_page_and_stay(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="长辈版：大字、大按钮").click()
    expect(page.locator("html")).to_have_class(re.compile("large"))
    page.goto("/progress/")
    expect(page.locator("html")).to_have_class(re.compile("large"))
    page.get_by_role("button", name="高对比").click()
    expect(page).to_have_url(re.compile("/progress/$"))
    expect(page.locator("html")).to_have_class(re.compile("large contrast"))
    page.get_by_role("button", name="标准版").click()
    expect(page.locator("html")).not_to_have_class(re.compile("large"))


def test_from_the_first_page_to_the_printed_list_by_keyboard(page: Page) -> None:
    page.goto("/")
    tab_to(page, page.get_by_role("searchbox").or_(page.get_by_label("要办的事")).first)
    page.keyboard.type("yljzdx")
    page.keyboard.press("Enter")
    hit = page.get_by_role("link", name=re.compile(AID.name))
    tab_to(page, hit)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(AID.name)
    settled(page)
    question = own_list(AID, QueryDict()).questions[1]
    box = page.get_by_role("checkbox", name=question.text)
    tab_to(page, box)
    page.keyboard.press("Space")
    shorter = page.locator("#own")
    expect(shorter).to_contain_text("为您的情形生成的材料清单")
    expect(shorter).to_contain_text(question.name)
    count = shorter.locator("ol.own > li").count()
    assert 0 < count < len(AID.materials)
    printed = shorter.get_by_role("link", name="打印这份清单")
    tab_to(page, printed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("办理前一次性告知单")
    assert page.locator("ol.own > li").count() == count
    expect(page.get_by_text(question.name, exact=True)).to_be_visible()


def test_the_list_gets_shorter_without_scripts_too(browser: Browser, live_server: object) -> None:
    context = browser.new_context(base_url=str(live_server), java_script_enabled=False)
    page = context.new_page()
    page.goto(GUIDE)
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="看我的清单").click()
    expect(page.locator("#own")).to_contain_text("为您的情形生成的材料清单")
    context.close()


def test_what_is_printed_is_the_paper_alone(page: Page) -> None:
    page.goto(f"{GUIDE}notice/?own=1&s=inpatient")
    page.emulate_media(media="print")
    for gone in ("header.top", "footer", "nav.tabbar", "[data-print]"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator(".qr svg")).to_be_visible()
    switch(page, "large", "contrast")
    page.goto(GUIDE)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_region_is_changed_and_the_entry_stays(page: Page) -> None:
    published(effective_item("xingtai", "agency", "medical-aid-reimbursement"))
    page.goto(GUIDE)
    page.get_by_role("link", name="换地区").click()
    page.get_by_role("link", name=re.compile("邢台市.*有这一项")).click()
    expect(page).to_have_url(re.compile("/guide/xingtai/agency/medical-aid-reimbursement/$"))
    page.goto("/")
    expect(page.get_by_label("地区", exact=True)).to_have_value("xingtai")
