"""The rows of several queues in one statement: each queue is one indexed read, all of them one question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat, StrIndex

from jingban.access.service import Actor
from jingban.cases.models import Case
from jingban.cases.querysets import CaseQuerySet

Place = tuple[str, str, str]
"""Region, office, role: the key of a queue."""
Places = Mapping[Place, frozenset[str]]
"""Queues, and the steps in each that are other people's: a queue goes by the first role of a step, others share it."""
_MARKS = ("\0region", "\0office", "\0role", "\0theirs")
_COLUMNS = ("p.region", "p.office", "p.role", "p.theirs")


class Queues:
    """What is narrowed from ``queue`` is compiled once and asked for every place.

    Django takes longer to write the statement of a queue than the database to answer it, and a reviewer of a
    whole region has dozens of queues.
    """

    def __init__(self, wanted: Places, actor: Actor) -> None:
        self.wanted = [(*place, f",{','.join(sorted(theirs))},") for place, theirs in wanted.items()]
        region, office, role, theirs = _MARKS
        self.queue: CaseQuerySet = Case.objects.queue(region=region, office=office, role=role)
        for bound in actor.bounds:
            self.queue = self.queue.near(*bound)
        if any(wanted.values()):
            step = Concat(Value(","), F("step"), Value(","))
            self.queue = self.queue.alias(theirs=StrIndex(Value(theirs), step)).filter(theirs=0)

    def sql(self, rows: QuerySet[Case, Any]) -> tuple[str, list[Any]]:
        """What reads the rows of all places, and its parameters; ``rows`` is narrowed from ``queue``."""
        one, params = rows.query.get_compiler(connection=connection).as_sql()
        if connection.vendor == "postgresql":
            return self._beside(one, params)
        # Django refuses limits inside a union for SQLite, which takes them in a subquery as PostgreSQL does.
        joined = " UNION ALL ".join(f"SELECT * FROM ({one}) p{n}" for n in range(len(self.wanted)))  # noqa: S608
        return joined, [_placed(value, place) for place in self.wanted for value in params]

    def _beside(self, one: str, params: Sequence[Any]) -> tuple[str, list[Any]]:
        """The same words however many places there are: a union would be planned branch by branch, each time."""
        marked = [_COLUMNS[_MARKS.index(value)] if value in _MARKS else "%s" for value in params]
        beside = "".join(part + mark for part, mark in zip(one.split("%s"), [*marked, ""], strict=True))
        joined = (
            "SELECT q.* FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "  # noqa: S608
            f"AS p(region, office, role, theirs) CROSS JOIN LATERAL ({beside}) q"
        )
        places = [list(column) for column in zip(*self.wanted, strict=True)]
        return joined, [*places, *(value for value in params if value not in _MARKS)]


def _placed(value: Any, place: Sequence[str]) -> Any:
    return place[_MARKS.index(value)] if value in _MARKS else value
