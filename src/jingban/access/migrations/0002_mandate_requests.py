"""Requests to act for somebody, which that person answers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MandateRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.BinaryField(max_length=16, verbose_name="委托人号码盲索引")),
                ("name", models.CharField(max_length=64, verbose_name="委托人姓名")),
                ("relation", models.CharField(max_length=20, verbose_name="关系")),
                ("end_on", models.DateField(verbose_name="止")),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="代理人",
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.mandate",
                        verbose_name="委托",
                    ),
                ),
            ],
            options={
                "verbose_name": "委托请求",
                "indexes": [models.Index(fields=["digest"], name="mandate_request_of")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("agent", "digest"),
                        name="one_open_mandate_request",
                    )
                ],
            },
        ),
    ]
