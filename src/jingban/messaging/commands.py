"""``jingban messages``: deliver now, list what did not go out, seal anew."""

from __future__ import annotations

from datetime import datetime

import click

from jingban.core.boot import boot
from jingban.core.localtime import SHANGHAI, local_time


@click.group()
def messages() -> None:
    """消息：立即发送、未发出的、重新加密"""


@messages.command()
def deliver() -> None:
    """告知办件的进展，发出到期的消息"""
    boot()
    from jingban.messaging import service

    done = service.deliver(now=datetime.now(SHANGHAI), at_once=True)
    click.echo(f"告知{done.told}件事，发出{done.sent}条，未发出{done.failed}条。")


@messages.command()
def unsent() -> None:
    """列出没有发出的消息（不显示内容和号码）"""
    boot()
    from jingban.messaging import service

    rows = service.unsent()
    for row in rows:
        at = f"{local_time(row.created_at):%Y-%m-%d %H:%M}"
        click.echo(
            f"{row.pk}  {at}  {row.get_channel_display()}  {row.title}  {row.number}  试{row.tries}次  {row.error}"
        )
    click.echo(f"共{len(rows)}条。")


@messages.command()
@click.argument("pk", type=int)
def retry(pk: int) -> None:
    """再发一次没有发出的消息"""
    boot()
    from jingban.messaging import service

    click.echo("已发出。" if service.retry(pk, datetime.now(SHANGHAI)) else "没有发出，请看 unsent。")


@messages.command()
def reseal() -> None:
    """更换密钥后，用现行密钥重新加密号码和内容"""
    boot()
    from jingban.messaging import service

    click.echo(f"重新加密{service.reseal_messages()}条。")
