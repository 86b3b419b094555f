"""What a letter does here once it is proved or registered from paper: all of it, or a refusal in words.

The rules for letters out of order, twice, late or for nobody: docs/algorithms/letters.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from jingban.access.service import Actor
from jingban.cases import actions
from jingban.cases.models import Case, CaseFind
from jingban.cases.view import CaseView
from jingban.core.crypto import blind_index
from jingban.core.localtime import local_day
from jingban.exchange.agencies import agency_at
from jingban.exchange.envelope import opened_envelope
from jingban.exchange.errors import LetterRefused, LetterUnmatched
from jingban.exchange.kinds import (
    ARRIVED,
    CONTACT,
    FUNDS,
    NAMES,
    NO_BALANCE,
    REFUSED,
    SHEET,
    Body,
    ContactLetter,
    InfoSheet,
    TransferFunds,
)
from jingban.exchange.models import Direction, Letter, State
from jingban.exchange.waiting import awaited, contact_of, held
from jingban.processes.model import Message as StartsByMessage
from jingban.registry.service import (
    Origin,
    Source,
    funds_standing,
    funds_told,
    receive_funds,
    receive_sheet,
)
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import PublishedItem

ENDS = {
    "granted": "已办结",
    "granted_in_part": "已部分办结",
    "refused": "不予接续",
    "not_accepted": "不予受理",
    "withdrawn": "已由申请人撤回",
    "lapsed": "逾期未补正，已终止",
    "referred": "已移送",
    "ended": "已结束",
}


WANTED = (None, "granted", "granted_in_part")
"""Outcomes of a case whose money may still be, or is, the person's."""


@dataclass(slots=True)
class Arrived:
    """A letter that is to be applied: its row, its words, what it answers, who registered it and when it came."""

    letter: Letter
    body: Body
    at: datetime
    refers_to: UUID | None = None
    case: int | None = None
    """The case that it was registered for from paper; the system's letters find their own."""
    actor: Actor = actions.NOBODY
    channel: str = "online"
    answered: Letter | None = field(default=None)
    """The contact letter that it turned out to answer."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a letter: its case, what to answer, and whether its money must still be seen to."""

    case: int
    words: str
    state: State = State.APPLIED
    open_money: bool = False


def applied(arrived: Arrived) -> Applied:
    """Do what the letter says, in the caller's transaction.

    Money for a transfer that needs none of it is booked all the same, and unmatched: somebody must see to it.
    """
    if isinstance(arrived.body, ContactLetter):
        return _contact(arrived, arrived.body)
    if isinstance(arrived.body, InfoSheet):
        return _sheet(arrived, arrived.body)
    return _funds(arrived, arrived.body)


# The letter that opens a case


def answering(region: str, message: str) -> tuple[int, EffectiveItem, str] | None:
    """The region's entry that answers a message, with the procedure that the message opens."""
    rows = PublishedItem.objects.filter(region=region, is_current=True).order_by("position", "id")
    for pk in rows.values_list("pk", flat=True):
        item = publish.version(pk).item
        for process in item.answers:
            if isinstance(process.starts, StartsByMessage) and process.starts.message == message:
                return pk, item, process.process
    return None


def _contact(arrived: Arrived, body: ContactLetter) -> Applied:
    letter = arrived.letter
    found = answering(letter.to_code, CONTACT)
    if found is None:
        raise LetterRefused("本机构没有公布应函办理转出的事项，不能收《联系函》；请寄纸质件或电话联系。")
    version, item, process = found
    if letter.signature and _code_at(body.transferee.admin_code, arrived.at) != letter.from_code:
        raise LetterRefused("《联系函》写的转入地机构不是发函的机构，没有登记；请核对机构的行政区划代码。")
    if body.transferee.admin_code[:2] == item.admin_code[:2]:
        raise LetterRefused("两地在同一个省，用同一个医保信息平台，不收《联系函》；请按省内接续直接办理。")
    if (running := _running(item, process, body)) is not None:
        raise LetterRefused(
            f"这个人已有一件转出正在办理（办件编号{running}），没有重复登记；请等《信息表》。"
        )
    view = actions.start(
        version=version,
        process=process,
        application=actions.Application(answers=_answers(body, item), channel=arrived.channel),
        key=letter.uuid,
        now=arrived.at,
        actor=arrived.actor,
    )
    return Applied(view.id, f"已登记，办件编号{view.number}。")


