"""Invented lives in the registers: years as a resident, jobs, gaps, retirement, death. Plain data, no database.

Whoever is old enough to have worked either did, under one unit after another, or never was an employee. Every
spell follows the registers' own rules: one at a time, with the waiting period that the history brings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from jingban.registry.demo.families import Member
from jingban.registry.demo.terms import Terms
from jingban.registry.models.enrolments import Insurance, Kind, Standing
from jingban.registry.periods import DAY
from jingban.registry.room import age_on
from jingban.registry.rules import months as m

RETIREMENT = {"male": 60, "female": 55}
FUND_BEGINS = date(2000, 1, 1)
"""When the demo's regions began to collect; months of work before are deemed paid (国发〔1998〕44号)."""
FIRST_HIRED = date(2006, 1, 1)
"""No unit of the demo is younger: whoever was hired later found it there."""


@dataclass(slots=True)
class Spell:
    """One enrolment; ``unit`` is the place of the unit in the region's list."""

    insurance: str
    kind: str
    start_on: date
    end_on: date | None = None
    unit: int | None = None
    wage_fen: int | None = None
    standing: str = Standing.ACTIVE
    benefit_from: date | None = None
    end_reason: str = ""
    aided: bool = False


@dataclass(slots=True)
class Run:
    """Months of contribution in a row."""

    insurance: str
    months: range
    unit: int | None = None
    base_fen: int | None = None
    deemed: bool = False


@dataclass(slots=True)
class Life:
    """What the register knows of somebody's insurance."""

    spells: list[Spell] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def on(self, day: date) -> Spell | None:
        return next(
            (s for s in self.spells if s.start_on <= day and (s.end_on is None or s.end_on >= day)), None
        )


@dataclass(frozen=True, slots=True)
class World:
    """What a life is lived in: the day of the demo, the first year of the registers, how many units, the figures."""

    day: date
    first_year: int
    units: int
    terms: Terms


def life_of(rng: Random, who: Member, world: World, *, aided: bool = False) -> Life:
    """Spells and months up to the day of the demo, or to death."""
    last = min(world.day, who.died_on or world.day)
    life = Life()
    hired = _hired(rng, who)
    if hired is None or hired > last or not world.units:
        _as_resident(rng, life, who, world, date(world.first_year, 1, 1), None, aided)
    else:
        _as_resident(rng, life, who, world, date(world.first_year, 1, 1), hired, aided)
        _career(rng, life, who, world, hired)
    _stop(life, who, last)
    return life


def _hired(rng: Random, who: Member) -> date | None:
    """The first of a month of the early twenties, for somewhat less than half of all."""
    if rng.random() > 0.45:
        return None
    return m.first_day(m.index(who.born_on) + 12 * rng.randint(19, 25) + rng.randint(0, 11))


def _as_resident(
    rng: Random, life: Life, who: Member, world: World, begins: date, until: date | None, aided: bool
) -> None:
    """A spell a year from January on (from birth for a newborn), until the day before the first job."""
    for year in range(max(begins.year, who.born_on.year), world.day.year + 1):
        start = max(date(year, 1, 1), who.born_on)
        if (until is not None and start >= until) or start > world.day or start < begins:
            continue
        kind = resident_kind(who.born_on, start, year)
        if kind in (Kind.ADULT, Kind.ELDER) and rng.random() < 0.05:
            continue  # a year missed
        of_year = aided and year == world.day.year
        spell = Spell(Insurance.RESIDENT, kind, start, date(year, 12, 31), aided=of_year)
        if until is not None and until <= date(year, 12, 31):
            spell.end_on, spell.end_reason = until - DAY, "to-employee"
        spell.benefit_from = world.terms.resident(life.spells, who.born_on, spell)
        life.spells.append(spell)
        life.runs.append(Run(Insurance.RESIDENT, m.span(start, date(year, 12, 31))))


def resident_kind(born_on: date, start: date, year: int) -> str:
    """What a resident is in a year, by age."""
    if born_on.year == year:
        return Kind.NEWBORN
    age = age_on(born_on, start)
    kinds = ((6, Kind.CHILD), (18, Kind.PUPIL), (22, Kind.STUDENT), (60, Kind.ADULT))
    return next((kind for below, kind in kinds if age < below), Kind.ELDER)


