"""What a case sends: written in the act's transaction; an app takes the messages over by their names.

Before that the app may hold the act itself: a message that must not go out takes the act back, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from jingban.cases.models import Message
from jingban.cases.view import CaseView
from jingban.cases.work import Work, work_of
from jingban.processes.state import Event
from jingban.rulebook.effective import EffectiveItem

Guard = Callable[[Work], None]
GUARDS: dict[str, Guard] = {}
"""By the message's name: what must hold before it may be sent; a DomainError takes the act back."""


def before_sending(name: str) -> Callable[[Guard], Guard]:
    """Register what is asked before a message of this name is sent."""

    def register(function: Guard) -> Guard:
        if name in GUARDS:
            raise ValueError(f"message {name} is guarded twice")
        GUARDS[name] = function
        return function

    return register


def put_out(said: Iterable[tuple[CaseView, Event, EffectiveItem]]) -> None:
    """Write the messages of these events into the outbox, together."""
    rows = [row for after, event, item in said for row in _messages(after, event, item)]
    if rows:
        Message.objects.bulk_create(rows)


def _messages(after: CaseView, event: Event, item: EffectiveItem) -> Iterator[Message]:
    for name in event.data.get("sends", ()):
        if name in GUARDS:
            GUARDS[name](work_of(after, event, item))
        yield Message(
            case_id=after.id,
            seq=event.seq,
            name=name,
            created_at=event.at,
            body={
                "number": after.number,
                "region": after.region,
                "item": after.item,
                "act": event.act,
                "to": event.to_step,
            },
        )
