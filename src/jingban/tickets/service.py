"""Taking a number and being called: the only door for other apps.

take(*, region, hall, now, instead_of) -> Ticket                  the next number of the day
call_next(*, region, hall, window, actor, now, seen) -> Ticket | None   ends the one seen, which this person had called
end(pk, *, actor, now, missed) -> Ticket                          TicketNotFound
find(pk, *, region, hall) -> Ticket | None
waiting(region, hall, day) -> int, no further than BOUND; ahead(ticket) -> int
called(region, hall, day) -> list[Ticket]                         the latest first, for the screen
current(region, hall, day, actor) -> Ticket | None                whom this person serves now
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from jingban.access.models import User
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.tickets.models import CALLED, DONE, MISSED, WAITING, Ticket

__all__ = [
    "BOUND",
    "Ticket",
    "TicketNotFound",
    "ahead",
    "call_next",
    "called",
    "current",
    "end",
    "find",
    "take",
    "waiting",
]

BOUND = 100
ON_SCREEN = 6
TRIES = 20


class TicketNotFound(DomainError):
    """No such number, or nobody called it."""

    code = "ticket_not_found"


def take(*, region: str, hall: str, now: datetime, instead_of: int | None = None) -> Ticket:
    """The next number; two at once get two numbers. A number that it stands ``instead_of`` is called no more."""
    with transaction.atomic():
        if instead_of is not None:
            # Given up unseen: it counts as called in vain, so that nobody else is ever given the number.
            left = Ticket.objects.filter(pk=instead_of, state=WAITING)
            left.update(state=MISSED, called_at=now, ended_at=now)
        return _numbered(region, hall, now)


def _numbered(region: str, hall: str, now: datetime) -> Ticket:
    day = local_day(now)
    for _ in range(TRIES):
        last = Ticket.objects.filter(region=region, hall=hall, day=day).order_by("-number").first()
        number = last.number + 1 if last else 1
        try:
            with transaction.atomic():
                return Ticket.objects.create(region=region, hall=hall, day=day, number=number, taken_at=now)
        except IntegrityError:
            continue  # another machine gave this number out meanwhile
    raise TicketNotFound("取号的人太多，请再按一次。")


def call_next(
    *, region: str, hall: str, window: str, actor: int, now: datetime, seen: int | None = None
) -> Ticket | None:
    """The lowest number that waits; none where nobody does. Two windows never call the same one.

    ``seen`` is whom this person served when the page was made, and is ended. Whoever serves another one by now (the
    button was pressed twice, or in another tab) goes on with that one: else somebody called would be passed over.
    """
    day = local_day(now)
    with transaction.atomic():
        # Pressed twice at once: the second waits here and reads on after the first, also where nobody is served yet.
        list(User.objects.select_for_update(no_key=True).filter(pk=actor).values_list("pk"))
        mine = Ticket.objects.filter(region=region, hall=hall, day=day, state=CALLED, called_by=actor)
        serving = mine.order_by("-called_at").first()
        if serving is not None and serving.pk != seen:
            return serving
        mine.update(state=DONE, ended_at=now)
        return _claimed(region, hall, day, window=window, actor=actor, now=now)


def _claimed(region: str, hall: str, day: date, *, window: str, actor: int, now: datetime) -> Ticket | None:
    queue = Ticket.objects.filter(region=region, hall=hall, day=day, state=WAITING).order_by("number")
    while (ticket := queue.first()) is not None:
        taken = Ticket.objects.filter(pk=ticket.pk, state=WAITING)
        if taken.update(state=CALLED, window=window, called_at=now, called_by=actor):
            ticket.refresh_from_db()
            return ticket
    return None


def end(pk: int, *, actor: int, now: datetime, missed: bool = False) -> Ticket:
    """Served, or called in vain; again, nothing changes."""
    ticket = Ticket.objects.filter(pk=pk, called_by=actor).first()
    if ticket is None:
        raise TicketNotFound("这个号不是您叫的，请刷新页面。")
    Ticket.objects.filter(pk=pk, state=CALLED).update(state=MISSED if missed else DONE, ended_at=now)
    ticket.refresh_from_db()
    return ticket


def find(pk: int, *, region: str, hall: str) -> Ticket | None:
    """The ticket of that hall."""
    return Ticket.objects.filter(pk=pk, region=region, hall=hall).first()


def waiting(region: str, hall: str, day: date) -> int:
    """How many wait, no further than BOUND."""
    return Ticket.objects.filter(region=region, hall=hall, day=day, state=WAITING).order_by()[:BOUND].count()


def ahead(ticket: Ticket) -> int:
    """How many are called before this one, no further than BOUND."""
    before = Ticket.objects.filter(
        region=ticket.region, hall=ticket.hall, day=ticket.day, state=WAITING, number__lt=ticket.number
    )
    return before.order_by()[:BOUND].count()


def called(region: str, hall: str, day: date) -> list[Ticket]:
    """Who was called and is being served, the latest first."""
    rows = Ticket.objects.filter(region=region, hall=hall, day=day, state=CALLED)
    return list(rows.order_by("-called_at", "-number")[:ON_SCREEN])


def current(region: str, hall: str, day: date, actor: int) -> Ticket | None:
    """Whom this person serves now."""
    rows = Ticket.objects.filter(region=region, hall=hall, day=day, state=CALLED, called_by=actor)
    return rows.order_by("-called_at").first()
