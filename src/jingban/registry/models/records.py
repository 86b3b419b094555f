"""The history of the registers, what was issued from them, and the sheets that move insurance."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Source(models.TextChoices):
    """Where a datum comes from."""

    DECLARED = "declared", "本人或单位申报"
    SHARED = "shared", "数据共享"
    LETTER = "letter", "对方经办机构来函"
    TAX = "tax", "税务部门回传"
    AGENCY = "agency", "经办机构认定"


class Change(models.Model):
    """One change of one register row. Never edited or deleted: the registers' whole history.

    ``before`` and ``after`` are sealed JSON: the value of one field, or (field blank) the row as it was made.
    The value of a field as of a day is the ``after`` of its last change with ``valid_from`` up to that day.
    """

    region = models.CharField("地区", max_length=32)
    register = models.CharField("登记册", max_length=16)
    row = models.BigIntegerField("记录")
    person = models.BigIntegerField("个人", null=True)
    unit = models.BigIntegerField("单位", null=True)
    field = models.CharField("栏目", max_length=32, blank=True)
    before = models.BinaryField(null=True)
    after = models.BinaryField(null=True)
    valid_from = models.DateField("生效日")
    source = models.CharField("来源", max_length=8, choices=Source)
    case = models.BigIntegerField("办件", null=True)
    seq = models.PositiveIntegerField("事件", default=0)
    actor = models.BigIntegerField("经办人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "登记变动"
        indexes = [
            models.Index(
                fields=["person", "id"], name="change_person", condition=models.Q(person__isnull=False)
            ),
            models.Index(fields=["unit", "id"], name="change_unit", condition=models.Q(unit__isnull=False)),
            models.Index(fields=["case", "seq"], name="change_case", condition=models.Q(case__isnull=False)),
            models.Index(fields=["row", "register"], name="change_row"),
        ]


class Counter(models.Model):
    """The last number given of a kind (征缴单、凭证、函)."""

    scope = models.CharField(primary_key=True, max_length=40)
    last = models.PositiveIntegerField(default=0)


class Issued(models.Model):
    """What was issued from the registers (参保凭证、参保信息), as it was then: sealed, with its hash."""

    region = models.CharField("地区", max_length=32)
    number = models.CharField("凭证编号", max_length=40, unique=True)
    kind = models.CharField("种类", max_length=24)
    person = models.BigIntegerField(null=True)
    unit = models.BigIntegerField(null=True)
    case = models.BigIntegerField("办件", null=True)
    body = models.BinaryField("内容")
    hash = models.BinaryField("哈希", max_length=32)
    actor = models.BigIntegerField("经办人")
    issued_at = models.DateTimeField("出具时间")

    class Meta:
        verbose_name = "出具的凭证"
        indexes = [models.Index(fields=["person", "kind", "id"], name="issued_person")]


class TransferSheet(models.Model):
    """A 《信息表》: what one agency says of a person to another. ``body`` is sealed JSON (reference 2.3)."""

    region = models.CharField("地区", max_length=32)
    direction = models.CharField("方向", max_length=3, choices=[("in", "转入"), ("out", "转出")])
    case = models.BigIntegerField("办件")
    person = models.BigIntegerField("个人", null=True)
    letter = models.CharField("函号", max_length=40)
    body = models.BinaryField("内容")
    hash = models.BinaryField("哈希", max_length=32)
    months = models.PositiveIntegerField("缴费月数")
    balance_fen = models.BigIntegerField("个人账户余额（分）")
    received_at = models.DateTimeField("形成或收到时间")

    class Meta:
        verbose_name = "转移信息表"
        constraints = [
            models.UniqueConstraint(fields=["region", "direction", "letter"], name="one_sheet_a_letter")
        ]
        indexes = [models.Index(fields=["case"], name="sheet_case")]


class Identity(models.Model):
    """Whose account a sign-in is: bound to a person by blind index, in whatever region the person is.

    Which colleague bound it stands in the audit (``audit.BOUND``); ``source`` says by what.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    digest = models.BinaryField("号码盲索引", max_length=16)
    name = models.CharField("姓名", max_length=64)
    source = models.CharField("核验方式", max_length=40)
    bound_at = models.DateTimeField("核验时间")

    class Meta:
        verbose_name = "账户实名"
        indexes = [models.Index(fields=["digest"], name="identity_digest")]
