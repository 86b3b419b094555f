"""The generator: the same people for the same seed, families that belong together, registers that hold."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import transaction
from django.db.models import F, Q

from jingban.access.models import User
from jingban.cli import main
from jingban.core.identifiers import CitizenId, CreditCode
from jingban.core.names import MIDDLE_DOT, person_name
from jingban.ledger import service as ledger
from jingban.registry import accounts, contributions, enrolments, guards, units, waits
from jingban.registry.demo.families import Family, families
from jingban.registry.demo.generator import DemoThere, generate, is_there
from jingban.registry.demo.lives import Life, World, life_of
from jingban.registry.demo.names import OWN_VILLAGE, name_of, surname_in
from jingban.registry.demo.numbers import AREA, Numbers, credit_code
from jingban.registry.demo.terms import Terms
from jingban.registry.identity import is_same_person
from jingban.registry.models import (
    AidStatus,
    Change,
    Contribution,
    Enrolment,
    IdentityDocument,
    Kinship,
    OffsiteFiling,
    Person,
    Recognition,
    Unit,
)
from jingban.registry.models.enrolments import Insurance, Kind, Standing
from jingban.registry.origin import Origin
from jingban.registry.rules import months as m
from jingban.registry.sealing import unsealed
from jingban.rulebook.cache import regions
from jingban.rulebook.figures import figures
from jingban.server import demo
from tests.builders import MONDAY

DAY = date(2026, 3, 2)
REGION = "luanzhou"
PEOPLE = 150


# Without a database


def test_a_longer_run_only_adds_to_a_shorter_one() -> None:
    few, many = list(families("7", 60, DAY)), list(families("7", 600, DAY))
    assert many[: len(few) - 1] == few[:-1]
    assert sum(len(family.members) for family in many) == 600
    assert list(families("8", 60, DAY)) != few


def test_ties_go_both_ways_and_fit_the_ages() -> None:
    back = {
        "parent": "child",
        "child": "parent",
        "spouse": "spouse",
        "grandparent": "grandchild",
        "grandchild": "grandparent",
    }
    for family in families("7", 2000, DAY):
        ties = {(t.person, t.relative, t.relation) for t in family.ties}
        assert ties == {(b, a, back[relation]) for a, b, relation in ties}
        for tie in family.ties:
            person, relative = family.members[tie.person], family.members[tie.relative]
            if tie.relation in ("parent", "grandparent"):
                assert (person.born_on - relative.born_on).days > 19 * 365
            if tie.guardian:
                assert (DAY - person.born_on).days < 18 * 366
    assert_names(families("7", 2000, DAY))


def assert_names(found: Any) -> None:
    for family in found:
        for child in {t.person for t in family.ties if t.relation == "parent" and t.relative == 0}:
            assert family.members[child].name.startswith(surname_in(family.members[0].name))


def test_names_are_as_certificates_write_them() -> None:
    names = [name_of(Random(n), sex) for n in range(3000) for sex in ("male", "female")]
    assert all(person_name(name) == name for name in names)
    assert any(MIDDLE_DOT in name for name in names)
    assert any(ord(sign) > 0xFFFF for name in names for sign in name), "characters beyond the first plane"


def test_numbers_pass_every_check_and_were_never_given() -> None:
    numbers = Numbers(3)
    given = [numbers.citizen(date(1990, 1, 1), "male" if n % 2 else "female") for n in range(2000)]
    assert len(set(given)) == len(given)
    for n, number in enumerate(given):
        found = CitizenId.parse(number, on=DAY)
        assert (found.region[:3], found.birth_date) == (AREA, date(1990, 1, 1))
        assert found.sex == ("男" if n % 2 else "女")
    codes = {CreditCode.parse(credit_code(1, seed, n)).code for seed in (0, 7, 10**9) for n in range(50)}
    assert len(codes) == 150


def lives(people: int, day: date = DAY) -> list[tuple[Any, Life]]:
    world = World(day, day.year - 5, 5, Terms(figures(REGION)))
    found: list[tuple[Any, Life]] = []
    for turn, family in enumerate(families("7", people, day)):
        rng = Random(turn)
        found += [(who, life_of(rng, who, world)) for who in family.members]
    return found


@pytest.mark.parametrize("day", [DAY, date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1)])
def test_lives_keep_the_rules(day: date) -> None:
    for who, life in lives(1500, day):
        for before, after in pairwise(life.spells):
            assert before.end_on is not None
            assert before.end_on < after.start_on
        for spell in life.spells:
            assert who.born_on <= spell.start_on <= day
            assert spell.end_on is None or spell.start_on <= spell.end_on
            assert (spell.benefit_from is None) == (spell.standing == Standing.SUSPENDED)
            assert who.died_on is None or (spell.end_on is not None and spell.end_on <= who.died_on)
        for insurance in Insurance:
            months = [month for run in life.runs if run.insurance == insurance for month in run.months]
            assert len(months) == len(set(months)), "a month counts once"


def test_all_kinds_of_lives_are_lived() -> None:
    found = lives(6000)
    kinds = Counter(spell.kind for _, life in found for spell in life.spells)
    assert set(Kind) <= set(kinds)
    reasons = {spell.end_reason for _, life in found for spell in life.spells}
    assert {"ended", "retired", "suspended", "to-employee", "death"} <= reasons
    assert any(
        before.insurance == "310" and after.insurance == "390"
        for _, life in found
        for before, after in pairwise(life.spells)
    ), "from a job to the residents"
    assert any(
        before.unit is not None and after.unit is not None and before.unit != after.unit
        for _, life in found
        for before, after in pairwise(life.spells)
    ), "from one unit to another"
    assert any(
        spell.benefit_from and spell.benefit_from > spell.start_on
        for _, life in found
        for spell in life.spells
    )


def test_retired_people_have_their_months() -> None:
    terms = Terms(figures(REGION))
    for who, life in lives(3000):
        for spell in life.spells:
            if spell.kind == Kind.RETIRED:
                months = {n for run in life.runs if run.insurance == "310" for n in run.months}
                earlier = {n for n in months if n < m.index(spell.start_on)}
                assert len(earlier) >= terms.retirement_months(who.sex, spell.start_on)


# In the registers


@pytest.fixture
def made(db: None) -> Any:
    return generate(REGION, PEOPLE, 7, DAY)


def told(region: str) -> list[Any]:
    """Everything about a region's people but keys: to be compared with another run."""
    people = Person.objects.filter(region=region).order_by("id")
    return [
        (
            person.name, person.sex, person.born_on, person.died_on, person.place, unsealed(person, "phone"),
            unsealed(person, "address"), [unsealed(p, "number") for p in person.documents.order_by("id")],
            list(person.enrolments.order_by("start_on").values_list(
                "kind", "start_on", "end_on", "wage_fen", "benefit_from", "end_reason", "unit__credit_code")),
            list(person.contributions.order_by("slot", "start_on").values_list("insurance", "start_on", "end_on")),
            list(person.kin.order_by("id").values_list("relation", "name", "guardian")),
            list(person.filings.values_list("places", "start_on")), accounts.balance(person),
        )
        for person in people
    ]  # fmt: skip


