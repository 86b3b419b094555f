"""``jingban benefit``: explain a decision, load the catalogue, hold all decisions against what they were made from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jingban.benefits.whatif.commands import export_claims, invent_claims, what_if
from jingban.core.boot import boot
from jingban.core.commandline import Complaint

if TYPE_CHECKING:
    from jingban.benefits.explain import Explanation


@click.group()
def benefit() -> None:
    """待遇：计算说明、目录、核对"""


benefit.add_command(what_if)
benefit.add_command(export_claims)
benefit.add_command(invent_claims)


@benefit.command()
@click.argument("case")
def explain(case: str) -> None:
    """说明一个办件的待遇是怎样算出来的"""
    boot()
    from jingban.benefits import service
    from jingban.cases.view import read_numbered

    view = read_numbered(case)
    decision = service.standing_decision(view.id) or service.revoked_decision(view.id)
    told = service.explain(decision) if decision is not None else service.explain_plain(view)
    if told is None:
        raise Complaint(f"办件{case}没有有效的核定。")
    _show(told)


@benefit.group()
def catalogue() -> None:
    """医保目录：药品、诊疗项目、耗材"""


@catalogue.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", default="", help="只用于一个地区；不写即全国目录")
@click.option("--source", default="", help="文件名称和文号")
def load(file: Path, region: str, source: str) -> None:
    """装入目录（CSV）：整份核对，有错的逐行列出，一条也不装"""
    boot()
    from jingban.benefits import service
    from jingban.core.localtime import SHANGHAI
    from jingban.rulebook.cache import regions

    if region and region not in regions():
        raise Complaint(f"没有地区“{region}”，可用：{'、'.join(regions())}。")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Complaint("目录文件应为UTF-8编码的CSV，请另存后再装入。") from None
    now = datetime.now(SHANGHAI)
    done = service.load_catalogue(text, region=region, source=source or file.name, now=now)
    click.echo(f"装入{done.made}条，终止旧条目{done.ended}条，没有变化{done.same}条。")


@benefit.group()
def sums() -> None:
    """医院直接结算的年度累计"""


@sums.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", required=True, help="哪个地区的参保人")
def load_sums(file: Path, region: str) -> None:
    """登记直接结算的年度累计（CSV）：整份核对，有错的逐行列出，一条也不登记"""
    boot()
    from jingban.benefits import service
    from jingban.core.localtime import SHANGHAI
    from jingban.processes.state import SYSTEM
    from jingban.rulebook.cache import regions

    if region not in regions():
        raise Complaint(f"没有地区“{region}”，可用：{'、'.join(regions())}。")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Complaint("文件应为UTF-8编码的CSV，请另存后再登记。") from None
    done = service.load_sums(text, region=region, actor=SYSTEM, now=datetime.now(SHANGHAI))
    click.echo(f"登记{done.made}条，更正{done.corrected}条，没有变化{done.same}条；重新计算{done.redone}件。")


@benefit.command()
@click.option("--region", default="", help="只核对一个地区")
def verify(region: str) -> None:
    """核对全部有效的核定：重新计算、年度累计、票据唯一"""
    boot()
    from jingban.benefits.verify import faults

    found = list(faults(region))
    for text in found:
        click.echo(text, err=True)
    click.echo(f"核对完毕，{len(found)}处问题。")
    if found:
        raise SystemExit(1)


@benefit.command()
def reseal() -> None:
    """更换密钥后，用现行密钥重新加密账单、生育信息和计算依据"""
    boot()
    from jingban.benefits import service

    bills, events, decisions, sums = service.reseal_benefits()
    click.echo(f"重新加密{bills}张账单、{events}条生育信息、{decisions}件核定、{sums}条直接结算累计。")


def _show(told: Explanation) -> None:
    from rich.console import Console
    from rich.table import Table

    from jingban.core.money import show_yuan
    from jingban.core.parameters import in_words

    console = Console(markup=False)
    console.print(f"{told.number} {told.kind} {told.year}年度，{told.decided_on}核定（第{told.turn}次）")
    if told.undone:
        console.print(told.undone)
    for part in told.parts:
        table = Table(title=part.title, title_justify="left")
        table.add_column("项目", no_wrap=True)
        table.add_column("金额", justify="right", no_wrap=True)
        table.add_column("怎样得出", overflow="fold")
        for row in part.rows:
            table.add_row(row.name, row.text, row.formula)
        console.print(table)
    funds = "、".join(f"{name}{show_yuan(fen)}元" for name, fen in told.funds) or "无"
    console.print(f"基金支付{show_yuan(told.fund)}元：{funds}；个人负担{show_yuan(told.person)}元。")
    figures = Table(title="用到的参数", title_justify="left")
    for name in ("参数", "数值", "日期", "状态", "依据"):
        figures.add_column(name, overflow="fold")
    for used in told.used:
        figures.add_row(used.title, in_words(used.value, used.unit), used.day, used.status, used.source)
    if told.used:
        console.print(figures)
    console.print(f"参数校验值 {told.digest}")
    if told.is_illustrative:
        console.print("含示例值：没有正式文件依据，不能据以支付。")
