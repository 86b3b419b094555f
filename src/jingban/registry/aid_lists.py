"""Lists of persons in need from civil affairs (救助对象名单): each line is taken in or explained, the same list twice
changes nothing; and the cases of premium subsidy that such a list opens where nobody applies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from django.db import transaction

from jingban.access.service import Actor
from jingban.cases import actions
from jingban.cases.forms import CITIZEN_ID, certificate_number
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.insurance import AID_CATEGORIES
from jingban.core.localtime import local_day
from jingban.core.names import person_name
from jingban.processes.model import Message
from jingban.registry import aid, persons
from jingban.registry.aid import AidRefused
from jingban.registry.errors import RegistryError
from jingban.registry.models import AidStatus, IdentityDocument, Person, Source
from jingban.registry.origin import Origin
from jingban.registry.sealing import number_digest
from jingban.rulebook.models import PublishedItem
from jingban.rulebook.publish import Version, version

MESSAGE = "aid-list"
"""What a list of civil affairs is called among the messages (messages.yaml)."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One line: whom civil affairs recognised as what, from when, until when (none: until the next word)."""

    name: str
    number: str
    category: str
    recognised_on: date
    until: date | None = None
    kind: str = CITIZEN_ID


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a line: taken in, nothing new, or why not; ``line`` counts from 1."""

    line: int
    status: Literal["new", "same", "refused"]
    person: Person | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The case of a line, or why there is none."""

    line: int
    case: CaseView | None
    why: str = ""


def from_list(origin: Origin, rows: Sequence[Row]) -> list[Taken]:
    """Take a list in. Persons whom the register does not have yet are registered; nobody is taken off by silence:
    who is no longer in need comes with an ``until``. Its source is shared data, whoever uploads it."""
    shared = replace(origin, source=Source.SHARED)
    found: list[Taken] = []
    for start in range(0, len(rows), _AT_ONCE):
        found += _chunk(shared, rows[start : start + _AT_ONCE], start)
    return found


def _chunk(origin: Origin, rows: Sequence[Row], start: int) -> Iterator[Taken]:
    """Lines that say nothing new are told by two reads for all of them; each other one is a write of its own."""
    clean = [_clean(row, origin.day) for row in rows]
    digests = [number_digest(row.kind, row.number) for row in clean if isinstance(row, Row)]
    holders = {
        (document.kind, bytes(document.digest)): document.person
        for document in IdentityDocument.objects.open()
        .filter(region=origin.region, digest__in=digests)
        .select_related("person")
    }
    statuses = AidStatus.objects.filter(person__in=holders.values()).order_by("start_on")
    held: dict[int, list[AidStatus]] = {}
    for status in statuses:
        held.setdefault(status.person_id, []).append(status)
    for line, row in enumerate(clean, start + 1):
        if isinstance(row, str):
            yield Taken(line, "refused", None, row)
            continue
        person = holders.get((row.kind, number_digest(row.kind, row.number)))
        if person is not None and _is_known(row, held.get(person.pk, [])) and person.name == row.name:
            yield Taken(line, "same", person)
        else:
            yield _written(origin, line, row, person)


def _clean(row: Row, day: date) -> Row | str:
    """The line with name and number in their one form, or what is wrong with it."""
    try:
        if row.category not in AID_CATEGORIES:
            raise AidRefused(f"没有“{row.category}”这一类救助对象。")
        return replace(
            row, name=person_name(row.name), number=certificate_number(row.kind, row.number, on=day)
        )
    except DomainError as error:
        return error.message


def _is_known(row: Row, held: list[AidStatus]) -> bool:
    """Whether the line says no more than the register: of the category, to the same end, not over before it began."""
    return any(
        status.category == row.category
        and status.end_on == row.until
        and (status.end_on is None or status.end_on >= row.recognised_on)
        for status in held
    )


def _written(origin: Origin, line: int, row: Row, person: Person | None) -> Taken:
    try:
        with transaction.atomic():
            if person is None:  # or an earlier line has just registered the same number
                person = persons.find(origin.region, row.kind, row.number)
            if person is None:
                person = persons.register(origin, persons.Newcomer(row.name, row.number, row.kind))
            if person.name != row.name:
                raise RegistryError("证件号码和登记的姓名对不上，请与民政部门核对。")
            _granted(origin, row, person)
    except DomainError as error:
        return Taken(line, "refused", person, error.message)
    return Taken(line, "new", person)


def _granted(origin: Origin, row: Row, person: Person) -> None:
    """The status with its term; one that is shorter than the term on record ends it."""
    held, until = aid.status_on(person, row.recognised_on), row.until
    same = held is not None and held.category == row.category
    if held is not None and same and until is not None and (held.end_on is None or until < held.end_on):
        aid.end(origin, held, until, "off-the-list")
    else:
        aid.grant(origin, person, row.category, row.recognised_on, end_on=until)


def open_cases(
    region: str, rows: Sequence[Row], *, batch: str, year: int, actor: Actor, now: datetime
) -> list[Opened]:
    """A case of premium subsidy for each line, where the region opens them by the list (无需个人申报).

    ``batch`` is the list's own number: the same list twice opens nothing more. Raises where people apply here.
    """
    published = _opened_by_list(region)
    found: list[Opened] = []
    for line, row in enumerate(rows, 1):
        clean = _clean(row, local_day(now))
        if isinstance(clean, str):
            found.append(Opened(line, None, clean))
            continue
        digest = number_digest(clean.kind, clean.number)
        known = persons.find(region, clean.kind, clean.number) is not None
        view = actions.start(
            version=published.id,
            process=published.item.process.process,
            application=actions.Application(
                answers=_answers(clean, year), facts={"person": "known" if known else "new"}
            ),
            key=actions.as_key(f"{MESSAGE}:{region}:{batch}:{year}:{digest.hex()}"),
            now=now,
            actor=actor,
        )
        found.append(Opened(line, view))
    return found


def _answers(row: Row, year: int) -> dict[str, str]:
    """What the list says, as the form of the entry would."""
    return {
        "name": row.name,
        "id_kind": row.kind,
        "id_number": row.number,
        "aid_category": row.category,
        "recognised_on": row.recognised_on.isoformat(),
        "insured_year": str(year),
    }


def _opened_by_list(region: str) -> Version:
    for row in PublishedItem.objects.filter(region=region, is_current=True).order_by("position"):
        published = version(row.pk)
        starts = published.item.process.starts
        if isinstance(starts, Message) and starts.message == MESSAGE:
            return published
    raise RegistryError("本地的缴费补贴由救助对象申请，不由名单启动；名单只登记救助对象身份。", region=region)
