"""Medical aid comes after insurance on the same receipts (先保险后救助), and once.

What this agency decided itself is taken from its decision, never from what somebody types; what was paid as aid together
with the insurance (一站式) is not paid again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jingban.benefits import calculations
from jingban.benefits.drafts import BillDraft, InvoiceDraft, Settled
from jingban.benefits.errors import BillWrong, InvoiceUsed
from jingban.benefits.invoices import key_of
from jingban.benefits.kept import inputs_of, results_of
from jingban.benefits.models import Bill, Decision, Invoice, Kind
from jingban.benefits.outcomes import Outcome
from jingban.cases.models import Case
from jingban.core.money import show_yuan

COUNTED = frozenset({Kind.REIMBURSEMENT, Kind.MATERNITY_MEDICAL})
"""Decisions of fees; a lump sum (一次性生育补助金) settles none."""


@dataclass(frozen=True, slots=True)
class Own:
    """What a case of ours settled of the receipts of a bill."""

    number: str
    settled: Settled
    commercial: int
    third_party: int
    is_aided: bool


def own(drafts: Iterable[InvoiceDraft]) -> Own | None:
    """What our decisions settled of these receipts together; nothing where they were not brought to us.

    Raises BillWrong where only a part of them was, where a bill was cut otherwise, or where nothing is decided yet.
    """
    return _own({key_of(draft) for draft in drafts})


def held(draft: BillDraft) -> BillDraft:
    """A bill for medical aid, with what our own decision says where nothing is typed.

    Raises InvoiceUsed where it was aided already, BillWrong where something else is typed.
    """
    found = own(draft.invoices)
    if found is None:
        return draft
    said = found.settled if draft.settled is None else draft.settled
    _hold(found, said, draft.commercial, draft.third_party_paid)
    return replace(draft, settled=said)


def hold_bill(bill: Bill, said: Settled | None) -> None:
    """The same of a bill that was entered before: the decision may have changed since."""
    keys = Invoice.objects.filter(bill=bill, released_at__isnull=True).values_list("key", flat=True)
    found = _own({bytes(key) for key in keys})
    if found is not None:
        _hold(found, said, bill.commercial_fen, bill.third_party_fen)


def inputs_now(decision: Decision) -> str:
    """What a decision is worked out anew from: of medical aid, by what our own decisions give of the receipts by now."""
    text = inputs_of(decision)
    if decision.kind != Kind.AID:
        return text
    payload: calculations.Aided = calculations.read(Kind.AID, text)
    return calculations.dump(Kind.AID, calculations.Aided(tuple(map(_by_now, payload.bills))))


def hold_aided(kind: Kind, bills: Sequence[Bill], outcome: Outcome) -> None:
    """Raise InvoiceUsed where receipts of fees were aided already, by other sums than this decision gives."""
    mine = {bytes(row.key): row.bill_id for row in _rows(bill__in=bills)} if kind in COUNTED else {}
    if not mine:
        return
    rows = Invoice.objects.filter(key__in=mine, purpose="aid", released_at__isnull=True)
    of: dict[int, set[int]] = {}
    for row in rows:
        of.setdefault(row.bill_id, set()).add(mine[bytes(row.key)])
    cases = {row.case_id for row in rows}
    decisions = Decision.objects.filter(case__in=cases, kind=Kind.AID, undone_at__isnull=True)
    for decision in decisions.select_related("case").order_by("id"):
        payload: calculations.Aided = calculations.read(Kind.AID, inputs_of(decision))
        for part in payload.bills:
            gives = [
                result
                for result in outcome.results
                if kind != Kind.REIMBURSEMENT or result["bill"] in of.get(part.bill, ())
            ]
            said = Settled(part.settled.in_scope, part.settled.insured)
            if part.bill in of and (any(map(_is_aided, gives)) or _sum(gives) != said):
                raise InvoiceUsed(
                    f"这次报销的票据已经在办件{decision.case.number}支付过医疗救助，当时政策范围内费用"
                    f"{show_yuan(said.in_scope)}元、保险已付{show_yuan(said.insurance)}元，和这次核定的不同；"
                    "一张票据只救助一次，请先退回（追回）那一件，再报销。",
                    field="invoices",
                )


def _own(keys: set[bytes]) -> Own | None:
    hit = _rows(key__in=keys)
    rows = _rows(bill__in={row.bill_id for row in hit}) if hit else []
    decisions = _decisions({row.case_id for row in rows})
    rows = [row for row in rows if _counts(row.case, decisions.get(row.case_id))]
    if not rows:
        return None
    cases = {row.case_id: row.case.number for row in rows}
    if waiting := [number for pk, number in cases.items() if pk not in decisions]:
        raise BillWrong(
            f"这张票据的保险报销（办件{waiting[0]}）还没有核定或者已经撤销；先保险后救助，请等报销核定以后再办。",
            field="invoices",
        )
    if len(cases) > 1 or {bytes(row.key) for row in rows} != keys:
        raise BillWrong(
            f"账单上的票据和报销时（办件{'、'.join(sorted(cases.values()))}）不一致：请把一次报销的票据录在同一张账单里，"
            "其他办件报销的、没有在本机构报销的另录一张账单。",
            field="invoices",
        )
    ((pk, number),) = cases.items()
    return _given(number, decisions[pk], {row.bill for row in rows})


def _by_now(part: calculations.BillSettled) -> calculations.BillSettled:
    keys = Invoice.objects.filter(bill=part.bill, released_at__isnull=True).values_list("key", flat=True)
    try:
        found = _own({bytes(key) for key in keys})
    except BillWrong:  # sent back: when it is decided anew it is held to what was aided
        found = None
    if found is None:
        return part
    by_now = replace(part.settled, in_scope=found.settled.in_scope, insured=found.settled.insurance)
    return replace(part, settled=by_now)


def _decisions(cases: set[int]) -> dict[int, Decision]:
    found = Decision.objects.filter(case__in=cases, undone_at__isnull=True) if cases else ()
    return {decision.case_id: decision for decision in found}


def _counts(case: Case, decision: Decision | None) -> bool:
    """Whether a case settles its receipts; one that was refused or withdrawn does not, and its receipts are free again."""
    return case.outcome in (None, "granted") if decision is None else decision.kind in COUNTED


def _given(number: str, decision: Decision, bills: set[Bill]) -> Own:
    keys = {bill.pk for bill in bills}
    found = results_of(decision)
    if decision.kind == Kind.REIMBURSEMENT:
        found = [result for result in found if result["bill"] in keys]
    elif Bill.objects.filter(case=decision.case_id, removed_at__isnull=True).exclude(pk__in=keys).exists():
        # Fees of a birth are one claim: what was given stands at its first bill, so all of them belong together.
        raise BillWrong(
            f"生育医疗费（办件{number}）是整件核定的，请把那一件的全部票据录在同一张账单里。",
            field="invoices",
        )
    return Own(
        number=number,
        settled=_sum(found),
        commercial=sum(bill.commercial_fen for bill in bills),
        third_party=sum(bill.third_party_fen for bill in bills),
        is_aided=any(map(_is_aided, found)),
    )


def _hold(found: Own, said: Settled | None, commercial: int, third_party: int) -> None:
    right = found.settled
    if found.is_aided:
        raise InvoiceUsed(
            f"这张票据在办件{found.number}报销时已经一并结算了医疗救助（一站式），一张票据只救助一次，不能再救助。",
            field="invoices",
        )
    if said != right:
        typed = "没有填写" if said is None else f"{show_yuan(said.in_scope)}元、{show_yuan(said.insurance)}元"
        raise BillWrong(
            f"这张票据是本机构在办件{found.number}报销的：政策范围内费用{show_yuan(right.in_scope)}元、"
            f"保险已付{show_yuan(right.insurance)}元，账单上是{typed}；请按核定结果更正。",
            field="settled_in_scope",
        )
    for name, now, then, key in (
        ("商业保险", commercial, found.commercial, "commercial"),
        ("第三人", third_party, found.third_party, "third_party_paid"),
    ):
        if now < then:
            raise BillWrong(
                f"报销时（办件{found.number}）{name}已付{show_yuan(then)}元，账单上是{show_yuan(now)}元；请核对后更正。",
                field=key,
            )


def _sum(results: Iterable[dict[str, Any]]) -> Settled:
    """In scope, and what the funds gave of it."""
    amounts = [result["amounts"] for result in results]
    return Settled(sum(a["in_scope"] for a in amounts), sum(a["fund"] for a in amounts))


def _is_aided(result: dict[str, Any]) -> bool:
    """Whether aid was worked out together with the insurance, be it nothing."""
    return any(step["key"] == "aid" for step in result["steps"])


def _rows(**asked: Any) -> list[Invoice]:
    """Receipts that are held for an insurance claim."""
    held = Invoice.objects.filter(**asked, purpose="insurance", released_at__isnull=True)
    return list(held.select_related("case", "bill").order_by("id"))
