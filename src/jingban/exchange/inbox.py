"""What comes in: the same letter twice is one letter; a true letter is kept and answered, whatever it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from jingban.core.crypto import blind_index
from jingban.core.localtime import local_day
from jingban.exchange.agencies import Party, own_agency
from jingban.exchange.arrivals import Arrived, applied
from jingban.exchange.envelope import Envelope, checked_sender, read_envelope, sealed_envelope, signed
from jingban.exchange.errors import EnvelopeWrong, ExchangeError, LetterUnmatched, NotAddressee
from jingban.exchange.kinds import InfoSheet, checked_body
from jingban.exchange.models import Direction, Letter, State
from jingban.ledger.service import LedgerError
from jingban.registry.service import RegistryError

REFUSALS = (ExchangeError, RegistryError, LedgerError)
"""What makes a letter refused; anything else is a failure of ours, after which the sender tries again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told of a letter, now and whenever it comes again."""

    uuid: UUID
    sender: str
    addressee: str
    state: str
    words: str

    def as_data(self) -> dict[str, str]:
        return {
            "uuid": str(self.uuid),
            "from": self.addressee,
            "to": self.sender,
            "state": self.state,
            "words": self.words,
        }

    def signed(self) -> dict[str, Any]:
        """As it goes over the line."""
        return signed(self.as_data())


def take_in(data: Mapping[str, Any], *, now: datetime) -> Answer:
    """Take a letter in: prove it, keep it, apply it whole or not at all, and say what became of it.

    Raises EnvelopeWrong, SenderUnknown, SignatureWrong or NotAddressee for what is kept nowhere.
    """
    envelope = read_envelope(data)
    sender = checked_sender(data, envelope.from_code, now)
    if own_agency(envelope.to_code, local_day(now)) is None:
        raise NotAddressee(
            f"收函机构“{envelope.to_code}”不在本系统，函件没有收下；请核对转出地、转入地和机构登记。"
        )
    try:
        with transaction.atomic():
            return _known(envelope, now) or _taken(envelope, data, sender, now)
    except IntegrityError:
        # The same letter at the same instant: the other one won, this is its answer too.
        with transaction.atomic():
            found = _known(envelope, now)
        if found is None:
            raise
        return found


def _known(envelope: Envelope, now: datetime) -> Answer | None:
    """The answer to a letter that is here already: the same one again, or its copy on paper before it."""
    row = Letter.objects.filter(direction=Direction.IN, uuid=envelope.uuid).first()
    if row is not None:
        if bytes(row.digest).hex() != envelope.digest:
            raise EnvelopeWrong("这封函的标识已用于另一封内容不同的函，没有收下；请换新的标识重发。")
        return _answer(row, envelope)
    same = Letter.objects.filter(
        direction=Direction.IN,
        from_code=envelope.from_code,
        kind=envelope.kind,
        number=envelope.number,
        state__in=(State.RECEIVED, State.APPLIED),
    ).first()
    if same is None:
        return None
    if same.to_code != envelope.to_code or bytes(same.person or b"") != _person(envelope):
        raise EnvelopeWrong(f"函号{envelope.number}已用于另一个人的函，没有收下；请换新的函号重发。")
    how = "纸质件" if same.tracking_number else "电子件"
    words = f"函号{envelope.number}已按{how}在{local_day(same.received_at or now):%Y年%-m月%-d日}收到，没有重复办理。"
    return Answer(envelope.uuid, envelope.from_code, envelope.to_code, same.state, words)


def _person(envelope: Envelope) -> bytes:
    person = envelope.body.get("person")
    number = person.get("id_number") if isinstance(person, dict) else None
    return blind_index("id", number) if isinstance(number, str) else b""


def _taken(envelope: Envelope, data: Mapping[str, Any], sender: Party, now: datetime) -> Answer:
    letter = Letter.objects.create(
        uuid=envelope.uuid,
        direction=Direction.IN,
        kind=envelope.kind,
        version=envelope.version,
        from_code=envelope.from_code,
        to_code=envelope.to_code,
        party=sender.name,
        number=envelope.number,
        person=_person(envelope) or None,
        envelope=sealed_envelope(Direction.IN, envelope.uuid, data),
        signature=envelope.signature.encode(),
        digest=bytes.fromhex(envelope.digest),
        state=State.RECEIVED,
        created_at=now,
        sent_at=envelope.sent_at,
        received_at=now,
    )
    try:
        with transaction.atomic():
            _apply(letter, envelope, now)
    except LetterUnmatched as error:
        letter.state, letter.words = State.UNMATCHED, error.message[:1000]
    except REFUSALS as error:
        letter.state, letter.words = State.REFUSED, error.message[:1000]
    letter.save(update_fields=["state", "words", "case", "refers_to", "result", "open_money"])
    return _answer(letter, envelope)


def _apply(letter: Letter, envelope: Envelope, now: datetime) -> None:
    body = checked_body(envelope.kind, envelope.version, envelope.body, on=local_day(now))
    arrived = Arrived(letter=letter, body=body, refers_to=envelope.refers_to, at=now)
    done = applied(arrived)
    letter.case_id, letter.state, letter.words = done.case, done.state, done.words
    letter.open_money = done.open_money
    letter.refers_to = arrived.answered
    letter.result = body.result if isinstance(body, InfoSheet) else ""


def _answer(letter: Letter, envelope: Envelope) -> Answer:
    return Answer(envelope.uuid, envelope.from_code, envelope.to_code, letter.state, letter.words)
