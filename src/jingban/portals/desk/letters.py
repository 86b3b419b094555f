"""What comes from outside: answers of other agencies, banks and fiscal authorities, letters, closed months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jingban.access.service import Actor, NotAllowed, may
from jingban.cases import actions
from jingban.cases.offering import office_of
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import book
from jingban.processes.model import Message, Process
from jingban.rulebook.effective import EffectiveItem

CLERKS = frozenset(
    {"window", "cashier", "fund-checker", "entry", "reviewer", "township", "village", "supervisor"}
)
"""Who registers what came on paper or from a system that is not joined yet."""
MESSAGES = {
    "contact-letter": "《联系函》",
    "info-sheet": "《信息表》",
    "transfer-funds": "转移资金到账",
    "payment-result": "银行回执",
    "fiscal-answer": "财政部门答复",
    "aid-list": "救助对象名单",
}


class MessageUnknown(DomainError):
    """The step waits for something else."""

    code = "message_unknown"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that the case waits for, with the results it may have."""

    message: str
    name: str
    results: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Startable:
    """A procedure that nobody applies for: opened by a letter or a closed month."""

    key: str
    item: EffectiveItem
    process: str
    name: str
    by: str


def waits_for(view: CaseView, actor: Actor, now: datetime) -> tuple[Waiting, ...]:
    """What this person may register as received for the case now."""
    step = procedure_of(view.version_id, view.process, local_day(now)).process.steps.get(view.step)
    if step is None or step.receives is None:
        return ()
    if not may(actor, "receive", actions.on_case(view, CLERKS | set(step.by))):
        return ()
    results = tuple((key, act.name) for key, act in step.receives.ways.items())
    return tuple(
        Waiting(m, MESSAGES.get(m, m), results) for m in step.receives.messages if m not in view.state.heard
    )


def register(*, view: CaseView, actor: Actor, message: str, result: str, key: str, now: datetime) -> CaseView:
    """Write down that a message came; the event carries who registered it."""
    expected = {w.message: dict(w.results) for w in waits_for(view, actor, now)}
    if result not in expected.get(message, {}):
        raise MessageUnknown("本件现在不等这份来函，或您的岗位不能登记；请刷新页面核对环节。")
    return actions.told(
        case_id=view.id, message=message, result=result, key=actions.as_key(key), now=now, actor=actor
    )


def startable(actor: Actor) -> list[Startable]:
    """What the actor's offices may open without an application."""
    found: list[Startable] = []
    for region in sorted({h.region for h in actor.held}):
        for entry in book.entries(region):
            office = office_of(entry.item)
            if actor.roles_in(region, office) & CLERKS:
                found.extend(_starts(entry))
    return found


def _starts(entry: book.Entry) -> Iterator[Startable]:
    item = entry.item
    for process in (item.process, *item.answers):
        if by := _opened_by(process):
            yield Startable(f"{entry.version}:{process.process}", item, process.process, process.name, by)


def _opened_by(process: Process) -> str:
    if process.starts == "application":
        return ""
    if isinstance(process.starts, Message):
        return f"收到{MESSAGES.get(process.starts.message, process.starts.message)}"
    return "自然月结束"


def open_by_letter(*, actor: Actor, chosen: str, key: str, now: datetime) -> CaseView:
    """Open a case that nobody applies for; the event carries who registered it."""
    allowed = {s.key: s for s in startable(actor)}
    if chosen not in allowed:
        raise NotAllowed("您的岗位不能启动这个程序，或事项已有新版本；请刷新页面后重选。")
    return actions.start(
        version=int(chosen.split(":", maxsplit=1)[0]),
        process=allowed[chosen].process,
        application=actions.Application(),
        key=actions.as_key(key),
        now=now,
        actor=actor,
    )
