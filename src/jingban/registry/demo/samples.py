"""Somebody of the invented people to try the forms with, and whose accounts the demo sign-ins are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from jingban.core.localtime import local_day
from jingban.processes.state import SYSTEM
from jingban.registry.demo.names import OWN_VILLAGE
from jingban.registry.identity import bind
from jingban.registry.models import AidStatus, Enrolment, IdentityDocument, Person, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.origin import Origin
from jingban.registry.sealing import unsealed
from jingban.registry.units import name_operator, operators


@dataclass(frozen=True, slots=True)
class Sample:
    """Whose account the demo applicant of a region has, and which unit its employer's clerk acts for."""

    name: str
    number: str
    unit: str
    credit_code: str
    phone: str = ""
    """On record for the person: the real-name check of an account asks for it."""
    aided: str = ""
    """Name and number of somebody whom civil affairs recognised as in need."""


def sample(region: str, day: date) -> Sample | None:
    """Somebody of the region's registers and a unit; none where the region has no people."""
    person, unit = _somebody(region, day), _employer(region)
    if person is None or unit is None:
        return None
    aided = (
        AidStatus.objects.on(day).filter(region=region).select_related("person").order_by("person").first()
    )
    return Sample(
        person.name,
        _number(person, day),
        unit.name,
        unit.credit_code,
        unsealed(person, "phone"),
        f"{aided.person.name} {_number(aided.person, day)}" if aided else "",
    )


def _number(person: Person, day: date) -> str:
    paper = IdentityDocument.objects.on(day).filter(person=person).order_by("kind", "id").first()
    return unsealed(paper, "number") if paper else ""


def tie(region: str, *, applicant: int | None, clerk: int | None, now: datetime) -> None:
    """The applicant's account is somebody's of the register, and the clerk's acts for a unit."""
    day = local_day(now)
    person, unit = _somebody(region, day), _employer(region)
    if person is not None and applicant is not None:
        bind(applicant, name=person.name, source="演示", at=now, person=person)
    if unit is not None and clerk is not None and not operators(unit, day):
        name_operator(Origin(region, SYSTEM, now), unit, clerk, may_seal=True, may_manage=True)


def _somebody(region: str, day: date) -> Person | None:
    """A grown resident who is insured on the day, the first that was put in; of the demo village, where somebody acts
    for the village, as long as one lives there."""
    spells = Enrolment.objects.on(day).filter(region=region, kind=Kind.ADULT, standing=Standing.ACTIVE)
    spells = spells.select_related("person").order_by("person")
    found = spells.filter(person__place=OWN_VILLAGE).first() or spells.first()
    return found.person if found else None


def _employer(region: str) -> Unit | None:
    return Unit.objects.filter(region=region, end_on__isnull=True).order_by("id").first()
