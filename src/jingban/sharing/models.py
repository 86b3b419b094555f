"""Registers of other departments as the demo and the tests simulate them; a real one is reached over its own line."""

from __future__ import annotations

from django.db import models


class SimulatedRecord(models.Model):
    """What a simulated register knows of one number: sealed JSON, found by blind index."""

    register = models.CharField("登记", max_length=32)
    digest = models.BinaryField("号码盲索引", max_length=16)
    body = models.BinaryField("内容")

    class Meta:
        verbose_name = "模拟共享数据"
        constraints = [models.UniqueConstraint(fields=["register", "digest"], name="one_record_a_number")]
