"""The register of persons in need (救助对象身份): from civil affairs' lists, or by recognition of hardship as a case.

A person is of one category at a time; a new one ends the old the day before. What civil affairs recognised goes
before what the agency finds out itself (社会救助暂行办法 art. 28).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from jingban.core.insurance import AID_CATEGORIES
from jingban.core.localtime import local_day
from jingban.core.money import to_fen
from jingban.registry import enrolments, levies
from jingban.registry.changes import recorded
from jingban.registry.errors import RegistryError
from jingban.registry.levy_rates import illustrations, resident_figures, resident_premium
from jingban.registry.models import AidStatus, Contribution, Enrolment, Insurance, MeansCheck, Person
from jingban.registry.models.enrolments import Kind, LevyStatus
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close, contents
from jingban.registry.room import age_on, refuse_closed
from jingban.registry.rules.filing import last_day
from jingban.registry.sealing import sealed
from jingban.registry.words import day_text
from jingban.rulebook.figures import figures

HARDSHIP = "illness-poverty"
"""What the recognition of hardship by medical spending makes of somebody."""
GROWN_UP, OLD = 18, 60


class AidRefused(RegistryError):
    """An aid status, or a finding of means, that cannot be."""

    code = "aid_refused"


@dataclass(frozen=True, slots=True)
class Means:
    """What was found of a household on its authority; amounts in yuan, of a year."""

    authorised_on: date
    people: int
    income: Decimal
    property: Decimal
    spending: Decimal
    opinion: str
    checked_by: int
    checked_at: datetime


def status_on(person: Person, day: date) -> AidStatus | None:
    """The aid status that counts on a day."""
    return AidStatus.objects.on(day).filter(person=person).first()


def grant(
    origin: Origin,
    person: Person,
    category: str,
    start_on: date,
    *,
    end_on: date | None = None,
    flagged: bool = False,
) -> AidStatus:
    """Give a status from a day on. The same category goes on (a longer term and the flag are taken over); another
    one in force ends the day before."""
    if category not in AID_CATEGORIES:
        raise AidRefused(
            f"没有“{category}”这一类救助对象；可用：{'、'.join(AID_CATEGORIES.values())}。",
            field="aid_category",
        )
    refuse_closed(person)
    if start_on > origin.day:
        raise AidRefused(f"认定日期{day_text(start_on)}还没有到，请核对。", field="recognised_on")
    if end_on is not None and end_on < start_on:
        raise AidRefused("救助对象身份的止期早于起期，请核对认定日期和参保年度。", field="recognised_on")
    if (old := _gives_way(person, category, start_on, end_on)) is not None:
        if old.category == category:
            return _taken_over(origin, old, end_on, flagged)
        close(origin, old, start_on - DAY, "other-category")
    made = AidStatus.objects.create(
        **origin.columns(),
        person=person,
        start_on=start_on,
        end_on=end_on,
        category=category,
        flagged=flagged,
    )
    recorded(origin, made, after=contents(made))
    return made


def _gives_way(person: Person, category: str, start_on: date, end_on: date | None) -> AidStatus | None:
    """The status that goes on, or ends for the new one; refused where a later one stands in the way."""
    touching = list(AidStatus.objects.touching(start_on, end_on).filter(person=person).order_by("start_on"))
    before = [s for s in touching if s.start_on < start_on]
    later = [s for s in touching if s.start_on >= start_on]
    if not before and len(later) == 1 and later[0].category == category:
        return later[0]
    if later:
        raise AidRefused(
            f"{person.name}自{day_text(later[-1].start_on)}起已认定为{AID_CATEGORIES[later[-1].category]}，"
            "新的认定日期要晚于这一天；请核对日期，或先终止原来的身份。",
            field="recognised_on",
        )
    return before[0] if before else None


def _taken_over(origin: Origin, old: AidStatus, end_on: date | None, flagged: bool) -> AidStatus:
    if old.end_on is not None and (end_on is None or end_on > old.end_on):
        before, old.end_on = old.end_on, end_on
        recorded(
            origin,
            old,
            field="end_on",
            before=before.isoformat(),
            after=end_on and end_on.isoformat(),
            valid_from=before,
        )
    if flagged and not old.flagged:
        recorded(origin, old, field="flagged", before=False, after=True, valid_from=origin.day)
        old.flagged = True
    old.save(update_fields=["end_on", "flagged"])
    return old


def end(origin: Origin, status: AidStatus, last: date, why: str) -> None:
    """End a status with this last day: the person is no longer in need, or off the list."""
    recorded(origin, status, field="end_why", after=why, valid_from=last + DAY)
    close(origin, status, last, why)


def flag(
    origin: Origin, person: Person, category: str, *, year: int, recognised_on: date | None = None
) -> AidStatus:
    """Flag the person as aided in the insured year (身份标识).

    A status of the category that is in force keeps its own term; a new one holds to the end of the insured year.
    """
    found = status_on(person, origin.day)
    if found is not None and found.category == category:
        return _taken_over(origin, found, found.end_on, True)
    return grant(
        origin, person, category, recognised_on or origin.day, end_on=date(year, 12, 31), flagged=True
    )


def enrol(origin: Origin, person: Person, category: str, *, year: int, kind: str = "") -> Enrolment:
    """Enrol a person in need as a resident for the insured year, and levy the year's premium with its subsidy.

    Who is enrolled for the year already is not enrolled again: the enrolment becomes an aided one, an unpaid levy is
    replaced by one with the subsidy, and what the person has paid stays (its subsidy is the fund's to pay back).
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    start = max(first, origin.day)
    spell = enrolments.on(person, start)
    if start <= last and spell is not None and spell.insurance == Insurance.RESIDENT:
        spell = enrolments.become_aided(origin, person, start)
    else:
        chosen = kind or _kind(person, start)
        spell = enrolments.enrol_for_year(origin, person, kind=chosen, year=year, aided=True)
    paid = Contribution.objects.touching(start, last).filter(person=person, insurance=Insurance.RESIDENT)
    if not paid.exists():
        own, subsidy = resident_premium(origin.region, year, category)
        levies.issue_for_person(
            origin,
            person,
            insurance=Insurance.RESIDENT,
            first=max(first, spell.start_on),
            last=last,
            amount=own,
            subsidy=subsidy,
            shown=illustrations(origin.region, first, resident_figures(category)),
        )
    return spell


def premium_paid(person: Person, year: int) -> int:
    """What a person paid of the residents' premium of an insured year by the tax department's receipts, in fen."""
    mine = person.levies.filter(
        insurance=Insurance.RESIDENT, status=LevyStatus.CONFIRMED, start_on__year=year
    )
    return int(mine.aggregate(fen=Sum("person_fen"))["fen"] or 0)


def _kind(person: Person, day: date) -> Kind:
    """A resident's kind by age, where nobody said it; a student has to be said."""
    age = age_on(person.born_on, day)
    steps = ((1, Kind.NEWBORN), (6, Kind.CHILD), (GROWN_UP, Kind.PUPIL), (OLD, Kind.ADULT))
    return next((kind for below, kind in steps if age < below), Kind.ELDER)


def recognise_hardship(origin: Origin, person: Person, means: Means) -> AidStatus | None:
    """Put the finding on record and recognise the person as impoverished by illness, for the region's term.

    Whoever has a status from civil affairs keeps it: then there is only the finding, and nothing is returned.
    """
    refuse_closed(person)
    if origin.case is None:
        raise AidRefused("家庭经济状况核查要在办件中进行，请先受理申请。")
    if means.authorised_on > local_day(means.checked_at):
        raise AidRefused(
            f"授权日期{day_text(means.authorised_on)}晚于核查日期，家庭授权以后才能核查；请退回核对。",
            field="household_authorised_on",
        )
    _put_on_record(origin, origin.case, person, means)
    held = status_on(person, origin.day)
    if held is not None and held.category != HARDSHIP:
        return None
    months = int(figures(origin.region)["aid-hardship-months"].at(origin.day))
    return grant(origin, person, HARDSHIP, origin.day, end_on=last_day(origin.day, months))


def _put_on_record(origin: Origin, case: int, person: Person, means: Means) -> None:
    """The finding of the case; approved anew after it was sent back, the new finding takes the place of the old."""
    columns = {
        "authorised_on": means.authorised_on,
        "people": means.people,
        "income_fen": to_fen(means.income),
        "property_fen": to_fen(means.property),
        "spending_fen": to_fen(means.spending),
        "actor": means.checked_by,
        "checked_at": means.checked_at,
    }
    opinion = sealed(origin.region, "meanscheck.opinion", means.opinion)
    check = MeansCheck.objects.filter(case=case).first()
    if check is None:
        check = MeansCheck.objects.create(
            region=origin.region, person=person, case=case, opinion=opinion, **columns
        )
        recorded(origin, check, after=contents(check))
        return
    for name, value in columns.items():
        if (before := getattr(check, name)) != value:
            recorded(origin, check, field=name, before=str(before), after=str(value))
            setattr(check, name, value)
    check.opinion = opinion
    check.save()
