"""Whose case it is among townships and villages, and among designated institutions: a village sees its own people's
cases, not those of the next one; a hospital its own patients'.

The registers know where somebody lives; they are above this app and register how to ask them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from jingban.access.service import INSTITUTION_ROLES, LOCAL_ROLES, Actor, institutions_of
from jingban.core.names import institution_name
from jingban.processes.model import Process
from jingban.rulebook.cache import regions

Residence = Callable[[str, Mapping[str, str]], str]
"""The village that a region's register names for whom these answers are about; empty where it knows none."""

RESIDENCES: list[Residence] = []
TREATING = "treating_institution"


def residence(function: Residence) -> Residence:
    """Register where a person's village is looked up."""
    RESIDENCES.append(function)
    return function


def place_of(
    process: Process, region: str, answers: Mapping[str, str], actor: Actor, *, day: date, at_counter: bool
) -> str:
    """Of a village: by the register, else as the form says, else the village or township that takes the case in. Of
    an institution: the one at whose counter it is taken in, else the one that the form names, if it works with us.

    Empty where neither has a part in the procedure: nothing is kept that nobody asks for.
    """
    if for_institutions(process):
        posts = _names(
            (h.office for h in actor.held if h.region == region and h.role == "institution"), region
        )
        wanted = answers.get(TREATING, "")
        if at_counter:
            return _same(wanted, posts) or next(iter(posts), "")
        return _same(wanted, institutions(region, day))
    if LOCAL_ROLES.isdisjoint(process.parties):
        return ""
    registered = next((found for ask in RESIDENCES if (found := ask(region, answers))), "")
    return registered or answers.get("place", "").strip() or _post_of(actor, region)


def for_institutions(process: Process) -> bool:
    """Whether designated institutions have a step in the procedure."""
    return not INSTITUTION_ROLES.isdisjoint(process.parties)


def institutions(region: str, day: date) -> list[str]:
    """The institutions of a region that a case may be for."""
    return _names(institutions_of(region, day), region)


def _names(offices: Iterable[str], region: str) -> list[str]:
    """Names of institutions; the counter that all of them share is none."""
    card = regions().get(region)
    shared = card.bodies if card is not None else {}
    return [office for office in offices if office and office not in shared]


def _same(wanted: str, names: Iterable[str]) -> str:
    return next((name for name in names if institution_name(name) == institution_name(wanted)), "")


def _post_of(actor: Actor, region: str) -> str:
    own = (h.office for h in actor.held if h.region == region and h.role in LOCAL_ROLES and h.office)
    return next(own, "")
