"""Messages to people: where they are reached, what they were told, the codes that prove a telephone number."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Contact(models.Model):
    """Where an account is reached; the number is one account's at a time and was proved by a code."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    phone = models.BinaryField("手机号码")
    digest = models.BinaryField("号码盲索引", max_length=16, unique=True)
    verified_at = models.DateTimeField("验证时间")

    class Meta:
        verbose_name = "联系方式"


class Code(models.Model):
    """A code that was sent to a number: only its hash is kept. ``place`` is a digest of the asking address."""

    digest = models.BinaryField("号码盲索引", max_length=16)
    place = models.BinaryField("来处摘要", max_length=16)
    hashed = models.CharField("验证码摘要", max_length=128)
    sent_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    tries = models.PositiveSmallIntegerField("输错次数", default=0)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "验证码"
        indexes = [
            models.Index(fields=["digest", "-sent_at"], name="code_number"),
            models.Index(fields=["place", "-sent_at"], name="code_place"),
        ]


class Channel(models.TextChoices):
    INBOX = "inbox", "站内信"
    SMS = "sms", "短信"
    EMAIL = "email", "电子邮件"


class State(models.TextChoices):
    WAITING = "waiting", "待发送"
    SENT = "sent", "已发送"
    FAILED = "failed", "未发出"


class OutgoingMessage(models.Model):
    """One message to one person through one channel; address and text are sealed.

    ``case`` and ``seq`` say which event it tells of: each is told once a channel.
    """

    OPEN: ClassVar[Q] = Q(state=State.WAITING)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, db_index=False, related_name="+"
    )
    case = models.BigIntegerField("办件", null=True)
    seq = models.PositiveIntegerField("事件", null=True)
    kind = models.CharField("种类", max_length=24)
    channel = models.CharField("渠道", max_length=8, choices=Channel)
    to = models.BinaryField("收件地址", default=b"")
    title = models.CharField("标题", max_length=40)
    text = models.BinaryField("内容")
    number = models.CharField("办件编号", max_length=40, blank=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次尝试", null=True)
    error = models.CharField("未发出的原因", max_length=200, blank=True)
    created_at = models.DateTimeField("生成时间")
    expires_at = models.DateTimeField("过时不发", null=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        verbose_name = "发出的消息"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "seq", "channel", "user"],
                name="one_message_a_channel",
                condition=Q(case__isnull=False, user__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["case", "seq", "channel"],
                name="one_message_to_no_account",
                condition=Q(case__isnull=False, user__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["case", "seq"], name="message_event", condition=Q(case__isnull=False)),
            models.Index(fields=["next_try_at", "id"], name="message_due", condition=Q(state="waiting")),
            models.Index(fields=["user", "-id"], name="message_inbox", condition=Q(channel="inbox")),
        ]


class Round(models.Model):
    """Up to which instant the events of the cases were told, and when it last looked far back."""

    until = models.DateTimeField("已告知到")
    looked_back_at = models.DateTimeField("上次回看")

    class Meta:
        verbose_name = "告知进度"
