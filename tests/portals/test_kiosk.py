"""A self-service machine: what one visitor did is gone before the next comes, whatever the page does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from jingban.access.models import User
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import NOW, published, signed_in, staff


@pytest.fixture
def machine() -> Client:
    """A browser that staff made a machine."""
    client = Client()
    client.cookies["kiosk"] = "1"
    assert client.get("/kiosk/").status_code == 200
    return client


def region_with_queries() -> str:
    """Both entries of the tiles are published in a region whose guide offers the query at a machine."""
    kiosk = next(
        i
        for i in effective_all()
        if i.item == "person-enrolment-query" and "kiosk" in {c.id for c in i.channels}
    )
    published(kiosk)
    published(
        next(i for i in effective_all() if i.item == "enrolment-certificate" and i.region == kiosk.region)
    )
    return kiosk.region


def lives_for(client: Client) -> float:
    """Seconds that the server keeps the visitor's session."""
    ends = Session.objects.get(pk=client.session.session_key).expire_date
    return float((ends - timezone.now()).total_seconds())


def test_six_tiles_and_no_other_navigation(machine: Client) -> None:
    text = machine.get("/kiosk/", {"region": region_with_queries()}).content.decode()
    assert text.count('class="tile"') == 6
    assert 'class="tabbar' not in text
    assert "主导航" not in text
    assert "data-kiosk" in machine.get("/").content.decode()
    assert "data-kiosk" not in Client().get("/").content.decode()


def test_a_tile_leads_where_the_guide_lets_a_machine_do_it(machine: Client) -> None:
    region = region_with_queries()
    text = machine.get("/kiosk/", {"region": region}).content.decode()
    assert f"/apply/{region}/agency/person-enrolment-query/" in text
    certificate = next(i for i in effective_all() if i.item == "enrolment-certificate" and i.region == region)
    assert {c.id for c in certificate.channels} == {"window"}
    assert f"/guide/{region}/agency/enrolment-certificate/" in text
    assert "先看指南" in text


def test_the_machine_keeps_its_region(machine: Client) -> None:
    region = region_with_queries()
    machine.get("/kiosk/", {"region": region})
    machine.post("/kiosk/leave/")
    assert f"/guide/{region}/" in machine.get("/kiosk/").content.decode()


def test_a_visit_lasts_a_minute_from_the_last_request(machine: Client, person: User) -> None:
    assert machine.post("/login/", {"username": "wang", "password": "x"}).url == "/kiosk/"
    assert 50 < lives_for(machine) <= 60
    Session.objects.filter(pk=machine.session.session_key).update(
        expire_date=timezone.now() + timedelta(seconds=5)
    )
    assert machine.post("/kiosk/alive/").status_code == 204
    assert 50 < lives_for(machine) <= 60


def test_after_a_minute_the_server_knows_nobody(machine: Client, person: User) -> None:
    machine.force_login(person)
    assert machine.get("/my/").status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert "/login/" in machine.get("/my/").url


def test_leaving_wipes_the_session_and_the_visitors_own_settings(machine: Client, person: User) -> None:
    machine.force_login(person)
    machine.post("/editions/", {"edition": "large", "next": "/kiosk/"})
    before = machine.session.session_key
    assert machine.post("/kiosk/leave/").url == "/kiosk/"
    assert not Session.objects.filter(pk=before).exists()
    text = machine.get("/kiosk/").content.decode()
    assert 'class="large' not in text
    assert "/login/" in machine.get("/my/").url


def test_what_progress_was_shown_is_forgotten_too(
    machine: Client, entry: EffectiveItem, person: User
) -> None:
    session = machine.session
    session["progress"] = {"some-number": NOW.timestamp()}
    session.save()
    machine.post("/kiosk/leave/")
    assert "progress" not in machine.session


def test_the_browser_keeps_nothing(machine: Client) -> None:
    for address in ("/kiosk/", "/", "/login/", "/progress/"):
        assert machine.get(address)["Cache-Control"] == "no-store", address
    text = machine.get("/login/").content.decode()
    assert text.count('autocomplete="off"') == 2


def test_an_ordinary_browser_keeps_its_session(person: User) -> None:
    client = Client()
    client.force_login(person)
    client.get("/my/")
    assert lives_for(client) > 3600


def test_looking_at_the_page_makes_nothing_a_machine_and_signs_nobody_out(person: User) -> None:
    client = signed_in(person)
    text = client.get("/kiosk/").content.decode()
    assert "把这台设备设为自助机？" in text
    assert "/kiosk/on/" not in text, "a citizen's telephone stays one"
    assert "kiosk" not in client.cookies
    assert client.get("/my/").status_code == 200
    assert "data-kiosk" not in client.get("/").content.decode()
    assert "/login/?next=/kiosk/%3Fregion%3Dx" in Client().get("/kiosk/?region=x").content.decode()


def test_staff_make_a_machine_of_it_and_are_signed_out(entry: EffectiveItem, person: User) -> None:
    client = signed_in(staff(entry, "window"))
    page = client.get("/kiosk/", {"region": entry.region}).content.decode()
    assert 'action="/kiosk/on/"' in page
    assert f'<option value="{entry.region}" selected>' in page
    assert client.get("/kiosk/on/").status_code == 405
    done = client.post("/kiosk/on/", {"region": entry.region})
    assert done.url == f"/kiosk/?region={entry.region}"
    assert "data-kiosk" in client.get(done.url).content.decode()
    assert "/login/" in client.get("/my/").url


def test_only_staff_make_a_machine_of_it(person: User) -> None:
    assert "/login/" in Client().post("/kiosk/on/").url
    client = signed_in(person)
    assert client.post("/kiosk/on/").status_code == 403
    assert "kiosk" not in client.cookies


def test_only_staff_make_an_ordinary_browser_of_it(
    machine: Client, entry: EffectiveItem, person: User
) -> None:
    assert machine.post("/kiosk/off/").status_code in (302, 403)
    machine.force_login(person)
    assert machine.post("/kiosk/off/").status_code == 403
    machine.force_login(staff(entry, "window"))
    assert "不再作自助机" in machine.get("/kiosk/").content.decode()
    assert machine.post("/kiosk/off/").url == "/"
    assert "data-kiosk" not in machine.get("/").content.decode()
