"""``jingban access``: the first administrator of a region, whom nobody inside could make."""

from __future__ import annotations

import click

from jingban.core.boot import boot


@click.group()
def access() -> None:
    """账号：设立系统管理员"""


@access.command()
@click.argument("region")
@click.argument("username")
@click.argument("name")
def administrator(region: str, username: str, name: str) -> None:
    """给一个地区设立系统管理员；账号没有的新建，并显示临时口令"""
    boot()
    from jingban.access import administration as admin
    from jingban.access.models import User
    from jingban.core.commandline import complaint
    from jingban.core.errors import DomainError
    from jingban.core.localtime import today
    from jingban.portals.book import region_card

    try:
        region_card(region)
        password = admin.first_administrator(region, username, name, day=today())
    except DomainError as error:
        raise complaint(error) from None
    user = User.objects.get(username=username)
    click.echo(f"{user}（{username}）已是{region}的系统管理员。")
    if password:
        click.echo(f"临时口令：{password}（只显示这一次，请登录后修改）")
