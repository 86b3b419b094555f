"""The rows of several queues in one statement: each queue is one indexed read, all of them one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from jingban.cases.models import Case
from jingban.cases.querysets import CaseQuerySet

Place = tuple[str, str, str]
"""Region, office, role: the key of a queue."""
_MARKS: Place = ("\0region", "\0office", "\0role")


class Queues:
    """What is narrowed from ``queue`` is compiled once and asked for every place.

    Django takes longer to write the statement of a queue than the database to answer it, and a reviewer of a
    whole region has dozens of queues.
    """

    def __init__(self, wanted: Sequence[Place]) -> None:
        self.wanted = wanted
        region, office, role = _MARKS
        self.queue: CaseQuerySet = Case.objects.queue(region=region, office=office, role=role)

    def sql(self, rows: QuerySet[Case, Any]) -> tuple[str, list[Any]]:
        """What reads the rows of all places, and its parameters; ``rows`` is narrowed from ``queue``."""
        one, params = rows.query.get_compiler(connection=connection).as_sql()
        # Django refuses limits inside a union for SQLite, which takes them in a subquery as PostgreSQL does.
        joined = " UNION ALL ".join(f"SELECT * FROM ({one}) p{n}" for n in range(len(self.wanted)))  # noqa: S608
        return joined, [_placed(value, place) for place in self.wanted for value in params]


def _placed(value: Any, place: Place) -> Any:
    return place[_MARKS.index(value)] if value in _MARKS else value
