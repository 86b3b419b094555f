"""Every screen of the site: where it is, who sees it, and what is done before it shows what it is for.

``screens.py`` pictures them; ``tests/browser/site.py`` holds each of them against what every page must be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Error, Page

Then = Callable[[Page, Mapping[str, Any]], None]
UNFOLD = "() => document.querySelectorAll('details').forEach((part) => { part.name = ''; part.open = true; })"


@dataclass(frozen=True, slots=True)
class Screen:
    """A page to be pictured. ``args`` of its address may name what ``screens_cases`` found: ``{new}``."""

    name: str
    title: str
    url_name: str
    args: tuple[Any, ...] = ()
    who: str = ""
    """A demo sign-in without its region; nobody signed in where empty."""
    query: str = ""
    machine: bool = False
    """On a self-service machine."""
    then: Then | None = None
    """What the visitor does before the picture is taken."""
    status: int = 200
    """What the site answers: there are pages that say no."""


def typed(*texts: str) -> Then:
    """Fill the fields of the page's first form in turn and send it by Enter."""

    def then(page: Page, found: Mapping[str, Any]) -> None:
        form = page.locator("main form:has(input:not([type=hidden]):visible)").first
        boxes = form.locator("input:not([type=hidden]):visible")
        for place, text in enumerate(texts):
            boxes.nth(place).fill(str(_value(text, found)))
        boxes.nth(len(texts) - 1).press("Enter")
        page.wait_for_load_state()

    return then


def appears(selector: str) -> Then:
    """Wait for what a script puts there."""
    return lambda page, _: page.locator(selector).first.wait_for()


def said(field: str, text: str, button: str) -> Then:
    """Write something into a field, folded away or not, press a button, and be told what is wrong."""

    def then(page: Page, found: Mapping[str, Any]) -> None:
        page.evaluate(UNFOLD)
        page.locator(field).first.fill(str(_value(text, found)))
        page.get_by_role("button", name=button).first.click()
        page.locator("main .fault, main .note.bad").filter(visible=True).first.wait_for()

    return then


def opened(locks: str, room: str) -> Then:
    """Set a device's password, in every field that asks for it, and come to what it keeps."""

    def then(page: Page, found: Mapping[str, Any]) -> None:
        page.locator(locks).first.wait_for()
        for field in page.locator(locks).all():
            field.fill("yan-shi-cun-2026")
        page.keyboard.press("Enter")
        page.locator(room).wait_for()

    return then


def address_of(screen: Screen, found: Mapping[str, Any]) -> str:
    """The path of a screen; NoReverseMatch where the room is not built."""
    from django.urls import reverse

    args = [_value(arg, found) for arg in screen.args]
    return reverse(screen.url_name, args=args) + (f"?{screen.query}" if screen.query else "")


def cookies_of(screen: Screen) -> dict[str, str]:
    """What the browser of this screen's visitor sends along: who signed in, and whether it is a machine."""
    from django.test import Client

    from jingban.access.models import User

    cookies = {"kiosk": "1", "region": REGION} if screen.machine else {}
    if screen.who:
        client = Client()
        client.force_login(User.objects.get(username=f"{REGION}-{screen.who}"))
        cookies["sessionid"] = client.cookies["sessionid"].value
    return cookies


def come_to(page: Page, screen: Screen, origin: str, found: Mapping[str, Any]) -> None:
    """Open a screen and do what it takes; Error where the site does not answer with it."""
    answer = page.goto(origin + address_of(screen, found), wait_until="load")
    if answer is None or answer.status != screen.status:
        raise Error(f"答复 {answer.status if answer else '无'}")
    if screen.then is not None:
        screen.then(page, found)
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request')"
    )  # parts of the page come after it


def forgotten() -> list[str]:
    """Addresses of the site of which nobody said whether they are a screen."""
    from django.urls import get_resolver

    def names(resolver: Any) -> Iterable[str]:
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                yield from names(pattern)
            elif pattern.name:
                yield pattern.name

    looked_at = {screen.url_name for screen in (*SCREENS, *STATES) if isinstance(screen, Screen)}
    return sorted(set(names(get_resolver())) - looked_at - NO_SCREEN)


