"""A case as a page shows it: where it stands, by when, what happened, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString

from jingban.access.models import User
from jingban.cases.identity import IDENTITY
from jingban.cases.materials import FORM, FORM_NAME, checklist, slots
from jingban.cases.models import CaseEvent
from jingban.cases.procedures import procedure_of
from jingban.cases.view import NO_LIMIT, CaseView
from jingban.core.localtime import local_day
from jingban.documents import service as documents
from jingban.portals import charts, correcting, payloads
from jingban.portals.book import Words, words
from jingban.portals.papers import beside
from jingban.portals.questions import CHANNEL_NAMES
from jingban.processes.model import MOVED, PROMISE, STATUTORY, Process
from jingban.processes.needs import NEEDS, reasons_of
from jingban.processes.predicates import FACTS
from jingban.processes.state import SYSTEM
from jingban.processes.timing import Procedure
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.sharing.words import register_name
from jingban.workdays.service import Clock, Day, Unit, WorkCalendar, explain_clock

OUTCOMES = {
    "granted": "已办结",
    "granted_in_part": "部分办结",
    "refused": "不予办理",
    "not_accepted": "不予受理",
    "withdrawn": "已撤回",
    "lapsed": "逾期终止",
    "referred": "已移送",
    "ended": "已结束",
}


@dataclass(frozen=True, slots=True)
class Due:
    """How urgent: colour, sign and words together, never colour alone."""

    kind: str
    sign: str
    badge: str
    words: str


@dataclass(frozen=True, slots=True)
class ClockCard:
    """One clock with its working day by day."""

    name: str
    limit: str
    started_on: date
    due_on: date | None
    state: str
    provisional: bool
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the timeline."""

    seq: int
    at: datetime
    title: str
    who: str
    to: str
    papers: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    beside: tuple[tuple[str, str], ...] = ()
    """Papers that were not given out by the event but belong to it: the form that came with it, proof of delivery."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the templates of a case show."""

    view: CaseView
    item: EffectiveItem
    version_hash: str
    step: str
    text: str
    who: str
    outcome: str
    due: Due
    clocks: tuple[ClockCard, ...]
    timeline: tuple[Happened, ...]
    chart: SafeString
    missing: tuple[str, ...]
    owed: tuple[tuple[str, str], ...]
    answers: tuple[payloads.Answer, ...] = ()
    channel: str = ""
    supplementing: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    materials: tuple[tuple[str, str, bool, bool], ...] = ()
    shared: tuple[tuple[str, str], ...] = ()
    """What other departments' registers confirmed: the material and the register, by name."""
    events: tuple[CaseEvent, ...] = ()
    said: Mapping[int, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """What is personal, opened, by event; nothing for who came with a query code."""
    filled_in: str = ""
    """At the desk: which officer filled it in for whom, and how identity was checked."""


def case_page(view: CaseView, now: datetime, *, audience: str, full: bool = False) -> CasePage:
    """The page of a case for the desk, its owner, or whoever came with the query code."""
    day = local_day(now)
    version = publish.version(view.version_id)
    item, known = version.item, words(view.region)
    procedure = procedure_of(view.version_id, view.process, day)
    step = procedure.process.steps.get(view.step)
    events = list(CaseEvent.objects.filter(case_id=view.id).order_by("seq"))
    personal = payloads.of_case(view) if audience != "code" else {}
    end = procedure.process.ends.get(view.step)
    timeline = _timeline(events, procedure.process, known, personal, audience, view, item)
    return CasePage(
        view=view,
        item=item,
        version_hash=version.hash,
        step=step_name(procedure.process, view.step),
        text=(step.text if step else end.text if end else None) or "",
        who=known.roles_text(step.by) if step else "",
        outcome=OUTCOMES.get(view.outcome or "", ""),
        due=due_badge(view.outcome, view.due_on, view.state.timer, procedure.calendar, day),
        clocks=tuple(_clock(c, procedure, day) for c in view.state.clocks.values()),
        timeline=timeline,
        chart=charts.case_chart(view.version_id, view.process, [e.from_step for e in events], view.step),
        missing=_missing(view, item, personal) if step is not None else (),
        owed=_owed(view, item),
        answers=payloads.answers(item, payloads.said(personal), full=full),
        channel=CHANNEL_NAMES.get(view.channel, ""),
        supplementing=step is not None and "resubmit" in step.do,
        facts=_facts(view),
        materials=listed_materials(view, item),
        shared=_shared(view, item),
        events=tuple(events),
        said=personal,
        filled_in=_filled_in(view, item, events, timeline, personal) if audience == "desk" else "",
    )


def _filled_in(
    view: CaseView,
    item: EffectiveItem,
    events: list[CaseEvent],
    timeline: tuple[Happened, ...],
    personal: Mapping[int, Mapping[str, str]],
) -> str:
    """Staff-fills-in is no impersonation: the case says who did it, for whom, and how that was made sure."""
    applied = item.process_named(view.process).starts == "application"
    if view.applicant_id is not None or not applied or item.sealed or not events:
        return ""
    whom = payloads.called(payloads.said(personal)) or "申请人"
    way = IDENTITY.get(str(events[0].data.get("identity", "")))
    return f"{timeline[0].who}代{whom}填写；身份核验：{way or '没有登记'}。"


def step_name(process: Process, key: str) -> str:
    """What the guide calls a step or an end."""
    known = process.steps.get(key) or process.ends.get(key)
    return known.name if known else key


def due_badge(
    outcome: str | None, due_on: date, timer: datetime | None, calendar: WorkCalendar, day: date
) -> Due:
    """The due day of a row in words; a timer fires at midnight, so its day is the one before."""
    if outcome is not None:
        return Due("none", "✓", OUTCOMES.get(outcome, "已结束"), "")
    if timer is not None and due_on == local_day(timer):
        due_on = local_day(timer - timedelta(seconds=1))
    return due_words(due_on, calendar, day)


def due_words(due_on: date, calendar: WorkCalendar, day: date) -> Due:
    """还剩 N 个工作日（M月D日前）."""
    if due_on >= NO_LIMIT:
        return Due("none", "○", "无时限", "本环节没有规定时限")
    year = f"{due_on.year}年" if due_on.year != day.year else ""
    until = f"{year}{due_on.month}月{due_on.day}日前"
    if due_on < day:
        late = max(1, calendar.working_between(due_on, day))
        return Due("over", "▲", f"超期{late}日", f"已超期{late}个工作日（应在{until}）")
    left = calendar.working_between(day, due_on)
    if due_on == day:
        return Due("today", "●", "今日到期", f"今日到期（{until}）")
    if left <= 2:
        return Due("soon", "◆", f"还剩{left}日", f"还剩 {left} 个工作日（{until}）")
    return Due("ok", "○", f"还剩{left}日", f"还剩 {left} 个工作日（{until}）")


def _clock(clock: Clock, procedure: Procedure, day: date) -> ClockCard:
    names = {PROMISE: "承诺时限", STATUTORY: "法定时限"}
    rule = procedure.process.clocks.get(clock.name)
    name = names.get(clock.name) or (rule.name if rule else clock.name)
    explained = explain_clock(procedure.calendar, clock, day)
    return ClockCard(
        name=name,
        limit=clock.whole_limit.text,
        started_on=clock.started_on,
        due_on=clock.due_on,
        state=_clock_state(clock, procedure.calendar, day),
        provisional=clock.provisional,
        days=explained.days,
    )


def _clock_state(clock: Clock, calendar: WorkCalendar, day: date) -> str:
    late = "，已超期" if clock.is_late(day) else ""
    if clock.ended_on is not None:
        return f"已于{clock.ended_on.month}月{clock.ended_on.day}日停止{late or '，按时'}"
    if clock.is_paused:
        return f"暂停中（{clock.pauses[-1][0].month}月{clock.pauses[-1][0].day}日起）"
    unit = "个工作日" if clock.limit.unit is Unit.WORKING_DAYS else "日"
    return f"计时中{late}，还剩{max(0, clock.left(calendar, day))}{unit}"


def _timeline(
    events: list[CaseEvent],
    process: Process,
    known: Words,
    personal: Mapping[int, Mapping[str, str]],
    audience: str,
    view: CaseView,
    item: EffectiveItem,
) -> tuple[Happened, ...]:
    names = _people(events, item, view) if audience == "desk" else {}
    rows = []
    for event in events:
        papers = [
            (key, known.paper(key))
            for key in event.data.get("documents", ())
            if audience == "desk" or (is_issued(known, key) and is_open_to(audience, key))
        ]
        rows.append(
            Happened(
                seq=event.seq,
                at=event.at,
                title=act_name(process, event),
                who=names.get(event.actor) or _role(event, process, known, view, item),
                to=step_name(process, event.to_step) if event.to_step != event.from_step else "",
                papers=tuple(papers),
                beside=tuple(beside(event, view, audience)),
                notes=_notes(view, event, personal.get(event.seq, {}) if event.seq > 1 else {}),
            )
        )
    return tuple(rows)


def is_issued(known: Words, paper: str) -> bool:
    """Whether the applicant gets the paper; internal ones stay at the desk."""
    return paper not in known.papers or known.papers[paper].direction != "internal"


def is_open_to(audience: str, paper: str) -> bool:
    """A query code opens nothing that a register filled: names and numbers stand in it whole."""
    return audience != "code" or not documents.is_of_register(paper)


def _people(events: Iterable[CaseEvent], item: EffectiveItem, view: CaseView) -> dict[int, str]:
    """Names of the accounts; whoever filed a sealed case is named nowhere (举报人信息保密)."""
    ids = {e.actor for e in events if e.actor != SYSTEM and not is_hidden(e, item, view)}
    return {
        pk: name or login
        for pk, name, login in User.objects.filter(pk__in=ids).values_list("pk", "name", "username")
    }


def is_hidden(event: CaseEvent, item: EffectiveItem, view: CaseView) -> bool:
    """Whether the event was done by the reporter of a sealed case, or by who files or acts for the reporter."""
    return item.sealed and (event.seq == 1 or event.actor == view.applicant_id or event.behalf is not None)


def _role(event: CaseEvent, process: Process, known: Words, view: CaseView, item: EffectiveItem) -> str:
    if event.actor == SYSTEM:
        return "系统"
    if is_hidden(event, item, view):
        return known.role("reporter")
    if event.actor == view.applicant_id:
        return "申请人"
    step = process.steps.get(event.from_step)
    return known.role(step.by[0]) if step else "经办人员"


def act_name(process: Process, event: CaseEvent) -> str:
    """What an event is called; acts that only time or messages do included."""
    if event.act == "apply":
        return process.application.name
    step, end = process.steps.get(event.from_step), process.ends.get(event.from_step)
    if step is not None and event.act in step.do:
        return step.do[event.act].name
    if end is not None and event.act in end.follows:
        return end.follows[event.act].name
    if event.act in process.common:
        return process.common[event.act].name
    if event.act == "receive" and step is not None and step.receives is not None:
        heard = next(iter(event.data.get("heard", {}).values()), "")
        return step.receives.ways[heard].name if heard in step.receives.ways else "收到来函"
    if event.act == "after" and step is not None and step.after is not None:
        return step.after.name or "逾期"
    return {
        "vote": "专家表决",
        "recuse": "专家回避",
        "object": "提出异议",
        "quiet": "公示期满无异议",
        "owed-lapsed": "后补材料逾期",
        MOVED: "转到指南的新版本办理",
    }.get(event.act, event.act)


def _notes(view: CaseView, event: CaseEvent, personal: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    public = event.data.get("needs", {})
    told_apart = {"missing_reasons"}  # the notice says them, material by material
    found = [
        (NEEDS[n].name, payloads.shown_need(n, text))
        for n, text in personal.items()
        if n in NEEDS and n not in told_apart
    ]
    told = [n for n in ("basis", "amount", "working_days", "owed_due") if n in public]
    if wrong := public.get("wrong_answers"):
        found.append((NEEDS["wrong_answers"].name, correcting.labels(view, wrong)))
    if corrected := event.data.get("corrected"):
        found.append(("更正了申请表", correcting.labels(view, corrected)))
    return (*found, *((NEEDS[n].name, str(public[n])) for n in told))


def in_guide_order(item: EffectiveItem, keys: Iterable[str]) -> list[tuple[str, str]]:
    """Materials with their names, as the guide lists them; what an old case names beside, at the end."""
    names, wanted = material_names(item), set(keys)
    return [(k, name) for k, name in names.items() if k in wanted] + [
        (k, k) for k in sorted(wanted - set(names))
    ]


def material_names(item: EffectiveItem) -> dict[str, str]:
    return {**{key: material.name for key, material in slots(item)}, FORM: FORM_NAME}


def _missing(
    view: CaseView, item: EffectiveItem, personal: Mapping[int, Mapping[str, str]]
) -> tuple[str, ...]:
    """What the one-off notice named and nobody has brought yet, and why; a form that was sent anew is there."""
    if view.state.notified is None:
        return ()
    lacking = view.state.notified - view.state.received - (view.state.brought & {FORM})
    wrong = correcting.labels(view, correcting.wrong_answers(view))
    told = [
        personal[seq]["missing_reasons"] for seq in sorted(personal) if "missing_reasons" in personal[seq]
    ]
    why = {**(reasons_of(told[-1]) if told else {}), **({FORM: wrong} if wrong else {})}
    return tuple(
        f"{name}：{why[key]}" if why.get(key) else name for key, name in in_guide_order(item, lacking)
    )


def _owed(view: CaseView, item: EffectiveItem) -> tuple[tuple[str, str], ...]:
    names, states = material_names(item), {"open": "待补交", "settled": "已补交", "lapsed": "逾期未补"}
    kinds = {"promised": "告知承诺", "deferred": "容缺后补"}
    return tuple(
        (names.get(key, key), f"{kinds.get(o['kind'], '')}，{_owed_until(o)}前，{states.get(o['state'], '')}")
        for key, o in view.state.owed.items()
    )


def _owed_until(owed: Mapping[str, Any]) -> str:
    day = local_day(datetime.fromisoformat(owed["due"]) - timedelta(seconds=1))
    return f"{day.month}月{day.day}日"


def _facts(view: CaseView) -> tuple[tuple[str, str], ...]:
    return tuple(
        (FACTS[name].label, FACTS[name].values[value])
        for name, value in view.state.facts.items()
        if name in FACTS
    )


def listed_materials(view: CaseView, item: EffectiveItem) -> tuple[tuple[str, str, bool, bool], ...]:
    """The checklist of the case: key, name, required, received. What other registers confirmed is not asked for."""
    return tuple(
        (s.key, s.name, s.required, s.key in view.state.received)
        for s in checklist(item, view.state.situations, view.channel)
        if s.key not in view.state.shared
    )


def _shared(view: CaseView, item: EffectiveItem) -> tuple[tuple[str, str], ...]:
    names = in_guide_order(item, view.state.shared)
    return tuple((name, register_name(view.state.shared[key])) for key, name in names)
