"""The register of enrolments: reading as of a day, and every change of a person's standing.

Days: an enrolment, a suspension, a resumption, a change and a retirement begin with the day that is named; an
enrolment ends with the day that is named (its last insured day). Nothing takes cover from a day for which a benefit
was paid.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from jingban.core.money import to_fen
from jingban.registry import contributions, levies, spells, waits
from jingban.registry.errors import EnrolmentRefused, MonthsMissing, NotEnrolled, NothingChanges
from jingban.registry.models import Enrolment, Insurance, Person, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY
from jingban.registry.room import (
    make_room,
    refuse_closed,
    refuse_impossible,
    refuse_paid,
    shorten,
)
from jingban.registry.rules import months as m
from jingban.registry.words import day_text
from jingban.rulebook.figures import illustrations

RESIDENT_KINDS = {
    "newborn": Kind.NEWBORN,
    "child": Kind.CHILD,
    "pupil": Kind.PUPIL,
    "student": Kind.STUDENT,
    "adult": Kind.ADULT,
    "elder": Kind.ELDER,
}
"""The kinds of residents by the words of forms and rosters."""


def on(person: Person, day: date) -> Enrolment | None:
    """The spell that covers the day, suspended ones included."""
    return Enrolment.objects.on(day).filter(person=person).select_related("unit").first()


def required_on(person: Person, day: date) -> Enrolment:
    """The same, or NotEnrolled in plain words."""
    found = on(person, day)
    if found is None:
        raise NotEnrolled(f"{person.name}在{day_text(day)}没有参保，不能办理；请核对日期，或先办理参保登记。")
    return found


def was_ever(person: Person, insurance: str) -> bool:
    """Whether the person was at any time enrolled in the insurance, or is to be."""
    return bool(person.enrolments.filter(insurance=insurance).exists())


def enrol(
    origin: Origin,
    person: Person,
    *,
    insurance: str,
    kind: str,
    start_on: date,
    unit: Unit | None = None,
    wage: Decimal | None = None,
    end_on: date | None = None,
    aided: bool = False,
) -> Enrolment:
    """Enrol from a day on; ``wage`` is the monthly base in yuan, ``aided`` a premium paid by the subsidy.

    What gives way ends the day before (``room.make_room``); the waiting period is worked out here. Raises
    AlreadyEnrolled, EnrolmentRefused, PersonClosed, BenefitPaid.
    """
    insurance, kind = Insurance(insurance), Kind(kind)
    if (insurance == Insurance.EMPLOYEE) != (kind < "1300"):
        raise EnrolmentRefused(f"{kind.label}不参加{insurance.label}，请核对人员类别。")
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        refuse_impossible(origin, person, kind, start_on, end_on, unit)
        make_room(origin, person, insurance=insurance, kind=kind, start_on=start_on, end_on=end_on, unit=unit)
        wait = waits.waiting(person, insurance=insurance, kind=kind, start_on=start_on, aided=aided)
        return spells.write(
            origin,
            person,
            insurance=insurance,
            kind=kind,
            start_on=start_on,
            end_on=end_on,
            unit=unit,
            wage_fen=None if wage is None else to_fen(wage),
            benefit_from=wait.begins(start_on),
            aided=aided,
        )


def enrol_for_year(origin: Origin, person: Person, *, kind: str, year: int, aided: bool = False) -> Enrolment:
    """Enrol a resident for a year: from its first day, within it from the day of the act, a newborn from birth."""
    return enrol(
        origin,
        person,
        insurance=Insurance.RESIDENT,
        kind=kind,
        start_on=year_begins(origin, person, kind, year),
        end_on=date(year, 12, 31),
        aided=aided,
    )


def year_begins(origin: Origin, person: Person, kind: str, year: int) -> date:
    """The first day of a resident's enrolment for a year; EnrolmentRefused for a year that is not open."""
    if kind == Kind.NEWBORN and _reaches_back(origin, person, year):
        return max(date(year, 1, 1), person.born_on)
    if year < origin.day.year:
        raise EnrolmentRefused(
            f"{year}年度已经结束，请填写{origin.day.year}年度或下一年度。", field="insured_year"
        )
    if year > origin.day.year + 1:
        raise EnrolmentRefused(
            f"现在只能办理{origin.day.year}和{origin.day.year + 1}年度的参保，请核对参保年度。",
            field="insured_year",
        )
    return max(date(year, 1, 1), origin.day)


def _reaches_back(origin: Origin, person: Person, year: int) -> bool:
    """Whether a newborn is enrolled in time, insured from birth."""
    in_time = (origin.day - person.born_on).days <= waits.newborn_days(origin.region, origin.day)
    return in_time and person.born_on.year <= year <= origin.day.year


