"""Seals what of a decision is health data; who was paid what by which fund stays readable.

Makes room for what a person had settled outside, too.
"""

import json
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from jingban.core.crypto import open_sealed, seal


def _context(row: Any, part: str) -> bytes:
    return f"decision:{row.case_id}:{row.turn}:{part}".encode()


def seal_rows(apps: Any, schema_editor: Any) -> None:
    decisions = apps.get_model("benefits", "Decision").objects.using(schema_editor.connection.alias)
    for row in decisions.order_by("id").iterator(chunk_size=200):
        facts = {
            "before": row.before,
            "increments": row.increments,
            "event": row.event,
            "event_on": row.event_on.isoformat() if row.event_on else None,
        }
        results = json.dumps(row.results, ensure_ascii=False, separators=(",", ":"))
        decisions.filter(pk=row.pk).update(
            working=seal(results, context=_context(row, "working")),
            facts=seal(json.dumps(facts, ensure_ascii=False), context=_context(row, "facts")),
            is_illustrative=bool(row.illustrative),
        )


def open_rows(apps: Any, schema_editor: Any) -> None:
    decisions = apps.get_model("benefits", "Decision").objects.using(schema_editor.connection.alias)
    for row in decisions.order_by("id").iterator(chunk_size=200):
        facts = json.loads(open_sealed(bytes(row.facts), context=_context(row, "facts")))
        results = json.loads(open_sealed(bytes(row.working), context=_context(row, "working")))
        names = {name for result in results for name in result.get("illustrative", ())}
        decisions.filter(pk=row.pk).update(**facts, results=results, illustrative=sorted(names))


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="working",
            field=models.BinaryField(default=b"", verbose_name="计算过程（加密）"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="decision",
            name="facts",
            field=models.BinaryField(default=b"", verbose_name="年度累计和生育事件（加密）"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="decision",
            name="is_illustrative",
            field=models.BooleanField(default=False, verbose_name="用到示例值"),
            preserve_default=False,
        ),
        migrations.RunPython(seal_rows, open_rows),
        migrations.RemoveField(model_name="decision", name="results"),
        migrations.RemoveField(model_name="decision", name="before"),
        migrations.RemoveField(model_name="decision", name="increments"),
        migrations.RemoveField(model_name="decision", name="event"),
        migrations.RemoveField(model_name="decision", name="event_on"),
        migrations.RemoveField(model_name="decision", name="illustrative"),
        migrations.RemoveField(model_name="personyear", name="sums"),
        migrations.AlterModelOptions(name="personyear", options={"verbose_name": "个人年度"}),
        migrations.CreateModel(
            name="OpeningSum",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("insurance", models.CharField(max_length=8, verbose_name="险种")),
                ("until_on", models.DateField(verbose_name="累计到")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("sheet", "医疗费用结算单"),
                            ("list", "年度累计查询单"),
                            ("file", "批量导入的累计"),
                            ("wire", "定点医药机构结算"),
                        ],
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("content", models.BinaryField(verbose_name="累计金额（加密）")),
                ("entered_by", models.BigIntegerField(verbose_name="登记人")),
                ("entered_at", models.DateTimeField(verbose_name="登记时间")),
                ("checked_by", models.BigIntegerField(null=True, verbose_name="复核人")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="替换（撤销）时间")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="benefits.openingsum",
                    ),
                ),
            ],
            options={
                "verbose_name": "此前直接结算的累计",
                "indexes": [models.Index(fields=["person", "year"], name="opening_year")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("checked_at__isnull", False), ("removed_at__isnull", True)),
                        fields=("person", "year", "insurance", "until_on"),
                        name="one_opening_that_counts",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("checked_at__isnull", True), ("removed_at__isnull", True)),
                        fields=("person", "year", "insurance", "until_on"),
                        name="one_opening_to_be_checked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by__isnull", True),
                            models.Q(("checked_by", models.F("entered_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="opening_checked_by_another",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["issued_on", "amount_fen"], name="invoice_day_amount"),
        ),
    ]
