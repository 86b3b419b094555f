"""The whole way as the README tells it, with the demo's own sign-ins: a citizen on a telephone applies with a material
missing, is told once what is missing and supplies it; the clerk accepts by keyboard, another reviews; the paper is
downloaded, and the page behind its code says that it is genuine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jingban.access.models import User
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.documents.rendering import address
from jingban.registry import service as registry
from jingban.registry.demo.generator import generate
from jingban.registry.demo.samples import tie
from jingban.rulebook.cache import effective_item
from jingban.server import demo
from tests.browser.looks import no_sideways_scroll, settled, tab_to
from tests.documents.reading import read
from tests.portals.conftest import published
from tests.uploads.make import jpeg

ITEM = effective_item("bazhou", "agency", "resident-info-change")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
NEW_ADDRESS = "演示新村8号"


@pytest.fixture
def house(settings: Any, live_server: Any) -> str:
    """What ``make run`` sets up, for one region and one entry of it; gives the region's key."""
    now = timezone.now()
    settings.JINGBAN_SITE = str(live_server)
    published(ITEM)
    demo.load(now=now)
    generate(ITEM.region, 40, demo.SEED, local_day(now))
    users = {
        user.username.partition("-")[2]: user.pk
        for user in User.objects.filter(username__startswith=ITEM.region)
    }
    tie(ITEM.region, applicant=users["applicant"], clerk=users["unit"], now=now)
    return ITEM.region


def enter(page: Page, part: str, address: str) -> None:
    """Somebody else sits down, signs in and comes to an address."""
    page.context.clear_cookies()
    page.set_viewport_size(PHONE if part == "applicant" else DESK)
    page.goto(f"/login/?next={address}")
    page.get_by_label("用户名").fill(f"{ITEM.region}-{part}")
    page.get_by_label("口令").fill(demo.PASSWORD)
    page.get_by_label("口令").press("Enter")
    expect(page).to_have_url(re.compile(re.escape(address)))
    settled(page)


def step_of_four(page: Page, number: int, *, go: bool = False) -> None:
    """Be on this step; ``go``: by the button of the one before."""
    if go:
        page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text(f"第 {number} 步，共 4 步")).to_be_visible()
    settled(page)


def applied_with_one_missing(page: Page, photo: str) -> str:
    """From the first page to the number of the case; of two materials one is photographed."""
    page.goto("/")
    page.get_by_role("link", name=ITEM.region_name).first.click()
    page.get_by_role("link", name=re.compile(ITEM.name)).first.click()
    no_sideways_scroll(page)
    page.get_by_role("link", name="在线办理").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(ITEM.name)
    step_of_four(page, 1)
    step_of_four(page, 2, go=True)
    expect(page.get_by_text("来自参保登记").first).to_be_visible()  # nobody types what the registers know
    page.get_by_label("变更后联系地址").fill(NEW_ADDRESS)
    step_of_four(page, 3, go=True)
    page.locator("input[type=file][multiple]").first.set_input_files(photo)
    expect(page.get_by_text("还缺 1 样")).to_be_visible()
    no_sideways_scroll(page)
    step_of_four(page, 4, go=True)
    expect(page.get_by_text(NEW_ADDRESS)).to_be_visible()
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    return Case.objects.get().number


def opened_by_keyboard(page: Page, number: str) -> None:
    """``/``, the number, Enter."""
    page.keyboard.press("/")
    expect(page.get_by_label("查找办件")).to_be_focused()
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.locator("#case")).to_contain_text(number)
    settled(page)


@pytest.mark.live_effects
def test_from_the_first_page_to_a_genuine_paper(page: Page, house: str, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(jpeg(1600, 1200, seed=5))

    enter(page, "applicant", "/")
    number = applied_with_one_missing(page, str(photo))

    # The clerk, by keyboard: ticks what is there; what is not becomes the notice, written by itself.
    enter(page, "clerk", "/desk/")
    opened_by_keyboard(page, number)
    boxes = page.locator("[data-checklist] input[type=checkbox]")
    present = page.locator("[data-checklist] input[type=checkbox]:checked")
    if not present.count():
        tab_to(page, boxes.first)
        page.keyboard.press("Space")
    expect(present).to_have_count(1)
    missing = page.locator(".slot[data-name]:not(:has(input:checked))").get_attribute("data-name") or ""
    page.keyboard.press("Escape")
    page.keyboard.press("F9")
    notice = page.locator("details[data-back]")
    expect(notice.locator("[data-notice] li")).to_have_text([missing])
    tab_to(page, notice.get_by_role("button", name="一次性告知", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已办理")
    assert Case.objects.get().step == "supplement"

    # The citizen is told what is missing, and is asked for nothing else.
    enter(page, "applicant", "/my/")
    page.get_by_role("link", name=re.compile(ITEM.name)).first.click()
    expect(page.get_by_role("main")).to_contain_text(missing)
    page.get_by_role("link", name="补交材料").click()
    expect(page.locator("input[type=file][multiple]")).to_have_count(1)
    settled(page)
    page.locator("input[type=file][multiple]").set_input_files(str(photo))
    expect(page.get_by_text("要交的材料都有了")).to_be_visible()
    no_sideways_scroll(page)
    page.get_by_role("button", name="提交补正").click()
    expect(page.get_by_role("status").first).to_contain_text("已提交")
    assert Case.objects.get().step == "accept"

    # Accepted by two keys; whoever accepted may not review.
    enter(page, "clerk", "/desk/")
    opened_by_keyboard(page, number)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+s")
    page.keyboard.press("F8")
    expect(page.get_by_role("status").first).to_contain_text(f"{number} 已办理")
    assert Case.objects.get().step == "review"
    enter(page, "reviewer", "/desk/")
    opened_by_keyboard(page, number)
    page.keyboard.press("Escape")
    page.keyboard.press("F8")
    expect(page.get_by_role("status").first).to_contain_text(f"{number} 已办理")
    assert Case.objects.get().outcome == "granted"

    # The registers have changed, and the paper says so.
    citizen = User.objects.get(username=f"{house}-applicant")
    own = registry.own_person(citizen.pk, house, local_day(timezone.now()))
    assert own is not None
    assert registry.on_record(own)["address"] == NEW_ADDRESS
    enter(page, "applicant", f"/my/{number}/")
    expect(page.get_by_text("已办结").first).to_be_visible()
    link = page.get_by_role("link", name="《办结通知书》（PDF）")
    answer = page.request.get(link.get_attribute("href") or "")
    assert answer.headers["content-type"] == "application/pdf"
    paper = read(answer.body())
    assert paper.pdfa == "2B"
    assert ITEM.name in paper

    # Anybody who scans it: signed out, the page of its code, and the mark at its foot.
    (picture,) = (told for told in paper.pictures if "核验码" in told)
    code = picture.rpartition("核验码")[2]
    page.context.clear_cookies()
    page.goto(address(code.replace("-", "")))  # what its QR code says
    expect(page.get_by_role("status").first).to_contain_text("是真的")
    mark = page.locator("dt:text-is('校验值') + dd").inner_text()
    assert mark in paper
    expect(page.get_by_role("main")).not_to_contain_text(own.name)
    no_sideways_scroll(page)
