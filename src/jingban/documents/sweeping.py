"""Issue what cases gave out and nobody has asked for yet, so that a paper is frozen soon after its act.

The acts themselves know nothing of papers. The timer reads the events since its last round, as the anchor does.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from jingban.cases.actions import NOBODY
from jingban.cases.models import CaseEvent
from jingban.cases.view import read
from jingban.core.faults import trail
from jingban.documents import kinds
from jingban.documents.actions import issue_of_case
from jingban.documents.case_papers import SOURCES
from jingban.documents.models import IssuedPaper, Sweep

log = logging.getLogger(__name__)
FIRST = timedelta(hours=1)
"""How far the first round looks back; papers of earlier acts are issued when somebody asks for them."""
OVERLAP = timedelta(minutes=15)
"""Looked at twice: a transaction may have been writing into these minutes."""

PATIENCE = timedelta(days=1)
"""How long one that failed is tried again each round; after that it is issued when somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one round did."""

    issued: int
    failed: int


def sweep(*, now: datetime) -> Swept:
    """Issue the papers of the events since the last round; a round twice issues nothing more."""
    since = Sweep.objects.values_list("until", flat=True).first() or now - FIRST
    issued, failed, earliest = 0, 0, now
    rows = CaseEvent.objects.filter(at__gt=since - OVERLAP, at__lte=now).select_related("case").order_by("at")
    for event in rows.iterator():
        for kind in event.data.get("documents", ()):
            try:
                issued += _is_due(event, kind) and _issued(event, kind, now)
            except Exception as error:  # noqa: BLE001  one paper that cannot be issued must not hold up all others
                log.warning("%s-%s %s: %s", event.case.number, event.seq, kind, trail(error))
                failed, earliest = failed + 1, min(earliest, event.at)
    until = max(earliest, since, now - PATIENCE)
    with transaction.atomic():
        Sweep.objects.update_or_create(pk=1, defaults={"until": until})
    return Swept(issued, failed)


def _issued(event: CaseEvent, kind: str, now: datetime) -> bool:
    view = read(event.case_id)[0]
    return issue_of_case(view=view, seq=event.seq, kind=kind, actor=NOBODY, now=now) is not None


def _is_due(event: CaseEvent, kind: str) -> bool:
    """What goes out and nobody asked for; what domain apps keep under numbers of their own is theirs to issue."""
    if kind in SOURCES or kinds.is_internal(event.case.region, kind):
        return False
    return not IssuedPaper.objects.filter(case=event.case_id, seq=event.seq, kind=kind).exists()
