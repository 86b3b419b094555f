"""A decision as a person can follow it: each amount, how it came about, and where the figures stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jingban.benefits.kept import results_of
from jingban.benefits.models import Bill, Decision, Kind
from jingban.core.insurance import FUNDS
from jingban.core.localtime import local_day, span_words
from jingban.core.money import show_yuan

STATUS = {"statutory": "法定", "verified": "已核对", "illustrative": "示例值"}


@dataclass(frozen=True, slots=True)
class Row:
    """A named amount and its sentence; ``text`` is the amount as printed (元, or days)."""

    key: str
    name: str
    text: str
    formula: str
    used: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """A figure that was used: what it said on the day, where that stands, and whether it is only an illustration."""

    name: str
    title: str
    value: str
    unit: str
    day: str
    source: str
    status: str

    @property
    def is_illustrative(self) -> bool:
        return self.status == STATUS["illustrative"]


@dataclass(frozen=True, slots=True)
class Part:
    """The way to one result: of one bill, or of the whole case."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All of a decision, in words. ``digest`` is the hash of the figures it was made by."""

    number: str
    kind: str
    year: int
    decided_on: date
    turn: int
    parts: tuple[Part, ...]
    funds: tuple[tuple[str, int], ...]
    total: int
    fund: int
    person: int
    others: int
    used: tuple[Used, ...]
    digest: str
    undone: str = ""
    """When and why the decision was revoked; nothing while it stands."""

    @property
    def is_illustrative(self) -> bool:
        return any(used.is_illustrative for used in self.used)


def of(decision: Decision) -> Explanation:
    """Explain a decision, standing or undone."""
    results = results_of(decision)
    return Explanation(
        number=decision.case.number,
        kind=Kind(decision.kind).label,
        year=decision.year,
        decided_on=decision.decided_on,
        turn=decision.turn,
        parts=parts_of(decision.kind, results),
        funds=funds_of(decision.parts),
        total=decision.total_fen,
        fund=decision.fund_fen,
        person=decision.person_fen,
        others=decision.others_fen,
        used=used_of(results),
        digest=decision.book.digest,
        undone=undone_words(decision),
    )


def undone_words(decision: Decision) -> str:
    """When and why a decision was revoked; nothing while it stands."""
    if decision.undone_at is None:
        return ""
    on = span_words(local_day(decision.undone_at))
    return f"{span_words(decision.decided_on)}的核定已于{on}撤销（{decision.undone_why}），不再有效；下面是当时的核定。"


def explained(results: list[dict[str, Any]]) -> tuple[Row, ...]:
    """The rows of results that are not decided yet, for the page that shows what would be paid."""
    return tuple(_row(step) for result in results for step in result["steps"])


def funds_of(parts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The funds by name, in the order of the law."""
    return tuple((FUNDS[key].short, parts[key]) for key in FUNDS if parts.get(key))


def parts_of(kind: str, results: list[dict[str, Any]]) -> tuple[Part, ...]:
    """The ways to the results, of a decision or of what is not decided yet, each under the name of its bill."""
    bills = Bill.objects.in_bulk([result["bill"] for result in results if result["bill"]])
    return tuple(_part(kind, result, bills) for result in results)


def _part(kind: str, result: dict[str, Any], bills: Mapping[int, Bill]) -> Part:
    bill = bills.get(result["bill"] or 0)
    if bill is None:
        return Part(
            Kind(kind).label if kind in Kind.values else kind, tuple(_row(step) for step in result["steps"])
        )
    title = f"{bill.institution} {span_words(bill.began_on, bill.ended_on)}"
    return Part(title, tuple(_row(step) for step in result["steps"]))


def _row(step: Mapping[str, Any]) -> Row:
    amount = step["amount"]
    text = f"{amount}天" if step.get("unit") == "days" else show_yuan(amount)
    return Row(step["key"], step["name"], text, step["formula"], tuple(step["used"]))


def used_of(results: list[dict[str, Any]]) -> tuple[Used, ...]:
    """The figures that results were worked out by, each once."""
    found: dict[tuple[str, str], Used] = {}
    for result in results:
        for one in result["used"]:
            found.setdefault(
                (one["name"], one["day"]),
                Used(
                    one["name"], one["title"], one["value"], one["unit"], one["day"], one["source"],
                    STATUS[one["status"]],
                ),
            )  # fmt: skip
    return tuple(found.values())
