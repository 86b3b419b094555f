"""When a recognised disease is looked at again (复审), and from when an application counts as that."""

from __future__ import annotations

from datetime import date

from jingban.registry.rules.months import later


def recheck_day(recognised: date, months: int) -> date:
    """The corresponding day so many months on."""
    return later(recognised, months)


def may_renew(recheck_on: date | None, on: date, ahead: int) -> bool:
    """Whether an application on the day is the re-check: it is due, or comes due within so many months.

    A recognition without a day for it is never looked at again.
    """
    return recheck_on is not None and later(on, ahead) >= recheck_on
