"""The waiting period of an enrolment, from what the register knows and the region's dated figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from jingban.core.parameters import Parameter
from jingban.registry import contributions
from jingban.registry.models import Contribution, Enrolment, Insurance, Person
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.rules import months as m
from jingban.registry.rules.waiting import (
    EmployeeTerms,
    ResidentTerms,
    Waiting,
    employee_waiting,
    interruption,
    missed_years,
    resident_waiting,
)
from jingban.rulebook.cache import regions
from jingban.rulebook.figures import figures, illustrations

NEWBORN_DAYS = "newborn-enrolment-days"
DERIVED = ("waiting-", "resident-waiting-", "resident-late-", "chronic-recheck-months", "offsite-promise-", "offsite-lock-",
           "offsite-temporary-", "aid-hardship-", "mandate-months")  # fmt: skip
"""Figures, by how their names begin, that give the days from which and until which something on record counts."""


def waiting(
    person: Person, *, insurance: str, kind: str, start_on: date, aided: bool = False, leave_out: int = 0
) -> Waiting:
    """How long an enrolment from ``start_on`` waits; ``leave_out`` is the row of the enrolment itself."""
    spells = [
        s for s in person.enrolments.filter(start_on__lt=start_on).order_by("start_on") if s.pk != leave_out
    ]
    paid = contributions.spans(person)
    return waiting_after(person, spells, paid, insurance=insurance, kind=kind, start_on=start_on, aided=aided)


def waiting_after(
    person: Person,
    spells: Sequence[Enrolment],
    paid: Sequence[Contribution],
    *,
    insurance: str,
    kind: str,
    start_on: date,
    aided: bool = False,
    table: Mapping[str, Parameter] | None = None,
) -> Waiting:
    """The same from a history in hand, spells before the day in order: for rosters, which read it for many at once."""
    here = _place(person.region)
    gap, continuous = interruption(_covered(spells, paid, here, start_on), m.index(start_on))
    table = figures(person.region) if table is None else table
    if insurance == Insurance.EMPLOYEE:
        if kind == Kind.RETIRED:
            return Waiting(0, "")
        wait = employee_waiting(gap, continuous, employee_terms(table, kind, start_on))
        return replace(wait, not_before=_owed(spells, kind, start_on))
    return _as_resident(person, spells, paid, kind=kind, start_on=start_on, gap=gap, aided=aided, table=table)


def employee_terms(table: Mapping[str, Parameter], kind: str, day: date) -> EmployeeTerms:
    first = "waiting-flexible-first-months" if kind == Kind.FLEXIBLE else "waiting-employee-first-months"
    return EmployeeTerms(
        continuity=_whole(table, "waiting-continuity-months", day),
        gap=_whole(table, "waiting-gap-months", day),
        after_gap=_whole(table, "waiting-after-gap-months", day),
        first=_whole(table, first, day),
    )


def resident_terms(table: Mapping[str, Parameter], day: date) -> ResidentTerms:
    return ResidentTerms(
        fixed=_whole(table, "resident-waiting-fixed-months", day),
        variable=_whole(table, "resident-waiting-variable-months", day),
        counted_from=_whole(table, "resident-waiting-counted-from", day),
        repair=_whole(table, "resident-waiting-repair-months", day),
        long_break=_whole(table, "resident-waiting-long-break-years", day),
        floor=_whole(table, "resident-waiting-floor-months", day),
    )


def derived_by_illustrations(region: str, day: date) -> bool:
    """Whether days on record (待遇起始日, 复审日期 …) are worked out here by figures of which some are illustrations."""
    return bool(illustrations(region, (name for name in figures(region) if name.startswith(DERIVED)), day))


def newborn_days(region: str, day: date) -> int:
    """Within how many days after birth a newborn is insured from birth."""
    return _whole(figures(region), NEWBORN_DAYS, day)


def retirement_years(region: str, sex: str, day: date) -> int:
    """Years of contribution that a retired person needs, by sex."""
    return _whole(figures(region), f"retirement-years-{sex}", day)


def _as_resident(
    person: Person,
    spells: Iterable[Enrolment],
    paid: Iterable[Contribution],
    *,
    kind: str,
    start_on: date,
    gap: int | None,
    aided: bool,
    table: Mapping[str, Parameter],
) -> Waiting:
    year = start_on.year
    insured, bought = _years(spells, paid, _place(person.region), start_on)
    missed = missed_years(insured, year)
    late_after = _whole(table, "resident-late-after-months", start_on)
    return resident_waiting(
        is_late=start_on > date(year, 1, 1) and m.index(start_on) >= year * 12 + late_after,
        missed=len(missed),
        bought=len(bought & set(missed)),
        terms=resident_terms(table, start_on),
        exempt=_exempt(person, kind, start_on, aided, _changed_status(spells, gap, table, start_on)),
    )


@cache
def _place(region: str) -> str:
    """The code of a region, asked for once: it names the place and does not change while a server runs."""
    return regions()[region].admin_code


def _exempt(person: Person, kind: str, start_on: date, aided: bool, changed: bool) -> str:
    """Why a resident waits for nothing, whatever was missed (reference 2.2, marked K)."""
    if kind == Kind.NEWBORN and (start_on - person.born_on).days <= newborn_days(person.region, start_on):
        return "新生儿出生后及时参保"
    if aided:
        return "资助参保的救助对象"
    return "职工医保转居民医保，中断未超过可衔接的期限" if changed else ""


def _changed_status(
    spells: Iterable[Enrolment], gap: int | None, table: Mapping[str, Parameter], day: date
) -> bool:
    """Whether somebody came from the employees' insurance within the months that are bridged."""
    active = [s for s in spells if s.standing == Standing.ACTIVE]
    was_employee = bool(active) and active[-1].insurance == Insurance.EMPLOYEE
    return was_employee and gap is not None and gap <= _whole(table, "waiting-gap-months", day)


