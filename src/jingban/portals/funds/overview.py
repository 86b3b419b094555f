"""概况: what waits in the funds room for whoever looks, and what each fund holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.funds import service as funds
from jingban.portals.funds import rooms
from jingban.portals.funds.rooms import Place

PREPARED, MADE, CHECKED, APPROVED = (
    funds.Attempt.PREPARED,
    funds.BatchState.MADE,
    funds.BatchState.CHECKED,
    funds.BatchState.APPROVED,
)


@dataclass(frozen=True, slots=True)
class Waits:
    """Something that waits: what, how much, where it is done, and whether by whoever looks.

    ``page`` is empty where whoever looks cannot open it.
    """

    title: str
    count: int
    fen: int | None
    page: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What a fund holds."""

    name: str
    special: Decimal
    expenditure: Decimal
    transit: Decimal
    payable: Decimal
    returned: Decimal
    receivable: Decimal


@rooms.staff
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What waits for me first, then what waits for others; balances for who sees the whole region."""
    place = rooms.here(request)
    waits = sorted((w for w in waiting(place) if w.count), key=lambda w: not w.mine)
    shown = {
        **rooms.base(request, place),
        "mine": [w for w in waits if w.mine],
        "others": [w for w in waits if not w.mine],
        "held": () if place.offices else balances(place.region),
    }
    return render(request, "funds/overview.html", shown)


def waiting(place: Place) -> Iterator[Waits]:
    """What waits, from the first step to the last."""
    cashier, checker, head = (may(place, roles) for roles in (funds.CASHIER, funds.CHECKER, funds.HEAD))
    decider, bank = checker or head, cashier or checker
    prepared = place.scoped(funds.Payment.objects.filter(state=PREPARED, batch__isnull=True))
    found = prepared.aggregate(n=Count("pk"), fen=Sum("amount_fen"))
    yield Waits("待组批的付款", found["n"], found["fen"], "funds-batches", cashier)
    batches = place.scoped(funds.Batch.objects.filter(state__in=[MADE, CHECKED, APPROVED]))
    states = {
        row["state"]: row
        for row in batches.order_by().values("state").annotate(n=Count("pk"), fen=Sum("total_fen"))
    }
    for state, title, mine in (
        (MADE, "待复核的批次", checker), (CHECKED, "待负责人审批的批次", head), (APPROVED, "待送银行的批次", cashier),
    ):  # fmt: skip
        row = states.get(state, {"n": 0, "fen": 0})
        yield Waits(title, row["n"], row["fen"], "funds-batches", mine)
    sent = place.scoped(funds.Payment.objects.filter(state=funds.Attempt.SENT))
    found = sent.aggregate(n=Count("pk"), fen=Sum("amount_fen"))
    # The bank's files are of the whole region: who is at one office only reads here what is awaited.
    page = "" if place.offices else "funds-returns"
    yield Waits("已送银行、等回执的付款", found["n"], found["fen"], page, bank and bool(page))
    yield from _corrections(place, cashier, decider)
    asked = place.scoped(funds.FiscalRequest.objects.filter(state=funds.FiscalState.ASKED, case__isnull=True))
    found = asked.aggregate(n=Count("pk"), fen=Sum("total_fen"))
    yield Waits("待登记财政答复的用款申请", found["n"], found["fen"], "funds-fiscal", bank)
    claims = place.scoped(funds.Recovery.objects.filter(state=funds.RecoveryState.PROPOSED))
    found = claims.aggregate(n=Count("pk"), fen=Sum("total_fen"))
    yield Waits("待复核的追回", found["n"], found["fen"], "funds-recoveries", decider)


def _corrections(place: Place, cashier: bool, decider: bool) -> Iterator[Waits]:
    found = funds.to_correct(place.region)
    rows = [row for row in found if not place.offices or row.payable.office in place.offices]
    asked = set(
        funds.PayeeCorrection.objects.filter(
            subject__in=[row.payable.subject for row in rows], decided_at__isnull=True
        ).values_list("subject", flat=True)
    )
    open_ = [row for row in rows if row.payable.subject not in asked]
    yield Waits(
        "银行退回、待更正账户的付款",
        len(open_),
        sum(row.fen for row in open_),
        "funds-corrections",
        cashier,
    )
    yield Waits("待复核的账户更正", len(asked), None, "funds-corrections", decider)


def may(place: Place, roles: frozenset[str]) -> bool:
    """Whether whoever looks holds one of the roles at any office of the place."""
    return any(place.may(roles, office) for office in place.offices or ("",))


def balances(region: str, *, as_of: date | None = None) -> tuple[Held, ...]:
    """What each fund holds on its accounts, now or at the end of a day."""
    zero = Decimal("0.00")
    keys = ("special", "expenditure", "transit", "payable", "returned", "receivable")
    return tuple(
        Held(str(funds.Fund(fund).label), *(own.get(key, zero) for key in keys))
        for fund, own in funds.balances(region, as_of=as_of).items()
    )
