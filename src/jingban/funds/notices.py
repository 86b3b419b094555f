"""What a person is to be told of a recovery (社会保险经办条例 art. 46): written with what happened, told by ``messaging``.

The funds know nothing of messages: they keep what is to be told, and whether somebody was reached.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from jingban.funds.models import Attempt, Mode, Notice, Payment, Recovery, RecoveryMove, RecoveryNotice
from jingban.funds.sealing import opened_payee

AGREED = {Mode.ONCE: Notice.ONCE, Mode.INSTALMENTS: Notice.INSTALMENTS, Mode.SET_OFF: Notice.SET_OFF}


def claimed(row: Recovery, now: datetime) -> None:
    """It was agreed to: from here on the money is asked for, by the plan."""
    kind = Notice.REVOKED if row.is_revocation else AGREED[Mode(row.mode)]
    _written(row, row.case_id, kind, now)


def repaid(row: Recovery, now: datetime, *, is_whole: bool) -> None:
    """A receipt was registered for it."""
    _written(row, row.case_id, Notice.DONE if is_whole else Notice.REPAID, now)


def kept_back(payables: Collection[int], now: datetime) -> None:
    """These payables were paid: what was set off against earlier claims is so for good. Once a claim and case."""
    moves = RecoveryMove.objects.filter(payable__in=payables, undone_on__isnull=True)
    found = moves.values_list("recovery", "payable__case").order_by("recovery").distinct()
    for recovery, case in found:
        RecoveryNotice.objects.get_or_create(
            recovery_id=recovery, case_id=case, kind=Notice.KEPT, defaults={"at": now}
        )


def _written(row: Recovery, case: int, kind: str, now: datetime) -> None:
    RecoveryNotice.objects.create(recovery=row, case_id=case, kind=kind, at=now)


def untold(most: int = 200) -> list[RecoveryNotice]:
    """What waits to be told, oldest first."""
    rows = RecoveryNotice.objects.filter(told_at__isnull=True).select_related("recovery")
    return list(rows.order_by("pk")[:most])


def told(notice: int, now: datetime) -> bool:
    """Take one to be told, within the caller's transaction; false where another has it."""
    return bool(RecoveryNotice.objects.filter(pk=notice, told_at__isnull=True).update(told_at=now))


def reached(notice: int, *, is_reached: bool) -> None:
    """Whether there was anybody to tell."""
    RecoveryNotice.objects.filter(pk=notice).update(is_reached=is_reached)


def paid_names(case_id: int) -> frozenset[str]:
    """Whose accounts were paid in a case, by name: a unit, where it had paid its employee before."""
    rows = Payment.objects.filter(case=case_id, state__in=[Attempt.PAID, Attempt.BOUNCED])
    return frozenset(opened_payee(r.region, r.subject, r.attempt, r.payee).name for r in rows.order_by("pk"))
