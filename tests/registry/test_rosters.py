"""Rosters: read in any shape, every line accepted or explained, taken once, gone on with after a break, exported."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from jingban.access.models import Entrustment, Grant, User
from jingban.cases.work import Work
from jingban.core.errors import DomainError
from jingban.registry import enrolments, persons, rosters, units
from jingban.registry.changes import opened
from jingban.registry.effects.employees import enrol_employee
from jingban.registry.effects.residents import enrol_resident
from jingban.registry.errors import NotYours
from jingban.registry.models import Change, Contribution, Enrolment, Person, Roster, RosterLine, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.origin import Origin
from jingban.registry.periods import contents
from jingban.registry.preview import preview
from jingban.registry.rosters import checking, reading, taking
from jingban.registry.rosters.columns import EFFECTS, UNIT, VILLAGE, columns_of
from jingban.registry.rosters.holders import ForeignRoster
from jingban.registry.rosters.lines import read_line
from jingban.registry.rosters.reading import RosterUnreadable, raw_rows
from jingban.registry.rosters.taking import RosterWrong
from jingban.registry.sealing import unsealed
from jingban.rulebook.cache import effective_all
from tests.builders import MONDAY
from tests.houses import House
from tests.registry import factories as make
from tests.registry.driving import Entry, along, house, item_of, walked_in
from tests.registry.driving import opened as opened_case

__all__ = ["house"]

pytestmark = pytest.mark.django_db

HEAD = ("姓名", "身份证号", "业务类型", "起始日期", "月缴费工资", "手机号")
VILLAGE_HEAD = ("姓名", "证件号码", "居民类别", "参保年度")
PLACE = "东柳河村"


@pytest.fixture
def origin() -> Origin:
    return make.origin()


@pytest.fixture
def unit(origin: Origin) -> Unit:
    return make.unit(origin)


def sheet(folder: Path, rows: Iterable[Sequence[Any]], name: str = "roster.xlsx") -> Path:
    """A spreadsheet as Excel would save it: days as day cells, everything else as it is."""
    path = folder / name
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False})
    page = book.add_worksheet()
    for place, row in enumerate(rows):
        page.write_row(place, 0, row)
    book.close()
    return path


def line(n: int, **rest: Any) -> list[Any]:
    """A good line about person ``n``, under ``HEAD``."""
    said = {
        "name": make.new_name(n), "number": make.new_number(n), "operation": "增加", "day": "2026-03-01",
        "wage": "5000", "phone": f"1301234{n:04d}", **rest,
    }  # fmt: skip
    return list(said.values())


def villager(n: int, kind: str = "成年居民", year: str = "2026", **rest: Any) -> list[Any]:
    said = {"name": make.new_name(n), "number": make.new_number(n), "kind": kind, "year": year, **rest}
    return list(said.values())


def check(origin: Origin, unit: Unit, path: Path) -> Roster:
    return rosters.check_file(origin, path, kind=UNIT, holder=unit.credit_code, name=path.name)


def check_village(origin: Origin, path: Path) -> Roster:
    return rosters.check_file(origin, path, kind=VILLAGE, holder=PLACE, name=path.name)


def told(roster: Roster) -> dict[int, tuple[str, str]]:
    return {row.line: (row.status, row.why) for row in roster.lines.order_by("line")}


def statuses(roster: Roster) -> list[str]:
    return [status for status, _ in told(roster).values()]


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Person, Enrolment, Change, Roster, RosterLine))


# Reading


def test_columns_come_in_any_order_under_a_title(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    rows = [
        ["某单位职工名册"],
        [],
        ["序号", "月工资（元）", " 姓 名 *", "公民身份号码", "参保日期", "备注"],
        [1, 5000.5, " 张 小凤", make.new_number(1) + "\n", date(2026, 3, 1), "新来的"],
        [],
        [2, "6,000", "阿依古丽•买买提", make.new_number(2, sex="female").lower(), 20260302, ""],
    ]
    roster = check(origin, unit, sheet(tmp_path, rows))
    assert told(roster) == {4: ("good", ""), 6: ("good", "")}
    rosters.take_lines(origin, roster)
    first, second = Person.objects.order_by("id")
    assert (first.name, second.name, second.sex) == ("张小凤", "阿依古丽·买买提", "female")
    spells = Enrolment.objects.order_by("id")
    assert [(s.start_on, s.wage_fen) for s in spells] == [
        (date(2026, 3, 1), 500_050),
        (date(2026, 3, 2), 600_000),
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (line(1, number=110105194912310021), "设为“文本”格式"),
        (line(1, number="1.10105E+17"), "末几位可能已经丢失"),
        (line(1, number="11010519491231002"), "应为18位，现在是17位"),
        (line(1, number="110105194912310021"), "第18位校验码不对"),
        (line(1, name=""), "没有填写姓名"),
        (line(1, name=7), "姓名是一个数字"),
        (line(1, name="张3"), "不是证件上的字"),
        (line(1, operation="调走"), "请选择"),
        (line(1, day=""), "没有填写起始日期"),
        (line(1, day="2026-02-30"), "应为年月日"),
        (line(1, day=46082), "日期请设为日期格式"),
        (line(1, day="2031-01-01"), "最远到"),
        (line(1, wage="约五千"), "不是金额"),
        (line(1, wage=date(2026, 3, 1)), "被表格当成了日期"),
        (line(1, phone=True), "是/否"),
        (line(1, number=make.new_number(1, date(2015, 5, 1))), "未满16周岁"),
        (line(1, operation="中断"), "没有这个证件号码的人"),
    ],
)
def test_a_wrong_cell_says_what_to_do(
    origin: Origin, unit: Unit, tmp_path: Path, cells: list[Any], said: str
) -> None:
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(2), cells, line(3)]))
    assert statuses(roster) == ["good", "bad", "good"], "a broken row in the middle stops nobody"
    assert said in told(roster)[3][1]
    assert (roster.lines_total, roster.lines_good, roster.lines_bad) == (3, 2, 1)


def test_all_faults_of_a_line_are_told_at_once(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1, name="", number="123", day="明天")]))
    why = told(roster)[2][1]
    assert "姓名" in why
    assert "证件号码" in why
    assert "起始日期" in why


def test_what_stands_beside_a_number_must_agree_with_it(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    head = (*HEAD, "性别", "出生日期", "证件类型")
    rows = [
        head,
        [*line(1), "女", "", ""],
        [*line(2), "男", date(1980, 5, 2), ""],
        [*line(3), "男", "1980年5月1日", "居民身份证"],
        [*line(4, number="H12345678"), "", "", "香港通行证"],
        [*line(5, number="H12345679"), "女", "1990-01-01", "港澳居民来往内地通行证（香港）"],
        [*line(6, number="H12345670"), "女", "2027-01-01", "护照"],
    ]
    roster = check(origin, unit, sheet(tmp_path, rows))
    assert statuses(roster) == ["bad", "bad", "good", "bad", "good", "bad"]
    assert "号码上是男" in told(roster)[2][1]
    assert "号码上是1980-05-01" in told(roster)[3][1]
    assert "性别和出生日期" in told(roster)[5][1]
    assert "晚于今天" in told(roster)[7][1]
    rosters.take_lines(origin, roster)
    foreign = Person.objects.get(sex="female")
    assert (foreign.born_on, foreign.documents.get().kind) == (date(1990, 1, 1), "04")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["名字", "号码"], ["张", "1"]], "没有找到表头"),
        ([["姓名", "证件号码"], ["张", "1"]], "缺少这些列：起始日期"),
        ([["姓名", "证件号码", "姓名", "起始日期"], []], "有两列都是“姓名”"),
        ([HEAD], "没有内容"),
        ([], "没有找到表头"),
    ],
)
def test_a_file_that_is_no_roster(
    origin: Origin, unit: Unit, tmp_path: Path, rows: list[list[Any]], said: str
) -> None:
    with pytest.raises(RosterUnreadable, match=said):
        check(origin, unit, sheet(tmp_path, rows))
    assert not Roster.objects.exists()


def test_a_file_that_is_no_spreadsheet(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(b"name,number\n")
    with pytest.raises(RosterUnreadable, match="另存为"):
        check(origin, unit, path)


def test_a_small_file_that_claims_billions_of_cells_ends_only_its_reader(
    origin: Origin, unit: Unit, tmp_path: Path
) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "roster.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    page.write_string(190_000, 16_383, "x")
    book.close()
    with pytest.raises(RosterUnreadable, match="太大或格式异常"):
        check(origin, unit, tmp_path / "roster.xlsx")


def test_too_many_rows_are_refused_before_they_are_read(
    origin: Origin, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    with pytest.raises(RosterUnreadable, match="分成几份"):
        check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2)]))


def test_an_open_document_sheet_reads_alike(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    def cell(value: Any) -> str:
        if isinstance(value, date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows = [HEAD, line(1, day=date(2026, 3, 1)), line(2)]
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{key}:1.0"'
        for key in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="名册">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    path = tmp_path / "roster.ods"
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        pack.writestr("META-INF/manifest.xml", manifest)
        pack.writestr("content.xml", content)
    assert statuses(check(origin, unit, path)) == ["good", "good"]


CELLS = st.one_of(
    st.text(max_size=30), st.floats(), st.booleans(), st.dates(),
    st.sampled_from(["", "增加", make.new_number(1), "张三", "2026-03-01", "男", 2026.0]),
)  # fmt: skip


@given(data=st.data(), kind=st.sampled_from([UNIT, VILLAGE]))
def test_whatever_stands_in_the_cells_is_read_or_explained(data: st.DataObject, kind: str) -> None:
    columns = columns_of(make.REGION, kind)
    cells = {column.key: data.draw(CELLS, column.key) for column in columns}
    read = read_line(7, cells, columns, make.DAY)
    assert all(isinstance(text, str) for text in read.said.values())
    required = {column.key for column in columns if column.required}
    assert read.faults or required <= read.said.keys()


# Checking


def test_one_number_in_two_lines_is_wrong_in_both(
    origin: Origin, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "BATCH", 2)
    rows = [HEAD, line(1), line(2), line(3), line(1), line(4, number=make.new_number(3)), line(5)]
    roster = check(origin, unit, sheet(tmp_path, rows))
    said = told(roster)
    assert statuses(roster) == ["bad", "good", "bad", "bad", "bad", "good"]
    assert "第5行" in said[2][1]
    assert "第2行" in said[5][1]
    assert "第6行" in said[4][1]
    assert "第4行" in said[6][1]
    assert (roster.lines_total, roster.lines_good, roster.lines_bad) == (6, 2, 4)


def test_the_same_file_twice_is_one_roster_and_changes_nothing(
    origin: Origin, unit: Unit, tmp_path: Path
) -> None:
    path = sheet(tmp_path, [HEAD, line(1), line(2)])
    roster = rosters.take_lines(origin, check(origin, unit, path))
    before = counts()
    again = rosters.take_lines(make.origin(day=date(2026, 4, 1)), check(origin, unit, path))
    assert (again.pk, again.status, counts()) == (roster.pk, "done", before)
    other = check(origin, make.unit(origin, 2), path)
    assert other.pk != roster.pk, "of another unit it is another roster"
    assert statuses(other) == ["bad", "bad"]
    assert "由其他单位参保" in told(other)[2][1]


def test_the_same_file_again_judges_only_refused_lines_anew(
    origin: Origin, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose reason has gone is good now, and waits for another case; what was accepted stays as it is."""
    monkeypatch.setattr(checking, "BATCH", 2)
    other = make.unit(origin, 2)
    people = [make.person(origin, n) for n in (1, 2, 3)]
    january = make.origin(day=date(2026, 1, 5))
    held = [
        enrolments.enrol(january, p, insurance="310", kind="1101", start_on=date(2026, 1, 1), unit=other)
        for p in people[1:]
    ]
    path = sheet(tmp_path, [HEAD, line(1), line(2), line(3), line(4, day=""), line(5), line(5)])
    roster = check(origin, unit, path)
    assert statuses(roster) == ["good", "bad", "bad", "bad", "bad", "bad"]
    enrol_employee(case(unit, roster))
    before, kept = counts(), told(roster)
    check(origin, unit, path)
    roster.refresh_from_db()
    assert (counts(), told(roster)) == (before, kept), "nothing has changed meanwhile"
    assert (roster.status, roster.case) == ("done", 77)

    enrolments.end(origin, people[1], date(2026, 2, 28), "ended")
    again = check(origin, unit, path)
    assert again.pk == roster.pk
    assert statuses(again) == ["done", "good", "bad", "bad", "bad", "bad"]
    assert told(again)[2] == kept[2]
    assert [told(again)[n] for n in (4, 5, 6, 7)] == [kept[n] for n in (4, 5, 6, 7)]
    assert (again.status, again.case) == ("checked", None)
    assert (again.lines_total, again.lines_good, again.lines_bad, again.lines_done) == (6, 1, 4, 1)
    enrol_employee(case(unit, again, case_id=78))
    again.refresh_from_db()
    assert (again.status, again.case, again.lines_done, again.lines_good) == ("done", 78, 2, 0)
    assert [e.case for e in Enrolment.objects.filter(unit=unit).order_by("id")] == [77, 78]
    assert held[1].person.enrolments.get().unit == other


