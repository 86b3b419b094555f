"""``jingban paper``: is it genuine, declare it void, issue what waits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from jingban.core.boot import boot
from jingban.core.localtime import SHANGHAI, local_time


def _now() -> datetime:
    return datetime.now(SHANGHAI)


@click.group()
def paper() -> None:
    """文书：核验、作废、补出"""


@paper.command()
@click.argument("what", metavar="文书编号或文件")
def verify(what: str) -> None:
    """核验一份文书：给编号查存档，给 PDF 文件查是不是原件"""
    boot()
    file = Path(what)
    if not (_verified_file(file) if file.is_file() else _verified_number(what)):
        raise SystemExit(1)


def _verified_file(file: Path) -> bool:
    from jingban.documents.checking import file_verdict

    found = file_verdict(file.read_bytes())
    if found.signature is None:
        click.echo("没有电子签名，或不是 PDF 文件。")
    else:
        whole = "完整，签名后没有改动" if found.signature.intact else "不符：签名后被改动过"
        whose = "本系统的证书" if found.signature.ours else "不是本系统的证书"
        click.echo(f"签名{whole}；签名者 {found.signature.by}（{whose}）。")
    if found.row is None:
        click.echo("不是本系统出具的原文件。")
        return False
    click.echo(_told(found.row))
    return not found.row.is_void


def _verified_number(number: str) -> bool:
    from jingban.core.commandline import Complaint
    from jingban.documents.checking import by_number, faults

    rows = by_number(number)
    if not rows:
        raise Complaint(f"没有编号为“{number}”的文书，请核对编号，或给出文件的路径。")
    sound = True
    for row in rows:
        wrong = faults(row)
        click.echo(_told(row) + (f"；存档有问题：{'、'.join(wrong)}" if wrong else "；存档完好"))
        sound = sound and not wrong and not row.is_void
    return sound


def _told(row: object) -> str:
    from jingban.documents.models import IssuedPaper
    from jingban.documents.rendering import spoken

    if not isinstance(row, IssuedPaper):
        raise TypeError("a paper is expected")
    state = f"已于{local_time(row.voided_at):%Y-%m-%d}作废：{row.void_reason}" if row.voided_at else "有效"
    return (
        f"{row.title} {row.number}，{row.agency}，{local_time(row.issued_at):%Y-%m-%d %H:%M}出具，{state}；"
        f"核验码 {spoken(row.code)}，打印{row.prints.count()}次"
    )


@paper.command()
@click.argument("code", metavar="核验码")
@click.option("--by", "login", required=True, help="谁作废：登录名")
@click.option("--reason", required=True, help="作废的原因，存入记录")
def void(code: str, login: str, reason: str) -> None:
    """作废一份文书：核验页从此显示作废，不能恢复"""
    boot()
    from jingban.access.models import User
    from jingban.access.service import actor_of
    from jingban.core.commandline import Complaint
    from jingban.documents.actions import void as declare
    from jingban.documents.checking import code_typed
    from jingban.documents.models import IssuedPaper

    now = _now()
    user = User.objects.filter(username=login).first()
    row = IssuedPaper.objects.filter(code=code_typed(code)).first()
    if user is None:
        raise Complaint(f"没有登录名“{login}”，请核对。")
    if row is None:
        raise Complaint(f"没有核验码为“{code}”的文书，请对照文书页脚的12位核验码。")
    declare(row, reason=reason, actor=actor_of(user, now.date()), now=now)
    click.echo(f"已作废：{row.title} {row.number}。")


@paper.command()
def issue() -> None:
    """出具已经办理、还没有人打开的文书（serve 每小时也会做）"""
    boot()
    from jingban.documents.sweeping import sweep

    done = sweep(now=_now())
    click.echo(f"出具{done.issued}份，未成{done.failed}份。")
    if done.failed:
        raise SystemExit(1)


@paper.command()
def reseal() -> None:
    """更换密钥后，用现行密钥重新加密文书"""
    boot()
    from jingban.documents.actions import reseal_papers

    done = reseal_papers()
    click.echo(f"重新加密{done.changed}份，损坏{len(done.damaged)}份。")
    for code in done.damaged:
        click.echo(f"核验码 {code}：内容或存档文件损坏或缺失，没有重新加密，请从备份恢复后再执行一次。")
    if done.damaged:
        raise SystemExit(1)
