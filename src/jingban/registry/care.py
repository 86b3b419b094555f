"""The people of a village or township that its workers look after: lists out of the registers, each person once.

Who stands in a list is told by the registers of the day alone; nobody keeps these lists by hand. Always within the
own place: a village its own people, a township those of the villages that it entrusted or that carry its name, as with
rosters (``rosters.holders``). The caller has asked who may look, and tells the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from jingban.access.service import LOCAL_ROLES, Actor
from jingban.core.insurance import AID_CATEGORIES
from jingban.registry.lists import masked_numbers
from jingban.registry.models import AidStatus, Enrolment, Person, Recognition
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.room import age_on
from jingban.registry.rosters.holders import places_of
from jingban.registry.waits import NEWBORN_DAYS, newborn_days
from jingban.registry.words import day_text
from jingban.rulebook.diseases import diseases
from jingban.rulebook.figures import illustrations

UNENROLLED, NEWBORN, CHRONIC, AID, AGED = "unenrolled", "newborn", "chronic", "aid", "aged"
LISTS = {
    UNENROLLED: "还没有参保",
    NEWBORN: "新生儿",
    CHRONIC: "门诊慢特病",
    AID: "救助和监测对象",
    AGED: "80岁以上老人",
}
OLD = 80
"""The age from which somebody stands in the list of the old: a choice of this software, no rule of law."""
PAGE = 20


@dataclass(frozen=True, slots=True)
class Around:
    """Whose people: of all places of the region, or of places with these names or beginnings of names."""

    region: str
    everywhere: bool = False
    names: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()

    @property
    def people(self) -> QuerySet[Person]:
        """The living who are registered there."""
        found = Person.objects.filter(region=self.region, merged_into=None, died_on=None).exclude(place="")
        if self.everywhere:
            return found
        here = Q(place__in=self.names)
        for text in self.beginnings:
            here |= Q(place__startswith=text)
        return found.filter(here)


@dataclass(frozen=True, slots=True)
class Cared:
    """A person of a list: the number masked, what calls for care, and whether insured today."""

    id: int
    name: str
    number: str
    age: str
    place: str
    tags: tuple[str, ...]
    insured: bool
    state: str


@dataclass(frozen=True, slots=True)
class CarePage:
    rows: tuple[Cared, ...]
    next: int | None


def around(actor: Actor, region: str, day: date) -> Around:
    """The places of somebody's township and village roles in a region; none without such a role."""
    names: set[str] = set()
    beginnings: set[str] = set()
    for held in actor.held:
        if held.region != region or held.role not in LOCAL_ROLES:
            continue
        if not held.office:
            return Around(region, everywhere=True)
        own, carried = places_of(held.role, region, held.office, day)
        names |= own
        beginnings |= carried
    return Around(region, names=tuple(sorted(names)), beginnings=tuple(sorted(beginnings)))


def care_counts(where: Around, day: date) -> dict[str, int]:
    """How many stand in each list, with ``people`` and ``insured_people`` of the place, in one read."""
    people = _marked(where.people, day)
    wanted = {key: Count("pk", filter=_in_list(key, where.region, day)) for key in LISTS}
    wanted |= {"people": Count("pk"), "insured_people": Count("pk", filter=Q(is_insured=True))}
    counts: dict[str, int] = people.aggregate(**wanted)
    return counts


def care_list(where: Around, key: str, *, day: date, after: int = 0) -> CarePage:
    """A page of a list in the order of registration; KeyError for a list that there is not."""
    people = _marked(where.people, day).filter(_in_list(key, where.region, day), pk__gt=after).order_by("pk")
    found = list(people[: PAGE + 1])
    shown = found[:PAGE]
    return CarePage(_cared(shown, where.region, day), shown[-1].pk if len(found) > PAGE else None)


def _marked(people: QuerySet[Person], day: date) -> QuerySet[Person]:
    person = OuterRef("pk")
    active = Enrolment.objects.on(day).filter(person=person, standing=Standing.ACTIVE)
    return people.annotate(
        is_insured=Exists(active),
        is_chronic=Exists(Recognition.objects.on(day).filter(person=person)),
        is_aided=Exists(AidStatus.objects.on(day).filter(person=person)),
    )


def _in_list(key: str, region: str, day: date) -> Q:
    return {
        UNENROLLED: Q(is_insured=False),
        NEWBORN: Q(born_on__gt=day - timedelta(days=newborn_days(region, day))),
        CHRONIC: Q(is_chronic=True),
        AID: Q(is_aided=True),
        AGED: Q(born_on__lte=_years_before(day, OLD)),
    }[key]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _cared(people: list[Person], region: str, day: date) -> tuple[Cared, ...]:
    numbers = masked_numbers(people)
    spells = {row.person_id: row for row in Enrolment.objects.on(day).filter(person__in=people, slot=0)}
    tags = _tags(people, day)
    names, window = diseases(), newborn_days(region, day)
    example = "（示例期限）" if illustrations(region, [NEWBORN_DAYS], day) else ""
    found = []
    for person in people:
        told = [AID_CATEGORIES.get(word, names.get(word, word)) for word in tags.get(person.pk, ())]
        days, spell = (day - person.born_on).days, spells.get(person.pk)
        if days < window:
            told.insert(0, f"出生{days}天")
        insured = spell is not None and spell.standing == Standing.ACTIVE
        found.append(
            Cared(
                person.pk, person.name, numbers.get(person.pk, "没有证件号码"), _age(person, day), person.place,
                tuple(told), insured, _state(spell, person, window, days, example),
            )
        )  # fmt: skip
    return tuple(found)


def _tags(people: Iterable[Person], day: date) -> dict[int, list[str]]:
    """Aid categories and diseases of people by their codes."""
    found: dict[int, list[str]] = {}
    aid = AidStatus.objects.on(day).filter(person__in=people).order_by("slot")
    ill = Recognition.objects.on(day).filter(person__in=people).order_by("slot")
    for person, word in (*aid.values_list("person", "category"), *ill.values_list("person", "disease")):
        found.setdefault(person, []).append(word)
    return found


def _age(person: Person, day: date) -> str:
    years = age_on(person.born_on, day)
    return f"{years}岁" if years else "未满1岁"


def _state(spell: Enrolment | None, person: Person, window: int, days: int, example: str) -> str:
    if spell is not None:
        kind = Kind(spell.kind).label
        return f"{kind}，正常参保" if spell.standing == Standing.ACTIVE else f"{kind}，暂停参保"
    if days < window:
        last = person.born_on + timedelta(days=window)
        return f"未参保，{day_text(last)}{example}前参保的从出生起享受待遇"
    return "未参保"