def _code_at(place: str, at: datetime) -> str:
    party = agency_at(place, local_day(at))
    return party.code if party is not None else ""


def _running(item: EffectiveItem, process: str, body: ContactLetter) -> str | None:
    """The open case of the same person by the same procedure."""
    digest = blind_index("id", body.person.id_number)
    same = CaseFind.objects.filter(kind="id", digest=digest).values("case_id")
    open_cases = Case.objects.open().filter(pk__in=same, region=item.region, process=process)
    return open_cases.values_list("number", flat=True).first()


def _answers(body: ContactLetter, item: EffectiveItem) -> dict[str, str]:
    """The letter as the answers of its case; a person in no register still opens one, for a reviewer to refuse."""
    said = {
        **body.person.model_dump(),
        "letter_number": body.letter_number,
        "from_place": item.admin_code,
        "to_place": body.transferee.admin_code,
        "to_agency": body.transferee.name,
        "from_insurance": body.from_insurance or "",
        "to_insurance": body.to_insurance,
        "move_account": "yes" if body.move_account else "no",
        "payee_name": body.payee.name,
        "bank": body.payee.bank,
        "bank_account": body.payee.account,
    }
    return {name: text for name, text in said.items() if text}


# Letters that answer one of ours


def _asked(arrived: Arrived) -> tuple[Letter | None, CaseView]:
    """The contact letter of ours that is answered, and its case."""
    if arrived.case is not None:
        arrived.answered = contact_of(arrived.case, Direction.OUT)
        return arrived.answered, held(arrived.case)
    letter, number = arrived.letter, arrived.body.letter_number
    ours = Letter.objects.filter(direction=Direction.OUT, kind=CONTACT, from_code=letter.to_code)
    contact = ours.filter(uuid=arrived.refers_to).first() if arrived.refers_to else None
    contact = contact or ours.filter(number=number).first()
    if contact is None or contact.case_id is None or contact.number != number:
        raise LetterUnmatched(f"本机构没有发过函号{number}的《联系函》，已留存待核对；请核对函号。")
    if not _is_addressee(contact, letter, arrived.at):
        raise LetterUnmatched(f"函号{number}的《联系函》不是发给贵机构的，已留存待核对。")
    arrived.answered = contact
    if bytes(contact.person or b"") != blind_index("id", arrived.body.person.id_number):
        raise LetterRefused(
            f"证件号码与函号{number}的《联系函》所写的人不一致，没有登记；请核对后重发。", field="id_number"
        )
    return contact, held(contact.case_id)


def _is_addressee(contact: Letter, letter: Letter, at: datetime) -> bool:
    """Whether the sender is whom we asked; a letter by post to a place may be answered by its agency's line."""
    if contact.to_code:
        return contact.to_code == letter.from_code
    place = opened_envelope(contact)["body"]["transferor"]["admin_code"]
    return _code_at(place, at) == letter.from_code


def _sheet(arrived: Arrived, body: InfoSheet) -> Applied:
    contact, view = _asked(arrived)
    _latest(contact, view)
    receives = awaited(view, SHEET, arrived.at)
    if receives is None:
        raise LetterUnmatched(_not_waiting(view, SHEET))
    result = body.result
    if result == NO_BALANCE and NO_BALANCE not in receives.ways:
        result = ARRIVED  # a procedure that waits for no money goes on all the same
    if body.result != REFUSED and body.sheet is not None:
        origin = _origin(view, arrived)
        receive_sheet(origin, view.id, body.sheet.model_dump(mode="json"))
    view = _told(arrived, view, SHEET, result)
    view = _whole(arrived, view)  # money may come before the sheet, or have come for the letter before
    words = f"{NAMES[SHEET]}已登记，办件编号{view.number}。"
    return Applied(view.id, words, open_money=body.result == ARRIVED)


