"""What cases tell their applicants: the timer reads the events since its last round, as papers and anchor do.

The acts know nothing of messages. An event is told once to a person and channel (the table's constraint), so a round
that is repeated, or two at once, tell nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from jingban.access.service import OWNER_ROLES
from jingban.cases.history import moves_of, of_its_time
from jingban.cases.materials import FORM, FORM_NAME, slots
from jingban.cases.models import CaseEvent, Message
from jingban.cases.permission import filer_left
from jingban.cases.procedures import example_words
from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of
from jingban.core.faults import trail
from jingban.core.localtime import local_day
from jingban.messaging.codes import phone_for
from jingban.messaging.models import Channel, OutgoingMessage, Round
from jingban.messaging.sending import About, write
from jingban.messaging.words import words
from jingban.processes.model import START
from jingban.processes.state import SYSTEM
from jingban.registry import service as registry
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

log = logging.getLogger(__name__)
FIRST = timedelta(hours=1)
OVERLAP, LONG = timedelta(minutes=2), timedelta(minutes=15)
"""Looked at twice: a transaction may have been writing into these minutes; once an hour into more of them."""
BACK, EVERY = timedelta(days=3), timedelta(hours=1)
"""What time does is dated to the instant it was due, however late: once an hour it is looked for so far back."""
ACCEPTED, EXTENDED = "acceptance-notice", "extension"
UNIT_NOTICE = "unit-notice"
NO_OPERATOR = "没有找到这个单位登记在册的经办人，没有通知到；请电话告知，或请单位登记经办人。"


def tell(*, now: datetime) -> int:
    """Write the messages of what happened since the last round; how many events were told."""
    last = Round.objects.first()
    since = last.until if last else now - FIRST
    far = last is not None and now - last.looked_back_at >= EVERY
    start = since - (LONG if far else OVERLAP)
    rows = CaseEvent.objects.filter(at__gt=start, at__lte=now)
    told = sum(_told(event, now) for event in rows.order_by("at", "seq").iterator())
    if far:
        late = CaseEvent.objects.filter(actor=SYSTEM, at__gt=now - BACK, at__lte=start)
        told += sum(_told(event, now) for event in late.order_by("at", "seq").iterator())
    looked = now if far or last is None else last.looked_back_at
    Round.objects.update_or_create(pk=1, defaults={"until": now, "looked_back_at": looked})
    return told + _tell_units(now)


def _told(event: CaseEvent, now: datetime) -> int:
    if OutgoingMessage.objects.filter(case=event.case_id, seq=event.seq).exists():
        return 0
    try:
        view = read(event.case_id)[0]
        view = of_its_time(view, moves_of(view), event.seq)  # told late, but in the words of its day
        item = publish.version(view.version_id).item
        kind = kind_of(event, view, item)
        if not kind:
            return 0
        title, text = words(kind, **_said(kind, event, view, item))
        about = About(kind, title, text, view.id, event.seq, view.number)
        with transaction.atomic():  # through all channels or, for now, through none
            return int(_write_all(about, view, item, now))
    except Exception as error:  # noqa: BLE001  one event that cannot be told must not hold up all others
        log.error("event %s of case %s was not told: %s", event.seq, event.case_id, trail(error))
        return 0


def kind_of(event: CaseEvent, view: CaseView, item: EffectiveItem) -> str:
    """Which message an event is; nothing for what is the office's own business."""
    process = item.process_named(view.process)
    if process.starts != "application":
        return ""
    end = process.ends.get(event.to_step)
    if event.from_step != event.to_step and end is not None and event.from_step not in process.ends:
        return str(end.outcome)
    heard = set(event.data.get("heard", {}).values())
    if heard & {"paid", "failed"}:
        return "paid" if "paid" in heard else "unpaid"
    if "missing_materials" in event.data.get("needs", {}):
        return "missing"
    papers = event.data.get("documents", ())
    if ACCEPTED in papers:
        return "accepted"
    if any(EXTENDED in paper for paper in papers):
        return "extended"
    if event.seq == 1:
        return "received"
    step = process.steps.get(event.to_step)
    awaited = step is not None and bool(set(step.by) & OWNER_ROLES)
    own = event.actor == view.applicant_id or event.actor in view.state.actors.get(START, ())
    return "yours" if awaited and not own and event.from_step != event.to_step else ""


