"""The dated figures of a region as a calculation reads them: each read is noted, so that a result says what it used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from jingban.benefits.rules.model import UsedFigure
from jingban.core.money import to_fen
from jingban.core.parameters import DatedValue, NotInForce, Parameter

_PERCENT = Decimal(100)


class Figures:
    """A region's parameters on one day. A figure that is missing or outside its dates raises NotInForce."""

    __slots__ = ("_pending", "_table", "_used", "day")

    def __init__(self, table: Mapping[str, Parameter], day: date) -> None:
        self.day = day
        self._table = table
        self._used: dict[tuple[str, date], UsedFigure] = {}
        self._pending: dict[str, None] = {}

    def on(self, day: date) -> Figures:
        """Those of another day, noted in the same list."""
        other = Figures(self._table, day)
        other._used, other._pending = self._used, self._pending
        return other

    def fresh(self, day: date | None = None) -> Figures:
        """The same figures with nothing noted yet: each calculation starts with this."""
        return Figures(self._table, day or self.day)

    def has(self, name: str) -> bool:
        """Whether the figure exists and is in force on the day; asking is not reading."""
        try:
            return name in self._table and self._table[name].dated(self.day) is not None
        except NotInForce:
            return False

    def yuan(self, name: str) -> int:
        """An amount, in fen."""
        return to_fen(self._value(name, "yuan").value)

    def ratio(self, name: str) -> Decimal:
        """A share: 0.85 is 85 %."""
        return Decimal(self._value(name, "ratio").value)

    def points(self, name: str) -> Decimal:
        """Percentage points as a share: 10 is 0.10."""
        return Decimal(self._value(name, "points").value) / _PERCENT

    def count(self, name: str) -> int:
        """A whole number, of whatever unit."""
        return int(self._value(name).value)

    def text(self, name: str) -> str:
        """A choice."""
        return self._value(name, "choice").value

    def words(self, name: str) -> frozenset[str]:
        """A choice of several, written with blanks between."""
        return frozenset(self.text(name).split())

    def taken(self) -> tuple[str, ...]:
        """The names read since this was last asked: those of one step."""
        names = tuple(self._pending)
        self._pending.clear()
        return names

    @property
    def used(self) -> tuple[UsedFigure, ...]:
        """Everything read, each name and day once, in the order of reading."""
        return tuple(self._used.values())

    def _value(self, name: str, unit: str = "") -> DatedValue:
        parameter = self._table.get(name)
        if parameter is None:
            raise NotInForce(
                f"规则库里没有参数“{name}”，请在本地区的参数表中补上数值和依据。",
                parameter=name,
                day=self.day.isoformat(),
            )
        dated = parameter.dated(self.day)
        if unit and parameter.unit != unit:
            raise TypeError(f"{name} is in {parameter.unit}, not in {unit}")
        self._pending[name] = None
        if (name, self.day) not in self._used:
            self._used[name, self.day] = _noted(parameter, dated, self.day)
        return dated


def _noted(parameter: Parameter, dated: DatedValue, day: date) -> UsedFigure:
    where = dated.reference
    source = " ".join(part for part in (where.title, where.number, where.article) if part)
    return UsedFigure(
        name=parameter.parameter,
        title=parameter.description,
        value=parameter.shown(dated.value),
        unit=parameter.unit,
        source=source,
        status=dated.status,
        day=day,
    )
