"""Registering what a person had settled outside: typed from a statement, from a file, or told by a settlement.

What a clerk types counts once a second person decides by it (``openings.look_over``). What comes as an official file or
by wire counts at once, and what was decided later in the year is worked out anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from jingban.benefits import bills, decisions, openings, years
from jingban.benefits.effects import KINDS
from jingban.benefits.errors import OpeningWrong
from jingban.benefits.facts import INSURANCES
from jingban.benefits.models import OpeningSource, OpeningSum
from jingban.benefits.openings import Opening, OpeningDraft
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.localtime import local_day
from jingban.registry import service as registry
from jingban.rulebook import publish


def register(person: registry.Person, draft: OpeningDraft, *, actor: int, now: datetime) -> OpeningSum | None:
    """Keep a statement for whoever decides next to look at; None where it says what stands already.

    Raises OpeningWrong at the field that contradicts another.
    """
    with transaction.atomic():
        _hold(person, draft, now)
        return openings.write(person, draft, actor=actor, now=now)


def receive(
    person: registry.Person, draft: OpeningDraft, *, actor: int, now: datetime
) -> tuple[OpeningSum | None, int]:
    """Keep a statement that counts at once, and work the year out anew; how many decisions came out otherwise.

    The door of provider settlement: each settlement tells what the year has come to, with ``source="wire"``.
    """
    with transaction.atomic():
        _hold(person, draft, now)
        row = openings.write(person, draft, actor=actor, now=now)
        if row is None:
            return None, 0
        openings.settle(row, by=None, now=now)
        why = f"登记了{OpeningSource(draft.source).label}（累计到{registry.day_text(draft.until_on)}）"
        return row, decisions.redo_year(person.pk, draft.year, why=why, actor=actor, now=now)


def _hold(person: registry.Person, draft: OpeningDraft, now: datetime) -> None:
    if draft.until_on > local_day(now):
        raise OpeningWrong("累计到的日期还没有到，请按结算单核对。", field="until_on")
    years.hold_person(person.pk)


@dataclass(frozen=True, slots=True)
class KnownSums:
    """What is registered for the year that a case is about. ``counted``: what the case begins with; ``insurance``: what
    the person has now.
    """

    person: registry.Person
    year: int
    day: date
    listed: tuple[Opening, ...]
    counted: tuple[Opening, ...]
    insurance: str


def known_sums(view: CaseView, now: datetime, year: int = 0) -> KnownSums | None:
    """The same for a page; none where the benefit does not look at the year, or the person is in no register.

    The caller asked ``may`` and told the audit.
    """
    item = publish.version(view.version_id).item
    kind = next((KINDS[name] for name in item.effects if name in KINDS), None)
    said = answers_of(view, item)
    person = registry.person_by_number(view.region, said.get("id_kind") or "01", said.get("id_number", ""))
    if kind not in openings.COUNTS or person is None:
        return None
    day = local_day(now)
    year = year or _year_of(view, day)
    place = years.place_of(view.id, person.pk, year, day=day, kind=str(kind), event_on=None)
    listed = openings.of_year(person.pk, year)
    counted = openings.counting(listed, place.day)
    spells = registry.spells_within(person, day, day)
    insurance = next((INSURANCES[spell.insurance] for spell in spells if spell.insurance in INSURANCES), "")
    return KnownSums(person, year, place.day, tuple(listed), counted, insurance)


def _year_of(view: CaseView, day: date) -> int:
    """Of what was decided, else of the bills, else this year."""
    found = decisions.standing(view.id)
    if found is not None:
        return found.year
    held = bills.of_case(view.id)
    return held[-1].ended_on.year if held else day.year
