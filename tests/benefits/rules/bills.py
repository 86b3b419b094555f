"""Figures of a region, and claims as a test writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jingban.benefits.rules.cumulative import SCALE
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, Line, Year
from jingban.core.money import to_fen
from jingban.core.parameters import Parameter, load_parameters
from jingban.core.paths import rulebook_root

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "benefits"
REGIONS = ("xingtai", "puyang", "bazhou", "luanzhou", "qinhuangdao")
DAY = date(2026, 3, 5)


@cache
def table(region: str) -> dict[str, Parameter]:
    """The national figures with the region's own; ``changing`` is an invented region whose figures change."""
    own = GOLDEN / region if region == "changing" else rulebook_root() / "regions" / region / "parameters"
    return {**load_parameters(rulebook_root() / "national" / "parameters"), **load_parameters(own)}


def figures(region: str, day: date = DAY) -> Figures:
    return Figures(table(region), day)


def line(amount: str | int = "0", *, seq: int = 1, on: date = DAY, **more: Any) -> Line:
    """A line of class A, or as ``klass``, ``own``, ``limit``, ``price``, ``quantity`` and ``excluded`` say."""
    quantity = Decimal(more.get("quantity", "1"))
    price = Decimal(more["price"]) if "price" in more else Decimal(amount) / quantity
    limit = more.get("limit")
    return Line(
        seq=seq,
        day=on,
        code=f"X{seq}",
        name=f"项目{seq}",
        klass=more.get("klass", "A"),
        amount=to_fen(price * quantity),
        quantity=quantity,
        price=price,
        own_share=Decimal(more.get("own", "0")),
        price_limit=None if limit is None else Decimal(limit),
        excluded=more.get("excluded", ""),
    )


def claim(**said: Any) -> Claim:
    """A claim from a golden case, or from a few words of it."""
    on = _day(said.get("on", DAY))
    lines = said.get("lines") or [{"amount": said.get("bill", "0")}]
    return Claim(
        insurance=said.get("insurance", "employee"),
        care=said.get("care", "inpatient"),
        status=said.get("status", "active"),
        level=said.get("level", "3"),
        place=said.get("place", "local"),
        began_on=_day(said.get("from", on)),
        ended_on=on,
        lines=tuple(line(seq=seq, on=on, **one) for seq, one in enumerate(lines, 1)),
        admission=said.get("admission", 0),
        commercial=to_fen(said.get("commercial", "0")),
        third_party_paid=to_fen(said.get("third_party", "0")),
        is_civil_servant=said.get("civil", False),
        has_enterprise_supplement=said.get("enterprise", False),
        aid=said.get("aid", ""),
        disease=said.get("disease", ""),
        age=said.get("age"),
    )


def year(sums: Mapping[str, str | int]) -> Year:
    """Accumulators in yuan; ``scaled`` ones are exact yuan, counts stay counts."""
    return Year({key: _sum(key, value) for key, value in sums.items()})


def _sum(key: str, value: str | int) -> int:
    if isinstance(value, int):
        return value
    if key.endswith(".scaled"):
        return int(Decimal(value) * 100 * SCALE)
    return to_fen(value)


def _day(day: str | date) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
