"""Who is levied, by whom a month is paid, and what the tax department's word does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction
from pytest_django.fixtures import Settings

from jingban.audit.models import Entry
from jingban.core.checkdigit import is_valid
from jingban.core.parameters import Parameter
from jingban.registry import accounts, aid, contributions, enrolments, levies, persons, tax_notices
from jingban.registry.changes import opened
from jingban.registry.errors import OnlyIllustrative, RegistryError
from jingban.registry.levy_rates import by_illustrations
from jingban.registry.models import Change, IdentityDocument, Levy, Person, TaxNotice, Unit
from jingban.registry.origin import Origin
from tests.registry.factories import DAY, origin, person, tax_says, unit

pytestmark = pytest.mark.django_db

D = Decimal
JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


# a unit's levy


def _employee(o: Origin, at: Unit, n: int, start_on: date = JAN, wage: int | None = 6000) -> Person:
    who = person(o, n)
    enrolments.enrol(
        o,
        who,
        insurance="310",
        kind="1101",
        start_on=start_on,
        unit=at,
        wage=None if wage is None else D(wage),
    )
    return who


def _flexible(o: Origin, n: int, start_on: date = JAN) -> Person:
    who = person(o, n)
    enrolments.enrol(o, who, insurance="310", kind="1103", start_on=start_on, wage=D(5000))
    return who


def _on(levy: Levy) -> set[int]:
    return set(levy.lines.values_list("person_id", flat=True))


def test_a_units_levy_has_a_line_each_and_their_sums() -> None:
    o, one = origin(case=7), unit(origin())
    people = [_employee(o, one, 1), _employee(o, one, 2, wage=3000), _employee(o, one, 3, wage=None)]
    levy = levies.issue_for_unit(o, one, date(2026, 2, 17))
    assert (levy.start_on, levy.end_on, levy.insurance) == (FEB, date(2026, 2, 28), "310")
    assert [(x.person, x.base_fen, x.unit_fen, x.person_fen) for x in levy.lines.order_by("id")] == [
        (people[0], 600_000, 48_000, 12_000),
        (people[1], 420_000, 33_600, 8_400),
        (people[2], 700_000, 56_000, 14_000),
    ]
    assert (levy.headcount, levy.unit_fen, levy.person_fen, levy.due_fen) == (3, 137_600, 34_400, 172_000)
    assert levy.number.startswith("ZJ410928-20260302-")
    assert is_valid(levy.number.removeprefix("ZJ"))
    change = opened(Change.objects.get(register="levy"))
    assert (change.unit, change.case, change.after["headcount"]) == (one.pk, 7, 3)
    assert levies.arrears(one) == [levy]


def test_who_does_not_pay_is_not_levied() -> None:
    o, one = origin(), unit(origin())
    stays, paused, left, later = (_employee(o, one, n) for n in (1, 2, 3, 4))
    enrolments.suspend(o, paused, FEB)
    enrolments.end(o, left, date(2026, 1, 31), "quit")
    enrolments.end(o, later, FEB, "quit")
    begins = _employee(o, one, 5, start_on=MAR)
    assert _on(levies.issue_for_unit(o, one, FEB)) == {stays.pk, later.pk}, "one day of the month is enough"
    assert _on(levies.issue_for_unit(o, one, MAR)) == {stays.pk, begins.pk}


def test_a_retired_person_is_levied_only_for_the_month_in_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolments, "_refuse_short", lambda *args: None)
    o, one = origin(), unit(origin())
    who = _employee(o, one, 1)
    enrolments.retire(o, who, date(2026, 2, 10))
    assert _on(levies.issue_for_unit(o, one, FEB)) == {who.pk}
    with pytest.raises(levies.NobodyToLevy, match="2026年3月没有需要缴费的在职职工"):
        levies.issue_for_unit(o, one, MAR)


def test_a_refused_issue_leaves_the_open_levy_alone() -> None:
    o, one = origin(), unit(origin())
    who = _employee(o, one, 1, start_on=MAR)
    levy = levies.issue_for_unit(o, one, MAR)
    enrolments.suspend(o, who, MAR)
    with pytest.raises(levies.NobodyToLevy):
        levies.issue_for_unit(o, one, MAR)
    assert levies.arrears(one) == [levy]


def test_a_second_issue_takes_the_place_of_an_unpaid_one() -> None:
    o, one = origin(), unit(origin())
    first_person = _employee(o, one, 1)
    first = levies.issue_for_unit(o, one, FEB)
    second_person = _employee(o, one, 2)
    second = levies.issue_for_unit(o, one, FEB)
    first.refresh_from_db()
    assert (first.status, second.status) == ("void", "issued")
    assert _on(second) == {first_person.pk, second_person.pk}
    assert levies.arrears(one) == [second]
    (change,) = [opened(c) for c in Change.objects.filter(register="levy", field="status")]
    assert (change.row, change.before, change.after) == (first.pk, "issued", "void")


def test_after_a_paid_levy_only_new_people_are_levied() -> None:
    o, one = origin(), unit(origin())
    _employee(o, one, 1)
    paid = levies.issue_for_unit(o, one, FEB)
    tax_says(o, paid.number, paid_on=DAY, message="t1")
    with pytest.raises(levies.MonthPaid, match="2026年2月的征缴单已经到账，也没有新增人员"):
        levies.issue_for_unit(o, one, FEB)
    assert levies.bring_up_to_date(o, one, FEB) is None
    new = _employee(o, one, 2)
    extra = levies.issue_for_unit(o, one, FEB)
    assert _on(extra) == {new.pk}
    paid.refresh_from_db()
    assert paid.status == "paid"
    another = _employee(o, one, 3)
    assert _on(levies.issue_for_unit(o, one, FEB)) == {new.pk, another.pk}


def test_when_the_last_one_leaves_the_unpaid_levy_goes() -> None:
    o, one = origin(), unit(origin())
    who = _employee(o, one, 1, start_on=MAR)
    levy = levies.issue_for_unit(o, one, MAR)
    enrolments.suspend(o, who, MAR)
    assert levies.bring_up_to_date(o, one, MAR) is None
    levy.refresh_from_db()
    assert levy.status == "void"
    assert levies.arrears(one) == []


def test_the_last_employer_of_a_month_pays_it_once() -> None:
    o, first, second = origin(), unit(origin(), 1), unit(origin(), 2)
    who, stays = _employee(o, first, 1), _employee(o, first, 2)
    _employee(o, second, 3)
    early = levies.issue_for_unit(o, first, FEB)
    enrolments.end(o, who, date(2026, 2, 10), "quit")
    enrolments.enrol(
        o, who, insurance="310", kind="1101", start_on=date(2026, 2, 11), unit=second, wage=D(6000)
    )
    assert who.pk not in _on(levies.issue_for_unit(o, second, FEB)), "still on the first employer's open levy"
    assert _on(levies.issue_for_unit(o, first, FEB)) == {stays.pk}
    assert who.pk in _on(levies.issue_for_unit(o, second, FEB))
    early.refresh_from_db()
    assert early.status == "void"


def test_a_month_that_is_on_record_is_not_levied_again() -> None:
    o, one = origin(), unit(origin())
    moved, other = _employee(o, one, 1), _employee(o, one, 2)
    contributions.add(o, moved, insurance="310", first=FEB, last=FEB, place="130284")
    assert _on(levies.issue_for_unit(o, one, FEB)) == {other.pk}


def test_an_employer_takes_over_a_flexible_workers_open_levy() -> None:
    o, one = origin(), unit(origin())
    who = _flexible(o, 1)
    own = levies.levy_flexible(o, who, FEB)
    assert own is not None
    enrolments.enrol(o, who, insurance="310", kind="1101", start_on=date(2026, 2, 10), unit=one, wage=D(6000))
    assert _on(levies.issue_for_unit(o, one, FEB)) == {who.pk}
    own.refresh_from_db()
    assert own.status == "void"
    assert levies.levy_flexible(o, who, FEB) is None


@pytest.mark.parametrize("month", [date(2026, 5, 1), date(2027, 1, 1)])
def test_a_month_too_far_ahead_is_refused(month: date) -> None:
    o, one = origin(), unit(origin())
    _employee(o, one, 1)
    assert levies.issue_for_unit(o, one, date(2026, 4, 30)).start_on == date(2026, 4, 1)
    assert levies.is_early(o, month)
    with pytest.raises(levies.LevyWrong, match="征缴单最早在所属月份的上个月生成"):
        levies.issue_for_unit(o, one, month)


def test_the_database_holds_one_open_levy_a_unit_and_month() -> None:
    o, one = origin(), unit(origin())
    _employee(o, one, 1)
    levy = levies.issue_for_unit(o, one, FEB)
    levy.pk, levy.number = None, "ZJ-other"
    with pytest.raises(IntegrityError), transaction.atomic():
        levy.save(force_insert=True)


# a person's levy


def test_a_flexible_worker_is_levied_alone() -> None:
    o = origin()
    who = _flexible(o, 1)
    levy = levies.levy_flexible(o, who, MAR)
    assert levy is not None
    assert (levy.person, levy.unit, levy.headcount) == (who, None, 1)
    assert (levy.unit_fen, levy.person_fen) == (0, 40_000)
    assert levies.arrears_of_person(who) == [levy]
    again = levies.levy_flexible(o, who, MAR)
    assert levies.arrears_of_person(who) == [again]
    enrolments.suspend(o, who, MAR)
    assert levies.levy_flexible(o, who, MAR) is None
    assert levies.arrears_of_person(who) == []


def test_a_residents_levy_carries_its_subsidy() -> None:
    o, who = origin(), person(origin())
    amount, subsidy = levies.resident_premium("puyang", 2026, "minimum-living")
    levy = levies.issue_for_person(
        o, who, insurance="390", first=JAN, last=date(2026, 12, 1), amount=amount, subsidy=subsidy
    )
    assert (levy.start_on, levy.end_on) == (JAN, date(2026, 12, 31))
    assert (levy.person_fen, levy.subsidy_fen, levy.due_fen) == (16_000, 24_000, 16_000)
    other = levies.issue_for_person(o, who, insurance="390", first=JAN, last=date(2026, 12, 1), amount=D(400))
    levy.refresh_from_db()
    assert levy.status == "void"
    notice = tax_says(o, other.number, paid_on=DAY, message="t1")
    assert notice.applied
    assert contributions.months(who, insurance="390").paid == 12
    assert accounts.balance(who) == 0, "residents have no personal account"
    with pytest.raises(levies.MonthPaid, match="2026年5月至2026年12月已有缴费记录"):
        levies.issue_for_person(
            o, who, insurance="390", first=date(2026, 5, 1), last=date(2026, 12, 1), amount=D(400)
        )


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ({"amount": D("-1")}, "不能小于零"),
        ({"amount": D(0)}, "不能都是零"),
        ({"amount": D(1), "subsidy": D("-1")}, "不能小于零"),
        ({"amount": D(1), "last": date(2025, 12, 1)}, "止月早于起月"),
        ({"amount": D(1), "first": date(1980, 4, 1)}, "早于试安宁的出生月份"),
    ],
)
def test_an_impossible_levy_is_refused(rest: dict[str, object], words: str) -> None:
    said: dict[str, object] = {"insurance": "390", "first": JAN, "last": JAN, **rest}
    with pytest.raises(levies.LevyWrong, match=words):
        levies.issue_for_person(origin(), person(origin(), 1), **said)  # type: ignore[arg-type]
    assert not Levy.objects.exists()


def test_nobody_pays_what_the_employer_is_levied_for() -> None:
    o, one = origin(), unit(origin())
    who = _employee(o, one, 1)
    levies.issue_for_unit(o, one, FEB)
    with pytest.raises(levies.LevyWrong, match="已列入试验第1有限公司的征缴单ZJ"):
        levies.issue_for_person(o, who, insurance="310", first=FEB, last=FEB, amount=D(100))


# the tax department's word


def _paid(o: Origin, n: int = 2) -> tuple[Levy, list[Person]]:
    one = unit(o)
    people = [_employee(o, one, k) for k in range(1, n + 1)]
    return levies.issue_for_unit(o, one, FEB), people


def test_a_confirmation_puts_months_on_record_and_credits_the_own_part() -> None:
    o = origin()
    levy, people = _paid(o)
    notice = tax_says(o, levy.number, paid_on=date(2026, 2, 27), message="t1", amount=D("1200.00"))
    assert (notice.applied, notice.levy) == (True, levy)
    assert notice.answer == f"征缴单{levy.number}已确认到账。"
    levy.refresh_from_db()
    assert (levy.status, levy.paid_on, levy.message) == ("paid", date(2026, 2, 27), "t1")
    for who in people:
        (run,) = contributions.spans(who)
        assert (run.start_on, run.end_on) == (FEB, date(2026, 2, 28))
        assert (run.base_fen, run.unit, run.place, run.source) == (600_000, levy.unit, "410928", "tax")
        assert accounts.balance(who) == D("120.00")
    assert levies.arrears(levy.unit) == []  # type: ignore[arg-type]


@pytest.mark.django_db(databases=["default", "audit"])
def test_who_issued_a_levy_does_not_say_that_it_was_paid() -> None:
    o = origin()
    levy, people = _paid(o)
    said = {"paid_on": DAY, "message": "t1", "amount": D("1200.00")}
    with pytest.raises(tax_notices.OwnLevy, match="请由另一位同事登记"):
        levies.confirmed(o, levy.number, **said)  # type: ignore[arg-type]
    assert (TaxNotice.objects.count(), accounts.balance(people[0])) == (0, 0)
    entry = Entry.objects.get()
    assert (entry.kind, entry.actor, entry.subject) == ("refused", o.actor, f"levy:{levy.number}")
    assert tax_says(o, levy.number).applied, "the same receipt from a colleague counts"
    again = levies.confirmed(o, levy.number, **said)  # type: ignore[arg-type]
    assert again.applied, "who asks again what was recorded gets the same answer"


def test_the_tax_departments_own_signature_needs_no_second_hand() -> None:
    o = origin()
    levy, _ = _paid(o)
    assert levies.confirmed(
        o, levy.number, paid_on=DAY, message="t1", amount=D("1200.00"), signed=True
    ).applied


def test_payments_come_in_any_order() -> None:
    o = origin(day=date(2026, 4, 1))
    one = unit(o)
    worker = _employee(o, one, 1)
    numbers = [levies.issue_for_unit(o, one, month).number for month in (JAN, FEB, MAR)]
    for number in reversed(numbers):
        assert tax_says(o, number, message=number).applied
    (run,) = contributions.spans(worker)
    assert (run.start_on, run.end_on) == (JAN, date(2026, 3, 31))


def test_the_same_message_again_changes_nothing() -> None:
    o = origin()
    levy, people = _paid(o)
    first = tax_says(o, levy.number, paid_on=DAY, message="t1")
    rows = Change.objects.count()
    again = tax_says(origin(day=date(2026, 4, 1)), levy.number, paid_on=date(2026, 3, 9), message="t1")
    assert again == first
    assert (Change.objects.count(), TaxNotice.objects.count()) == (rows, 1)
    assert accounts.balance(people[0]) == D("120.00")
    assert Levy.objects.get(pk=levy.pk).paid_on == DAY


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ({"number": "ZJ000000-20260101-0000001"}, "没有编号为ZJ000000-20260101-0000001的征缴单"),
        ({"paid_on": date(2026, 3, 3)}, "到账日2026年3月3日还没有到"),
        ({"amount": D("1199.99")}, "应缴1,200.00元（示例值），回执是1,199.99元，金额不符"),
    ],
    ids=["unknown", "future", "amount"],
)
def test_what_cannot_be_applied_is_answered_and_kept(rest: dict[str, object], words: str) -> None:
    o = origin()
    levy, people = _paid(o)
    said: dict[str, object] = {"number": levy.number, "paid_on": DAY, "message": "t1", **rest}
    notice = tax_says(o, **said)  # type: ignore[arg-type]
    assert (notice.applied, "没有入账" in notice.answer, words in notice.answer) == (False, True, True)
    assert tax_says(o, **said) == notice  # type: ignore[arg-type]
    assert TaxNotice.objects.count() == 1
    assert (Levy.objects.get(pk=levy.pk).status, accounts.balance(people[0])) == ("issued", 0)
    assert tax_says(o, levy.number, paid_on=DAY, message="t2").applied, "a new message can put it right"


def test_a_void_levy_names_the_one_in_its_place() -> None:
    o = origin()
    old, people = _paid(o)
    assert old.unit is not None
    new = levies.issue_for_unit(o, old.unit, FEB)
    notice = tax_says(o, old.number, paid_on=DAY, message="t1")
    assert not notice.applied
    assert f"已经作废，没有入账；请按现行征缴单{new.number}核对" in notice.answer
    for who in people:
        enrolments.end(o, who, date(2026, 1, 31), "quit")
    assert levies.bring_up_to_date(o, old.unit, FEB) is None
    assert "已收的请退还缴费人" in tax_says(o, new.number, paid_on=DAY, message="t2").answer


def test_a_levy_is_paid_once() -> None:
    o = origin()
    levy, people = _paid(o)
    tax_says(o, levy.number, paid_on=DAY, message="t1")
    second = tax_says(o, levy.number, paid_on=DAY, message="t2")
    assert not second.applied
    assert "已于2026年3月2日确认到账（回执t1），没有重复入账" in second.answer
    assert accounts.balance(people[0]) == D("120.00")


def test_a_message_stands_for_one_levy() -> None:
    o = origin()
    levy, _ = _paid(o)
    assert levy.unit is not None
    other = levies.issue_for_unit(o, levy.unit, MAR)
    tax_says(o, levy.number, paid_on=DAY, message="t1")
    notice = tax_says(o, other.number, paid_on=DAY, message="t1")
    assert (notice.applied, f"已经用于征缴单{levy.number}" in notice.answer) == (False, True)
    assert tax_says(o, other.number, paid_on=DAY, message="t2").applied


@pytest.mark.parametrize(
    ("number", "message"), [("", "t1"), ("ZJ1", " "), ("ZJ1", "t" * 65), ("Z" * 41, "t1")]
)
def test_what_is_no_message_is_refused(number: str, message: str) -> None:
    with pytest.raises(RegistryError, match="须为1至"):
        tax_says(origin(), number, paid_on=DAY, message=message)
    assert not TaxNotice.objects.exists()


def test_another_region_does_not_know_the_levy() -> None:
    levy, _ = _paid(origin())
    assert "没有编号为" in tax_says(origin("luanzhou"), levy.number, paid_on=DAY, message="t1").answer
    assert tax_says(origin(), levy.number, paid_on=DAY, message="t1").applied, "messages are a region's own"


def test_a_month_that_came_from_elsewhere_meanwhile_counts_once() -> None:
    o = origin()
    levy, (moved, other) = _paid(o)
    contributions.add(o, moved, insurance="310", first=FEB, last=FEB, place="130284")
    notice = tax_says(o, levy.number, paid_on=DAY, message="t1")
    assert notice.applied
    assert "其中1人的月份已有缴费记录或不能计入" in notice.answer
    assert (contributions.months(moved).paid, contributions.months(other).paid) == (1, 1)
    assert (accounts.balance(moved), accounts.balance(other)) == (D(0), D("120.00"))


def test_what_is_paid_for_months_after_a_death_goes_back() -> None:
    o, who = origin(day=date(2026, 6, 1)), person(origin())
    levy = levies.issue_for_person(o, who, insurance="390", first=JAN, last=date(2026, 12, 1), amount=D(400))
    persons.died(o, who, date(2026, 4, 20))
    notice = tax_says(o, levy.number, paid_on=date(2026, 6, 1), message="t1")
    assert (notice.applied, "其中1人" in notice.answer) == (True, True)
    assert contributions.months(who).paid == 4


def test_the_months_of_a_merged_row_go_to_the_one_that_was_kept() -> None:
    o = origin()
    levy, (gone, kept) = _paid(o)
    enrolments.end(o, gone, DAY, "merged")
    IdentityDocument.objects.filter(person=gone).update(end_on=DAY)
    Person.objects.filter(pk=gone.pk).update(merged_into=kept)
    tax_says(o, levy.number, paid_on=DAY, message="t1")
    assert contributions.months(kept).paid == 1
    assert (accounts.balance(kept), contributions.spans(gone)) == (D("120.00"), [])


@pytest.mark.parametrize(("has_account", "balance"), [(False, D(0)), (True, D("100.00"))])
def test_a_flexible_worker_has_an_account_only_where_the_region_says_so(
    monkeypatch: pytest.MonkeyPatch, has_account: bool, balance: Decimal
) -> None:
    monkeypatch.setattr(tax_notices, "flexible_has_account", lambda *args: has_account)
    o = origin()
    who = _flexible(o, 1)
    levy = levies.levy_flexible(o, who, FEB)
    assert levy is not None
    assert tax_says(o, levy.number, paid_on=DAY, message="t1").applied
    assert (contributions.months(who).paid, accounts.balance(who)) == (1, balance)


def test_the_confirmation_is_on_record_with_its_source() -> None:
    o = origin()
    levy, _ = _paid(o, 1)
    tax_says(o, levy.number, paid_on=date(2026, 2, 27), message="t1")
    change = opened(Change.objects.get(register="levy", field="status"))
    assert (change.before, change.after, change.source) == ("issued", "paid", "tax")
    assert change.valid_from == date(2026, 2, 27)


@pytest.mark.parametrize("columns", [{"status": "paid"}, {"unit_fen": -1}, {"unit": None}])
def test_the_database_refuses_impossible_levies(columns: dict[str, object]) -> None:
    levy, _ = _paid(origin())
    with pytest.raises(IntegrityError), transaction.atomic():
        Levy.objects.filter(pk=levy.pk).update(**columns)


# many at once


def _at_once(*calls: Callable[[], object]) -> None:
    """Run each in a thread with a connection of its own, all starting together."""
    ready, errors = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            ready.wait()
            call()
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("messages", [["t1"] * 4, ["t1", "t2", "t3", "t4"]], ids=["the same", "different"])
def test_a_levy_confirmed_from_four_sides_is_paid_once(messages: list[str]) -> None:
    o = origin()
    levy, people = _paid(o)
    heard: list[TaxNotice] = []
    _at_once(
        *[
            lambda m=m: heard.append(tax_says(o, levy.number, paid_on=DAY, message=m))  # type: ignore[misc]
            for m in messages
        ]
    )
    assert TaxNotice.objects.filter(applied=True).count() == 1
    assert len({notice.pk for notice in heard}) == len(set(messages))
    assert {accounts.balance(who) for who in people} == {D("120.00")}
    assert {contributions.months(who).paid for who in people} == {1}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_levy_issued_from_four_sides_is_open_once() -> None:
    o, one = origin(), unit(origin())
    _employee(o, one, 1)
    _at_once(*[lambda: levies.issue_for_unit(o, Unit.objects.get(pk=one.pk), FEB)] * 4)
    assert len(levies.arrears(one)) == 1
    assert Levy.objects.filter(status="void").count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(6))
def test_a_flexible_workers_levy_is_either_paid_or_replaced(turn: int) -> None:
    o = origin()
    who = _flexible(o, 1)
    levy = levies.levy_flexible(o, who, FEB)
    assert levy is not None
    number, notices = levy.number, []
    calls: list[Callable[[], object]] = [
        lambda: levies.levy_flexible(o, who, FEB),
        lambda: notices.append(tax_says(o, number, paid_on=DAY, message="t1")),
    ]
    _at_once(*(calls if turn % 2 else calls[::-1]))
    levy.refresh_from_db()
    assert levy.status == ("paid" if notices[0].applied else "void")
    assert len(levies.arrears_of_person(who)) == (0 if notices[0].applied else 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(6))
def test_a_levy_is_either_paid_or_replaced(turn: int) -> None:
    o = origin()
    levy, people = _paid(o)
    assert levy.unit is not None
    at = levy.unit.pk
    notices: list[TaxNotice] = []

    def issue() -> None:
        with suppress(levies.MonthPaid):
            levies.issue_for_unit(o, Unit.objects.get(pk=at), FEB)

    def confirm() -> None:
        notices.append(tax_says(o, levy.number, paid_on=DAY, message="t1"))

    _at_once(*([issue, confirm] if turn % 2 else [confirm, issue]))
    levy.refresh_from_db()
    assert levy.status == ("paid" if notices[0].applied else "void")
    assert len(levies.arrears(Unit.objects.get(pk=at))) == (0 if notices[0].applied else 1)
    assert {contributions.months(who).paid for who in people} == {1 if notices[0].applied else 0}


# illustrative figures


def _all_verified(self: Parameter, day: date) -> str:
    return "verified"


def test_where_people_really_pay_nobody_is_levied_by_illustrations(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    o, one = origin(), unit(origin())
    _employee(o, one, 1)
    own, poor = _flexible(o, 2), person(o, 3)
    trial = levies.issue_for_unit(o, one, FEB)
    settings.JINGBAN_PAYS_ILLUSTRATIVE = False
    for act in (
        lambda: levies.issue_for_unit(o, one, FEB),
        lambda: levies.levy_flexible(o, own, FEB),
        lambda: aid.enrol(o, poor, "minimum-living", year=2026),
    ):
        with pytest.raises(OnlyIllustrative, match="不能据以生成征缴单；请按正式文件核定参数") as told:
            act()
        assert all(name.startswith("levy-") for name in told.value.details["parameters"])
    assert [levy.pk for levy in Levy.objects.exclude(status="void")] == [trial.pk], "and nothing else went"
    left_over = tax_says(o, trial.number)
    assert (left_over.applied, "是按示例值生成的，不能据以入账" in left_over.answer) == (False, True)
    monkeypatch.setattr(Parameter, "status_at", _all_verified)
    real = levies.issue_for_unit(o, one, FEB)
    assert levies.levy_flexible(o, own, FEB) is not None
    assert by_illustrations([trial, real]) == {trial.pk}, "what was verified later changes no earlier levy"


def test_nobody_vouches_for_a_levy_of_which_nothing_was_kept() -> None:
    o, one = origin(), unit(origin())
    _employee(o, one, 1)
    levy = levies.issue_for_unit(o, one, FEB)
    levy.pk += 1
    assert by_illustrations([levy]) == {levy.pk}
    assert by_illustrations([]) == frozenset()
