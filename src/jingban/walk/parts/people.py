"""Employees and flexible workers: their enrolment turns as their standing says; their data; what they ask for."""

from __future__ import annotations

from datetime import date

from jingban.core.localtime import local_day
from jingban.registry import enrolments, waits
from jingban.registry.models import Change, Enrolment, Insurance, Person
from jingban.registry.models.enrolments import Kind, Standing
from jingban.walk.cast import Cast
from jingban.walk.scene import EMPLOYER, Part, Scene, before, collected

CHANGES = (("phone", "address"), ("bank", "bank_account"), ("name",), ("id_number",), ("place",))
"""What somebody has changed, time after time; a name and a number are key information."""


def employee(scene: Scene) -> Part:
    """增加、中断、恢复、终止、再增加、在职转退休; then another employee."""
    cast = scene.cast
    key = cast.first("employee", lambda _, person: person is None or not _is_retired(person))
    at = cast.at(key)
    person, day = cast.person(key), local_day(at)
    operation = _operation(person, day)
    if scene.acts:
        scene.employer(at)
    said = {
        **cast.said(key),
        "employee_operation": operation,
        "unit_credit_code": cast.unit_role(EMPLOYER).code,
        "from_date": day.isoformat(),
    }
    if operation == "add":
        said |= {"monthly_wage": "6200.00", "address": "演练路1号"}
    if operation == "retire" and person is not None:
        years = waits.retirement_years(cast.region, person.sex, day)
        said["deemed_months"] = str(years * 12)
    return Part((key,), at, cast.clerk(), said, ended=collected(scene))


def _is_retired(person: Person) -> bool:
    return bool(person.enrolments.filter(kind=Kind.RETIRED).exists())


def _operation(person: Person | None, day: date) -> str:
    """What comes next in a working life, by what the register says of it."""
    spell = enrolments.on(person, day) if person is not None else None
    if spell is None or spell.kind != Kind.EMPLOYEE:
        return "add"
    if spell.standing == Standing.SUSPENDED:
        return "resume"
    was = before(spell)
    if was is not None and was.standing == Standing.SUSPENDED:
        return "end"
    ended = Enrolment.objects.filter(person=spell.person_id, end_reason="ended").exists()
    return "retire" if ended else "suspend"


def flexible(scene: Scene) -> Part:
    """A flexible worker enrols; who is enrolled gives way to the next."""
    cast = scene.cast
    key = cast.first("flexible", lambda _, person: person is None or not person.enrolments.exists())
    at = cast.at(key)
    said = {**cast.said(key), "from_date": local_day(at).isoformat(), "monthly_wage": "5600.00"}
    return Part((key,), at, cast.account(key), {**said, "address": "演练路2号"})


def employee_change(scene: Scene) -> Part:
    """Data of somebody in the employees' insurance."""
    key = "employee-1"
    at = scene.cast.at(key)
    person = scene.cast.person(key)
    if scene.acts and (person is None or not enrolments.was_ever(person, Insurance.EMPLOYEE)):
        scene.employed(key, at)
    return Part((key,), at, scene.cast.account(key), {**scene.cast.said(key), **news(scene.cast, key)})


def own_data(scene: Scene) -> Part:
    """What the registers say of oneself: an extract, a certificate."""
    key = "employee-1"
    at = scene.cast.at(key)
    person = scene.cast.person(key)
    if scene.acts and (person is None or not person.enrolments.exists()):
        scene.employed(key, at)
    return Part((key,), at, scene.cast.account(key), scene.cast.said(key))


def news(cast: Cast, key: str, only: tuple[str, ...] = ()) -> dict[str, str]:
    """Another value of what is next to change (or of ``only`` this), different from what is registered."""
    person = cast.person(key)
    turn = 0
    if person is not None:
        told = Change.objects.filter(person=person.pk, register="person", case__isnull=False)
        turn = told.exclude(field="").values("case").distinct().count()
    wanted = only or CHANGES[turn % len(CHANGES)]
    values = {
        "phone": f"1009900{turn:04d}",
        "address": f"演练路{turn + 10}号",
        "bank": "演练银行",
        "bank_account": f"62000000{turn:08d}",
        "name": f"演练·{'甲乙丙丁戊己庚辛壬癸'[turn // len(CHANGES) % 10]}",
        "place": f"演练{turn}村",
    }
    if "id_number" in wanted and person is not None:
        values["id_number"] = cast.new_number(person)
    return {f"new_{name}": values[name] for name in wanted if name in values}
