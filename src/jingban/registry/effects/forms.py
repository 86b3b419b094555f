"""What the effects of persons read from a form in the same way."""

from __future__ import annotations

from datetime import date

from jingban.cases.forms import CITIZEN_ID
from jingban.cases.work import Work
from jingban.registry import persons, representatives, rosters
from jingban.registry.models import Person
from jingban.registry.persons import FIELDS


def day_of(work: Work, key: str) -> date:
    """A day that the form says; the day of the act where it is silent."""
    said = work.said(key)
    return date.fromisoformat(said) if said else work.day


def person_in(work: Work) -> Person:
    """The person of the case; whoever comes instead may act for the person, or the act is refused."""
    person = persons.person_of(work)
    representatives.checked(work, person)
    return person


def newcomer_in(work: Work) -> Person:
    """The same, registered now where the region did not know the person."""
    person = persons.known_or_new(work)
    representatives.checked(work, person)
    return person


def new_data(work: Work) -> dict[str, str | date]:
    """What is to be changed: every ``new_`` answer that was given."""
    said: dict[str, str | date] = {name: text for name in FIELDS if (text := work.said(f"new_{name}"))}
    if "id_number" in said:
        # The form has checked the number as of this kind: without one it is a citizen's.
        said.setdefault("id_kind", CITIZEN_ID)
    return said


def roster_of(work: Work) -> bool:
    """Hand a case with a roster over to the rosters; says whether it was one."""
    if not work.said("roster"):
        return False
    rosters.take(work)
    return True
