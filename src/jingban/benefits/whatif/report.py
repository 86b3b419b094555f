"""A trial as rows for people: on the screen, as CSV, as a workbook."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from jingban.benefits.rules.explain import LEVELS
from jingban.benefits.whatif.changes import Change
from jingban.benefits.whatif.export import Exported
from jingban.benefits.whatif.trial import Group, Trial
from jingban.core.insurance import AID_CATEGORIES, FUNDS
from jingban.core.money import show_yuan
from jingban.rulebook.cache import regions as all_regions

Rows = list[list[str | int | Decimal]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it is shown and exported."""

    title: str
    head: list[str]
    rows: Rows


DIMENSIONS = {
    "all": "全部",
    "insurance": "险种",
    "status": "人员类别",
    "level": "医疗机构级别",
    "age": "年龄",
    "aid": "救助对象",
}
_VALUES = {
    "insurance": {"employee": "职工", "resident": "居民"},
    "status": {"active": "在职", "retired": "退休", "resident": "居民", "student": "学生"},
    "level": dict(LEVELS),
    "age": {"": "不详", "75-": "75岁及以上"},
    "aid": {"": "不是救助对象", **AID_CATEGORIES},
}
HEAD = (
    "分组", "类别", "单据数", "人数", "现行支付（元）", "试算支付（元）", "增减（元）", "增加的人数", "减少的人数",
    "增加合计（元）", "减少合计（元）", "一人最多增加（元）", "一人最多减少（元）",
)  # fmt: skip


FOLDED = "folded"
"""The value of small groups that were put together (``folding``)."""


def value_of(dimension: str, value: str) -> str:
    """A group's name."""
    if dimension == "all":
        return "合计"
    if value == FOLDED:
        return "其他（人数少的合并）"
    known = _VALUES[dimension].get(value)
    return known or (f"{value}岁" if dimension == "age" else value)


def group_rows(trial: Trial) -> Rows:
    """The whole and each group."""
    return [group_row(group) for group in (trial.whole, *trial.groups)]


def group_row(group: Group) -> list[str | int | Decimal]:
    """A group under ``HEAD``."""
    return [
        DIMENSIONS[group.dimension], value_of(group.dimension, group.value), group.claims, group.persons,
        yuan(group.before), yuan(group.after), yuan(group.cost), group.gaining, group.losing, yuan(group.gained),
        yuan(group.lost), yuan(group.largest_gain), yuan(group.largest_loss),
    ]  # fmt: skip


def fund_rows(trial: Trial) -> Rows:
    """What each fund pays now, in the trial, and the difference."""
    return [
        [FUNDS[name].short, yuan(now), yuan(then), yuan(then - now)]
        for name, (now, then) in trial.funds.items()
    ]


def change_rows(trial: Trial) -> Rows:
    """Each changed figure."""
    return [
        [one.region, one.name, one.title, one.now, one.tried, remark(one, trial)] for one in trial.changes
    ]


def remark(change: Change, trial: Trial) -> str:
    """What has to be known of a change."""
    told = (("▲ 现行为示例值", change.is_illustrative), ("没有单据用到", change.name in trial.unused))
    return "；".join(text for text, applies in told if applies)


def person_rows(trial: Trial) -> Rows:
    """Those whom it changes most; the number is a pseudonym of this data alone."""
    return [
        [
            f"{one.person}", value_of("insurance", one.insurance), value_of("status", one.status), value_of("age", one.age),
            value_of("aid", one.aid), one.claims, yuan(one.before), yuan(one.after), yuan(one.difference),
        ]
        for one in (*trial.gains, *trial.losses)
    ]  # fmt: skip


def notes(trial: Trial, fewest: int = 0) -> list[str]:
    """What came out in a word, and what has to be known to read it; numbers of persons below ``fewest`` are not told."""
    whole = trial.whole
    said = [
        f"{trial.year}年度{trial.claims}张单据，{whole.persons}人；地区：{'、'.join(_names(trial.regions))}。",
        f"基金全年{_more(whole.cost)}；"
        f"{_people(whole.gaining, fewest)}增加，{_people(whole.losing, fewest)}减少。",
    ]
    if trial.one_by_one:
        said.append(
            f"其中{trial.one_by_one}张次因本人年度内封顶线（或直接结算后剩余的额度）有变并已触及，改用逐单计算，结果已包括在内。"
        )
    if trial.otherwise:
        said.append(
            f"有{trial.otherwise}张单据按现行参数重算与当时核定的金额不同，比较以现行参数重算的为准。"
        )
    if trial.unused:
        said.append(f"没有单据用到的改动：{'、'.join(trial.unused)}。")
    if trial.illustrative:
        said.append(
            f"▲ 计算用到的现行参数里有{len(trial.illustrative)}项是示例值，没有正式文件依据，结果只作演示。"
        )
    said.append("假定就医行为不变；只重算费用报销，不改变费用分割，也不作为支付依据。")
    return said


def _names(regions: Sequence[str]) -> list[str]:
    cards = all_regions()
    return [cards[name].name if name in cards else name for name in regions]


def left_out(found: Exported) -> list[str]:
    """Whose claims could not be taken, and why."""
    said = []
    if found.left_out_aid:
        said.append(f"另有{found.left_out_aid}人单独申请过医疗救助，年度累计不全在报销里，没有导出。")
    if found.left_out_elsewhere:
        said.append(f"另有{found.left_out_elsewhere}人当年在其他地区也有报销，没有导出。")
    return said


_PAID = ("现行支付（元）", "试算支付（元）", "增减（元）")
TABLES = (
    ("分组", HEAD, group_rows),
    ("基金", ("基金", *_PAID), fund_rows),
    ("变动最大", ("代号", "险种", "人员类别", "年龄", "救助对象", "单据数", *_PAID), person_rows),
    ("参数改动", ("地区", "参数", "名称", "现行", "试算", "备注"), change_rows),
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
    workbook([Sheet(title, list(head), rows(trial)) for title, head, rows in TABLES], notes(trial), path)


def workbook(sheets: Sequence[Sheet], said: Sequence[str], path: Path) -> None:
    """Write tables as a workbook, with what has to be known on a sheet of its own."""
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        money = book.add_format({"num_format": "#,##0.00"})
        for one in sheets:
            sheet = book.add_worksheet(one.title)
            sheet.write_row(0, 0, one.head)
            for number, row in enumerate(one.rows, 1):
                for column, value in enumerate(row):
                    sheet.write(number, column, value, money if isinstance(value, Decimal) else None)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
        sheet = book.add_worksheet("说明")
        sheet.write_column(0, 0, said)


def _more(fen: int) -> str:
    return f"{'少' if fen < 0 else '多'}付{show_yuan(abs(fen))}元" if fen else "支付不增不减"


def _people(count: int, fewest: int) -> str:
    return f"不足{fewest}人" if 0 < count < fewest else f"{count}人"


def yuan(fen: int) -> Decimal:
    """Fen as yuan."""
    return Decimal(fen).scaleb(-2)
