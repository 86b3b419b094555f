"""``jingban ratings``: what an administrator does to the ratings."""

from __future__ import annotations

import click

from jingban.core.boot import boot


@click.group()
def ratings() -> None:
    """好差评：重新加密"""


@ratings.command()
def reseal() -> None:
    """更换密钥后，用现行密钥重新加密评价的文字"""
    boot()
    from jingban.supervision.service import reseal_ratings

    click.echo(f"重新加密{reseal_ratings()}条评价。")
