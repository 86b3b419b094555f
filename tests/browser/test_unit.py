"""A unit's operator at the table: paste three, one wrong, hand in the good ones, put the last one right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jingban.access.models import User
from jingban.cases.models import Case
from jingban.core.localtime import local_day
from jingban.registry import enrolments, levies, units
from jingban.registry.models import Unit
from jingban.rulebook.cache import effective_item
from tests.browser.looks import settled, sign_in
from tests.portals.conftest import published
from tests.registry import factories as made

ENTRY = effective_item("luanzhou", "agency", "employee-enrolment")


@pytest.fixture
def unit() -> Unit:
    published(ENTRY)
    today = local_day(timezone.now())
    origin = made.origin(ENTRY.region, today - timedelta(days=1))
    unit = made.unit(origin, phone="03151234567")
    enrolments.enrol(
        origin, made.person(origin, 9), insurance="310", kind="1101", start_on=today.replace(day=1), unit=unit
    )
    levies.issue_for_unit(origin, unit, today)
    user = User.objects.create_user("boss", password="x", name="专管员")
    units.name_operator(origin, unit, user.pk, may_seal=True, may_manage=True)
    return unit


def lines() -> str:
    day = local_day(timezone.now()).isoformat()
    rows = [(made.new_name(n), made.new_number(n), day, "6800", f"1301234{n:04d}") for n in (1, 2, 3)]
    rows[1] = (rows[1][0], rows[1][1][:10], *rows[1][2:])
    return "\n".join("\t".join(row) for row in rows)


def paste(page: Page, text: str) -> None:
    """As the keyboard does it: the text lies in the clipboard and is pasted into the box."""
    box = page.get_by_label("从表格复制粘贴")
    expect(box).to_be_visible()
    settled(page)
    box.evaluate(
        """(box, text) => {
          const carried = new DataTransfer();
          carried.setData("text/plain", text);
          box.focus();
          box.value = text;
          box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: carried, bubbles: true}));
        }""",
        text,
    )


def test_paste_three_hand_in_two_and_put_the_third_right(
    page: Page, unit: Unit, axe: Callable[..., None]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, User.objects.get(username="boss"))
    page.goto("/unit/")
    axe()
    expect(page.get_by_text("征缴单还没有缴费")).to_be_visible()
    page.get_by_role("link", name="增员").click()
    paste(page, lines())
    expect(page.get_by_text("2人可提交")).to_be_visible()
    expect(page.get_by_text("1人需改正")).to_be_visible()
    axe()
    page.get_by_role("button", name="先提交无误的2人").click()
    expect(page.get_by_text("已提交2人")).to_be_visible()
    wrong = page.get_by_label("第2行证件号码")
    expect(wrong).to_have_value(made.new_number(2)[:10])
    wrong.fill(made.new_number(2))
    wrong.press("Enter")
    expect(page.get_by_label("第2行从哪天起参保")).to_be_focused()
    page.get_by_role("button", name="核对", exact=True).first.click()
    page.get_by_role("button", name="提交1人").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已提交")
    axe()
    assert Case.objects.count() == 2
    page.get_by_role("link", name="首页").click()
    expect(page.get_by_text("职工参保登记（2人）")).to_be_visible()


def test_who_is_no_operator_is_told_what_to_do(page: Page, axe: Callable[..., None]) -> None:
    sign_in(page, User.objects.create_user("wang", password="x", name="王某"))
    page.goto("/unit/")
    expect(page.get_by_text("还没有登记为单位的经办人")).to_be_visible()
    axe()
