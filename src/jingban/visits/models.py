"""What village and township workers write down when they call on people or help them: one row a visit."""

from __future__ import annotations

import json
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Q

from jingban.core.crypto import open_sealed


class Visit(models.Model):
    """One visit. The mark is made where it is written down, so that sending it twice is sending it once.

    Who was visited and what was said is sealed; photographs are uploads that wait under the same mark.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="visits"
    )
    region = models.CharField("地区", max_length=32)
    place = models.CharField("村（社区）或乡镇（街道）", max_length=64, blank=True)
    tier = models.CharField("层级", max_length=16, blank=True)
    item = models.CharField("事项", max_length=48, blank=True)
    how = models.CharField(
        "方式",
        max_length=8,
        choices=[("called", "上门走访"), ("present", "本人到场"), ("mandate", "受托代办")],
    )
    body = models.BinaryField("内容（加密）")
    visited_at = models.DateTimeField("走访时间")
    recorded_at = models.DateTimeField("收到时间")
    closed_at = models.DateTimeField("了结时间", null=True)

    class Meta:
        verbose_name = "走访"
        indexes = [
            models.Index(fields=["worker", "-visited_at", "id"], name="visit_worker"),
            models.Index(fields=["worker", "id"], name="visit_open", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def words(self) -> dict[str, str]:
        """What is sealed, opened: name, id_number, phone, said, agent, proof; of a closed one note or case."""
        return cast("dict[str, str]", json.loads(open_sealed(bytes(self.body), context=self.context)))

    @property
    def told(self) -> str:
        """What became of it, in the worker's words."""
        return self.words.get("note", "")

    @property
    def case(self) -> str:
        """The number of the case that it became."""
        return self.words.get("case", "")

    @property
    def context(self) -> bytes:
        """Where the sealed text belongs; moved to another row it does not open."""
        return f"visit:{self.pk}".encode()
