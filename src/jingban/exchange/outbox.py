"""What goes out: messages of cases become letters, letters are handed over, failures wait and are tried again."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.db.models import F, Q, QuerySet

from jingban.access.service import Actor
from jingban.cases import actions
from jingban.cases.models import Message
from jingban.cases.view import read
from jingban.core.errors import DomainError
from jingban.core.faults import trail
from jingban.core.localtime import local_day
from jingban.exchange import desk, money
from jingban.exchange.agencies import Party, agency
from jingban.exchange.composing import ADDRESS, LETTERS, OVERTAKEN, compose, refuse_inside_province
from jingban.exchange.envelope import checked_sender, opened_envelope
from jingban.exchange.errors import DeliveryFailed, PaperWrong
from jingban.exchange.inbox import take_in
from jingban.exchange.kinds import CONTACT, REFUSED, SHEET
from jingban.exchange.models import Direction, Letter, State
from jingban.exchange.transport import Post, post
from jingban.exchange.waiting import awaited, contact_of

log = logging.getLogger(__name__)
DELAYS = (1, 5, 15, 60, 240)
"""Minutes to the next try, the last again and again."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery did."""

    composed: int = 0
    sent: int = 0
    failed: int = 0


def deliver(*, now: datetime, by: Post = post, at_once: bool = False) -> Delivered:
    """Write what waits to be written and hand over what waits to be sent; twice changes nothing more.

    ``at_once`` does not wait for the time of the next try.
    """
    composed, unwritten = _compose_all(now, at_once)
    due = _due(Letter.objects.filter(state=State.WAITING), now, at_once)
    sent, down = 0, dict[str, int]()
    for pk, to in list(due.order_by("next_try_at", "id").values_list("pk", "to_code")[:BATCH]):
        if to in down:
            continue  # whoever did not answer just now would cost a time-out for each letter
        done = _send(pk, now, by, at_once)
        sent += done is True
        if done is False:
            down[to] = 1
    money.tidy()
    return Delivered(composed, sent, unwritten + len(down))


def _due(rows: QuerySet[Any], now: datetime, at_once: bool) -> QuerySet[Any]:
    return rows if at_once else rows.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now))


def _later(tries: int, now: datetime) -> datetime:
    return now + timedelta(minutes=DELAYS[min(tries, len(DELAYS)) - 1])


def _compose_all(now: datetime, at_once: bool) -> tuple[int, int]:
    waiting = Message.objects.filter(delivered_at__isnull=True, name__in=LETTERS)
    composed = failed = 0
    for message in list(_due(waiting, now, at_once).order_by("id")[:BATCH]):
        try:
            composed += compose(message, now=now) is not None
        except DomainError as error:
            _put_off(message, error.message, now)
            failed += 1
        except Exception as error:  # noqa: BLE001  one letter that cannot be written must not hold up all others
            log.error("message %s could not be written: %s", message.pk, trail(error))
            _put_off(message, "系统出错，没有写成函件，稍后自动重试；多次不成请报告系统管理员。", now)
            failed += 1
    return composed, failed


def _put_off(message: Message, fault: str, now: datetime) -> None:
    tries = message.tries + 1
    Message.objects.filter(pk=message.pk, delivered_at__isnull=True).update(
        tries=tries, next_try_at=_later(tries, now), fault=fault[:1000]
    )


def _send(pk: int, now: datetime, by: Post, at_once: bool) -> bool | None:
    """Hand one letter over: yes, no, or nothing where another process is at it."""
    letter = Letter.objects.get(pk=pk)
    # The next try is set before this one, so that a process which dies leaves nothing locked.
    claim = _due(Letter.objects.filter(pk=pk, state=State.WAITING, tries=letter.tries), now, at_once)
    if not claim.update(tries=F("tries") + 1, next_try_at=_later(letter.tries + 1, now)):
        return None
    if _is_overtaken(letter, now):
        Letter.objects.filter(pk=pk).update(state=State.REFUSED, words=OVERTAKEN, next_try_at=None)
        return None
    try:
        answer = _handed_over(letter, now, by)
        _answered(letter, answer, now)
    except DomainError as error:
        Letter.objects.filter(pk=pk).update(words=error.message[:1000])
        return False
    except Exception as error:  # noqa: BLE001  one letter that cannot be sent must not hold up all others
        log.error("letter %s could not be sent: %s", letter.uuid, trail(error))
        Letter.objects.filter(pk=pk).update(
            words="系统出错，没有发出，稍后自动重发；多次不成请报告系统管理员。"
        )
        return False
    return True


