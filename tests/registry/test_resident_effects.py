"""What the entries of residents do to the registers: at the agency's counter and in townships and villages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jingban.processes.effects import run_effects
from jingban.registry import contributions, persons
from jingban.registry.errors import (
    AlreadyEnrolled,
    BenefitPaid,
    EnrolmentRefused,
    NotEnrolled,
    NothingChanges,
    PersonClosed,
    PersonNotFound,
)
from jingban.registry.models import Enrolment, PaidBenefit, Person
from jingban.registry.sealing import number_digest
from tests.registry import factories as make

pytestmark = pytest.mark.django_db
REGION = "qinhuangdao"
ENTRIES = {
    "enrol": "grassroots-resident-enrolment",
    "newborn": "grassroots-newborn-enrolment",
    "change": "grassroots-resident-change",
    "end": "grassroots-termination",
    "withdraw": "grassroots-withdrawal",
    "data": "grassroots-info-change",
}
BABY = date(2026, 2, 1)
GUARDIAN = {
    "guardian_name": "试监护",
    "guardian_id_number": make.new_number(80),
    "guardian_relation": "parent",
}


def act(entry: str, who: dict[str, str] | None = None, *, on: date = make.DAY, **said: str) -> None:
    """One case of a township's entry, granted on a day."""
    work = make.work((REGION, "grassroots", ENTRIES[entry]), {**(who or make.who()), **said}, day=on)
    run_effects(work.item.effects, work)


def enrol(year: int = 2026, kind: str = "adult", **rest: date) -> None:
    act("enrol", resident_kind=kind, insured_year=str(year), **rest)  # type: ignore[arg-type]


def spells(number: str = "") -> list[tuple[str, str, str, str]]:
    person = persons.find(REGION, "01", number or make.new_number(1))
    rows = Enrolment.objects.filter(person=person).order_by("start_on")
    return [(r.kind, r.standing, str(r.start_on), str(r.end_on)) for r in rows]


def test_next_year_is_enrolled_whole_and_the_running_one_from_today() -> None:
    enrol(2027)
    enrol(2026)
    assert spells() == [("1501", "1", "2026-03-02", "2026-12-31"), ("1501", "1", "2027-01-01", "2027-12-31")]
    late, whole = Enrolment.objects.order_by("start_on")
    assert late.benefit_from == date(2026, 6, 2), "after the open period: three months"
    assert whole.benefit_from == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("kind", "born", "code"),
    [
        ("newborn", date(2026, 2, 1), "1401"),
        ("child", date(2022, 1, 1), "1402"),
        ("pupil", date(2014, 1, 1), "1403"),
        ("student", date(2006, 1, 1), "1404"),
        ("adult", date(1980, 5, 1), "1501"),
        ("elder", date(1950, 1, 1), "1601"),
    ],
)
def test_each_kind_of_resident_has_its_code(kind: str, born: date, code: str) -> None:
    act("enrol", make.who(1, born), resident_kind=kind, insured_year="2026")
    assert Enrolment.objects.get().kind == code


@pytest.mark.parametrize(("year", "words"), [(2025, "2025年度已经结束"), (2028, "只能办理2026和2027年度")])
def test_only_this_year_and_the_next_are_enrolled(year: int, words: str) -> None:
    with pytest.raises(EnrolmentRefused, match=words):
        enrol(year)
    assert not Enrolment.objects.exists()


def test_the_same_year_twice_is_refused() -> None:
    enrol()
    with pytest.raises(AlreadyEnrolled, match="已参加2026年度居民医保"):
        enrol()


def test_the_counters_entry_does_the_same() -> None:
    work = make.work(
        make.RESIDENT, {**make.who(), "resident_kind": "adult", "insured_year": "2027", "place": "幸福村"}
    )
    run_effects(work.item.effects, work)
    assert Person.objects.get().place == "幸福村"


# Newborns


def test_a_newborn_is_insured_from_birth_and_has_a_guardian() -> None:
    guardian = make.person(make.origin(REGION), 80)
    act("newborn", make.who(1, BABY), **GUARDIAN)
    row = Enrolment.objects.get()
    assert (row.kind, row.start_on, row.end_on, row.benefit_from) == ("1401", BABY, date(2026, 12, 31), BABY)
    kin = row.person.kin.get()
    assert (kin.guardian, kin.relation, kin.relative, kin.start_on) == (True, "parent", guardian, BABY)
    assert bytes(kin.digest or b"") == number_digest("01", make.new_number(80))


