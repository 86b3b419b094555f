"""Peer (a): the same rows by raw SQL through psycopg 3, the honest lower bound of a step.

Each step is one read of the case and one writing statement, its own transaction, prepared, on one
connection. All values were worked out before by our own side (``ours.py --record``): no engine, no hashing,
no sealing, no permission, no clocks. Only what must differ (number, key, hash) is drawn at random.
"""

from __future__ import annotations

import os
import pickle
import secrets
from pathlib import Path
from typing import Any
from uuid import uuid4

import dj_database_url
import measure
import psycopg
import workload

FOLD = ["seq", "last_hash", "step", "outcome", "role", "due_on", "timer_at", "state"]
CASE = [
    *("region", "office", "tier", "item", "version_id", "process", "number", "query_code", "channel"),
    *("applicant_id", "opened_at", "assignee_id"),
    *FOLD,
]
EVENT = ["seq", "act", "actor", "behalf", "at", "from_step", "to_step", "data", "before", "key"]

_EVENT_CASTS = "%s::int, %s, %s::bigint, %s::bigint, %s::timestamptz, %s, %s, %s::jsonb, %s::bytea, %s::uuid"
_EVENTS = (
    f", e AS (INSERT INTO cases_caseevent (case_id, {', '.join(EVENT)}) SELECT c.id, {_EVENT_CASTS} FROM c)"
)
_PAYLOADS = (
    ", p AS (INSERT INTO cases_casepayload (case_id, seq, body) SELECT c.id, %s::int, %s::jsonb FROM c)"
)
_COUNTER = (
    ", n AS (INSERT INTO cases_casecounter (scope, last) VALUES (%s, 1) "
    "ON CONFLICT (scope) DO UPDATE SET last = cases_casecounter.last + 1)"
)
_FINDS = ", f AS (INSERT INTO cases_casefind (kind, digest, case_id) SELECT x.*, c.id FROM c, (VALUES {}) x)"
_OPEN = f"WITH c AS (INSERT INTO cases_case ({', '.join(CASE)}) VALUES ({', '.join(['%s'] * len(CASE))}) RETURNING id)"
_MOVE = f"WITH c AS (UPDATE cases_case SET {', '.join(f'{c} = %s' for c in FOLD)} WHERE id = %s AND seq = %s RETURNING id)"
_READ = f"SELECT id, {', '.join(CASE)} FROM cases_case WHERE id = %s"
_DONE = "SELECT case_id, act FROM cases_caseevent WHERE actor = %s AND key = %s"


class Peer:
    """One process: a connection and the recorded rows."""

    def __init__(self, number: int, recorded: list[dict[str, list[dict[str, Any]]]]) -> None:
        self.number = number
        self.recorded = recorded
        self.prefix = f"{number:03d}"
        self.cursor = connect().cursor()

    def lifecycle(self, count: int) -> None:
        """The same rows as one of our own lifecycles."""
        entry = self.recorded[workload.entry_of(self.number, count, len(self.recorded))]
        first, *rest = entry[workload.kind_of(count)]
        case = self._open(first, count)
        for before, step in zip([first, *rest], rest, strict=False):
            self._move(case, before["case"]["seq"], step)

    def _open(self, step: dict[str, Any], count: int) -> int:
        event, key = step["event"], uuid4()
        self._run(_DONE, [event["actor"], key]).fetchone()
        whole = len(step["case"]["number"])
        number = f"{self.prefix}-{count:0{whole - len(self.prefix) - 1}d}"
        row = {**step["case"], "number": number, "last_hash": secrets.token_bytes(32)}
        sql, values = _OPEN + _COUNTER, [row[c] for c in CASE]
        values.append(step["scope"])
        sql, values = self._with_event(sql, values, step, key)
        finds = step["finds"]
        sql += _FINDS.format(", ".join(["(%s, %s::bytea)"] * len(finds)))
        for found in finds:
            values += [found["kind"], secrets.token_bytes(len(found["digest"]))]
        return int(self._run(sql + " SELECT id FROM c", values).fetchone()[0])

    def _move(self, case: int, seen: int, step: dict[str, Any]) -> None:
        self._run(_READ, [case]).fetchone()
        row = {**step["case"], "last_hash": secrets.token_bytes(32)}
        sql, values = self._with_event(_MOVE, [*(row[c] for c in FOLD), case, seen], step, uuid4())
        self._run(sql + " SELECT id FROM c", values).fetchone()

    def _with_event(
        self, sql: str, values: list[Any], step: dict[str, Any], key: Any
    ) -> tuple[str, list[Any]]:
        event = {**step["event"], "key": key}
        sql, values = sql + _EVENTS, [*values, *(event[c] for c in EVENT)]
        for payload in step["payload"]:
            sql, values = sql + _PAYLOADS, [*values, payload["seq"], payload["body"]]
        return sql, values

    def _run(self, sql: str, values: list[Any]) -> Any:
        return self.cursor.execute(sql, values, prepare=True)


def connect() -> psycopg.Connection[Any]:
    """To the database of DATABASE_URL."""
    known = dj_database_url.parse(os.environ["DATABASE_URL"])
    return psycopg.connect(host=known["HOST"], user=known["USER"], dbname=known["NAME"], autocommit=True)


def prepare(number: int) -> measure.Lifecycle:
    """One process of the peer."""
    recorded = pickle.loads(Path(os.environ["JINGBAN_BENCH_WORK"], "rows.pickle").read_bytes())
    return Peer(number, recorded).lifecycle


if __name__ == "__main__":
    with connect() as server:
        server.execute(
            "TRUNCATE cases_case, cases_caseevent, cases_casepayload, cases_casefind, cases_casecounter CASCADE"
        )
        server.execute("CHECKPOINT")
    measure.contest(prepare)
