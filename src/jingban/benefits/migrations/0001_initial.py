"""Bills, invoices, decisions and what they were worked out from."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0004_drafts"),
        ("registry", "0003_unit_seals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("care", models.CharField(max_length=12, verbose_name="医疗类别")),
                ("began_on", models.DateField(verbose_name="就诊（入院）日期")),
                ("ended_on", models.DateField(verbose_name="结束（出院）日期")),
                ("institution", models.CharField(max_length=120, verbose_name="医疗机构")),
                ("institution_code", models.CharField(blank=True, max_length=20, verbose_name="机构代码")),
                ("level", models.CharField(max_length=8, verbose_name="级别")),
                ("place_code", models.CharField(max_length=6, verbose_name="就医地")),
                ("emergency", models.BooleanField(default=False, verbose_name="急诊抢救")),
                (
                    "accident",
                    models.CharField(
                        choices=[
                            ("none", "不是意外伤害"),
                            ("own", "意外伤害，没有第三人责任"),
                            ("paying", "第三人负担"),
                            ("not-paying", "第三人不支付或者无法确定，基金先行支付"),
                            ("unknown", "还没有查明"),
                        ],
                        default="none",
                        max_length=12,
                        verbose_name="意外伤害",
                    ),
                ),
                ("total_fen", models.BigIntegerField(verbose_name="费用总额（分）")),
                ("commercial_fen", models.BigIntegerField(default=0, verbose_name="商业保险已付（分）")),
                ("third_party_fen", models.BigIntegerField(default=0, verbose_name="第三人已付（分）")),
                ("content", models.BinaryField(verbose_name="明细（加密）")),
                ("entered_by", models.BigIntegerField(verbose_name="录入人")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                ("checked_by", models.BigIntegerField(null=True, verbose_name="审核人")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("removed_by", models.BigIntegerField(null=True, verbose_name="撤销人")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="benefits.bill",
                    ),
                ),
            ],
            options={
                "verbose_name": "费用账单",
            },
        ),
        migrations.CreateModel(
            name="CatalogueEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=32, verbose_name="地区")),
                ("code", models.CharField(max_length=32, verbose_name="编码")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                (
                    "klass",
                    models.CharField(
                        choices=[("A", "甲类"), ("B", "乙类"), ("C", "丙类")],
                        max_length=1,
                        verbose_name="类别",
                    ),
                ),
                (
                    "own_share",
                    models.DecimalField(decimal_places=4, max_digits=5, verbose_name="先行自付比例"),
                ),
                (
                    "price_limit",
                    models.DecimalField(
                        decimal_places=4, max_digits=14, null=True, verbose_name="限价（元）"
                    ),
                ),
                ("limited_use", models.CharField(blank=True, max_length=300, verbose_name="限定支付范围")),
                ("start_on", models.DateField(verbose_name="起")),
                ("end_on", models.DateField(null=True, verbose_name="止")),
                ("source", models.CharField(max_length=200, verbose_name="文件")),
                ("loaded_at", models.DateTimeField(verbose_name="装入时间")),
            ],
            options={
                "verbose_name": "目录条目",
                "constraints": [
                    models.UniqueConstraint(fields=("region", "code", "start_on"), name="one_entry_a_day"),
                    models.UniqueConstraint(
                        condition=models.Q(("end_on__isnull", True)),
                        fields=("region", "code"),
                        name="one_open_entry_a_code",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end_on__isnull", True), ("end_on__gte", models.F("start_on")), _connector="OR"
                        ),
                        name="entry_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("klass", "A"), ("own_share", 0)),
                            models.Q(("klass", "B"), ("own_share__gt", 0), ("own_share__lt", 1)),
                            models.Q(("klass", "C"), ("own_share", 1)),
                            _connector="OR",
                        ),
                        name="entry_share_fits_class",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("price_limit__isnull", True), ("price_limit__gt", 0), _connector="OR"
                        ),
                        name="entry_limit_above_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("turn", models.PositiveSmallIntegerField(verbose_name="第几次")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reimbursement", "医疗费用报销"),
                            ("maternity-medical", "生育医疗费"),
                            ("allowance", "生育津贴"),
                            ("birth-subsidy", "一次性生育补助金"),
                            ("aid", "医疗救助"),
                            ("reward", "举报奖励"),
                        ],
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                ("insurance", models.CharField(blank=True, max_length=8, verbose_name="险种")),
                ("event", models.CharField(blank=True, max_length=12, verbose_name="生育事件")),
                ("event_on", models.DateField(null=True, verbose_name="生育（手术、预产）日期")),
                ("year", models.PositiveSmallIntegerField(verbose_name="结算年度")),
                ("rank", models.PositiveIntegerField(verbose_name="年度内次序")),
                ("decided_on", models.DateField(verbose_name="核定日期")),
                ("decided_at", models.DateTimeField(verbose_name="核定时间")),
                ("actor", models.BigIntegerField(verbose_name="核定人")),
                ("total_fen", models.BigIntegerField(verbose_name="费用总额（分）")),
                ("fund_fen", models.BigIntegerField(verbose_name="基金支付（分）")),
                ("person_fen", models.BigIntegerField(verbose_name="个人负担（分）")),
                ("others_fen", models.BigIntegerField(verbose_name="其他方已付（分）")),
                ("parts", models.JSONField(default=dict, verbose_name="各基金支付（分）")),
                ("amounts", models.JSONField(default=dict, verbose_name="各项金额（分）")),
                ("results", models.JSONField(default=list, verbose_name="逐单计算过程")),
                ("increments", models.JSONField(default=dict, verbose_name="计入年度累计")),
                ("before", models.JSONField(default=dict, verbose_name="此前年度累计")),
                ("inputs", models.BinaryField(verbose_name="计算依据（加密）")),
                ("illustrative", models.JSONField(default=list, verbose_name="示例参数")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                ("undone_by", models.BigIntegerField(null=True, verbose_name="撤销人")),
                ("undone_why", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "待遇核定",
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("difference_fen", models.BigIntegerField(verbose_name="差额（分）")),
                ("parts", models.JSONField(default=dict, verbose_name="各基金差额（分）")),
                ("why", models.CharField(max_length=200, verbose_name="原因")),
                ("made_at", models.DateTimeField(verbose_name="产生时间")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                ("settled_by", models.CharField(blank=True, max_length=80, verbose_name="处理编号")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "new",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="benefits.decision",
                    ),
                ),
                (
                    "old",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="benefits.decision",
                    ),
                ),
            ],
            options={
                "verbose_name": "差额调整",
            },
        ),
        migrations.CreateModel(
            name="FigureBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("digest", models.CharField(max_length=64, verbose_name="校验值")),
                ("content", models.BinaryField(verbose_name="参数")),
                ("kept_at", models.DateTimeField(verbose_name="留存时间")),
            ],
            options={
                "verbose_name": "留存的参数",
                "constraints": [
                    models.UniqueConstraint(fields=("region", "digest"), name="one_book_a_digest")
                ],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="book",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="benefits.figurebook"
            ),
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                (
                    "purpose",
                    models.CharField(
                        choices=[("insurance", "保险报销"), ("aid", "医疗救助")],
                        max_length=9,
                        verbose_name="用途",
                    ),
                ),
                ("kind", models.CharField(max_length=12, verbose_name="票据种类")),
                ("code", models.CharField(blank=True, max_length=20, verbose_name="票据代码")),
                ("number", models.CharField(max_length=30, verbose_name="票据号码")),
                ("issuer", models.CharField(max_length=120, verbose_name="开票单位")),
                ("issued_on", models.DateField(verbose_name="开票日期")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("key", models.BinaryField(max_length=32, verbose_name="唯一标识")),
                ("digest", models.BinaryField(max_length=32, verbose_name="内容校验值")),
                ("is_read", models.BooleanField(default=False, verbose_name="读自电子票据")),
                ("released_at", models.DateTimeField(null=True, verbose_name="释放时间")),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="benefits.bill",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
            ],
            options={
                "verbose_name": "票据",
            },
        ),
        migrations.CreateModel(
            name="MedicalEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=32, verbose_name="地区")),
                ("content", models.BinaryField(verbose_name="生育信息（加密）")),
                ("entered_by", models.BigIntegerField(verbose_name="录入人")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
            ],
            options={
                "verbose_name": "生育信息",
            },
        ),
        migrations.CreateModel(
            name="PersonYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("sums", models.JSONField(default=dict, verbose_name="年度累计")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "个人年度累计",
            },
        ),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(fields=["region", "entered_at"], name="bill_day"),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_on__gte", models.F("began_on"))), name="bill_days_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("commercial_fen__gte", 0), ("third_party_fen__gte", 0), ("total_fen__gt", 0)
                ),
                name="bill_amounts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("commercial_fen__lte", models.F("total_fen")),
                    ("third_party_fen__lte", models.F("total_fen")),
                ),
                name="bill_paid_no_more_than_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_by__isnull", True),
                    models.Q(("checked_by", models.F("entered_by")), _negated=True),
                    _connector="OR",
                ),
                name="bill_checked_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="adjustment",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)),
                fields=["region", "id"],
                name="adjustment_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_at__isnull", True), models.Q(("settled_by", ""), _negated=True), _connector="OR"
                ),
                name="adjustment_settled_by_something",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["person", "year", "rank"], name="decision_year"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["region", "decided_on"], name="decision_day"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)),
                fields=("case",),
                name="one_standing_decision_a_case",
                violation_error_message="一个办件只能有一个有效的核定。",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("case", "turn"), name="one_decision_a_turn"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)),
                fields=("person", "year", "rank"),
                name="one_decision_a_rank",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fund_fen__gte", 0),
                    ("others_fen__gte", 0),
                    ("person_fen__gte", 0),
                    ("total_fen__gte", 0),
                ),
                name="decision_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total_fen",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("fund_fen"), "+", models.F("person_fen")
                            ),
                            "+",
                            models.F("others_fen"),
                        ),
                    )
                ),
                name="decision_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "reward"), ("person__isnull", False), _connector="OR"),
                name="decision_is_of_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["key"], name="invoice_key"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("key", "purpose"),
                name="invoice_paid_once",
                violation_error_message="这张票据已经用于报销，不能重复使用。",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="invoice_above_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="medicalevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)),
                fields=("case",),
                name="one_event_a_maternity_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="personyear",
            constraint=models.UniqueConstraint(fields=("person", "year"), name="one_row_a_person_year"),
        ),
    ]
