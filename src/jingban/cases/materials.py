"""Which materials a case needs: the entry's list, shortened to this person's situation and channel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jingban.cases.errors import MaterialUnknown
from jingban.cases.view import CaseView
from jingban.processes.needs import MATERIAL_NEEDS
from jingban.processes.state import State
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem, Material


@dataclass(frozen=True, slots=True)
class Slot:
    """A material of one entry under a key of its own (one id may be asked twice, of different people)."""

    key: str
    material: Material
    required: bool

    @property
    def name(self) -> str:
        return self.material.name


def slots(item: EffectiveItem) -> tuple[tuple[str, Material], ...]:
    """Every material of the entry with its key, in the guide's order."""
    seen: dict[str, int] = {}
    keyed: list[tuple[str, Material]] = []
    for material in item.materials:
        count = seen[material.id] = seen.get(material.id, 0) + 1
        keyed.append((material.id if count == 1 else f"{material.id}-{count}", material))
    return tuple(keyed)


FORM = "application-form"
"""The form that is filled in on the way in: no material of the guide, yet it can be incomplete."""
FORM_NAME = "申请表填写的内容"


def known_keys(item: EffectiveItem) -> frozenset[str]:
    """Every key that a checklist, a notice or a promise of this entry may name."""
    return frozenset(key for key, _ in slots(item)) | {FORM}


def checklist(item: EffectiveItem, situations: Collection[str], channel: str) -> tuple[Slot, ...]:
    """The materials of this case. What no situation of the case calls for is left out."""
    return tuple(
        Slot(key, material, material.required)
        for key, material in slots(item)
        if _applies(material, frozenset(situations), channel)
    )


def _applies(material: Material, situations: frozenset[str], channel: str) -> bool:
    whom = {n.id for n in material.for_whom}
    if whom and not whom & situations:
        return False
    if any(n.id not in situations for n in material.when):
        return False
    if any(n.id in situations for n in material.unless):
        return False
    return not material.channel or channel in {n.id for n in material.channel}


def required_of(
    item: EffectiveItem, situations: Collection[str], channel: str, given: Iterable[str] = ()
) -> frozenset[str]:
    """Keys that must be there before the case is accepted; of alternatives one is enough."""
    have = frozenset(given)
    applying = checklist(item, situations, channel)
    served = {s.material.one_of for s in applying if s.material.one_of and s.key in have}
    needed: set[str] = set()
    for slot in applying:
        group = slot.material.one_of
        if not slot.required or (group and group in served and slot.key not in have):
            continue
        needed.add(slot.key)
        if group:
            served.add(group)
    return frozenset(needed)


def required_now(view: CaseView, state: State, data: Mapping[str, Any]) -> frozenset[str]:
    """What an act on the case must find; of alternatives, the one ticked, listed as missing, or promised.

    ``state``: of the case, or as the act's own correction of the form has it.
    """
    item = publish.version(view.version_id).item
    for need in MATERIAL_NEEDS & data.keys():
        hold_published(item, listed(data[need]))
    if "checklist" not in data and "missing_materials" not in data:
        return frozenset()
    named = listed(data.get("checklist")) | listed(data.get("missing_materials"))
    given = state.received | named | state.covered
    return required_of(item, state.situations, view.channel, given)


def hold_published(item: EffectiveItem, names: Collection[str]) -> None:
    """Only what the entry published may be asked for or ticked (国令765 art. 31)."""
    if unknown := sorted(map(str, set(names) - known_keys(item))):
        raise MaterialUnknown(unknown)


def listed(value: Any) -> frozenset[str]:
    """The names of a list; anything else is refused where the need itself is checked."""
    return frozenset(value) if isinstance(value, (list, tuple, set, frozenset)) else frozenset()
