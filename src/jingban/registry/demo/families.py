"""Invented families: who is whose child, spouse, grandparent, and when each was born and died."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from jingban.registry.demo.names import name_of, surname_in

YEAR = 365.2425


@dataclass(frozen=True, slots=True)
class Tie:
    """Seen from the first of the two, the second is the relation; both by their place in the family."""

    person: int
    relative: int
    relation: str
    guardian: bool = False


@dataclass(slots=True)
class Member:
    """Somebody of a family."""

    name: str
    sex: str
    born_on: date
    died_on: date | None = None


@dataclass(slots=True)
class Family:
    """People of one household, and how they belong together."""

    members: list[Member] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)

    def join(self, member: Member) -> int:
        self.members.append(member)
        return len(self.members) - 1

    def tie(self, person: int, relative: int, relation: str, back: str, *, guardian: bool = False) -> None:
        """Both ways: the child's parent is the parent's child."""
        self.ties.append(Tie(person, relative, relation, guardian))
        self.ties.append(Tie(relative, person, back))


def families(seed: str, people: int, day: date) -> Iterator[Family]:
    """Families with so many people in all, as of a day. The same seed begins with the same ones, however many."""
    number = 0
    while people > 0:
        # Each family draws for itself, so that a longer run only adds to a shorter one.
        family = _family(Random(f"{seed}/{number}"), day)  # noqa: S311  invented people need no secrets
        if len(family.members) > people:
            family = Family(
                family.members[:people], [t for t in family.ties if max(t.person, t.relative) < people]
            )
        yield family
        people -= len(family.members)
        number += 1


def _family(rng: Random, day: date) -> Family:
    shape = rng.random()
    if shape < 0.62:
        return _parents_and_children(rng, day)
    if shape < 0.85:
        return _couple(rng, day, rng.uniform(58, 86))
    found = Family()
    found.join(_member(rng, day, rng.uniform(19, 80)))
    return found


def _couple(rng: Random, day: date, age: float) -> Family:
    found = Family()
    him = found.join(_member(rng, day, age, "male"))
    her = found.join(_member(rng, day, max(20, age + rng.uniform(-5, 2)), "female"))
    found.tie(him, her, "spouse", "spouse")
    return found


def _parents_and_children(rng: Random, day: date) -> Family:
    age = rng.uniform(24, 52)
    found = _couple(rng, day, age)
    father, mother = found.members[:2]
    surname = surname_in(father.name)
    youngest_parent = min((day - father.born_on).days, (day - mother.born_on).days) / YEAR
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        oldest = min(23.0, youngest_parent - 20)
        if oldest <= 0:
            break
        child = found.join(_member(rng, day, rng.uniform(0, oldest), surname=surname))
        is_minor = _age(found.members[child].born_on, day) < 18
        for parent in (0, 1):
            found.tie(child, parent, "parent", "child", guardian=is_minor)
    if rng.random() < 0.55:
        _grandparents(rng, day, found, age)
    return found


def _grandparents(rng: Random, day: date, found: Family, age: float) -> None:
    children = range(2, len(found.members))
    surname = surname_in(found.members[0].name)
    couple = []
    for sex in ("male", "female"):
        old = found.join(_member(rng, day, age + rng.uniform(21, 31), sex, surname if sex == "male" else ""))
        couple.append(old)
        found.tie(0, old, "parent", "child")
        for child in children:
            found.tie(child, old, "grandparent", "grandchild")
    found.tie(couple[0], couple[1], "spouse", "spouse")


def _member(rng: Random, day: date, age: float, sex: str = "", surname: str = "") -> Member:
    """Somebody of about that age; of the old some have died within the last years."""
    sex = sex or rng.choice(("male", "female"))
    born_on = day - timedelta(days=int(age * YEAR))
    died_on = None
    if age > 62 and rng.random() < (age - 60) / 120:
        died_on = day - timedelta(days=rng.randint(1, 1500))
    return Member(name_of(rng, sex, surname), sex, born_on, died_on)


def _age(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
