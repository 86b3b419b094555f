"""A plain model of a few lives: spells in lists, months in a dict, money in sums.

It knows no table and asks no register. What an act may do, and what comes of it, is worked out here once more from the
words of the rules; ``Refused`` is raised where they say no. The world is copied before each act, so a model's act need
not clean up behind itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from tests.registry.lives.shapes import (
    ACTIVE,
    AGES,
    DAY,
    EMPLOYED,
    EMPLOYEE,
    FLEXIBLE,
    ISSUED,
    NEWBORN,
    RESIDENT,
    RETIRED,
    SUSPENDED,
    VOID,
    Firm,
    Key,
    Levy,
    Life,
    Month,
    Move,
    Paper,
    Spell,
    age,
    figure,
    month_of,
    must,
    place_of,
)


@dataclass
class Insured:
    """People and what they are insured for; ``World`` adds units, money and letters."""

    now: datetime
    lives: dict[Key, Life] = field(default_factory=dict)
    firms: dict[Key, Firm] = field(default_factory=dict)
    levies: list[Levy] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    books: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # type: ignore[arg-type]
    paid: dict[int, set[Month]] = field(default_factory=lambda: defaultdict(set))
    """Every month that anybody ever paid or was credited with, wherever."""
    returned: dict[int, set[Month]] = field(default_factory=lambda: defaultdict(set))
    """Every month whose premium went back to the payer."""
    same: dict[int, int] = field(default_factory=dict)
    """Who turned out to be whom."""

    @property
    def today(self) -> date:
        return self.now.date()

    def copy(self) -> Self:
        return replace(
            self,
            lives={key: life.copy() for key, life in self.lives.items()},
            firms={key: replace(firm, turned=[*firm.turned]) for key, firm in self.firms.items()},
            levies=[replace(levy) for levy in self.levies],
            moves=[replace(move, funds=dict(move.funds)) for move in self.moves],
            books=self.books.copy(),
            paid=_copied(self.paid),
            returned=_copied(self.returned),
            same=dict(self.same),
        )

    def book(self, region: str, **moved: Decimal) -> None:
        for code, amount in moved.items():
            self.books[region, code] += amount  # type: ignore[index]

    # persons

    def holder(self, region: str, number: str) -> Life | None:
        """Who goes by the number there, dead or alive."""
        for life in self.lives.values():
            if life.region == region and life.into is None and life.number == number:
                return life
        return None

    def registered(self, region: str, who: int, name: str, number: str, born: date, sex: str) -> Life:
        must(self.holder(region, number) is None, "number is taken")
        must(born <= self.today, "not yet born")
        life = Life(region, who, name, born, sex, [Paper(number, self.today)])
        self.lives[life.key] = life
        return life

    def renamed(self, life: Life, valid_from: date, *, name: str = "", number: str = "") -> None:
        must(life.into is None, "merged")
        must(life.born <= valid_from <= self.today, "day")
        holder = self.holder(life.region, number) if number else None
        must(holder is None or holder is life, "number is taken")
        must((name and name != life.name) or (number and number != life.number), "nothing new")
        life.name = name or life.name
        if number and number != life.number:
            paper = life.papers[-1]
            if life.died is None and paper.start < valid_from:
                paper.end = valid_from - DAY
                life.papers.append(Paper(number, valid_from))
            else:
                paper.number = number

    def died(self, life: Life, on: date) -> None:
        must(life.into is None and life.died != on and life.born <= on <= self.today, "no such death")
        for spell in [s for s in life.spells if s.touches(on + DAY, None)]:
            life.cut(spell, on)
        life.died = on
        life.papers[-1].start = min(life.papers[-1].start, on)

    def not_dead(self, life: Life) -> None:
        must(life.died is not None, "alive")
        life.died = None

    def made_one(self, kept: Life, gone: Life, *, really: bool = True) -> None:
        """Two rows were one person: everything of the one goes to the other; if not ``really``, it could."""
        must(kept.into is None and gone.into is None, "merged before")
        must(kept.died == gone.died, "one is dead")
        must(not any(s.touches(o.start, o.end) for s in kept.spells for o in gone.spells), "days overlap")
        must(not kept.months.keys() & gone.months.keys(), "months overlap")
        must(not any({kept.key, gone.key} <= levy.lines.keys() for levy in self.levies), "both on a levy")
        if not really:
            return
        kept.spells, kept.benefits = kept.spells + gone.spells, kept.benefits | gone.benefits
        kept.months, kept.balance = kept.months | gone.months, kept.balance + gone.balance
        kept.papers = gone.papers + kept.papers
        for levy in self.levies:
            levy.lines = {kept.key if key == gone.key else key: line for key, line in levy.lines.items()}
        if (one := self.human(gone.who)) != (other := self.human(kept.who)):
            self.same[one] = other
        self.lives[gone.key] = replace(
            gone, into=kept.key, spells=[], benefits=set(), months={}, balance=Decimal(0)
        )

    def human(self, who: int) -> int:
        """One number for all that turned out to be the same person, in whichever region."""
        return self.human(self.same[who]) if who in self.same else who

    # enrolments

    def possible(self, life: Life, kind: str, start: date, end: date | None, unit: Key | None) -> None:
        must(end is None or end >= start, "ends before it begins")
        must(start >= life.born, "before birth")
        must(self.today.year - 10 <= start.year <= self.today.year + 1, "year")
        years = age(life.born, start)
        if kind < "1300":
            must(years >= 16, "too young")
        else:
            must(AGES[kind][0] <= years <= AGES[kind][1], "age")
        must((unit is not None) == (kind == EMPLOYED), "unit")
        if unit is not None:
            firm = self.firms[unit]
            must(firm.status == "1" and start >= firm.start, "unit is not in force")

    def enrol(
        self,
        life: Life,
        kind: str,
        start: date,
        *,
        end: date | None = None,
        unit: Key | None = None,
        wage: Decimal | None = None,
    ) -> Spell:
        insurance = EMPLOYEE if kind < "1300" else RESIDENT
        life.open()
        self.possible(life, kind, start, end, unit)
        in_the_way = [s for s in life.spells if s.touches(start, end)]
        for old in in_the_way:
            must(_gives_way(old, insurance, kind, unit), "somebody is insured already")
        for old in in_the_way:
            life.cut(old, start - DAY)
        made = Spell(start, end, insurance, kind, self.now, unit, wage)
        life.spells.append(made)
        return made

    def enrol_for_year(self, life: Life, kind: str, year: int) -> Spell:
        in_time = (self.today - life.born).days <= figure(life.region, "newborn-enrolment-days", self.today)
        if kind == NEWBORN and in_time and life.born.year <= year <= self.today.year:
            start = max(date(year, 1, 1), life.born)
        else:
            must(self.today.year <= year <= self.today.year + 1, "year is not open")
            start = max(date(year, 1, 1), self.today)
        return self.enrol(life, kind, start, end=date(year, 12, 31))

    def suspend(self, life: Life, day: date) -> None:
        life.open()
        spell = life.required(day)
        must(spell.standing == ACTIVE and spell.kind != RETIRED, "cannot be suspended")
        for one in life.like(spell):
            life.unpaid(one, day - DAY)
            life.follow(one, max(day, one.start), self.now, standing=SUSPENDED)

    def resume(self, life: Life, day: date) -> None:
        life.open()
        spell = life.required(day)
        must(spell.standing == SUSPENDED, "is active")
        must(spell.unit is None or self.firms[spell.unit].status == "1", "unit is not in force")
        for one in life.like(spell):
            life.follow(one, max(day, one.start), self.now, standing=ACTIVE)

    def end(self, life: Life, day: date) -> None:
        life.open()
        spell = life.required(day)
        later = life.following(spell)
        must(spell.end != day or later, "ended already")
        for one in [*later, spell]:
            life.cut(one, day)

    def retire(self, life: Life, day: date) -> None:
        life.open()
        spell = life.required(day)
        must(spell.insurance == EMPLOYEE and spell.kind != RETIRED, "no employee")
        years = int(figure(life.region, f"retirement-years-{life.sex}", day))
        must(life.count(EMPLOYEE, day - DAY) >= years * 12, "months are missing")
        for later in [s for s in life.spells if s.start > day]:
            life.cut(later, day - DAY)
        life.follow(
            spell, day, self.now, kind=RETIRED, standing=ACTIVE, unit=None, wage=None, end=None,
        )  # fmt: skip

    def deem(self, life: Life, day: date, said: int) -> None:
        """So many deemed months in all, right before the first month on record."""
        has = len([1 for (i, _), (deemed, _) in life.months.items() if i == EMPLOYEE and deemed])
        if said in (0, has):
            return
        must(said > has, "fewer than there are")
        known = [m for i, m in life.months if i == EMPLOYEE]
        spells = [s.start for s in life.spells if s.insurance == EMPLOYEE]
        first = min(known) if known else month_of(min(spells, default=day))
        added = range(first - (said - has), first)
        working = date(life.born.year + 16, life.born.month, 1)
        must(added.start >= month_of(working), "too young")
        self.add(life, EMPLOYEE, added, place_of(life.region), deemed=True)

    def change(self, life: Life, day: date, *, wage: Decimal | None = None, unit: Key | None = None) -> None:
        life.open()
        self.altered(life, day, wage=wage, unit=unit)

    def altered(self, life: Life, day: date, *, wage: Decimal | None = None, unit: Key | None = None) -> None:
        spell = life.required(day)
        new: dict[str, Any] = {}
        if unit is not None and unit != spell.unit:
            new["unit"] = unit
        if wage is not None and wage != spell.wage:
            new["wage"] = wage
        must(new, "nothing new")
        self.possible(life, spell.kind, day, spell.end, new.get("unit", spell.unit))
        old = {name: getattr(spell, name) for name in new}
        for later in life.following(spell):
            if any(getattr(later, name) != value for name, value in old.items()):
                break
            for name, value in new.items():
                setattr(later, name, value)
        life.follow(spell, day, self.now, **new)

    def withdraw(self, life: Life, year: int) -> None:
        life.open()
        found = [s for s in life.spells if s.insurance == RESIDENT and s.start.year == year]
        spells = [s for s in found if s.end is None or s.end >= self.today]
        must(spells, "not insured in that year")
        for spell in found:
            life.unpaid(spell, spell.start - DAY)
        for spell in spells:
            life.cut(spell, max(date(year, 1, 1), self.today) - DAY)
        kept = [month_of(s.end) for s in life.spells if s in found and s.end is not None]
        lost = range(max(kept) + 1 if kept else year * 12, year * 12 + 12)
        place = place_of(life.region)
        for month in lost:
            if life.months.get((RESIDENT, month)) == (False, place):
                del life.months[RESIDENT, month]
                self.returned[life.who].add((RESIDENT, month))
        if lost:
            for levy in self.levies:
                if self.own(levy, life.key, RESIDENT) and set(levy.months) & set(lost):
                    levy.status = VOID

    def add(
        self, life: Life, insurance: str, months: Iterable[int], place: str, *, deemed: bool = False
    ) -> None:
        for month in months:
            must((insurance, month) not in life.months, "a month twice")
            must(month >= month_of(life.born), "before birth")
            must(life.died is None or month <= month_of(life.died), "after death")
            life.months[insurance, month] = (deemed, place)
            self.paid[life.who].add((insurance, month))

    def own(self, levy: Levy, key: Key, insurance: str) -> bool:
        """An unpaid levy of the person alone."""
        mine = levy.firm is None and key in levy.lines and levy.insurance == insurance
        return mine and levy.status == ISSUED


def _copied(sets: dict[int, set[Month]]) -> dict[int, set[Month]]:
    return defaultdict(set, {key: set(one) for key, one in sets.items()})


def _gives_way(old: Spell, insurance: str, kind: str, unit: Key | None) -> bool:
    """Whether a spell ends for a new one, or forbids it."""
    if old.kind == RETIRED:
        return False
    if insurance == RESIDENT:
        return old.insurance == EMPLOYEE and old.standing == SUSPENDED
    if old.insurance == RESIDENT:
        return True
    if old.standing == SUSPENDED:
        return (old.kind, old.unit) != (kind, unit)
    return old.kind == FLEXIBLE and kind != FLEXIBLE
