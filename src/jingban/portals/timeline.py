"""What happened in a case, line by line, in the words of its guide; who did it, for whoever may know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from jingban.access.models import User
from jingban.cases.history import of_its_time
from jingban.cases.models import CaseEvent, CasePayload
from jingban.cases.view import CaseView
from jingban.core.money import show_yuan, to_fen
from jingban.documents import service as documents
from jingban.portals import correcting, payloads
from jingban.portals.book import Words
from jingban.portals.papers import beside
from jingban.processes.model import ASSIGNED, MOVED, Process
from jingban.processes.needs import NEEDS
from jingban.processes.state import SYSTEM
from jingban.rulebook.effective import EffectiveItem


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


def events_of(view: CaseView, audience: str) -> list[CaseEvent]:
    """What happened, in one read: with what was said (``body``) but for a query code, at the desk with whose account
    did it (``by``)."""
    rows = CaseEvent.objects.filter(case_id=view.id).order_by("seq")
    if audience != "code":
        said = CasePayload.objects.filter(case_id=OuterRef("case_id"), seq=OuterRef("seq"))
        rows = rows.annotate(body=Subquery(said.values("body")))
    if audience == "desk":
        known = User.objects.filter(pk=OuterRef("actor"))
        rows = rows.annotate(by=Subquery(known.values_list(Coalesce(NullIf("name", Value("")), "username"))))
    return list(rows)


def sealed_parts(events: Iterable[CaseEvent]) -> list[CasePayload]:
    """The sealed parts that came with the events."""
    bodies = ((event, getattr(event, "body", None)) for event in events)
    return [CasePayload(case_id=event.case_id, seq=event.seq, body=body) for event, body in bodies if body]


def timeline(
    events: list[CaseEvent],
    process: Process,
    known: Words,
    personal: Mapping[int, Mapping[str, str]],
    audience: str,
    view: CaseView,
    item: EffectiveItem,
) -> tuple[Happened, ...]:
    """The lines; ``events`` as ``events_of`` read them for this audience, ``personal`` what they carry, opened."""
    names = _people(events, item, view)
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
                beside=tuple(beside(event, of_its_time(view, events, event.seq), audience)),
                notes=_notes(view, event, personal.get(event.seq, {}) if event.seq > 1 else {}, audience),
            )
        )
    return tuple(rows)


def step_name(process: Process, key: str) -> str:
    """What the guide calls a step or an end."""
    known = process.steps.get(key) or process.ends.get(key)
    return known.name if known else key


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
        ASSIGNED: "指定认定机构",
        MOVED: "转到指南的新版本办理",
    }.get(event.act, event.act)


def _people(events: Iterable[CaseEvent], item: EffectiveItem, view: CaseView) -> dict[int, str]:
    """Names of the accounts; whoever filed a sealed case is named nowhere (举报人信息保密)."""
    return {e.actor: by for e in events if (by := getattr(e, "by", "")) and not is_hidden(e, item, view)}


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


def _notes(
    view: CaseView, event: CaseEvent, personal: Mapping[str, str], audience: str
) -> tuple[tuple[str, str], ...]:
    public = event.data.get("needs", {})
    told_apart = {"missing_reasons"}  # the notice says them, material by material
    found = [
        (NEEDS[n].name, payloads.shown_need(n, text))
        for n, text in personal.items()
        if n in NEEDS and n not in told_apart
    ]
    # What somebody is paid is nobody else's to know: a query code can be read off a receipt.
    open_to_all = ("basis", "working_days", "owed_due")
    told = [n for n in ((*open_to_all, "amount") if audience != "code" else open_to_all) if n in public]
    if wrong := public.get("wrong_answers"):
        found.append((NEEDS["wrong_answers"].name, correcting.labels(view, wrong)))
    if corrected := event.data.get("corrected"):
        found.append(("更正了申请表", correcting.labels(view, corrected)))
    if event.act == ASSIGNED:
        found.append(("认定机构", event.data["place"]))
    return (*found, *((NEEDS[n].name, _shown(n, str(public[n]))) for n in told))


def _shown(need: str, text: str) -> str:
    """A sum of money as the decision prints it, anything else as it was said."""
    return f"{show_yuan(to_fen(text))}元" if need == "amount" else text


def is_issued(known: Words, paper: str) -> bool:
    """Whether the applicant gets the paper; internal ones stay at the desk."""
    return paper not in known.papers or known.papers[paper].direction != "internal"


def is_open_to(audience: str, paper: str) -> bool:
    """A query code opens nothing that a register filled: names and numbers stand in it whole."""
    return audience != "code" or not documents.is_of_register(paper)
