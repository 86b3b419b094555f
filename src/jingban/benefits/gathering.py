"""What a case brings to its calculation: bills, the medical event, and what the registers know of the insured person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from jingban.benefits import again, bills, books, calculations, events, facts, settled, years
from jingban.benefits.calculations import BillClaim, BillSettled, Payload
from jingban.benefits.drafts import CARES, content
from jingban.benefits.errors import BillWrong, NoBill, NotCovered
from jingban.benefits.events import EventDraft
from jingban.benefits.models import Bill, Kind
from jingban.benefits.rules.aid import Settled
from jingban.benefits.rules.allowance import Wage, average_wage
from jingban.benefits.rules.birth import SAME_PREGNANCY, Insured
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.reward import Reporter, reporters_named
from jingban.benefits.rules.split import borne_alone
from jingban.benefits.rules.terms import is_stay, settled_on, settlement_day
from jingban.cases.models import CaseEvent
from jingban.cases.work import Work
from jingban.core.money import to_fen
from jingban.registry import service as registry

MATERNITY = frozenset({"delivery", "family-planning", "prenatal"})
FLEXIBLE = "1103"


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a decision is made from. ``days``: of care, which stay insured from now on."""

    kind: Kind
    payload: Payload
    year: int
    person: registry.Person | None = None
    insurance: str = ""
    event: str = ""
    event_on: date | None = None
    bills: tuple[Bill, ...] = ()
    days: frozenset[date] = frozenset()
    entered_by: frozenset[int] = frozenset()


def reimbursement(work: Work, person: registry.Person) -> Gathered:
    """F14, F22: bills of one settlement year, in their order."""
    rows = _bills(work)
    if wrong := next((b for b in rows if b.care in MATERNITY), None):
        raise BillWrong(
            f"{CARES[wrong.care]}的账单请在生育待遇事项中报销，请撤销后到该事项录入。", field="care"
        )
    claims = tuple(BillClaim(bill.pk, facts.claim_of(bill, person)) for bill in rows)
    table = books.current(work.region)
    settled_in = {settlement_day(c.claim, Figures(table, c.claim.ended_on)).year for c in claims}
    return Gathered(
        kind=Kind.REIMBURSEMENT,
        payload=calculations.Reimbursed(claims),
        year=_one_year(settled_in),
        person=person,
        insurance=claims[-1].claim.insurance,
        bills=rows,
        days=_days(rows),
        entered_by=bills.entered_by(work.case_id, rows),
    )


def aid(work: Work, person: registry.Person) -> Gathered:
    """F17: what insurance left of settled bills, for somebody in need."""
    rows = _bills(work)
    found, table = [], books.current(work.region)
    for bill in rows:
        facts.hold_accident(bill)
        kept = content(bill)
        said = kept.settled
        settled.hold_bill(bill, said)
        if said is None:
            raise BillWrong(
                "医疗救助在保险报销以后支付（先保险后救助）：请按结算单填写政策范围内费用和保险已付金额；"
                "还没有报销的，先办理医疗费用报销。",
                field="settled",
            )
        found.append(
            BillSettled(
                bill.pk,
                Settled(
                    day=_aid_day(bill, Figures(table, bill.ended_on)),
                    category=_category(work, person, bill.ended_on),
                    total=bill.total_fen,
                    in_scope=said.in_scope,
                    insured=said.insurance,
                    commercial=bill.commercial_fen,
                    third_party=bill.third_party_fen,
                    third_party_alone=borne_alone(kept.lines, bill.third_party_fen),
                    care=bill.care,
                ),
            )
        )
    return Gathered(
        kind=Kind.AID,
        payload=calculations.Aided(tuple(found)),
        year=_one_year({one.settled.day.year for one in found}),
        person=person,
        bills=rows,
        days=frozenset(),
        entered_by=bills.entered_by(work.case_id, rows),
    )


def _aid_day(bill: Bill, figures: Figures) -> date:
    """A stay over the year's end belongs to the year of its insurance, whatever else was settled to that of its end."""
    care = facts.CLAIMED_AS.get(bill.care, bill.care)
    return (
        settled_on(care, bill.began_on, bill.ended_on, figures) if is_stay(care, figures) else bill.ended_on
    )


