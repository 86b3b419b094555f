"""The agency's working papers of the guides (F14, F15): 台账, batches, sums by medical category, 《现金报销明细表》,
《参保职工生育津贴汇总表》. Rows only; papers set them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from jingban.benefits import bills
from jingban.benefits.drafts import CARES
from jingban.benefits.kept import Facts, facts_of, results_of
from jingban.benefits.models import Bill, Decision, Invoice, Kind
from jingban.cases.models import Case, CaseEvent
from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of
from jingban.core.localtime import SHANGHAI, local_day
from jingban.documents.service import masked_name
from jingban.registry import service as registry
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all

AMOUNTS = (
    "total", "own_pay", "over_limit", "pre_self", "in_scope", "insured", "third_party", "deductible", "pool", "supplement",
    "serious", "civil", "enterprise", "aid", "extra_aid", "maternity", "commercial", "fund", "person",
)  # fmt: skip
"""Columns of 《现金报销明细表》, in the order of the calculation: what others paid, funds pay and the person bears is the
total."""
DAY = timedelta(days=1)
SEALED = "保密件"
"""In the place of who reported: such a name is opened for its own roles only."""


@dataclass(frozen=True, slots=True)
class Received:
    """A line of the register of received claims (台账). Amounts are what was entered so far."""

    case: int
    number: str
    received_on: date
    item: str
    office: str
    name: str
    cares: tuple[str, ...]
    invoices: int
    total: int
    decided: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases that one section passed on in a day, or as one batch (批次)."""

    office: str
    day: date
    batch: str
    cases: tuple[int, ...]
    invoices: int
    total: int
    fund: int


@dataclass(frozen=True, slots=True)
class CategorySum:
    """What was decided of one medical category."""

    care: str
    bills: int
    amounts: dict[str, int]


@dataclass(frozen=True, slots=True)
class EnteredSum:
    """What had been entered of one medical category; a blank one counts cases without a bill."""

    care: str
    cases: int
    invoices: int
    total: int


@dataclass(frozen=True, slots=True)
class CashLine:
    """A line of 《现金报销明细表》: one bill, or a benefit without one."""

    number: str
    name: str
    care: str
    institution: str
    began_on: date | None
    ended_on: date | None
    invoices: int
    amounts: dict[str, int]
    is_illustrative: bool


@dataclass(frozen=True, slots=True)
class AllowanceLine:
    """A line of 《参保职工生育津贴汇总表》."""

    number: str
    unit: str
    name: str
    event: str
    event_on: date | None
    days: int
    wage: int
    amount: int
    is_illustrative: bool


EVENTS = {"birth": "生育", "miscarriage": "流产", "operation": "计划生育手术", "prenatal": "产前检查"}


def received(
    region: str, first: date, last: date, *, offices: Collection[str] | None, reads: Callable[[Case], bool]
) -> list[Received]:
    """The register of received claims of some days, by the act that accepted them (受理并建立台账).

    ``offices``: of these only; none is the whole region. What ``reads`` says no to has its name masked, and no category.
    """
    found = list(_accepted(region, first, last, offices).values())
    held = Bill.objects.filter(case__in=[event.case_id for event in found], removed_at__isnull=True)
    by_case: dict[int, list[Bill]] = {}
    for bill in held.order_by("id"):
        by_case.setdefault(bill.case_id, []).append(bill)
    decided = _decided(by_case)
    return [
        _received(event, by_case.get(event.case_id, []), decided.get(event.case_id), reads(event.case))
        for event in found
    ]


