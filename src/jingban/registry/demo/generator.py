"""The generator: so many people of a region, from a seed, as of a day. The same three give the same people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random

from django.db import transaction

from jingban.core.localtime import SHANGHAI
from jingban.processes.state import SYSTEM
from jingban.registry import accounts, units
from jingban.registry.bulk import parts
from jingban.registry.demo.families import families
from jingban.registry.demo.households import Neighbourhood, household
from jingban.registry.demo.lives import FIRST_HIRED, World
from jingban.registry.demo.names import OWN_VILLAGE, name_of, unit_name_of, village_of
from jingban.registry.demo.numbers import AREA, Numbers, credit_code, phone
from jingban.registry.demo.terms import Terms
from jingban.registry.demo.writing import Books, Household, write
from jingban.registry.errors import RegistryError
from jingban.registry.models import Unit
from jingban.registry.origin import Origin
from jingban.rulebook.cache import regions
from jingban.rulebook.figures import figures

YEARS = 6
"""How many years of residents' insurance the registers look back on."""
_AT_ONCE = 250
_KINDS = ("enterprise", "enterprise", "enterprise", "institution", "society")
_MOST_UNITS = 2000


class DemoThere(RegistryError):
    """The region has its invented people already."""

    code = "demo_there"


@dataclass(slots=True)
class Made:
    """What was made in one region."""

    region: str
    units: int = 0
    families: int = 0
    people: int = 0
    periods: int = 0
    accounts: int = 0


def is_there(region: str) -> bool:
    """Whether the region has invented units: real codes never begin so."""
    return Unit.objects.filter(region=region, credit_code__startswith=f"91{AREA}").exists()


def generate(region: str, people: int, seed: int, day: date, *, years: int = YEARS) -> Made:
    """Put so many invented people into a region's registers, a neighbourhood at a time, each in its transaction.

    Raises DemoThere the second time: whoever wants others begins with an empty database.
    """
    if is_there(region):
        raise DemoThere("这个地区已有演示人员；要换一批，请先清空数据库再生成。", region=region)
    origin = Origin(region, SYSTEM, datetime.combine(day, time(9), SHANGHAI))
    made, name = Made(region), f"{seed}/{region}"
    books = Books(origin, _units(origin, name, seed, people), regions()[region].admin_code)
    made.units = len(books.units)
    place = sorted(regions()).index(region)
    near = Neighbourhood(
        villages=_villages(name, people),
        numbers=Numbers(place),
        table=figures(region),
        world=World(day, day.year - years + 1, made.units, Terms(figures(region))),
    )
    at_home = (
        household(Random(f"{name}/home/{turn}"), family, near, turn)  # noqa: S311  invented people need no secrets
        for turn, family in enumerate(families(name, people, day))
    )
    for part in parts(at_home, _AT_ONCE):
        _settle(books, part, made)
    return made


def _settle(books: Books, households: list[Household], made: Made) -> None:
    with transaction.atomic():
        persons, periods = write(books, households)
        people = [citizen for household in households for citizen in household.people]
        credits = [
            accounts.Credit(person, citizen.balance, f"demo:{person.number}")
            for person, citizen in zip(persons, people, strict=True)
            if citizen.balance
        ]
        if credits:
            accounts.credit_many(books.origin, credits, kind="opening", memo="演示：期初余额")
    made.families += len(households)
    made.people += len(persons)
    made.periods += periods
    made.accounts += len(credits)


def _units(origin: Origin, name: str, seed: int, people: int) -> list[Unit]:
    """One unit for about fifty people; the first two always."""
    rng = Random(f"{name}/units")  # noqa: S311
    place = sorted(regions()).index(origin.region)
    found = []
    with transaction.atomic():
        for turn in range(min(_MOST_UNITS, max(2, people // 50))):
            kind = rng.choice(_KINDS)
            new = units.NewUnit(
                credit_code=credit_code(place, seed, turn),
                name=unit_name_of(rng, kind),
                kind=kind,
                legal_representative=name_of(rng, "male"),
                start_on=FIRST_HIRED,
                address=f"演示路{turn + 1}号",
                phone=phone(90_000_000 + turn),
                contact=name_of(rng, "female"),
            )
            found.append(units.register(origin, new))
    return found


def _villages(name: str, people: int) -> list[str]:
    rng = Random(f"{name}/villages")  # noqa: S311
    found = list(dict.fromkeys(village_of(rng) for _ in range(max(4, people // 400))))
    return [OWN_VILLAGE, *found[1:]]
