"""What lies beside a case on its page: the files that came with it, the paper to print, whether letters belong to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jingban.cases.view import CaseView
from jingban.portals.casepage import CasePage, material_names
from jingban.portals.desk.mail.fields import LETTERS
from jingban.processes.model import Message
from jingban.rulebook.effective import EffectiveItem
from jingban.uploads import service as uploads

SIGNED = "signed-"
"""The slot of a signature or of a signed paper; the number of the event follows."""
_SIGNED = re.compile(rf"{SIGNED}[0-9]+\Z")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the case."""

    pk: UUID
    slot: str
    name: str
    is_picture: bool
    at: datetime


def files_of(view: CaseView, item: EffectiveItem) -> tuple[File, ...]:
    """What was uploaded, material by material; what was signed at the counter last."""
    names = material_names(item)
    found = [
        File(row.pk, _slot(row.slot, names), row.name, row.is_picture, row.uploaded_at)
        for row in uploads.of_case(view.id)
    ]
    order = {name: n for n, name in enumerate(names.values())}
    return tuple(sorted(found, key=lambda file: order.get(file.slot, len(order))))


def _slot(key: str, names: dict[str, str]) -> str:
    return "领取文书的签名" if _SIGNED.match(key) else names.get(key, key)


def latest_paper(page: CasePage) -> tuple[int, str, str] | None:
    """The paper that was given out last: event, kind, name."""
    for line in reversed(page.timeline):
        for kind, name in line.papers:
            return line.seq, kind, name
    return None


def concerns_letters(item: EffectiveItem, process: str) -> bool:
    """Whether letters between agencies ever belong to a case of this procedure: no read."""
    running = item.process_named(process)
    names = {running.starts.message} if isinstance(running.starts, Message) else set()
    for step in running.steps.values():
        names |= set(step.receives.messages) if step.receives else set()
        names |= {sent for rule in step.do.values() for sent in rule.sends}
    return bool(names & set(LETTERS))
