"""Taking a number, the screen of the hall, calling at the window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

from jingban.access.models import User
from jingban.portals import book
from jingban.portals.desk import tickets as desk
from jingban.portals.public.progress import TooManyTries
from jingban.portals.throttle import TICKETS
from jingban.rulebook.effective import EffectiveItem
from jingban.tickets import service as tickets
from tests.portals.conftest import NOW, signed_in, staff


@pytest.fixture
def hall(entry: EffectiveItem) -> tuple[str, str]:
    return entry.region, book.region_card(entry.region).offices[0].id


def taken(client: Client, region: str, hall: str) -> str:
    assert client.post(f"/queue/{region}/", {"hall": hall}).status_code == 302
    return client.get(f"/queue/{region}/").content.decode()


def test_a_number_is_taken_once_and_called_to_a_window(entry: EffectiveItem, hall: tuple[str, str]) -> None:
    region, key = hall
    first, second = Client(), Client()
    assert "A001" in taken(first, *hall)
    assert "A001" in taken(first, *hall)  # pressed twice
    page = taken(second, *hall)
    assert "A002" in page
    assert "前面还有 <b>1</b> 人" in page
    window = signed_in(staff(entry, "window"))
    call = {"hall": f"{region}/{key}", "window": "3", "go": "next"}
    assert "请A001号到3号窗口" in window.post("/desk/tickets/", call, follow=True).content.decode()
    assert "请到 3 号窗口" in first.get(f"/queue/{region}/").content.decode()
    screen = Client().get(f"/queue/{region}/{key}/").content.decode()
    assert "A001" in screen
    assert "A002" not in screen
    assert 'hx-trigger="every 5s"' in screen
    one, two = tickets.Ticket.objects.order_by("number").values_list("pk", flat=True)
    shown = window.get("/desk/tickets/").content.decode()
    assert shown.count(f'name="ticket" value="{one}"') == 2, "calling the next ends whom the page shows"
    call["ticket"] = str(one)
    for _ in range(2):  # pressed twice
        assert "请A002号到3号窗口" in window.post("/desk/tickets/", call, follow=True).content.decode()
    call["ticket"] = str(two)
    assert "没有人在等" in window.post("/desk/tickets/", call, follow=True).content.decode()
    assert (
        "A001" not in Client().get(f"/queue/{region}/{key}/", headers={"HX-Request": "true"}).content.decode()
    )


def test_who_takes_number_after_number_is_held_up(
    hall: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new visitor each time, all from one address; who holds a number keeps it, other addresses go on."""
    monkeypatch.setattr(desk, "TICKETS", replace(TICKETS, most=3))
    region, key = hall
    first = Client()
    assert "A001" in taken(first, *hall)
    for _ in range(2):
        taken(Client(), *hall)
    refused = Client().post(f"/queue/{region}/", {"hall": key})
    assert refused.status_code == 429
    assert "取的号太多，请十五分钟后再取" in refused.content.decode()
    assert tickets.Ticket.objects.count() == 3
    assert "A001" in taken(first, *hall), "pressed again it is the same number, which costs nothing"
    assert Client(REMOTE_ADDR="192.0.2.7").post(f"/queue/{region}/", {"hall": key}).status_code == 302
    assert tickets.Ticket.objects.count() == 4


def test_an_honest_hall_behind_one_address_is_not_locked_out() -> None:
    """Three machines, each a number every ten seconds for a quarter of an hour."""
    for _ in range(3 * 90):
        TICKETS.spend("192.0.2.8")
    for _ in range(TICKETS.most - 3 * 90):
        TICKETS.spend("192.0.2.8")
    with pytest.raises(TooManyTries, match="直接到窗口"):
        TICKETS.spend("192.0.2.8")


def test_two_windows_call_two_people_and_each_ends_its_own(hall: tuple[str, str]) -> None:
    region, key = hall
    for _ in range(2):
        tickets.take(region=region, hall=key, now=NOW)
    one = tickets.call_next(region=region, hall=key, window="1", actor=1, now=NOW)
    two = tickets.call_next(region=region, hall=key, window="2", actor=2, now=NOW)
    assert one
    assert two
    assert (one.code, two.code) == ("A001", "A002")
    with pytest.raises(tickets.TicketNotFound):
        tickets.end(one.pk, actor=2, now=NOW)
    for _ in range(2):  # pressed twice
        assert tickets.end(one.pk, actor=1, now=NOW, missed=True).state == "missed"
    assert tickets.current(region, key, NOW.date(), 2) == two


def test_a_page_from_before_passes_nobody_over(hall: tuple[str, str]) -> None:
    """Two tabs, or a button pressed twice: the second asks for the next of somebody who is served no more."""
    region, key = hall
    for _ in range(3):
        tickets.take(region=region, hall=key, now=NOW)

    def pressed(seen: tickets.Ticket | None) -> tickets.Ticket | None:
        return tickets.call_next(
            region=region, hall=key, window="1", actor=1, now=NOW, seen=seen.pk if seen else None
        )

    one = pressed(None)
    assert pressed(None) == one
    two = pressed(one)
    assert pressed(one) == two
    assert pressed(None) == two
    assert [t.state for t in tickets.Ticket.objects.order_by("number")] == ["done", "called", "waiting"]


def test_who_goes_to_another_hall_gives_the_first_number_up(entry: EffectiveItem) -> None:
    region = entry.region
    here, there = (o.id for o in book.region_card(region).offices[:2])
    client = Client()
    taken(client, region, here)
    taken(client, region, there)
    today = NOW.date()
    assert (tickets.waiting(region, here, today), tickets.waiting(region, there, today)) == (0, 1)
    taken(client, region, here)
    last = tickets.Ticket.objects.filter(hall=here).order_by("-number").first()
    assert last is not None
    assert (last.code, last.state) == ("A002", "waiting"), "a number given up is nobody else's"
    assert tickets.called(region, here, today) == []


def test_every_day_begins_anew(hall: tuple[str, str]) -> None:
    region, key = hall
    tickets.take(region=region, hall=key, now=NOW)
    tomorrow = tickets.take(region=region, hall=key, now=NOW + timedelta(days=1))
    assert tomorrow.number == 1
    assert tickets.waiting(region, key, NOW.date()) == 1


def test_who_lost_the_race_for_a_number_gets_the_next_try(
    hall: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    region, key = hall
    create, beaten = tickets.Ticket.objects.create, []

    def late(**values: object) -> tickets.Ticket:
        if not beaten:
            beaten.append(values)
            raise IntegrityError
        return create(**values)

    monkeypatch.setattr(tickets.Ticket.objects, "create", late)
    assert tickets.take(region=region, hall=key, now=NOW).number == 1
    assert beaten


def test_who_may_call_and_where(entry: EffectiveItem, hall: tuple[str, str], person: User) -> None:
    assert signed_in(person).get("/desk/tickets/").status_code == 403
    assert signed_in(staff(entry, "expert")).get("/desk/tickets/").status_code == 403
    client = signed_in(staff(entry, "window"))
    assert "在等" in client.get("/desk/tickets/").content.decode()
    for wrong in ({"hall": "nowhere/x", "window": "1"}, {"hall": "/".join(hall), "window": " "}):
        answer = client.post("/desk/tickets/", {"go": "next", **wrong}, follow=True)
        assert "请选择大厅" in answer.content.decode()
    assert client.post("/desk/tickets/", {"go": "done", "ticket": "77"}).status_code == 404
    for address in (f"/queue/{hall[0]}/nowhere/", "/queue/nowhere/"):
        assert client.get(address).status_code == 404
