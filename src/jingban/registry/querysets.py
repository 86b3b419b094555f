"""Reading the registers as of a day."""

from __future__ import annotations

from datetime import date
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


class PeriodQuerySet(models.QuerySet[M]):
    """Rows with a period."""

    def on(self, day: date) -> Self:
        """In force on the day."""
        return self.filter(Q(start_on__lte=day), Q(end_on__isnull=True) | Q(end_on__gte=day))

    def touching(self, start: date, end: date | None) -> Self:
        """Sharing at least one day with the period; without an end it goes on for ever."""
        found = self.filter(Q(end_on__isnull=True) | Q(end_on__gte=start))
        return found if end is None else found.filter(start_on__lte=end)

    def open(self) -> Self:
        return self.filter(end_on__isnull=True)


class PeriodManager(models.Manager[M]):
    """Spelled out, not made by ``from_queryset``: the type checker loses what that makes in abstract models."""

    def get_queryset(self) -> PeriodQuerySet[M]:
        return PeriodQuerySet(self.model, using=self._db)

    def filter(self, *args: Any, **kwargs: Any) -> PeriodQuerySet[M]:
        return self.get_queryset().filter(*args, **kwargs)

    def exclude(self, *args: Any, **kwargs: Any) -> PeriodQuerySet[M]:
        return self.get_queryset().exclude(*args, **kwargs)

    def on(self, day: date) -> PeriodQuerySet[M]:
        return self.get_queryset().on(day)

    def touching(self, start: date, end: date | None) -> PeriodQuerySet[M]:
        return self.get_queryset().touching(start, end)

    def open(self) -> PeriodQuerySet[M]:
        return self.get_queryset().open()
