"""One act for many cases, where the procedure says so (成批办理)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import uuid4

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from jingban.access.service import Actor
from jingban.cases.actions import as_key
from jingban.cases.batch import act_many
from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.funds import service as funds
from jingban.portals import acts, doors
from jingban.portals.desk import queue
from jingban.portals.numbers import whole
from jingban.portals.timeline import step_name
from jingban.processes.model import Act
from jingban.rulebook import publish
from jingban.workdays.service import calendar

MOST = 200
"""So many cases are offered at once; the next ones come when these are done."""


@dataclass(frozen=True, slots=True)
class Line:
    """A case of a group, as it was seen."""

    row: queue.Row
    seen: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Cases at one step for which one act may be done at once."""

    key: str
    title: str
    act: str
    to: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case."""

    number: str
    step: str
    why: str = ""


@doors.staff_only
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest) -> HttpResponse:
    """Choose and do; every case gets its own answer."""
    actor, results = doors.actor(request), tuple[Result, ...]()
    nothing = request.method == "POST" and not request.POST.getlist("case")
    if request.method == "POST" and not nothing:
        results = _done(request, actor)
    shown = {
        "groups": groups(actor),
        "results": results,
        "failed": sum(1 for line in results if line.why),
        "key": str(uuid4()),
        "refused": "请先选要办理的件。" if nothing else "",
    }
    return render(request, "desk/batch.html", shown, status=422 if nothing else 200)


def groups(actor: Actor) -> tuple[Group, ...]:
    """What this person may do in batches now; acts that carry something of each case are done one by one."""
    found: dict[str, tuple[Case, str, Act, list[Case]]] = {}
    for case in _waiting(actor):
        item = publish.version(case.version_id).item
        step = item.process_named(case.process).steps[case.step]
        for act, rule in step.do.items():
            if rule.batch and not rule.needs and queue.is_free(case, actor):
                key = f"{case.region}/{item.item}/{case.process}/{case.step}/{act}"
                found.setdefault(key, (case, act, rule, []))[3].append(case)
    return tuple(_group(key, *rest, actor) for key, rest in found.items())


def _waiting(actor: Actor) -> Iterable[Case]:
    """The own queue in its order, not without end."""
    wanted, after, seen = queue.places(actor, queue.MINE), "", 0
    while seen < MOST:
        cases, more = queue.page_of(actor, queue.MINE, after, Q(), wanted)
        yield from cases
        if not more:
            return
        seen, after = seen + len(cases), queue.key_of(cases[-1])


def _group(key: str, case: Case, act: str, rule: Act, cases: list[Case], actor: Actor) -> Group:
    item = publish.version(case.version_id).item
    process = item.process_named(case.process)
    rows = queue.rows_of(cases, actor, calendar(), local_day(doors.now()))
    return Group(
        key=f"{act}|{key}",
        title=f"{item.region_name} {item.name}：{step_name(process, case.step)}",
        act=rule.name,
        to=acts.onward(process, case.step, rule),
        lines=tuple(Line(row, f"{row.number}.{case.seq}") for row, case in zip(rows, cases, strict=True)),
    )


def _done(request: HttpRequest, actor: Actor) -> tuple[Result, ...]:
    """Do it case by case; what may not be read is passed over as if it were not there."""
    seen = dict(_seen(text) for text in request.POST.getlist("case")[:MOST])
    known = {c.number: c for c in Case.objects.filter(number__in=seen) if doors.may_read(actor, c)}
    act = request.POST.get("act", "").partition("|")[0]
    cases = [(known[number].pk, seen[number]) for number in seen if number in known]
    do = funds.pay_many if _pays(known.values(), act) else act_many
    lines = do(cases=cases, name=act, actor=actor, key=as_key(request.POST.get("key", "")), now=doors.now())
    names = {case.pk: case.number for case in known.values()}
    return tuple(
        Result(names[line.case_id], _where(line.view), line.error.message if line.error else "")
        for line in lines
    )


def _pays(cases: Collection[Case], act: str) -> bool:
    """Whether the act prepares payments: those of a list are written together."""
    steps = (
        publish.version(case.version_id).item.process_named(case.process).steps.get(case.step)
        for case in cases
    )
    return all(step is not None and act in step.do and "funds.pay" in step.do[act].effect for step in steps)


def _seen(text: str) -> tuple[str, int]:
    number, _, seq = text.rpartition(".")
    return number, whole(seq, -1)


def _where(view: CaseView | None) -> str:
    if view is None:
        return ""
    return step_name(publish.version(view.version_id).item.process_named(view.process), view.step)