def _said(kind: str, event: CaseEvent, view: CaseView, item: EffectiveItem) -> dict[str, str]:
    process = item.process_named(view.process)
    step = process.steps.get(event.to_step)
    missing = event.data.get("needs", {}).get("missing_materials", ())
    return {
        "item": "您反映的事项" if item.sealed else item.name,
        "number": view.number,
        "step": step.name if step else "",
        "missing": "、".join(_names(item, missing)),
        "until": _until(kind, event, view),
    }


def _names(item: EffectiveItem, keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    found = [material.name for key, material in slots(item) if key in wanted]
    return found + ([FORM_NAME] if FORM in wanted else [])


def _until(kind: str, event: CaseEvent, view: CaseView) -> str:
    """By when; only while the case still stands as this event left it."""
    if view.outcome is not None or view.step != event.to_step:
        return ""
    if kind in ("missing", "yours") and view.state.timer is not None:
        day = local_day(view.state.timer - timedelta(seconds=1))
        example = example_words(view.version_id, view.process, view.step, local_day(event.at))
        return f"请在{day.month}月{day.day}日{example}前办理。"
    promise = view.state.clocks.get("promise")
    if kind in ("accepted", "extended") and promise is not None and promise.due_on is not None:
        return f"预计{promise.due_on.month}月{promise.due_on.day}日前办结。"
    return ""


def _write_all(about: About, view: CaseView, item: EffectiveItem, now: datetime) -> bool:
    """To the applicant, and to who filed it for the applicant; who came to a counter is reached by telephone.

    Of a unit's case whose filer left the unit, to those who answer for the unit now, and to nobody else.
    """
    people = (
        {view.applicant_id, *view.state.actors.get(START, ())} if view.applicant_id is not None else set()
    )
    if filer_left(view, local_day(now)):
        heirs = registry.answering_for_unit(view, local_day(now))
        return bool(sum(to_user(about, user, now) for user in heirs))  # not any(): every one of them is told
    form = "" if item.sealed else answers_of(view, item).get("phone", "")
    if not people:
        return bool(form) and write(about, channel=Channel.SMS, to=form, now=now) is not None
    told = [
        to_user(about, user, now, phone=form if user == view.applicant_id else "") for user in people if user
    ]
    return any(told)


def to_user(about: About, user_id: int, now: datetime, *, phone: str = "") -> bool:
    """In the app, by telephone where there is a number, by e-mail where there is an address."""
    done = write(about, channel=Channel.INBOX, user=user_id, now=now) is not None
    if number := phone_for(user_id) or phone:
        write(about, channel=Channel.SMS, user=user_id, to=number, now=now)
    mail = get_user_model().objects.filter(pk=user_id).values_list("email", flat=True).first()
    if mail:
        write(about, channel=Channel.EMAIL, user=user_id, to=mail, now=now)
    return done


def _tell_units(now: datetime) -> int:
    """Notices to employers that wait in the cases' outbox; without an operator they stay listed there."""
    waiting = Message.objects.filter(delivered_at__isnull=True, name=UNIT_NOTICE)
    due = waiting.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now))
    return sum(_unit_told(message, now) for message in list(due.order_by("id")[:200]))


def _unit_told(message: Message, now: datetime) -> bool:
    try:
        with transaction.atomic():
            fault = "" if _to_operators(message, now) else NO_OPERATOR
    except Exception as error:  # noqa: BLE001  one notice that cannot be told must not hold up all messages
        log.error("notice %s to a unit was not told: %s", message.pk, trail(error))
        fault = "这条通知没有写成，稍后自动再试；一直不行的，请电话告知单位。"
    row = Message.objects.filter(pk=message.pk, delivered_at__isnull=True)
    if not fault:
        return bool(row.update(delivered_at=now, fault=""))
    row.update(fault=fault, tries=message.tries + 1, next_try_at=now + EVERY)
    return False


def _to_operators(message: Message, now: datetime) -> bool:
    """To everybody who acts for the employer; whether there is anybody."""
    view = read(message.case_id)[0]
    answers = answers_of(view, publish.version(view.version_id).item)
    code = answers.get("unit_credit_code") or answers.get("credit_code", "")
    operators = registry.unit_operators(view.region, code, local_day(now)) if code else []
    title, text = words(UNIT_NOTICE, number=view.number)
    about = About(UNIT_NOTICE, title, text, view.id, message.seq, view.number)
    for user_id in operators:
        to_user(about, user_id, now)
    return bool(operators)