def _value(arg: Any, found: Mapping[str, Any]) -> Any:
    """What an argument stands for: ``{new}`` is what the cases found under ``new``."""
    return found[arg[1:-1]] if isinstance(arg, str) and arg.startswith("{") else arg


REGION = "qinhuangdao"
AGENCY = (REGION, "agency")
AID = (*AGENCY, "medical-aid-reimbursement")
STEP = (*AGENCY, "inpatient-reimbursement", "{draft}")

SCREENS = (
    "公众",
    Screen("home", "首页", "home"),
    Screen("search", "首页：按拼音首字母搜索", "home", query="q=syjt"),
    Screen("region", "一个地区的全部事项", "region", (REGION,)),
    Screen("regions", "选择地区", "regions"),
    Screen("guide", "办事指南", "guide", AID),
    Screen("guide-own", "办事指南：按情形列出的材料", "guide", AID, query="own=1&s=inpatient"),
    Screen("guide-notice", "申请前的一次性告知", "guide-notice", AID, query="own=1&s=inpatient"),
    Screen("guide-version", "指南的一个版本", "guide-version", ("{version}",)),
    Screen("notices", "公示", "notices", query=f"region={REGION}"),
    Screen("notice", "一件公示，提出异议", "notice", ("{public}",), who="applicant"),
    Screen("progress", "查进度", "progress"),
    Screen("progress-case", "进度：凭查询码", "progress", then=typed("{paid}", "{paid.code}")),
    Screen("verify-ask", "核验文书", "verify-ask"),
    Screen("verify", "核验结果：真", "verify", ("{paper.code}",)),
    Screen("login", "登录", "login"),
    Screen("account-register", "手机号登录或注册", "account-register"),
    Screen("queue", "取号", "queue", (REGION,)),
    Screen("queue-screen", "大厅屏幕：叫到几号", "queue-screen", (REGION, "{hall}")),
    Screen("no-such-page", "没有这个页面", "guide", (*AGENCY, "no-such-item"), status=404),
    "个人",
    Screen("apply-situation", "申请：您的情况", "apply-step", (*STEP, "situation"), who="applicant"),
    Screen("apply-fill", "申请：填写信息", "apply-step", (*STEP, "fill"), who="applicant"),
    Screen("apply-papers", "申请：上传材料", "apply-step", (*STEP, "papers"), who="applicant"),
    Screen("apply-check", "申请：核对提交", "apply-step", (*STEP, "check"), who="applicant"),
    Screen("apply-done", "申请：已提交", "apply-done", ("{new}",), who="applicant"),
    Screen("my", "我的办件", "mine", who="applicant"),
    Screen("my-case", "我的一件", "my-case", ("{paid}",), who="applicant"),
    Screen("my-sent-back", "我的一件：要补材料", "my-case", ("{sent-back}",), who="applicant"),
    Screen("my-supplement", "只补缺的材料", "my-supplement", ("{sent-back}",), who="applicant"),
    Screen("my-granted", "我的一件：已办结", "my-case", ("{granted}",), who="applicant"),
    Screen("family", "为家人办", "family", who="applicant"),
    Screen("inbox", "消息", "inbox", who="applicant"),
    Screen("account", "我的账户", "account", who="applicant"),
    Screen("account-bind", "实名认证", "account-bind", who="unit"),
    Screen("paper", "文书", "paper", ("{granted}", "{paper.seq}", "{paper}"), who="applicant"),
    "单位",
    Screen("unit", "单位网厅", "unit", who="unit"),
    Screen("unit-people", "本单位的人", "unit-people", ("{employer}",), who="unit"),
    Screen("unit-changes", "增加职工", "unit-changes", ("{employer}",), who="unit"),
    Screen("unit-suspend", "停保", "unit-change", ("{employer}", "suspend"), who="unit"),
    Screen("unit-levies", "缴费单", "unit-levies", ("{employer}",), who="unit"),
    Screen("unit-seals", "职工申请，等单位确认", "unit-seals", ("{employer}",), who="unit"),
    Screen("unit-seal", "一件职工申请：确认盖章", "unit-seal", ("{employer}", "{sealed}"), who="unit"),
    Screen("unit-handed-in", "已提交", "unit-handed-in", ("{employer}", "{unit}"), who="unit"),
    Screen("unit-operators", "经办人和权限", "unit-operators", ("{employer}",), who="unit"),
    "工作台",
    Screen("desk", "待办", "desk", who="clerk"),
    Screen("desk-all", "全部在办", "desk", who="reviewer", query="tab=all"),
    Screen("desk-search", "按姓名查到多件", "desk", who="clerk", then=typed("{owner.name}")),
    Screen("desk-case", "办件：受理", "desk-case", ("{new}",), who="clerk"),
    Screen("desk-review", "办件：审核", "desk-case", ("{review}",), who="reviewer"),
    Screen("desk-registers", "办件：登记册变动", "desk-registers", ("{change}",), who="clerk"),
    Screen("desk-case-mail", "办件：函件和资金", "desk-case-mail", ("{transfer}",), who="clerk"),
    Screen("desk-sign", "签收", "desk-sign", ("{review}",), who="clerk"),
    Screen("desk-benefit", "费用和核定：算出来是多少，为什么", "desk-benefit", ("{claim}",), who="reviewer"),
    Screen("desk-bill-new", "录入费用账单", "desk-bill-new", ("{claim}",), who="clerk"),
    Screen("desk-bill", "一张费用账单", "desk-bill", ("{claim}", "{claim.bill}"), who="reviewer"),
    Screen("desk-sums", "此前直接结算的累计", "desk-sums", ("{claim}",), who="clerk"),
    Screen("desk-event", "生育信息", "desk-event", ("{checked}",), who="clerk"),
    Screen("desk-start", "开件：来信、来电、来函", "desk-start", who="clerk"),
    Screen("desk-batch", "成批办理", "desk-batch", who="reviewer"),
    Screen("desk-tickets", "叫号", "desk-tickets", who="clerk"),
    Screen("desk-apply", "柜台代填", "apply", (*AGENCY, "resident-info-change"), who="clerk"),
    "登记册",
    Screen("register", "查人、查单位", "register", who="clerk"),
    Screen("register-person", "一个人", "register-person", ("{person}",), who="clerk"),
    Screen("register-issued", "出具过的凭证", "register-issued", ("{owner}", "{certificate}"), who="clerk"),
    Screen("register-unit", "一个单位", "register-unit", ("{employer}",), who="clerk"),
    Screen("register-work", "待办清单", "register-work", who="clerk"),
    Screen("register-tax", "税务回执", "register-tax", who="clerk"),
    Screen("register-aid", "救助名单", "register-aid", who="clerk"),
    Screen("register-rosters", "名册", "register-rosters", who="clerk"),
    Screen("register-roster", "一份名册：逐行核对", "register-roster", ("{roster}",), who="clerk"),
    Screen("register-claims", "受理台账", "register-claims", who="clerk"),
    Screen("register-batches", "批次和分类汇总", "register-batches", who="clerk"),
    Screen("register-invoices", "票据查验", "register-invoices", who="clerk"),
    "函件和资金",
    Screen("desk-mail", "收发", "desk-mail", who="clerk"),
    Screen("desk-mail-letter", "一封函", "desk-mail-letter", ("{letter}",), who="clerk"),
    Screen("desk-contact-letter", "登记收到的联系函", "desk-contact-letter", who="clerk"),
    Screen("desk-info-sheet", "登记收到的信息表", "desk-paper", ("{transfer}", "info-sheet"), who="clerk"),
    Screen("desk-old-place", "转出地", "desk-old-place", ("{transfer}",), who="clerk"),
    Screen("desk-money", "转移资金", "desk-money", ("{transfer}",), who="cashier"),
    "资金室",
    Screen("funds", "资金室：等谁办、各基金余额", "funds", who="cashier"),
    Screen("funds-batches", "拨付批次", "funds-batches", who="cashier"),
    Screen("funds-batch", "一个批次：复核", "funds-batch", ("{batch}",), who="checker"),
    Screen("funds-returns", "银行回执", "funds-returns", who="checker"),
    Screen("funds-return", "一份回执：逐行结果", "funds-return", ("{return}",), who="checker"),
    Screen("funds-corrections", "退回更正", "funds-corrections", who="cashier"),
    Screen("funds-fiscal", "财政用款", "funds-fiscal", who="cashier"),
    Screen("funds-accounts", "账户和收入", "funds-accounts", who="cashier"),
    Screen("funds-reconcile", "对账和月结", "funds-reconcile", who="checker"),
    Screen("funds-reports", "资金报表", "funds-reports", who="head"),
    Screen("funds-recoveries", "追回和补付", "funds-recoveries", who="cashier"),
    Screen("funds-recovery", "一笔追回：复核", "funds-recovery", ("{recovery}",), who="checker"),
    Screen("funds-revoke", "撤销待遇并追回", "funds-revoke", who="checker"),
    "乡村",
    Screen("grassroots", "乡村首页", "grassroots", who="village"),
    Screen("grassroots-care", "要上门的人", "grassroots-care", ("aged",), who="village"),
    Screen("grassroots-help", "帮人办事", "grassroots-help", who="village"),
    Screen("grassroots-offline", "断网也能登记", "grassroots-offline", who="village", then=appears("main input:visible")),
    Screen("grassroots-visits", "我的走访", "grassroots-visits", who="village"),
    Screen("grassroots-visit", "一次走访", "grassroots-visit", ("{visit}",), who="village"),
    "定点机构",
    Screen("provider", "定点机构首页", "provider", who="institution"),
    Screen("provider-handed-in", "定点机构：已代收", "provider-handed-in", ("{chronic}",), who="institution"),
    Screen("provider-case", "定点机构的一件", "provider-case", ("{chronic}",), who="institution"),
    "后台",
    Screen("office", "后台首页", "office", who="admin"),
    Screen("office-people", "人员", "office-people", who="admin"),
    Screen("office-person", "一个人的岗位", "office-person", ("{clerk}",), who="admin"),
    Screen("office-places", "机构和委托", "office-places", who="admin"),
    Screen("office-guide", "办事指南的改动", "office-guide", who="admin"),
    Screen("office-running", "还按旧指南办的件", "office-running", who="admin"),
    Screen("office-trial", "参数试算", "office-trial", who="admin"),
    Screen("office-words", "用语和短语", "office-words", who="admin"),
    Screen("office-calendar", "工作日历", "office-calendar", who="admin"),
    Screen("office-failures", "没有办成的自动处理", "office-failures", who="admin"),
    Screen("office-password", "改口令", "office-password", who="admin"),
    "自助机",
    Screen("kiosk", "自助机首页", "kiosk", query=f"region={REGION}", machine=True),
    Screen("kiosk-ask", "设为自助机", "kiosk", query=f"region={REGION}", who="clerk"),
    Screen("kiosk-guide", "自助机：办事指南", "guide", (*AGENCY, "enrolment-certificate"), machine=True),
)  # fmt: skip

