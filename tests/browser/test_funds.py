"""A cashier's, a checker's and a head's day in the funds room: from a prepared payment to the account, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from jingban.access.models import Grant, User
from jingban.funds import payables
from jingban.funds.models import Batch, Payment
from tests.browser.looks import sign_in
from tests.funds.scene import COUNTER, Room, heir, ids, insured, table, without_benefits
from tests.houses import House, forget_versions

pytestmark = pytest.mark.live_effects
REGION = COUNTER[0]


def officer(role: str) -> User:
    user = User.objects.create_user(f"zj-{role}", password="x", name=role)
    Grant.objects.create(user=user, region=REGION, role=role, start_on="2026-01-01")
    return user


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A withdrawal at the counter, granted at once: its payment waits in the funds room (F07)."""
    from django.utils import timezone

    forget_versions()
    without_benefits(monkeypatch)
    made = Room(House(now=timezone.now())).at(REGION)
    monkeypatch.setattr(payables, "decision_of", made.decided.get)
    insured(REGION)
    view = made.applied(COUNTER, **heir(1))
    view = made.house.act(view, "accept")
    made.house.act(view, "approve", amount="100.00")
    yield made
    forget_versions()


def paid_or_bounced(page: Page, tmp_path: Path, result: str) -> None:
    """The bank's file for the last batch, uploaded."""
    batch = Batch.objects.order_by("-pk")[0]
    file = tmp_path / "return.csv"
    file.write_bytes(table(dict.fromkeys(ids(batch), result)))
    page.goto("/funds/returns/")
    page.get_by_label("回执文件").set_input_files(str(file))
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_role("status")).to_contain_text("已入账1笔")


def batched(page: Page, cashier: User, checker: User, axe: Callable[..., None]) -> None:
    """Put together by one, approved by the other, sent by the first, the file downloaded."""
    sign_in(page, cashier)
    page.goto("/funds/")
    page.get_by_role("link", name="待组批的付款").click()
    page.get_by_role("button", name="全部1笔组批").click()
    expect(page.get_by_role("heading", name="批次")).to_be_visible()
    axe()
    address = page.url
    sign_in(page, checker)
    page.goto("/funds/")
    page.get_by_role("link", name="待复核的批次").click()
    page.get_by_role("link", name=Batch.objects.order_by("-pk")[0].number).click()
    page.get_by_role("button", name="复核同意").click()
    expect(page.get_by_role("status")).to_contain_text("已批准")
    sign_in(page, cashier)
    page.goto(address)
    page.get_by_label("CSV").check()
    page.get_by_role("button", name="送银行").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="下载付款文件").click()
    assert file.value.suggested_filename.endswith(".csv")


def test_prepared_bounced_corrected_and_paid(
    page: Page, axe: Callable[..., None], room: Room, tmp_path: Path
) -> None:
    cashier, checker, head = officer("cashier"), officer("fund-checker"), officer("head")
    sign_in(page, cashier)
    page.goto("/funds/accounts/")
    page.get_by_label("个人账户基金存款户", exact=True).check()  # a withdrawal is paid from there
    page.get_by_label("户名").fill("演示医疗保障局")
    page.get_by_label("开户行").fill("演示银行")
    page.get_by_label("账号", exact=True).fill("6200000000000000")
    page.get_by_role("button", name="登记账户").click()
    expect(page.get_by_role("status")).to_contain_text("已登记")
    axe()
    batched(page, cashier, checker, axe)
    paid_or_bounced(page, tmp_path, "失败|账户已销户")
    axe()
    page.goto("/funds/corrections/")
    page.get_by_role("link", name="更正账户").click()
    page.get_by_role("button", name="提出更正").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写收款账号")
    axe()
    corrected = {
        "收款户名": "试验继承人",
        "开户行": "另一银行",
        "收款账号": "6230000000000002",
        "更正的理由": "换卡",
    }
    for label, typed in corrected.items():
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="提出更正").click()
    sign_in(page, head)  # who agrees handles the payment no more: another than who checks the batch
    page.goto("/funds/")
    page.get_by_role("link", name="待复核的账户更正").click()
    expect(page.get_by_text("6230000000000002")).to_be_visible()
    axe()
    page.get_by_role("button", name="同意更正").click()
    expect(page.get_by_role("status")).to_contain_text("重新等待组批")
    batched(page, cashier, checker, axe)
    paid_or_bounced(page, tmp_path, "成功")
    assert list(Payment.objects.order_by("pk").values_list("state", flat=True)) == ["bounced", "paid"]
