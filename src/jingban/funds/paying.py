"""The cashier pays a list of cases: each by its own act, their payments written together, some hundred at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from jingban.access.service import Actor
from jingban.cases import actions, together
from jingban.cases.batch import Line
from jingban.cases.work import Work
from jingban.core.errors import DomainError
from jingban.funds import payables, payments
from jingban.funds.models import Payable, Payment, Recovery, RecoveryState
from jingban.funds.payees import payee_of

CHUNK = 200
"""Cases of one transaction: few enough that one that is refused does not hold many up."""


def pay_many(
    *, cases: Sequence[tuple[int, int]], actor: Actor, key: UUID, now: datetime, name: str = "pay"
) -> list[Line]:
    """Do the paying act on cases as they were seen (id, number of events).

    Each act has a key made from ``key``: cut off and called again, what was done is not done twice. Of a chunk in
    which one is refused each is tried alone, and the one says why.
    """
    lines: list[Line] = []
    for start in range(0, len(cases), CHUNK):
        chunk = cases[start : start + CHUNK]
        try:
            lines += _together(chunk, name, actor, key, now)
        except (DomainError, IntegrityError):  # the latter where another did the same under the same key
            lines += [_alone(one, name, actor, key, now) for one in chunk]
    return lines


@transaction.atomic
def _together(
    chunk: Sequence[tuple[int, int]], name: str, actor: Actor, key: UUID, now: datetime
) -> list[Line]:
    with payments.put_off() as works:
        wanted = {case: (seen, uuid5(key, str(case))) for case, seen in chunk}
        views = together.act_together(cases=wanted, act=name, actor=actor, now=now, batch=key.hex)
    _prepared(works)
    return [Line(view.id, view) for view in views]


def _alone(one: tuple[int, int], name: str, actor: Actor, key: UUID, now: datetime) -> Line:
    case, seen = one
    try:
        view = actions.act(
            case_id=case, act=name, actor=actor, seen=seen, key=uuid5(key, str(case)), now=now, batch=key.hex
        )
    except DomainError as error:
        return Line(case, None, error)
    return Line(case, view)


def _prepared(works: Sequence[Work]) -> None:
    """The payments of these acts: of a first attempt with nothing to keep back all at once, the others one by one."""
    rows = payables.standing_of([payables.case_subject(work.case_id) for work in works])
    tried = set(Payment.objects.filter(subject__in=list(rows)).values_list("subject", flat=True))
    persons = {row.person for row in rows.values() if row.person is not None}
    owing = set(_owing(persons))
    plain: list[tuple[Payable, Work]] = []
    for work in works:
        row = rows.get(payables.case_subject(work.case_id))
        if row is None or row.subject in tried or row.person in owing:
            payments.prepare(work)
            continue
        payables.hold_amount(work, row.total_fen)
        plain.append((row, work))
    payments.first_attempts([(row, payee_of(work), work.actor, work.at) for row, work in plain])


def _owing(persons: set[int]) -> Iterator[int | None]:
    claims = Recovery.objects.filter(person__in=persons, state=RecoveryState.OPEN)
    yield from claims.values_list("person", flat=True)
