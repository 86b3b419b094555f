"""A case as a page shows it: where it stands, by when, what happened, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString

from jingban.cases.identity import IDENTITY
from jingban.cases.materials import FORM, FORM_NAME, checklist, slots
from jingban.cases.models import CaseEvent
from jingban.cases.procedures import EXAMPLE, example_words, is_example, procedure_of
from jingban.cases.view import NO_LIMIT, CaseView
from jingban.core.localtime import local_day
from jingban.portals import charts, correcting, payloads
from jingban.portals.book import words
from jingban.portals.questions import CHANNEL_NAMES
from jingban.portals.timeline import Happened, events_of, sealed_parts, step_name, timeline
from jingban.processes.model import PROMISE, STATUTORY
from jingban.processes.needs import reasons_of
from jingban.processes.predicates import FACTS
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
    events = events_of(view, audience)
    personal = payloads.opened(sealed_parts(events), view.number)
    end = procedure.process.ends.get(view.step)
    happened = timeline(events, procedure.process, known, personal, audience, view, item)
    return CasePage(
        view=view,
        item=item,
        version_hash=version.hash,
        step=step_name(procedure.process, view.step),
        text=(step.text if step else end.text if end else None) or "",
        who=known.roles_text(step.by) if step else "",
        outcome=OUTCOMES.get(view.outcome or "", ""),
        due=_due(view, procedure.calendar, day),
        clocks=tuple(_clock(c, view, procedure, day) for c in view.state.clocks.values()),
        timeline=happened,
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
        filled_in=_filled_in(view, item, events, happened, personal) if audience == "desk" else "",
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


def due_badge(outcome: str | None, due_on: date, calendar: WorkCalendar, day: date) -> Due:
    """The due day of a row in words."""
    if outcome is not None:
        return Due("none", "✓", OUTCOMES.get(outcome, "已结束"), "")
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


def _due(view: CaseView, calendar: WorkCalendar, day: date) -> Due:
    """The badge; where the step runs out by an illustration, its words say so."""
    found, timer = due_badge(view.outcome, view.due_on, calendar, day), view.state.timer
    if timer is None or view.due_on != local_day(timer - timedelta(seconds=1)):
        return found
    entered = view.state.entered_on or day
    return replace(
        found, words=found.words + example_words(view.version_id, view.process, view.step, entered)
    )


def _clock(clock: Clock, view: CaseView, procedure: Procedure, day: date) -> ClockCard:
    names = {PROMISE: "承诺时限", STATUTORY: "法定时限"}
    rule = procedure.process.clocks.get(clock.name)
    name = names.get(clock.name) or (rule.name if rule else clock.name)
    explained, of = explain_clock(procedure.calendar, clock, day), (view.version_id, view.process)
    return ClockCard(
        name=name,
        limit=clock.whole_limit.text
        + (EXAMPLE if rule and is_example(*of, clock.name, clock.started_on) else ""),
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
