"""Each calculation in one shape: what it is worked out from (kept with the decision), and how that gives results.

What is gathered is complete: worked out again on a later day nothing is asked of the registers or the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from jingban.benefits.books import Table
from jingban.benefits.models import Kind
from jingban.benefits.rules.aid import Settled, aid_after_settlement
from jingban.benefits.rules.allowance import Wage, allowance
from jingban.benefits.rules.birth import Event, Insured
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.maternity import maternity_medical, prenatal
from jingban.benefits.rules.model import Claim, Result, Year
from jingban.benefits.rules.reimbursement import reimburse
from jingban.benefits.rules.reward import Reporter, reward
from jingban.benefits.rules.subsidies import birth_subsidy


@dataclass(frozen=True, slots=True)
class BillClaim:
    """The claim of one bill."""

    bill: int
    claim: Claim


@dataclass(frozen=True, slots=True)
class Reimbursed:
    """Bills in the order of their settlement."""

    claims: tuple[BillClaim, ...]


@dataclass(frozen=True, slots=True)
class BillSettled:
    """What insurance had settled of one bill."""

    bill: int
    settled: Settled


@dataclass(frozen=True, slots=True)
class Aided:
    """Bills for medical aid after insurance."""

    bills: tuple[BillSettled, ...]


@dataclass(frozen=True, slots=True)
class Maternity:
    """Fees of the event, and checks before it: all bills of either as one claim, for the standard is of the event."""

    event: Event
    insured: Insured
    fees: BillClaim | None
    checks: BillClaim | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """The unit's wage is the register's, of last year."""

    event: Event
    insured: Insured
    wage: Wage


@dataclass(frozen=True, slots=True)
class Subsidy:
    """``fees``: what the invoices add up to; of it what a third party and commercial insurance paid."""

    event: Event
    insured: Insured
    fees: int
    third_party: int = 0
    commercial: int = 0


@dataclass(frozen=True, slots=True)
class Rewarded:
    """The loss that was found, and how the tip-off was graded."""

    case_value: int
    grade: int
    day: date
    is_insider: bool
    reporters: tuple[Reporter, ...]
    against: tuple[str, ...] = ()


OfEvent = Maternity | Allowance | Subsidy
"""Worked out from a medical event."""
Payload = Reimbursed | Aided | OfEvent | Rewarded


@dataclass(frozen=True, slots=True)
class Worked:
    """One result; of which bill, where it is of one."""

    bill: int | None
    result: Result


def run(kind: str, payload: Any, year: Year, table: Table) -> tuple[Worked, ...]:
    """Work a payload out by a table of parameters and what the year had added up to before."""
    return _CALCULATIONS[Kind(kind)].run(payload, year, table)


def dump(kind: str, payload: Payload) -> str:
    """A payload as text, to be sealed."""
    return _CALCULATIONS[Kind(kind)].adapter.dump_json(payload).decode()


def read(kind: str, text: str) -> Any:
    """The same again."""
    return _CALCULATIONS[Kind(kind)].adapter.validate_json(text)


@dataclass(frozen=True, slots=True)
class _Calculation:
    adapter: TypeAdapter[Any]
    run: Callable[[Any, Year, Table], tuple[Worked, ...]]


def _reimbursed(payload: Reimbursed, year: Year, table: Table) -> tuple[Worked, ...]:
    found = []
    for part in payload.claims:
        result = reimburse(part.claim, year, Figures(table, part.claim.ended_on))
        year = year.after(result.increments)
        found.append(Worked(part.bill, result))
    return tuple(found)


def _aided(payload: Aided, year: Year, table: Table) -> tuple[Worked, ...]:
    found = []
    for part in payload.bills:
        result = aid_after_settlement(part.settled, year, Figures(table, part.settled.day))
        year = year.after(result.increments)
        found.append(Worked(part.bill, result))
    return tuple(found)


def _maternity(payload: Maternity, year: Year, table: Table) -> tuple[Worked, ...]:
    found = []
    if (checks := payload.checks) is not None:
        event = Event("prenatal", payload.event.on)
        figures = Figures(table, checks.claim.ended_on)
        found.append(Worked(checks.bill, prenatal(checks.claim, event, payload.insured, figures, year)))
    if (fees := payload.fees) is not None:
        figures = Figures(table, payload.event.on)
        found.append(
            Worked(fees.bill, maternity_medical(fees.claim, payload.event, payload.insured, figures))
        )
    return tuple(found)


def _allowance(payload: Allowance, _: Year, table: Table) -> tuple[Worked, ...]:
    figures = Figures(table, payload.event.on)
    return (Worked(None, allowance(payload.event, payload.insured, payload.wage, figures)),)


def _subsidy(payload: Subsidy, _: Year, table: Table) -> tuple[Worked, ...]:
    figures = Figures(table, payload.event.on)
    result = birth_subsidy(
        payload.event,
        payload.insured,
        payload.fees,
        figures,
        third_party=payload.third_party,
        commercial=payload.commercial,
    )
    return (Worked(None, result),)


def _rewarded(payload: Rewarded, _: Year, table: Table) -> tuple[Worked, ...]:
    figures = Figures(table, payload.day)
    result = reward(
        payload.case_value,
        payload.grade,
        figures,
        reporters=payload.reporters,
        is_insider=payload.is_insider,
        against=payload.against,
    )
    return (Worked(None, result),)


_CALCULATIONS: dict[Kind, _Calculation] = {
    Kind.REIMBURSEMENT: _Calculation(TypeAdapter(Reimbursed), _reimbursed),
    Kind.AID: _Calculation(TypeAdapter(Aided), _aided),
    Kind.MATERNITY_MEDICAL: _Calculation(TypeAdapter(Maternity), _maternity),
    Kind.ALLOWANCE: _Calculation(TypeAdapter(Allowance), _allowance),
    Kind.BIRTH_SUBSIDY: _Calculation(TypeAdapter(Subsidy), _subsidy),
    Kind.REWARD: _Calculation(TypeAdapter(Rewarded), _rewarded),
}


def merged(claims: Sequence[BillClaim]) -> BillClaim | None:
    """Several bills as one claim, its lines numbered through; none of none."""
    if not claims:
        return None
    lines = [line for part in claims for line in part.claim.lines]
    whole = replace(
        claims[0].claim,
        began_on=min(part.claim.began_on for part in claims),
        ended_on=max(part.claim.ended_on for part in claims),
        lines=tuple(replace(line, seq=seq) for seq, line in enumerate(lines, start=1)),
        commercial=sum(part.claim.commercial for part in claims),
        third_party_paid=sum(part.claim.third_party_paid for part in claims),
    )
    return BillClaim(claims[0].bill, whole)
