"""From a bill to a claim: lines priced by the catalogue of their day, and what the registers say of the insured person.

Everything is as of the day of care, never of today: who was insured in what, from when it paid, which disease was
recognised, which filing reached the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from jingban.benefits import catalogue
from jingban.benefits.drafts import CARES, Content, LineDraft, content
from jingban.benefits.errors import BillWrong, NotCovered
from jingban.benefits.models import Accident, Bill, CatalogueEntry
from jingban.benefits.rules.model import Care, Claim, Insurance, Klass, Level, Line, Place
from jingban.registry import service as registry

CLAIMED_AS: dict[str, Care] = {"delivery": "inpatient", "family-planning": "outpatient"}
"""Cares of maternity that are priced like others."""
INSURANCES: dict[str, Insurance] = {"310": "employee", "390": "resident"}
STATUS = {"1201": "retired", "1404": "student"}
SUSPENDED = "2"
CIVIL = frozenset({"government"})
"""Kinds of units whose staff has the civil servants' supplement (公务员医疗补助)."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Through what somebody is insured on a day, or why the fund does not pay for it."""

    spell: registry.Enrolment | None
    excluded: str = ""
    why: str = ""


def claim_of(bill: Bill, person: registry.Person) -> Claim:
    """The claim of a bill. Raises NotCovered or BillWrong where nothing of it can be paid, with the reason in words."""
    kept = content(bill)
    hold_accident(bill)
    spells = registry.spells_within(person, bill.began_on, bill.ended_on)
    covers = {
        day: cover_on(spells, day)
        for day in {line.day for line in kept.lines} | {bill.began_on, bill.ended_on}
    }
    holding = _holding(bill, person, covers)
    _hold_disease(bill, kept, person)
    return _claim(bill, kept, person, holding, {day: cover.excluded for day, cover in covers.items()})


def claim_without_cover(bill: Bill, person: registry.Person, last: registry.Enrolment | None) -> Claim:
    """The same for who left her unit: the rules say whether the region pays."""
    if last is None:
        raise NotCovered(f"{person.name}没有在用人单位参保的记录，不能按离职女职工支付；请核对人员身份。")
    hold_accident(bill)
    return _claim(bill, content(bill), person, last, {})


def _claim(
    bill: Bill, kept: Content, person: registry.Person, holding: registry.Enrolment, excluded: dict[date, str]
) -> Claim:
    insurance = INSURANCES[holding.insurance]
    aid = registry.aid_on(person, bill.ended_on)
    return Claim(
        insurance=insurance,
        care=CLAIMED_AS.get(bill.care, cast(Care, bill.care)),
        status=STATUS.get(holding.kind, "active" if insurance == "employee" else "resident"),
        level=cast(Level, bill.level),
        place=place_of(bill, person),
        began_on=bill.began_on,
        ended_on=bill.ended_on,
        lines=priced(bill.region, kept.lines, excluded),
        commercial=bill.commercial_fen,
        third_party_paid=bill.third_party_fen,
        is_civil_servant=holding.unit is not None and holding.unit.kind in CIVIL,
        has_enterprise_supplement=kept.enterprise_supplement,
        aid=aid.category if aid else "",
        disease=kept.disease,
        age=_age(person.born_on, bill.ended_on),
    )


def cover_on(spells: Sequence[registry.Enrolment], day: date) -> Cover:
    """Whether the day is covered: enrolled, not suspended, waited for (待遇等待期)."""
    spell = next((s for s in spells if s.start_on <= day and (s.end_on is None or day <= s.end_on)), None)
    if spell is None:
        return Cover(None, "not_insured", f"{_day(day)}没有参保")
    if spell.standing == SUSPENDED:
        return Cover(spell, "not_insured", f"{_day(day)}参保已暂停")
    if spell.benefit_from is not None and day < spell.benefit_from:
        return Cover(
            spell, "before_waiting", f"待遇自{_day(spell.benefit_from)}起享受，{_day(day)}还在等待期内"
        )
    return Cover(spell)


def covered_on(person: registry.Person, day: date) -> registry.Enrolment:
    """The enrolment that covers the day; NotCovered in plain words."""
    cover = cover_on(registry.spells_within(person, day, day), day)
    if cover.spell is None or cover.excluded:
        raise NotCovered(f"{person.name}{cover.why}，基金不能支付；请核对日期，或按不予办理写明理由。")
    return cover.spell