def _funds(arrived: Arrived, body: TransferFunds) -> Applied:
    """Book the money; the case hears of it once all of it is there (docs/algorithms/letters.md, "The money")."""
    _, view = _asked(arrived)
    amount, wanted = Decimal(body.amount), view.outcome in WANTED
    before = funds_standing(view.region, view.id)
    needed = wanted and before.short >= amount
    if not needed and funds_told(view.region, view.id, amount, body.paid_on):
        raise LetterUnmatched(
            "本件同一天、同样金额的一笔划转资金先前已经收到，这一笔没有记账，已留存待核对；请核对是否重复划款。"
        )
    receive_funds(_origin(view, arrived), view.id, amount, body.paid_on, arrived.letter.number)
    after = funds_standing(view.region, view.id)
    if not wanted:
        words = (
            f"转移接续没有办成（{ENDS[view.outcome or '']}），{body.amount}元已暂记、没有记入个人账户，"
            f"将由本机构退回，办件编号{view.number}；请联系本机构办理退款。"
        )
        return Applied(view.id, words, State.UNMATCHED, open_money=True)
    surplus = after.surplus(wanted=True)
    view = _whole(arrived, view)
    words = f"划转资金{body.amount}元已登记，办件编号{view.number}。"
    if surplus > before.surplus(wanted=True):
        words += f"比《信息表》多{surplus:.2f}元，多的已暂记、等待退回；请核对是否重复划款。"
        idle = surplus - before.surplus(wanted=True) >= amount
        return Applied(view.id, words, State.UNMATCHED if idle else State.APPLIED, open_money=True)
    if after.short:
        words += f"比《信息表》少{after.short:.2f}元，请补划。"
    return Applied(view.id, words, open_money=True)


def _whole(arrived: Arrived, view: CaseView) -> CaseView:
    """Tell the case of the money where it waits for it and all that the sheet says is there."""
    if awaited(view, FUNDS, arrived.at) is None or not funds_standing(view.region, view.id).is_whole:
        return view
    return _told(arrived, view, FUNDS, ARRIVED)


def _latest(contact: Letter | None, view: CaseView) -> None:
    """A sheet counts for the letter that the case waits on; who asked anew waits for the new answer."""
    last = contact_of(view.id, Direction.OUT)
    if contact is not None and last is not None and last.pk != contact.pk:
        raise LetterUnmatched(
            f"函号{contact.number}的《联系函》已由函号{last.number}代替，已留存待核对；请按新函号答复。"
        )


def _not_waiting(view: CaseView, message: str) -> str:
    if view.outcome is not None:
        return f"本件{ENDS[view.outcome]}，不再等{NAMES[message]}，已留存待核对，没有登记。"
    if message in view.state.heard:
        return f"本件已经收到过{NAMES[message]}，这一份没有登记，已留存待核对；要更正的，请先联系本机构。"
    return f"本件现在不等{NAMES[message]}（可能已经收到过），这一份没有登记，已留存待核对。"


def _told(arrived: Arrived, view: CaseView, message: str, result: str) -> CaseView:
    return actions.told(
        case_id=view.id,
        message=message,
        result=result,
        key=uuid5(arrived.letter.uuid, message),
        now=arrived.at,
        actor=arrived.actor,
    )


def _origin(view: CaseView, arrived: Arrived) -> Origin:
    """Its letter's event is the next of the case."""
    return Origin(view.region, arrived.actor.id, arrived.at, Source.LETTER, view.id, view.seq + 1)
