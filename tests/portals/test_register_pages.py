"""The registers at the desk: searching, reading, revealing, and what a counter or a reviewer writes there."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.access.models import Entrustment, Grant, User
from jingban.audit.models import Entry
from jingban.cases.models import Case
from jingban.core.money import to_yuan
from jingban.registry import (
    certificates,
    contributions,
    enrolments,
    filings,
    levies,
    persons,
    recognitions,
    units,
)
from jingban.registry.models import (
    AidStatus,
    DuplicatePair,
    Helper,
    Identity,
    Levy,
    Person,
    Roster,
    TaxNotice,
)
from jingban.registry.models.enrolments import Kind
from tests.portals.conftest import NOW, published, signed_in
from tests.registry import factories as made

pytestmark = pytest.mark.live_effects

REGION = made.REGION
HTMX = {"HX-Request": "true"}


def officer(*roles: str, region: str = REGION, office: str = "", name: str = "") -> Client:
    user, _ = User.objects.get_or_create(username=name or f"{region}-{'-'.join(roles)}")
    for role in roles:
        Grant.objects.get_or_create(
            user=user, region=region, role=role, office=office, defaults={"start_on": "2026-01-01"}
        )
    return signed_in(user)


@pytest.fixture
def clerk() -> Client:
    return officer("window")


@pytest.fixture
def reviewer() -> Client:
    return officer("reviewer")


@pytest.fixture
def resident() -> Person:
    """Person 1 of Qingping village, insured as a resident this year and the last."""
    origin = made.origin()
    person = made.person(origin, 1, place="清平村")
    for year in (2025, 2026):
        made_on = made.origin(day=date(year, 1, 5))
        enrolments.enrol(
            made_on,
            person,
            insurance="390",
            kind=Kind.ADULT,
            start_on=date(year, 1, 5),
            end_on=date(year, 12, 31),
        )
    return person


def search(client: Client, text: str, **more: str) -> Any:
    return client.post("/desk/register/", {"q": text, "region": REGION, **more})


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def at(person: Person, tab: str = "now", **more: str) -> str:
    rest = "".join(f"&{key}={value}" for key, value in more.items())
    return f"/desk/register/person/{person.pk}/?tab={tab}{rest}"


def audited(kind: str) -> list[Entry]:
    return list(Entry.objects.using("audit").filter(kind=kind).order_by("id"))


# Searching


def test_a_number_leads_straight_to_the_person_and_is_masked_in_the_audit(
    clerk: Client, resident: Person
) -> None:
    answer = search(clerk, made.new_number(1))
    assert answer.url == f"/desk/register/person/{resident.pk}/"
    (entry,) = audited("searched")
    assert entry.subject == f"register:{REGION}"
    assert made.new_number(1) not in entry.detail
    assert "1条" in entry.detail


@pytest.mark.parametrize("text", [made.new_name(1)[:2], "SAN"])
def test_a_name_or_its_initials_find_people_with_masked_numbers(
    clerk: Client, resident: Person, text: str
) -> None:
    if text == "SAN":
        text = resident.initials
    shown = text_of(search(clerk, text))
    assert resident.name in shown
    assert "999***********" in shown
    assert made.new_number(1) not in shown
    assert "成年居民 正常参保" in shown


def test_a_unit_is_found_by_name_and_by_code(clerk: Client) -> None:
    unit = made.unit(made.origin(), 3)
    for text in ("试验第3", unit.credit_code):
        assert f"/desk/register/unit/{unit.pk}/" in text_of(search(clerk, text))


def test_the_people_of_a_unit_and_of_a_village(clerk: Client, resident: Person) -> None:
    origin = made.origin()
    unit, worker = made.unit(origin, 4), made.person(origin, 5)
    enrolments.enrol(origin, worker, insurance="310", kind=Kind.EMPLOYEE, start_on=made.DAY, unit=unit)
    assert worker.name in text_of(search(clerk, unit.name, by="unit"))
    shown = text_of(search(clerk, "清平村", by="place"))
    assert resident.name in shown
    assert worker.name not in shown
    assert resident.name in text_of(search(clerk, "清平村"))  # nobody is called so: the village is meant


def test_nothing_to_search_and_nothing_found_say_what_to_do(clerk: Client) -> None:
    nothing = search(clerk, " ")
    assert nothing.status_code == 422
    assert "请输入" in text_of(nothing)
    assert "没有找到" in text_of(search(clerk, "无此人"))


def test_pages_of_a_long_list_by_key(clerk: Client) -> None:
    origin = made.origin()
    people = {made.person(origin, n, name="丛生").pk for n in range(1, 64)}
    first = text_of(search(clerk, "丛生"))
    after = re.search(r'name="after" value="([^"]+)"', first)
    assert after is not None
    more = clerk.post(
        "/desk/register/", {"q": "丛生", "region": REGION, "after": after[1]}, headers=HTMX
    ).content.decode()
    assert "<html" not in more
    shown = [set(map(int, re.findall(r"/register/person/(\d+)/", page))) for page in (first, more)]
    assert shown[0] | shown[1] == people
    assert not shown[0] & shown[1]


# Who may


@pytest.mark.parametrize("role", ["cashier", "township", "village", "expert", "institution", "tax"])
def test_other_roles_do_not_look_into_the_registers(resident: Person, role: str) -> None:
    client = officer(role)
    assert client.get("/desk/register/").status_code == 403
    assert client.get(at(resident)).status_code == 403
    assert audited("refused")


def test_a_region_is_its_own(resident: Person) -> None:
    other = officer("window", region="bazhou")
    assert other.get(at(resident)).status_code == 403
    assert other.post("/desk/register/", {"q": "试", "region": REGION}).status_code == 403
    assert (
        other.post("/desk/register/", {"q": made.new_number(1)}).status_code == 200
    )  # the own one has nobody
    assert [entry.subject for entry in audited("refused")] == [f"register:{REGION}"] * 2


def test_a_clerk_of_one_office_searches_the_registers_of_the_region(resident: Person) -> None:
    client = officer("window", office="somewhere", name="of-an-office")
    assert client.get(at(resident)).status_code == 200


def test_a_citizen_is_sent_away(resident: Person) -> None:
    assert signed_in(User.objects.create_user("nobody")).get(at(resident)).status_code == 403


def test_nobody_there(clerk: Client) -> None:
    for address in ("person/999999/", "unit/999999/", "rosters/999999/"):
        answer = clerk.get(f"/desk/register/{address}")
        assert answer.status_code in (400, 404)
        assert "没有" in text_of(answer)


# A person


def test_every_tab_opens_masked_within_few_reads_and_is_written_down(
    clerk: Client, resident: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for tab in ("now", "paid", "ties", "cases", "history"):
        with django_assert_max_num_queries(12):
            shown = text_of(clerk.get(at(resident, tab)))
        assert resident.name in shown
        assert made.new_number(1) not in shown
        assert "13012340001" not in shown
    reads = audited("read")
    assert len(reads) == 5
    assert {entry.subject for entry in reads} == {f"person:{resident.number}"}


def test_the_full_number_needs_a_reason_that_is_kept(clerk: Client, resident: Person) -> None:
    address = f"/desk/register/person/{resident.pk}/full/"
    refused = clerk.post(address, {"tab": "now"})
    assert refused.status_code == 422
    assert made.new_number(1) not in text_of(refused)
    assert "请填写查看原因" in text_of(refused)
    full = text_of(clerk.post(address, {"tab": "now", "reason": "核对汇款账户"}))
    assert made.new_number(1) in full
    assert "13012340001" in full
    (entry,) = audited("revealed")
    assert "核对汇款账户" in entry.detail


def test_what_was_registered_on_an_earlier_day(clerk: Client, resident: Person) -> None:
    other = made.person(made.origin(day=date(2025, 1, 5)), 2)
    name = other.name
    for person in (resident, other):
        persons.change(made.origin(), person, {"name": "试改名"}, date(2026, 2, 1))
    assert "登记的是" not in text_of(clerk.get(at(other)))
    then = text_of(clerk.get(at(other, on="20260131")))
    assert "2026年1月31日登记的是" in then
    assert f"姓名：{name}" in then
    # The resident came into the register on 2 March: of the days before nothing was on record.
    assert "登记的是" not in text_of(clerk.get(at(resident, on="20260131")))


def test_the_standing_as_of_a_day(clerk: Client, resident: Person) -> None:
    assert "城乡居民基本医疗保险 成年居民 正常参保" in text_of(clerk.get(at(resident, on="2025-06-01")))
    assert "这一天没有参保" in text_of(clerk.get(at(resident, on="2024-06-01")))
    wrong = clerk.get(at(resident, on="2026-13-40"))
    assert wrong.status_code == 422
    assert "应为年月日" in text_of(wrong)


def test_a_merged_row_leads_to_the_one_that_stays(clerk: Client, resident: Person) -> None:
    gone = made.merged(made.person(made.origin(), 9), resident)
    assert clerk.get(at(gone)).url == f"/desk/register/person/{resident.pk}/"


def test_what_was_issued_is_shown_as_it_was_said(clerk: Client, resident: Person) -> None:
    row = certificates.certificate(made.origin(), resident)
    assert row.number in text_of(clerk.get(at(resident, "ties")))
    shown = text_of(clerk.get(f"/desk/register/person/{resident.pk}/issued/{row.number}/"))
    assert "参保凭证" in shown
    assert resident.name in shown
    assert made.new_number(1) not in shown
    assert clerk.get(f"/desk/register/person/{resident.pk}/issued/PZ-none/").status_code == 400


def test_the_history_is_in_words_with_its_source(clerk: Client, resident: Person) -> None:
    persons.change(made.origin(), resident, {"phone": "13900001111"}, made.DAY)
    shown = text_of(clerk.get(at(resident, "history")))
    assert "130****0001 → 139****1111" in shown
    assert "本人或单位申报" in shown
    for raw in ("enrolment", "end_on", "insurance", "male"):
        assert f"{raw}：" not in shown


# At the counter


def helper(**more: str) -> dict[str, str]:
    return {
        "kind": "mandate", "helper_name": "代某某", "helper_id_number": made.new_number(77), "proof": "2026年3月1日委托书",
        "start_on": "2026-03-02", "end_on": "2026-09-01", **more,
    }  # fmt: skip


def test_a_mandate_is_recorded_and_ended(clerk: Client, resident: Person) -> None:
    base = f"/desk/register/person/{resident.pk}/helper/"
    assert clerk.post(base, helper()).status_code == 302
    row = Helper.objects.get()
    assert (row.person, row.name, row.end_on) == (resident, "代某某", date(2026, 9, 1))
    assert row.actor == User.objects.get(username=f"{REGION}-window").pk
    assert "代某某" in text_of(clerk.get(at(resident, "ties")))
    assert clerk.post(f"{base}{row.pk}/end/", {"why": ""}).status_code == 302
    row.refresh_from_db()
    assert row.end_on == date(2026, 9, 1)
    clerk.post(f"{base}{row.pk}/end/", {"why": "本人撤销委托"})
    row.refresh_from_db()
    assert row.end_on == made.DAY


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"helper_id_number": "123"}, "身份证"),
        ({"kind": "heir"}, "没有登记死亡"),
        ({"kind": "guardian"}, "已满18周岁"),
        ({"end_on": "2026-01-01"}, "止期早于起期"),
        ({"proof": ""}, "请填写依据材料"),
    ],
)
def test_an_impossible_helper_is_refused_with_what_was_typed(
    clerk: Client, resident: Person, typed: dict[str, str], words: str
) -> None:
    answer = clerk.post(f"/desk/register/person/{resident.pk}/helper/", helper(**typed))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "代某某" in text_of(answer)
    assert not Helper.objects.exists()


def test_only_the_counter_records(reviewer: Client, resident: Person) -> None:
    assert "登记代办人（" not in text_of(reviewer.get(at(resident, "ties")))
    assert reviewer.post(f"/desk/register/person/{resident.pk}/helper/", helper()).status_code == 403
    assert (
        reviewer.post(f"/desk/register/person/{resident.pk}/account/", {"username": "x"}).status_code == 403
    )


def test_an_account_is_bound_to_whom_the_counter_saw(clerk: Client, resident: Person) -> None:
    User.objects.create_user("li")
    address = f"/desk/register/person/{resident.pk}/account/"
    assert "没有这个登录名" in text_of(clerk.post(address, {"username": "nobody"}, follow=True))
    assert "已实名绑定" in text_of(clerk.post(address, {"username": "li"}, follow=True))
    assert Identity.objects.get().name == resident.name
    other = made.person(made.origin(), 8)
    told = clerk.post(f"/desk/register/person/{other.pk}/account/", {"username": "li"}, follow=True)
    assert "已经实名绑定到另一个人" in text_of(told)


# A unit, its levies, and what the tax department says


def test_from_the_levy_to_the_months_by_the_pages_alone(clerk: Client) -> None:
    origin = made.origin()
    unit, worker = made.unit(origin, 1), made.person(origin, 1)
    enrolments.enrol(
        made.origin(day=date(2026, 1, 1)), worker, insurance="310", kind=Kind.EMPLOYEE, start_on=date(2026, 1, 1),
        unit=unit, wage=Decimal(5000),
    )  # fmt: skip
    base = f"/desk/register/unit/{unit.pk}/"
    for tab in ("now", "people", "levies", "history"):
        assert clerk.get(f"{base}?tab={tab}").status_code == 200
    assert worker.name in text_of(clerk.get(f"{base}?tab=people"))
    assert clerk.post(f"{base}levy/", {"month": "2026-02"}).status_code == 302
    levy = Levy.objects.get()
    assert "待缴" in text_of(clerk.get(f"{base}?tab=levies"))
    sent = {"number": levy.number, "paid_on": "2026-03-01", "message": "T1", "region": REGION}
    assert clerk.post("/desk/register/tax/", sent).status_code == 422, "the amount is on every receipt"
    sent["amount"] = str(to_yuan(levy.due_fen))
    own = clerk.post("/desk/register/tax/", sent)
    assert (own.status_code, "到账不能由您登记" in text_of(own)) == (422, True)
    assert not TaxNotice.objects.exists()
    colleague = officer("entry")
    told = text_of(colleague.post("/desk/register/tax/", sent, follow=True))
    assert f"征缴单{levy.number}已确认到账" in told
    assert "2026年2月" in text_of(clerk.get(at(worker, "paid")))
    colleague.post("/desk/register/tax/", sent)
    assert TaxNotice.objects.count() == 1
    wrong = text_of(
        colleague.post("/desk/register/tax/", {**sent, "number": "ZJ-none", "message": "T2"}, follow=True)
    )
    assert "没有编号为ZJ-none的征缴单" in wrong
    assert clerk.post("/desk/register/tax/", {"paid_on": "昨天"}).status_code == 422


def test_a_month_that_cannot_be_levied_is_explained(clerk: Client) -> None:
    unit = made.unit(made.origin(), 1)
    for month, words in (("2026-02", "没有需要缴费的"), ("昨天", "应为年月")):
        answer = clerk.post(f"/desk/register/unit/{unit.pk}/levy/", {"month": month})
        assert answer.status_code == 422
        assert words in text_of(answer)


def test_the_tax_department_registers_and_sees_nothing_else() -> None:
    client = officer("tax")
    assert client.get("/desk/register/tax/").status_code == 200
    assert client.get("/desk/register/").status_code == 403


def test_who_acts_for_a_unit(clerk: Client) -> None:
    unit, user = made.unit(made.origin(), 1), User.objects.create_user("zhao", name="赵某")
    base = f"/desk/register/unit/{unit.pk}/operator/"
    assert "没有这个登录名" in text_of(clerk.post(base, {"username": "none"}, follow=True))
    assert "至少选择" in text_of(clerk.post(base, {"username": "zhao"}, follow=True))
    clerk.post(base, {"username": "zhao", "query": "1"})
    assert units.may_act(user.pk, unit, made.DAY, "query")
    assert not units.may_act(user.pk, unit, made.DAY, "declare")
    assert "赵某" in text_of(clerk.get(f"/desk/register/unit/{unit.pk}/"))
    clerk.post(base, {"username": "zhao", "ends": "1"})
    assert not units.may_act(user.pk, unit, made.DAY + timedelta(days=1), "query")


# Work lists


def promised(person: Person) -> Any:
    wanted = filings.Wanted("long-term", ("110000",), date(2026, 1, 10), date(2026, 1, 10), basis="promise")
    (filing,) = filings.file(made.origin(day=date(2026, 1, 10)), person, wanted)
    type(filing).objects.filter(pk=filing.pk).update(promise_due=date(2026, 3, 1))
    return filing


def test_a_promise_is_kept_or_broken_by_a_reviewer(clerk: Client, reviewer: Client, resident: Person) -> None:
    filing = promised(resident)
    lists = "/desk/register/work/?tab=promises"
    assert resident.name in text_of(clerk.get(lists))
    address = f"/desk/register/work/promise/{filing.pk}/"
    assert clerk.post(address, {"do": "kept"}).status_code == 403
    assert "请写明理由" in text_of(reviewer.post(address, {"do": "broken"}, follow=True))
    told = text_of(reviewer.post(address, {"do": "broken", "reason": "人在本地"}, follow=True))
    assert "备案自2026年3月2日起失效" in told
    assert resident.name not in text_of(reviewer.get(lists)).split("待核实和待复审</h1>")[1]
    again = text_of(reviewer.post(address, {"do": "kept"}, follow=True))
    assert "没有待核实的承诺" in again or "没有办理" in again


def test_a_promise_that_was_kept_leaves_the_list(reviewer: Client, resident: Person) -> None:
    filing = promised(resident)
    reviewer.post(f"/desk/register/work/promise/{filing.pk}/", {"do": "kept"})
    filing.refresh_from_db()
    assert (filing.basis, filing.promise_due) == ("papers", None)


@pytest.mark.parametrize(("do", "ended"), [("renew", False), ("end", True)])
def test_a_recheck_passes_or_ends_the_recognition(
    reviewer: Client, resident: Person, do: str, ended: bool
) -> None:
    (held,) = recognitions.recognise(
        made.origin(day=date(2025, 1, 6)), resident, diseases=["M03900"], on=date(2025, 1, 6)
    )
    type(held).objects.filter(pk=held.pk).update(recheck_on=date(2026, 2, 1))
    assert "高血压" in text_of(reviewer.get("/desk/register/work/?tab=rechecks"))
    reviewer.post(f"/desk/register/work/recheck/{held.pk}/", {"do": do, "reason": "复查结果"})
    held.refresh_from_db()
    assert (held.end_on is not None) is ended
    assert ended or held.recheck_on > made.DAY


def twins() -> tuple[Person, Person]:
    origin = made.origin()
    return made.person(origin, 1, name="试双生"), made.person(origin, 2, name="试双生")


def test_two_rows_are_found_and_decided(clerk: Client, reviewer: Client) -> None:
    first, second = twins()
    assert clerk.post("/desk/register/work/look/", {"region": REGION}).status_code == 403
    pair = DuplicatePair.objects.create(
        region=REGION, first=first, second=second, why="near-number", found_at=NOW
    )
    shown = text_of(reviewer.get("/desk/register/work/?tab=duplicates"))
    assert shown.count("试双生") >= 2
    assert "999***********" in shown
    address = f"/desk/register/work/duplicate/{pair.pk}/"
    assert "请写明理由" in text_of(reviewer.post(address, {"do": "distinct"}, follow=True))
    assert "请选择一个结论" in text_of(reviewer.post(address, {"do": "?", "reason": "x"}, follow=True))
    told = text_of(
        reviewer.post(address, {"do": f"keep-{first.pk}", "reason": "核对了身份证原件"}, follow=True)
    )
    assert first.number in told
    pair.refresh_from_db()
    assert (pair.decision, pair.reason) == ("merged", "核对了身份证原件")
    second.refresh_from_db()
    assert second.merged_into == first


def test_a_merger_with_months_is_seconded_by_a_colleague(reviewer: Client) -> None:
    first, second = twins()
    contributions.add(
        made.origin(), second, insurance="310", first=date(2026, 1, 1), last=date(2026, 1, 31), place="410928"
    )
    pair = DuplicatePair.objects.create(
        region=REGION, first=first, second=second, why="near-number", found_at=NOW
    )
    address, said = (
        f"/desk/register/work/duplicate/{pair.pk}/",
        {"do": f"keep-{first.pk}", "reason": "住址相同"},
    )
    assert "由另一位同事核对同意后合并" in text_of(reviewer.post(address, said, follow=True))
    assert "由您提出" in text_of(reviewer.post(address, said, follow=True))
    other = officer("head")
    shown = text_of(other.get("/desk/register/work/?tab=duplicates"))
    assert "提出合并，理由：住址相同" in shown
    assert "同意合并，保留这一份" in shown
    assert "已合并" in text_of(other.post(address, said, follow=True))
    second.refresh_from_db()
    assert second.merged_into == first


def test_two_people_are_kept_apart(reviewer: Client) -> None:
    first, second = twins()
    pair = DuplicatePair.objects.create(
        region=REGION, first=first, second=second, why="near-number", found_at=NOW
    )
    reviewer.post(f"/desk/register/work/duplicate/{pair.pk}/", {"do": "distinct", "reason": "双胞胎"})
    pair.refresh_from_db()
    assert pair.decision == "distinct"
    assert "没有待定的疑似重复" in text_of(reviewer.get("/desk/register/work/?tab=duplicates"))
    for tab in ("promises", "rechecks", "duplicates"):  # no list is read whole, however long it is
        with CaptureQueriesContext(connection) as asked:
            text_of(reviewer.get(f"/desk/register/work/?tab={tab}"))
        assert any("LIMIT 51" in query["sql"] for query in asked), tab


# Lists of civil affairs


def pasted(*rows: tuple[str, ...]) -> str:
    return "\n".join("\t".join(row) for row in [("姓名", "证件号码", "类别", "认定日期"), *rows])


def test_a_list_is_taken_in_line_by_line(clerk: Client, resident: Person) -> None:
    rows = pasted(
        (resident.name, made.new_number(1), "特困人员", "2026-02-01"),
        ("试新人", made.new_number(6), "孤儿", "20260201", "2026-12-31"),
        ("试错号", "123", "孤儿", "2026-02-01"),
        ("试错类", made.new_number(7), "富人", "2026-02-01"),
        ("试少列", made.new_number(8)),
    )
    for turn in range(2):
        told = text_of(clerk.post("/desk/register/aid/", {"list": rows, "region": REGION}))
        assert "共5行，办成2行" in told
        assert "没有“富人”这一类" in told
        assert "应有姓名、证件号码、类别、认定日期四列" in told
        assert ("没有变化" in told) is (turn == 1)
    assert AidStatus.objects.count() == 2
    assert clerk.post("/desk/register/aid/", {"list": " "}).status_code == 422


def test_where_a_list_opens_cases_each_line_gets_one() -> None:
    published(made.effective_item("bazhou", "agency", "premium-subsidy"))
    client = officer("window", region="bazhou")
    start = text_of(client.get("/desk/start/"))
    assert "/desk/register/aid/" in start  # and not as a case without anybody in it
    assert 'name="start"' not in start
    sent = {
        "list": pasted(("试新人", made.new_number(6), "孤儿", "2026-02-01")), "batch": "民政〔2026〕3号", "year": "2026",
    }  # fmt: skip
    for _ in range(2):
        assert "已开办件" in text_of(client.post("/desk/register/aid/", sent))
    assert Case.objects.count() == 1
    assert client.post("/desk/register/aid/", {**sent, "batch": ""}).status_code == 422


# Rosters


def sheet(tmp_path: Path, *rows: list[str]) -> SimpleUploadedFile:
    path = tmp_path / "roster.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    for line, row in enumerate([["姓名", "证件号码", "居民类别", "参保年度"], *rows]):
        for column, cell in enumerate(row):
            page.write_string(line, column, cell)
    book.close()
    return SimpleUploadedFile("清平村.xlsx", path.read_bytes())


def upload(client: Client, file: Any, **more: str) -> Any:
    return client.post(
        "/desk/register/rosters/",
        {"kind": "village", "holder": "清平村", "region": REGION, "file": file, **more},
    )


def test_a_roster_is_checked_and_its_lines_explained(clerk: Client, tmp_path: Path) -> None:
    rows = [["试甲", made.new_number(11), "成年居民", "2026"], ["试乙", "12345", "成年居民", "2026"]]
    file = sheet(tmp_path, *rows)
    answer = upload(clerk, file)
    roster = Roster.objects.get()
    assert answer.url == f"/desk/register/rosters/{roster.pk}/"
    shown = text_of(clerk.get(answer.url))
    assert "试乙" in shown
    assert "证件号码" in shown
    assert "12345" not in shown
    assert str(roster.pk) in shown
    good = text_of(clerk.get(f"{answer.url}?status=good"))
    assert "试甲" in good
    assert made.new_number(11) not in good
    file.seek(0)
    assert upload(clerk, file).url == answer.url  # the same file is the same roster
    result = clerk.get(f"{answer.url}result/")
    assert result.content[:2] == b"PK"
    assert audited("revealed")


def test_what_is_no_roster_is_refused_in_words(clerk: Client, tmp_path: Path) -> None:
    answer = upload(clerk, SimpleUploadedFile("x.xlsx", b"not a sheet"))
    assert answer.status_code == 422
    assert "表格" in text_of(answer)
    assert "请选择表格文件" in text_of(
        clerk.post("/desk/register/rosters/", {"kind": "village", "holder": "x"})
    )
    nobody = upload(clerk, sheet(tmp_path, ["试甲", made.new_number(11), "成年居民", "2026"]), kind="unit")
    assert nobody.status_code == 422
    assert not Roster.objects.exists()


def test_a_village_sees_only_the_rosters_that_it_uploaded(clerk: Client, tmp_path: Path) -> None:
    upload(clerk, sheet(tmp_path, ["试甲", made.new_number(11), "成年居民", "2026"]))
    roster, village = Roster.objects.get(), officer("village")
    assert f"/rosters/{roster.pk}/" not in text_of(village.get("/desk/register/rosters/"))
    assert village.get(f"/desk/register/rosters/{roster.pk}/").status_code == 403


@pytest.mark.parametrize(
    ("role", "office", "holder", "may"),
    [
        ("village", "清平村", "清平村", True),
        ("village", "清平村", "东柳村", False),
        ("township", "柳镇", "柳镇东柳村", True),
        ("township", "柳镇", "清平村", True),  # it has entrusted that village
        ("township", "柳镇", "远山村", False),
        ("township", "", "远山村", True),  # the role is held at all offices
        ("window", "", "远山村", True),
    ],
)
def test_a_village_hands_in_the_roster_of_its_own_people(
    tmp_path: Path, role: str, office: str, holder: str, may: bool
) -> None:
    Entrustment.objects.create(region=REGION, village="清平村", township="柳镇", start_on="2026-01-01")
    client = officer(role, office=office)
    answer = upload(client, sheet(tmp_path, ["试甲", made.new_number(11), "成年居民", "2026"]), holder=holder)
    assert answer.status_code == (302 if may else 422)
    assert Roster.objects.exists() == may
    if not may:
        assert f"“{holder}”不是您所在的乡镇（街道）或村（社区），不能上传它的名册" in text_of(answer)


@pytest.mark.parametrize("role", ["township", "village"])
def test_grassroots_staff_hand_in_no_units_roster(tmp_path: Path, role: str) -> None:
    unit = made.unit(made.origin(), 1)
    file = sheet(tmp_path, ["试甲", made.new_number(11), "成年居民", "2026"])
    answer = upload(officer(role), file, kind="unit", holder=unit.credit_code)
    assert answer.status_code == 422
    assert "单位职工名册请由经办机构窗口上传" in text_of(answer)
    assert not Roster.objects.exists()


@pytest.mark.parametrize("kind", ["unit", "village"])
def test_an_empty_roster_to_fill_in(clerk: Client, kind: str) -> None:
    answer = clerk.get(f"/desk/register/rosters/template/{kind}/?region={REGION}")
    assert io.BytesIO(answer.content).read(2) == b"PK"


def test_a_mandate_may_be_limited_to_entries(clerk: Client, resident: Person) -> None:
    item = made.RESIDENT[2]
    clerk.post(f"/desk/register/person/{resident.pk}/helper/", {**helper(), "items": [item, "unheard-of"]})
    assert Helper.objects.get().items == [item]


def test_levies_of_another_region_cannot_be_made(resident: Person) -> None:
    unit = made.unit(made.origin(), 1)
    other = officer("window", region="bazhou")
    assert other.post(f"/desk/register/unit/{unit.pk}/levy/", {"month": "2026-02"}).status_code == 403
    assert levies.arrears(unit) == []
