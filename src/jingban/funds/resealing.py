"""After the keys changed: everything personal of the funds under the current one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from jingban.core.crypto import reseal
from jingban.funds.models import BankFile, BankReturn, PayeeCorrection, PayingAccount, Payment
from jingban.funds.sealing import file_context, number_context, payee_context, return_name


def reseal_funds() -> int:
    """Seal again what an older key sealed; how many rows changed."""
    return (
        _resealed(Payment.objects.all(), "payee", lambda r: payee_context(r.region, r.subject, r.attempt))
        + _resealed(
            PayeeCorrection.objects.all(),
            "payee",
            lambda r: payee_context(r.region, f"{r.subject}:correction", r.attempt),
        )
        + _resealed(PayingAccount.objects.all(), "number", lambda r: number_context(r.region, r.kind))
        + _resealed(BankFile.objects.all(), "content", lambda r: file_context(r.message_id))
        + _resealed(
            BankReturn.objects.all(),
            "content",
            lambda r: file_context(return_name(r.region, bytes(r.digest))),
        )
    )


def _resealed(rows: QuerySet[Any], column: str, context: Callable[[Any], bytes]) -> int:
    changed = 0
    for row in rows.order_by("pk").iterator(chunk_size=200):
        kept = bytes(getattr(row, column))
        again = reseal(kept, context=context(row))
        if again != kept:
            changed += type(row)._default_manager.filter(pk=row.pk).update(**{column: again})
    return changed
