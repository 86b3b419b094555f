"""F06 to F10, F20, F21 in every region, by the acts of real cases: what each entry leaves behind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from jingban.access.models import OfficeSwitch, User
from jingban.cases import actions
from jingban.cases.view import CaseView
from jingban.ledger import service as ledger
from jingban.registry import accounts, certificates, contributions, enrolments, identity, transfers
from jingban.registry.changes import of_case
from jingban.registry.errors import NotYours
from jingban.registry.models import Issued, Person, TransferSheet
from jingban.registry.withdrawals import AmountDiffers
from jingban.rulebook.cache import effective_item
from tests.houses import House, staff
from tests.registry.driving import Entry, along, entries_of, house, item_of, opened, walked_in
from tests.registry.factories import new_name, new_number, origin, person, unit, who

__all__ = ["house"]

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

D = Decimal
CERTIFICATES = entries_of("registry.issue_certificate")
QUERIES = entries_of("registry.answer_person_query")
WITHDRAWALS = entries_of("registry.withdraw_account")
TRANSFERS = entries_of("registry.transfer_in")
SELF_SERVICE = {"online", "kiosk", "app", "wechat"}
ALONE = [e for e in QUERIES if SELF_SERVICE & {c.id for c in effective_item(*e).channels}]
LEAVING = [e for e in TRANSFERS if "moving-out" in {edge.when for edge in effective_item(*e).process.edges}]


def _near(entry: Entry) -> Entry | None:
    """Another region of the same province in this installation."""
    own = effective_item(*entry).province
    return next((e for e in TRANSFERS if e[0] != entry[0] and effective_item(*e).province == own), None)


NEIGHBOURS = [e for e in TRANSFERS if _near(e)]


def _insured(region: str, n: int = 1, *, stop: bool = False) -> Person:
    """Employed since 2025, paid until February 2026, with 100 yuan."""
    o = origin(region, date(2026, 2, 2))
    p = person(o, n)
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=unit(o, n + 50))
    place = certificates.agency_of(region).place
    contributions.add(o, p, insurance="310", first=date(2025, 1, 1), last=date(2026, 2, 1), place=place)
    accounts.credit(o, p, D(100), kind="levy", reference=f"levy:{region}:{n}")
    if stop:
        enrolments.end(origin(region, date(2026, 2, 27)), p, date(2026, 2, 27), "left")
    return p


def _issued(view: CaseView) -> list[Issued]:
    return list(Issued.objects.filter(case=view.id).order_by("id"))


def _newly(region: str, n: int = 1) -> Person:
    o = origin(region, date(2026, 3, 1))
    p = person(o, n)
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=date(2026, 3, 1), unit=unit(o, n + 60))
    return p


def test_every_region_has_each_entry() -> None:
    for entries in (CERTIFICATES, QUERIES, WITHDRAWALS, TRANSFERS):
        assert len({region for region, _, _ in entries}) == len(entries) == 5
    assert (len(ALONE), len(NEIGHBOURS), len(LEAVING)) == (4, 4, 2)


@pytest.mark.parametrize("entry", CERTIFICATES, ids="/".join)
def test_every_certificate_entry_issues_one(house: House, entry: Entry) -> None:
    p = _insured(entry[0], stop=True)
    view = along(house, walked_in(house, entry, who(1)))
    assert view.outcome == "granted"
    (issued,) = _issued(view)
    body = certificates.read(issued)
    assert (issued.person, issued.kind) == (p.pk, certificates.CERTIFICATE)
    assert (body["months_paid"], body["balance"], body["standing"]) == (14, "100.00", "4")


@pytest.mark.parametrize("entry", QUERIES, ids="/".join)
def test_every_query_entry_answers_at_the_counter(house: House, entry: Entry) -> None:
    p = _insured(entry[0])
    view = along(house, walked_in(house, entry, who(1)))
    assert view.outcome == "granted"
    assert [(i.person, i.kind) for i in _issued(view)] == [(p.pk, certificates.EXTRACT)]
    assert {c.register for c in of_case(view.id)} == {"issued"}


@pytest.mark.parametrize("entry", ALONE, ids="/".join)
def test_who_asks_alone_sees_only_oneself(house: House, entry: Entry) -> None:
    channel = next(c.id for c in item_of(house, entry).channels if c.id in SELF_SERVICE)
    for switch in item_of(house, entry).switches:
        OfficeSwitch.objects.create(region=entry[0], switch=switch.id, start_on=date(2026, 1, 1))
    mine, _ = _insured(entry[0], 1), _insured(entry[0], 2)
    identity.bind(house.applicant.id, person=mine, name=mine.name, source="人脸核验", at=house.now)
    assert opened(house, entry, who(1), channel=channel).outcome == "granted"
    with pytest.raises(NotYours, match="本人的"):
        opened(house, entry, who(2), channel=channel)
    assert [i.person for i in Issued.objects.all()] == [mine.pk]


@pytest.mark.parametrize("entry", WITHDRAWALS, ids="/".join)
def test_every_withdrawal_entry_pays_the_whole_balance_to_the_heir(house: House, entry: Entry) -> None:
    p = _insured(entry[0])
    said = {
        **who(1),
        "withdrawal_reason": "death",
        "payee_name": new_name(2),
        "payee_id_number": new_number(2),
        "payee_relation": "child",
        "bank": "试验银行",
        "bank_account": "6222000000000001",
        "death_on": "2026-02-10",
    }
    view = opened(house, entry, said, channel="window", situations=("heir", "death"))
    view = _to_review(house, view)
    with pytest.raises(AmountDiffers, match=r"请改为100\.00"):
        house.act(view, "approve", amount="99.00")
    p.refresh_from_db()
    assert (p.died_on, accounts.balance(p)) == (None, D(100)), "the whole act was taken back"
    view = along(house, view, amount="100.00")
    p.refresh_from_db()
    assert (p.died_on, accounts.balance(p)) == (date(2026, 2, 10), D(0))
    payable = accounts.chart(origin(entry[0]))[accounts.PAYABLE]
    assert ledger.balance(payable) == D(100)
    heir = p.helpers.get()
    assert heir.proof
    assert {"person", "enrolment", "account", "helper", "bankaccount"} <= {
        c.register for c in of_case(view.id)
    }


def test_sent_back_by_the_cashier_and_approved_again_it_is_taken_out_once(house: House) -> None:
    p = _insured("bazhou")
    said = {
        **who(1),
        "withdrawal_reason": "giving-up",
        "payee_name": new_name(1),
        "bank": "试验银行",
        "bank_account": "6222000000000001",
    }
    view = opened(house, ("bazhou", "agency", "account-withdrawal"), said, situations=("giving-up",))
    view = house.act(_to_review(house, view), "approve", amount="100.00")  # type: ignore[arg-type]
    view = house.act(view, "return")
    with pytest.raises(AmountDiffers, match=r"请改为100\.00"):
        house.act(view, "approve", amount="50.00")
    view = house.act(view, "approve", amount="100.00")
    assert view.step == "pay"
    payable = accounts.chart(origin("bazhou"))[accounts.PAYABLE]
    assert (accounts.balance(p), ledger.balance(payable)) == (D(0), D(100))


def _to_review(house: House, view: CaseView) -> CaseView:
    """Up to the step where the amount is approved."""
    while "approve" not in (step := house.procedure(view).process.steps[view.step]).do:
        view = house.act(view, next(iter(step.do)))
    return view


def _asks(from_place: str = "", **rest: str) -> dict[str, str]:
    said = {**who(1), "from_insurance": "employee", "to_insurance": "employee", **rest}
    return {**said, "from_place": from_place} if from_place else said


@pytest.mark.parametrize("entry", NEIGHBOURS, ids="/".join)
def test_inside_a_province_no_letter_goes_out(house: House, entry: Entry) -> None:
    """Where the province has another region of this installation, its register is read at once."""
    near = _near(entry)
    assert near is not None
    old, new = _insured(near[0], stop=True), _newly(entry[0])
    place = item_of(house, near).admin_code
    view = opened(house, entry, _asks(place), channel="window", facts={"direction": "in-province"})
    view = house.act(view, "accept")
    assert view.step == "take-over"
    assert {c.name for c in view.state.clocks.values()} <= {"statutory", "promise"}, (
        "no clock of a letter runs"
    )
    view = house.act(view, "finish")
    assert view.outcome == "granted"
    assert (contributions.months(new).paid, accounts.balance(new), accounts.balance(old)) == (
        14,
        D(100),
        D(0),
    )
    assert sorted(TransferSheet.objects.values_list("region", "direction")) == sorted(
        [(entry[0], "in"), (near[0], "out")]
    )


@pytest.mark.parametrize("entry", TRANSFERS, ids="/".join)
def test_from_another_province_the_sheet_is_waited_for(house: House, entry: Entry) -> None:
    new = _newly(entry[0])
    view = opened(house, entry, _asks("999000"), channel="window", facts={"direction": "other-province"})
    view = house.act(view, "accept")
    assert view.step == "letter"
    view = house.act(view, "send")
    view = house.tell(view, "info-sheet", "arrived")
    if view.step == "await-info-sheet":
        view = house.tell(view, "transfer-funds", "arrived")
    with pytest.raises(transfers.SheetMissing):
        house.act(view, "finish")
    sheet = {
        "letter_number": "LX1",
        "person": certificates.identity_of(new),
        "transferor": {"place": "999000"},
        "transferee": {"place": certificates.agency_of(entry[0]).place},
        "insurance": "310",
        "periods": [
            {
                "insurance": "310",
                "first": "2024-01",
                "last": "2025-12",
                "months": 24,
                "kind": "paid",
                "base": "4000.00",
                "place": "999000",
            }
        ],
        "months_paid": 24,
        "months_deemed": 0,
        "account_balance": "12.30",
        "transfer_amount": "12.30",
        "date": "2026-03-02",
    }
    transfers.receive_sheet(origin(entry[0]), view.id, sheet)
    transfers.receive_funds(origin(entry[0]), view.id, D("12.30"), house.now.date(), "HZ1")
    view = house.act(view, "finish")
    assert view.outcome == "granted"
    assert (contributions.months(new).paid, accounts.balance(new)) == (24, D("12.30"))


@pytest.mark.parametrize("entry", LEAVING, ids="/".join)
def test_who_leaves_with_papers_gets_them_and_the_balance(house: House, entry: Entry) -> None:
    p = _insured(entry[0], stop=True)
    said = _asks(to_place="410928", bank="试验银行", bank_account="6222000000000001")
    view = opened(house, entry, said, channel="window", facts={"direction": "out"})
    view = house.act(view, "accept")
    with pytest.raises(transfers.BalanceStatedWrong, match="有余额"):
        house.act(view, "issue", account_balance="none")
    view = house.act(view, "issue", account_balance="some")
    payee = {"payee_name": "张小凤", "bank": "试验银行", "bank_account": "6222000000000001"}
    view = house.act(view, "claim", actor=staff(61, "window", region=entry[0]), **payee)
    assert view.step == "refund"
    with pytest.raises(Exception, match="登记收款账户"):
        house.act(view, "pay", actor=staff(61, "cashier", region=entry[0]), amount="100.00")
    assert house.procedure(view).process.steps["refund"].do["pay"].needs == ("amount",), (
        "who pays names no account"
    )
    assert [i.kind for i in _issued(view)] == [certificates.CERTIFICATE, certificates.FORM]
    assert accounts.balance(p) == D(0)


def test_a_sheet_names_who_prepared_and_who_confirmed_it(house: House) -> None:
    entry = next(e for e in TRANSFERS if e[0] == "puyang")
    _insured("puyang", stop=True)
    one, two = (User.objects.create(username=n, name=n) for n in ("甲经办", "乙复核"))
    version = house.version(entry)
    letter = {**_asks(to_place="130284", letter_number="LX7"), "phone": "13012345678"}
    view = actions.start(
        version=version.id,
        process="transfer-out",
        application=actions.Application(answers=letter),
        key=None,
        now=house.now,
    )
    view = house.act(view, "prepare", actor=staff(one.pk, "window"), account_balance="some")
    view = house.act(view, "issue", actor=staff(two.pk, "reviewer"))
    sheet = transfers.sheet_of(view.id, "out")
    assert sheet is not None
    assert (sheet["prepared_by"], sheet["confirmed_by"], sheet["letter_number"]) == (
        "甲经办",
        "乙复核",
        "LX7",
    )
    assert view.step == "pay"
