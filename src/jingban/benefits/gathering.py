"""What a case brings to its calculation: bills, the medical event, and what the registers know of the insured person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from jingban.benefits import bills, books, calculations, events, facts
from jingban.benefits.calculations import BillClaim, BillSettled, Payload
from jingban.benefits.drafts import CARES
from jingban.benefits.errors import BillWrong, Decided, NoBill, NotCovered
from jingban.benefits.events import EventDraft
from jingban.benefits.models import Bill, Decision, Kind
from jingban.benefits.rules.aid import Settled
from jingban.benefits.rules.allowance import Wage, average_wage
from jingban.benefits.rules.birth import Insured
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.reward import Reporter
from jingban.benefits.rules.terms import settlement_day
from jingban.cases.models import CaseEvent
from jingban.cases.work import Work
from jingban.core.money import to_fen
from jingban.registry import service as registry

MATERNITY = frozenset({"delivery", "family-planning", "prenatal"})
FLEXIBLE = "1103"
SAME_PREGNANCY = timedelta(days=180)
"""Two births, or a due day and a birth, closer than this are of one pregnancy."""


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


def reimbursement(work: Work) -> Gathered:
    """F14, F22: bills of one settlement year, in their order."""
    person, rows = registry.applicant_of(work), _bills(work)
    if wrong := next((b for b in rows if b.care in MATERNITY), None):
        raise BillWrong(
            f"{CARES[wrong.care]}的账单请在生育待遇事项中报销，请撤销后到该事项录入。", field="care"
        )
    claims = tuple(BillClaim(bill.pk, facts.claim_of(bill, person)) for bill in rows)
    table = books.current(work.region)
    years = {settlement_day(c.claim, Figures(table, c.claim.ended_on)).year for c in claims}
    return Gathered(
        kind=Kind.REIMBURSEMENT,
        payload=calculations.Reimbursed(claims),
        year=_one_year(years),
        person=person,
        insurance=claims[-1].claim.insurance,
        bills=rows,
        days=_days(rows),
        entered_by=_by(rows),
    )


def aid(work: Work) -> Gathered:
    """F17: what insurance left of settled bills, for somebody in need."""
    person, rows = registry.applicant_of(work), _bills(work)
    found = []
    for bill in rows:
        settled = bills.content(bill).settled
        if settled is None:
            raise BillWrong(
                "医疗救助在保险报销以后支付（先保险后救助）：请按结算单填写政策范围内费用和保险已付金额；"
                "还没有报销的，先办理医疗费用报销。",
                field="settled",
            )
        found.append(
            BillSettled(
                bill.pk,
                Settled(
                    day=bill.ended_on,
                    category=_category(work, person, bill.ended_on),
                    total=bill.total_fen,
                    in_scope=settled.in_scope,
                    insured=settled.insurance,
                    commercial=bill.commercial_fen,
                ),
            )
        )
    return Gathered(
        kind=Kind.AID,
        payload=calculations.Aided(tuple(found)),
        year=_one_year({bill.ended_on.year for bill in rows}),
        person=person,
        bills=rows,
        days=frozenset(),
        entered_by=_by(rows),
    )


def maternity_medical(work: Work) -> Gathered:
    """F15, F22: fees of a birth, a miscarriage, an operation, and prenatal checks."""
    person, said = registry.applicant_of(work), _event(work)
    rows = _bills(work)
    insured, spell = _insured(person, said)
    checks = [b for b in rows if b.care == "prenatal"]
    fees = [b for b in rows if b.care != "prenatal"]
    if said.event.kind == "prenatal" and fees:
        raise BillWrong("生育信息是产前检查，账单里有其他费用；请更正生育信息或账单。", field="care")
    kind = said.event.kind if fees else "prenatal"
    _refuse_again(Kind.MATERNITY_MEDICAL, person, work.case_id, kind, said.event.on)
    payload = calculations.Maternity(
        event=said.event,
        insured=insured,
        fees=calculations.merged([_maternity_claim(b, person, spell, said) for b in fees]),
        checks=calculations.merged([_maternity_claim(b, person, spell, said) for b in checks]),
    )
    year = _pregnancy_year(person, work.case_id, said.event.on)
    return _of_event(Kind.MATERNITY_MEDICAL, payload, person, said, year, event=kind, rows=rows, work=work)


def allowance(work: Work) -> Gathered:
    """F15, F22: days of leave × the unit's average wage of last year."""
    person, said = registry.applicant_of(work), _event(work)
    insured, spell = _insured(person, said)
    _refuse_again(Kind.ALLOWANCE, person, work.case_id, said.event.kind, said.event.on)
    wage = Wage(0, said.event.on.year - 1)
    if spell is not None and spell.unit is not None:
        total, months = registry.average_base(spell.unit, wage.year)
        wage = Wage(average_wage(total, months), wage.year)
    payload = calculations.Allowance(said.event, insured, wage)
    return _of_event(Kind.ALLOWANCE, payload, person, said, said.event.on.year, work=work)


