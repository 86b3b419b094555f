"""A running case goes on under the version in force, where the check proves that it can (docs/algorithms/moving.md).

A case keeps its version; this is the one way to change it, an event like any other: in the chain, with who did it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from jingban.access.service import Actor, may
from jingban.cases.actions import on_case
from jingban.cases.errors import StaleVersion
from jingban.cases.materials import known_keys, slots
from jingban.cases.models import Case
from jingban.cases.procedures import procedure_of
from jingban.cases.store import step_of, store_step
from jingban.cases.view import CaseView, read
from jingban.core.errors import DomainError
from jingban.core.frozen import changed
from jingban.core.localtime import local_day
from jingban.processes.engine import Change
from jingban.processes.model import MOVED
from jingban.processes.moving import Ground, hindrances
from jingban.processes.predicates import FACTS
from jingban.processes.state import Event, fold
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem, FormField
from jingban.rulebook.models import PublishedItem

MOVERS = frozenset({"head"})
"""Who moves cases: the same who put the version into force."""


class NotMovable(DomainError):
    """The case cannot go on under the newer version; the reasons are in the words."""

    code = "act_not_allowed"


def in_the_way(view: CaseView, into: PublishedItem | None = None) -> tuple[str, ...]:
    """Why the case cannot go on under the version in force, in words; nothing where it is proved that it can.

    ``into``: that version, where it was looked up for many cases at once.
    """
    row = into or publish.current(view.region, view.tier, view.item)
    if row is None:
        return ("这个事项已经停办，没有新的版本。",)
    if row.pk == view.version_id:
        return ("已经按现行版本办理。",)
    old, new = publish.version(view.version_id).item, publish.version(row.pk).item
    day = local_day(view.opened_at)
    try:
        before = procedure_of(view.version_id, view.process, day).process
        after = procedure_of(row.pk, view.process, day).process
    except (DomainError, LookupError, StopIteration):
        return ("新版本没有这个程序，或它的期限在申请那天没有规定。",)
    return hindrances(before, after, view.state, ground_of(old, new, view.state.situations))


def ground_of(old: EffectiveItem, new: EffectiveItem, situations: Collection[str]) -> Ground:
    """What of the new version a running case of that situation is held against."""
    had = {field.key: field for field in old.form}
    given = {key for key, field in had.items() if field.required and field.asked_of(situations)}
    asked = [field for field in new.form if field.asked_of(situations)]
    return Ground(
        materials=known_keys(new),
        facts={name for name in new.facts_asked if name in FACTS and FACTS[name].asked == "application"},
        added_fields=tuple(f.label for f in asked if f.required and f.key not in given),
        changed_fields=tuple(f.label for f in asked if f.key in had and _reads_otherwise(had[f.key], f)),
        is_opened=old.sealed and not new.sealed,
        names={key: material.name for item in (old, new) for key, material in slots(item)},
    )


def _reads_otherwise(before: FormField, after: FormField) -> bool:
    """Whether an answer to the one may be none to the other."""
    return before.kind != after.kind or not before.choices.keys() <= after.choices.keys()


def move(case_id: int, *, actor: Actor, seen: int, key: UUID, now: datetime) -> CaseView:
    """Let the case go on under the version in force; the same key again changes nothing.

    Errors: NotAllowed, StaleVersion (somebody acted meanwhile), NotMovable with every reason.
    """
    view, done = read(case_id, actor=actor.id, key=key)
    if done is not None:
        return view
    may(actor, MOVED, on_case(view, MOVERS)).required()
    if seen != view.seq:
        raise StaleVersion(seen=seen, now=view.seq)
    if reasons := in_the_way(view):
        raise NotMovable(f"办件{view.number}不能转到现行版本：{''.join(reasons)}")
    row = publish.current(view.region, view.tier, view.item)
    if row is None:
        raise NotMovable("这个事项已经停办，没有新的版本。")
    item = publish.version(row.pk).item
    process = item.process_named(view.process)
    event = Event(
        view.seq + 1, MOVED, actor.id, None, now, view.step, view.step, {"version": [view.version_id, row.pk]}
    )
    change = Change((event,), fold(process, view.state, event), {})
    with transaction.atomic():
        after = store_step(step_of(view, change, process, key=key, item=item))
        Case.objects.filter(pk=case_id).update(version=row)
    return changed(after, version_id=row.pk)
