"""Moving insurance: sheets, months never lost or doubled, balances on the books, both registers right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from jingban.audit.models import Entry
from jingban.ledger import service as ledger
from jingban.registry import accounts, certificates, contributions, enrolments, sheets, transfers
from jingban.registry.changes import of_case
from jingban.registry.errors import NotEnrolled, RegistryError
from jingban.registry.models import Issued, Person, Source, TransferSheet
from jingban.registry.origin import Origin
from jingban.registry.sheets import SheetWrong
from tests.registry.factories import instant, new_number, origin, person, unit, who, work

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

D = Decimal
OLD, NEW, NEAR = "puyang", "luanzhou", "qinhuangdao"
OLD_CODE, NEW_CODE, NEAR_CODE = "410928", "130284", "130300"
DAY = date(2026, 3, 2)
TRANSFER, TRACKS = (NEAR, "agency", "transfer"), (NEW, "agency", "transfer")
ANSWER = (OLD, "agency", "transfer")


def _insured(
    region: str = OLD, n: int = 1, *, balance: str = "120.50", stop: date | None = date(2026, 2, 28)
) -> Person:
    """An employee of the region for four years, stopped, with a balance."""
    o = replace(origin(region), at=instant(date(2022, 3, 1)))
    p = person(o, n)
    enrolments.enrol(
        o, p, insurance="310", kind="1101", start_on=date(2022, 3, 1), unit=unit(o, n + 50), wage=D(5000)
    )
    code = certificates.agency_of(region).place
    late = origin(region, date(2026, 2, 1))
    months = (date(2022, 3, 1), date(2026, 2, 1))
    contributions.add(late, p, insurance="310", first=months[0], last=months[1], base=D(5000), place=code)
    if D(balance):
        accounts.credit(late, p, D(balance), kind="levy", reference=f"levy:{region}:{n}")
    if stop:
        enrolments.end(replace(o, at=instant(stop)), p, stop, "left")
    return p


def _newly(region: str = NEW, n: int = 1, day: date = date(2026, 3, 1)) -> Person:
    """The same person, enrolled at the new place."""
    o = replace(origin(region), at=instant(DAY))
    p = person(o, n)
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=day, unit=unit(o, n + 50), wage=D(6000))
    return p


def _letter(number: str = "LH1", **rest: Any) -> transfers.Letter:
    said = {"number": number, "transferee": sheets.Agency(place=NEW_CODE, name="转入"), "insurance": "310"}
    return transfers.Letter(**{**said, **rest})


def _months(p: Person) -> tuple[int, int]:
    found = contributions.months(p)
    return found.paid, found.deemed


def _held(o: Origin, code: str) -> Decimal:
    return ledger.balance(accounts.chart(o)[code])


def _sheet(p: Person, **rest: Any) -> dict[str, Any]:
    """What another place says of a person: two years paid there, one gap."""
    body: dict[str, Any] = {
        "letter_number": "LH9",
        "person": certificates.identity_of(p),
        "transferor": {"place": OLD_CODE, "name": "转出"},
        "transferee": {"place": NEW_CODE},
        "insurance": "310",
        "periods": [
            _period("2022-01", "2022-12", 12),
            _period("2023-03", "2024-02", 12, base="4800.00"),
            _period("2021-07", "2021-12", 6, kind="deemed", base=None),
        ],
        "months_paid": 24,
        "months_deemed": 6,
        "interruptions": [{"first": "2023-01", "last": "2023-02", "months": 2}],
        "account_balance": "88.80",
        "transfer_amount": "88.80",
        "date": "2026-03-02",
    }
    return {**body, **rest}


def _period(first: str, last: str, months: int, **rest: Any) -> dict[str, Any]:
    like = {"insurance": "310", "kind": "paid", "base": "4500.00", "place": OLD_CODE}
    return {**like, "first": first, "last": last, "months": months, **rest}


# ---- what the old place says


def test_a_sheet_says_the_months_the_gaps_and_the_balance() -> None:
    p = _insured()
    contributions.add(
        origin(OLD),
        p,
        insurance="310",
        first=date(2021, 1, 1),
        last=date(2021, 6, 1),
        deemed=True,
        place=OLD_CODE,
    )
    sheet = transfers.make_sheet(origin(OLD), p, _letter())
    assert (sheet.months_paid, sheet.months_deemed) == (48, 6)
    assert [(i.first, i.last, i.months) for i in sheet.interruptions] == [("2021-07", "2022-02", 8)]
    assert [(x.first, x.last, x.months, x.kind, x.base) for x in sheet.periods] == [
        ("2021-01", "2021-06", 6, "deemed", None),
        ("2022-03", "2026-02", 48, "paid", "5000.00"),
    ]
    assert (sheet.account_balance, sheet.transfer_amount, sheet.result) == ("120.50", "120.50", "arrived")
    assert (sheet.transferor.place, sheet.transferee.place) == (OLD_CODE, NEW_CODE)
    assert sheet.last_insured_on == date(2026, 2, 28)
    assert sheet.person.id_number == new_number(1)


def test_no_money_goes_with_who_leaves_it() -> None:
    sheet = transfers.make_sheet(origin(OLD), _insured(), _letter(move_account=False))
    assert (sheet.account_balance, sheet.transfer_amount, sheet.result) == ("120.50", "0.00", "no-balance")


def test_a_letter_is_answered_once_and_the_balance_waits_to_be_paid() -> None:
    p, o = _insured(), origin(OLD, case=5)
    row = transfers.hand_out(o, p, _letter(), case=5, stated="some")
    assert transfers.sheet_of(5, "out") == sheets.opened(row).model_dump(mode="json")
    assert transfers.sheet_of(5, "in") is None
    assert accounts.balance(p) == D(0)
    assert _held(o, accounts.OUTGOING) == D("120.50")
    assert enrolments.on(p, DAY) is None
    assert _months(p) == (48, 0), "the old register keeps what it had"
    assert {c.register for c in of_case(5)} == {"account", "transfersheet"}
    elsewhere = _letter("LH2", transferee=sheets.Agency(place=NEAR_CODE))
    with pytest.raises(transfers.AlreadyMoved, match="已于2026年3月2日转出（函号LH1）"):
        transfers.hand_out(o, p, elsewhere, case=6)


def test_the_place_that_has_the_months_may_ask_for_a_corrected_sheet() -> None:
    p, o = _insured(), origin(OLD)
    transfers.hand_out(o, p, _letter("LH1"), case=5, stated="some")
    accounts.credit(o, p, D("3.30"), kind="levy", reference="late")
    contributions.add(o, p, insurance="310", first=date(2022, 1, 1), last=date(2022, 2, 1), place=OLD_CODE)
    transfers.hand_out(o, p, _letter("LH2"), case=6, stated="some")
    sheet = sheets.checked(transfers.sheet_of(6, "out") or {})
    assert (sheet.months_paid, sheet.amount) == (50, D("123.80")), "what was paid over before is said again"
    assert (accounts.balance(p), _held(o, accounts.OUTGOING)) == (D(0), D("123.80")), "and not paid again"


def test_fees_must_be_stopped_first() -> None:
    p = _insured(stop=None)
    with pytest.raises(transfers.FeesRunning, match="没有停保，不能转出；请先在转出地办理停保"):
        transfers.hand_out(origin(OLD), p, _letter(), case=5)
    enrolments.suspend(origin(OLD), p, DAY)
    transfers.hand_out(origin(OLD, date(2026, 3, 3)), p, _letter(), case=5)
    assert enrolments.on(p, date(2026, 3, 4)) is None, "what was suspended is ended"
    assert transfers.sheet_of(5, "out")["last_insured_on"] == "2026-03-01"  # type: ignore[index]


def test_an_enrolment_that_is_to_begin_counts_as_running() -> None:
    p = _insured()
    enrolments.enrol(origin(OLD), p, insurance="310", kind="1103", start_on=date(2026, 4, 1))
    with pytest.raises(transfers.FeesRunning):
        transfers.hand_out(origin(OLD), p, _letter(), case=5)


def test_somebody_never_insured_has_nothing_to_hand_over() -> None:
    with pytest.raises(NotEnrolled, match="没有可以转出的"):
        transfers.hand_out(origin(OLD), person(origin(OLD)), _letter(), case=5)


@pytest.mark.parametrize(
    ("balance", "stated", "move", "words"),
    [
        ("120.50", "none", True, r"余额是120\.50元.*改选“个人账户有余额”"),
        ("0", "some", True, r"余额是0\.00元.*改选“个人账户无余额”"),
        ("120.50", "some", False, "来函写明不转移个人账户"),
    ],
)
def test_what_the_act_says_of_the_account_must_be_what_the_books_say(
    balance: str, stated: str, move: bool, words: str
) -> None:
    p = _insured(balance=balance)
    with pytest.raises(transfers.BalanceStatedWrong, match=words):
        transfers.hand_out(origin(OLD), p, _letter(move_account=move), case=5, stated=stated)
    assert accounts.balance(p) == D(balance)
    assert not TransferSheet.objects.exists()


def test_who_came_back_may_move_again() -> None:
    p = _insured()
    transfers.hand_out(origin(OLD), p, _letter(), case=5)
    later = origin(OLD, date(2026, 6, 1))
    enrolments.enrol(later, p, insurance="310", kind="1103", start_on=date(2026, 6, 1))
    enrolments.end(origin(OLD, date(2026, 6, 30)), p, date(2026, 6, 30), "left")
    transfers.hand_out(origin(OLD, date(2026, 7, 1)), p, _letter("LH2"), case=6, stated="none")
    assert TransferSheet.objects.filter(direction="out").count() == 2


# ---- what the new place takes


def test_a_sheet_is_kept_once_and_changes_nothing_until_it_is_taken_over() -> None:
    p, o = _newly(), origin(NEW)
    body = _sheet(p)
    first = transfers.receive_sheet(o, 8, body)
    assert transfers.receive_sheet(origin(NEW, date(2026, 3, 9)), 8, body) == first
    assert TransferSheet.objects.count() == 1
    assert (_months(p), accounts.balance(p)) == ((0, 0), D(0))
    got = transfers.sheet_of(8, "in")
    assert got is not None
    assert got["periods"][1]["base"] == "4800.00"
    with pytest.raises(SheetWrong, match="函号LH9的《信息表》已经登记，这次的内容不同"):
        transfers.receive_sheet(o, 8, {**body, "account_balance": "99.00"})
    with pytest.raises(SheetWrong, match="已经登记"):
        transfers.receive_sheet(o, 9, body)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"months_paid": 25}, "明细合计实际24、视同6个月，写的是实际25"),
        ({"transfer_amount": "100.00"}, "划转金额大于个人账户余额"),
        ({"periods": []}, "明细合计实际0"),
        ({"account_balance": "12.5"}, "个人账户余额：格式不对"),
        ({"surprise": 1}, "surprise：不认识这一项"),
        ({"version": 2}, "版本：格式不对"),
        ({"insurance": "999"}, "险种：格式不对"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused_with_all_its_faults(
    change: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(SheetWrong, match=words):
        transfers.receive_sheet(origin(NEW), 8, {**_sheet(_newly()), **change})


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (_period("2022-06", "2022-07", 2), "2022年6月至2022年7月重复"),
        (_period("2024-07", "2024-06", 1), "不是可以缴费的月份"),
        (_period("2029-01", "2029-01", 1), "不是可以缴费的月份"),
        (_period("2025-01", "2025-03", 2), "应为3个月，写的是2个月"),
        (_period("2025-1", "2025-03", 3), "缴费明细的第1条的起始年月：格式不对"),
        ({"insurance": "310"}, "缴费明细的第1条的起始年月：没有填写"),
    ],
)
def test_a_wrong_period_is_named(period: dict[str, Any], words: str) -> None:
    body = _sheet(_newly())
    with pytest.raises(SheetWrong, match=words):
        sheets.checked({**body, "periods": [period, *body["periods"]]})


def test_a_resident_may_have_paid_for_the_coming_year() -> None:
    p = _newly()
    ahead = [_period("2026-01", "2026-12", 12, insurance="390", base=None)]
    assert (
        sheets.checked(
            _sheet(p, periods=ahead, months_paid=12, months_deemed=0, interruptions=[])
        ).months_paid
        == 12
    )


def test_taking_over_adds_months_money_and_shortens_the_wait() -> None:
    p, o = _newly(), origin(NEW, source=Source.LETTER, case=8)
    row = transfers.receive_sheet(o, 8, _sheet(p))
    transfers.receive_funds(o, 8, D("88.80"), DAY, "HZ1")
    assert accounts.balance(p) == D(0)
    assert _held(o, accounts.INCOMING) == D("88.80")
    assert transfers.take_in(o, p, row, whole=True) == []
    assert _months(p) == (24, 6)
    assert accounts.balance(p) == D("88.80")
    assert _held(o, accounts.INCOMING) == D(0)
    spans = contributions.spans(p)
    assert {(s.place, s.source) for s in spans} == {(OLD_CODE, "letter")}
    told = {(c.register, c.field) for c in of_case(8)}
    assert {("contribution", ""), ("account", ""), ("transfersheet", "status")} <= told
    with pytest.raises(transfers.AlreadyMoved, match="已经接续"):
        transfers.take_in(o, p, row, whole=True)
    assert _months(p) == (24, 6)


def test_unbroken_years_elsewhere_take_the_waiting_period_away() -> None:
    o = replace(origin(NEW), at=instant(DAY))
    p = person(o)
    spell = enrolments.enrol(o, p, insurance="310", kind="1103", start_on=date(2026, 3, 1))
    before = spell.benefit_from
    body = _sheet(
        p, periods=[_period("2023-01", "2026-02", 38)], months_paid=38, months_deemed=0, interruptions=[],
        account_balance="0.00", transfer_amount="0.00",
    )  # fmt: skip
    transfers.take_in(o, p, transfers.receive_sheet(o, 8, body), whole=True)
    after = enrolments.on(p, DAY)
    assert after is not None
    assert before is not None
    assert after.benefit_from == date(2026, 3, 1) <= before


def test_the_money_must_be_what_the_sheet_says_where_it_is_waited_for() -> None:
    p, o = _newly(), origin(NEW)
    row = transfers.receive_sheet(o, 8, _sheet(p))
    with pytest.raises(transfers.FundsDiffer, match=r"写明划转88\.80元，实际收到0\.00元"):
        transfers.take_in(o, p, row, whole=True)
    transfers.receive_funds(o, 8, D("88.00"), DAY, "HZ1")
    with pytest.raises(transfers.FundsDiffer, match=r"实际收到88\.00元"):
        transfers.take_in(o, p, row, whole=True)
    transfers.receive_funds(o, 8, D("0.80"), DAY, "HZ2")
    transfers.take_in(o, p, row, whole=True)
    assert accounts.balance(p) == D("88.80")


def test_money_that_comes_after_the_sheet_was_taken_over_goes_to_the_person() -> None:
    p, o = _newly(), origin(NEW)
    row = transfers.receive_sheet(o, 8, _sheet(p))
    transfers.take_in(o, p, row, whole=False)
    assert accounts.balance(p) == D(0)
    transfers.receive_funds(origin(NEW, date(2026, 3, 20)), 8, D("88.80"), date(2026, 3, 19), "HZ1")
    assert accounts.balance(p) == D("88.80")


def test_money_counts_once_and_may_come_before_the_sheet() -> None:
    p, o = _newly(), origin(NEW)
    first = transfers.receive_funds(o, 8, D("88.80"), DAY, "HZ1")
    assert transfers.receive_funds(origin(NEW, date(2026, 3, 9)), 8, D("88.80"), DAY, "HZ1") == first
    with pytest.raises(accounts.ReferenceTaken, match="HZ1已经登记过，这次的金额不同"):
        transfers.receive_funds(o, 8, D("88.90"), DAY, "HZ1")
    with pytest.raises(RegistryError, match="大于零"):
        transfers.receive_funds(o, 8, D(0), DAY, "HZ2")
    assert transfers.funds_of(NEW, 8) == D("88.80")
    assert transfers.funds_of(NEW, 9) == D(0)
    transfers.take_in(o, p, transfers.receive_sheet(o, 8, _sheet(p)), whole=True)
    assert accounts.balance(p) == D("88.80")


def test_a_sheet_of_somebody_else_is_not_taken() -> None:
    p, o = _newly(), origin(NEW)
    other = certificates.identity_of(person(o, 2))
    row = transfers.receive_sheet(o, 8, _sheet(p, person=other))
    with pytest.raises(SheetWrong, match="证件号码不是申请人的"):
        transfers.take_in(o, p, row, whole=False)
    renamed = {**certificates.identity_of(p), "name": "试改名"}
    row = transfers.receive_sheet(o, 9, _sheet(p, person=renamed, letter_number="LH10"))
    with pytest.raises(SheetWrong, match="姓名与本地登记的不一致"):
        transfers.take_in(o, p, row, whole=False)


def test_a_month_counts_once_whoever_says_it() -> None:
    """Known from the same place it is merged; known from here it stands, and the sheet's is told."""
    p, o = _newly(), origin(NEW, case=8)
    contributions.add(
        o, p, insurance="310", first=date(2022, 1, 1), last=date(2022, 3, 1), base=D(4500), place=OLD_CODE
    )
    contributions.add(
        o, p, insurance="310", first=date(2022, 11, 1), last=date(2022, 12, 1), base=D(7000), place=NEW_CODE
    )
    twice = transfers.take_in(o, p, transfers.receive_sheet(o, 8, _sheet(p)), whole=False)
    assert twice == ["2022年11月至2022年12月"]
    assert _months(p) == (24, 6)
    taken = next(c for c in of_case(8) if (c.register, c.field) == ("transfersheet", "status"))
    assert taken.after == "已接续；2022年11月至2022年12月另有缴费记录，不重复计入"


