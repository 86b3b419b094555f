"""``jingban ledger``: check the books and what guards them."""

from __future__ import annotations

import click

from jingban.core.boot import boot


@click.group()
def ledger() -> None:
    """账务：核对账簿、检查数据库保护"""


@ledger.command()
@click.option("--region", help="只核对一个地区")
def verify(region: str | None) -> None:
    """核对账簿：分录链、借贷平衡、余额、结账、数据库保护"""
    boot()
    from jingban.ledger.models import Book
    from jingban.ledger.verify import faults

    found = list(faults(region))
    for text in found:
        click.echo(text, err=True)
    books = Book.objects.order_by("region")
    for book in books if region is None else books.filter(region=region):
        click.echo(f"{book.region}：第{book.number}号，末哈希 {bytes(book.last_hash).hex()[:16]}")
    click.echo(f"核对完毕，{len(found)}处问题。")
    if found:
        raise SystemExit(1)


@ledger.command()
def doctor() -> None:
    """检查数据库保护是否齐全"""
    boot()
    from jingban.ledger.guards import doctor as look

    found = look()
    for text in found:
        click.echo(text, err=True)
    click.echo(f"检查完毕，{len(found)}处问题。")
    if found:
        raise SystemExit(1)
