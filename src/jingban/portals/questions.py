"""What an application asks beside the form: the situation of the person, and what branches need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from jingban.cases.forms import facts_told, situations_told
from jingban.portals.book import Words, words
from jingban.processes.predicates import FACTS
from jingban.rulebook.effective import EffectiveItem

CHANNEL_NAMES = FACTS["channel"].values
IMPLIED = {
    ("channel", "online"): ("online-application", "self-service"),
    ("direction", "in-province"): ("direction-in",),
    ("direction", "other-province"): ("direction-in",),
    ("direction", "out"): ("direction-out",),
    ("hardship", "income"): ("income-hardship",),
    ("hardship", "expense"): ("expense-hardship",),
}
"""Situations that an answer already says, so that nobody is asked twice."""
DOORS = ("online", "app", "wechat", "unit-hall")
AT_PLACES = ("window", "township", "village", "provider")


@dataclass(frozen=True, slots=True)
class Question:
    """A situation as a tick."""

    key: str
    text: str
    asks: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact as a choice of one."""

    name: str
    label: str
    values: Mapping[str, str]


def door_channel(item: EffectiveItem) -> str:
    """Through which channel an application from this page comes: online where the guide offers it, else
    filled in here and completed where the guide says."""
    offered = {c.id for c in item.channels}
    if not offered or offered & set(DOORS):
        return "online"
    return at_place(item)


def at_place(item: EffectiveItem) -> str:
    """Where an application that was filled in here is completed."""
    offered = {c.id for c in item.channels}
    return next((place for place in AT_PLACES if place in offered), "window")


def choices(item: EffectiveItem) -> tuple[Choice, ...]:
    """Facts the application must state; the channel is known from the door, some from the form."""
    known = facts_told(item) | {"channel"}
    asked = [name for name in item.facts_asked if name not in known and FACTS[name].asked == "application"]
    return tuple(Choice(name, FACTS[name].label, FACTS[name].values) for name in asked)


def questions(item: EffectiveItem) -> tuple[Question, ...]:
    """Situations that this entry's materials depend on, in the words of the rulebook."""
    known = words(item.region)
    asked = {choice.name for choice in choices(item)} | facts_told(item) | {"channel"}
    said = {key for (fact, _), keys in IMPLIED.items() if fact in asked for key in keys}
    said |= situations_told(item)
    names = {n.id: n.name for m in item.materials for n in (*m.for_whom, *m.when, *m.unless)}
    for field in item.form:
        if field.when and not names.keys() & set(field.when):
            names[field.when[0]] = (
                field.label
            )  # of several situations that bring a field one question is enough
    return tuple(
        Question(
            key, _text(known, key, name), known.situations[key].asks if key in known.situations else "when"
        )
        for key, name in names.items()
        if key not in said
    )


def _text(known: Words, key: str, name: str) -> str:
    found = known.situations.get(key)
    return (found.question or found.name) if found else name


def situations_of(ticked: Collection[str], facts: Mapping[str, str]) -> frozenset[str]:
    """What was ticked, and what the facts imply."""
    implied = {key for pair in facts.items() for key in IMPLIED.get(pair, ())}
    return frozenset(ticked) | implied
