"""The history: every write to a register says what it was before and after; nothing of it is ever edited.

A preview is the effect itself, run and taken back: what it would record is what is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model

from jingban.core.crypto import open_sealed, seal
from jingban.registry.models import Change, Source
from jingban.registry.origin import Origin


@dataclass(frozen=True, slots=True)
class Changed:
    """One change in the open, for eyes that may see it."""

    register: str
    row: int
    person: int | None
    unit: int | None
    field: str
    before: Any
    after: Any
    valid_from: date
    source: str
    case: int | None = None
    seq: int = 0


_listeners: ContextVar[list[Changed] | None] = ContextVar("registry_listeners", default=None)


@contextmanager
def listening() -> Iterator[list[Changed]]:
    """Everything that is recorded within, in order."""
    heard: list[Changed] = []
    token = _listeners.set(heard)
    try:
        yield heard
    finally:
        _listeners.reset(token)


def changed(
    origin: Origin,
    row: Model,
    *,
    field: str = "",
    before: Any = None,
    after: Any = None,
    valid_from: date | None = None,
) -> Changed:
    """A change of a saved row, ready to be recorded. Without a field it is the making of the row."""
    register = str(row._meta.model_name)
    person = row.pk if register == "person" else getattr(row, "person_id", None)
    unit = row.pk if register == "unit" else getattr(row, "unit_id", None)
    day = valid_from or getattr(row, "start_on", None) or origin.day
    return Changed(
        register, row.pk, person, unit, field, before, after, day, origin.source, origin.case, origin.seq
    )


def is_heard() -> bool:
    """Whether somebody listens: what is written is a trial, and will be taken back."""
    return _listeners.get() is not None


def record(origin: Origin, changes: Iterable[Changed]) -> None:
    """Write changes into the history."""
    Change.objects.bulk_create(rows_of(origin, changes), batch_size=1000)


def rows_of(origin: Origin, changes: Iterable[Changed]) -> Iterator[Change]:
    """Changes as rows that are about to be written, told to whoever listens; ``bulk`` writes very many at once."""
    heard = _listeners.get()
    for change in changes:
        if heard is not None:
            heard.append(change)
        yield _row(origin, change)


def recorded(
    origin: Origin,
    row: Model,
    *,
    field: str = "",
    before: Any = None,
    after: Any = None,
    valid_from: date | None = None,
) -> None:
    """Record one change of a saved row."""
    record(origin, [changed(origin, row, field=field, before=before, after=after, valid_from=valid_from)])


def _row(origin: Origin, change: Changed) -> Change:
    place = _context(origin.region, change.register, change.row, change.field)
    return Change(
        region=origin.region,
        register=change.register,
        row=change.row,
        person=change.person,
        unit=change.unit,
        field=change.field,
        before=_sealed(change.before, place),
        after=_sealed(change.after, place),
        valid_from=change.valid_from,
        source=Source(change.source),
        case=origin.case,
        seq=origin.seq,
        actor=origin.actor,
        recorded_at=origin.at,
    )


def opened(row: Change) -> Changed:
    """A change of the history in the open; the caller asked ``may`` and the audit first."""
    place = _context(row.region, row.register, row.row, row.field)
    return Changed(
        row.register, row.row, row.person, row.unit, row.field,
        _opened(row.before, place), _opened(row.after, place), row.valid_from, row.source, row.case, row.seq,
    )  # fmt: skip


def of_case(case: int) -> list[Changed]:
    """What a case changed, in order."""
    return [opened(row) for row in Change.objects.filter(case=case).order_by("id")]


def value_on(history: Iterable[Change], field: str, day: date) -> Any:
    """The value of a field as of a day, from the changes of one row; none before the first.

    A row's making says the first value of all its fields. What was recorded later wins: a change that reaches back
    corrects the days from its ``valid_from`` on, so that today's value is always what the row itself says.
    """
    found: Any = None
    for row in sorted(history, key=lambda r: r.pk):
        if row.valid_from <= day and row.field in ("", field):
            after = opened(row).after
            found = after.get(field) if row.field == "" and isinstance(after, Mapping) else after
    return found


def _context(region: str, register: str, row: int, field: str) -> bytes:
    return f"change:{region}:{register}:{row}:{field}".encode()


def _sealed(value: Any, place: bytes) -> bytes | None:
    if value is None:
        return None
    return seal(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str), context=place)


def _opened(token: bytes | memoryview | None, place: bytes) -> Any:
    return None if token is None else json.loads(open_sealed(bytes(token), context=place))
