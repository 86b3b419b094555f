"""Units: employers, what became of them, and who may act for them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jingban.registry.models.periods import Period, ends_after_start, search_index


class UnitStatus(models.TextChoices):
    ACTIVE = "1", "正常参保"
    SUSPENDED = "2", "暂停缴费"
    ENDED = "4", "注销"


class Unit(models.Model):
    """An employer in a region's register; what was before stands in ``Change``.

    Key information (关键信息; summary 6, rule 7): credit code, name, kind, legal representative.
    """

    KEY: ClassVar[frozenset[str]] = frozenset({"credit_code", "name", "kind", "legal_representative"})

    region = models.CharField("地区", max_length=32)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    name = models.CharField("单位名称", max_length=120)
    kind = models.CharField("单位类型", max_length=12)
    status = models.CharField("状态", max_length=1, choices=UnitStatus, default=UnitStatus.ACTIVE)
    legal_representative = models.CharField("法定代表人", max_length=64)
    legal_representative_number = models.BinaryField("法定代表人证件号码", null=True)
    address = models.CharField("地址", max_length=200, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True)
    contact = models.CharField("联系人", max_length=64, blank=True)
    parent_code = models.CharField("上级单位统一社会信用代码", max_length=18, blank=True)
    start_on = models.DateField("参保日期")
    end_on = models.DateField("注销日期", null=True)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "单位"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "credit_code"], condition=Q(end_on__isnull=True), name="one_unit_a_code"
            ),
            models.CheckConstraint(
                condition=Q(status="4", end_on__isnull=False) | Q(end_on__isnull=True, status__in=["1", "2"]),
                name="unit_ended_with_day",
            ),
            ends_after_start("unit_period"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(credit_code=""), name="unit_named"),
        ]
        indexes = [
            search_index("name", "unit_name"),
            models.Index(fields=["region", "credit_code"], name="unit_code"),
        ]

    def __str__(self) -> str:
        return self.name


class UnitLink(models.Model):
    """How two units belong together: a branch, or what a split or merger made of them.

    A branch has the parent of its latest link; a row is never edited.
    """

    region = models.CharField("地区", max_length=32)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="links")
    other = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(
        "关系",
        max_length=8,
        choices=[("branch", "分支机构，上级为"), ("split", "由其分立"), ("merged", "并入")],
    )
    on = models.DateField("日期")
    case = models.BigIntegerField("办件", null=True)
    actor = models.BigIntegerField("经办人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "单位沿革"
        constraints = [
            models.UniqueConstraint(fields=["unit", "other", "kind", "on"], name="one_link_a_kind_and_day"),
            models.CheckConstraint(condition=~Q(unit=F("other")), name="link_between_two"),
        ]
        indexes = [models.Index(fields=["other", "kind"], name="link_other")]


class UnitOperator(Period):
    """Who acts for a unit (单位专管员), and what for. ``slot`` is the user.

    ``may_seal``: what is confirmed online stands for the unit's seal on a paper form; ``may_manage``: names the others.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="operators")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    may_declare = models.BooleanField("可申报", default=True)
    may_query = models.BooleanField("可查询", default=True)
    may_seal = models.BooleanField("可确认盖章", default=False)
    may_manage = models.BooleanField("可管理经办人", default=False)

    class Meta:
        verbose_name = "单位经办人"
        constraints = [
            ends_after_start("operator_period"),
            models.CheckConstraint(
                condition=Q(may_declare=True) | Q(may_query=True) | Q(may_seal=True) | Q(may_manage=True),
                name="operator_may_something",
            ),
        ]


class UnitSeal(models.Model):
    """A unit's word on a form that wants its seal: given online by an operator, or declined with a reason.

    The last word on a material counts. ``person`` is the employee; none where the unit itself declares.
    """

    region = models.CharField("地区", max_length=32)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="seals")
    case = models.BigIntegerField("办件")
    material = models.CharField("材料", max_length=60)
    person = models.BigIntegerField("个人", null=True)
    given = models.BooleanField("确认")
    reason = models.CharField("不予确认的理由", max_length=300, blank=True)
    actor = models.BigIntegerField("经办人")
    recorded_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = "单位盖章确认"
        constraints = [
            models.CheckConstraint(condition=Q(given=True) | ~Q(reason=""), name="seal_declined_with_reason"),
        ]
        indexes = [models.Index(fields=["case", "id"], name="seal_case")]
