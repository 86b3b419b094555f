"""``jingban walk``: carry every entry from its start to each of its ends, and say what came of it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from jingban.core.boot import boot
from jingban.core.commandline import Complaint

if TYPE_CHECKING:
    from rich.console import Console

    from jingban.rulebook.models import PublishedItem
    from jingban.walk.cast import Cast
    from jingban.walk.report import Walked


@click.command()
@click.option("--all", "everything", is_flag=True, help="全部地区的全部事项")
@click.option("--region", help="一个地区")
@click.option("--item", help="一个事项")
@click.option("--again", is_flag=True, help="同一批人再走一遍，接着第一遍的登记结果（即 --rounds 2）")
@click.option("--rounds", type=click.IntRange(1, 20), default=1, help="同一批人连走几遍")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出")
def walk(
    everything: bool, region: str | None, item: str | None, again: bool, rounds: int, as_json: bool
) -> None:
    """演练：每个事项走遍每条路、每个结局，列出各改变了登记册的什么"""
    if not (everything or region or item):
        raise Complaint("请写明演练哪些：--all，或 --region、--item。")
    with _own_database():
        rows = _entries(region, item)
        if not rows:
            raise Complaint("没有符合条件的事项，请用 jingban rulebook export --json 查看地区和事项的名称。")
        found, faults = _walk_rounds(rows, max(rounds, 1 + again), as_json=as_json)
    if as_json:
        entries = [w.as_data() for w in found]
        click.echo(json.dumps({"entries": entries, "faults": faults}, ensure_ascii=False, indent=1))
    if faults or any(w.failures for w in found):
        raise SystemExit(1)


@contextmanager
def _own_database() -> Iterator[None]:
    """A database that lives as long as the walk; nothing of the real one is touched."""
    with tempfile.TemporaryDirectory(prefix="jingban-walk-") as folder:
        os.environ.update(
            JINGBAN_VAR=folder,
            DATABASE_URL=f"sqlite:///{folder}/walk.sqlite3",
            AUDIT_DATABASE_URL=f"sqlite:///{folder}/audit.sqlite3",
        )
        boot()
        from django.apps import apps
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        # Gone after the walk, so made as the models are now: their history would take longer than many an entry.
        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
        for alias in settings.DATABASES:
            # The disk is not what is walked: no sync, and the whole walk in memory.
            settings.DATABASES[alias]["OPTIONS"]["init_command"] = (
                "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"
            )
            call_command("migrate", database=alias, run_syncdb=True, verbosity=0, interactive=False)
        yield
        connections.close_all()


def _entries(region: str | None, item: str | None) -> list[PublishedItem]:
    from datetime import datetime

    from jingban.core.localtime import SHANGHAI
    from jingban.rulebook.cache import effective_all
    from jingban.rulebook.publish import publish

    chosen = [e for e in effective_all() if region in (None, e.region) and item in (None, e.item)]
    return publish(chosen, now=datetime.now(SHANGHAI))


def _walk_rounds(rows: list[PublishedItem], rounds: int, *, as_json: bool) -> tuple[list[Walked], list[str]]:
    """Each round begins where the one before left the registers; after each they are checked as a whole."""
    from jingban.walk import checks
    from jingban.walk.report import casts_of

    casts = casts_of(row.region for row in rows)
    found: list[Walked] = []
    faults: list[str] = []
    for turn in range(1, rounds + 1):
        walked = _with_progress(rows, casts, turn, quiet=as_json)
        wrong = [f"第{turn}遍：{text}" for text in checks.faults()]
        if not as_json:
            _table(walked, wrong, f"逐项演练·第{turn}遍" if rounds > 1 else "逐项演练")
        found += walked
        faults += wrong
    return found, faults


def _with_progress(
    rows: list[PublishedItem], casts: Mapping[str, Cast], turn: int, *, quiet: bool
) -> list[Walked]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from jingban.walk.report import walk_entries

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("演练", total=len(rows))

        def step(walked: Walked) -> None:
            bar.update(task, advance=1, description=f"{walked.region} {walked.name[:16]}")

        return walk_entries(rows, casts, round=turn, done=step)


WIDTH = 150
FEW = 3
"""Of so many entries the table also says what happened beside the cases."""


def _table(found: list[Walked], faults: list[str], title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from jingban.core.money import show_yuan
    from jingban.walk.told import words

    table = Table(title=title)
    headings = (
        "地区",
        "层级",
        "序号",
        "事项",
        "路径",
        "边",
        "结局",
        "事件",
        "超期",
        "登记",
        "拨付（退回）",
        "待实现",
        "问题",
    )
    for heading in headings:
        table.add_column(heading, no_wrap=heading not in ("事项", "登记"), overflow="fold")
    for w in found:
        table.add_row(
            w.region,
            w.tier,
            str(w.position),
            w.name,
            str(w.paths),
            f"{w.edges_walked}/{w.edges_total}",
            f"{w.ends}/{w.ends_total}",
            str(w.events),
            str(w.late),
            words(w.registers),
            f"{show_yuan(w.paid_fen)}（{w.bounced}）" if w.paid_fen else "",
            str(len(w.planned_effects)),
            str(len(w.failures) or ""),
        )
    console = Console(width=WIDTH)
    console.print(table)
    for w in found:
        for failure in w.failures:
            console.print(f"{w.region} {w.position} {w.name}：{failure}", soft_wrap=True, markup=False)
    for fault in faults:
        console.print(fault, soft_wrap=True, markup=False)
    _sums(console, found)


def _sums(console: Console, found: list[Walked]) -> None:
    """What came of the round as a whole; of few entries also what happened beside the cases."""
    if len(found) <= FEW and (prepared := [text for w in found for text in w.prepared]):
        console.print(f"案外（预置和税务回传）：{'、'.join(prepared)}。", soft_wrap=True, markup=False)
    if planned := sorted({name for w in found for name in w.planned_effects}):
        console.print(f"待实现：{'、'.join(planned)}。", soft_wrap=True, markup=False)
    bad = sum(bool(w.failures) for w in found)
    edges, total = sum(w.edges_walked for w in found), sum(w.edges_total for w in found)
    console.print(f"{len(found)}个事项，走过{edges}/{total}条边，{bad}个有问题。")