def batches(region: str, first: date, last: date, *, offices: Collection[str] | None) -> list[Batch]:
    """What review passed on, by section, day and batch (整理业务受理科移交资料并按批次汇总); of these offices only."""
    groups: dict[tuple[str, date, str], list[int]] = {}
    events = CaseEvent.objects.filter(
        case__region=region, case__item__in=_items(), act="approve", at__range=_span(first, last)
    )
    if offices is not None:
        events = events.filter(case__office__in=offices)
    for event in events.select_related("case").order_by("at", "case_id"):
        key = (event.case.office, local_day(event.at), str(event.data.get("batch") or ""))
        groups.setdefault(key, []).append(event.case_id)
    return [_batch(*key, tuple(dict.fromkeys(cases))) for key, cases in groups.items()]


def cases_of_batch(view: CaseView, act: str, batch: str) -> tuple[int, ...]:
    """The cases of a region that one act passed on together."""
    if not batch:
        return ()
    found = CaseEvent.objects.filter(
        case__region=view.region, case__item=view.item, act=act, data__batch=batch
    ).order_by("case_id")
    return tuple(dict.fromkeys(found.values_list("case_id", flat=True)))


def entered_by_care(case_ids: Iterable[int], moment: datetime) -> list[EnteredSum]:
    """What had been entered of some cases by a moment, by medical category; cases without a bill last."""
    wanted = set(case_ids)
    rows = Bill.objects.filter(case__in=wanted, entered_at__lte=moment).exclude(removed_at__lte=moment)
    found: dict[str, list[Bill]] = {}
    for bill in rows.order_by("id"):
        found.setdefault(bill.care, []).append(bill)
    sums = [
        EnteredSum(
            care=CARES[care],
            cases=len({bill.case_id for bill in found[care]}),
            invoices=Invoice.objects.filter(bill__in=found[care]).count(),
            total=sum(bill.total_fen for bill in found[care]),
        )
        for care in CARES
        if care in found
    ]
    bare = wanted - {bill.case_id for bills_ in found.values() for bill in bills_}
    return [*sums, EnteredSum("", len(bare), 0, 0)] if bare else sums


def sums_by_care(case_ids: Iterable[int]) -> list[CategorySum]:
    """What was decided, by medical category (按医疗类别分别汇总)."""
    found: dict[str, CategorySum] = {}
    for line in cash_sheet(case_ids):
        known = found.get(line.care, CategorySum(line.care, 0, {}))
        amounts = {
            key: known.amounts.get(key, 0) + line.amounts.get(key, 0)
            for key in AMOUNTS
            if key in known.amounts or line.amounts.get(key)
        }
        found[line.care] = CategorySum(line.care, known.bills + 1, amounts)
    order = {name: n for n, name in enumerate(CARES.values())}
    return sorted(found.values(), key=lambda one: (order.get(one.care, len(order)), one.care))


def cash_sheet(case_ids: Iterable[int]) -> list[CashLine]:
    """《现金报销明细表》: each bill of the standing decisions with its amounts in the order of the calculation."""
    rows = _standing(case_ids).exclude(kind=Kind.ALLOWANCE)
    return [line for decision in rows for line in cash_lines(decision)]


def cash_lines(decision: Decision) -> list[CashLine]:
    """The lines of one decision, standing or undone."""
    facts = facts_of(decision)
    return [_cash_line(decision, result, facts) for result in results_of(decision)]


def allowance_sheet(case_ids: Iterable[int]) -> list[AllowanceLine]:
    """《参保职工生育津贴汇总表》: who, of which unit, days and wage."""
    return [allowance_line(decision) for decision in _standing(case_ids).filter(kind=Kind.ALLOWANCE)]


def _standing(case_ids: Iterable[int]) -> Any:
    rows = Decision.objects.filter(case__in=list(case_ids), undone_at__isnull=True)
    return rows.select_related("case", "person").order_by("case__number")


def _accepted(region: str, first: date, last: date, offices: Collection[str] | None) -> dict[int, CaseEvent]:
    """The acceptance of each case; accepted twice (sent back meanwhile), the first counts."""
    events = CaseEvent.objects.filter(
        case__region=region, case__item__in=_items(), act="accept", at__range=_span(first, last)
    )
    if offices is not None:
        events = events.filter(case__office__in=offices)
    found: dict[int, CaseEvent] = {}
    for event in events.select_related("case").order_by("at", "case_id"):
        found.setdefault(event.case_id, event)
    return found


