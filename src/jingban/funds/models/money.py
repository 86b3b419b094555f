"""What is owed, and each attempt to pay it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from jingban.core.insurance import FUNDS


class Fund(models.TextChoices):
    """Whose money it is; each is accounted for by itself (社会保险法 art. 64: 分账核算)."""

    EMPLOYEE = "employee", FUNDS["employee"].full
    SUPPLEMENT = "supplement", FUNDS["supplement"].full
    CIVIL = "civil", FUNDS["civil"].full
    ENTERPRISE = "enterprise", FUNDS["enterprise"].full
    RESIDENT = "resident", FUNDS["resident"].full
    SERIOUS = "serious", FUNDS["serious"].full
    MATERNITY = "maternity", FUNDS["maternity"].full
    AID = "aid", FUNDS["aid"].full
    REWARD = "reward", FUNDS["reward"].full
    PERSONAL = "personal", FUNDS["personal"].full


class Why(models.TextChoices):
    """What the money is owed for; the first and the last are worked out by ``benefits``."""

    DECISION = "decision", "待遇核定"
    WITHDRAWAL = "withdrawal", "个人账户一次性支取"
    REFUND = "refund", "转出返还个人账户余额"
    TRANSFER = "transfer", "划转个人账户余额"
    SUPPLEMENT = "supplement", "重新核定补付"


class Attempt(models.TextChoices):
    """prepared → approved → sent → paid or bounced; before it is sent it may be cancelled."""

    PREPARED = "prepared", "待组批或待复核"
    APPROVED = "approved", "已复核"
    SENT = "sent", "已送银行"
    PAID = "paid", "已付"
    BOUNCED = "bounced", "银行退回"
    CANCELLED = "cancelled", "已撤销"


LIVE = ("prepared", "approved", "sent", "paid")
"""A subject has one payment in these states: what was paid is not paid again."""


class Counter(models.Model):
    """The last number given in a scope: batches of a day, serials of a fund and year. No gaps."""

    scope = models.CharField(primary_key=True, max_length=64)
    last = models.PositiveBigIntegerField(default=0)


class Payable(models.Model):
    """What is owed for one subject, by fund. ``turn`` counts anew each time it is worked out again."""

    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48)
    item = models.CharField("事项", max_length=48)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    subject = models.CharField("款项", max_length=80)
    turn = models.PositiveSmallIntegerField("次数", default=1)
    why = models.CharField("依据", max_length=10, choices=Why)
    parts = models.JSONField("各基金金额（分）")
    total_fen = models.BigIntegerField("合计（分）")
    decision = models.BigIntegerField("核定", null=True)
    person = models.BigIntegerField("人员", null=True)
    owed_on = models.DateField("记应付日")
    actor = models.BigIntegerField("经办人")
    reversed_on = models.DateField("冲回日", null=True)
    paid_on = models.DateField("付清日", null=True)

    class Meta:
        verbose_name = "应付款"
        constraints = [
            models.UniqueConstraint(fields=["subject", "turn"], name="payable_turn"),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(reversed_on__isnull=True), name="one_payable_a_subject"
            ),
            models.CheckConstraint(condition=Q(total_fen__gte=0), name="payable_amount"),
            models.CheckConstraint(condition=Q(why__in=Why.values), name="payable_why"),
            models.CheckConstraint(
                condition=Q(reversed_on__isnull=True) | Q(paid_on__isnull=True), name="payable_paid_stands"
            ),
        ]
        indexes = [
            models.Index(
                fields=["region", "owed_on"],
                name="payable_open",
                condition=Q(reversed_on__isnull=True, paid_on__isnull=True),
            ),
            models.Index(fields=["case"], name="payable_case"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.total_fen}"


class Payment(models.Model):
    """One attempt to pay what is owed. ``payee`` is sealed for this attempt only."""

    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48)
    item = models.CharField("事项", max_length=48)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    payable = models.ForeignKey(Payable, models.PROTECT, related_name="payments")
    subject = models.CharField("款项", max_length=80)
    attempt = models.PositiveSmallIntegerField("第几次")
    why = models.CharField("依据", max_length=10, choices=Why)
    amount_fen = models.BigIntegerField("金额（分）")
    payee = models.BinaryField("收款人（加密）")
    state = models.CharField("状态", max_length=9, choices=Attempt, default=Attempt.PREPARED)
    prepared_by = models.BigIntegerField("经办人")
    prepared_at = models.DateTimeField("提出时间")
    batch = models.ForeignKey("funds.Batch", models.PROTECT, null=True, related_name="payments")
    end_to_end_id = models.CharField("笔号", max_length=35, null=True, unique=True)
    answered_at = models.DateTimeField("回执时间", null=True)
    bank_reference = models.CharField("银行流水号", max_length=64, blank=True)
    reason = models.CharField("退回或撤销的原因", max_length=200, blank=True)
    is_restored = models.BooleanField("退回款已转回应付", default=False)
    """Whether what bounced is owed again: the money lies on the account of what was returned until then."""

    class Meta:
        verbose_name = "付款"
        constraints = [
            models.UniqueConstraint(fields=["subject", "attempt"], name="payment_attempt"),
            models.UniqueConstraint(fields=["subject"], condition=Q(state__in=LIVE), name="one_live_payment"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="payment_amount"),
            models.CheckConstraint(condition=Q(state__in=Attempt.values), name="payment_state"),
            models.CheckConstraint(condition=Q(why__in=Why.values), name="payment_why"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "sent", "paid", "bounced"]) | Q(batch__isnull=False),
                name="payment_in_batch",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "paid", "bounced"]) | Q(end_to_end_id__isnull=False),
                name="payment_sent_has_id",
            ),
            models.CheckConstraint(
                condition=Q(is_restored=False) | Q(state="bounced"), name="payment_restored_bounced"
            ),
        ]
        indexes = [
            models.Index(
                fields=["region", "office", "id"],
                name="payment_to_batch",
                condition=Q(state="prepared", batch__isnull=True),
            ),
            models.Index(fields=["case"], name="payment_case"),
            models.Index(
                fields=["region", "state", "id"],
                name="payment_open",
                condition=Q(state__in=["prepared", "approved", "sent", "bounced"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}/{self.attempt}"


class PaymentPart(models.Model):
    """What one fund pays of a payment; its serial (基金流水号) is given when the batch is sent."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="parts")
    region = models.CharField("地区", max_length=32)
    fund = models.CharField("基金", max_length=10, choices=Fund)
    amount_fen = models.BigIntegerField("金额（分）")
    year = models.PositiveSmallIntegerField("年", null=True)
    serial = models.PositiveBigIntegerField("基金流水号", null=True)

    class Meta:
        verbose_name = "付款的基金构成"
        constraints = [
            models.UniqueConstraint(fields=["payment", "fund"], name="one_part_a_fund"),
            models.UniqueConstraint(fields=["region", "fund", "year", "serial"], name="one_serial_a_fund"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="part_amount"),
            models.CheckConstraint(condition=Q(fund__in=Fund.values), name="part_fund"),
            models.CheckConstraint(
                condition=Q(year__isnull=True, serial__isnull=True)
                | Q(year__isnull=False, serial__isnull=False),
                name="part_serial_whole",
            ),
        ]


class PayeeCorrection(models.Model):
    """An account for what is owed in a case that has ended: proposed by one, agreed to by another.

    ``payment`` is the last attempt, which bounced; none where what was worth nothing is owed since it was worked out anew.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="corrections")
    region = models.CharField("地区", max_length=32)
    subject = models.CharField("款项", max_length=80)
    attempt = models.PositiveSmallIntegerField("用于第几次付款")
    payee = models.BinaryField("收款人（加密）")
    reason = models.CharField("理由", max_length=200)
    proposed_by = models.BigIntegerField("提出人")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.BigIntegerField("复核人", null=True)
    decided_at = models.DateTimeField("复核时间", null=True)
    is_agreed = models.BooleanField("同意", null=True)

    class Meta:
        verbose_name = "更正收款账户"
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(decided_at__isnull=True), name="one_open_correction"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="correction_by_two",
                violation_error_message="提出更正的人不能自己复核。",
            ),
        ]
