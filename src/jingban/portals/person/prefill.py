"""For whom somebody applies, and what the registers know of that person already (国令765 art. 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from jingban.access.models import User
from jingban.access.service import Actor
from jingban.registry import service as registry
from jingban.rulebook.effective import EffectiveItem

SELF, OTHER = "self", "other"
LOCKED = frozenset({"name", "id_kind", "id_number"})
"""Who the case is about: chosen by for whom it is, not typed over."""
SOURCE = "参保登记"


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody for whom the visitor may apply: oneself, a child, a principal, or whoever is typed in."""

    key: str
    label: str
    mandate: int | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    """What the registers say, by the keys of this form."""

    @property
    def behalf(self) -> str:
        return SELF if self.mandate is None else str(self.mandate)


def whoms(item: EffectiveItem, actor: Actor, day: date) -> tuple[Whom, ...]:
    """For whom the actor may apply here, oneself first; only one where there is nothing to choose."""
    found = [_self(item, actor, day), *_mandates(item, actor, day)]
    if item.subject == "person":
        own = _contact(item, actor, day)
        wards = [
            Whom(
                f"person-{one.person.pk}",
                f"{one.person.name}（{one.why}是您）",
                None,
                _known(item, one.person) | own,
            )
            for one in registry.acts_for(actor.id, item.region, day)
            if not one.items or item.item in one.items
        ]
        found += wards
        if found[0].known or wards:
            found.append(Whom(OTHER, "其他人，由我填写"))
    return tuple(found)


def chosen(options: tuple[Whom, ...], key: str) -> Whom | None:
    """The one of that key; nothing where it is not (or no longer) there."""
    return next((one for one in options if one.key == key), None)


def _self(item: EffectiveItem, actor: Actor, day: date) -> Whom:
    label = "本人" if item.subject == "person" else "本人（本单位）"
    person = registry.own_person(actor.id, item.region, day) if item.subject == "person" else None
    return Whom(SELF, label, None, _known(item, person) if person else {})


def _mandates(item: EffectiveItem, actor: Actor, day: date) -> list[Whom]:
    held = [m for m in actor.mandates if not m.items or item.item in m.items]
    names = {u.pk: str(u) for u in User.objects.filter(pk__in=[m.principal for m in held])} if held else {}
    found = []
    for m in held:
        person = registry.own_person(m.principal, item.region, day) if item.subject == "person" else None
        known = _known(item, person) if person else {}
        found.append(Whom(f"mandate-{m.id}", f"受{names.get(m.principal, '委托人')}委托", m.id, known))
    return found


def _known(item: EffectiveItem, person: registry.Person) -> dict[str, str]:
    """Of what is on record only what this form asks; a choice only where the form still has it."""
    asked = {f.key: f for f in item.form}
    return {
        key: text
        for key, text in registry.on_record(person).items()
        if key in asked and (not asked[key].choices or text in asked[key].choices)
    }


def _contact(item: EffectiveItem, actor: Actor, day: date) -> dict[str, str]:
    """The visitor's own telephone and name, for a ward who has none: messages go to who applies."""
    person = registry.own_person(actor.id, item.region, day)
    if person is None:
        return {}
    said, asked = registry.on_record(person), {f.key for f in item.form}
    pairs = {
        "phone": said.get("phone", ""),
        "guardian_name": said.get("name", ""),
        "guardian_id_number": said.get("id_number", ""),
    }
    return {key: text for key, text in pairs.items() if text and key in asked}
