"""A bill as it is typed in, and what of it is kept sealed. Amounts are whole fen, prices yuan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import TypeAdapter

from jingban.benefits.einvoice import DIGITAL, MEDICAL
from jingban.benefits.models import Accident, Bill
from jingban.core.crypto import open_sealed, seal
from jingban.core.errors import DomainError
from jingban.core.names import person_name

ABROAD = "abroad"
INVOICES = {
    MEDICAL: "医疗收费电子票据",
    DIGITAL: "数电票",
    "medical": "医疗收费票据（纸质）",
    "vat": "增值税发票（纸质）",
    ABROAD: "境外票据",
}
CARES = {
    "outpatient": "普通门诊",
    "chronic": "门诊慢特病",
    "special": "门诊特殊疾病",
    "inpatient": "住院",
    "emergency": "急诊抢救",
    "prenatal": "产前检查",
    "delivery": "分娩住院",
    "family-planning": "计划生育手术",
}
PATIENTS = {"self": "本人", "spouse": "配偶", "newborn": "新生儿（随母）"}


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line of the list of expenses. ``fits_limit`` answers whether a limited use (限定支付范围) is met."""

    name: str
    amount: int
    day: date
    code: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    excluded: str = ""
    fits_limit: bool | None = None

    @property
    def unit_price(self) -> Decimal:
        """As typed; without one the whole amount is one piece's."""
        return Decimal(self.amount).scaleb(-2) / self.quantity if self.price is None else self.price


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """A receipt. ``is_read``: taken from the electronic file, not typed."""

    number: str
    amount: int
    day: date
    issuer: str
    kind: str = "medical"
    code: str = ""
    payer: str = ""
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What other payers had settled of the bill before: for medical aid after insurance (先保险后救助). All in fen."""

    in_scope: int
    insurance: int = 0


@dataclass(frozen=True, slots=True)
class BillDraft:
    """One visit or stay with its lines and invoices.

    ``place_code`` is where the institution lies; ``patient`` who was treated (the spouse's care is claimed by the
    insured husband). ``accident`` is of ``models.Accident``.
    """

    care: str
    began_on: date
    ended_on: date
    institution: str
    level: str
    place_code: str
    total: int
    lines: tuple[LineDraft, ...]
    invoices: tuple[InvoiceDraft, ...]
    institution_code: str = ""
    diagnosis: str = ""
    disease: str = ""
    emergency: bool = False
    accident: str = Accident.NONE.value
    third_party_paid: int = 0
    commercial: int = 0
    enterprise_supplement: bool = False
    patient: str = "self"
    patient_name: str = ""
    settled: Settled | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What of a bill is health data: one sealed text."""

    lines: tuple[LineDraft, ...]
    diagnosis: str = ""
    disease: str = ""
    enterprise_supplement: bool = False
    patient: str = "self"
    patient_name: str = ""
    payers: tuple[str, ...] = ()
    settled: Settled | None = None


CONTENT = TypeAdapter(Content)


def written(name: str) -> str:
    """A name on a receipt in its one written form; what is no name stays as it stands there (张三之子（1）)."""
    try:
        return person_name(name)
    except DomainError:
        return name.strip()


def sealed(draft: BillDraft, case_id: int) -> bytes:
    """What of a bill is health data, sealed for its case."""
    return seal(CONTENT.dump_json(_content_of(draft)).decode(), context=context(case_id))


def content(bill: Bill) -> Content:
    """Lines, diagnosis and patient, opened; the caller asked ``may`` and told the audit."""
    return CONTENT.validate_json(open_sealed(bytes(bill.content), context=context(bill.case_id)))


def context(case_id: int) -> bytes:
    """The place that the content of a bill is sealed for."""
    return f"bill:{case_id}".encode()


def _content_of(draft: BillDraft) -> Content:
    return Content(
        lines=draft.lines,
        diagnosis=draft.diagnosis,
        disease=draft.disease,
        enterprise_supplement=draft.enterprise_supplement,
        patient=draft.patient,
        patient_name=draft.patient_name,
        payers=tuple(invoice.payer for invoice in draft.invoices),
        settled=draft.settled,
    )