def test_there_and_back_again_loses_and_doubles_nothing() -> None:
    """Old place, new place, old place: months and money as if nobody had moved."""
    old = _insured()
    new = _newly()
    here, there = origin(OLD, case=1), origin(NEW, case=2)
    transfers.hand_out(here, old, _letter("A"), case=1)
    row = transfers.receive_sheet(there, 2, transfers.sheet_of(1, "out") or {})
    transfers.receive_funds(there, 2, D("120.50"), DAY, "HZ-A")
    transfers.take_in(there, new, row, whole=True)
    assert (_months(new), accounts.balance(new)) == ((48, 0), D("120.50"))
    contributions.add(there, new, insurance="310", first=DAY, last=DAY, base=D(6000), place=NEW_CODE)
    accounts.credit(there, new, D(20), kind="levy", reference="levy:new")
    enrolments.end(origin(NEW, date(2026, 4, 30)), new, date(2026, 4, 30), "left")
    may = date(2026, 5, 6)
    enrolments.enrol(origin(OLD, may), old, insurance="310", kind="1103", start_on=date(2026, 5, 1))
    back = _letter("B", transferee=sheets.Agency(place=OLD_CODE))
    transfers.hand_out(origin(NEW, may, case=3), new, back, case=3)
    row = transfers.receive_sheet(origin(OLD, may, case=4), 4, transfers.sheet_of(3, "out") or {})
    transfers.receive_funds(origin(OLD, may), 4, D("140.50"), may, "HZ-B")
    assert transfers.take_in(origin(OLD, may, case=4), old, row, whole=True) == []
    assert (_months(old), accounts.balance(old)) == ((49, 0), D("140.50"))
    assert [(s.place, s.end_on) for s in contributions.spans(old)] == [
        (OLD_CODE, date(2026, 2, 28)),
        (NEW_CODE, date(2026, 3, 31)),
    ]
    for region in (OLD, NEW):
        assert list(ledger.faults(region)) == []


