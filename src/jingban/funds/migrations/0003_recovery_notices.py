"""What a person is to be told of a recovery, and whether somebody was reached; subsidies that were refused wait no more."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def close_refused(apps: Any, schema_editor: Any) -> None:
    """Until now a subsidy that was refused after the fiscal authority had granted it went on waiting for its money."""
    rows = apps.get_model("funds", "FiscalRequest").objects.using(schema_editor.connection.alias)
    left = rows.filter(kind="subsidy", state="granted", case__outcome="refused")
    left.filter(words="").update(words="财政同意后没有拨付")
    left.update(state="declined")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_place"),
        ("funds", "0002_revocations"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recovery-once", "决定追回，一次退回"),
                            ("recovery-instalments", "决定追回，分期退回"),
                            ("recovery-set-off", "决定追回，从以后的待遇中抵扣"),
                            ("recovery-revoked", "撤销待遇并追回"),
                            ("recovery-repaid", "收到退款"),
                            ("recovery-done", "已全部退回"),
                            ("recovery-kept", "从待遇中抵扣"),
                        ],
                        max_length=24,
                        verbose_name="告知",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="发生时间")),
                ("told_at", models.DateTimeField(null=True, verbose_name="告知时间")),
                ("is_reached", models.BooleanField(null=True, verbose_name="告知到")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "recovery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="funds.recovery",
                    ),
                ),
            ],
            options={
                "verbose_name": "追回的告知",
                "indexes": [
                    models.Index(
                        condition=models.Q(("told_at__isnull", True)), fields=["id"], name="notice_untold"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "recovery-once",
                                    "recovery-instalments",
                                    "recovery-set-off",
                                    "recovery-revoked",
                                    "recovery-repaid",
                                    "recovery-done",
                                    "recovery-kept",
                                ],
                            )
                        ),
                        name="notice_kind",
                    )
                ],
            },
        ),
        migrations.RunPython(close_refused, migrations.RunPython.noop),
    ]
