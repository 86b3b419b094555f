"""The sheet on which a calculation is written down, and the words that its sentences share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Result, Step
from jingban.core.money import show_yuan

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "village": "村卫生室",
        "0": "基层医疗机构",
        "1": "一级医院",
        "2": "二级医院",
        "3": "三级医院",
        "province": "省级三级医院",
    }
)
PLACES: Mapping[str, str] = MappingProxyType(
    {
        "filed": "长期异地（已备案）",
        "referred": "异地转诊",
        "emergency": "异地急诊抢救（视同已备案）",
        "temporary": "其他临时外出就医",
        "unfiled": "异地就医未备案",
    }
)


class Sheet:
    """Named amounts, their sentences, and what they add to the year, as they come about."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.amounts: dict[str, int] = {}
        self.increments: dict[str, int] = {}
        self.parts: dict[str, int] = {}
        self._steps: list[Step] = []

    def put(self, key: str, name: str, amount: int, formula: str, used: tuple[str, ...] = ()) -> int:
        """Name an amount and say how it came about, with ``used`` and the figures read since the last one."""
        self.amounts[key] = amount
        names = dict.fromkeys((*used, *self.figures.taken()))
        self._steps.append(Step(key, name, amount, formula, tuple(names)))
        return amount

    def pay(self, fund: str, amount: int) -> None:
        """Let a fund pay."""
        if amount:
            self.parts[fund] = self.parts.get(fund, 0) + amount

    def add(self, key: str, amount: int) -> None:
        """Add to the person's year."""
        if amount:
            self.increments[key] = self.increments.get(key, 0) + amount

    @property
    def fund(self) -> int:
        """What all funds pay."""
        return sum(self.parts.values())

    def result(self) -> Result:
        return Result(
            amounts=dict(self.amounts),
            steps=tuple(self._steps),
            used=self.figures.used,
            increments=dict(self.increments),
            parts=dict(self.parts),
        )


def percent(ratio: Decimal) -> str:
    """0.85 as ``85%``."""
    return f"{plain(ratio * 100)}%"


def plain(figure: Decimal) -> str:
    """A figure without idle zeros."""
    return f"{figure.normalize():f}"


def less(whole: int, *taken: tuple[str, int]) -> str:
    """``12,000.00 − 本次支付 9,520.00``; nothing where nothing is taken away."""
    minus = "".join(f" − {name} {show_yuan(amount)}" for name, amount in taken if amount)
    return f"{show_yuan(whole)}{minus}" if minus else ""


def capped(name: str, cap: int | None, paid: int, due: int, given: int, since: str = "本年") -> str:
    """What is said where a cap cuts: nothing where it does not."""
    if cap is None or given == due:
        return ""
    return (
        f"，超过{name} {show_yuan(cap)}；{since}此前已付 {show_yuan(paid)}，"
        f"本次付到封顶线为止，即 {show_yuan(given)}"
    )


def put_person(sheet: Sheet, total: int, person: int, taken: Sequence[tuple[str, int]]) -> int:
    """The last line: what is left of the total."""
    minus = less(total, *taken)
    said = f"{minus} = {show_yuan(person)}" if minus else f"全部 {show_yuan(person)} 由个人负担"
    return sheet.put("person", "个人负担", person, said)


def product(due: int, alone: int, whole: str = "全年") -> str:
    """What a product comes to; rounding the year as a whole may move it by a fen, which is said."""
    if due == alone:
        return f"= {show_yuan(due)}"
    more = "多" if due > alone else "少"
    return f"= {show_yuan(alone)}，按{whole}累计四舍五入{more}计 {show_yuan(abs(due - alone))}，即 {show_yuan(due)}"
