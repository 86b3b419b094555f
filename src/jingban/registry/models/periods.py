"""What all rows with a period share: its days, what may hold only once at a time, and where it comes from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from jingban.registry.models.records import Source
from jingban.registry.querysets import PeriodManager


class Period(models.Model):
    """Holds from ``start_on`` to ``end_on``, both days included; without an end it goes on.

    Two rows of one person (or unit) with the same ``slot`` never share a day: the database refuses it
    (``guards``), whoever writes.
    """

    region = models.CharField("地区", max_length=32)
    slot = models.BigIntegerField("同时只能有一项的类别", default=0)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True)
    source = models.CharField("来源", max_length=8, choices=Source)
    case = models.BigIntegerField("办件", null=True)
    actor = models.BigIntegerField("经办人")
    recorded_at = models.DateTimeField("登记时间")

    objects = PeriodManager()

    class Meta:
        abstract = True


def by_person(name: str) -> models.Index:
    """As-of reads, and on SQLite the search for a row that overlaps; stands in for the index of the foreign key."""
    return models.Index(fields=["person", "slot", "start_on"], name=name)


def search_index(column: str, name: str) -> models.Index:
    """For ``search``: a beginning of the column, in pages. By the order of code points in any locale of PostgreSQL."""
    return models.Index(
        fields=["region", column, "id"],
        name=name,
        opclasses=["varchar_ops", "varchar_pattern_ops", "int8_ops"],
    )


def ends_after_start(name: str) -> models.CheckConstraint:
    """A period has at least one day."""
    return models.CheckConstraint(
        condition=Q(end_on__isnull=True) | Q(end_on__gte=F("start_on")),
        name=name,
        violation_error_message="止期不能早于起期。",
    )
