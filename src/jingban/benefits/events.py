"""What the medical records say of a birth, a miscarriage or an operation (按出院小结内容录入): typed in by the agency.

国令765 art. 20(3): whoever applies for the allowance brings medical records only; so nobody is asked to fill this in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from pydantic import TypeAdapter

from jingban.benefits import bills
from jingban.benefits.errors import NoBill
from jingban.benefits.models import MedicalEvent
from jingban.benefits.rules.birth import Event, Role
from jingban.core.crypto import open_sealed, reseal, seal
from jingban.core.localtime import local_day


@dataclass(frozen=True, slots=True)
class EventDraft:
    """The event, and through whom the woman is insured; ``patient_name`` where that is not the applicant."""

    event: Event
    role: Role = "own"
    patient_name: str = ""


_KEPT = TypeAdapter(EventDraft)


def enter(case_id: int, draft: EventDraft, *, actor: int, now: datetime) -> MedicalEvent:
    """Enter the event of an open case; the one before is taken out. Raises NoBill where it cannot be, BillClosed."""
    with transaction.atomic():
        view = bills.open_case(case_id)
        if draft.event.kind != "prenatal" and draft.event.on > local_day(now):
            raise NoBill(f"生育（手术）日期{draft.event.on}还没有到，请按病历核对。", field="event_on")
        if draft.role == "spouse" and not draft.patient_name.strip():
            raise NoBill("未就业配偶的生育，请填写配偶姓名。", field="patient_name")
        MedicalEvent.objects.filter(case=case_id, removed_at__isnull=True).update(removed_at=now)
        text = _KEPT.dump_json(draft).decode()
        return MedicalEvent.objects.create(
            region=view.region,
            case_id=case_id,
            content=seal(text, context=_context(case_id)),
            entered_by=actor,
            entered_at=now,
        )


def of_case(case_id: int) -> tuple[MedicalEvent, EventDraft] | None:
    """The event of a case, opened; the caller asked ``may`` and told the audit."""
    row = MedicalEvent.objects.filter(case=case_id, removed_at__isnull=True).first()
    if row is None:
        return None
    return row, _KEPT.validate_json(open_sealed(bytes(row.content), context=_context(case_id)))


def entered_by(case_id: int) -> frozenset[int]:
    """Everybody who entered the event, as it is now or before it was corrected."""
    return frozenset(MedicalEvent.objects.filter(case=case_id).values_list("entered_by", flat=True))


def required(case_id: int) -> EventDraft:
    """The same, or NoBill in plain words."""
    found = of_case(case_id)
    if found is None:
        raise NoBill("还没有录入生育信息，请先按出院小结（病历）录入日期、方式和婴儿数，再核定。")
    return found[1]


def reseal_events() -> int:
    """Seal contents of an older key again by the current one; how many rows changed."""
    changed = 0
    for row in MedicalEvent.objects.order_by("id").iterator(chunk_size=200):
        kept = bytes(row.content)
        again = reseal(kept, context=_context(row.case_id))
        if again != kept:
            changed += MedicalEvent.objects.filter(pk=row.pk).update(content=again)
    return changed


def _context(case_id: int) -> bytes:
    return f"medical-event:{case_id}".encode()
