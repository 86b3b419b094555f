"""Finding people: what the form of a text means, whom it finds, page by page, by which index."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from jingban.registry import search
from jingban.registry.models import Enrolment, IdentityDocument, Person, Unit
from jingban.registry.persons import Newcomer, register
from jingban.registry.sealing import number_digest, sealed
from tests.registry import factories as make

DAY = make.DAY
ELSEWHERE = "luanzhou"
LONG_AGO = date(2020, 1, 1)


def person(n: int, name: str, **rest: Any) -> Person:
    return make.person(rest.pop("origin", None) or make.origin(), n, name=name, **rest)


def foreigner(name: str, number: str) -> Person:
    born = date(1990, 1, 1)
    return register(make.origin(), Newcomer(name, number, kind="08", sex="female", born_on=born))


def enrol(who: Person, unit: Unit | None = None, **rest: Any) -> Enrolment:
    given = {"insurance": "310", "kind": "1101" if unit else "1103", "start_on": LONG_AGO, **rest}
    return Enrolment.objects.create(**make.origin().columns(), person=who, unit=unit, **given)


def names(page: search.Page) -> list[str]:
    return [row.name for row in page.rows]


def found(text: str) -> list[str]:
    return names(search.search(make.REGION, text, day=DAY))


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("110199199001011234", "number"),
        ("11019919900101123x", "number"),
        (" １１０１９９ 19900101 123X", "number"),
        ("H1234567", "number"),
        ("91999000MA0000001X", "number"),
        ("ZXF", "initials"),
        ("zxf", "initials"),
        ("张小凤", "name"),
        ("阿依古丽·买买提", "name"),
        ("张X", "name"),
        ("MARIA-LUISA", "name"),
    ],
)
def test_the_form_of_a_text_says_what_is_meant(text: str, by: str) -> None:
    assert search.kind_of(text) == by


@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_nothing_is_not_searched(text: str) -> None:
    with pytest.raises(search.NothingToSearch, match="请输入"):
        search.search(make.REGION, text, day=DAY)


def test_a_number_of_any_kind_finds_its_holder(db: None) -> None:
    one = person(1, "张小凤")
    other = foreigner("MARIA LOPEZ", "E12345678")
    number = make.new_number(1)
    row = search.search(make.REGION, f" {number[:6]} {number[6:]} ", day=DAY).rows[0]
    assert (row.id, row.name, row.number, row.state) == (
        one.pk,
        "张小凤",
        "999***********" + number[-4:],
        "未参保",
    )
    assert [r.id for r in search.search(make.REGION, "e12345678", day=DAY).rows] == [other.pk]
    assert [r.id for r in search.search(make.REGION, other.number, day=DAY).rows] == [other.pk]
    assert found(make.new_number(7)) == []
    assert search.by_number(ELSEWHERE, number, day=DAY).rows == ()
    assert search.by_number(ELSEWHERE, one.number, day=DAY).rows == ()


def test_an_old_number_finds_whoever_held_it(db: None) -> None:
    one = person(1, "张小凤")
    IdentityDocument.objects.filter(person=one).update(end_on=DAY)
    IdentityDocument.objects.create(
        **make.origin().columns(), person=one, kind="01", start_on=DAY + timedelta(1),
        number=sealed(make.REGION, "identitydocument.number", make.new_number(5)),
        digest=number_digest("01", make.new_number(5)),
    )  # fmt: skip
    by_old = search.by_number(make.REGION, make.new_number(1), day=DAY).rows
    assert [(r.id, r.number[-4:]) for r in by_old] == [(one.pk, make.new_number(5)[-4:])]


def test_whoever_was_merged_is_found_as_the_row_that_goes_on(db: None) -> None:
    rows = [person(n, "张小凤") for n in (1, 2, 3)]
    IdentityDocument.objects.filter(person__in=rows[:2]).update(end_on=DAY)
    for old, new in ((0, 1), (1, 2)):
        Person.objects.filter(pk=rows[old].pk).update(merged_into=rows[new])
    assert [r.id for r in search.by_number(make.REGION, make.new_number(1), day=DAY).rows] == [rows[2].pk]
    assert [r.id for r in search.by_number(make.REGION, rows[0].number, day=DAY).rows] == [rows[2].pk]
    assert [r.id for r in search.by_name(make.REGION, "张小凤", day=DAY).rows] == [rows[2].pk]


def test_a_name_and_its_beginning(db: None) -> None:
    for n, name in enumerate(["张小凤", "张小凤", "张小", "张小凤仙", "章小凤", "李张小凤", "张"], 1):
        person(n, name)
    person(20, "张小凤", origin=make.origin(ELSEWHERE))
    assert found("张小凤") == ["张小凤", "张小凤", "张小凤仙"]
    assert found("张") == ["张", "张小", "张小凤", "张小凤", "张小凤仙"]
    assert names(search.by_name(make.REGION, "张小", day=DAY, exact=True)) == ["张小"]
    assert found("王") == []


def test_rare_characters_and_the_middle_dot(db: None) -> None:
    person(1, "𠮷田花")
    person(2, "阿依古丽·买买提")
    person(3, "㐂乐")
    assert found("𠮷") == ["𠮷田花"]
    assert found("阿依古丽•买") == ["阿依古丽·买买提"]
    assert found("㐂") == ["㐂乐"]


def test_initials_and_latin_names(db: None) -> None:
    person(1, "张小凤")
    person(2, "郑向飞")
    person(3, "赵雪")
    foreigner("MARIA LOPEZ", "E12345678")
    assert found("zxf") == ["张小凤", "郑向飞"]
    assert sorted(found("ZX")) == sorted(["赵雪", "张小凤", "郑向飞"])
    assert names(search.by_initials(make.REGION, "zx", day=DAY, exact=True)) == ["赵雪"]
    assert found("MARIA") == ["MARIA LOPEZ"], "letters that are nobody's initials are tried as a name"


@pytest.mark.parametrize("text", ["王", "王伟", "W", "WW"])
def test_pages_follow_each_other_without_a_gap_or_a_double(db: None, text: str) -> None:
    for n in range(130):
        person(n, ["王伟", "王伟伟", "王为", "王维"][n % 4 if n % 3 else 0])
    expected = {p.pk for p in Person.objects.all() if text in (p.name[: len(text)], p.initials[: len(text)])}
    seen: list[search.Found] = []
    page, pages = search.search(make.REGION, text, day=DAY), 1
    seen += page.rows
    while page.next:
        assert len(page.rows) == search.PAGE
        page, pages = search.search(make.REGION, text, day=DAY, after=page.next), pages + 1
        seen += page.rows
    assert [row.id for row in seen] == list(dict.fromkeys(row.id for row in seen))
    assert {row.id for row in seen} == expected
    assert pages == -(-len(expected) // search.PAGE)


def test_a_cursor_that_is_not_one(db: None) -> None:
    with pytest.raises(search.NothingToSearch, match="第一页"):
        search.search(make.REGION, "王", day=DAY, after="name:x:王")


def test_the_people_of_a_unit_on_a_day(db: None) -> None:
    unit, other = make.unit(make.origin(), 1), make.unit(make.origin(), 2)
    one, two, gone = (person(n, f"王{'甲乙丙'[n]}") for n in range(3))
    enrol(one, unit)
    enrol(two, unit, start_on=DAY)
    enrol(gone, unit, end_on=DAY - timedelta(1))
    page = search.by_unit(make.REGION, unit.credit_code, day=DAY)
    assert names(page) == ["王甲", "王乙"]
    assert page.rows[0].state == "职工基本医疗保险 在职职工 正常参保"
    assert page.rows[0].unit == unit.name
    assert names(search.by_unit(make.REGION, unit.name, day=DAY - timedelta(1))) == ["王甲", "王丙"]
    assert names(search.by_unit(make.REGION, "试验第1", day=DAY)) == ["王甲", "王乙"]
    several = search.by_unit(make.REGION, "试验", day=DAY)
    assert (several.rows, [u.id for u in several.units]) == ((), [unit.pk, other.pk])
    assert search.by_unit(make.REGION, "没有", day=DAY) == search.Page("unit")
    assert search.of_unit(ELSEWHERE, unit.pk, day=DAY).rows == ()


def test_a_unit_with_more_than_a_page(db: None) -> None:
    unit = make.unit(make.origin(), 1)
    people = [person(n, "王伟") for n in range(70)]
    for who in people:
        enrol(who, unit)
    first = search.of_unit(make.REGION, unit.pk, day=DAY)
    second = search.of_unit(make.REGION, unit.pk, day=DAY, after=first.next)
    assert [row.id for row in (*first.rows, *second.rows)] == [who.pk for who in people]
    assert (len(first.rows), second.next) == (search.PAGE, "")


def test_the_people_of_a_place(db: None) -> None:
    people = [person(n, f"王{'甲乙丙'[n]}", place="东村" if n else "西村") for n in range(3)]
    assert [row.id for row in search.by_place(make.REGION, "东村", day=DAY).rows] == [
        p.pk for p in people[1:]
    ]
    with pytest.raises(search.NothingToSearch):
        search.by_place(make.REGION, " ", day=DAY)


def test_the_standing_is_that_of_the_day(db: None) -> None:
    one = person(1, "张小凤")
    enrol(one, end_on=DAY, standing="2")
    assert search.search(make.REGION, "张小凤", day=DAY).rows[0].state.endswith("灵活就业人员 暂停参保")
    assert search.search(make.REGION, "张小凤", day=DAY + timedelta(1)).rows[0].state == "未参保"
    Person.objects.filter(pk=one.pk).update(died_on=DAY)
    assert search.search(make.REGION, "张小凤", day=DAY + timedelta(1)).rows[0].state == "已登记死亡"


def test_as_of_a_day(db: None) -> None:
    one, unit = person(1, "张小凤"), make.unit(make.origin(), 1)
    first = enrol(one, unit, end_on=date(2022, 6, 30))
    second = enrol(one, start_on=date(2022, 8, 1))
    days = {LONG_AGO - timedelta(1): None, LONG_AGO: first, date(2022, 6, 30): first}
    days |= {date(2022, 7, 1): None, date(2022, 7, 31): None, date(2022, 8, 1): second, DAY: second}
    assert {day: search.as_of(one.pk, day) for day in days} == days


# by which index


def crowd() -> None:
    """On an empty table any index is as good as any other."""
    people = [
        Person(
            region=make.REGION, name=make.new_name(n % 256) + "甲乙丙丁"[n % 4], initials="SABCDEFG"[n % 8] * 3,
            sex="male", born_on=LONG_AGO, place="西村" if n % 40 else "东村", recorded_at=make.origin().at,
        )
        for n in range(5_000)
    ]  # fmt: skip
    Person.objects.bulk_create(people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_person")


def plans(work: Any) -> list[str]:
    """The plans of the statements that a search runs, in order."""
    told: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        how = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        with connection.cursor() as cursor:
            cursor.cursor.execute(f"{how} {sql}", params)
            told.append("\n".join(str(row[-1]) for row in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        work()
    return told


CASES = {
    "name": (lambda: search.by_name(make.REGION, "王", day=DAY), ["person_name"]),
    "exact name": (lambda: search.by_name(make.REGION, "王伟", day=DAY, exact=True), ["person_name"]),
    "next page": (
        lambda: search.by_name(make.REGION, "王", day=DAY, after="name:1:王伟"),
        ["person_name", "person_name"],
    ),
    "initials": (lambda: search.by_initials(make.REGION, "WW", day=DAY), ["person_initials"]),
    "number": (lambda: search.by_number(make.REGION, make.new_number(1), day=DAY), ["document_digest"]),
    "place": (lambda: search.by_place(make.REGION, "东村", day=DAY), ["person_place"]),
    "unit": (lambda: search.of_unit(make.REGION, 1, day=DAY), ["enrolment_unit"]),
    "unit by name": (lambda: search.units(make.REGION, "试验"), ["unit_name"]),
    "unit by code": (lambda: search.units(make.REGION, make.credit_code(1)), ["unit_code"]),
    "as of": (lambda: search.as_of(1, DAY), ["enrolment_person"]),
}


@pytest.mark.parametrize("what", CASES)
def test_each_search_is_one_or_two_indexed_reads(db: None, what: str) -> None:
    work, indexes = CASES[what]
    crowd()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # it would read small tables from end to end
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    told = plans(work)
    assert len(told) == len(indexes) <= 2
    for plan, index in zip(told, indexes, strict=True):
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan
        scans = {line for line in plan.splitlines() if line.startswith("SCAN")}
        assert scans <= {"SCAN k", "SCAN h"}, "only what the page itself found is read from end to end"
        if what not in ("number", "unit by code"):  # a handful of rows at most
            assert not any(word in plan for word in ("Sort Key", "FOR ORDER BY")), plan
