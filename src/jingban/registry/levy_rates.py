"""The dated figures of what is levied, as a region has them on a day, and which of them are only illustrations.

A levy by illustrations is shown as one wherever its amounts stand, and where people really pay none is made (design,
section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings

from jingban.core.money import show_yuan, to_fen, to_yuan
from jingban.registry.changes import opened
from jingban.registry.errors import OnlyIllustrative
from jingban.registry.models import Change, Levy
from jingban.registry.rules import levy as rules
from jingban.rulebook.figures import figures, not_by_illustrations
from jingban.rulebook.figures import illustrations as of_figures

BASE = ("average-wage", "base-floor", "base-ceiling", "undeclared-base")
UNIT = (*BASE, "unit-rate", "person-rate")
FLEXIBLE = (*BASE, "flexible-rate", "flexible-account", "person-rate")
NOT_LEVIED_BY = "示例值，不作为征缴依据"


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


def resident_figures(aid_category: str = "") -> tuple[str, ...]:
    """What ``resident_premium`` is worked out by."""
    return ("resident-premium", *((f"aid-{aid_category}",) if aid_category else ()))


def flexible_has_account(region: str, month: date) -> bool:
    """Whether a flexible worker's own part goes to a personal account here."""
    return figures(region)["levy-flexible-account"].text_at(month) == "yes"


def illustrations(region: str, month: date, names: Iterable[str]) -> tuple[str, ...]:
    """Which of these figures of a month are only illustrations, by the names of their parameters."""
    return of_figures(region, (f"levy-{name}" for name in names), month.replace(day=1))


def refuse_illustrative(region: str, names: Sequence[str]) -> None:
    """Raise OnlyIllustrative where a levy is worked out by illustrations and people really pay here."""
    if names and not settings.JINGBAN_PAYS_ILLUSTRATIVE:
        raise OnlyIllustrative(not_by_illustrations(region, names, "生成征缴单"), parameters=list(names))


def by_illustrations(levies: Iterable[Levy]) -> frozenset[int]:
    """Which of these levies were worked out by illustrations, by their keys; one read.

    The history says it as it was when the levy was made: what is verified later changes none that is out. Where it
    says nothing, nobody vouches for the figures.
    """
    asked = {levy.pk for levy in levies}
    made = Change.objects.filter(register="levy", row__in=asked, field="") if asked else ()
    return frozenset(asked - {row.row for row in made if opened(row).after.get("illustrative") is False})


def due_words(levy: Levy) -> str:
    """What is due in a sentence: 1,234.50元（示例值）."""
    return f"{show_yuan(levy.due_fen)}元{'（示例值）' if by_illustrations([levy]) else ''}"
