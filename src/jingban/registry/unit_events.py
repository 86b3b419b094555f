"""What befalls a unit as a whole: its registration, branches, splits, mergers, suspension and the end.

The rules (国令765 art. 10; the guides list 增加、中断、恢复、终止 as acts on each employee):

* Nobody's insurance is stopped by an act on the unit. A unit may suspend paying only when none of its employees is
  insured any more, and may be struck off only when none is enrolled; each employee is suspended or ended by an act of
  their own (one by one or by roster), so that each is told. The message says how many there still are.
* Whoever is struck off, or merged into another, first pays what is owed, for the registration ends with it.
* A merger takes the people along without a day's gap; a split names the two units, and people move by name.
* A retired person belongs to no unit, and is not touched by any of it.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from jingban.core.money import show_yuan
from jingban.registry import enrolments, levies, units
from jingban.registry.changes import changed, record, recorded
from jingban.registry.errors import NothingChanges
from jingban.registry.levy_rates import by_illustrations
from jingban.registry.models import Enrolment, Levy, Unit, UnitLink
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.models.units import UnitStatus
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close


@transaction.atomic
def register(origin: Origin, new: units.NewUnit) -> Unit:
    """Register a unit, as a branch where it names a parent; a parent elsewhere is kept by its code."""
    unit = units.register(origin, new)
    if new.parent_code and (parent := units.find(origin.region, new.parent_code)) is not None:
        branch(origin, unit, parent, new.start_on)
    return unit


@transaction.atomic
def branch(origin: Origin, unit: Unit, parent: Unit, on: date) -> UnitLink:
    """Make a unit a branch of another; a later link to another parent takes its place."""
    _hold_two(unit, parent, origin, on)
    above: Unit | None = parent
    while above is not None:
        if above.pk == unit.pk:
            raise units.UnitWrong(
                f"{parent.name}本身是{unit.name}的下级，两个单位不能互为上下级，请核对。",
                field="other_credit_code",
            )
        above = parent_of(above)
    if parent_of(unit) == parent:
        raise NothingChanges(f"{unit.name}已经登记为{parent.name}的分支机构，不用再办。")
    link = _link(origin, unit, parent, "branch", on)
    if unit.parent_code != parent.credit_code:
        units.set_columns(origin, unit, on, parent_code=parent.credit_code)
    return link


def parent_of(unit: Unit) -> Unit | None:
    """The parent by the latest link; a unit of another register is known by its code alone."""
    link = unit.links.filter(kind="branch").select_related("other").order_by("-on", "-id").first()
    return link.other if link else None


@transaction.atomic
def split(origin: Origin, unit: Unit, other: Unit, on: date) -> UnitLink:
    """Note that ``other`` was split off ``unit``; its people are moved by name, what is owed stays where it is."""
    _hold_two(unit, other, origin, on)
    if UnitLink.objects.filter(unit=unit, other=other, kind="split").exists():
        raise units.UnitWrong(
            f"{unit.name}已经登记为由{other.name}分立，不能反过来再登记，请核对。", field="other_credit_code"
        )
    if UnitLink.objects.filter(unit=other, other=unit, kind="split").exists():
        raise NothingChanges(f"{other.name}由{unit.name}分立已经登记过，不用再办。")
    return _link(origin, other, unit, "split", on)


@transaction.atomic
def merge(origin: Origin, unit: Unit, into: Unit, on: date) -> int:
    """End a unit that is merged into another from a day on; its people go on there without a day's gap.

    Their spells, suspended ones included, become new ones at the other unit; months paid stay with the unit that
    paid them. Returns how many moved.
    """
    _hold_two(unit, into, origin, on)
    if on <= unit.start_on:
        raise units.UnitWrong("合并日期应在单位参保日期之后，请核对起始日期。", field="from_date")
    _must_be_clear(unit, "合并", None)
    spells = _spells(unit, on).select_related("person").order_by("person_id", "start_on")
    if spells.exists() and into.status != UnitStatus.ACTIVE:
        raise units.UnitWrong(
            f"{into.name}正在停缴，不能接收职工；请先为它办理恢复缴费。", field="other_credit_code"
        )
    if later := spells.filter(start_on__gt=on).count():
        raise units.UnitWrong(
            f"有{later}名职工的参保从合并日期以后开始，请先改正他们的起始日期，或改用更晚的合并日期。",
            field="from_date",
        )
    persons = [spell.person for spell in spells]
    for person in persons:
        enrolments.pass_over(origin, person, on, into)
    _link(origin, unit, into, "merged", on)
    _end(origin, unit, on - DAY)
    return len(persons)


@transaction.atomic
def suspend(origin: Origin, unit: Unit, on: date) -> None:
    """停缴 from a day on; refused while employees in service are insured there."""
    units.hold(unit, origin, on)
    if unit.status == UnitStatus.SUSPENDED:
        raise NothingChanges(f"{unit.name}已经停缴，不用再办。")
    active = _spells(unit, on).filter(kind=Kind.EMPLOYEE, standing=Standing.ACTIVE)
    if count := active.values("person").distinct().count():
        raise units.UnitNotClear(
            f"还有{count}名在职职工正常参保，单位不能停缴；请先为他们办理中断或终止参保（可以用名册整批办理）。",
            people=count,
        )
    units.not_before_later_change(unit, ["status"], on)
    units.set_columns(origin, unit, on, status=UnitStatus.SUSPENDED)


@transaction.atomic
def resume(origin: Origin, unit: Unit, on: date) -> None:
    """恢复缴费 from a day on; employees come back by acts of their own."""
    units.hold(unit, origin, on)
    if unit.status != UnitStatus.SUSPENDED:
        raise NothingChanges(f"{unit.name}没有停缴，不用恢复。")
    units.not_before_later_change(unit, ["status"], on)
    units.set_columns(origin, unit, on, status=UnitStatus.ACTIVE)


@transaction.atomic
def deregister(origin: Origin, unit: Unit, on: date) -> None:
    """注销; ``on`` is the last day. Refused while arrears stand or employees are enrolled (国令765 art. 10)."""
    units.hold(unit, origin, on)
    _must_be_clear(unit, "注销", on + DAY)
    _end(origin, unit, on)


def people(unit: Unit, day: date) -> dict[str, int]:
    """How many employees are enrolled at the unit on a day: ``active`` and ``suspended``."""
    working = Enrolment.objects.filter(unit=unit, kind=Kind.EMPLOYEE).on(day)
    return {
        "active": working.filter(standing=Standing.ACTIVE).count(),
        "suspended": working.filter(standing=Standing.SUSPENDED).count(),
    }


def owed_words(owed: list[Levy]) -> str:
    """Months and amounts of unpaid levies: 2026年1月1,234.50元、2026年2月1,234.50元，共2,469.00元."""
    each = "、".join(f"{x.start_on:%Y年%-m月}{show_yuan(x.due_fen)}元" for x in owed)
    return f"{each}，共{show_yuan(sum(x.due_fen for x in owed))}元{'（含示例值）' if by_illustrations(owed) else ''}"


def _must_be_clear(unit: Unit, act: str, enrolled_from: date | None) -> None:
    """All that stands in the way at once: what is owed and, where a day is given, who is enrolled from it on."""
    hindrances = []
    owed = levies.arrears(unit)
    if owed:
        hindrances.append(f"尚欠{owed_words(owed)}，请先向税务部门缴清（有滞纳金、罚款的一并结清）")
    count = 0
    if enrolled_from is not None:
        count = _spells(unit, enrolled_from).filter(kind=Kind.EMPLOYEE).values("person").distinct().count()
    if count:
        hindrances.append(f"还有{count}名职工在本单位参保，请先为他们办理终止参保或转到新单位")
    if hindrances:
        months = [x.start_on.isoformat()[:7] for x in owed]
        raise units.UnitNotClear(
            f"{unit.name}还不能{act}：{'；'.join(hindrances)}。", months=months, people=count, owed=len(owed)
        )


def _end(origin: Origin, unit: Unit, on: date) -> None:
    for held in unit.operators.touching(on + DAY, None):
        close(origin, held, on)
    units.not_before_later_change(unit, ["status"], on)
    before = unit.status
    unit.status, unit.end_on = UnitStatus.ENDED, on
    unit.save(update_fields=["status", "end_on"])
    # The last day is still a day of the unit, so the new status holds from the next.
    ended = changed(
        origin, unit, field="status", before=before, after=UnitStatus.ENDED.value, valid_from=on + DAY
    )
    record(origin, [changed(origin, unit, field="end_on", after=on.isoformat(), valid_from=on), ended])


def _link(origin: Origin, unit: Unit, other: Unit, kind: str, on: date) -> UnitLink:
    made = UnitLink.objects.create(
        region=origin.region,
        unit=unit,
        other=other,
        kind=kind,
        on=on,
        case=origin.case,
        actor=origin.actor,
        recorded_at=origin.at,
    )
    recorded(origin, made, after={"other": other.credit_code, "kind": kind}, valid_from=on)
    return made


def _spells(unit: Unit, day: date) -> QuerySet[Enrolment]:
    """Spells at the unit that hold on the day or later."""
    found: QuerySet[Enrolment] = Enrolment.objects.filter(unit=unit).touching(day, None)
    return found


def _hold_two(unit: Unit, other: Unit, origin: Origin, day: date) -> None:
    if unit.pk == other.pk:
        raise units.UnitWrong(
            "两个单位是同一个单位，请核对另一方的统一社会信用代码。", field="other_credit_code"
        )
    for one in sorted(
        (unit, other), key=lambda u: u.pk
    ):  # always in one order: two mergers never wait in a circle
        units.hold(one, origin, day)
