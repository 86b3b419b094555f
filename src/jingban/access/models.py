"""Users, what they may do where, and who acts for whom."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Somebody who signs in: a citizen, an employer's clerk, or staff."""

    name = models.CharField("姓名", max_length=64, blank=True)
    must_change_password = models.BooleanField("须修改口令", default=False)
    """The password is one that somebody else gave: nothing else is done before it is changed."""
    password_given_by = models.BigIntegerField("口令由谁给予", null=True)
    password_given_at = models.DateTimeField("口令给予时间", null=True)

    class Meta:
        verbose_name = "用户"

    def __str__(self) -> str:
        return self.name or self.username


class Grant(models.Model):
    """A role in a region, at one office or (blank) at all of them, for a period; a deputy names whom."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name="用户")
    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48, blank=True)
    role = models.CharField("岗位", max_length=32)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True, blank=True)
    deputy_for = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "岗位权限"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_on__isnull=True) | models.Q(end_on__gte=models.F("start_on")),
                name="grant_ends_after_start",
                violation_error_message="权限的止期不能早于起期。",
            )
        ]


class GrantProposal(models.Model):
    """A role that moves money or rules over others, proposed by one colleague; another one decides (四眼)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="用户")
    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48, blank=True)
    role = models.CharField("岗位", max_length=32)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True, blank=True)
    deputy_for = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    proposed_by = models.BigIntegerField("提出人")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.BigIntegerField("决定人", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    agreed = models.BooleanField("同意", null=True)

    class Meta:
        verbose_name = "岗位权限的提议"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="proposal_decided_by_another",
                violation_error_message="提出人不能自己决定。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["region", "id"], name="proposal_open", condition=models.Q(decided_at__isnull=True)
            )
        ]


class Mandate(models.Model):
    """Who acts for whom, on what proof, for which items (blank: all), in a period (国令765 art. 30)."""

    principal = models.ForeignKey(User, models.PROTECT, related_name="mandates_given", verbose_name="委托人")
    agent = models.ForeignKey(User, models.PROTECT, related_name="mandates_held", verbose_name="代理人")
    proof = models.CharField("依据", max_length=200)
    items = models.JSONField("事项", default=list, blank=True)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "委托"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(principal=models.F("agent")),
                name="mandate_between_two",
                violation_error_message="委托人和代理人不能是同一人。",
            )
        ]


class MandateRequest(models.Model):
    """Somebody asks to act for another, whom only a blind index names; it counts when that person agrees.

    Whoever's account is bound to the number agrees or declines; without an account the window records the mandate.
    """

    agent = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="代理人")
    digest = models.BinaryField("委托人号码盲索引", max_length=16)
    name = models.CharField("委托人姓名", max_length=64)
    relation = models.CharField("关系", max_length=20)
    end_on = models.DateField("止")
    asked_at = models.DateTimeField("提出时间")
    answered_at = models.DateTimeField("答复时间", null=True)
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="+", verbose_name="委托")

    class Meta:
        verbose_name = "委托请求"
        indexes = [models.Index(fields=["digest"], name="mandate_request_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "digest"],
                name="one_open_mandate_request",
                condition=models.Q(answered_at__isnull=True),
            )
        ]


class Entrustment(models.Model):
    """A township entrusts a village with items of the lowest tier, for a period; without it a village assists."""

    region = models.CharField("地区", max_length=32)
    village = models.CharField("村（社区）综合服务站", max_length=48)
    township = models.CharField("委托的乡镇（街道）", max_length=48)
    items = models.JSONField("事项", default=list, blank=True)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "村级委托"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_on__isnull=True) | models.Q(end_on__gte=models.F("start_on")),
                name="entrustment_ends_after_start",
                violation_error_message="委托的止期不能早于起期。",
            )
        ]


class OfficeSwitch(models.Model):
    """What an office has the means for (有条件的), switched on for a period; blank office: the whole region."""

    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48, blank=True)
    switch = models.CharField("开关", max_length=48)
    start_on = models.DateField("起")
    end_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "办理条件开关"
