"""``jingban rulebook``: check, export, compare and read the rulebook on the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jingban.core.commandline import Complaint, complaint
from jingban.core.errors import DomainError

if TYPE_CHECKING:
    from jingban.rulebook.check import Report
    from jingban.rulebook.diff import ItemDiff, Side
    from jingban.rulebook.effective import EffectiveItem
    from jingban.rulebook.law import Finding


class Broken(click.ClickException):
    """The rulebook itself is at fault: exit status 1, every fault with file and line."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


@click.group()
def rulebook() -> None:
    """规则库：检查、导出、比较、查看"""


@rulebook.command("check")
@click.option("--region", help="只列出一个地区的结果")
@click.option("--notes", is_flag=True, help="也列出指南中已注明的发现")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出")
def check_command(region: str | None, notes: bool, as_json: bool) -> None:
    """检查规则库：写法、结构，并与法律对照"""
    from jingban.core.boot import boot

    boot()  # the apps register their effects when Django starts
    from jingban.rulebook.check import check

    try:
        report = check(region=region)
    except DomainError as error:
        raise complaint(error) from None
    if as_json:
        _print_json(report.as_data())
    else:
        _print_report(report, notes=notes)
    if report.errors:
        raise SystemExit(1)


@rulebook.command("export")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出（目前唯一的格式）")
@click.option("--region", help="只导出一个地区")
def export_command(as_json: bool, region: str | None) -> None:
    """导出各地区实际执行的事项"""
    from jingban.rulebook.export import export

    if not as_json:
        raise Complaint("请加 --json：目前只能导出JSON。")
    _print_json(export(_items(region)))


@rulebook.command("publish")
def publish_command() -> None:
    """发布：把现在的规则冻结为新版本，已开始的办件不受影响"""
    from datetime import datetime

    from jingban.core.boot import boot
    from jingban.core.localtime import SHANGHAI

    boot()
    from jingban.rulebook.check import check
    from jingban.rulebook.digest import look_again
    from jingban.rulebook.publish import publish

    look_again()
    if check().errors:
        raise Broken("规则库有错误，没有发布。请先运行 jingban rulebook check，改正后再发布。")
    changed = publish(_items(None), now=datetime.now(SHANGHAI), whole=True)
    _entrust()
    click.echo(f"已发布{len(changed)}个有变化的事项。" if changed else "与现行版本相同，没有新的版本。")


@rulebook.command("diff")
@click.argument("left", metavar="REGION")
@click.argument("right", metavar="REGION")
@click.option("--item", help="只比较一个事项")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出")
def diff_command(left: str, right: str, item: str | None, as_json: bool) -> None:
    """比较两个地区：哪里多要材料、时限更长、环节更多"""
    from jingban.rulebook.diff import as_data, diff

    ours, theirs = _items(left), _items(right)
    if item is not None:
        _known_item(item, [*ours, *theirs], f"{left} 和 {right} ")
    found = [d for d in diff(ours, theirs) if item in (None, d.item)]
    if as_json:
        _print_json(as_data(found, left, right))
    else:
        _print_diff(found, ours[0].region_name, theirs[0].region_name)


@rulebook.command("show")
@click.argument("region")
@click.argument("item")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出")
def show_command(region: str, item: str, as_json: bool) -> None:
    """查看一个事项的办事指南"""
    from jingban.rulebook.export import entry
    from jingban.rulebook.show import show

    found = _known_item(item, _items(region), region)
    if as_json:
        _print_json(entry(found))
    else:
        click.echo(show(found))


@rulebook.command("bpmn")
@click.argument("region")
@click.argument("item")
def bpmn_command(region: str, item: str) -> None:
    """把一个事项的程序导出为BPMN 2.0（带图），可用通用工具打开"""
    from jingban.processes.bpmn import to_bpmn

    click.echo(to_bpmn(_known_item(item, _items(region), region).process))


