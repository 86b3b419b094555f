"""What differs for a case that was decided before: worked out anew, or revoked. ``funds`` pays it or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jingban.benefits.models import Adjustment, Decision

Adjusted = Callable[[Adjustment], None]
ADJUSTED: list[Adjusted] = []
"""Told of each adjustment, inside its transaction."""


def when_adjusted(function: Adjusted) -> Adjusted:
    """Register what an app above does when a case's amount has changed."""
    ADJUSTED.append(function)
    return function


def made(old: Decision, new: Decision | None, why: str, now: datetime) -> Adjustment:
    """Put the difference on record; without a new decision all of the old one is to come back."""
    has = new.parts if new is not None else {}
    parts = {fund: has.get(fund, 0) - old.parts.get(fund, 0) for fund in sorted({*has, *old.parts})}
    row = Adjustment.objects.create(
        region=old.region,
        case_id=old.case_id,
        old=old,
        new=new,
        difference_fen=sum(parts.values()),
        parts={fund: fen for fund, fen in parts.items() if fen},
        why=why[:200],
        made_at=now,
    )
    for function in ADJUSTED:
        function(row)
    return row


def waiting(*, region: str = "", case_id: int = 0) -> list[Adjustment]:
    """What nobody has settled yet, the oldest first: of a region, of a case, or all."""
    rows = Adjustment.objects.filter(settled_at__isnull=True)
    rows = rows.filter(region=region) if region else rows
    rows = rows.filter(case=case_id) if case_id else rows
    return list(rows.select_related("old", "new").order_by("id"))


def settle(case_id: int, *, reference: str, now: datetime, upto: int | None = None) -> int:
    """Note by which payment or recovery the open adjustments of a case were settled; how many those were.

    ``upto``: the last of them that was looked at; what came since goes on waiting.
    """
    rows = Adjustment.objects.filter(case=case_id, settled_at__isnull=True)
    if upto is not None:
        rows = rows.filter(pk__lte=upto)
    return rows.update(settled_at=now, settled_by=reference[:80])
