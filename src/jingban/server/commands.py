"""``jingban migrate``, ``jingban demo``, ``jingban serve``: from an empty folder to a running house."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from jingban.core.boot import boot
from jingban.core.localtime import SHANGHAI

TICK_SECONDS = 30
ANCHOR_EVERY = timedelta(hours=1)
PAPERS_EVERY = timedelta(hours=1)
LARGEST_REQUEST = 80 << 20
"""Bytes: a roster is the largest file (60 MB); without a bound a gigabyte would be laid down before anybody looks."""
log = logging.getLogger(__name__)


@click.command()
def migrate() -> None:
    """建立或更新数据库"""
    boot()
    from django.conf import settings
    from django.core.management import call_command

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("migrate", database="default", verbosity=0, interactive=False)
    # The other tables have no place in the audit's database: to walk their history there too takes as long again.
    call_command("migrate", "audit", database="audit", verbosity=0, interactive=False)
    call_command("createcachetable", database="default", verbosity=0)
    click.echo("数据库已就绪。")
    _warn_of_trying_out()


@click.command()
@click.option(
    "--people", default=None, type=click.IntRange(0), help="各地区登记册里一共生成多少人（默认200）"
)
@click.option("--seed", default=None, type=int, help="随机种子：同一个种子生成同样的人（默认7）")
def demo(people: int | None, seed: int | None) -> None:
    """装入演示数据：各地区的申请人、窗口、审核等账号，和登记册里的人"""
    boot()
    from jingban.server import demo as data

    now = datetime.now(SHANGHAI)
    made = data.load(now=now)
    click.echo(f"演示账号已就绪（新建{len(made)}个），口令都是 {data.PASSWORD}：")
    for part in data.PARTS:
        click.echo(f"  <地区>-{part.key:<12}{part.name}")
    click.echo("  <地区> 为规则手册里的文件夹名：" + "、".join(data.regions()))
    count, seed = data.PEOPLE if people is None else people, data.SEED if seed is None else seed
    for region in data.people(count=count, seed=seed, now=now):
        click.echo(
            f"  {region.region}：{region.people}人、{region.families}户、{region.units}个单位，"
            f"参保、缴费、备案等记录{region.periods}条，个人账户{region.accounts}个（虚构，种子{seed}）"
        )
    for region_key in data.regions():
        if (one := data.sample(region_key, now.date())) is not None:
            click.echo(
                f"  {region_key} 试用：{one.name} {one.number} 手机{one.phone}；{one.unit} {one.credit_code}"
                + (f"；救助对象 {one.aided}" if one.aided else "")
            )


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--no-timer", is_flag=True, help="不运行定时处理（另有定时任务时用）")
def serve(host: str, port: int, no_timer: bool) -> None:
    """启动网站和定时处理"""
    say_where(host, port)
    boot()
    from jingban.wsgi import application

    try:
        server = listening(application, host, port)
    except OSError as error:
        raise click.ClickException(
            f"端口 {port} 用不了（{error.strerror}）：请关掉占用它的程序，或换一个端口，例如 PORT={port + 1} make run。"
        ) from None
    if not no_timer:
        for name, work in (
            ("tick", _ticker()),
            ("deliver", _deliver),
            ("papers", _paper_sweeper()),
            ("messages", _tell),
        ):
            threading.Thread(target=_every_half_minute, args=(work,), daemon=True, name=name).start()
    threading.Thread(target=_warm, daemon=True, name="warm").start()
    _warn_of_trying_out()
    click.echo(f"经办已启动：http://{host}:{port}/  （按 Ctrl+C 停止）")
    server.run()


def _warn_of_trying_out() -> None:
    """Where money need not move, whoever runs the server reads it each time."""
    from django.conf import settings

    if not settings.JINGBAN_FUNDS_LIVE:
        click.echo(
            "注意：JINGBAN_FUNDS_LIVE 没有打开，办件不经银行付款也能办结，只能用来试走流程。"
            "正式使用请设为 1，见 docs/operations.md。",
            err=True,
        )


def say_where(host: str, port: int) -> None:
    """Before the settings are read: what papers lead to where ``JINGBAN_SITE`` does not say it."""
    reached = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  compared, not listened on
    os.environ["JINGBAN_SERVED"] = f"{reached}:{port}"


def listening(application: Callable[..., Any], host: str, port: int) -> Any:
    """The web server, not running yet; OSError where the port is taken.

    Who asks, and whether by https, is told by the web server with TLS before it, and believed of that one only:
    without that every visitor would come from the proxy's address, and http would be redirected for ever.
    """
    from django.conf import settings
    from waitress import create_server

    return create_server(
        application,
        host=host,
        port=port,
        threads=8,
        # Browsers keep some six lines each; a hundred would be twenty visitors.
        connection_limit=1000,
        asyncore_use_poll=True,
        max_request_body_size=LARGEST_REQUEST,
        trusted_proxy=settings.JINGBAN_TRUSTED_PROXY,
        trusted_proxy_count=1,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"},
        clear_untrusted_proxy_headers=True,
    )


def _warm() -> None:
    """What the first visitor would otherwise wait for; the server answers meanwhile."""
    from jingban.portals.public.finding import warm

    try:
        warm()
    except Exception:
        log.exception("warming up failed; the first search takes longer")


def _every_half_minute(work: Callable[[datetime], None]) -> None:
    """Do it again and again for as long as the server runs. Each has a thread of its own: an agency that does not
    answer must not hold up the limits."""
    from django.db import close_old_connections

    pause = threading.Event()
    while not pause.wait(TICK_SECONDS):
        try:
            work(datetime.now(SHANGHAI))
        except Exception:
            log.exception("timer failed; it tries again in %s seconds", TICK_SECONDS)
        finally:
            close_old_connections()


def _ticker() -> Callable[[datetime], None]:
    """Fire what is due; once an hour, seal what happened and sweep out drafts that expired."""
    from jingban.cases.drafts import sweep
    from jingban.cases.tick import tick
    from jingban.cases.verify import anchor

    sealed = datetime.now(SHANGHAI)

    def work(now: datetime) -> None:
        nonlocal sealed
        tick(now=now)
        if now - sealed >= ANCHOR_EVERY:
            anchor(now=now)
            sealed = now
            sweep(now)

    return work


def _paper_sweeper() -> Callable[[datetime], None]:
    """Once an hour, issue the papers that nobody has opened yet. A thread of its own: setting and signing takes time."""
    from jingban.documents.service import sweep

    last = datetime.now(SHANGHAI) - PAPERS_EVERY

    def work(now: datetime) -> None:
        nonlocal last
        if now - last >= PAPERS_EVERY:
            sweep(now=now)
            last = now

    return work


def _tell(now: datetime) -> None:
    """Tell applicants what happened, and hand over messages to people."""
    from jingban.messaging.service import deliver

    deliver(now=now)


def _deliver(now: datetime) -> None:
    """Write and hand over the letters to other agencies."""
    from jingban.exchange.service import deliver

    deliver(now=now)
