"""征集信息 and 征缴单: what the tax department is to collect, and its word that the money came.

The agency works out and issues; the tax department collects (summary 6, rule 5). Who is levied where:

* A unit's levy of a month is for every employee who was insured there on some day of it, not suspended. Who moved
  within the month is levied by the last employer of it; who retired, still by the month's employer.
* A month counts once: whoever has it on record already, or stands on another unit's open levy of it, is left out;
  a flexible worker's own open levy of it goes when an employer's levy takes the month over.
* A new issue takes the place of an unpaid one. After a paid one only those who are not in it can follow.

Amounts in the rows are whole fen; what callers hand over is yuan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from jingban.core.money import to_fen, to_yuan
from jingban.documents import service as documents
from jingban.registry import units
from jingban.registry.changes import recorded
from jingban.registry.errors import RegistryError
from jingban.registry.guards_rules import MONTHS_AHEAD, WORDS
from jingban.registry.levy_rates import (
    FLEXIBLE,
    UNIT,
    illustrations,
    rates,
    refuse_illustrative,
    resident_premium,
)
from jingban.registry.models import Contribution, Enrolment, Insurance, Levy, LevyLine, Person, Unit
from jingban.registry.models.enrolments import Kind, LevyStatus, Standing
from jingban.registry.numbers import next_number
from jingban.registry.origin import Origin
from jingban.registry.rules import levy as rules
from jingban.registry.rules import months as m
from jingban.registry.tax_notices import confirmed
from jingban.rulebook.cache import regions

__all__ = [
    "LevyWrong",
    "MonthPaid",
    "NobodyToLevy",
    "arrears",
    "arrears_of_person",
    "bring_up_to_date",
    "confirmed",
    "is_early",
    "issue_for_person",
    "issue_for_unit",
    "levy_flexible",
    "rates",
    "resident_premium",
    "void_own",
]

BATCH = 1000


class MonthPaid(RegistryError):
    """The levy of the period is paid, and nobody is to be added to it."""

    code = "levy_month_paid"


class NobodyToLevy(RegistryError):
    """Nobody pays for this month here."""

    code = "levy_for_nobody"


class LevyWrong(RegistryError):
    """A levy that cannot be: of a month to come, of no money, of months that are on another."""

    code = "levy_wrong"


@dataclass(frozen=True, slots=True)
class _Line:
    person: int
    share: rules.Share


@transaction.atomic
def issue_for_unit(origin: Origin, unit: Unit, month: date) -> Levy:
    """The unit's levy of the month (any day of it): over everybody insured there, with a line each.

    Raises MonthPaid where it is paid and nobody is new, NobodyToLevy where nobody pays, UnitEnded, LevyWrong,
    OnlyIllustrative.
    """
    levy = bring_up_to_date(origin, unit, month)
    if levy is not None:
        return levy
    words = m.words(m.span(month, month))
    if unit.levies.filter(start_on=month.replace(day=1), status=LevyStatus.CONFIRMED).exists():
        raise MonthPaid(f"{unit.name}{words}的征缴单已经到账，也没有新增人员，不用再生成。")
    raise NobodyToLevy(f"{unit.name}{words}没有需要缴费的在职职工，请先办理职工参保登记，或核对月份。")


@transaction.atomic
def bring_up_to_date(origin: Origin, unit: Unit, month: date) -> Levy | None:
    """The same after a change of the unit's people: where nobody is left to levy, the unpaid one just goes."""
    first, last = _month(origin, month)
    unit.refresh_from_db(from_queryset=Unit.objects.select_for_update(no_key=True))
    if unit.end_on is not None:
        raise units.refused_ended(unit)
    # Held before the lines are worked out: what is paid in this moment is either seen as paid or waits for us.
    unpaid = list(_held(unit.levies.filter(start_on=first)))
    own = list(_held(_own_levies(unit, first, last)))
    lines = _unit_lines(origin.region, unit, first, last)
    taken_over = {line.person for line in lines}
    _void(origin, [*unpaid, *(x for x in own if x.person_id in taken_over)], valid_from=first)
    if not lines:
        return None
    shown = illustrations(origin.region, first, UNIT)
    return _issued(
        origin,
        lines,
        unit=unit,
        insurance=Insurance.EMPLOYEE,
        period=(first, last),
        shown=shown,
    )


