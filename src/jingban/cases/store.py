"""One act, one write: the fold and its events in a single statement on Django's own connection.

On PostgreSQL a CTE updates the row under its version and inserts the events only if that succeeded; on
SQLite, which allows no writes inside a CTE, the same two statements stand between BEGIN and COMMIT.
Measured in docs/decisions: the ORM, not the engine, is the first cost of a step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from jingban.cases.chain import Link, first_hash, link_hash
from jingban.cases.errors import StaleVersion
from jingban.cases.models import NoticeBreach
from jingban.cases.numbers import number_of
from jingban.cases.outbox import put_out
from jingban.cases.sealed import sealed_field
from jingban.cases.sql import first_row, on_postgres
from jingban.cases.view import NO_LIMIT, CaseView, key_value
from jingban.cases.work import Papers, work_of
from jingban.core.crypto import digest
from jingban.core.frozen import changed
from jingban.core.localtime import local_day
from jingban.processes.effects import is_live, moves_registers, run_effects, run_filed
from jingban.processes.engine import Change
from jingban.processes.model import PROMISE, STATUTORY, Process
from jingban.processes.state import Event, State, state_to_data
from jingban.rulebook.effective import EffectiveItem

Finds = Sequence[tuple[str, bytes]]
"""What a case is found by: kind of blind index and its value."""

_KNOWN = "ON CONFLICT DO NOTHING"
"""A case may be found by the same words twice: corrected, and corrected back."""
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
            event = changed(event, data={**event.data, "digests": digests})
        link = Link(
            number, event.seq, event.act, event.actor, event.behalf, event.at, event.from_step, event.to_step, event.data
        )  # fmt: skip
        rows.append(
            [
                event.seq,
                event.act,
                event.actor,
                event.behalf,
                _instant(event.at),
                event.from_step,
                event.to_step,
                _json(event.data),
                before,
                key_value(None if rows else key),
            ]
        )
        before = link_hash(before, link)
        events.append(event)
    return Chained(rows, tuple(events), before)


def identity_hash(view: CaseView) -> bytes:
    """The begin of the chain: what of the row no event ever changes."""
    return first_hash(
        view.number,
        view.query_code,
        view.region,
        view.office,
        view.tier,
        view.item,
        view.version_id,
        view.process,
        view.channel,
        view.applicant_id,
        view.opened_at,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """What an act changes of a case, ready to be written."""

    before: CaseView
    after: CaseView
    chain: Chained
    payloads: list[tuple[int, str]]
    item: EffectiveItem
    finds: Finds = ()

    @property
    def fold(self) -> list[Any]:
        return [*_fold_values(self.after, self.after.state), self.before.id, self.before.seq]


def step_of(
    view: CaseView,
    change: Change,
    process: Process,
    *,
    key: UUID | None,
    item: EffectiveItem,
    finds: Finds = (),
) -> Step:
    """What an act changed, chained and sealed; nothing is written yet.

    ``finds``: what a correction of the form lets the case be found by as well.
    """
    chain = chained(view.number, change, view.last_hash, key)
    after = _moved(view, change.state, process, chain.last)
    return Step(view, after, chain, _payloads(after.number, change.personal), item, finds)


def store_step(step: Step) -> CaseView:
    """Write what an act changed; nothing is written if the case moved meanwhile."""
    with _transaction(step.chain.events, step.item):
        if not write_step(step):
            raise StaleVersion(seen=step.before.seq, now=None)
        _afterwards(step.after, step.chain.events, step.item)
    return step.after


@dataclass(frozen=True, slots=True)
class Opening:
    """A new case that waits for its number."""

    blank: CaseView
    change: Change
    process: Process
    key: UUID | None
    finds: tuple[tuple[str, bytes], ...]


def store_opening(opening: Opening, *, scope: str, given: int, item: EffectiveItem) -> CaseView:
    """Write a new case under the number after the last one that was ``given``; numbers have no gaps.

    Of two at one instant one comes late: it then holds the counter before it looks again.
    """
    after = _opened(opening, scope, given, item)
    while after is None:
        after = _opened(opening, scope, None, item)
    return after


def _opened(opening: Opening, scope: str, given: int | None, item: EffectiveItem) -> CaseView | None:
    """The new case, or nothing where its number was taken meanwhile."""
    with transaction.atomic() if given is None else _transaction(opening.change.events, item):
        sequence = (_held_counter(scope) if given is None else given) + 1
        blank = changed(opening.blank, number=number_of(scope, sequence))
        chain = chained(blank.number, opening.change, identity_hash(blank), opening.key)
        after = _moved(blank, opening.change.state, opening.process, chain.last)
        payloads = _payloads(after.number, opening.change.personal)
        pk = _write_opening(after, chain, payloads, opening.finds, (scope, sequence))
        if pk is None:
            return None
        after = changed(after, id=pk)
        _afterwards(after, chain.events, item)
    return after


def _held_counter(scope: str) -> int:
    row = first_row("UPDATE cases_casecounter SET last = last WHERE scope = %s RETURNING last", [scope])
    return int(row[0])


def _moved(view: CaseView, state: State, process: Process, last: bytes) -> CaseView:
    step = process.steps.get(state.step)
    return changed(
        view,
        seq=state.seq,
        last_hash=last,
        state=state,
        role=step.by[0] if step else "",
        due_on=due_of(state),
    )


def due_of(state: State) -> date:
    """The day by which the case is promised to end; while that clock rests, when its step runs out."""
    clocks = state.clocks
    if state.timer is not None and (PROMISE not in clocks or clocks[PROMISE].is_paused):
        return local_day(state.timer - timedelta(microseconds=1))  # it fires at the midnight after its day
    for name in (PROMISE, STATUTORY):
        clock = clocks.get(name)
        if clock is not None and clock.due_on is not None:
            return clock.due_on
    return NO_LIMIT


def _transaction(events: Sequence[Event], item: EffectiveItem) -> AbstractContextManager[Any]:
    """One statement alone is its own transaction; only company needs BEGIN and COMMIT (or a savepoint)."""
    watched = moves_registers(item.effects)
    alone = not any(_has_company(e.data) or (watched and _is_filed(e)) for e in events)
    if on_postgres() and not connection.in_atomic_block and alone:
        return nullcontext()
    return transaction.atomic()


def _has_company(data: Mapping[str, Any]) -> bool:
    return "sends" in data or "beyond_first" in data or is_live(data.get("effects", ()))


def _fold_values(after: CaseView, state: State) -> list[Any]:
    return [
        state.seq,
        after.last_hash,
        state.step,
        state.outcome,
        after.role,
        _day(after.due_on),
        _instant(state.next_due()),
        _json(state_to_data(state)),
    ]


_FOLD = "seq, last_hash, step, outcome, role, due_on, timer_at, state"
_SET = ", ".join(f"{name} = %s" for name in _FOLD.split(", "))
_CASTS = "%s::int, %s, %s::bigint, %s::bigint, %s::timestamptz, %s, %s, %s::jsonb, %s::bytea, %s::uuid"


def write_step(step: Step) -> bool:
    """Whether it was written: not where the case moved meanwhile."""
    if on_postgres():
        return _run(STEP, step.fold, step.chain.rows, step.payloads, step.finds) is not None
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, step.fold)
        if cursor.rowcount != 1:
            return False
        _insert_rows(step.before.id, step.chain.rows, step.payloads, step.finds)
    return True


_UPDATE = f"UPDATE cases_case SET {_SET} WHERE id = %s AND seq = %s"
STEP = f"WITH u AS ({_UPDATE} RETURNING id)"
"""How ``whole`` begins where a case goes a step on."""
_OPENING = (
    "region",
    "office",
    "tier",
    "item",
    "version_id",
    "process",
    "number",
    "query_code",
    "channel",
    "applicant_id",
    "opened_at",
)
_INSERT = f"INSERT INTO cases_case ({', '.join(_OPENING)}, {_FOLD})"
_MARKS = ", ".join(["%s"] * (len(_OPENING) + len(_FOLD.split(", "))))
_NUMBER = (
    "INSERT INTO cases_casecounter (scope, last) VALUES (%s, %s) ON CONFLICT (scope) DO UPDATE "
    "SET last = EXCLUDED.last WHERE cases_casecounter.last = EXCLUDED.last - 1 RETURNING last"
)


def _write_opening(
    after: CaseView,
    chain: Chained,
    payloads: list[tuple[int, str]],
    finds: Finds,
    numbered: tuple[str, int],
) -> int | None:
    """The id of the new case, or nothing where the counter stands elsewhere."""
    values = [getattr(after, name) for name in _OPENING]
    values[-1] = _instant(after.opened_at)
    values += _fold_values(after, after.state)
    if on_postgres():
        opening = f"WITH n AS ({_NUMBER}), u AS ({_INSERT} SELECT {_MARKS} FROM n RETURNING id)"
        return _run(opening, [*numbered, *values], chain.rows, payloads, finds)
    if first_row(_NUMBER, numbered) is None:
        return None
    pk = int(first_row(f"{_INSERT} VALUES ({_MARKS}) RETURNING id", values)[0])
    _insert_rows(pk, chain.rows, payloads, finds)
    return pk


def _run(
    first: str, values: Sequence[Any], rows: list[list[Any]], payloads: list[tuple[int, str]], finds: Finds
) -> int | None:
    """The write as one PostgreSQL statement: everything joins the case's row, so nothing is half-written."""
    sql = whole(first, len(rows), len(payloads), len(finds))
    row = first_row(sql, values_of(values, rows, payloads, finds))
    return None if row is None else int(row[0])


