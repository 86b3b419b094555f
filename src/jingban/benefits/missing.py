"""A rule is asked for a day on which it has no figure: nothing is guessed, and the clerk is told what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from jingban.benefits.errors import NoFigure
from jingban.core.parameters import NotInForce


@contextmanager
def told_plainly() -> Iterator[None]:
    """Say NotInForce in the words of whoever entered the bill; what was entered stays as it is."""
    try:
        yield
    except NotInForce as error:
        title = str(error.details.get("title") or error.details.get("parameter") or "待遇参数")
        day = error.details.get("day")
        when = _words(date.fromisoformat(str(day))) if day else "这一天"
        raise NoFigure(
            f"规则库里没有{when}有效的“{title.partition('（')[0]}”，这一天的费用还算不出待遇，没有核定；"
            "录入的都已保留。请核对就医日期；日期无误的，请规则管理人员补上当时的标准和依据并发布，再来办理。",
            **error.details,
        ) from error


def _words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
