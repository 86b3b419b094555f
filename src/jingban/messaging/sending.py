"""Messages are written first, and handed over afterwards: what fails waits, is tried again, and is listed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from jingban.cases.models import Case
from jingban.core.crypto import open_sealed, reseal, seal
from jingban.core.errors import DomainError
from jingban.core.faults import trail
from jingban.messaging.backends import line
from jingban.messaging.models import Channel, Contact, OutgoingMessage, State

log = logging.getLogger(__name__)
DELAYS = (1, 5, 15, 60, 240)
"""Minutes to the next try, the last again and again."""
MOST = 10
"""So many tries, and it counts as failed: somebody looks at the list."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class About:
    """What a message tells: its words, and which event of which case it is about."""

    kind: str
    title: str
    text: str
    case: int | None = None
    seq: int | None = None
    number: str = ""


def write(
    about: About,
    *,
    channel: str,
    now: datetime,
    user: int | None = None,
    to: str = "",
    expires_at: datetime | None = None,
) -> OutgoingMessage | None:
    """Write one message; none where this event was told to this person through this channel before."""
    in_app = channel == Channel.INBOX
    try:
        with transaction.atomic():
            return OutgoingMessage.objects.create(
                user_id=user, case=about.case, seq=about.seq, kind=about.kind, channel=channel,
                to=seal(to, context=_TO) if to else b"", title=about.title, text=seal(about.text, context=_TEXT),
                number=about.number, state=State.SENT if in_app else State.WAITING, created_at=now,
                sent_at=now if in_app else None, next_try_at=None if in_app else now, expires_at=expires_at,
            )  # fmt: skip
    except IntegrityError:
        if about.case is None:
            raise
        return None


_TO, _TEXT, _PHONE = b"messaging:to", b"messaging:text", b"messaging:phone"


def text_of(message: OutgoingMessage) -> str:
    return open_sealed(bytes(message.text), context=_TEXT)


def sealed_phone(phone: str) -> bytes:
    return seal(phone, context=_PHONE)


def phone_of(contact: Contact) -> str:
    return open_sealed(bytes(contact.phone), context=_PHONE)


def hand_over(*, now: datetime, at_once: bool = False) -> tuple[int, int]:
    """Send what is due: how many went, how many did not. Twice at once sends nothing twice."""
    due = OutgoingMessage.objects.filter(OutgoingMessage.OPEN)
    if not at_once:
        due = due.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now))
    sent = failed = 0
    for pk in list(due.order_by("next_try_at", "id").values_list("pk", flat=True)[:BATCH]):
        done = send_one(pk, now)
        sent += done is True
        failed += done is False
    return sent, failed


def send_one(pk: int, now: datetime) -> bool | None:
    """Hand one over: yes, no, or nothing where another process is at it or it is done."""
    message = OutgoingMessage.objects.get(pk=pk)
    mine = OutgoingMessage.objects.filter(OutgoingMessage.OPEN, pk=pk)
    # The next try is set before this one, so that a process which dies leaves nothing locked.
    later = now + timedelta(minutes=DELAYS[min(message.tries, len(DELAYS) - 1)])
    if not mine.filter(tries=message.tries).update(tries=F("tries") + 1, next_try_at=later):
        return None
    if message.expires_at is not None and message.expires_at <= now:
        mine.update(state=State.FAILED, error="过了时效，没有发出。", next_try_at=None)
        return False
    try:
        line(message.channel).send(
            open_sealed(bytes(message.to), context=_TO), message.title, text_of(message)
        )
    except Exception as error:  # noqa: BLE001  a stranger's line; one message must not hold up the others
        if not isinstance(error, DomainError):
            log.error("message %s was not sent: %s", pk, trail(error))
        why = error.message if isinstance(error, DomainError) else "发送通道没有接受，稍后自动重发。"
        over = message.tries + 1 >= MOST
        mine.update(
            error=why[:200],
            state=State.FAILED if over else State.WAITING,
            next_try_at=None if over else later,
        )
        return False
    mine.update(state=State.SENT, sent_at=now, error="", next_try_at=None)
    return True


def retry(pk: int, now: datetime) -> bool | None:
    """Try one again that had failed."""
    OutgoingMessage.objects.filter(pk=pk, state=State.FAILED).update(
        state=State.WAITING, tries=0, next_try_at=now
    )
    return send_one(pk, now)


def unsent(most: int = 200, region: str = "") -> list[OutgoingMessage]:
    """What did not go out at the first try, the newest first; with ``region``, of that region's cases alone."""
    rows = OutgoingMessage.objects.filter(Q(state=State.FAILED) | Q(state=State.WAITING, tries__gt=0))
    if region:
        rows = rows.filter(case__in=Case.objects.filter(region=region).values("pk"))
    return list(rows.order_by("-id")[:most])


def reseal_messages() -> int:
    """Seal what an older key sealed by the current one; how many changed."""
    changed = 0
    for row in OutgoingMessage.objects.order_by("id").iterator(chunk_size=500):
        text, to = bytes(row.text), bytes(row.to)
        again = {"text": reseal(text, context=_TEXT), "to": reseal(to, context=_TO) if to else b""}
        if again != {"text": text, "to": to}:
            changed += OutgoingMessage.objects.filter(pk=row.pk).update(**again)
    for contact in Contact.objects.order_by("id").iterator(chunk_size=500):
        phone = bytes(contact.phone)
        if (sealed := reseal(phone, context=_PHONE)) != phone:
            changed += Contact.objects.filter(pk=contact.pk).update(phone=sealed)
    return changed
