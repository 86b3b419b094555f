"""What was handed in to be paid, what was decided by which figures, and what a person's year has added up to."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class CatalogueEntry(models.Model):
    """One drug, item or material of the catalogue (三大目录) through a period; a region's own goes before the national."""

    region = models.CharField("地区", max_length=32, blank=True)
    code = models.CharField("编码", max_length=32)
    name = models.CharField("名称", max_length=120)
    klass = models.CharField("类别", max_length=1, choices=[("A", "甲类"), ("B", "乙类"), ("C", "丙类")])
    own_share = models.DecimalField("先行自付比例", max_digits=5, decimal_places=4)
    price_limit = models.DecimalField("限价（元）", max_digits=14, decimal_places=4, null=True)
    limited_use = models.CharField("限定支付范围", max_length=300, blank=True)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True)
    source = models.CharField("文件", max_length=200)
    loaded_at = models.DateTimeField("装入时间")

    class Meta:
        verbose_name = "目录条目"
        constraints = [
            models.UniqueConstraint(fields=["region", "code", "start_on"], name="one_entry_a_day"),
            models.UniqueConstraint(
                fields=["region", "code"], condition=Q(end_on__isnull=True), name="one_open_entry_a_code"
            ),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=F("start_on")), name="entry_period"
            ),
            models.CheckConstraint(
                condition=Q(klass="A", own_share=0)
                | Q(klass="B", own_share__gt=0, own_share__lt=1)
                | Q(klass="C", own_share=1),
                name="entry_share_fits_class",
            ),
            models.CheckConstraint(
                condition=Q(price_limit__isnull=True) | Q(price_limit__gt=0), name="entry_limit_above_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Accident(models.TextChoices):
    """Whether a third party is liable for what happened, and pays (社会保险法 art. 30)."""

    NONE = "none", "不是意外伤害"
    OWN = "own", "意外伤害，没有第三人责任"
    PAYING = "paying", "第三人负担"
    NOT_PAYING = "not-paying", "第三人不支付或者无法确定，基金先行支付"
    UNKNOWN = "unknown", "还没有查明"


class Bill(models.Model):
    """One visit or stay of a case, as it was entered. A row is never edited: a correction is a new one.

    ``content`` is sealed: lines, diagnosis, disease and patient are health data.
    """

    region = models.CharField("地区", max_length=32)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    care = models.CharField("医疗类别", max_length=12)
    began_on = models.DateField("就诊（入院）日期")
    ended_on = models.DateField("结束（出院）日期")
    institution = models.CharField("医疗机构", max_length=120)
    institution_code = models.CharField("机构代码", max_length=20, blank=True)
    level = models.CharField("级别", max_length=8)
    place_code = models.CharField("就医地", max_length=6)
    emergency = models.BooleanField("急诊抢救", default=False)
    accident = models.CharField("意外伤害", max_length=12, choices=Accident, default=Accident.NONE)
    total_fen = models.BigIntegerField("费用总额（分）")
    commercial_fen = models.BigIntegerField("商业保险已付（分）", default=0)
    third_party_fen = models.BigIntegerField("第三人已付（分）", default=0)
    content = models.BinaryField("明细（加密）")
    entered_by = models.BigIntegerField("录入人")
    entered_at = models.DateTimeField("录入时间")
    checked_by = models.BigIntegerField("审核人", null=True)
    checked_at = models.DateTimeField("审核时间", null=True)
    removed_by = models.BigIntegerField("撤销人", null=True)
    removed_at = models.DateTimeField("撤销时间", null=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        verbose_name = "费用账单"
        indexes = [models.Index(fields=["region", "entered_at"], name="bill_day")]
        constraints = [
            models.CheckConstraint(condition=Q(ended_on__gte=F("began_on")), name="bill_days_in_order"),
            models.CheckConstraint(
                condition=Q(total_fen__gt=0, commercial_fen__gte=0, third_party_fen__gte=0),
                name="bill_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(commercial_fen__lte=F("total_fen"), third_party_fen__lte=F("total_fen")),
                name="bill_paid_no_more_than_total",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("entered_by")),
                name="bill_checked_by_another",
            ),
        ]


class Invoice(models.Model):
    """A receipt of a bill. While it is held, no other case of any region may bring it for the same purpose.

    Medical aid comes after insurance, on the same receipts (先保险后救助).
    """

    region = models.CharField("地区", max_length=32)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="invoices")
    purpose = models.CharField("用途", max_length=9, choices=[("insurance", "保险报销"), ("aid", "医疗救助")])
    kind = models.CharField("票据种类", max_length=12)
    code = models.CharField("票据代码", max_length=20, blank=True)
    number = models.CharField("票据号码", max_length=30)
    issuer = models.CharField("开票单位", max_length=120)
    issued_on = models.DateField("开票日期")
    amount_fen = models.BigIntegerField("金额（分）")
    key = models.BinaryField("唯一标识", max_length=32)
    digest = models.BinaryField("内容校验值", max_length=32)
    is_read = models.BooleanField("读自电子票据", default=False)
    released_at = models.DateTimeField("释放时间", null=True)

    class Meta:
        verbose_name = "票据"
        indexes = [
            models.Index(fields=["key"], name="invoice_key"),
            models.Index(fields=["issued_on", "amount_fen"], name="invoice_day_amount"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "purpose"],
                condition=Q(released_at__isnull=True),
                name="invoice_paid_once",
                violation_error_message="这张票据已经用于报销，不能重复使用。",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="invoice_above_zero"),
        ]


