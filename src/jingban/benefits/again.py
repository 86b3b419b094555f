"""One birth, one miscarriage, one operation is paid once: held against what the person's standing decisions were made from.

Who asks holds the person (``years.hold_person``), so that nobody decides the same birth at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from jingban.benefits import calculations
from jingban.benefits.calculations import Maternity
from jingban.benefits.errors import Decided
from jingban.benefits.kept import inputs_of
from jingban.benefits.models import Decision, Kind
from jingban.benefits.rules.birth import SAME_PREGNANCY, Event, is_same_event
from jingban.registry import service as registry

_WHAT = {"birth": "生育", "miscarriage": "流产", "operation": "计划生育手术"}


def refuse(kind: Kind, person: registry.Person, case_id: int, event: Event) -> None:
    """Raise Decided where another case was decided the same benefit for the same event, and say what to look at."""
    for known, other in _standing(kind, person, case_id):
        if _pays_checks_only(other) or not is_same_event(other.event, event):
            continue
        raise Decided(
            f"{other.event.on}的{_WHAT[other.event.kind]}已经在办件{known.case.number}核定过{kind.label}，"
            f"这次填写的是{event.on}的{_WHAT[event.kind]}，两次相距太近，按同一次处理；一次生育（手术）只支付一次。"
            f"请核对日期和病历：日期录错的先更正生育信息，原来那一件错了的先退回那一件；确是同一次的，按不予办理写明理由。"
        )


def pregnancy_year(person: registry.Person, case_id: int, day: date) -> int:
    """The year under which a pregnancy is added up: that of its first claim, or of the birth or due day."""
    for known, other in _standing(Kind.MATERNITY_MEDICAL, person, case_id):
        if abs(other.event.on - day) <= SAME_PREGNANCY:
            return known.year
    return day.year


def _standing(
    kind: Kind, person: registry.Person, case_id: int
) -> Iterator[tuple[Decision, calculations.OfEvent]]:
    """The person's other decisions of a kind, with what each was made from; the first made first."""
    mine = registry.rows_of(person.pk)
    rows = Decision.objects.filter(person__in=mine, kind=kind, undone_at__isnull=True).exclude(case=case_id)
    for known in rows.select_related("case").order_by("id"):
        yield known, calculations.read(kind, inputs_of(known))


def _pays_checks_only(payload: calculations.OfEvent) -> bool:
    return isinstance(payload, Maternity) and payload.fees is None
