"""How each entry that a paper must carry is filled from its case; what the case does not know is left to the pen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from jingban.cases.materials import slots
from jingban.cases.procedures import example_words
from jingban.core.identifiers import mask_bank
from jingban.core.localtime import local_day, local_time
from jingban.documents.rendering import cn
from jingban.documents.told import Told, answer_words, masked_name
from jingban.processes.model import PROMISE, STATUTORY

Fill = Callable[[Told], str | tuple[str, ...]]
REMEDY = (
    "如不服本决定，可以自收到本决定之日起60日内依法申请行政复议，"
    "或者自收到本决定之日起6个月内依法向人民法院提起行政诉讼。"
)
"""行政复议法第二十条；行政诉讼法第四十六条."""


DOMAIN: dict[str, Fill] = {}
"""Entries that a domain app fills; it is asked first, and where it knows nothing the rule of the entry stands."""


def fills(*labels: str) -> Callable[[Fill], Fill]:
    """Register who fills entries from registers that papers know nothing of (amounts that were worked out)."""

    def registered(function: Fill) -> Fill:
        DOMAIN.update(dict.fromkeys(labels, function))
        return function

    return registered


def filled(label: str, told: Told) -> tuple[str, ...]:
    """What an entry says: by its own rule, else the answer of the form that is called alike."""
    known, fill = DOMAIN.get(label), LINES.get(label)
    found = (known(told) if known else "") or (fill(told) if fill else _answer(label, told))
    return tuple(part for part in (found if isinstance(found, tuple) else (found,)) if part)


def _answer(label: str, told: Told) -> str:
    field = next((f for f in told.item.form if f.label == label and told.given.get(f.key)), None)
    return answer_words(field, told.given[field.key]) if field else ""


def _materials(need: str) -> Fill:
    return lambda told: told.materials(told.needs.get(need))


def _missing_basis(told: Told) -> tuple[str, ...]:
    wanted = set(told.listed(told.needs.get("missing_materials")))
    return tuple(dict.fromkeys(b.text for key, m in slots(told.item) if key in wanted for b in m.basis))


def _supplement_until(told: Told) -> str:
    """The last day to bring what is missing; in the notice that it was not brought, the day that ran out."""
    timer = told.event.data.get("timer")
    if timer:
        day = cn(local_day(datetime.fromisoformat(timer) - timedelta(seconds=1)))
        return f"请于{day}{_example(told, told.event.to_step)}前提交"
    if told.event.act != "after":
        return ""
    over = cn(local_day(told.event.at - timedelta(seconds=1)))
    return f"{over}{_example(told, told.event.from_step)}止"


def _example(told: Told, step: str) -> str:
    """Beside the day on which a step runs out: that an illustration gives it."""
    return example_words(told.view.version_id, told.view.process, step, told.day)


def _notified_on(told: Told) -> str:
    days = [local_day(e.at) for e in told.earlier if "missing_materials" in e.data.get("needs", {})]
    return cn(days[-1]) if days else ""


def _not_brought(told: Told) -> tuple[str, ...]:
    state = told.view.state
    return told.materials((state.notified or frozenset()) - state.received - state.brought)


def _limit(name: str) -> Fill:
    def text(told: Told) -> str:
        clock = told.clock(name)
        return clock.whole_limit.text if clock else ""

    return text


def _promised_day(told: Told) -> str:
    clock = told.clock(PROMISE)
    return cn(clock.due_on) if clock and clock.due_on else "办理中暂停计时，恢复后重新计算"


def _channels(told: Told) -> str:
    return "、".join(c.name for c in told.item.channels if c.id != "none")


def _result(told: Told) -> str:
    end = told.process.ends.get(told.view.step)
    return end.name if end else ""


def _need(name: str, unit: str = "") -> Fill:
    return lambda told: f"{told.needs[name]}{unit}" if told.needs.get(name) else ""


def _said(name: str, unit: str = "") -> Fill:
    return lambda told: f"{told.said[name]}{unit}" if told.said.get(name) else ""


def _given(name: str) -> Fill:
    return lambda told: told.given.get(name, "")


def _when(told: Told) -> str:
    wall = local_time(told.event.at)
    return f"{cn(wall.date())}{wall:%H:%M}"


def _special(told: Told) -> str:
    rule = told.process.common.get(told.event.act)
    return rule.name if rule else ""


def _changes(told: Told) -> tuple[str, ...]:
    """What was asked for, beside who asked."""
    about = ("name", "id", "phone", "credit")
    return tuple(
        f"{f.label}：{answer_words(f, told.given[f.key])}"
        for f in told.item.form
        if f.kind not in about and told.given.get(f.key)
    )


def _notice_period(told: Told) -> str:
    timer = told.event.data.get("timer")
    if not timer:
        return ""
    last = cn(local_day(datetime.fromisoformat(timer) - timedelta(seconds=1)))
    return f"{cn(told.day)}至{last}{_example(told, told.event.to_step)}"


def _clerk(told: Told) -> str:
    return told.clerk


def _name(told: Told) -> str:
    return told.name


def _item(told: Told) -> str:
    return told.item.name


def _number(told: Told) -> str:
    return f"{told.view.number}-{told.event.seq}"


def _case(told: Told) -> str:
    return told.view.number


def _day(told: Told) -> str:
    return cn(told.day)


def _phones(told: Told) -> str:
    return "、".join(told.item.phones)


def _agency(told: Told) -> str:
    return told.item.region_full_name


LINES: dict[str, Fill] = {
    **dict.fromkeys(("文书编号", "受理文书编号", "审批单号", "拨付单号", "协议编号", "文号"), _number),
    **dict.fromkeys(("办件编号", "举报编号", "档号"), _case),
    **dict.fromkeys(("事项名称", "业务名称", "申请事项", "公示事项", "查询事项"), _item),
    **dict.fromkeys(
        (
            "申请人",
            "姓名",
            "姓名或单位名称",
            "参保人员",
            "单位名称",
            "机构名称",
            "查询人",
            "定点医药机构名称",
            "受送达人",
        ),
        _name,
    ),
    **dict.fromkeys(("受理时间", "办理时间", "撤回时间", "查询时间", "生成时间"), _when),
    **dict.fromkeys(("办结日期", "受理日期", "归档日期"), _day),
    **dict.fromkeys(("收件清单", "材料清单"), _materials("checklist")),
    **dict.fromkeys(("份数", "原件或复印件"), lambda t: "见上列材料"),
    **dict.fromkeys(("承诺办结日期", "新的办结日期"), _promised_day),
    **dict.fromkeys(("提交方式", "领取方式", "重新申请方式"), _channels),
    **dict.fromkeys(("咨询电话", "经办机构电话", "联系电话", "异议受理电话"), _phones),
    **dict.fromkeys(("经办机构名称", "公示单位", "认定单位"), _agency),
    **dict.fromkeys(("不予受理理由", "理由", "延期理由", "事实", "不符合的条件"), _said("reason")),
    **dict.fromkeys(("经办人", "批准人", "归档人", "受理人", "送达人", "填单人", "录入人"), _clerk),
    **dict.fromkeys(("办理意见", "认定意见"), _said("opinion")),
    **dict.fromkeys(("金额", "申请金额", "实付金额", "奖励金额"), _need("amount", "元")),
    "查询码": lambda t: t.view.query_code if t.given else "见提交成功页",
    "告知补正日期": _notified_on,
    "未补正的材料": _not_brought,
    "退还材料清单": lambda t: t.materials(t.view.state.received),
    "需补正的全部材料": _materials("missing_materials"),
    "材料依据": _missing_basis,
    "受理条件": lambda t: tuple(c.text for c in t.item.conditions) or "见办事指南",
    "法定期限": _limit(STATUTORY),
    "承诺期限": _limit(PROMISE),
    "补正期限": _supplement_until,
    "逾期后果": lambda t: "逾期未补正的，终止办理；备齐材料后可以重新申请。",
    "一次性告知声明": lambda t: "以上为本次申请须补正的全部材料。今后不再要求补充本告知书以外的材料。",
    "监督电话": lambda t: t.item.supervision_phone or "",
    "陈述申辩期限": lambda t: "",
    "依据": _need("basis"),
    "特别程序种类": _special,
    "所需时间": _need("working_days", "个工作日"),
    "变更内容": _changes,
    "单位编号": _given("credit_code"),
    "公示名单": lambda t: t.name if t.item.subject == "provider" else masked_name(t.name),
    "公示起止日期": _notice_period,
    "家庭人口": _said("household_people", "人"),
    "家庭收入": _said("household_income", "元"),
    "家庭支出": _said("household_spending", "元（医疗支出）"),
    "财产状况": _said("household_property", "元"),
    "账户尾号": lambda t: mask_bank(t.given["bank_account"])[-4:] if t.given.get("bank_account") else "",
    **dict.fromkeys(("办理结果", "认定结果"), _result),
    "复议期限": lambda t: "自收到之日起60日内",
    "诉讼期限": lambda t: "自收到之日起6个月内",
}
