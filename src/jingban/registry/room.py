"""What stands in the way of an enrolment: which spells give way to it, which forbid it, and what to do then."""

from __future__ import annotations

from datetime import date

from jingban.registry.errors import AlreadyEnrolled, BenefitPaid, EnrolmentRefused, PersonClosed
from jingban.registry.models import Enrolment, Insurance, PaidBenefit, Person, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close, remove
from jingban.registry.words import day_text

LONGEST_BACK = 10
"""Years that a declared enrolment may lie back: a net for mistyped years, not a rule of law."""
WORKING_AGE = 16
"""Nobody is employed before that age (劳动法 art. 15)."""
AGES: dict[str, tuple[int, int]] = {
    Kind.NEWBORN: (0, 0),
    Kind.CHILD: (0, 7),
    Kind.PUPIL: (5, 21),
    Kind.STUDENT: (15, 120),
    Kind.ADULT: (16, 150),
    Kind.ELDER: (55, 150),
}
"""Ages in full years between which a resident can be of a kind; wide on purpose, to catch only a wrong choice."""


def refuse_closed(person: Person, what: str = "参保") -> None:
    """Nothing is added for the dead, nor to a row that was merged into another. ``what`` is asked for, in words."""
    if person.merged_into_id is not None:
        raise PersonClosed(f"{person.name}的这份档案已并入另一份，请在保留的档案上办理。")
    if person.died_on is not None:
        raise PersonClosed(
            f"{person.name}已于{day_text(person.died_on)}登记死亡，不能办理{what}；登记有误的请先更正。"
        )


def refuse_impossible(
    origin: Origin, person: Person, kind: str, start_on: date, end_on: date | None, unit: Unit | None
) -> None:
    """Days, age and unit that no enrolment can have."""
    if end_on is not None and end_on < start_on:
        raise EnrolmentRefused("参保止期早于起期，请核对日期。", field="until_date")
    if start_on < person.born_on:
        raise EnrolmentRefused("参保起始日期早于出生日期，请核对。", field="from_date")
    if start_on.year > origin.day.year + 1:
        raise EnrolmentRefused(
            f"参保起始日期最远到{origin.day.year + 1}年12月31日，请核对年份。", field="from_date"
        )
    if start_on.year < origin.day.year - LONGEST_BACK and origin.source == "declared":
        raise EnrolmentRefused(f"参保起始日期在{LONGEST_BACK}年以前，请核对年份。", field="from_date")
    _refuse_age(person, kind, start_on)
    _refuse_unit(origin, kind, start_on, unit)


def _refuse_age(person: Person, kind: str, start_on: date) -> None:
    age = age_on(person.born_on, start_on)
    if kind < "1300":
        if age < WORKING_AGE:
            raise EnrolmentRefused(
                f"{person.name}未满{WORKING_AGE}周岁，不能参加职工医保；可参加城乡居民医保。",
                field="from_date",
            )
        return
    youngest, oldest = AGES[kind]
    if not youngest <= age <= oldest:
        raise EnrolmentRefused(
            f"{person.name}参保时{age}周岁，与所选居民类别“{Kind(kind).label}”不符，请改选类别。",
            field="resident_kind",
        )


def _refuse_unit(origin: Origin, kind: str, start_on: date, unit: Unit | None) -> None:
    if unit is None:
        if kind == Kind.EMPLOYEE:
            raise EnrolmentRefused("单位职工参保要填写用人单位；没有用人单位的按灵活就业人员办理。")
        return
    if kind not in (Kind.EMPLOYEE, Kind.RETIRED):
        raise EnrolmentRefused(f"{Kind(kind).label}参保不填用人单位，请核对人员类别。")
    if unit.region != origin.region:
        raise EnrolmentRefused("用人单位不在本地参保，请到单位参保地办理。", field="unit_credit_code")
    if unit.status != "1":
        raise EnrolmentRefused(
            f"{unit.name}现为{unit.get_status_display()}状态，不能增加职工；请先办理单位恢复缴费或核对单位。",
            field="unit_credit_code",
        )
    if start_on < unit.start_on:
        raise EnrolmentRefused(
            f"{unit.name}自{day_text(unit.start_on)}起参保，职工的起始日期不能早于这一天，请核对。",
            field="from_date",
        )