def maternity_medical(work: Work, person: registry.Person) -> Gathered:
    """F15, F22: fees of a birth, a miscarriage, an operation, and prenatal checks."""
    said = _event(work)
    rows = _bills(work)
    insured, spell = _insured(person, said)
    checks = [b for b in rows if b.care == "prenatal"]
    fees = [b for b in rows if b.care != "prenatal"]
    if said.event.kind == "prenatal" and fees:
        raise BillWrong("生育信息是产前检查，账单里有其他费用；请更正生育信息或账单。", field="care")
    kind = said.event.kind if fees else "prenatal"
    if kind != "prenatal":
        again.refuse(Kind.MATERNITY_MEDICAL, person, work.case_id, said.event)
    payload = calculations.Maternity(
        event=said.event,
        insured=insured,
        fees=calculations.merged([_maternity_claim(b, person, spell, said) for b in fees]),
        checks=calculations.merged([_maternity_claim(b, person, spell, said) for b in checks]),
    )
    year = again.pregnancy_year(person, work.case_id, said.event.on)
    return _of_event(Kind.MATERNITY_MEDICAL, payload, person, said, year, event=kind, rows=rows, work=work)


def allowance(work: Work, person: registry.Person) -> Gathered:
    """F15, F22: days of leave × the unit's average wage of last year."""
    said = _event(work)
    insured, spell = _insured(person, said)
    again.refuse(Kind.ALLOWANCE, person, work.case_id, said.event)
    wage = Wage(0, said.event.on.year - 1)
    if spell is not None and spell.unit is not None:
        is_new = spell.unit.start_on.year > wage.year
        year = said.event.on.year if is_new else wage.year
        wage = Wage(average_wage(*registry.average_base(spell.unit, year)), year, is_new)
    payload = calculations.Allowance(said.event, insured, wage)
    return _of_event(Kind.ALLOWANCE, payload, person, said, said.event.on.year, work=work)


def birth_subsidy(work: Work, person: registry.Person) -> Gathered:
    """P23: for the birth of an insured man's spouse without work."""
    said = _event(work)
    rows = _bills(work)
    insured, _ = _insured(person, said)
    again.refuse(Kind.BIRTH_SUBSIDY, person, work.case_id, said.event)
    payload = calculations.Subsidy(
        said.event,
        insured,
        fees=sum(bill.total_fen for bill in rows),
        third_party=sum(bill.third_party_fen for bill in rows),
        commercial=sum(bill.commercial_fen for bill in rows),
    )
    return _of_event(Kind.BIRTH_SUBSIDY, payload, person, said, said.event.on.year, rows=rows, work=work)


def reward(work: Work) -> Gathered:
    """F26: by the loss that the investigation found; the grade and who shares are said with the decision."""
    found = CaseEvent.objects.filter(case=work.case_id, act="verified").order_by("-seq").first()
    value = (found.data.get("needs") or {}).get("amount") if found else None
    if value is None:
        raise NoBill("还没有查证属实的案值，请先填写调查核实的金额。")
    grade = str(work.needs.get("reward_grade") or work.said("reward_grade") or "")
    if grade not in ("1", "2", "3"):
        raise NoBill("请选择举报等级（一级、二级、三级）后再决定奖励。", field="reward_grade")
    insider = str(work.needs.get("reward_insider") or work.said("reward_insider"))
    named = reporters_named(work.said("reporter_name"), work.said("joint_reporters"))
    against = set() if work.said("reward_wanted") == "yes" else {"unwilling"}
    if not work.said("reporter_name"):
        against.add("unidentified")
    payload = calculations.Rewarded(
        case_value=to_fen(Decimal(str(value))),
        grade=int(grade),
        day=work.day,
        is_insider=insider == "yes",
        # By number, never by name: who reported stays in the sealed case.
        reporters=tuple(Reporter(f"第{n}举报人") for n in range(1, max(len(named), 1) + 1)),
        against=tuple(sorted(against)),
    )
    return Gathered(Kind.REWARD, payload, work.day.year)


_GATHER = {
    Kind.REIMBURSEMENT: reimbursement,
    Kind.AID: aid,
    Kind.MATERNITY_MEDICAL: maternity_medical,
    Kind.ALLOWANCE: allowance,
    Kind.BIRTH_SUBSIDY: birth_subsidy,
}


