"""Numbers that people take in a hall: one row a ticket, nothing personal in it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

WAITING, CALLED, DONE, MISSED = "waiting", "called", "done", "missed"


class Ticket(models.Model):
    """A number of one hall and day. ``window`` and ``called_by`` stand once it was called."""

    region = models.CharField("地区", max_length=32)
    hall = models.CharField("大厅", max_length=48)
    day = models.DateField("日期")
    number = models.PositiveIntegerField("号码")
    state = models.CharField("状态", max_length=8, default=WAITING)
    taken_at = models.DateTimeField("取号时间")
    window = models.CharField("窗口", max_length=12, blank=True)
    called_at = models.DateTimeField("叫号时间", null=True)
    called_by = models.BigIntegerField("叫号人", null=True)
    ended_at = models.DateTimeField("办完或过号时间", null=True)

    class Meta:
        verbose_name = "号票"
        constraints = [
            models.UniqueConstraint(fields=["region", "hall", "day", "number"], name="one_ticket_a_number"),
            models.CheckConstraint(
                condition=Q(state=WAITING, called_at__isnull=True)
                | Q(state__in=(CALLED, DONE, MISSED), called_at__isnull=False),
                name="ticket_called_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["region", "hall", "day", "state", "number"], name="ticket_queue")]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """As it is printed and called: A032."""
        return f"A{self.number:03d}"
