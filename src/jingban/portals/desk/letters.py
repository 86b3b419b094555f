"""What comes from outside: answers of banks and fiscal authorities, closed months; letters of agencies: ``mail``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from jingban.access.service import Actor, NotAllowed, may
from jingban.audit import service as audit
from jingban.cases import actions
from jingban.cases.errors import MessageUnknown
from jingban.cases.months import close_month
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.identifiers import plain
from jingban.core.localtime import local_day
from jingban.exchange.service import may_open
from jingban.portals import book
from jingban.portals.desk.mail.fields import CONTACT, LETTERS
from jingban.processes.errors import ActNotAllowed, CaseClosed
from jingban.processes.model import Message, Month, Process
from jingban.registry import service as registry
from jingban.rulebook.effective import EffectiveItem

CLERKS = frozenset(
    {"window", "cashier", "fund-checker", "entry", "reviewer", "township", "village", "supervisor"}
)
"""Who registers what came on paper or from a system that is not joined yet, and opens what nobody applies for.
Letters of other agencies are the exchange's: it says who registers them (``exchange.desk``)."""
CLOSED = "month-closed"
"""What the audit calls the closing of a month at the desk."""


class MonthWrong(DomainError):
    """A text that is no month."""

    code = "month_wrong"


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
    monthly: bool


def waits_for(view: CaseView, actor: Actor, now: datetime) -> tuple[Waiting, ...]:
    """What this person may register as received for the case now; letters of agencies are registered in full."""
    step = procedure_of(view.version_id, view.process, local_day(now)).process.steps.get(view.step)
    if step is None or step.receives is None:
        return ()
    if not may(actor, "receive", actions.on_case(view, CLERKS | set(step.by))):
        return ()
    results = tuple((key, act.name) for key, act in step.receives.ways.items())
    name = book.words(view.region).message
    bare = (m for m in step.receives.messages if m not in view.state.heard and m not in LETTERS)
    return tuple(Waiting(m, name(m), results) for m in bare)


def register(*, view: CaseView, actor: Actor, message: str, result: str, key: str, now: datetime) -> CaseView:
    """Write down that a message came; the event carries who registered it.

    ``told`` looks at the key before the state, so a doubled submission gets the first one's answer.
    """
    may(actor, "receive", actions.on_case(view, _registrars(view, now))).required()
    if message in LETTERS:
        name = book.words(view.region).message(message)
        raise MessageUnknown(f"{name}要连内容一起登记，办件才能接着办；请在“函件”里选登记{name}。")
    try:
        return actions.told(
            case_id=view.id, message=message, result=result, key=_key(key), now=now, actor=actor
        )
    except (ActNotAllowed, CaseClosed):
        raise MessageUnknown("本件现在不等这份来函，或您的岗位不能登记；请刷新页面核对环节。") from None


def _registrars(view: CaseView, now: datetime) -> frozenset[str]:
    """Who registers at this step; once the case went on, whoever could have at a step before it."""
    steps = procedure_of(view.version_id, view.process, local_day(now)).process.steps
    here = steps.get(view.step)
    waiting = [here] if here and here.receives else [step for step in steps.values() if step.receives]
    return CLERKS.union(*(step.by for step in waiting))


def _key(text: str) -> UUID:
    return actions.as_key(text or str(uuid4()))


def startable(actor: Actor) -> list[Startable]:
    """What the actor's offices may open without an application."""
    found: list[Startable] = []
    for region in sorted({h.region for h in actor.held}):
        for entry in book.entries(region):
            if any(actor.roles_in(region, body.id) & CLERKS for body in entry.item.accepted_by):
                found.extend(_starts(entry))
    return found


def _starts(entry: book.Entry) -> Iterator[Startable]:
    item = entry.item
    for process in (item.process, *item.answers):
        if by := _opened_by(process, item.region):
            key, monthly = f"{entry.version}:{process.process}", isinstance(process.starts, Month)
            yield Startable(key, item, process.process, process.name, by, monthly)


def _opened_by(process: Process, region: str) -> str:
    if process.starts == "application":
        return ""
    if isinstance(process.starts, Message):
        if process.starts.message in (CONTACT, registry.AID_LIST):
            return ""  # what it says is the case's application: registered in full (``mail``, ``register.aidlists``)
        return f"收到{book.words(region).message(process.starts.message)}"
    return "自然月结束"


def contact_regions(actor: Actor) -> dict[str, str]:
    """Regions for which this person registers a 《联系函》 on paper, which opens the case that answers it."""
    found: dict[str, str] = {}
    for region in sorted({h.region for h in actor.held}):
        for entry in book.entries(region):
            item = entry.item
            starts = (process.starts for process in item.answers)
            if any(isinstance(s, Message) and s.message == CONTACT for s in starts):
                if may_open(actor, item):
                    found[region] = item.region_full_name
                break  # the first entry that answers is the one that the exchange opens
    return found


def last_month(now: datetime) -> str:
    """The month that may be closed now, as 2026-10."""
    return f"{local_day(now).replace(day=1) - timedelta(days=1):%Y-%m}"


def _month(text: str) -> date:
    year, _, month = plain(text).partition("-")
    if not (text.isascii() and year.isdecimal() and month.isdecimal()):
        raise MonthWrong(f"“{text}”不是月份，请写成 2026-10 这样。")
    try:
        return date(int(year), int(month), 1)
    except ValueError:
        raise MonthWrong(f"“{text}”不是月份，请写成 2026-10 这样。") from None


def open_chosen(*, actor: Actor, chosen: str, month: str, key: str, now: datetime) -> CaseView:
    """Open what nobody applies for: a letter's case, or the settlement of a month that is over.

    A month is closed once for all entries; closing it again gives the case that there is.
    """
    allowed = {s.key: s for s in startable(actor)}
    if chosen not in allowed:
        raise NotAllowed("您的岗位不能启动这个程序，或事项已有新版本；请刷新页面后重选。")
    found = allowed[chosen]
    if not found.monthly:
        return _open_by_letter(actor, found, key, now)
    asked = (found.item.region, found.item.tier, found.item.item)
    closed = close_month(month=_month(month), now=now, regions={found.item.region})
    view = next(view for view in closed if (view.region, view.tier, view.item) == asked)
    # Time opened the case, as far as its events go; who pressed the button stands in the audit.
    audit.record(
        actor=actor.id, kind=CLOSED, subject=f"case:{view.number}", detail=f"月结：{plain(month)}", now=now
    )
    return view


def _open_by_letter(actor: Actor, found: Startable, key: str, now: datetime) -> CaseView:
    """Open a case by a letter; the event carries who registered it."""
    return actions.start(
        version=int(found.key.split(":", maxsplit=1)[0]),
        process=found.process,
        application=actions.Application(),
        key=_key(key),
        now=now,
        actor=actor,
    )