STATES = (
    Screen("home-nothing", "首页：没有找到", "home", query="q=xyzxyz"),
    Screen("guide-conditions", "办事指南：有申请条件的", "guide", ("bazhou", "agency", "designate-pharmacy")),
    Screen("login-refused", "登录：口令不对", "login", then=typed("nobody", "wrong")),
    Screen("progress-unknown", "查进度：没有这件", "progress", then=typed("130300-001001-20260101-0000010", "2345ABCD9")),
    Screen("verify-unknown", "核验结果：没有这份", "verify", ("2222-2222-2222",), status=404),
    Screen("no-entry", "不让进的门", "desk", who="applicant", status=403),
    Screen("apply-refused", "申请：填错了", "apply-step", (*STEP, "fill"), who="applicant",
           then=said("[name=phone]", "1", "下一步")),
    Screen("unit-none", "不是单位的经办人", "unit", who="applicant"),
    Screen("unit-checked", "增加职工：逐行核对", "unit-changes", ("{employer}",), who="unit",
           then=said("#paste", "{lines}", "核对")),
    Screen("desk-refused", "办件：没有写理由", "desk-case", ("{new}",), who="clerk",
           then=said("[id='decline.reason']", "", "不予受理")),
    Screen("desk-bill-wrong", "录入账单：填错了", "desk-bill-new", ("{claim}",), who="clerk",
           then=said("#total", "1", "保存账单")),
    Screen("desk-bill-edit", "更正费用账单", "desk-bill-edit", ("{claim}", "{claim.bill}"), who="clerk"),
    Screen("register-paid", "一个人：缴费", "register-person", ("{owner}",), who="clerk", query="tab=paid"),
    Screen("register-ties", "一个人：亲属和凭证", "register-person", ("{owner}",), who="clerk", query="tab=ties"),
    Screen("register-cases", "一个人：办件", "register-person", ("{owner}",), who="clerk", query="tab=cases"),
    Screen("register-history", "一个人：变更记录", "register-person", ("{owner}",), who="clerk", query="tab=history"),
    Screen("register-people", "一个单位：参保人员", "register-unit", ("{employer}",), who="clerk", query="tab=people"),
    Screen("register-levies", "一个单位：征缴单", "register-unit", ("{employer}",), who="clerk", query="tab=levies"),
    Screen("register-found", "查到的人", "register", who="clerk", then=typed("{owner.name}")),
    Screen("register-recheck", "慢特病待复审", "register-work", who="clerk", query="tab=recheck"),
    Screen("desk-mail-all", "全部来往", "desk-mail", who="clerk", query="tab=all"),
    Screen("grassroots-refused", "帮人办事：没有填", "grassroots-help", who="village",
           then=said("#name", "", "记下，去填申请表")),
    Screen("grassroots-room", "断网登记：登记一条", "grassroots-offline", who="village",
           then=opened("#offline [type=password]:visible", "#room-title")),
    Screen("kiosk-login", "自助机：登录", "login", machine=True),
    Screen("kiosk-progress", "自助机：查进度", "progress", machine=True),
    Screen("kiosk-region", "自助机：一个地区的事项", "region", (REGION,), machine=True),
    Screen("desk-related", "办件：同一人的其他办件", "desk-related", ("{new}",), who="clerk"),
    Screen("funds-sent", "一个批次：已送银行", "funds-batch", ("{batch.sent}",), who="cashier"),
    Screen("funds-refused", "登记付款账户：没有填", "funds-accounts", who="cashier",
           then=said("[name=name]", "", "登记账户")),
    Screen("office-year", "一年的工作日", "office-year", ("{year}",), who="admin"),
    Screen("office-refused", "新建账号：没有填", "office-people", who="admin",
           then=said("[name=username]", "", "建账号")),
    Screen("office-trial-refused", "参数试算：没有按百分数填", "office-trial", who="admin",
           query="table=resident-inpatient", then=said("[name='resident-inpatient.ratio-3']", "0.6", "试算")),
)  # fmt: skip
"""Other states of the same pages, and a few of the largest: looked at by the tests, not pictured."""