def suspend(origin: Origin, person: Person, day: date) -> Enrolment:
    """Suspend the enrolment from ``day`` on, with what goes on from it actively; only an active one can be."""
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        spell = required_on(person, day)
        if spell.standing == Standing.SUSPENDED:
            raise EnrolmentRefused(f"{person.name}自{day_text(spell.start_on)}起已暂停参保，不用再办暂停。")
        if spell.kind == Kind.RETIRED:
            raise EnrolmentRefused("退休人员不缴费，参保不能暂停；请核对人员和业务类型。")
        first, *more = spells.in_one_standing(spell)
        for row in (first, *more):
            refuse_paid(row, day - DAY)
        for row in more:
            spells.set_columns(
                origin, row, valid_from=row.start_on, standing=Standing.SUSPENDED, benefit_from=None
            )
        return spells.go_on(origin, first, day, "suspended", standing=Standing.SUSPENDED, benefit_from=None)


def resume(origin: Origin, person: Person, day: date) -> Enrolment:
    """Take a suspended enrolment up again from ``day`` on, all that is suspended of it without a break, with the
    waiting period that the gap brings."""
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        spell = required_on(person, day)
        if spell.standing == Standing.ACTIVE:
            raise EnrolmentRefused(f"{person.name}在{day_text(day)}正常参保，不用办理恢复。")
        if spell.unit is not None and spell.unit.status != "1":
            raise EnrolmentRefused(
                f"{spell.unit.name}现为{spell.unit.get_status_display()}状态，请先办理单位恢复缴费。"
            )
        first, *more = spells.in_one_standing(spell)
        begins = _resumed_benefit(first, day)
        for row in more:
            pays = max(begins, row.start_on)
            spells.set_columns(
                origin, row, valid_from=row.start_on, standing=Standing.ACTIVE, benefit_from=pays
            )
        return spells.go_on(origin, first, day, "resumed", standing=Standing.ACTIVE, benefit_from=begins)


def end(origin: Origin, person: Person, day: date, reason: str) -> Enrolment:
    """End the enrolment with ``day`` as its last insured day; what goes on from it at the same unit goes with it.

    An enrolment of its own that begins after a gap stays.
    """
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        spell = on(person, day)
        if spell is None:
            raise NotEnrolled(_no_spell_to_end(person, day))
        if spell.end_on == day and not spells.following(spell):
            raise NothingChanges(f"{person.name}的参保已经到{day_text(day)}为止，不用再办终止。")
        for later in spells.following(spell):
            shorten(origin, later, day, reason)
        shorten(origin, spell, day, reason)
        return spell


def retire(origin: Origin, person: Person, day: date) -> Enrolment:
    """Make an employee or flexible worker a retired person (1201) from ``day`` on.

    The unit is not kept: nobody pays for the retired, and the unit's lists and levies are for its employees; which
    unit it was stands in the spell before. Raises MonthsMissing when paid and deemed months fall short of the
    region's years.
    """
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        spell = required_on(person, day)
        if spell.kind == Kind.RETIRED:
            raise EnrolmentRefused(f"{person.name}自{day_text(spell.start_on)}起已是退休人员，不用再办。")
        if spell.insurance != Insurance.EMPLOYEE:
            raise EnrolmentRefused(f"{person.name}参加的是居民医保，不办在职转退休；请核对险种。")
        _refuse_short(person, day)
        for later in spell.person.enrolments.filter(start_on__gt=day):
            shorten(origin, later, day - DAY, "retired")
        return spells.go_on(
            origin,
            spell,
            day,
            "retired",
            kind=Kind.RETIRED,
            standing=Standing.ACTIVE,
            unit=None,
            wage_fen=None,
            end_on=None,
            benefit_from=day,
        )


def change(
    origin: Origin,
    person: Person,
    day: date,
    *,
    kind: str | None = None,
    unit: Unit | None = None,
    wage: Decimal | None = None,
) -> Enrolment:
    """Another kind, unit or wage within the same insurance from ``day`` on; what is not named stays.

    For a unit's split or merger, a new wage, or a pupil who becomes a student. A change of employer is not this:
    the old one ends, the new one enrols.
    """
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        return _changed(origin, person, day, kind=kind, unit=unit, wage=wage)


def pass_over(origin: Origin, person: Person, day: date, unit: Unit) -> Enrolment:
    """Let somebody go along with a merger from ``day`` on; whoever died since then up to the death."""
    with transaction.atomic():
        spells.hold(person)
        return _changed(origin, person, day, kind=None, unit=unit, wage=None)


def _changed(
    origin: Origin, person: Person, day: date, *, kind: str | None, unit: Unit | None, wage: Decimal | None
) -> Enrolment:
    spell = required_on(person, day)
    new: dict[str, Any] = {}
    if kind is not None and kind != spell.kind:
        new["kind"] = Kind(kind)
    if unit is not None and unit.pk != spell.unit_id:
        new["unit"] = unit
    if wage is not None and to_fen(wage) != spell.wage_fen:
        new["wage_fen"] = to_fen(wage)
    if not new:
        raise NothingChanges(f"{person.name}的参保没有需要变更的内容，请核对填写的信息。")
    if (new.get("kind", spell.kind) < "1300") != (spell.insurance == Insurance.EMPLOYEE):
        raise EnrolmentRefused("换险种不是变更：请办理另一险种的参保登记。")
    refuse_impossible(
        origin, person, new.get("kind", spell.kind), day, spell.end_on, new.get("unit", spell.unit)
    )
    for later in spells.following(spell):
        if any(getattr(later, name) != getattr(spell, name) for name in new):
            break  # changed on its own: that stands
        spells.set_columns(origin, later, valid_from=later.start_on, **new)
    return spells.go_on(origin, spell, day, "changed", **new)


