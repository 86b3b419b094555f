"""Moving insurance between places: 医保办发〔2021〕43号 between provinces, directly inside one (reference 2.2).

Months move as spans with the place where they were paid; the balance moves on the books. At the old place the
person's row stays, with its enrolment ended. Letters carry the sheets (``jingban.exchange``); here they are made
and taken in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from jingban.registry import (
    accounts,
    certificates,
    contributions,
    enrolments,
    persons,
    sheets,
    transfer_funds,
)
from jingban.registry.accounts import Credit
from jingban.registry.errors import RegistryError
from jingban.registry.models import Insurance, Person, Source, TransferSheet
from jingban.registry.models.enrolments import Standing
from jingban.registry.origin import Origin
from jingban.registry.rules import months as m
from jingban.registry.rules import transfer as rules
from jingban.registry.sheets import Sheet
from jingban.registry.transfer_checks import (
    AlreadyMoved,
    BalanceStatedWrong,
    FeesRunning,
    moved_before,
    refuse_dead,
    refuse_misstated,
    refuse_moved,
    refuse_other_person,
    refuse_running,
    refuse_unknown,
)
from jingban.registry.transfer_funds import FundsDiffer, funds_of, receive_funds

__all__ = [
    "AlreadyMoved",
    "BalanceStatedWrong",
    "FeesRunning",
    "FundsDiffer",
    "Letter",
    "SheetMissing",
    "funds_of",
    "hand_out",
    "handover",
    "leave",
    "make_sheet",
    "moved_before",
    "receive_funds",
    "receive_sheet",
    "refuse_running",
    "sheet_of",
    "take_in",
]

INSURANCES = {"employee": Insurance.EMPLOYEE, "resident": Insurance.RESIDENT}
"""What forms and letters call the insurances."""


class SheetMissing(RegistryError):
    """The other side's sheet is not there yet."""

    code = "sheet_missing"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a 《联系函》 asks of the old place."""

    number: str
    transferee: sheets.Agency
    insurance: str
    move_account: bool = True
    prepared_by: str = ""
    confirmed_by: str = ""


def sheet_of(case_id: int, direction: str) -> dict[str, Any] | None:
    """The body of a case's last sheet, ``in`` or ``out``, as it goes into a letter; none where there is none."""
    row = sheets.row_of(case_id, direction)
    return None if row is None else sheets.opened(row).model_dump(mode="json")


def receive_sheet(origin: Origin, case_id: int, body: Mapping[str, Any]) -> TransferSheet:
    """Keep a sheet that came for a case, by letter or on paper. The same again changes nothing; another content
    under the same letter number is refused. The registers change only when the case takes it over."""
    sheet = sheets.checked(body)
    known = persons.find(origin.region, sheet.person.id_kind, sheet.person.id_number)
    return sheets.store(origin, sheet, direction="in", case=case_id, person=known)


def make_sheet(origin: Origin, person: Person, letter: Letter, *, carried: Decimal = Decimal(0)) -> Sheet:
    """The 《信息表》 of a person as the registers stand: all months, their gaps, the balance and what goes with them.

    ``carried`` is what was taken out for an earlier sheet that this one corrects.
    """
    runs = [sheets.run_of(span) for span in contributions.spans(person)]
    paid, deemed = rules.count(runs)
    held = accounts.balance(person)
    own = certificates.agency_of(origin.region)
    return sheets.checked(
        {
            "letter_number": letter.number,
            "person": certificates.identity_of(person),
            "transferor": {"place": own.place, "name": own.name},
            "transferee": letter.transferee.model_dump(),
            "insurance": letter.insurance,
            "periods": [sheets.period_of(run) for run in runs],
            "months_paid": paid,
            "months_deemed": deemed,
            "interruptions": sheets.interruptions_of(runs),
            "last_insured_on": _last_insured(person, origin.day),
            "account_balance": f"{held + carried:.2f}",
            "transfer_amount": f"{carried + (held if letter.move_account else 0):.2f}",
            "prepared_by": letter.prepared_by,
            "confirmed_by": letter.confirmed_by,
            "date": origin.day.isoformat(),
        }
    )


def hand_out(
    origin: Origin, person: Person, letter: Letter, *, case: int, stated: str | None = None
) -> TransferSheet:
    """Answer a 《联系函》: end what is suspended, take the balance out towards the other agency, keep the sheet.

    Refused while fees run here or the months were handed over before, so that the reviewer can answer ``refused``.
    ``stated`` is what the act says of the account: ``some`` or ``none``.
    """
    with transaction.atomic():
        _locked(person)
        refuse_unknown(person)
        refuse_dead(person)
        refuse_running(person, origin.day)
        carried = refuse_moved(person, letter.transferee.place)
        amount = accounts.balance(person) if letter.move_account else Decimal(0)
        refuse_misstated(amount, stated, move_account=letter.move_account)
        _end_suspended(origin, person)
        sheet = make_sheet(origin, person, letter, carried=carried)
        if amount:
            accounts.take_out(
                origin,
                person,
                amount,
                kind="transfer-out",
                reference=f"transfer-out:{letter.number}:{case}",
                memo=f"转出 {letter.number}",
                towards=accounts.OUTGOING,
            )
        return sheets.store(origin, sheet, direction="out", case=case, person=person)


def leave(origin: Origin, person: Person, *, case: int, stated: str | None = None) -> Decimal:
    """Moving out with papers in hand: end what is suspended, take the balance out to be paid back to the person.

    The months stay on record: the new place asks for them by letter.
    """
    with transaction.atomic():
        _locked(person)
        refuse_dead(person)
        refuse_running(person, origin.day)
        amount = accounts.balance(person)
        refuse_misstated(amount, stated)
        _end_suspended(origin, person)
        if amount:
            accounts.take_out(
                origin,
                person,
                amount,
                kind="transfer-refund",
                reference=f"transfer-refund:{case}",
                memo="转出返还余额",
            )
    return amount