@transaction.atomic
def issue_for_person(
    origin: Origin,
    person: Person,
    *,
    insurance: str,
    first: date,
    last: date,
    amount: Decimal,
    subsidy: Decimal | int = 0,
    base: Decimal | None = None,
    shown: Sequence[str] = (),
) -> Levy:
    """A person's own levy for whole months: ``amount`` the person pays, ``subsidy`` comes from the fiscal authority.

    ``first`` and ``last`` are any days inside the first and the last month, ``base`` a flexible worker's monthly
    base, ``shown`` the illustrations among the figures that gave the amounts. An unpaid one that touches the period is
    replaced. Raises MonthPaid where a month is on record already, LevyWrong, OnlyIllustrative.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    span = m.span(first, last)
    if not span:
        raise LevyWrong("费款所属期的止月早于起月，请核对。", field="first")
    start, end = m.first_day(span.start), m.last_day(span.stop - 1)
    if span.start < m.index(person.born_on):
        raise LevyWrong(f"费款所属期早于{person.name}的出生月份，请从出生当月起征缴。", field="first")
    if span.stop > m.index(origin.day) + MONTHS_AHEAD:  # what cannot be put on record is not collected either
        raise LevyWrong(WORDS["months_ahead"], field="last")
    share = rules.Share(to_fen(base or 0), 0, to_fen(amount))
    subsidy_fen = to_fen(subsidy)
    if share.person_fen < 0 or subsidy_fen < 0 or share.person_fen + subsidy_fen == 0:
        raise LevyWrong("应缴和资助金额不能小于零，也不能都是零，请核对金额。", field="amount")
    unpaid = list(_held(person.levies.filter(insurance=insurance, start_on__lte=end, end_on__gte=start)))
    _refuse_taken(person, Insurance(insurance), start, end)
    _void(origin, unpaid, valid_from=start)
    return _issued(
        origin,
        [_Line(person.pk, share)],
        person=person,
        insurance=Insurance(insurance),
        period=(start, end),
        subsidy_fen=subsidy_fen,
        shown=shown,
    )


@transaction.atomic
def levy_flexible(origin: Origin, person: Person, month: date) -> Levy | None:
    """A flexible worker's levy of the month, by the declared wage; none (an unpaid one goes) where none is due."""
    first, last = _month(origin, month)
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    unpaid = list(_held(person.levies.filter(insurance=Insurance.EMPLOYEE, start_on=first)))
    spells = _paying(first, last).filter(person=person)
    spell = spells.order_by("-start_on").first()
    if spell is None or spell.kind != Kind.FLEXIBLE or _covered(spells, first, last):
        _void(origin, unpaid, valid_from=first)
        return None
    share = rules.flexible(spell.wage_fen, rates(origin.region, first))
    return issue_for_person(
        origin,
        person,
        insurance=Insurance.EMPLOYEE,
        first=first,
        last=last,
        amount=to_yuan(share.person_fen),
        base=to_yuan(share.base_fen),
        shown=illustrations(origin.region, first, FLEXIBLE),
    )


@transaction.atomic
def void_own(origin: Origin, person: Person, *, insurance: str, first: date, last: date) -> None:
    """The person's own unpaid levies that touch the period are owed no more."""
    own = person.levies.filter(insurance=insurance, start_on__lte=last, end_on__gte=first)
    for levy in _held(own):
        _void(origin, [levy], valid_from=levy.start_on)


def arrears(unit: Unit) -> list[Levy]:
    """The unit's levies that nobody has paid yet, oldest first."""
    return list(unit.levies.filter(status=LevyStatus.ISSUED).order_by("start_on", "id"))


def arrears_of_person(person: Person) -> list[Levy]:
    """The person's own unpaid levies, oldest first."""
    return list(person.levies.filter(status=LevyStatus.ISSUED).order_by("start_on", "id"))


def is_early(origin: Origin, month: date) -> bool:
    """Whether the month is further ahead than the next one: its wages and figures are not known yet."""
    return m.index(month) > m.index(origin.day) + 1


def _month(origin: Origin, month: date) -> tuple[date, date]:
    number = m.index(month)
    if is_early(origin, month):
        raise LevyWrong(
            f"{m.words(range(number, number + 1))}还早，征缴单最早在所属月份的上个月生成，请核对月份。",
            field="from_date",
        )
    return m.first_day(number), m.last_day(number)


def _paying(first: date, last: date) -> QuerySet[Enrolment]:
    """Spells for which somebody pays employee insurance in the month."""
    found: QuerySet[Enrolment] = Enrolment.objects.filter(
        insurance=Insurance.EMPLOYEE,
        kind__in=[Kind.EMPLOYEE, Kind.FLEXIBLE],
        standing=Standing.ACTIVE,
    ).touching(first, last)
    return found


def _unit_lines(region: str, unit: Unit, first: date, last: date) -> list[_Line]:
    """Everybody whose last paying spell of the month is at the unit, and who does not have the month already."""
    here = _paying(first, last).filter(unit=unit)
    latest: dict[int, Enrolment] = {}
    for spell in _paying(first, last).filter(person__in=here.values("person")).order_by("start_on", "id"):
        latest[spell.person_id] = spell
    left_out = _covered(here, first, last) | _on_others(here, unit, first, last)
    figures_now = rates(region, first)
    return [
        _Line(person, rules.employee(spell.wage_fen, figures_now))
        for person, spell in sorted(latest.items())
        if spell.unit_id == unit.pk and person not in left_out
    ]


def _covered(spells: QuerySet[Enrolment], first: date, last: date) -> set[int]:
    """Who of these has a month of the period on record."""
    runs = Contribution.objects.filter(insurance=Insurance.EMPLOYEE, person__in=spells.values("person"))
    return set(runs.touching(first, last).values_list("person_id", flat=True))


