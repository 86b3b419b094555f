"""``jingban exchange``: the other agencies, the installation's key, what is on its way."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from jingban.core.boot import boot
from jingban.core.localtime import SHANGHAI, local_day


def _now() -> datetime:
    return datetime.now(SHANGHAI)


@click.group()
def exchange() -> None:
    """函件：与其他经办机构往来的《联系函》《信息表》和划转通知"""


@exchange.command("key")
def own_key() -> None:
    """打印本系统的公钥，交给对方登记"""
    boot()
    from jingban.core.signing import signing_ring

    click.echo(signing_ring().current.public.text)


@exchange.command()
def agencies() -> None:
    """列出已登记的机构和本系统服务的地区"""
    boot()
    from jingban.exchange.agencies import all_agencies, keys_of

    day = local_day(_now())
    for party in all_agencies(day):
        how = "本系统" if party.is_local else party.url or "只收纸质件"
        keys = "、".join(k.id for k in keys_of(party, day)) or "没有登记公钥"
        click.echo(f"{party.admin_code}  {party.code:<16}{party.name}  {how}  公钥 {keys}")


@exchange.command("add-agency")
@click.argument("code", metavar="代码")
@click.option("--name", default="", help="机构名称")
@click.option("--admin-code", default="", help="6位行政区划代码")
@click.option("--url", help="接收地址，如 https://对方主机；local 为本系统的地区；空字符串为只收纸质件")
@click.option("--key", default="", help="对方 jingban exchange key 打印的公钥")
@click.option("--key-from", type=click.DateTime(["%Y-%m-%d"]), help="公钥起用日期，默认今天")
@click.option("--key-until", type=click.DateTime(["%Y-%m-%d"]), help="公钥停用日期，默认长期")
@click.option("--payee", default="", help="个人账户资金的收款户名")
@click.option("--bank", default="", help="开户行")
@click.option("--account", default="", help="账号")
def add_agency(
    code: str, key_from: datetime | None, key_until: datetime | None, url: str | None, **texts: str
) -> None:
    """登记一个机构，或更改它的地址、公钥、收款账户；没有写的不变"""
    boot()
    from jingban.exchange.agencies import Details
    from jingban.exchange.agencies import add_agency as add

    details = Details(
        code=code,
        url=url,
        key_from=key_from.date() if key_from else None,
        key_until=key_until.date() if key_until else None,
        **texts,
    )
    party = add(details, now=_now())
    click.echo(f"已登记：{party.code} {party.name}（{party.admin_code}）")


@exchange.command("tax-office")
@click.argument("code", metavar="代码")
@click.argument("region", metavar="地区")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="认到哪一天，默认长期")
def tax_office(code: str, region: str, until: datetime | None) -> None:
    """认一个已登记的机构为地区的税务部门：它签名的到账回执直接入账"""
    boot()
    from jingban.exchange.tax import name_tax_office

    party = name_tax_office(code, region, now=_now(), end_on=until.date() if until else None)
    click.echo(f"已登记：{party.name}是{region}的税务部门，回执发到 /exchange/tax。")


@exchange.command("tax-receipts")
@click.argument("file", metavar="文件", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def tax_receipts(file: Path) -> None:
    """收下税务部门签名的到账回执，一行一张；同一份文件再来一次不会重复入账"""
    boot()
    from jingban.exchange.tax import take_file

    bad = 0
    for number, applied, words in take_file(file, now=_now()):
        bad += not applied
        click.echo(f"第{number}行：{words}")
    if bad:
        click.echo(f"{bad}行没有入账，请照上面的说明处理。", err=True)
        raise SystemExit(1)


@exchange.command()
@click.option("--all", "at_once", is_flag=True, help="不等下次重试的时间，全部再试一次")
def deliver(at_once: bool) -> None:
    """写出、签名、送出等待的函件（serve 每半分钟也会做）"""
    boot()
    from jingban.exchange.outbox import deliver as hand_over

    done = hand_over(now=_now(), at_once=at_once)
    click.echo(f"写成{done.composed}封，送出{done.sent}封，未成{done.failed}封。")
    if done.failed:
        raise SystemExit(1)


@exchange.command()
@click.option("--state", default="", help="只看一种状态，如 waiting、paper、unmatched、refused")
@click.option("--limit", default=50, show_default=True, help="最多几封")
def letters(state: str, limit: int) -> None:
    """列出往来函件，新的在前"""
    boot()
    from jingban.exchange.reading import lines

    for card in lines(state=state, limit=limit):
        way = "收" if card.incoming else "发"
        click.echo(
            f"{card.id:>6} {way} {card.at:%Y-%m-%d %H:%M} {card.title} {card.number} {card.party}"
            f" {card.state.label} {card.words}".rstrip()
        )


@exchange.command()
@click.argument("number", metavar="函号")
def show(number: str) -> None:
    """显示一封函的来往和状态；个人信息不显示，请在办件页面查看"""
    boot()
    from jingban.exchange.models import Letter

    found = Letter.objects.filter(number=number).order_by("id")
    if not found:
        raise click.ClickException(f"没有函号“{number}”的函，请核对；jingban exchange letters 列出全部。")
    for letter in found:
        case = letter.case.number if letter.case else "（没有对上办件）"
        lines = {
            "种类": f"{letter.kind} 第{letter.version}版",
            "方向": letter.get_direction_display(),
            "机构": f"{letter.from_code or letter.party} → {letter.to_code or letter.party}",
            "办件": case,
            "答复": letter.refers_to.number if letter.refers_to else "",
            "状态": letter.get_state_display(),
            "说明": letter.words,
            "挂号信": letter.tracking_number,
            "尝试": f"{letter.tries}次" if letter.tries else "",
            "下次": f"{letter.next_try_at:%Y-%m-%d %H:%M}" if letter.next_try_at else "",
            "摘要": bytes(letter.digest).hex(),
        }
        click.echo("\n".join(f"{name}：{text}" for name, text in lines.items() if text) + "\n")


@exchange.command("reseal")
def reseal_command() -> None:
    """更换个人信息密钥后，把旧密钥加密的函件改用现密钥"""
    boot()
    from jingban.exchange.resealing import reseal_letters

    click.echo(f"重新加密{reseal_letters()}封。")
