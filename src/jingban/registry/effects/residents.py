"""Residents: enrolment for a year, newborns, suspension, death, withdrawal, changes of data (F01, F02, F04, F20, F25)."""

from __future__ import annotations

from datetime import date

from jingban.cases.work import Work
from jingban.processes.effects import effect
from jingban.registry import enrolments, persons, waits
from jingban.registry.attended import is_unattended
from jingban.registry.effects.forms import day_of, new_data, newcomer_in, person_in, roster_of
from jingban.registry.errors import EnrolmentRefused, NotEnrolled, RegistryError
from jingban.registry.models import Insurance, Person
from jingban.registry.models.enrolments import Kind
from jingban.registry.origin import origin_of
from jingban.registry.room import age_on
from jingban.registry.words import day_text


@effect("registry.enrol_resident")
def enrol_resident(work: Work) -> None:
    """Enrol for an insured year: the whole of it, or what is left of the running one."""
    if roster_of(work):
        return
    kind, year = enrolments.RESIDENT_KINDS[work.said("resident_kind")], int(work.said("insured_year"))
    enrolments.enrol_for_year(origin_of(work), newcomer_in(work), kind=kind, year=year)


@effect("registry.enrol_newborn")
def enrol_newborn(work: Work) -> None:
    """Enrol a newborn from birth, and put the guardian on record.

    Within the days of ``newborn-enrolment-days`` cover reaches back to the birth; a birth in the year before brings
    both years. Later it begins with the day of the act.
    """
    origin, person = origin_of(work), newcomer_in(work)
    if age_on(person.born_on, work.day) > 0:
        raise EnrolmentRefused(f"{person.name}已满1周岁，请办理城乡居民参保登记。", field="id_number")
    if work.said("guardian_name"):
        persons.add_kin(
            origin,
            person,
            name=work.said("guardian_name"),
            relation=work.said("guardian_relation") or "other",
            number=work.said("guardian_id_number"),
            guardian=True,
            start_on=person.born_on,
        )
    in_time = (work.day - person.born_on).days <= waits.newborn_days(work.region, work.day)
    first = person.born_on.year if in_time else work.day.year
    for year in range(first, work.day.year + 1):
        enrolments.enrol_for_year(origin, person, kind=Kind.NEWBORN, year=year)


@effect("registry.suspend_or_resume_resident")
def suspend_or_resume_resident(work: Work) -> None:
    """暂停、恢复参保 (grassroots list, item 2)."""
    person, day = person_in(work), day_of(work, "from_date")
    _resident_on(person, day)
    act = enrolments.suspend if work.said("resident_operation") == "suspend" else enrolments.resume
    act(origin_of(work), person, day)


@effect("registry.end_resident")
def end_resident(work: Work) -> None:
    """终止参保, by death only: moving away or work elsewhere is suspended or withdrawn (grassroots list, item 4)."""
    person = person_in(work)
    _was_resident(person, "不办理居民终止参保；参加职工医保的，请办理职工终止")
    persons.died(origin_of(work), person, day_of(work, "death_on"))


@effect("registry.withdraw_resident")
def withdraw_resident(work: Work) -> None:
    """退保 (grassroots list, item 5)."""
    enrolments.withdraw(origin_of(work), person_in(work), int(work.said("insured_year")))


@effect("registry.change_resident")
def change_resident(work: Work) -> None:
    """Change the data of somebody who is or was in the residents' insurance."""
    person = person_in(work)
    _was_resident(person, "请办理职工参保信息变更登记")
    new = new_data(work)
    if is_unattended(work) and set(new) - {"phone"}:
        # The guides describe an online way for the telephone number only (修改手机号); nobody looks at proof there.
        raise RegistryError("自助办理只能修改手机号码；姓名、证件等其他信息请带证件到窗口办理。")
    persons.change(origin_of(work), person, new, work.day)


def _resident_on(person: Person, day: date) -> None:
    spell = enrolments.required_on(person, day)
    if spell.insurance != Insurance.RESIDENT:
        raise NotEnrolled(f"{person.name}在{day_text(day)}参加的是职工医保，请按职工事项办理。")


def _was_resident(person: Person, instead: str) -> None:
    if not enrolments.was_ever(person, Insurance.RESIDENT):
        raise NotEnrolled(f"{person.name}没有参加过城乡居民医保，{instead}。")
