"""Messages to people, the codes that prove a telephone number, and where an account is reached."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Round",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField(verbose_name="已告知到")),
                ("looked_back_at", models.DateTimeField(verbose_name="上次回看")),
            ],
            options={
                "verbose_name": "告知进度",
            },
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.BinaryField(max_length=16, verbose_name="号码盲索引")),
                ("place", models.BinaryField(max_length=16, verbose_name="来处摘要")),
                ("hashed", models.CharField(max_length=128, verbose_name="验证码摘要")),
                ("sent_at", models.DateTimeField(verbose_name="发送时间")),
                ("expires_at", models.DateTimeField(verbose_name="失效时间")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="输错次数")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
            ],
            options={
                "verbose_name": "验证码",
                "indexes": [
                    models.Index(fields=["digest", "-sent_at"], name="code_number"),
                    models.Index(fields=["place", "-sent_at"], name="code_place"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("phone", models.BinaryField(verbose_name="手机号码")),
                ("digest", models.BinaryField(max_length=16, unique=True, verbose_name="号码盲索引")),
                ("verified_at", models.DateTimeField(verbose_name="验证时间")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "联系方式",
            },
        ),
        migrations.CreateModel(
            name="OutgoingMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("case", models.BigIntegerField(null=True, verbose_name="办件")),
                ("seq", models.PositiveIntegerField(null=True, verbose_name="事件")),
                ("kind", models.CharField(max_length=24, verbose_name="种类")),
                (
                    "channel",
                    models.CharField(
                        choices=[("inbox", "站内信"), ("sms", "短信"), ("email", "电子邮件")],
                        max_length=8,
                        verbose_name="渠道",
                    ),
                ),
                ("to", models.BinaryField(default=b"", verbose_name="收件地址")),
                ("title", models.CharField(max_length=40, verbose_name="标题")),
                ("text", models.BinaryField(verbose_name="内容")),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="办件编号")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待发送"), ("sent", "已发送"), ("failed", "未发出")],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("next_try_at", models.DateTimeField(null=True, verbose_name="下次尝试")),
                ("error", models.CharField(blank=True, max_length=200, verbose_name="未发出的原因")),
                ("created_at", models.DateTimeField(verbose_name="生成时间")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="过时不发")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发出时间")),
                ("read_at", models.DateTimeField(null=True, verbose_name="阅读时间")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "发出的消息",
                "indexes": [
                    models.Index(
                        condition=models.Q(("case__isnull", False)),
                        fields=["case", "seq"],
                        name="message_event",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["next_try_at", "id"],
                        name="message_due",
                    ),
                    models.Index(
                        condition=models.Q(("channel", "inbox")), fields=["user", "-id"], name="message_inbox"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("case__isnull", False), ("user__isnull", False)),
                        fields=("case", "seq", "channel", "user"),
                        name="one_message_a_channel",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("case__isnull", False), ("user__isnull", True)),
                        fields=("case", "seq", "channel"),
                        name="one_message_to_no_account",
                    ),
                ],
            },
        ),
    ]
