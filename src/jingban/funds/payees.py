"""Who is paid, on which account: as the case says it last."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jingban.cases.work import Work
from jingban.funds.errors import PayeeWrong

LONGEST = 70
"""Signs of a name or a bank: well within what a bank file holds (pain.001: 140)."""
_NUMBER = re.compile(r"[0-9]{8,32}", re.ASCII)
_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")


@dataclass(frozen=True, slots=True)
class Payee:
    """Name of the account, bank, number."""

    name: str
    bank: str
    account: str


def checked(name: str, bank: str, account: str) -> Payee:
    """A payee that a bank can pay; raises in words what is missing or wrong."""
    name, bank = _text(name, "收款户名"), _text(bank, "开户行")
    number = re.sub(r"[\s-]", "", account)
    if not number:
        raise PayeeWrong("没有收款账号，不能拨付；请补填收款账户。", field="bank_account")
    if not _NUMBER.fullmatch(number):
        raise PayeeWrong("收款账号应为8至32位数字，请对照银行卡核对。", field="bank_account")
    return Payee(name, bank, number)


def payee_of(work: Work) -> Payee:
    """The payee that the case names now; a corrected account stands before that of the form."""
    name = work.said("payee_name") or work.said("name")
    return checked(name, work.said("bank"), work.said("bank_account"))


def _text(text: str, what: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise PayeeWrong(f"没有{what}，不能拨付；请补填收款账户。")
    # A text that begins like a formula would run when somebody opens the bank's file as a table.
    if len(said) > LONGEST or _ODD.search(said) or said[0] in "=+-@":
        raise PayeeWrong(f"{what}须为1至{LONGEST}个字，不能有特殊符号，请核对。")
    return said
