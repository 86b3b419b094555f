"""Persons: who they are, by which papers, kin of whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from jingban.core.checkdigit import with_check_digit
from jingban.registry.models.periods import Period, ends_after_start, search_index


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class Person(models.Model):
    """A person in a region's register. The row holds what is true now; ``Change`` holds what was.

    Key information (关键信息): name, sex, birth date, and the number of the document; the rest is other information.
    """

    KEY: ClassVar[frozenset[str]] = frozenset({"name", "sex", "born_on", "id_kind", "id_number"})

    region = models.CharField("地区", max_length=32)
    name = models.CharField("姓名", max_length=64)
    initials = models.CharField("姓名首字母", max_length=32, blank=True)
    sex = models.CharField("性别", max_length=6, choices=Sex)
    born_on = models.DateField("出生日期")
    died_on = models.DateField("死亡日期", null=True)
    phone = models.BinaryField("手机号码", null=True)
    address = models.BinaryField("联系地址", null=True)
    place = models.CharField("村（社区）", max_length=64, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="+")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "个人"
        indexes = [
            search_index("name", "person_name"),
            search_index("initials", "person_initials"),
            models.Index(fields=["region", "born_on", "name"], name="person_born"),
            models.Index(fields=["region", "place", "id"], name="person_place", condition=~Q(place="")),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="person_named"),
            models.CheckConstraint(
                condition=Q(died_on__isnull=True) | Q(died_on__gte=models.F("born_on")),
                name="person_dies_after_birth",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """个人编号: 20 digits, the last a check digit; not the number of any document."""
        return with_check_digit(f"{self.pk:019d}")


class IdentityDocument(Period):
    """An identity document (reference 7.5, psn_cert_type). In a region one number is one person's at a time."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="documents")
    kind = models.CharField("证件种类", max_length=2)
    number = models.BinaryField("证件号码")
    digest = models.BinaryField("号码盲索引", max_length=16)

    class Meta:
        verbose_name = "身份证件"
        indexes = [models.Index(fields=["digest", "region"], name="document_digest")]
        constraints = [
            ends_after_start("document_period"),
            models.UniqueConstraint(
                fields=["region", "kind", "digest"],
                condition=Q(end_on__isnull=True),
                name="one_holder_a_number",
            ),
            models.UniqueConstraint(
                fields=["person", "kind"], condition=Q(end_on__isnull=True), name="one_number_a_kind"
            ),
        ]


class Kinship(Period):
    """A relative, enrolled here or not: by name and blind index."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="kin")
    relative = models.ForeignKey(Person, models.PROTECT, null=True, related_name="kin_of")
    relation = models.CharField("关系", max_length=12)
    name = models.CharField("姓名", max_length=64)
    digest = models.BinaryField("号码盲索引", max_length=16, null=True)
    guardian = models.BooleanField("监护人", default=False)

    class Meta:
        verbose_name = "亲属关系"
        constraints = [ends_after_start("kinship_period")]
        indexes = [models.Index(fields=["digest"], name="kinship_digest", condition=Q(digest__isnull=False))]


class BankAccount(Period):
    """Where money for the person goes."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="bank_accounts")
    bank = models.CharField("开户行", max_length=80)
    holder = models.CharField("户名", max_length=64)
    number = models.BinaryField("账号")

    class Meta:
        verbose_name = "银行账户"
        constraints = [ends_after_start("bank_account_period")]


class DuplicatePair(models.Model):
    """Two rows that may be one person, and what was decided about them, by whom and why.

    Where months or money move with a row, one colleague proposes to merge (``keep``: into which) and another decides.
    """

    region = models.CharField("地区", max_length=32)
    first = models.ForeignKey(Person, models.PROTECT, related_name="+")
    second = models.ForeignKey(Person, models.PROTECT, related_name="+")
    why = models.CharField("疑点", max_length=16)
    decision = models.CharField(
        "结论", max_length=8, blank=True, choices=[("merged", "合并"), ("distinct", "不是同一人")]
    )
    reason = models.CharField("理由", max_length=200, blank=True)
    keep = models.ForeignKey(Person, models.PROTECT, null=True, db_index=False, related_name="+")
    proposed_by = models.BigIntegerField("提出人", null=True)
    proposed_at = models.DateTimeField("提出时间", null=True)
    proposed_why = models.CharField("提出理由", max_length=200, blank=True)
    decided_by = models.BigIntegerField("决定人", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    found_at = models.DateTimeField("发现时间")

    class Meta:
        verbose_name = "疑似重复"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_row_a_pair"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="pair_in_order"),
            models.CheckConstraint(
                condition=Q(keep__isnull=True) | Q(keep=models.F("first")) | Q(keep=models.F("second")),
                name="pair_keeps_one_of_both",
                violation_error_message="要保留的应是这一对里的一个人。",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True)
                | Q(decided_by__isnull=True)
                | ~Q(decision="merged")
                | ~Q(proposed_by=models.F("decided_by")),
                name="pair_merged_by_two",
                violation_error_message="合并由一人提出的，要由另一人决定。",
            ),
        ]
        indexes = [models.Index(fields=["region", "id"], name="pair_open", condition=Q(decision=""))]
