"""Rosters: a spreadsheet of employees or residents, one case with its lines."""

from __future__ import annotations

from django.db import models


class Roster(models.Model):
    """An uploaded spreadsheet. The same file of the same place twice is the same roster."""

    region = models.CharField("地区", max_length=32)
    kind = models.CharField(
        "种类", max_length=8, choices=[("unit", "单位职工"), ("village", "村（社区）居民")]
    )
    holder = models.CharField("单位信用代码或村（社区）", max_length=64)
    digest = models.BinaryField("文件摘要", max_length=32)
    name = models.CharField("文件名", max_length=120)
    status = models.CharField(
        "状态",
        max_length=8,
        default="checking",
        choices=[("checking", "核对中"), ("checked", "已核对"), ("taking", "登记中"), ("done", "已登记")],
    )
    lines_total = models.PositiveIntegerField("行数", default=0)
    lines_good = models.PositiveIntegerField("可登记", default=0)
    lines_bad = models.PositiveIntegerField("有误", default=0)
    lines_done = models.PositiveIntegerField("已登记", default=0)
    lines_same = models.PositiveIntegerField("无变化", default=0)
    read_to = models.PositiveIntegerField("核对到第几行", default=0)
    case = models.BigIntegerField("办件", null=True)
    actor = models.BigIntegerField("经办人")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "名册"
        constraints = [
            models.UniqueConstraint(fields=["region", "kind", "holder", "digest"], name="one_roster_a_file")
        ]


class RosterLine(models.Model):
    """One line: sealed as it was read, what is wrong with it, and whom it became."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="lines", db_index=False)
    line = models.PositiveIntegerField("行号")
    body = models.BinaryField("内容")
    status = models.CharField(
        "状态",
        max_length=8,
        choices=[("good", "可登记"), ("bad", "有误"), ("done", "已登记"), ("same", "无变化")],
    )
    why = models.CharField("说明", max_length=300, blank=True)
    person = models.BigIntegerField("个人", null=True)

    class Meta:
        verbose_name = "名册行"
        constraints = [models.UniqueConstraint(fields=["roster", "line"], name="one_row_a_line")]

    @property
    def region(self) -> str:
        return self.roster.region
