"""``jingban registry`` and ``jingban roster``: look into the registers, levy, confirm, check, export.

Numbers are masked; ``--full`` shows them whole with a reason, which goes into the audit like every look from here.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jingban.core.boot import boot
from jingban.core.commandline import Complaint, complaint
from jingban.core.errors import DomainError
from jingban.core.localtime import SHANGHAI, local_day

if TYPE_CHECKING:
    from jingban.registry.models import Person
    from jingban.registry.origin import Origin

_DAY = click.DateTime(["%Y-%m-%d", "%Y%m%d"])
_KINDS = click.Choice(["unit", "village"])
BAD_SHOWN = 20
PAIRS_SHOWN = 50


def _now() -> datetime:
    return datetime.now(SHANGHAI)


@click.group()
def registry() -> None:
    """登记册：查询、核对、征缴、税务到账、疑似重复"""


@click.group()
def roster() -> None:
    """名册：核对、导出单位职工和村（社区）居民的表格"""


@registry.command()
@click.argument("region", metavar="地区")
@click.argument("number", metavar="证件号码或个人编号")
@click.option("--on", "day", type=_DAY, help="看哪一天，默认今天")
@click.option("--full", is_flag=True, help="显示全号；要写明 --reason")
@click.option("--reason", default="", help="查看全号的原因，会记入审计")
def person(region: str, number: str, day: datetime | None, full: bool, reason: str) -> None:
    """显示一个人的登记：身份、参保、缴费、个人账户、备案、待遇"""
    boot()
    from jingban.registry import search
    from jingban.registry.lists import person_of_id

    with _plain_words():
        _known(region)
        _with_reason(full, reason)
        on = day.date() if day else local_day(_now())
        found = search.by_number(region, number, day=on).rows
        _note("searched", f"register:{region}", f"按号码查询：{len(found)}人", reason)
        if not found:
            raise Complaint("本地登记册里没有这个证件号码的人，请核对号码和地区。")
        for row in found:
            who = person_of_id(row.id)
            if who is not None:
                _note("revealed" if full else "read", f"person:{who.number}", "命令行查看", reason)
                for line in _lines(who, on, full):
                    click.echo(line)


def _lines(who: Person, day: date, full: bool) -> Iterator[str]:
    from jingban.registry import dossier
    from jingban.registry.models import Insurance
    from jingban.rulebook.choices import choices
    from jingban.rulebook.diseases import diseases

    head, paid = dossier.standing_of(who, day, full=full), dossier.paid_of(who, day)
    yield f"{who.name}  {who.get_sex_display()}  {who.born_on}出生  个人编号 {who.number}"
    for paper in head.papers:
        until = f"  至{paper.end_on}" if paper.end_on else ""
        yield f"  {paper.kind} {paper.number}{until}"
    for then in head.then:
        yield f"  {day}登记的{then.label}：{then.text}"
    yield f"  {day}：{_spell(head.spell) if head.spell else '没有参保'}"
    for spell in head.spells:
        yield f"  参保 {spell.start_on}—{spell.end_on or '今'}  {_spell(spell)}"
    for kind, months in paid.months.items():
        yield f"  缴费 {Insurance(kind).label} 实际{months.paid}个月，视同{months.deemed}个月"
    yield f"  个人账户 {paid.balance}元"
    for filing in head.filings:
        name = choices("offsite_category").get(filing.category, filing.category)
        places, state = "、".join(filing.places), filing.get_status_display()
        yield f"  备案 {filing.start_on}—{filing.end_on or '长期'}  {name}  {places}  {state}"
    for held in head.recognitions:
        yield f"  待遇 {held.start_on}—{held.end_on or '今'}  {diseases().get(held.disease, held.disease)}"
    for aid in head.aid:
        yield f"  救助 {aid.start_on}—{aid.end_on or '今'}  {choices('aid_category').get(aid.category, aid.category)}"


def _spell(spell: Any) -> str:
    unit = f"  {spell.unit.name}" if spell.unit else ""
    return f"{spell.get_insurance_display()} {spell.get_kind_display()} {spell.get_standing_display()}{unit}"


@registry.command()
@click.argument("region", metavar="地区")
@click.argument("text", metavar="姓名、首字母、号码、单位、村（社区）")
def search(region: str, text: str) -> None:
    """查找人和单位，号码遮盖；一次最多列50个"""
    boot()
    from jingban.registry import search as book

    with _plain_words():
        _known(region)
        day = local_day(_now())
        page = book.search(region, text, day=day)
        units = () if page.rows and page.by == "number" else book.units(region, text)
        if not page.rows and not units:
            page = book.by_place(region, text, day=day)
        _note("searched", f"register:{region}", f"{len(page.rows) + len(units)}条", "")
        for unit in units:
            click.echo(f"单位  {unit.credit_code}  {unit.name}{'  已注销' if unit.ended_on else ''}")
        for found in page.rows:
            click.echo(
                f"个人  {found.number}  {found.name}  {found.born_on}  {found.state}  {found.unit}".rstrip()
            )
        if not page.rows and not units:
            click.echo("没有找到。")
        elif page.next:
            click.echo("后面还有，请多写几个字。")


@registry.command()
@click.option("--region", help="只抽查一个地区")
@click.option("--sample", default=100, show_default=True, type=click.IntRange(0), help="每个地区抽查多少人")
def doctor(region: str | None, sample: int) -> None:
    """检查数据库保护，并抽查登记册和变更记录是否一致"""
    boot()
    from jingban.registry.guards import doctor as look
    from jingban.registry.verify import faults

    with _plain_words():
        wanted = [region] if region else sorted(_regions())
        for key in wanted:
            _known(key)
        found = list(look())
        for key in wanted:
            found += faults(key, sample)
        for text in found:
            click.echo(text, err=True)
        click.echo(f"检查完毕，{len(found)}处问题。")
        if found:
            raise SystemExit(1)


@registry.command()
@click.argument("region", metavar="地区")
@click.argument("credit_code", metavar="统一社会信用代码")
@click.argument("month", metavar="YYYY-MM")
def levy(region: str, credit_code: str, month: str) -> None:
    """生成单位一个月的征缴单；这个月没缴的单子作废重开"""
    boot()
    from jingban.core.identifiers import plain
    from jingban.registry import levies, units
    from jingban.registry.levy_rates import due_words

    with _plain_words():
        _known(region)
        made = levies.issue_for_unit(
            _origin(region), units.required(region, plain(credit_code)), _month(month)
        )
        click.echo(f"{made.number}  {made.headcount}人  应缴{due_words(made)}")


@registry.command("tax-confirm")
@click.argument("number", metavar="征缴单号")
@click.option("--on", "day", required=True, type=_DAY, help="到账日")
@click.option("--message", required=True, help="税务回执编号；同一张再来一次不会重复入账")
@click.option("--amount", required=True, help="回执上的金额（元）；与应缴不符的不入账")
def tax_confirm(number: str, day: datetime, message: str, amount: str) -> None:
    """登记纸质的税务到账回执：缴费月数入册，个人部分记入个人账户

    命令行生成的征缴单不能再用命令行登记到账；有签名的回执文件用 jingban exchange tax-receipts。
    """
    boot()
    from jingban.registry.models import Levy, Source
    from jingban.registry.tax_notices import confirmed

    with _plain_words():
        region = Levy.objects.filter(number=number).values_list("region", flat=True).first()
        if region is None:
            raise Complaint(f"没有编号为{number}的征缴单，请核对征缴单号。")
        told = confirmed(
            _origin(region, Source.TAX), number, paid_on=day.date(), message=message, amount=_yuan(amount)
        )
        click.echo(told.answer)
        if not told.applied:
            raise SystemExit(1)


@registry.command()
@click.argument("region", metavar="地区")
def duplicates(region: str) -> None:
    """查找可能是同一人的两份登记，列出待定的；结论由审核人员在工作台上作出"""
    boot()
    from jingban.registry import duplicates as pairs
    from jingban.registry.lists import masked_numbers

    with _plain_words():
        _known(region)
        fresh, count = pairs.find(region, _now()), pairs.count_undecided(region)
        waiting = pairs.undecided(region, PAIRS_SHOWN)
        _note("searched", f"register:{region}", f"疑似重复：{count}对，列出{len(waiting)}对", "")
        numbers = masked_numbers([p for pair in waiting for p in (pair.first, pair.second)])
        for pair in waiting:
            both = "  ".join(
                f"{p.name} {numbers.get(p.pk, '')}（个人编号{p.number}）" for p in (pair.first, pair.second)
            )
            click.echo(f"{pairs.words(pair)}：{both}")
        if count > len(waiting):
            click.echo(f"  另有{count - len(waiting)}对，先列出最早的；请在工作台“疑似重复”里逐对办理。")
        click.echo(f"新发现{fresh}对，待定{count}对。")


@roster.command()
@click.argument("file", metavar="文件", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", required=True, help="地区")
@click.option("--kind", required=True, type=_KINDS, help="unit 单位职工，village 村（社区）居民")
@click.option("--holder", required=True, help="单位的统一社会信用代码，或村（社区）名称")
def check(file: Path, region: str, kind: str, holder: str) -> None:
    """逐行核对名册，不登记；同一份文件再来一次接着没核对完的"""
    boot()
    from jingban.registry.lists import roster_lines
    from jingban.registry.rosters import check_file

    with _plain_words():
        _known(region)
        found = check_file(_origin(region), file, kind=kind, holder=holder, name=file.name)
        _note("read", f"roster:{found.pk}", f"核对名册{found.lines_total}行", "")
        click.echo(
            f"名册{found.pk}号：{found.lines_total}行，可登记{found.lines_good}，"
            f"无变化{found.lines_same}，有误{found.lines_bad}。"
        )
        for line, _, _, why, _ in roster_lines(found, "bad", 0, BAD_SHOWN):
            click.echo(f"  第{line}行：{why}")
        if found.lines_bad > BAD_SHOWN:
            click.echo(f"  另有{found.lines_bad - BAD_SHOWN}行有误，见 jingban roster result {found.pk}")


@roster.command()
@click.argument("region", metavar="地区")
@click.argument("file", metavar="文件", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--unit", "credit_code", default="", help="单位的统一社会信用代码")
@click.option("--place", default="", help="村（社区）名称")
@click.option("--on", "day", type=_DAY, help="哪一天的参保人员，默认今天")
@click.option("--reason", required=True, help="导出全号的原因，会记入审计")
def export(region: str, file: Path, credit_code: str, place: str, day: datetime | None, reason: str) -> None:
    """导出一天的参保人员，改好可以再核对；内容是全号，要写明原因"""
    boot()
    from jingban.core.identifiers import plain
    from jingban.registry import units
    from jingban.registry.rosters.exporting import export_unit, export_village

    with _plain_words():
        _known(region)
        _with_reason(True, reason)
        if bool(credit_code) == bool(place):
            raise Complaint("请写明 --unit 或 --place 其中一个。")
        on = day.date() if day else local_day(_now())
        _note("revealed", f"register:{region}", f"导出名册：{plain(credit_code) or place}", reason)
        if credit_code:
            count = export_unit(region, units.required(region, plain(credit_code)), file, on)
        else:
            count = export_village(region, place.strip(), file, on)
        click.echo(f"{file}：{count}人")


@roster.command()
@click.argument("number", metavar="名册编号", type=int)
@click.argument("file", metavar="文件", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="导出全号的原因，会记入审计")
def result(number: int, file: Path, reason: str) -> None:
    """导出名册每一行的核对结果；有误的改好可以再核对"""
    boot()
    from jingban.registry.lists import roster_of_id
    from jingban.registry.rosters.exporting import export_result

    with _plain_words():
        _with_reason(True, reason)
        found = roster_of_id(number)
        if found is None:
            raise Complaint(f"没有编号为{number}的名册，请核对。")
        _note("revealed", f"roster:{number}", "导出核对结果", reason)
        click.echo(f"{file}：{export_result(found, file)}行")


@roster.command()
@click.argument("region", metavar="地区")
@click.argument("file", metavar="文件", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=_KINDS, help="unit 单位职工，village 村（社区）居民")
def template(region: str, file: Path, kind: str) -> None:
    """写一份空白名册，列名和核对时认得的一样"""
    boot()
    from jingban.registry.rosters.exporting import template as blank

    with _plain_words():
        _known(region)
        blank(region, kind, file)
        click.echo(str(file))


@contextmanager
def _plain_words() -> Iterator[None]:
    """Whatever the registers refuse is one clear line."""
    try:
        yield
    except DomainError as error:
        raise complaint(error) from None


def _regions() -> dict[str, Any]:
    from jingban.rulebook.cache import regions

    return dict(regions())


def _known(region: str) -> None:
    if region not in (known := _regions()):
        raise Complaint(f"没有地区“{region}”，可选：{'、'.join(sorted(known))}。")


def _with_reason(full: bool, reason: str) -> None:
    if full and not reason.strip():
        raise Complaint('显示或导出全号要写明原因：--reason "…"，会记入审计。')


def _note(kind: str, subject: str, detail: str, reason: str) -> None:
    """Every look from the command line is in the audit, with the machine's user."""
    from jingban.audit import service as audit
    from jingban.processes.state import SYSTEM

    told = f"命令行（{getpass.getuser()}）{detail}{'：' if reason else ''}{reason}"
    audit.record(actor=SYSTEM, kind=kind, subject=subject, detail=told, now=_now())


def _origin(region: str, source: Any = None) -> Origin:
    from jingban.processes.state import SYSTEM
    from jingban.registry.models import Source
    from jingban.registry.origin import Origin

    return Origin(region, SYSTEM, _now(), source or Source.AGENCY)


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=SHANGHAI).date()
    except ValueError:
        raise Complaint(f"“{text}”不是月份，请写成 2026-10 这样。") from None


def _yuan(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Complaint(f"“{text}”不是金额，请写成 5000.50 这样。") from None
