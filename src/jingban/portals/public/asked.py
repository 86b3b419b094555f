"""Frequently asked (常见问题): each answer is put together from what the rulebook says of the entry, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jingban.documents.service import REMEDY
from jingban.processes.model import Process
from jingban.rulebook.effective import EffectiveItem


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the answers are made of."""

    item: EffectiveItem
    limits: Mapping[str, str]

    @property
    def process(self) -> Process:
        return self.item.process


def often_asked(item: EffectiveItem, limits: Mapping[str, str]) -> tuple[Asked, ...]:
    """The questions that the entry's own data answers; where it is silent, the question is not put.

    ``limits``: what the procedure's limits allow, in words.
    """
    if item.process.starts != "application":
        return ()
    entry = _Entry(item, limits)
    found = ((question, answer(entry)) for question, answer in QUESTIONS.items())
    return tuple(Asked(question, text) for question, text in found if text)


def _how_long(entry: _Entry) -> str:
    item = entry.item
    if item.promise is None:
        return ""
    start = {"acceptance": "自受理起算，", "receipt": "自收到齐全材料起算，"}.get(
        item.promise.start or "", ""
    )
    law = f"法定时限是{item.statutory.text}。" if item.statutory else ""
    if item.promise.text == "即时办结":
        return f"即时办结，就是当天办；下班后提出的，下一个工作日办。{law}"
    step = _supplement(entry.process)
    rests = step is not None and "promise" in entry.process.steps[step].paused
    return f"{start}{item.promise.text}。{'等您补材料的时间不算在内。' if rests else ''}{law}"


def _missing(entry: _Entry) -> str:
    step = _supplement(entry.process)
    if step is None:
        return ""
    told = "受理人员会把缺的材料一次说全，给您一次性告知书。"
    after = entry.process.steps[step].after
    if after is None:
        return told
    limit = entry.limits.get(after.limit, "")
    within = f"请在{limit}内补齐。" if limit else ""
    lapses = after.to in entry.process.ends and entry.process.ends[after.to].outcome == "lapsed"
    return f"{told}{within}{'逾期没有补的，这次申请终止，备齐后可以重新申请。' if lapses else ''}"


def _deferred(entry: _Entry) -> str:
    if not {"defer", "promise"} & entry.process.common.keys():
        return ""
    limit = entry.limits.get("deferred-material-days", "")
    within = f"，在{limit}内补上" if limit else "，在约定的日期前补上"
    ways = []
    if "defer" in entry.process.common:
        ways.append(f"次要材料暂时没有的，窗口可以先受理{within}（容缺受理）")
    if "promise" in entry.process.common:
        ways.append("可以用书面承诺代替的证明，窗口会告诉您（告知承诺），事后核实")
    return "；".join(ways) + "。"


def _by_another(entry: _Entry) -> str:
    item = entry.item
    if "agent_name" not in {field.key for field in item.form}:
        return ""
    extra = [
        m.name for m in item.materials if {n.id for n in (*m.for_whom, *m.when)} & {"agent", "delegated"}
    ]
    papers = f"另要提交：{'、'.join(dict.fromkeys(extra))}。" if extra else ""
    return f"可以。申请表里要填代办人的姓名、证件号码和关系。{papers}"


def _where(entry: _Entry) -> str:
    item = entry.item
    ways = [c.name for c in item.channels if c.id != "none"]
    if not ways:
        return ""
    accepted = "、".join(body.name for body in item.accepted_by)
    text = f"指南列出的办理渠道：{'、'.join(ways)}。"
    return text + (f"由{accepted}受理。" if accepted else "")


def _fee(entry: _Entry) -> str:
    return f"{entry.item.fee}。" if entry.item.fee else ""


def _withdraw(entry: _Entry) -> str:
    act = entry.process.common.get("withdraw")
    if act is None:
        return ""
    names = [entry.process.steps[key].name for key in act.where if key in entry.process.steps]
    return f"可以，在这些环节都能撤回：{'、'.join(dict.fromkeys(names))}。" if names else ""


def _result(entry: _Entry) -> str:
    papers = [n.name for n in entry.item.documents]
    return f"办理中和办结后出具：{'、'.join(papers)}。网上申请的，在“我的办件”里能看到。" if papers else ""


def _progress(entry: _Entry) -> str:
    named = "、".join(entry.item.query_channels)
    here = "在本站“查进度”里，凭办件编号和查询码就能查，不用登录。"
    return here + (f"指南列出的查询渠道：{named}。" if named else "")


def _remedy(entry: _Entry) -> str:
    refuses = any(end.outcome in ("refused", "not_accepted") for end in entry.process.ends.values())
    if not refuses:
        return ""
    return f"不予受理、不予办理的，会出具书面决定，写明理由和依据。{REMEDY}"


def _supplement(process: Process) -> str | None:
    """The step in which the applicant brings what was missing."""
    return next((key for key, step in process.steps.items() if "resubmit" in step.do), None)


QUESTIONS: dict[str, Callable[[_Entry], str]] = {
    "要等多久？": _how_long,
    "到哪里办，怎么办？": _where,
    "材料不齐怎么办？": _missing,
    "缺一样次要材料，能不能先办？": _deferred,
    "能让别人替我办吗？": _by_another,
    "要交钱吗？": _fee,
    "交了以后能撤回吗？": _withdraw,
    "怎么知道办到哪一步了？": _progress,
    "办完给什么文书？": _result,
    "没办成，不服怎么办？": _remedy,
}
