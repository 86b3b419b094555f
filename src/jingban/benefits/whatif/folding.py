"""A trial for a page: groups of few people folded into others, and nothing that is one person's."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from jingban.benefits.whatif.errors import ClaimsWrong
from jingban.benefits.whatif.report import (
    FOLDED,
    HEAD,
    TABLES,
    Rows,
    Sheet,
    fund_rows,
    group_row,
    notes,
    remark,
)
from jingban.benefits.whatif.trial import Group, Trial

FEWEST = 5
"""Persons that a group must have to be shown by itself."""


def sheets(trial: Trial, fewest: int = FEWEST) -> list[Sheet]:
    """The tables of a trial. Raises ClaimsWrong where all of it is of too few people."""
    if trial.whole.persons < fewest:
        raise ClaimsWrong(
            f"{trial.year}年度只有不足{fewest}人的单据可以试算，结果会看出是谁，不能显示；请换一个年度。"
        )
    funds, fund_head, _ = TABLES[1]
    groups = [trial.whole, *folded(trial.groups, fewest)]
    return [
        Sheet("谁多得谁少得", list(HEAD[:-2]), [_row(group, fewest) for group in groups]),
        Sheet(funds, list(fund_head), fund_rows(trial)),
        Sheet(
            "参数改动",
            ["名称", "现行", "试算", "备注"],
            [[one.title, one.now, one.tried, remark(one, trial)] for one in trial.changes],
        ),
    ]


def said(trial: Trial, fewest: int = FEWEST) -> list[str]:
    """The notes, with what is not shown."""
    return [
        *notes(trial, fewest),
        f"为保护个人信息，不足{fewest}人的类别并入“其他”，不足{fewest}人的增减不显示人数和合计。",
    ]


def folded(groups: Sequence[Group], fewest: int = FEWEST) -> list[Group]:
    """Small groups together with the smallest of the others: taking the rest from the whole leaves nobody alone.

    A person may be in two groups of a kind, so that small ones put together could still be the same few.
    """
    found: list[Group] = []
    for kind, members in groupby(groups, key=lambda group: group.dimension):
        order = sorted(members, key=lambda group: group.persons)
        small = sum(group.persons < fewest for group in order)
        if small == len(order):
            continue
        apart = order[small + 1 :] if small else order
        found += sorted(apart, key=lambda group: group.value)
        if small:
            found.append(_together(kind, order[: small + 1]))
    return found


def _together(kind: str, groups: Sequence[Group]) -> Group:
    whole = Group(kind, FOLDED)
    for one in groups:
        whole.add(one)
    return whole


def _row(group: Group, fewest: int) -> list[str | int | Decimal]:
    """As the command shows it, but what one person gained or lost, and what few persons did."""
    *shown, gaining, losing, gained, lost, _, _ = group_row(group)
    counts = [f"不足{fewest}" if 0 < count < fewest else count for count in (group.gaining, group.losing)]
    sums = [gained, lost] if counts == [gaining, losing] else ["—", "—"]
    return [*shown, *counts, *sums]


def rows_of(data: Sequence[Sequence[str | int | dict[str, str]]]) -> Rows:
    """Rows as they were before they were written down by ``as_data``."""
    return [[Decimal(cell["yuan"]) if isinstance(cell, dict) else cell for cell in row] for row in data]


def as_data(rows: Rows) -> list[list[str | int | dict[str, str]]]:
    """Rows as JSON has them."""
    return [[{"yuan": str(cell)} if isinstance(cell, Decimal) else cell for cell in row] for row in rows]