@cache
def whole(first: str, rows: int, payloads: int, finds: int) -> str:
    """The statement for so many rows."""
    parts = [first, f", e AS (INSERT INTO cases_caseevent {_EVENT} {_each(f'u.id, {_CASTS}', rows)})"]
    if payloads:
        each = _each("u.id, %s::int, %s::jsonb", payloads)
        parts.append(f", p AS (INSERT INTO cases_casepayload (case_id, seq, body) {each})")
    if finds:
        each = _each("%s, %s::bytea, u.id", finds)
        parts.append(f", f AS (INSERT INTO cases_casefind (kind, digest, case_id) {each} {_KNOWN})")
    return "".join([*parts, " SELECT id FROM u"])


def values_of(*groups: Sequence[Any]) -> list[Any]:
    """The values of a statement in its order: those of the case, then row by row."""
    first, *rows = groups
    return [*first, *(value for some in rows for row in some for value in row)]


def _each(columns: str, count: int) -> str:
    return " UNION ALL ".join([f"SELECT {columns} FROM u"] * count)


def _insert_rows(pk: int, rows: list[list[Any]], payloads: list[tuple[int, str]], finds: Finds) -> None:
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
                f"INSERT INTO cases_casefind (kind, digest, case_id) VALUES (%s, %s, %s) {_KNOWN}",
                [[*find, pk] for find in finds],
            )