def _is_overtaken(letter: Letter, now: datetime) -> bool:
    """Whether a contact letter asks for what its case does not wait for any more."""
    if letter.kind != CONTACT or letter.case_id is None:
        return False
    last = contact_of(letter.case_id, Direction.OUT)
    return last != letter or awaited(read(letter.case_id)[0], SHEET, now) is None


def _handed_over(letter: Letter, now: datetime, by: Post) -> Mapping[str, Any]:
    """The other side's answer: ``state`` and ``words``."""
    party = agency(letter.to_code, local_day(now))
    if party is None or not party.is_reachable:
        raise DeliveryFailed(f"“{letter.party}”现在没有可用的接收地址；请登记地址，或把这封函改为挂号寄出。")
    envelope = opened_envelope(letter)
    if party.is_local:
        return take_in(envelope, now=now).as_data()
    answer = by(party.url, envelope)
    _checked_answer(letter, party, answer, now)
    return answer


def _checked_answer(letter: Letter, party: Party, answer: Mapping[str, Any], now: datetime) -> None:
    """An answer counts when the agency that we wrote to signed it for this letter."""
    if answer.get("uuid") != str(letter.uuid) or answer.get("from") != party.code:
        raise DeliveryFailed("收到的答复不是对这封函的，没有采用，稍后自动重发。")
    checked_sender(answer, party.code, now)
    if answer.get("state") not in (State.APPLIED, State.REFUSED, State.UNMATCHED):
        raise DeliveryFailed("对方的答复没有说明是否收下，稍后自动重发。")


def _answered(letter: Letter, answer: Mapping[str, Any], now: datetime) -> None:
    """Keep what the other side said; a contact letter that it does not take is its refusal (explain)."""
    said = State(answer["state"])
    with transaction.atomic():
        state = State.SENT if said == State.APPLIED else said
        changed = Letter.objects.filter(pk=letter.pk, state=State.WAITING).update(
            state=state, sent_at=now, words=str(answer.get("words", ""))[:1000], next_try_at=None
        )
        if changed and letter.kind == CONTACT and said != State.APPLIED and letter.case_id is not None:
            view, _ = read(letter.case_id)
            if awaited(view, SHEET, now) is not None:
                key = uuid5(letter.uuid, REFUSED)
                actions.told(case_id=view.id, message=SHEET, result=REFUSED, key=key, now=now)


def address(case_id: int, place: str, *, actor: Actor, now: datetime) -> Message:
    """Name the old place for a contact letter that could not be written without it; it is tried again at once."""
    if not re.fullmatch(r"[1-9][0-9]{5}", place):
        raise PaperWrong("转出地应为6位行政区划代码，例如410928，请核对。", field="place")
    view, _ = read(case_id)
    desk.may_receive(actor, view, now).required()
    own = agency(view.region, local_day(now))
    if own is not None:
        refuse_inside_province(own.province, place[:2])
    with transaction.atomic():
        waiting = Message.objects.select_for_update().filter(case_id=case_id, name=CONTACT, delivered_at=None)
        message = waiting.order_by("-id").first()
        if message is None:
            raise PaperWrong("本件没有等待写出的《联系函》，不用补填转出地。", field="case")
        message.body = {**message.body, ADDRESS: place}
        message.next_try_at = None
        message.save(update_fields=["body", "next_try_at"])
    return message


def posted(letter_id: int, *, tracking_number: str, posted_on: date, actor: Actor, now: datetime) -> Letter:
    """Write down that a letter on paper was handed in at the post office, by registered post."""
    with transaction.atomic():
        letter = Letter.objects.select_for_update().filter(pk=letter_id, direction=Direction.OUT).first()
        if letter is None:
            raise PaperWrong("没有这封发出的函，请核对编号。")
        desk.may_register(actor, letter, now).required()
        if letter.state not in (State.PAPER, State.WAITING):
            raise PaperWrong("这封函已经发出或已被退回，不用再登记寄出；请核对编号。")
        if not tracking_number.strip() or len(tracking_number) > 40:
            raise PaperWrong("请填写挂号信编号，不超过40位，便于查询和对账。", field="tracking_number")
        if not local_day(letter.created_at) <= posted_on <= local_day(now):
            raise PaperWrong("寄出日期应在函件形成之后、今天之前（含当天），请核对。", field="posted_on")
        letter.state, letter.sent_at, letter.words, letter.next_try_at = State.SENT, now, "", None
        letter.tracking_number, letter.paper_on, letter.actor = tracking_number.strip(), posted_on, actor.id
        letter.save()
    return letter