def _on_others(spells: QuerySet[Enrolment], unit: Unit, first: date, last: date) -> set[int]:
    """Who of these stands on another unit's open levy of the month, on a longer one, or on a paid one."""
    lines = LevyLine.objects.filter(
        person__in=spells.values("person"),
        levy__insurance=Insurance.EMPLOYEE,
        levy__start_on__lte=last,
        levy__end_on__gte=first,
    ).exclude(levy__status=LevyStatus.VOID)
    gives_way = Q(levy__unit=unit) | Q(levy__unit__isnull=True, levy__start_on=first, levy__end_on=last)
    stays = lines.exclude(gives_way, levy__status=LevyStatus.ISSUED)
    return set(stays.values_list("person_id", flat=True))


def _own_levies(unit: Unit, first: date, last: date) -> QuerySet[Levy]:
    """Levies of just this month that were issued to people of the unit themselves, as flexible workers."""
    people = _paying(first, last).filter(unit=unit).values("person")
    return Levy.objects.filter(person__in=people, insurance=Insurance.EMPLOYEE, start_on=first, end_on=last)


def _held(levies: QuerySet[Levy]) -> QuerySet[Levy]:
    """The unpaid ones of these, held until the transaction ends."""
    return levies.select_for_update(no_key=True).filter(status=LevyStatus.ISSUED).order_by("id")


def _refuse_taken(person: Person, insurance: Insurance, start: date, end: date) -> None:
    paid = Contribution.objects.filter(person=person, insurance=insurance).touching(start, end)
    if (run := paid.order_by("start_on").first()) is not None:
        words = m.words(m.span(max(run.start_on, start), min(run.end_on or end, end)))
        raise MonthPaid(f"{person.name}{words}已有缴费记录，不能再征缴；请核对费款所属期。")
    line = (
        LevyLine.objects.filter(person=person, levy__insurance=insurance, levy__status=LevyStatus.ISSUED)
        .filter(levy__unit__isnull=False, levy__start_on__lte=end, levy__end_on__gte=start)
        .select_related("levy__unit")
        .first()
    )
    if line is not None and line.levy.unit is not None:
        raise LevyWrong(
            f"{person.name}已列入{line.levy.unit.name}的征缴单{line.levy.number}，"
            "请先由该单位重新生成征缴单，再为本人征缴。"
        )


def _issued(
    origin: Origin,
    lines: Sequence[_Line],
    *,
    insurance: Insurance,
    period: tuple[date, date],
    unit: Unit | None = None,
    person: Person | None = None,
    subsidy_fen: int = 0,
    shown: Sequence[str] = (),
) -> Levy:
    refuse_illustrative(origin.region, shown)
    levy = Levy.objects.create(
        region=origin.region,
        number=next_number("ZJ", regions()[origin.region].admin_code, origin.day),
        insurance=insurance,
        unit=unit,
        person=person,
        start_on=period[0],
        end_on=period[1],
        headcount=len(lines),
        unit_fen=sum(line.share.unit_fen for line in lines),
        person_fen=sum(line.share.person_fen for line in lines),
        subsidy_fen=subsidy_fen,
        issued_at=origin.at,
        case=origin.case,
        actor=origin.actor,
    )
    LevyLine.objects.bulk_create(
        (
            LevyLine(
                levy=levy,
                person_id=line.person,
                base_fen=line.share.base_fen,
                unit_fen=line.share.unit_fen,
                person_fen=line.share.person_fen,
            )
            for line in lines
        ),
        batch_size=BATCH,
    )
    # The lines are written with the levy and never changed: its making stands for theirs.
    recorded(
        origin,
        levy,
        after={
            "number": levy.number,
            "month": f"{levy.start_on:%Y-%m}",
            "until": f"{levy.end_on:%Y-%m}",
            "headcount": levy.headcount,
            "unit_fen": levy.unit_fen,
            "person_fen": levy.person_fen,
            "subsidy_fen": levy.subsidy_fen,
            "illustrative": bool(shown),
        },
    )
    return levy


def held_void(pk: int) -> bool:
    """Whether a levy is void by now; it stays as it is until the caller's transaction ends."""
    return Levy.objects.select_for_update(no_key=True).get(pk=pk).status == LevyStatus.VOID


def _void(origin: Origin, unpaid: Iterable[Levy], *, valid_from: date) -> None:
    """They are owed no more; whoever holds the slip of one reads so on the public page."""
    voided = list(unpaid)
    if voided:
        documents.void_subjects(
            (f"levy:{levy.number}" for levy in voided),
            region=origin.region,
            kind="levy-slip",
            reason="征缴单已作废",
            actor=origin.actor,
            now=origin.at,
        )
    for levy in voided:
        levy.status = LevyStatus.VOID
        levy.save(update_fields=["status"])
        recorded(
            origin,
            levy,
            field="status",
            before=LevyStatus.ISSUED.value,
            after=LevyStatus.VOID.value,
            valid_from=valid_from,
        )
