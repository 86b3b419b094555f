"""好差评: by the applicant, after the end, once and added to once."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from jingban.access.models import Mandate, User
from jingban.access.service import actor_of
from jingban.cases.models import Case
from jingban.cases.view import read_numbered
from jingban.rulebook.effective import EffectiveItem
from jingban.supervision import service
from jingban.supervision.models import Rating
from tests.portals.conftest import NOW, hand_in, signed_in, staff


@pytest.fixture
def number(person: User, entry: EffectiveItem) -> str:
    return hand_in(signed_in(person), entry)


def ended(person: User, number: str) -> None:
    sent = {"seen": Case.objects.get(number=number).seq, "key": "w"}
    assert signed_in(person).post(f"/my/{number}/do/withdraw/", sent).status_code == 302


def test_not_before_the_end(person: User, number: str) -> None:
    client = signed_in(person)
    assert "为这次服务打分" not in client.get(f"/my/{number}/").content.decode()
    page = client.post(f"/my/{number}/rate/", {"stars": "5", "words": "很好"})
    assert page.status_code == 422
    assert not Rating.objects.exists()


def test_once_and_added_to_once(person: User, number: str) -> None:
    ended(person, number)
    client = signed_in(person)
    assert "为这次服务打分" in client.get(f"/my/{number}/").content.decode()
    for _ in range(2):
        assert client.post(f"/my/{number}/rate/", {"stars": "2", "words": "等得久"}).status_code == 302
    found = Rating.objects.get()
    assert (found.stars, found.later_stars) == (2, None), "the same again is no addition"
    assert "等得久".encode() not in bytes(found.words)
    assert client.post(f"/my/{number}/rate/", {"stars": "4", "words": "后来改了"}).status_code == 302
    text = client.get(f"/my/{number}/").content.decode()
    for said in ("不满意", "等得久", "追评", "后来改了"):
        assert said in text
    assert "提交评价" not in text
    page = client.post(f"/my/{number}/rate/", {"stars": "1", "words": "第三次"})
    assert page.status_code == 409
    assert service.rated(found.case_id).later_words == "后来改了"  # type: ignore[union-attr]


def test_words_are_sealed_anew_by_a_new_key(person: User, number: str, settings: Any) -> None:
    ended(person, number)
    signed_in(person).post(f"/my/{number}/rate/", {"stars": "2", "words": "等得久"})
    keys = settings.JINGBAN_KEYS
    second = {"algorithm": "aes-256-gcm", "key": base64.b64encode(b"n" * 32).decode()}
    settings.JINGBAN_KEYS = {**keys, "current": 2, "keys": {**keys["keys"], "2": second}}
    assert service.reseal_ratings() == 1
    assert service.reseal_ratings() == 0
    assert service.rated(Rating.objects.get().case_id).words == "等得久"  # type: ignore[union-attr]


@pytest.mark.parametrize("stars", ["", "0", "6", "x"])
def test_a_level_is_one_of_five_and_words_are_kept(person: User, number: str, stars: str) -> None:
    ended(person, number)
    page = signed_in(person).post(f"/my/{number}/rate/", {"stars": stars, "words": "写了很久的话"})
    assert page.status_code == 422
    assert "写了很久的话</textarea>" in page.content.decode()
    assert not Rating.objects.exists()


def test_the_level_stays_chosen_when_the_words_are_refused(person: User, number: str) -> None:
    ended(person, number)
    page = signed_in(person).post(f"/my/{number}/rate/", {"stars": "2", "words": "长" * 501})
    assert page.status_code == 422
    assert 'name="stars" value="2" checked' in page.content.decode()


def test_nobody_else_rates(person: User, number: str, entry: EffectiveItem) -> None:
    ended(person, number)
    for user in (User.objects.create_user("zhao"), staff(entry, "window")):
        assert signed_in(user).post(f"/my/{number}/rate/", {"stars": "5"}).status_code == 403
    assert not Rating.objects.exists()


def test_an_agent_rates_what_the_mandate_covers(person: User, number: str, entry: EffectiveItem) -> None:
    ended(person, number)
    agent, view = User.objects.create_user("agent"), read_numbered(number)
    mandate = Mandate.objects.create(
        principal=person, agent=agent, items=["something-else"], start_on="2026-01-01"
    )
    for items, may in ((["something-else"], False), ([entry.item], True), ([], True)):
        Mandate.objects.filter(pk=mandate.pk).update(items=items)
        assert service.may_rate(view, actor_of(agent, NOW.date())) is may
