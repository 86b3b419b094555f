"""Ratings (好差评)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("office", models.CharField(max_length=48, verbose_name="经办处")),
                ("item", models.CharField(max_length=48, verbose_name="事项")),
                ("actor", models.BigIntegerField(verbose_name="评价人")),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "非常不满意"),
                            (2, "不满意"),
                            (3, "基本满意"),
                            (4, "满意"),
                            (5, "非常满意"),
                        ],
                        verbose_name="等级",
                    ),
                ),
                ("words", models.BinaryField(default=b"", verbose_name="评价")),
                ("rated_at", models.DateTimeField(verbose_name="评价时间")),
                (
                    "later_stars",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "非常不满意"),
                            (2, "不满意"),
                            (3, "基本满意"),
                            (4, "满意"),
                            (5, "非常满意"),
                        ],
                        null=True,
                        verbose_name="追评等级",
                    ),
                ),
                ("later_words", models.BinaryField(default=b"", verbose_name="追评")),
                ("later_at", models.DateTimeField(null=True, verbose_name="追评时间")),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
            ],
            options={
                "verbose_name": "评价",
                "indexes": [models.Index(fields=["region", "-rated_at"], name="rating_region")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stars__range", (1, 5)),
                            models.Q(
                                ("later_stars__isnull", True), ("later_stars__range", (1, 5)), _connector="OR"
                            ),
                        ),
                        name="rating_of_five",
                    )
                ],
            },
        ),
    ]
