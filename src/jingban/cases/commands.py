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
