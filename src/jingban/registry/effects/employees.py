"""Employees and flexible workers: enrolment in its five operations, and changes of their data (F03, F04, F20)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jingban.cases.work import Work
from jingban.processes.effects import effect
from jingban.registry import contributions, enrolments, persons, units
from jingban.registry.effects.forms import day_of, new_data, newcomer_in, person_in, roster_of
from jingban.registry.errors import NotEnrolled, RegistryError
from jingban.registry.identity import may_act_for
from jingban.registry.models import Contribution, Enrolment, Insurance, Person, Source, Unit
from jingban.registry.models.enrolments import Kind
from jingban.registry.origin import origin_of
from jingban.registry.periods import DAY
from jingban.registry.room import WORKING_AGE
from jingban.registry.rules import months as m


@effect("registry.enrol_employee")
def enrol_employee(work: Work) -> None:
    """增加、中断、恢复、终止、在职转退休; without a unit's code it is a flexible worker's own case."""
    if roster_of(work):
        return
    _OPERATIONS[work.said("employee_operation") or "add"](work)


@effect("registry.enrol_flexible")
def enrol_flexible(work: Work) -> None:
    """A flexible worker enrols in the township (grassroots list, item 10)."""
    _add(work)


@effect("registry.change_employee")
def change_employee(work: Work) -> None:
    """Change the data of somebody who is or was in the employees' insurance."""
    person = person_in(work)
    if not enrolments.was_ever(person, Insurance.EMPLOYEE):
        raise NotEnrolled(f"{person.name}没有参加过职工医保，请办理城乡居民参保信息变更登记。")
    persons.change(origin_of(work), person, new_data(work), work.day)


def _add(work: Work) -> None:
    unit = _unit(work)
    wage = work.said("monthly_wage")
    enrolments.enrol(
        origin_of(work),
        newcomer_in(work),
        insurance=Insurance.EMPLOYEE,
        kind=Kind.EMPLOYEE if unit else Kind.FLEXIBLE,
        start_on=day_of(work, "from_date"),
        unit=unit,
        wage=Decimal(wage) if wage else None,
    )


def _suspend(work: Work) -> None:
    person, day = _insured(work)
    enrolments.suspend(origin_of(work), person, day)


def _resume(work: Work) -> None:
    person, day = _insured(work)
    enrolments.resume(origin_of(work), person, day)


def _end(work: Work) -> None:
    """``from_date`` is the first day that is no longer insured."""
    person, day = _insured(work, before=True)
    enrolments.end(origin_of(work), person, day - DAY, "ended")


def _retire(work: Work) -> None:
    person, day = _insured(work)
    _recognise_deemed(work, person, day)
    enrolments.retire(origin_of(work), person, day)


_OPERATIONS = {"add": _add, "suspend": _suspend, "resume": _resume, "end": _end, "retire": _retire}


def _insured(work: Work, *, before: bool = False) -> tuple[Person, date]:
    """The person and the day; the enrolment that the day falls into must be an employee's, of the unit that asks."""
    person, day = person_in(work), day_of(work, "from_date")
    spell = enrolments.on(person, day - DAY if before else day)
    if spell is not None and spell.insurance != Insurance.EMPLOYEE:
        raise NotEnrolled(f"{person.name}参加的是城乡居民医保，请按居民事项办理。")
    _refuse_other_unit(work, person, spell)
    return person, day


def _refuse_other_unit(work: Work, person: Person, spell: Enrolment | None) -> None:
    """A unit acts on the enrolments of its own employees; without one it is about a flexible worker's only."""
    unit = _unit(work)
    if spell is None:
        return
    if unit is None and spell.kind == Kind.EMPLOYEE:
        raise NotEnrolled(
            f"{person.name}在这一天由用人单位参保，个人不能办理；"
            "请填写用人单位统一社会信用代码，由单位申报。",
            field="unit_credit_code",
        )
    if unit is not None and spell.unit_id != unit.pk:
        raise NotEnrolled(
            f"{person.name}在这一天不由{unit.name}参保，请核对用人单位和日期。", field="unit_credit_code"
        )


def _unit(work: Work) -> Unit | None:
    """The unit that declares, by its seal or by an operator who may; none for a flexible worker."""
    if not work.said("unit_credit_code"):
        return None
    unit = units.unit_of(work, "unit_credit_code")
    may_act_for(work, unit, "declare")
    return unit


def _recognise_deemed(work: Work, person: Person, day: date) -> None:
    """Put the deemed months (视同缴费) on record that were recognised for the retirement.

    The form says how many there are in all; what the register has already is not added again. They lie directly
    before the first month on record, for deemed service came before contributions did, and never before working age.
    """
    said = int(work.said("deemed_months") or 0)
    has = contributions.months(person, insurance=Insurance.EMPLOYEE).deemed
    if said in (0, has):
        return
    if said < has:
        raise RegistryError(
            f"登记册已有{has}个月视同缴费，填写的{said}个月比它少，请核对视同缴费月数。",
            field="deemed_months",
        )
    last = _first_month(person, day) - 1
    first = last - (said - has) + 1
    if first < m.index(m.later(person.born_on, WORKING_AGE * 12)):
        raise RegistryError(
            f"视同缴费{said}个月会早到{WORKING_AGE}周岁以前，请核对视同缴费月数。", field="deemed_months"
        )
    contributions.add(
        origin_of(work, Source.AGENCY),
        person,
        insurance=Insurance.EMPLOYEE,
        first=m.first_day(first),
        last=m.first_day(last),
        deemed=True,
        place=work.item.admin_code,
    )


def _first_month(person: Person, day: date) -> int:
    """The first month on record, else that of the first employees' enrolment, else that of the retirement."""
    runs = Contribution.objects.filter(person=person, insurance=Insurance.EMPLOYEE).order_by("start_on")
    spells = Enrolment.objects.filter(person=person, insurance=Insurance.EMPLOYEE).order_by("start_on")
    first = runs.first() or spells.first()
    return m.index(first.start_on if first else day)