def birth_subsidy(work: Work) -> Gathered:
    """P23: for the birth of an insured man's spouse without work."""
    person, said = registry.applicant_of(work), _event(work)
    rows = _bills(work)
    insured, _ = _insured(person, said)
    _refuse_again(Kind.BIRTH_SUBSIDY, person, work.case_id, said.event.kind, said.event.on)
    payload = calculations.Subsidy(said.event, insured, sum(bill.total_fen for bill in rows))
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
    joint = [name for name in work.said("joint_reporters").split("、") if name.strip()]
    against = set() if work.said("reward_wanted") == "yes" else {"unwilling"}
    if not work.said("reporter_name"):
        against.add("unidentified")
    payload = calculations.Rewarded(
        case_value=to_fen(Decimal(str(value))),
        grade=int(grade),
        day=work.day,
        is_insider=insider == "yes",
        # By number, never by name: who reported stays in the sealed case.
        reporters=tuple(Reporter(f"第{n}举报人") for n in range(1, len(joint) + 2)),
        against=tuple(sorted(against)),
    )
    return Gathered(Kind.REWARD, payload, work.day.year)


GATHER = {
    Kind.REIMBURSEMENT: reimbursement,
    Kind.AID: aid,
    Kind.MATERNITY_MEDICAL: maternity_medical,
    Kind.ALLOWANCE: allowance,
    Kind.BIRTH_SUBSIDY: birth_subsidy,
    Kind.REWARD: reward,
}


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
    return rows


def _one_year(years: set[int]) -> int:
    if len(years) > 1:
        said = "、".join(f"{year}年" for year in sorted(years))
        raise BillWrong(f"账单属于{said}几个结算年度，一件只核定一个年度的费用；请按年度分开申请。")
    return years.pop()


def _days(rows: Sequence[Bill]) -> frozenset[date]:
    return frozenset(day for bill in rows for day in (bill.began_on, bill.ended_on))


def _by(rows: Sequence[Bill]) -> frozenset[int]:
    return frozenset(bill.entered_by for bill in rows)


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
    found = events.of_case(work.case_id)
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
        entered_by=_by(rows) | ({found[0].entered_by} if found else frozenset()),
    )


def _refuse_again(kind: Kind, person: registry.Person, case_id: int, event: str, day: date) -> None:
    """One birth is paid once: the same benefit for the same event, or for a birth too close to another."""
    if event == "prenatal":
        return
    near = SAME_PREGNANCY if event == "birth" else timedelta(0)
    known = (
        Decision.objects.filter(
            person=person, kind=kind, event=event, undone_at__isnull=True,
            event_on__range=(day - near, day + near),
        )
        .exclude(case=case_id)
        .select_related("case")
        .first()
    )  # fmt: skip
    if known is not None:
        raise Decided(
            f"{known.event_on}的{Kind(kind).label}已经在办件{known.case.number}核定过，一次生育（手术）只支付一次；"
            "请核对日期和病历。"
        )


def _pregnancy_year(person: registry.Person, case_id: int, day: date) -> int:
    """The year under which a pregnancy is added up: that of its first claim, or of the birth or due day."""
    near = Decision.objects.filter(
        person=person,
        kind=Kind.MATERNITY_MEDICAL,
        undone_at__isnull=True,
        event_on__range=(day - SAME_PREGNANCY, day + SAME_PREGNANCY),
    ).exclude(case=case_id)
    first = near.order_by("id").first()
    return first.year if first is not None else day.year
