"""Other agencies with their keys, and every letter that went out or came in."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

LOCAL = "local"
"""The address of an agency whose region is of this installation."""


class Agency(models.Model):
    """An agency that letters go to and come from. Regions of this installation need no row."""

    code = models.CharField("机构代码", max_length=32, unique=True)
    name = models.CharField("机构名称", max_length=80)
    admin_code = models.CharField("行政区划代码", max_length=6)
    url = models.CharField("接收地址", max_length=200, blank=True)
    payee = models.CharField("收款户名", max_length=80, blank=True)
    bank = models.CharField("开户行", max_length=80, blank=True)
    account = models.CharField("账号", max_length=32, blank=True)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "经办机构"
        indexes = [models.Index(fields=["admin_code"], name="agency_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=models.F("start_on")),
                name="agency_period",
                violation_error_message="止期不能早于起期。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class AgencyKey(models.Model):
    """A public key of another agency, in force for a period; two at once while it changes its key."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="keys")
    key = models.CharField("公钥编号", max_length=16)
    text = models.CharField("公钥", max_length=120)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True)

    class Meta:
        verbose_name = "机构公钥"
        constraints = [
            models.UniqueConstraint(fields=["agency", "key"], name="one_row_a_key"),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=models.F("start_on")),
                name="agency_key_period",
                violation_error_message="止期不能早于起期。",
            ),
        ]


class Direction(models.TextChoices):
    OUT = "out", "发出"
    IN = "in", "收到"


class State(models.TextChoices):
    """Outgoing: waiting → sent (refused or unmatched where the other side says so), or paper → sent.

    Incoming: received → applied, refused or unmatched.
    """

    WAITING = "waiting", "待发"
    PAPER = "paper", "待打印寄出"
    SENT = "sent", "已发出"
    RECEIVED = "received", "已收到"
    APPLIED = "applied", "已办理"
    REFUSED = "refused", "退回"
    UNMATCHED = "unmatched", "待核对"


class Letter(models.Model):
    """One letter, as it was signed. ``envelope`` is the sealed whole; nothing in it is ever changed."""

    uuid = models.UUIDField("标识")
    direction = models.CharField("方向", max_length=3, choices=Direction)
    kind = models.CharField("种类", max_length=24)
    version = models.PositiveSmallIntegerField("版本")
    from_code = models.CharField("发函机构", max_length=32)
    to_code = models.CharField("收函机构", max_length=32, blank=True)
    party = models.CharField("对方名称", max_length=80)
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="letters")
    number = models.CharField("函号", max_length=40)
    refers_to = models.ForeignKey("self", models.PROTECT, null=True, related_name="answers")
    person = models.BinaryField("证件号码盲索引", max_length=16, null=True)
    result = models.CharField("结果", max_length=12, blank=True)
    envelope = models.BinaryField("内容")
    signature = models.BinaryField("签名", max_length=96)
    digest = models.BinaryField("摘要", max_length=32)
    state = models.CharField("状态", max_length=9, choices=State)
    tries = models.PositiveIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次尝试", null=True)
    words = models.CharField("说明", max_length=1000, blank=True)
    message = models.OneToOneField("cases.Message", models.PROTECT, null=True, related_name="letter")
    tracking_number = models.CharField("挂号信编号", max_length=40, blank=True)
    paper_on = models.DateField("寄出或收到纸质件的日期", null=True)
    actor = models.BigIntegerField("登记人", null=True)
    note = models.CharField("处理情况", max_length=300, blank=True)
    open_money = models.BooleanField("资金未了结", default=False)
    """Whether the money that the letter announces, or brought, may still be short or for nobody (``money``)."""
    created_at = models.DateTimeField("形成时间")
    sent_at = models.DateTimeField("发出时间", null=True)
    received_at = models.DateTimeField("收到时间", null=True)

    class Meta:
        verbose_name = "机构来往函件"
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="letter_waiting", condition=Q(state="waiting")),
            models.Index(fields=["case", "kind", "id"], name="letter_case"),
            models.Index(fields=["from_code", "number"], name="letter_number"),
            models.Index(fields=["to_code", "case"], name="letter_money", condition=Q(open_money=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["direction", "uuid"], name="one_letter_a_side"),
            models.UniqueConstraint(
                fields=["from_code", "kind", "number"],
                condition=Q(direction="in", state__in=["received", "applied"]) & ~Q(from_code=""),
                name="one_letter_a_number",
            ),
            models.CheckConstraint(
                condition=Q(direction="out", state__in=["waiting", "paper", "sent", "refused", "unmatched"])
                | Q(direction="in", state__in=["received", "applied", "refused", "unmatched"]),
                name="letter_state_fits",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class FundsReturn(models.Model):
    """Transferred money that goes back to its payer: proposed by one, agreed to or declined by another."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    region = models.CharField("地区", max_length=32)
    amount_fen = models.BigIntegerField("金额（分）")
    reason = models.CharField("理由", max_length=150)
    proposed_by = models.BigIntegerField("经办人")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.BigIntegerField("复核人", null=True)
    decided_at = models.DateTimeField("复核时间", null=True)
    is_agreed = models.BooleanField("同意", null=True)
    entry = models.BigIntegerField("分录号", null=True)

    class Meta:
        verbose_name = "转移资金退回"
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(decided_at__isnull=True), name="one_open_return_a_case"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="return_amount", violation_error_message="金额要大于零。"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("proposed_by")),
                name="return_by_two",
                violation_error_message="提出退回的人不能自己复核。",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, is_agreed__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_agreed__isnull=False),
                name="return_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=False, is_agreed=True)
                | Q(entry__isnull=True, is_agreed__isnull=True)
                | Q(entry__isnull=True, is_agreed=False),
                name="return_booked_when_agreed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.amount_fen}"


class TaxOffice(models.Model):
    """A tax department whose word counts for a region: an agency on record, for a period."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="tax_regions")
    region = models.CharField("地区", max_length=32)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True)

    class Meta:
        verbose_name = "税务部门"
        constraints = [
            models.UniqueConstraint(fields=["agency", "region"], name="one_row_a_tax_office"),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=models.F("start_on")),
                name="tax_office_period",
                violation_error_message="止期不能早于起期。",
            ),
        ]


class TaxReceipt(models.Model):
    """A receipt as the tax department signed it, and what it was answered. Never changed; nothing personal in it."""

    uuid = models.UUIDField("标识", unique=True)
    from_code = models.CharField("税务部门", max_length=32)
    region = models.CharField("地区", max_length=32)
    number = models.CharField("回执编号", max_length=40)
    levy_number = models.CharField("征缴单号", max_length=40)
    envelope = models.TextField("内容")
    digest = models.BinaryField("摘要", max_length=32)
    applied = models.BooleanField("已入账")
    words = models.CharField("答复", max_length=300)
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "税务签名回执"
        indexes = [models.Index(fields=["region", "number"], name="tax_receipt_number")]

    def __str__(self) -> str:
        return self.number
