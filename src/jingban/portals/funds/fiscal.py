"""财政用款: what the expenditure account lacks, asking for it, and the fiscal authority's answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.core.localtime import local_day
from jingban.core.money import to_fen, to_yuan
from jingban.documents import service as documents
from jingban.funds import service as funds
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.fundpapers import REQUEST, request_paper
from jingban.portals.funds import rooms
from jingban.portals.funds.rooms import Place
from jingban.portals.numbers import whole
from jingban.portals.public.paperfiles import file_of
from jingban.rulebook.effective import FormField

RECENT = 30
ASKED = {str(fund): str(fund.label) for fund in funds.Fund if fund != funds.Fund.PERSONAL}
"""Funds whose money lies with the fiscal authority until it is asked for."""
PURPOSE = "医疗保障待遇支付"


def fields(place: Place) -> tuple[FormField, ...]:
    """The form: the office, what it is for, and an amount for each fund."""
    ours = place.offices or ("", *place.card.bodies)
    offices = {one or "all": place.office_name(one) or "全地区" for one in ours}
    amounts = (
        forms.field(f"fund-{fund}", f"{name}（元）", "amount", required=False) for fund, name in ASKED.items()
    )
    return (
        forms.field("office", "申请单位", "choice", choices=offices),
        forms.field("purpose", "用途"),
        *amounts,
    )


@rooms.staff
@require_http_methods(["GET", "POST"])
def fiscal(request: HttpRequest) -> HttpResponse:
    """What is missing, the form to ask for it, and the requests."""
    place = rooms.here(request)
    day, missing = local_day(doors.now()), funds.fiscal_needed(place.region)
    if request.method == "POST":
        form = forms.filled(fields(place), request.POST, day)
        form, status = rooms.kept(request, place.region, form, lambda: _asked(request, place, form))
        if not status:
            return rooms.back("funds-fiscal", place.region)
        return _shown(request, place, form, status=status)
    wanted = {f"fund-{fund}": f"{to_yuan(fen):.2f}" for fund, fen in missing.items()}
    first = place.offices[0] if place.offices else "all"
    return _shown(request, place, forms.empty(fields(place), day, office=first, purpose=PURPOSE, **wanted))


def _asked(request: HttpRequest, place: Place, form: forms.Filled) -> str:
    parts = {fund: to_fen(form.said.get(f"fund-{fund}", "0")) for fund in ASKED}
    office = form.said["office"]
    if not any(parts.values()):
        raise funds.FiscalWrong("请至少填写一项基金的金额。", field=f"fund-{next(iter(ASKED))}")
    row = funds.ask_fiscal(
        region=place.region,
        office="" if office == "all" else office,
        parts=parts,
        purpose=form.said["purpose"],
        actor=place.actor,
        now=doors.now(),
        seen=whole(request.POST.get("seen", "")),
    )
    return f"用款申请{row.number}已提出；财政答复后，请另一位同事登记。"


def _shown(
    request: HttpRequest, place: Place, form: forms.Filled, *, refused: str = "", status: int = 200,
    answered: int = 0,
) -> HttpResponse:  # fmt: skip
    rows = list(place.scoped(funds.FiscalRequest.objects.select_related("case").order_by("-pk"))[:RECENT])
    who = rooms.names(key for row in rows for key in (row.asked_by, row.answered_by))
    last = (
        funds.FiscalRequest.objects.filter(region=place.region)
        .order_by("-pk")
        .values_list("pk", flat=True)
        .first()
    )
    shown = {
        **rooms.base(request, place), "form": form, "refused": refused,
        "missing": [(str(funds.Fund(key).label), fen) for key, fen in funds.fiscal_needed(place.region).items()],
        "rows": [
            (row, [(str(funds.Fund(key).label), fen) for key, fen in row.parts.items()], who.get(row.asked_by, "系统"),
             who.get(row.answered_by or 0, ""),
             row.case_id is None and row.state == funds.FiscalState.ASKED and place.may(funds.BANK, row.office))
            for row in rows
        ],
        "seen": request.POST.get("seen") or last or 0, "words": request.POST.get("words", ""),
        "typed_for": answered,
        "may_ask": any(place.may(funds.CASHIER, office) for office in place.offices or ("",)),
    }  # fmt: skip
    return render(request, "funds/fiscal.html", shown, status=status)


@rooms.staff
@require_http_methods(["GET", "HEAD"])
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """《用款申请》 as a file: issued on first print, the same ever after."""
    row, place = rooms.found_in(request, funds.FiscalRequest.objects.all(), pk)
    rooms.note(request, audit.READ, place.region, f"打印用款申请{row.number}")
    issued = documents.issue(
        request_paper(row), kind=REQUEST, region=row.region, actor=place.actor, now=doors.now()
    )
    return file_of(issued, place.actor, request)


@rooms.staff
@require_POST
def answer(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Register the answer; granted, the money is booked on the expenditure account."""
    row, place = rooms.found_in(request, funds.FiscalRequest.objects.all(), pk)
    if do not in ("grant", "decline"):
        raise rooms.NotFound(rooms.NOT_THERE)
    words = request.POST.get("words", "")[:200]

    def act() -> str:
        funds.answer_fiscal(row.pk, granted=do == "grant", words=words, actor=place.actor, now=doors.now())
        return f"用款申请{row.number}：{'已登记财政拨款到账。' if do == 'grant' else '已登记财政没有同意。'}"

    form = forms.empty(fields(place), local_day(doors.now()), purpose=PURPOSE)
    return rooms.acted(
        request, place.region, act, "funds-fiscal",
        lambda why, status: _shown(request, place, form, refused=why, status=status, answered=row.pk),
    )  # fmt: skip