def place_of(bill: Bill, person: registry.Person) -> Place:
    """Where care was given, as the filings say for the day of admission (医保发〔2022〕22号)."""
    urgent = bill.emergency or bill.care == "emergency"
    answer = registry.filing_for(
        person,
        place=bill.place_code,
        admitted_on=bill.began_on,
        discharged_on=bill.ended_on,
        emergency=urgent,
    )
    if answer.how == "home":
        return "local"
    filing = answer.filing
    if answer.how != "emergency" and answer.filed and (filing is None or filing.group == "long-term"):
        return "filed"
    # Urgent care counts as filed by itself: a filing for something else does not make it worse.
    if urgent or (filing is not None and filing.category == "emergency"):
        return "emergency"
    if filing is None:
        return "unfiled"
    return "referred" if filing.category == "referral" else "temporary"


def priced(region: str, lines: Sequence[LineDraft], excluded: dict[date, str]) -> tuple[Line, ...]:
    """Lines with what the catalogue of their day says; the reasons of days go before those of the catalogue.

    Raises BillWrong where somebody still has to say whether a limited use (限定支付) is met.
    """
    known = catalogue.find(region, {(line.code, line.day) for line in lines if line.code})
    unanswered: list[str] = []
    found = []
    for seq, line in enumerate(lines, start=1):
        entry = known.get((line.code, line.day))
        reason = excluded.get(line.day, "") or line.excluded
        if not reason and entry is not None and entry.limited_use and line.fits_limit is None:
            unanswered.append(f"第{seq}行“{line.name}”（{entry.limited_use}）")
        found.append(_priced(seq, line, entry, reason))
    if unanswered:
        raise BillWrong(
            f"以下项目限定支付范围，请先确认是否符合：{'；'.join(unanswered[:20])}。", field="lines"
        )
    return tuple(found)


def _priced(seq: int, line: LineDraft, entry: CatalogueEntry | None, reason: str) -> Line:
    if not reason and entry is None:
        reason = "not_in_list"
    if not reason and entry is not None and entry.limited_use and not line.fits_limit:
        reason = "limited_use"
    return Line(
        seq=seq,
        day=line.day,
        code=line.code,
        name=line.name,
        klass=cast(Klass, entry.klass) if entry else "C",
        amount=line.amount,
        quantity=line.quantity,
        price=line.unit_price,
        own_share=entry.own_share.normalize() if entry else Decimal(1),
        price_limit=entry.price_limit if entry else None,
        excluded=reason,
    )


def _holding(bill: Bill, person: registry.Person, covers: dict[date, Cover]) -> registry.Enrolment:
    """The enrolment that pays: that of the first covered day of the bill."""
    for day in sorted(covers):
        if (spell := covers[day].spell) is not None and not covers[day].excluded:
            return spell
    why = "；".join(dict.fromkeys(covers[day].why for day in sorted(covers)))
    raise NotCovered(
        f"{person.name}{why}，这张账单（{bill.institution}，{_day(bill.began_on)}）基金不能支付；"
        "请核对就医日期，或按不予办理写明理由。"
    )


def hold_accident(bill: Bill) -> None:
    """Raise BillWrong while nobody knows whether a third party is liable (社会保险法 art. 30)."""
    if bill.accident == Accident.UNKNOWN:
        raise BillWrong(
            "意外伤害还没有查明有没有第三人责任，不能核定；请查明后更正账单，"
            "第三人不支付或者无法确定的，选基金先行支付（社会保险法第三十条）。",
            field="accident",
        )


def _hold_disease(bill: Bill, kept: Content, person: registry.Person) -> None:
    """Chronic and special diseases are paid by what was recognised on the day of care."""
    if bill.care not in ("chronic", "special"):
        return
    if not kept.disease:
        raise BillWrong(f"{CARES[bill.care]}要填写病种编码，请更正账单。", field="disease")
    if registry.recognised_on(person, kept.disease, bill.began_on) is None:
        raise NotCovered(
            f"{person.name}在{_day(bill.began_on)}没有认定病种{kept.disease}，不能按{CARES[bill.care]}报销；"
            "请核对病种和日期，或先办理门诊慢特病认定，也可以改按普通门诊报销。"
        )


def _age(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def _day(day: date) -> str:
    return registry.day_text(day)
