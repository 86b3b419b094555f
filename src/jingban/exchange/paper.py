"""Letters on paper, by registered post: registered as if they had come by themselves, with day and tracking number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction

from jingban.access.service import Actor
from jingban.cases.verify import events_of
from jingban.cases.view import read
from jingban.core.crypto import blind_index
from jingban.core.localtime import SHANGHAI, local_day
from jingban.core.signing import canonical
from jingban.exchange import desk
from jingban.exchange.agencies import agency_at, own_agency
from jingban.exchange.arrivals import Arrived, answering, applied
from jingban.exchange.envelope import FORMAT, opened_envelope, sealed_envelope
from jingban.exchange.errors import LetterRefused, PaperWrong
from jingban.exchange.kinds import CONTACT, FUNDS, LATEST, NAMES, Body, ContactLetter, InfoSheet, checked_body
from jingban.exchange.models import Direction, Letter, State
from jingban.exchange.waiting import contact_of

NOON = time(12)
"""The hour at which a letter counts that came on an earlier day than it is registered."""


@dataclass(frozen=True, slots=True)
class _Mail:
    """What the clerk registers."""

    kind: str
    fields: Mapping[str, Any]
    received_on: date
    tracking_number: str
    actor: Actor
    now: datetime


def record_paper(
    case_id: int | None,
    kind: str,
    fields: Mapping[str, Any],
    *,
    received_on: date,
    tracking_number: str,
    actor: Actor,
    now: datetime,
    region: str = "",
) -> Letter:
    """Register a letter that came by post; refused whole, in words, where it cannot be applied.

    ``fields`` is the letter's body as ``kinds`` describes it; of an answer only what our own contact letter does not
    say already. Without a case it is a 《联系函》 to ``region`` and opens one. The instant of its event is the day of
    receipt, so the clocks of both sides are right although the clerk came to it later.
    """
    mail = _Mail(kind, fields, received_on, tracking_number.strip(), actor, now)
    _check(mail)
    try:
        with transaction.atomic():
            return _opening(mail, region) if case_id is None else _answering(mail, case_id)
    except IntegrityError:
        if kind == CONTACT:
            told = "这个函号的函已经登记过，没有再登记；请核对函号。"
            raise PaperWrong(told, field="letter_number") from None
        told = "同一编号的函正在由别人登记，这一封没有登记；请再登记一次。"
        raise PaperWrong(told, field="tracking_number") from None


def _check(mail: _Mail) -> None:
    if mail.kind not in NAMES:
        raise PaperWrong(f"不能登记“{mail.kind}”，可登记：{'、'.join(NAMES.values())}。", field="kind")
    if mail.received_on > local_day(mail.now):
        raise PaperWrong("收到日期不能晚于今天，请核对。", field="received_on")
    if not mail.tracking_number or len(mail.tracking_number) > 40:
        raise PaperWrong("请填写挂号信编号，不超过40位，便于查询和对账。", field="tracking_number")


def _opening(mail: _Mail, region: str) -> Letter:
    """A contact letter on paper opens the case that answers it."""
    if mail.kind != CONTACT:
        raise PaperWrong(f"{NAMES[mail.kind]}要登记在等它的办件上，请先打开那个办件。", field="case")
    found = answering(region, CONTACT)
    own = own_agency(region, local_day(mail.now))
    if found is None or own is None:
        raise PaperWrong("本地没有公布应函办理转出的事项，不能登记《联系函》；请先公布事项。", field="region")
    desk.may_open(mail.actor, found[1]).required()
    own_office = {"name": own.name, "admin_code": own.admin_code, "code": own.code}
    body = _body(mail, {"transferor": own_office, "date": mail.received_on.isoformat()})
    return _registered(mail, body, region, case=None, at=_instant(mail, None))


def _answering(mail: _Mail, case_id: int) -> Letter:
    """A sheet, or word of the money, for a case that waits for it."""
    if mail.kind == CONTACT:
        raise PaperWrong("《联系函》不登记在已有办件上：登记后自动开启应函办理的办件。", field="kind")
    view, _ = read(case_id)
    desk.may_receive(mail.actor, view, mail.now).required()
    _refuse_twice(mail, case_id)
    contact = contact_of(case_id, Direction.OUT)
    if contact is None:
        raise PaperWrong("本件还没有发出《联系函》，不能登记对方的答复；请核对办件。", field="case")
    if mail.received_on < local_day(contact.created_at):
        raise PaperWrong("收到日期早于本件发函的日期，请核对。", field="received_on")
    asked = opened_envelope(contact)["body"]
    known = {name: asked[name] for name in ("letter_number", "person", "transferor", "transferee")}
    body = _body(mail, known if mail.kind == FUNDS else {**known, "date": mail.received_on.isoformat()})
    if body.letter_number != contact.number:
        raise PaperWrong(
            f"函号应为{contact.number}（本件发出的最后一封《联系函》）；请核对来函答复的是不是这一封。",
            field="letter_number",
        )
    if blind_index("id", body.person.id_number) != bytes(contact.person or b""):
        raise PaperWrong("来函的证件号码与《联系函》所写的人不一致，没有登记；请核对。", field="id_number")
    return _registered(mail, body, view.region, case=case_id, at=_instant(mail, case_id))


def _refuse_twice(mail: _Mail, case_id: int) -> None:
    """One envelope holds one answer of a kind for a case."""
    same = Letter.objects.filter(direction=Direction.IN, kind=mail.kind, case_id=case_id)
    if same.filter(tracking_number=mail.tracking_number).exists():
        raise PaperWrong(
            f"本件已经登记过这个编号的{NAMES[mail.kind]}，没有再登记；确是另一封的，请核对编号。",
            field="tracking_number",
        )


def _own_number(mail: _Mail, from_code: str) -> str:
    """An answer on paper goes by its envelope's number; the envelope may hold several people's, so the next are counted."""
    same = Letter.objects.filter(
        direction=Direction.IN, from_code=from_code, kind=mail.kind, tracking_number=mail.tracking_number
    )
    turn = same.count() + 1
    return mail.tracking_number if turn == 1 else f"{mail.tracking_number[:35]}-{turn}"


def _body(mail: _Mail, known: Mapping[str, Any]) -> Body:
    try:
        return checked_body(mail.kind, LATEST[mail.kind], {**known, **mail.fields}, on=local_day(mail.now))
    except LetterRefused as error:
        words = error.message.replace("请改正后重发", "请对照来函改正；来函本身有误的，请对方重寄")
        raise PaperWrong(words) from None


def _instant(mail: _Mail, case_id: int | None) -> datetime:
    """When the letter counts: at noon of an earlier day of receipt, never before what the case already knows."""
    if mail.received_on == local_day(mail.now):
        return mail.now
    at = datetime.combine(mail.received_on, NOON, SHANGHAI)
    if case_id is None:
        return at
    return max(at, events_of(case_id)[-1].at)


def _registered(mail: _Mail, body: Body, region: str, *, case: int | None, at: datetime) -> Letter:
    uuid, other = uuid4(), body.transferee if isinstance(body, ContactLetter) else body.transferor
    party = agency_at(other.admin_code, mail.received_on)
    from_code = party.code if party else ""
    number = body.letter_number if isinstance(body, ContactLetter) else _own_number(mail, from_code)
    content = {
        "format": FORMAT,
        "uuid": str(uuid),
        "kind": mail.kind,
        "version": LATEST[mail.kind],
        "from": party.code if party else other.admin_code,
        "to": region,
        "number": number,
        "body": body.model_dump(mode="json"),
    }
    letter = Letter.objects.create(
        uuid=uuid,
        direction=Direction.IN,
        kind=mail.kind,
        version=LATEST[mail.kind],
        from_code=from_code,
        to_code=region,
        party=other.name,
        number=number,
        person=blind_index("id", body.person.id_number),
        result=body.result if isinstance(body, InfoSheet) else "",
        envelope=sealed_envelope(Direction.IN, uuid, content),
        signature=b"",
        digest=hashlib.sha256(canonical(content)).digest(),
        state=State.RECEIVED,
        tracking_number=mail.tracking_number,
        paper_on=mail.received_on,
        actor=mail.actor.id,
        created_at=mail.now,
        received_at=at,
    )
    arrived = Arrived(letter=letter, body=body, at=at, case=case, actor=mail.actor, channel="post")
    done = applied(arrived)
    letter.case_id, letter.words, letter.state = done.case, done.words, done.state
    letter.refers_to, letter.open_money = arrived.answered, done.open_money
    letter.save(update_fields=["case", "words", "state", "refers_to", "open_money"])
    return letter