# ---- inside a province


def test_inside_a_province_the_other_register_is_read_and_marked() -> None:
    old, new = _insured(NEAR), _newly(NEW)
    o = origin(NEW, case=3)
    row = transfers.handover(o, NEAR, "01", new_number(1), person=new, reference="SN1")
    assert (_months(new), accounts.balance(new), accounts.balance(old)) == ((48, 0), D("120.50"), D(0))
    assert {s.source for s in contributions.spans(new)} == {"shared"}
    out = TransferSheet.objects.get(region=NEAR, direction="out")
    assert (out.person, out.letter, bytes(out.hash)) == (old.pk, "SN1", bytes(row.hash))
    assert _held(origin(NEAR), accounts.OUTGOING) == _held(o, accounts.DUE) == D("120.50")
    with pytest.raises(transfers.AlreadyMoved):
        transfers.handover(origin(NEW, case=4), NEAR, "01", new_number(1), person=new, reference="SN2")


def test_a_handover_of_running_fees_or_of_a_stranger_is_refused() -> None:
    _insured(NEAR, stop=None)
    new = _newly(NEW)
    with pytest.raises(transfers.FeesRunning):
        transfers.handover(origin(NEW), NEAR, "01", new_number(1), person=new, reference="SN1")
    with pytest.raises(transfers.SheetMissing, match="没有这个证件号码的人"):
        transfers.handover(origin(NEW), "bazhou", "01", new_number(1), person=new, reference="SN1")
    assert not TransferSheet.objects.exists()


