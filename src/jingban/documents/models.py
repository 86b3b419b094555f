"""Papers as they were issued, and each time that one was printed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class IssuedPaper(models.Model):
    """One paper: frozen content (sealed), the file under its hash, the code by which anybody checks it.

    Of a case it is found by event and kind; of something else by ``subject`` (``levy:ZJ…``) and kind. Nothing of it
    changes but that it may be voided; one issued anew after that names the void one (``replaces``).
    """

    region = models.CharField("地区", max_length=32)
    number = models.CharField("文书编号", max_length=60)
    kind = models.CharField("种类", max_length=48)
    title = models.CharField("名称", max_length=120)
    case = models.BigIntegerField("办件", null=True)
    seq = models.PositiveIntegerField("事件", null=True)
    subject = models.CharField("对象", max_length=80)
    content = models.BinaryField("内容")
    content_digest = models.BinaryField("内容校验值", max_length=32)
    digest = models.BinaryField("文件哈希", max_length=32)
    file = models.CharField("文件", max_length=40)
    code = models.CharField("核验码", max_length=12, unique=True)
    agency = models.CharField("出具机构", max_length=120)
    issued_at = models.DateTimeField("出具时间")
    actor = models.BigIntegerField("经办人")
    rulebook = models.CharField("规则版本", max_length=64)
    template = models.CharField("模板哈希", max_length=64)
    signer = models.CharField("签名证书", max_length=120)
    is_test = models.BooleanField("测试证书", default=False)
    handwritten = models.BooleanField("有手写备注", default=False)
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_by = models.BigIntegerField("作废人", null=True)
    void_reason = models.CharField("作废原因", max_length=300, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", verbose_name="代替")

    class Meta:
        verbose_name = "出具的文书"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "seq", "kind"],
                condition=Q(case__isnull=False, voided_at__isnull=True),
                name="one_paper_an_event",
            ),
            models.UniqueConstraint(
                fields=["region", "subject", "kind"],
                condition=Q(case__isnull=True, voided_at__isnull=True),
                name="one_paper_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by__isnull=True)
                | Q(voided_at__isnull=False, voided_by__isnull=False),
                name="paper_voided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="paper_number"),
            models.Index(fields=["digest"], name="paper_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None

    @property
    def mark(self) -> str:
        """The eight signs that stand on the paper, to compare with the public page."""
        return bytes(self.content_digest).hex()[:8]


class PaperPrint(models.Model):
    """One time that the file was handed out; all after the first are reprints."""

    paper = models.ForeignKey(IssuedPaper, models.PROTECT, related_name="prints")
    actor = models.BigIntegerField("打印人")
    at = models.DateTimeField("打印时间")

    class Meta:
        verbose_name = "文书打印记录"


class Sweep(models.Model):
    """Up to which instant the timer has issued what cases gave out."""

    until = models.DateTimeField("已出具到")

    class Meta:
        verbose_name = "文书自动出具进度"
