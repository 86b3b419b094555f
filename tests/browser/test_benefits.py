"""From a bill typed in by keyboard to the approval, and what the person reads of it; in every size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jingban.access.models import Grant, User
from jingban.benefits import drafts
from jingban.benefits import service as benefits
from jingban.benefits.models import Bill, Decision
from jingban.cases.models import Case
from jingban.cases.view import CaseView
from tests.benefits import factories as make
from tests.browser.looks import no_sideways_scroll, settled, sign_in, small_targets, switch, tab_to
from tests.houses import House, forget_versions

pytestmark = pytest.mark.live_effects


@pytest.fixture
def house() -> Iterator[House]:
    forget_versions()
    benefits.load_demo_catalogue(timezone.now())
    yield House(now=timezone.now())
    forget_versions()


def officer(role: str) -> User:
    user = User.objects.create_user(role, password="x", name={"window": "李敏", "reviewer": "赵强"}[role])
    Grant.objects.create(user=user, region=make.REGION, role=role, start_on="2026-01-01")
    return user


def case_of(house: House) -> CaseView:
    make.insured(1)
    return make.opened(house)


def test_a_bill_by_keyboard_then_why_and_approved(page: Page, house: House, axe: Callable[..., None]) -> None:
    view = case_of(house)
    window, reviewer = officer("window"), officer("reviewer")
    sign_in(page, window)
    page.goto(f"/desk/case/{view.number}/")
    panel = page.locator("#benefit")
    expect(panel).to_contain_text("还没有录入费用账单")
    panel.get_by_role("link", name="录入费用账单").click()
    keys = page.keyboard
    expect(page.get_by_label("医疗类别")).to_have_value("outpatient")
    settled(page)
    page.get_by_label("医疗机构", exact=True).focus()
    keys.type("试验县人民医院")
    for label, value in (("机构级别", "2"), ("意外伤害", "none")):
        page.get_by_label(label).select_option(value)
    total = page.get_by_label("费用总额（元）")
    tab_to(page, total)
    keys.type("500")
    page.get_by_label("第1张票据代码").focus()
    keys.type("41060126")
    keys.press("Enter")
    expect(page.get_by_label("第1张票据号码")).to_be_focused()
    keys.type("0000000001")
    keys.press("Enter")
    expect(page.get_by_label("第1张金额（元）")).to_be_focused()
    keys.type("500")
    page.get_by_label("第1张交款人").focus()
    keys.type(make.made.new_name(1))
    page.get_by_label("第1行目录编码").focus()
    keys.type("DEMO-I-001")
    keys.press("Enter")
    expect(page.get_by_label("第1行项目名称")).to_have_value("普通门诊诊查费（示例）")
    expect(page.locator("#note-1")).to_contain_text("甲类，限价10元")
    page.get_by_label("第1行数量").focus()
    keys.type("1")
    keys.press("Enter")
    keys.type("10")
    expect(page.locator("[data-sum=lines]")).to_have_text("10.00")
    expect(page.locator("[data-gap]")).to_contain_text("明细合计比费用总额少490.00元")
    page.get_by_label("第2行目录编码").focus()
    keys.type("DEMO-D-003")
    keys.press("Tab")
    expect(page.get_by_label("第2行限定支付")).to_be_visible()
    expect(page.locator("#note-2")).to_contain_text("限抢救、重症")
    page.get_by_label("第2行限定支付").select_option("no")
    page.get_by_label("第2行金额（元）").focus()
    keys.type("490.00")
    expect(page.locator("[data-gap]")).to_have_text("")
    page.get_by_label("第4行不予支付的原因").focus()
    keys.press("Enter")
    expect(page.get_by_label("第5行日期")).to_be_focused()
    axe()
    save = page.get_by_role("button", name="保存账单")
    tab_to(page, save)
    keys.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("账单已保存")
    assert [line.amount for line in drafts.content(Bill.objects.get()).lines] == [1000, 49000]
    sign_in(page, reviewer)
    page.goto(f"/desk/case/{view.number}/")
    expect(panel.get_by_role("heading", name=re.compile("算出来是.*元，为什么"))).to_be_visible()
    expect(panel).to_contain_text("不作为支付依据")
    amount = page.locator("[id='approve.amount']")
    expect(amount).to_have_value(re.compile(r"^\d+\.\d\d$"))
    axe("#benefit")
    panel.get_by_role("link", name=re.compile("^按.*元办理$")).click()
    expect(amount).to_be_focused()
    page.get_by_role("button", name="审核通过", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已办理")
    assert Decision.objects.get().actor == reviewer.pk
    expect(panel.get_by_role("heading", name=re.compile("^为什么是"))).to_be_visible()


@pytest.mark.parametrize("large", [False, True])
def test_the_pages_are_fit_for_everybody(
    page: Page, house: House, axe: Callable[..., None], large: bool
) -> None:
    view = case_of(house)
    owner = User.objects.create_user("owner", name="申请人")
    Case.objects.filter(pk=view.id).update(applicant=owner.pk)
    bill = make.entered(house, view)
    sign_in(page, officer("window"))
    if large:
        switch(page, "large")
    base = f"/desk/case/{view.number}/benefit/"
    pages = [base, f"{base}bill/", f"{base}bill/{bill.pk}/", f"{base}bill/{bill.pk}/edit/"]
    pages += [f"/desk/register/{name}/" for name in ("claims", "batches", "invoices")]
    _looked_at(page, axe, pages, large, widths=(1280,))  # narrow ones: tests/browser/site.py
    make.approved(house, view)
    _looked_at(page, axe, [base, f"/desk/case/{view.number}/"], large)
    sign_in(page, owner)
    _looked_at(page, axe, [f"/my/{view.number}/"], large)
    expect(page.get_by_role("heading", name="为什么是282.00元")).to_be_visible()


def _looked_at(
    page: Page,
    axe: Callable[..., None],
    addresses: list[str],
    large: bool,
    widths: Sequence[int] = (1280, 360),
) -> None:
    for address in addresses:
        page.set_viewport_size({"width": widths[0], "height": 800})
        page.goto(address)
        settled(page)
        page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            if width == 360 or not large:
                axe()
            no_sideways_scroll(page)
            assert small_targets(page, 60 if large else 44) == [], (address, width)


def test_without_script_the_amount_comes_with_the_link(page: Page, house: House) -> None:
    view = case_of(house)
    make.entered(house, view)
    sign_in(page, officer("reviewer"))
    page.goto(f"/desk/case/{view.number}/?amount=worked#acts")
    expect(page.locator("[id='approve.amount']")).to_have_value("282.00")
