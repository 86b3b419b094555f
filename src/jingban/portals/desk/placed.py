"""The rows of several queues in one statement: each queue is one indexed read, all of them one question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
Bound = tuple[frozenset[str], frozenset[str]]
"""Places by name and by the beginning of their names (``Actor.bounds``)."""
_MARKS = ("\0region", "\0office", "\0role", "\0theirs")
_COLUMNS = ("p.region", "p.office", "p.role", "p.theirs")


Narrow = Callable[[CaseQuerySet], QuerySet[Case, Any]]
"""What is asked of every queue."""


class Queues:
    """What is asked is compiled once and asked for every place.

    Django takes longer to write the statement of a queue than the database to answer it, and a reviewer of a
    whole region has dozens of queues. Regions in which somebody has only the cases of some villages or patients of
    an institution are asked apart: that their rows are found by place is a condition of its own, not a choice.
    """

    def __init__(self, wanted: Places, actor: Actor) -> None:
        bounds = {region: (names, beginnings) for region, names, beginnings in actor.bounds}
        parts: dict[Bound | None, dict[Place, frozenset[str]]] = {}
        for place, theirs in wanted.items():
            bound = bounds.get(place[0])
            if bound is None or any(bound):  # of no place: nothing to be found
                parts.setdefault(bound, {})[place] = theirs
        self.parts = [_Part(_queue(bound, places), places) for bound, places in parts.items()]

    def sql(self, narrow: Narrow) -> tuple[str, list[Any]]:
        """What reads the rows of all places, and its parameters; no text where there are none."""
        joined = [part.sql(narrow) for part in self.parts]
        return " UNION ALL ".join(text for text, _ in joined), [v for _, values in joined for v in values]


def _queue(bound: Bound | None, wanted: Places) -> CaseQuerySet:
    region, office, role, theirs = _MARKS
    queue: CaseQuerySet = Case.objects.queue(region=region, office=office, role=role)
    if bound is not None:
        queue = queue.near(*bound)
    if any(wanted.values()):
        step = Concat(Value(","), F("step"), Value(","))
        queue = queue.alias(theirs=StrIndex(Value(theirs), step)).filter(theirs=0)
    return queue


class _Part:
    """Queues that are asked in the same words."""

    def __init__(self, queue: CaseQuerySet, wanted: Places) -> None:
        self.queue = queue
        self.wanted = [(*place, f",{','.join(sorted(theirs))},") for place, theirs in wanted.items()]

    def sql(self, narrow: Narrow) -> tuple[str, list[Any]]:
        one, params = narrow(self.queue).query.get_compiler(connection=connection).as_sql()
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
