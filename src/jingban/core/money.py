"""Money: whole fen in the database, ``Decimal`` yuan in the code, rounded half up once (design, section 6)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from jingban.core.errors import DomainError

_CENT = Decimal("0.01")
_WRITTEN = re.compile(r"[+-]?[0-9]{1,16}(?:\.[0-9]{1,12})?")
_TOO_MUCH = Decimal(10) ** 18  # of fen: what a database column of 64 bits holds
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


class AmountWrong(DomainError):
    """Not an amount of money."""

    code = "amount_wrong"


def to_fen(yuan: Decimal | int | str) -> int:
    """Yuan as whole fen, rounded half up (四舍五入到分)."""
    if isinstance(yuan, float | bool):
        raise TypeError("money is Decimal, int or str, never float or bool")
    if isinstance(yuan, str) and not _WRITTEN.fullmatch(yuan):
        raise AmountWrong(f"“{yuan}”不是金额，请只填数字和小数点，例如 1234.50。", text=yuan)
    return round_fen(Decimal(yuan).scaleb(2))


def round_fen(fen: Decimal) -> int:
    """An amount in fen, rounded half up to a whole one; below zero away from zero, so a reversal mirrors."""
    if not fen.is_finite() or abs(fen) >= _TOO_MUCH:
        raise AmountWrong(f"“{fen}”不是可以处理的金额，请核对位数。", text=str(fen))
    return int(fen.to_integral_value(rounding=ROUND_HALF_UP))


def to_yuan(fen: int) -> Decimal:
    """Whole fen as yuan with two places."""
    return Decimal(fen).scaleb(-2).quantize(_CENT)


def show_yuan(fen: int) -> str:
    """As printed on a notice: ``1,234.50``."""
    return f"{to_yuan(fen):,}"


def in_capitals(fen: int) -> str:
    """As a voucher says it beside the figures: ``壹仟贰佰叁拾肆元伍角`` (《正确填写票据和结算凭证的基本规定》)."""
    yuan, rest = divmod(abs(fen), 100)
    jiao, last = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{'负' if fen < 0 else ''}{text or '零元'}整"
    text += f"{_DIGITS[jiao]}角" if jiao else "零" if yuan else ""
    return f"{'负' if fen < 0 else ''}{text}{f'{_DIGITS[last]}分' if last else ''}"


def _whole(number: int) -> str:
    for size, unit in _PLACES:
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low < size // 10 else ""
            return f"{_whole(high)}{unit}{f'{gap}{_whole(low)}' if low else ''}"
    return _DIGITS[number]
