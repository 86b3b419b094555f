"""The agency's registers of claims: 受理台账 by day, batches by section and day with sums by category, one invoice's way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from jingban.access.service import NotAllowed
from jingban.audit import service as audit
from jingban.benefits import service as benefits
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.core.money import to_fen
from jingban.portals import book, doors
from jingban.portals.casepage import OUTCOMES
from jingban.portals.desk.benefit.lines import day_of
from jingban.portals.desk.register import forms, rights
from jingban.registry import service as registry

MOST_DAYS = 92
"""Of a span: a quarter."""
SUMS = (
    ("total", "费用总额"), ("own_pay", "全自费"), ("over_limit", "超限价"), ("pre_self", "先行自付"),
    ("in_scope", "政策范围内"), ("fund", "基金支付"), ("person", "个人负担"),
)  # fmt: skip
INVOICE = (
    forms.field("number_", "票据号码"),
    forms.field("code", "票据代码", hint="没有代码的不填", required=False),
    forms.field("issuer", "开票单位", hint="没有代码的票据必填；数电票不用填", required=False),
    forms.field("amount", "票面金额（元）", "amount", hint="填了就核对金额是否一致", required=False),
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a page is about, as asked for; ``fault`` where they cannot be read."""

    first: date
    last: date
    typed: tuple[str, str]
    fault: str = ""


@doors.staff_only
@require_GET
def claims(request: HttpRequest) -> HttpResponse:
    """受理台账: what was accepted on these days, with what was entered and decided of it."""
    region, regions = rights.chosen(request, rights.READERS)
    span = _span(request)
    mine, office = _chosen(request, region)
    asked = {office} if office else mine
    rows = [] if span.fault else benefits.received(
        region, span.first, span.last, offices=asked, reads=lambda case: doors.may_read(doors.actor(request), case)
    )  # fmt: skip
    _noted(request, region, asked, f"受理台账{span.first}至{span.last}：{len(rows)}件")
    names, whole = registry.item_names(region), book.region_card(region).full_name
    offices = _offices(region)
    shown: dict[str, Any] = {
        "region": region, "regions": regions, "span": span, "office": office,
        "offices": {key: name for key, name in offices.items() if mine is None or key in mine},
        "rows": [(row, names.get(row.item, row.item), offices.get(row.office, whole),
                  OUTCOMES.get(row.outcome, "")) for row in rows],
        "total": sum(row.total for row in rows), "invoices": sum(row.invoices for row in rows),
        "decided": sum(row.decided or 0 for row in rows),
        "is_illustrative": benefits.any_illustrative(row.case for row in rows),
    }  # fmt: skip
    return render(request, "desk/benefit/claims.html", shown, status=422 if span.fault else 200)


@doors.staff_only
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """批次汇总: by section and day, and what was decided by medical category."""
    region, regions = rights.chosen(request, rights.READERS)
    span = _span(request)
    mine, office = _chosen(request, region)
    asked = {office} if office else mine
    found = [] if span.fault else benefits.batches(region, span.first, span.last, offices=asked)
    cases = [case for one in found for case in one.cases]
    sums = [
        (one, [(name, one.amounts.get(key, 0)) for key, name in SUMS])
        for one in benefits.sums_by_care(dict.fromkeys(cases))
    ]
    _noted(request, region, asked, f"批次汇总{span.first}至{span.last}：{len(found)}批")
    shown: dict[str, Any] = {
        "region": region, "regions": regions, "span": span, "rows": _with_office(region, found), "sums": sums,
        "columns": [name for _, name in SUMS],
        "foot": [(name, sum(one.amounts.get(key, 0) for one, _ in sums)) for key, name in SUMS],
        "count": len(cases), "invoices": sum(one.invoices for one in found),
        "total": sum(one.total for one in found), "fund": sum(one.fund for one in found),
        "is_illustrative": benefits.any_illustrative(cases),
    }  # fmt: skip
    return render(request, "desk/benefit/batches.html", shown, status=422 if span.fault else 200)


