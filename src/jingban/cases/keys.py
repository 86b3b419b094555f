"""After a key was changed: personal fields sealed by an older key, sealed again by the current one."""

from __future__ import annotations

from django.db import transaction

from jingban.cases.models import CasePayload
from jingban.cases.sealed import resealed_field


def reseal_payloads() -> int:
    """Seal what an older key sealed again; returns how many payloads changed. Events stay untouched."""
    changed = 0
    rows = CasePayload.objects.select_related("case").order_by("case_id", "seq")
    for row in rows.iterator(chunk_size=500):
        body = {
            field: resealed_field(row.case.number, row.seq, field, token) if token else token
            for field, token in row.body.items()
        }
        if body != row.body:
            with transaction.atomic():
                CasePayload.objects.filter(case_id=row.case_id, seq=row.seq).update(body=body)
            changed += 1
    return changed
