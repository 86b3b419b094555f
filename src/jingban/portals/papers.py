"""A paper of a case as a page to print: every entry that the rulebook says it must carry.

What the case does not know (a signature, a tax amount) stays a line to fill in by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jingban.access.models import User
from jingban.cases.materials import FORM, FORM_NAME, slots
from jingban.cases.models import CaseEvent
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView
from jingban.core.identifiers import mask_bank
from jingban.core.localtime import local_day, local_time
from jingban.portals import book, correcting, payloads
from jingban.portals.casepage import is_hidden, is_issued
from jingban.processes.model import PROMISE, STATUTORY
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.schema_national import Paper
from jingban.workdays.service import Clock

REMEDY = (
    "如不服本决定，可以自收到本决定之日起60日内依法申请行政复议，"
    "或者自收到本决定之日起6个月内依法向人民法院提起行政诉讼。"
)
"""行政复议法第二十条；行政诉讼法第四十六条."""
OPENINGS = {
    "acceptance-notice": "你（单位）提交的“{item}”申请收悉。经审查，材料齐全、符合法定形式，决定予以受理。",
    "one-off-notice": "你（单位）提交的“{item}”申请收悉。经审查，还缺少下列材料，现一次性告知，请补正后提交。",
    "non-acceptance-notice": "你（单位）提交的“{item}”申请收悉。经审查，决定不予受理。",
    "refusal-decision": "你（单位）提交的“{item}”申请，经审核，决定不予办理。",
    "result-notice": "你（单位）申请的“{item}”已经办结，现将办理结果通知如下。",
    "lapse-notice": "你（单位）申请的“{item}”，因逾期未补正材料，现终止办理。可以备齐材料后重新申请。",
    "withdrawal-receipt": "你（单位）申请的“{item}”，已按你（单位）的要求撤回。",
    "extension-notice": "你（单位）申请的“{item}”，不能在承诺时限内办结，经批准延长办理期限。",
}
SENDER = frozenset({"日期", "印章", "电子印章"})
"""Stands at the foot of the paper, not among its lines."""


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A paper as the template prints it."""

    title: str
    number: str
    addressee: str
    opening: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    remedy: str
    sender: str
    day: date


@dataclass(frozen=True, slots=True)
class _Told:
    """What a line of a paper may be filled from."""

    view: CaseView
    item: EffectiveItem
    event: CaseEvent
    given: Mapping[str, str]
    said: Mapping[str, str]
    name: str
    clerk: str

    @property
    def needs(self) -> Mapping[str, object]:
        found: Mapping[str, object] = self.event.data.get("needs", {})
        return found

    def clock(self, name: str) -> Clock | None:
        return self.view.state.clocks.get(name)


def paper_of(view: CaseView, seq: int, paper: str, *, personal: bool, internal: bool) -> PaperPage | None:
    """The paper that this event produced, or none; internal papers are for the desk."""
    event = CaseEvent.objects.filter(case_id=view.id, seq=seq).first()
    if event is None or paper not in event.data.get("documents", ()):
        return None
    known = book.words(view.region)
    if not internal and not is_issued(known, paper):
        return None
    item, sealed = publish.version(view.version_id).item, payloads.of_case(view)
    given = payloads.said(sealed)
    called = payloads.called(given)
    name = called if personal else payloads.masked_name(called)
    if not name and item.subject == "report":
        name = known.role("reporter")
    # What an act says about a person (a refusal's reason, an account) is as personal as the application.
    said = sealed.get(seq, {}) if personal else {}
    told = _Told(view, item, event, given if personal else {}, said, name, _clerk(event, view, item))
    kind = known.papers.get(paper, Paper(name=paper, kind="notice"))
    return PaperPage(
        title=kind.name.strip("《》"),
        number=f"{view.number}-{seq}",
        addressee=name,
        opening=OPENINGS.get(paper, "").format(item=item.name),
        lines=tuple(_line(label, told) for label in _labels(kind)),
        remedy=REMEDY if kind.remedies else "",
        sender=item.region_full_name,
        day=local_day(event.at),
    )


def _clerk(event: CaseEvent, view: CaseView, item: EffectiveItem) -> str:
    """Who answers for the paper by name; an act of the applicant has no clerk."""
    if event.actor == view.applicant_id or is_hidden(event, item, view):
        return ""
    found = User.objects.filter(pk=event.actor).first()
    return str(found) if found else ""


def _labels(kind: Paper) -> list[str]:
    wanted = kind.must_carry or ("办件编号", "事项名称", "申请人", "理由", "依据", "金额")
    return [label for label in wanted if label not in SENDER]


def _line(label: str, told: _Told) -> tuple[str, tuple[str, ...]]:
    fill = LINES.get(label)
    found = fill(told) if fill else ""
    lines = tuple(part for part in (found if isinstance(found, tuple) else (found,)) if part)
    return label, lines


def _materials(need: str) -> Callable[[_Told], tuple[str, ...]]:
    def listed(told: _Told) -> tuple[str, ...]:
        keys = told.needs.get(need) or ()
        wanted = set(keys) if isinstance(keys, list) else set()
        shown = [_material(m.name, m.original, m.copies) for key, m in slots(told.item) if key in wanted]
        if FORM in wanted:
            wrong = correcting.labels(told.view, told.needs.get("wrong_answers"))
            shown.append(f"{FORM_NAME}：{wrong}" if wrong else FORM_NAME)
        return tuple(f"{n}. {text}" for n, text in enumerate(shown, 1))

    return listed


