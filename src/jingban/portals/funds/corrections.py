"""退回更正: a bounced payment whose case has ended gets another account, proposed by one and agreed to by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.core.identifiers import mask_bank
from jingban.core.localtime import local_day
from jingban.core.money import to_fen
from jingban.funds import service as funds
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.funds import rooms
from jingban.portals.funds.batches import PaymentRow, rows_of
from jingban.portals.funds.rooms import Place

FIELDS = (
    forms.field("name", "收款户名", hint="与银行卡上的一致"),
    forms.field("bank", "开户行"),
    forms.field("account", "收款账号", "bank"),
    forms.field("reason", "更正的理由", hint="例如：本人来电更正，已核对银行卡"),
)
LATE = (
    forms.field("number", "笔号", hint="付款文件里的编号"),
    forms.field("amount", "退汇金额（元）", "amount"),
    forms.field("reference", "银行流水号"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An account that is proposed, masked; the second person sees it whole to compare (and that is written down)."""

    row: funds.PayeeCorrection
    payment: PaymentRow
    payee: funds.Payee
    account: str
    by: str
    may_decide: bool


@rooms.staff
@require_http_methods(["GET", "POST"])
def corrections(request: HttpRequest) -> HttpResponse:
    """What bounced and is to be paid again; and money that came back after the bank had called it paid (退汇)."""
    place = rooms.here(request)
    late, status = forms.empty(LATE, local_day(doors.now())), 200
    if request.method == "POST":
        late = forms.filled(LATE, request.POST, local_day(doors.now()))
        late, status = rooms.kept(request, place.region, late, lambda: _came_back(place, late.said))
        if not status:
            return rooms.back("funds-corrections", place.region)
    return _listed(request, place, late=late, status=status or 200)


def _came_back(place: Place, said: Mapping[str, str]) -> str:
    rows = place.scoped(funds.Payment.objects.filter(end_to_end_id=said["number"].strip()))
    row = rows.first()
    if row is None:
        raise funds.FundsError("没有这个笔号的付款，请对照付款文件核对。", field="number")
    funds.returned_late(
        row.pk, fen=to_fen(said["amount"]), reference=said["reference"], actor=place.actor, now=doors.now()
    )
    return "退汇已登记，这笔款重新列为应付；请更正收款账户后再付。"


def _listed(
    request: HttpRequest,
    place: Place,
    *,
    late: forms.Filled | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    payments = [p for p in funds.to_correct(place.region) if not place.offices or p.office in place.offices]
    by_key = {row.pk: row for row in payments}
    lines = {r.pk: r for r in rows_of(funds.Payment.objects.filter(pk__in=by_key).order_by("pk"))}
    open_ = funds.PayeeCorrection.objects.filter(payment__in=by_key, decided_at__isnull=True)
    asked = [
        _asked(place, row, by_key[row.payment_id], lines[row.payment_id]) for row in open_.order_by("pk")
    ]
    taken = {one.row.payment_id for one in asked}
    shown = {
        **rooms.base(request, place), "asked": asked, "refused": refused,
        "rows": [
            (line, place.may(funds.PROPOSERS, by_key[pk].office)) for pk, line in lines.items() if pk not in taken
        ],
        "late": late or forms.empty(LATE, local_day(doors.now())), "may_late": place.may(funds.BANK),
    }  # fmt: skip
    if asked:
        rooms.note(request, audit.READ, place.region, "待复核的账户更正")
    return render(request, "funds/corrections.html", shown, status=status)


def _asked(place: Place, row: funds.PayeeCorrection, payment: funds.Payment, line: PaymentRow) -> Asked:
    payee = funds.correction_payee(row)
    return Asked(
        row=row,
        payment=line,
        payee=payee,
        account=mask_bank(payee.account),
        by=rooms.names([row.proposed_by]).get(row.proposed_by, "系统"),
        may_decide=place.may(funds.DECIDERS, payment.office),
    )


@rooms.staff
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose the account; again the same, it is once."""
    payment, place = rooms.found_in(request, funds.Payment.objects.all(), pk)
    form, status = forms.empty(FIELDS, local_day(doors.now())), 200
    if request.method == "POST":
        form = forms.filled(FIELDS, request.POST, local_day(doors.now()))
        form, status = rooms.kept(request, place.region, form, lambda: _proposed(place, payment, form.said))
        if not status:
            return rooms.back("funds-corrections", place.region)
    (line,) = rows_of(funds.Payment.objects.filter(pk=payment.pk))
    shown = {**rooms.base(request, place), "room": "funds-corrections", "form": form, "line": line}
    return render(request, "funds/correct.html", shown, status=status)


FIELD_OF = {"bank_account": "account"}


def _proposed(place: Place, payment: funds.Payment, said: Mapping[str, str]) -> str:
    try:
        funds.propose_payee(payment.pk, **said, actor=place.actor, now=doors.now())
    except funds.PayeeWrong as error:
        named = str(error.details.get("field", ""))
        raise funds.PayeeWrong(error.message, field=FIELD_OF.get(named, "name")) from None
    return "更正已提出，请另一位同事复核；同意后重新组批付款。"


@rooms.staff
@require_POST
def decide(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Agree, which prepares the payment anew, or decline."""
    asked = funds.PayeeCorrection.objects.filter(pk=pk).first()
    if asked is None or do not in ("agree", "decline"):
        raise rooms.NotFound(rooms.NOT_THERE)
    _, place = rooms.found_in(request, funds.Payment.objects.all(), asked.payment_id)

    def act() -> str:
        funds.decide_payee(pk, agrees=do == "agree", actor=place.actor, now=doors.now())
        return "已同意，这笔款重新等待组批。" if do == "agree" else "已不同意，收款账户不变。"

    return rooms.acted(
        request, place.region, act, "funds-corrections",
        lambda why, status: _listed(request, place, refused=why, status=status),
    )  # fmt: skip
