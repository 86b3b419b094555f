"""Dated amounts, rates and limits, each value with its article; outside its dates a parameter raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from jingban.core.errors import DomainError
from jingban.core.money import show_yuan, to_fen
from jingban.core.validation import complaints
from jingban.core.yaml12 import read_data

M = TypeVar("M", bound=BaseModel)
Status = Literal["statutory", "verified", "illustrative"]
TEXT_UNITS = frozenset({"choice", "time"})
_WORDS = {
    "yuan": "元",
    "days": "天",
    "working_days": "个工作日",
    "calendar_days": "日",
    "months": "个月",
    "years": "年",
}
_FIGURE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ROW = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class ParameterBroken(DomainError):
    """A parameter file does not say what it must."""

    code = "parameter_broken"


class NotInForce(DomainError):
    """Asked for a day on which no value was in force; nothing is guessed."""

    code = "not_in_force"


def _written(value: Any) -> Any:
    # A float has already lost the figure that the officer wrote, and true would count as 1.
    if isinstance(value, float | bool):
        raise ValueError('数值请加引号写成文字，例如 "0.85"')
    return str(value) if isinstance(value, int) else value


class Reference(BaseModel):
    """Where a value stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    article: str | None = None
    number: str | None = None
    href: str | None = None


class DatedValue(BaseModel):
    """A value and the article that gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Annotated[str, BeforeValidator(_written)]
    reference: Reference
    status: Status


class Parameter(BaseModel):
    """One figure through time; ``None`` repeals it from that day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameter: str
    description: str
    unit: str
    checked_on: date
    choices: dict[str, str] = {}
    """What each code of a choice means, as people read it; one whose values are words already has none."""
    values: dict[date, DatedValue | None]

    @model_validator(mode="after")
    def _has_figures(self) -> Parameter:
        _check_figures(self.unit, [dated.value for dated in self.values.values() if dated], self.choices)
        return self

    def dated(self, day: date) -> DatedValue:
        """What is in force on ``day``, with its article."""
        begun = [start for start in self.values if start <= day]
        found = self.values[max(begun)] if begun else None
        if found is None:
            raise NotInForce(
                f"“{self.parameter}”（{self.description}）在{day.isoformat()}没有有效的值，"
                "请在参数文件中补充该日的值和依据。",
                parameter=self.parameter,
                title=self.description,
                day=day.isoformat(),
            )
        return found

    def at(self, day: date) -> Decimal:
        """The figure in force on ``day``."""
        if self.unit in TEXT_UNITS:
            raise TypeError(f"{self.parameter} is no figure but {self.unit}: use text_at")
        return Decimal(self.dated(day).value)

    def text_at(self, day: date) -> str:
        """The wording in force on ``day``: a choice, a time of day."""
        return self.dated(day).value

    def shown(self, value: str) -> str:
        """A value as people read it: of a choice the meaning of each of its codes."""
        return "、".join(self.choices.get(code, code) for code in value.split()) if self.choices else value

    def named_as(self, other: Parameter | None) -> Parameter:
        """The same with the choices of ``other`` where it names none itself."""
        if self.choices or other is None or not other.choices:
            return self
        return self.model_copy(update={"choices": other.choices})

    def status_at(self, day: date) -> Status:
        """Whether that value is law, verified, or only an illustration."""
        return self.dated(day).status


def in_words(value: str, unit: str) -> str:
    """A value with its unit as people read it: 85%, 1,300.00元, 158天."""
    if unit == "yuan":
        return f"{show_yuan(to_fen(value))}元"
    if unit == "ratio":
        return f"{(Decimal(value) * 100).normalize():f}%"
    if unit == "points":
        return f"{Decimal(value).normalize():f}个百分点"
    return f"{value}{_WORDS.get(unit, '')}"


