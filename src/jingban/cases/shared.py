"""Which materials of an application other registers already have: those are not asked for again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from jingban.cases.materials import checklist
from jingban.rulebook.effective import EffectiveItem
from jingban.sharing import service as sharing

_NUMBERS = ("id_number", "credit_code")


def shared_materials(
    item: EffectiveItem,
    answers: Mapping[str, str],
    *,
    situations: Collection[str],
    channel: str,
    actor: int,
    now: datetime,
) -> dict[str, str]:
    """Material to register, for whatever a register confirmed. Each register is asked once."""
    number = next((answers[key] for key in _NUMBERS if answers.get(key)), "")
    found: dict[str, str] = {}
    asked: dict[str, sharing.Answer | None] = {}
    for slot in checklist(item, situations, channel):
        register = slot.material.sharing
        if register is None:
            continue
        if register not in asked:
            asked[register] = sharing.ask(register, number, actor=actor, purpose=item.key, now=now)
        answer = asked[register]
        if answer and set(slot.material.proves) <= answer.facts.keys() and sharing.agrees(answer, answers):
            found[slot.key] = register
    return found
