"""``jingban cases``: check the chains, fire what is due."""

from __future__ import annotations

from datetime import datetime

import click

from jingban.core.boot import boot
from jingban.core.localtime import SHANGHAI


@click.group()
def cases() -> None:
    """办件：核对、定时处理"""


@cases.command()
def verify() -> None:
    """核对全部办件：事件链、重放、存证锚点"""
    boot()
    from jingban.audit.service import broken_at
    from jingban.cases.models import Anchor, Case
    from jingban.cases.verify import faults

    found = list(faults())
    if (entry := broken_at()) is not None:
        found.append(f"审计记录第 {entry} 条之前的内容被改动或删除")
    for text in found:
        click.echo(text, err=True)
    last = Anchor.objects.order_by("until").last()
    seal = f"，最近锚点 {bytes(last.root).hex()[:16]}（{last.until:%Y-%m-%d %H:%M}）" if last else ""
    click.echo(f"核对{Case.objects.count()}件，{len(found)}处问题{seal}。")
    if found:
        raise SystemExit(1)


@cases.command()
def tick() -> None:
    """处理到期的办件，并存证"""
    boot()
    from jingban.cases.tick import tick as fire
    from jingban.cases.verify import anchor

    now = datetime.now(SHANGHAI)
    done = fire(now=now)
    anchor(now=now)
    click.echo(f"到期处理{done.fired}件，失败{done.failed}件。")
    if done.failed:
        raise SystemExit(1)


@cases.command("close-month")
@click.argument("month", metavar="YYYY-MM")
def close_month(month: str) -> None:
    """月结：为上月（或指定的月份）开立结算办件，重复执行不重开"""
    boot()
    from jingban.cases.months import close_month as close
    from jingban.core.commandline import Complaint, complaint
    from jingban.core.errors import DomainError

    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=SHANGHAI).date()
        opened = close(month=first, now=datetime.now(SHANGHAI))
    except ValueError:
        raise Complaint(f"“{month}”不是月份，请写成 2026-10 这样。") from None
    except DomainError as error:
        raise complaint(error) from None
    click.echo(f"{month} 的结算办件共{len(opened)}件。")


@cases.command()
def recompute() -> None:
    """公布新一年节假日后，重新计算暂定的期限"""
    boot()
    from jingban.cases.tick import recompute as again

    click.echo(f"重新计算期限{again(now=datetime.now(SHANGHAI))}件。")


@cases.command()
def reseal() -> None:
    """更换密钥后，用现行密钥重新加密个人信息"""
    boot()
    from jingban.cases.drafts import reseal_drafts
    from jingban.cases.keys import reseal_payloads

    click.echo(f"重新加密{reseal_payloads()}条，草稿{reseal_drafts()}份。")


@cases.command()
def sweep() -> None:
    """清理过期的草稿，和没有随申请提交的材料"""
    boot()
    from jingban.cases.drafts import sweep as clear

    done = clear(datetime.now(SHANGHAI))
    click.echo(
        f"补记已提交的草稿{done.handed_in}份，删去过期的草稿{done.expired}份、无主的材料{done.files}个。"
    )