@rulebook.command("from-bpmn")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def from_bpmn_command(file: Path) -> None:
    """读入同一子集的BPMN图，打印为程序文件；不认识的元素一律指名拒绝"""
    import yaml

    from jingban.processes.bpmn import from_bpmn
    from jingban.processes.check import problems

    try:
        process = from_bpmn(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise Complaint(f"“{file.name}”不是UTF-8编码，请另存为UTF-8。") from None
    for text in problems(process):
        click.echo(f"检查：{text}", err=True)
    data = process.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    click.echo(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110), nl=False)


def _items(region: str | None) -> Sequence[EffectiveItem]:
    """The entries of a region or of all; a broken rulebook and an unknown region end here."""
    from jingban.rulebook.cache import current
    from jingban.rulebook.errors import RulebookBroken, suggestion

    try:
        book = current()
    except RulebookBroken as error:
        raise Broken(error.message) from None
    except DomainError as error:
        raise complaint(error) from None
    if region is not None and region not in book.regions:
        raise Complaint(f"没有地区“{region}”，{suggestion(region, book.regions)}。")
    return [i for i in book.items if region in (None, i.region)]


def _entrust() -> None:
    """The entrustments that the regions record, put into force with the rest."""
    from jingban.access.service import entrust
    from jingban.core.localtime import today
    from jingban.rulebook.cache import regions
    from jingban.rulebook.publish import entrustments

    for key, card in regions().items():
        for record in entrustments(key, card):
            entrust(record, today())


def _known_item(slug: str, items: Sequence[EffectiveItem], where: str) -> EffectiveItem:
    from jingban.rulebook.errors import suggestion

    for item in items:
        if item.item == slug:
            return item
    raise Complaint(f"{where}没有事项“{slug}”，{suggestion(slug, {i.item for i in items})}。")


def _print_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _print_report(report: Report, *, notes: bool) -> None:
    for error in report.errors:
        click.echo(str(error))
    if report.errors:
        click.echo(f"结构检查：{len(report.errors)}处错误，改正后才能发布。")
    else:
        click.echo(f"结构检查：{len(report.items)}个事项，没有错误。")
    for name in report.unused:
        click.echo(f"提示：{name} 没有事项使用。")
    if report.planned:
        uses = "、".join(f"{name}（{count}）" for name, count in sorted(report.planned.items()))
        click.echo(f"尚未实现的效果{len(report.planned)}个（括号内为引用的事项数）：{uses}")
    told = [f for f in report.findings if notes or f.severity != "note"]
    _print_findings(told)
    if len(told) < len(report.findings):
        click.echo(f"另有指南中已注明的发现{len(report.findings) - len(told)}项（加 --notes 列出）。")


def _print_findings(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    from jingban.rulebook.law import SEVERITIES

    if not findings:
        click.echo("与法律对照：没有发现。")
        return
    table = Table(title=f"与法律对照：{len(findings)}项（照指南原样保留，供核对）")
    for heading in ("地区", "事项", "程度", "发现"):
        table.add_column(heading, overflow="fold")
    order = {severity: n for n, severity in enumerate(SEVERITIES)}
    for found in sorted(findings, key=lambda f: order[f.severity]):
        table.add_row(found.region, found.name, SEVERITIES[found.severity], found.text)
    Console().print(table)


def _print_diff(found: Sequence[ItemDiff], left: str, right: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{left}与{right}：各自多出的要求", show_lines=True)
    for heading in ("事项", left, right):
        table.add_column(heading, overflow="fold")
    for one in found:
        if not one.is_empty:
            table.add_row(one.name, _side_text(one.left), _side_text(one.right))
    Console().print(table)


def _side_text(side: Side | None) -> str:
    if side is None:
        return "（没有这个事项）"
    parts = (
        ("栏目", "、".join(side.form)),
        ("材料", "、".join(side.materials)),
        ("时限", side.limit),
        ("环节", "、".join(side.steps)),
        ("渠道", "、".join(side.channels)),
    )
    return "\n".join(f"{name}：{text}" for name, text in parts if text) or "—"
