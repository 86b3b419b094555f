"""The rows of a case: the events are the truth, ``Case`` is their stored fold."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left, NullIf

from jingban.cases.querysets import CaseQuerySet


class Case(models.Model):
    """One application, letter or closed month, from its start to its end.

    The engine writes this row with SQL of its own (``store.py``), one statement a step; the ORM reads it.
    Region stands first in the keys, so the table can be partitioned by region.
    """

    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48)
    tier = models.CharField("层级", max_length=16)
    item = models.CharField("事项", max_length=48)
    version = models.ForeignKey("rulebook.PublishedItem", models.PROTECT, db_index=False, related_name="+")
    process = models.CharField("程序", max_length=40)
    number = models.CharField("办件编号", max_length=40, unique=True)
    query_code = models.CharField("查询码", max_length=12)
    channel = models.CharField("渠道", max_length=16)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="cases"
    )
    opened_at = models.DateTimeField("提出时间")
    seq = models.PositiveIntegerField("事件数")
    last_hash = models.BinaryField("末事件哈希", max_length=32)
    step = models.CharField("环节", max_length=40)
    outcome = models.CharField("结果", max_length=20, null=True)
    role = models.CharField("待办岗位", max_length=32)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, related_name="+"
    )
    due_on = models.DateField("应办结日")
    timer_at = models.DateTimeField("到时自动处理", null=True)
    state = models.JSONField("状态", default=dict)
    # Whose people or patients it is about (``places``). The database takes it from the state, so both always agree.
    place = models.GeneratedField(
        verbose_name="村（社区）、乡镇或定点医疗机构",
        expression=NullIf(Left(KeyTextTransform("place", "state"), 64), Value("")),
        output_field=models.CharField(max_length=64, null=True),
        db_persist=True,
    )

    objects: ClassVar[CaseQuerySet] = CaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "办件"
        indexes = [
            models.Index(
                fields=["region", "office", "role", "due_on", "id"],
                name="case_queue",
                condition=Q(outcome__isnull=True),
            ),
            models.Index(
                fields=["place", "region", "office", "role", "due_on", "id"],
                name="case_place",
                condition=Q(outcome__isnull=True, place__isnull=False),
                # So that a township's villages are found by the beginning of their names; numbers and days as ever.
                opclasses=["varchar_pattern_ops", *[""] * 5],
            ),
            models.Index(fields=["timer_at"], name="case_timer", condition=Q(timer_at__isnull=False)),
            models.Index(
                fields=["applicant", "id"], name="case_applicant", condition=Q(applicant__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseEvent(models.Model):
    """One event; ``before`` is the hash of the event before it, the case row keeps the last."""

    pk = models.CompositePrimaryKey("case_id", "seq")
    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="events")
    seq = models.PositiveIntegerField()
    act = models.CharField(max_length=40)
    actor = models.BigIntegerField()
    behalf = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    from_step = models.CharField(max_length=40)
    to_step = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    before = models.BinaryField(max_length=32)
    key = models.UUIDField(null=True)

    class Meta:
        verbose_name = "办件事件"
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "key"], name="one_event_a_key", condition=Q(key__isnull=False)
            )
        ]


class CasePayload(models.Model):
    """What is personal in an event: each field sealed on its own, so it can be rotated and erased."""

    pk = models.CompositePrimaryKey("case_id", "seq")
    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="payloads")
    seq = models.PositiveIntegerField()
    body = models.JSONField(default=dict)


class CaseFind(models.Model):
    """Blind index: finds cases by a person's number or name without storing either."""

    pk = models.CompositePrimaryKey("kind", "digest", "case_id")
    kind = models.CharField(max_length=16)
    digest = models.BinaryField(max_length=16)
    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="finds")


class CaseCounter(models.Model):
    """The last number given to a region, item and day."""

    scope = models.CharField(primary_key=True, max_length=32)
    last = models.PositiveIntegerField()


class Message(models.Model):
    """The outbox: what a case sends to another agency, unit or person (``outbox``).

    ``body`` names the case, the act that sent it and where that led; ``delivered_at`` is when an app took it over.
    Until then ``fault`` says why not, in words for the desk.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    seq = models.PositiveIntegerField()
    name = models.CharField("名称", max_length=40)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次尝试", null=True)
    fault = models.CharField("未发出的原因", max_length=1000, blank=True)

    class Meta:
        verbose_name = "外发消息"
        constraints = [models.UniqueConstraint(fields=["case", "seq", "name"], name="one_message_an_event")]
        indexes = [
            models.Index(
                fields=["name", "id"], name="message_waiting", condition=Q(delivered_at__isnull=True)
            )
        ]


class Draft(models.Model):
    """What somebody has filled in and not handed in yet: an application, or what a ``case`` was sent back for.

    ``version`` counts the savings: who saves names the one that the page showed. ``body`` and ``aside`` (what a page
    that was behind wanted to save) are sealed. Once handed in both are empty.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="drafts")
    region = models.CharField("地区", max_length=32)
    tier = models.CharField("层级", max_length=16)
    item = models.CharField("事项", max_length=48)
    published = models.CharField("填写时的版本", max_length=64)
    channel = models.CharField("渠道", max_length=16)
    # No foreign key: a mandate that is gone must not turn the draft into one for oneself.
    mandate = models.BigIntegerField("委托", null=True)
    case = models.ForeignKey(Case, models.CASCADE, null=True, db_index=False, related_name="+")
    key = models.UUIDField("提交用的幂等号", unique=True)
    body = models.BinaryField("内容（加密）")
    version = models.PositiveIntegerField("保存次数", default=1)
    saved_at = models.DateTimeField("保存时间")
    aside = models.BinaryField("另一页的内容（加密）", default=b"")
    aside_at = models.DateTimeField("另一页的保存时间", null=True)
    expires_at = models.DateTimeField("保留至")
    handed_in = models.CharField("办件编号", max_length=40, blank=True)

    class Meta:
        verbose_name = "草稿"
        indexes = [
            models.Index(fields=["owner", "-saved_at"], name="draft_owner"),
            models.Index(fields=["expires_at"], name="draft_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.region}/{self.tier}/{self.item} {self.saved_at:%Y-%m-%d %H:%M}"


class NoticeBreach(models.Model):
    """A one-off notice that named more than the first did: recorded against the office."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="breaches")
    seq = models.PositiveIntegerField()
    region = models.CharField(max_length=32)
    office = models.CharField(max_length=48)
    materials = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "违反一次性告知的记录"


class Anchor(models.Model):
    """A seal over everything that happened up to an instant; shows a tail that was cut with its row."""

    until = models.DateTimeField(unique=True)
    events = models.PositiveBigIntegerField()
    root = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "存证锚点"
        ordering = ["until"]
