"""What a case costs on disk, and how long a page of a queue of a million takes, within the database."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import connection

from jingban.cases.models import Case, CaseEvent
from jingban.cases.querysets import PAGE

CASE_TABLES = ("cases_case", "cases_caseevent", "cases_casefind", "cases_casecounter", "cases_message")
FORM_TABLES = ("cases_casepayload",)
_SIZES = """
    SELECT pg_relation_size(c.oid), pg_indexes_size(c.oid), COALESCE(pg_total_relation_size(t.oid), 0)
    FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.relname = %s"""
_MANY = """
    INSERT INTO cases_case (region, office, tier, item, version_id, process, number, query_code, channel,
        applicant_id, opened_at, seq, last_hash, step, outcome, role, assignee_id, due_on, timer_at, state)
    SELECT region, CASE WHEN g %% 10 = 0 THEN 'elsewhere' ELSE office END, tier, item, version_id, process,
        substr(number, 1, 22) || lpad(g::text, 8, '0'), query_code, channel,
        applicant_id, opened_at, seq, last_hash, step, outcome, role, assignee_id,
        date '2026-03-02' + (g::bigint * 7919 %% 60)::int, timer_at, state
    FROM cases_case, generate_series(1, %s) g WHERE id = %s"""


def sizes() -> dict[str, Any]:
    """Bytes a case after VACUUM, and after VACUUM FULL: without what updates leave behind."""
    cases, events = Case.objects.count(), CaseEvent.objects.count()
    found: dict[str, Any] = {"cases": cases, "events_per_case": events / cases}
    for how, command in (("vacuum", "VACUUM ANALYZE"), ("vacuum_full", "VACUUM FULL")):
        _execute(command)
        tables = {name: [part / cases for part in _size(name)] for name in (*CASE_TABLES, *FORM_TABLES)}
        found[how] = {
            "tables": tables,
            "case": sum(sum(tables[name]) for name in CASE_TABLES),
            "form": sum(sum(tables[name]) for name in FORM_TABLES),
        }
    return found


def _size(table: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [table])
        return tuple(cursor.fetchone())


def _execute(sql: str, values: Iterable[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values) or None)


def fill(model: Case, rows: int) -> None:
    """So many open cases like this one; nine of ten in its own queue, due within sixty days."""
    _execute(_MANY, [rows, model.pk])
    _execute("VACUUM ANALYZE cases_case")


def queue_pages(model: Case) -> dict[str, dict[str, float]]:
    """Median and worst of twenty: the first page, one in the middle, one at the end."""
    queue = Case.objects.queue(region=model.region, office=model.office, role=model.role)
    length = queue.count()
    pages: dict[str, dict[str, float]] = {"queue": {"length": length}}
    for name, at in (("first", None), ("middle", length // 2), ("deep", length - 2 * PAGE)):
        page = queue if at is None else queue.after_key(*_key(queue, at))
        assert len(page[:PAGE]) == PAGE
        times = [_milliseconds(page[:PAGE]) for _ in range(20)]
        pages[name] = {"median_ms": statistics.median(times), "worst_ms": max(times)}
    return pages


def _key(queue: Any, at: int) -> tuple[date, int]:
    row: tuple[date, int] = queue.values_list("due_on", "id")[at]
    return row


def _milliseconds(page: Any) -> float:
    """Planning and execution as PostgreSQL measures them, every column fetched."""
    lines = page.explain(analyze=True, timing=False).splitlines()
    told = {line.split(":")[0]: line for line in lines if "Time:" in line}
    number: Callable[[str], float] = lambda line: float(line.split(":")[1].split()[0])  # noqa: E731
    return number(told["Execution Time"]) + number(told["Planning Time"])
