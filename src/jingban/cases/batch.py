"""One act for many cases (成批办理): an event in each, all carrying the same batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from jingban.access.service import Actor
from jingban.cases.actions import act
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one case of the batch: the case as it is now, or why it was left as it was."""

    case_id: int
    view: CaseView | None
    error: DomainError | None = None


def act_many(
    *,
    cases: Sequence[tuple[int, int]],
    name: str,
    data: Mapping[str, Any] | None = None,
    actor: Actor,
    key: UUID,
    now: datetime,
) -> list[Line]:
    """Do a batch act on cases as they were seen (id, number of events).

    Each case is its own transaction under a key made from the batch's, so a batch that was cut off can be
    sent again: what was done is not done twice, what failed says why.
    """
    lines: list[Line] = []
    for case_id, seen in cases:
        try:
            view = act(
                case_id=case_id,
                act=name,
                data=data,
                actor=actor,
                seen=seen,
                now=now,
                key=uuid5(key, str(case_id)),
                batch=key.hex,
            )
        except DomainError as error:
            lines.append(Line(case_id, None, error))
        else:
            lines.append(Line(case_id, view))
    return lines
