"""费用和核定 of a case: what was entered, what it comes to, and why; or in plain words what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from jingban.access.models import User
from jingban.access.service import Actor
from jingban.benefits import service as benefits
from jingban.benefits.service import Bill, EventDraft, Kind, KnownSums
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import acts
from jingban.portals.desk.benefit.lines import yuan_text
from jingban.portals.desk.benefit.rights import why_not
from jingban.portals.middleware import is_fault
from jingban.portals.why import Why, why_of
from jingban.processes.engine import allowed_acts

EVENTS = {
    "birth": "生育",
    "miscarriage": "流产（含引产、人工流产）",
    "operation": "计划生育手术",
    "prenatal": "产前检查",
}
ROLES = {"own": "参保人本人", "spouse": "参保男职工的未就业配偶", "former": "符合规定的离职女职工"}
WITH_EVENT = frozenset({Kind.MATERNITY_MEDICAL, Kind.ALLOWANCE, Kind.BIRTH_SUBSIDY})
WITHOUT_BILLS = frozenset({Kind.ALLOWANCE, Kind.REWARD})


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill in the list: no health data but the kind of care."""

    pk: int
    care: str
    institution: str
    began_on: date
    ended_on: date
    total: int
    commercial: int
    entered: str
    entered_at: datetime
    checked: str
    checked_at: datetime | None
    own: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """All that the page shows. ``amount`` is what the act of approval is to carry, in yuan; ``field`` its input."""

    number: str
    bills: tuple[BillRow, ...]
    event: tuple[tuple[str, str], ...]
    wants_bills: bool
    wants_event: bool
    may_edit: bool
    closed: str
    why: Why | None
    missing: str
    amount: str = ""
    field: str = ""
    own: bool = False
    sums: KnownSums | None = None
    """What hospitals settled of the year; none where the benefit does not look at it."""

    @property
    def total(self) -> int:
        return sum(bill.total for bill in self.bills)


def panel_of(view: CaseView, actor: Actor, now: datetime) -> Panel:
    """The panel for who may see it (``rights.may_see``)."""
    kind, rows = benefits.kind_of(view), benefits.bills_of(view.id)
    wants_event, wants_bills = kind in WITH_EVENT, kind not in WITHOUT_BILLS
    event = benefits.event_of(view.id) if wants_event else None
    may_edit = benefits.may_edit_bills(view, actor)
    why, missing, amount = _worked(view, actor, now)
    names = _names(rows)
    return Panel(
        number=view.number,
        bills=tuple(_row(bill, names, actor) for bill in rows),
        event=event_words(event) if event else (),
        wants_bills=wants_bills,
        wants_event=wants_event,
        may_edit=may_edit,
        closed="" if may_edit or not (wants_event or wants_bills) else why_not(view),
        why=why,
        missing=missing,
        amount=amount,
        field=paying_field(view, now) if amount else "",
        own=actor.id in benefits.bills_entered_by(view.id, rows),
        sums=benefits.known_sums(view, now),
    )


def _worked(view: CaseView, actor: Actor, now: datetime) -> tuple[Why | None, str, str]:
    """Why, of the decision that stands (or stood, in an ended case) or of what would be decided now; or what is missing."""
    decision = benefits.standing_decision(view.id)
    if decision is not None:
        return why_of(decision), "", ""
    if view.outcome is not None:
        undone = benefits.revoked_decision(view.id)
        return (why_of(undone), "", "") if undone else (None, "本件已经办结，没有核定金额。", "")
    try:
        outcome = benefits.work_out(view, actor=actor.id, now=now)
    except DomainError as error:
        if is_fault(error):
            raise
        return None, error.message, ""
    if outcome is None:
        return None, "", ""
    kind = benefits.kind_of(view)
    return why_of(outcome, kind=kind or ""), "", yuan_text(outcome.fund)


def paying_field(view: CaseView, now: datetime) -> str:
    """The input of the act that decides the amount at this step; nothing where none does."""
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    for key, rule in allowed_acts(procedure, view.state).items():
        if acts.decides_amount(procedure, rule):
            return f"{key}.amount"
    return ""


def event_words(draft: EventDraft) -> tuple[tuple[str, str], ...]:
    """What the records say, line by line."""
    event = draft.event
    found = [("事件", EVENTS[event.kind]), ("日期", f"{event.on.year}年{event.on.month}月{event.on.day}日")]
    if event.kind == "birth":
        found += [
            ("分娩方式", benefits.WAYS[event.way]),
            ("婴儿数", str(event.infants)),
            ("孩次", str(event.child)),
        ]
    if event.months is not None:
        found.append(("怀孕满几个月", str(event.months)))
    if event.operation:
        found.append(("手术", benefits.OPERATIONS[event.operation]))
    found.append(("由谁享受", ROLES[draft.role]))
    if draft.patient_name:
        found.append(("配偶姓名", draft.patient_name))
    return tuple(found)


def _names(rows: Iterable[Bill]) -> dict[int, str]:
    keys = {key for bill in rows for key in (bill.entered_by, bill.checked_by) if key}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=keys)} if keys else {}


def _row(bill: Bill, names: Mapping[int, str], actor: Actor) -> BillRow:
    return BillRow(
        pk=bill.pk,
        care=benefits.CARES.get(bill.care, bill.care),
        institution=bill.institution,
        began_on=bill.began_on,
        ended_on=bill.ended_on,
        total=bill.total_fen,
        commercial=bill.commercial_fen,
        entered=names.get(bill.entered_by, "经办人员"),
        entered_at=bill.entered_at,
        checked=names.get(bill.checked_by, "经办人员") if bill.checked_by else "",
        checked_at=bill.checked_at,
        own=bill.entered_by == actor.id,
    )
