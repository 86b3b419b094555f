"""Spells of enrolment as rows: held, written, changed in place, and what goes on from what without a gap.

What may become of an enrolment is decided in ``enrolments``; here is only how it is written down.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from jingban.registry.changes import recorded
from jingban.registry.models import Enrolment, Insurance, Person, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close, contents


def hold(person: Person) -> None:
    """One change of a person's standing at a time; the row is read again, for what was decided meanwhile."""
    fresh = Person.objects.select_for_update(no_key=True).only("died_on", "merged_into").get(pk=person.pk)
    person.died_on, person.merged_into_id = fresh.died_on, fresh.merged_into_id


def write(origin: Origin, person: Person, **columns: Any) -> Enrolment:
    """A new spell; it belongs to the register that the person is in."""
    row = Enrolment.objects.create(**{**origin.columns(), "region": person.region}, person=person, **columns)
    recorded(origin, row, after=contents(row))
    return row


def set_columns(origin: Origin, spell: Enrolment, *, valid_from: date, **new: Any) -> Enrolment:
    """Change columns of a spell in place, each recorded."""
    fields = []
    for name, value in new.items():
        before = getattr(spell, name)
        if before == value:
            continue
        recorded(origin, spell, field=name, before=_plain(before), after=_plain(value), valid_from=valid_from)
        setattr(spell, name, value)
        fields.append(name)
    spell.save(update_fields=fields)
    return spell


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Unit) else value


def go_on(origin: Origin, spell: Enrolment, day: date, reason: str, **new: Any) -> Enrolment:
    """The spell goes on as another one from ``day`` on; from its own first day it is changed in place."""
    carried = None if spell.benefit_from is None else max(spell.benefit_from, day)
    new = {"benefit_from": carried, **new}
    if day == spell.start_on:
        return set_columns(origin, spell, valid_from=day, **new)
    kept = ("insurance", "kind", "standing", "unit", "wage_fen", "end_on", "aided")
    columns = {**{name: getattr(spell, name) for name in kept}, **new}
    close(origin, spell, day - DAY, reason)
    return write(origin, spell.person, start_on=day, **columns)


def following(spell: Enrolment) -> list[Enrolment]:
    """What goes on from a spell without a gap: at the same unit, or in the same resident's year."""
    later = spell.person.enrolments.filter(insurance=spell.insurance, start_on__gt=spell.start_on)
    if spell.insurance == Insurance.RESIDENT:
        later = later.filter(start_on__year=spell.start_on.year)
    else:
        later = later.filter(unit=spell.unit).exclude(kind=Kind.RETIRED)
    run = [spell]
    for row in later.order_by("start_on"):
        if run[-1].end_on is None or row.start_on != run[-1].end_on + DAY:
            break
        run.append(row)
    return run[1:]


def in_one_standing(spell: Enrolment) -> list[Enrolment]:
    """The spell and what goes on from it in the same standing: a suspension or its end takes all of it."""
    run = [spell]
    for later in following(spell):
        if later.standing != spell.standing:
            break
        run.append(later)
    return run


def unbroken(spell: Enrolment) -> list[Enrolment]:
    """The spell and those right before it that it goes on from: active, of the same kind, of a resident's same year."""
    run = [spell]
    while before := Enrolment.objects.filter(
        person=spell.person_id, kind=spell.kind, standing=Standing.ACTIVE, end_on=run[0].start_on - DAY
    ).first():
        if before.insurance == Insurance.RESIDENT and before.start_on.year != spell.start_on.year:
            break
        run.insert(0, before)
    return run
