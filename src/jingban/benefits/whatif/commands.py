"""``jingban benefit what-if``, and the tables of claims it runs on: exported from decisions, or invented."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jingban.core.boot import boot
from jingban.core.commandline import Complaint

if TYPE_CHECKING:
    from jingban.benefits.whatif.export import Exported
    from jingban.benefits.whatif.trial import Trial

_SHOWN = 9
"""Columns on the screen; a file has all."""
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("what-if")
@click.option(
    "--parameters", required=True, type=click.Path(exists=True, path_type=Path), help="改动的参数文件或文件夹"
)
@click.option("--year", required=True, type=int, help="用哪一年度的单据")
@click.option("--region", default="", help="改动用于哪个地区；不写即单据里的全部地区")
@click.option(
    "--claims", type=click.Path(exists=True, path_type=Path), help="单据数据；不写即当年已核定的报销"
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="另存为 .xlsx 或 .csv")
def what_if(parameters: Path, year: int, region: str, claims: Path | None, output: Path | None) -> None:
    """试算：参数改动后，谁多得、谁少得、基金多付多少"""
    boot()
    from jingban.benefits.whatif import report, service

    if output is not None and output.suffix.lower() not in (".xlsx", ".csv"):
        raise Complaint("结果只能另存为 .xlsx 或 .csv 文件，请改文件名。")
    if region:
        _known(region)
    if claims is not None:
        found = service.try_out(claims, parameters, year=year, regions=(region,) if region else ())
    else:
        taken, found = service.try_on_decided(parameters, year=year, region=region, **_who())
        _tell(taken)
    _show(found)
    if output is not None:
        report.write(found, output)
        click.echo(f"已另存为{output}。")


@click.command("export-claims")
@click.argument("folder", type=_FOLDER)
@click.option("--year", required=True, type=int, help="结算年度")
@click.option("--region", default="", help="只导出一个地区")
def export_claims(folder: Path, year: int, region: str) -> None:
    """导出一年度已核定的报销单据（代号代替本人，含病种编码）"""
    boot()
    if region:
        _known(region)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Complaint(f"文件夹{folder}不是空的，请换一个。")
    from jingban.benefits.whatif.service import export

    _tell(export(folder, year=year, region=region, **_who()))
    click.echo("数据含病种编码，请按健康数据保管，用后删除。")


@click.command("invent-claims")
@click.argument("folder", type=_FOLDER)
@click.option("--year", required=True, type=int, help="年度")
@click.option("--claims", "count", default=100_000, show_default=True, help="单据数")
@click.option("--region", "regions", multiple=True, help="地区，可以多次；不写即全部启用的地区")
def invent_claims(folder: Path, year: int, count: int, regions: tuple[str, ...]) -> None:
    """生成虚构的单据，用于演示和测速"""
    boot()
    from jingban.benefits.whatif.service import invent
    from jingban.rulebook.cache import regions as all_regions

    wanted = tuple(_known(name) for name in regions) or tuple(sorted(all_regions()))
    invent(folder, regions=wanted, year=year, claims=count)
    click.echo(f"已生成约{count}张虚构单据：{folder}。")


def _who() -> dict[str, Any]:
    """Who asks, for the audit: the machine's user."""
    from jingban.core.localtime import SHANGHAI
    from jingban.processes.state import SYSTEM

    return {"actor": SYSTEM, "now": datetime.now(SHANGHAI), "said": f"命令行（{getpass.getuser()}）"}


def _tell(found: Exported) -> None:
    from jingban.benefits.whatif.report import left_out

    click.echo(f"导出{found.claims}张单据，{found.persons}人。")
    for said in left_out(found):
        click.echo(said)


def _known(region: str) -> str:
    from jingban.rulebook.cache import regions

    if region not in regions():
        raise Complaint(f"没有地区“{region}”，可用：{'、'.join(regions())}。")
    return region


def _show(found: Trial) -> None:
    from decimal import Decimal

    from rich.console import Console
    from rich.table import Table

    from jingban.benefits.whatif import report

    console = Console()
    for title, head, rows in (*report.TABLES[3:], *report.TABLES[:3]):
        table = Table(title=title, title_justify="left")
        for name in head[:_SHOWN]:
            table.add_column(name, justify="left" if name in report.WORDS else "right", overflow="fold")
        for row in rows(found):
            told = (f"{value:,.2f}" if isinstance(value, Decimal) else str(value) for value in row[:_SHOWN])
            table.add_row(*told)
        console.print(table)
    for note in report.notes(found):
        click.echo(note)
