"""Which agency is the tax department of a region, and the receipts that it signed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0002_money"),
    ]

    operations = [
        migrations.CreateModel(
            name="TaxOffice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("start_on", models.DateField(verbose_name="起")),
                ("end_on", models.DateField(null=True, verbose_name="止")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tax_regions",
                        to="exchange.agency",
                    ),
                ),
            ],
            options={
                "verbose_name": "税务部门",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "region"), name="one_row_a_tax_office"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end_on__isnull", True), ("end_on__gte", models.F("start_on")), _connector="OR"
                        ),
                        name="tax_office_period",
                        violation_error_message="止期不能早于起期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaxReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(unique=True, verbose_name="标识")),
                ("from_code", models.CharField(max_length=32, verbose_name="税务部门")),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("number", models.CharField(max_length=40, verbose_name="回执编号")),
                ("levy_number", models.CharField(max_length=40, verbose_name="征缴单号")),
                ("envelope", models.TextField(verbose_name="内容")),
                ("digest", models.BinaryField(max_length=32, verbose_name="摘要")),
                ("applied", models.BooleanField(verbose_name="已入账")),
                ("words", models.CharField(max_length=300, verbose_name="答复")),
                ("received_at", models.DateTimeField(verbose_name="收到时间")),
            ],
            options={
                "verbose_name": "税务签名回执",
                "indexes": [models.Index(fields=["region", "number"], name="tax_receipt_number")],
            },
        ),
    ]
