"""Money of transfers that is short or for nobody: which letters may still be open, and what goes back by two people."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def opened(apps: Any, schema_editor: Any) -> None:
    """Letters from before: the next delivery puts away those whose money came out even."""
    letters = apps.get_model("exchange", "Letter").objects.filter(direction="in", state="applied")
    letters.filter(kind="transfer-funds").update(open_money=True)
    letters.filter(kind="info-sheet", result="arrived").update(open_money=True)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_outbox"),
        ("exchange", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="FundsReturn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("reason", models.CharField(max_length=150, verbose_name="理由")),
                ("proposed_by", models.BigIntegerField(verbose_name="经办人")),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="复核人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("is_agreed", models.BooleanField(null=True, verbose_name="同意")),
                ("entry", models.BigIntegerField(null=True, verbose_name="分录号")),
            ],
            options={
                "verbose_name": "转移资金退回",
            },
        ),
        migrations.AddField(
            model_name="letter",
            name="open_money",
            field=models.BooleanField(default=False, verbose_name="资金未了结"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("open_money", True)), fields=["to_code", "case"], name="letter_money"
            ),
        ),
        migrations.AddConstraint(
            model_name="fundsreturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True)),
                fields=("case",),
                name="one_open_return_a_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundsreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)),
                name="return_amount",
                violation_error_message="金额要大于零。",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundsreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="return_by_two",
                violation_error_message="提出退回的人不能自己复核。",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundsreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("is_agreed__isnull", True),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("is_agreed__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="return_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundsreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entry__isnull", False), ("is_agreed", True)),
                    models.Q(("entry__isnull", True), ("is_agreed__isnull", True)),
                    models.Q(("entry__isnull", True), ("is_agreed", False)),
                    _connector="OR",
                ),
                name="return_booked_when_agreed",
            ),
        ),
        migrations.RunPython(opened, migrations.RunPython.noop),
    ]
