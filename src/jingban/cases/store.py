"""One act, one write: the fold and its events in a single statement on Django's own connection.

On PostgreSQL a CTE updates the row under its version and inserts the events only if that succeeded; on
SQLite, which allows no writes inside a CTE, the same two statements stand between BEGIN and COMMIT.
Measured in docs/decisions: the ORM, not the engine, is the first cost of a step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from jingban.cases.chain import FIRST, Link, link_hash
from jingban.cases.errors import StaleVersion
from jingban.cases.models import Message, NoticeBreach
from jingban.cases.sealed import sealed_field
from jingban.cases.view import NO_LIMIT, CaseView, key_value
from jingban.core.crypto import digest
from jingban.core.localtime import local_day
from jingban.processes.effects import REGISTRY, run_effects
from jingban.processes.engine import Change
from jingban.processes.model import PROMISE, STATUTORY, Process
from jingban.processes.state import Event, State, state_to_data

_EVENT = "(case_id, seq, act, actor, behalf, at, from_step, to_step, data, before, key)"


@dataclass(frozen=True, slots=True)
class Chained:
    """Events with their place in the chain."""

    rows: list[list[Any]]
    events: tuple[Event, ...]
    last: bytes


def chained(number: str, change: Change, before: bytes, key: UUID | None) -> Chained:
    """The events as rows, each after the hash of the one before; personal parts leave their digest."""
    rows: list[list[Any]] = []
    events: list[Event] = []
    for event in change.events:
        personal = change.personal.get(event.seq)
        if personal:
            digests = {field: digest(f"{field}:{text}").hex()[:32] for field, text in personal.items()}
            event = replace(event, data={**event.data, "digests": digests})
        link = Link(number, event.seq, event.act, event.actor, event.behalf, event.at, event.from_step,
                    event.to_step, event.data)
        rows.append([
            event.seq, event.act, event.actor, event.behalf, _instant(event.at), event.from_step,
            event.to_step, _json(event.data), before, key_value(None if rows else key),
        ])
        before = link_hash(before, link)
        events.append(event)
    return Chained(rows, tuple(events), before)


def store_step(
    view: CaseView, change: Change, process: Process, *, key: UUID | None, effects: Mapping[str, Any]
) -> CaseView:
    """Write what an act changed; nothing is written if the case moved meanwhile."""
    chain = chained(view.number, change, view.last_hash, key)
    after = _moved(view, change.state, process, chain.last)
    with _transaction(chain.events):
        if not _write_step(view, after, change.state, chain, change.personal):
            raise StaleVersion(seen=view.seq, now=None)
        _afterwards(after, chain.events, effects)
    return after


def store_opening(
    opened: CaseView, change: Change, process: Process, *,
    key: UUID | None, finds: Iterable[tuple[str, bytes]], effects: Mapping[str, Any],
) -> CaseView:
    """Write a new case; the caller's transaction holds the counter of its number."""
    chain = chained(opened.number, change, FIRST, key)
    after = _moved(opened, change.state, process, chain.last)
    pk = _write_opening(after, change.state, chain, change.personal, list(finds))
    after = replace(after, id=pk)
    _afterwards(after, chain.events, effects)
    return after


def _moved(view: CaseView, state: State, process: Process, last: bytes) -> CaseView:
    step = process.steps.get(state.step)
    return replace(
        view, seq=state.seq, last_hash=last, state=state, role=step.by[0] if step else "",
        due_on=due_of(state),
    )


def due_of(state: State) -> date:
    """The day by which the case is promised to end; while that clock rests, when its step runs out."""
    clocks = state.clocks
    if state.timer is not None and (PROMISE not in clocks or clocks[PROMISE].is_paused):
        return local_day(state.timer)
    for name in (PROMISE, STATUTORY):
        clock = clocks.get(name)
        if clock is not None and clock.due_on is not None:
            return clock.due_on
    return NO_LIMIT


def _transaction(events: Sequence[Event]) -> AbstractContextManager[Any]:
    """One statement alone is its own transaction; only company needs BEGIN and COMMIT."""
    company = any(
        "sends" in e.data or "beyond_first" in e.data or any(n in REGISTRY for n in e.data.get("effects", ()))
        for e in events
    )
    if connection.vendor == "postgresql" and not company:
        return nullcontext()
    return transaction.atomic()


def _fold_values(after: CaseView, state: State) -> list[Any]:
    return [
        state.seq, after.last_hash, state.step, state.outcome, after.role, _day(after.due_on),
        _instant(state.next_due()), _json(state_to_data(state)),
    ]


_SET = "seq = %s, last_hash = %s, step = %s, outcome = %s, role = %s, due_on = %s, timer_at = %s, state = %s"
_CASTS = "%s::int, %s, %s::bigint, %s::bigint, %s::timestamptz, %s, %s, %s::jsonb, %s::bytea, %s::uuid"


