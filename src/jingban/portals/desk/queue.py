"""The clerk's queue: whose turn it is, the most urgent first; one indexed read for each place held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from jingban.access.service import Actor
from jingban.cases.models import Case, CasePayload
from jingban.cases.querysets import PAGE, CaseQuerySet
from jingban.cases.view import CaseView
from jingban.core.identifiers import mask_id
from jingban.portals import book, payloads
from jingban.portals.casepage import Due, due_badge
from jingban.portals.desk import urgency
from jingban.portals.desk.placed import Place, Places, Queues
from jingban.portals.questions import CHANNEL_NAMES
from jingban.portals.timeline import step_name
from jingban.processes.model import Process
from jingban.processes.state import state_from_data
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.workdays.service import WorkCalendar

MINE, ALL = "mine", "all"
MOST = 50
NUMBERS = ("credit_code", "provider_code", "id_number")
"""Answers that are the number of whom a case is about."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue."""

    number: str
    item: str
    step: str
    name: str
    due: Due
    mine: bool
    number_of: str = ""
    """The masked number of whom it is about."""
    channel: str = ""
    batch: bool = False
    """Whether an act of this step is done for many at once."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue and the key of the next one."""

    rows: tuple[Row, ...]
    after: str


def listed(actor: Actor) -> tuple[EffectiveItem, ...]:
    """The entries in force of the regions in which this person holds a role, in one read."""
    return tuple(entry.item for entry in book.entries(*sorted({h.region for h in actor.held})))


def places(actor: Actor, tab: str, items: Iterable[EffectiveItem] | None = None) -> Places:
    """The queues in which this person's work lies: where a step's role is held, or all of the own offices."""
    own: dict[Place, set[str]] = {}
    theirs: dict[Place, set[str]] = {}
    for item in listed(actor) if items is None else items:
        for body in item.accepted_by:
            held = actor.roles_in(item.region, body.id)
            for process in (item.process, *item.answers) if held else ():
                for key, step in process.steps.items():
                    found = own if tab == ALL or held & set(step.by) else theirs
                    found.setdefault((item.region, body.id, step.by[0]), set()).add(key)
    return {place: frozenset(theirs.get(place, set()) - steps) for place, steps in own.items()}


def queue_page(
    actor: Actor,
    tab: str,
    after: str,
    calendar: WorkCalendar,
    day: date,
    *,
    when: str = urgency.ANY,
    wanted: Places | None = None,
) -> QueuePage:
    """One page by key, without a count; the key is the last row's due day and id."""
    cases, more = page_of(actor, tab, after, urgency.days_of(when, calendar, day), wanted)
    last = cases[-1] if more else None
    return QueuePage(rows_of(cases, actor, calendar, day), key_of(last) if last else "")


def key_of(case: Case | CaseView) -> str:
    """Where in a queue a case stands: what follows it comes after this key."""
    return f"{case.due_on.isoformat()}.{case.id}"


def next_of(actor: Actor, after: str, when: Q, *, leave: int) -> Case | None:
    """The case to take up next: the one that followed, else the first of the queue; never one that this person
    made and may not check. ``leave``: the case that was just done."""
    wanted = places(actor, MINE)
    for start in (after, ""):
        cases, _ = page_of(actor, MINE, start, when, wanted)
        for case in cases:
            if case.pk != leave and is_free(case, actor):
                return case
    return None


def is_free(case: Case, actor: Actor) -> bool:
    """Whether nothing that the actor did in the case keeps from this step (复核不得由经办人办理)."""
    step = publish.version(case.version_id).item.process_named(case.process).steps.get(case.step)
    state = state_from_data(seq=case.seq, step=case.step, outcome=case.outcome, data=case.state)
    made = any(actor.id in state.actors.get(key, ()) for key in (step.not_by if step else ()))
    return case.applicant_id != actor.id and not made


def counted(
    actor: Actor, tab: str, wanted: Places, calendar: WorkCalendar, day: date
) -> tuple[urgency.Count, ...]:
    """The tabs by urgency."""

    def meant(region: str, office: str, version: int, process: str, step: str) -> bool:
        return tab == ALL or _is_turn(actor, region, office, version, process, step)

    return urgency.counts(wanted, actor, meant, calendar, day)