# ---- the effects


def _moves_in(**rest: str) -> dict[str, str]:
    return {**who(1), "from_insurance": "employee", "to_insurance": "employee", **rest}


def _run(name: str, w: Any) -> None:
    from jingban.processes.effects import run_effects

    run_effects([name], w)


def test_transfer_in_takes_the_cases_own_sheet() -> None:
    p = _newly(NEW)
    w = work(TRACKS, _moves_in(), case_id=8, facts={"direction": "other-province"})
    with pytest.raises(transfers.SheetMissing, match="还没有收到转出地的《信息表》"):
        _run("registry.transfer_in", w)
    transfers.receive_sheet(origin(NEW), 8, _sheet(p))
    _run("registry.transfer_in", w)
    assert _months(p) == (24, 6)


def test_transfer_in_where_the_money_is_waited_for() -> None:
    p = _newly(NEAR)
    transfers.receive_sheet(origin(NEAR), 8, _sheet(p))
    w = work(TRANSFER, _moves_in(), case_id=8, facts={"direction": "other-province"})
    with pytest.raises(transfers.FundsDiffer):
        _run("registry.transfer_in", w)
    transfers.receive_funds(origin(NEAR), 8, D("88.80"), DAY, "HZ1")
    _run("registry.transfer_in", w)
    assert accounts.balance(p) == D("88.80")


