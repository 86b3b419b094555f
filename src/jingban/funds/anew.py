"""A case that was worked out anew, fund by fund: what stands decided less what the books owed and paid for it.

What differs is never kept anywhere: a payment that comes back, a claim that is declined or a supplement that is taken
back changes what is booked, and by that what is open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from jingban.benefits import service as benefits
from jingban.core.localtime import local_day
from jingban.funds import chart, payables
from jingban.funds.models import LIVE, Payable, Recovery, RecoveryState, Shift, Why
from jingban.funds.payables import Owed, case_subject

CLAIMED = (RecoveryState.OPEN, RecoveryState.CLOSED)


@dataclass(frozen=True, slots=True)
class Open:
    """What is open of a case: above zero a fund owes it to the person, below zero it paid too much."""

    case: int
    parts: dict[str, int]
    why: str
    last: benefits.Adjustment
    """The latest adjustment that it takes up: what stands decided now."""

    @property
    def net(self) -> int:
        """Above zero it is owed to the person, below zero the person owes it."""
        return sum(self.parts.values())

    @property
    def reference(self) -> str:
        """By the last adjustment that it takes up: once and for all."""
        return f"{case_subject(self.case)}:adjustment:{self.last.pk}"


def opens(*, region: str = "", case_id: int = 0) -> list[Open]:
    """What is open of the cases that wait for somebody to see to it, oldest first."""
    last = {row.case_id: row for row in benefits.adjustments_waiting(region=region, case_id=case_id)}
    sums = booked(last)
    return [Open(case, _less(_decided(row), sums[case]), row.why, row) for case, row in last.items()]


def open_of(case_id: int) -> Open | None:
    """The same of one case; none where nothing waits."""
    return next(iter(opens(case_id=case_id)), None)


def booked(cases: Collection[int]) -> dict[int, dict[str, int]]:
    """By the books: what was owed for these cases, less what is asked back since they were worked out anew, after
    what the funds took over from each other."""
    sums: dict[int, dict[str, int]] = {case: {} for case in cases}
    owed = Payable.objects.filter(case__in=cases, reversed_on__isnull=True, why__in=payables.OWN)
    _add_all(sums, owed.values_list("case", "parts"))
    _add_all(sums, Shift.objects.filter(case__in=cases).values_list("case", "parts"))
    claims = Recovery.objects.filter(case__in=cases, state__in=CLAIMED, cause__startswith="case:")
    _add_all(sums, claims.values_list("case", "parts"), sign=-1)
    return sums


def recoverable(case_id: int, *, but: int | None = None) -> dict[str, int]:
    """What can be asked back of a case, by fund: what arrived, after what the funds took over from each other, less what
    is asked back already. ``but``: leaving this recovery out."""
    sums: dict[int, dict[str, int]] = {case_id: {}}
    arrived = Payable.objects.filter(case=case_id, paid_on__isnull=False, reversed_on__isnull=True)
    _add_all(sums, arrived.values_list("case", "parts"))
    _add_all(sums, Shift.objects.filter(case=case_id).values_list("case", "parts"))
    claims = Recovery.objects.filter(case=case_id).exclude(state=RecoveryState.DECLINED).exclude(pk=but or 0)
    _add_all(sums, claims.values_list("case", "parts"), sign=-1)
    return sums[case_id]


def split(parts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """The person's part, all of one sign, and what stands between the funds, which sums to zero."""
    net = sum(parts.values())
    sign = 1 if net > 0 else -1
    left, own, between = abs(net), {}, {}
    for fund, fen in sorted(parts.items()):
        part = min(left, abs(fen)) * sign if fen * sign > 0 else 0
        left -= abs(part)
        if part:
            own[fund] = part
        if fen - part:
            between[fund] = fen - part
    return own, between


def owe_anew(case_id: int, *, actor: int, now: datetime) -> None:
    """Apply what waits to what is not on its way: a case's payable is owed anew, a supplement is taken back.

    What is on its way or paid waits, to be paid up or asked back.
    """
    found = open_of(case_id)
    if found is None:
        return
    rows = list(_standing(case_id))
    if not rows:  # never owed: it will be, by the decision that stands then
        benefits.settle_adjustments(case_id, reference="not-owed", now=now, upto=found.last.pk)
        return
    idle = [row for row in rows if row.paid_on is None and not is_live(row)]
    for row in idle:
        if row.subject != case_subject(case_id) and (row.why == Why.SUPPLEMENT or found.last.new is None):
            payables.take_back(row, actor=actor, now=now)
    main = next((row for row in idle if row.subject == case_subject(case_id)), None)
    if main is not None:
        _owed_anew(main, actor=actor, now=now)


def up_to_date(case_id: int, subject: str, *, actor: int, now: datetime) -> Payable | None:
    """The payable that counts, held, after what waited was applied to it."""
    owe_anew(case_id, actor=actor, now=now)
    # Who waited for a row that was reversed meanwhile sees what took its place at the second look.
    return payables.standing(subject) or payables.standing(subject)


def is_live(row: Payable) -> bool:
    """Whether a payment of it is prepared, on its way or paid."""
    return row.payments.filter(state__in=LIVE).exists()


def shifted(found: Open, between: Mapping[str, int], *, actor: int, now: datetime) -> None:
    """Book what one fund takes over from another, and write it down."""
    if not between:
        return
    row = Shift.objects.create(
        region=found.last.region,
        case_id=found.case,
        cause=found.reference,
        parts=dict(between),
        moved_on=local_day(now),
        actor=actor,
    )
    flow = chart.cleared(f"shift:{row.pk}", f"重新核定，基金间往来 {found.reference}", between)
    chart.book(row.region, [flow], actor=actor, now=now)


def settled(found: Open, reference: str, *, now: datetime) -> None:
    """What waits of the case was seen to; what came meanwhile goes on waiting."""
    benefits.settle_adjustments(found.case, reference=reference, now=now, upto=found.last.pk)


def _owed_anew(row: Payable, *, actor: int, now: datetime) -> None:
    found = open_of(row.case_id)
    if found is None:
        return
    whole = _less(found.parts, {fund: -fen for fund, fen in row.parts.items()})
    own, between = split(whole)
    is_short = sum(whole.values()) < 0  # more was paid beside it than is left: that is still to be asked back
    new = found.last.new
    payables.take_back(row, actor=actor, now=now)
    if new is not None:
        owed = Owed(row.subject, row.why, {} if is_short else own, new.pk, row.person)
        payables.record(
            owed, region=row.region, office=row.office, item=row.item, case=row.case_id, actor=actor, now=now,
            memo=f"重新核定 {found.why}",
        )  # fmt: skip
    if not is_short:
        shifted(found, between, actor=actor, now=now)
        settled(found, f"owe:{row.subject}", now=now)


def _standing(case_id: int) -> Iterable[Payable]:
    rows = Payable.objects.select_for_update(no_key=True).filter(case=case_id, reversed_on__isnull=True)
    return rows.filter(why__in=payables.OWN).order_by("pk")


def _decided(row: benefits.Adjustment) -> Mapping[str, int]:
    return row.new.parts if row.new is not None else {}


def _less(parts: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    found = {fund: parts.get(fund, 0) - other.get(fund, 0) for fund in sorted({*parts, *other})}
    return {fund: fen for fund, fen in found.items() if fen}


def _add_all(
    sums: dict[int, dict[str, int]], rows: Iterable[tuple[int, Mapping[str, int]]], *, sign: int = 1
) -> None:
    for case, parts in rows:
        into = sums[case]
        for fund, fen in parts.items():
            into[fund] = into.get(fund, 0) + sign * fen
