"""Aid status: by lists of civil affairs and by findings of means; one category at a time; enrolment with subsidy."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from jingban.access.service import Actor
from jingban.cases.models import Case
from jingban.core.insurance import AID_CATEGORIES
from jingban.registry import aid, aid_lists, enrolments, levies, persons
from jingban.registry.aid import AidRefused, Means
from jingban.registry.aid_lists import Row
from jingban.registry.changes import of_case
from jingban.registry.errors import AlreadyEnrolled, EnrolmentRefused, PersonClosed, RegistryError
from jingban.registry.models import AidStatus, Change, Levy, MeansCheck, Person
from jingban.registry.sealing import unsealed
from jingban.rulebook.load import load
from tests.houses import House
from tests.registry.driving import house
from tests.registry.factories import DAY, instant, new_name, new_number, origin, person, tax_says

__all__ = ["house"]

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

D = Decimal
POOR, WORSE = "minimum-living", "extreme-poverty"


def row(n: int = 1, category: str = POOR, since: date = date(2026, 2, 1), **said: Any) -> Row:
    return Row(
        **{"name": new_name(n), "number": new_number(n), "category": category, "recognised_on": since, **said}
    )


def taken(*rows: Row, day: date = DAY) -> list[tuple[str, str]]:
    return [(t.status, t.why) for t in aid_lists.from_list(origin(day=day), rows)]


def found(n: int = 1) -> Person:
    here = persons.find("puyang", "01", new_number(n))
    assert here is not None
    return here


def spells(who: Person) -> list[tuple[str, date, date | None]]:
    return list(
        AidStatus.objects.filter(person=who)
        .order_by("start_on")
        .values_list("category", "start_on", "end_on")
    )


def test_the_categories_are_those_of_the_form() -> None:
    assert load().national.fields["aid_category"].choices == AID_CATEGORIES


def test_a_list_is_taken_in_and_the_same_list_changes_nothing() -> None:
    known = person(origin(), 1)
    assert taken(row(1), row(2)) == [("new", ""), ("new", "")]
    assert spells(known) == spells(found(2)) == [(POOR, date(2026, 2, 1), None)]
    status = AidStatus.objects.get(person=known)
    assert (status.source, status.flagged) == ("shared", False)
    before = Change.objects.count()
    assert taken(row(1), row(2), day=DAY + timedelta(30)) == [("same", ""), ("same", "")]
    assert Change.objects.count() == before


def test_a_broken_line_is_explained_and_the_others_stand() -> None:
    person(origin(), 1)
    lines = [
        row(1, name="别的名字"),
        row(2, number="123"),
        row(3, category="rich"),
        row(4, since=DAY + timedelta(1)),
        row(5, name="  "),
        row(6),
    ]
    told = taken(*lines)
    assert [status for status, _ in told] == ["refused"] * 5 + ["new"]
    for (_, why), part in zip(
        told, ("对不上", "18位", "没有“rich”", "还没有到", "姓名没有填写"), strict=False
    ):
        assert part in why
    assert AidStatus.objects.count() == 1
    assert persons.find("puyang", "01", new_number(4)) is None, "a refused line registers nobody"


def test_another_category_ends_the_old_the_day_before() -> None:
    taken(row())
    assert taken(row(category=WORSE, since=date(2026, 3, 1))) == [("new", "")]
    assert spells(found()) == [
        (POOR, date(2026, 2, 1), date(2026, 2, 28)),
        (WORSE, date(2026, 3, 1), None),
    ]
    ((status, why),) = taken(row())
    assert (status, "自2026年3月1日起已认定为特困人员" in why) == ("refused", True), (
        "an old list moves nothing back"
    )
    assert aid.status_on(found(), date(2026, 2, 28)).category == POOR
    assert aid.status_on(found(), date(2026, 3, 1)).category == WORSE
    assert aid.status_on(found(), date(2026, 1, 31)) is None


def test_who_is_no_longer_in_need_comes_with_a_last_day() -> None:
    taken(row())
    assert taken(row(until=date(2026, 6, 30))) == [("new", "")]
    assert spells(found()) == [(POOR, date(2026, 2, 1), date(2026, 6, 30))]
    assert taken(row(until=date(2026, 6, 30))) == [("same", "")]
    assert taken(row(until=None)) == [("new", "")], "and goes on by the next list"
    assert spells(found()) == [(POOR, date(2026, 2, 1), None)]


def test_one_number_twice_in_a_list_is_one_person() -> None:
    assert [status for status, _ in taken(row(), row())] == ["new", "new"]
    assert Person.objects.count() == AidStatus.objects.count() == 1


def test_nothing_is_given_to_the_dead() -> None:
    who = person(origin())
    persons.died(origin(), who, DAY)
    with pytest.raises(PersonClosed):
        aid.grant(origin(), who, POOR, DAY)


def test_a_flag_keeps_the_term_of_civil_affairs_and_else_ends_with_the_year() -> None:
    taken(row(1))
    kept = aid.flag(origin(), found(1), POOR, year=2026)
    assert (kept.flagged, kept.end_on, kept.start_on) == (True, None, date(2026, 2, 1))
    other = aid.flag(origin(), person(origin(), 2), POOR, year=2027, recognised_on=date(2026, 3, 1))
    assert (other.flagged, other.start_on, other.end_on) == (True, date(2026, 3, 1), date(2027, 12, 31))
    changed = aid.flag(origin(), found(1), WORSE, year=2026)
    assert (changed.category, changed.start_on) == (WORSE, DAY)
    with pytest.raises(AidRefused, match="止期早于起期"):
        aid.flag(origin(), person(origin(), 3), POOR, year=2025)


# Enrolment ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "own", "subsidy"),
    [
        (WORSE, 0, 40000),
        ("orphan", 0, 40000),
        (POOR, 16000, 24000),
        ("monitored", 16000, 24000),
        ("marginal", 40000, 0),
    ],
)
def test_the_premium_is_subsidised_by_category(category: str, own: int, subsidy: int) -> None:
    who = person(origin())
    spell = aid.enrol(origin(), who, category, year=2026)
    assert (spell.aided, spell.kind, spell.start_on, spell.end_on) == (True, "1501", DAY, date(2026, 12, 31))
    levy = Levy.objects.get(person=who)
    assert (levy.person_fen, levy.subsidy_fen, levy.start_on) == (own, subsidy, date(2026, 3, 1))


@pytest.mark.parametrize(
    ("born", "kind"),
    [
        (date(2026, 1, 5), "1401"),
        (date(2023, 5, 1), "1402"),
        (date(2015, 5, 1), "1403"),
        (date(1980, 5, 1), "1501"),
        (date(1960, 5, 1), "1601"),
    ],
)
def test_the_kind_of_resident_follows_from_the_age(born: date, kind: str) -> None:
    assert aid.enrol(origin(), person(origin(), 1, born=born), POOR, year=2026).kind == kind


def test_who_is_enrolled_for_the_year_becomes_aided_and_waits_for_nothing() -> None:
    late = origin(day=date(2026, 6, 1))
    who = person(late)
    spell = enrolments.enrol_for_year(late, who, kind="1501", year=2026)
    assert spell.benefit_from > date(2026, 6, 1), "who comes late waits"
    levies.issue_for_person(
        late, who, insurance="390", first=date(2026, 6, 1), last=date(2026, 12, 31), amount=D(400)
    )
    again = aid.enrol(origin(day=date(2026, 6, 9)), who, POOR, year=2026)
    assert (again.pk, again.aided, again.benefit_from) == (spell.pk, True, date(2026, 6, 1))
    assert list(Levy.objects.order_by("id").values_list("status", "person_fen", "subsidy_fen")) == [
        ("void", 40000, 0),
        ("issued", 16000, 24000),
    ]


def test_what_was_paid_is_not_levied_again() -> None:
    o = origin(day=date(2026, 1, 5))
    who = person(o)
    enrolments.enrol_for_year(o, who, kind="1501", year=2026)
    levy = levies.issue_for_person(
        o, who, insurance="390", first=date(2026, 1, 1), last=date(2026, 12, 31), amount=D(400)
    )
    assert tax_says(o, levy.number, paid_on=date(2026, 1, 5), message="t-1").applied
    assert aid.enrol(origin(), who, POOR, year=2026).aided
    assert Levy.objects.count() == 1


def test_the_next_year_and_no_other_can_be_enrolled() -> None:
    who = person(origin(day=date(2026, 10, 8)))
    spell = aid.enrol(origin(day=date(2026, 10, 8)), who, POOR, year=2027)
    assert (spell.start_on, spell.end_on) == (date(2027, 1, 1), date(2027, 12, 31))
    for year in (2025, 2028):
        with pytest.raises(EnrolmentRefused, match="参保年度|已经结束|年度"):
            aid.enrol(origin(day=date(2026, 10, 8)), person(origin(), year), POOR, year=year)


def test_an_employee_is_not_enrolled_as_a_resident_beside_it() -> None:
    who = person(origin())
    enrolments.enrol(origin(), who, insurance="310", kind="1103", start_on=date(2026, 2, 1))
    with pytest.raises(AlreadyEnrolled, match="正在参加职工医保"):
        aid.enrol(origin(), who, POOR, year=2026)


# Hardship ----------------------------------------------------------------------------------------------------------


def means(**said: Any) -> Means:
    plain: dict[str, Any] = {
        "authorised_on": date(2026, 2, 25),
        "people": 3,
        "income": D("21600.00"),
        "property": D(0),
        "spending": D("36000.50"),
        "opinion": "情况属实",
        "checked_by": 77,
        "checked_at": instant(date(2026, 2, 26)),
    }
    return Means(**{**plain, **said})


def test_a_finding_makes_a_status_for_the_term() -> None:
    who = person(origin())
    status = aid.recognise_hardship(origin(case=5), who, means())
    assert status is not None
    assert (status.category, status.start_on, status.end_on) == ("illness-poverty", DAY, date(2027, 3, 1))
    check = MeansCheck.objects.get(case=5)
    assert (check.people, check.income_fen, check.property_fen, check.spending_fen) == (
        3,
        2160000,
        0,
        3600050,
    )
    assert (check.actor, check.authorised_on, unsealed(check, "opinion")) == (
        77,
        date(2026, 2, 25),
        "情况属实",
    )
    assert {c.register for c in of_case(5)} == {"meanscheck", "aidstatus"}


def test_approved_anew_the_new_finding_stands_and_the_status_goes_on() -> None:
    who = person(origin())
    first = aid.recognise_hardship(origin(case=5), who, means())
    again = aid.recognise_hardship(origin(case=5, day=date(2026, 3, 20)), who, means(people=4))
    assert first is not None
    assert again is not None
    assert (again.pk, again.start_on, again.end_on) == (first.pk, DAY, date(2027, 3, 19))
    assert MeansCheck.objects.get(case=5).people == 4
    assert [(c.before, c.after) for c in of_case(5) if c.field == "people"] == [("3", "4")]


def test_nobody_is_checked_without_the_households_authority() -> None:
    who = person(origin())
    with pytest.raises(AidRefused, match="家庭授权以后才能核查"):
        aid.recognise_hardship(origin(case=5), who, means(authorised_on=date(2026, 2, 27)))
    with pytest.raises(AidRefused, match="在办件中进行"):
        aid.recognise_hardship(origin(), who, means())
    assert not MeansCheck.objects.exists()


def test_what_civil_affairs_recognised_stands_before_it() -> None:
    taken(row())
    assert aid.recognise_hardship(origin(case=5), found(), means()) is None
    assert spells(found()) == [(POOR, date(2026, 2, 1), None)]
    assert MeansCheck.objects.count() == 1, "the finding is on record all the same"


# Cases that a list opens -------------------------------------------------------------------------------------------

BAZHOU = ("bazhou", "agency", "premium-subsidy")


def test_a_list_opens_a_case_a_line_once(house: House) -> None:
    house.version(BAZHOU)
    person(origin("bazhou"), 1)
    clerk = Actor(77, "经办人")
    lines = [row(1), row(2), row(3, number="x")]
    opened = aid_lists.open_cases("bazhou", lines, batch="2026-1", year=2026, actor=clerk, now=house.now)
    assert [(o.line, o.case is not None) for o in opened] == [(1, True), (2, True), (3, False)]
    assert "18位" in opened[2].why
    first, second = opened[0].case, opened[1].case
    assert first is not None
    assert second is not None
    assert (first.state.facts["person"], second.state.facts["person"]) == ("known", "new")
    again = aid_lists.open_cases("bazhou", lines, batch="2026-1", year=2026, actor=clerk, now=house.now)
    assert [o.case and o.case.id for o in again] == [first.id, second.id, None]
    assert Case.objects.count() == 2
    view = house.act(house.act(second, "accept"), "enter")
    view = house.act(view, "enrol")
    assert view.step == "request"
    here = persons.find("bazhou", "01", new_number(2))
    assert here is not None
    assert enrolments.on(here, DAY).aided
    assert AidStatus.objects.get(person=here).flagged


def test_where_people_apply_a_list_opens_nothing(house: House) -> None:
    house.version(("luanzhou", "agency", "premium-subsidy"))
    with pytest.raises(RegistryError, match="由救助对象申请"):
        aid_lists.open_cases("luanzhou", [row()], batch="1", year=2026, actor=Actor(1, "x"), now=house.now)
