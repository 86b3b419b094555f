"""What a unit's seal on a paper form means online: an operator of the unit confirms the employee's application.

An entry's list of materials says which form the unit seals (``seal: 单位公章``). Where an employee hands the
application in online, or the unit declares for its people, an operator with the right to seal gives the unit's word or
declines with a reason (国令765 art. 29: online and at the counter alike). At the counter the paper itself carries the
seal, and nothing is asked here. The clerk decides about the material as about any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet

from jingban.cases.forms import CITIZEN_ID, KEY_INFO
from jingban.cases.materials import Slot, checklist
from jingban.cases.models import Case, CaseFind
from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of
from jingban.core.errors import DomainError
from jingban.registry import enrolments, persons, unit_rights, units
from jingban.registry.changes import recorded
from jingban.registry.errors import NotYours, RegistryError
from jingban.registry.identity import is_same_person
from jingban.registry.models import Enrolment, Identity, IdentityDocument, Person, Roster, Unit, UnitSeal
from jingban.registry.origin import Origin
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem

MOST = 50
_OF_UNIT = re.compile("单位(公章|印章|章)")
"""The unit's seal alone: a form that a hospital seals too (医院、单位印章) stays on paper."""


class SealRefused(RegistryError):
    """A unit's word that cannot be given."""

    code = "seal_refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """A case that wants the unit's seal on some of its materials."""

    view: CaseView
    item: EffectiveItem
    slots: tuple[Slot, ...]
    name: str
    person: Person | None
    """The employee; none where the unit itself declares."""

    @property
    def number(self) -> str:
        return self.view.number

    @property
    def materials(self) -> str:
        return "、".join(slot.name for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Word:
    """The last word of a unit on a material of a case."""

    material: str
    unit: str
    by: str
    given: bool
    reason: str
    at: datetime


def wanted(item: EffectiveItem, situations: Collection[str], channel: str) -> tuple[Slot, ...]:
    """The materials of the case on which the unit's seal is wanted, and nobody's beside it."""
    if item.subject != "person":
        return ()
    return tuple(
        slot
        for slot in checklist(item, situations, channel)
        if _OF_UNIT.match(slot.material.seal or "") and _in_this_case(slot, situations)
    )


def _in_this_case(slot: Slot, situations: Collection[str]) -> bool:
    """Some regions want the seal only where key information changes (变更关键信息时加盖)."""
    said = f"{slot.material.seal}{slot.material.note or ''}"
    return "关键信息" not in said or KEY_INFO in situations


def waiting(unit: Unit, day: date) -> list[Asked]:
    """The cases that wait for the unit's word, the oldest first."""
    found = []
    for pk in _candidates(unit, day).values_list("pk", flat=True)[:MOST]:
        asked = asked_of(unit, read(pk)[0], day)
        if asked is not None and not _said(unit, asked):
            found.append(asked)
    return found


def asked_of(unit: Unit, view: CaseView, day: date) -> Asked | None:
    """What the case wants of this unit: only while it is open, and the employee is enrolled with the unit now."""
    item = publish.version(view.version_id).item
    if view.region != unit.region or not view.is_open or view.applicant_id is None:
        return None
    slots = tuple(s for s in _of(view, item) if s.key not in view.state.received | set(view.state.shared))
    if not slots:
        return None
    answers = answers_of(view, item)
    if code := answers.get("unit_credit_code"):  # the unit declares, by an account that may
        if code != unit.credit_code or not units.may_act(view.applicant_id, unit, day, "declare"):
            return None
        return Asked(view, item, slots, answers.get("name", ""), None)
    person = _person(view.region, answers)
    spell = enrolments.on(person, day) if person is not None else None
    if person is None or spell is None or spell.unit_id != unit.pk:
        return None
    return Asked(view, item, slots, person.name, person)


@transaction.atomic
def decide(origin: Origin, unit: Unit, view: CaseView, *, given: bool, reason: str = "") -> list[UnitSeal]:
    """Give the unit's word on the case, or decline with a reason; the same again changes nothing.

    Raises NotYours where the account may not seal for the unit or the employee is not the unit's, SealRefused.
    """
    unit_rights.required(origin.actor, unit, origin.day, "seal")
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    asked = asked_of(unit, view, origin.day)
    if asked is None:
        raise NotYours(
            "这件申请现在不用本单位盖章：可能已经收齐材料或办结，或者申请人现在不在本单位参保；请核对。"
        )
    if asked.person is not None and is_same_person(origin.actor, asked.person):
        raise SealRefused(
            "这是您本人的申请，请由本单位另一位经办人确认，或带加盖单位公章的纸质表到窗口办理。"
        )
    if not given and not reason.strip():
        raise SealRefused("请写明不予确认的理由，申请人会看到。", field="reason")
    return [made for slot in asked.slots if (made := _kept(origin, unit, asked, slot, given, reason.strip()))]


def _kept(origin: Origin, unit: Unit, asked: Asked, slot: Slot, given: bool, reason: str) -> UnitSeal | None:
    last = UnitSeal.objects.filter(case=asked.view.id, material=slot.key, unit=unit).order_by("-id").first()
    why = "" if given else reason[:300]
    if last is not None and (last.given, last.reason) == (given, why):
        return None
    made = UnitSeal.objects.create(
        region=origin.region,
        unit=unit,
        case=asked.view.id,
        material=slot.key,
        person=asked.person.pk if asked.person else None,
        given=given,
        reason=why,
        actor=origin.actor,
        recorded_at=origin.at,
    )
    recorded(origin, made, after={"material": slot.name, "given": given, "reason": why})
    return made


def words_of(view: CaseView) -> dict[str, Word | None]:
    """For every material of the case that wants a unit's seal: the last word on it, or none yet.

    Nothing, and no read, where the case wants none or was taken in at a counter.
    """
    slots = _of(view, publish.version(view.version_id).item) if view.applicant_id is not None else ()
    if not slots:
        return {}
    rows = list(UnitSeal.objects.filter(case=view.id).select_related("unit").order_by("id"))
    names = {u.pk: str(u) for u in get_user_model().objects.filter(pk__in={row.actor for row in rows})}
    last = {row.material: _word(row, names.get(row.actor, "")) for row in rows}
    return {slot.key: last.get(slot.key) for slot in slots}


def recent(unit: Unit, most: int) -> list[tuple[Word, str]]:
    """The unit's last words, the newest first, each with the number of its case."""
    rows = list(UnitSeal.objects.filter(unit=unit).select_related("unit").order_by("-id")[:most])
    names = {u.pk: str(u) for u in get_user_model().objects.filter(pk__in={row.actor for row in rows})}
    numbers = dict(Case.objects.filter(pk__in={row.case for row in rows}).values_list("pk", "number"))
    return [(_word(row, names.get(row.actor, "")), numbers.get(row.case, "")) for row in rows]


def _word(row: UnitSeal, by: str) -> Word:
    return Word(row.material, row.unit.name, by, row.given, row.reason, row.recorded_at)


def _of(view: CaseView, item: EffectiveItem) -> tuple[Slot, ...]:
    return wanted(item, view.state.situations, view.channel)


def _said(unit: Unit, asked: Asked) -> bool:
    said = UnitSeal.objects.filter(case=asked.view.id, unit=unit).values_list("material", flat=True)
    return {slot.key for slot in asked.slots} <= set(said)


def _candidates(unit: Unit, day: date) -> QuerySet[Case]:
    """Open cases of entries with such a form that are about the unit's people, or that the unit filed itself."""
    here = Enrolment.objects.on(day).filter(unit=unit).values("person")
    digests = IdentityDocument.objects.open().filter(person__in=here).values("digest")
    about = CaseFind.objects.filter(kind="id", digest__in=digests).values("case")
    bound = Identity.objects.filter(digest__in=digests).values("user")
    own = Roster.objects.filter(region=unit.region, kind="unit", holder=unit.credit_code, case__isnull=False)
    clerks = unit.operators.on(day).values("user")
    return (
        Case.objects.filter(region=unit.region, outcome__isnull=True, applicant__isnull=False)
        .filter(item__in=set(_items(unit.region)))
        .filter(
            Q(pk__in=about) | Q(applicant__in=bound) | Q(pk__in=own.values("case")) | Q(applicant__in=clerks)
        )
        .order_by("id")
    )


def _items(region: str) -> Iterator[str]:
    """The entries of the region that name such a form in any situation."""
    for item in effective_all():
        mine = item.region == region and item.subject == "person"
        if mine and any(_OF_UNIT.match(material.seal or "") for material in item.materials):
            yield item.item


def _person(region: str, answers: dict[str, str]) -> Person | None:
    if not answers.get("id_number"):
        return None
    try:
        return persons.find(region, answers.get("id_kind") or CITIZEN_ID, answers["id_number"])
    except DomainError:  # a number that nobody checked
        return None
