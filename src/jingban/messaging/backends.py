"""Lines on which messages go out; a deployment names its own classes (``JINGBAN_SMS``, ``JINGBAN_MAIL``).

A line has ``send(to, title, text)`` and raises ``NotSent`` where it cannot; it gives up by itself within seconds.
"""

from __future__ import annotations

import sys
from typing import Protocol

from django.conf import settings
from django.core.mail import send_mail
from django.utils.module_loading import import_string

from jingban.core.identifiers import mask_phone
from jingban.messaging.models import Channel


class Line(Protocol):
    """One way out."""

    def send(self, to: str, title: str, text: str) -> None:
        """Hand the message over, or raise."""
        ...


class Console:
    """Prints what would go out, the address masked: for a machine without a line. Production names a real one."""

    def send(self, to: str, title: str, text: str) -> None:
        where = mask_phone(to) if "@" not in to else f"{to[:2]}***@{to.partition('@')[2]}"
        print(f"〔消息 → {where}〕{title}：{text}", file=sys.stdout, flush=True)


class Mail:
    """Django's own mail settings (``EMAIL_HOST`` …)."""

    def send(self, to: str, title: str, text: str) -> None:
        send_mail(title, text, None, [to])


def line(channel: str) -> Line:
    """The configured line of a channel."""
    path = settings.JINGBAN_SMS if channel == Channel.SMS else settings.JINGBAN_MAIL
    made: Line = import_string(path)()
    return made
