"""``jingban walk``: carry every entry from its start to each of its ends, and say what came of it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from jingban.core.boot import boot
from jingban.core.commandline import Complaint

if TYPE_CHECKING:
    from jingban.rulebook.models import PublishedItem
    from jingban.walk.report import Walked


@click.command()
@click.option("--all", "everything", is_flag=True, help="全部地区的全部事项")
@click.option("--region", help="一个地区")
@click.option("--item", help="一个事项")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出")
def walk(everything: bool, region: str | None, item: str | None, as_json: bool) -> None:
    """演练：每个事项走遍每条路、每个结局"""
    if not (everything or region or item):
        raise Complaint("请写明演练哪些：--all，或 --region、--item。")
    with _own_database():
        rows = _entries(region, item)
        if not rows:
            raise Complaint("没有符合条件的事项，请用 jingban rulebook export --json 查看地区和事项的名称。")
        found = _with_progress(rows, quiet=as_json)
    if as_json:
        click.echo(json.dumps({"entries": [w.as_data() for w in found]}, ensure_ascii=False, indent=1))
    else:
        _table(found)
    if any(w.failures for w in found):
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
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        for alias in settings.DATABASES:
            # The disk is not what is walked: no sync, and the whole walk in memory.
            settings.DATABASES[alias]["OPTIONS"]["init_command"] = (
                "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"
            )
            call_command("migrate", database=alias, verbosity=0, interactive=False)
        yield
        connections.close_all()


def _entries(region: str | None, item: str | None) -> list[PublishedItem]:
    from datetime import datetime

    from jingban.core.localtime import SHANGHAI
    from jingban.rulebook.cache import effective_all
    from jingban.rulebook.publish import publish

    chosen = [e for e in effective_all() if region in (None, e.region) and item in (None, e.item)]
    return publish(chosen, now=datetime.now(SHANGHAI))


def _with_progress(rows: list[PublishedItem], *, quiet: bool) -> list[Walked]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from jingban.access.models import User
    from jingban.walk.report import walk_entries

    applicant = User.objects.create(username="walker", name="演练申请人").pk
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("演练", total=len(rows))

        def step(walked: Walked) -> None:
            bar.update(task, advance=1, description=f"{walked.region} {walked.name[:16]}")

        return walk_entries(rows, applicant=applicant, done=step)


def _table(found: list[Walked]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="逐项演练")
    for heading in ("地区", "层级", "序号", "事项", "路径", "边", "结局", "事件", "超期", "待实现", "问题"):
        table.add_column(heading, no_wrap=heading != "事项")
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
            str(len(w.planned_effects)),
            str(len(w.failures) or ""),
        )
    console = Console(width=120)
    console.print(table)
    for w in found:
        for failure in w.failures:
            console.print(f"{w.region} {w.position} {w.name}：{failure}", soft_wrap=True, markup=False)
    bad = sum(bool(w.failures) for w in found)
    edges, total = sum(w.edges_walked for w in found), sum(w.edges_total for w in found)
    console.print(f"{len(found)}个事项，走过{edges}/{total}条边，{bad}个有问题。")
