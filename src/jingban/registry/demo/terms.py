"""Waiting periods for invented lives, by the registers' own rules and the region's figures, read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from jingban.core.parameters import Parameter
from jingban.registry import waits
from jingban.registry.models.enrolments import Insurance, Kind, Standing
from jingban.registry.periods import DAY
from jingban.registry.rules import months as m
from jingban.registry.rules.waiting import (
    EmployeeTerms,
    ResidentTerms,
    employee_waiting,
    interruption,
    missed_years,
    resident_waiting,
)

if TYPE_CHECKING:
    from jingban.registry.demo.lives import Run, Spell


class Terms:
    """The figures of one region, kept by the day that they were asked for."""

    def __init__(self, table: Mapping[str, Parameter]) -> None:
        self._table = table
        self._employee: dict[tuple[str, date], EmployeeTerms] = {}
        self._resident: dict[date, ResidentTerms] = {}
        self._years: dict[tuple[str, date], int] = {}

    def employee(self, spells: Iterable[Spell], runs: Iterable[Run], spell: Spell) -> date:
        """The first day that an employee's or flexible worker's spell pays."""
        key = (spell.kind, spell.start_on)
        if key not in self._employee:
            self._employee[key] = waits.employee_terms(self._table, *key)
        paid = {month for run in runs if not run.deemed for month in run.months}
        gap, continuous = interruption(_covered(spells, spell.start_on) | paid, m.index(spell.start_on))
        return employee_waiting(gap, continuous, self._employee[key]).begins(spell.start_on)

    def resident(self, spells: list[Spell], born_on: date, spell: Spell) -> date:
        """The first day that a resident's year pays."""
        start = spell.start_on
        if spells and spells[-1].end_on == start - DAY:
            return start
        if start not in self._resident:
            self._resident[start] = waits.resident_terms(self._table, start)
        insured = {month // 12 for month in _covered(spells, start)}
        was_employee = bool(spells) and spells[-1].insurance == Insurance.EMPLOYEE
        gap = interruption(_covered(spells, start), m.index(start))[0]
        exempt = spell.aided or (spell.kind == Kind.NEWBORN and start == born_on)
        bridged = was_employee and gap is not None and gap <= int(self._table["waiting-gap-months"].at(start))
        wait = resident_waiting(
            is_late=False,
            missed=len(missed_years(insured, start.year)),
            bought=0,
            terms=self._resident[start],
            exempt="不设等待期" if exempt or bridged else "",
        )
        return wait.begins(start)

    def retirement_months(self, sex: str, day: date) -> int:
        """Months of contribution that a retired person needs."""
        key = (sex, day)
        if key not in self._years:
            self._years[key] = int(self._table[f"retirement-years-{sex}"].at(day))
        return 12 * self._years[key]


def _covered(spells: Iterable[Spell], start_on: date) -> set[int]:
    found: set[int] = set()
    for spell in spells:
        if spell.standing == Standing.ACTIVE:
            found.update(m.span(spell.start_on, min(spell.end_on or start_on - DAY, start_on - DAY)))
    return found
