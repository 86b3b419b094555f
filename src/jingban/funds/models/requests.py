"""What is asked of the fiscal authority, and what is asked back from people."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from jingban.funds.models.money import Fund


class FiscalState(models.TextChoices):
    """asked → granted (the money is on the expenditure account), or declined. A subsidy is granted, then received."""

    ASKED = "asked", "待财政答复"
    GRANTED = "granted", "同意，待到账"
    DONE = "done", "已到账"
    DECLINED = "declined", "已退回"


class FiscalRequest(models.Model):
    """Money asked of the fiscal authority (财政): to the expenditure account, or as a subsidy to the special one."""

    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48)
    kind = models.CharField("种类", max_length=8, choices=[("transfer", "用款"), ("subsidy", "资助参保")])
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    number = models.CharField("申请编号", max_length=35, unique=True)
    parts = models.JSONField("各基金金额（分）")
    total_fen = models.BigIntegerField("合计（分）")
    purpose = models.CharField("用途", max_length=200)
    state = models.CharField("状态", max_length=8, choices=FiscalState, default=FiscalState.ASKED)
    asked_by = models.BigIntegerField("申请人")
    asked_at = models.DateTimeField("申请时间")
    answered_by = models.BigIntegerField("登记答复人", null=True)
    answered_at = models.DateTimeField("登记答复时间", null=True)
    words = models.CharField("财政意见", max_length=200, blank=True)

    class Meta:
        verbose_name = "财政用款申请"
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(case__isnull=False, state__in=["asked", "granted"]),
                name="one_open_request_a_case",
            ),
            models.CheckConstraint(condition=Q(total_fen__gt=0), name="fiscal_amount"),
            models.CheckConstraint(condition=Q(state__in=FiscalState.values), name="fiscal_state"),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("asked_by")),
                name="fiscal_by_two",
                violation_error_message="申请用款的人不能自己登记财政的答复。",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Mode(models.TextChoices):
    """How it comes back (社会保险经办条例 art. 46)."""

    ONCE = "once", "一次退回"
    INSTALMENTS = "instalment", "分期退回"
    SET_OFF = "set-off", "从以后的待遇中抵扣"


class RecoveryState(models.TextChoices):
    PROPOSED = "proposed", "待复核"
    OPEN = "open", "追回中"
    CLOSED = "closed", "已追回"
    DECLINED = "declined", "不予追回"


class Recovery(models.Model):
    """A benefit that was paid too much and is to be returned: proposed by one, agreed to by another."""

    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    person = models.BigIntegerField("人员", null=True)
    cause = models.CharField("事由编号", max_length=80)
    """Which overpayment it is: an adjustment, a benefit that is revoked, or what somebody found. Declined, it may be
    proposed again."""
    is_revocation = models.BooleanField("撤销待遇", default=False)
    """Whether agreeing to it revokes the decision: then all that was paid comes back."""
    parts = models.JSONField("各基金金额（分）")
    total_fen = models.BigIntegerField("合计（分）")
    reason = models.CharField("理由", max_length=200)
    mode = models.CharField("方式", max_length=10, choices=Mode)
    instalment_fen = models.BigIntegerField("每月退回（分）", null=True)
    first_on = models.DateField("首期", null=True)
    state = models.CharField("状态", max_length=8, choices=RecoveryState, default=RecoveryState.PROPOSED)
    proposed_by = models.BigIntegerField("提出人")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.BigIntegerField("复核人", null=True)
    decided_at = models.DateTimeField("复核时间", null=True)

    class Meta:
        verbose_name = "追回多付待遇"
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=~Q(state="declined"), name="one_recovery_a_cause"
            ),
            models.CheckConstraint(
                condition=Q(total_fen__gt=0) | Q(is_revocation=True, total_fen=0), name="recovery_amount"
            ),
            models.CheckConstraint(condition=Q(state__in=RecoveryState.values), name="recovery_state"),
            models.CheckConstraint(
                condition=~Q(mode="instalment")
                | Q(instalment_fen__gt=0, instalment_fen__isnull=False, first_on__isnull=False),
                name="recovery_plan",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="recovery_by_two",
                violation_error_message="提出追回的人不能自己复核。",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="recovery_person", condition=Q(state="open")),
            models.Index(fields=["region", "state", "id"], name="recovery_region"),
        ]


class RecoveryMove(models.Model):
    """Money that came back: paid in, or kept back from a later benefit; ``undone`` where that benefit was undone."""

    recovery = models.ForeignKey(Recovery, models.PROTECT, related_name="moves")
    fund = models.CharField("基金", max_length=10, choices=Fund)
    amount_fen = models.BigIntegerField("金额（分）")
    payable = models.ForeignKey("funds.Payable", models.PROTECT, null=True, related_name="set_offs")
    reference = models.CharField("收款凭证号", max_length=80, blank=True)
    moved_on = models.DateField("日期")
    actor = models.BigIntegerField("经办人")
    undone_on = models.DateField("冲回日", null=True)

    class Meta:
        verbose_name = "追回的款项"
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="move_amount"),
            models.CheckConstraint(
                condition=Q(payable__isnull=False) | ~Q(reference=""), name="move_says_whence"
            ),
            models.UniqueConstraint(
                fields=["recovery", "fund", "reference"],
                condition=~Q(reference=""),
                name="one_receipt_a_recovery",
            ),
        ]


class Notice(models.TextChoices):
    """What a person is told of a recovery; each is a wording of ``notifications.yaml``."""

    ONCE = "recovery-once", "决定追回，一次退回"
    INSTALMENTS = "recovery-instalments", "决定追回，分期退回"
    SET_OFF = "recovery-set-off", "决定追回，从以后的待遇中抵扣"
    REVOKED = "recovery-revoked", "撤销待遇并追回"
    REPAID = "recovery-repaid", "收到退款"
    DONE = "recovery-done", "已全部退回"
    KEPT = "recovery-kept", "从待遇中抵扣"


class RecoveryNotice(models.Model):
    """Something that the person is to be told of a recovery, written with it; ``case`` is the one whose page says more.

    ``is_reached``: whether there was an account or a telephone; nobody reached is told by letter.
    """

    recovery = models.ForeignKey(Recovery, models.PROTECT, related_name="notices")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    kind = models.CharField("告知", max_length=24, choices=Notice)
    at = models.DateTimeField("发生时间")
    told_at = models.DateTimeField("告知时间", null=True)
    is_reached = models.BooleanField("告知到", null=True)

    class Meta:
        verbose_name = "追回的告知"
        constraints = [models.CheckConstraint(condition=Q(kind__in=Notice.values), name="notice_kind")]
        indexes = [
            models.Index(fields=["id"], name="notice_untold", condition=Q(told_at__isnull=True)),
        ]


class Receipt(models.Model):
    """The bank's receipt of money that was paid back: in a region it counts once, for one recovery."""

    region = models.CharField("地区", max_length=32)
    reference = models.CharField("收款凭证号", max_length=80)
    recovery = models.ForeignKey(Recovery, models.PROTECT, related_name="receipts")
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        verbose_name = "退款凭证"
        constraints = [
            models.UniqueConstraint(fields=["region", "reference"], name="one_receipt_a_region"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="receipt_amount"),
        ]


class Shift(models.Model):
    """What a case that was worked out anew moved between the funds (基金间往来): above zero a fund took it over."""

    region = models.CharField("地区", max_length=32)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    cause = models.CharField("事由编号", max_length=80)
    parts = models.JSONField("各基金金额（分）")
    moved_on = models.DateField("日期")
    actor = models.BigIntegerField("经办人")

    class Meta:
        verbose_name = "基金间往来"
        indexes = [models.Index(fields=["region"], name="shift_region")]
