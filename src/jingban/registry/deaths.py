"""The death of a person in the register, and taking a wrong one back; ``persons`` hands these on."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q

from jingban.access import mandates
from jingban.registry.changes import recorded
from jingban.registry.errors import NothingChanges, PersonClosed, RegistryError
from jingban.registry.models import (
    AidStatus,
    Enrolment,
    Helper,
    Identity,
    Kinship,
    OffsiteFiling,
    Person,
    Recognition,
)
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close
from jingban.registry.room import shorten
from jingban.registry.words import day_text


def died(origin: Origin, person: Person, on: date) -> None:
    """Register the death: enrolment, filings, recognitions, aid, mandates, guardianships and documents end on that day.

    A date that was wrong is corrected by saying the right one; what had ended by the wrong one is not opened again.
    Raises BenefitPaid when a benefit was paid for a later day: the date or the payment is wrong then.
    """
    with transaction.atomic():
        person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
        _refuse_death(origin, person, on)
        for spell in Enrolment.objects.touching(on + DAY, None).filter(person=person).order_by("start_on"):
            shorten(origin, spell, on, "death")
        for rows in (OffsiteFiling, Recognition, AidStatus):
            for row in rows.objects.touching(on + DAY, None).filter(person=person).order_by("start_on"):
                close(origin, row, on, "death")
        _end_ties(origin, person, on)
        before, person.died_on = person.died_on, on
        _hold_until(origin, person, before, on)
        person.save(update_fields=["died_on"])
        since = on if before is None else min(before, on)
        recorded(origin, person, field="died_on", before=_iso(before), after=_iso(on), valid_from=since)


def not_dead(origin: Origin, person: Person) -> None:
    """Take a wrongly registered death back: the documents hold again. What had ended is enrolled or filed anew."""
    with transaction.atomic():
        person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
        if person.died_on is None:
            raise NothingChanges(f"{person.name}没有登记死亡，不用更正。")
        on, person.died_on = person.died_on, None
        person.save(update_fields=["died_on"])
        recorded(origin, person, field="died_on", before=on.isoformat(), after=None, valid_from=on)
        _hold_until(origin, person, on, None)


def _end_ties(origin: Origin, person: Person, on: date) -> None:
    """Nobody acts for somebody any longer when either of the two has died (民法典 art. 39, 173, 175).

    Of the person's helpers only heirs act from now on; mandates between accounts end in all regions.
    """
    papers = person.documents.filter(Q(end_on__isnull=True) | Q(end_on=person.died_on))
    own = [bytes(digest) for digest in papers.values_list("digest", flat=True)]
    helper = Q(person=person, kind__in=("mandate", "guardian")) | Q(digest__in=own)
    guardian = Q(person=person) | Q(relative=person) | Q(digest__in=own)
    for model, tied in ((Helper, helper), (Kinship, guardian & Q(guardian=True))):
        rows = model.objects.touching(on + DAY, None).filter(tied, region=person.region)
        for row in rows.order_by("start_on", "id"):
            close(origin, row, on, "death")
    accounts = Identity.objects.filter(digest__in=own).values_list("user_id", flat=True)
    mandates.end_for_good(accounts, own, last=on, now=origin.at)


def _hold_until(origin: Origin, person: Person, ended: date | None, end_on: date | None) -> None:
    """The documents that a person goes by (those in force, or that ended with the death) hold until this day.

    By them the person is found, dead or alive: one that was registered after the death reaches back to it.
    """
    kinds: set[str] = set()
    for row in person.documents.filter(end_on=ended).order_by("kind", "-start_on", "-id"):
        if row.kind in kinds:  # an older one that happened to end on that day
            continue
        kinds.add(row.kind)
        if end_on is not None and row.start_on > end_on:
            recorded(
                origin,
                row,
                field="start_on",
                before=_iso(row.start_on),
                after=_iso(end_on),
                valid_from=end_on,
            )
            row.start_on = end_on
        changed = [day for day in (ended, end_on) if day is not None]
        since = min(changed, default=row.start_on) + DAY
        recorded(origin, row, field="end_on", before=_iso(ended), after=_iso(end_on), valid_from=since)
        row.end_on = end_on
        row.save(update_fields=["start_on", "end_on"])


def _refuse_death(origin: Origin, person: Person, on: date) -> None:
    if person.merged_into_id is not None:
        raise PersonClosed(f"{person.name}的这份档案已并入另一份，请在保留的档案上办理。")
    if person.died_on == on:
        raise NothingChanges(f"{person.name}已于{day_text(on)}登记死亡，不用再办。")
    if on > origin.day:
        raise RegistryError("死亡日期晚于今天，请核对。", field="death_on")
    if on < person.born_on:
        raise RegistryError("死亡日期早于出生日期，请核对。", field="death_on")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
