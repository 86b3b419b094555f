"""``jingban funds``: the funds room at the command line. Whoever acts names the own login, and needs the roles of a page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jingban.core.boot import boot
from jingban.core.commandline import Complaint
from jingban.core.localtime import SHANGHAI, local_day

if TYPE_CHECKING:
    from jingban.access.service import Actor

_DAY = click.DateTime(["%Y-%m-%d", "%Y%m%d"])
_MONTH = click.DateTime(["%Y-%m"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_by = click.option("--by", "login", required=True, help="谁经办：登录名")
_region = click.argument("region", metavar="地区")
_office = click.option("--office", default="", help="经办处；空着是全地区的岗位")


def _now() -> datetime:
    return datetime.now(SHANGHAI)


def _actor(login: str, now: datetime) -> Actor:
    from jingban.access.models import User
    from jingban.access.service import actor_of

    user = User.objects.filter(username=login, is_active=True).first()
    if user is None:
        raise Complaint(f"没有登录名“{login}”，或已停用，请核对。")
    return actor_of(user, local_day(now))


@click.group()
def funds() -> None:
    """资金：组批、复核、送银行、回执、财政、对账、结账、报表"""


@funds.command()
@_region
@click.argument("kind", metavar="账户", type=click.Choice(["expenditure", "personal"]))
@click.option("--name", required=True, help="户名")
@click.option("--bank", required=True, help="开户行")
@click.option("--number", required=True, help="账号")
@_by
def account(region: str, kind: str, name: str, bank: str, number: str, login: str) -> None:
    """登记本机构的付款账户：expenditure 支出户，personal 个人账户基金存款户"""
    boot()
    from jingban.funds import service

    now = _now()
    row = service.name_account(
        region=region, kind=kind, name=name, bank=bank, number=number, actor=_actor(login, now), now=now
    )
    click.echo(f"已登记{row.get_kind_display()}：{row.name}，{row.bank}，自{row.start_on}起。")


@funds.command()
@_region
@click.argument("fund", metavar="基金")
@click.argument("amount", metavar="金额")
@click.option("--reference", required=True, help="收款凭证号；同一号只记一次")
@click.option("--memo", default="", help="摘要")
@_by
def income(region: str, fund: str, amount: str, reference: str, memo: str, login: str) -> None:
    """登记财政专户收到的款项"""
    boot()
    from jingban.core.money import to_fen
    from jingban.funds import service

    now = _now()
    if fund not in service.Fund.values:
        raise Complaint(f"没有基金“{fund}”，可用：{'、'.join(service.Fund.values)}。")
    entry = service.record_income(
        region=region,
        fund=fund,
        fen=to_fen(amount),
        reference=reference,
        memo=memo,
        actor=_actor(login, now),
        now=now,
    )
    click.echo(f"已入账，第{entry.number}号。")


@funds.group()
def batch() -> None:
    """拨付批次：组批、批准、送银行、撤销"""


@batch.command("list")
@_region
def list_batches(region: str) -> None:
    """列出没有办完的批次和待组批的笔数"""
    boot()
    from django.db.models import Count

    from jingban.core.money import show_yuan
    from jingban.funds.models import Batch, Payment

    for row in Batch.objects.filter(region=region).exclude(state="cancelled").order_by("-pk")[:50]:
        said = f"{row.count}笔 {show_yuan(row.total_fen)}元 {row.get_state_display()}"
        click.echo(f"{row.pk:>6} {row.number} {row.office} {said}")
    waiting = Payment.objects.filter(region=region, state="prepared", batch__isnull=True)
    for office, count in waiting.values_list("office").annotate(n=Count("pk")).order_by("office"):
        click.echo(f"待组批：{office} {count}笔")


@batch.command()
@_region
@_office
@_by
def make(region: str, office: str, login: str) -> None:
    """把待付的款组成一个批次"""
    boot()
    from jingban.core.money import show_yuan
    from jingban.funds import service

    now = _now()
    row = service.make_batch(region=region, office=office, actor=_actor(login, now), now=now)
    click.echo(f"批次{row.number}（编号{row.pk}）：{row.count}笔，合计{show_yuan(row.total_fen)}元，待复核。")


@batch.command()
@click.argument("batch_id", metavar="编号", type=int)
@_by
def approve(batch_id: int, login: str) -> None:
    """复核批次；超过限额的再由负责人审批一次"""
    boot()
    from jingban.funds import service

    now = _now()
    row = service.approve_batch(batch_id, actor=_actor(login, now), now=now)
    click.echo(f"批次{row.number}：{row.get_state_display()}。")


@batch.command()
@click.argument("batch_id", metavar="编号", type=int)
@click.option(
    "--format", "kind", type=click.Choice(["pain.001", "csv"]), default="pain.001", show_default=True
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="文件放到哪个文件夹",
)
@_by
def send(batch_id: int, kind: str, folder: Path, login: str) -> None:
    """送银行：记账并写出付款文件；再执行一次，写出的是同一个文件"""
    boot()
    from jingban.funds import service

    now = _now()
    file = service.send_batch(batch_id, actor=_actor(login, now), now=now, kind=kind)
    if file is None:
        click.echo("批次各笔都已全额抵扣，没有要付的款，没有文件。")
        return
    name = f"{file.message_id}.{'xml' if file.kind == 'pain.001' else 'csv'}"
    _write(folder / name, service.file_content(file))
    click.echo(f"已写出{folder / name}，摘要 {bytes(file.digest).hex()[:16]}。")


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by the own user only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".part")
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    fresh.replace(path)


@batch.command()
@click.argument("batch_id", metavar="编号", type=int)
@click.option("--reason", required=True, help="撤销的原因")
@_by
def dissolve(batch_id: int, reason: str, login: str) -> None:
    """撤销没有送银行的批次，各笔重新等待组批"""
    boot()
    from jingban.funds import service

    now = _now()
    row = service.dissolve_batch(batch_id, reason=reason, actor=_actor(login, now), now=now)
    click.echo(f"批次{row.number}：{row.get_state_display()}。")


@funds.group("return")
def returns() -> None:
    """银行回执：导入、重试"""


@returns.command("import")
@_region
@click.argument("file", metavar="文件", type=_FILE)
@_office
@_by
def import_return(region: str, file: Path, office: str, login: str) -> None:
    """导入银行回执（pain.002 或 CSV）；同一份文件再导入一次，从停下的地方接着办"""
    boot()
    from jingban.funds import service

    now = _now()
    taken = service.take_return(
        region=region, content=file.read_bytes(), actor=_actor(login, now), now=now, office=office
    )
    _tell_return(taken)


@returns.command()
@click.argument("file_id", metavar="编号", type=int)
@_office
@_by
def retry(file_id: int, office: str, login: str) -> None:
    """没有入账的行再试一次"""
    boot()
    from jingban.funds import service

    now = _now()
    _tell_return(service.retry_return(file_id, actor=_actor(login, now), now=now, office=office))


def _tell_return(taken: Any) -> None:
    again = "（这份文件先前导入过）" if taken.again else ""
    click.echo(
        f"回执编号{taken.file.pk}{again}：入账{taken.applied}行，处理中{taken.noted}行，未入账{taken.refused}行。"
    )
    for line in taken.file.lines.filter(state="refused").order_by("number")[:50]:
        click.echo(f"第{line.number}行 {line.end_to_end_id}：{line.why}", err=True)
    if taken.refused:
        raise SystemExit(1)


@funds.command()
@_region
@click.argument("file", metavar="对账单", type=_FILE)
@click.option("--account", "kind", type=click.Choice(["expenditure", "personal"]), default="expenditure")
@_by
def reconcile(region: str, file: Path, kind: str, login: str) -> None:
    """按日对账：银行对账单（日期、收入、支出、余额、参考号、摘要）和账面"""
    boot()
    from jingban.core.money import show_yuan
    from jingban.funds import service

    now = _now()
    rows = service.reconcile(
        region=region, content=file.read_bytes(), actor=_actor(login, now), now=now, account=kind
    )
    for row in rows:
        verdict = "相符" if row.is_even else "不符"
        click.echo(
            f"{row.day} 银行{show_yuan(row.closing_fen)}元，账面{show_yuan(row.book_fen)}元，{verdict}"
        )
    for item in service.open_items(region, kind):
        click.echo(
            f"未达：{item.get_side_display()} {item.day} {show_yuan(item.change_fen)}元 {item.reference} {item.text}"
        )
    if not all(row.is_even for row in rows):
        raise SystemExit(1)


@funds.command()
@_region
@click.argument("month", metavar="月份", type=_MONTH)
@click.option("--look", is_flag=True, help="只看有什么没有办完，不结账")
@click.option("--by", "login", default="", help="谁结账：登录名")
def close(region: str, month: datetime, look: bool, login: str) -> None:
    """月末结账：先查对账、回执和账实是否齐全"""
    boot()
    from jingban.funds import service

    now = _now()
    if look:
        found = service.month_faults(region, month.date(), now)
        for text in found:
            click.echo(text)
        click.echo(f"{len(found)}项没有办完。")
        return
    if not login:
        raise Complaint("请用 --by 写明谁结账。")
    through = service.close_month(region=region, month=month.date(), actor=_actor(login, now), now=now)
    click.echo(f"已结账至{through}。")


@funds.command()
@_region
@click.option("--from", "first", type=_DAY, required=True, help="起")
@click.option("--until", "last", type=_DAY, required=True, help="止")
@click.option(
    "--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到哪个 .xlsx 文件"
)
@_by
def report(region: str, first: datetime, last: datetime, file: Path, login: str) -> None:
    """报表：各基金余额和日记账、按事项付款、应付款账龄，一个 Excel 文件"""
    boot()
    from jingban.audit import service as audit
    from jingban.funds import reports, rights

    now = _now()
    actor = _actor(login, now)
    rights.required(actor, region, "", rights.READERS)
    if last < first:
        raise Complaint("止日早于起日，请核对 --from 和 --until。")
    start, end = first.date(), last.date()
    sheets = reports.workbook(region, [region], start_on=start, end_on=end, as_of=min(end, local_day(now)))
    reports.export(file, sheets)
    detail = f"资金报表 {first:%Y-%m-%d}至{last:%Y-%m-%d}"
    audit.record(actor=actor.id, kind=audit.READ, subject=f"funds:{region}", detail=detail, now=now)
    click.echo(f"已写出{file}，{len(sheets)}张表。")


@funds.command()
@click.option("--region", help="只查一个地区")
def doctor(region: str | None) -> None:
    """账实核对：账上的在途、应付、退回、应收和付款明细，流水号，批次，文件"""
    boot()
    from jingban.funds.doctor import faults

    found = faults(region)
    for text in found:
        click.echo(text, err=True)
    click.echo(f"检查完毕，{len(found)}处问题。")
    if found:
        raise SystemExit(1)


@funds.command("reseal")
def reseal_command() -> None:
    """更换个人信息密钥后，把旧密钥加密的收款人和文件改用现密钥"""
    boot()
    from jingban.funds.resealing import reseal_funds

    click.echo(f"重新加密{reseal_funds()}处。")
