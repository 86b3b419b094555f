"""Somebody of the invented people to try the forms with, and whose accounts the demo sign-ins are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from jingban.core.localtime import local_day
from jingban.processes.state import SYSTEM
from jingban.registry.identity import bind
from jingban.registry.models import Enrolment, IdentityDocument, Person, Unit
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


def sample(region: str, day: date) -> Sample | None:
    """Somebody of the region's registers and a unit; none where the region has no people."""
    person, unit = _somebody(region, day), _employer(region)
    if person is None or unit is None:
        return None
    paper = IdentityDocument.objects.on(day).filter(person=person).order_by("kind", "id").first()
    return Sample(
        person.name,
        unsealed(paper, "number") if paper else "",
        unit.name,
        unit.credit_code,
        unsealed(person, "phone"),
    )


def tie(region: str, *, applicant: int | None, clerk: int | None, now: datetime) -> None:
    """The applicant's account is somebody's of the register, and the clerk's acts for a unit."""
    day = local_day(now)
    person, unit = _somebody(region, day), _employer(region)
    if person is not None and applicant is not None:
        bind(applicant, name=person.name, source="演示", at=now, person=person)
    if unit is not None and clerk is not None and not operators(unit, day):
        name_operator(Origin(region, SYSTEM, now), unit, clerk, may_seal=True, may_manage=True)


def _somebody(region: str, day: date) -> Person | None:
    """A grown resident who is insured on the day, the first that was put in."""
    spells = Enrolment.objects.on(day).filter(region=region, kind=Kind.ADULT, standing=Standing.ACTIVE)
    found = spells.select_related("person").order_by("person").first()
    return found.person if found else None


def _employer(region: str) -> Unit | None:
    return Unit.objects.filter(region=region, end_on__isnull=True).order_by("id").first()