def test_a_refused_line_of_somebody_who_has_registered_since_is_good(
    origin: Origin, unit: Unit, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path, [HEAD, line(1, operation="中断"), line(1, name="试另名", operation="中断"), line(2)]
    )
    first = check(origin, unit, path)
    assert statuses(first) == ["bad", "bad", "good"], "one number in two lines stays wrong"
    path = sheet(tmp_path, [HEAD, line(1, operation="中断")], "one.xlsx")
    assert statuses(check(origin, unit, path)) == ["bad"]
    someone = make.person(origin, 1)
    enrolments.enrol(
        make.origin(day=date(2026, 1, 5)),
        someone,
        insurance="310",
        kind="1101",
        start_on=date(2026, 1, 1),
        unit=unit,
    )
    again = check(origin, unit, path)
    assert (statuses(again), again.lines_good, again.lines_bad) == (["good"], 1, 0)
    line_ = again.lines.get()
    assert (line_.person, line_.why) == (someone.pk, "")


def test_a_file_with_more_lines_takes_only_the_new_ones(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    rosters.take_lines(origin, check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2)])))
    more = check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2), line(3)], "more.xlsx"))
    assert statuses(more) == ["same", "same", "good"]
    more = rosters.take_lines(origin, more)
    assert (more.lines_same, more.lines_done, Enrolment.objects.count()) == (2, 1, 3)


