"""Whoever asks for a benefit: a bill or a medical event is entered by the agency, and the amount is what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from jingban.benefits import service as benefits
from jingban.cases.view import CaseView
from jingban.cases.work import answers_of
from jingban.core.localtime import SHANGHAI, local_day
from jingban.core.money import to_yuan
from jingban.registry import aid, contributions, enrolments
from jingban.registry.models import Insurance, Person, Source
from jingban.registry.models.enrolments import Kind
from jingban.registry.origin import Origin
from jingban.rulebook import publish
from jingban.rulebook.cache import regions
from jingban.walk.scene import PREPARER, Part, Scene

HOST = "host-2"
"""A unit that insured its people long before: the other one of the walk is registered on the day before its first case."""
REPORT = {"accused": "演练对象", "clues": "演练线索", "reporter_name": "演练·甲", "reward_wanted": "yes"}
PAYEE = {"bank": "演练银行", "bank_account": "6200000000000001"}
WAGE = Decimal("6000.00")
FIRST_MONTH = date(2025, 1, 1)
LAST = date(2026, 10, 1)
"""Whoever's clock is past this gives way to the next of the row, so that care and claim lie in one year."""
INSURED_FROM = datetime(2025, 1, 2, 9, tzinfo=SHANGHAI)
"""Long enough before for every waiting time and for twelve months of contributions."""
ENROLLED_AT = datetime(2025, 10, 20, 9, tzinfo=SHANGHAI)
"""Within the months in which residents enrol for the next year."""
AILMENT = "演练疾病"
Enter = Callable[[CaseView, date, datetime], None]


def reimbursement(scene: Scene) -> Part:
    """A stay in hospital that was paid first: an employee's, in villages a resident's."""
    key = _next(scene, "claimant")
    insured = _resident if scene.item.tier == "grassroots" else _employee
    return _claimed(scene, key, insured, _stay, care_kind="inpatient")


def aid_claim(scene: Scene) -> Part:
    """What insurance left, for somebody in need: recognised already, or by this very case."""
    key = _next(scene, "aided-patient", once=True)

    def insured(scene: Scene, key: str, at: datetime) -> Person:
        person = _resident(scene, key, at)
        if scene.path.facts.get("hardship") in (None, "income"):
            _aided(scene, person, local_day(at))
        return person

    return _claimed(scene, key, insured, _settled_stay, care_kind="inpatient")


def maternity_fees(scene: Scene) -> Part:
    """Fees of a birth, of checks before one, or of an operation."""
    event, care = {
        "prenatal-check": ("prenatal", "prenatal"),
        "family-planning-medical": ("operation", "family-planning"),
    }.get(scene.item.item, ("birth", "delivery"))

    def enter(view: CaseView, day: date, now: datetime) -> None:
        _event(view, event, day, now)
        _bill(view, day, now, care=care)

    return _claimed(scene, _next(scene, "mother", once=True), _employee, enter)


def allowance(scene: Scene) -> Part:
    """生育津贴 after a birth."""
    return _claimed(
        scene,
        _next(scene, "mother", once=True),
        _employee,
        lambda view, day, now: _event(view, "birth", day, now),
    )


def birth_subsidy(scene: Scene) -> Part:
    """一次性生育补助金: the spouse of an insured man."""

    def enter(view: CaseView, day: date, now: datetime) -> None:
        spouse = answers_of(view, publish.version(view.version_id).item)["spouse_name"]
        _event(view, "birth", day, now, spouse=spouse)
        _bill(view, day, now, care="delivery", patient="spouse", patient_name=spouse)

    return _claimed(scene, _next(scene, "father", once=True), _employee, enter)


def reward(scene: Scene) -> Part:
    """A tip-off: the investigation says the case value, the head the reward of it, here the least there is.

    Where the bank sends something back two reported together: a share each, to an account each.
    """
    cast = scene.cast
    said = {
        **cast.said("visitor-1"),
        "accused": "演练对象",
        "clues": "演练线索",
        "reporter_name": "演练·甲",
        "reward_wanted": "yes",
    }
    named = ["演练·甲"]
    if any(edge.act == "failed" for edge in scene.path.edges):
        named.append("演练·乙")
        said["joint_reporters"] = named[-1]
    payees = [[name, "演练银行", f"62000000000001{n:02d}"] for n, name in enumerate(named, start=1)]
    carries = {
        "amount": "1000.00",
        "award:amount": "200.00",
        "reward_payees": payees,
        "receiver_agreed": "no",
    }
    return Part((), cast.at(), cast.account("visitor-1"), said, carries=carries)


def _claimed(
    scene: Scene,
    key: str,
    insured: Callable[[Scene, str, datetime], Person],
    enter: Enter,
    *,
    care_kind: str = "",
) -> Part:
    """The application, and what the agency enters of it as soon as it is there; the amount is worked out then."""
    cast = scene.cast
    at = cast.at(key)
    carries: dict[str, str] = {"amount": "100.00"}
    if scene.acts:
        insured(scene, key, at)
    day = local_day(at) - timedelta(days=10)

    def opened(view: CaseView, now: datetime) -> None:
        if not scene.acts:
            return
        enter(view, day, now)
        carries["amount"] = _worth(view, now)

    own = cast.said(key)
    said = {
        **own,
        **PAYEE,
        "payee_name": own["name"],
        "care_kind": care_kind or "inpatient",
        "care_from": day.isoformat(),
        "treating_institution": "演练医院",
        "injury": "none",
    }
    return Part((key,), at, cast.account(key), said, carries=carries, opened=opened)