def test_the_same_seed_makes_the_same_people(made: Any) -> None:
    first = told(REGION)
    generate("puyang", PEOPLE, 7, DAY)
    assert told("puyang") != first, "another region has other people"
    ledger_entries = ledger.Entry.objects.count()
    assert ledger_entries == made.accounts + len([row for row in told("puyang") if row[-1]])


def test_another_run_makes_the_same_people(db: None) -> None:
    with transaction.atomic():
        generate(REGION, 60, 7, DAY)
        first = told(REGION)
        transaction.set_rollback(True)
    assert not is_there(REGION)
    generate(REGION, 60, 7, DAY)
    assert told(REGION) == first


def test_what_was_made_is_what_it_says(made: Any) -> None:
    assert (made.people, made.units) == (Person.objects.count(), Unit.objects.count()) == (PEOPLE, 3)
    rows = sum(
        model.objects.count()
        for model in (Enrolment, Contribution, Kinship, OffsiteFiling, Recognition, AidStatus)
    )
    assert made.periods >= rows
    assert made.accounts == ledger.Account.objects.filter(owner__gt="").count()
    assert is_there(REGION)
    assert not is_there("puyang")


def test_the_registers_hold(made: Any) -> None:
    """The guards were on; what they do not say is asked here."""
    assert guards.doctor() == []
    assert list(ledger.faults()) == []
    assert not IdentityDocument.objects.exclude(person__region=F("region")).exists()
    assert not Enrolment.objects.filter(Q(person__died_on__isnull=False) & Q(end_on__isnull=True)).exists()
    assert not Enrolment.objects.filter(unit__isnull=False, start_on__lt=F("unit__start_on")).exists()
    kept = Change.objects.filter(field="").values_list("register", "row")
    for model in (Person, Enrolment, Contribution, Kinship, OffsiteFiling, Recognition, AidStatus):
        register = str(model._meta.model_name)
        assert set(model.objects.values_list("pk", flat=True)) == {
            row for name, row in kept if name == register
        }
    for person in Person.objects.order_by("id")[:80]:
        number = CitizenId.parse(unsealed(person.documents.get(), "number"), on=DAY)
        assert (number.birth_date, number.sex) == (person.born_on, person.get_sex_display())