def page_of(
    actor: Actor, tab: str, after: str, when: Q, wanted: Places | None = None
) -> tuple[list[Case], bool]:
    """The cases of one page, and whether more follow."""
    key = _key(after)
    wanted = places(actor, tab) if wanted is None else wanted
    shown: list[Case] = []
    while True:
        cases = _merged(wanted, actor, key, when)
        shown += [case for case in cases if (_held if tab == ALL else _is_mine)(case, actor)]
        if len(cases) <= PAGE or len(shown) > PAGE:
            break
        # An older version may give a step to other roles: read on, so that no page comes out empty before the end.
        key = (cases[-1].due_on, cases[-1].pk)
    return shown[:PAGE], len(shown) > PAGE


def _is_mine(case: Case, actor: Actor) -> bool:
    place = case.state.get("place", "")
    return _is_turn(actor, case.region, case.office, case.version_id, case.process, case.step, place)


def _held(case: Case, actor: Actor) -> frozenset[str]:
    """The roles that count for the case where it stands, and for whose people it is about."""
    return actor.roles_in(case.region, case.office, place=case.state.get("place", ""))


def _is_turn(
    actor: Actor, region: str, office: str, version: int, process: str, step: str, place: str | None = None
) -> bool:
    roles = _roles(publish.version(version).item.process_named(process), step)
    return bool(actor.roles_in(region, office, place=place) & roles)


def _merged(wanted: Places, actor: Actor, key: tuple[date, int] | None, when: Q) -> list[Case]:
    """The first rows over all places: each part is an indexed read of one page, joined in one statement."""

    def rows(queue: CaseQuerySet) -> QuerySet[Case, Any]:
        queue = queue.filter(when)
        if key is not None:
            queue = queue.after_key(*key)
        return queue.values_list("due_on", "id")[: PAGE + 1]

    joined, params = Queues(wanted, actor).sql(rows)
    if not joined:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({joined}) q ORDER BY due_on, id LIMIT %s",  # noqa: S608  Django's own
            [*params, PAGE + 1],
        )
        pks = [row[0] for row in cursor.fetchall()]
    found = Case.objects.in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def _key(text: str) -> tuple[date, int] | None:
    day, _, pk = text.partition(".")
    try:
        return date.fromisoformat(day), int(pk)
    except ValueError:
        return None


def rows_of(cases: Iterable[Case], actor: Actor, calendar: WorkCalendar, day: date) -> tuple[Row, ...]:
    """Lines with names; the names of all lines in one read, those of sealed cases only for their roles."""
    cases = list(cases)
    numbers, whose = {case.pk: case.number for case in cases}, (*payloads.NAMES, *NUMBERS)
    said: dict[int, dict[str, str]] = {pk: {} for pk in numbers}
    named = CasePayload.objects.filter(case_id__in=numbers, body__has_any_keys=whose)
    for payload in named.order_by("seq"):
        given = payloads.opened([payload], numbers[payload.case_id], only=whose)
        said[payload.case_id].update(given[payload.seq])
    return tuple(_row(case, said[case.pk], actor, calendar, day) for case in cases)


def _row(case: Case, said: Mapping[str, str], actor: Actor, calendar: WorkCalendar, day: date) -> Row:
    item = publish.version(case.version_id).item
    process = item.process_named(case.process)
    held = _held(case, actor)
    step = process.steps.get(case.step)
    number = next((said[key] for key in NUMBERS if said.get(key)), "")
    return Row(
        number=case.number,
        item=item.name,
        step=step_name(process, case.step),
        name="保密件" if item.sealed else payloads.called(said),
        number_of="" if item.sealed else mask_id(number) if number == said.get("id_number") else number,
        channel=CHANNEL_NAMES.get(case.channel, ""),
        batch=step is not None and any(rule.batch for rule in step.do.values()),
        mine=bool(held & _roles(process, case.step)),
        due=due_badge(case.outcome, case.due_on, calendar, day),
    )


def _roles(process: Process, key: str) -> frozenset[str]:
    return frozenset(process.steps[key].by) if key in process.steps else frozenset()
