"""Each line of the list of expenses into 全自费, 超限价, 先行自付 and 政策范围内 (reference 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

from jingban.benefits.rules.cumulative import part_of
from jingban.benefits.rules.explain import Sheet, less
from jingban.benefits.rules.model import EXCLUSIONS, THIRD_PARTY, ClaimWrong, Line, Split
from jingban.core.money import round_fen, show_yuan

_FEN, _HALF = Decimal(100), Decimal("0.5")
Parts = tuple[int, int, int, int]


class _Excluded(Protocol):
    """A line, as it is typed or as it is priced."""

    @property
    def amount(self) -> int: ...
    @property
    def excluded(self) -> str: ...


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


def put_split(sheet: Sheet, lines: Sequence[Line], note: str = "") -> Split:
    """Put the sums of a claim's lines on the sheet; what did not come up has an amount of nothing and no step."""
    parts = split_all(lines)
    sheet.put("total", "费用总额", parts.total, f"费用清单 {len(lines)} 行合计{note}")
    named = (
        ("own_pay", "全自费", parts.own_pay, own_pay_text(lines)),
        ("over_limit", "超限价自付", parts.over_limit, "超过目录支付标准（限价）的部分，由个人负担"),
        ("pre_self", "先行自付", parts.pre_self, "乙类项目按目录比例先由个人负担的部分，逐行计算后合计"),
    )
    for key, name, amount, said in named:
        if amount:
            sheet.put(key, name, amount, said)
        else:
            sheet.amounts[key] = 0
    minus = less(parts.total, *((name, amount) for _, name, amount, _ in named))
    said = (
        f"{minus} = {show_yuan(parts.in_scope)}" if minus else f"全部 {show_yuan(parts.total)} 都在政策范围内"
    )
    sheet.put("in_scope", "政策范围内费用", parts.in_scope, said)
    return parts


def borne_alone(lines: Iterable[_Excluded], paid: int) -> int:
    """What of a third party's payment is for the lines that it alone has to bear (社会保险法 art. 30)."""
    return min(paid, sum(line.amount for line in lines if line.excluded == THIRD_PARTY))


def third_party_share(paid: int, alone: int, whole: int, total: int) -> int:
    """What of an amount of the bill a third party has paid: of its payment, less what was for lines that are out of every
    fund already, the same share as the amount has of the rest of the bill.
    """
    return part_of(paid - alone, whole, total - alone) if paid > alone else 0


def third_party_text(paid: int, alone: int, whole: int, total: int, name: str) -> str:
    """The same in a sentence; ``name``: what the amount is."""
    share = third_party_share(paid, alone, whole, total)
    said = f"第三人已付 {show_yuan(paid)}"
    if alone:
        said += f"，其中 {show_yuan(alone)} 付的是应当由第三人负担的项目"
    if paid == alone:
        return f"{said}，不影响其他费用；按 {show_yuan(whole)} 计算"
    of = f"，其余 {show_yuan(paid - alone)} 中" if alone else "，其中"
    return (
        f"{said}{of}{name}占 {show_yuan(whole)} ÷ {show_yuan(total - alone)}，即 {show_yuan(share)}，"
        f"基金不再支付；按 {show_yuan(whole - share)} 计算"
    )


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
    who = "第三人或者个人" if THIRD_PARTY in sums else "个人"
    return f"不属于基金支付范围，由{who}负担：{'；'.join(told)}"


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
