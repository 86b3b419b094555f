"""Changes in words: labels, choices, days, amounts, masks, and whose they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jingban.registry import accounts, certificates, enrolments, persons
from jingban.registry.changes import Changed
from jingban.registry.dossier import history_of, paid_of, standing_of
from jingban.registry.models import Change, Person
from jingban.registry.models.enrolments import Kind
from jingban.registry.shown import Names, altered, lines_of, value_words
from jingban.registry.snapshots import issued_words
from tests.registry import factories as made

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.parametrize(
    ("register", "field", "value", "words"),
    [
        ("person", "sex", "female", "女"),
        ("person", "id_kind", "08", "外国护照"),
        ("person", "id_number", "110105194912310021", "110***********0021"),
        ("person", "phone", "13812345678", "138****5678"),
        ("person", "address", "后岭湾村10号院3单元", "后岭湾村10******"),
        ("person", "bank_account", "6222020011112222", "************2222"),
        ("person", "born_on", "1980-05-01", "1980年5月1日"),
        ("enrolment", "insurance", "390", "城乡居民基本医疗保险"),
        ("enrolment", "wage_fen", 500000, "5,000.00元"),
        ("enrolment", "end_reason", "to-employee", "转为职工医保"),
        ("enrolment", "unit", 7, "试验单位"),
        ("offsitefiling", "category", "long-term", "异地长期居住人员"),
        ("offsitefiling", "places", ["110000", "310000"], "110000、310000"),
        ("recognition", "disease", "M03900", "高血压（M03900）"),
        ("aidstatus", "flagged", True, "是"),
        ("kinship", "relation", "spouse", "配偶"),
        ("unit", "kind", "enterprise", "企业法人"),
        ("account", "balance", "12.50", "12.50元"),
        ("person", "name", None, "—"),
    ],
)
def test_a_value_in_words(register: str, field: str, value: Any, words: str) -> None:
    said = value_words(register, field, value, Names(units={7: "试验单位"}))
    assert said.replace("*", "") == words.replace("*", "")
    assert ("*" in said) == ("*" in words)


def test_full_shows_the_number_as_it_is() -> None:
    assert (
        value_words("person", "id_number", "110105194912310021", Names(), full=True) == "110105194912310021"
    )


def test_rows_are_told_once_each_with_all_that_happened_to_them() -> None:
    origin = made.origin()
    person = made.person(origin, 1)
    unit = made.unit(origin, 1)
    enrolments.enrol(origin, person, insurance="310", kind=Kind.EMPLOYEE, start_on=made.DAY, unit=unit)
    persons.change(origin, person, {"phone": "13900001111"}, made.DAY)
    shown = altered(row for row in map(_open, Change.objects.order_by("id")))
    by_title = {a.title: a for a in shown}
    assert by_title["个人信息"].what == "新增"
    assert {line.label for line in by_title["个人信息"].lines} >= {"姓名", "证件号码", "手机号码"}
    spell = by_title["参保"]
    assert (spell.whose, spell.what) == (person.name, "新增")
    assert {line.label: line.after for line in spell.lines}["单位"] == unit.name


def _open(row: Change) -> Changed:
    from jingban.registry.changes import opened

    return opened(row)


def test_money_that_moves_is_a_change_not_a_making() -> None:
    origin = made.origin()
    person = made.person(origin, 1)
    accounts.credit(origin, person, Decimal("12.50"), kind="levy", reference="x1")
    (moved,) = altered(map(_open, Change.objects.filter(register="account").order_by("id")))
    assert moved.what == "变更"
    assert [(line.label, line.before, line.after) for line in moved.lines] == [("余额", "0.00元", "12.50元")]


def test_a_row_of_a_trial_run_has_its_own_name() -> None:
    change = Changed("person", 99, 99, None, "", None, {"name": "试新人"}, made.DAY, "declared")
    tie = Changed("kinship", 5, 99, None, "", None, {"name": "某", "relative": 98}, made.DAY, "declared")
    first, second = altered([change, tie])
    assert first.whose == second.whose == "试新人"
    assert {line.label: line.after for line in second.lines}["亲属"] == "—"


def test_a_removed_row_says_what_it_was() -> None:
    was = {"start_on": "2026-01-01", "why": "withdrawn"}
    row = Changed("enrolment", 3, None, None, "removed", was, None, made.DAY, "declared")
    (gone,) = altered([row])
    assert gone.what == "删除"
    assert {line.label: line.before for line in lines_of(row, Names())} == {
        "起": "2026年1月1日",
        "原因": "退保",
    }


# The dossier


@pytest.fixture
def insured() -> Person:
    origin = made.origin(day=date(2026, 1, 5))
    person = made.person(origin, 1)
    unit = made.unit(origin, 1)
    enrolments.enrol(
        origin, person, insurance="310", kind=Kind.EMPLOYEE, start_on=date(2026, 1, 5), unit=unit
    )
    return person


def test_the_standing_of_a_day_is_found_among_the_spells(insured: Person) -> None:
    assert standing_of(insured, date(2026, 1, 4)).spell is None
    here = standing_of(insured, made.DAY).spell
    assert here is not None
    assert here.start_on == date(2026, 1, 5)


def test_balance_and_statement_end_with_the_day(insured: Person) -> None:
    accounts.credit(made.origin(), insured, Decimal("12.50"), kind="levy", reference="x1")
    assert paid_of(insured, date(2026, 3, 1)).balance == 0
    paid = paid_of(insured, made.DAY)
    assert paid.balance == Decimal("12.50")
    assert [row.amount for row in paid.statement] == [Decimal("12.50")]


def test_the_statement_of_a_leap_day(insured: Person) -> None:
    accounts.credit(made.origin(), insured, Decimal(1), kind="levy", reference="x1")
    assert paid_of(insured, date(2028, 2, 29)).balance == 1


def test_the_history_goes_on_by_key(insured: Person) -> None:
    for n in range(40):
        persons.change(made.origin(), insured, {"phone": f"1390000{n:04d}"}, made.DAY)
    first = history_of(person=insured)
    second = history_of(person=insured, after=first.next)
    rows = [row.pk for row, _ in (*first.rows, *second.rows)]
    assert rows == sorted(rows, reverse=True)
    assert len(rows) == Change.objects.filter(person=insured.pk).count()
    assert second.next == ""


def test_what_was_issued_is_masked_line_by_line(insured: Person) -> None:
    lines = dict(issued_words(certificates.certificate(made.origin(), insured)))
    assert made.new_number(1) not in str(lines)
    assert lines["姓名"] == insured.name
    assert next(iter(lines)) == "编号"
    assert lines["险种"] == "职工基本医疗保险"
    assert lines["日期"] == "2026年3月2日"
    full = dict(issued_words(certificates.extract(made.origin(), insured), full=True))
    assert full["证件号码"] == made.new_number(1)
