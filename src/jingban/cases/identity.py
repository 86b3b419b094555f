"""How staff made sure who it was for whom they filled an application in."""

from __future__ import annotations

from jingban.core.errors import DomainError

AT_COUNTER = ("id-card", "e-certificate", "social-card", "household", "agent")
IDENTITY = {
    "id-card": "核对了居民身份证等有效证件原件",
    "e-certificate": "核对了医保电子凭证",
    "social-card": "核对了社会保障卡",
    "household": "核对了户口簿",
    "agent": "核对了申请人和代办人双方的有效证件",
    "copy": "核对了随信寄来的证件复印件",
    "by-phone": "电话里核对了登记的身份信息和联系电话",
}
BY_CHANNEL = {"post": ("copy",), "phone": ("by-phone",)}
"""Who wrote or called shows no original; at every other place there are some."""


class IdentityUnknown(DomainError):
    """A way of checking that does not exist, or not for this channel."""

    code = "answer_wrong"


def ways(channel: str) -> tuple[str, ...]:
    """How identity can be checked where an application comes in this way."""
    return BY_CHANNEL.get(channel, AT_COUNTER)


def hold_identity(way: str, channel: str) -> None:
    """Refuse what cannot have been checked that way; nothing said is no error."""
    if way and way not in ways(channel):
        raise IdentityUnknown("请选择怎样核对了申请人的身份。")
