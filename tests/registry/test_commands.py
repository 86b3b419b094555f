"""``jingban registry`` and ``jingban roster`` as a user of the machine calls them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner, Result

from jingban.audit.models import Entry
from jingban.cli import main
from jingban.core.money import to_yuan
from jingban.registry import accounts, commands, enrolments
from jingban.registry.models import Contribution, Levy, Person, Unit
from jingban.registry.models.enrolments import Kind
from jingban.registry.verify import faults
from tests.registry import factories as made

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_now", lambda: made.instant(made.DAY))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def worker() -> Person:
    origin = made.origin(day=date(2026, 1, 5))
    person = made.person(origin, 1, place="清平村")
    enrolments.enrol(
        origin, person, insurance="310", kind=Kind.EMPLOYEE, start_on=date(2026, 1, 1), unit=made.unit(origin, 1),
        wage=Decimal(5000),
    )  # fmt: skip
    return person


def test_a_person_is_shown_masked_and_the_look_is_written_down(worker: Person) -> None:
    done = run("registry", "person", "puyang", made.new_number(1))
    assert done.exit_code == 0, done.output
    assert worker.name in done.output
    assert made.new_number(1) not in done.output
    assert "职工基本医疗保险 在职职工 正常参保" in done.output
    assert "没有参保" in run("registry", "person", "puyang", worker.number, "--on", "2025-12-31").output
    assert [e.kind for e in Entry.objects.using("audit").order_by("id")] == ["searched", "read"] * 2


def test_the_full_number_wants_a_reason(worker: Person) -> None:
    refused = run("registry", "person", "puyang", made.new_number(1), "--full")
    assert refused.exit_code == 2
    assert "--reason" in refused.output
    done = run("registry", "person", "puyang", made.new_number(1), "--full", "--reason", "核对汇款")
    assert made.new_number(1) in done.output
    entry = Entry.objects.using("audit").get(kind="revealed")
    assert "核对汇款" in entry.detail


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("registry", "person", "atlantis", "1"), "没有地区"),
        (("registry", "person", "puyang", "999000198005010010"), "没有这个证件号码"),
        (("registry", "search", "puyang", " "), "请输入"),
        (("registry", "levy", "puyang", "x", "2026-02"), "单位"),
        (
            ("registry", "tax-confirm", "ZJ1", "--on", "2026-03-01", "--message", "T1", "--amount", "1.00"),
            "没有编号为ZJ1的征缴单",
        ),
        (("roster", "export", "puyang", "out.xlsx", "--reason", "x"), "--unit 或 --place"),
        (("roster", "result", "99", "out.xlsx", "--reason", "x"), "没有编号为99的名册"),
    ],
)
def test_what_is_impossible_is_one_clear_line(words: tuple[str, ...], told: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert told in done.output
    assert "Traceback" not in done.output


def test_people_and_units_are_found(worker: Person) -> None:
    assert worker.name in run("registry", "search", "puyang", worker.initials).output
    assert "试验第1有限公司" in run("registry", "search", "puyang", "试验").output
    assert worker.name in run("registry", "search", "puyang", "清平村").output
    assert "没有找到" in run("registry", "search", "puyang", "无此人").output


def test_from_the_levy_to_the_account(worker: Person) -> None:
    code = Unit.objects.get().credit_code
    assert "1人" in run("registry", "levy", "puyang", code, "2026-02").output
    levy = Levy.objects.get()
    due = str(to_yuan(levy.due_fen))
    bare = ("registry", "tax-confirm", levy.number, "--on", "2026-03-01", "--message", "T1")
    assert "amount" in run(*bare).output, "the amount is on every receipt"
    call = (*bare, "--amount", due)
    own = run(*call)
    assert (own.exit_code, "请由另一位同事登记" in own.output) == (2, True)
    Levy.objects.update(actor=22)  # a colleague at the desk issued it
    for _ in range(2):
        done = run(*call)
        assert done.exit_code == 0
        assert "已确认到账" in done.output
    assert Contribution.objects.count() == 1
    assert accounts.balance(worker) > 0
    again = run(*call[:-3], "T2", "--amount", due)
    assert again.exit_code == 1
    assert "没有重复入账" in again.output
    assert "不是月份" in run("registry", "levy", "puyang", code, "昨天").output
    assert "不是金额" in run(*bare, "--amount", "一元").output


def test_rows_that_may_be_one_person_are_listed(worker: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    made.person(made.origin(), 2, name=worker.name)  # the number differs in one digit and the check digit
    done = run("registry", "duplicates", "puyang")
    assert done.exit_code == 0, done.output
    assert "新发现1对，待定1对" in done.output
    assert done.output.count("999***********") == 2
    assert "新发现0对，待定1对" in run("registry", "duplicates", "puyang").output
    monkeypatch.setattr("jingban.registry.commands.PAIRS_SHOWN", 0)
    done = run("registry", "duplicates", "puyang")
    assert "另有1对" in done.output
    assert "新发现0对，待定1对" in done.output


def test_the_doctor_finds_what_was_changed_behind_the_history(worker: Person) -> None:
    accounts.credit(made.origin(), worker, Decimal(5), kind="levy", reference="x1")
    assert run("registry", "doctor", "--region", "puyang").exit_code == 0
    Person.objects.filter(pk=worker.pk).update(name="改过")
    done = run("registry", "doctor")
    assert done.exit_code == 1
    assert f"个人编号{worker.number}：姓名和变更记录不一致" in done.output
    assert list(faults("puyang", 0)) == []
    assert list(faults("bazhou")) == []


def test_a_sample_is_spread_over_the_register() -> None:
    origin = made.origin()
    for n in range(1, 12):
        made.person(origin, n)
    Person.objects.update(sex="female")  # they were registered as men
    assert len(list(faults("puyang", 5))) == 5
    assert len(list(faults("puyang", 100))) == 11


def test_a_roster_from_the_template_to_the_result(worker: Person, tmp_path: Path) -> None:
    blank, filled, out = (str(tmp_path / name) for name in ("blank.xlsx", "filled.xlsx", "out.xlsx"))
    assert run("roster", "template", "puyang", blank, "--kind", "village").exit_code == 0
    book = xlsxwriter.Workbook(filled)
    sheet = book.add_worksheet()
    rows = [
        ["姓名", "证件号码", "居民类别", "参保年度"],
        ["试甲", made.new_number(11), "成年居民", "2026"],
        ["试乙", "123", "成年居民", "2026"],
    ]
    for line, row in enumerate(rows):
        sheet.write_row(line, 0, row)
    book.close()
    done = run("roster", "check", filled, "--region", "puyang", "--kind", "village", "--holder", "清平村")
    assert done.exit_code == 0, done.output
    assert "2行，可登记1，无变化0，有误1" in done.output
    assert "第3行：" in done.output
    number = done.output.split("名册")[1].split("号")[0]
    assert "2行" in run("roster", "result", number, out, "--reason", "核对").output
    exported = run(
        "roster", "export", "puyang", out, "--unit", Unit.objects.get().credit_code, "--reason", "对账"
    )
    assert "1人" in exported.output
    assert "0人" in run("roster", "export", "puyang", out, "--place", "清平村", "--reason", "对账").output
    assert Entry.objects.using("audit").filter(kind="revealed").count() == 3
