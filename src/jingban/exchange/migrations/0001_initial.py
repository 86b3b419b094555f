"""Other agencies, their keys, and the letters to and from them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0003_outbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="机构代码")),
                ("name", models.CharField(max_length=80, verbose_name="机构名称")),
                ("admin_code", models.CharField(max_length=6, verbose_name="行政区划代码")),
                ("url", models.CharField(blank=True, max_length=200, verbose_name="接收地址")),
                ("payee", models.CharField(blank=True, max_length=80, verbose_name="收款户名")),
                ("bank", models.CharField(blank=True, max_length=80, verbose_name="开户行")),
                ("account", models.CharField(blank=True, max_length=32, verbose_name="账号")),
                ("start_on", models.DateField(verbose_name="起")),
                ("end_on", models.DateField(null=True, verbose_name="止")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "经办机构",
                "indexes": [models.Index(fields=["admin_code"], name="agency_place")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end_on__isnull", True), ("end_on__gte", models.F("start_on")), _connector="OR"
                        ),
                        name="agency_period",
                        violation_error_message="止期不能早于起期。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AgencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=16, verbose_name="公钥编号")),
                ("text", models.CharField(max_length=120, verbose_name="公钥")),
                ("start_on", models.DateField(verbose_name="起")),
                ("end_on", models.DateField(null=True, verbose_name="止")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="exchange.agency"
                    ),
                ),
            ],
            options={
                "verbose_name": "机构公钥",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "key"), name="one_row_a_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end_on__isnull", True), ("end_on__gte", models.F("start_on")), _connector="OR"
                        ),
                        name="agency_key_period",
                        violation_error_message="止期不能早于起期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(verbose_name="标识")),
                (
                    "direction",
                    models.CharField(
                        choices=[("out", "发出"), ("in", "收到")], max_length=3, verbose_name="方向"
                    ),
                ),
                ("kind", models.CharField(max_length=24, verbose_name="种类")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("from_code", models.CharField(max_length=32, verbose_name="发函机构")),
                ("to_code", models.CharField(blank=True, max_length=32, verbose_name="收函机构")),
                ("party", models.CharField(max_length=80, verbose_name="对方名称")),
                ("number", models.CharField(max_length=40, verbose_name="函号")),
                ("person", models.BinaryField(max_length=16, null=True, verbose_name="证件号码盲索引")),
                ("result", models.CharField(blank=True, max_length=12, verbose_name="结果")),
                ("envelope", models.BinaryField(verbose_name="内容")),
                ("signature", models.BinaryField(max_length=96, verbose_name="签名")),
                ("digest", models.BinaryField(max_length=32, verbose_name="摘要")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待发"),
                            ("paper", "待打印寄出"),
                            ("sent", "已发出"),
                            ("received", "已收到"),
                            ("applied", "已办理"),
                            ("refused", "退回"),
                            ("unmatched", "待核对"),
                        ],
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("tries", models.PositiveIntegerField(default=0, verbose_name="尝试次数")),
                ("next_try_at", models.DateTimeField(null=True, verbose_name="下次尝试")),
                ("words", models.CharField(blank=True, max_length=1000, verbose_name="说明")),
                ("tracking_number", models.CharField(blank=True, max_length=40, verbose_name="挂号信编号")),
                ("paper_on", models.DateField(null=True, verbose_name="寄出或收到纸质件的日期")),
                ("actor", models.BigIntegerField(null=True, verbose_name="登记人")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="处理情况")),
                ("created_at", models.DateTimeField(verbose_name="形成时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发出时间")),
                ("received_at", models.DateTimeField(null=True, verbose_name="收到时间")),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="cases.case",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter",
                        to="cases.message",
                    ),
                ),
                (
                    "refers_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="exchange.letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "机构来往函件",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["next_try_at", "id"],
                        name="letter_waiting",
                    ),
                    models.Index(fields=["case", "kind", "id"], name="letter_case"),
                    models.Index(fields=["from_code", "number"], name="letter_number"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("direction", "uuid"), name="one_letter_a_side"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("direction", "in"),
                            ("state__in", ["received", "applied"]),
                            models.Q(("from_code", ""), _negated=True),
                        ),
                        fields=("from_code", "kind", "number"),
                        name="one_letter_a_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("direction", "out"),
                                ("state__in", ["waiting", "paper", "sent", "refused", "unmatched"]),
                            ),
                            models.Q(
                                ("direction", "in"),
                                ("state__in", ["received", "applied", "refused", "unmatched"]),
                            ),
                            _connector="OR",
                        ),
                        name="letter_state_fits",
                    ),
                ],
            },
        ),
    ]