@pytest.mark.parametrize(
    ("days", "starts"),
    [
        (0, ["2026-03-02"]),
        (60, ["2026-01-01"]),
        (61, ["2025-12-31", "2026-01-01"]),
        (90, ["2025-12-02", "2026-01-01"]),
        (91, ["2026-03-02"]),
    ],
)
def test_birth_counts_for_so_many_days_and_over_new_year(days: int, starts: list[str]) -> None:
    born = make.DAY - timedelta(days=days)
    act("newborn", make.who(1, born), **GUARDIAN)
    found = spells(make.new_number(1, born))
    assert [start for _, _, start, _ in found] == starts
    last = Enrolment.objects.order_by("start_on").last()
    assert last is not None
    assert last.benefit_from == (last.start_on if days <= 90 else date(2026, 6, 2))


def test_a_child_of_more_than_a_year_takes_the_other_entry() -> None:
    with pytest.raises(EnrolmentRefused, match="已满1周岁，请办理城乡居民参保登记"):
        act("newborn", make.who(1, date(2025, 3, 2)), **GUARDIAN)


# Suspending, death, withdrawal


def test_a_resident_is_suspended_and_resumed_within_the_year() -> None:
    enrol(2027)
    act("change", resident_operation="suspend", from_date="2027-03-01")
    act("change", resident_operation="resume", from_date="2027-05-01")
    assert spells() == [
        ("1501", "1", "2027-01-01", "2027-02-28"),
        ("1501", "2", "2027-03-01", "2027-04-30"),
        ("1501", "1", "2027-05-01", "2027-12-31"),
    ]
    assert Enrolment.objects.get(start_on=date(2027, 5, 1)).benefit_from == date(2027, 5, 1)


def test_employees_are_not_suspended_by_the_residents_entry() -> None:
    with pytest.raises(PersonNotFound):
        act("change", resident_operation="suspend", from_date="2026-03-02")
    origin = make.origin(REGION)
    person = make.person(origin)
    Enrolment.objects.create(
        **origin.columns(), person=person, insurance="310", kind="1103", start_on=date(2026, 1, 1)
    )
    with pytest.raises(NotEnrolled, match="参加的是职工医保，请按职工事项办理"):
        act("change", resident_operation="suspend", from_date="2026-03-02")
    with pytest.raises(NotEnrolled, match="没有参加过城乡居民医保"):
        act("end", death_on="2026-03-01")


def test_termination_is_the_death_of_the_person() -> None:
    enrol(2026, on=date(2026, 1, 5))
    act("end", death_on="2026-02-15")
    assert spells() == [("1501", "1", "2026-01-05", "2026-02-15")]
    assert Person.objects.get().died_on == date(2026, 2, 15)
    with pytest.raises(NothingChanges, match="已于2026年2月15日登记死亡"):
        act("end", death_on="2026-02-15")
    with pytest.raises(PersonClosed, match="登记死亡，不能办理参保"):
        enrol(2027)


def test_next_year_is_withdrawn_before_it_begins() -> None:
    enrol(2026)
    enrol(2027)
    act("withdraw", insured_year="2027")
    assert spells() == [("1501", "1", "2026-03-02", "2026-12-31")]
    with pytest.raises(NotEnrolled, match="没有参加2027年度居民医保"):
        act("withdraw", insured_year="2027")


def test_after_a_benefit_nothing_is_withdrawn() -> None:
    enrol(2026, on=date(2026, 1, 5))
    person = Person.objects.get()
    PaidBenefit.objects.create(region=REGION, person=person, on=date(2026, 1, 20), reference="B1")
    with pytest.raises(BenefitPaid, match="2026年1月20日已有待遇支付"):
        act("withdraw", insured_year="2026")
    assert spells() == [("1501", "1", "2026-01-05", "2026-12-31")]


def test_a_year_withdrawn_on_its_first_day_never_was() -> None:
    enrol()
    contributions.add(
        make.origin(REGION), Person.objects.get(), insurance="390",
        first=date(2026, 1, 1), last=date(2026, 12, 1), place="130300",
    )  # fmt: skip
    act("withdraw", insured_year="2026")
    assert spells() == []
    assert contributions.months(Person.objects.get()).total == 0


# Changes of data


def test_a_residents_data_are_changed_even_after_the_enrolment_has_ended() -> None:
    enrol()
    act("data", new_name="试新名", on=date(2027, 3, 1))
    assert Person.objects.get().name == "试新名"
    with pytest.raises(PersonNotFound, match="姓名对不上"):
        act("data", new_phone="13900000000")
    act("data", {**make.who(), "name": "试新名"}, new_place="北村")
    assert Person.objects.get().place == "北村"


def test_somebody_who_was_never_a_resident_is_told_which_entry_to_take() -> None:
    make.person(make.origin(REGION))
    with pytest.raises(NotEnrolled, match="没有参加过城乡居民医保，请办理职工参保信息变更登记"):
        act("data", new_phone="13900000000")
