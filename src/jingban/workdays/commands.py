"""``jingban workdays``: due days on the command line."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import click

from jingban.core.commandline import Complaint, complaint
from jingban.core.errors import DomainError

if TYPE_CHECKING:
    from jingban.workdays.limits import Unit

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}")
_NUMBER = re.compile(r"[0-9]{1,9}")


@click.group()
def workdays() -> None:
    """工作日历与期限"""


@workdays.command("due", context_settings={"ignore_unknown_options": True})
@click.argument("day", metavar="DATE")
@click.argument("number", metavar="N")
@click.option("--unit", default="working", show_default=True, help="工作日working、自然日calendar或月months")
@click.option("--after-hours", is_flag=True, help="下班后收到（只影响即时办结）")
@click.option("--explain", "explained", is_flag=True, help="逐日列出计算过程")
def due_command(day: str, number: str, unit: str, after_hours: bool, explained: bool) -> None:
    """从 DATE 起 N 个工作日的到期日（起算日不计入；0 为即时办结）"""
    # Imported here so that `jingban --help` stays quick.
    from jingban.workdays.explain import PROVISIONAL, explain
    from jingban.workdays.limits import Limit
    from jingban.workdays.service import calendar

    try:
        found = explain(calendar(), _day(day), Limit(_number(number), _unit(unit)), after_hours=after_hours)
    except DomainError as error:
        raise complaint(error) from None
    click.echo(found.due.on.isoformat())
    if explained:
        click.echo(found.summary())
        for line in found.lines():
            click.echo(line)
    elif found.due.provisional:
        click.echo(f"暂定：{PROVISIONAL}。", err=True)


def _day(text: str) -> date:
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Complaint(f"日期“{text}”不存在，请核对月份和日。") from None
    raise Complaint(f"日期“{text}”的写法不对，应为年-月-日，例如 2026-02-12。")


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Complaint(f"期限“{text}”不对，应是0或正整数，例如 20。")
    return int(text)


def _unit(text: str) -> Unit:
    from jingban.workdays.limits import Unit

    names = {"working": Unit.WORKING_DAYS, "calendar": Unit.CALENDAR_DAYS, "months": Unit.MONTHS}
    if text not in names:
        raise Complaint(f"单位“{text}”不认识，可用：{'、'.join(names)}。")
    return names[text]