def _worth(view: CaseView, now: datetime) -> str:
    outcome = benefits.work_out(view, actor=PREPARER, now=now)
    if outcome is None:
        raise AssertionError(f"{view.number}没有可核定的待遇")
    return f"{to_yuan(outcome.fund):.2f}"


def _next(scene: Scene, row: str, *, once: bool = False) -> str:
    """The first of a row whose year is not over; of births one a person."""

    def free(key: str, person: Person | None) -> bool:
        return person is None if once else local_day(scene.cast.at(key)) < LAST

    return scene.cast.first(row, free)


def _before(scene: Scene, source: Source = Source.AGENCY) -> Origin:
    return Origin(scene.cast.region, PREPARER, INSURED_FROM, source)


def _employee(scene: Scene, key: str, at: datetime) -> Person:
    """Employed since the year before, with every month paid up to the last."""
    person = scene.registered(key, INSURED_FROM + timedelta(days=1))
    if enrolments.on(person, local_day(at)) is None:
        unit = scene.employer(INSURED_FROM + timedelta(days=1), HOST)
        enrolments.enrol(
            _before(scene), person, insurance=Insurance.EMPLOYEE, kind=Kind.EMPLOYEE, unit=unit, wage=WAGE,
            start_on=local_day(INSURED_FROM),
        )  # fmt: skip
        scene.prepared.append(f"{person.name}参加职工医保")
    _pay_up(scene, person, at)
    return person


def _pay_up(scene: Scene, person: Person, at: datetime) -> None:
    """Every month from the first to the one before the day."""
    paid = contributions.spans(person)
    first = paid[-1].end_on + timedelta(days=1) if paid and paid[-1].end_on else FIRST_MONTH
    last = local_day(at).replace(day=1) - timedelta(days=1)
    if first < last:
        unit = scene.cast.unit(HOST)
        contributions.add(
            scene.origin(at),
            person,
            insurance=Insurance.EMPLOYEE,
            first=first,
            last=last,
            base=WAGE,
            unit=unit,
            place=regions()[scene.cast.region].admin_code,
        )


def _resident(scene: Scene, key: str, at: datetime) -> Person:
    """Enrolled for the year in time, so that nothing has to be waited for."""
    person, year = scene.registered(key, INSURED_FROM + timedelta(days=1)), local_day(at).year
    if enrolments.on(person, local_day(at)) is None:
        origin = Origin(scene.cast.region, PREPARER, ENROLLED_AT, Source.AGENCY)
        enrolments.enrol_for_year(origin, person, kind=Kind.ADULT, year=year)
        scene.prepared.append(f"{person.name}按时参加{year}年度居民医保")
    return person


def _aided(scene: Scene, person: Person, day: date) -> None:
    if aid.status_on(person, day) is None:
        aid.grant(_before(scene), person, "minimum-living", local_day(INSURED_FROM))
        scene.prepared.append(f"{person.name}登记为低保对象")


def _stay(view: CaseView, day: date, now: datetime) -> None:
    _bill(view, day, now, care="inpatient")


def _settled_stay(view: CaseView, day: date, now: datetime) -> None:
    _bill(
        view, day, now, care="inpatient", settled=benefits.Settled(in_scope=18_000_000, insurance=9_000_000)
    )


def _bill(view: CaseView, day: date, now: datetime, *, care: str, **more: Any) -> None:
    """200,000 yuan of the demo catalogue, so that every deductible is passed."""
    benefits.load_demo_catalogue(now)
    lines = (
        benefits.LineDraft("阿司匹林肠溶片（示例）", 15_000_000, day, "DEMO-D-001"),
        benefits.LineDraft("头孢克肟胶囊（示例）", 5_000_000, day, "DEMO-D-002"),
    )
    total = sum(line.amount for line in lines)
    name = answers_of(view, publish.version(view.version_id).item)["name"]
    number = re.sub(r"\D", "", view.number)
    invoice = benefits.InvoiceDraft(number, total, day, "演练医院", code="99060199", payer=name)
    draft = benefits.BillDraft(
        care=care, began_on=day, ended_on=day, institution="演练医院", level="2", total=total, lines=lines,
        place_code=regions()[view.region].admin_code, invoices=(invoice,), diagnosis=AILMENT, **more,
    )  # fmt: skip
    benefits.enter_bill(view.id, draft, actor=PREPARER, now=now)


def _event(view: CaseView, kind: Any, day: date, now: datetime, *, spouse: str = "") -> None:
    """What the medical records say; a pregnancy under way has a day when it is due."""
    event = benefits.Event(
        kind=kind,
        on=day + timedelta(days=100) if kind == "prenatal" else day,
        operation="iud-in" if kind == "operation" else "",
    )
    draft = benefits.EventDraft(event, role="spouse" if spouse else "own", patient_name=spouse)
    benefits.enter_event(view.id, draft, actor=PREPARER, now=now)
