"""Public notices: read by anybody who signed in, objected to by anybody, and nothing else shown."""

from __future__ import annotations

import pytest
from django.test import Client

from jingban.access.models import User
from jingban.cases.models import Case
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import PERSON, hand_in, published, signed_in, staff
from tests.portals.test_desk import do, required


@pytest.fixture
def item() -> EffectiveItem:
    found = next(
        i
        for i in effective_all()
        if i.process.process == "recognition-experts" and i.subject == "person" and not i.opens
    )
    published(found)
    return found


@pytest.fixture
def number(person: User, item: EffectiveItem) -> str:
    """A case on its way to the notice, step by step by the desk."""
    number = hand_in(signed_in(person), item, **{f"fact.{n}": "income" for n in item.facts_asked})
    for turn in range(30):
        case = Case.objects.get(number=number)
        step = item.process.steps[case.step]
        if step.notice:
            return number
        client = signed_in(staff(item, step.by[0], name=f"{step.by[0]}{turn}"))
        if step.panel:
            assert do(client, number, "vote", **{"vote.vote": "yes"}) == 302
            continue
        act, rule = next(iter(step.do.items()))
        carried = {f"{act}.{need}": "符合规定" for need in rule.needs}
        assert do(client, number, act, tick=required(item), **carried) == 302
    raise AssertionError("no notice")


def test_a_stranger_reads_the_notice_and_objects(number: str, item: EffectiveItem) -> None:
    stranger = signed_in(User.objects.create_user("zhao", name="赵某"))
    asked = stranger.get("/notice/", {"number": number.replace("-", "")})
    assert asked.url == f"/notice/{number}/"
    text = stranger.get(asked.url).content.decode()
    assert item.name in text
    assert item.region_full_name in text
    assert "张*" in text
    assert "公示至" in text
    hidden = (*PERSON.values(), Case.objects.get(number=number).query_code)
    assert not any(value in text for value in hidden)
    assert "撤回" not in text
    lacking = {"seen": Case.objects.get(number=number).seq, "key": "o0"}
    assert stranger.post(f"/notice/{number}/do/object/", lacking).status_code == 422
    sent = {**lacking, "key": "o", "object.reason": "情况不符"}
    before = Case.objects.get(number=number).step
    for _ in range(2):
        assert stranger.post(f"/notice/{number}/do/object/", sent).status_code == 302
    after = Case.objects.get(number=number)
    assert after.step == item.process.steps[before].notice.objection  # type: ignore[union-attr]
    assert stranger.get(f"/notice/{number}/").status_code == 404
    assert stranger.get(f"/my/{number}/").status_code == 403


def test_an_objection_comes_through_any_door(number: str) -> None:
    stranger = signed_in(User.objects.create_user("zhao", name="赵某"))
    sent = {"seen": Case.objects.get(number=number).seq, "key": "o", "object.reason": "情况不符"}
    assert stranger.post(f"/my/{number}/do/object/", sent).status_code == 302


def test_signing_in_comes_first(client: Client, number: str) -> None:
    assert "/login/" in client.get(f"/notice/{number}/").url


def test_a_case_without_a_notice_is_not_shown(person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    stranger = signed_in(User.objects.create_user("zhao"))
    assert stranger.get(f"/notice/{number}/").status_code == 404
    sent = {"seen": 1, "key": "o", "object.reason": "情况不符"}
    assert stranger.post(f"/notice/{number}/do/object/", sent).status_code == 404
