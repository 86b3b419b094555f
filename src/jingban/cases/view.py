"""A case as the engine reads it: one row, one statement, no ORM; many of them for a list."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from jingban.cases.errors import CaseNotFound
from jingban.cases.models import Case, CaseCounter
from jingban.cases.numbers import item_code, scope_of
from jingban.cases.sql import first_row, on_postgres
from jingban.processes.state import State, state_from_data
from jingban.rulebook.effective import EffectiveItem

NO_LIMIT = date(2999, 12, 31)
"""The due day of what has no limit: sorts behind all others in a queue."""

_COLUMNS = (
    "id",
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
    "seq",
    "last_hash",
    "step",
    "outcome",
    "role",
    "assignee_id",
    "due_on",
    "state",
)
_SELECT = (
    f"SELECT {', '.join('c.' + name for name in _COLUMNS)}, e.case_id, e.act FROM cases_case c "
    "LEFT JOIN cases_caseevent e ON e.actor = %s AND e.key = %s WHERE c.id = %s"
)
_SELECT_GIVEN = (
    "SELECT (SELECT last FROM cases_casecounter WHERE scope = %s), e.case_id, e.act FROM (SELECT 1) one "
    "LEFT JOIN cases_caseevent e ON e.actor = %s AND e.key = %s"
)


@dataclass(frozen=True, slots=True)
class CaseView:
    """The case row and its state."""

    id: int
    region: str
    office: str
    tier: str
    item: str
    version_id: int
    process: str
    number: str
    query_code: str
    channel: str
    applicant_id: int | None
    opened_at: datetime
    seq: int
    last_hash: bytes
    role: str
    assignee_id: int | None
    due_on: date
    state: State

    @property
    def step(self) -> str:
        return self.state.step

    @property
    def outcome(self) -> str | None:
        return self.state.outcome

    @property
    def is_open(self) -> bool:
        return self.state.outcome is None


@dataclass(frozen=True, slots=True)
class Done:
    """What was already done under this actor's key."""

    case_id: int
    act: str


def read(case_id: int, *, actor: int = 0, key: UUID | None = None) -> tuple[CaseView, Done | None]:
    """The case, and what the actor already did under the key, in one statement."""
    row = first_row(_SELECT, [actor, key_value(key), case_id])
    if row is None:
        raise CaseNotFound("没有这个办件，请核对编号。")
    done = None if row[-2] is None else Done(row[-2], row[-1])
    return _view(dict(zip(_COLUMNS, row[:-2], strict=True))), done


def read_numbered(number: str) -> CaseView:
    """The case of this number, in one statement."""
    row = Case.objects.filter(number=number).values(*_COLUMNS).first()
    if row is None:
        raise CaseNotFound("没有这个办件，请核对编号。")
    return _view(dict(row))


def read_many(case_ids: Collection[int]) -> list[CaseView]:
    """The cases that there are of these, by their keys, in one statement."""
    rows = Case.objects.filter(pk__in=list(case_ids)).order_by("pk").values(*_COLUMNS)
    return [_view(dict(row)) for row in rows]


def last_given(scope: str, *, actor: int, key: UUID | None) -> tuple[int, Done | None]:
    """The last number of the scope, and what the actor already did under the key, in one statement."""
    last, case_id, act = first_row(_SELECT_GIVEN, [scope, actor, key_value(key)])
    return last or 0, None if case_id is None else Done(case_id, act)


def opened_on(items: Iterable[EffectiveItem], day: date) -> int:
    """How many cases of these entries began on the day: the counters of their numbers say it, no case is read."""
    scopes = {scope_of(admin_code=item.admin_code, item_code=item_code(item), day=day) for item in items}
    return sum(CaseCounter.objects.filter(pk__in=scopes).values_list("last", flat=True))


def _view(row: dict[str, Any]) -> CaseView:
    state = row.pop("state")
    step, outcome = row.pop("step"), row.pop("outcome")
    data = json.loads(state) if isinstance(state, str) else state
    row["opened_at"] = instant(row["opened_at"])
    row["last_hash"] = bytes(row["last_hash"])
    if isinstance(row["due_on"], str):
        row["due_on"] = date.fromisoformat(row["due_on"])
    known = state_from_data(seq=row["seq"], step=step, outcome=outcome, data=data)
    return CaseView(**row, state=known)


def instant(value: Any) -> datetime | None:
    """SQLite hands raw queries text in UTC, PostgreSQL an aware instant."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value if isinstance(value, datetime) else None


def key_value(key: UUID | None) -> Any:
    """A key as this database stores it."""
    if key is None or on_postgres():
        return key
    return key.hex
