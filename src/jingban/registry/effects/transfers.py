"""F09, F10: insurance moves in or out, by letter or directly."""

from __future__ import annotations

from datetime import date

from django.contrib.auth import get_user_model

from jingban.audit import service as audit
from jingban.cases.models import CaseEvent
from jingban.cases.work import Work
from jingban.processes.effects import effect
from jingban.processes.model import Message
from jingban.processes.state import SYSTEM
from jingban.registry import (
    certificates,
    enrolments,
    payees,
    persons,
    representatives,
    sheets,
    transfers,
    units,
)
from jingban.registry.errors import NotEnrolled, RegistryError
from jingban.registry.models import Insurance, Person, Source
from jingban.registry.models.enrolments import Kind
from jingban.registry.origin import Origin, origin_of
from jingban.registry.sheets import Agency
from jingban.rulebook.cache import regions


@effect("registry.transfer_in")
def transfer_in(work: Work) -> None:
    """Take insurance over: from the other side's sheet, or directly from a register of the same province."""
    direction = work.facts.get("direction", "")
    if direction == "out":
        _moves_out(work)
        return
    origin = origin_of(work, Source.LETTER)
    person = persons.known_or_new(work)
    representatives.checked(work, person)
    _insured_here(work, origin, person)
    row = sheets.row_of(work.case_id, "in")
    if row is not None:
        transfers.take_in(origin, person, row, whole=_waits_for_funds(work))
    elif direction == "in-province":
        _take_directly(work, origin, person)
    else:
        raise transfers.SheetMissing(
            "还没有收到转出地的《信息表》，不能办理接续；请先发《联系函》并等待，收到纸质件的先登记。"
        )


@effect("registry.transfer_out")
def transfer_out(work: Work) -> None:
    """Let insurance go: answer another agency's letter, or hand the papers and the balance to the person."""
    person = persons.person_of(work)
    stated = work.facts.get("account_balance")
    if not isinstance(work.item.process_named(work.process).starts, Message):
        representatives.checked(work, person)
        _leave(work, person, stated)
        return
    letter = transfers.Letter(
        number=work.said("letter_number") or work.number or "-",
        transferee=_agency_at(work.said("to_place"), work.said("to_agency")),
        insurance=_insurance(work, "from_insurance", person),
        move_account=work.said("move_account") != "no",
        prepared_by=_prepared_by(work),
        confirmed_by=_name_of(work.actor),
    )
    transfers.hand_out(origin_of(work, Source.AGENCY), person, letter, case=work.case_id, stated=stated)


def _moves_out(work: Work) -> None:
    """Where the procedure has a track for leaving, the effect of that track is what the case will do."""
    if "moving-out" not in {edge.when for edge in work.item.process.edges}:
        raise RegistryError(
            "本事项由转入地受理并办结：要转出的，请到转入地申请，转出地收到《联系函》后办理；需要《参保凭证》的可另行申请。",
            field="direction",
        )
    _leave(work, persons.person_of(work), work.facts.get("account_balance"))


def _leave(work: Work, person: Person, stated: str | None) -> None:
    """打印《参保凭证》和申请表，余额返还 (X9, L11): the certificate shows the balance before it is paid back."""
    origin = origin_of(work, Source.AGENCY)
    transfers.refuse_running(person, work.day)
    certificates.certificate(origin, person)
    certificates.transfer_form(
        origin,
        person,
        from_place=work.item.admin_code,
        to_place=work.said("to_place"),
        from_insurance=work.said("from_insurance"),
        to_insurance=work.said("to_insurance"),
        phone=work.said("phone"),
        agent=work.said("agent_name"),
    )
    transfers.leave(origin, person, case=work.case_id, stated=stated)
    if work.said("bank_account"):
        payees.note(
            origin, person, bank=work.said("bank"), number=work.said("bank_account"), holder=person.name
        )


