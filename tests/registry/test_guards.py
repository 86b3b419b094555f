"""Raw SQL against the registers, on both databases: what must not be is refused by the database itself."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from threading import Event
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, connections, models, transaction
from django.db.models.signals import post_migrate, pre_migrate

from jingban.registry.errors import AlreadyEnrolled, MonthTwice, NumberTaken, RegisterRefuses
from jingban.registry.guards import GUARDS, doctor, drop_guards, ensure_guards, in_plain_words, refused
from jingban.registry.guards_rules import (
    CONSTRAINTS,
    FIXED,
    KEPT,
    MONTHS_AHEAD,
    OVERLAPS,
    PERIODS,
    PERSONAL,
    SLOTTED,
    SPELLS,
    WORDS,
)
from jingban.registry.models import Enrolment, IdentityDocument, PaidBenefit, Person, Unit
from jingban.registry.periods import remove
from tests.ledger.test_races import together
from tests.registry import factories as make

SQLITE = connection.vendor == "sqlite"
sqlite_only = pytest.mark.skipif(not SQLITE, reason="a door that only SQLite has")
ELSEWHERE = "luanzhou"
MAY, JUNE, DAY = date(2025, 5, 1), date(2025, 6, 30), timedelta(days=1)
OF_PERSON = tuple(table for table in PERIODS if table != "unitoperator")
GIVEN: dict[str, dict[str, Any]] = {
    "enrolment": {"insurance": "310", "kind": "1103", "standing": "1"},
    "contribution": {"insurance": "310", "slot": 310},
    "offsitefiling": {"group": "long-term", "basis": "papers"},
    "levy": {"status": "issued", "number": "L1"},
    "unitoperator": {"may_declare": True, "may_query": True},
}


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def model_of(table: str) -> type[models.Model]:
    return apps.get_model("registry", table)


def insert(table: str, how: str = "INSERT", **given: Any) -> tuple[Any, ...]:
    """A statement that adds a row of harmless values but for what is given."""
    fields = [f for f in model_of(table)._meta.concrete_fields if not (f.null or f.primary_key)]
    values = {f.column: _some(f) for f in fields} | GIVEN.get(table, {}) | given
    values = {name: str(value) if isinstance(value, date) else value for name, value in values.items()}
    columns, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
    return (f"{how} INTO registry_{table} ({columns}) VALUES ({marks})", *values.values())


def _some(field: models.Field[Any, Any]) -> Any:
    some = {
        models.DateTimeField: "2026-03-02 01:00:00+00:00",
        models.DateField: "2025-05-01",
        models.BinaryField: bytes(range(16)),
        models.BooleanField: False,
        models.JSONField: "[]",
        models.CharField: make.REGION if field.name == "region" else "x",
    }
    return next((value for kind, value in some.items() if isinstance(field, kind)), 0)


def everything() -> list[Any]:
    return [list(model_of(t).objects.order_by("pk").values_list()) for t in (*FIXED, *KEPT, *PERIODS)]


def denied(rule: str, sql: str, *values: Any) -> RegisterRefuses:
    """The database says no by that rule, nothing has changed, and there are words for people."""
    before = everything()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run(sql, *values)
    assert everything() == before
    error = refused(caught.value)
    assert error.details["rule"] == rule, str(caught.value)
    assert error.message in {*WORDS.values(), *OVERLAPS.values(), *CONSTRAINTS.values()}
    return error


class Town:
    """Two people and two units here, a person and a unit elsewhere."""

    def __init__(self) -> None:
        here, there = make.origin(), make.origin(ELSEWHERE)
        self.one, self.two, self.stranger = make.person(here, 1), make.person(here, 2), make.person(there, 3)
        self.unit, self.foreign = make.unit(here, 1), make.unit(there, 2)
        self.ended = make.unit(here, 3, status="4", end_on=date(2024, 12, 31))

    def row(self, table: str, how: str = "INSERT", **given: Any) -> tuple[Any, ...]:
        """An honest row of the first person (or unit), May and June 2025, but for what is given."""
        person = {"person_id": self.one.pk} if table != "unitoperator" else self._operator()
        return insert(table, how, **{**person, "start_on": MAY, "end_on": JUNE, **given})

    def fixed(self, table: str) -> dict[str, Any]:
        """What a row that is only ever added must name."""
        return {"unit_id": self.unit.pk} if table == "unitseal" else {}

    def add(self, table: str, **given: Any) -> int:
        run(*self.row(table, **given))
        return int(model_of(table).objects.order_by("-pk").values_list("pk", flat=True)[0])

    def _operator(self) -> dict[str, Any]:
        user, _ = get_user_model().objects.get_or_create(username="operator")
        return {"unit_id": self.unit.pk, "user_id": user.pk}


@pytest.fixture
def town(db: None) -> Iterator[Town]:
    """What an attack leaves behind without its person could not be committed: it is rolled back here."""
    with transaction.atomic():
        yield Town()
        transaction.set_rollback(True)


# a) one thing at a time


@pytest.mark.parametrize("table", SLOTTED)
def test_two_rows_of_a_slot_never_share_a_day(town: Town, table: str) -> None:
    town.add(table)
    months = [(MAY, JUNE), (MAY - 400 * DAY, JUNE), (date(2025, 6, 1), date(2025, 12, 31))]
    if table != "contribution":
        months += [(JUNE, JUNE), (MAY - DAY, MAY), (MAY - DAY, None), (JUNE, None)]
    for start, end in months:
        start = start.replace(day=1) if table == "contribution" else start
        denied("overlap", *town.row(table, start_on=start, end_on=end))


@pytest.mark.parametrize("table", SLOTTED)
def test_what_adjoins_and_what_is_another_slot_or_person_is_taken(town: Town, table: str) -> None:
    town.add(table)
    town.add(table, start_on=date(2025, 4, 1), end_on=MAY - DAY)
    after = town.add(table, start_on=JUNE + DAY, end_on=date(2025, 7, 31))
    town.add(table, person_id=town.two.pk)
    town.add(table, slot=7)
    denied("overlap", f"UPDATE registry_{table} SET slot = 7, start_on = '2025-05-01' WHERE id = %s", after)
    denied("overlap", f"UPDATE registry_{table} SET start_on = '2025-06-01' WHERE id = %s", after)
    run(f"UPDATE registry_{table} SET end_on = '2025-08-31' WHERE id = %s", after)


@pytest.mark.parametrize("table", ["enrolment", "contribution"])
def test_the_database_agrees_with_a_plain_reading_of_the_rule(town: Town, table: str) -> None:
    """Months at random, put in, moved and lengthened: taken if and only if no month is there twice."""
    chance, held = random.Random(20260302), {}
    for _ in range(150):
        first = chance.randrange(24)
        months = set(range(first, first + chance.randrange(1, 7)))
        start, end = _month(first), _month(max(months) + 1) - DAY
        moved = chance.choice(sorted(held)) if held and chance.random() < 0.4 else None
        others = set().union(*(held[key] for key in held if key != moved)) if held else set()
        try:
            with transaction.atomic():
                if moved is None:
                    moved = town.add(table, start_on=start, end_on=end)
                else:
                    sql = f"UPDATE registry_{table} SET start_on = %s, end_on = %s WHERE id = %s"
                    run(sql, str(start), str(end), moved)
            taken = True
        except IntegrityError:
            taken = False
        assert taken != bool(months & others), (start, end)
        if taken:
            held[moved] = months
    assert len(held) > 5


def _month(number: int) -> date:
    return date(2023 + number // 12, number % 12 + 1, 1)


@pytest.mark.postgres
def test_the_index_against_overlaps_stays_narrow(town: Town) -> None:
    """Gist falls into disorder where it cannot tell rows apart; nobody sees that before there are many of them."""
    rows = "FROM generate_series(1000000, 1030000) n"
    run(
        "INSERT INTO registry_person (id, region, name, initials, sex, born_on, place, recorded_at) "
        f"SELECT n, %s, '某', 'M', 'male', '1980-01-01', '', '2026-03-02' {rows}",
        make.REGION,
    )
    sql, *values = town.row("enrolment", end_on=None)
    columns, marks = sql.partition("(")[2].split(") VALUES (")
    marks = ", ".join(
        "n" if name == '"person_id"' else mark
        for name, mark in zip(columns.split(", "), marks.rstrip(")").split(", "), strict=True)
    )
    named = [v for name, v in zip(columns.split(", "), values, strict=True) if name != '"person_id"']
    run(f"INSERT INTO registry_enrolment ({columns}) SELECT {marks} {rows}", *named)
    text = GUARDS.postgres.exclusions["registry_enrolment_overlap"][1]
    held = text.removeprefix("EXCLUDE USING gist (").removesuffix(" WITH &&)")
    asked = held.replace("person_id", "1015000").replace("slot", "0").replace("end_on", "NULL")
    asked = asked.replace("start_on", "'2025-06-01'::date")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT 1 FROM registry_enrolment WHERE {held} && {asked}"
        )
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    assert "registry_enrolment_overlap" in json.dumps(plan)
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert pages <= 6


# b) the history is only added to


@pytest.mark.parametrize("table", FIXED)
def test_the_history_is_never_edited(town: Town, table: str) -> None:
    run(*insert(table, **town.fixed(table)))
    for field in model_of(table)._meta.concrete_fields:
        denied("append_only", f'UPDATE registry_{table} SET "{field.column}" = "{field.column}"')
    denied("append_only", f"DELETE FROM registry_{table}")


@pytest.mark.postgres
@pytest.mark.parametrize("table", [*FIXED, *KEPT, *PERIODS])
def test_no_kept_table_is_emptied_at_once(town: Town, table: str) -> None:
    if table in PERIODS:
        town.add(table)
    elif table in FIXED:
        run(*insert(table, **town.fixed(table)))
    run("SET CONSTRAINTS ALL IMMEDIATE")
    denied("append_only", f"TRUNCATE registry_{table} CASCADE")


# d) nothing is removed without a word


def test_persons_and_units_stay(town: Town) -> None:
    denied("kept", "DELETE FROM registry_person WHERE id = %s", town.two.pk)
    denied("kept", "DELETE FROM registry_unit WHERE id = %s", town.ended.pk)


@pytest.mark.parametrize("table", PERIODS)
def test_a_period_goes_only_after_the_history_says_so(town: Town, table: str) -> None:
    pk = town.add(table)
    other = town.add(table, start_on=date(2025, 7, 1), end_on=date(2025, 7, 31))
    denied("untold", f"DELETE FROM registry_{table} WHERE id = %s", pk)
    row = model_of(table).objects.get(pk=pk)
    remove(make.origin(), row, "从未生效")
    assert not model_of(table).objects.filter(pk=pk).exists()
    denied("untold", f"DELETE FROM registry_{table} WHERE id = %s", other)


def test_an_enrolment_with_a_paid_benefit_stays(town: Town) -> None:
    row = Enrolment.objects.get(pk=town.add("enrolment"))
    run(*insert("paidbenefit", person_id=town.one.pk, on=JUNE, reference="S1"))
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        remove(make.origin(), row)
    assert refused(caught.value).details["rule"] == "benefit"
    other = Enrolment.objects.get(pk=town.add("enrolment", start_on=JUNE + DAY, end_on=JUNE + DAY))
    remove(make.origin(), other)
    assert PaidBenefit.objects.count() == 1


# c) impossible states


@pytest.mark.parametrize("table", SPELLS)
def test_no_spell_reaches_beyond_the_death(town: Town, table: str) -> None:
    pk = town.add(table)
    denied("beyond_death", "UPDATE registry_person SET died_on = '2025-06-29' WHERE id = %s", town.one.pk)
    run("UPDATE registry_person SET died_on = '2025-06-30' WHERE id = %s", town.one.pk)
    denied("beyond_death", f"UPDATE registry_{table} SET end_on = '2025-07-01' WHERE id = %s", pk)
    denied("beyond_death", f"UPDATE registry_{table} SET end_on = NULL WHERE id = %s", pk)
    denied("beyond_death", *town.row(table, start_on=JUNE + DAY, end_on=JUNE + DAY))
    denied("beyond_death", *town.row(table, slot=9, end_on=None))
    denied("beyond_death", *town.row(table, slot=9, end_on=JUNE + DAY))
    town.add(table, slot=9, end_on=JUNE)
    run("UPDATE registry_person SET died_on = NULL WHERE id = %s", town.one.pk)
    run(f"UPDATE registry_{table} SET end_on = NULL WHERE id = %s", pk)


@pytest.mark.parametrize("table", PERSONAL)
def test_a_merged_person_has_nothing_open(town: Town, table: str) -> None:
    for document in IdentityDocument.objects.filter(person=town.one):
        IdentityDocument.objects.filter(pk=document.pk).update(end_on=make.DAY)
    merge = "UPDATE registry_person SET merged_into_id = %s WHERE id = %s"
    pk = town.add(table, end_on=None)
    denied("merged", merge, town.two.pk, town.one.pk)
    run(f"UPDATE registry_{table} SET end_on = '2025-06-30' WHERE id = %s", pk)
    run(merge, town.two.pk, town.one.pk)
    denied("merged", f"UPDATE registry_{table} SET end_on = NULL WHERE id = %s", pk)
    denied("merged", *town.row(table, start_on=JUNE + DAY, end_on=None))
    town.add(table, start_on=JUNE + DAY, end_on=JUNE + DAY)
    run(f"UPDATE registry_{table} SET person_id = %s, end_on = NULL WHERE id = %s", town.two.pk, pk)


def test_nobody_is_merged_into_himself_or_a_stranger(town: Town) -> None:
    IdentityDocument.objects.update(end_on=make.DAY)
    merge = "UPDATE registry_person SET merged_into_id = %s WHERE id = %s"
    denied("merged_into", merge, town.one.pk, town.one.pk)
    denied("merged_into", merge, town.stranger.pk, town.one.pk)
    denied("merged_into", *insert("person", merged_into_id=town.stranger.pk, name="某", born_on=MAY))
    denied("merged_into", *insert("person", id=987654, merged_into_id=987654, name="某", born_on=MAY))


@pytest.mark.parametrize("table", OF_PERSON)
def test_a_row_is_of_the_region_of_its_person(town: Town, table: str) -> None:
    denied("region", *town.row(table, region=ELSEWHERE))
    denied("region", *town.row(table, person_id=town.stranger.pk))
    denied("region", *town.row(table, person_id=10**9))
    pk = town.add(table)
    denied("region", f"UPDATE registry_{table} SET region = %s WHERE id = %s", ELSEWHERE, pk)
    denied("region", f"UPDATE registry_{table} SET person_id = %s WHERE id = %s", town.stranger.pk, pk)


@pytest.mark.parametrize(
    ("table", "given"),
    [
        ("duplicatepair", {"first_id": "one", "second_id": "stranger"}),
        ("duplicatepair", {"first_id": "two", "second_id": "stranger"}),
        ("meanscheck", {"person_id": "stranger", "people": 1}),
        ("paidbenefit", {"person_id": "stranger"}),
        ("levy", {"person_id": "stranger"}),
        ("levy", {"unit_id": "foreign"}),
        ("unitlink", {"unit_id": "unit", "other_id": "foreign"}),
        ("unitlink", {"unit_id": "foreign", "other_id": "unit"}),
        ("kinship", {"person_id": "one", "relative_id": "stranger"}),
        ("contribution", {"person_id": "one", "unit_id": "foreign", "end_on": "2025-05-31"}),
        ("enrolment", {"person_id": "one", "unit_id": "foreign"}),
    ],
)
def test_nothing_crosses_regions(town: Town, table: str, given: dict[str, Any]) -> None:
    keys = {
        name: getattr(town, value).pk if hasattr(town, str(value)) else value for name, value in given.items()
    }
    denied("region", *insert(table, **keys))


def test_what_a_row_is_does_not_change(town: Town) -> None:
    for table in KEPT:
        denied("identity", f"UPDATE registry_{table} SET region = %s", ELSEWHERE)
        denied("identity", f"UPDATE registry_{table} SET id = id + 1000")
    for table in OF_PERSON:
        town.add(table)
        denied("identity", f"UPDATE registry_{table} SET id = id + 1000")


def test_nobody_is_enrolled_at_a_unit_that_has_ended(town: Town) -> None:
    pk = town.add("enrolment", kind="1101", unit_id=town.unit.pk, end_on=None)
    end = "UPDATE registry_unit SET status = '4', end_on = '2025-12-31' WHERE id = %s"
    denied("unit_ended", end, town.unit.pk)
    denied("unit_ended", "UPDATE registry_enrolment SET unit_id = %s WHERE id = %s", town.ended.pk, pk)
    denied("unit_ended", *town.row("enrolment", person_id=town.two.pk, unit_id=town.ended.pk, end_on=None))
    town.add("enrolment", person_id=town.two.pk, unit_id=town.ended.pk, end_on=date(2025, 5, 2))
    run("UPDATE registry_enrolment SET end_on = '2025-12-31' WHERE id = %s", pk)
    run(end, town.unit.pk)
    denied("unit_ended", "UPDATE registry_enrolment SET end_on = NULL WHERE id = %s", pk)


def test_contributions_are_whole_months(town: Town) -> None:
    denied("whole_months", *town.row("contribution", end_on=date(2025, 6, 29)))
    denied("whole_months", *town.row("contribution", end_on=date(2024, 2, 28), start_on=date(2024, 1, 1)))
    town.add("contribution", end_on=date(2024, 2, 29), start_on=date(2024, 1, 1))
    denied("contribution_whole_months", *town.row("contribution", start_on=date(2025, 5, 2)))
    denied("contribution_whole_months", *town.row("contribution", end_on=None))


@pytest.mark.parametrize(
    ("recorded_at", "last"),
    [
        ("2026-09-01 00:30:00+00:00", date(2027, 12, 31)),
        ("2026-08-31 15:59:59+00:00", date(2027, 11, 30)),
        ("2026-08-31 16:00:00+00:00", date(2027, 12, 31)),  # midnight in China: September
    ],
)
def test_months_are_paid_no_further_ahead_than_the_residents_window(
    town: Town, recorded_at: str, last: date
) -> None:
    start, after = date(2027, 1, 1), (last + DAY).replace(day=28) + 4 * DAY
    beyond = after - after.day * DAY
    assert (beyond.year - 2026) * 12 + beyond.month - (9 if last.month == 12 else 8) == MONTHS_AHEAD
    denied("months_ahead", *town.row("contribution", start_on=start, end_on=beyond, recorded_at=recorded_at))
    town.add("contribution", start_on=start, end_on=last, recorded_at=recorded_at)


def test_a_run_that_grows_is_held_against_the_last_word_of_the_history(town: Town) -> None:
    """The people of the town were registered on 2 March 2026."""
    long_ago = "2019-01-05 01:00:00+00:00"
    pk = town.add("contribution", start_on=date(2019, 1, 1), end_on=date(2019, 1, 31), recorded_at=long_ago)
    grow = "UPDATE registry_contribution SET end_on = %s WHERE id = %s"
    run(grow, "2026-03-31", pk)
    denied("months_ahead", grow, "2027-07-31", pk)
    run(grow, "2019-01-31", pk)


# the doors of SQLite


@sqlite_only
def test_replace_pushes_no_row_aside(town: Town) -> None:
    for table in (*FIXED, *PERIODS):
        run(*(insert(table, **town.fixed(table)) if table in FIXED else town.row(table)))
    for table in (*FIXED, *KEPT, *PERIODS):
        denied_somehow(f"INSERT OR REPLACE INTO registry_{table} SELECT * FROM registry_{table}")
        denied_somehow(f"UPDATE OR REPLACE registry_{table} SET id = id + 1")
    denied("there_already", *insert("issued", "INSERT OR REPLACE"))
    denied("there_already", *insert("transfersheet", "INSERT OR REPLACE"))
    code = {"credit_code": town.unit.credit_code, "status": "1"}
    denied("there_already", *insert("unit", "INSERT OR REPLACE", **code))
    other = make.unit(make.origin(), 8)
    move = "UPDATE OR REPLACE registry_unit SET credit_code = %s WHERE id = %s"
    denied("there_already", move, town.unit.credit_code, other.pk)
    document = town.one.documents.get(kind="01")
    same = {"kind": document.kind, "digest": bytes(document.digest), "end_on": None}
    denied("there_already", *town.row("identitydocument", "INSERT OR REPLACE", person_id=town.two.pk, **same))
    denied("there_already", *town.row("identitydocument", "INSERT OR REPLACE", kind="01", end_on=None))


def denied_somehow(sql: str, *values: Any) -> None:
    before = everything()
    with pytest.raises(DatabaseError), transaction.atomic():
        run(sql, *values)
    assert everything() == before


@sqlite_only
@pytest.mark.parametrize("table", SLOTTED)
def test_ignore_and_replace_do_not_slip_past_the_overlap(town: Town, table: str) -> None:
    town.add(table)
    denied("overlap", *town.row(table, "INSERT OR REPLACE"))
    denied("overlap", *town.row(table, "INSERT OR IGNORE"))


@sqlite_only
@pytest.mark.parametrize(
    "given",
    [
        {"start_on": "2025-5-1"},
        {"start_on": "2025-02-30"},
        {"end_on": "2025-06-31"},
        {"end_on": "never"},
        {"start_on": 20250501},
        {"slot": "all"},
        {"recorded_at": "today?"},
    ],
)
def test_what_is_no_day_is_not_compared(town: Town, given: dict[str, Any]) -> None:
    for table in PERIODS:
        denied("not_a_day", *town.row(table, **given))
    denied("not_a_day", "UPDATE registry_person SET died_on = '2026-2-1' WHERE id = %s", town.one.pk)


# in plain words


def test_a_refusal_is_told_in_plain_words_and_keeps_no_personal_data(town: Town) -> None:
    town.add("enrolment")
    town.add("contribution")
    with pytest.raises(AlreadyEnrolled, match="不能重复参保"), in_plain_words(), transaction.atomic():
        run(*town.row("enrolment"))
    with pytest.raises(MonthTwice, match="同一个月只能算一次"), in_plain_words(), transaction.atomic():
        run(*town.row("contribution"))
    document = town.one.documents.get()
    with pytest.raises(RegisterRefuses) as caught, in_plain_words(), transaction.atomic():
        run("UPDATE registry_person SET name = '' WHERE id = %s", town.one.pk)
    assert caught.value.details == {"rule": "person_named", "register": "person"}
    assert "报告系统管理员" in caught.value.message
    if not SQLITE:  # there the guard against REPLACE speaks first
        same = {"kind": document.kind, "digest": bytes(document.digest), "end_on": None}
        with pytest.raises(NumberTaken, match="另一个人名下"), in_plain_words(), transaction.atomic():
            run(*town.row("identitydocument", person_id=town.two.pk, **same))


def test_an_unknown_refusal_says_whom_to_ask() -> None:
    error = refused(IntegrityError("NOT NULL constraint failed: auth_user.name 张三"))
    assert error.details == {"rule": "", "register": ""}
    assert "张三" not in error.message
    assert "系统管理员" in error.message


def test_every_rule_has_words_and_every_word_a_rule() -> None:
    """What the two dialects refuse by is one list."""
    for rules in (GUARDS.postgres.functions.values(), GUARDS.sqlite.triggers.values()):
        text = "\n".join(rules)
        said = {rule for rule in WORDS if f"registry: {rule} (" in text}
        known = sum(text.count(f"registry: {rule} (") for rule in (*WORDS, "overlap"))
        assert text.count("registry: ") == known
        only_here = {"not_a_day", "there_already"}
        assert WORDS.keys() - said <= only_here


# doctor


def test_the_doctor_finds_what_is_missing_and_migrate_puts_it_back(town: Town) -> None:
    assert doctor() == []
    town.add("enrolment")
    drop_guards()
    missing = doctor()
    assert len(missing) > 40
    assert all("缺少数据库保护" in text for text in missing)
    call_command("migrate", verbosity=0)
    assert doctor() == []
    denied("kept", "DELETE FROM registry_person")


def test_the_doctor_sees_a_guard_that_was_changed_and_one_that_is_not_ours(town: Town) -> None:
    if SQLITE:
        run("DROP TRIGGER registry_change_no_update")
        run("CREATE TRIGGER registry_change_no_update BEFORE UPDATE ON registry_change BEGIN SELECT 1; END")
        run("CREATE TRIGGER kind AFTER INSERT ON registry_person BEGIN SELECT 1; END")
    else:
        run("ALTER TABLE registry_change DISABLE TRIGGER registry_change_fixed")
        run(
            "CREATE TRIGGER kind AFTER INSERT ON registry_person FOR EACH ROW EXECUTE FUNCTION registry_person()"
        )
    assert [("被改动或停用" in t, "不属于本系统" in t) for t in doctor()] == [(True, False), (False, True)]
    ensure_guards()
    assert doctor() == []


@pytest.mark.postgres
def test_the_doctor_looks_for_exclusions_functions_and_constraints_too(db: None) -> None:
    run("ALTER TABLE registry_recognition DROP CONSTRAINT registry_recognition_overlap")
    run("ALTER TABLE registry_aidstatus DROP CONSTRAINT registry_aidstatus_overlap")
    run(
        "ALTER TABLE registry_aidstatus ADD CONSTRAINT registry_aidstatus_overlap "
        "EXCLUDE USING gist (daterange(start_on, start_on, '[]') WITH &&)"
    )
    run("ALTER TABLE registry_person DROP CONSTRAINT person_dies_after_birth")
    run(
        "CREATE OR REPLACE FUNCTION registry_kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'"
    )
    found = "\n".join(doctor())
    for words in (
        "缺少数据库保护 registry_recognition_overlap",
        "数据库保护 registry_aidstatus_overlap 被改动",
        "缺少数据库约束 person_dies_after_birth",
        "数据库保护 registry_person_kept 被改动或停用",
    ):
        assert words in found
    ensure_guards()
    assert doctor() == ["缺少数据库约束 person_dies_after_birth"]


@pytest.mark.django_db(transaction=True)
def test_the_guards_stand_aside_for_a_table_made_anew_and_come_back() -> None:
    """SQLite makes a table anew to change a column, while triggers of other tables name it."""
    person = make.person(make.origin(), 1)
    signal = {
        "sender": apps.get_app_config("registry"),
        "app_config": apps.get_app_config("registry"),
        "using": "default",
        "verbosity": 0,
        "interactive": False,
        "apps": apps,
    }
    old = Person._meta.get_field("place")
    new = models.CharField("村（社区）", max_length=65, blank=True)
    new.set_attributes_from_name("place")
    new.model = Person
    pre_migrate.send(**signal, plan=[("a migration", False)])
    with connection.schema_editor() as editor:
        editor.alter_field(Person, old, new)
        editor.alter_field(Person, new, old)
    post_migrate.send(**signal, plan=[])
    assert doctor() == []
    denied("kept", "DELETE FROM registry_person WHERE id = %s", person.pk)


# two at once


@pytest.fixture
def committed(transactional_db: None) -> Town:
    return Town()


@pytest.mark.postgres
def test_two_who_enrol_the_same_person_at_once_enrol_once(committed: Town) -> None:
    taken: list[int] = []
    twice: list[IntegrityError] = []

    def work() -> None:
        try:
            with transaction.atomic():
                run(*committed.row("enrolment", end_on=None))
            taken.append(1)
        except IntegrityError as error:
            twice.append(error)

    together(*[work] * 6)
    assert (len(taken), len(twice)) == (1, 5)
    assert all(isinstance(refused(error), AlreadyEnrolled) for error in twice)
    assert Enrolment.objects.count() == 1


END_UNIT = "UPDATE registry_unit SET status = '4', end_on = '2026-01-31' WHERE id = %s"
CONFLICTS = {
    "death": ("UPDATE registry_person SET died_on = '2026-01-31' WHERE id = %s", "one", "beyond_death"),
    "merger": ("UPDATE registry_person SET merged_into_id = {two} WHERE id = %s", "one", "merged"),
    "end of the unit": (END_UNIT, "unit", "unit_ended"),
}


@pytest.mark.postgres
@pytest.mark.parametrize("enrols_first", [True, False], ids=["enrolment first", "enrolment second"])
@pytest.mark.parametrize("what", CONFLICTS)
def test_an_end_and_an_enrolment_at_once_do_not_both_stand(
    committed: Town, what: str, enrols_first: bool
) -> None:
    IdentityDocument.objects.filter(person=committed.one).update(end_on=make.DAY)
    sql, key, rule = CONFLICTS[what]
    end = (sql.format(two=committed.two.pk), getattr(committed, key).pk)
    enrol = committed.row("enrolment", kind="1101", unit_id=committed.unit.pk, end_on=None)
    first, second = (enrol, end) if enrols_first else (end, enrol)
    written, waiting, lost = Event(), Event(), []

    def leads() -> None:
        with transaction.atomic():
            run(*first)
            written.set()
            waiting.wait(20)
            _until_somebody_waits()

    def follows() -> None:
        written.wait(20)
        waiting.set()
        try:
            run(*second)
        except IntegrityError as error:
            lost.append(refused(error).details["rule"])

    together(leads, follows)
    assert lost == [rule]
    assert Enrolment.objects.filter(end_on=None).exists() == enrols_first
    ended = (
        Unit.objects.filter(end_on=date(2026, 1, 31)).exists()
        or Person.objects.exclude(died_on=None, merged_into=None).exists()
    )
    assert ended != enrols_first


def _until_somebody_waits() -> None:
    """The other one stands at a lock by now, so that the commit is what lets it go on."""
    for _ in range(200):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*), pg_sleep(0.02) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