class MedicalEvent(models.Model):
    """A birth, a miscarriage or an operation of a case, as the medical records say it; sealed. Never edited."""

    region = models.CharField("地区", max_length=32)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    content = models.BinaryField("生育信息（加密）")
    entered_by = models.BigIntegerField("录入人")
    entered_at = models.DateTimeField("录入时间")
    removed_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = "生育信息"
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(removed_at__isnull=True), name="one_event_a_maternity_case"
            )
        ]


class FigureBook(models.Model):
    """The parameters of a region as they were when something was decided by them; never edited."""

    region = models.CharField("地区", max_length=32)
    digest = models.CharField("校验值", max_length=64)
    content = models.BinaryField("参数")
    kept_at = models.DateTimeField("留存时间")

    class Meta:
        verbose_name = "留存的参数"
        constraints = [models.UniqueConstraint(fields=["region", "digest"], name="one_book_a_digest")]


class PersonYear(models.Model):
    """What is paid to a person in a year is decided one after the other: who decides holds this row."""

    person = models.ForeignKey("registry.Person", models.PROTECT, db_index=False, related_name="+")
    year = models.PositiveSmallIntegerField("年度")

    class Meta:
        verbose_name = "个人年度"
        constraints = [models.UniqueConstraint(fields=["person", "year"], name="one_row_a_person_year")]


class OpeningSource(models.TextChoices):
    """Where sums of direct settlements come from."""

    SHEET = "sheet", "医疗费用结算单"
    LIST = "list", "年度累计查询单"
    FILE = "file", "批量导入的累计"
    WIRE = "wire", "定点医药机构结算"