def _insured_here(work: Work, origin: Origin, person: Person) -> None:
    """前置校验: registered at the new place. What the form says of the new unit is done with it (办理增人业务)."""
    wanted = transfers.INSURANCES[work.said("to_insurance")]
    spell = enrolments.on(person, work.day)
    if spell is not None and spell.insurance == wanted:
        return
    if spell is not None:
        raise NotEnrolled(
            f"{person.name}在本地现参加{spell.get_insurance_display()}，与申请转入的{wanted.label}不同；"
            "请先办理参保变更，或更正申请转入的险种。",
            field="to_insurance",
        )
    first = work.said("from_date")
    if wanted == Insurance.RESIDENT or not first:
        raise NotEnrolled(
            f"{person.name}还没有在本地参加{wanted.label}，不能接续；请先办理参保登记，"
            "职工也可以填写用人单位和起始日期一并办理。",
            field="from_date",
        )
    unit = units.unit_of(work, "unit_credit_code") if work.said("unit_credit_code") else None
    enrolments.enrol(
        origin_of(work),
        person,
        insurance=wanted,
        kind=Kind.EMPLOYEE if unit else Kind.FLEXIBLE,
        start_on=date.fromisoformat(first),
        unit=unit,
    )


def _take_directly(work: Work, origin: Origin, person: Person) -> None:
    """省内不发函: the other register of this installation is read; of others a recorded sheet is needed."""
    place = work.said("from_place")
    if not place:
        raise RegistryError("请填写转出地的行政区划代码，省内接续按它读取缴费记录。", field="from_place")
    if place == work.item.admin_code:
        raise RegistryError("转出地就是本地，不用转移；变更险种请办理参保登记。", field="from_place")
    if place[:2] != work.item.admin_code[:2]:
        raise RegistryError(
            "转出地不在本省，不能按省内接续办理；请退回受理，改为外省转入，发《联系函》。", field="from_place"
        )
    region = next((card.region for card in regions().values() if card.admin_code == place), None)
    if region is None:
        raise transfers.SheetMissing(
            "转出地的参保登记册不在本系统；请向转出地索取缴费记录，按《信息表》登记后再办理接续。",
            field="from_place",
        )
    # Another region's register is read: whoever looks there leaves a trace, also where the takeover is refused.
    audit.record(
        actor=work.actor,
        kind=audit.READ,
        subject=f"case:{work.number}",
        detail=f"省内接续，读取{region}的参保登记册",
        now=work.at,
    )
    transfers.handover(
        origin,
        region,
        work.said("id_kind") or "01",
        work.said("id_number"),
        person=person,
        reference=f"SN{work.number}",
        move_account=work.said("move_account") != "no",
    )


def _waits_for_funds(work: Work) -> bool:
    waits = [step.receives.all for step in work.item.process.steps.values() if step.receives]
    return any("transfer-funds" in names for names in waits)


def _agency_at(place: str, name: str) -> Agency:
    """The other agency as the letter names it; a place of this installation by its own name."""
    if not place:
        raise RegistryError(
            "来函没有写明转入地，不能出具《信息表》；请补填转入地的行政区划代码。", field="to_place"
        )
    known = next((card.full_name for card in regions().values() if card.admin_code == place), "")
    return Agency(place=place, name=name or known)


def _insurance(work: Work, key: str, person: Person) -> Insurance:
    """The insurance a letter asks for; where it is silent, the last one here."""
    said = work.said(key)
    if said in transfers.INSURANCES:
        return transfers.INSURANCES[said]
    last = certificates.latest(person, work.day)
    return Insurance(last.insurance) if last else Insurance.EMPLOYEE


def _prepared_by(work: Work) -> str:
    """Who drew the sheet up: the last colleague who acted before the one who confirms (经办人、复核人)."""
    others = CaseEvent.objects.filter(case_id=work.case_id, seq__lt=work.seq).exclude(
        actor__in=(work.actor, SYSTEM)
    )
    actor = others.order_by("-seq").values_list("actor", flat=True).first()
    return _name_of(actor) if actor is not None else ""


def _name_of(actor: int) -> str:
    user = get_user_model().objects.filter(pk=actor).first()
    return str(user) if user is not None else f"工号{actor}"
