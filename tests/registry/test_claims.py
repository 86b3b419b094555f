"""Two open cases on one field: both are told, the first that is approved stands."""

from __future__ import annotations

from typing import Any

import pytest

from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.cases.work import work_of
from jingban.processes.state import Event
from jingban.registry import claims, persons
from jingban.registry.errors import RegisterMoved
from jingban.registry.models import Change, Claim, Enrolment, Insurance, Person
from jingban.registry.models.enrolments import Kind
from jingban.registry.preview import preview
from jingban.rulebook import publish
from tests.houses import House, forget_versions, staff
from tests.registry import factories as made

pytestmark = pytest.mark.django_db(databases="__all__")

CHANGE = ("puyang", "agency", "resident-info-change")


@pytest.fixture
def house() -> House:
    forget_versions()
    return House()


@pytest.fixture
def resident() -> Person:
    origin = made.origin()
    person = made.person(origin, 1)
    Enrolment.objects.create(
        **origin.columns(),
        person=person,
        insurance=Insurance.RESIDENT,
        kind=Kind.ADULT,
        start_on=made.DAY.replace(month=1, day=1),
    )
    return person


def accepted(house: House, **answers: str) -> CaseView:
    """A change of the resident's data, filed at the counter and accepted."""
    view = house.apply(CHANGE, answers={**made.who(1), **answers})
    return house.act(view, "accept", actor=staff(8, "window", region=CHANGE[0]))


def seen(view: CaseView) -> Any:
    event = Event(view.seq, "look", 9, None, view.opened_at, view.step, view.step, {})
    return work_of(view, event, publish.version(view.version_id).item)


def test_a_case_claims_what_it_means_to_change(house: House, resident: Person) -> None:
    view = accepted(house, new_phone="13000000001")
    (claim,) = Claim.objects.filter(case=view.id)
    assert (claim.register, claim.field, claim.row) == ("person", "phone", resident.pk)


def test_two_cases_on_one_field_know_of_each_other(house: House, resident: Person) -> None:
    first = accepted(house, new_phone="13000000001")
    second = accepted(house, new_phone="13000000002", new_address="试验路2号")
    other = accepted(house, new_place="试验村")
    (conflict,) = claims.conflicts(seen(first))
    assert (conflict.number, conflict.fields) == (second.number, ("个人信息·电话",))
    assert [c.number for c in claims.conflicts(seen(second))] == [first.number]
    assert claims.conflicts(seen(other)) == []


def test_the_first_that_is_approved_stands(house: House, resident: Person) -> None:
    first = accepted(house, new_phone="13000000001")
    second = accepted(house, new_phone="13000000002")
    house.act(first, "approve")
    assert claims.conflicts(seen(second)) == []  # the other is no longer open
    with pytest.raises(RegisterMoved, match=f"“个人信息·电话”已经由办件{first.number}变更"):
        house.act(second, "approve")
    assert Case.objects.get(pk=second.id).outcome is None
    returned = house.act(second, "return")
    again = house.act(returned, "accept", actor=staff(8, "window", region=CHANGE[0]))
    done = house.act(again, "approve")
    assert done.outcome == "granted"
    assert Change.objects.filter(row=resident.pk, register="person", field="phone").count() == 2


def test_other_fields_go_their_own_way(house: House, resident: Person) -> None:
    first = accepted(house, new_phone="13000000001")
    second = accepted(house, new_address="试验路2号")
    assert house.act(first, "approve").outcome == "granted"
    assert house.act(second, "approve").outcome == "granted"


def test_two_first_enrolments_of_one_person_are_found(house: House) -> None:
    entry = ("puyang", "agency", "resident-enrolment")
    answers = {**made.who(3), "resident_kind": "adult", "insured_year": "2026"}
    first, second = house.apply(entry, answers=answers), house.apply(entry, answers=answers)
    assert [c.number for c in claims.conflicts(seen(first))] == [second.number]
    assert persons.find("puyang", "01", made.new_number(3)) is None  # the trial runs left nothing


def test_a_preview_leaves_no_trace(house: House, resident: Person) -> None:
    view = accepted(house, new_phone="13000000001")
    before = Change.objects.count()
    tried = preview(seen(view))
    assert [(c.register, c.field, c.after) for c in tried.changes] == [("person", "phone", "13000000001")]
    assert Change.objects.count() == before
    refused = preview(seen(accepted(house, new_id_number=made.new_number(1))))
    assert refused.fault
    assert not refused.changes
