"""加盖单位公章 online: the unit's operator confirms what an employee handed in, and the clerk sees it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from jingban.access.models import User
from jingban.access.service import Actor
from jingban.cases import actions
from jingban.cases.models import Case
from jingban.cases.view import read
from jingban.portals.checklist import ticked
from jingban.registry import enrolments, identity, units
from jingban.registry.models import Enrolment, Person, Unit, UnitSeal
from jingban.registry.unit_seals import waiting, wanted
from jingban.rulebook.cache import effective_all, effective_item
from tests.portals.conftest import NOW, published, signed_in
from tests.registry import factories as made

CHANGE = ("puyang", "agency", "employee-info-change")


@pytest.fixture
def unit() -> Unit:
    return made.unit(made.origin())


@pytest.fixture
def worker(unit: Unit) -> Person:
    found = made.person(made.origin(), 1)
    enrolments.enrol(made.origin(), found, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=unit)
    return found


def account(name: str, person: Person | None = None) -> User:
    user = User.objects.create_user(name, password="x", name=f"{name}某")
    if person is not None:
        identity.bind(user.pk, name=person.name, source="试验", at=NOW, person=person)
    return user


def sealer(unit: Unit, name: str = "sealer", person: Person | None = None) -> Client:
    user = account(name, person)
    units.name_operator(made.origin(), unit, user.pk, may_declare=False, may_query=False, may_seal=True)
    return signed_in(user)


def handed_in(worker: Person, **answers: str) -> str:
    """The employee changes the own name online: key information, which the unit seals."""
    row = published(effective_item(*CHANGE))
    user = User.objects.filter(username="worker").first() or account("worker", worker)
    return actions.apply(
        version=row.pk,
        application=actions.Application(
            answers={**made.who(1), **(answers or {"new_name": "新名字"})}, channel="online"
        ),
        actor=Actor(user.pk, "worker"),
        key=None,
        now=NOW,
    ).number


def test_the_operator_confirms_and_the_clerk_sees_it(unit: Unit, worker: Person) -> None:
    number = handed_in(worker)
    client = sealer(unit)
    listed = client.get(f"/unit/{unit.pk}/seals/").content.decode()
    assert number in listed
    page = client.get(f"/unit/{unit.pk}/seals/{number}/").content.decode()
    assert "新名字" in page
    assert made.new_number(1) not in page, "numbers are masked"
    view = read(Case.objects.get().pk)[0]
    (before,) = [slot for slot in ticked(view, None, ()) if slot.vouched]
    assert (before.on, before.vouched) == (False, "要加盖单位公章：单位还没有在线确认")
    assert client.post(f"/unit/{unit.pk}/seals/{number}/", {"go": "confirm"}).status_code == 302
    (after,) = [slot for slot in ticked(view, None, ()) if slot.vouched]
    assert after.on, "the sealed form counts as brought"
    assert after.vouched == f"单位已在线确认（加盖单位公章）：{unit.name}，sealer某，2026年3月2日"
    assert number not in _waiting(client.get(f"/unit/{unit.pk}/seals/").content.decode())
    client.post(f"/unit/{unit.pk}/seals/{number}/", {"go": "confirm"})
    assert UnitSeal.objects.count() == 1, "twice is once"
    own = signed_in(User.objects.get(username="worker")).get(f"/my/{number}/").content.decode()
    assert "单位已在线确认（加盖单位公章）" in own


def _waiting(page: str) -> str:
    return page.split("最近的答复", maxsplit=1)[0]


def test_declining_wants_a_reason_and_can_be_taken_back(unit: Unit, worker: Person) -> None:
    number, client = handed_in(worker), sealer(unit)
    where = f"/unit/{unit.pk}/seals/{number}/"
    empty = client.post(where, {"go": "decline"})
    assert empty.status_code == 422
    assert "请写明不予确认的理由" in empty.content.decode()
    assert client.post(where, {"go": "decline", "reason": "姓名和合同不符"}).status_code == 302
    view = read(Case.objects.get().pk)[0]
    (line,) = [slot for slot in ticked(view, None, ()) if slot.vouched]
    assert not line.on
    assert "理由：姓名和合同不符" in line.vouched
    assert (
        "姓名和合同不符"
        in signed_in(User.objects.get(username="worker")).get(f"/my/{number}/").content.decode()
    )
    client.post(where, {"go": "confirm"})
    (line,) = [slot for slot in ticked(view, None, ()) if slot.vouched]
    assert line.on, "the last word counts"


def test_only_the_unit_of_the_day_seals(unit: Unit, worker: Person) -> None:
    number = handed_in(worker)
    other = made.unit(made.origin(), 2)
    stranger = sealer(other, "stranger")
    assert number not in stranger.get(f"/unit/{other.pk}/seals/").content.decode()
    assert stranger.get(f"/unit/{other.pk}/seals/{number}/").status_code == 403
    assert stranger.post(f"/unit/{other.pk}/seals/{number}/", {"go": "confirm"}).status_code == 403
    client = sealer(unit)
    Enrolment.objects.update(end_on=date(2026, 3, 1))
    assert client.post(f"/unit/{unit.pk}/seals/{number}/", {"go": "confirm"}).status_code == 403
    assert not UnitSeal.objects.exists()


def test_nobody_seals_the_own_application(unit: Unit, worker: Person) -> None:
    number = handed_in(worker)
    user = User.objects.get(username="worker")
    units.name_operator(made.origin(), unit, user.pk, may_seal=True)
    answer = signed_in(user).post(f"/unit/{unit.pk}/seals/{number}/", {"go": "confirm"})
    assert answer.status_code == 422
    assert "请由本单位另一位经办人确认" in answer.content.decode()


def test_what_is_no_key_information_wants_no_seal(unit: Unit, worker: Person) -> None:
    handed_in(worker, new_phone="13012340002")
    case = Case.objects.get()
    assert waiting(unit, made.DAY) == []
    assert [slot for slot in ticked(read(case.pk)[0], None, ()) if slot.vouched] == []


def test_a_word_is_never_altered(unit: Unit, worker: Person) -> None:
    number, client = handed_in(worker), sealer(unit)
    client.post(f"/unit/{unit.pk}/seals/{number}/", {"go": "confirm"})
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        UnitSeal.objects.update(given=False, reason="x")
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        UnitSeal.objects.all()._raw_delete("default")


def test_a_form_that_a_hospital_seals_too_stays_on_paper() -> None:
    seals = {
        slot.material.seal
        for item in effective_all()
        for slot in wanted(
            item, {n.id for m in item.materials for n in m.for_whom} | {"key-info-change"}, "online"
        )
    }
    assert seals
    assert all(re.match("单位(公章|印章)", seal or "") for seal in seals)
    assert not any("医院" in (seal or "") for seal in seals)
