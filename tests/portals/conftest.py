"""A house with one or a few published entries and its demo users, for the doors of the portals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client

from jingban.access.models import Grant, User
from jingban.benefits import service as benefits
from jingban.cases.procedures import procedure_of
from jingban.core.localtime import SHANGHAI
from jingban.portals import charts, doors
from jingban.rulebook import phrases, publish
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import PublishedItem
from jingban.walk.answers import answers_for as samples
from tests.houses import House

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
PERSON = {"name": "张三", "id_number": "11010519491231002X", "phone": "13812345678"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/portals" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db(databases="__all__"))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[datetime], None]]:
    """The doors' clock stands still; versions of rolled-back tests are forgotten."""
    for kept in (publish.version, procedure_of, charts._drawn, phrases._of_region):
        kept.cache_clear()
    cache.clear()
    monkeypatch.setattr(doors, "now", lambda: NOW)
    yield lambda moment: monkeypatch.setattr(doors, "now", lambda: moment)
    for kept in (publish.version, procedure_of, charts._drawn):
        kept.cache_clear()


@pytest.fixture
def house() -> House:
    """Where cases are led, with the demo's catalogue of what is paid for."""
    benefits.load_demo_catalogue(NOW)
    return House(now=NOW)


def published(item: EffectiveItem) -> PublishedItem:
    (row,) = publish.publish([item], now=NOW)
    return row


def plain_entry() -> EffectiveItem:
    """An entry of the plain procedure for a person, asked online, with materials that always are due."""
    return next(
        item
        for item in effective_all()
        if item.process.process in ("standard", "payment")
        and item.subject == "person"
        and {c.id for c in item.channels} & {"online"}
        and any(m.required and not (m.for_whom or m.when or m.channel or m.unless) for m in item.materials)
        and not item.opens
    )


@pytest.fixture
def entry() -> EffectiveItem:
    item = plain_entry()
    published(item)
    return item


@pytest.fixture
def person() -> User:
    return User.objects.create_user("wang", password="x", name="王某")


def staff(item: EffectiveItem, *roles: str, name: str = "") -> User:
    user = User.objects.create_user(name or "-".join(roles), password="x", name=name or "".join(roles))
    for role in roles:
        Grant.objects.create(user=user, region=item.region, role=role, start_on="2026-01-01")
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def apply_url(item: EffectiveItem) -> str:
    return f"/apply/{item.region}/{item.tier}/{item.item}/"


def steps_page(client: Client, item: EffectiveItem, step: str, **typed: object) -> str:
    """The page of one step of a fresh application by a citizen, what comes before it filled in."""
    address = client.get(f"{apply_url(item)}?new=1").url.rsplit("/", 2)[0]
    first = client.get(f"{address}/situation/", follow=True)
    where = first.redirect_chain[-1][0] if first.redirect_chain else f"{address}/situation/"
    client.post(where, {"seen": 0, "go": "next", **typed})
    answer = client.get(f"{address}/{step}/")
    assert answer.status_code == 200, answer.headers.get("Location")
    return str(answer.content.decode())


def hand_in(client: Client, item: EffectiveItem, **more: object) -> str:
    """Hand an application in, step by step or at a counter in one page, and give the case's number."""
    typed = {**samples(item, PERSON), "office": item.accepted_by[0].id, **more, "go": "next"}
    begun = client.get(f"{apply_url(item)}?new=1")
    if begun.status_code == 302:
        return _by_steps(client, begun.url, typed)
    sent = {"received": "here/id-card", "key": "once", **typed, "go": "submit"}
    answer = client.post(apply_url(item), sent)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url).split("/")[2]


def _by_steps(client: Client, where: str, typed: dict[str, object]) -> str:
    for seen in range(4):
        last = where.endswith("/check/")
        answer = client.post(where, {**typed, "seen": seen, **({"go": "submit"} if last else {})})
        assert answer.status_code == 302, answer.content.decode()
        where = answer.url
        if last:
            return where.split("/")[2]
    raise AssertionError(where)
