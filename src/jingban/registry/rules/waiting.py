"""Waiting periods (待遇等待期): from which day an enrolment pays. Pure arithmetic; figures and history are handed in.

Two rules. Employees and whoever changes between insurances: 医保办发〔2021〕43号 (reference 2.2). Residents, from the
insured year 2025 on: 国办发〔2024〕38号.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from jingban.registry.rules import months as m

FIRST_YEAR = 2025
"""国办发〔2024〕38号 counts missed years from this insured year on; earlier ones are not held against anybody."""


@dataclass(frozen=True, slots=True)
class EmployeeTerms:
    """The figures of a region for its employees, in months."""

    continuity: int
    """Unbroken months that earn a change without waiting."""
    gap: int
    """The longest interruption that is still bridged."""
    after_gap: int
    """Wait after a longer interruption."""
    first: int
    """Wait of whoever was never insured before."""


@dataclass(frozen=True, slots=True)
class ResidentTerms:
    """The figures of a region for its residents, in months unless said otherwise."""

    fixed: int
    """Late or missed: everybody waits this long."""
    variable: int
    """On top for each missed year that counts."""
    counted_from: int
    """The first missed year that adds to the wait: 2 is the second."""
    repair: int
    """Taken off for each missed year bought back."""
    long_break: int
    """Missed years in a row from which the floor holds."""
    floor: int
    """The shortest wait after a long break, whatever was bought back."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many months to wait, and why, in words for the person.

    ``covers_gap``: once the interrupted months are paid, care in them is paid for as well. ``not_before``: a wait that
    an earlier enrolment of the same kind had not finished is finished first, so that leaving and coming back is no
    way around it.
    """

    months: int
    why: str
    covers_gap: bool = False
    not_before: date | None = None

    def begins(self, start_on: date) -> date:
        """The first day that pays, for an enrolment from ``start_on``."""
        return max(m.later(start_on, self.months), self.not_before or start_on)


def interruption(covered: Collection[int], start: int) -> tuple[int | None, int]:
    """Whole months without cover before month ``start``, and the unbroken months before those.

    ``covered`` are months insured before; none at all gives None. A month insured in part is not a gap.
    """
    before = {month for month in covered if month <= start}
    if not before:
        return None, 0
    last = max(before)
    return max(0, start - last - 1), m.unbroken(before, last)


def employee_waiting(gap: int | None, continuous: int, terms: EmployeeTerms) -> Waiting:
    """Enrolment as employee or flexible worker after ``gap`` months without cover (None: never insured before)."""
    if gap is None:
        return Waiting(terms.first, "首次参加职工医保" if terms.first else "")
    if gap == 0:
        return Waiting(0, "")
    if gap <= terms.gap and continuous >= terms.continuity:
        return Waiting(0, f"此前已连续参保{continuous}个月，中断{gap}个月，补缴后不设等待期", covers_gap=True)
    if gap <= terms.gap:
        # Too short a past to be bridged: like a newcomer, but never worse than after a long interruption.
        return Waiting(min(terms.first, terms.after_gap), f"此前连续参保{continuous}个月，中断{gap}个月")
    return Waiting(terms.after_gap, f"中断参保{gap}个月，超过{terms.gap}个月")


def resident_waiting(
    *, is_late: bool, missed: int, bought: int, terms: ResidentTerms, exempt: str = ""
) -> Waiting:
    """Enrolment as a resident: registered late, after ``missed`` years in a row of which ``bought`` were bought back.

    ``exempt`` says why nobody waits here (a newborn, a change of status within the year).
    """
    if exempt:
        return Waiting(0, exempt)
    if not is_late and missed == 0:
        return Waiting(0, "")
    variable = terms.variable * max(0, missed - terms.counted_from + 1)
    total = terms.fixed + max(0, variable - terms.repair * bought)
    if missed >= terms.long_break:
        total = max(total, terms.floor)
    said = [text for text, holds in (("未在集中参保期内参保", is_late), (f"断保{missed}年", missed)) if holds]
    return Waiting(total, "、".join(said) + (f"，已补缴{bought}年" if bought else ""))


def missed_years(insured: Collection[int], year: int) -> range:
    """The insured years in a row before ``year`` without cover, as far as they count; none for a newcomer."""
    earlier = [y for y in insured if y < year]
    return range(max(max(earlier) + 1, FIRST_YEAR), year) if earlier else range(year, year)
