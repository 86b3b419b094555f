"""Taking a number in the hall, the screen that shows who is called, and calling at the window."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from jingban.access.service import Actor, NotAllowed
from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.desk.letters import CLERKS
from jingban.portals.numbers import whole
from jingban.portals.throttle import TICKETS, place_of
from jingban.rulebook.errors import UnknownEntry
from jingban.tickets import service as tickets

TAKEN, PLACE = "ticket", "desk-hall"
LONGEST_WINDOW = 12


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall with how many wait there."""

    region: str
    key: str
    name: str
    address: str
    waiting: str


@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, region: str) -> HttpResponse:
    """The halls of the region, and the own number. Pressed twice, it is the same number."""
    now, own = doors.now(), _own(request, region)
    if request.method == "POST":
        hall = _hall(region, request.POST.get("hall", ""))
        if own is None or own.hall != hall.key:
            TICKETS.spend(place_of(request))
            own = tickets.take(
                region=region, hall=hall.key, now=now, instead_of=own.pk if own is not None else None
            )
            request.session[TAKEN] = [own.pk, region, hall.key]
        return redirect("queue", region)
    halls = _halls(region)
    shown = {
        "region": book.region_card(region),
        "halls": halls,
        "own": own,
        "ahead": tickets.ahead(own) if own else 0,
        "own_hall": next((h for h in halls if own and h.key == own.hall), None),
    }
    return render(request, "desk/tickets/take.html", shown)


def _own(request: HttpRequest, region: str) -> tickets.Ticket | None:
    """The number that this visitor holds today and that was not served yet."""
    kept = request.session.get(TAKEN)
    if not kept or kept[1] != region:
        return None
    own = tickets.find(kept[0], region=region, hall=kept[2])
    today = local_day(doors.now())
    return own if own is not None and own.day == today and own.ended_at is None else None


@require_GET
def screen(request: HttpRequest, region: str, hall: str) -> HttpResponse:
    """Who is called to which window: for the screen in the hall, it looks again by itself."""
    place = _hall(region, hall)
    rows = tickets.called(region, hall, local_day(doors.now()))
    part = bool(request.htmx)  # type: ignore[attr-defined]
    template = "desk/tickets/_screen.html" if part else "desk/tickets/screen.html"
    return render(request, template, {"hall": place, "rows": rows})


@doors.staff_only
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest) -> HttpResponse:
    """Calling at one's own window: the hall and the window are remembered."""
    actor, now = doors.actor(request), doors.now()
    places = [hall for region in _regions(actor) for hall in _halls(region)]
    if not places:
        raise NotAllowed("您的岗位不在窗口叫号。")
    if request.method == "POST":
        _called(request, actor, {f"{hall.region}/{hall.key}" for hall in places})
        return redirect("desk-tickets")
    chosen, window = request.session.get(PLACE, ["", ""])
    here = next((hall for hall in places if f"{hall.region}/{hall.key}" == chosen), None)
    own = tickets.current(here.region, here.key, local_day(now), actor.id) if here else None
    shown = {"places": places, "chosen": chosen, "window": window, "here": here, "own": own}
    return render(request, "desk/tickets/call.html", shown)


def _called(request: HttpRequest, actor: Actor, known: set[str]) -> None:
    go, now = request.POST.get("go", ""), doors.now()
    if go in ("done", "missed"):
        ended = tickets.end(_seen(request) or 0, actor=actor.id, now=now, missed=go == "missed")
        messages.success(request, f"{ended.code} {'已过号' if go == 'missed' else '已办完'}。")
        return
    chosen = request.POST.get("hall", "")
    window = request.POST.get("window", "").strip()[:LONGEST_WINDOW]
    if chosen not in known or not window:
        messages.error(request, "请选择大厅，并填写窗口号。")
        return
    request.session[PLACE] = [chosen, window]
    region, _, hall = chosen.partition("/")
    ticket = tickets.call_next(
        region=region, hall=hall, window=window, actor=actor.id, now=now, seen=_seen(request)
    )
    messages.success(
        request, f"请{ticket.code}号到{window}号窗口。" if ticket is not None else "没有人在等。"
    )


def _seen(request: HttpRequest) -> int | None:
    """The number that was being served when the page was made."""
    return whole(request.POST.get("ticket", "")) or None


def _regions(actor: Actor) -> tuple[str, ...]:
    return tuple(sorted({h.region for h in actor.held if h.role in CLERKS}))


def _halls(region: str) -> tuple[Hall, ...]:
    day, card = local_day(doors.now()), book.region_card(region)
    return tuple(
        Hall(region, o.id, o.name, o.address or "", _words(tickets.waiting(region, o.id, day)))
        for o in card.offices
    )


def _words(count: int) -> str:
    return f"{tickets.BOUND - 1}+" if count >= tickets.BOUND else str(count)


def _hall(region: str, key: str) -> Hall:
    found = next((hall for hall in _halls(region) if hall.key == key), None)
    if found is None:
        raise UnknownEntry("没有这个大厅，请从取号页面重新选。", region=region)
    return found