def test_transfer_in_inside_the_province_reads_the_other_register() -> None:
    old, new = _insured(NEAR), _newly(NEW)
    answers = _moves_in(from_place=NEAR_CODE, move_account="no")
    w = work(TRACKS, answers, case_id=8, number="N8", facts={"direction": "in-province"})
    _run("registry.transfer_in", w)
    assert _months(new) == (48, 0)
    assert (accounts.balance(old), accounts.balance(new)) == (D("120.50"), D(0)), "the account stays"


@pytest.mark.parametrize("refused", [False, True])
def test_reading_another_regions_register_is_written_down(refused: bool) -> None:
    """The one way across regions without a letter; the trace stays where the takeover is taken back."""
    old = _insured(NEAR, stop=None if refused else date(2026, 2, 28))
    _newly(NEW)
    w = work(
        TRACKS, _moves_in(from_place=NEAR_CODE), case_id=8, number="N8", facts={"direction": "in-province"}
    )
    if refused:
        with pytest.raises(transfers.FeesRunning), transaction.atomic():
            _run("registry.transfer_in", w)
    else:
        _run("registry.transfer_in", w)
    (entry,) = Entry.objects.using("audit").all()
    assert (entry.kind, entry.subject, entry.actor) == ("read", "case:N8", w.actor)
    assert entry.detail == f"省内接续，读取{NEAR}的参保登记册"
    assert old.name not in entry.detail


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("", "请填写转出地的行政区划代码"),
        (NEW_CODE, "转出地就是本地"),
        (OLD_CODE, "不在本省，不能按省内接续办理"),
        ("130100", "不在本系统"),
    ],
)
def test_transfer_in_inside_the_province_needs_a_place_it_can_read(place: str, words: str) -> None:
    _newly(NEW)
    w = work(TRACKS, _moves_in(from_place=place), case_id=8, facts={"direction": "in-province"})
    with pytest.raises(RegistryError, match=words):
        _run("registry.transfer_in", w)


