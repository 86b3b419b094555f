"""The door of ``workdays``."""

from __future__ import annotations

from jingban.workdays.calendar import WorkCalendar, YearFile, calendar, load_calendar
from jingban.workdays.clocks import Clock, ReceiptRule, is_after_hours, receipt_day, recompute
from jingban.workdays.errors import CalendarBroken, ClockMisused, LimitWrong
from jingban.workdays.explain import Explanation, explain, explain_clock
from jingban.workdays.limits import Day, Due, Limit, Unit, due, limit_of, walk_days

__all__ = [
    "CalendarBroken",
    "Clock",
    "ClockMisused",
    "Day",
    "Due",
    "Explanation",
    "Limit",
    "LimitWrong",
    "ReceiptRule",
    "Unit",
    "WorkCalendar",
    "YearFile",
    "calendar",
    "due",
    "explain",
    "explain_clock",
    "is_after_hours",
    "limit_of",
    "load_calendar",
    "receipt_day",
    "recompute",
    "walk_days",
]