def become_aided(origin: Origin, person: Person, day: date) -> Enrolment:
    """Make the resident's enrolment in force an aided one: the aided wait for nothing (资助参保)."""
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        spell = required_on(person, day)
        if spell.insurance != Insurance.RESIDENT:
            raise EnrolmentRefused(f"{person.name}参加的是职工医保，不办资助参加居民医保；请核对险种。")
        if not spell.aided:
            spells.set_columns(origin, spell, valid_from=day, aided=True)
        return reconsider(origin, person, day)


def reconsider(origin: Origin, person: Person, day: date) -> Enrolment:
    """Work out the waiting period of the enrolment in force anew: months came from elsewhere, or were bought back.

    It is that of the first of the spells that go on without a break; the benefits may only begin earlier by it.
    """
    with transaction.atomic():
        spells.hold(person)
        spell = required_on(person, day)
        if spell.benefit_from is None:
            return spell
        run = spells.unbroken(spell)
        first = run[0]
        wait = waits.waiting(
            person,
            insurance=first.insurance,
            kind=first.kind,
            start_on=first.start_on,
            aided=first.aided,
            leave_out=first.pk,
        )
        begins = wait.begins(first.start_on)
        for row in run:
            earlier = max(begins, row.start_on)
            if row.benefit_from is not None and earlier < row.benefit_from:
                spells.set_columns(origin, row, valid_from=row.start_on, benefit_from=earlier)
        return spell


def withdraw(origin: Origin, person: Person, year: int) -> None:
    """Take a resident's enrolment of a year back (退保).

    Before it begins the spell is taken out; afterwards, as long as no benefit of the year was paid, it ends the day
    before. The months that it no longer covers are taken out with it: the tax department returns the premium, and what
    is not paid yet is owed no more.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    with transaction.atomic():
        spells.hold(person)
        refuse_closed(person)
        found = person.enrolments.filter(insurance=Insurance.RESIDENT, start_on__range=(first, last))
        left = [s for s in found.order_by("start_on") if s.end_on is None or s.end_on >= origin.day]
        if not left:
            raise NotEnrolled(
                f"{person.name}没有参加{year}年度居民医保（或已经终止），不用办理退保；请核对年度。"
            )
        for spell in found:
            refuse_paid(spell, spell.start_on - DAY)
        stays = max(first, origin.day) - DAY
        for spell in left:
            shorten(origin, spell, stays, "withdrawn")
        stay = [m.index(s.end_on) for s in found.all() if s.end_on is not None]
        lost = m.first_day(max(stay) + 1) if stay else first
        if lost <= last:
            contributions.take_back(
                origin, person, insurance=Insurance.RESIDENT, first=lost, last=last, why="withdrawn"
            )
            levies.void_own(origin, person, insurance=Insurance.RESIDENT, first=lost, last=last)


def _resumed_benefit(spell: Enrolment, day: date) -> date:
    """An employee waits for the gap; a resident's year is paid as a whole and waited for once."""
    if spell.insurance != Insurance.RESIDENT:
        return waits.waiting(spell.person, insurance=spell.insurance, kind=spell.kind, start_on=day).begins(
            day
        )
    before = spell.person.enrolments.filter(standing=Standing.ACTIVE, end_on=spell.start_on - DAY).first()
    owed = before.benefit_from if before is not None else None
    return max(day, owed or day)


def _refuse_short(person: Person, day: date) -> None:
    years = waits.retirement_years(person.region, person.sex, day)
    have = contributions.months(person, insurance=Insurance.EMPLOYEE, until=day - DAY)
    if (missing := years * 12 - have.total) > 0:
        shown = "（示例值）" if illustrations(person.region, [f"retirement-years-{person.sex}"], day) else ""
        raise MonthsMissing(
            f"{person.name}累计缴费{have.total}个月（实际缴费{have.paid}个月，视同缴费{have.deemed}个月），"
            f"距本地退休人员待遇所需的{years}年{shown}还差{missing}个月；"
            "可继续缴费到满年限，或按规定一次性补缴后再办理在职转退休。",
            missing=missing,
        )


def _no_spell_to_end(person: Person, day: date) -> str:
    first = person.enrolments.filter(start_on__gt=day).order_by("start_on").first()
    if first is not None:
        return f"{person.name}自{day_text(first.start_on)}起参保，终止日期不能早于这一天；请核对日期。"
    return f"{person.name}在{day_text(day)}没有参保，不用办理终止；请核对日期。"
