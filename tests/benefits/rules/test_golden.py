"""Cases worked by hand (tests/golden/benefits): the working stands beside the figure and is checked by itself."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from jingban.benefits.rules.reimbursement import reimburse
from jingban.core.errors import DomainError
from jingban.core.money import to_yuan
from jingban.core.yaml12 import read_data
from tests.benefits.rules.bills import DAY, GOLDEN, REGIONS, claim, figures, year

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def value(working: str) -> Decimal:
    """The figure of a working such as ``(12000 - 800) * 0.85 = 9520.00``; both sides must agree to the fen."""
    left, _, right = working.rpartition("=")
    written = Decimal(right.strip())
    if left:
        worked = _worked(ast.parse(left.strip(), mode="eval").body)
        assert worked.quantize(Decimal("0.01"), ROUND_HALF_UP) == written, working
    return written


def _worked(node: ast.expr) -> Decimal:
    if isinstance(node, ast.Constant):
        return Decimal(str(node.value))
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](_worked(node.left), _worked(node.right))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return {"min": min, "max": max}[node.func.id](*map(_worked, node.args))


def cases() -> Iterator[Any]:
    for path in sorted(GOLDEN.glob("*.yaml")):
        data = read_data(path)
        for name, said in data["cases"].items():
            yield pytest.param({**data["defaults"], **said}, id=f"{path.stem}-{name}")


CASES = list(cases())


@pytest.mark.parametrize("said", CASES)
def test_worked_by_hand(said: dict[str, Any]) -> None:
    one, before, book = claim(**said), year(said.get("year", {})), figures(said["region"])
    if "error" in said:
        with pytest.raises(DomainError) as caught:
            reimburse(one, before, book)
        assert caught.value.code == said["error"]
        return
    found = reimburse(one, before, book)
    wanted = {key: value(working) for key, working in said["expect"].items()}
    assert {key: to_yuan(found.amounts[key]) for key in wanted} == wanted
    parts = sum(found.amounts[key] for key in ("fund", "person", "commercial", "third_party"))
    assert parts == found.amounts["total"]


def test_there_are_enough_and_of_each_region_and_insurance() -> None:
    assert len(CASES) >= 120
    kinds = {(case.values[0]["region"], case.values[0]["insurance"]) for case in CASES}
    assert {(region, who) for region in REGIONS for who in ("employee", "resident")} <= kinds


def test_the_figures_of_another_day_than_the_callers_are_used() -> None:
    """A late claim is worked out by what was in force when it was settled, whatever day the figures came from."""
    late = claim(care="outpatient", level="2", bill="500", on="2025-12-31")
    found = reimburse(late, year({}), figures("bazhou", DAY))
    assert found.amounts["pool"] == 200_00
    assert {used.day.isoformat() for used in found.used} == {"2025-12-31"}
