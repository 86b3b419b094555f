"""The list of materials for this person's case: a few questions shorten it before anything is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from jingban.cases.materials import Slot, checklist
from jingban.portals.book import words
from jingban.portals.public.materials import MaterialRow, material_row
from jingban.portals.questions import IMPLIED, Choice, situations_of
from jingban.processes.predicates import FACTS
from jingban.rulebook.effective import EffectiveItem

CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Tick:
    """A situation as a question, and its name for the notice."""

    key: str
    text: str
    name: str


@dataclass(frozen=True, slots=True)
class OwnList:
    """The questions with what was answered, and the list that follows from the answers."""

    questions: tuple[Tick, ...]
    choices: tuple[Choice, ...]
    ticked: frozenset[str]
    chosen: Mapping[str, str]
    answered: bool
    rows: tuple[MaterialRow, ...]
    all_of: int

    @property
    def asks(self) -> bool:
        """Whether the list depends on anything at all."""
        return bool(self.questions or self.choices)

    @property
    def said(self) -> tuple[str, ...]:
        """The answers in words, as the notice prints them."""
        facts = [f"{c.label}：{c.values[self.chosen[c.name]]}" for c in self.choices if c.name in self.chosen]
        return (*facts, *(q.name for q in self.questions if q.key in self.ticked))

    @property
    def query(self) -> str:
        """The answers as an address carries them."""
        pairs = [*self.chosen.items(), *(("s", q.key) for q in self.questions if q.key in self.ticked)]
        return urlencode([("own", "1"), *pairs]) if self.answered else ""


def own_list(item: EffectiveItem, data: QueryDict) -> OwnList:
    """The list for what was answered; while nothing was, the whole of it.

    Only what the materials of this entry depend on is asked. An answer that the form would give by itself is asked
    here too: no form is filled in yet.
    """
    depends, choices = _depends(item), _choices(item)
    asked = _questions(item, depends, choices)
    ticked = frozenset(data.getlist("s")) & {q.key for q in asked}
    chosen = {c.name: v for c in choices if (v := data.get(c.name, "")) in c.values}
    answered = "own" in data
    slots: Iterable[Slot] = _applying(item, ticked, chosen) if answered else ()
    shown = [s.material for s in slots] if answered else list(item.materials)
    return OwnList(
        questions=asked,
        choices=choices,
        ticked=ticked,
        chosen=chosen,
        answered=answered,
        rows=tuple(material_row(material) for material in shown),
        all_of=len(item.materials),
    )


def _applying(item: EffectiveItem, ticked: frozenset[str], chosen: Mapping[str, str]) -> tuple[Slot, ...]:
    """Where the way of handling was not asked, it makes no difference to the list."""
    return checklist(item, situations_of(ticked, chosen), chosen.get(CHANNEL, ""))


def _depends(item: EffectiveItem) -> dict[str, str]:
    """Situations that the materials name, in their order."""
    return {n.id: n.name for m in item.materials for n in (*m.for_whom, *m.when, *m.unless)}


def _choices(item: EffectiveItem) -> tuple[Choice, ...]:
    """Facts of which one value says a situation that the list depends on, and the channel where it matters."""
    depends = _depends(item)
    facts = dict.fromkeys(
        fact for (fact, _), keys in IMPLIED.items() if fact != CHANNEL and not depends.keys().isdisjoint(keys)
    )
    found = [Choice(name, FACTS[name].label, FACTS[name].values) for name in facts]
    said_by_channel = {key for (fact, _), keys in IMPLIED.items() if fact == CHANNEL for key in keys}
    if any(m.channel for m in item.materials) or not said_by_channel.isdisjoint(depends):
        found.append(Choice(CHANNEL, "怎样办理", {c.id: c.name for c in item.channels}))
    return tuple(found)


def _questions(
    item: EffectiveItem, depends: Mapping[str, str], choices: Iterable[Choice]
) -> tuple[Tick, ...]:
    names = {choice.name for choice in choices}
    told = {key for (fact, _), keys in IMPLIED.items() if fact in names for key in keys}
    known = words(item.region).situations
    return tuple(
        Tick(
            key,
            (known[key].question or name) if key in known else name,
            name,
        )
        for key, name in depends.items()
        if key not in told
    )