def _write_step(
    before: CaseView, after: CaseView, state: State, chain: Chained, personal: Mapping[int, Mapping[str, str]]
) -> bool:
    update = f"UPDATE cases_case SET {_SET} WHERE id = %s AND seq = %s"
    values = [*_fold_values(after, state), before.id, before.seq]
    payloads = _payloads(after.number, personal)
    if connection.vendor == "postgresql":
        sql, params = _with(f"{update} RETURNING id", values, "u", chain.rows, payloads, [])
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return bool(cursor.fetchone()[0])
    with connection.cursor() as cursor:
        cursor.execute(update, values)
        if cursor.rowcount != 1:
            return False
        _insert_rows(before.id, chain.rows, payloads, [])
    return True


_OPENING = (
    "region", "office", "tier", "item", "version_id", "process", "number", "query_code", "channel",
    "applicant_id", "opened_at",
)


def _write_opening(
    after: CaseView, state: State, chain: Chained, personal: Mapping[int, Mapping[str, str]],
    finds: list[tuple[str, bytes]],
) -> int:
    fold_columns = "seq, last_hash, step, outcome, role, due_on, timer_at, state"
    values = [getattr(after, name) for name in _OPENING]
    values[-1] = _instant(after.opened_at)
    values += _fold_values(after, state)
    marks = ", ".join(["%s"] * len(values))
    insert = f"INSERT INTO cases_case ({', '.join(_OPENING)}, {fold_columns}) VALUES ({marks}) RETURNING id"
    payloads = _payloads(after.number, personal)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql, params = _with(insert, values, "u", chain.rows, payloads, finds)
            cursor.execute(sql, params)
            return int(cursor.fetchone()[1])
        cursor.execute(insert, values)
        pk = int(cursor.fetchone()[0])
    _insert_rows(pk, chain.rows, payloads, finds)
    return pk


def _with(
    first: str, values: list[Any], name: str, rows: list[list[Any]], payloads: list[tuple[int, str]],
    finds: list[tuple[str, bytes]],
) -> tuple[str, list[Any]]:
    """The write as one PostgreSQL statement: everything joins the first, so nothing is half-written."""
    parts = [f"WITH {name} AS ({first})"]
    params = list(values)
    parts.append(
        f", e AS (INSERT INTO cases_caseevent {_EVENT} SELECT {name}.id, x.* FROM {name}, "
        f"(VALUES {', '.join([f'({_CASTS})'] * len(rows))}) x RETURNING seq)"
    )
    params += [value for row in rows for value in row]
    if payloads:
        parts.append(
            f", p AS (INSERT INTO cases_casepayload (case_id, seq, body) SELECT {name}.id, x.* FROM {name}, "
            f"(VALUES {', '.join(['(%s::int, %s::jsonb)'] * len(payloads))}) x)"
        )
        params += [value for payload in payloads for value in payload]
    if finds:
        parts.append(
            f", f AS (INSERT INTO cases_casefind (kind, digest, case_id) SELECT x.*, {name}.id FROM {name}, "
            f"(VALUES {', '.join(['(%s, %s::bytea)'] * len(finds))}) x)"
        )
        params += [value for find in finds for value in find]
    parts.append(f" SELECT (SELECT count(*) FROM e), (SELECT id FROM {name})")
    return "".join(parts), params


def _insert_rows(
    pk: int, rows: list[list[Any]], payloads: list[tuple[int, str]], finds: list[tuple[str, bytes]]
) -> None:
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * 11)
        cursor.executemany(
            f"INSERT INTO cases_caseevent {_EVENT} VALUES ({marks})", [[pk, *row] for row in rows]
        )
        if payloads:
            cursor.executemany(
                "INSERT INTO cases_casepayload (case_id, seq, body) VALUES (%s, %s, %s)",
                [[pk, *payload] for payload in payloads],
            )
        if finds:
            cursor.executemany(
                "INSERT INTO cases_casefind (kind, digest, case_id) VALUES (%s, %s, %s)",
                [[*find, pk] for find in finds],
            )


def _payloads(number: str, personal: Mapping[int, Mapping[str, str]]) -> list[tuple[int, str]]:
    return [
        (seq, json.dumps({f: sealed_field(number, seq, f, text) for f, text in fields.items()}))
        for seq, fields in personal.items()
    ]


def _afterwards(after: CaseView, events: Sequence[Event], effects: Mapping[str, Any]) -> None:
    """In the same transaction: messages into the outbox, breaches on record, effects."""
    for event in events:
        for name in event.data.get("sends", ()):
            Message.objects.create(
                case_id=after.id, seq=event.seq, name=name, created_at=event.at,
                body={"number": after.number, "region": after.region, "item": after.item},
            )
        if extra := event.data.get("beyond_first"):
            NoticeBreach.objects.create(
                case_id=after.id, seq=event.seq, region=after.region, office=after.office,
                materials=extra, at=event.at,
            )
        if names := event.data.get("effects"):
            run_effects(names, case=after, event=event, **effects)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _instant(value: datetime | None) -> Any:
    return None if value is None else connection.ops.adapt_datetimefield_value(value)


def _day(value: date) -> Any:
    return connection.ops.adapt_datefield_value(value)
