"""A person's year: decided one claim after the other, each seeing what the ones before it added.

The order is that of the first decision of each case (``rank``). A case that is undone and decided anew keeps its place,
so that undoing and doing again gives the same. What hospitals settled directly stands before all that was decided since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q, QuerySet

from jingban.benefits import openings
from jingban.benefits.kept import Facts, facts_of
from jingban.benefits.models import Decision, Kind, PersonYear
from jingban.benefits.openings import Opening
from jingban.benefits.outcomes import recomputed
from jingban.benefits.rules.birth import SAME_PREGNANCY
from jingban.benefits.rules.model import Year
from jingban.registry import service as registry

WHOLE_LIFE = 0
"""The year of the row that stands for the person."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in a person's year: by rank, of two rows that were merged also by case. ``day``: when it was
    decided first, or else is; ``pregnancy``: of fees of a birth the year is the pregnancy, and this the day that ends it.
    """

    case: int
    person: int
    year: int
    rank: int
    day: date
    kind: str
    pregnancy: date | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What the year had added up to, and the statements of direct settlement that it begins with."""

    year: Year
    openings: tuple[Opening, ...] = ()


def hold_person(person_id: int) -> None:
    """Let decisions of the person wait for one another, whatever their year: one birth is asked for under two years.

    Taken before anything of earlier decisions is read, and before a row of a year, a payable or the books are held.
    """
    held(person_id, WHOLE_LIFE)


def held(person_id: int, year: int) -> PersonYear:
    """The row of the person's year, locked: a second decision waits here until the first is written."""
    person_id = registry.rows_of(person_id)[0]
    rows = PersonYear.objects.select_for_update().filter(person_id=person_id, year=year)
    if (row := rows.first()) is not None:
        return row
    PersonYear.objects.get_or_create(person_id=person_id, year=year)
    return rows.get()


def standing(person_id: int, year: int) -> QuerySet[Decision]:
    """What stands of the year, in its order."""
    return _of_year(person_id, year).filter(undone_at__isnull=True).order_by("rank", "case")


def place_of(
    case_id: int, person_id: int, year: int, *, day: date, kind: str, event_on: date | None
) -> Place:
    """The place of a case in the year: the one it had, else the next."""
    rows = _of_year(person_id, year)
    own = rows.filter(case=case_id).order_by("turn").values_list("rank", "decided_on").first()
    rank, day = own or ((rows.aggregate(last=Max("rank"))["last"] or 0) + 1, day)
    pregnancy = event_on if kind == Kind.MATERNITY_MEDICAL else None
    return Place(case_id, person_id, year, rank, day, kind, pregnancy)


def place_of_decision(decision: Decision, facts: Facts) -> Place:
    """The place of what was decided."""
    return place_of(
        decision.case_id, decision.person_id or 0, decision.year,
        day=decision.decided_on, kind=decision.kind, event_on=facts.event_on,
    )  # fmt: skip


def before(place: Place | None, *, unchecked: bool = False) -> Before:
    """What counts before a place, nothing where it is nobody's. ``unchecked``: as it will be once a second person has
    looked at new statements.
    """
    known: list[Opening] = []
    if place is None:
        return Before(Year())
    if place.kind in openings.COUNTS:
        known = openings.of_year(place.person, place.year, until=place.day, unchecked=unchecked)
    begins = openings.counting(known, place.day)
    earlier = Q(rank__lt=place.rank) | Q(rank=place.rank, case__lt=place.case)
    rows = standing(place.person, place.year).filter(earlier)
    if any(not one.is_checked for one in known):
        return Before(_worked_again(place, known, rows), begins)
    found = [facts_of(row) for row in rows.only("case", "turn", "facts")]
    if (end := place.pregnancy) is not None:
        found = [one for one in found if one.event_on and abs(one.event_on - end) <= SAME_PREGNANCY]
    return Before(folded((one.increments for one in found), begins), begins)


def decided(person_id: int) -> list[int]:
    """The years of which something stands, in order."""
    rows = Decision.objects.filter(person__in=registry.rows_of(person_id), undone_at__isnull=True)
    return sorted(set(rows.values_list("year", flat=True)))


def _of_year(person_id: int, year: int) -> QuerySet[Decision]:
    return Decision.objects.filter(person__in=registry.rows_of(person_id), year=year)


def folded(increments: Iterable[Mapping[str, int]], begins: Iterable[Opening] = ()) -> Year:
    """What hospitals settled, and the increments since, added up."""
    year = Year()
    for one in (*(opening.sums for opening in begins), *increments):
        year = year.after(one)
    return year


def _worked_again(place: Place, known: list[Opening], rows: QuerySet[Decision]) -> Year:
    """The year as it will be when what was decided before is worked out anew by what waits to be looked at."""
    done: list[Mapping[str, int]] = []
    for row in rows.select_related("book").defer("book__content", "working"):
        if row.kind not in openings.COUNTS:
            done.append(facts_of(row).increments)
            continue
        day = place_of_decision(row, facts_of(row)).day
        done.append(recomputed(row, folded(done, openings.counting(known, day))).increments)
    return folded(done, openings.counting(known, place.day))
