"""The clerk's queue: whose turn it is, the most urgent first; one indexed read for each place held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from jingban.access.service import Actor
from jingban.cases.models import Case, CaseFind, CasePayload
from jingban.cases.querysets import PAGE
from jingban.core.crypto import blind_index
from jingban.core.identifiers import plain
from jingban.portals import book, doors, payloads
from jingban.portals.casepage import Due, due_badge, step_name
from jingban.portals.numbers import looks_like_number, typed_number
from jingban.processes.model import Process
from jingban.rulebook import publish
from jingban.workdays.service import WorkCalendar

MINE, ALL = "mine", "all"
MOST = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue."""

    number: str
    item: str
    step: str
    name: str
    due: Due
    mine: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue and the key of the next one."""

    rows: tuple[Row, ...]
    after: str


Place = tuple[str, str, str]
"""Region, office, role: the key of a queue."""


def places(actor: Actor, tab: str) -> list[Place]:
    """The queues in which this person's work lies: where a step's role is held, or all of the own offices."""
    found: dict[Place, None] = {}
    for region in sorted({h.region for h in actor.held}):
        for entry in book.entries(region):
            item = entry.item
            for body in item.accepted_by:
                held = actor.roles_in(region, body.id)
                for process in (item.process, *item.answers) if held else ():
                    for step in process.steps.values():
                        if tab == ALL or held & set(step.by):
                            found[(region, body.id, step.by[0])] = None
    return list(found)


def queue_page(actor: Actor, tab: str, after: str, calendar: WorkCalendar, day: date) -> QueuePage:
    """One page by key, without a count; the key is the last row's due day and id."""
    wanted, key = places(actor, tab), _key(after)
    shown: list[Case] = []
    while True:
        cases = _merged(wanted, key)
        shown += [case for case in cases[:PAGE] if tab == ALL or _is_mine(case, actor)]
        if len(cases) <= PAGE or len(shown) > PAGE:
            break
        # A place is shared by steps of other roles: read on, so that no page comes out empty before the end.
        key = (cases[PAGE - 1].due_on, cases[PAGE - 1].pk)
    rows = rows_of(shown[:PAGE], actor, calendar, day)
    last = shown[PAGE - 1] if len(shown) > PAGE else None
    return QueuePage(rows, f"{last.due_on.isoformat()}.{last.pk}" if last else "")


def _is_mine(case: Case, actor: Actor) -> bool:
    process = publish.version(case.version_id).item.process_named(case.process)
    return bool(actor.roles_in(case.region, case.office) & _roles(process, case.step))


def _merged(wanted: list[Place], key: tuple[date, int] | None) -> list[Case]:
    """The first rows over all places: each part is an indexed read of one page, joined in one statement."""
    parts = [_part(place, key).query.get_compiler(connection=connection).as_sql() for place in wanted]
    if not parts:
        return []
    # Django refuses limits inside a union for SQLite, which takes them in a subquery as PostgreSQL does.
    wrapped = (f"SELECT * FROM ({sql}) p{n}" for n, (sql, _) in enumerate(parts))  # noqa: S608  Django's own
    joined = " UNION ALL ".join(wrapped)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({joined}) q ORDER BY due_on, id LIMIT %s",  # noqa: S608
            [*(value for _, params in parts for value in params), PAGE + 1],
        )
        pks = [row[0] for row in cursor.fetchall()]
    found = Case.objects.in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def _part(place: Place, key: tuple[date, int] | None) -> QuerySet[Case, tuple[date, int]]:
    region, office, role = place
    queue = Case.objects.queue(region=region, office=office, role=role)
    if key is not None:
        queue = queue.after_key(*key)
    return queue.values_list("due_on", "id")[: PAGE + 1]


def _key(text: str) -> tuple[date, int] | None:
    day, _, pk = text.partition(".")
    try:
        return date.fromisoformat(day), int(pk)
    except ValueError:
        return None


def rows_of(cases: Iterable[Case], actor: Actor, calendar: WorkCalendar, day: date) -> tuple[Row, ...]:
    """Lines with names; the names of all lines in one read, those of sealed cases only for their roles."""
    cases = list(cases)
    numbers = {case.pk: case.number for case in cases}
    names: dict[int, str] = {}
    named = CasePayload.objects.filter(case_id__in=numbers, body__has_any_keys=payloads.NAMES)
    for payload in named.order_by("seq"):
        given = payloads.opened([payload], numbers[payload.case_id], only=payloads.NAMES)
        names[payload.case_id] = payloads.called(given[payload.seq])
    return tuple(_row(case, names.get(case.pk, ""), actor, calendar, day) for case in cases)


def _row(case: Case, name: str, actor: Actor, calendar: WorkCalendar, day: date) -> Row:
    item = publish.version(case.version_id).item
    process = item.process_named(case.process)
    held = actor.roles_in(case.region, case.office)
    return Row(
        number=case.number,
        item=item.name,
        step=step_name(process, case.step),
        name="保密件" if item.sealed else name,
        mine=bool(held & _roles(process, case.step)),
        due=due_badge(case.outcome, case.due_on, case.timer_at, calendar, day),
    )


def _roles(process: Process, key: str) -> frozenset[str]:
    return frozenset(process.steps[key].by) if key in process.steps else frozenset()


def found_cases(actor: Actor, text: str) -> list[Case]:
    """By case number, by identity number or by name (blind index); only what the actor may read."""
    asked = plain(text)
    by_number = list(Case.objects.filter(number=typed_number(text))) if looks_like_number(text) else []
    digests = [
        (kind, blind_index(kind, value)) for kind, value in (("id", asked.upper()), ("name", text.strip()))
    ]
    pks = [
        pk
        for kind, digest in digests
        for pk in CaseFind.objects.filter(kind=kind, digest=digest)
        .order_by("-case_id")
        .values_list("case_id", flat=True)[:MOST]
    ]
    regions = {h.region for h in actor.held}
    found = by_number or list(Case.objects.filter(pk__in=pks, region__in=regions).order_by("-id"))
    return [case for case in found if doors.may_read(actor, case)]
