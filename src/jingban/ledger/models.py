"""The books: accounts, entries, lines. Append-only; the database itself refuses the rest (``guards``).

There is no draft row. Lines are written first, under the id of an entry that does not exist yet; writing the
entry posts it, and the database checks the sum then. A line whose entry never came cannot be committed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from jingban.ledger.querysets import AccountQuerySet, LineQuerySet

MOST_FEN = 10**15
"""The largest amount of one line; thousands of them still fit 64 bits."""


class Side(models.TextChoices):
    DEBIT = "debit", "借"
    CREDIT = "credit", "贷"


class Kind(models.TextChoices):
    ASSET = "asset", "资产"
    LIABILITY = "liability", "负债"
    INCOME = "income", "收入"
    EXPENSE = "expense", "支出"
    EQUITY = "equity", "净资产"


class Book(models.Model):
    """The books of a region: where the chain ends, and until when they are closed. Its row is the one lock."""

    region = models.CharField("地区", primary_key=True, max_length=32)
    number = models.PositiveBigIntegerField("末号", default=0)
    last_hash = models.BinaryField("末哈希", max_length=32)
    closed_through = models.DateField("已结账至", null=True)

    class Meta:
        verbose_name = "账簿"

    def __str__(self) -> str:
        return self.region


class Account(models.Model):
    """An account and its running balance, counted on its normal side."""

    region = models.CharField("地区", max_length=32)
    code = models.CharField("编号", max_length=64)
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=9, choices=Kind)
    normal_side = models.CharField("余额方向", max_length=6, choices=Side)
    currency = models.CharField("币种", max_length=3, default="CNY")
    owner = models.CharField("户主", max_length=80, blank=True)
    floor_fen = models.BigIntegerField("最低余额（分）", null=True)
    opened_on = models.DateField("启用日")
    closed_on = models.DateField("销户日", null=True)
    closed_by = models.BigIntegerField("销户人", null=True)
    balance_fen = models.BigIntegerField("余额（分）", default=0)
    last_entry = models.ForeignKey("Entry", models.PROTECT, null=True, db_index=False, related_name="+")
    actor = models.BigIntegerField("开户人")
    recorded_at = models.DateTimeField("开户时间")

    objects: ClassVar[AccountQuerySet] = AccountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "科目、账户"
        constraints = [
            models.UniqueConstraint(fields=["region", "code"], name="ledger_one_code"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="ledger_kind_known"),
            models.CheckConstraint(condition=Q(normal_side__in=Side.values), name="ledger_normal_side_known"),
            models.CheckConstraint(condition=Q(currency="CNY"), name="ledger_currency_cny"),
            models.CheckConstraint(
                condition=Q(floor_fen__isnull=True) | Q(floor_fen__lte=0, balance_fen__gte=F("floor_fen")),
                name="ledger_balance_not_below_floor",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on"), balance_fen=0),
                name="ledger_closed_account_empty",
            ),
        ]
        indexes = [models.Index(fields=["owner", "region"], name="ledger_owner", condition=~Q(owner=""))]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Entry(models.Model):
    """One posted entry (分录). ``before`` is the hash of the entry before it, ``hash`` its own."""

    region = models.CharField("地区", max_length=32)
    number = models.PositiveBigIntegerField("凭证号")
    booked_on = models.DateField("记账日期")
    recorded_at = models.DateTimeField("入账时间")
    kind = models.CharField("业务", max_length=40)
    memo = models.CharField("摘要", max_length=200, blank=True)
    reference = models.CharField("业务编号", max_length=120)
    actor = models.BigIntegerField("经办人")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    line_count = models.PositiveIntegerField("行数")
    before = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "分录"
        constraints = [
            models.UniqueConstraint(fields=["region", "number"], name="ledger_one_number"),
            models.UniqueConstraint(fields=["region", "reference"], name="ledger_one_reference"),
            models.CheckConstraint(condition=Q(line_count__gte=2), name="ledger_two_lines"),
            models.CheckConstraint(condition=~Q(reference=""), name="ledger_reference_given"),
        ]
        indexes = [models.Index(fields=["region", "booked_on", "number"], name="ledger_journal")]

    def __str__(self) -> str:
        return f"{self.region} {self.number}"


class Line(models.Model):
    """One line of an entry. ``booked_on`` repeats the entry's, so that a balance needs one index only."""

    pk = models.CompositePrimaryKey("entry_id", "seq")
    entry = models.ForeignKey(Entry, models.PROTECT, db_index=False, related_name="lines")
    seq = models.PositiveIntegerField("行号")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="lines")
    booked_on = models.DateField("记账日期")
    side = models.CharField("方向", max_length=6, choices=Side)
    amount_fen = models.BigIntegerField("金额（分）")

    objects: ClassVar[LineQuerySet] = LineQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "分录行"
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="ledger_side_known"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="ledger_seq_from_one"),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=1, amount_fen__lte=MOST_FEN), name="ledger_amount_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "booked_on", "entry", "seq"],
                include=["side", "amount_fen"],
                name="ledger_statement",
            )
        ]


class ClosedMonth(models.Model):
    """A closing: everything up to ``through`` is final, sealed by the head of the chain at that instant."""

    region = models.CharField("地区", max_length=32)
    through = models.DateField("结账至")
    closed_at = models.DateTimeField("结账时间")
    actor = models.BigIntegerField("结账人")
    number = models.PositiveBigIntegerField("末号")
    last_hash = models.BinaryField("末哈希", max_length=32)

    class Meta:
        verbose_name = "结账"
        constraints = [models.UniqueConstraint(fields=["region", "through"], name="ledger_month_closed_once")]
