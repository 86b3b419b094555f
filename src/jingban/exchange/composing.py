"""From a message of a case to a signed letter: written once, from what the case says at that event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from jingban.cases.forms import CITIZEN_ID
from jingban.cases.models import Message
from jingban.cases.outbox import before_sending
from jingban.cases.verify import events_of
from jingban.cases.view import CaseView, read
from jingban.cases.work import Work, answers_of
from jingban.core.crypto import blind_index
from jingban.core.localtime import local_day
from jingban.exchange.agencies import Party, agency, agency_at
from jingban.exchange.envelope import FORMAT, opened_envelope, sealed_envelope, signed
from jingban.exchange.errors import CannotCompose, LetterRefused, NoLetterHere
from jingban.exchange.kinds import (
    ARRIVED,
    CONTACT,
    FUNDS,
    LATEST,
    NAMES,
    PREFIXES,
    REFUSED,
    SHEET,
    checked_body,
)
from jingban.exchange.models import Direction, Letter, State
from jingban.exchange.waiting import awaited, contact_of
from jingban.registry.service import Sheet, next_number, sheet_of
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

OVERTAKEN = "办件已不再等对方答复，《联系函》没有发出。"
ADDRESS = "address"
"""In a message: the place that the desk named where the application names none, or several."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a letter is written from."""

    message: Message
    view: CaseView
    item: EffectiveItem
    answers: Mapping[str, str]
    sender: Party

    @property
    def day(self) -> date:
        return local_day(self.message.created_at)


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter without its number: to whom, in answer to what, with which words."""

    to: Party
    body: dict[str, Any]
    refers_to: Letter | None = None
    result: str = ""


def compose(message: Message, *, now: datetime) -> Letter | None:
    """The letter of a message, written and signed now unless that was done before.

    None where the case waits for no answer any more (withdrawn meanwhile): nobody is asked for nothing.
    """
    with transaction.atomic():
        held = Message.objects.select_for_update().get(pk=message.pk)
        if held.delivered_at is not None:
            return Letter.objects.filter(message=held).first()
        ground = _ground(held)
        letter, held.fault = None, OVERTAKEN
        if held.name != CONTACT or awaited(ground.view, SHEET, now) is not None:
            draft = _DRAFTS[held.name](ground)
            letter, held.fault = _written(ground, draft, now), ""
        held.delivered_at, held.next_try_at = now, None
        held.save(update_fields=["delivered_at", "fault", "next_try_at"])
    return letter


def _ground(message: Message) -> Ground:
    view, _ = read(message.case_id)
    item = publish.version(view.version_id).item
    sender = agency(view.region, local_day(message.created_at))
    if sender is None or not sender.is_local:
        raise CannotCompose(f"{item.region_name}不是本系统的地区，不能以它的名义发函；请核对机构登记。")
    return Ground(message, view, item, answers_of(view, item), sender)


def _written(ground: Ground, draft: Draft, now: datetime) -> Letter:
    """Number, check, sign and keep it. The receiver's check is ours: nothing leaves that it would refuse."""
    kind = ground.message.name
    number = next_number(PREFIXES[kind], ground.sender.admin_code, ground.day)
    body = {"letter_number": number, **draft.body} if kind == CONTACT else draft.body
    try:
        checked = checked_body(kind, LATEST[kind], body, on=local_day(now))
    except LetterRefused as error:
        raise CannotCompose(error.message) from None
    uuid, refers = uuid4(), draft.refers_to
    content = {
        "format": FORMAT,
        "uuid": str(uuid),
        "kind": kind,
        "version": LATEST[kind],
        "from": ground.sender.code,
        "to": draft.to.code or draft.to.admin_code,
        "number": number,
        "refers_to": str(refers.uuid) if refers else None,
        "refers_number": refers.number if refers else "",
        "sent_at": now.isoformat(),
        "body": checked.model_dump(mode="json"),
    }
    envelope = signed(content)
    return Letter.objects.create(
        uuid=uuid,
        direction=Direction.OUT,
        kind=kind,
        version=LATEST[kind],
        from_code=ground.sender.code,
        to_code=draft.to.code,
        party=draft.to.name,
        case_id=ground.view.id,
        number=number,
        refers_to=refers,
        person=blind_index("id", checked.person.id_number),
        result=draft.result,
        envelope=sealed_envelope(Direction.OUT, uuid, envelope),
        signature=envelope["signature"].encode(),
        digest=bytes.fromhex(envelope["digest"]),
        state=State.WAITING if draft.to.is_reachable else State.PAPER,
        message=ground.message,
        created_at=now,
    )


def office_of(party: Party, item: EffectiveItem | None = None) -> dict[str, str]:
    """An agency as a letter names it; of one's own also where to write and call."""
    found = {"name": party.name, "admin_code": party.admin_code, "code": party.code}
    if item is None:
        return found
    place = next(iter(item.offices), None)
    phones = place.phones if place is not None and place.phones else item.phones
    contact = next((card.name for card in item.contacts), "")
    address = (place.address or "") if place is not None else ""
    phone = "、".join(phones)
    return {**found, "contact": contact[:120], "phone": phone[:120], "address": address[:120]}


