"""What goes to the bank, what comes back, and whether both sides agree."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Own(models.TextChoices):
    """The agency's own bank accounts that money leaves from."""

    EXPENDITURE = "expenditure", "支出户"
    PERSONAL = "personal", "个人账户基金存款户"


class PayingAccount(models.Model):
    """One of them, in force for a period; the number is sealed."""

    region = models.CharField("地区", max_length=32)
    kind = models.CharField("账户", max_length=11, choices=Own)
    name = models.CharField("户名", max_length=80)
    bank = models.CharField("开户行", max_length=80)
    number = models.BinaryField("账号（加密）")
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True)
    actor = models.BigIntegerField("登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "付款账户"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind"], condition=Q(end_on__isnull=True), name="one_paying_account"
            ),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=F("start_on")),
                name="paying_account_period",
                violation_error_message="止期不能早于起期。",
            ),
        ]


class BatchState(models.TextChoices):
    """made → checked (above the limit) → approved → sent, or cancelled before it is sent."""

    MADE = "made", "待复核"
    CHECKED = "checked", "待负责人审批"
    APPROVED = "approved", "已批准，待送银行"
    SENT = "sent", "已送银行"
    CANCELLED = "cancelled", "已撤销"


class Batch(models.Model):
    """Payments that go to the bank together (拨付批次). No two of maker, checker and head are one person."""

    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48)
    number = models.CharField("批次号", max_length=35)
    state = models.CharField("状态", max_length=9, choices=BatchState, default=BatchState.MADE)
    count = models.PositiveIntegerField("笔数")
    total_fen = models.BigIntegerField("合计（分）")
    needs_head = models.BooleanField("超过复核限额", default=False)
    made_by = models.BigIntegerField("组批人")
    made_at = models.DateTimeField("组批时间")
    checked_by = models.BigIntegerField("复核人", null=True)
    checked_at = models.DateTimeField("复核时间", null=True)
    headed_by = models.BigIntegerField("审批人", null=True)
    headed_at = models.DateTimeField("审批时间", null=True)
    sent_by = models.BigIntegerField("送银行经办人", null=True)
    sent_at = models.DateTimeField("送银行时间", null=True)
    reason = models.CharField("撤销的原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "拨付批次"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="one_batch_number"),
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state"),
            models.CheckConstraint(condition=Q(total_fen__gte=0, count__gte=0), name="batch_total"),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")),
                name="batch_checked_by_another",
                violation_error_message="组批的人不能自己复核。",
            ),
            models.CheckConstraint(
                condition=Q(headed_by__isnull=True)
                | (~Q(headed_by=F("made_by")) & ~Q(headed_by=F("checked_by"))),
                name="batch_headed_by_a_third",
                violation_error_message="组批、复核、审批应由三个人办理。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "sent"])
                | (Q(checked_by__isnull=False) & (Q(needs_head=False) | Q(headed_by__isnull=False))),
                name="batch_approved_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="batch_sent_when"
            ),
        ]
        indexes = [models.Index(fields=["region", "state", "id"], name="batch_open")]

    def __str__(self) -> str:
        return self.number


class FileKind(models.TextChoices):
    PAIN = "pain.001", "ISO 20022 pain.001"
    CSV = "csv", "CSV 批量付款文件"


class BankFile(models.Model):
    """The file of a batch as it was made, sealed: sent again it is the same, and the bank drops doubles by its id."""

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="file")
    kind = models.CharField("格式", max_length=8, choices=FileKind)
    message_id = models.CharField("报文编号", max_length=35, unique=True)
    content = models.BinaryField("内容（加密）")
    digest = models.BinaryField("摘要", max_length=32)
    made_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = "银行付款文件"


class BankReturn(models.Model):
    """A file of the bank's answers, sealed as it came; the same file again is the same row."""

    region = models.CharField("地区", max_length=32)
    kind = models.CharField("格式", max_length=8)
    message_id = models.CharField("报文编号", max_length=64, blank=True)
    content = models.BinaryField("内容（加密）")
    digest = models.BinaryField("摘要", max_length=32)
    line_count = models.PositiveIntegerField("行数")
    received_by = models.BigIntegerField("登记人")
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "银行回执文件"
        constraints = [models.UniqueConstraint(fields=["region", "digest"], name="one_return_file")]


