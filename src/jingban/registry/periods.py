"""Ending and taking out rows that have a period; the history says what they were."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypeVar

from django.db.models import Model

from jingban.registry.changes import recorded
from jingban.registry.guards_rules import REMOVED
from jingban.registry.models import Enrolment, OffsiteFiling
from jingban.registry.models.periods import Period
from jingban.registry.origin import Origin

P = TypeVar("P", bound=Period)

DAY = timedelta(days=1)


def close(origin: Origin, row: P, end_on: date, why: str = "") -> P:
    """End a period with this last day. One that ended earlier is left alone; one that begins later is taken out.

    ``why`` is kept where the row has a column for it (an enrolment's 终止原因); a filing becomes 终止.
    """
    if row.end_on is not None and row.end_on <= end_on:
        return row
    if row.start_on > end_on:
        remove(origin, row, why)
        return row
    before, row.end_on = row.end_on, end_on
    fields = ["end_on"]
    recorded(origin, row, field="end_on", before=_iso(before), after=_iso(end_on), valid_from=end_on + DAY)
    if isinstance(row, Enrolment):
        row.end_reason, fields = why, [*fields, "end_reason"]
    elif isinstance(row, OffsiteFiling) and row.status != "paused":  # its paused days stay paused
        recorded(origin, row, field="status", before=row.status, after="ended", valid_from=end_on + DAY)
        row.status, fields = "ended", [*fields, "status"]
    row.save(update_fields=fields)
    return row


def remove(origin: Origin, row: Period, why: str = "") -> None:
    """Take out a period that never began to count; the history keeps what it was and why it went.

    The database lets it go only after that was recorded (``guards_rules.REMOVED``).
    """
    recorded(origin, row, field=REMOVED, before={**contents(row), "why": why}, valid_from=row.start_on)
    row.delete()


def contents(row: Model) -> dict[str, str | int | bool]:
    """What a row with a period says, for the history: no keys, no bytes, nothing empty."""
    skipped = {"id", "region", "slot", "source", "case", "actor", "recorded_at", "person"}
    said: dict[str, str | int | bool] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name in skipped or value in (None, "", False) or isinstance(value, bytes | memoryview):
            continue
        said[field.name] = value.isoformat() if isinstance(value, date) else value
    return said


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
