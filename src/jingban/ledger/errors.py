"""What the books refuse, in the words of whoever tried."""

from __future__ import annotations

from datetime import date
from typing import Any

from jingban.core.errors import DomainError
from jingban.core.money import show_yuan


class LedgerError(DomainError):
    """Anything that the books refuse; nothing was written."""

    code = "ledger_error"


class Unbalanced(LedgerError):
    """Debits and credits differ, or there are fewer than two lines."""

    code = "unbalanced"

    def __init__(self, *, reference: str, debit_fen: int, credit_fen: int, lines: int) -> None:
        why = (
            f"借方合计{show_yuan(debit_fen)}元，贷方合计{show_yuan(credit_fen)}元，借贷不平"
            if debit_fen != credit_fen
            else f"只有{lines}行，一笔分录至少要两行"
        )
        super().__init__(
            f"分录没有入账：{why}。请核对各行金额。", reference=reference, debit_fen=debit_fen,
            credit_fen=credit_fen, lines=lines,
        )  # fmt: skip


class LineWrong(LedgerError):
    """An amount that is not whole fen above zero."""

    code = "line_wrong"


class EntryWrong(LedgerError):
    """A reference, kind or memo that cannot be kept."""

    code = "entry_wrong"


class AccountNotFound(LedgerError):
    """No such account in these books."""

    code = "account_not_found"


class AccountCodeTaken(LedgerError):
    """The code belongs to an account that is something else."""

    code = "account_code_taken"

    def __init__(self, *, code: str, name: str) -> None:
        super().__init__(
            f"科目或账户编号“{code}”已用于“{name}”，且内容不同。请换一个编号。", code=code, name=name
        )


class AccountNotOpen(LedgerError):
    """The day lies outside the period of the account."""

    code = "account_not_open"

    def __init__(self, *, code: str, name: str, booked_on: date) -> None:
        super().__init__(
            f"“{name}”（{code}）在{booked_on:%Y年%m月%d日}没有启用或已经销户，不能记账。",
            code=code, booked_on=booked_on,
        )  # fmt: skip


class AccountNotEmpty(LedgerError):
    """Only an account at zero, without later lines, can be closed."""

    code = "account_not_empty"


class BalanceTooLow(LedgerError):
    """The account would fall below what it may hold."""

    code = "balance_too_low"

    def __init__(self, *, code: str, name: str, balance_fen: int, change_fen: int, floor_fen: int) -> None:
        at_least = f"，最多可透支{show_yuan(-floor_fen)}元" if floor_fen else ""
        super().__init__(
            f"“{name}”余额不足：现有{show_yuan(balance_fen)}元{at_least}，本笔减少{show_yuan(-change_fen)}元。没有入账。",
            code=code, balance_fen=balance_fen, change_fen=change_fen, floor_fen=floor_fen,
        )  # fmt: skip


class MonthClosed(LedgerError):
    """The day lies in a month that is closed."""

    code = "month_closed"

    def __init__(self, *, booked_on: date, closed_through: date) -> None:
        super().__init__(
            f"账务已结账至{closed_through:%Y年%m月%d日}，不能再记{booked_on:%Y年%m月%d日}的账。请记入未结账的月份。",
            booked_on=booked_on, closed_through=closed_through,
        )  # fmt: skip


class MonthNotOver(LedgerError):
    """A month is closed only when it is over."""

    code = "month_not_over"


class BookedInFuture(LedgerError):
    """A day that has not come cannot be booked."""

    code = "booked_in_future"


class ReferenceReused(LedgerError):
    """The same reference came with another content; a reference stands for one entry."""

    code = "reference_reused"

    def __init__(self, *, reference: str, number: int) -> None:
        super().__init__(
            f"业务编号“{reference}”已入账（第{number}号），内容与本次不同。请核对是否用错编号。",
            reference=reference, number=number,
        )  # fmt: skip


class NotReversible(LedgerError):
    """An entry is reversed once, a reversal never."""

    code = "not_reversible"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(f"不能冲正：{message}。", **details)
