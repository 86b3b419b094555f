"""What is issued from the registers: kept as it was said that day, sealed and hashed, never rendered anew.

《参保凭证》 carries the fields of 医保办发〔2021〕43号's annex (reference 2.3); extracts and forms are kept alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jingban.core.money import to_yuan
from jingban.registry import accounts, contributions, persons
from jingban.registry.changes import recorded
from jingban.registry.errors import NotEnrolled, RegistryError
from jingban.registry.models import Contribution, Enrolment, Issued, Person, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.numbers import next_number
from jingban.registry.origin import Origin
from jingban.registry.sealing import sealed, unsealed
from jingban.registry.waits import derived_by_illustrations
from jingban.rulebook.cache import regions

DERIVED_BY = "待遇起始日等按示例值推算的日期，仅供参考"
CERTIFICATE, EXTRACT, FORM = "enrolment-certificate", "person-extract", "transfer-form"
VERSION = 1


class Altered(RegistryError):
    """What was kept is no longer what was issued."""

    code = "certificate_altered"


@dataclass(frozen=True, slots=True)
class Agency:
    """Who issues: as the certificate prints it."""

    place: str
    name: str
    address: str = ""
    phone: str = ""

    def as_data(self) -> dict[str, str]:
        return {"place": self.place, "name": self.name, "address": self.address, "phone": self.phone}


def agency_of(region: str) -> Agency:
    """The region's agency: its division code, full name, first office and telephone."""
    card = regions()[region]
    office = next((o for o in card.offices if o.address), None)
    phone = next((p for o in card.offices for p in o.phones), "")
    return Agency(card.admin_code, card.full_name, (office.address or "") if office else "", phone)


def issue(
    origin: Origin,
    *,
    kind: str,
    prefix: str,
    body: Mapping[str, Any],
    person: Person | None = None,
    unit: Unit | None = None,
) -> Issued:
    """Keep what is issued under the next number of its kind; the number, the day and the agency join the body."""
    agency = agency_of(origin.region)
    number = next_number(prefix, agency.place, origin.day)
    head = {"version": VERSION, "number": number, "agency": agency.as_data(), "date": origin.day.isoformat()}
    text = canonical({**head, **body})
    row = Issued.objects.create(
        region=origin.region,
        number=number,
        kind=kind,
        person=person.pk if person else None,
        unit=unit.pk if unit else None,
        case=origin.case,
        body=sealed(origin.region, "issued.body", text),
        hash=hashlib.sha256(text.encode()).digest(),
        actor=origin.actor,
        issued_at=origin.at,
    )
    recorded(origin, row, after={"number": number, "kind": kind})
    return row


def read(issued: Issued) -> dict[str, Any]:
    """What was issued, word for word; raises Altered where the hash no longer fits."""
    text = unsealed(issued, "body")
    if hashlib.sha256(text.encode()).digest() != bytes(issued.hash):
        raise Altered("凭证内容与出具时的校验值不一致，可能被改动，请报告系统管理员。", number=issued.number)
    found: dict[str, Any] = json.loads(text)
    return found


def certificate(origin: Origin, person: Person) -> Issued:
    """《参保凭证》 of somebody who is or was enrolled here."""
    enrolment = latest(person, origin.day)
    spans = contributions.spans(person)
    if enrolment is None and not spans:
        raise NotEnrolled(
            f"{person.name}在本地没有参保和缴费记录，不能出具《参保凭证》；请核对，或到参保地办理。"
        )
    insurance = enrolment.insurance if enrolment else spans[-1].insurance
    body = {
        "person": identity_of(person),
        "insurance": insurance,
        "standing": standing_on(enrolment, origin.day),
        **totals(person, spans, insurance),
        "insurances": [
            {"insurance": kind, **totals(person, spans, kind)}
            for kind in dict.fromkeys(span.insurance for span in spans)
        ],
        "balance": str(accounts.balance(person)),
    }
    return issue(origin, kind=CERTIFICATE, prefix="PZ", body=body, person=person)


