"""A trial as rows for people: on the screen, as CSV, as a workbook."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from jingban.benefits.rules.aid import CATEGORIES
from jingban.benefits.rules.explain import LEVELS
from jingban.benefits.whatif.trial import Group, Trial

Rows = list[list[str | int | Decimal]]

DIMENSIONS = {
    "all": "全部",
    "insurance": "险种",
    "status": "人员类别",
    "level": "医疗机构级别",
    "age": "年龄",
    "aid": "救助对象",
}
FUNDS = {
    "employee": "职工医保统筹基金", "resident": "居民医保基金", "supplement": "大额医疗补助", "serious": "居民大病保险",
    "civil": "公务员医疗补助", "enterprise": "企业补充医疗保险", "aid": "医疗救助",
}  # fmt: skip
_VALUES = {
    "insurance": {"employee": "职工", "resident": "居民"},
    "status": {"active": "在职", "retired": "退休", "resident": "居民", "student": "学生"},
    "level": dict(LEVELS),
    "age": {"": "不详", "75-": "75岁及以上"},
    "aid": {"": "不是救助对象", **CATEGORIES},
}
HEAD = (
    "分组", "类别", "单据数", "人数", "现行支付（元）", "试算支付（元）", "增减（元）", "增加的人数", "减少的人数",
    "增加合计（元）", "减少合计（元）", "一人最多增加（元）", "一人最多减少（元）",
)  # fmt: skip


def value_of(dimension: str, value: str) -> str:
    """A group's name."""
    if dimension == "all":
        return "合计"
    known = _VALUES[dimension].get(value)
    return known or (f"{value}岁" if dimension == "age" else value)


def group_rows(trial: Trial) -> Rows:
    """The whole and each group."""
    return [_row(group) for group in (trial.whole, *trial.groups)]


def _row(group: Group) -> list[str | int | Decimal]:
    return [
        DIMENSIONS[group.dimension], value_of(group.dimension, group.value), group.claims, group.persons,
        yuan(group.before), yuan(group.after), yuan(group.cost), group.gaining, group.losing, yuan(group.gained),
        yuan(group.lost), yuan(group.largest_gain), yuan(group.largest_loss),
    ]  # fmt: skip


def fund_rows(trial: Trial) -> Rows:
    """What each fund pays now, in the trial, and the difference."""
    return [
        [FUNDS[name], yuan(now), yuan(then), yuan(then - now)] for name, (now, then) in trial.funds.items()
    ]


def change_rows(trial: Trial) -> Rows:
    """Each changed figure."""
    unused = set(trial.unused)
    return [
        [
            one.region,
            one.name,
            one.title,
            one.unit,
            one.now,
            one.tried,
            "没有单据用到" if one.name in unused else "",
        ]
        for one in trial.changes
    ]


def person_rows(trial: Trial) -> Rows:
    """Those whom it changes most; the number is a pseudonym of this data alone."""
    return [
        [
            f"{one.person}", value_of("insurance", one.insurance), value_of("status", one.status), value_of("age", one.age),
            value_of("aid", one.aid), one.claims, yuan(one.before), yuan(one.after), yuan(one.difference),
        ]
        for one in (*trial.gains, *trial.losses)
    ]  # fmt: skip


def notes(trial: Trial) -> list[str]:
    """What has to be known to read the figures."""
    said = [
        f"{trial.year}年度{trial.claims}张单据，{trial.whole.persons}人；地区：{'、'.join(trial.regions)}。"
    ]
    if trial.one_by_one:
        said.append(
            f"其中{trial.one_by_one}张次因本人年度内封顶线有变并已触及，改用逐单计算，结果已包括在内。"
        )
    if trial.otherwise:
        said.append(
            f"有{trial.otherwise}张单据按现行参数重算与当时核定的金额不同，比较以现行参数重算的为准。"
        )
    if trial.unused:
        said.append(f"没有单据用到的改动：{'、'.join(trial.unused)}。")
    said.append("假定就医行为不变；只重算费用报销，不改变费用分割，也不作为支付依据。")
    return said


_PAID = ("现行支付（元）", "试算支付（元）", "增减（元）")
TABLES = (
    ("分组", HEAD, group_rows),
    ("基金", ("基金", *_PAID), fund_rows),
    ("变动最大", ("代号", "险种", "人员类别", "年龄", "救助对象", "单据数", *_PAID), person_rows),
    ("参数改动", ("地区", "参数", "名称", "单位", "现行", "试算", "备注"), change_rows),
)
WORDS = frozenset({"分组", "类别", "基金", "代号", "险种", "人员类别", "年龄", "救助对象", *TABLES[3][1]})
"""Columns that hold words, not figures."""


def write(trial: Trial, path: Path) -> None:
    """Write a workbook (.xlsx, every table) or a CSV (the groups)."""
    if path.suffix.lower() == ".xlsx":
        _workbook(trial, path)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([HEAD, *group_rows(trial)])


def _workbook(trial: Trial, path: Path) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        money = book.add_format({"num_format": "#,##0.00"})
        for title, head, rows in TABLES:
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, head)
            for number, row in enumerate(rows(trial), 1):
                for column, value in enumerate(row):
                    sheet.write(number, column, value, money if isinstance(value, Decimal) else None)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
        sheet = book.add_worksheet("说明")
        sheet.write_column(0, 0, notes(trial))


def yuan(fen: int) -> Decimal:
    """Fen as yuan."""
    return Decimal(fen).scaleb(-2)