class OpeningSum(models.Model):
    """What a person had settled outside Jingban in a year, up to a day; sealed, for its names carry diseases.

    It counts once a second person has looked at it; a correction of the same day then takes its place. Never edited.
    """

    region = models.CharField("地区", max_length=32)
    person = models.ForeignKey("registry.Person", models.PROTECT, db_index=False, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    insurance = models.CharField("险种", max_length=8)
    until_on = models.DateField("累计到")
    source = models.CharField("来源", max_length=8, choices=OpeningSource)
    content = models.BinaryField("累计金额（加密）")
    entered_by = models.BigIntegerField("登记人")
    entered_at = models.DateTimeField("登记时间")
    checked_by = models.BigIntegerField("复核人", null=True)
    checked_at = models.DateTimeField("复核时间", null=True)
    removed_at = models.DateTimeField("替换（撤销）时间", null=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        verbose_name = "此前直接结算的累计"
        indexes = [models.Index(fields=["person", "year"], name="opening_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "year", "insurance", "until_on"],
                condition=Q(checked_at__isnull=False, removed_at__isnull=True),
                name="one_opening_that_counts",
            ),
            models.UniqueConstraint(
                fields=["person", "year", "insurance", "until_on"],
                condition=Q(checked_at__isnull=True, removed_at__isnull=True),
                name="one_opening_to_be_checked",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("entered_by")),
                name="opening_checked_by_another",
            ),
        ]


class Kind(models.TextChoices):
    """Which calculation it was."""

    REIMBURSEMENT = "reimbursement", "医疗费用报销"
    MATERNITY_MEDICAL = "maternity-medical", "生育医疗费"
    ALLOWANCE = "allowance", "生育津贴"
    BIRTH_SUBSIDY = "birth-subsidy", "一次性生育补助金"
    AID = "aid", "医疗救助"
    REWARD = "reward", "举报奖励"


class Decision(models.Model):
    """What a case was decided to be paid, by which steps and figures. It is undone, never edited.

    ``rank`` is the place in the person's year; a case that is undone and decided anew keeps it. What it was worked out
    from and how is sealed (``benefits.kept``), so that it can be worked out again on any later day.
    """

    region = models.CharField("地区", max_length=32)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    turn = models.PositiveSmallIntegerField("第几次")
    person = models.ForeignKey("registry.Person", models.PROTECT, null=True, db_index=False, related_name="+")
    kind = models.CharField("种类", max_length=20, choices=Kind)
    insurance = models.CharField("险种", max_length=8, blank=True)
    year = models.PositiveSmallIntegerField("结算年度")
    rank = models.PositiveIntegerField("年度内次序")
    decided_on = models.DateField("核定日期")
    decided_at = models.DateTimeField("核定时间")
    actor = models.BigIntegerField("核定人")
    total_fen = models.BigIntegerField("费用总额（分）")
    fund_fen = models.BigIntegerField("基金支付（分）")
    person_fen = models.BigIntegerField("个人负担（分）")
    others_fen = models.BigIntegerField("其他方已付（分）")
    parts = models.JSONField("各基金支付（分）", default=dict)
    amounts = models.JSONField("各项金额（分）", default=dict)
    inputs = models.BinaryField("计算依据（加密）")
    working = models.BinaryField("计算过程（加密）")
    facts = models.BinaryField("年度累计和生育事件（加密）")
    book = models.ForeignKey(FigureBook, models.PROTECT, related_name="+")
    is_illustrative = models.BooleanField("用到示例值")
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.BigIntegerField("撤销人", null=True)
    undone_why = models.CharField("撤销原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "待遇核定"
        indexes = [
            models.Index(fields=["person", "year", "rank"], name="decision_year"),
            models.Index(fields=["region", "decided_on"], name="decision_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(undone_at__isnull=True),
                name="one_standing_decision_a_case",
                violation_error_message="一个办件只能有一个有效的核定。",
            ),
            models.UniqueConstraint(fields=["case", "turn"], name="one_decision_a_turn"),
            models.UniqueConstraint(
                fields=["person", "year", "rank"],
                condition=Q(undone_at__isnull=True),
                name="one_decision_a_rank",
            ),
            models.CheckConstraint(
                condition=Q(total_fen__gte=0, fund_fen__gte=0, person_fen__gte=0, others_fen__gte=0),
                name="decision_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(total_fen=F("fund_fen") + F("person_fen") + F("others_fen")),
                name="decision_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(kind="reward") | Q(person__isnull=False), name="decision_is_of_somebody"
            ),
        ]


class Adjustment(models.Model):
    """A case that was worked out anew because an earlier one of the year was undone or decided: what differs.

    Without a new decision everything of the old one was revoked. Above zero the fund owes more, below zero it paid too
    much; ``funds`` settles it.
    """

    region = models.CharField("地区", max_length=32)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    old = models.ForeignKey(Decision, models.PROTECT, db_index=False, related_name="+")
    new = models.OneToOneField(Decision, models.PROTECT, null=True, related_name="+")
    difference_fen = models.BigIntegerField("差额（分）")
    parts = models.JSONField("各基金差额（分）", default=dict)
    why = models.CharField("原因", max_length=200)
    made_at = models.DateTimeField("产生时间")
    settled_at = models.DateTimeField("处理时间", null=True)
    settled_by = models.CharField("处理编号", max_length=80, blank=True)

    class Meta:
        verbose_name = "差额调整"
        indexes = [
            models.Index(
                fields=["region", "id"], name="adjustment_open", condition=Q(settled_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | ~Q(settled_by=""),
                name="adjustment_settled_by_something",
            )
        ]
