"""What becomes of a line as the registers stand: something to do, nothing to do, or why nothing can be done.

The rules are the registers' own (``room``, ``enrolments``); here they are asked for many people at once, from what
was read of them together. Asked when the file is checked, and again when its lines are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from jingban.cases.forms import CITIZEN_ID
from jingban.core.errors import DomainError
from jingban.core.money import to_fen
from jingban.registry import enrolments, room, units
from jingban.registry.bulk import parts
from jingban.registry.errors import EnrolmentRefused
from jingban.registry.models import Enrolment, IdentityDocument, Insurance, Person, Roster, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY
from jingban.registry.persons import CONTACT, Newcomer, traits
from jingban.registry.rosters.columns import UNIT, Column, columns_of
from jingban.registry.sealing import number_digest
from jingban.registry.words import day_text

Said = Mapping[str, str]
Key = tuple[str, bytes]
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """Whose roster it is, and by which columns it is read."""

    origin: Origin
    kind: str
    holder: str
    columns: tuple[Column, ...]
    unit: Unit | None

    @property
    def insurance(self) -> str:
        return Insurance.EMPLOYEE if self.kind == UNIT else Insurance.RESIDENT


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the register with every spell, in order."""

    person: Person
    spells: list[Enrolment] = field(default_factory=list)

    def on(self, day: date) -> Enrolment | None:
        return next((spell for spell in self.touching(day, day)), None)

    def touching(self, start: date, end: date | None) -> list[Enrolment]:
        return [
            spell
            for spell in self.spells
            if (spell.end_on is None or spell.end_on >= start) and (end is None or spell.start_on <= end)
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """A plain enrolment: what is to be written."""

    person: Person
    kind: str
    start_on: date
    end_on: date | None = None
    unit: Unit | None = None
    wage_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``step`` is there where the line is an enrolment to which nothing has to give way."""

    status: Literal["good", "same", "bad"]
    why: str = ""
    step: Step | None = None


def plan_of(origin: Origin, kind: str, holder: str) -> Plan:
    """The plan for a unit (by its credit code) or a village; refuses a unit that is not there or has ended."""
    unit = units.required(origin.region, holder, field="holder") if kind == UNIT else None
    return Plan(origin, kind, holder, columns_of(origin.region, kind), unit)


def plan_for(origin: Origin, roster: Roster) -> Plan:
    return plan_of(origin, roster.kind, roster.holder)


def key_of(said: Said) -> Key:
    """By what a line's person is found: kind and blind index of the paper."""
    kind = said.get("id_kind") or CITIZEN_ID
    return kind, number_digest(kind, said["id_number"])


def known_people(region: str, keys: Iterable[Key], *, hold: bool = False) -> dict[Key, Known]:
    """Whoever these papers belong to, with their spells; ``hold`` keeps them still until the transaction ends.

    The dead have no papers in force, but a line about them is no newcomer's.
    """
    papers = _papers(region, {digest for _, digest in keys})
    wanted = Person.objects.filter(merged_into__isnull=True)
    people = {
        person.pk: Known(person) for part in parts(sorted({p.person_id for p in papers}), _AT_ONCE)
        for person in (wanted.select_for_update(no_key=True) if hold else wanted).filter(pk__in=part).order_by("pk")
    }  # fmt: skip
    found: dict[Key, Known] = {}
    for paper in papers:
        known = people.get(paper.person_id)
        if known is not None and (paper.end_on is None or known.person.died_on is not None):
            key = (paper.kind, bytes(paper.digest))
            if paper.end_on is None or key not in found:
                found[key] = known
    for part in parts(sorted(people), _AT_ONCE):
        spells = Enrolment.objects.filter(person__in=part).select_related("unit")
        for spell in spells.order_by("person", "start_on"):
            people[spell.person_id].spells.append(spell)
    return found


def _papers(region: str, digests: set[bytes]) -> list[IdentityDocument]:
    """Asked for by the blind index alone: with a region beside it a young database guesses the wrong index."""
    found = [
        paper
        for part in parts(sorted(digests), _AT_ONCE)
        for paper in IdentityDocument.objects.filter(digest__in=part).order_by("id")
    ]
    return [paper for paper in found if paper.region == region]


def newcomer_of(plan: Plan, said: Said) -> Newcomer:
    born = said.get("born_on")
    return Newcomer(
        name=said["name"],
        number=said["id_number"],
        kind=said.get("id_kind") or CITIZEN_ID,
        sex=said.get("sex", ""),
        born_on=date.fromisoformat(born) if born else None,
        phone=said.get("phone", ""),
        address=said.get("address", ""),
        place=said.get("place", "") if plan.kind == UNIT else plan.holder,
    )


def verdict(plan: Plan, said: Said, known: Known | None) -> Verdict:
    """What is to be done with a line whose cells are right."""
    try:
        person = _newcomer(plan, said) if known is None else known.person
        _refuse_stranger(plan, said, known)
        if plan.kind == UNIT:
            return _employee(plan, said, person, known)
        return _resident(plan, said, person, known)
    except DomainError as error:
        return Verdict("bad", error.message)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who is not in the register, as far as the rules ask; a row of the model costs ten times as much."""

    region: str
    name: str
    born_on: date
    died_on: date | None = None
    merged_into_id: int | None = None


def _newcomer(plan: Plan, said: Said) -> Person:
    _, born_on = traits(newcomer_of(plan, said))
    return cast(Person, Stranger(plan.origin.region, said["name"], born_on))


def _refuse_stranger(plan: Plan, said: Said, known: Known | None) -> None:
    if plan.kind != UNIT and said.get("place", plan.holder) != plan.holder:
        raise EnrolmentRefused(
            f"这一行写的是{said['place']}，本名册是{plan.holder}的；请核对，或放到那个村（社区）的名册里。"
        )
    if known is None:
        return
    if known.person.name != said["name"]:
        raise EnrolmentRefused("证件号码和登记的姓名对不上，请核对；姓名确已变更的，先办理信息变更。")
    room.refuse_closed(known.person)


def _employee(plan: Plan, said: Said, person: Person, known: Known | None) -> Verdict:
    operation, day = said.get("employee_operation") or "add", date.fromisoformat(said["from_date"])
    if operation == "add":
        wage = said.get("monthly_wage")
        step = Step(person, Kind.EMPLOYEE, day, None, plan.unit, to_fen(Decimal(wage)) if wage else None)
        return _enrolment(plan, said, step, known)
    if known is None:
        return Verdict("bad", "本地参保登记册里没有这个证件号码的人，请核对号码和业务类型。")
    spell = known.on(day - DAY if operation == "end" else day)
    if operation == "end" and spell is not None and spell.end_on == day - DAY and _is_ours(plan, spell):
        return Verdict("same", f"参保已经到{day_text(day - DAY)}为止")
    if spell is None:
        return Verdict("bad", f"在{day_text(day)}没有参保，不能办理；请核对日期和业务类型。")
    if not _is_ours(plan, spell) and spell.kind != Kind.RETIRED:
        return Verdict("bad", "在这一天不由本单位参保，请核对人员和日期。")
    return Verdict("same", "已经办过，没有变化") if _is_done(spell, operation) else Verdict("good")


def _is_ours(plan: Plan, spell: Enrolment) -> bool:
    return plan.unit is not None and spell.unit_id == plan.unit.pk


def _is_done(spell: Enrolment, operation: str) -> bool:
    """Whether the spell of the day already is what the line wants."""
    if operation == "suspend":
        return spell.standing == Standing.SUSPENDED
    if operation == "resume":
        return spell.standing == Standing.ACTIVE
    return operation == "retire" and spell.kind == Kind.RETIRED


def _resident(plan: Plan, said: Said, person: Person, known: Known | None) -> Verdict:
    kind, year = enrolments.RESIDENT_KINDS[said["resident_kind"]], int(said["insured_year"])
    start = enrolments.year_begins(plan.origin, person, kind, year)
    return _enrolment(plan, said, Step(person, kind, start, date(year, 12, 31)), known)


def _enrolment(plan: Plan, said: Said, step: Step, known: Known | None) -> Verdict:
    """A new enrolment: as it stands already, forbidden by what is in the way, after something else, or plain."""
    in_the_way = known.touching(step.start_on, step.end_on) if known else []
    if any(_stands(plan, step, spell) for spell in in_the_way):
        return Verdict("same", "已经参保，没有变化")
    room.refuse_impossible(plan.origin, step.person, step.kind, step.start_on, step.end_on, step.unit)
    for spell in in_the_way:
        if trouble := room.forbids(spell, plan.insurance, step.kind, step.unit):
            return Verdict("bad", f"{step.person.name}{trouble}")
    is_plain = not in_the_way and not _fills_in(plan, said, known)
    return Verdict("good", step=step if is_plain else None)


def _stands(plan: Plan, step: Step, spell: Enrolment) -> bool:
    """Whether this enrolment is there: of the unit and in force on the day, or of the resident's year."""
    if spell.insurance != plan.insurance or spell.standing != Standing.ACTIVE:
        return False
    if plan.kind == UNIT:
        return spell.kind == step.kind and _is_ours(plan, spell) and spell.start_on <= step.start_on
    return spell.start_on.year == step.start_on.year


def _fills_in(plan: Plan, said: Said, known: Known | None) -> bool:
    """Whether the line says what the register lacks of a known person; that is written one by one."""
    if known is None:
        return False
    offered = {**said, "place": newcomer_of(plan, said).place}
    return any(offered.get(name) and not getattr(known.person, name) for name in CONTACT)


def history_before(known: Known, day: date) -> Sequence[Enrolment]:
    """The spells that count for the waiting period of an enrolment from a day on."""
    return [spell for spell in known.spells if spell.start_on < day]