@doors.staff_only
@require_http_methods(["GET", "POST"])
def invoices(request: HttpRequest) -> HttpResponse:
    """票据查验: where an invoice was brought, in any region. POST: what is asked stands in no address."""
    region, regions = rights.chosen(request, rights.READERS)
    day = local_day(doors.now())
    form, found = forms.empty(INVOICE, day), None
    if request.method == "POST":
        form = forms.filled(INVOICE, request.POST, day)
        number, code = form.said.get("number_", ""), form.said.get("code", "")
        if not form.faults and not code and len(number) < 20 and not form.said.get("issuer"):
            told = {"issuer": "没有代码的票据，请填写开票单位"}
            form = forms.Filled(form.fields, form.typed, form.said, told, day)
        if not form.faults:
            found = _traced(form)
            rights.note(request, audit.SEARCHED, f"register:{region}", f"票据{number}：{len(found)}条")
    mine = doors.readable_numbers(doors.actor(request), [one.case for one in found or ()])
    shown: dict[str, Any] = {
        "region": region, "regions": regions, "form": form, "found": found, "mine": mine,
        "names": benefits.INVOICES,
    }  # fmt: skip
    return render(request, "desk/benefit/invoices.html", shown, status=422 if form.faults else 200)


def _traced(form: forms.Filled) -> list[benefits.Trace]:
    said = form.said
    asked = benefits.InvoiceDraft(
        number=said["number_"],
        code=said.get("code", ""),
        issuer=said.get("issuer", ""),
        amount=to_fen(said["amount"]) if said.get("amount") else 0,
        day=form.day,
    )
    return benefits.invoice_traces(asked)


def _span(request: HttpRequest) -> Span:
    today = local_day(doors.now())
    typed = (request.GET.get("first", "").strip(), request.GET.get("last", "").strip())
    try:
        first = day_of(typed[0]) if typed[0] else today
        last = day_of(typed[1]) if typed[1] else max(first, today) if not typed[0] else first
    except DomainError as error:
        return Span(today, today, typed, f"日期{error.message}")
    shown = (first.isoformat(), last.isoformat())
    if last < first:
        return Span(first, last, shown, "止日早于起日，请核对。")
    if last - first > timedelta(days=MOST_DAYS):
        return Span(first, last, shown, f"一次最多看{MOST_DAYS}天，请缩短日期范围。")
    return Span(first, last, shown)


def _chosen(request: HttpRequest, region: str) -> tuple[frozenset[str] | None, str]:
    """The offices whose claims somebody may look into, none being all of the region, and the one that is asked for.

    Raises NotAllowed for another's, as the queue shows only one's own.
    """
    held = [one for one in doors.actor(request).held if one.region == region and one.role in rights.READERS]
    mine = None if any(not one.office for one in held) else frozenset(one.office for one in held)
    asked = request.GET.get("office", "")
    if asked and mine is not None and asked not in mine:
        told = "您的岗位不在这个受理机构，不能查看它的台账；请选自己的机构。"
        rights.note(request, audit.REFUSED, f"register:{region}", told)
        raise NotAllowed(told)
    return mine, asked


def _noted(request: HttpRequest, region: str, offices: frozenset[str] | set[str] | None, said: str) -> None:
    """Write down whose claims were looked at."""
    where = "" if offices is None else f"（{'、'.join(sorted(offices))}）"
    rights.note(request, audit.READ, f"register:{region}", f"{said}{where}")


def _offices(region: str) -> dict[str, str]:
    """By id, as a case names its office: the bodies that accept, not the addresses where they sit."""
    return {key: body.name for key, body in book.region_card(region).bodies.items()}


def _with_office(region: str, found: list[benefits.Batch]) -> list[tuple[benefits.Batch, str]]:
    names, whole = _offices(region), book.region_card(region).full_name
    return [(one, names.get(one.office, whole)) for one in found]