def test_a_check_that_was_killed_goes_on_after_the_last_batch(
    origin: Origin, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "BATCH", 2)
    path = sheet(tmp_path, [HEAD, *(line(n) for n in range(1, 8)), line(2)])
    keep, calls = checking._keep, []

    def killed(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        keep(*arguments)

    monkeypatch.setattr(checking, "_keep", killed)
    with pytest.raises(KeyboardInterrupt):
        check(origin, unit, path)
    half = Roster.objects.get()
    assert (half.status, half.lines_total, half.read_to) == ("checking", 4, 5)
    with pytest.raises(RosterWrong, match="还没有核对完"):
        rosters.take_lines(origin, half)
    kept = list(half.lines.order_by("line").values_list("pk", flat=True))
    monkeypatch.setattr(checking, "_keep", keep)
    whole = check(origin, unit, path)
    assert (whole.pk, whole.status) == (half.pk, "checked")
    assert list(whole.lines.order_by("line").values_list("pk", flat=True))[:4] == kept
    assert statuses(whole) == ["good", "bad", "good", "good", "good", "good", "good", "bad"]
    assert "第9行" in told(whole)[3][1], "a number on both sides of the break is found"
    assert (whole.lines_total, whole.lines_good, whole.lines_bad) == (8, 6, 2)


def test_a_line_is_kept_sealed(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2, day="")]))
    for row in roster.lines.all():
        assert make.new_number(1)[:17].encode() not in bytes(row.body)
        assert make.new_name(row.line - 1) in unsealed(row, "body")


