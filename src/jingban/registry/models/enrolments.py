"""Enrolments, months of contribution, and what is levied for them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from jingban.registry.models.periods import Period, by_person, ends_after_start
from jingban.registry.models.persons import Person
from jingban.registry.models.units import Unit


class Insurance(models.TextChoices):
    """insutype (reference 7.5)."""

    EMPLOYEE = "310", "职工基本医疗保险"
    RESIDENT = "390", "城乡居民基本医疗保险"


class Standing(models.TextChoices):
    """psn_insu_stas (reference 7.5; there is no 3). After its last row an enrolment has ended (4)."""

    ACTIVE = "1", "正常参保"
    SUSPENDED = "2", "暂停参保"


class Kind(models.TextChoices):
    """psn_type (reference 7.5)."""

    EMPLOYEE = "1101", "在职职工"
    FLEXIBLE = "1103", "灵活就业人员"
    RETIRED = "1201", "退休人员"
    NEWBORN = "1401", "新生儿"
    CHILD = "1402", "学龄前儿童"
    PUPIL = "1403", "中小学生"
    STUDENT = "1404", "大学生"
    ADULT = "1501", "成年居民"
    ELDER = "1601", "老年居民"


class Enrolment(Period):
    """One spell of being insured: one insurance, one kind, one unit, one standing.

    A person is in one basic insurance at a time (one ``slot``): two spells never share a day.
    """

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="enrolments")
    insurance = models.CharField("险种", max_length=3, choices=Insurance)
    kind = models.CharField("人员类别", max_length=4, choices=Kind)
    standing = models.CharField("参保状态", max_length=1, choices=Standing, default=Standing.ACTIVE)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="enrolments")
    wage_fen = models.BigIntegerField("月缴费工资（分）", null=True)
    benefit_from = models.DateField("待遇起始日", null=True)
    end_reason = models.CharField("终止原因", max_length=12, blank=True)
    aided = models.BooleanField("资助参保", default=False)

    class Meta:
        verbose_name = "参保"
        constraints = [
            ends_after_start("enrolment_period"),
            models.CheckConstraint(
                condition=Q(insurance="310", kind__startswith="1", kind__lt="1300")
                | Q(insurance="390", kind__gte="1400", unit__isnull=True),
                name="enrolment_kind_fits",
            ),
            models.CheckConstraint(
                condition=Q(kind="1101", unit__isnull=False) | ~Q(kind="1101"), name="employee_has_unit"
            ),
            models.CheckConstraint(
                condition=Q(benefit_from__isnull=True) | Q(benefit_from__gte=F("start_on")),
                name="benefit_not_before_enrolment",
            ),
        ]
        indexes = [
            by_person("enrolment_person"),
            models.Index(fields=["unit", "person"], name="enrolment_unit", condition=Q(unit__isnull=False)),
            models.Index(fields=["region", "kind", "start_on"], name="enrolment_kind"),
        ]


class Contribution(Period):
    """A run of whole months paid or deemed paid: from a first of a month to a last of a month.

    ``slot`` is the insurance: a month counts once. ``place`` is the code of the region where it was paid.
    """

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="contributions")
    insurance = models.CharField("险种", max_length=3, choices=Insurance)
    deemed = models.BooleanField("视同缴费", default=False)
    base_fen = models.BigIntegerField("缴费基数（分）", null=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False, related_name="+")
    place = models.CharField("缴费地", max_length=6)

    class Meta:
        verbose_name = "缴费"
        constraints = [
            ends_after_start("contribution_period"),
            models.CheckConstraint(
                condition=Q(end_on__isnull=False, start_on__day=1), name="contribution_whole_months"
            ),
        ]
        indexes = [by_person("contribution_person")]


class LevyStatus(models.TextChoices):
    ISSUED = "issued", "待缴"
    CONFIRMED = "paid", "税务已确认到账"
    VOID = "void", "作废"


class Levy(models.Model):
    """征集信息 of one unit or one person for one period: what the tax department is to collect.

    Of a unit and month (of a person, an insurance and a first month) at most one is open; after a paid one a
    supplementary one may follow for those who are not in it.
    """

    region = models.CharField("地区", max_length=32)
    number = models.CharField("征缴单号", max_length=40, unique=True)
    insurance = models.CharField("险种", max_length=3, choices=Insurance)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="levies")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="levies")
    start_on = models.DateField("费款所属期起")
    end_on = models.DateField("费款所属期止")
    headcount = models.PositiveIntegerField("人数")
    unit_fen = models.BigIntegerField("单位应缴（分）")
    person_fen = models.BigIntegerField("个人应缴（分）")
    subsidy_fen = models.BigIntegerField("资助（分）", default=0)
    status = models.CharField("状态", max_length=6, choices=LevyStatus, default=LevyStatus.ISSUED)
    issued_at = models.DateTimeField("生成时间")
    paid_on = models.DateField("到账日", null=True)
    message = models.CharField("税务回执", max_length=64, blank=True)
    case = models.BigIntegerField("办件", null=True)
    actor = models.BigIntegerField("经办人")

    class Meta:
        verbose_name = "征缴单"
        constraints = [
            ends_after_start("levy_period"),
            models.CheckConstraint(
                condition=Q(unit__isnull=False, person__isnull=True)
                | Q(unit__isnull=True, person__isnull=False),
                name="levy_of_one",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", paid_on__isnull=False) | ~Q(status="paid"),
                name="levy_paid_on_a_day",
            ),
            models.UniqueConstraint(
                fields=["unit", "start_on"], condition=Q(status="issued"), name="one_open_levy_a_unit"
            ),
            models.UniqueConstraint(
                fields=["person", "insurance", "start_on"],
                condition=Q(status="issued"),
                name="one_open_levy_a_person",
            ),
            models.CheckConstraint(
                condition=Q(unit_fen__gte=0, person_fen__gte=0, subsidy_fen__gte=0), name="levy_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def due_fen(self) -> int:
        """What the tax department collects; a subsidy comes from the fiscal authority."""
        return self.unit_fen + self.person_fen


class LevyLine(models.Model):
    """One person of a levy; a person's own levy has one line. Written with the levy, never edited."""

    levy = models.ForeignKey(Levy, models.PROTECT, db_index=False, related_name="lines")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    base_fen = models.BigIntegerField("缴费基数（分）")
    unit_fen = models.BigIntegerField("单位应缴（分）")
    person_fen = models.BigIntegerField("个人应缴（分）")

    class Meta:
        verbose_name = "征缴明细"
        constraints = [models.UniqueConstraint(fields=["levy", "person"], name="one_line_a_person")]


class TaxNotice(models.Model):
    """回执: what the tax department said about a levy, and whether it was applied; the same one again is this row."""

    region = models.CharField("地区", max_length=32)
    message = models.CharField("回执编号", max_length=64)
    number = models.CharField("征缴单号", max_length=40)
    levy = models.ForeignKey(Levy, models.PROTECT, null=True, related_name="notices")
    paid_on = models.DateField("到账日")
    applied = models.BooleanField("已入账")
    answer = models.CharField("答复", max_length=300)
    actor = models.BigIntegerField("经办人")
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "税务到账回执"
        constraints = [
            models.UniqueConstraint(fields=["region", "message", "number"], name="one_notice_a_message"),
            models.CheckConstraint(
                condition=Q(applied=False) | Q(levy__isnull=False), name="applied_notice_has_levy"
            ),
        ]
