"""Registering what other agencies sent by post: from the clerk's form to the letter that the exchange applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jingban.access.service import Actor, NotAllowed
from jingban.cases.forms import CITIZEN_ID
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.identifiers import CitizenId, mask_id
from jingban.core.localtime import local_day
from jingban.exchange.service import Letter, State, body_of, record_paper
from jingban.portals.desk.mail import fields as pf
from jingban.portals.desk.mail.spans import Span, counted, gaps, read_spans
from jingban.portals.middleware import is_fault

SEXES = {"男": "male", "女": "female"}
BESIDE = frozenset({"id_number", "letter_number", "received_on", "tracking_number"})
"""Fields of ours that the exchange names when it refuses one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Our own contact letter, as far as its answer repeats it."""

    number: str
    person: Mapping[str, str]
    transferor: Mapping[str, str]
    transferee: Mapping[str, str]
    insurance: str

    @property
    def is_citizen(self) -> bool:
        return self.person["id_kind"] == CITIZEN_ID


@dataclass(frozen=True, slots=True)
class Mail:
    """What a clerk hands in."""

    kind: str
    typed: Mapping[str, str]
    actor: Actor
    now: datetime

    @property
    def day(self) -> date:
        return local_day(self.now)


def asked_in(case_id: int) -> Asked | None:
    """The contact letter that the answer of a case is held against: the last one sent."""
    ours = Letter.objects.filter(case_id=case_id, kind=pf.CONTACT, direction="out").order_by("-id").first()
    if ours is None:
        return None
    body = body_of(ours)
    insurance = {"employee": "310", "resident": "390"}.get(body["from_insurance"] or "", "")
    return Asked(ours.number, body["person"], body["transferor"], body["transferee"], insurance)


def parts_of(kind: str, asked: Asked) -> tuple[pf.Part, ...]:
    """The form of an answer."""
    if kind == pf.FUNDS:
        return (pf.mail_part(kind), pf.funds_part(), pf.answered_part())
    sheet = pf.sheet_part(asks_identity=not asked.is_citizen)
    return (pf.mail_part(kind), pf.result_part(), pf.answered_part(), sheet)


def prefilled(kind: str, asked: Asked, day: date) -> dict[str, str]:
    """What the case knows before anything is typed; the number masked, for the page is no place to read it."""
    known = {
        "received_on": day.isoformat(),
        "letter_number": asked.number,
        "person_name": asked.person["name"],
        "id_number": mask_id(asked.person["id_number"]),
        "transferor_name": asked.transferor["name"],
        "transferor_place": asked.transferor["admin_code"],
    }
    return known if kind == pf.FUNDS else {**known, "insurance": asked.insurance, "result": ""}


def register_answer(mail: Mail, view: CaseView, asked: Asked) -> pf.Filled:
    """Register an answer for a case; what is wrong comes back by field. The same answer again is no fault."""
    typed = _unmasked(mail.typed, asked)
    refused = mail.kind == pf.SHEET and typed.get("result") == pf.REFUSED
    parts = parts_of(mail.kind, asked)
    optional = {f.key for f in parts[-1].fields} if refused else set[str]()
    found = pf.filled(parts, typed, on=mail.day, optional=optional)
    if mail.kind == pf.FUNDS:
        fields = _funds(found, asked)
    elif refused:
        fields = _refusal(found, asked)
    else:
        fields = _agreed(found, asked)
    if not found.faults and (letter := _handed_on(mail, found, fields, case_id=view.id)) is not None:
        found.said = letter.words
    return found


def _unmasked(typed: Mapping[str, str], asked: Asked) -> dict[str, str]:
    """The form with the number that stands behind the mask, and the kind of certificate beside it."""
    number = typed.get("id_number", "").strip()
    if number == mask_id(asked.person["id_number"]):
        number = asked.person["id_number"]
    return {**typed, "id_number": number, "id_kind": asked.person["id_kind"]}


def _answered(found: pf.Filled, asked: Asked) -> dict[str, Any]:
    clean, old = found.clean, asked.transferor
    code = old.get("code", "") if clean.get("transferor_place") == old["admin_code"] else ""
    return {
        "letter_number": clean.get("letter_number", ""),
        "person": {
            **asked.person,
            "name": clean.get("person_name", ""),
            "id_number": clean.get("id_number", ""),
        },
        "transferor": {
            "name": clean.get("transferor_name", ""),
            "admin_code": clean.get("transferor_place", ""),
            "code": code,
        },
    }


def _funds(found: pf.Filled, asked: Asked) -> dict[str, Any]:
    clean = found.clean
    if "amount" in clean and not Decimal(clean["amount"]):
        found.fault("amount", "划转金额要大于零；对方没有划转的不用登记")
    return {
        **_answered(found, asked),
        "amount": clean.get("amount", ""),
        "paid_on": clean.get("paid_on", ""),
    }


def _refusal(found: pf.Filled, asked: Asked) -> dict[str, Any]:
    if not found.clean.get("reason"):
        found.fault("reason", "请填写不予转出的理由，照来函填")
    if typed := [name for name in (pf.SPANS, "account_balance", "transfer_amount") if name in found.clean]:
        found.fault(typed[0], "对方不予转出的没有《信息表》：请清空这一项，或把结果改为同意转出")
    return {**_answered(found, asked), "result": "refused", "reason": found.clean.get("reason", "")}


def _agreed(found: pf.Filled, asked: Asked) -> dict[str, Any]:
    clean = found.clean
    if clean.get("reason"):
        found.fault("reason", "对方同意转出的不写不予转出的理由：请清空，或把结果改为不予转出")
    spans = _spans(found)
    if "transfer_amount" in clean and Decimal(clean["transfer_amount"]) > Decimal(
        clean.get("account_balance", clean["transfer_amount"])
    ):
        found.fault("transfer_amount", "划转金额不能大于个人账户余额，请与来函核对")
    if found.faults:
        return {}
    answered = _answered(found, asked)
    sheet = {
        "letter_number": answered["letter_number"],
        "person": _identity(found, asked),
        "transferor": {"place": clean["transferor_place"], "name": clean["transferor_name"]},
        "transferee": {"place": asked.transferee["admin_code"], "name": asked.transferee["name"]},
        "insurance": clean["insurance"],
        "periods": [span.as_data() for span in spans],
        "months_paid": int(clean["months_paid"]),
        "months_deemed": int(clean["months_deemed"]),
        "interruptions": gaps(spans),
        "last_insured_on": clean.get("last_insured_on"),
        "account_balance": clean["account_balance"],
        "transfer_amount": clean["transfer_amount"],
        "prepared_by": clean.get("prepared_by", ""),
        "confirmed_by": clean.get("confirmed_by", ""),
        "date": clean["date"],
    }
    result = "arrived" if Decimal(clean["transfer_amount"]) else "no-balance"
    return {**answered, "result": result, "date": clean["date"], "sheet": sheet}


def _identity(found: pf.Filled, asked: Asked) -> dict[str, str]:
    clean = found.clean
    said = {
        "name": clean["person_name"],
        "id_kind": asked.person["id_kind"],
        "id_number": clean["id_number"],
    }
    if not asked.is_citizen:
        return {**said, "sex": clean["sex"], "born_on": clean["born_on"]}
    number = CitizenId(clean["id_number"])
    return {**said, "sex": SEXES[number.sex], "born_on": number.birth_date.isoformat()}


def _spans(found: pf.Filled) -> list[Span]:
    """The months, held against the sums that the paper prints."""
    clean = found.clean
    if pf.SPANS not in clean:
        return []
    spans, faults = read_spans(
        clean[pf.SPANS], insurance=clean.get("insurance", ""), place=clean.get("transferor_place", "")
    )
    for text in faults:
        found.fault(pf.SPANS, text)
    if faults:
        return []
    labels = {"months_paid": "实际", "months_deemed": "视同"}
    for (name, label), months in zip(labels.items(), counted(spans), strict=True):
        if name in clean and int(clean[name]) != months:
            found.fault(name, f"明细合计{label}{months}个月，填的是{clean[name]}个月；请核对明细和合计")
    return spans


# 《联系函》 of another agency


def prefilled_contact(regions: Mapping[str, str], day: date) -> dict[str, str]:
    """What is so unless the letter says otherwise."""
    return {"received_on": day.isoformat(), "move_account": "yes", "region": next(iter(regions))}


def register_contact(mail: Mail, regions: Mapping[str, str]) -> tuple[pf.Filled, Letter | None]:
    """Open the case that a letter asks for; its letter, or what is wrong by field."""
    found = pf.filled(pf.contact_parts(regions), mail.typed, on=mail.day)
    clean = found.clean
    region = clean.get("region", next(iter(regions)))
    if found.faults:
        return found, None
    fields: dict[str, Any] = {
        "letter_number": clean["letter_number"],
        "person": {
            "name": clean["person_name"],
            "id_kind": clean.get("id_kind", CITIZEN_ID),
            "id_number": clean["id_number"],
            "phone": clean.get("phone", ""),
        },
        "from_insurance": clean.get("from_insurance"),
        "to_insurance": clean["to_insurance"],
        "transferee": {
            "name": clean["transferee_name"],
            "admin_code": clean["transferee_place"],
            "contact": clean.get("contact", ""),
            "phone": clean.get("office_phone", ""),
            "address": clean.get("address", ""),
        },
        "payee": {
            "name": clean.get("payee_name", ""),
            "bank": clean.get("bank", ""),
            "account": clean.get("bank_account", ""),
        },
        "move_account": clean["move_account"] == "yes",
        "date": clean.get("date", clean["received_on"]),
    }
    there = _contact_before(region, fields)
    if there is None:
        letter = _handed_on(mail, found, fields, region=region)
        there = letter or _contact_before(region, fields)  # the same form at the same instant
    if there is None:
        return found, None
    found.faults.clear()
    found.error = None
    if not _is_same(there, mail, clean, fields):
        number = f"（办件编号{there.case.number}）" if there.case else ""
        found.fault("letter_number", f"这个函号的《联系函》已经登记过{number}，没有再登记；请核对函号")
        return found, None
    return found, there


def _contact_before(region: str, fields: Mapping[str, Any]) -> Letter | None:
    """The letter of the same number from the same place about the same person, by line or on paper."""
    same = Letter.objects.filter(
        direction="in",
        kind=pf.CONTACT,
        to_code=region,
        number=fields["letter_number"],
        state=State.APPLIED,
    ).select_related("case")
    for letter in same.order_by("id"):
        body = body_of(letter)
        told = (body["person"]["id_number"], body["transferee"]["admin_code"])
        if told == (fields["person"]["id_number"], fields["transferee"]["admin_code"]):
            return letter
    return None


# To the exchange


def _handed_on(
    mail: Mail, found: pf.Filled, fields: Mapping[str, Any], *, case_id: int | None = None, region: str = ""
) -> Letter | None:
    """Register it; a refusal goes beside its field. A doubled submission finds what the first one did."""
    clean = found.clean
    try:
        return record_paper(
            case_id,
            mail.kind,
            fields,
            received_on=date.fromisoformat(clean["received_on"]),
            tracking_number=clean["tracking_number"],
            actor=mail.actor,
            now=mail.now,
            region=region,
        )
    except NotAllowed:
        raise
    except DomainError as error:
        if is_fault(error):
            raise
        there = Letter.objects.filter(
            direction="in", kind=mail.kind, tracking_number=clean["tracking_number"]
        ).order_by("id")
        for same in there:
            if same.case_id == case_id and _is_same(same, mail, clean, fields):
                return same
        _refuse(found, error)
        return None


def _refuse(found: pf.Filled, error: DomainError) -> None:
    """Put a refusal beside the field that it names; what names none stands at the top."""
    name = str(error.details.get("field", ""))
    # The exchange keeps what came by line; of paper nothing is kept but the paper.
    told = error.message.replace("，已留存待核对", "").rstrip("。")
    found.fault(name if name in BESIDE else pf.WHOLE, told)
    found.error = error


def _is_same(letter: Letter, mail: Mail, clean: Mapping[str, str], fields: Mapping[str, Any]) -> bool:
    on_paper = (letter.tracking_number, letter.paper_on, letter.actor)
    given = (clean["tracking_number"], date.fromisoformat(clean["received_on"]), mail.actor.id)
    return on_paper == given and _is_within(fields, body_of(letter))


def _is_within(part: Any, whole: Any) -> bool:
    """Whether the letter says everything that was handed in now."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(_is_within(v, whole.get(k)) for k, v in part.items())
    if isinstance(part, list):
        pairs = isinstance(whole, list) and len(part) == len(whole)
        return pairs and all(_is_within(a, b) for a, b in zip(part, whole, strict=True))
    return bool(part == whole)
