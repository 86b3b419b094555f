"""What benefits ask of the registers: who was insured on a day of care and since when, what was paid in, kin by name.

Reading only, but for the days for which a benefit stands: no enrolment may be ended before one (``room.refuse_paid``).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from jingban.cases.work import Work
from jingban.registry import aid, contributions, persons, recognitions, representatives
from jingban.registry.models import (
    AidStatus,
    Contribution,
    Enrolment,
    Insurance,
    PaidBenefit,
    Person,
    Recognition,
    Unit,
)
from jingban.registry.rules import months as m


def applicant_of(work: Work) -> Person:
    """The person whom a case is about; whoever comes instead may act for the person, or the act is refused."""
    person = persons.person_of(work)
    representatives.checked(work, person)
    return person


def rows_of(person_id: int) -> tuple[int, ...]:
    """All rows of one person: the one that stands first, then those that were merged into it (``duplicates``)."""
    top, found = person_id, []
    while (into := Person.objects.filter(pk=top).values_list("merged_into", flat=True).first()) is not None:
        top = into
    rest = [top]
    while rest:
        found += rest
        rest = list(Person.objects.filter(merged_into__in=rest).order_by("pk").values_list("pk", flat=True))
    return tuple(found)


def merged_rows() -> dict[int, int]:
    """Every row that was merged into another, with the row that stands for its person now (of all persons ``rows_of``)."""
    found = Person.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into")
    into = {row: top for row, top in found if top is not None}

    def standing(row: int) -> int:
        return standing(into[row]) if row in into else row

    return {row: standing(row) for row in into}


def spells_within(person: Person, first: date, last: date) -> list[Enrolment]:
    """The spells that share a day with the period, suspended ones included, in order; each says from when it pays."""
    touching = Enrolment.objects.touching(first, last).filter(person=person)
    return list(touching.select_related("unit").order_by("start_on"))


def aid_on(person: Person, day: date) -> AidStatus | None:
    """The aid status that counts on the day."""
    return aid.status_on(person, day)


def recognised_on(person: Person, disease: str, day: date) -> Recognition | None:
    """The recognition of a chronic or special disease that counts on the day."""
    return recognitions.holds(person, disease, day)


def months_unbroken(person: Person, insurance: str, until: date) -> int:
    """Months really paid without a gap up to the day (连续缴费月数); its own month may still be owed."""
    paid: set[int] = set()
    for row in Contribution.objects.filter(person=person, insurance=insurance, deemed=False):
        paid.update(contributions.span_of(row))
    last = m.index(until)
    return m.unbroken(paid, last if last in paid else last - 1)


def average_base(unit: Unit, year: int) -> tuple[int, int]:
    """The bases that a unit paid for its employees in the months of a year, in fen, and how many months of persons.

    Their quotient is 用人单位上年度职工月平均工资 (国令619 art. 8) as the register knows it.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    months, total, count = m.year(year), 0, 0
    # By way of the enrolments: months have no index of their unit.
    staff = Enrolment.objects.touching(first, last).filter(unit=unit).values("person")
    rows = Contribution.objects.touching(first, last).filter(
        person__in=staff, unit=unit, insurance=Insurance.EMPLOYEE, deemed=False, base_fen__isnull=False
    )
    for row in rows:
        within = len(set(contributions.span_of(row)) & set(months))
        total += (row.base_fen or 0) * within
        count += within
    return total, count


def kin_names(person: Person) -> frozenset[str]:
    """The names of the kin on record, the person's own not among them."""
    return frozenset(person.kin.filter(end_on__isnull=True).values_list("name", flat=True))


def hold_paid_days(person: Person, days: Collection[date], reference: str) -> None:
    """Put on record that a benefit stands for these days; what the reference held before is let go."""
    release_paid_days(person.region, reference)
    PaidBenefit.objects.bulk_create(
        PaidBenefit(region=person.region, person=person, on=day, reference=f"{reference}:{day:%Y%m%d}")
        for day in sorted(set(days))
    )


def release_paid_days(region: str, reference: str) -> None:
    """The benefit of the reference stands no more."""
    PaidBenefit.objects.filter(region=region, reference__startswith=f"{reference}:").delete()
