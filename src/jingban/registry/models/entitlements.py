"""What persons are entitled to beside being insured, and who acts for them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jingban.registry.models.periods import Period, by_person, ends_after_start
from jingban.registry.models.persons import Person


class OffsiteFiling(Period):
    """异地就医备案 (医保发〔2022〕22号). Looked up by the admission date, never by today.

    ``slot`` is 0 for the long-term group (one at a time), else the place's code (one of a place at a time).
    """

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="filings")
    group = models.CharField("人群", max_length=9, choices=[("long-term", "长期"), ("temporary", "临时")])
    category = models.CharField("类型", max_length=16)
    places = models.JSONField("就医地", default=list)
    basis = models.CharField(
        "依据", max_length=8, choices=[("papers", "证明材料"), ("promise", "个人承诺书")]
    )
    promise_due = models.DateField("承诺核实期限", null=True)
    locked_until = models.DateField("变更锁定至", null=True)
    status = models.CharField(
        "状态",
        max_length=8,
        default="active",
        choices=[
            ("active", "有效"),
            ("paused", "暂停"),
            ("ended", "终止"),
            ("changed", "已变更"),
            ("broken", "承诺失效"),
        ],
    )

    class Meta:
        verbose_name = "异地就医备案"
        constraints = [ends_after_start("filing_period")]
        indexes = [
            by_person("filing_person"),
            models.Index(
                fields=["promise_due"], name="filing_promise", condition=Q(promise_due__isnull=False)
            ),
        ]


class Recognition(Period):
    """门诊慢特病待遇认定: a disease, where it is treated, until when it must be checked again. ``slot``: the code."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="recognitions")
    disease = models.CharField("病种", max_length=6)
    institution = models.CharField("定点医疗机构", max_length=80, blank=True)
    recheck_on = models.DateField("复审日期", null=True)

    class Meta:
        verbose_name = "门诊慢特病待遇"
        constraints = [ends_after_start("recognition_period")]
        indexes = [by_person("recognition_person")]


class AidStatus(Period):
    """救助对象身份: of one category at a time (``slot``)."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="aid")
    category = models.CharField("类别", max_length=20)
    flagged = models.BooleanField("已标识", default=False)

    class Meta:
        verbose_name = "救助对象身份"
        constraints = [ends_after_start("aid_period")]
        indexes = [by_person("aid_person")]


class MeansCheck(models.Model):
    """家庭经济状况核查: on the household's authority, what village and township found."""

    region = models.CharField("地区", max_length=32)
    person = models.ForeignKey(Person, models.PROTECT, related_name="means")
    case = models.BigIntegerField("办件", unique=True)
    authorised_on = models.DateField("授权日期")
    people = models.PositiveSmallIntegerField("家庭人口")
    income_fen = models.BigIntegerField("家庭年收入（分）")
    property_fen = models.BigIntegerField("家庭财产（分）")
    spending_fen = models.BigIntegerField("医疗支出（分）")
    opinion = models.BinaryField("核查意见")
    actor = models.BigIntegerField("核查人")
    checked_at = models.DateTimeField("核查时间")

    class Meta:
        verbose_name = "家庭经济状况核查"
        constraints = [models.CheckConstraint(condition=Q(people__gte=1), name="household_has_people")]


class Helper(Period):
    """Who acts for a person at a counter: on a mandate, as an heir, or as a guardian; on what proof."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="helpers")
    kind = models.CharField(
        "身份", max_length=8, choices=[("mandate", "受托人"), ("heir", "继承人"), ("guardian", "监护人")]
    )
    name = models.CharField("姓名", max_length=64)
    number = models.BinaryField("证件号码", null=True)
    digest = models.BinaryField("号码盲索引", max_length=16)
    relation = models.CharField("关系", max_length=12, blank=True)
    proof = models.CharField("依据", max_length=200)
    items = models.JSONField("事项", default=list)

    class Meta:
        verbose_name = "代办人"
        constraints = [ends_after_start("helper_period")]
        indexes = [models.Index(fields=["digest"], name="helper_digest")]


class PaidBenefit(models.Model):
    """A day for which a benefit was paid: no enrolment may be ended before it."""

    region = models.CharField("地区", max_length=32)
    person = models.ForeignKey(Person, models.PROTECT, related_name="paid_benefits")
    on = models.DateField("待遇所属日")
    reference = models.CharField("业务编号", max_length=80)

    class Meta:
        verbose_name = "已付待遇"
        constraints = [
            models.UniqueConstraint(fields=["region", "reference"], name="one_benefit_a_reference")
        ]
        indexes = [models.Index(fields=["person", "on"], name="benefit_person")]
