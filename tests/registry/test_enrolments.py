"""Spells of being insured: who gives way to what, which days count, and what is refused in which words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import count, pairwise
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jingban.registry import contributions, enrolments, persons
from jingban.registry.changes import opened, value_on
from jingban.registry.errors import (
    AlreadyEnrolled,
    BenefitPaid,
    EnrolmentRefused,
    MonthsMissing,
    NotEnrolled,
    NothingChanges,
    PersonClosed,
    RegistryError,
)
from jingban.registry.models import Change, Enrolment, PaidBenefit, Person, Source, Unit
from tests.registry import factories as make

HERE = "410928"
pytestmark = pytest.mark.django_db
_numbers = count(3000)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture
def person() -> Person:
    return make.person(make.origin())


@pytest.fixture
def unit() -> Unit:
    return make.unit(make.origin())


def employ(person: Person, unit: Unit | None, start: str = "2026-01-01", **rest: Any) -> Enrolment:
    said = {"insurance": "310", "kind": "1101", "start_on": day(start), "unit": unit, **rest}
    return enrolments.enrol(make.origin(), person, **said)


def reside(person: Person, start: str = "2026-01-01", **rest: Any) -> Enrolment:
    said = {"insurance": "390", "kind": "1501", "start_on": day(start), **rest}
    said.setdefault("end_on", date(day(start).year, 12, 31))
    return enrolments.enrol(make.origin(), person, **said)


def freelance(person: Person, start: str = "2026-01-01", **rest: Any) -> Enrolment:
    return enrolments.enrol(make.origin(), person, insurance="310", kind="1103", start_on=day(start), **rest)


def pay_benefit(person: Person, on: str) -> None:
    PaidBenefit.objects.create(
        region=person.region, person=person, on=day(on), reference=f"B{person.pk}-{on}"
    )


def pay_months(person: Person, first: str, last: str, *, on: date = make.DAY, **rest: Any) -> None:
    said = {"insurance": "310", "place": HERE, **rest}
    contributions.add(make.origin(day=on), person, first=day(f"{first}-01"), last=day(f"{last}-01"), **said)


def spells(person: Person) -> list[tuple[str, str, str, str | None]]:
    """Kind, standing, first and last day of every spell, oldest first."""
    rows = Enrolment.objects.filter(person=person).order_by("start_on")
    return [(r.kind, r.standing, str(r.start_on), r.end_on and str(r.end_on)) for r in rows]


# Enrolling


def test_an_enrolment_is_recorded_with_all_that_it_says(person: Person, unit: Unit) -> None:
    row = employ(person, unit, wage=Decimal("5000.50"))
    assert (row.wage_fen, row.unit, row.standing, row.source) == (500050, unit, "1", "declared")
    (told,) = [opened(c) for c in Change.objects.filter(register="enrolment")]
    assert told.after["start_on"] == "2026-01-01"
    assert (told.after["kind"], told.after["wage_fen"], told.after["unit"]) == ("1101", 500050, unit.pk)
    assert (told.person, told.unit, told.valid_from) == (person.pk, unit.pk, day("2026-01-01"))


def test_who_is_enrolled_is_read_as_of_a_day(person: Person) -> None:
    reside(person)
    assert enrolments.on(person, day("2025-12-31")) is None
    assert enrolments.on(person, day("2026-01-01")) == enrolments.on(person, day("2026-12-31"))
    assert enrolments.on(person, day("2027-01-01")) is None
    with pytest.raises(NotEnrolled, match="2027年1月1日没有参保"):
        enrolments.required_on(person, day("2027-01-01"))
    assert enrolments.was_ever(person, "390")
    assert not enrolments.was_ever(person, "310")


def test_enrolling_twice_is_refused_and_nothing_changes(person: Person, unit: Unit) -> None:
    employ(person, unit)
    other = make.unit(make.origin(), 2)
    before = spells(person)
    for again, words in [
        (lambda: employ(person, unit, "2026-02-01"), "已由本单位参保，不能重复参保"),
        (lambda: employ(person, other, "2026-02-01"), "由其他单位参保，请先由该单位办理终止"),
        (lambda: freelance(person, "2026-02-01"), "由其他单位参保"),
        (lambda: reside(person, "2026-02-01"), "正在参加职工医保，不能同时参加居民医保"),
        (lambda: employ(person, other, "2025-12-01"), "由其他单位参保"),
    ]:
        with pytest.raises(AlreadyEnrolled, match=words):
            again()
    assert spells(person) == before


def test_a_resident_is_not_enrolled_twice_for_a_year(person: Person) -> None:
    reside(person)
    with pytest.raises(AlreadyEnrolled, match="已参加2026年度居民医保，不能重复参保"):
        reside(person, "2026-03-02")
    reside(person, "2027-01-01")
    assert len(spells(person)) == 2


def test_an_employee_leaves_the_residents_insurance_the_day_before(person: Person, unit: Unit) -> None:
    resident = reside(person)
    reside(person, "2027-01-01")
    employ(person, unit, "2026-03-02")
    assert spells(person) == [
        ("1501", "1", "2026-01-01", "2026-03-01"),
        ("1101", "1", "2026-03-02", None),
    ], "next year's enrolment never began and is taken out"
    resident.refresh_from_db()
    assert resident.end_reason == "to-employee"
    told = [opened(c) for c in Change.objects.filter(register="enrolment").order_by("pk")]
    assert [(c.field, c.before and c.before.get("start_on")) for c in told if c.field == "removed"] == [
        ("removed", "2027-01-01")
    ]
    (ended,) = [c for c in told if c.field == "end_on"]
    assert (ended.before, ended.after, ended.valid_from) == ("2026-12-31", "2026-03-01", day("2026-03-02"))


def test_a_resident_with_a_benefit_paid_does_not_become_an_employee_before_it(
    person: Person, unit: Unit
) -> None:
    reside(person)
    pay_benefit(person, "2026-03-10")
    with pytest.raises(BenefitPaid, match="2026年3月10日已有待遇支付"):
        employ(person, unit, "2026-03-10")
    employ(person, unit, "2026-03-11")
    assert spells(person)[0] == ("1501", "1", "2026-01-01", "2026-03-10")


def test_a_unit_takes_over_a_flexible_worker_but_not_the_other_way_round(person: Person, unit: Unit) -> None:
    freelance(person)
    with pytest.raises(AlreadyEnrolled, match="已按灵活就业人员参保"):
        freelance(person, "2026-02-01")
    employ(person, unit, "2026-02-01")
    assert spells(person) == [("1103", "1", "2026-01-01", "2026-01-31"), ("1101", "1", "2026-02-01", None)]


def test_a_suspended_employee_may_become_a_resident_or_another_units_employee(
    person: Person, unit: Unit
) -> None:
    employ(person, unit)
    enrolments.suspend(make.origin(), person, day("2026-02-01"))
    with pytest.raises(AlreadyEnrolled, match="自2026年2月1日起暂停参保，请办理恢复"):
        employ(person, unit, "2026-03-01")
    reside(person, "2026-03-02")
    assert spells(person)[1:] == [
        ("1101", "2", "2026-02-01", "2026-03-01"),
        ("1501", "1", "2026-03-02", "2026-12-31"),
    ]


def test_an_employee_whose_end_is_known_becomes_a_resident_on_the_next_day(
    person: Person, unit: Unit
) -> None:
    employ(person, unit)
    enrolments.end(make.origin(), person, day("2026-05-31"), "ended")
    with pytest.raises(AlreadyEnrolled, match="参加职工医保至2026年5月31日.*请从次日起参保"):
        reside(person, "2026-05-31")
    reside(person, "2026-06-01")
    assert len(spells(person)) == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"insurance": "390", "kind": "1101"}, "在职职工不参加城乡居民基本医疗保险"),
        ({"insurance": "310", "kind": "1501"}, "成年居民不参加职工基本医疗保险"),
        ({"kind": "1103"}, "灵活就业人员参保不填用人单位"),
        ({"end_on": day("2025-12-31")}, "止期早于起期"),
        ({"start_on": day("1980-04-30")}, "早于出生日期"),
        ({"start_on": day("2028-01-01")}, "最远到2027年12月31日"),
        ({"start_on": day("2015-12-31")}, "10年以前"),
    ],
)
def test_impossible_enrolments_are_refused_in_words(
    person: Person, unit: Unit, said: dict[str, Any], words: str
) -> None:
    with pytest.raises(EnrolmentRefused, match=words):
        employ(person, unit, **said)
    assert spells(person) == []


def test_an_employee_has_a_unit(person: Person) -> None:
    with pytest.raises(EnrolmentRefused, match="要填写用人单位"):
        employ(person, None)


def test_the_edges_of_the_years_that_may_be_named(person: Person, unit: Unit) -> None:
    freelance(person, "2016-01-01", end_on=day("2016-12-31"))
    enrolments.enrol(
        make.origin(source=Source.LETTER),
        person,
        insurance="310",
        kind="1103",
        start_on=day("2003-01-01"),
        end_on=day("2003-12-31"),
    )
    employ(person, unit, "2027-12-31")
    assert len(spells(person)) == 3


@pytest.mark.parametrize(
    ("kind", "born", "fits"),
    [
        ("1401", "2026-01-02", True),
        ("1401", "2025-03-02", False),
        ("1402", "2019-01-01", True),
        ("1402", "2018-03-02", False),
        ("1403", "2021-03-03", False),
        ("1404", "2007-01-01", True),
        ("1501", "2012-01-01", False),
        ("1601", "1960-01-01", True),
        ("1601", "1990-01-01", False),
    ],
)
def test_a_residents_kind_fits_the_age(kind: str, born: str, fits: bool) -> None:
    person = make.person(make.origin(), 5, born=day(born))
    if fits:
        assert reside(person, "2026-03-02", kind=kind).kind == kind
    else:
        with pytest.raises(EnrolmentRefused, match="与所选居民类别.*不符"):
            reside(person, "2026-03-02", kind=kind)


def test_nobody_under_sixteen_is_employed(unit: Unit) -> None:
    young = make.person(make.origin(), 5, born=day("2010-03-03"))
    with pytest.raises(EnrolmentRefused, match="未满16周岁"):
        employ(young, unit, "2026-03-02")
    assert employ(young, unit, "2026-03-03").pk


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"status": "2"}, "暂停缴费状态，不能增加职工"),
        ({"status": "4", "end_on": day("2026-02-01")}, "注销状态"),
        ({"start_on": day("2026-02-01")}, "自2026年2月1日起参保，职工的起始日期不能早于"),
        ({"region": "luanzhou"}, "用人单位不在本地参保"),
    ],
)
def test_a_unit_that_cannot_employ_is_refused(person: Person, columns: dict[str, Any], words: str) -> None:
    with pytest.raises(EnrolmentRefused, match=words):
        employ(person, make.unit(make.origin(), 9, **columns))


def test_the_dead_and_the_merged_are_not_enrolled(unit: Unit) -> None:
    dead = make.person(make.origin(), 11)
    persons.died(make.origin(), dead, day("2026-03-01"))
    with pytest.raises(PersonClosed, match="已于2026年3月1日登记死亡"):
        employ(dead, unit)
    merged = make.merged(make.person(make.origin(), 12), into=dead)
    for act in (
        lambda: employ(merged, unit),
        lambda: enrolments.suspend(make.origin(), merged, day("2026-03-02")),
        lambda: enrolments.end(make.origin(), merged, day("2026-03-02"), "ended"),
        lambda: enrolments.retire(make.origin(), merged, day("2026-03-02")),
    ):
        with pytest.raises(PersonClosed, match="已并入另一份"):
            act()


# Suspending, resuming, ending


def test_suspending_and_resuming_make_new_spells(person: Person, unit: Unit) -> None:
    employ(person, unit, wage=Decimal(5000))
    enrolments.suspend(make.origin(), person, day("2026-03-01"))
    resumed = enrolments.resume(make.origin(), person, day("2026-04-01"))
    assert spells(person) == [
        ("1101", "1", "2026-01-01", "2026-02-28"),
        ("1101", "2", "2026-03-01", "2026-03-31"),
        ("1101", "1", "2026-04-01", None),
    ]
    assert (resumed.wage_fen, resumed.unit) == (500000, unit)


def test_only_the_fitting_standing_is_suspended_or_resumed(person: Person, unit: Unit) -> None:
    with pytest.raises(NotEnrolled):
        enrolments.suspend(make.origin(), person, day("2026-03-01"))
    employ(person, unit)
    with pytest.raises(EnrolmentRefused, match="正常参保，不用办理恢复"):
        enrolments.resume(make.origin(), person, day("2026-03-01"))
    enrolments.suspend(make.origin(), person, day("2026-03-01"))
    with pytest.raises(EnrolmentRefused, match="已暂停参保，不用再办暂停"):
        enrolments.suspend(make.origin(), person, day("2026-03-05"))
    Unit.objects.filter(pk=unit.pk).update(status="2")
    with pytest.raises(EnrolmentRefused, match="请先办理单位恢复缴费"):
        enrolments.resume(make.origin(), person, day("2026-04-01"))


def test_a_spell_suspended_from_its_first_day_is_changed_in_place(person: Person) -> None:
    row = reside(person)
    enrolments.suspend(make.origin(), person, day("2026-01-01"))
    row.refresh_from_db()
    assert (row.standing, row.benefit_from) == ("2", None)
    fields = [opened(c).field for c in Change.objects.filter(register="enrolment").order_by("pk")]
    assert fields == ["", "benefit_from", "standing"]
    enrolments.resume(make.origin(), person, day("2026-01-01"))
    assert spells(person) == [("1501", "1", "2026-01-01", "2026-12-31")]


def test_no_day_with_a_benefit_loses_its_cover(person: Person, unit: Unit) -> None:
    employ(person, unit)
    pay_benefit(person, "2026-02-20")
    for act in (
        lambda: enrolments.end(make.origin(), person, day("2026-02-19"), "ended"),
        lambda: enrolments.suspend(make.origin(), person, day("2026-02-20")),
    ):
        with pytest.raises(BenefitPaid, match="2026年2月20日已有待遇支付.*先办理待遇追回"):
            act()
    enrolments.end(make.origin(), person, day("2026-02-20"), "ended")
    assert spells(person) == [("1101", "1", "2026-01-01", "2026-02-20")]


def test_ending_before_the_start_or_twice_is_refused_and_later_is_allowed(person: Person, unit: Unit) -> None:
    employ(person, unit, "2026-02-01")
    with pytest.raises(NotEnrolled, match="自2026年2月1日起参保，终止日期不能早于这一天"):
        enrolments.end(make.origin(), person, day("2026-01-31"), "ended")
    row = enrolments.end(make.origin(), person, day("2026-12-31"), "ended")
    assert (row.end_on, row.end_reason) == (day("2026-12-31"), "ended")
    with pytest.raises(NothingChanges, match="已经到2026年12月31日为止"):
        enrolments.end(make.origin(), person, day("2026-12-31"), "ended")
    enrolments.end(make.origin(), person, day("2026-02-01"), "ended")
    assert spells(person) == [("1101", "1", "2026-02-01", "2026-02-01")], "a spell has at least one day"
    with pytest.raises(NotEnrolled, match="没有参保，不用办理终止"):
        enrolments.end(make.origin(), person, day("2026-02-02"), "ended")


def test_what_was_to_follow_of_the_same_unit_goes_with_the_end(person: Person, unit: Unit) -> None:
    employ(person, unit)
    enrolments.suspend(make.origin(), person, day("2026-06-01"))
    enrolments.end(make.origin(), person, day("2026-03-31"), "ended")
    assert spells(person) == [("1101", "1", "2026-01-01", "2026-03-31")]


# Changes of kind, unit and wage


def test_a_change_is_a_new_spell_that_keeps_the_rest(person: Person, unit: Unit) -> None:
    employ(person, unit, wage=Decimal(5000))
    successor = make.unit(make.origin(), 2)
    enrolments.change(make.origin(), person, day("2026-03-01"), unit=successor)
    last = enrolments.change(make.origin(), person, day("2026-04-01"), wage=Decimal(6000))
    assert [str(r.start_on) for r in person.enrolments.order_by("start_on")] == [
        "2026-01-01",
        "2026-03-01",
        "2026-04-01",
    ]
    assert (last.unit, last.wage_fen, last.kind, last.benefit_from) == (
        successor,
        600000,
        "1101",
        day("2026-04-01"),
    )
    with pytest.raises(NothingChanges, match="没有需要变更的内容"):
        enrolments.change(make.origin(), person, day("2026-05-01"), wage=Decimal(6000), unit=successor)
    with pytest.raises(EnrolmentRefused, match="换险种不是变更"):
        enrolments.change(make.origin(), person, day("2026-05-01"), kind="1501")


# Retirement


@pytest.mark.parametrize(("sex", "years"), [("male", 25), ("female", 20)])
def test_the_retired_need_the_regions_months(unit: Unit, sex: str, years: int) -> None:
    person = make.person(make.origin(), 30, born=day("1960-05-01"), sex=sex)
    employ(person, unit)
    paid_from = date(2026 - years, 4, 1)
    pay_months(person, f"{paid_from:%Y-%m}", "2026-01")
    with pytest.raises(
        MonthsMissing, match=f"累计缴费{years * 12 - 2}个月.*{years}年（示例值）还差2个月"
    ) as caught:
        enrolments.retire(make.origin(), person, day("2026-03-01"))
    assert caught.value.details == {"missing": 2}
    pay_months(person, "2026-02", "2026-02")
    with pytest.raises(MonthsMissing, match="还差1个月"):
        enrolments.retire(make.origin(), person, day("2026-03-01"))
    first = paid_from - timedelta(days=1)
    pay_months(person, f"{first:%Y-%m}", f"{first:%Y-%m}", deemed=True)
    retired = enrolments.retire(make.origin(), person, day("2026-03-01"))
    assert spells(person) == [("1101", "1", "2026-01-01", "2026-02-28"), ("1201", "1", "2026-03-01", None)]
    assert (retired.unit, retired.wage_fen, retired.benefit_from) == (None, None, day("2026-03-01"))
    with pytest.raises(EnrolmentRefused, match="已是退休人员"):
        enrolments.retire(make.origin(), person, day("2026-04-01"))
    with pytest.raises(EnrolmentRefused, match="退休人员不缴费"):
        enrolments.suspend(make.origin(), person, day("2026-04-01"))
    with pytest.raises(AlreadyEnrolled, match="享受退休人员医保待遇，不用再参保"):
        reside(person, "2027-01-01")


def test_months_of_the_residents_insurance_do_not_make_a_pension(person: Person, unit: Unit) -> None:
    employ(person, unit)
    pay_months(person, "2000-01", "2025-12", insurance="390")
    with pytest.raises(MonthsMissing, match="还差300个月"):
        enrolments.retire(make.origin(), person, day("2026-03-01"))


def test_residents_do_not_retire(person: Person) -> None:
    reside(person)
    with pytest.raises(EnrolmentRefused, match="参加的是居民医保，不办在职转退休"):
        enrolments.retire(make.origin(), person, day("2026-03-01"))


# From which day it pays


def test_employees_wait_by_what_the_register_knows(person: Person, unit: Unit) -> None:
    assert employ(person, unit, "2023-01-01", end_on=day("2024-12-31")).benefit_from == day("2023-01-01")
    bridged = freelance(person, "2025-04-01", end_on=day("2025-05-31"))
    assert bridged.benefit_from == day("2025-04-01"), "24 months before, 3 months missed"
    assert freelance(person, "2025-10-01").benefit_from == day("2026-01-01"), "4 months missed"
    newcomer = make.person(make.origin(), 2)
    assert freelance(newcomer, "2026-01-01").benefit_from == day("2026-07-01")


def test_months_paid_elsewhere_bridge_too_and_are_seen_when_they_arrive(person: Person) -> None:
    row = freelance(person, "2026-03-02")
    assert row.benefit_from == day("2026-09-02")
    pay_months(person, "2024-01", "2025-12", place="130284")
    again = enrolments.reconsider(make.origin(source=Source.LETTER), person, day("2026-03-02"))
    assert again.benefit_from == day("2026-03-02")
    (told,) = [opened(c) for c in Change.objects.filter(field="benefit_from")]
    assert (told.before, told.after, told.source) == ("2026-09-02", "2026-03-02", "letter")
    assert enrolments.reconsider(make.origin(), person, day("2026-03-02")).benefit_from == day("2026-03-02")


def test_a_wait_that_was_interrupted_is_still_waited(person: Person) -> None:
    freelance(person, "2026-01-01")
    enrolments.suspend(make.origin(), person, day("2026-03-01"))
    assert enrolments.resume(make.origin(), person, day("2026-04-01")).benefit_from == day("2026-07-01")


def test_leaving_and_coming_back_is_no_way_around_the_wait(person: Person, unit: Unit) -> None:
    freelance(person, "2026-01-01", end_on=day("2026-01-31"))
    assert freelance(person, "2026-02-01", end_on=day("2026-02-28")).benefit_from == day("2026-07-01")
    assert freelance(person, "2026-04-01", end_on=day("2026-04-30")).benefit_from == day("2026-07-01")
    assert employ(person, unit, "2026-05-01").benefit_from == day("2026-05-01"), "of another kind"


def test_a_new_wage_within_the_wait_does_not_end_it(person: Person) -> None:
    freelance(person, "2026-01-01", wage=Decimal(4000))
    enrolments.change(make.origin(), person, day("2026-03-01"), wage=Decimal(5000))
    row = enrolments.reconsider(make.origin(), person, day("2026-03-02"))
    assert row.benefit_from == day("2026-07-01")
    pay_months(person, "2023-01", "2025-12", place="130284")
    row = enrolments.reconsider(make.origin(), person, day("2026-03-02"))
    begins = [r.benefit_from for r in person.enrolments.order_by("start_on")]
    assert begins == [day("2026-01-01"), day("2026-03-01")]
    assert row.benefit_from == begins[-1]


def test_a_year_bought_back_was_not_insured(person: Person) -> None:
    """It shortens a resident's wait; it does not bridge an employee's gap."""
    reside(person, "2024-01-01")
    pay_months(person, "2025-01", "2025-12", insurance="390")
    assert freelance(person, "2026-01-01").benefit_from == day("2026-04-01"), "twelve months missed"


def test_residents_wait_when_late_or_after_missed_years(person: Person) -> None:
    assert reside(person, "2024-01-01").benefit_from == day("2024-01-01")
    assert reside(person, "2026-01-01").benefit_from == day("2026-04-01"), "2025 was missed"
    late = make.person(make.origin(), 2)
    assert reside(late, "2026-03-02").benefit_from == day("2026-06-02")
    aided = make.person(make.origin(), 3)
    assert reside(aided, "2026-03-02", aided=True).benefit_from == day("2026-03-02")


def test_years_bought_back_shorten_the_wait(person: Person) -> None:
    reside(person, "2024-01-01")
    row = reside(person, "2027-01-01")
    assert row.benefit_from == day("2027-05-01"), "2025 and 2026 missed: three months and one"
    pay_months(person, "2026-01", "2026-12", insurance="390")
    assert enrolments.reconsider(make.origin(), person, day("2027-01-01")).benefit_from == day("2027-04-01")


def test_a_year_paid_elsewhere_was_not_missed(person: Person) -> None:
    reside(person, "2024-01-01")
    pay_months(person, "2025-01", "2025-12", insurance="390", place="130284")
    assert reside(person, "2026-01-01").benefit_from == day("2026-01-01")


def test_whoever_leaves_work_within_the_months_bridged_does_not_wait(person: Person, unit: Unit) -> None:
    employ(person, unit, "2025-06-01", end_on=day("2025-12-31"))
    assert reside(person, "2026-03-02").benefit_from == day("2026-03-02")
    other = make.person(make.origin(), 2)
    employ(other, unit, "2025-06-01", end_on=day("2025-10-31"))
    assert reside(other, "2026-03-02").benefit_from == day("2026-06-02")


@pytest.mark.parametrize(("days", "waits"), [(90, False), (91, True)])
def test_a_newborn_enrolled_in_time_does_not_wait(days: int, waits: bool) -> None:
    start = day("2026-06-01")
    baby = make.person(make.origin(day=start), 40, born=start - timedelta(days=days))
    row = enrolments.enrol(
        make.origin(day=start), baby, insurance="390", kind="1401", start_on=start, end_on=day("2026-12-31")
    )
    assert (row.benefit_from != start) is waits


# Withdrawal


def test_a_year_is_withdrawn_before_it_begins_with_its_months(person: Person) -> None:
    reside(person, "2027-01-01")
    pay_months(person, "2027-01", "2027-12", insurance="390", on=day("2026-09-01"))
    enrolments.withdraw(make.origin(), person, 2027)
    assert spells(person) == []
    assert contributions.months(person).total == 0
    removed = {c.register for c in Change.objects.filter(field="removed")}
    assert removed == {"enrolment", "contribution"}
    reside(person, "2027-01-01")


def test_a_running_year_is_withdrawn_from_today_unless_a_benefit_was_paid(person: Person) -> None:
    reside(person)
    pay_months(person, "2026-01", "2026-12", insurance="390")
    pay_benefit(person, "2026-02-01")
    with pytest.raises(BenefitPaid):
        enrolments.withdraw(make.origin(), person, 2026)
    PaidBenefit.objects.all().delete()
    enrolments.withdraw(make.origin(), person, 2026)
    assert spells(person) == [("1501", "1", "2026-01-01", "2026-03-01")]
    assert contributions.months(person).paid == 3, "March had begun"
    with pytest.raises(NotEnrolled, match="没有参加2026年度居民医保（或已经终止）"):
        enrolments.withdraw(make.origin(), person, 2026)


# Whatever happens in whatever order

OPERATIONS = (
    "employ", "employ elsewhere", "freelance", "reside", "suspend", "resume", "end", "change", "withdraw",
    "benefit", "died",
)  # fmt: skip


def _do(person: Person, units: list[Unit], operation: str, on: date) -> None:
    origin, year = make.origin(day=max(on, make.DAY)), on.year
    if operation.startswith("employ"):
        unit = units[operation != "employ"]
        enrolments.enrol(origin, person, insurance="310", kind="1101", start_on=on, unit=unit)
    elif operation == "freelance":
        enrolments.enrol(origin, person, insurance="310", kind="1103", start_on=on)
    elif operation == "reside":
        enrolments.enrol(origin, person, insurance="390", kind="1501", start_on=on, end_on=date(year, 12, 31))
    elif operation == "change":
        enrolments.change(origin, person, on, wage=Decimal(on.day * 100))
    elif operation == "withdraw":
        enrolments.withdraw(origin, person, year)
    elif operation == "end":
        enrolments.end(origin, person, on, "ended")
    elif operation == "benefit":
        spell = enrolments.required_on(person, on)
        if spell.standing == "1" and not PaidBenefit.objects.filter(person=person, on=on).exists():
            pay_benefit(person, f"{on}")
    elif operation == "died":
        persons.died(origin, person, on)
    else:
        getattr(enrolments, operation)(origin, person, on)


def _holds(person: Person) -> None:
    rows = list(Enrolment.objects.filter(person=person).order_by("start_on"))
    for row, later in pairwise(rows):
        assert row.end_on is not None
        assert row.end_on < later.start_on
    for row in rows:
        history = Change.objects.filter(register="enrolment", row=row.pk)
        told = {
            name: value_on(history, name, date(2099, 1, 1)) for name in ("end_on", "standing", "wage_fen")
        }
        assert told == {
            "end_on": row.end_on and row.end_on.isoformat(),
            "standing": row.standing,
            "wage_fen": row.wage_fen,
        }, "the history says what the row says"
    for benefit in PaidBenefit.objects.filter(person=person):
        covering = enrolments.on(person, benefit.on)
        assert covering is not None
        assert covering.standing == "1", "a day with a benefit keeps its cover"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(OPERATIONS), st.dates(date(2025, 10, 1), date(2027, 3, 31))),
        min_size=1,
        max_size=14,
    )
)
def test_random_lives_break_nothing(db: None, life: list[tuple[str, date]]) -> None:
    person = make.person(make.origin(), next(_numbers))
    units = [make.unit(make.origin(), next(_numbers)), make.unit(make.origin(), next(_numbers))]
    for operation, on in life:
        with suppress(RegistryError), transaction.atomic():
            _do(person, units, operation, on)
        _holds(person)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_enrol_somebody_once() -> None:
    person = make.person(make.origin())
    units = [make.unit(make.origin(), n) for n in (1, 2)]
    ready = Barrier(2)

    def clerk(unit: Unit) -> str:
        try:
            ready.wait()
            employ(Person.objects.get(pk=person.pk), unit)
        except AlreadyEnrolled as error:
            return error.message
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(clerk, units))
    assert said[0] == ""
    assert "由其他单位参保" in said[1]
    assert Enrolment.objects.count() == 1
