"""A village worker's day: the home page, help for somebody who came, and visits through a lost connection."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from jingban.access.models import Entrustment, Grant, User
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from jingban.visits.models import Visit
from tests.browser.looks import sign_in, tab_to, until
from tests.portals.conftest import NOW
from tests.registry import factories as made

LOWEST = [i for i in effective_all() if i.tier == "grassroots"]
REGION = LOWEST[0].region
VILLAGE, PIN = "清平村", "qing-ping-2026"
NUMBERS = ("110105194912310029", "11010519491231002X")
GOOD = NUMBERS[1]


@pytest.fixture(autouse=True)
def worker(page: Page) -> User:
    publish.publish(LOWEST, now=NOW)
    Entrustment.objects.create(region=REGION, village=VILLAGE, township="和平镇", start_on="2026-01-01")
    user = User.objects.create_user("cun", password="x", name="村干部")
    Grant.objects.create(user=user, region=REGION, role="village", office=VILLAGE, start_on="2026-01-01")
    origin = made.origin(REGION)
    for n in range(1, 4):
        made.person(origin, n, place=VILLAGE)
    sign_in(page, user)
    return user


def begin(page: Page) -> None:
    """Set the device's PIN, as on the first shift."""
    page.get_by_label("本机口令", exact=True).fill(PIN)
    page.get_by_label("再输一次").fill(PIN)
    page.get_by_role("button", name="设好，开始走访").click()
    expect(page.get_by_role("heading", name="登记一条")).to_be_visible()


def write(page: Page, name: str, number: str, said: str) -> None:
    page.get_by_label("姓名", exact=True).fill(name)
    page.get_by_label("身份证号").fill(number)
    page.get_by_label("说了什么").fill(said)
    page.get_by_role("button", name="存下这条").click()


DUMP = """async () => {
  const open = indexedDB.open("jingban-village", 1);
  await new Promise((yes) => { open.onsuccess = yes; });
  let all = "";
  const walk = (value) => {
    if (value instanceof ArrayBuffer) value = new Uint8Array(value);
    if (ArrayBuffer.isView(value)) {
      all += new TextDecoder("utf-8").decode(value) + " " + new TextDecoder("utf-16le").decode(value.slice());
    } else if (value && typeof value === "object") Object.values(value).forEach(walk);
    else all += String(value) + " ";
  };
  let count = 0;
  for (const name of open.result.objectStoreNames) {
    const request = open.result.transaction(name).objectStore(name).getAll();
    await new Promise((yes) => { request.onsuccess = yes; });
    if (name === "visits") count = request.result.length;
    request.result.forEach(walk);
  }
  const stored = JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie;
  const kept = [];
  for (const cache of await caches.keys()) {
    for (const asked of await (await caches.open(cache)).keys()) kept.push(new URL(asked.url).pathname);
  }
  return {all: all + stored, count, kept};
}"""


def test_two_visits_survive_a_lost_connection_and_arrive_once(page: Page, worker: User) -> None:
    page.goto("/village/visits/")
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    begin(page)
    page.context.set_offline(True)
    expect(page.locator("#state")).to_contain_text("离线")
    write(page, "张三", GOOD, "想给孩子参保")
    expect(page.locator("#state")).to_contain_text("1条待上传")
    write(page, "李四", "", "问慢特病怎么认定")
    expect(page.locator("#state")).to_contain_text("2条待上传")
    # What lies on the device says nothing without the PIN.
    found = page.evaluate(DUMP)
    assert found["count"] == 2
    for secret in (GOOD, "张三", "李四", "慢特病怎么认定", PIN):
        assert secret not in found["all"]
    assert "/village/visits/" in found["kept"]
    assert not [
        path for path in found["kept"] if path != "/village/visits/" and not path.startswith("/static/")
    ]
    # The page comes back without a connection, closed; a wrong PIN is told.
    page.reload()
    expect(page.get_by_role("heading", name="输入本机口令")).to_be_visible()
    expect(page.get_by_text("张三")).to_have_count(0)
    page.get_by_label("本机口令", exact=True).fill("wrong-wrong")
    page.get_by_role("button", name="开始走访").click()
    expect(page.get_by_text("口令不对，请重新输入")).to_be_visible()
    page.get_by_label("本机口令", exact=True).fill(PIN)
    page.get_by_role("button", name="开始走访").click()
    expect(page.locator("#waiting li")).to_have_count(2)
    expect(page.locator("#waiting")).to_contain_text("110105********002X")
    # Back online: the first answer is lost on the way, so the visit is sent again, and stands there once.
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        answer = route.fetch()
        if not lost:
            lost.append(str(json.loads(route.request.post_data or "{}")["mark"]))
            route.fulfill(status=429, content_type="application/json", body='{"state": "lost"}')
        else:
            route.fulfill(response=answer)

    page.route("**/village/visits/upload/", lose_the_first)
    with page.expect_response("**/village/visits/upload/"):
        page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("2条待上传")
    assert Visit.objects.count() == 1
    page.get_by_role("button", name="现在上传").click()
    expect(page.get_by_text("本次已上传2条")).to_be_visible()
    assert Visit.objects.filter(worker=worker).count() == 2
    assert page.evaluate(DUMP)["count"] == 0
    page.get_by_role("link", name="我的走访").click()
    expect(page.get_by_role("link", name="张三", exact=True)).to_be_visible()


