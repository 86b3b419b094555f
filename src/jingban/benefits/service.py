"""The door of benefits; other apps import nothing else of this one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from jingban.benefits import bills, decisions, events, openings
from jingban.benefits.adjustments import settle as settle_adjustments
from jingban.benefits.adjustments import waiting as adjustments_waiting
from jingban.benefits.adjustments import when_adjusted
from jingban.benefits.bills import correct as correct_bill
from jingban.benefits.bills import draft_of as bill_draft
from jingban.benefits.bills import enter as enter_bill
from jingban.benefits.bills import entered_by as bills_entered_by
from jingban.benefits.bills import may_edit as may_edit_bills
from jingban.benefits.bills import of_case as bills_of
from jingban.benefits.bills import remove as remove_bill
from jingban.benefits.bills import takes_bills
from jingban.benefits.catalogue import Loaded as CatalogueLoaded
from jingban.benefits.catalogue import find as find_in_catalogue
from jingban.benefits.catalogue import load as load_catalogue
from jingban.benefits.catalogue import load_demo as load_demo_catalogue
from jingban.benefits.checking import code_missing as invoice_code_missing
from jingban.benefits.checking import hold_line as check_line
from jingban.benefits.decisions import at as decision_at
from jingban.benefits.decisions import is_withdrawn, revoke
from jingban.benefits.decisions import revoked as revoked_decision
from jingban.benefits.decisions import standing as standing_decision
from jingban.benefits.drafts import (
    CARES,
    INVOICES,
    PATIENTS,
    BillDraft,
    InvoiceDraft,
    LineDraft,
    Settled,
)
from jingban.benefits.effects import KINDS
from jingban.benefits.einvoice import LONGEST as LONGEST_ON_RECEIPT
from jingban.benefits.einvoice import EInvoice, Item
from jingban.benefits.errors import (
    AmountDiffers,
    BenefitError,
    BillClosed,
    BillWrong,
    CatalogueWrong,
    Decided,
    InvoiceAltered,
    InvoiceUsed,
    InvoiceWrong,
    NoBill,
    NotCovered,
    OnlyIllustrative,
    OpeningWrong,
    OwnBill,
)
from jingban.benefits.events import EventDraft
from jingban.benefits.events import enter as enter_event
from jingban.benefits.explain import (
    Explanation,
    Part,
    Row,
    Used,
    explained,
    funds_of,
    parts_of,
    undone_words,
    used_of,
)
from jingban.benefits.explain import of as explain
from jingban.benefits.illustrative import any_illustrative, pays_illustrative
from jingban.benefits.invoices import Trace
from jingban.benefits.invoices import from_file as invoice_from_file
from jingban.benefits.invoices import release_of as release_receipts
from jingban.benefits.invoices import traces as invoice_traces
from jingban.benefits.kept import reseal_decisions, results_of
from jingban.benefits.models import (
    Accident,
    Adjustment,
    Bill,
    CatalogueEntry,
    Decision,
    Kind,
    OpeningSource,
)
from jingban.benefits.openings import CARES as DISEASE_CARES
from jingban.benefits.openings import INSURANCES, DiseaseSum, Opening, OpeningDraft
from jingban.benefits.openings import SUMS as YEAR_SUMS
from jingban.benefits.outcomes import Outcome, recomputed
from jingban.benefits.plain import of as explain_plain
from jingban.benefits.premiums import hold_premium_refund, hold_premium_subsidy
from jingban.benefits.rules.birth import OPERATIONS, WAYS, Event
from jingban.benefits.rules.explain import LEVELS
from jingban.benefits.rules.model import EXCLUSIONS
from jingban.benefits.rules.reward import reporters_named
from jingban.benefits.settled import own as settled_of
from jingban.benefits.statements import KnownSums, known_sums
from jingban.benefits.statements import receive as receive_sums
from jingban.benefits.statements import register as register_sums
from jingban.benefits.sums_file import SumsLoaded
from jingban.benefits.sums_file import load as load_sums
from jingban.benefits.verify import faults
from jingban.benefits.whatif import service as trials
from jingban.benefits.whatif.errors import WhatIfError
from jingban.benefits.working_papers import (
    AllowanceLine,
    Batch,
    CashLine,
    CategorySum,
    EnteredSum,
    Received,
    allowance_line,
    allowance_sheet,
    batches,
    cases_of_batch,
    cash_lines,
    cash_sheet,
    entered_by_care,
    received,
    sums_by_care,
)
from jingban.benefits.years import hold_person
from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of, work_now
from jingban.rulebook import publish

__all__ = [
    "CARES",
    "DISEASE_CARES",
    "EXCLUSIONS",
    "INSURANCES",
    "INVOICES",
    "LEVELS",
    "LONGEST_ON_RECEIPT",
    "OPERATIONS",
    "PATIENTS",
    "WAYS",
    "YEAR_SUMS",
    "Accident",
    "Adjustment",
    "AllowanceLine",
    "AmountDiffers",
    "Batch",
    "BenefitError",
    "Bill",
    "BillClosed",
    "BillDraft",
    "BillWrong",
    "CashLine",
    "CatalogueEntry",
    "CatalogueLoaded",
    "CatalogueWrong",
    "CategorySum",
    "Decided",
    "Decision",
    "DiseaseSum",
    "EInvoice",
    "EnteredSum",
    "Event",
    "EventDraft",
    "Explanation",
    "InvoiceAltered",
    "InvoiceDraft",
    "InvoiceUsed",
    "InvoiceWrong",
    "Item",
    "Kind",
    "KnownSums",
    "LineDraft",
    "NoBill",
    "NotCovered",
    "OnlyIllustrative",
    "Opening",
    "OpeningDraft",
    "OpeningSource",
    "OpeningWrong",
    "Outcome",
    "OwnBill",
    "Part",
    "Payable",
    "Received",
    "Row",
    "Settled",
    "SumsLoaded",
    "Trace",
    "Used",
    "WhatIfError",
    "adjustments_waiting",
    "allowance_line",
    "allowance_sheet",
    "any_illustrative",
    "batches",
    "bill_draft",
    "bills_entered_by",
    "bills_of",
    "cases_of_batch",
    "cash_lines",
    "cash_sheet",
    "check_line",
    "correct_bill",
    "decision_at",
    "enter_bill",
    "enter_event",
    "entered_by_care",
    "event_of",
    "explain",
    "explain_plain",
    "explained",
    "faults",
    "find_in_catalogue",
    "funds_of",
    "hold_person",
    "hold_premium_refund",
    "hold_premium_subsidy",
    "invoice_code_missing",
    "invoice_from_file",
    "invoice_traces",
    "is_withdrawn",
    "kind_of",
    "known_sums",
    "load_catalogue",
    "load_demo_catalogue",
    "load_sums",
    "may_edit_bills",
    "parts_of",
    "pays_illustrative",
    "receive_sums",
    "received",
    "recomputed",
    "register_sums",
    "release_receipts",
    "remove_bill",
    "reporters_named",
    "reseal_benefits",
    "results_of",
    "revoke",
    "revoked_decision",
    "settle_adjustments",
    "settled_of",
    "standing",
    "standing_decision",
    "sums_by_care",
    "takes_bills",
    "trials",
    "undone_words",
    "used_of",
    "when_adjusted",
    "work_out",
]


@dataclass(frozen=True, slots=True)
class Payable:
    """What ``funds`` needs of a standing decision: how much of which fund, and to whom as the case says it last.

    ``from_third_party``: what the fund pays first for a liable third party and may recover (社会保险法 art. 30).
    """

    decision: int
    case: int
    region: str
    turn: int
    kind: str
    insurance: str
    person: int | None
    decided_on: date
    parts: dict[str, int]
    from_third_party: int
    is_illustrative: bool
    payee_name: str
    bank: str
    bank_account: str

    @property
    def fen(self) -> int:
        return sum(self.parts.values())


def standing(case_id: int) -> Payable | None:
    """What a case is to be paid; nothing where no decision stands."""
    found = standing_decision(case_id)
    if found is None:
        return None
    view = read(case_id)[0]
    said = answers_of(view, publish.version(view.version_id).item)
    owed = [b for b in bills_of(case_id) if b.accident == Accident.NOT_PAYING]
    keys = {bill.pk for bill in owed}
    third = sum(result["amounts"]["fund"] for result in results_of(found) if result["bill"] in keys)
    return Payable(
        decision=found.pk,
        case=case_id,
        region=found.region,
        turn=found.turn,
        kind=found.kind,
        insurance=found.insurance,
        person=found.person_id,
        decided_on=found.decided_on,
        parts=dict(found.parts),
        from_third_party=third,
        is_illustrative=found.is_illustrative,
        payee_name=said.get("payee_name") or said.get("name", ""),
        bank=said.get("bank", ""),
        bank_account=said.get("bank_account", ""),
    )


def work_out(view: CaseView, *, actor: int, now: datetime) -> Outcome | None:
    """What the case would be paid as it stands, for the page that asks for the amount; none where the entry pays nothing.

    Raises in plain words what is missing (NoBill), not covered, or wrong.
    """
    item, kind = publish.version(view.version_id).item, kind_of(view)
    if kind is None:
        return None
    return decisions.work_out(replace(work_now(view, item, actor=actor, at=now), trial=True), kind)[1]


def kind_of(view: CaseView) -> Kind | None:
    """Which benefit the entry of a case works out; none where it pays nothing by calculation."""
    effects = publish.version(view.version_id).item.effects
    return next((KINDS[name] for name in effects if name in KINDS), None)


def event_of(case_id: int) -> EventDraft | None:
    """The medical event of a case, opened; the caller asked ``may`` and told the audit."""
    found = events.of_case(case_id)
    return found[1] if found else None


def reseal_benefits() -> tuple[int, int, int, int]:
    """Seal bills, events, decisions and sums of direct settlements of an older key again; how many rows changed."""
    return bills.reseal_bills(), events.reseal_events(), reseal_decisions(), openings.reseal_openings()
