"""What open cases mean to change: one row a register field."""

from __future__ import annotations

from django.db import models


class Claim(models.Model):
    """A case means to change this field of this row; ``seen`` is the last change of it when the case was filed.

    Two open cases with the same key are in conflict; a later change by another case stops the effect.
    """

    region = models.CharField("地区", max_length=32)
    case = models.BigIntegerField("办件")
    register = models.CharField("登记册", max_length=24)
    field = models.CharField("栏目", max_length=32, blank=True)
    row = models.BigIntegerField("记录", null=True)
    key = models.BinaryField(max_length=16)
    seen = models.BigIntegerField("当时的末次变动", default=0)

    class Meta:
        verbose_name = "待办变更"
        indexes = [
            models.Index(fields=["key"], name="claim_key"),
            models.Index(fields=["case"], name="claim_case"),
        ]
