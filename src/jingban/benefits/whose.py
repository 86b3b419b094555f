"""Whose a receipt must be: the applicant's, or the patient's who is claimed for; of a newborn the parents'.

Asked when a bill is entered and again when it is decided, for the form may have been put right to another name between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jingban.benefits.drafts import BillDraft, InvoiceDraft, written
from jingban.benefits.errors import BillWrong, InvoiceWrong
from jingban.core.identifiers import CitizenId
from jingban.registry import service as registry

OF_A_BABY = 365
"""Days of age up to which a receipt may be written as the mother's, or the parents'."""
NEWBORN_WORDS = ("之子", "之女", "之婴", "婴儿")
_SEXES = {"男": "male", "女": "female"}


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who claims: the names in the application and on the register, the spouse claimed for, and the kin on record."""

    names: frozenset[str]
    kin: frozenset[str]
    spouse: str
    born_on: date
    sex: str

    def is_baby(self, draft: BillDraft) -> bool:
        return (draft.began_on - self.born_on).days <= OF_A_BABY


def applicant(region: str, said: Mapping[str, str]) -> Applicant:
    """Whom the application names, with what the register knows of the person."""
    kind, number = said.get("id_kind") or "01", said.get("id_number", "")
    spouse, kin, born_on, sex = said.get("spouse_name", ""), frozenset[str](), date.min, ""
    names = {said.get("name", ""), spouse}
    person = registry.person_by_number(region, kind, number)
    if person is not None:
        names.add(person.name)
        kin, born_on, sex = registry.kin_names(person), person.born_on, person.sex
    elif kind == "01" and number:
        card = CitizenId.parse(number)
        born_on, sex = card.birth_date, _SEXES[card.sex]
    return Applicant(_known(names), _known(kin), written(spouse), born_on, sex)


def hold(draft: BillDraft, who: Applicant) -> None:
    """Raise InvoiceWrong where a receipt is somebody else's, BillWrong where the patient is not whom the claim is for."""
    for invoice in draft.invoices:
        _payer(draft, invoice, who)
    if draft.patient == "spouse" and who.spouse and written(draft.patient_name) != who.spouse:
        raise BillWrong(
            f"就诊人姓名“{draft.patient_name}”和申请表填写的未就业配偶姓名不同，请核对后更正。",
            field="patient_name",
        )
    if draft.patient == "newborn" and who.sex == "male" and not who.is_baby(draft):
        raise BillWrong(
            "新生儿的费用随母亲报销，请由母亲申请；新生儿已经参保的，以新生儿本人申请。请核对就诊人。",
            field="patient",
        )


def _payer(draft: BillDraft, invoice: InvoiceDraft, who: Applicant) -> None:
    if not invoice.payer.strip():
        what = "电子票据" if invoice.is_read else "票据"
        raise InvoiceWrong(
            f"{what}{invoice.number}没有写明交款人，请按票面填写；票面上没有姓名的，请提供写明姓名的票据。",
            field="invoices",
        )
    payer, names = written(invoice.payer), who.names | (who.kin if who.is_baby(draft) else frozenset())
    patient = {written(draft.patient_name)} if draft.patient != "self" and draft.patient_name else frozenset()
    if payer in names | patient or _is_a_babys(payer, draft, who):
        return
    raise InvoiceWrong(
        f"票据{invoice.number}的交款人是“{invoice.payer}”，不是申请人本人的票据，不能报销；请核对票据。",
        field="invoices",
    )


def _is_a_babys(payer: str, draft: BillDraft, who: Applicant) -> bool:
    """Whether it is written as a parent's (张三之子). Of a baby that is insured itself not every parent is on record."""
    if not any(word in payer for word in NEWBORN_WORDS):
        return False
    return who.is_baby(draft) or (draft.patient == "newborn" and payer.startswith(tuple(who.names)))


def _known(names: set[str] | frozenset[str]) -> frozenset[str]:
    return frozenset(written(name) for name in names if name)
