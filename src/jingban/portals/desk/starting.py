"""Opening a case at the desk: for somebody who wrote or called, or what nobody applies for."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jingban.access.service import Actor
from jingban.cases.months import MonthNotOver
from jingban.portals import book, doors
from jingban.portals.desk import letters
from jingban.portals.desk.register import rights
from jingban.portals.middleware import status_of
from jingban.portals.person.counter import counters


@doors.staff_only
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Open what nobody applies for: a letter came, a month is over."""
    actor, now, refused = doors.actor(request), doors.now(), None
    sent = {name: request.POST.get(name, "") for name in ("start", "month", "key")}
    if request.method == "POST":
        try:
            view = letters.open_chosen(
                actor=actor, chosen=sent["start"], month=sent["month"], key=sent["key"], now=now
            )
        except (MonthNotOver, letters.MonthWrong) as error:
            refused = error
        else:
            messages.success(request, f"已启动，编号{view.number}。")
            return redirect("desk-case", number=view.number)
    shown = {
        "items": _items(actor),
        "startable": letters.startable(actor),
        "contact": bool(letters.contact_regions(actor)),
        "aid": bool(rights.regions_of(actor, rights.AID)),
        "chosen": sent["start"],
        "month": sent["month"] or letters.last_month(now),
        "key": sent["key"] or str(uuid4()),
        "refused": refused.message if refused else "",
    }
    return render(request, "desk/start.html", shown, status=status_of(refused) if refused else 200)


def _items(actor: Actor) -> tuple[tuple[str, tuple[book.Entry, ...]], ...]:
    """The entries for which this person takes applications, by region."""
    found = []
    for region in sorted({h.region for h in actor.held}):
        entries = tuple(entry for entry in book.entries(region) if counters(entry.item, actor))
        found.append((book.region_card(region).name, entries))
    return tuple(pair for pair in found if pair[1])
