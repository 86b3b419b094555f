"""Reading cases: queues by key, without a count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

if TYPE_CHECKING:
    from jingban.cases.models import Case

PAGE = 30


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases by who may see them and whose turn it is."""

    def open(self) -> CaseQuerySet:
        return self.filter(outcome__isnull=True)

    def queue(self, *, region: str, office: str, role: str) -> CaseQuerySet:
        """Whose turn it is, the most urgent first: one indexed read."""
        return self.open().filter(region=region, office=office, role=role).order_by("due_on", "id")

    def after_key(self, due_on: date, pk: int) -> CaseQuerySet:
        """The page that follows a row of the queue.

        Compared as a pair, so that the index is entered at the row: with OR the pages before it are read too.
        """
        return self.filter(TupleGreaterThan(Tuple(F("due_on"), F("id")), (due_on, pk)))

    def near(self, names: Collection[str], beginnings: Collection[str]) -> CaseQuerySet:
        """Only what is about people or patients of these places; an index of open cases knows them."""
        wanted = Q(place__in=sorted(names))
        for text in sorted(beginnings):
            wanted |= Q(place__startswith=text)
        return self.filter(wanted)

    def of_applicants(self, users: Collection[int]) -> CaseQuerySet:
        """A person's own cases and those that the person files for others, the newest first."""
        return self.filter(applicant__in=users).order_by("-id")
