"""Bills and figures of births for the tests: made by hand, so that an officer's change of a quota breaks no test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Care, Claim, Line
from jingban.core.money import to_fen
from jingban.core.parameters import DatedValue, Parameter, Reference
from jingban.rulebook.figures import figures as of_region

D = Decimal
ALWAYS = date(2000, 1, 1)
SOURCE = Reference(title="试用")
UNITS = dict.fromkeys(("method", "ways", "kinds", "rounding", "fees", "wage"), "choice")
RATIOS = ("ratio", "share-spouse", "share-former", "ratio-1", "ratio-2", "ratio-3")

Values = Mapping[str, str | Mapping[date, str]]


def made(values: Values, on: date) -> Figures:
    """Figures by name: a value that always held, or several by the day from which each holds."""
    return Figures({name: _parameter(name, value) for name, value in values.items()}, on)


def real(region: str, on: date, **changed: str) -> Figures:
    """The rulebook's figures of a region; ``changed`` sets rows of the allowance otherwise."""
    table = dict(of_region(region))
    for row, value in changed.items():
        name = f"maternity-allowance.{row.replace('_', '-')}"
        table[name] = _parameter(name, value)
    return Figures(table, on)


def _parameter(name: str, value: str | Mapping[date, str]) -> Parameter:
    dated = {ALWAYS: value} if isinstance(value, str) else value
    return Parameter(
        parameter=name,
        description=name,
        unit=_unit(name),
        checked_on=ALWAYS,
        values={day: DatedValue(value=v, reference=SOURCE, status="statutory") for day, v in dated.items()},
    )


def _unit(name: str) -> str:
    row = name.rpartition(".")[2]
    last = row.rpartition("-")[2]
    if row.endswith(("ratio", *RATIOS)) or name.startswith("levy-aid"):
        return "ratio"
    return UNITS.get(
        last, {"days": "days", "months": "months", "required": "months", "points": "points"}.get(last, "yuan")
    )


def line(
    yuan: str,
    klass: str = "A",
    own: str = "0",
    limit: str | None = None,
    excluded: str = "",
    on: date | None = None,
) -> Line:
    """A line of one piece."""
    return Line(
        seq=1,
        day=on or date(2026, 3, 2),
        code="X",
        name="费用",
        klass=klass,  # type: ignore[arg-type]
        amount=to_fen(yuan),
        quantity=D(1),
        price=D(yuan),
        own_share=D(own),
        price_limit=None if limit is None else D(limit),
        excluded=excluded,
    )


def claim(*lines: Line, on: date = date(2026, 3, 2), care: Care = "inpatient") -> Claim:
    return Claim("employee", care, "active", "2", "local", on, on, lines)
