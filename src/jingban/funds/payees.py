"""Who is paid, on which account: as the case says it last."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jingban.benefits import service as benefits
from jingban.cases.work import Work
from jingban.funds.errors import PayeeWrong
from jingban.processes import needs

LONGEST = 70
"""Signs of a name or a bank: well within what a bank file holds (pain.001: 140)."""
NAMED = ("bank", "bank_account", "reward_payees")
"""What a case says where it names an account."""
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


def payees_of(work: Work, count: int) -> list[Payee]:
    """The payee of each share, in their order; one for all where one receives for all, or nothing is shared."""
    rows = needs.payees_of(work.said("reward_payees"))
    found = [checked(*row) for row in rows] or [payee_of(work)]
    if len(found) == 1:
        return found * count
    if len(found) != count:
        raise PayeeWrong(
            f"奖励分{count}份发放，登记了{len(found)}个收款账户；请退回核对。", field="reward_payees"
        )
    return found


def hold_receivers(work: Work, count: int) -> None:
    """Whether the accounts that are named are the reporters' own, or a receiver's with their written agreement (F26).

    Raises PayeeWrong in words, at the field.
    """
    found = payees_of(work, count)
    if work.needs.get("receiver_agreed") == "yes":
        return
    named = benefits.reporters_named(work.said("reporter_name"), work.said("joint_reporters"))
    if count > 1 and len(needs.payees_of(work.said("reward_payees"))) != count:
        raise PayeeWrong(
            f"共同举报{count}人，奖励各付各的：请登记每个人的收款账户；由一人代领的，只登记代领人，"
            "并收齐各人的书面同意。",
            field="reward_payees",
        )
    for n, (name, payee) in enumerate(zip(named, found, strict=False), start=1):
        if name != payee.name:
            raise PayeeWrong(
                f"第{n}举报人的收款户名和举报人姓名不同：请登记本人的账户；由他人代领的，收到本人书面同意后再登记。",
                field="reward_payees",
            )


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
