"""报表: cash book, balances, what was paid for what, how old what is owed is; all of them as a spreadsheet."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jingban.audit import service as audit
from jingban.core.localtime import local_day
from jingban.funds import service as funds
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.funds import rooms
from jingban.portals.funds.overview import balances
from jingban.portals.funds.rooms import Place

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_SPAN = 366
LINES = 500
"""Lines of the cash book on a page; the spreadsheet has all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The span and the cash book that were asked for."""

    form: forms.Filled
    first: date
    last: date
    fund: str
    kind: str


@rooms.staff
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """The reports of a span, this month where none is named."""
    place = rooms.here(request, whole=True)
    asked = _asked(request, place)
    found = funds.balances(place.region, as_of=asked.last)
    paid = funds.paid_by_item(_regions(place), start_on=asked.first, end_on=asked.last)
    aged = funds.payables_by_age(place.region, asked.last)
    cash = _cash(place, asked) if asked.fund in found else None
    shown = {
        **rooms.base(request, place), "asked": asked, "held": balances(place.region, as_of=asked.last),
        "cash": cash, "cash_lines": cash.lines[:LINES] if cash else (), "fund_name": dict(funds.Fund.choices).get(asked.fund, ""),
        "paid": list(funds.paid_sheet(paid)[1]),
        "paid_sum": sum(p.amount for p in paid), "paid_count": sum(p.payments for p in paid),
        "aged": list(funds.aged_sheet(aged)[1]),
    }  # fmt: skip
    return render(request, "funds/reports.html", shown, status=422 if asked.form.faults else 200)


@rooms.staff
@require_GET
def spreadsheet(request: HttpRequest) -> HttpResponse:
    """The same as one file, which is written down."""
    place = rooms.here(request, whole=True)
    asked = _asked(request, place)
    if asked.form.faults:
        raise funds.FileWrong("；".join(asked.form.faults.values()))
    span = f"{asked.first:%Y-%m-%d}至{asked.last:%Y-%m-%d}"
    rooms.note(request, audit.READ, place.region, f"导出资金报表{span}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "funds.xlsx"
        first, last = asked.first, asked.last
        sheets = funds.workbook(place.region, _regions(place), start_on=first, end_on=last, as_of=last)
        funds.export(path, sheets)
        content = path.read_bytes()
    answer = HttpResponse(content, content_type=SPREADSHEET)
    name = quote(f"{place.card.name}资金报表{span}.xlsx")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _cash(place: Place, asked: Asked) -> funds.CashBook | None:
    if asked.kind not in funds.balances(place.region)[asked.fund]:
        return None
    return funds.cash_book(place.region, asked.fund, start_on=asked.first, end_on=asked.last, kind=asked.kind)


def _regions(place: Place) -> list[str]:
    """Regions that whoever looks sees as a whole."""
    return [
        key for key in rooms.regions_of(place.actor) if funds.allowed(place.actor, key, "", funds.READERS)
    ]


def _asked(request: HttpRequest, place: Place) -> Asked:
    today = local_day(doors.now())
    known = {fund: str(funds.Fund(fund).label) for fund in funds.balances(place.region)}
    questions = (
        forms.field("first", "从", "day"),
        forms.field("last", "到", "day"),
        forms.field("fund", "日记账的基金", "choice", required=False, choices=known),
        forms.field("kind", "日记账的账户", "choice", required=False, choices=funds.BOOKS),
    )
    begun = {
        "first": today.replace(day=1).isoformat(),
        "last": today.isoformat(),
        "fund": next(iter(known), ""),
        "kind": "expenditure",
    }
    if "first" not in request.GET:
        return Asked(
            forms.empty(questions, today, **begun), today.replace(day=1), today, begun["fund"], begun["kind"]
        )
    form = forms.filled(questions, request.GET, today)
    first, last = form.day_of("first"), form.day_of("last")
    if first and last and not (first <= last <= today and (last - first).days <= LONGEST_SPAN):
        wrong = funds.FundsError("起止日期不对：不晚于今天，最长一年。", field="last")
        form, first = form.wrong(wrong), None
    if first is None or last is None:
        return Asked(form, today.replace(day=1), today, "", "expenditure")
    return Asked(form, first, last, form.said.get("fund", ""), form.said.get("kind", "expenditure"))
