"""What the registers hold of one person or unit, part by part, as of a day: for desks and commands.

Whoever reads has asked ``may`` and told the audit. Numbers, telephones and addresses come masked; ``full`` is for
whoever gave a reason. Each part is a few indexed reads, so that a page asks only for what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jingban.core.identifiers import mask_bank, mask_id, mask_phone
from jingban.ledger import service as ledger
from jingban.registry import accounts
from jingban.registry.changes import opened, value_on
from jingban.registry.contributions import Months, span_of
from jingban.registry.levy_rates import by_illustrations
from jingban.registry.models import (
    AidStatus,
    BankAccount,
    Change,
    Contribution,
    Enrolment,
    Helper,
    IdentityDocument,
    Insurance,
    Issued,
    Kinship,
    Levy,
    OffsiteFiling,
    Person,
    Recognition,
    Unit,
    UnitLink,
    UnitOperator,
)
from jingban.registry.sealing import unsealed
from jingban.registry.shown import Altered, field_label, mask_address, names_of, one_by_one, value_words
from jingban.rulebook.choices import choices

PAGE = 30
"""Changes of a page of the history."""
STATEMENT_MONTHS = 24
"""How far back the statement of an account goes."""


@dataclass(frozen=True, slots=True)
class Paper:
    """An identity document."""

    kind: str
    number: str
    start_on: date
    end_on: date | None


@dataclass(frozen=True, slots=True)
class Then:
    """What was registered otherwise on an earlier day."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Who somebody is, and what counts on a day."""

    person: Person
    day: date
    phone: str
    address: str
    papers: tuple[Paper, ...]
    then: tuple[Then, ...]
    spell: Enrolment | None
    spells: tuple[Enrolment, ...]
    filings: tuple[OffsiteFiling, ...]
    recognitions: tuple[Recognition, ...]
    aid: tuple[AidStatus, ...]

    @property
    def number(self) -> str:
        """The document somebody goes by: the citizen's number first."""
        return self.papers[0].number if self.papers else ""


@dataclass(frozen=True, slots=True)
class Paid:
    """Months of contribution and the personal account."""

    months: dict[str, Months]
    spans: tuple[Contribution, ...]
    balance: Decimal
    statement: tuple[ledger.StatementRow, ...]
    levies: tuple[Levy, ...]
    shown: frozenset[int]
    """Which of the levies were worked out by illustrations."""


