"""A unit's own room: who gets in, employees by table, what is owed, operators with rights."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from jingban.access.models import User
from jingban.audit.models import Entry
from jingban.cases.models import Case
from jingban.registry import enrolments, levies, units
from jingban.registry.models import Roster, RosterLine, Unit, UnitOperator, UnitSeal
from jingban.rulebook.cache import effective_item
from jingban.uploads import service as uploads
from tests.portals.conftest import NOW, published, signed_in
from tests.registry import factories as made
from tests.uploads.make import file as jpeg_file
from tests.uploads.make import jpeg

REGION = made.REGION
ORDER = ("name", "id_number", "from_date", "monthly_wage", "phone")


@pytest.fixture
def unit() -> Unit:
    return made.unit(made.origin(), phone="03931234567")


def operator(unit: Unit, *rights: str, name: str = "") -> User:
    user = User.objects.create_user(name or "-".join(rights), password="x", name=f"经办{name or rights[0]}")
    chosen = {f"may_{right}": right in rights for right in ("declare", "query", "seal", "manage")}
    units.name_operator(made.origin(), unit, user.pk, **chosen)  # type: ignore[arg-type]
    return user


@pytest.fixture
def clerk(unit: Unit) -> Client:
    published(effective_item(*made.EMPLOYEE))
    return signed_in(operator(unit, "declare", "query", "seal", "manage", name="boss"))


def employee(unit: Unit, n: int, start: date = date(2025, 1, 1)) -> None:
    enrolments.enrol(
        made.origin(), made.person(made.origin(), n), insurance="310", kind="1101", start_on=start, unit=unit
    )


def line(n: int, **other: str) -> str:
    said = {**made.who(n), "from_date": "2026-03-01", "monthly_wage": "6800", **other}
    return "\t".join(said.get(key, "") for key in ORDER)


def address(unit: Unit, operation: str = "add") -> str:
    return f"/unit/{unit.pk}/changes/{operation}/"


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def kept(text: str) -> str:
    """The hidden field that a page sends back."""
    from html import unescape

    found = re.search(r'name="kept" value="([^"]*)"', text)
    assert found
    return unescape(found[1])


# Who gets in


def test_whoever_is_no_operator_is_told_how_to_become_one(person: User) -> None:
    answer = signed_in(person).get("/unit/")
    assert answer.status_code == 200
    assert "还没有登记为单位的经办人" in answer.content.decode()
    assert Client().get("/unit/").status_code == 302


@pytest.mark.parametrize(
    "part", ["people/", "changes/add/", "levies/", "seals/", "operators/", "changes/template/"]
)
def test_a_stranger_gets_into_no_part_of_a_unit(unit: Unit, person: User, part: str) -> None:
    answer = signed_in(person).get(f"/unit/{unit.pk}/{part}")
    assert answer.status_code == 403
    assert "不是这个单位的经办人" in answer.content.decode()
    assert Entry.objects.filter(kind="refused", subject=f"unit:{unit.pk}").exists()


@pytest.mark.parametrize(
    ("right", "part"),
    [("declare", "people/"), ("declare", "levies/"), ("query", "changes/add/"), ("manage", "seals/")],
)
def test_each_part_wants_its_right(unit: Unit, right: str, part: str) -> None:
    answer = signed_in(operator(unit, right)).get(f"/unit/{unit.pk}/{part}")
    assert answer.status_code == 403
    assert "权限" in answer.content.decode()


def test_an_operator_whose_time_is_over_is_out(unit: Unit) -> None:
    user = operator(unit, "query")
    UnitOperator.objects.update(start_on="2025-01-01", end_on="2026-03-01")
    assert signed_in(user).get(f"/unit/{unit.pk}/people/").status_code == 403


def test_the_home_tells_what_is_owed_and_switches_between_units(unit: Unit, clerk: Client) -> None:
    employee(unit, 1)
    levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
    other = made.unit(made.origin(), 2)
    units.name_operator(made.origin(), other, User.objects.get(username="boss").pk)
    page = text_of(clerk.get("/unit/"))
    assert "征缴单还没有缴费" in page
    assert "您经办的单位" in page
    assert other.name in text_of(clerk.get(f"/unit/?unit={other.pk}"))
    assert f'<p class="mb-1 fw-bold fs-5">{other.name}</p>' in text_of(clerk.get("/unit/")), (
        "it is remembered"
    )


def test_who_acts_for_the_unit_no_more_reads_and_changes_none_of_its_cases(unit: Unit, clerk: Client) -> None:
    clerk.post(address(unit), {"paste": line(1), "phone": "03931234567", "go": "submit"})
    case, boss = Case.objects.get(), User.objects.get(username="boss")
    file = uploads.take(
        file=jpeg_file(jpeg(), "a.jpg"), owner=boss.pk, slot="id-card",
        holder=uploads.Holder(unit.region, case=case.pk), now=NOW,
    )  # fmt: skip
    doors = [f"/my/{case.number}/", f"/my/{case.number}/done/", f"/upload/{file.pk}/",
             f"/paper/{case.number}/1/application-form/"]  # fmt: skip
    assert clerk.get(doors[0]).status_code == clerk.get(doors[2]).status_code == 200
    UnitOperator.objects.update(start_on="2025-01-01", end_on="2026-03-01")
    assert [clerk.get(door).status_code for door in doors] == [403] * 4
    assert clerk.post(f"{doors[0]}do/withdraw/", {"seen": case.seq, "key": "w"}).status_code == 403
    assert Case.objects.get().outcome is None
    assert Entry.objects.filter(kind="refused", subject=f"case:{case.number}").exists()


# Employees as the register has them


def test_people_are_listed_searched_and_asked_for_as_of_a_day(unit: Unit, clerk: Client) -> None:
    employee(unit, 1)
    employee(unit, 2, date(2026, 2, 1))
    made.person(made.origin(), 3)
    where = f"/unit/{unit.pk}/people/"
    page = text_of(clerk.get(where))
    assert made.new_name(1) in page
    assert made.new_number(1) not in page, "numbers are masked"
    assert made.new_name(3) not in page
    assert made.new_name(2) not in text_of(clerk.post(where, {"on": "20260115"}))
    found = text_of(clerk.post(where, {"q": made.new_number(2)}))
    assert (made.new_name(2) in found, made.new_name(1) in found) == (True, False)
    assert made.new_name(1) in text_of(clerk.post(where, {"q": made.new_name(1)}))
    assert "没有找到" in text_of(clerk.post(where, {"q": made.new_number(3)})), (
        "other people are not found here"
    )
    wrong = clerk.post(where, {"on": "明天"})
    assert (wrong.status_code, "应为年月日" in text_of(wrong)) == (422, True)


def test_the_roster_is_exported_for_a_reason_only(unit: Unit, clerk: Client, tmp_path: Path) -> None:
    employee(unit, 1)
    where = f"/unit/{unit.pk}/people/export/"
    empty = clerk.post(where, {"reason": " "})
    assert empty.status_code == 422
    assert text_of(empty).count("请先填写导出全号名册的用途") == 2, "on top, and beside the field"
    answer = clerk.post(where, {"reason": "核对工资"})
    path = tmp_path / "out.xlsx"
    path.write_bytes(answer.content)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert made.new_number(1) in rows[1]
    assert Entry.objects.filter(kind="revealed", detail__contains="核对工资").exists()


# The table


def test_pasted_lines_are_judged_line_by_line_and_wrong_ones_come_back_as_inputs(
    unit: Unit, clerk: Client
) -> None:
    employee(unit, 3)
    wrong = made.new_number(2)[:-1] + ("1" if made.new_number(2).endswith("0") else "0")
    bad = line(2).replace(made.new_number(2), wrong)
    lost = line(4).replace(made.new_number(4), "9.99E+17")
    text = "\r\n".join([line(1), bad, line(3), lost, line(5, monthly_wage="很多"), line(6), line(6)])
    answer = clerk.post(address(unit), {"paste": text, "go": "check"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert "✓ 1人可提交" in page
    assert "▲ 5人需改正" in page
    assert "○ 1人不用办" in page
    for said in (
        "校验",
        "末几位可能已经丢失",
        "与第7行是同一个证件号码",
        "与第6行是同一个证件号码",
        "已经参保",
    ):
        assert said in page
    assert f'name="cell.2.id_number" id="cell.2.id_number" value="{wrong}"' in page
    assert 'value="很多"' in page
    assert not Roster.objects.exists(), "checking keeps nothing"


def test_the_good_ones_are_handed_in_and_the_wrong_ones_stay(unit: Unit, clerk: Client) -> None:
    bad = line(2).replace(made.new_number(2), "999000")
    first = text_of(clerk.post(address(unit), {"paste": f"{line(1)}\n{bad}\n{line(3)}", "go": "check"}))
    sent = {"kept": kept(first), "cell.2.name": made.new_name(2), "cell.2.id_number": "999000",
            "cell.2.from_date": "2026-03-01", "phone": "03931234567", "key": "once", "go": "submit"}  # fmt: skip
    answer = clerk.post(address(unit), sent)
    page = text_of(answer)
    assert "已提交2人" in page
    assert 'value="999000"' in page
    case, roster = Case.objects.get(), Roster.objects.get()
    assert (roster.case, roster.lines_total, roster.lines_good) == (case.pk, 2, 2)
    assert case.item == "employee-enrolment"
    assert UnitSeal.objects.filter(case=case.pk, given=True).count() == 1, (
        "who declares with the right seals too"
    )
    clerk.post(address(unit), sent)
    assert (Case.objects.count(), Roster.objects.count()) == (1, 1), "twice is once"
    mended = {**sent, "cell.2.id_number": made.new_number(2), "kept": "[]"}
    done = clerk.post(address(unit), mended)
    assert done.status_code == 302, "under the same key another line is another case"
    assert Case.objects.count() == 2
    receipt = text_of(clerk.get(done.url))
    assert "已在线确认，等于加盖单位公章" in receipt
    assert "职工参保登记（1人）" in text_of(clerk.get("/unit/"))


def test_an_application_lacks_nothing_or_is_not_handed_in(unit: Unit, clerk: Client) -> None:
    answer = clerk.post(address(unit), {"paste": line(1), "phone": "abc", "go": "submit"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert "电话号码应为" in page
    assert 'value="abc"' in page
    assert made.new_number(1) in json.dumps(json.loads(kept(page)))
    assert "还没有可以提交的人" in text_of(clerk.post(address(unit), {"go": "submit"}))
    assert not Case.objects.exists()


@pytest.mark.parametrize("operation", ["suspend", "resume", "end", "retire"])
def test_other_operations_need_somebody_of_the_unit(unit: Unit, clerk: Client, operation: str) -> None:
    employee(unit, 1)
    other = made.unit(made.origin(), 2)
    employee(other, 2)
    text = "\n".join("\t".join((made.new_name(n), made.new_number(n), "2026-03-01")) for n in (1, 2, 3))
    page = text_of(clerk.post(address(unit, operation), {"paste": text}))
    assert "不由本单位参保" in page
    assert "本地参保登记册里没有这个证件号码的人" in page
    good = 0 if operation == "resume" else 1
    assert f"✓ {good}人可提交" in page


def test_a_header_may_name_columns_in_any_order(unit: Unit, clerk: Client) -> None:
    text = f"身份证号\t姓名\t参保日期\t备注\n{made.new_number(1)}\t{made.new_name(1)}\t2026/3/1\t新来的"
    assert "✓ 1人可提交" in text_of(clerk.post(address(unit), {"paste": text}))
    typed = f"{made.new_name(1)} {made.new_number(1)} 2026-03-01"
    assert "✓ 1人可提交" in text_of(clerk.post(address(unit), {"paste": typed})), "typed with blanks"


def test_a_wage_below_the_floor_is_told_not_refused(unit: Unit, clerk: Client) -> None:
    page = text_of(clerk.post(address(unit), {"paste": line(1, monthly_wage="100")}))
    assert "✓ 1人可提交" in page
    assert "月缴费工资低于下限，按" in page


def test_a_file_is_checked_like_a_paste(unit: Unit, clerk: Client, tmp_path: Path) -> None:
    empty = clerk.get(f"/unit/{unit.pk}/changes/template/")
    assert empty["Content-Type"].endswith("spreadsheetml.sheet")
    import xlsxwriter

    path = tmp_path / "roster.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_row(0, 0, ["姓名", "证件号码", "起始日期"])
    page.write_row(1, 0, [made.new_name(1), made.new_number(1), "2026-03-01"])
    page.write_row(2, 0, [made.new_name(2), float(made.new_number(2)[:17] + "0"), 20260301])
    book.close()
    file = SimpleUploadedFile("名册.xlsx", path.read_bytes())
    shown = text_of(clerk.post(address(unit), {"file": file, "go": "check"}))
    assert "✓ 1人可提交" in shown
    assert "末几位可能已经丢失" in shown
    wrong = clerk.post(address(unit), {"file": SimpleUploadedFile("a.xlsx", b"no sheet"), "paste": line(3)})
    assert wrong.status_code == 422
    assert "✓ 1人可提交" in text_of(wrong), "what was pasted beside it is not lost"


def test_faults_are_exported_to_be_put_right(unit: Unit, clerk: Client, tmp_path: Path) -> None:
    text = f"{line(1)}\n{line(2, monthly_wage='x')}"
    answer = clerk.post(address(unit), {"paste": text, "go": "faults"})
    path = tmp_path / "out.xlsx"
    path.write_bytes(answer.content)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert "有误" in rows[1]
    assert made.new_number(2) in rows[1]


def test_ten_thousand_wide_lines_come_back_as_a_form(unit: Unit, clerk: Client) -> None:
    """Checked once, they travel in the page: what a file may hold, a form may send."""
    road = "某某省某某自治州某某市某某县某某乡某某村某某街道某某小区东区1号楼2单元303室（原某某厂家属院）"
    cells = {
        **made.who(1),
        "from_date": "2026-03-01",
        "address": road,
        "employee_operation": "add",
        "born_on": "1980-05-01",
    }
    lines = json.dumps([[n, cells] for n in range(1, 10_001)], ensure_ascii=False)
    assert len(lines.encode()) > 2_500_000
    assert clerk.post(address(unit), {"kept": lines, "go": "faults"}).status_code == 200


def test_many_lines_fit_into_one_page(unit: Unit, clerk: Client) -> None:
    text = "\n".join(line(n) for n in range(1, 301)) + "\n" + "\n".join(f"坏{n}\t1\t2" for n in range(100))
    page = text_of(clerk.post(address(unit), {"paste": text}))
    assert "✓ 300人可提交" in page
    assert "另有60行需要改正" in page
    assert page.count("<input") < 700
    again = text_of(clerk.post(address(unit), {"kept": kept(page), "go": "check"}))
    assert "✓ 300人可提交" in again


@pytest.mark.parametrize("field", ["kept", "cell.x.name", "open", "drop", "cell.1.roster"])
def test_a_page_that_was_tampered_with_is_only_another_table(unit: Unit, clerk: Client, field: str) -> None:
    for text in ('{"a":1}', "[[1]]", "999999999999", "[[1,[2]]]", "[1]", "[[1e400,{}]]", "[" * 99_999):
        assert clerk.post(address(unit), {field: text, "go": "check"}).status_code == 200


def test_lines_can_be_dropped_opened_and_added(unit: Unit, clerk: Client) -> None:
    page = text_of(clerk.post(address(unit), {"paste": f"{line(1)}\n{line(2)}"}))
    opened = text_of(clerk.post(address(unit), {"kept": kept(page), "open": "1"}))
    assert f'name="cell.1.id_number" id="cell.1.id_number" value="{made.new_number(1)}"' in opened
    dropped = text_of(clerk.post(address(unit), {"kept": kept(page), "drop": "1"}))
    assert "共1人" in dropped
    assert 'name="cell.5.name"' in text_of(clerk.post(address(unit), {"kept": kept(page), "go": "more"}))


def test_what_was_handed_in_is_taken_by_the_case(unit: Unit, clerk: Client) -> None:
    clerk.post(address(unit), {"paste": f"{line(1)}\n{line(2)}", "phone": "03931234567", "go": "submit"})
    assert set(RosterLine.objects.values_list("status", flat=True)) == {"good"}
    from jingban.cases.view import read
    from jingban.cases.work import work_now
    from jingban.registry.rosters import take

    view = read(Case.objects.get().pk)[0]
    take(work_now(view, effective_item(*made.EMPLOYEE), actor=22, at=NOW))
    assert set(RosterLine.objects.values_list("status", flat=True)) == {"done"}


# Money


def test_a_levy_is_shown_and_printed_for_its_unit_only(unit: Unit, clerk: Client) -> None:
    employee(unit, 1)
    levy = levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
    page = text_of(clerk.get(f"/unit/{unit.pk}/levies/"))
    assert levy.number in page
    assert "待缴" in page
    slip = clerk.get(f"/unit/{unit.pk}/levies/{levy.number}.pdf")
    assert slip["Content-Type"] == "application/pdf"
    other = made.unit(made.origin(), 2)
    units.name_operator(made.origin(), other, User.objects.get(username="boss").pk)
    assert clerk.get(f"/unit/{other.pk}/levies/{levy.number}.pdf").status_code == 404


# Operators


def test_who_manages_names_and_dismisses_operators(unit: Unit, clerk: Client) -> None:
    User.objects.create_user("new", password="x", name="新人")
    where = f"/unit/{unit.pk}/operators/"
    wrong = clerk.post(where, {"username": "new", "name": "别人", "right": ["query"]})
    assert wrong.status_code == 422
    assert "对不上" in text_of(wrong)
    assert 'value="new"' in text_of(wrong)
    none = clerk.post(where, {"username": "new", "name": "新人"})
    assert "请至少选择一项权限" in text_of(none)
    assert (
        clerk.post(where, {"username": "new", "name": "新人", "right": ["query", "seal"]}).status_code == 302
    )
    assert signed_in(User.objects.get(username="new")).get(f"/unit/{unit.pk}/seals/").status_code == 200
    stranger = clerk.post(where, {"username": "new2", "ends": "1"})
    User.objects.create_user("new2", password="x", name="旁人")
    other = clerk.post(where, {"username": "new2", "ends": "1"})
    assert (stranger.status_code, other.status_code) == (422, 422)
    told = [re.findall("✕ ([^<]+)", text_of(page)) for page in (stranger, other)]
    assert told[0] == told[1] != [], "who has an account is not told"
    last = clerk.post(where, {"username": "boss", "ends": "1"})
    assert last.status_code == 409
    assert "最后一位能管理经办人" in text_of(last)
    User.objects.filter(username="new").update(is_active=False)
    assert clerk.post(where, {"username": "new", "ends": "1"}).status_code == 302, "a stopped account too"
    assert UnitOperator.objects.get(user__username="new").end_on == made.DAY


def test_who_does_not_manage_names_nobody(unit: Unit) -> None:
    client = signed_in(operator(unit, "declare", "query"))
    where = f"/unit/{unit.pk}/operators/"
    assert "添加经办人，或改权限" not in text_of(client.get(where))
    User.objects.create_user("new", password="x", name="新人")
    assert client.post(where, {"username": "new", "name": "新人", "right": ["query"]}).status_code == 403
    assert UnitOperator.objects.count() == 1
