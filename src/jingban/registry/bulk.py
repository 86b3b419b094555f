"""Writing very many rows of the registers at once: keys drawn beforehand, so that the history can name them.

With ``persons`` and ``enrolments`` the only place that writes their tables. It checks nothing by itself: rows come
from the registers' own rules (``rosters.taking``) or from the generator; the database's constraints hold as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError

from jingban.registry.changes import Changed, changed, rows_of
from jingban.registry.models import Change, Enrolment, IdentityDocument, Person, Unit
from jingban.registry.origin import Origin
from jingban.registry.periods import contents
from jingban.registry.persons import Newcomer, traits
from jingban.registry.rules.initials import initials
from jingban.registry.sealing import number_digest, sealed

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Enrolling:
    """An enrolment that the rules have been asked about; nothing stands in its way."""

    person: Person
    insurance: str
    kind: str
    start_on: date
    benefit_from: date
    end_on: date | None = None
    unit: Unit | None = None
    wage_fen: int | None = None


def register(origin: Origin, newcomers: Sequence[Newcomer]) -> list[Person]:
    """``persons.register`` for very many that nobody knew: persons, their papers, and the history.

    Names and numbers are in their written form already.
    """
    people = write(Person, (_person(origin, newcomer) for newcomer in newcomers), len(newcomers))
    both = list(zip(people, newcomers, strict=True))
    write(IdentityDocument, (_document(origin, p, n) for p, n in both), len(both))
    record(origin, (_registered(origin, p, n) for p, n in both), len(both))
    return people


def enrol(origin: Origin, enrolling: Sequence[Enrolling]) -> list[Enrolment]:
    """``enrolments.enrol`` for very many that nothing has to give way to."""
    rows = write(Enrolment, (_enrolment(origin, one) for one in enrolling), len(enrolling))
    record(origin, (changed(origin, row, after=contents(row)) for row in rows), len(rows))
    return rows


def _enrolment(origin: Origin, one: Enrolling) -> Enrolment:
    return Enrolment(
        **origin.columns(),
        person_id=one.person.pk,
        insurance=one.insurance,
        kind=one.kind,
        start_on=one.start_on,
        end_on=one.end_on,
        unit_id=one.unit.pk if one.unit else None,
        wage_fen=one.wage_fen,
        benefit_from=one.benefit_from,
    )


def _person(origin: Origin, newcomer: Newcomer) -> Person:
    sex, born_on = traits(newcomer)
    return Person(
        region=origin.region,
        name=newcomer.name,
        initials=initials(newcomer.name),
        sex=sex,
        born_on=born_on,
        phone=sealed(origin.region, "person.phone", newcomer.phone),
        address=sealed(origin.region, "person.address", newcomer.address),
        place=newcomer.place,
        recorded_at=origin.at,
    )


def _document(origin: Origin, person: Person, newcomer: Newcomer) -> IdentityDocument:
    return IdentityDocument(
        **origin.columns(),
        person_id=person.pk,
        kind=newcomer.kind,
        number=sealed(origin.region, "identitydocument.number", newcomer.number),
        digest=number_digest(newcomer.kind, newcomer.number),
        start_on=origin.day,
    )


def _registered(origin: Origin, person: Person, newcomer: Newcomer) -> Changed:
    said = {
        "name": person.name,
        "id_kind": newcomer.kind,
        "id_number": newcomer.number,
        "sex": person.sex,
        "born_on": person.born_on.isoformat(),
        "phone": newcomer.phone,
        "address": newcomer.address,
        "place": newcomer.place,
    }
    return changed(origin, person, after={key: text for key, text in said.items() if text})


def parts(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time."""
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


def keys_for(model: type[models.Model], count: int) -> list[int]:
    """Keys for rows to come, in rising order; nobody else is given them. Inside a transaction only."""
    if not count:
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    if not connection.in_atomic_block:
        raise TransactionManagementError("keys are drawn in the transaction that uses them")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The sequence is looked up once, not once a key.
            cursor.execute(
                "WITH s AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name) "
                "SELECT nextval(s.name) FROM s, generate_series(1, %s)",
                [table, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # SQLite lets one writer in: the number of the last key given stands still for this transaction.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        last = found[0] if found else 0
        return list(range(last + 1, last + count + 1))


def write(model: type[M], rows: Iterable[M], count: int) -> list[M]:
    """Insert so many rows of one model, each given its key; gives them back. By COPY where the database has it.

    Rows may be made while they are written: PostgreSQL takes in the one while the next is being sealed.
    """
    keys, written = iter(keys_for(model, count)), []

    def named() -> Iterator[M]:
        for row in rows:
            row.pk = next(keys)
            written.append(row)
            yield row

    if count:
        _insert(model, named())
    return written


def record(origin: Origin, changes: Iterable[Changed], count: int) -> None:
    """``changes.record`` for very many."""
    write(Change, rows_of(origin, changes), count)


def _insert(model: type[M], rows: Iterator[M]) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    fields = model._meta.concrete_fields
    values = _reader(fields, connection)
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # COPY is the driver's own: its errors are made Django's here.
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(values(row))
            return
        places = ", ".join(["%s"] * len(fields))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608  names of our own columns
        for part in parts(map(values, rows), _AT_ONCE):
            cursor.executemany(statement, part)


def _reader(
    fields: Sequence[models.Field[Any, Any]], connection: BaseDatabaseWrapper
) -> Callable[[models.Model], list[Any]]:
    """What a row's columns hold, as the driver takes it. Days and instants come again and again: each once."""
    columns = attrgetter(*(field.attname for field in fields))
    special = [(place, plan) for place, field in enumerate(fields) if (plan := _plan(field, connection))]

    def values(row: models.Model) -> list[Any]:
        found = list(columns(row))
        for place, plan in special:
            found[place] = plan(found[place])
        return found

    return values


def _plan(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Callable[[Any], Any] | None:
    """How a column's value is made ready; none where the driver takes it as it is."""
    if isinstance(field, models.JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    if isinstance(field, models.DateField):  # instants too
        return None if connection.vendor == "postgresql" else _Kept(field, connection).__getitem__
    if field.choices:
        return lambda value: value.value if isinstance(value, Enum) else value
    return None


class _Kept(dict[Any, Any]):
    """Values of one column that were made ready before."""

    def __init__(self, field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> None:
        super().__init__()
        self._field, self._connection = field, connection

    def __missing__(self, value: Any) -> Any:
        self[value] = self._field.get_db_prep_save(value, self._connection)
        return self[value]
