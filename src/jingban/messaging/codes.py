"""Codes that prove a telephone number: six digits, five minutes, five tries, kept only as a hash."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F

from jingban.core.crypto import blind_index
from jingban.core.identifiers import plain
from jingban.messaging.errors import CodeWrong, PhoneTaken, TooManyCodes
from jingban.messaging.models import Channel, Code, Contact, OutgoingMessage
from jingban.messaging.sending import About, phone_of, sealed_phone, send_one, write
from jingban.messaging.words import words

VALID = timedelta(minutes=5)
TRIES = 5
PAUSE = timedelta(seconds=60)
HOUR = timedelta(hours=1)
A_NUMBER, A_PLACE = 5, 20
"""Codes an hour, to one number and from one address."""
KIND = "code"
WRONG = "验证码不对，或已经过期。请核对最近一条短信里的6位数字，或重新获取。"


def phone_typed(text: str) -> str:
    """A Chinese mobile number in its one form; CodeWrong in plain words."""
    digits = plain(text).replace("-", "").replace(" ", "").removeprefix("+86")
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 11 and digits.startswith("1")):
        raise CodeWrong("手机号码应为11位数字，以1开头，请核对。")
    return digits


def send_code(phone: str, *, place: str, now: datetime) -> None:
    """Send a new code to the number; the one before counts no more.

    ``place``: the address of who asks. Errors: TooManyCodes. Whether anybody has the number is not said.
    """
    digest, here = _digest(phone), blind_index("place", place or "-")
    recent = Code.objects.filter(digest=digest, sent_at__gt=now - HOUR)
    if recent.filter(sent_at__gt=now - PAUSE).exists():
        raise TooManyCodes("验证码刚刚发过，请一分钟后再获取。")
    if (
        recent.count() >= A_NUMBER
        or Code.objects.filter(place=here, sent_at__gt=now - HOUR).count() >= A_PLACE
    ):
        raise TooManyCodes("获取验证码太频繁，请一小时后再试，或用口令登录。")
    digits = f"{secrets.randbelow(10**6):06d}"
    with transaction.atomic():
        Code.objects.filter(digest=digest, used_at__isnull=True).update(expires_at=now)
        Code.objects.create(
            digest=digest, place=here, hashed=make_password(digits), sent_at=now, expires_at=now + VALID
        )
        title, text = words(KIND, code=digits)
        message = write(
            About(KIND, title, text), channel=Channel.SMS, to=phone, now=now, expires_at=now + VALID
        )
    if message is not None:
        send_one(message.pk, now)


def check_code(phone: str, typed: str, *, now: datetime) -> None:
    """Whether it is the code that was sent last to the number; it counts once. CodeWrong otherwise."""
    live = Code.objects.filter(
        digest=_digest(phone), used_at__isnull=True, expires_at__gt=now, tries__lt=TRIES
    )
    code = live.order_by("-sent_at", "-id").first()
    # The try is counted before it is looked at: a thousand at once are no thousand tries.
    if code is None or not live.filter(pk=code.pk, tries=code.tries).update(tries=F("tries") + 1):
        raise CodeWrong(WRONG)
    if not check_password(plain(typed), code.hashed):
        raise CodeWrong(WRONG)
    if not Code.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=now):
        raise CodeWrong(WRONG)


def account_of(phone: str) -> int | None:
    """Whose number it is; only for who proved by a code to hold it."""
    return Contact.objects.filter(digest=_digest(phone)).values_list("user_id", flat=True).first()


def account_for(phone: str, *, now: datetime) -> int:
    """The account of a number that was proved just now; a new one where nobody has it."""
    if (known := account_of(phone)) is not None:
        return known
    try:
        with transaction.atomic():
            user = get_user_model().objects.create_user(f"m{secrets.token_hex(8)}", password=None)
            set_phone(user.pk, phone, now=now)
    except (IntegrityError, PhoneTaken):  # twice at once: the other one made it
        known = account_of(phone)
        if known is None:
            raise
        return known
    return int(user.pk)


def set_phone(user_id: int, phone: str, *, now: datetime) -> None:
    """Say where an account is reached, after its code was checked. PhoneTaken."""
    held = account_of(phone)
    if held is not None and held != user_id:
        raise PhoneTaken("这个手机号码已经是另一个账户的，请换一个号码，或用它直接登录。")
    values = {"phone": sealed_phone(phone), "digest": _digest(phone), "verified_at": now}
    Contact.objects.update_or_create(user_id=user_id, defaults=values)


def phone_for(user_id: int) -> str:
    """The proved number of an account; empty where there is none."""
    contact = Contact.objects.filter(user_id=user_id).first()
    return phone_of(contact) if contact else ""


def forget_codes(before: datetime) -> int:
    """Erase codes that were sent before that instant, and the messages that told them."""
    OutgoingMessage.objects.filter(kind=KIND, created_at__lt=before).delete()
    return Code.objects.filter(sent_at__lt=before).delete()[0]


def _digest(phone: str) -> bytes:
    return blind_index("phone", phone)
