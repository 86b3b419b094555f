"""What the model of random lives is made of: people, spells, papers, units, levies, letters. Nothing of the database."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from jingban.rulebook.cache import regions
from jingban.rulebook.figures import figures

EMPLOYEE, RESIDENT = "310", "390"
ACTIVE, SUSPENDED = "1", "2"
EMPLOYED, FLEXIBLE, RETIRED = "1101", "1103", "1201"
NEWBORN, CHILD, PUPIL, STUDENT, ADULT, ELDER = "1401", "1402", "1403", "1404", "1501", "1601"
AGES = {
    NEWBORN: (0, 0),
    CHILD: (0, 7),
    PUPIL: (5, 21),
    STUDENT: (15, 120),
    ADULT: (16, 150),
    ELDER: (55, 150),
}
AHEAD = 16
"""Months from the current one on that may be paid."""
DAY = timedelta(days=1)
ISSUED, PAID, VOID = "issued", "paid", "void"

Key = tuple[str, int]
"""A region and a number there: of a person (the same person has the same number everywhere) or of a unit."""
Month = tuple[str, int]
"""An insurance and a month of it."""


class Refused(Exception):
    """The rules say no."""


def must(holds: object, why: str) -> None:
    if not holds:
        raise Refused(why)


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, monthrange(month // 12, month % 12 + 1)[1])


def yuan(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def figure(region: str, name: str, day: date) -> Decimal:
    return figures(region)[name].at(day)


def age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass
class Spell:
    """One stretch of days of one standing."""

    start: date
    end: date | None
    insurance: str
    kind: str
    made: datetime
    unit: Key | None = None
    wage: Decimal | None = None
    standing: str = ACTIVE

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def touches(self, first: date, last: date | None) -> bool:
        return (last is None or self.start <= last) and (self.end is None or self.end >= first)


@dataclass
class Paper:
    number: str
    start: date
    end: date | None = None


@dataclass
class Left:
    """Handed over to another place, with so much money in all."""

    at: datetime
    place: str
    amount: Decimal


@dataclass
class Life:
    """A person in one region's register."""

    region: str
    who: int
    name: str
    born: date
    sex: str
    papers: list[Paper]
    pk: int = 0
    died: date | None = None
    into: Key | None = None
    spells: list[Spell] = field(default_factory=list)
    months: dict[Month, tuple[bool, str]] = field(default_factory=dict)
    """(insurance, month) -> (deemed, place)."""
    balance: Decimal = Decimal(0)
    benefits: set[date] = field(default_factory=set)
    left: Left | None = None

    def copy(self) -> Life:
        return replace(
            self,
            papers=[replace(paper) for paper in self.papers],
            spells=[replace(spell) for spell in self.spells],
            months=dict(self.months),
            benefits=set(self.benefits),
        )

    @property
    def key(self) -> Key:
        return self.region, self.who

    @property
    def number(self) -> str:
        return self.papers[-1].number

    def on(self, day: date) -> Spell | None:
        return next((s for s in self.spells if s.holds(day)), None)

    def required(self, day: date) -> Spell:
        found = self.on(day)
        must(found, "not insured on the day")
        assert found is not None
        return found

    def open(self) -> None:
        must(self.died is None and self.into is None, "closed")

    def unpaid(self, spell: Spell, last: date) -> None:
        """No benefit was paid for a day of the spell after this one."""
        must(not any(d > last and spell.holds(d) for d in self.benefits), "a benefit was paid")

    def cut(self, spell: Spell, last: date) -> None:
        """The spell has this last day, or is gone."""
        self.unpaid(spell, last)
        if spell.start > last:
            self.spells.remove(spell)
        elif spell.end is None or spell.end > last:
            spell.end = last

    def follow(self, spell: Spell, day: date, now: datetime, **new: Any) -> None:
        """From the day on it goes on otherwise."""
        if day != spell.start:
            self.spells.append(replace(spell, start=day, made=now))
            spell.end, spell = day - DAY, self.spells[-1]
        for name, value in new.items():
            setattr(spell, name, value)

    def following(self, spell: Spell) -> list[Spell]:
        """What goes on from a spell without a gap: at the same unit, or in the same resident's year."""
        found, last = [], spell
        for later in sorted(self.spells, key=lambda s: s.start):
            same = (later.insurance, later.unit) == (spell.insurance, spell.unit)
            same = same and (spell.insurance == EMPLOYEE or later.start.year == spell.start.year)
            if same and later.kind != RETIRED and last.end is not None and later.start == last.end + DAY:
                found.append(later)
                last = later
        return found

    def like(self, spell: Spell) -> list[Spell]:
        """The spell and what goes on from it in the same standing."""
        run = [spell]
        for later in self.following(spell):
            if later.standing != spell.standing:
                break
            run.append(later)
        return run

    def count(self, insurance: str, until: date) -> int:
        return len({m for i, m in self.months if i == insurance and m <= month_of(until)})


@dataclass
class Firm:
    region: str
    code: str
    start: date
    pk: int = 0
    end: date | None = None
    status: str = "1"
    turned: list[tuple[date, str]] = field(default_factory=list)
    """From which day on it had which status."""

    def status_on(self, day: date) -> str | None:
        if day < self.start:
            return None
        return [status for since, status in [(self.start, "1"), *self.turned] if since <= day][-1]


@dataclass
class Levy:
    region: str
    insurance: str
    months: range
    lines: dict[Key, tuple[Decimal, Decimal]]
    """Who: the unit's part and the person's."""
    firm: Key | None = None
    subsidy: Decimal = Decimal(0)
    status: str = ISSUED
    number: str = ""
    message: str = ""

    @property
    def due(self) -> Decimal:
        return sum((a + b for a, b in self.lines.values()), Decimal(0))


@dataclass
class Move:
    """A letter on its way between two regions, and the case that waits for it at each end."""

    letter: str
    giver: Key
    taker: Key
    case: int
    amount: Decimal
    months: dict[Month, tuple[bool, str]]
    name: str
    number: str
    body: dict[str, Any] = field(default_factory=dict)
    row: int = 0
    funds: dict[str, Decimal] = field(default_factory=dict)
    """What came, by the payer's reference."""
    returned: Decimal = Decimal(0)
    taken: bool = False
    short: bool = False
    """Whether it was decided to go on with less."""
    credited: Decimal = Decimal(0)

    @property
    def kept(self) -> Decimal:
        return sum(self.funds.values(), -self.returned)


def place_of(region: str) -> str:
    return regions()[region].admin_code