def test_transfer_in_asks_to_be_insured_here_first_or_does_it_with_the_unit() -> None:
    o = origin(NEW)
    employer = unit(o, 7)
    _insured(NEAR)
    place = {"from_place": NEAR_CODE}
    facts = {"direction": "in-province"}
    with pytest.raises(NotEnrolled, match="还没有在本地参加职工基本医疗保险"):
        _run("registry.transfer_in", work(TRACKS, _moves_in(**place), case_id=8, facts=facts))
    said = _moves_in(**place, unit_credit_code=employer.credit_code, from_date="2026-03-01")
    _run("registry.transfer_in", work(TRACKS, said, case_id=8, number="N8", facts=facts))
    p = Person.objects.get(region=NEW)
    spell = enrolments.on(p, DAY)
    assert spell is not None
    assert (spell.unit, spell.kind, _months(p)) == (employer, "1101", (48, 0))
    said = {**_moves_in(**place), "to_insurance": "resident"}
    with pytest.raises(NotEnrolled, match="现参加职工基本医疗保险，与申请转入的城乡居民"):
        _run("registry.transfer_in", work(TRACKS, said, case_id=9, facts=facts))


def test_moving_out_prints_papers_and_makes_the_balance_payable() -> None:
    p = _insured(NEW)
    said = {**_moves_in(to_place=OLD_CODE), "bank": "试验银行", "bank_account": "62220000000001"}
    facts = {"direction": "out", "account_balance": "some"}
    w = work(TRACKS, said, case_id=8, number="N8", process="transfer-tracks", facts=facts)
    _run("registry.transfer_out", w)
    kinds = list(Issued.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == [certificates.CERTIFICATE, certificates.FORM]
    body = certificates.read(Issued.objects.order_by("id")[0])
    assert (body["balance"], body["months_paid"], body["standing"]) == ("120.50", 48, "4")
    assert (accounts.balance(p), _held(origin(NEW), accounts.PAYABLE)) == (D(0), D("120.50"))
    assert p.bank_accounts.get().holder == p.name
    assert not TransferSheet.objects.exists(), "the other place still asks by letter"
    transfers.hand_out(origin(NEW, case=9), p, _letter(), case=9, stated="none")


def test_moving_out_is_refused_while_fees_run_or_the_account_is_misstated() -> None:
    _insured(NEW, stop=None)
    facts = {"direction": "out", "account_balance": "none"}
    w = work(TRACKS, _moves_in(), case_id=8, process="transfer-tracks", facts=facts)
    with pytest.raises(transfers.FeesRunning):
        _run("registry.transfer_out", w)
    p = _insured(NEW, 2)
    w = work(TRACKS, {**_moves_in(), **who(2)}, case_id=8, process="transfer-tracks", facts=facts)
    with pytest.raises(transfers.BalanceStatedWrong):
        _run("registry.transfer_out", w)
    assert accounts.balance(p) == D("120.50")


def test_a_letter_case_answers_with_the_sheet() -> None:
    p = _insured(OLD)
    said = {**_moves_in(to_place=NEW_CODE), "letter_number": "LH77", "move_account": "yes"}
    facts = {"account_balance": "some"}
    w = work(ANSWER, said, case_id=8, number="N8", process="transfer-out", facts=facts)
    _run("registry.transfer_out", w)
    sheet = sheets.checked(transfers.sheet_of(8, "out") or {})
    assert (sheet.letter_number, sheet.transferee.place, sheet.amount) == ("LH77", NEW_CODE, D("120.50"))
    assert accounts.balance(p) == D(0)


def test_where_the_new_place_handles_it_nobody_applies_to_leave() -> None:
    _insured(NEAR)
    w = work(TRANSFER, _moves_in(), case_id=8, facts={"direction": "out"})
    with pytest.raises(RegistryError, match="本事项由转入地受理"):
        _run("registry.transfer_in", w)


def test_the_tracks_of_leaving_show_in_a_preview() -> None:
    from jingban.registry.preview import preview

    p = _insured(NEW)
    w = work(TRACKS, _moves_in(), case_id=8, process="transfer-tracks", facts={"direction": "out"})
    seen = preview(w)
    assert seen.is_possible
    assert {c.register for c in seen.changes} == {"issued", "account"}
    assert (accounts.balance(p), Issued.objects.count()) == (D("120.50"), 0)