def _payloads(number: str, personal: Mapping[int, Mapping[str, str]]) -> list[tuple[int, str]]:
    return [
        (seq, json.dumps({f: sealed_field(number, seq, f, text) for f, text in fields.items()}))
        for seq, fields in personal.items()
    ]


def _afterwards(after: CaseView, events: Sequence[Event], item: EffectiveItem) -> None:
    """In the same transaction: messages into the outbox, breaches on record, effects."""
    for event in events:
        put_out([(after, event, item)])
        brought_about(after, event, item)


def brought_about(after: CaseView, event: Event, item: EffectiveItem, papers: Papers | None = None) -> None:
    """What an event brings about beside its row; ``papers`` where they were read for many cases."""
    if extra := event.data.get("beyond_first"):
        NoticeBreach.objects.create(
            case_id=after.id, seq=event.seq, region=after.region, office=after.office, materials=extra, at=event.at
        )  # fmt: skip
    if is_live(names := event.data.get("effects", ())):
        run_effects(names, work_of(after, event, item, papers))
    elif moves_registers(item.effects) and _is_filed(event):
        run_filed(work_of(after, event, item, papers))


def has_effects(event: Event, item: EffectiveItem) -> bool:
    """Whether anything is to be run after it."""
    return is_live(event.data.get("effects", ())) or (moves_registers(item.effects) and _is_filed(event))


def _is_filed(event: Event) -> bool:
    """The application itself, and every look at its papers: what the case means to change is known anew."""
    looked_at = "checklist" in event.data.get("needs", ())
    return event.act == "apply" or looked_at or "corrected" in event.data


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _instant(value: datetime | None) -> Any:
    """An instant as this database stores it."""
    return value if value is None or on_postgres() else connection.ops.adapt_datetimefield_value(value)


def _day(value: date) -> Any:
    return value if on_postgres() else connection.ops.adapt_datefield_value(value)
