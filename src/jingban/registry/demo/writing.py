"""Invented people put into the registers, some hundreds at a time: rows with their keys, and the history of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any, TypeVar

from django.db.models import Model

from jingban.cases.forms import CITIZEN_ID
from jingban.registry import bulk
from jingban.registry.changes import changed
from jingban.registry.demo.families import Family, Member
from jingban.registry.demo.lives import Life
from jingban.registry.models import (
    AidStatus,
    BankAccount,
    Contribution,
    Enrolment,
    IdentityDocument,
    Kinship,
    OffsiteFiling,
    Person,
    Recognition,
    Unit,
)
from jingban.registry.models.periods import Period
from jingban.registry.origin import Origin
from jingban.registry.periods import contents
from jingban.registry.rules import months as m
from jingban.registry.rules.initials import initials
from jingban.registry.sealing import number_digest, sealed

M = TypeVar("M", bound=Model)


@dataclass(slots=True)
class Citizen:
    """Somebody of a family with everything that the registers are to know."""

    who: Member
    number: str
    phone: str
    address: str
    place: str
    life: Life
    bank: str = ""
    bank_account: str = ""
    filing: dict[str, Any] = field(default_factory=dict)
    recognition: dict[str, Any] = field(default_factory=dict)
    aid: dict[str, Any] = field(default_factory=dict)
    balance: Decimal = Decimal(0)


@dataclass(slots=True)
class Household:
    """A family and its people, in the same order."""

    family: Family
    people: list[Citizen]


@dataclass(frozen=True, slots=True)
class Books:
    """Where and in whose name the rows are written; ``place`` is the code of where contributions were paid."""

    origin: Origin
    units: Sequence[Unit]
    place: str


def write(books: Books, households: Sequence[Household]) -> tuple[list[Person], int]:
    """Everything about these families; gives back the persons, in order, and how many rows with a period."""
    people = [citizen for household in households for citizen in household.people]
    persons = bulk.write(Person, (_person(books.origin, citizen) for citizen in people), len(people))
    both = list(zip(persons, people, strict=True))
    bulk.record(books.origin, (_registered(books.origin, p, c) for p, c in both), len(both))
    papers = (_document(books.origin, p, c) for p, c in both)
    documents = bulk.write(IdentityDocument, papers, len(both))
    count = _put(books, chain.from_iterable(_enrolments(books, p, c) for p, c in both))
    count += _put(books, chain.from_iterable(_months(books, p, c) for p, c in both))
    count += _put(books, _kin(books, households, persons, documents))
    count += _put(books, (_bank(books, p, c) for p, c in both if c.bank))
    count += _put(books, (_row(OffsiteFiling, books, p, c.filing) for p, c in both if c.filing))
    count += _put(books, (_row(Recognition, books, p, c.recognition) for p, c in both if c.recognition))
    count += _put(books, (_row(AidStatus, books, p, c.aid) for p, c in both if c.aid))
    return persons, count


def _put(books: Books, found: Iterable[Period]) -> int:
    rows = list(found)
    if not rows:
        return 0
    bulk.write(type(rows[0]), rows, len(rows))
    changes = (changed(books.origin, row, after=contents(row)) for row in rows)
    bulk.record(books.origin, changes, len(rows))
    return len(rows)


def _person(origin: Origin, citizen: Citizen) -> Person:
    who, region = citizen.who, origin.region
    return Person(
        region=region,
        name=who.name,
        initials=initials(who.name),
        sex=who.sex,
        born_on=who.born_on,
        died_on=who.died_on,
        phone=sealed(region, "person.phone", citizen.phone),
        address=sealed(region, "person.address", citizen.address),
        place=citizen.place,
        recorded_at=origin.at,
    )


def _registered(origin: Origin, person: Person, citizen: Citizen) -> Any:
    said = {
        "name": person.name,
        "id_kind": CITIZEN_ID,
        "id_number": citizen.number,
        "sex": person.sex,
        "born_on": person.born_on.isoformat(),
        "died_on": person.died_on and person.died_on.isoformat(),
        "phone": citizen.phone,
        "address": citizen.address,
        "place": citizen.place,
    }
    return changed(origin, person, after={k: v for k, v in said.items() if v}, valid_from=person.born_on)


def _document(origin: Origin, person: Person, citizen: Citizen) -> IdentityDocument:
    return IdentityDocument(
        **origin.columns(),
        person_id=person.pk,
        kind=CITIZEN_ID,
        number=sealed(origin.region, "identitydocument.number", citizen.number),
        digest=number_digest(CITIZEN_ID, citizen.number),
        start_on=person.born_on,
        end_on=person.died_on,
    )


def _enrolments(books: Books, person: Person, citizen: Citizen) -> Iterator[Enrolment]:
    for spell in citizen.life.spells:
        yield Enrolment(
            **books.origin.columns(),
            person_id=person.pk,
            insurance=spell.insurance,
            kind=spell.kind,
            standing=spell.standing,
            start_on=spell.start_on,
            end_on=spell.end_on,
            unit_id=None if spell.unit is None else books.units[spell.unit].pk,
            wage_fen=spell.wage_fen,
            benefit_from=spell.benefit_from,
            end_reason=spell.end_reason,
            aided=spell.aided,
        )


def _months(books: Books, person: Person, citizen: Citizen) -> Iterator[Contribution]:
    for run in citizen.life.runs:
        yield Contribution(
            **books.origin.columns(),
            person_id=person.pk,
            slot=int(run.insurance),
            insurance=run.insurance,
            deemed=run.deemed,
            base_fen=run.base_fen,
            unit_id=None if run.unit is None else books.units[run.unit].pk,
            start_on=m.first_day(run.months.start),
            end_on=m.last_day(run.months.stop - 1),
            place=books.place,
        )


def _kin(
    books: Books,
    households: Sequence[Household],
    persons: Sequence[Person],
    documents: Sequence[IdentityDocument],
) -> Iterator[Kinship]:
    """The ties of each family; its people lie one after another in the lists."""
    first = 0
    for household in households:
        for tie in household.family.ties:
            person, relative = persons[first + tie.person], persons[first + tie.relative]
            yield Kinship(
                **books.origin.columns(),
                person_id=person.pk,
                relative_id=relative.pk,
                relation=tie.relation,
                name=relative.name,
                digest=documents[first + tie.relative].digest,
                guardian=tie.guardian,
                start_on=max(person.born_on, relative.born_on),
            )
        first += len(household.people)


def _bank(books: Books, person: Person, citizen: Citizen) -> BankAccount:
    return BankAccount(
        **books.origin.columns(),
        person_id=person.pk,
        bank=citizen.bank,
        holder=person.name,
        number=sealed(books.origin.region, "bankaccount.number", citizen.bank_account),
        start_on=max(person.born_on, date(books.origin.day.year - 3, 1, 1)),
    )


def _row(model: type[M], books: Books, person: Person, columns: dict[str, Any]) -> M:
    return model(**books.origin.columns(), person_id=person.pk, **columns)
