"""Letters for eyes that may see them: of a case, of a region, one in full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from jingban.access.service import Actor
from jingban.cases.models import Message
from jingban.exchange import desk
from jingban.exchange.composing import LETTERS
from jingban.exchange.envelope import opened_envelope
from jingban.exchange.errors import PaperWrong
from jingban.exchange.kinds import CONTACT, NAMES, REFUSED
from jingban.exchange.models import Direction, Letter, State


@dataclass(frozen=True, slots=True)
class LetterCard:
    """A letter as the page of its case lists it; nothing personal in it."""

    id: int
    title: str
    number: str
    party: str
    incoming: bool
    state: State
    words: str
    refused: bool
    tracking_number: str
    at: datetime

    @property
    def is_to_post(self) -> bool:
        """Whether somebody must print it and take it to the post office."""
        return self.state == State.PAPER


def letters_of(case_id: int) -> list[LetterCard]:
    """The letters of a case, oldest first."""
    return [_card(letter) for letter in Letter.objects.filter(case_id=case_id).order_by("id")]


def unwritten(case_id: int) -> list[tuple[str, str]]:
    """Letters that the case has sent but that could not be written yet, and why."""
    rows = Message.objects.filter(case_id=case_id, delivered_at__isnull=True, name__in=LETTERS).order_by("id")
    return [(NAMES[row.name], row.fault or "等待发出") for row in rows]


def body_of(letter: Letter) -> dict[str, Any]:
    """What the letter says; the caller asked ``may`` and the audit first."""
    body: dict[str, Any] = opened_envelope(letter)["body"]
    return body


def to_look_at(region: str) -> list[LetterCard]:
    """What the desk of a region must see to: letters to post, letters for nobody, answers that were sent back.

    A contact letter that was sent back moves its own case on. Where the money of a letter is still to be seen to, the
    list of money has it (``money.work_list``).
    """
    ours = Q(direction=Direction.IN, to_code=region, state=State.UNMATCHED, open_money=False)
    back = Q(direction=Direction.OUT, from_code=region, state__in=(State.UNMATCHED, State.REFUSED)) & ~Q(
        kind=CONTACT
    )
    posts = Q(direction=Direction.OUT, from_code=region, state=State.PAPER)
    return [_card(letter) for letter in Letter.objects.filter(posts | ours | back, note="").order_by("id")]


def settled(letter_id: int, note: str, *, actor: Actor, now: datetime) -> Letter:
    """Write down what was done about a letter that found nothing to do; the letter itself stays as it is."""
    with transaction.atomic():
        letter = Letter.objects.select_for_update().filter(pk=letter_id).first()
        if letter is None or letter.state not in (State.UNMATCHED, State.REFUSED):
            raise PaperWrong("只有待核对或被退回的函要登记处理情况，请核对编号。")
        desk.may_settle(actor, letter, now).required()
        if letter.open_money:
            raise PaperWrong("这封函的款项还没有了结，请在“转移资金”里办理退回，办完自动写明处理情况。")
        if not note.strip() or len(note) > 300:
            raise PaperWrong("请写明怎样处理的，不超过300字，例如“款项已退回”。", field="note")
        letter.note, letter.actor = note.strip(), actor.id
        letter.save(update_fields=["note", "actor"])
    return letter


def lines(*, state: str = "", limit: int = 50) -> Iterator[LetterCard]:
    """The last letters of the installation, newest first, for the command line."""
    found = Letter.objects.order_by("-id")
    for letter in (found.filter(state=state) if state else found)[:limit]:
        yield _card(letter)


def _card(letter: Letter) -> LetterCard:
    incoming = letter.direction == Direction.IN
    at = letter.received_at if incoming else letter.sent_at
    return LetterCard(
        id=letter.pk,
        title=NAMES.get(letter.kind, letter.kind),
        number=letter.number,
        party=letter.party,
        incoming=incoming,
        state=State(letter.state),
        words=letter.words,
        refused=letter.result == REFUSED,
        tracking_number=letter.tracking_number,
        at=at or letter.created_at,
    )