NO_SCREEN = {
    # What only takes a form and then shows one of the screens above
    "desk-act", "desk-assign", "desk-bill-remove", "desk-letter", "desk-mail-posted", "desk-mail-settled",
    "desk-money-agree", "desk-money-return", "desk-money-short", "desk-reveal", "draft-discard", "editions", "funds-batch-do",
    "funds-close-month", "funds-correction-do", "funds-explain", "funds-fiscal-do", "funds-recovery-do",
    "funds-repay", "funds-return-retry", "grassroots-close", "kiosk-alive", "kiosk-leave", "kiosk-off", "kiosk-on",
    "logout", "my-act", "my-rate", "notice-object", "office-again", "office-grant-end", "office-move",
    "office-person-do", "office-phrase-end", "office-phrases", "office-place-end", "office-proposal",
    "office-publish", "office-trial-table", "paper-again", "paper-by-hand", "paper-void", "provider-act", "register-account",
    "register-duplicate", "register-helper", "register-helper-end", "register-look", "register-operator",
    "register-promise", "register-recheck",
    # Only once something bounced, or a paid case was worked out anew (tests/browser/test_funds.py)
    "funds-adjustment", "funds-correct", "funds-name-payee",
    # The same page with the numbers in full
    "desk-mail-full", "provider-reveal", "register-levy", "register-person-full", "register-unit-full",
    # Files, parts of a page, and what machines ask
    "apply-materials", "desk-catalogue", "desk-related", "exchange-letters", "exchange-tax", "funds-batch-file",
    "funds-fiscal-paper", "funds-reports-export", "grassroots-session", "grassroots-upload", "grassroots-worker", "paper-pdf",
    "print-issued", "print-letter", "print-levy", "print-roster", "register-roster-result",
    "register-roster-template", "unit-levy", "unit-people-export", "unit-template", "upload",
    # What leads on to a screen above
    "desk-search", "notice-find", "progress-case",
}  # fmt: skip
"""Addresses without a picture of their own, and why."""
