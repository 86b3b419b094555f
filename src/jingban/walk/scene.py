"""One case to be walked: the entry, the path, the people; and what must be true of them before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen, to_yuan
from jingban.processes.effects import REGISTRY
from jingban.processes.model import Edge, Process
from jingban.registry import accounts, enrolments, levies, persons, units
from jingban.registry.models import Enrolment, Insurance, Levy, Person, Source, Unit
from jingban.registry.models.enrolments import Kind, LevyStatus, Standing
from jingban.registry.origin import Origin
from jingban.rulebook.effective import EffectiveItem
from jingban.walk.cast import Cast
from jingban.walk.plan import Path

STAFF = 1_000_000
"""Numbers of the staff of a walk begin here, beyond the accounts of its people."""
PREPARER = STAFF - 1
"""Who prepares what a walk needs, and brings what comes from outside."""
EMPLOYER, HOST = "employer-1", "host-1"
"""The unit whose employees come and go by cases, and are levied; and the one that insures everybody else.

Two, because a levy reaches all employees of a unit on one day, and each of the others lives by a clock of its own.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """What a case is told: by whom, when, what its form says, what its acts carry, who answers from outside."""

    who: tuple[str, ...]
    at: datetime
    applicant: int
    answers: Mapping[str, str]
    carries: Mapping[str, object] = field(default_factory=dict)
    """By need; ``act:need`` where acts carry different ones."""
    opens: Callable[[datetime], CaseView] | None = None
    """Opens the case where nobody applies: by a letter, by a list."""
    opened: Callable[[CaseView, datetime], None] | None = None
    """What comes beside the application, as soon as the case has its number."""
    hears: Callable[[CaseView, Edge, datetime], CaseView | None] | None = None
    """Hands in what the case waits for; none where the message is nobody's letter."""
    ended: Callable[[CaseView, datetime], None] | None = None
    """What comes after the end."""


def effects_of(item: EffectiveItem, process: Process, edge: Edge) -> tuple[str, ...]:
    """The effects of taking an arrow, by name."""
    step = process.steps.get(edge.source)
    if step is None:
        common = process.common.get(edge.act)
        named = common.effect if common is not None else ()
    elif edge.kind == "timer":
        named = step.after.effect if step.after is not None else ()
    elif step.receives is not None and edge.act in step.receives.ways:
        named = step.receives.ways[edge.act].effect
    else:
        act = step.do.get(edge.act) or process.common.get(edge.act)
        named = act.effect if act is not None else ()
    return tuple(name for each in named for name in (item.effects if each == "item" else (each,)))