def who_of(answers: Mapping[str, str]) -> dict[str, str]:
    """The person of a case."""
    return {
        "name": answers.get("name", ""),
        "id_kind": answers.get("id_kind") or CITIZEN_ID,
        "id_number": answers.get("id_number", ""),
        "phone": answers.get("phone", ""),
    }


def _contact_letter(ground: Ground) -> Draft:
    said = ground.answers
    place = ground.message.body.get(ADDRESS) or said.get("from_place", "")
    to, sender = _addressee(place, ground.day), ground.sender
    refuse_inside_province(sender.province, to.province)
    body = {
        "person": who_of(said),
        "from_insurance": said.get("from_insurance") or None,
        "to_insurance": said.get("to_insurance", ""),
        "transferor": office_of(to),
        "transferee": office_of(sender, ground.item),
        "payee": _payee(sender, said),
        "move_account": said.get("move_account") != "no",
        "date": ground.day.isoformat(),
    }
    return Draft(to, body)


def _addressee(place: str, day: date) -> Party:
    if not place:
        raise CannotCompose("申请上没有转出地，不知道《联系函》发给谁；请补填转出地，补填后自动发出。")
    if "、" in place:
        raise CannotCompose(
            "转出地写了不止一个，一封《联系函》只能发给一个机构；请补填其中最后参保的一个，补填后自动发出。"
        )
    # Most agencies of the country are on no record here: their letters go by registered post.
    return agency_at(place, day) or Party("", f"{place}医疗保障经办机构", place)


def _payee(party: Party, said: Mapping[str, str]) -> dict[str, str]:
    """The agency's own account; where none is on record, what the application names."""
    if party.account:
        return {"name": party.payee or party.name, "bank": party.bank, "account": party.account}
    return {"name": "", "bank": said.get("bank", ""), "account": said.get("bank_account", "")}


def refuse_inside_province(own: str, other: str) -> None:
    if own == other:
        raise NoLetterHere(
            "转出地和转入地在同一个省，用同一个医保信息平台，不发《联系函》；请按省内接续办理。", province=own
        )


@before_sending(CONTACT)
def no_letter_inside_a_province(work: Work) -> None:
    """The act that would send one is taken back at once; what else is missing is told when it is written."""
    place = work.said("from_place")
    if place and "、" not in place:
        refuse_inside_province(work.item.admin_code[:2], place[:2])


def _answered(ground: Ground) -> tuple[Letter, Party, dict[str, Any]]:
    """The contact letter that the case answers, its sender, and what it says."""
    contact = contact_of(ground.view.id, Direction.IN)
    if contact is None:
        raise CannotCompose(
            f"本件没有登记对方的《联系函》，不知道{NAMES[ground.message.name]}回给谁；请先登记来函。"
        )
    body: dict[str, Any] = opened_envelope(contact)["body"]
    to = agency(contact.from_code, ground.day) if contact.from_code else None
    office = body["transferee"]
    return contact, to or Party("", office["name"], office["admin_code"]), body


def _info_sheet(ground: Ground) -> Draft:
    contact, to, asked = _answered(ground)
    body = {
        "letter_number": contact.number,
        "person": asked["person"],
        "transferor": office_of(ground.sender, ground.item),
        "transferee": office_of(to),
        "date": ground.day.isoformat(),
    }
    if _is_refusal(ground):
        return Draft(to, {**body, "result": REFUSED, "reason": _reason(ground)}, contact, REFUSED)
    sheet = sheet_of(ground.view.id, "out")
    if sheet is None:
        raise CannotCompose("本件还没有生成《信息表》，不能发出；请核对转出是否已经复核。")
    # The register decides whether money is to come, not what a clerk ticked.
    result = Sheet.model_validate(sheet).result
    return Draft(to, {**body, "result": result, "sheet": sheet}, contact, result)


def _is_refusal(ground: Ground) -> bool:
    """Whether the act that sent the message ended the case by refusing."""
    end = ground.item.process_named(ground.view.process).ends.get(ground.message.body.get("to", ""))
    return end is not None and end.outcome == REFUSED


def _reason(ground: Ground) -> str:
    reason = ground.answers.get("reason", "")
    basis = _need(ground, "basis")
    return f"{reason}（依据：{basis}）" if basis else reason


def _transfer_funds(ground: Ground) -> Draft:
    contact, to, asked = _answered(ground)
    amount = _need(ground, "amount")
    if not amount:
        raise CannotCompose("本件没有划转金额，不能通知对方资金已划转；请核对拨付记录。")
    body = {
        "letter_number": contact.number,
        "person": asked["person"],
        "amount": amount,
        "paid_on": ground.day.isoformat(),
        "transferor": office_of(ground.sender, ground.item),
        "transferee": office_of(to),
    }
    return Draft(to, body, contact, ARRIVED)


def _need(ground: Ground, name: str) -> str:
    """What an act up to the message carried; the latest counts."""
    for row in reversed(events_of(ground.view.id)):
        if row.seq <= ground.message.seq and name in row.data.get("needs", {}):
            return str(row.data["needs"][name])
    return ""


_DRAFTS = {CONTACT: _contact_letter, SHEET: _info_sheet, FUNDS: _transfer_funds}
LETTERS = frozenset(_DRAFTS)
"""Messages that are letters between agencies; all others are for others to deliver."""
