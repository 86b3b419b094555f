"""Which materials of an application other registers already have: those are not asked for again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from jingban.cases.materials import checklist
from jingban.processes.state import SYSTEM
from jingban.rulebook.effective import EffectiveItem
from jingban.sharing import service as sharing

_NUMBERS = ("id_number", "credit_code")
_NUMBER_OF = {"company-registry": ("credit_code",)}
"""The registry of companies knows no persons, and no citizen's number goes there."""
_PUBLIC = frozenset({"company-registry"})
"""What everybody may read (企业信息公示暂行条例) tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Asking:
    """An account that goes by itself, and the number that its form names."""

    account: int
    key: str
    answers: Mapping[str, str]
    item: EffectiveItem
    now: datetime

    @property
    def number(self) -> str:
        return self.answers[self.key]


Right = Callable[[Asking], bool]
RIGHTS: list[Right] = []
"""Whose account may have registers asked about whom: the domain apps know (bound persons, mandates, operators)."""


def right_to_ask(function: Right) -> Right:
    """Register a reason for which an account may have registers asked about a number."""
    RIGHTS.append(function)
    return function


def own_account(applicant: int | None, *, actor: int, behalf: int | None) -> int | None:
    """The account that a form goes by; none where somebody of the staff took it in at the counter."""
    if actor != SYSTEM and (applicant is None or (actor != applicant and behalf is None)):
        return None
    return SYSTEM if applicant is None else applicant


def shared_materials(
    item: EffectiveItem,
    answers: Mapping[str, str],
    *,
    situations: Collection[str],
    channel: str,
    actor: int,
    account: int | None,
    now: datetime,
) -> dict[str, str]:
    """Material to register, for whatever a register confirmed. Each register is asked once.

    ``account`` goes by itself (``own_account``): of a person whom it is not bound to, and for whom it holds no right,
    nothing is asked, so that a list that gets shorter tells a stranger nothing. The paper is then brought.
    """
    found: dict[str, str] = {}
    asked: dict[str, sharing.Answer | None] = {}
    for slot in checklist(item, situations, channel):
        register = slot.material.sharing
        if register is None:
            continue
        if register not in asked:
            key = next((k for k in _NUMBER_OF.get(register, _NUMBERS) if answers.get(k)), "")
            free = account is None or register in _PUBLIC
            if not key or not (free or _may_ask(account, key, answers, item, now)):
                asked[register] = None
                continue
            asked[register] = sharing.ask(register, answers[key], actor=actor, purpose=item.key, now=now)
        answer = asked[register]
        if answer and set(slot.material.proves) <= answer.facts.keys() and sharing.agrees(answer, answers):
            found[slot.key] = register
    return found


def _may_ask(
    account: int | None, key: str, answers: Mapping[str, str], item: EffectiveItem, now: datetime
) -> bool:
    if account is None or account == SYSTEM:
        return False
    return any(holds(Asking(account, key, answers, item, now)) for holds in RIGHTS)
