"""A case opened by its query code: for half an hour, and kept by no browser and no proxy on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from jingban.access.models import User
from jingban.cases.models import Case
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import NOW, hand_in, signed_in


@pytest.fixture
def case(person: User, entry: EffectiveItem) -> Case:
    return Case.objects.get(number=hand_in(signed_in(person), entry))


@pytest.fixture
def visitor(case: Case) -> Client:
    """Somebody who showed the code."""
    client = Client()
    assert client.post("/progress/", {"number": case.number, "code": case.query_code}).status_code == 302
    return client


def test_no_page_of_a_visitor_with_a_session_is_kept(visitor: Client, case: Case) -> None:
    for address in (f"/progress/{case.number}/", "/", "/progress/"):
        assert visitor.get(address)["Cache-Control"] == "private, no-store", address
    assert "no-store" not in Client().get("/").headers.get("Cache-Control", ""), "nothing is told of nobody"


def test_the_code_opens_the_case_for_half_an_hour(
    visitor: Client, case: Case, clock: Callable[[datetime], None]
) -> None:
    clock(NOW + timedelta(minutes=29))
    assert visitor.get(f"/progress/{case.number}/").status_code == 200
    clock(NOW + timedelta(minutes=31))
    assert visitor.get(f"/progress/{case.number}/").url == f"/progress/?number={case.number}"
    visitor.post("/progress/", {"number": case.number, "code": case.query_code})
    assert visitor.get(f"/progress/{case.number}/").status_code == 200


def test_a_session_of_an_older_version_opens_nothing(case: Case) -> None:
    client = Client()
    session = client.session
    session["progress"] = [case.number]
    session.save()
    assert client.get(f"/progress/{case.number}/").status_code == 302
