"""A benefit may be revoked; a receipt counts once in a region; what moved between the funds is a row.

A corrected account names the payment that it is for, so that it may stand without a bounced one.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def name_subjects(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("funds", "PayeeCorrection").objects.using(schema_editor.connection.alias)
    for row in rows.select_related("payment").order_by("pk").iterator(chunk_size=200):
        rows.filter(pk=row.pk).update(subject=row.payment.subject, attempt=row.payment.attempt + 1)


def fill(apps: Any, schema_editor: Any) -> None:
    using = schema_editor.connection.alias
    _receipts(apps, using)
    _shifts(apps, using)


def _receipts(apps: Any, using: str) -> None:
    receipts = apps.get_model("funds", "Receipt").objects.using(using)
    moves = apps.get_model("funds", "RecoveryMove").objects.using(using).exclude(reference="")
    sums: dict[tuple[str, str, int], int] = {}
    for move in moves.select_related("recovery").order_by("pk"):
        key = (move.recovery.region, move.reference, move.recovery_id)
        sums[key] = sums.get(key, 0) + move.amount_fen
    seen: set[tuple[str, str]] = set()
    for (region, reference, recovery), fen in sums.items():
        # Until now two recoveries could name one receipt; the later one says so.
        known = reference if (region, reference) not in seen else f"{reference[:60]}（追回{recovery}）"
        seen.add((region, reference))
        receipts.create(region=region, reference=known, recovery_id=recovery, amount_fen=fen)


def _shifts(apps: Any, using: str) -> None:
    shifts = apps.get_model("funds", "Shift").objects.using(using)
    cases = apps.get_model("cases", "Case").objects.using(using)
    lines = apps.get_model("ledger", "Line").objects.using(using)
    entries = apps.get_model("ledger", "Entry").objects.using(using).filter(kind="fund-clearing")
    for entry in entries.order_by("pk"):
        cause = entry.reference.removesuffix(":clearing")
        case = cases.filter(pk=int(cause.split(":")[1])).first()
        parts: dict[str, int] = {}
        for line in lines.filter(entry=entry, account__code__endswith=":clearing").select_related("account"):
            fen = line.amount_fen if line.side == "credit" else -line.amount_fen
            parts[line.account.code.split(":")[1]] = fen
        if case is not None and parts:
            shifts.create(
                region=entry.region, case=case, cause=cause, parts=parts, moved_on=entry.booked_on, actor=entry.actor
            )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("funds", "0001_initial"),
        ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("reference", models.CharField(max_length=80, verbose_name="收款凭证号")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "recovery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="funds.recovery",
                    ),
                ),
            ],
            options={"verbose_name": "退款凭证"},
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("cause", models.CharField(max_length=80, verbose_name="事由编号")),
                ("parts", models.JSONField(verbose_name="各基金金额（分）")),
                ("moved_on", models.DateField(verbose_name="日期")),
                ("actor", models.BigIntegerField(verbose_name="经办人")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
            ],
            options={"verbose_name": "基金间往来"},
        ),
        migrations.AddIndex(model_name="shift", index=models.Index(fields=["region"], name="shift_region")),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("region", "reference"), name="one_receipt_a_region"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(condition=Q(amount_fen__gt=0), name="receipt_amount"),
        ),
        migrations.AddField(
            model_name="recovery",
            name="is_revocation",
            field=models.BooleanField(default=False, verbose_name="撤销待遇"),
        ),
        migrations.AlterField(
            model_name="recovery",
            name="cause",
            field=models.CharField(max_length=80, verbose_name="事由编号"),
        ),
        migrations.AddConstraint(
            model_name="recovery",
            constraint=models.UniqueConstraint(
                condition=~Q(state="declined"), fields=("cause",), name="one_recovery_a_cause"
            ),
        ),
        migrations.RemoveConstraint(model_name="recovery", name="recovery_amount"),
        migrations.AddConstraint(
            model_name="recovery",
            constraint=models.CheckConstraint(
                condition=Q(total_fen__gt=0) | Q(is_revocation=True, total_fen=0), name="recovery_amount"
            ),
        ),
        migrations.RemoveConstraint(model_name="payeecorrection", name="one_open_correction"),
        migrations.AlterField(
            model_name="payeecorrection",
            name="payment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="funds.payment",
            ),
        ),
        migrations.AddField(
            model_name="payeecorrection",
            name="subject",
            field=models.CharField(default="", max_length=80, verbose_name="款项"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="payeecorrection",
            name="attempt",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="用于第几次付款"),
            preserve_default=False,
        ),
        migrations.RunPython(name_subjects, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="payeecorrection",
            constraint=models.UniqueConstraint(
                condition=Q(decided_at__isnull=True), fields=("subject",), name="one_open_correction"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
