"""The door to outside registers: what can be had there is not asked for again (国令第716号第七条, 国令第765号第八条)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from jingban.audit import service as audit
from jingban.sharing.registers import Answer, Register

__all__ = ["Answer", "Register", "agrees", "ask"]

_log = logging.getLogger(__name__)
LONGEST = 64
"""Signs of a register's reference that are kept."""


class AnswerMalformed(Exception):
    """What a register said is no answer."""


def ask(register: str, number: str, *, actor: int, purpose: str, now: datetime) -> Answer | None:
    """What a register knows of a number; none where it knows nothing, is not connected, or does not answer.

    Every question is audited with its purpose and how it went; the number itself is not. Whatever an outside register
    does (no line, no time, no sense) never stops an application: the paper is then asked for as the guide says.
    """
    path = settings.JINGBAN_SHARING.get(register)
    if path is None or not number:
        return None
    try:
        answer = _sound(_line(path, register).look_up(number), number)
    except Exception as error:  # noqa: BLE001  a stranger's code and line; its words may hold personal data
        fault = type(error).__name__
        _log.warning("register %s does not answer: %s", register, fault)
        answer, told = None, f"未能取得（{fault}），按指南收取材料"
    else:
        told = answer.reference if answer else "查无记录"
    audit.record(
        actor=actor, kind=audit.SHARED, subject=f"register:{register}", detail=f"{purpose}：{told}", now=now
    )
    return answer


def _line(path: str, register: str) -> Register:
    line: Register = import_string(path)(register)
    return line


def _sound(answer: Any, number: str) -> Answer | None:
    """The answer if it is one; its reference is kept, so it must be short and must not repeat the number."""
    if answer is None:
        return None
    if not isinstance(answer, Answer) or not isinstance(answer.facts, Mapping):
        raise AnswerMalformed
    facts = dict(answer.facts)
    if not all(isinstance(text, str) for pair in facts.items() for text in pair):
        raise AnswerMalformed
    reference = str(answer.reference)
    if not reference.strip() or len(reference) > LONGEST or number.upper() in reference.upper():
        reference = "已取得（登记未给出可留存的编号）"
    return replace(answer, facts=facts, reference=reference)


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
