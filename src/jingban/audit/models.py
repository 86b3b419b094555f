"""Who read, searched or was refused: append-only and chained."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One thing worth remembering; ``before`` is the hash of the entry before it."""

    at = models.DateTimeField("时间")
    actor = models.BigIntegerField("用户")
    kind = models.CharField("类别", max_length=16)
    subject = models.CharField("对象", max_length=80)
    detail = models.CharField("说明", max_length=300, blank=True)
    before = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "审计记录"
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "id"]), models.Index(fields=["actor", "id"])]
        constraints = [models.UniqueConstraint(fields=["before"], name="audit_one_chain")]
