"""The one-off withdrawal: for which reason, to whom, all of it, and what ends with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jingban.ledger import service as ledger
from jingban.processes.effects import run_effects
from jingban.registry import accounts, enrolments, persons, representatives
from jingban.registry.changes import of_case
from jingban.registry.models import Helper, Person
from jingban.registry.preview import preview
from jingban.registry.rules.withdrawal import RULES, Facts, refusals
from jingban.registry.sealing import unsealed
from jingban.registry.withdrawals import AmountDiffers, WithdrawalRefused
from tests.registry.factories import DAY, new_name, new_number, origin, person, unit, who, work

D = Decimal
COUNTER = ("xingtai", "agency", "account-withdrawal")
REGION = "xingtai"
OWN = Facts(
    died=False,
    papers=frozenset({"01"}),
    is_resident=False,
    person_name="甲",
    payee_name="甲",
    payee_is_person=True,
    payee_relation="self",
    heir_number=True,
)
HEIR = replace(OWN, died=True, payee_name="乙", payee_is_person=False, payee_relation="child")


@pytest.mark.parametrize(
    ("reason", "facts", "words"),
    [
        ("death", HEIR, None),
        ("death", replace(HEIR, died=False), "没有参保人死亡的记录"),
        ("death", replace(HEIR, payee_relation="self"), "收款人为继承人"),
        ("death", replace(HEIR, payee_relation=""), "收款人为继承人"),
        ("death", replace(HEIR, payee_is_person=True), "收款人为继承人"),
        ("death", replace(HEIR, heir_number=False, payee_is_person=None), "继承人的身份证号码"),
        ("emigration", OWN, None),
        ("emigration", replace(OWN, payee_is_person=None, payee_relation=""), None),
        ("emigration", replace(OWN, died=True), "已经死亡"),
        ("emigration", replace(OWN, payee_name="乙"), "只能付给参保人本人"),
        ("emigration", replace(OWN, payee_is_person=False), "只能付给参保人本人"),
        ("emigration", replace(OWN, payee_relation="spouse"), "只能付给参保人本人"),
        ("foreigner-leaving", replace(OWN, papers=frozenset({"08"})), None),
        ("foreigner-leaving", replace(OWN, papers=frozenset({"04", "01"})), None),
        ("foreigner-leaving", OWN, "不是外国人"),
        ("giving-up", OWN, None),
        ("to-resident", replace(OWN, is_resident=True), None),
        ("to-resident", OWN, "没有参加城乡居民医保"),
    ],
)
def test_who_gets_it_for_which_reason(reason: str, facts: Facts, words: str | None) -> None:
    found = refusals(reason, facts)
    assert (words is None) == (not found)
    assert words is None or words in found[0]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = replace(OWN, payee_name="乙")
    assert len(refusals("foreigner-leaving", wrong)) == 2


def test_every_reason_of_the_form_has_a_rule() -> None:
    from jingban.rulebook.cache import effective_item

    form = {field.key: field for field in effective_item(*COUNTER).form}
    assert set(form["withdrawal_reason"].choices) == set(RULES)
    assert all(len(rule.ends) <= 12 for rule in RULES.values()), "what an enrolment keeps of it"


def _insured(balance: str = "100.00", **rest: Any) -> Person:
    o = replace(origin(REGION), at=origin(day=date(2025, 1, 2)).at)
    p = person(o, **rest)
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=unit(o))
    if D(balance):
        accounts.credit(o, p, D(balance), kind="levy", reference="levy")
    return p


def _said(reason: str, **rest: str) -> dict[str, str]:
    own = {"payee_name": new_name(1), "bank": "试验银行", "bank_account": "6222000000000001"}
    return {**who(1), "withdrawal_reason": reason, **own, **rest}


HEIRS = {"payee_name": new_name(2), "payee_id_number": new_number(2), "payee_relation": "child"}


def _run(said: Mapping[str, str], amount: str | None = "100.00", **rest: Any) -> None:
    needs = {} if amount is None else {"amount": amount}
    run_effects(["registry.withdraw_account"], work(COUNTER, said, case_id=0, needs=needs, **rest))


def _payable() -> Decimal:
    return ledger.balance(accounts.chart(origin(REGION))[accounts.PAYABLE])


@pytest.mark.django_db
def test_the_heir_gets_everything_and_the_account_is_closed() -> None:
    p = _insured()
    _run(_said("death", death_on="2026-02-10", **HEIRS))
    p.refresh_from_db()
    assert p.died_on == date(2026, 2, 10)
    assert enrolments.on(p, date(2026, 2, 11)) is None
    assert (accounts.balance(p), _payable()) == (D(0), D("100.00"))
    (account,) = ledger.accounts_of(owner=p.number)
    assert account.closed_on == DAY
    heir = Helper.objects.get()
    assert (heir.kind, heir.name, heir.relation, heir.items) == (
        "heir",
        new_name(2),
        "child",
        ["account-withdrawal"],
    )
    assert unsealed(heir, "number") == new_number(2)
    assert representatives.in_force(p, DAY) == [heir]
    paid_to = p.bank_accounts.get()
    assert (paid_to.holder, unsealed(paid_to, "number")) == (new_name(2), "6222000000000001")


@pytest.mark.django_db
def test_a_death_that_is_on_record_needs_no_second_telling() -> None:
    p = _insured()
    persons.died(origin(REGION), p, date(2026, 2, 10))
    _run(_said("death", **HEIRS))
    assert accounts.balance(p) == D(0)


@pytest.mark.django_db
def test_a_death_is_not_taken_on_trust() -> None:
    p = _insured()
    with pytest.raises(WithdrawalRefused, match="没有参保人死亡的记录：请填写死亡日期"):
        _run(_said("death", **HEIRS))
    persons.died(origin(REGION), p, date(2026, 2, 10))
    with pytest.raises(WithdrawalRefused, match="登记的死亡日期是2026年2月10日，与填写的2026年2月11日不一致"):
        _run(_said("death", death_on="2026-02-11", **HEIRS))
    with pytest.raises(WithdrawalRefused, match="已经死亡"):
        _run(_said("giving-up"))
    assert accounts.balance(p) == D("100.00")


@pytest.mark.django_db
@pytest.mark.parametrize(("reason", "closed"), [("emigration", True), ("giving-up", False)])
def test_who_leaves_or_gives_up_is_no_longer_insured(reason: str, closed: bool) -> None:
    p = _insured()
    _run(_said(reason))
    assert (accounts.balance(p), _payable()) == (D(0), D("100.00"))
    spell = enrolments.on(p, DAY)
    assert spell is not None
    assert (spell.end_on, spell.end_reason) == (DAY, reason)
    (account,) = ledger.accounts_of(owner=p.number)
    assert (account.closed_on is not None) == closed


@pytest.mark.django_db
def test_a_foreigner_who_leaves_is_paid_by_the_passport() -> None:
    o = replace(origin(REGION), at=origin(day=date(2025, 1, 2)).at)
    p = persons.register(
        o,
        persons.Newcomer(
            name="ANNA EXAMPLE", number="X1234567", kind="08", sex="female", born_on=date(1990, 1, 1)
        ),
    )
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=unit(o))
    accounts.credit(o, p, D("100.00"), kind="levy", reference="levy")
    said = _said(
        "foreigner-leaving",
        payee_name="ANNA EXAMPLE",
        name="ANNA EXAMPLE",
        id_kind="08",
        id_number="X1234567",
    )
    _run(said)
    assert (accounts.balance(p), enrolments.on(p, date(2026, 3, 3))) == (D(0), None)


@pytest.mark.django_db
def test_who_became_a_resident_stays_one() -> None:
    p = _insured()
    with pytest.raises(WithdrawalRefused, match="先终止职工参保，并办理居民参保登记"):
        _run(_said("to-resident"))
    enrolments.end(origin(REGION), p, date(2026, 2, 28), "left")
    enrolments.enrol(
        origin(REGION), p, insurance="390", kind="1501", start_on=date(2026, 3, 1), end_on=date(2026, 12, 31)
    )
    _run(_said("to-resident"))
    spell = enrolments.on(p, DAY)
    assert spell is not None
    assert (spell.insurance, accounts.balance(p)) == ("390", D(0))


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["99.99", "100.01", "0.00"])
def test_the_amount_must_be_the_whole_balance(amount: str) -> None:
    p = _insured()
    with pytest.raises(AmountDiffers, match=r"余额是100\.00元，应一次性全部支取.*请改为100\.00") as refused:
        _run(_said("giving-up"), amount)
    assert refused.value.details["balance"] == "100.00"
    assert accounts.balance(p) == D("100.00")
    assert enrolments.on(p, date(2026, 4, 1)) is not None


@pytest.mark.django_db
def test_nothing_to_pay_is_said_plainly() -> None:
    _insured("0")
    with pytest.raises(accounts.NothingThere, match="余额为零，没有可以支取的金额"):
        _run(_said("giving-up"), "0.00")


@pytest.mark.django_db
def test_a_preview_needs_no_amount_and_changes_nothing() -> None:
    p = _insured()
    seen = preview(work(COUNTER, _said("giving-up")))
    assert seen.is_possible
    assert {c.register for c in seen.changes} == {"account", "enrolment", "bankaccount"}
    assert accounts.balance(p) == D("100.00")
    assert of_case(1) == []


@pytest.mark.django_db
def test_the_same_payee_account_is_one_row_and_a_new_one_follows_it() -> None:
    from jingban.registry import payees

    p = _insured()
    first = payees.note(origin(REGION), p, bank="甲行", number="62220001", holder=p.name)
    assert payees.note(origin(REGION), p, bank="甲行", number="62220001", holder=p.name) == first
    other = payees.note(origin(REGION, date(2026, 3, 5)), p, bank="乙行", number="62220002", holder=p.name)
    first.refresh_from_db()
    assert (first.end_on, other.start_on, other.end_on) == (date(2026, 3, 4), date(2026, 3, 5), None)
    same_day = payees.note(origin(REGION, date(2026, 3, 5)), p, bank="丙行", number="62220003", holder=p.name)
    assert list(p.bank_accounts.filter(end_on__isnull=True)) == [same_day]
