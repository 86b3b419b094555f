"""For which unit somebody acts, and with which right; whatever is refused or looked at is written down."""

from __future__ import annotations

from django.http import HttpRequest

from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.registry import service as registry


def acting(request: HttpRequest) -> list[registry.Acting]:
    """The units for which whoever asks acts today, read once a request."""
    found = getattr(request, "_jingban_units", None)
    if found is None:
        found = registry.acting_for(doors.actor(request).id, local_day(doors.now()))
        request._jingban_units = found  # type: ignore[attr-defined]
    return list(found)


def unit(request: HttpRequest, pk: int, right: str = "") -> registry.Acting:
    """The unit of an address with what one may do there, if one acts for it (and, named, holds the right).

    Whether there is such a unit at all is told to nobody else.
    """
    found = next((one for one in acting(request) if one.unit.pk == pk), None)
    if found is None:
        note(request, audit.REFUSED, f"unit:{pk}", "不是经办人")
        raise registry.NotYours("您不是这个单位的经办人，不能办理它的事；请由单位添加，或到窗口登记。")
    if right and right not in found.rights:
        note(request, audit.REFUSED, subject(found), right)
        registry.required_for_unit(doors.actor(request).id, found.unit, local_day(doors.now()), right)
    return found


def origin(request: HttpRequest, acted: registry.Acting) -> registry.Origin:
    """In whose name something is written for the unit."""
    return registry.Origin(acted.unit.region, doors.actor(request).id, doors.now())


def subject(acted: registry.Acting) -> str:
    return f"unit:{acted.unit.credit_code}"


def note(request: HttpRequest, kind: str, about: str, detail: str = "") -> None:
    audit.record(actor=doors.actor(request).id, kind=kind, subject=about, detail=detail, now=doors.now())


def refusal(request: HttpRequest, acted: registry.Acting, error: DomainError) -> str:
    """What an act of the unit was refused for, written down."""
    note(request, audit.REFUSED, subject(acted), error.message)
    return error.message
