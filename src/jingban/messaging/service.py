"""Messages to people: the only door for other apps.

send(user_id, kind, *, now, **said) -> None        one of the wordings to an account: in-app, telephone, e-mail
deliver(*, now, at_once=False) -> Delivered         tell what happened in the cases, hand over what is due
inbox(user_id, most) / unread(user_id) / mark_read(user_id, now)
unsent(most, region) / retry(pk, now)               for the back office: what did not go out
send_code / check_code / account_for / set_phone / phone_for / phone_typed
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jingban.messaging.claims import tell_recoveries
from jingban.messaging.codes import (
    account_for,
    account_of,
    check_code,
    forget_codes,
    phone_for,
    phone_typed,
    send_code,
    set_phone,
)
from jingban.messaging.errors import CodeWrong, NotSent, PhoneTaken, TooManyCodes
from jingban.messaging.models import Channel, OutgoingMessage
from jingban.messaging.sending import About, hand_over, reseal_messages, retry, text_of, unsent
from jingban.messaging.telling import tell, to_user
from jingban.messaging.words import words

KEEP_CODES = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did."""

    told: int
    sent: int
    failed: int


def send(user_id: int, kind: str, *, now: datetime, **said: str) -> None:
    """One of the rulebook's wordings to an account, through every channel it has."""
    title, text = words(kind, **said)
    to_user(About(kind, title, text), user_id, now)


def deliver(*, now: datetime, at_once: bool = False) -> Delivered:
    """Tell what happened in the cases and hand over what is due; again, nothing more happens."""
    told = tell(now=now) + tell_recoveries(now=now)
    sent, failed = hand_over(now=now, at_once=at_once)
    forget_codes(now - KEEP_CODES)
    return Delivered(told, sent, failed)


def inbox(user_id: int, most: int = 50) -> list[tuple[OutgoingMessage, str]]:
    """What an account was told, the newest first, with the text."""
    rows = OutgoingMessage.objects.filter(user=user_id, channel=Channel.INBOX).order_by("-id")[:most]
    return [(row, text_of(row)) for row in rows]


def unread(user_id: int) -> int:
    return OutgoingMessage.objects.filter(user=user_id, channel=Channel.INBOX, read_at__isnull=True).count()


def mark_read(user_id: int, now: datetime) -> None:
    mine = OutgoingMessage.objects.filter(user=user_id, channel=Channel.INBOX, read_at__isnull=True)
    mine.update(read_at=now)


__all__ = [
    "Channel",
    "CodeWrong",
    "Delivered",
    "NotSent",
    "OutgoingMessage",
    "PhoneTaken",
    "TooManyCodes",
    "account_for",
    "account_of",
    "check_code",
    "deliver",
    "inbox",
    "mark_read",
    "phone_for",
    "phone_typed",
    "reseal_messages",
    "retry",
    "send",
    "send_code",
    "set_phone",
    "text_of",
    "unread",
    "unsent",
]
