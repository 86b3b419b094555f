"""``jingban visits``: what an administrator does to the visits."""

from __future__ import annotations

import click

from jingban.core.boot import boot


@click.group()
def visits() -> None:
    """走访：重新加密"""


@visits.command()
def reseal() -> None:
    """更换密钥后，用现行密钥重新加密走访内容"""
    boot()
    from jingban.visits.actions import reseal_visits

    click.echo(f"重新加密{reseal_visits()}条走访。")
