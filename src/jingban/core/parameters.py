"""Dated amounts, rates and limits, each value with its article; outside its dates a parameter raises."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from jingban.core.errors import DomainError
from jingban.core.validation import complaints
from jingban.core.yaml12 import read_data

Status = Literal["statutory", "verified", "illustrative"]
TEXT_UNITS = frozenset({"choice", "time"})
_FIGURE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


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
    values: dict[date, DatedValue | None]

    @model_validator(mode="after")
    def _has_figures(self) -> Parameter:
        written = [dated.value for dated in self.values.values() if dated]
        if not written:
            raise ValueError("values 里至少要有一个数值")
        for text in () if self.unit in TEXT_UNITS else written:
            if not _FIGURE.fullmatch(text):
                raise ValueError(f"“{text}”不是数值，单位 {self.unit} 只用数字和小数点")
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

    def status_at(self, day: date) -> Status:
        """Whether that value is law, verified, or only an illustration."""
        return self.dated(day).status


def load_parameter(path: Path) -> Parameter:
    """Read one file; its name is the parameter's."""
    try:
        found = Parameter.model_validate(read_data(path))
    except ValidationError as error:
        faults = complaints(error)
        raise ParameterBroken(
            f"参数文件{path}：{'；'.join(faults)}。", file=str(path), faults=faults
        ) from None
    if found.parameter != path.stem:
        raise ParameterBroken(
            f"参数文件{path}里写的是“{found.parameter}”，请让文件名与 parameter 一致。", file=str(path)
        )
    return found


def load_parameters(folder: Path) -> dict[str, Parameter]:
    """Every parameter of a folder by its file name."""
    return {path.stem: load_parameter(path) for path in sorted(folder.glob("*.yaml"))}
