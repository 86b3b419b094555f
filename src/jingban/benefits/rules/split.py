"""Each line of the list of expenses into 全自费, 超限价, 先行自付 and 政策范围内 (reference 5.1)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from jingban.benefits.rules.model import EXCLUSIONS, ClaimWrong, Line, Split
from jingban.core.money import round_fen, show_yuan

_FEN, _HALF = Decimal(100), Decimal("0.5")
Parts = tuple[int, int, int, int]


def split(line: Line) -> Split:
    """One line. 丙类 and what is excluded is paid whole by the person; then the price limit, then 乙类's own share.

    Each of the named amounts is rounded half up once; what is left is in scope. Raises ClaimWrong for a line that cannot
    be: below zero, an amount that is not price × quantity, an unknown reason, an own share outside 0 to 1.
    """
    return Split(*_parts(line))


def split_all(lines: Iterable[Line]) -> Split:
    """The sums of a claim's lines."""
    columns = tuple(zip(*map(_parts, lines), strict=True))
    return Split(*map(sum, columns)) if columns else Split()


def own_pay_text(lines: Iterable[Line]) -> str:
    """Why the person bears lines whole: 丙类, and each coded reason with its article."""
    sums: dict[str, int] = {}
    for line in lines:
        if line.excluded or line.klass == "C":
            sums[line.excluded] = sums.get(line.excluded, 0) + line.amount
    told = []
    for code, amount in sums.items():
        reason = EXCLUSIONS[code] if code else None
        why = f"{reason.text}（{reason.article}）" if reason else "丙类或目录外"
        told.append(f"{why} {show_yuan(amount)}")
    return f"不属于基金支付范围，由个人负担：{'；'.join(told)}" if told else "没有丙类和不予支付的费用"


def _parts(line: Line) -> Parts:
    amount, hundredfold = line.amount, line.quantity * _FEN
    # Half a fen is the hospital's rounding; its systems round half up, half even or cut off.
    if amount < 0 or hundredfold <= 0 or line.price < 0 or not -1 < line.price * hundredfold - amount < 1:
        raise _sum_wrong(line)
    _check_class(line)
    if line.klass == "C" or line.excluded:
        return amount, 0, 0, 0
    within = amount
    if line.price_limit is not None:
        within = min(
            amount, int(line.price_limit * hundredfold + _HALF)
        )  # half up: nothing here is below zero
    pre_self = int(within * line.own_share + _HALF)
    return 0, amount - within, pre_self, within - pre_self


def _check_class(line: Line) -> None:
    share, limit = line.own_share, line.price_limit
    if line.klass not in ("A", "B", "C"):
        raise _wrong(line, f"目录类别“{line.klass}”不是甲、乙、丙类，请核对目录")
    if line.klass == "A" and share:
        raise _wrong(line, "甲类没有先行自付，请核对目录类别和先行自付比例")
    if not 0 <= share <= 1 or (limit is not None and limit < 0):
        raise _wrong(line, "先行自付比例应在0和1之间，限价不小于零，请核对目录")
    if line.excluded and line.excluded not in EXCLUSIONS:
        raise _wrong(line, f"不予支付的原因“{line.excluded}”不认识，请重新选择")


def _sum_wrong(line: Line) -> ClaimWrong:
    if line.amount < 0 or line.quantity <= 0 or line.price < 0:
        return _wrong(line, "金额、数量或单价小于零，退费请与原明细相抵后录入")
    due = show_yuan(round_fen(line.price * line.quantity * _FEN))
    return _wrong(line, f"金额 {show_yuan(line.amount)} 与单价乘数量 {due} 不符，请核对清单")


def _wrong(line: Line, what: str) -> ClaimWrong:
    return ClaimWrong(f"第{line.seq}行“{line.name}”：{what}。", line=line.seq)
