"""What the calendar and the clocks refuse."""

from __future__ import annotations

from jingban.core.errors import DomainError


class CalendarBroken(DomainError):
    """A year file does not say what it must."""

    code = "calendar_broken"


class LimitWrong(DomainError):
    """A limit, a start day or a pause that cannot be counted with."""

    code = "limit_wrong"


class ClockMisused(DomainError):
    """A clock was asked for what its state does not allow, or to run backwards."""

    code = "clock_misused"
