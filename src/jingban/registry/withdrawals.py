"""One-off withdrawal of a personal account (F07; guides X7, P9, Q9, B9): the books' side of it.

The whole balance goes from the person's account to what is to be paid; whoever pays books the payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from jingban.cases.work import Work
from jingban.core.money import show_yuan, to_fen
from jingban.registry import accounts, enrolments, payees, persons, representatives
from jingban.registry.errors import RegistryError
from jingban.registry.models import Insurance, Person
from jingban.registry.origin import Origin
from jingban.registry.rules.withdrawal import RULES, Facts, refusals
from jingban.registry.sealing import number_digest
from jingban.registry.words import day_text


class WithdrawalRefused(RegistryError):
    """The reason does not fit the person, or the payee does not fit the reason."""

    code = "withdrawal_refused"


class AmountDiffers(RegistryError):
    """The amount that was approved is not the whole balance."""

    code = "amount_differs"


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets the money, on which account; ``number`` is a citizen's, ``relation`` to the person."""

    name: str
    bank: str
    account: str
    number: str = ""
    relation: str = ""
    proof: str = ""
    """By which papers an heir is one."""


def due(work: Work) -> Decimal:
    """What a case of a withdrawal pays: what it took out already, else the whole balance. Raises PersonNotFound."""
    taken = accounts.taken_out(work.region, f"account-withdrawal:{work.case_id}")
    return accounts.balance(persons.person_of(work)) if taken is None else taken


def withdraw(
    origin: Origin,
    person: Person,
    *,
    reason: str,
    payee: Payee,
    reference: str,
    amount: Decimal | None = None,
    died_on: date | None = None,
) -> Decimal:
    """Take the whole balance out for a payee; says how much it was.

    ``amount`` is what the reviewer approved (none in a preview). A death that the register does not know is
    registered by ``died_on``. The account is closed where the reason is final.
    """
    if (taken := accounts.taken_out(origin.region, reference)) is not None:
        # The cashier sent the case back and it is approved again: what was worked out stands, only the payee may be new.
        if refused := refusals(reason, _facts(person, payee, origin.day)):
            raise WithdrawalRefused(f"不能支取：{'；'.join(refused)}。")
        _refuse_amount(taken, amount)
        if RULES[reason].to_heir:
            _note_heir(origin, person, payee)
        payees.note(origin, person, bank=payee.bank, number=payee.account, holder=payee.name)
        return taken
    with transaction.atomic():
        _register_death(origin, person, reason, died_on)
        if refused := refusals(reason, _facts(person, payee, origin.day)):
            raise WithdrawalRefused(f"不能支取：{'；'.join(refused)}。")
        held = accounts.balance(person)
        _refuse_amount(held, amount)
        if RULES[reason].to_heir:
            _note_heir(origin, person, payee)
        payees.note(origin, person, bank=payee.bank, number=payee.account, holder=payee.name)
        if RULES[reason].ends:
            _end_enrolment(origin, person, RULES[reason].ends)
        accounts.take_out(
            origin, person, held, kind="account-withdrawal", reference=reference, memo="个人账户一次性支取"
        )
        if RULES[reason].is_final:
            accounts.close(origin, person)
    return held


def _register_death(origin: Origin, person: Person, reason: str, died_on: date | None) -> None:
    if reason != "death" or died_on is None:
        return
    if person.died_on is None:
        persons.died(origin, person, died_on)
    elif person.died_on != died_on:
        raise WithdrawalRefused(
            f"登记的死亡日期是{day_text(person.died_on)}，与填写的{day_text(died_on)}不一致；"
            "请核对死亡证明，登记有误的先办理更正。",
        )


def _facts(person: Person, payee: Payee, day: date) -> Facts:
    documents = person.documents.all()
    spell = enrolments.on(person, day)
    mark = number_digest("01", payee.number) if payee.number else None
    return Facts(
        died=person.died_on is not None,
        papers=frozenset(documents.values_list("kind", flat=True)),
        is_resident=spell is not None and spell.insurance == Insurance.RESIDENT,
        person_name=person.name,
        payee_name=payee.name,
        payee_is_person=None if mark is None else documents.filter(kind="01", digest=mark).exists(),
        payee_relation=payee.relation,
        heir_number=bool(payee.number),
    )


def _refuse_amount(held: Decimal, amount: Decimal | None) -> None:
    if not held:
        raise accounts.NothingThere("个人账户余额为零，没有可以支取的金额，不用办理。")
    if amount is not None and amount != held:
        raise AmountDiffers(
            f"个人账户余额是{show_yuan(to_fen(held))}元，应一次性全部支取；填写的{show_yuan(to_fen(amount))}元不对，"
            f"请改为{held:.2f}。",
            balance=f"{held:.2f}",
        )


def _note_heir(origin: Origin, person: Person, payee: Payee) -> None:
    """One heir is paid for all; the others' authorisation is among the papers (X7)."""
    given = representatives.Given(
        kind=representatives.HEIR,
        name=payee.name,
        number=payee.number,
        proof=payee.proof,
        start_on=origin.day,
        relation=payee.relation,
        items=("account-withdrawal",),
    )
    representatives.record(origin, person, given)


def _end_enrolment(origin: Origin, person: Person, reason: str) -> None:
    """The last insured day is today, with what goes on from it; another enrolment that is to begin is in the way."""
    spell = enrolments.on(person, origin.day)
    if spell is not None and spell.end_on != origin.day:
        enrolments.end(origin, person, origin.day, reason)
    later = person.enrolments.filter(start_on__gt=origin.day).order_by("start_on").first()
    if later is not None:
        raise WithdrawalRefused(
            f"{person.name}已登记自{day_text(later.start_on)}起参保，不能支取；请先办理退保或终止参保。"
        )
