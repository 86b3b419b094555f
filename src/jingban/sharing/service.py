"""The door to outside registers: what can be had there is not asked for again (国令第716号第七条, 国令第765号第八条)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from jingban.audit import service as audit
from jingban.sharing.registers import Answer, Register

__all__ = ["Answer", "Register", "agrees", "ask"]

_log = logging.getLogger(__name__)


def ask(register: str, number: str, *, actor: int, purpose: str, now: datetime) -> Answer | None:
    """What a register knows of a number; none where it knows nothing, is not connected, or does not answer.

    Every question is audited with its purpose; the number itself is not. A line that is down never stops an
    application: the paper is then asked for as the guide says.
    """
    path = settings.JINGBAN_SHARING.get(register)
    if path is None or not number:
        return None
    try:
        line: Register = import_string(path)(register)
        answer = line.look_up(number)
    except (OSError, TimeoutError) as error:
        _log.warning("register %s does not answer: %s", register, error)
        return None
    audit.record(
        actor=actor,
        kind=audit.SHARED,
        subject=f"register:{register}",
        detail=f"{purpose}：{answer.reference if answer else '查无记录'}",
        now=now,
    )
    return answer


def agrees(answer: Answer, said: Mapping[str, str]) -> bool:
    """Whether the register says nothing else than the form does.

    A form that changes a datum (``new_name``) is held against the register by its new value, and what it changes the
    register must know.
    """
    for key, value in said.items():
        if not value:
            continue
        fact = key.removeprefix("new_")
        known = answer.facts.get(fact)
        if key.startswith("new_") and known is None and fact in _KEY:
            return False
        if f"new_{key}" not in said and known is not None and known != value:
            return False
    return True


_KEY = frozenset({"name", "id_number", "sex", "born_on", "unit_name", "credit_code", "legal_representative"})
"""Key information: a change of it needs a register that knows the new value."""
