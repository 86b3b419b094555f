"""``make screens``: a picture of every screen, in a wide window, on a telephone and in large type, into docs/screens.

A house of its own is started in a throw-away folder with the demo's data; demo cases are led so far that the pages
have something to show; then a real browser opens every address of ``SCREENS``. An address of the site that is neither
shown nor named in ``NO_SCREEN`` fails the run, and so does a screen whose room is not built; ``--partial`` only says so.

    .venv/bin/python scripts/screens.py [--partial] [--only desk-] [--into docs/screens]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from screens_camera import Camera, Screen, Server, appears, fonts_of, show, typed

ROOT = Path(__file__).resolve().parents[1]
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
    Screen("progress", "查进度", "progress"),
    Screen("progress-case", "进度：凭查询码", "progress", then=typed("{paid}", "{paid.code}")),
    Screen("verify-ask", "核验文书", "verify-ask"),
    Screen("verify", "核验结果：真", "verify", ("{paper.code}",)),
    Screen("login", "登录", "login"),
    Screen("account-register", "手机号登录或注册", "account-register"),
    Screen("queue", "取号", "queue", (REGION,)),
    Screen("queue-screen", "大厅屏幕：叫到几号", "queue-screen", (REGION, "{hall}")),
    Screen("no-such-page", "没有这个页面", "guide", (*AGENCY, "no-such-item")),
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
    Screen("paper", "文书", "paper", ("{granted}", "{paper.seq}", "{paper}"), who="applicant"),
    "单位",
    Screen("unit", "单位网厅", "unit", who="unit"),
    Screen("unit-people", "本单位的人", "unit-people", ("{employer}",), who="unit"),
    Screen("unit-changes", "增加职工", "unit-changes", ("{employer}",), who="unit"),
    Screen("unit-suspend", "停保", "unit-change", ("{employer}", "suspend"), who="unit"),
    Screen("unit-levies", "缴费单", "unit-levies", ("{employer}",), who="unit"),
    Screen("unit-seals", "职工申请，等单位确认", "unit-seals", ("{employer}",), who="unit"),
    Screen("unit-handed-in", "已提交", "unit-handed-in", ("{employer}", "{unit}"), who="unit"),
    Screen("unit-operators", "经办人和权限", "unit-operators", ("{employer}",), who="unit"),
    "工作台",
    Screen("desk", "待办", "desk", who="clerk"),
    Screen("desk-all", "全部在办", "desk", who="reviewer", query="tab=all"),
    Screen("desk-search", "按姓名查到多件", "desk", who="clerk", then=typed("{owner.name}")),
    Screen("desk-case", "办件：受理", "desk-case", ("{new}",), who="clerk"),
    Screen("desk-review", "办件：审核", "desk-case", ("{review}",), who="reviewer"),
    Screen("desk-registers", "办件：登记册变动", "desk-registers", ("{change}",), who="clerk"),
    Screen("desk-related", "办件：同一人的其他办件", "desk-related", ("{new}",), who="clerk"),
    Screen("desk-sign", "签收", "desk-sign", ("{review}",), who="clerk"),
    Screen("desk-start", "开件：来信、来电、来函", "desk-start", who="clerk"),
    Screen("desk-batch", "成批办理", "desk-batch", who="reviewer"),
    Screen("desk-tickets", "叫号", "desk-tickets", who="clerk"),
    Screen("desk-apply", "柜台代填", "apply", (*AGENCY, "resident-info-change"), who="clerk"),
    "登记册",
    Screen("register", "查人、查单位", "register", who="clerk"),
    Screen("register-person", "一个人", "register-person", ("{person}",), who="clerk"),
    Screen("register-unit", "一个单位", "register-unit", ("{employer}",), who="clerk"),
    Screen("register-work", "待办清单", "register-work", who="clerk"),
    Screen("register-tax", "税务回执", "register-tax", who="clerk"),
    Screen("register-aid", "救助名单", "register-aid", who="clerk"),
    Screen("register-rosters", "名册", "register-rosters", who="clerk"),
    "函件和资金",
    Screen("desk-mail", "收发", "desk-mail", who="clerk"),
    Screen("desk-mail-letter", "一封函", "desk-mail-letter", ("{letter}",), who="clerk"),
    Screen("desk-contact-letter", "登记收到的联系函", "desk-contact-letter", who="clerk"),
    Screen("desk-info-sheet", "登记收到的信息表", "desk-paper", ("{transfer}", "info-sheet"), who="clerk"),
    Screen("desk-old-place", "转出地", "desk-old-place", ("{transfer}",), who="clerk"),
    Screen("desk-money", "转移资金", "desk-money", ("{transfer}",), who="cashier"),
    "乡村",
    Screen("grassroots", "乡村首页", "grassroots", who="village"),
    Screen("grassroots-care", "要上门的人", "grassroots-care", ("aged",), who="village"),
    Screen("grassroots-help", "帮人办事", "grassroots-help", who="village"),
    Screen("grassroots-offline", "断网也能登记", "grassroots-offline", who="village", then=appears("main input:visible")),
    Screen("grassroots-visits", "我的走访", "grassroots-visits", who="village"),
    "定点机构",
    Screen("provider", "定点机构首页", "provider", who="institution"),
    Screen("provider-case", "定点机构的一件", "provider-case", ("{chronic}",), who="institution"),
    "后台",
    Screen("office", "后台首页", "office", who="admin"),
    Screen("office-people", "人员", "office-people", who="admin"),
    Screen("office-person", "一个人的岗位", "office-person", ("{clerk}",), who="admin"),
    Screen("office-places", "机构和委托", "office-places", who="admin"),
    Screen("office-guide", "办事指南的改动", "office-guide", who="admin"),
    Screen("office-running", "还按旧指南办的件", "office-running", who="admin"),
    Screen("office-words", "用语和短语", "office-words", who="admin"),
    Screen("office-calendar", "工作日历", "office-calendar", who="admin"),
    Screen("office-year", "一年的工作日", "office-year", ("{year}",), who="admin"),
    Screen("office-failures", "没有办成的自动处理", "office-failures", who="admin"),
    Screen("office-password", "改口令", "office-password", who="admin"),
    "自助机",
    Screen("kiosk", "自助机首页", "kiosk", query=f"region={REGION}", machine=True),
    Screen("kiosk-guide", "自助机：办事指南", "guide", (*AGENCY, "enrolment-certificate"), machine=True),
)  # fmt: skip

NO_SCREEN = {
    # What only takes a form and then shows one of the screens above
    "desk-act", "desk-letter", "desk-mail-posted", "desk-mail-settled", "desk-money-agree", "desk-money-return",
    "desk-money-short", "desk-reveal", "draft-discard", "editions", "grassroots-close", "kiosk-alive", "kiosk-leave",
    "kiosk-off", "kiosk-on", "logout", "my-act", "notice-object", "paper-by-hand", "paper-void", "register-account",
    "register-duplicate", "register-helper", "register-helper-end", "register-look", "register-operator",
    "register-promise", "register-recheck", "account-bind", "my-rate", "office-again", "office-grant-end", "office-move",
    "office-person-do", "office-place-end", "office-proposal", "office-publish", "paper-again", "provider-act",
    # The same page with the numbers in full
    "provider-reveal", "desk-mail-full", "register-levy", "register-person-full", "register-unit-full",
    # Files, parts of a page, and what machines ask
    "apply-materials", "exchange-letters", "exchange-tax", "grassroots-session", "grassroots-upload",
    "grassroots-worker", "paper-pdf", "print-issued", "print-letter", "print-levy", "print-roster",
    "register-roster-result", "register-roster-template", "unit-levy", "unit-people-export", "unit-template", "upload",
    # What the demo has none of: its page is a screen above with another heading
    "grassroots-visit", "notice", "notice-find", "progress-case", "desk-search", "register-issued",
    "register-roster", "provider-handed-in", "unit-seal",
}  # fmt: skip
"""Addresses without a picture of their own, and why."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--partial", action="store_true", help="a room that is not built yet is no failure")
    parser.add_argument("--only", default="", help="screens whose name begins so; the index is left alone")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "screens")
    wanted, begun = parser.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jingban-screens.") as var, Server(ROOT, Path(var)) as server:
        os.environ.update(JINGBAN_VAR=var, JINGBAN_SITE=server.address, DJANGO_ALLOW_ASYNC_UNSAFE="1")
        server.prepare()
        from jingban.core.boot import boot

        boot()
        from django.utils import timezone
        from screens_cases import House

        found = House(REGION, timezone.now()).lead()
        server.start()
        camera = Camera(server.address, REGION, found, fonts_of(ROOT))
        told = show(camera, SCREENS, NO_SCREEN, into=wanted.into, only=wanted.only)
        told.faults += [server.said()] if told.faults else []
    print(f"{told.pictures} 张图，{told.bytes / 1e6:.1f} MB，{time.monotonic() - begun:.0f} 秒")
    for fault in told.faults:
        print(f"  ✗ {fault}", file=sys.stderr)
    for lack in told.lacking:
        print(f"  · {lack}", file=sys.stderr)
    if told.faults or (told.lacking and not wanted.partial):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