def test_what_the_server_refuses_stays_with_the_reason(page: Page) -> None:
    page.goto("/village/visits/")
    begin(page)
    page.get_by_label("姓名", exact=True).fill("张三")
    page.get_by_label("联系电话").fill("12")
    page.get_by_label("说了什么").fill("问缴费")
    page.get_by_role("button", name="存下这条").click()
    expect(page.locator("#waiting")).to_contain_text("电话号码应为7至12位数字")
    page.get_by_role("button", name="改一改").click()
    page.get_by_label("联系电话").fill("13812345678")
    page.get_by_role("button", name="改好，存下").click()
    expect(page.get_by_text("本次已上传1条")).to_be_visible()


def test_one_that_is_refused_with_a_page_does_not_hold_up_the_others(page: Page) -> None:
    page.goto("/village/visits/")
    begin(page)
    page.context.set_offline(True)
    write(page, "张三", GOOD, "照片太大")
    write(page, "李四", "", "问缴费")

    def too_large(route: Route) -> None:
        if "照片太大" in (route.request.post_data or ""):
            route.fulfill(status=403, content_type="text/html", body="<h1>403</h1>")
        else:
            route.continue_()

    page.route("**/village/visits/upload/", too_large)
    page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("1条待上传")
    expect(page.locator("#waiting")).to_contain_text("服务器这次没有收下")
    assert [visit.words["name"] for visit in Visit.objects.all()] == ["李四"]


def test_what_is_changed_while_it_is_sent_stays_one_visit(page: Page) -> None:
    page.goto("/village/visits/")
    begin(page)
    page.context.set_offline(True)
    write(page, "张三", GOOD, "问缴费")
    held: list[Route] = []
    page.route("**/village/visits/upload/", lambda route: held.append(route))  # noqa: PLW0108  playwright names its handlers
    page.context.set_offline(False)
    page.get_by_role("button", name="改一改").click()
    until(page, lambda: bool(held))
    page.get_by_label("说了什么").fill("问缴费，还问报销")
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("#waiting li")).to_have_count(0)
    page.unroute("**/village/visits/upload/")
    page.get_by_role("button", name="改好，存下").click()
    expect(page.get_by_text("本次已上传2条")).to_be_visible()
    assert [visit.words["said"] for visit in Visit.objects.all()] == ["问缴费，还问报销"]


def test_a_change_that_was_not_kept_yet_survives_the_lock(page: Page) -> None:
    page.goto("/village/visits/")
    begin(page)
    page.context.set_offline(True)
    write(page, "张三", GOOD, "问缴费")
    page.get_by_role("button", name="改一改").click()
    page.get_by_label("说了什么").fill("问缴费，还问报销")
    page.get_by_role("button", name="锁上").click()
    page.get_by_label("本机口令", exact=True).fill(PIN)
    page.get_by_role("button", name="开始走访").click()
    expect(page.get_by_label("说了什么")).to_have_value("问缴费，还问报销")
    page.get_by_role("button", name="改好，存下").click()
    expect(page.locator("#waiting li")).to_have_count(1)


def test_digits_alone_must_be_many(page: Page) -> None:
    page.goto("/village/visits/")
    page.get_by_label("本机口令", exact=True).fill("20260317")
    page.get_by_label("再输一次").fill("20260317")
    page.get_by_role("button", name="设好，开始走访").click()
    expect(page.locator("#pin-fault")).to_contain_text("要12位以上")


def test_what_is_wrong_is_told_before_it_is_kept_and_half_a_visit_is_not_lost(page: Page) -> None:
    page.goto("/village/visits/")
    begin(page)
    write(page, "张三", NUMBERS[0], "")
    expect(page.locator("#faults")).to_contain_text("校验码不对")
    expect(page.locator("#faults")).to_contain_text("请选择要办的事项")
    page.get_by_label("说了什么").fill("半句话")
    before = page.evaluate(DUMP)["all"]
    until(page, lambda: page.evaluate(DUMP)["all"] != before)
    assert "半句话" not in page.evaluate(DUMP)["all"]
    page.reload()
    page.get_by_label("本机口令", exact=True).fill(PIN)
    page.get_by_role("button", name="开始走访").click()
    expect(page.get_by_label("说了什么")).to_have_value("半句话")


def test_helping_by_the_keyboard(page: Page, axe: Callable[..., None]) -> None:
    page.goto("/village/care/unenrolled/")
    tab_to(page, page.get_by_role("link", name="帮他办事").first)
    page.keyboard.press("Enter")
    expect(page.get_by_label("办事人姓名")).not_to_have_value("")
    page.get_by_role("button", name="记下，去填申请表").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择要办的事项")
    axe()
    page.get_by_label("办什么事").select_option(index=1)
    page.get_by_label("身份证号").fill(GOOD)
    pad = page.locator("canvas").bounding_box()
    assert pad is not None
    page.mouse.move(pad["x"] + 20, pad["y"] + 40)
    page.mouse.down()
    page.mouse.move(pad["x"] + 120, pad["y"] + 80)
    page.mouse.up()
    page.get_by_role("button", name="记下，去填申请表").click()
    page.wait_for_url("**/apply/**")
    assert Visit.objects.get().how == "present"
