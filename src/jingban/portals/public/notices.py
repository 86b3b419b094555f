"""Public notices (公示) of a region: who is proposed for what, until when, and how to object.

A name is published for as long as the notice runs and no longer: of a past one only what became of it stays, save for
institutions, whose names are no personal data (个人信息保护法第十九条: the shortest time that the purpose needs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.core.cache import cache
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from jingban.cases.models import Case, CaseEvent, CasePayload
from jingban.cases.procedures import example_words
from jingban.core.localtime import local_day
from jingban.portals import payloads
from jingban.portals.book import Entry
from jingban.processes.model import Step
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

PAST = timedelta(days=30)
"""How long an ended notice stays on the list."""
MOST = 100
"""Lines of a page of running notices, and of all those that ended: of these the latest."""
KEPT = 600
"""Seconds for which the list of ended notices is not looked up again: no index leads to it."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A line of the list: no more than what hangs on the wall."""

    number: str
    item: EffectiveItem
    name: str
    until: date | None
    outcome: str = ""
    example: str = ""
    """Beside the day: that an illustration gives it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the notices that run now, and the key of those after them."""

    rows: tuple[Posted, ...] = ()
    after: str = ""


def has_notices(entries: Iterable[Entry]) -> list[Entry]:
    """The entries whose procedure comes to a public notice; sealed ones never do in public."""
    return [e for e in entries if not e.item.sealed and _notice_steps(e.item)]


def running(region: str, entries: Iterable[Entry], after: str = "") -> Page:
    """The notices that run now, the first to end first: a page by key, so that every one of them can be read."""
    steps = _steps(entries)
    if not steps:
        return Page()
    cases = Case.objects.open().filter(_any_of(steps, "step"), region=region, timer_at__isnull=False)
    key, found, more = _key(after), list[Case](), True
    while more and len(found) <= MOST:
        # A step may be none of a notice in the case's own version: read on, so that a page is short only at the end.
        part = list(_behind(cases, key)[: MOST + 1])
        found += [case for case in part if _step_of(case, case.step) is not None]
        key, more = (_key(_key_of(part[-1])) if part else None), len(part) > MOST
    shown = found[:MOST]
    names = _names(shown)
    rows = tuple(_posted(case, names.get(case.pk, "")) for case in shown)
    return Page(rows, _key_of(shown[-1]) if len(found) > MOST else "")


def _behind(cases: QuerySet[Case], key: tuple[datetime, int] | None) -> QuerySet[Case]:
    if key is not None:
        cases = cases.filter(TupleGreaterThan(Tuple(F("timer_at"), F("id")), key))
    return cases.order_by("timer_at", "id")


def _key_of(case: Case) -> str:
    return f"{case.timer_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{case.pk}" if case.timer_at else ""


def _key(text: str) -> tuple[datetime, int] | None:
    """Where a page begins; what is no key begins with the first."""
    at, _, pk = text.partition("_")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 16):
        return None
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), int(pk)
    except ValueError:
        return None


def past(region: str, entries: Iterable[Entry], now: datetime) -> list[Posted]:
    """The notices that ended in the last weeks, the latest first, and how."""
    steps = _steps(entries)
    if not steps:
        return []
    keys = cache.get_or_set(f"notices-past:{region}", lambda: _left(region, steps, now), KEPT)
    found = CaseEvent.objects.filter(pk__in=keys or []).select_related("case").order_by("-at") if keys else ()
    events = [e for e in found if _step_of(e.case, e.from_step) is not None]
    names = _names([e.case for e in events if _item(e.case).subject == "provider"])
    return [_ended(event, names.get(event.case_id, "")) for event in events]


def _left(region: str, steps: Mapping[str, tuple[str, ...]], now: datetime) -> list[tuple[int, int]]:
    """Keys of the events by which cases left their notice."""
    left = CaseEvent.objects.filter(case__region=region, at__gt=now - PAST, at__lte=now)
    left = left.filter(_any_of(steps, "from_step", "case__")).exclude(to_step=F("from_step"))
    return list(left.order_by("-at").values_list("case_id", "seq")[:MOST])


def _posted(case: Case, name: str) -> Posted:
    until = local_day(case.timer_at - timedelta(seconds=1)) if case.timer_at else None
    begun = case.state.get("entered")  # by the figures of this day the last one was worked out
    example = (
        example_words(case.version_id, case.process, case.step, date.fromisoformat(begun)) if begun else ""
    )
    return Posted(case.number, _item(case), name, until, example=example)


def _ended(event: CaseEvent, name: str) -> Posted:
    step = _step_of(event.case, event.from_step)
    quiet = step is not None and step.notice is not None and event.to_step == step.notice.quiet
    said = "公示期满，无异议" if quiet else "有异议，转入核实"
    return Posted(event.case.number, _item(event.case), name, local_day(event.at), said)


def _names(cases: Iterable[Case]) -> dict[int, str]:
    """Whom each case is about: institutions in full, people masked; one read for all."""
    listed = {case.pk: case for case in cases}
    rows: dict[int, list[CasePayload]] = {}
    for row in CasePayload.objects.filter(case_id__in=listed).order_by("seq") if listed else ():
        rows.setdefault(row.case_id, []).append(row)
    found = {}
    for pk, sealed in rows.items():
        case = listed[pk]
        opened = payloads.opened(sealed, case.number, only=payloads.NAMES)
        name = payloads.called(payloads.said(opened))
        found[pk] = name if _item(case).subject == "provider" else payloads.masked_name(name)
    return found


def _item(case: Case) -> EffectiveItem:
    return publish.version(case.version_id).item


def _notice_steps(item: EffectiveItem) -> tuple[str, ...]:
    return tuple(key for key, step in item.process.steps.items() if step.notice is not None)


def _step_of(case: Case, key: str) -> Step | None:
    """The notice step of the case's own version; the version in force now may have other steps."""
    item = _item(case)
    if item.sealed:
        return None
    step = item.process_named(case.process).steps.get(key)
    return step if step is not None and step.notice is not None else None


def _steps(entries: Iterable[Entry]) -> Mapping[str, tuple[str, ...]]:
    return {e.item.item: _notice_steps(e.item) for e in has_notices(entries)}


def _any_of(steps: Mapping[str, tuple[str, ...]], column: str, case: str = "") -> Q:
    found = Q()
    for item, keys in steps.items():
        found |= Q(**{f"{case}item": item, f"{column}__in": keys})
    return found