class LineState(models.TextChoices):
    WAITING = "waiting", "待办理"
    APPLIED = "applied", "已入账"
    NOTED = "noted", "银行处理中"
    REFUSED = "refused", "未入账"


class ReturnLine(models.Model):
    """One answer of the bank, and what became of it; nothing that came is lost."""

    bank_return = models.ForeignKey(BankReturn, models.PROTECT, related_name="lines", db_index=False)
    number = models.PositiveIntegerField("行号")
    end_to_end_id = models.CharField("笔号", max_length=64)
    result = models.CharField("结果", max_length=8)
    amount_fen = models.BigIntegerField("金额（分）", null=True)
    reason = models.CharField("原因", max_length=200, blank=True)
    bank_reference = models.CharField("银行流水号", max_length=64, blank=True)
    state = models.CharField("状态", max_length=7, choices=LineState, default=LineState.WAITING)
    why = models.CharField("说明", max_length=300, blank=True)
    payment = models.ForeignKey("funds.Payment", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "银行回执行"
        constraints = [
            models.UniqueConstraint(fields=["bank_return", "number"], name="return_line"),
            models.CheckConstraint(condition=Q(state__in=LineState.values), name="return_line_state"),
        ]
        indexes = [
            models.Index(
                fields=["bank_return", "number"], name="return_waiting", condition=Q(state="waiting")
            )
        ]


class Reconciliation(models.Model):
    """One day of one own account held against the bank's statement."""

    region = models.CharField("地区", max_length=32)
    account = models.CharField("账户", max_length=11, choices=Own)
    day = models.DateField("日期")
    opening_fen = models.BigIntegerField("银行期初（分）")
    in_fen = models.BigIntegerField("银行收入（分）")
    out_fen = models.BigIntegerField("银行支出（分）")
    closing_fen = models.BigIntegerField("银行期末（分）")
    book_fen = models.BigIntegerField("账面期末（分）")
    is_even = models.BooleanField("相符")
    done_by = models.BigIntegerField("对账人")
    done_at = models.DateTimeField("对账时间")
    explained_by = models.BigIntegerField("说明人", null=True)
    explained_at = models.DateTimeField("说明时间", null=True)
    explanation = models.CharField("差异说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "银行对账"
        constraints = [
            models.UniqueConstraint(fields=["region", "account", "day"], name="one_reconciliation_a_day"),
            models.CheckConstraint(
                condition=Q(explained_by__isnull=True) | ~Q(explained_by=F("done_by")),
                name="reconciliation_by_two",
                violation_error_message="对账的人不能自己认可差异。",
            ),
        ]


class StatementItem(models.Model):
    """What only one side knows (未达账项), until the other side catches up."""

    region = models.CharField("地区", max_length=32)
    account = models.CharField("账户", max_length=11, choices=Own)
    side = models.CharField(
        "哪一方", max_length=4, choices=[("ours", "账上有、银行没有"), ("bank", "银行有、账上没有")]
    )
    day = models.DateField("日期")
    reference = models.CharField("参考号", max_length=120, blank=True)
    text = models.CharField("摘要", max_length=200, blank=True)
    change_fen = models.BigIntegerField("收入为正、支出为负（分）")
    opened_in = models.ForeignKey(Reconciliation, models.CASCADE, related_name="items")
    settled_in = models.ForeignKey(Reconciliation, models.SET_NULL, null=True, related_name="settled")

    class Meta:
        verbose_name = "未达账项"
        constraints = [
            models.CheckConstraint(condition=~Q(change_fen=0), name="statement_item_amount"),
            models.CheckConstraint(condition=Q(side__in=["ours", "bank"]), name="statement_item_side"),
        ]
        indexes = [
            models.Index(
                fields=["region", "account", "day"],
                name="statement_open",
                condition=Q(settled_in__isnull=True),
            )
        ]
