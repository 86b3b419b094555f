"""Published versions: each effective item frozen under its content hash, kept for ever."""

from __future__ import annotations

from django.db import models


class PublishedItem(models.Model):
    """One version of one entry. A case keeps the version it began with, whatever is edited later."""

    hash = models.CharField("内容哈希", max_length=64, unique=True)
    region = models.CharField("地区", max_length=32)
    tier = models.CharField("层级", max_length=16)
    item = models.CharField("事项", max_length=48)
    position = models.PositiveSmallIntegerField("顺序")
    name = models.CharField("名称", max_length=120)
    content = models.BinaryField("内容")
    published_at = models.DateTimeField("发布时间")
    is_current = models.BooleanField("现行", default=True)

    class Meta:
        verbose_name = "已发布事项"
        ordering = ["region", "tier", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "tier", "item"],
                condition=models.Q(is_current=True),
                name="one_current_version",
                violation_error_message="同一事项只能有一个现行版本。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.region}/{self.tier}/{self.item}@{self.hash[:12]}"


class OwnPhrase(models.Model):
    """A standard opinion that a region keeps for itself beside those of the national file."""

    region = models.CharField("地区", max_length=32)
    text = models.CharField("内容", max_length=100)
    fits = models.CharField("写在哪里", max_length=24)
    act = models.CharField("只用于", max_length=40, blank=True)
    added_by = models.BigIntegerField("添加人")
    added_at = models.DateTimeField("添加时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = "本地常用意见"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "fits", "act", "text"],
                condition=models.Q(ended_at__isnull=True),
                name="one_phrase_once",
            )
        ]

    def __str__(self) -> str:
        return self.text