def _check_figures(unit: str, written: list[str], choices: Mapping[str, str]) -> None:
    """Raise ValueError unless there is a value, and each is a figure where the unit wants one, or a known code."""
    if not written:
        raise ValueError("values 里至少要有一个数值")
    if choices and unit != "choice":
        raise ValueError(f"单位 {unit} 没有选项，choices 只用于 unit: choice")
    for text in () if unit in TEXT_UNITS else written:
        if not _FIGURE.fullmatch(text):
            raise ValueError(f"“{text}”不是数值，单位 {unit} 只用数字和小数点")
    for text in written if choices else ():
        if unknown := [code for code in text.split() if code not in choices]:
            raise ValueError(f"“{'”“'.join(unknown)}”不在 choices 里，可用的有：{'、'.join(choices)}")


class RowValue(BaseModel):
    """A value of a row; what it leaves out is the row's, or the table's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Annotated[str, BeforeValidator(_written)]
    reference: Reference | None = None
    status: Status | None = None


class Row(BaseModel):
    """One figure of a table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    reference: Reference | None = None
    status: Status | None = None
    choices: dict[str, str] = {}
    values: dict[date, RowValue | None]

    @field_validator("values", mode="before")
    @classmethod
    def _short(cls, values: Any) -> Any:
        """A value alone may stand without its braces."""
        if not isinstance(values, dict):
            return values
        return {
            day: value if value is None or isinstance(value, dict) else {"value": value}
            for day, value in values.items()
        }

    @model_validator(mode="after")
    def _has_figures(self) -> Row:
        _check_figures(self.unit, [dated.value for dated in self.values.values() if dated], self.choices)
        return self


class ParameterTable(BaseModel):
    """Many parameters in one file, so that a county reads one page: row ``a`` of table ``t`` is parameter ``t.a``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    description: str
    checked_on: date
    reference: Reference
    status: Status
    rows: dict[str, Row] = Field(min_length=1)

    @field_validator("rows")
    @classmethod
    def _named(cls, rows: dict[str, Row]) -> dict[str, Row]:
        if wrong := [key for key in rows if not _ROW.fullmatch(key)]:
            raise ValueError(f"行名“{'”“'.join(wrong)}”不能用，请只用小写字母、数字和连字符")
        return rows

    def parameters(self) -> dict[str, Parameter]:
        """Each row as an ordinary parameter."""
        return {f"{self.table}.{key}": self._parameter(key, row) for key, row in self.rows.items()}

    def _parameter(self, key: str, row: Row) -> Parameter:
        return Parameter(
            parameter=f"{self.table}.{key}",
            description=row.name,
            unit=row.unit,
            checked_on=self.checked_on,
            choices=row.choices,
            values={day: self._dated(row, value) for day, value in row.values.items()},
        )

    def _dated(self, row: Row, value: RowValue | None) -> DatedValue | None:
        if value is None:
            return None
        return DatedValue(
            value=value.value,
            reference=value.reference or row.reference or self.reference,
            status=value.status or row.status or self.status,
        )


def is_table(data: Any) -> bool:
    """Whether a file's data are a table of parameters, not one parameter."""
    return isinstance(data, dict) and "table" in data


def load_parameters(folder: Path) -> dict[str, Parameter]:
    """Every parameter of a folder by its name: of a file for each, and of tables."""
    found: dict[str, Parameter] = {}
    for path in sorted(folder.glob("*.yaml")):
        found |= load_file(path)
    return found


def load_file(path: Path) -> dict[str, Parameter]:
    """The parameters of one file: one, or those of a table."""
    data = read_data(path)
    return _table(data, path).parameters() if is_table(data) else {path.stem: _parameter(data, path)}


def _parameter(data: Any, path: Path) -> Parameter:
    found = _validated(Parameter, data, path)
    _same_name("parameter", found.parameter, path)
    return found


def _table(data: Any, path: Path) -> ParameterTable:
    found = _validated(ParameterTable, data, path)
    _same_name("table", found.table, path)
    return found


def _same_name(key: str, written: str, path: Path) -> None:
    if written != path.stem:
        raise ParameterBroken(f"参数文件{path}里写的是“{written}”，请让文件名与 {key} 一致。", file=str(path))


def _validated(model: type[M], data: Any, path: Path) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = complaints(error)
        raise ParameterBroken(
            f"参数文件{path}：{'；'.join(faults)}。", file=str(path), faults=faults
        ) from None