def test_waiting_periods_are_what_the_registers_would_say(made: Any) -> None:
    checked, table = 0, figures(REGION)
    spells = Enrolment.objects.exclude(standing=Standing.SUSPENDED).exclude(kind=Kind.RETIRED)
    for spell in spells.filter(start_on__gte=date(2024, 1, 1)).select_related("person").order_by("id"):
        paid = [
            row
            for row in contributions.spans(spell.person)
            if row.start_on < spell.start_on
            and not (row.insurance == "390" and row.start_on.year == spell.start_on.year)
        ]
        before = list(spell.person.enrolments.filter(start_on__lt=spell.start_on).order_by("start_on"))
        wait = waits.waiting_after(
            spell.person, before, paid, insurance=spell.insurance, kind=spell.kind, start_on=spell.start_on,
            aided=spell.aided, table=table,
        )  # fmt: skip
        assert spell.benefit_from == wait.begins(spell.start_on), (spell.kind, spell.start_on, wait.why)
        checked += 1
    assert checked > 150


def test_ordinary_acts_go_on_from_there(made: Any) -> None:
    """Somebody of the demo is ended, enrolled again and retired as anybody would be."""
    origin = Origin(REGION, 22, MONDAY)
    working = (
        Enrolment.objects.on(DAY).filter(kind=Kind.EMPLOYEE, standing=Standing.ACTIVE).order_by("id").first()
    )
    assert working is not None
    assert working.unit is not None
    enrolments.end(origin, working.person, DAY, "ended")
    again = enrolments.enrol(
        origin,
        working.person,
        insurance="310",
        kind="1101",
        start_on=DAY + timedelta(days=1),
        unit=working.unit,
    )
    assert again.benefit_from == again.start_on
    assert [s.unit for s in working.person.enrolments.on(DAY + timedelta(days=1))] == [working.unit]


def test_a_second_time_is_refused(made: Any) -> None:
    before = Person.objects.count()
    with pytest.raises(DemoThere, match="清空数据库"):
        generate(REGION, 10, 8, DAY)
    assert Person.objects.count() == before


def test_the_demo_puts_people_into_every_region_once(db: None) -> None:
    demo.load(now=MONDAY)
    made = demo.people(count=52, seed=7, now=MONDAY)
    assert {one.region: one.people for one in made} == dict(
        zip(sorted(regions()), (11, 11, 10, 10, 10), strict=True)
    )
    assert demo.people(count=52, seed=7, now=MONDAY) == []
    tied = 0
    for region in regions():
        clerk = User.objects.get(username=f"{region}-unit")
        unit = Unit.objects.filter(region=region).order_by("id").first()
        assert unit is not None
        assert units.may_act(clerk.pk, unit, DAY, "declare")
        if (one := demo.sample(region, DAY)) is not None:
            person = Person.objects.get(region=region, name=one.name)
            assert unsealed(person.documents.get(), "number") == one.number
            assert is_same_person(User.objects.get(username=f"{region}-applicant").pk, person)
            tied += 1
            assert person.place == OWN_VILLAGE, "where somebody acts for the village"
            assert one.aided, "somebody in need to try the aid entries with"
    assert tied


@pytest.mark.django_db(databases=["default", "audit"])
def test_the_command_says_what_it_made(monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(main, ["demo", "--people", "25", "--seed", "11"], catch_exceptions=False)
    assert done.exit_code == 0
    for region in regions():
        assert f"{region}：5人" in done.output
    assert "种子11" in done.output
    again = CliRunner().invoke(main, ["demo", "--people", "25", "--seed", "12"], catch_exceptions=False)
    assert "种子" not in again.output
    assert Person.objects.count() == 25


def test_an_empty_family_is_no_family() -> None:
    assert list(families("7", 0, DAY)) == []
    assert Family().members == []