def extract(origin: Origin, person: Person) -> Issued:
    """参保信息: everything of one's own that the registers hold (国令765 art. 32; 社会保险法 art. 74)."""
    spans = contributions.spans(person)
    body = {
        "person": identity_of(person),
        "standing": standing_on(latest(person, origin.day), origin.day),
        "enrolments": [
            _enrolment(e) for e in person.enrolments.select_related("unit").order_by("start_on", "id")
        ],
        "contributions": [span_data(span) for span in spans],
        "insurances": [
            {"insurance": kind, **totals(person, spans, kind)}
            for kind in dict.fromkeys(span.insurance for span in spans)
        ],
        "balance": str(accounts.balance(person)),
        "filings": [
            {**_period(f), "category": f.category, "places": f.places, "status": f.status}
            for f in person.filings.order_by("start_on", "id")
        ],
        "recognitions": [
            {**_period(r), "disease": r.disease, "institution": r.institution}
            for r in person.recognitions.order_by("start_on", "id")
        ],
        "aid": [{**_period(a), "category": a.category} for a in person.aid.order_by("start_on", "id")],
        **({"figures": DERIVED_BY} if derived_by_illustrations(origin.region, origin.day) else {}),
    }
    return issue(origin, kind=EXTRACT, prefix="CX", body=body, person=person)


def transfer_form(
    origin: Origin,
    person: Person,
    *,
    from_place: str,
    to_place: str,
    from_insurance: str,
    to_insurance: str,
    phone: str,
    agent: str = "",
) -> Issued:
    """《转移接续申请表》 filled in for whoever moves out, to be handed in at the new place."""
    body = {
        "person": {**identity_of(person), "phone": phone},
        "from_place": from_place,
        "to_place": to_place,
        "from_insurance": from_insurance,
        "to_insurance": to_insurance,
        "agent": agent,
    }
    return issue(origin, kind=FORM, prefix="ZY", body=body, person=person)


def identity_of(person: Person) -> dict[str, str]:
    """Who it is, as certificates and sheets say it: by the paper that counts now."""
    document = persons.document(person)
    return {
        "name": person.name,
        "sex": person.sex,
        "born_on": person.born_on.isoformat(),
        "id_kind": document.kind if document else "",
        "id_number": unsealed(document, "number") if document else "",
    }


def latest(person: Person, day: date) -> Enrolment | None:
    """The enrolment of the day, or the last one before it."""
    found = person.enrolments.filter(start_on__lte=day).select_related("unit")
    last: Enrolment | None = found.order_by("-start_on", "-id").first()
    return last


def standing_on(enrolment: Enrolment | None, day: date) -> str:
    """psn_insu_stas on a day: 0 never, 1 normal, 2 suspended, 4 ended (reference 7.5)."""
    if enrolment is None:
        return "0"
    if enrolment.end_on is not None and enrolment.end_on < day:
        return "4"
    return str(enrolment.standing)


def totals(person: Person, spans: Iterable[Contribution], insurance: str) -> dict[str, Any]:
    """From and until which month, and how many months paid and deemed."""
    own = [span for span in spans if span.insurance == insurance]
    counted = contributions.months(person, insurance=insurance)
    return {
        "from": min((f"{s.start_on:%Y-%m}" for s in own), default=None),
        "until": max((f"{s.end_on:%Y-%m}" for s in own), default=None),
        "months_paid": counted.paid,
        "months_deemed": counted.deemed,
    }


def span_data(span: Contribution) -> dict[str, Any]:
    """A run of months as it is told to others."""
    last = span.end_on or span.start_on
    months = 12 * (last.year - span.start_on.year) + last.month - span.start_on.month + 1
    return {
        "insurance": span.insurance,
        "first": f"{span.start_on:%Y-%m}",
        "last": f"{last:%Y-%m}",
        "months": months,
        "kind": "deemed" if span.deemed else "paid",
        "base": None if span.base_fen is None else str(to_yuan(span.base_fen)),
        "place": span.place,
    }


def canonical(body: Mapping[str, Any]) -> str:
    """One text for one content: what is hashed, sealed and signed."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _enrolment(enrolment: Enrolment) -> dict[str, Any]:
    return {
        **_period(enrolment),
        "insurance": enrolment.insurance,
        "kind": Kind(enrolment.kind).label,
        "standing": Standing(enrolment.standing).label,
        "unit": enrolment.unit.name if enrolment.unit else "",
        "benefit_from": enrolment.benefit_from.isoformat() if enrolment.benefit_from else None,
    }


def _period(row: Any) -> dict[str, str | None]:
    return {"from": row.start_on.isoformat(), "until": row.end_on.isoformat() if row.end_on else None}
