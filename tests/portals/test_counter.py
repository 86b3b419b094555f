"""Filing at the counter for who has no account, and choosing the accepting office."""

from __future__ import annotations

import pytest

from jingban.access.models import User
from jingban.cases.models import Case
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import apply_url, hand_in, published, signed_in, staff


@pytest.fixture
def shared() -> EffectiveItem:
    """An entry that two bodies accept."""
    item = next(
        i
        for i in effective_all()
        if len(i.accepted_by) > 1
        and i.process.process in ("standard", "payment", "counter")
        and i.subject == "person"
        and not i.opens
        and not i.facts_asked
    )
    published(item)
    return item


def test_a_clerk_files_for_who_stands_there(entry: EffectiveItem) -> None:
    clerk = staff(entry, "window")
    client = signed_in(clerk)
    assert "您正在窗口代录，申请人本人在场" in client.get(apply_url(entry)).content.decode()
    number = hand_in(client, entry)
    case = Case.objects.get(number=number)
    assert (case.applicant_id, case.channel) == (None, "window")
    receipt = client.get(f"/my/{number}/done/").content.decode()
    assert number in receipt
    assert case.query_code in receipt.replace(" ", "")
    assert f"/desk/case/{number}/" in receipt
    assert number not in client.get("/my/").content.decode()
    assert number in client.get("/desk/").content.decode()
    other = signed_in(staff(entry, "window", name="other"))
    assert other.get(f"/my/{number}/done/").status_code == 403


def test_a_citizen_and_a_clerk_of_another_role_file_for_themselves(
    person: User, entry: EffectiveItem
) -> None:
    for user in (person, staff(entry, "cashier")):
        assert "代录" not in signed_in(user).get(apply_url(entry)).content.decode()
        number = hand_in(signed_in(user), entry)
        assert Case.objects.get(number=number).applicant_id == user.pk


def test_a_township_files_through_its_own_channel() -> None:
    item = next(
        i
        for i in effective_all()
        if i.process.starts == "application"
        and "township" in i.process.steps[i.process.first_ways[-1].to].by
        and i.subject == "person"
        and not i.opens
        and not i.facts_asked
    )
    published(item)
    client = signed_in(staff(item, "township"))
    assert "您正在乡镇（街道）代录" in client.get(apply_url(item)).content.decode()
    assert Case.objects.get(number=hand_in(client, item)).channel == "township"


def test_the_office_is_asked_where_there_are_several(person: User, shared: EffectiveItem) -> None:
    client = signed_in(person)
    page = client.get(apply_url(shared), follow=True).content.decode()
    assert "由哪里受理" in page
    assert all(body.name in page for body in shared.accepted_by)
    where = client.get(apply_url(shared)).url
    for office in ({}, {"office": "nowhere"}):
        lacking = client.post(where, {"seen": 0, "go": "next", **office})
        assert lacking.status_code == 422
        assert lacking.content.decode().count("请选择由哪里受理") == 2, "on top, and beside the choice"
    second = shared.accepted_by[1]
    number = hand_in(client, shared, office=second.id)
    assert Case.objects.get(number=number).office == second.id
    clerk = signed_in(staff(shared, "window"))
    for tab in ("mine", "all"):
        assert number in clerk.get(f"/desk/?tab={tab}").content.decode()


def test_one_office_is_not_asked(person: User, entry: EffectiveItem) -> None:
    assert "由哪里受理" not in signed_in(person).get(apply_url(entry)).content.decode() or (
        len(entry.accepted_by) > 1
    )
