"""Sealed cases (举报) in the funds room: the money is seen by all who are in it, who reported by none but the hands needed."""

from __future__ import annotations

from jingban.cases.models import Case
from jingban.funds import service as funds
from jingban.portals.funds.rooms import Place
from jingban.rulebook import publish

SEALED = "保密办件"
NOBODY = funds.Payee("保密", "", "")
"""Who is paid, as everybody else reads it (监督管理条例 art. 35)."""


def is_sealed(case: Case) -> bool:
    """Whether a case is of an entry that only named roles read."""
    return publish.version(case.version_id).item.sealed


def title_of(case: Case) -> str:
    """What a case is called in a list of money."""
    return SEALED if is_sealed(case) else case.number


def must_see(row: funds.Payment, place: Place) -> bool:
    """Whether whoever looks prepared the payment, approved it, or is the one to approve it now."""
    me, batch = place.actor.id, row.batch
    if me == row.prepared_by:
        return True
    if batch is None:
        return False
    if me in (batch.checked_by, batch.headed_by):
        return True
    awaited = {funds.BatchState.MADE: funds.CHECKER, funds.BatchState.CHECKED: funds.HEAD}
    roles = awaited.get(funds.BatchState(batch.state))
    return roles is not None and place.may(roles, batch.office)