def take_in(origin: Origin, person: Person, row: TransferSheet, *, whole: bool) -> list[str]:
    """Take a received sheet over: months that are new, money that came, the waiting period worked out anew.

    ``whole``: the procedure waits for the money too, so it must be all there, or less be taken by a decision with its
    reason. Says which months were known from another place already and therefore not counted again.
    """
    sheet = sheets.opened(row)
    with transaction.atomic():
        _locked(person)
        if sheets.taker_of(row) is not None:
            raise AlreadyMoved(f"函号{row.letter}的《信息表》已经接续，不用再办。", letter=row.letter)
        refuse_other_person(person, sheet)
        if whole:
            transfer_funds.refuse_short(origin.region, row.case)
        twice = _add_months(origin, person, sheet.runs)
        sheets.taken_over(origin, row, person, left_out=twice)
        transfer_funds.credit_received(origin, person, row.case)
        _reconsidered(origin, person)
    return twice


def handover(
    origin: Origin,
    from_region: str,
    kind: str,
    number: str,
    *,
    person: Person,
    reference: str,
    move_account: bool = True,
) -> TransferSheet:
    """Inside a province, without a letter: read the other region's register of this installation, mark the person
    as moved out there, take everything over here. Both registers keep the sheet; nothing there is ended.
    """
    there, here = (replace(origin, region=r, source=Source.SHARED) for r in (from_region, origin.region))
    found = persons.find(from_region, kind, number)
    if found is None:
        raise SheetMissing(
            "转出地的参保登记册里没有这个证件号码的人，请核对转出地和证件号码。", field="from_place"
        )
    case = origin.case or 0
    with transaction.atomic():
        _locked(found, person)
        sheet = _read_there(there, found, certificates.agency_of(origin.region), reference, move_account)
        refuse_other_person(person, sheet)
        sheets.store(there, sheet, direction="out", case=case, person=found)
        row = sheets.store(here, sheet, direction="in", case=case, person=person)
        sheets.taken_over(here, row, person, left_out=_add_months(here, person, sheet.runs))
        if sheet.amount:
            _move_balance(there, found, origin, person, sheet.amount, reference)
        _reconsidered(origin, person)
    return row


def _read_there(
    there: Origin, found: Person, to: certificates.Agency, reference: str, move_account: bool
) -> Sheet:
    """The sheet that the other register gives, if it may let the person go."""
    refuse_unknown(found)
    refuse_dead(found)
    refuse_running(found, there.day)
    refuse_moved(found)
    last = certificates.latest(found, there.day)
    letter = Letter(
        number=reference,
        transferee=sheets.Agency(place=to.place, name=to.name),
        insurance=last.insurance if last else Insurance.EMPLOYEE,
        move_account=move_account,
    )
    return make_sheet(there, found, letter)


def _locked(*persons: Person) -> None:
    """Hold these people in the order of their keys, so that two cases on one of them queue."""
    held = Person.objects.select_for_update(no_key=True).filter(pk__in=[p.pk for p in persons])
    list(held.order_by("pk").values_list("pk"))


def _end_suspended(origin: Origin, person: Person) -> None:
    spell = enrolments.on(person, origin.day)  # active and later ones were refused: what is left is suspended
    if spell is not None and spell.end_on != origin.day:
        enrolments.end(origin, person, origin.day, "moved-out")


def _last_insured(person: Person, day: date) -> str | None:
    """The last day that was really insured; none for somebody who still is, or never was."""
    spells = person.enrolments.filter(standing=Standing.ACTIVE, start_on__lte=day).order_by("-start_on")
    last = spells.values_list("end_on", flat=True).first()
    return None if last is None or last > day else str(last.isoformat())


def _add_months(origin: Origin, person: Person, runs: Iterable[rules.Run]) -> list[str]:
    """Put on record what is new; says what the register had from elsewhere, which then stands."""
    known: dict[str, dict[int, str]] = {}
    for span in contributions.spans(person):
        run = sheets.run_of(span)
        known.setdefault(run.insurance, {}).update(dict.fromkeys(run.months, run.place))
    found = rules.sort_out(runs, known)
    for run in found.fresh:
        contributions.add(
            origin,
            person,
            insurance=run.insurance,
            first=m.first_day(run.months.start),
            last=m.first_day(run.months.stop - 1),
            base=None if run.base is None else Decimal(run.base),
            deemed=run.deemed,
            place=run.place,
        )
    return [m.words(run.months) for run in found.elsewhere]


def _move_balance(
    there: Origin, giver: Person, here: Origin, taker: Person, amount: Decimal, reference: str
) -> None:
    """The balance leaves one book and enters the other; the two agencies settle it between them afterwards.

    Books are taken in the order of the regions' names, as the ledger asks, so two handovers never wait in a circle.
    """

    def out() -> None:
        accounts.take_out(
            there,
            giver,
            amount,
            kind="transfer-out",
            reference=f"handover-out:{reference}",
            towards=accounts.OUTGOING,
        )

    def into() -> None:
        credit = Credit(taker, amount, f"handover-in:{reference}")
        accounts.credit_many(here, [credit], kind="transfer-in", memo="省内转入", paid_from=accounts.DUE)

    for step in (out, into) if there.region < here.region else (into, out):
        step()


def _reconsidered(origin: Origin, person: Person) -> None:
    """Months from elsewhere may shorten the wait of an enrolment that began before they were known."""
    spell = enrolments.on(person, origin.day)
    if spell is not None and spell.standing == Standing.ACTIVE:
        enrolments.reconsider(origin, person, origin.day)
