"""The month's end (月末结账): what must be true first, then the books of the month are closed for good."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from django.db import transaction

from jingban.access.service import Actor
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan
from jingban.funds import rights
from jingban.funds.doctor import faults
from jingban.funds.errors import MonthNotReady
from jingban.funds.models import LineState, Own, Reconciliation, ReturnLine
from jingban.funds.reconciliation import moved_days, open_items
from jingban.ledger import service as ledger

DAY, A_MONTH = timedelta(days=1), timedelta(days=30)


def close(*, region: str, month: date, actor: Actor, now: datetime) -> date:
    """Close the books of a month; gives the last closed day. Again, it changes nothing. All that is open is named."""
    rights.required(actor, region, "", rights.DECIDERS)
    with transaction.atomic():
        if (found := open_points(region, month, now)) and not _is_closed(region, month):
            raise MonthNotReady(f"{month:%Y年%m月}还不能结账：{'；'.join(found[:5])}。", faults=found)
        return ledger.close_month(region=region, month=month, actor=actor.id, now=now)


def open_points(region: str, month: date, now: datetime) -> list[str]:
    """What stands in the way of closing a month, in words; nothing where all is well."""
    first, last = _bounds(month)
    if last >= local_day(now):
        return [f"{month:%Y年%m月}还没有结束"]
    # Closing closes what lies before as well: days of a month that was left out count too.
    through = ledger.closed_through(region)
    first = min(first, through + DAY) if through is not None else date.min
    uneven = [text for account in Own.values for text in _uneven(region, account, first, last)]
    return [*_unfinished(region, last), *uneven, *faults(region)]


def _unfinished(region: str, last: date) -> list[str]:
    waiting = ReturnLine.objects.filter(bank_return__region=region, state=LineState.WAITING)
    count = waiting.filter(bank_return__received_at__date__lte=last).count()
    return [f"有{count}行银行回执还没有办理，请继续导入"] if count else []


def _uneven(region: str, account: str, first: date, last: date) -> list[str]:
    """Each day on which money moved is reconciled, and its difference, if any, accepted by another person."""
    name = Own(account).label
    rows = {
        row.day: row
        for row in Reconciliation.objects.filter(region=region, account=account, day__range=(first, last))
    }
    missing = [day for day in moved_days(region, first, last, account) if day not in rows]
    days = "、".join(f"{day:%m月%d日}" for day in missing[:10])
    said = [f"{name}{days}有收支还没有对账"] if missing else []
    said += [
        f"{name}{row.day:%m月%d日}的银行对账不符，还没有人说明"
        for row in sorted(rows.values(), key=lambda row: row.day)
        if not row.is_even and row.explained_at is None
    ]
    old = [
        item
        for item in open_items(region, account, until=last.replace(day=1) - A_MONTH)
        if item.opened_in.explained_at is None
    ]
    if old:
        fen = sum(abs(item.change_fen) for item in old)
        said.append(f"{name}有{len(old)}笔未达账项（{show_yuan(fen)}元）超过一个月没有了结，也没有说明")
    return said


def _is_closed(region: str, month: date) -> bool:
    through = ledger.closed_through(region)
    return through is not None and _bounds(month)[1] <= through


def _bounds(month: date) -> tuple[date, date]:
    return month.replace(day=1), month.replace(day=calendar.monthrange(month.year, month.month)[1])