# Taking


def test_a_newcomer_of_a_roster_is_as_one_of_a_case(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    rosters.take_lines(origin, check(origin, unit, sheet(tmp_path, [HEAD, line(1)])))
    by_roster = Person.objects.get()
    answers = {**make.who(2), "from_date": "2026-03-01", "monthly_wage": "5000.00",
               "unit_credit_code": unit.credit_code}  # fmt: skip
    enrol_employee(make.work(answers=answers))
    by_case = Person.objects.exclude(pk=by_roster.pk).get()

    def seen(person: Person, n: int) -> list[Any]:
        spell, paper = person.enrolments.get(), person.documents.get()
        history = [
            (c.register, opened(c).after) for c in Change.objects.filter(person=person.pk).order_by("id")
        ]
        row = {f.attname: getattr(person, f.attname) for f in Person._meta.concrete_fields}
        plain = {k: v for k, v in row.items() if k not in ("id", "name", "initials", "phone")}
        texts = str([plain, contents(spell), contents(paper), history, unsealed(person, "phone")])
        for text in (make.new_number(n), make.new_name(n), f"1301234{n:04d}"):
            texts = texts.replace(text, "?")
        return [texts, unsealed(paper, "number") == make.new_number(n), spell.unit_id]

    assert seen(by_roster, 1) == seen(by_case, 2)
    assert persons.find(make.REGION, "01", make.new_number(1)) == by_roster


def test_every_operation_of_a_unit(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    other = make.unit(origin, 2)
    people = {n: make.person(origin, n) for n in range(1, 8)}
    for n, person in people.items():
        enrolments.enrol(
            origin,
            person,
            insurance="310",
            kind="1101",
            start_on=date(2025, 1, 1),
            unit=other if n == 6 else unit,
        )
    enrolments.suspend(origin, people[2], date(2026, 1, 1))
    enrolments.suspend(origin, people[7], date(2026, 1, 1))
    rows = [
        HEAD,
        line(1, operation="停保"),
        line(2, operation="续保"),
        line(3, operation="终止参保"),
        line(4, operation="增员"),
        line(5, operation="在职转退休"),
        line(6, operation="中断"),
        line(7, operation="中断"),
    ]
    roster = check(origin, unit, sheet(tmp_path, rows))
    assert statuses(roster) == ["good", "good", "good", "same", "good", "bad", "same"]
    roster = rosters.take_lines(origin, roster)
    said = told(roster)
    assert statuses(roster) == ["done", "done", "done", "same", "bad", "bad", "same"]
    assert "还差" in said[6][1], "what the ordinary act refuses is told of the line"
    assert "不由本单位参保" in said[7][1]
    assert enrolments.on(people[1], make.DAY).standing == Standing.SUSPENDED  # type: ignore[union-attr]
    assert enrolments.on(people[2], make.DAY).standing == Standing.ACTIVE  # type: ignore[union-attr]
    assert people[3].enrolments.get().end_on == date(2026, 2, 28)
    assert (roster.lines_good, roster.lines_done, roster.lines_bad, roster.lines_same) == (0, 3, 2, 2)
    again = check(origin, unit, sheet(tmp_path, [*rows, []], "again.xlsx"))
    assert again.pk == roster.pk or statuses(again)[2] == "same"


def test_a_resident_whom_a_unit_takes_on_leaves_the_residents(
    origin: Origin, unit: Unit, tmp_path: Path
) -> None:
    person = make.person(make.origin(day=date(2025, 12, 1)), 1)
    enrolments.enrol_for_year(make.origin(day=date(2025, 12, 1)), person, kind="1501", year=2026)
    roster = rosters.take_lines(origin, check(origin, unit, sheet(tmp_path, [HEAD, line(1)])))
    assert statuses(roster) == ["done"]
    assert [(s.insurance, s.end_on) for s in person.enrolments.order_by("start_on")] == [
        ("390", date(2026, 2, 28)),
        ("310", None),
    ]
    assert roster.lines.get().person == person.pk


def test_known_residents_wait_as_by_a_case_of_their_own(tmp_path: Path) -> None:
    """With a past in hand: insured last year, missed a year, missed it and bought it back."""
    past, origin = make.origin(day=date(2024, 1, 2)), make.origin(day=date(2025, 12, 20))
    pairs = [(make.person(past, n, place=PLACE), make.person(past, n + 50, place=PLACE)) for n in (1, 2, 3)]
    for last_year, both in zip((2025, 2024, 2024), pairs, strict=True):
        for person in both:
            for year in range(2024, last_year + 1):
                enrolments.enrol_for_year(make.origin(day=date(year, 1, 1)), person, kind="1501", year=year)
    for person in pairs[2]:
        Contribution.objects.create(
            **origin.columns(), person=person, slot=390, insurance="390", start_on=date(2025, 1, 1),
            end_on=date(2025, 12, 31), place="410928",
        )  # fmt: skip
    roster = check_village(origin, sheet(tmp_path, [VILLAGE_HEAD, *(villager(n) for n in (1, 2, 3))]))
    rosters.take_lines(origin, roster)
    for by_roster, by_case in pairs:
        enrolments.enrol_for_year(origin, by_case, kind="1501", year=2026)
        one, two = (p.enrolments.get(start_on__year=2026) for p in (by_roster, by_case))
        assert (one.start_on, one.benefit_from, one.end_on) == (two.start_on, two.benefit_from, two.end_on)
    begins = [p.enrolments.get(start_on__year=2026).benefit_from for p, _ in pairs]
    assert begins[0] < begins[1]  # type: ignore[operator]


def test_a_village(origin: Origin, tmp_path: Path) -> None:
    child, dead = make.new_number(3, date(2026, 1, 20)), make.person(make.origin(day=date(2025, 1, 1)), 5)
    persons.died(origin, dead, date(2026, 3, 1))
    rows = [
        (*VILLAGE_HEAD, "村（社区）"),
        villager(1, place=PLACE),
        villager(2, place="西沙岭村"),
        villager(3, "新生儿", number=child),
        villager(4, "中小学"),
        villager(5),
        villager(6, year="2031"),
        villager(7, "老年人"),
        villager(8, year=2027),
        villager(9, kind=""),
    ]
    roster = check_village(origin, sheet(tmp_path, rows))
    said = told(roster)
    assert statuses(roster) == ["good", "bad", "good", "bad", "bad", "bad", "bad", "good", "bad"]
    for place, words in (
        (3, "本名册是"),
        (5, "与所选居民类别"),
        (6, "死亡"),
        (7, "只能办理"),
        (10, "居民类别"),
    ):
        assert words in said[place][1]
    rosters.take_lines(origin, roster)
    found = {p.name: p for p in Person.objects.filter(place=PLACE)}
    assert set(found) == {make.new_name(n) for n in (1, 3, 8)}
    newborn = found[make.new_name(3)].enrolments.get()
    assert (newborn.start_on, newborn.benefit_from) == (date(2026, 1, 20), date(2026, 1, 20))
    assert found[make.new_name(8)].enrolments.get().start_on == date(2027, 1, 1)


def test_a_known_person_of_another_name_is_not_taken(origin: Origin, tmp_path: Path) -> None:
    make.person(origin, 1)
    roster = check_village(origin, sheet(tmp_path, [VILLAGE_HEAD, villager(1, name="别人")]))
    assert "姓名对不上" in told(roster)[2][1]


def test_what_the_register_lacks_of_a_known_person_is_filled_in(origin: Origin, tmp_path: Path) -> None:
    person = make.person(origin, 1)
    assert person.place == ""
    rosters.take_lines(origin, check_village(origin, sheet(tmp_path, [VILLAGE_HEAD, villager(1)])))
    person.refresh_from_db()
    assert person.place == PLACE


def test_what_the_database_refuses_goes_line_by_line(
    origin: Origin, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody registers one of the people in the very moment between the look-up and the writing."""
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2), line(3)]))
    make.person(origin, 2)
    look_up = taking.known_people
    blind = iter([True])

    def late(*arguments: Any, **rest: Any) -> Any:
        return {} if next(blind, False) else look_up(*arguments, **rest)

    monkeypatch.setattr(taking, "known_people", late)
    roster = rosters.take_lines(origin, roster)
    assert statuses(roster) == ["done", "done", "done"]
    assert (Person.objects.count(), Enrolment.objects.count()) == (3, 3)
    assert all(row.person for row in roster.lines.all())


def test_taking_that_was_killed_goes_on(
    origin: Origin, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "BATCH", 2)
    roster = check(origin, unit, sheet(tmp_path, [HEAD, *(line(n) for n in range(1, 6))]))
    write, calls = taking._write_down, []

    def killed(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(*arguments)

    monkeypatch.setattr(taking, "_write_down", killed)
    with pytest.raises(KeyboardInterrupt):
        rosters.take_lines(origin, roster)
    roster.refresh_from_db()
    assert (roster.status, statuses(roster)) == ("taking", ["done", "done", "good", "good", "good"])
    assert Person.objects.count() == 2, "a batch counts whole or not at all"
    monkeypatch.setattr(taking, "_write_down", write)
    assert statuses(rosters.take_lines(origin, roster)) == ["done"] * 5
    assert Person.objects.count() == Enrolment.objects.count() == 5


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_take_at_once_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "BATCH", 3)
    monkeypatch.setattr(checking, "BATCH", 3)
    origin = make.origin()
    unit = make.unit(origin)
    path = sheet(tmp_path, [HEAD, *(line(n) for n in range(1, 25))])
    faults: list[BaseException] = []

    def run() -> None:
        try:
            rosters.take_lines(origin, check(origin, unit, path))
        except RosterWrong:
            pass  # the other is still checking
        except Exception as error:  # noqa: BLE001  a thread tells what it met
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    roster = rosters.take_lines(origin, check(origin, unit, path))
    assert (roster.lines_total, roster.lines_done, roster.lines_good) == (24, 24, 0)
    assert statuses(roster) == ["done"] * 24
    assert Person.objects.count() == Enrolment.objects.count() == 24


# One case with its lines


def case(unit: Unit, roster: Roster, **rest: Any) -> Work:
    answers = {**make.who(1), "roster": str(roster.pk), "unit_credit_code": unit.credit_code,
               "from_date": "2026-03-01"}  # fmt: skip
    return make.work(answers=answers, case_id=rest.pop("case_id", 77), **rest)


def test_a_case_takes_its_roster(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2, day=""), line(3)]))
    enrol_employee(case(unit, roster))
    roster.refresh_from_db()
    assert (roster.status, roster.case, statuses(roster)) == ("done", 77, ["done", "bad", "done"])
    assert set(Enrolment.objects.values_list("case", flat=True)) == {77}
    assert set(Change.objects.filter(register="enrolment").values_list("case", flat=True)) == {77}
    before = counts()
    enrol_employee(case(unit, roster))
    assert counts() == before, "the act that comes twice changes nothing"
    with pytest.raises(RosterWrong, match="另一件"):
        enrol_employee(case(unit, roster, case_id=78))


def test_an_account_takes_a_roster_only_for_a_unit_that_it_declares_for(
    origin: Origin, unit: Unit, tmp_path: Path
) -> None:
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2, operation="终止")]))
    clerk = User.objects.create(username="clerk").pk
    units.name_operator(origin, unit, clerk, may_declare=False)
    with pytest.raises(NotYours, match="没有申报的权限"):
        enrol_employee(case(unit, roster, applicant=clerk, channel="online"))
    assert not Enrolment.objects.exists()
    units.dismiss_operator(origin, unit, clerk, make.DAY)
    tomorrow = make.origin(day=date(2026, 3, 3))
    units.name_operator(tomorrow, unit, clerk, start_on=tomorrow.day)
    enrol_employee(case(unit, roster, applicant=clerk, channel="online", day=tomorrow.day))
    assert Enrolment.objects.count() == 1


def test_a_case_cannot_take_a_roster_that_is_not_its_own(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1)]))
    with pytest.raises(RosterWrong, match="另一个单位的"):
        enrol_employee(case(make.unit(origin, 2), roster))
    with pytest.raises(RosterWrong, match="没有编号为"):
        enrol_employee(
            make.work(("bazhou", "agency", "employee-enrolment"), case(unit, roster).answers, case_id=77)
        )
    village = check_village(origin, sheet(tmp_path, [VILLAGE_HEAD, villager(1)], "village.xlsx"))
    with pytest.raises(RosterWrong, match="没有编号为"):
        enrol_employee(case(unit, village))
    answers = {**make.who(1), "roster": str(village.pk), "place": "西沙岭村"}
    with pytest.raises(RosterWrong, match="另一个村"):
        enrol_resident(make.work(make.RESIDENT, answers))
    enrol_resident(make.work(make.RESIDENT, {**answers, "place": PLACE}))
    assert Enrolment.objects.get().kind == Kind.ADULT


@pytest.fixture
def village_case(origin: Origin, tmp_path: Path) -> Callable[..., Work]:
    """A case of whoever files it with the roster of ``PLACE``, which is not theirs to take by naming it."""
    roster = check_village(origin, sheet(tmp_path, [VILLAGE_HEAD, villager(1)]))
    answers = {**make.who(1), "roster": str(roster.pk), "place": PLACE}
    return lambda **rest: make.work(make.RESIDENT, answers, **rest)


def test_no_account_takes_the_roster_of_a_village(village_case: Callable[..., Work]) -> None:
    somebody = User.objects.create(username="somebody").pk
    for channel in ("online", "window"):
        with pytest.raises(NotYours, match="请不填名册编号"):
            enrol_resident(village_case(applicant=somebody, actor=somebody, channel=channel))
    assert not Enrolment.objects.exists()
    assert Roster.objects.get().status == "checked"


@pytest.mark.parametrize(
    ("role", "office", "channel", "is_theirs"),
    [
        ("village", PLACE, "village", True),
        ("village", "西沙岭村", "village", False),
        ("village", "西沙岭村", "window", False),
        ("township", "和平镇", "township", True),
        ("township", "安乐镇", "township", False),
        ("window", "", "window", True),
        ("tax", "", "village", False),
    ],
)
def test_grassroots_staff_take_the_roster_of_their_own_place_only(
    village_case: Callable[..., Work], role: str, office: str, channel: str, is_theirs: bool
) -> None:
    Entrustment.objects.create(region=make.REGION, village=PLACE, township="和平镇", start_on="2026-01-01")
    worker = User.objects.create(username="worker")
    Grant.objects.create(user=worker, region=make.REGION, role=role, office=office, start_on="2026-01-01")
    work = village_case(actor=worker.pk, channel=channel)
    if is_theirs:
        enrol_resident(work)
    else:
        with pytest.raises(ForeignRoster):
            enrol_resident(work)
    assert Enrolment.objects.exists() == is_theirs


@pytest.mark.django_db(databases=["default", "audit"])
def test_who_filed_the_case_is_asked_about_and_not_who_checks_it(house: House, tmp_path: Path) -> None:
    entry, office = make.RESIDENT, make.origin(make.REGION, MONDAY.date())
    path = sheet(tmp_path, [VILLAGE_HEAD, villager(1)])
    roster = rosters.check_file(office, path, kind=VILLAGE, holder=PLACE, name="r")
    worker = User.objects.create(pk=700, username="worker")  # the one who files for those who walk in
    Grant.objects.create(
        user=worker, region=make.REGION, role="village", office="西沙岭村", start_on="2026-01-01"
    )
    answers = {"resident_kind": "adult", "insured_year": "2026", "place": PLACE, "roster": str(roster.pk)}
    with pytest.raises(ForeignRoster, match="不是您所在的"):
        along(house, walked_in(house, entry, {**make.who(1), **answers}))
    assert not Enrolment.objects.exists()


def test_a_preview_shows_the_first_lines_and_leaves_nothing(
    origin: Origin, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "PREVIEWED", 2)
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2), line(3)]))
    before = counts()
    shown = preview(case(unit, roster))
    assert shown.is_possible
    assert [change.register for change in shown.changes] == ["person", "person", "enrolment", "enrolment"]
    assert counts() == before
    roster.refresh_from_db()
    assert (roster.status, roster.case, roster.lines_good) == ("checked", None, 3)


def test_a_roster_of_a_unit_that_is_not_there(origin: Origin, tmp_path: Path) -> None:
    path = sheet(tmp_path, [HEAD, line(1)])
    with pytest.raises(DomainError, match="没有这个统一社会信用代码"):
        rosters.check_file(origin, path, kind=UNIT, holder=make.credit_code(9), name="x")


WITH_ROSTER = [
    (item.region, item.tier, item.item)
    for item in effective_all()
    if any(question.key == "roster" for question in item.form)
]


@pytest.mark.parametrize("entry", WITH_ROSTER, ids=lambda entry: f"{entry[0]}-{entry[2]}")
@pytest.mark.django_db(databases=["default", "audit"])
def test_one_case_with_its_lines(house: House, tmp_path: Path, entry: Entry) -> None:
    """Applied for and driven to its end in every region: the good lines are in the register, by this case."""
    region, day = entry[0], MONDAY.date()
    office = make.origin(region, day)
    if EFFECTS[UNIT] in item_of(house, entry).effects:
        firm = make.unit(office)
        units.name_operator(office, firm, house.applicant.id)
        rows = [HEAD, line(1), line(2, day="哪天"), line(3)]
        roster = rosters.check_file(
            office, sheet(tmp_path, rows), kind=UNIT, holder=firm.credit_code, name="r"
        )
        answers = {
            "employee_operation": "add",
            "unit_credit_code": firm.credit_code,
            "from_date": "2026-03-01",
        }
    else:
        rows = [VILLAGE_HEAD, villager(1), villager(2, "大学"), villager(3)]
        roster = rosters.check_file(office, sheet(tmp_path, rows), kind=VILLAGE, holder=PLACE, name="r")
        answers = {"resident_kind": "adult", "insured_year": "2026", "place": PLACE}
    assert roster.lines_good == (2 if "employee_operation" in answers else 3)
    file = opened_case if "employee_operation" in answers else walked_in
    view = file(house, entry, {**make.who(1), **answers, "roster": str(roster.pk)})
    assert not Person.objects.exists(), "filing shows what would change, and changes nothing"
    view = along(house, view)
    assert view.outcome == "granted"
    roster.refresh_from_db()
    assert (roster.status, roster.case, roster.lines_done) == (
        "done",
        view.id,
        roster.lines_total - roster.lines_bad,
    )
    assert set(Enrolment.objects.values_list("case", flat=True)) == {view.id}
    assert Person.objects.count() == roster.lines_done


# Spreadsheets out


def cells_of(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def test_what_is_exported_can_be_imported(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    head = (*HEAD, "地址", "证件种类", "性别", "出生日期")
    odd = '+HYPERLINK("http://x")'
    rows = [
        head,
        [*line(1), odd, "", "", ""],
        [*line(2, wage=""), "@村+1号", "", "", ""],
        [*line(3, number="H12345678", name="阿依古丽·买买提"), "-", "香港通行证", "女", "1990-01-01"],
    ]
    rosters.take_lines(origin, check(origin, unit, sheet(tmp_path, rows)))
    path = tmp_path / "out.xlsx"
    assert rosters.export_unit(make.REGION, unit, path, make.DAY) == 3
    header, *lines = cells_of(path)
    assert header[:3] == ["姓名", "证件种类", "证件号码"]
    assert all(isinstance(cell, str) for row in lines for cell in row), "numbers keep their digits as text"
    assert lines[0][header.index("联系地址")] == odd
    with zipfile.ZipFile(path) as pack:
        assert b"<f>" not in pack.read("xl/worksheets/sheet1.xml"), "no cell is a formula"
    assert statuses(check(origin, unit, path)) == ["same", "same", "same"]
    assert rosters.export_unit(make.REGION, unit, path, date(2026, 2, 28)) == 0


def test_a_village_goes_out_and_in(origin: Origin, tmp_path: Path) -> None:
    rows = [VILLAGE_HEAD, villager(1), villager(2, "新生儿", number=make.new_number(2, date(2026, 1, 20)))]
    rosters.take_lines(origin, check_village(origin, sheet(tmp_path, rows)))
    make.person(origin, 3, place=PLACE)
    path = tmp_path / "out.xlsx"
    assert rosters.export_village(make.REGION, PLACE, path, make.DAY) == 2, "who is not enrolled is not on it"
    header, *lines = cells_of(path)
    assert [row[header.index("居民类别")] for row in lines] == ["成年居民", "新生儿"]
    assert statuses(check_village(origin, path)) == ["same", "same"]


def test_the_result_can_be_put_right_and_uploaded(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    roster = check(origin, unit, sheet(tmp_path, [HEAD, line(1), line(2, day="哪天"), line(3)]))
    rosters.take_lines(origin, roster)
    path = tmp_path / "result.xlsx"
    assert rosters.export_result(roster, path) == 3
    header, *lines = cells_of(path)
    assert header[:3] == ["行号", "结果", "说明"]
    assert [row[1] for row in lines] == ["已登记", "有误", "已登记"]
    assert lines[1][header.index("起始日期")] == "哪天", "a wrong line shows what was read"
    lines[1][header.index("起始日期")] = "2026-03-01"
    better = rosters.take_lines(origin, check(origin, unit, sheet(tmp_path, [header, *lines], "better.xlsx")))
    assert statuses(better) == ["same", "done", "same"]


@pytest.mark.parametrize("kind", [UNIT, VILLAGE])
def test_the_template_is_a_roster_to_fill_in(origin: Origin, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "blank.xlsx"
    rosters.template(make.REGION, kind, path)
    (header,) = cells_of(path)
    assert header == [column.titles[0] for column in columns_of(make.REGION, kind)]


def test_day_cells_with_a_time_are_days(tmp_path: Path) -> None:
    assert list(raw_rows(sheet(tmp_path, [[datetime(2026, 3, 1, 12, 30)]]))) == [[date(2026, 3, 1)]]
