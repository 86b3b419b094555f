"""Our own side: every step through ``jingban.cases.actions``, as the pages call it.

What a page reads once a request (session, user, roles) is read before the clock starts: an ``Actor``.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

django.setup()

import measure
import workload
from django.db import connection

from jingban.access.models import User
from jingban.access.service import Actor, Held
from jingban.cases import actions
from jingban.cases.materials import required_of
from jingban.cases.view import CaseView
from jingban.core.localtime import SHANGHAI
from jingban.processes import conflicts, effects
from jingban.rulebook import publish
from jingban.rulebook.models import PublishedItem
from jingban.walk.answers import answers_for

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
TABLES = "cases_case, cases_caseevent, cases_casepayload, cases_casefind, cases_casecounter, cases_message"
_HOUR = timedelta(hours=1)
# The engine alone is measured: what the domain apps hang on a case has benches of its own.
for hooks in (effects.REGISTRY, effects.FILED, effects.BEFORE, conflicts.CONFLICTS):
    hooks.clear()
Watch = Callable[[CaseView], None]


class Entry:
    """A published entry, its staff, and what each act of the standard procedure carries."""

    def __init__(self, number: int, version: int) -> None:
        item = publish.version(version).item
        required = sorted(required_of(item, frozenset(), "window"))
        self.version = version
        self.form = answers_for(item, {})
        self.clerk = Actor(workload.FIRST_CLERK + number, "窗口", (Held("window", item.region, ""),))
        self.reviewer = Actor(workload.FIRST_REVIEWER + number, "审核", (Held("reviewer", item.region, ""),))
        self.data: dict[str, dict[str, Any]] = {
            "accept": {"checklist": required},
            "notify": {"missing_materials": required},
            "resubmit": {"brought_materials": required},
            "approve": {},
            "refuse": {"reason": workload.REASON, "basis": workload.BASIS},
        }

    def whose(self, act: str, applicant: Actor) -> Actor:
        """Who does the act."""
        if act == "resubmit":
            return applicant
        return self.clerk if act in ("accept", "notify") else self.reviewer


@dataclass
class Office:
    """One process at work: the published entries in turn, one applicant after the other."""

    number: int
    entries: list[Entry]
    applicants: list[int]
    watch: Watch = field(default=lambda view: None)

    def lifecycle(self, count: int) -> None:
        """One case from its application to its end."""
        entry = self.entries[workload.entry_of(self.number, count, len(self.entries))]
        place = (self.number * 61 + count) % len(self.applicants)
        applicant = Actor(self.applicants[place], "申请人")
        application = actions.Application(answers={**entry.form, **workload.form(place)})
        now = BEGIN
        view = actions.apply(
            version=entry.version, application=application, actor=applicant, key=uuid4(), now=now
        )
        self.watch(view)
        for act in workload.STEPS[workload.kind_of(count)][1:]:
            now += _HOUR
            view = actions.act(
                case_id=view.id, act=act, data=entry.data[act], actor=entry.whose(act, applicant),
                seen=view.seq, key=uuid4(), now=now,
            )  # fmt: skip
            self.watch(view)


def office(number: int) -> Office:
    """The work of one process, on a connection of its own."""
    connection.close()
    versions = PublishedItem.objects.filter(is_current=True).order_by("pk").values_list("pk", flat=True)
    applicants = list(User.objects.order_by("pk").values_list("pk", flat=True))
    return Office(number, [Entry(number, pk) for pk in versions], applicants)


def record() -> list[dict[str, list[dict[str, Any]]]]:
    """What each kind of lifecycle writes in each entry, step by step: the rows that the raw peer writes again."""
    told: list[dict[str, list[dict[str, Any]]]] = []
    desk = office(0)
    entries = desk.entries
    for entry in entries:
        desk.entries = [entry]
        told.append({})
        for kind in workload.STEPS:
            steps = told[-1][kind] = []
            desk.watch = lambda view, steps=steps: steps.append(_rows(view))  # type: ignore[misc]
            desk.lifecycle(workload.MIX.index(kind))
    return told


def _rows(view: CaseView) -> dict[str, Any]:
    place = "WHERE case_id = %s AND seq = %s"
    return {
        "case": _dicts("SELECT * FROM cases_case WHERE id = %s", [view.id])[0],
        "event": _dicts(f"SELECT * FROM cases_caseevent {place}", [view.id, view.seq])[0],
        "payload": _dicts(f"SELECT * FROM cases_casepayload {place}", [view.id, view.seq]),
        "finds": _dicts("SELECT * FROM cases_casefind WHERE case_id = %s", [view.id]),
        "scope": view.number.rpartition("-")[0],
    }


def _dicts(sql: str, values: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def empty() -> None:
    """Every run begins with empty tables and no checkpoint owing."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE")
        cursor.execute("CHECKPOINT")


if __name__ == "__main__":
    empty()
    if "--record" in sys.argv:
        Path(os.environ["JINGBAN_BENCH_WORK"], "rows.pickle").write_bytes(pickle.dumps(record()))
    else:
        measure.contest(lambda number: office(number).lifecycle)
