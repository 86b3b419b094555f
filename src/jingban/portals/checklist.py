"""The checklist of a case as a clerk ticks it: what is not ticked is what the one-off notice asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.http import QueryDict

from jingban.cases.materials import required_of, slots
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.portals.casepage import in_guide_order, listed_materials
from jingban.registry import service as registry
from jingban.rulebook import publish


@dataclass(frozen=True, slots=True)
class Slot:
    """A line of the checklist, and why the notice asks for it."""

    key: str
    name: str
    required: bool
    on: bool
    is_said: bool = False
    """Whether the applicant says to bring it."""
    why: str = ""
    group: str = ""
    """Alternatives share one: of them a single one is asked for."""
    is_covered: bool = False
    """Owed by a promise: no notice asks for it."""
    vouched: str = ""
    """What the unit said online of a form that wants its seal."""


def ticked(view: CaseView, typed: QueryDict | None, called_for: Collection[str]) -> tuple[Slot, ...]:
    """The checklist as the clerk last left it; what the applicant only says to bring is named, not ticked."""
    item = publish.version(view.version_id).item
    listed = listed_materials(view, item)
    known = {line[0] for line in listed}
    listed += tuple((key, name, True, False) for key, name in in_guide_order(item, set(called_for) - known))
    typed = typed if typed is not None and "seen" in typed else None
    words = registry.seal_words(view)
    sealed = {key for key, word in words.items() if word and word.given} - (
        view.state.notified or frozenset()
    )
    got_by_now = {key for key, _, _, got in listed if got} | sealed
    on = got_by_now if typed is None else set(typed.getlist("tick"))
    said = view.state.offered - view.state.received
    groups = {key: material.one_of or "" for key, material in slots(item)}
    return tuple(
        Slot(
            key=key,
            name=name,
            required=required,
            on=key in on,
            is_said=key in said,
            why=typed.get(f"why.{key}", "") if typed is not None else "",
            group=groups.get(key, ""),
            is_covered=key in view.state.covered,
            vouched=seal_text(words[key]) if key in words else "",
        )
        for key, name, required, _ in listed
    )


def seal_text(word: registry.SealWord | None) -> str:
    """The unit's word on a form that wants its seal, as the clerk and the applicant read it."""
    if word is None:
        return "要加盖单位公章：单位还没有在线确认"
    when = f"{word.by}，{local_day(word.at):%Y年%-m月%-d日}"
    if word.given:
        return f"单位已在线确认（加盖单位公章）：{word.unit}，{when}"
    return f"单位没有确认盖章：{word.unit}，{when}，理由：{word.reason}"


def told(view: CaseView, lines: Iterable[Slot]) -> tuple[Slot, ...]:
    """What a notice would ask for as the list stands, in its order."""
    lines = tuple(lines)
    asked = unticked(view, [slot.key for slot in lines if slot.on])
    return tuple(slot for slot in lines if slot.key in asked)


def unticked(view: CaseView, have: Collection[str]) -> list[str]:
    """The one-off notice: every required material that is not ticked, nor owed by a promise, nor shared."""
    item, given = publish.version(view.version_id).item, view.state.covered | set(have)
    return sorted(required_of(item, view.state.situations, view.channel, given) - given)
