"""The dated figures of what is levied, as a region has them on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jingban.core.money import to_fen, to_yuan
from jingban.registry.rules import levy as rules
from jingban.rulebook.figures import figures


def rates(region: str, month: date) -> rules.Rates:
    """The region's figures for a month."""
    found = figures(region)

    def at(name: str) -> Decimal:
        return found[f"levy-{name}"].at(month.replace(day=1))

    return rules.Rates(
        average_fen=to_fen(at("average-wage")),
        floor=at("base-floor"),
        ceiling=at("base-ceiling"),
        undeclared=at("undeclared-base"),
        unit=at("unit-rate"),
        person=at("person-rate"),
        flexible=at("flexible-rate"),
    )


def resident_premium(region: str, year: int, aid_category: str = "") -> tuple[Decimal, Decimal]:
    """A resident's premium of a year in yuan: what the person pays, and what is subsidised for the aid category."""
    day, found = date(year, 1, 1), figures(region)
    aid = found.get(f"levy-aid-{aid_category}")  # a category without a figure is not subsidised
    premium, share = to_fen(found["levy-resident-premium"].at(day)), aid.at(day) if aid else Decimal(0)
    person, subsidy = rules.resident(premium, share)
    return to_yuan(person), to_yuan(subsidy)


def flexible_has_account(region: str, month: date) -> bool:
    """Whether a flexible worker's own part goes to a personal account here."""
    return figures(region)["levy-flexible-account"].text_at(month) == "yes"
