"""``jingban uploads``: check the stored files, seal them anew after a key was changed."""

from __future__ import annotations

from datetime import datetime

import click

from jingban.core.boot import boot
from jingban.core.localtime import SHANGHAI


@click.group()
def uploads() -> None:
    """上传的材料：核对文件、换钥重新加密"""


@uploads.command()
def check() -> None:
    """核对每份材料的文件：在不在，和上传时是否一样"""
    boot()
    from jingban.uploads.checking import faults
    from jingban.uploads.models import Upload

    found = 0
    for text in faults(datetime.now(SHANGHAI)):
        found += 1
        click.echo(text, err=True)
    click.echo(f"核对{Upload.objects.count()}份材料，{found}处问题。")
    if found:
        raise SystemExit(1)


@uploads.command()
def reseal() -> None:
    """更换密钥后，用现行密钥重新加密材料"""
    boot()
    from jingban.uploads.checking import reseal_uploads

    count, broken = reseal_uploads()
    for text in broken:
        click.echo(text, err=True)
    click.echo(f"重新加密{count}份材料，{len(broken)}份打不开。" if broken else f"重新加密{count}份材料。")
    if broken:
        raise SystemExit(1)
