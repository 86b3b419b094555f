"""What the entries of employees and flexible workers do to the registers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from jingban.access.models import User
from jingban.core.errors import DomainError
from jingban.processes.effects import run_effects
from jingban.registry import contributions, persons, units
from jingban.registry.errors import (
    AlreadyEnrolled,
    MonthsMissing,
    NotEnrolled,
    NotYours,
    PersonNotFound,
    RegistryError,
)
from jingban.registry.models import Change, Contribution, Enrolment, Person, Unit
from jingban.registry.preview import preview
from jingban.registry.sealing import unsealed
from tests.registry import factories as make

pytestmark = pytest.mark.django_db
CHANGE = ("puyang", "agency", "employee-info-change")
FLEXIBLE = ("qinhuangdao", "grassroots", "grassroots-flexible-enrolment")


@pytest.fixture
def unit() -> Unit:
    return make.unit(make.origin())


def declare(operation: str = "add", from_date: str = "2026-03-01", n: int = 1, **rest: Any) -> None:
    """One declaration of person ``n``; ``unit`` is the number of the unit that declares."""
    on = rest.pop("on", make.DAY)
    by = {key: rest.pop(key) for key in ("applicant", "channel") if key in rest}
    said = {**make.who(n), "employee_operation": operation, "from_date": from_date}
    if number := rest.pop("unit", 0):
        said["unit_credit_code"] = make.credit_code(number)
    work = make.work(make.EMPLOYEE, {**said, **rest}, day=on, case_id=0 if by else 7, **by)
    with transaction.atomic():  # as an act has it
        run_effects(work.item.effects, work)


def spells(n: int = 1) -> list[tuple[str, str, str, str | None]]:
    person = persons.find("puyang", "01", make.new_number(n))
    rows = Enrolment.objects.filter(person=person).order_by("start_on")
    return [(r.kind, r.standing, str(r.start_on), r.end_on and str(r.end_on)) for r in rows]


def test_a_unit_enrols_somebody_whom_the_register_did_not_know(unit: Unit) -> None:
    declare(unit=1, monthly_wage="5000.00", address="东街1号")
    row = Enrolment.objects.get()
    assert (row.unit, row.kind, row.wage_fen, row.case) == (unit, "1101", 500000, 7)
    assert (row.person.name, unsealed(row.person, "address")) == (make.new_name(1), "东街1号")
    assert set(Change.objects.values_list("register", "case")) == {("person", 7), ("enrolment", 7)}


def test_without_a_unit_it_is_a_flexible_worker() -> None:
    declare()
    assert spells() == [("1103", "1", "2026-03-01", None)]


def test_a_foreigner_enrols_with_a_passport(unit: Unit) -> None:
    said = {
        "name": "DOE JOHN",
        "id_kind": "08",
        "id_number": "E12345678",
        "sex": "male",
        "born_on": "1990-01-01",
    }
    declare(unit=1, **said)
    person = persons.find("puyang", "08", "E12345678")
    assert person is not None
    assert (person.sex, person.born_on) == ("male", date(1990, 1, 1))


def test_a_life_in_five_declarations(unit: Unit) -> None:
    declare("add", "2026-01-01", unit=1)
    declare("suspend", "2026-02-01", unit=1)
    declare("resume", "2026-02-10", unit=1)
    declare("end", "2026-03-01", unit=1)
    assert spells() == [
        ("1101", "1", "2026-01-01", "2026-01-31"),
        ("1101", "2", "2026-02-01", "2026-02-09"),
        ("1101", "1", "2026-02-10", "2026-02-28"),
    ], "from_date is the first day of the new standing"


@pytest.mark.parametrize("operation", ["suspend", "resume", "end", "retire"])
def test_what_needs_an_enrolment_says_so(unit: Unit, operation: str) -> None:
    with pytest.raises(PersonNotFound, match="先办理参保登记"):
        declare(operation, unit=1)
    make.person(make.origin())
    with pytest.raises(NotEnrolled, match="没有参保"):
        declare(operation, unit=1)


@pytest.mark.parametrize("operation", ["suspend", "end", "retire"])
def test_a_unit_declares_only_for_its_own_employees(unit: Unit, operation: str) -> None:
    declare("add", "2026-01-01", unit=1)
    make.unit(make.origin(), 2)
    with pytest.raises(NotEnrolled, match="不由试验第2有限公司参保，请核对用人单位"):
        declare(operation, unit=2)
    assert spells() == [("1101", "1", "2026-01-01", None)]


@pytest.mark.parametrize("operation", ["suspend", "end", "retire"])
def test_a_units_employee_is_not_declared_as_a_flexible_worker(unit: Unit, operation: str) -> None:
    declare("add", "2026-01-01", unit=1)
    with pytest.raises(NotEnrolled, match="由用人单位参保，个人不能办理；请填写用人单位统一社会信用代码"):
        declare(operation)
    assert spells() == [("1101", "1", "2026-01-01", None)]
    declare("suspend", "2026-02-01", unit=1)
    with pytest.raises(NotEnrolled, match="由用人单位参保"):
        declare("resume")


@pytest.mark.parametrize("operation", ["add", "suspend", "end", "retire"])
@pytest.mark.parametrize("rights", [None, {"may_declare": False}])
def test_online_only_an_operator_who_may_declare_acts_for_a_unit(
    unit: Unit, operation: str, rights: dict[str, bool] | None
) -> None:
    clerk = User.objects.create(username="clerk").pk
    if operation != "add":
        declare("add", "2026-01-01", unit=1)
    before = spells()
    if rights:
        units.name_operator(make.origin(), unit, clerk, **rights)
    with pytest.raises(NotYours, match="没有登记为试验第1有限公司的经办人，或没有申报的权限"):
        declare(operation, unit=1, applicant=clerk, channel="online")
    assert spells() == before


def test_an_operator_declares_online_and_the_window_by_the_units_seal(unit: Unit) -> None:
    clerk = User.objects.create(username="clerk").pk
    units.name_operator(make.origin(), unit, clerk)
    declare("add", "2026-01-01", unit=1, applicant=clerk, channel="online")
    declare("suspend", "2026-02-01", unit=1, channel="window")
    assert [s[1] for s in spells()] == ["1", "2"]


def test_residents_are_not_declared_by_the_employees_entry() -> None:
    work = make.work(make.RESIDENT, {**make.who(), "resident_kind": "adult", "insured_year": "2026"})
    run_effects(work.item.effects, work)
    with pytest.raises(NotEnrolled, match="参加的是城乡居民医保，请按居民事项办理"):
        declare("end", "2026-04-01")


def test_an_unknown_unit_is_said_in_words() -> None:
    with pytest.raises(RegistryError, match="没有这个统一社会信用代码的单位"):
        declare(unit=5)
    assert not Person.objects.exists(), "nobody is registered by an act that fails"


def test_an_effect_that_fails_is_shown_in_the_preview_and_leaves_nothing(unit: Unit) -> None:
    declare("add", "2026-01-01", unit=1)
    said = {**make.who(), "employee_operation": "add", "from_date": "2026-03-01"}
    work = make.work(make.EMPLOYEE, {**said, "unit_credit_code": make.credit_code(1)})
    shown = preview(work)
    assert (shown.is_possible, shown.code) == (False, AlreadyEnrolled.code)
    assert "已由本单位参保" in shown.fault


def test_a_preview_shows_what_would_change_and_changes_nothing(unit: Unit) -> None:
    declare("add", "2026-01-01", unit=1)
    said = {**make.who(), "employee_operation": "end", "from_date": "2026-03-01"}
    work = make.work(make.EMPLOYEE, {**said, "unit_credit_code": make.credit_code(1)})
    (change,) = preview(work).changes
    assert (change.register, change.field, change.before, change.after) == (
        "enrolment",
        "end_on",
        None,
        "2026-02-28",
    )
    assert spells() == [("1101", "1", "2026-01-01", None)]


# Retirement


def _worked(months: int, until: date = date(2026, 2, 1)) -> Person:
    """An employee of unit 1 since January with so many months paid up to February, born in 1964."""
    born = date(1964, 5, 1)
    person = make.person(make.origin(), 60, born=born)
    declare("add", "2026-01-01", n=60, unit=1, id_number=make.new_number(60, born))
    first = date(until.year - months // 12, until.month + 1, 1)
    contributions.add(make.origin(), person, insurance="310", first=first, last=until, place="410928")
    return person


def _retire(person: Person, **rest: Any) -> None:
    declare("retire", n=60, unit=1, id_number=make.new_number(60, person.born_on), **rest)


def test_deemed_months_lie_before_the_first_month_and_make_the_years_full(unit: Unit) -> None:
    person = _worked(12 * 20)
    with pytest.raises(MonthsMissing, match="还差60个月"):
        _retire(person)
    with pytest.raises(MonthsMissing, match="还差1个月"):
        _retire(person, deemed_months="59")
    assert not Contribution.objects.filter(deemed=True).exists(), "the refusal takes them back"
    _retire(person, deemed_months="60")
    deemed = Contribution.objects.get(deemed=True)
    assert (deemed.start_on, deemed.end_on) == (date(2001, 3, 1), date(2006, 2, 28))
    assert (deemed.source, deemed.place) == ("agency", "410928")
    assert [(r.kind, r.unit) for r in person.enrolments.order_by("start_on")] == [
        ("1101", unit),
        ("1201", None),
    ]


def test_deemed_months_that_the_register_has_are_not_added_again(unit: Unit) -> None:
    person = _worked(12 * 20)
    contributions.add(
        make.origin(), person, insurance="310", first=date(2005, 1, 1), last=date(2006, 2, 1),
        place="410928", deemed=True,
    )  # fmt: skip
    with pytest.raises(RegistryError, match="已有14个月视同缴费，填写的13个月比它少"):
        _retire(person, deemed_months="13")
    _retire(person, deemed_months="60")
    assert contributions.months(person).deemed == 60


def test_deemed_service_does_not_reach_into_childhood(unit: Unit) -> None:
    person = _worked(12 * 20)
    with pytest.raises(RegistryError, match="会早到16周岁以前"):
        _retire(person, deemed_months="311")


def test_a_flexible_worker_retires_too() -> None:
    born = date(1964, 5, 1)
    person = make.person(make.origin(), 60, born=born)
    number = make.new_number(60, born)
    declare("add", "2026-01-01", n=60, id_number=number)
    contributions.add(
        make.origin(), person, insurance="310", first=date(2001, 2, 1), last=date(2026, 2, 1), place="410928"
    )
    declare("retire", n=60, id_number=number)
    assert Enrolment.objects.get(kind="1201").start_on == date(2026, 3, 1)


# The township's entry, and changes of data


def test_the_townships_entry_enrols_a_flexible_worker() -> None:
    work = make.work(FLEXIBLE, {**make.who(), "from_date": "2026-03-02", "monthly_wage": "4000.00"})
    run_effects(work.item.effects, work)
    row = Enrolment.objects.get()
    assert (row.region, row.kind, row.wage_fen) == ("qinhuangdao", "1103", 400000)


def change(n: int = 1, **fields: str) -> None:
    work = make.work(CHANGE, {**make.who(n), **fields})
    run_effects(work.item.effects, work)


def test_an_employees_data_are_changed_by_the_form(unit: Unit) -> None:
    declare(unit=1)
    new = make.new_number(200, born=date(1980, 5, 2))
    change(
        new_name="试新名",
        new_id_number=new,
        new_phone="13900000000",
        new_bank="试验银行",
        new_bank_account="6222000011",
    )
    person = Person.objects.get()
    assert (person.name, person.born_on, unsealed(person, "phone")) == (
        "试新名",
        date(1980, 5, 2),
        "13900000000",
    )
    assert persons.find("puyang", "01", new) == person
    fields = set(Change.objects.filter(register="person").values_list("field", flat=True))
    assert fields == {"", "name", "id_number", "born_on", "phone", "bank", "bank_account"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "没有需要变更的"),
        ({"new_name": make.new_name(1)}, "没有需要变更的"),
        ({"new_sex": "female"}, "性别不能单独改"),
    ],
)
def test_a_change_needs_a_real_difference(unit: Unit, fields: dict[str, str], words: str) -> None:
    declare(unit=1)
    with pytest.raises(DomainError, match=words):
        change(**fields)


def test_somebody_who_was_never_an_employee_is_told_which_entry_to_take() -> None:
    make.person(make.origin())
    with pytest.raises(NotEnrolled, match="没有参加过职工医保，请办理城乡居民参保信息变更登记"):
        change(new_phone="13900000000")
