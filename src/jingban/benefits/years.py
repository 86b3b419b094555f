"""A person's year: decided one claim after the other, each seeing what the ones before it added.

The order is that of the first decision of each case (``rank``). A case that is undone and decided anew keeps its place,
so that undoing and doing again gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Max, QuerySet

from jingban.benefits.models import Decision, PersonYear
from jingban.benefits.rules.model import Year

SAME_PREGNANCY = timedelta(days=180)


def held(person_id: int, year: int) -> PersonYear:
    """The row of the person's year, locked: a second decision waits here until the first is written."""
    PersonYear.objects.get_or_create(person_id=person_id, year=year)
    return PersonYear.objects.select_for_update().get(person_id=person_id, year=year)


def standing(person_id: int, year: int) -> QuerySet[Decision]:
    """What stands of the year, in its order."""
    return Decision.objects.filter(person=person_id, year=year, undone_at__isnull=True).order_by("rank")


def rank_of(case_id: int, person_id: int, year: int) -> int:
    """The place of a case in the year: the one it had, else the next."""
    rows = Decision.objects.filter(person=person_id, year=year)
    own = rows.filter(case=case_id).order_by("-turn").values_list("rank", flat=True).first()
    return own if own is not None else (rows.aggregate(last=Max("rank"))["last"] or 0) + 1


def before(person_id: int, year: int, rank: int, pregnancy: date | None = None) -> Year:
    """What the claims before this place added up to; ``pregnancy``: only those of the one that ends about this day."""
    rows = standing(person_id, year).filter(rank__lt=rank)
    if pregnancy is not None:
        rows = rows.filter(event_on__range=(pregnancy - SAME_PREGNANCY, pregnancy + SAME_PREGNANCY))
    return folded(rows.values_list("increments", flat=True))


def folded(increments: Iterable[dict[str, int]]) -> Year:
    """Increments added up."""
    year = Year()
    for one in increments:
        year = year.after(one)
    return year


def refresh(row: PersonYear) -> None:
    """Let the row say what the standing decisions add up to."""
    row.sums = dict(folded(standing(row.person_id, row.year).values_list("increments", flat=True)).sums)
    row.save(update_fields=["sums"])