def _material(name: str, original: int | None, copies: int | None) -> str:
    parts = [f"原件{original}份" if original else "", f"复印件{copies}份" if copies else ""]
    form = "、".join(p for p in parts if p)
    return f"{name}（{form}）" if form else name


def _missing_basis(told: _Told) -> tuple[str, ...]:
    keys = told.needs.get("missing_materials") or ()
    wanted = set(keys) if isinstance(keys, list) else set()
    return tuple(dict.fromkeys(b.text for key, m in slots(told.item) if key in wanted for b in m.basis))


def _supplement_until(told: _Told) -> str:
    timer = told.event.data.get("timer")
    if not timer:
        return ""
    return f"请于{_cn(local_day(datetime.fromisoformat(timer) - timedelta(seconds=1)))}前提交"


def _limit(name: str) -> Callable[[_Told], str]:
    def text(told: _Told) -> str:
        clock = told.clock(name)
        return clock.whole_limit.text if clock else ""

    return text


def _promised_day(told: _Told) -> str:
    clock = told.clock(PROMISE)
    return _cn(clock.due_on) if clock and clock.due_on else "办理中暂停计时，恢复后重新计算"


def _channels(told: _Told) -> str:
    return "、".join(c.name for c in told.item.channels if c.id != "none")


def _result(told: _Told) -> str:
    process = procedure_of(told.view.version_id, told.view.process, local_day(told.event.at)).process
    end = process.ends.get(told.view.step)
    return end.name if end else ""


def _need(name: str) -> Callable[[_Told], str]:
    return lambda told: str(told.needs.get(name, "") or "")


def _said(name: str, unit: str = "") -> Callable[[_Told], str]:
    return lambda told: f"{told.said[name]}{unit}" if told.said.get(name) else ""


def _cn(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _when(told: _Told) -> str:
    wall = local_time(told.event.at)
    return f"{_cn(wall.date())}{wall:%H:%M}"


def _amount(told: _Told) -> str:
    amount = told.needs.get("amount")
    return f"{amount}元" if amount else ""


LINES: dict[str, Callable[[_Told], str | tuple[str, ...]]] = {
    "文书编号": lambda t: f"{t.view.number}-{t.event.seq}",
    "受理文书编号": lambda t: f"{t.view.number}-{t.event.seq}",
    "办件编号": lambda t: t.view.number,
    "举报编号": lambda t: t.view.number,
    "查询码": lambda t: t.view.query_code if t.given else "见提交成功页",
    "事项名称": lambda t: t.item.name,
    "业务名称": lambda t: t.item.name,
    "申请事项": lambda t: t.item.name,
    "申请人": lambda t: t.name,
    "姓名": lambda t: t.name,
    "姓名或单位名称": lambda t: t.name,
    "参保人员": lambda t: t.name,
    "单位名称": lambda t: t.name,
    "机构名称": lambda t: t.name,
    "查询人": lambda t: t.name,
    "受理时间": _when,
    "办理时间": _when,
    "撤回时间": _when,
    "查询时间": _when,
    "生成时间": _when,
    "办结日期": lambda t: _cn(local_day(t.event.at)),
    "受理日期": lambda t: _cn(local_day(t.event.at)),
    "告知补正日期": lambda t: "",
    "收件清单": _materials("checklist"),
    "材料清单": _materials("checklist"),
    "需补正的全部材料": _materials("missing_materials"),
    "份数": lambda t: "见上列材料",
    "原件或复印件": lambda t: "见上列材料",
    "材料依据": _missing_basis,
    "受理条件": lambda t: tuple(c.text for c in t.item.conditions) or "见办事指南",
    "法定期限": _limit(STATUTORY),
    "承诺期限": _limit(PROMISE),
    "承诺办结日期": _promised_day,
    "新的办结日期": _promised_day,
    "补正期限": _supplement_until,
    "逾期后果": lambda t: "逾期未补正的，终止办理；备齐材料后可以重新申请。",
    "一次性告知声明": lambda t: "以上为本次申请须补正的全部材料。今后不再要求补充本告知书以外的材料。",
    "提交方式": _channels,
    "领取方式": _channels,
    "重新申请方式": _channels,
    "咨询电话": lambda t: "、".join(t.item.phones),
    "监督电话": lambda t: t.item.supervision_phone or "",
    "经办机构电话": lambda t: "、".join(t.item.phones),
    "经办机构名称": lambda t: t.item.region_full_name,
    "不予受理理由": _said("reason"),
    "理由": _said("reason"),
    "延期理由": _said("reason"),
    "事实": _said("reason"),
    "陈述申辩期限": lambda t: "",
    "依据": _need("basis"),
    "经办人": lambda t: t.clerk,
    "办理意见": _said("opinion"),
    "认定意见": _said("opinion"),
    "家庭人口": _said("household_people", "人"),
    "家庭收入": _said("household_income", "元"),
    "家庭支出": _said("household_spending", "元（医疗支出）"),
    "财产状况": _said("household_property", "元"),
    "金额": _amount,
    "申请金额": _amount,
    "实付金额": _amount,
    "奖励金额": _amount,
    "账户尾号": lambda t: mask_bank(t.said["account"])[-4:] if "account" in t.said else "",
    "办理结果": _result,
    "复议期限": lambda t: "自收到之日起60日内",
    "诉讼期限": lambda t: "自收到之日起6个月内",
}
