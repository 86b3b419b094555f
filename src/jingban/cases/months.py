"""Cases that nobody applies for because the month is over: the settlement with providers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from jingban.cases.actions import Application, as_key, start
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.processes.model import Month
from jingban.rulebook.models import PublishedItem
from jingban.rulebook.publish import version


class MonthNotOver(DomainError):
    """A month is closed only when it is over."""

    code = "month_not_over"


def close_month(*, month: date, now: datetime, regions: Collection[str] | None = None) -> list[CaseView]:
    """Open the settlement of a month for every entry that starts with it; a second call opens nothing.

    ``regions``: only these (a clerk closes the own one). One case an entry: the providers' own cases come with
    the register of providers.
    """
    if (month.year, month.month) >= (local_day(now).year, local_day(now).month):
        raise MonthNotOver(f"{month:%Y年%m月}还没有结束，不能月结。")
    opened: list[CaseView] = []
    for row in PublishedItem.objects.filter(is_current=True):
        process = version(row.pk).item.process
        if not isinstance(process.starts, Month) or (regions is not None and row.region not in regions):
            continue
        key = as_key(f"month:{row.region}:{row.tier}:{row.item}:{month:%Y-%m}")
        opened.append(
            start(
                version=row.pk,
                process=process.process,
                application=Application(period=f"{month:%Y-%m}"),
                key=key,
                now=now,
            )
        )
    return opened
