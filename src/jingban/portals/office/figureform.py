"""A table of figures as a form: what each says now, and a blank for what it is tried with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jingban.core.errors import DomainError
from jingban.core.money import to_fen, to_yuan
from jingban.core.parameters import DatedValue, NotInForce, Parameter, Reference, in_words

SUFFIX = {"yuan": "元", "ratio": "%", "points": "个百分点", "days": "天", "months": "个月", "years": "年"}
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)(%|％)?")
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?")
SOURCE = Reference(title="试算值")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ``value`` is what was typed as a parameter file would have it."""

    parameter: Parameter
    key: str
    now: str
    is_illustrative: bool
    typed: str
    value: str
    fault: str

    @property
    def name(self) -> str:
        return self.parameter.description

    @property
    def suffix(self) -> str:
        return SUFFIX.get(self.parameter.unit, "")

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen: single codes; where a value lists several, they are typed."""
        return tuple(self.parameter.choices.items()) if not _lists(self.parameter) else ()


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a table with what was typed; ``is_open`` where the page unfolds it."""

    key: str
    name: str
    rows: list[Row]
    is_open: bool


def tables(
    book: Mapping[str, Parameter], names: Mapping[str, str], day: date, data: Mapping[str, str], shown: str
) -> list[Table]:
    """All tables, so that what is typed in one is kept while another is read; ``shown``: which one was asked for."""
    return [_table(book, key, name, day, data, is_open=key == shown) for key, name in names.items()]


def changed(rows: list[Row], year: int) -> dict[str, Parameter]:
    """What was typed, as parameters that say so from the first day of the year on."""
    return {row.parameter.parameter: _tried(row, year) for row in rows if row.value}


def _table(
    book: Mapping[str, Parameter], key: str, name: str, day: date, data: Mapping[str, str], *, is_open: bool
) -> Table:
    own = (parameter for known, parameter in book.items() if known.split(".")[0] == key)
    rows = [_row(parameter, day, data.get(parameter.parameter, "").strip()[:100]) for parameter in own]
    return Table(key, name, rows, is_open or any(row.typed for row in rows))


def _tried(row: Row, year: int) -> Parameter:
    value = DatedValue(value=row.value, reference=SOURCE, status="illustrative")
    return row.parameter.model_copy(update={"values": {date(year, 1, 1): value}})


def _row(parameter: Parameter, day: date, typed: str) -> Row:
    try:
        dated = parameter.dated(day)
        now, shown = parameter.shown(dated.value), dated.status == "illustrative"
        now = now if parameter.choices else in_words(dated.value, parameter.unit)
    except NotInForce:
        now, shown = "无", False
    value = fault = ""
    try:
        value = _value(parameter, typed) if typed else ""
    except DomainError as wrong:
        fault = wrong.message
    return Row(parameter, parameter.parameter, now, shown, typed, value, fault)


def _value(parameter: Parameter, typed: str) -> str:
    """What was typed as a parameter file writes it. Raises DomainError for what cannot be a value."""
    if parameter.choices:
        if unknown := [code for code in typed.split() if code not in parameter.choices]:
            raise DomainError(f"“{'、'.join(unknown)}”不能选，可以用的有：{_codes(parameter)}。")
        return typed
    if parameter.unit == "yuan":
        fen = to_fen(typed.replace(",", "").replace("，", ""))
        if fen < 0:
            raise DomainError("金额不能小于零。")
        return str(to_yuan(fen))
    if parameter.unit == "ratio":
        return _ratio(typed)
    if not _NUMBER.fullmatch(typed):
        raise DomainError("请只填数字和小数点。")
    return typed


def _ratio(typed: str) -> str:
    found = _PERCENT.fullmatch(typed)
    if found is None or Decimal(found[1]) > 100:
        raise DomainError("请填0到100的百分数，例如 60。")
    if 0 < Decimal(found[1]) <= 1 and not found[2]:
        raise DomainError(f"请按百分数填写，例如 60；确实是百分之{found[1]}的，请填 {found[1]}%。")
    return f"{(Decimal(found[1]) / 100):f}"


def _lists(parameter: Parameter) -> bool:
    return any(dated is not None and " " in dated.value for dated in parameter.values.values())


def _codes(parameter: Parameter) -> str:
    return "、".join(f"{code}（{name}）" for code, name in parameter.choices.items())