@dataclass
class Scene:
    """One path of an entry, and what happens beside it: prepared before, or brought from outside."""

    cast: Cast
    item: EffectiveItem
    process: Process
    path: Path
    prepared: list[str] = field(default_factory=list)

    @cached_property
    def acts(self) -> bool:
        """Whether the path changes anything beside the case itself; then its people's clocks move on."""
        return any(
            name in REGISTRY for edge in self.path.edges for name in effects_of(self.item, self.process, edge)
        )

    def took(self, when: str) -> bool:
        """Whether the path goes where a condition leads."""
        return any(edge.when == when for edge in self.path.edges)

    def origin(self, at: datetime, *, source: Source = Source.AGENCY, region: str = "") -> Origin:
        """Preparations are made the day before, by nobody's case."""
        return Origin(region or self.cast.region, PREPARER, at - timedelta(days=1), source)

    # What must be true before; each does nothing where it is true already.

    def registered(self, key: str, at: datetime, *, region: str = "") -> Person:
        """The person is in the register (of another region, where one is named)."""
        role, said = self.cast.role(key), self.cast.said(key)
        place = region or self.cast.region
        found = persons.find(place, said["id_kind"], said["id_number"]) if region else self.cast.person(key)
        if found is not None:
            return found
        self.prepared.append(f"登记{said['name']}")
        newcomer = persons.Newcomer(
            said["name"], said["id_number"], said["id_kind"], role.sex, role.born_on, role.phone
        )
        return persons.register(self.origin(at, region=region), newcomer)

    def employer(self, at: datetime, key: str = EMPLOYER) -> Unit:
        """A unit in force, for which the clerk acts."""
        found = self.cast.unit(key)
        if found is not None:
            return found
        role, origin = self.cast.unit_role(key), self.origin(at)
        new = units.NewUnit(role.code, role.name, "enterprise", "演练·戊", date(2020, 1, 1))
        unit = units.register(origin, new)
        units.name_operator(origin, unit, self.cast.clerk())
        self.prepared.append(f"登记{unit.name}")
        return unit

    def employed(self, key: str, at: datetime, kind: Kind = Kind.EMPLOYEE) -> Person:
        """The person is in the employees' insurance and pays (or has retired)."""
        person, day = self.registered(key, at), local_day(at)
        spell = enrolments.on(person, day)
        if spell is not None and spell.standing == Standing.ACTIVE:
            return person
        origin = self.origin(at)
        if spell is not None:
            enrolments.resume(origin, person, origin.day)
        else:
            unit = self.employer(at, HOST) if kind == Kind.EMPLOYEE else None
            enrolments.enrol(
                origin, person, insurance=Insurance.EMPLOYEE, kind=kind, start_on=origin.day, unit=unit
            )
        self.prepared.append(f"{person.name}参加职工医保")
        return person

    def resident(self, key: str, at: datetime, kind: Kind = Kind.ADULT, year: int = 0) -> Person:
        """The person is enrolled as a resident: of the year, or of the year of the day."""
        person, day = self.registered(key, at), local_day(at)
        if year and year != day.year:
            if enrolments.on(person, date(year, 1, 1)) is None:
                enrolments.enrol_for_year(self.origin(at), person, kind=kind, year=year)
                self.prepared.append(f"{person.name}参加{year}年度居民医保")
            return person
        if enrolments.on(person, day) is None:
            enrolments.enrol_for_year(self.origin(at), person, kind=kind, year=day.year)
            self.prepared.append(f"{person.name}参加{day.year}年度居民医保")
        return person

    def stopped(self, key: str, at: datetime) -> Person:
        """The person was in the employees' insurance here and no longer is."""
        person, origin = self.registered(key, at), self.origin(at)
        if (spell := enrolments.on(person, local_day(at))) is not None:
            enrolments.end(origin, person, origin.day, "left")
            self.prepared.append(f"{person.name}终止{spell.get_insurance_display()}")
        return person

    def with_balance(self, person: Person, at: datetime, amount: Decimal = Decimal("860.50")) -> Decimal:
        """Money in the personal account; says how much there is."""
        if not accounts.balance(person):
            reference = f"walk:{person.number}:{at:%Y%m%d%H%M}"
            accounts.credit(
                self.origin(at, region=person.region), person, amount, kind="levy", reference=reference
            )
            self.prepared.append(f"{person.name}个人账户入账{show_yuan(to_fen(amount))}元")
        return accounts.balance(person)


def collected(scene: Scene) -> Callable[[CaseView, datetime], None]:
    """The tax department collects what a granted case levied, and says so: months and accounts follow."""

    def ended(view: CaseView, now: datetime) -> None:
        origin = Origin(scene.cast.region, PREPARER, now, Source.TAX)
        owed = Levy.objects.filter(case=view.id, status=LevyStatus.ISSUED).order_by("id")
        for levy in owed if view.outcome == "granted" else ():
            notice = levies.confirmed(
                origin,
                levy.number,
                paid_on=origin.day,
                message=f"SW-{levy.number}",
                amount=to_yuan(levy.due_fen),
            )
            scene.prepared.append(notice.answer.removesuffix("。"))

    return ended


def before(spell: Enrolment) -> Enrolment | None:
    """The spell from which this one went on without a day between."""
    found: Enrolment | None = spell.person.enrolments.filter(
        end_on=spell.start_on - timedelta(days=1)
    ).first()
    return found