def _covered(
    spells: Iterable[Enrolment], paid: Iterable[Contribution], here: str, start_on: date
) -> set[int]:
    """Months of cover before the day: by enrolments in force, and by months paid here or elsewhere.

    A resident's months count here by the enrolment alone: years bought back were paid but never insured.
    """
    day_before, start = start_on - timedelta(days=1), m.index(start_on)
    found: set[int] = set()
    for spell in spells:
        if spell.standing == Standing.ACTIVE:
            found.update(m.span(spell.start_on, min(spell.end_on or day_before, day_before)))
    for row in paid:
        if not row.deemed and (row.insurance == Insurance.EMPLOYEE or row.place != here):
            found.update(month for month in contributions.span_of(row) if month < start)
    return found


def _owed(spells: Iterable[Enrolment], kind: str, start_on: date) -> date | None:
    """Until when the latest enrolment of the same kind had still to wait."""
    same = [s.benefit_from for s in spells if s.kind == kind and s.benefit_from is not None]
    return same[-1] if same and same[-1] > start_on else None


def _years(
    spells: Iterable[Enrolment], paid: Iterable[Contribution], here: str, start_on: date
) -> tuple[set[int], set[int]]:
    """The years with cover before the day, and the years paid afterwards without cover (缴费修复).

    A resident's year that was paid here but has no enrolment was bought back; paid elsewhere it was insured there.
    """
    insured = {month // 12 for month in _covered(spells, (), here, start_on)}
    bought: set[int] = set()
    for row in paid:
        years = {month // 12 for month in contributions.span_of(row) if month < m.index(start_on)}
        if row.insurance == Insurance.RESIDENT and row.place == here:
            bought |= years
        elif not row.deemed:
            insured |= years
    return insured, bought - insured


def _whole(table: Mapping[str, Parameter], name: str, day: date) -> int:
    return int(table[name].at(day))
