"""Other cases of whom a case is about: found by the blind index, never by reading other people's forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jingban.access.service import Actor
from jingban.cases.forms import finds_of
from jingban.cases.models import Case, CaseFind
from jingban.cases.view import CaseView
from jingban.core.crypto import blind_index
from jingban.portals import doors
from jingban.portals.desk import queue
from jingban.rulebook import publish
from jingban.workdays.service import WorkCalendar

MOST = 20


@dataclass(frozen=True, slots=True)
class Related:
    """What else is open for the same person or unit, and what was before."""

    number: str
    open: tuple[queue.Row, ...] = ()
    earlier: tuple[queue.Row, ...] = ()
    same_item: int = 0
    """How many of the open ones ask for the same."""


def related_of(
    view: CaseView, said: Mapping[str, str], actor: Actor, calendar: WorkCalendar, day: date
) -> Related:
    """By the number on the form; a name alone is no proof that it is the same person. Of a sealed case: nothing."""
    item = publish.version(view.version_id).item
    number = finds_of(item, said).get("id", "")
    if not number or item.sealed:
        return Related(view.number)
    digest, regions = blind_index("id", number), {h.region for h in actor.held}
    listed = CaseFind.objects.filter(kind="id", digest=digest).exclude(case_id=view.id).order_by("-case_id")
    pks = list(listed.values_list("case_id", flat=True)[:MOST])
    found = [
        case
        for case in Case.objects.filter(pk__in=pks, region__in=regions).order_by("-id")
        if doors.may_read(actor, case)
    ]
    lines = dict(zip((c.pk for c in found), queue.rows_of(found, actor, calendar, day), strict=True))
    return Related(
        number=view.number,
        open=tuple(lines[c.pk] for c in found if c.outcome is None),
        earlier=tuple(lines[c.pk] for c in found if c.outcome is not None),
        same_item=sum(1 for c in found if c.outcome is None and (c.tier, c.item) == (view.tier, view.item)),
    )