def gather(work: Work, kind: Kind, *, hold: bool = False) -> Gathered:
    """All that the case brings. ``hold``: the person's decisions wait from here on, so that what others were paid stays so.

    Raises in plain words what is missing, wrong, not covered, or paid already.
    """
    if kind == Kind.REWARD:
        return reward(work)
    person = registry.applicant_of(work)
    if hold:
        years.hold_person(person.pk)
    return _GATHER[kind](work, person)


def _event(work: Work) -> EventDraft:
    """The event as entered; who has the benefit must be whom the application names."""
    said = events.required(work.case_id)
    through = work.said("insured_through")
    if through and through != said.role:
        raise BillWrong(
            "录入的享受人（本人、未就业配偶、离职女职工）和申请表填写的不同，请核对后更正。", field="role"
        )
    return said


def _bills(work: Work) -> tuple[Bill, ...]:
    rows = tuple(bills.of_case(work.case_id)) if work.case_id else ()
    if not rows:
        raise NoBill("还没有录入费用账单，请先按票据和费用清单录入，再核定金额。")
    bills.hold_payers(rows, work)
    return rows


def _one_year(found: set[int]) -> int:
    if len(found) > 1:
        said = "、".join(f"{year}年" for year in sorted(found))
        raise BillWrong(f"账单属于{said}几个结算年度，一件只核定一个年度的费用；请按年度分开申请。")
    return found.pop()


def _days(rows: Sequence[Bill]) -> frozenset[date]:
    return frozenset(day for bill in rows for day in (bill.began_on, bill.ended_on))


def _category(work: Work, person: registry.Person, day: date) -> str:
    """The aid category: as it is now, for hardship is found out after the bill; else as it was on the day of care."""
    found = registry.aid_on(person, work.day) or registry.aid_on(person, day)
    if found is not None:
        return found.category
    if work.trial and work.facts.get("hardship") not in (None, "income"):
        return "illness-poverty"  # what the approval itself would recognise
    raise NotCovered(f"{person.name}不是登记在册的救助对象，不能核定医疗救助；请先认定救助对象身份。")


def _insured(person: registry.Person, said: EventDraft) -> tuple[Insured, registry.Enrolment | None]:
    """Through what the claim is insured on the day of the event; who left a unit is told by the rules."""
    day = said.event.on
    if said.role == "former":
        last = [s for s in registry.spells_within(person, date(1998, 1, 1), day) if s.unit is not None]
        return Insured(role="former", unit_kind=""), last[-1] if last else None
    if said.event.kind == "prenatal":
        # The day may be a due day that has not come: what is insured then is asked of each bill.
        spells = registry.spells_within(person, day - SAME_PREGNANCY, day)
        spell = spells[-1] if spells else facts.covered_on(person, day)
    else:
        spell = facts.covered_on(person, day)
    is_flexible = spell.kind == FLEXIBLE or spell.unit is None
    insured = Insured(
        role=said.role,
        insurance=facts.INSURANCES[spell.insurance],
        unit_kind="" if is_flexible or spell.unit is None else spell.unit.kind,
        months=registry.months_unbroken(person, spell.insurance, day),
    )
    return insured, spell


def _maternity_claim(
    bill: Bill, person: registry.Person, spell: registry.Enrolment | None, said: EventDraft
) -> BillClaim:
    if said.role != "former":
        return BillClaim(bill.pk, facts.claim_of(bill, person))
    return BillClaim(bill.pk, facts.claim_without_cover(bill, person, spell))


def _of_event(
    kind: Kind,
    payload: Payload,
    person: registry.Person,
    said: EventDraft,
    year: int,
    *,
    work: Work,
    rows: tuple[Bill, ...] = (),
    event: str = "",
) -> Gathered:
    is_over = said.event.on <= work.day
    insured: Insured = cast(Insured, getattr(payload, "insured", Insured()))
    return Gathered(
        kind=kind,
        payload=payload,
        year=year,
        person=person,
        insurance=insured.insurance,
        event=event or said.event.kind,
        event_on=said.event.on,
        bills=rows,
        days=frozenset({said.event.on}) if is_over and said.role != "former" else frozenset(),
        entered_by=bills.entered_by(work.case_id, rows) | events.entered_by(work.case_id),
    )
