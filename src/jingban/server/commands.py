"""``jingban migrate``, ``jingban demo``, ``jingban serve``: from an empty folder to a running house."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

import click

from jingban.core.boot import boot
from jingban.core.localtime import SHANGHAI

TICK_SECONDS = 30
ANCHOR_EVERY = timedelta(hours=1)
log = logging.getLogger(__name__)


@click.command()
def migrate() -> None:
    """建立或更新数据库"""
    boot()
    from django.conf import settings
    from django.core.management import call_command

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    click.echo("数据库已就绪。")


@click.command()
def demo() -> None:
    """装入演示数据：各地区的申请人、窗口、审核等账号"""
    boot()
    from jingban.server import demo as data

    made = data.load(now=datetime.now(SHANGHAI))
    click.echo(f"演示账号已就绪（新建{len(made)}个），口令都是 {data.PASSWORD}：")
    for part in data.PARTS:
        click.echo(f"  <地区>-{part.key:<12}{part.name}")
    click.echo("  <地区> 为规则手册里的文件夹名：" + "、".join(data.regions()))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--no-timer", is_flag=True, help="不运行定时处理（另有定时任务时用）")
def serve(host: str, port: int, no_timer: bool) -> None:
    """启动网站和定时处理"""
    boot()
    from waitress import create_server

    from jingban.wsgi import application

    try:
        server = create_server(application, host=host, port=port, threads=8)
    except OSError as error:
        raise click.ClickException(
            f"端口 {port} 用不了（{error.strerror}）：请关掉占用它的程序，或换一个端口，例如 PORT={port + 1} make run。"
        ) from None
    if not no_timer:
        threading.Thread(target=_timer, daemon=True, name="tick").start()
    click.echo(f"经办已启动：http://{host}:{port}/  （按 Ctrl+C 停止）")
    server.run()


def _timer() -> None:
    """Fire what is due, every half minute, for as long as the server runs."""
    from django.db import close_old_connections

    from jingban.cases.tick import tick
    from jingban.cases.verify import anchor

    pause, sealed = threading.Event(), datetime.now(SHANGHAI)
    while not pause.wait(TICK_SECONDS):
        try:
            now = datetime.now(SHANGHAI)
            tick(now=now)
            if now - sealed >= ANCHOR_EVERY:
                anchor(now=now)
                sealed = now
        except Exception:
            log.exception("timer failed; it tries again in %s seconds", TICK_SECONDS)
        finally:
            close_old_connections()