def _items() -> frozenset[str]:
    return frozenset(
        item.item for item in effective_all() if any(name.startswith("benefits.") for name in item.effects)
    )


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    end = datetime.combine(last + DAY, time(0), SHANGHAI) - timedelta(microseconds=1)
    return datetime.combine(first, time(0), SHANGHAI), end


def _received(event: CaseEvent, rows: list[Bill], decided: Decision | None, is_open: bool) -> Received:
    case: Case = event.case
    sealed = publish.version(case.version_id).item.sealed
    name = SEALED if sealed else _name(case)
    return Received(
        case=case.pk,
        number=case.number,
        received_on=local_day(event.at),
        item=case.item,
        office=case.office,
        name=name if is_open or sealed else masked_name(name),
        cares=tuple(dict.fromkeys(CARES[bill.care] for bill in rows)) if is_open else (),
        invoices=Invoice.objects.filter(bill__in=rows, released_at__isnull=True).count() if rows else 0,
        total=sum(bill.total_fen for bill in rows),
        decided=decided.fund_fen if decided is not None else None,
        outcome=case.outcome or "",
    )


def _name(case: Case) -> str:
    """Whom the application names; the caller asked ``may`` and told the audit."""
    view = read(case.pk)[0]
    return answers_of(view, publish.version(view.version_id).item).get("name", "")


def _decided(case_ids: Iterable[int]) -> dict[int, Decision]:
    return {decision.case_id: decision for decision in _standing(case_ids)}


def _batch(office: str, day: date, batch: str, cases: tuple[int, ...]) -> Batch:
    rows = [bill for case in cases for bill in bills.of_case(case)]
    return Batch(
        office=office,
        day=day,
        batch=batch,
        cases=cases,
        invoices=Invoice.objects.filter(bill__in=rows, released_at__isnull=True).count(),
        total=sum(bill.total_fen for bill in rows),
        fund=sum(decision.fund_fen for decision in _standing(cases)),
    )


def _cash_line(decision: Decision, result: dict[str, Any], facts: Facts) -> CashLine:
    bill = Bill.objects.filter(pk=result["bill"]).first() if result["bill"] else None
    amounts = {
        key: result["amounts"].get(key, 0) for key in AMOUNTS if result["amounts"].get(key) is not None
    }
    return CashLine(
        number=decision.case.number,
        name=decision.person.name if decision.person is not None else "",
        care=CARES[bill.care] if bill is not None else Kind(decision.kind).label,
        institution=bill.institution if bill is not None else "",
        began_on=bill.began_on if bill is not None else facts.event_on,
        ended_on=bill.ended_on if bill is not None else facts.event_on,
        invoices=bill.invoices.filter(released_at__isnull=True).count() if bill is not None else 0,
        amounts=amounts,
        is_illustrative=decision.is_illustrative,
    )


def allowance_line(decision: Decision) -> AllowanceLine:
    """The line of one decision, standing or undone."""
    steps = {step["key"]: step["amount"] for result in results_of(decision) for step in result["steps"]}
    facts = facts_of(decision)
    return AllowanceLine(
        number=decision.case.number,
        unit=_unit(decision, facts.event_on),
        name=decision.person.name if decision.person is not None else "",
        event=EVENTS.get(facts.event, facts.event),
        event_on=facts.event_on,
        days=steps.get("days", 0),
        wage=steps.get("wage", 0),
        amount=decision.fund_fen,
        is_illustrative=decision.is_illustrative,
    )


def _unit(decision: Decision, day: date | None) -> str:
    if decision.person is None or day is None:
        return ""
    spells = registry.spells_within(decision.person, day, day)
    return next((spell.unit.name for spell in spells if spell.unit is not None), "")