def _career(rng: Random, life: Life, who: Member, world: World, hired: date) -> None:
    """Jobs, gaps, some months as a flexible worker, and retirement."""
    retires = m.first_day(m.index(who.born_on) + 12 * RETIREMENT[who.sex] + 1)
    begins = min(max(hired, FIRST_HIRED), retires)
    _before_the_registers(life, hired, begins)
    wage = rng.randint(38, 95) * 10_000
    day = begins
    while day <= world.day and day < retires:
        flexible = rng.random() < 0.12
        months = rng.choice((12, 24, 36, 48, 72, 96, 144, 204))
        last = min(m.last_day(m.index(day) + months - 1), retires - DAY)
        kind, unit = (Kind.FLEXIBLE, None) if flexible else (Kind.EMPLOYEE, rng.randrange(world.units))
        _employ(life, world, Spell(Insurance.EMPLOYEE, kind, day, unit=unit, wage_fen=wage), last)
        wage += rng.randint(0, 12) * 5_000
        if last >= min(world.day, retires - DAY):
            break
        day = _between_jobs(rng, life, who, world, last, retires)
    if retires <= world.day:
        _retire(life, who, world, retires)
    elif rng.random() < 0.04:
        _suspend(life, world.day)


def _before_the_registers(life: Life, hired: date, begins: date) -> None:
    """Months before the first spell: deemed before the fund, paid since."""
    if hired < FUND_BEGINS:
        life.runs.append(Run(Insurance.EMPLOYEE, m.span(hired, min(FUND_BEGINS, begins) - DAY), deemed=True))
    if max(hired, FUND_BEGINS) < begins:
        life.runs.append(Run(Insurance.EMPLOYEE, m.span(max(hired, FUND_BEGINS), begins - DAY)))


def _employ(life: Life, world: World, spell: Spell, last: date) -> None:
    """A spell under a unit or as a flexible worker; open where its last day is still to come."""
    if last < world.day:
        spell.end_on, spell.end_reason = last, "ended"
    spell.benefit_from = world.terms.employee(life.spells, life.runs, spell)
    life.spells.append(spell)
    if paid := m.span(spell.start_on, min(last, m.last_day(m.index(world.day) - 1))):
        life.runs.append(Run(Insurance.EMPLOYEE, paid, spell.unit, spell.wage_fen))


def _between_jobs(rng: Random, life: Life, who: Member, world: World, ended: date, retires: date) -> date:
    """The first day of the next job; who stays without one for long is a resident meanwhile."""
    gap = rng.choice((0, 0, 0, 0, 1, 2, 3, 6, 18, 30))
    back = m.first_day(m.index(ended) + 1 + gap)
    if gap >= 18:
        begins = date(max(ended.year + 1, world.first_year), 1, 1)
        _as_resident(rng, life, who, world, begins, back if back < retires else None, False)
    return back


def _retire(life: Life, who: Member, world: World, retires: date) -> None:
    """Retired people pay nothing; the months that are missing were deemed, before the first that is on record."""
    if life.spells and life.spells[-1].insurance == Insurance.RESIDENT:
        return
    since = max(retires, FUND_BEGINS)
    known = {month for run in life.runs if run.insurance == Insurance.EMPLOYEE for month in run.months}
    missing = max(0, world.terms.retirement_months(who.sex, since) - len(known))
    first = min(known) - missing
    is_gone = bool(life.spells) and life.spells[-1].end_on != retires - DAY
    if is_gone or first < m.index(who.born_on) + 12 * 16:
        _as_resident_again(life, who, world, retires)
        return
    if missing:
        life.runs.append(Run(Insurance.EMPLOYEE, range(first, min(known)), deemed=True))
    if life.spells:
        life.spells[-1].end_reason = "retired"
    life.spells.append(Spell(Insurance.EMPLOYEE, Kind.RETIRED, since, benefit_from=since))


def _as_resident_again(life: Life, who: Member, world: World, retires: date) -> None:
    """Whoever has not the years for a retired person's cover is a resident from the next year on."""
    begins = date(max(retires.year + 1, world.first_year), 1, 1)
    _as_resident(Random(0), life, who, world, begins, None, False)  # noqa: S311


def _suspend(life: Life, day: date) -> None:
    """An employee whose unit suspended the enrolment two months ago."""
    spell, since = life.spells[-1], m.first_day(m.index(day) - 1)
    if spell.kind != Kind.EMPLOYEE or spell.end_on is not None or spell.start_on >= since:
        return
    spell.end_on, spell.end_reason = since - DAY, "suspended"
    life.spells.append(
        Spell(Insurance.EMPLOYEE, spell.kind, since, None, spell.unit, spell.wage_fen, Standing.SUSPENDED)
    )
    run = life.runs[-1]
    run.months = range(run.months.start, min(run.months.stop, m.index(since)))


def _stop(life: Life, who: Member, last: date) -> None:
    """Nothing reaches beyond death."""
    life.spells = [s for s in life.spells if s.start_on <= last]
    if who.died_on is None:
        return
    for spell in life.spells:
        if spell.end_on is None or spell.end_on > who.died_on:
            spell.end_on, spell.end_reason = who.died_on, "death"
    stop = m.index(who.died_on) + 1
    for run in life.runs:
        run.months = range(run.months.start, min(run.months.stop, stop))
    life.runs = [run for run in life.runs if run.months]