@dataclass(frozen=True, slots=True)
class Ties:
    """Whom somebody belongs to, who acts for whom, where money goes, what was issued."""

    kin: tuple[Kinship, ...]
    helpers: tuple[Helper, ...]
    banks: tuple[tuple[BankAccount, str], ...]
    issued: tuple[Issued, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A page of what was changed, the newest first; ``next`` asks for what was before it."""

    rows: tuple[tuple[Change, Altered], ...]
    next: str


def standing_of(person: Person, day: date, *, full: bool = False, entitlements: bool = True) -> Standing:
    """Key information and enrolments, three reads, and (three more) entitlements; what stood otherwise on the day
    is told."""
    documents = IdentityDocument.objects.filter(person=person).order_by("end_on", "kind", "-start_on")
    spells = tuple(person.enrolments.select_related("unit").order_by("-start_on", "-id"))
    phone, address = unsealed(person, "phone"), unsealed(person, "address")
    papers = sorted((_paper(d, full=full) for d in documents), key=lambda p: p.end_on is not None)
    return Standing(
        person=person,
        day=day,
        phone=phone if full else mask_phone(phone),
        address=address if full else mask_address(address),
        papers=tuple(papers),
        then=tuple(_then(person, day, full=full)),
        spell=next((s for s in spells if _counts(s, day)), None),
        spells=spells,
        filings=tuple(person.filings.order_by("-start_on", "-id")) if entitlements else (),
        recognitions=tuple(person.recognitions.order_by("-start_on", "disease")) if entitlements else (),
        aid=tuple(person.aid.order_by("-start_on", "-id")) if entitlements else (),
    )


def paid_of(person: Person, day: date) -> Paid:
    """Contributions up to now, the account as of the day with its statement, own levies."""
    spans = tuple(Contribution.objects.filter(person=person).order_by("-start_on", "insurance"))
    months = {kind.value: _months(s for s in spans if s.insurance == kind) for kind in Insurance}
    own = ledger.accounts_of(owner=person.number, region=person.region)
    owed = tuple(person.levies.order_by("-start_on", "-id"))
    return Paid(
        months={kind: found for kind, found in months.items() if found.total},
        spans=spans,
        balance=accounts.balance(person, as_of=day) if own else Decimal("0.00"),
        statement=tuple(reversed(_statement(person, day))) if own else (),
        levies=owed,
        shown=by_illustrations(owed),
    )


def ties_of(person: Person, *, full: bool = False) -> Ties:
    """Kin, helpers, bank accounts and what was issued."""
    banks = BankAccount.objects.filter(person=person).order_by("-start_on", "-id")
    return Ties(
        kin=tuple(
            Kinship.objects.filter(person=person).select_related("relative").order_by("start_on", "id")
        ),
        helpers=tuple(Helper.objects.filter(person=person).order_by("-start_on", "-id")),
        banks=tuple((row, _bank(row, full=full)) for row in banks),
        issued=tuple(Issued.objects.filter(person=person.pk).order_by("-id")),
    )


def history_of(
    *, person: Person | None = None, unit: Unit | None = None, after: str = "", full: bool = False
) -> History:
    """What was changed of a person or a unit, the newest first, a page at a time by key."""
    rows = Change.objects.order_by("-id")
    rows = rows.filter(person=person.pk) if person is not None else rows.filter(unit=unit.pk if unit else 0)
    if after.isascii() and after.isdecimal():
        rows = rows.filter(pk__lt=int(after))
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    words = one_by_one((opened(row) for row in shown), full=full)
    return History(tuple(zip(shown, words, strict=True)), str(shown[-1].pk) if len(page) > PAGE else "")


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A unit as the register has it."""

    unit: Unit
    day: date
    kind: str
    representative_number: str
    phone: str
    then: tuple[Then, ...]
    operators: tuple[UnitOperator, ...]
    links: tuple[UnitLink, ...]
    linked: tuple[UnitLink, ...]
    levies: tuple[Levy, ...]
    shown: frozenset[int]
    """Which of the levies were worked out by illustrations."""

    @property
    def arrears(self) -> tuple[Levy, ...]:
        return tuple(levy for levy in self.levies if levy.status == "issued")

    @property
    def owed_by_illustrations(self) -> bool:
        """Whether illustrations went into what is owed."""
        return any(levy.pk in self.shown for levy in self.arrears)


def unit_file(unit: Unit, day: date, *, full: bool = False) -> UnitFile:
    """Data, operators, branches and levies of a unit: six reads, one more for an earlier day."""
    number = unsealed(unit, "legal_representative_number")
    history = _history("unit", unit.pk) if day < _last_recorded(unit) else []
    owed = tuple(unit.levies.order_by("-start_on", "-id"))
    return UnitFile(
        unit=unit,
        day=day,
        kind=choices("unit_kind").get(unit.kind, unit.kind),
        representative_number=number if full else mask_id(number),
        phone=unit.phone if full else mask_phone(unit.phone),
        then=tuple(_differences("unit", unit, history, day, _UNIT_FIELDS, full=full)),
        operators=tuple(unit.operators.select_related("user").order_by("-start_on", "-id")),
        links=tuple(unit.links.select_related("other").order_by("on", "id")),
        linked=tuple(UnitLink.objects.filter(other=unit).select_related("unit").order_by("on", "id")),
        levies=owed,
        shown=by_illustrations(owed),
    )


_PERSON_FIELDS = ("name", "sex", "born_on", "id_number", "place")
_UNIT_FIELDS = ("name", "credit_code", "kind", "legal_representative", "address", "status")


def _then(person: Person, day: date, *, full: bool) -> Iterable[Then]:
    """Key information that was another on the day: the history is asked only for a day that is over."""
    if day >= _last_recorded(person):
        return ()
    return _differences("person", person, _history("person", person.pk), day, _PERSON_FIELDS, full=full)


def _last_recorded(row: Person | Unit) -> date:
    """From this day on nothing can have been otherwise: of the last change of the row's own."""
    own = Change.objects.filter(register=str(row._meta.model_name), row=row.pk).exclude(field="")
    last = own.order_by("-valid_from").values_list("valid_from", flat=True).first()
    return last or date.min


def _history(register: str, row: int) -> list[Change]:
    return list(Change.objects.filter(register=register, row=row).order_by("id"))


def _differences(
    register: str, row: Any, history: list[Change], day: date, fields: Iterable[str], *, full: bool
) -> Iterable[Then]:
    for name in fields if history else ():
        then, now = value_on(history, name, day), value_on(history, name, date.max)
        if then is not None and then != now:
            words = value_words(register, name, then, names_of(()), full=full)
            yield Then(field_label(register, name), words)


def _paper(document: IdentityDocument, *, full: bool) -> Paper:
    number = unsealed(document, "number")
    kind = choices("id_kind").get(document.kind, f"证件种类{document.kind}")
    return Paper(kind, number if full else mask_id(number), document.start_on, document.end_on)


def _bank(row: BankAccount, *, full: bool) -> str:
    number = unsealed(row, "number")
    return number if full else mask_bank(number)


def _counts(spell: Enrolment, day: date) -> bool:
    return spell.start_on <= day and (spell.end_on is None or spell.end_on >= day)


def _months(spans: Iterable[Contribution]) -> Months:
    counted = [(len(span_of(span)), span.deemed) for span in spans]
    return Months(
        paid=sum(n for n, deemed in counted if not deemed), deemed=sum(n for n, deemed in counted if deemed)
    )


def _statement(person: Person, day: date) -> list[ledger.StatementRow]:
    since = date(day.year - STATEMENT_MONTHS // 12, day.month, 1)
    return accounts.statement(person, start_on=since, end_on=day)
