"""A file that somebody uploaded: to a draft first, to its case once that is handed in."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from jingban.core.crypto import open_sealed
from jingban.uploads.files import context_of

_LIVE = Q(removed_at__isnull=True)


class Upload(models.Model):
    """One file. The content lies in the storage, sealed; the row says whose it is and what it is.

    It knows drafts and cases by their ids only: who may see a case is asked at the door.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    region = models.CharField("地区", max_length=32)
    case = models.BigIntegerField("办件", null=True)
    draft = models.UUIDField("草稿", null=True)
    slot = models.CharField("材料", max_length=80)
    sealed_name = models.BinaryField("文件名（加密）")
    stored = models.CharField("存放名", max_length=120, unique=True)
    content_type = models.CharField("类型", max_length=40)
    size = models.PositiveIntegerField("字节数")
    pages = models.PositiveSmallIntegerField("页数")
    sha256 = models.BinaryField("内容哈希", max_length=32)
    quarters = models.PositiveSmallIntegerField("已顺时针旋转的直角数", default=0)
    uploaded_at = models.DateTimeField("上传时间")
    by = models.BigIntegerField("上传人")
    removed_at = models.DateTimeField("撤下时间", null=True)
    removed_by = models.BigIntegerField("撤下人", null=True)

    class Meta:
        verbose_name = "上传的材料"
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "slot", "sha256"],
                condition=_LIVE & Q(draft__isnull=False, case__isnull=True),
                name="one_upload_a_draft_slot",
            ),
            models.UniqueConstraint(
                fields=["case", "slot", "sha256"],
                condition=_LIVE & Q(case__isnull=False),
                name="one_upload_a_case_slot",
            ),
            models.CheckConstraint(
                condition=Q(draft__isnull=False) | Q(case__isnull=False), name="upload_has_a_holder"
            ),
        ]
        indexes = [
            models.Index(fields=["uploaded_at"], name="upload_waiting", condition=Q(case__isnull=True)),
            models.Index(fields=["owner"], name="upload_owner_waiting", condition=Q(case__isnull=True)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def name(self) -> str:
        """The file's name as it was uploaded, cleaned; its ending fits the content."""
        return open_sealed(bytes(self.sealed_name), context=context_of(self.pk, "name"))

    @property
    def is_picture(self) -> bool:
        return self.content_type != "application/pdf"
