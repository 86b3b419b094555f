"""Rows for tests of benefits: an insured person, a case of an entry, bills of invented hospitals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from jingban.benefits import service as benefits
from jingban.benefits.models import Bill, Decision
from jingban.benefits.rules.birth import Event
from jingban.benefits.service import BillDraft, EventDraft, InvoiceDraft, LineDraft
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.registry import certificates, contributions, enrolments
from jingban.registry.models import Person
from jingban.rulebook import publish
from tests.houses import House, staff
from tests.registry import factories as made

REGION = "puyang"
OUTPATIENT = (REGION, "agency", "outpatient-reimbursement")
INPATIENT = (REGION, "agency", "inpatient-reimbursement")
ALLOWANCE = (REGION, "agency", "maternity-allowance")
CLERK, REVIEWER = 31, 32
DAY = date(2026, 1, 15)
HOME = "410928"


def insured(
    n: int = 1,
    *,
    region: str = REGION,
    kind: str = "1101",
    start_on: date = date(2024, 1, 1),
    sex: str = "male",
    born: date = date(1980, 5, 1),
) -> Person:
    """Insured since 2024, paid every month on a base of 6,543.21."""
    origin = made.origin(region, max(date(2024, 1, 2), start_on))
    person = made.person(origin, n, sex=sex, born=born)
    is_employee = kind < "1300"
    unit = made.unit(origin, n + 50) if kind == "1101" else None
    insurance = "310" if is_employee else "390"
    enrolments.enrol(origin, person, insurance=insurance, kind=kind, start_on=start_on, unit=unit)
    if is_employee:
        later = made.origin(region, date(2026, 2, 2))
        place = certificates.agency_of(region).place
        contributions.add(
            later, person, insurance="310", first=start_on, last=date(2026, 2, 1), place=place,
            base=Decimal("6543.21"), unit=unit,
        )  # fmt: skip
    return person


def said(n: int = 1, *, sex: str = "male", born: date = date(1980, 5, 1), **rest: str) -> dict[str, str]:
    """What the form says of person ``n``."""
    bank = {"payee_name": made.new_name(n), "bank": "试验银行", "bank_account": "6222000000000001"}
    care = {"care_kind": "outpatient", "care_from": "2026-01-15"}
    return {**made.who(n, born, sex), **bank, **care, **rest}


def opened(
    house: House, entry: tuple[str, str, str] = OUTPATIENT, n: int = 1, sex: str = "male", **rest: Any
) -> CaseView:
    """A case of person ``n``, accepted: it stands at the review."""
    asked = {field.key for field in house.version(entry).item.form}
    answers = {key: text for key, text in said(n, sex=sex, **rest).items() if key in asked}
    view = house.apply(
        entry, answers=answers, channel="window", walk_in=True, actor=staff(700, "window", region=entry[0])
    )
    return house.act(view, "accept", actor=staff(701, "window", region=entry[0]))


def line(amount: str = "500.00", *, code: str = "DEMO-I-004", day: date = DAY, **rest: Any) -> LineDraft:
    """A line of one piece; class A without a limit unless said otherwise."""
    fen = int(Decimal(amount) * 100)
    return LineDraft(name=rest.pop("name", "检查"), amount=fen, day=day, code=code, **rest)


def invoice(
    amount: str = "500.00", number: str = "0000000001", *, day: date = DAY, **rest: Any
) -> InvoiceDraft:
    return InvoiceDraft(
        number=number, amount=int(Decimal(amount) * 100), day=day, issuer=rest.pop("issuer", "试验县人民医院"),
        code=rest.pop("code", "41060126"), payer=rest.pop("payer", made.new_name(1)), **rest,
    )  # fmt: skip


def bill(amount: str = "500.00", number: str = "0000000001", *, day: date = DAY, **rest: Any) -> BillDraft:
    """A visit of one day at home with one line and one invoice."""
    draft = BillDraft(
        care="outpatient",
        began_on=day,
        ended_on=day,
        institution="试验县人民医院",
        level="2",
        place_code=HOME,
        total=int(Decimal(amount) * 100),
        lines=(line(amount, day=day),),
        invoices=(invoice(amount, number, day=day),),
    )
    return replace(draft, **rest)


def stay(amount: str = "20000.00", number: str = "0000000002", *, day: date = DAY, **rest: Any) -> BillDraft:
    """A stay in hospital at home."""
    return bill(amount, number, day=day, **{"care": "inpatient", "diagnosis": "急性阑尾炎", **rest})


def entered(house: House, view: CaseView, draft: BillDraft | None = None, actor: int = CLERK) -> Bill:
    """The bill entered; receipts that are person 1's by default are the applicant's."""
    draft, name = draft or bill(), answers_of(view, publish.version(view.version_id).item)["name"]
    papers = tuple(
        replace(paper, payer=name if paper.payer == made.new_name(1) else paper.payer)
        for paper in draft.invoices
    )
    return benefits.enter_bill(view.id, replace(draft, invoices=papers), actor=actor, now=house.now)


def right_amount(house: House, view: CaseView) -> str:
    outcome = benefits.work_out(house.fresh(view), actor=REVIEWER, now=house.now)
    assert outcome is not None
    return f"{Decimal(outcome.fund).scaleb(-2):.2f}"


def approved(house: House, view: CaseView, amount: str = "") -> Decision:
    """Approved with the right amount: the decision that stands."""
    view = house.fresh(view)
    amount = amount or right_amount(house, view)
    house.act(view, "approve", actor=staff(REVIEWER, "reviewer", region=view.region), amount=amount)
    found = benefits.standing_decision(view.id)
    assert found is not None
    return found


def decided(house: House, draft: BillDraft, n: int = 1, entry: tuple[str, str, str] = OUTPATIENT) -> Decision:
    """A case of person ``n`` with one bill, decided."""
    view = opened(house, entry, n)
    entered(house, view, draft)
    return approved(house, view)


def birth(on: date = date(2026, 1, 20), **rest: Any) -> EventDraft:
    return EventDraft(Event("birth", on, **rest))


def open_parts(case_id: int) -> dict[str, int]:
    """What the unsettled adjustments of a case come to, by fund."""
    found: dict[str, int] = {}
    for row in benefits.adjustments_waiting(case_id=case_id):
        for fund, fen in row.parts.items():
            found[fund] = found.get(fund, 0) + fen
    return {fund: fen for fund, fen in sorted(found.items()) if fen}
