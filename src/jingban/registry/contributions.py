"""The register of contributions: whole months, paid or deemed paid, each counted once for an insurance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from jingban.core.money import to_fen
from jingban.registry.changes import recorded
from jingban.registry.errors import MonthTwice, PersonClosed, RegistryError
from jingban.registry.guards_rules import MONTHS_AHEAD, WORDS
from jingban.registry.models import Contribution, Insurance, Person, Unit
from jingban.registry.origin import Origin
from jingban.registry.periods import contents, remove
from jingban.registry.rules import months as m
from jingban.rulebook.cache import regions


@dataclass(frozen=True, slots=True)
class Months:
    """Months of contribution: really paid, and deemed paid (视同缴费)."""

    paid: int
    deemed: int

    @property
    def total(self) -> int:
        return self.paid + self.deemed


def spans(person: Person) -> list[Contribution]:
    """All runs of months, oldest first."""
    return list(person.contributions.select_related("unit").order_by("start_on", "insurance"))


def months(person: Person, *, insurance: str | None = None, until: date | None = None) -> Months:
    """How many months are on record, up to and with the month of ``until``.

    Over all insurances a calendar month counts once, and as paid if any of them was paid.
    """
    rows = (
        person.contributions.all() if insurance is None else person.contributions.filter(insurance=insurance)
    )
    paid: set[int] = set()
    deemed: set[int] = set()
    for row in rows.order_by("pk"):
        (deemed if row.deemed else paid).update(span_of(row))
    if until is not None:
        last = m.index(until)
        paid, deemed = {n for n in paid if n <= last}, {n for n in deemed if n <= last}
    return Months(len(paid), len(deemed - paid))


def span_of(row: Contribution) -> range:
    """The months of a run."""
    return m.span(row.start_on, row.end_on or row.start_on)  # the database refuses an open run


def add(
    origin: Origin,
    person: Person,
    *,
    insurance: str,
    first: date,
    last: date,
    base: Decimal | None = None,
    unit: Unit | None = None,
    deemed: bool = False,
    place: str,
) -> Contribution:
    """Put months on record; ``first`` and ``last`` are any days inside the first and the last of them.

    ``base`` is the monthly base in yuan, ``place`` the code of where it was paid. A run of the same kind that
    adjoins is made longer instead of a second row. Raises MonthTwice when one of the months is there already.
    """
    added = m.span(first, last)
    _refuse_impossible(origin, person, added, place)
    like = {
        "insurance": Insurance(insurance),
        "deemed": deemed,
        "base_fen": None if base is None else to_fen(base),
        "unit": unit,
        "place": place,
        "source": origin.source,
    }
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        _refuse_twice(person, insurance, added)
        runs = person.contributions.filter(**like).order_by("start_on")
        if before := runs.filter(end_on=m.last_day(added.start - 1)).first():
            return _stretched(origin, before, end_on=m.last_day(added.stop - 1))
        if after := runs.filter(start_on=m.first_day(added.stop)).first():
            return _stretched(origin, after, start_on=m.first_day(added.start))
        return _made(origin, person, like, added)


def take_back(origin: Origin, person: Person, *, insurance: str, first: date, last: date, why: str) -> int:
    """Take months out again whose premium goes back to the payer (退费); says how many there were.

    Months paid elsewhere stay: their premium is not in this region's hands.
    """
    gone, count = m.span(first, last), 0
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        here = regions()[person.region].admin_code
        touched = _touching(person, insurance, gone).filter(place=here)
        for row in list(touched.order_by("start_on")):
            count += _cut(origin, row, gone, why)
    return count


def _touching(person: Person, insurance: str, months: range) -> QuerySet[Contribution]:
    touching = Contribution.objects.touching(m.first_day(months.start), m.last_day(months.stop - 1))
    return touching.filter(person=person, insurance=insurance)


def _refuse_impossible(origin: Origin, person: Person, added: range, place: str) -> None:
    if person.merged_into_id is not None:
        raise PersonClosed("这份个人档案已并入另一份，请在保留的档案上办理。")
    if not added:
        raise RegistryError("缴费止月早于起月，请核对费款所属期。", field="first")
    if not re.fullmatch(r"[0-9]{6}", place):
        raise RegistryError("缴费地应为6位行政区划代码，请核对。", field="place")
    if added.start < m.index(person.born_on):
        raise RegistryError("缴费起月早于出生月份，请核对费款所属期。", field="first")
    if added.stop > m.index(origin.day) + MONTHS_AHEAD:
        raise RegistryError(WORDS["months_ahead"], field="last")
    if person.died_on is not None and added.stop - 1 > m.index(person.died_on):
        raise PersonClosed("缴费月份在死亡月份之后，不能登记；已缴的费用请联系税务部门退还。", field="last")


def _refuse_twice(person: Person, insurance: str, added: range) -> None:
    there = _touching(person, insurance, added)
    twice = m.runs(set().union(*map(span_of, there)) & set(added)) if there else []
    if twice:
        raise MonthTwice(
            f"{'、'.join(map(m.words, twice))}已有{Insurance(insurance).label}的缴费记录，"
            "同一险种一个月只计一次；请核对费款所属期，重复缴纳的由税务部门退还。",
            months=[f"{m.first_day(n):%Y-%m}" for run in twice for n in run],
        )


def _stretched(origin: Origin, row: Contribution, **edge: date) -> Contribution:
    """A run with one end moved outwards or inwards."""
    ((name, day),) = edge.items()
    recorded(
        origin, row, field=name, before=getattr(row, name).isoformat(), after=day.isoformat(),
        valid_from=min(day, getattr(row, name)),
    )  # fmt: skip
    setattr(row, name, day)
    row.save(update_fields=[name])
    return row


def _made(origin: Origin, person: Person, like: dict[str, object], run: range) -> Contribution:
    columns = {**origin.columns(), **like, "region": person.region}
    row = Contribution.objects.create(
        **columns,
        person=person,
        slot=int(str(like["insurance"])),
        start_on=m.first_day(run.start),
        end_on=m.last_day(run.stop - 1),
    )
    recorded(origin, row, after=contents(row))
    return row


def _cut(origin: Origin, row: Contribution, gone: range, why: str) -> int:
    """Take the months out of a run: it goes, becomes shorter, or falls into two."""
    own = span_of(row)
    left, right = range(own.start, max(own.start, gone.start)), range(min(own.stop, gone.stop), own.stop)
    if not left and not right:
        remove(origin, row, why)
    elif left:
        _stretched(origin, row, end_on=m.last_day(left.stop - 1))
        if right:
            like = {
                n: getattr(row, n) for n in ("insurance", "deemed", "base_fen", "unit", "place", "source")
            }
            _made(origin, row.person, like, right)
    else:
        _stretched(origin, row, start_on=m.first_day(right.start))
    return len(own) - len(left) - len(right)