def age_on(born_on: date, day: date) -> int:
    """Age in full years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def make_room(
    origin: Origin,
    person: Person,
    *,
    insurance: str,
    kind: str,
    start_on: date,
    end_on: date | None,
    unit: Unit | None,
) -> None:
    """End what gives way to the new enrolment the day before it begins; refuse what does not.

    An employee or flexible worker leaves the residents' insurance by it, and a unit takes over a flexible worker.
    Whoever has an active employees' enrolment does not become a resident beside it (重复参保).
    """
    touching = Enrolment.objects.touching(start_on, end_on).filter(person=person)
    in_the_way = list(touching.select_related("unit").order_by("start_on"))
    for spell in in_the_way:
        if trouble := forbids(spell, insurance, kind, unit):
            raise AlreadyEnrolled(f"{person.name}{trouble}", enrolment=spell.pk)
    for spell in in_the_way:
        shorten(
            origin, spell, start_on - DAY, "to-employee" if insurance == Insurance.EMPLOYEE else "to-resident"
        )


def forbids(old: Enrolment, insurance: str, kind: str, unit: Unit | None) -> str:
    """Why a spell does not give way, and what to do; nothing where it does."""
    if old.kind == Kind.RETIRED:
        return f"{_since(old)}享受退休人员医保待遇，不用再参保。"
    if insurance == Insurance.RESIDENT:
        return _forbids_resident(old)
    if old.insurance == Insurance.RESIDENT:
        return ""
    return _forbids_employee(old, kind, unit)


def _forbids_resident(old: Enrolment) -> str:
    suspended = old.standing == Standing.SUSPENDED
    if old.insurance == Insurance.EMPLOYEE:
        return "" if suspended else _still_employee(old)
    if suspended:
        return f"{_since(old)}暂停居民参保，请办理恢复参保。"
    return f"已参加{old.start_on.year}年度居民医保，不能重复参保；请核对参保年度。"


def _forbids_employee(old: Enrolment, kind: str, unit: Unit | None) -> str:
    if old.standing == Standing.SUSPENDED:
        is_same = (old.kind, old.unit_id) == (kind, unit.pk if unit else None)
        return f"{_since(old)}暂停参保，请办理恢复，不用重新参保。" if is_same else ""
    if old.kind == Kind.FLEXIBLE:
        return (
            f"{_since(old)}已按灵活就业人员参保，不能重复参保；请核对人员和日期。"
            if kind == Kind.FLEXIBLE
            else ""
        )
    if unit is not None and old.unit_id == unit.pk:
        return f"{_since(old)}已由本单位参保，不能重复参保；请核对人员和日期。"
    return f"{_since(old)}由其他单位参保，请先由该单位办理终止，再办理参保。"


def _since(old: Enrolment) -> str:
    return f"自{day_text(old.start_on)}起"


def _still_employee(old: Enrolment) -> str:
    if old.end_on is not None:
        return f"参加职工医保至{day_text(old.end_on)}，之前不能再参加居民医保；请从次日起参保。"
    return "正在参加职工医保，不能同时参加居民医保；请先终止职工参保，再办理居民参保。"


def shorten(origin: Origin, spell: Enrolment, last: date, reason: str) -> None:
    """Let a spell end with this day (or take it out where it had not begun), unless a benefit was paid after it."""
    refuse_paid(spell, last)
    if spell.start_on > last:
        remove(origin, spell, reason)
    else:
        close(origin, spell, last, reason)


def refuse_paid(spell: Enrolment, last: date) -> None:
    """Days of a spell for which a benefit was paid stay insured."""
    paid = PaidBenefit.objects.filter(person=spell.person_id, on__gt=last, on__gte=spell.start_on)
    if spell.end_on is not None:
        paid = paid.filter(on__lte=spell.end_on)
    if (found := paid.order_by("-on").first()) is not None:
        raise BenefitPaid(
            f"{day_text(found.on)}已有待遇支付，参保不能在这一天之前终止或变更；"
            "请把日期改到这一天之后，或先办理待遇追回。",
            on=found.on.isoformat(),
        )
