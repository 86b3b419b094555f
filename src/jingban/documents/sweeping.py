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
from jingban.core.errors import DomainError
from jingban.documents import kinds
from jingban.documents.actions import issue_of_case
from jingban.documents.case_papers import SOURCES
from jingban.documents.models import IssuedPaper, Sweep

log = logging.getLogger(__name__)
FIRST = timedelta(hours=1)
"""How far the first round looks back; papers of earlier acts are issued when somebody asks for them."""
OVERLAP = timedelta(minutes=15)
"""Looked at twice: a transaction may have been writing into these minutes."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one round did."""

    issued: int
    failed: int


def sweep(*, now: datetime) -> Swept:
    """Issue the papers of the events since the last round; a round twice issues nothing more."""
    since = Sweep.objects.values_list("until", flat=True).first() or now - FIRST
    issued = failed = 0
    rows = CaseEvent.objects.filter(at__gt=since - OVERLAP, at__lte=now).select_related("case").order_by("at")
    for event in rows.iterator():
        for kind in event.data.get("documents", ()):
            if _is_due(event, kind):
                try:
                    paper = issue_of_case(
                        view=read(event.case_id)[0], seq=event.seq, kind=kind, actor=NOBODY, now=now
                    )
                except DomainError as error:
                    log.warning("%s-%s %s: %s", event.case.number, event.seq, kind, error.code)
                    failed += 1
                else:
                    issued += paper is not None
    with transaction.atomic():
        Sweep.objects.update_or_create(pk=1, defaults={"until": now})
    return Swept(issued, failed)


def _is_due(event: CaseEvent, kind: str) -> bool:
    """What goes out and nobody asked for; what domain apps keep under numbers of their own is theirs to issue."""
    if kind in SOURCES or kinds.is_internal(event.case.region, kind):
        return False
    return not IssuedPaper.objects.filter(case=event.case_id, seq=event.seq, kind=kind).exists()
