"""退回更正: a bounced payment whose case has ended gets another account, proposed by one and agreed to by another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.core.identifiers import mask_bank
from jingban.core.localtime import local_day
from jingban.core.money import to_fen
from jingban.funds import service as funds
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.funds import rooms, sealing
from jingban.portals.funds.batches import PaymentRow, rows_of
from jingban.portals.funds.rooms import Place
from jingban.registry import service as registry

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
class Owing:
    """Something owed that nobody pays: how much now, and what was tried last, if anything."""

    key: int
    office: str
    title: str
    case: str
    item: str
    fen: int
    tried: PaymentRow | None

    @property
    def address(self) -> str:
        """Where its account is named."""
        if self.tried is not None:
            return reverse("funds-correct", args=[self.tried.pk])
        return reverse("funds-name-payee", args=[self.key])


@dataclass(frozen=True, slots=True)
class Asked:
    """An account that is proposed, masked; the second person sees it whole to compare (and that is written down)."""

    row: funds.PayeeCorrection
    owing: Owing
    payee: funds.Payee
    account: str
    reason: str
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
    owing = _owing(place)
    open_ = funds.PayeeCorrection.objects.filter(subject__in=owing, decided_at__isnull=True)
    asked = [_asked(place, row, owing[row.subject]) for row in open_.order_by("pk")]
    taken = {one.row.subject for one in asked}
    shown = {
        **rooms.base(request, place), "asked": asked, "refused": refused,
        "rows": [
            (one, place.may(funds.PROPOSERS, one.office)) for subject, one in owing.items() if subject not in taken
        ],
        "late": late or forms.empty(LATE, local_day(doors.now())), "may_late": place.may(funds.BANK),
    }  # fmt: skip
    if asked:
        rooms.note(request, audit.READ, place.region, "待复核的账户更正")
    return render(request, "funds/corrections.html", shown, status=status)


def _owing(place: Place) -> dict[str, Owing]:
    """What nobody pays, by what it is called."""
    found = [
        one
        for one in funds.to_correct(place.region)
        if not place.offices or one.payable.office in place.offices
    ]
    last = [one.payment.pk for one in found if one.payment is not None]
    lines = {
        line.pk: line for line in rows_of(funds.Payment.objects.filter(pk__in=last).order_by("pk"), place)
    }
    return {one.payable.subject: _owed(one, lines) for one in found}


def _owed(one: funds.ToPay, lines: Mapping[int, PaymentRow]) -> Owing:
    row = one.payable
    sealed = sealing.is_sealed(row.case)
    return Owing(
        key=row.pk,
        office=row.office,
        title=sealing.title_of(row.case),
        case="" if sealed else row.case.number,
        item="" if sealed else registry.item_names(row.region).get(row.item, row.item),
        fen=one.fen,
        tried=lines.get(one.payment.pk) if one.payment is not None else None,
    )


def _asked(place: Place, row: funds.PayeeCorrection, owing: Owing) -> Asked:
    payee, may_decide = funds.correction_payee(row), place.may(funds.DECIDERS, owing.office)
    if owing.title == sealing.SEALED and not may_decide and row.proposed_by != place.actor.id:
        payee = sealing.NOBODY
    return Asked(
        row=row,
        owing=owing,
        payee=payee,
        reason=row.reason if payee is not sealing.NOBODY else sealing.NOBODY.name,
        account=mask_bank(payee.account) if payee.account else "",
        by=rooms.names([row.proposed_by]).get(row.proposed_by, "系统"),
        may_decide=may_decide,
    )


@rooms.staff
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose the account that a payment which came back goes to; again the same, it is once."""
    payment, place = rooms.found_in(request, funds.Payment.objects.all(), pk)
    (line,) = rows_of(funds.Payment.objects.filter(pk=payment.pk), place)
    owed = funds.Payable.objects.filter(subject=payment.subject, reversed_on__isnull=True).first()
    fen = sum(funds.left_of(owed).values()) if owed is not None else payment.amount_fen
    owing = Owing(payment.payable_id, payment.office, line.title, line.case, line.item, fen, line)
    return _named(request, place, owing, lambda said: _proposed(lambda: _of_payment(place, payment.pk, said)))


@rooms.staff
@require_http_methods(["GET", "POST"])
def name_payee(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for what is owed and was never paid: its case had ended with nothing to pay."""
    row, place = rooms.found_in(request, funds.Payable.objects.select_related("case"), pk)
    owing = _owed(funds.ToPay(row, None, sum(funds.left_of(row).values())), {})
    return _named(request, place, owing, lambda said: _proposed(lambda: _of_payable(place, pk, said)))


def _named(
    request: HttpRequest, place: Place, owing: Owing, propose: Callable[[Mapping[str, str]], str]
) -> HttpResponse:
    tried = owing.tried if owing.case else None  # of a sealed case nothing is told
    known = {"name": tried.payee, "bank": tried.bank} if tried else {}
    form, status = forms.empty(FIELDS, local_day(doors.now()), **known), 200
    if request.method == "POST":
        form = forms.filled(FIELDS, request.POST, local_day(doors.now()))
        said = form.said
        form, status = rooms.kept(request, place.region, form, lambda: propose(said))
        if not status:
            return rooms.back("funds-corrections", place.region)
    shown = {**rooms.base(request, place), "room": "funds-corrections", "form": form, "one": owing}
    return render(request, "funds/correct.html", shown, status=status or 200)


FIELD_OF = {"bank_account": "account"}


def _proposed(act: Callable[[], object]) -> str:
    try:
        act()
    except funds.PayeeWrong as error:
        named = str(error.details.get("field", ""))
        raise funds.PayeeWrong(error.message, field=FIELD_OF.get(named, "name")) from None
    return "更正已提出，请另一位同事复核；同意后重新组批付款。"


def _of_payment(place: Place, key: int, said: Mapping[str, str]) -> object:
    return funds.propose_payee(key, **said, actor=place.actor, now=doors.now())


def _of_payable(place: Place, key: int, said: Mapping[str, str]) -> object:
    return funds.propose_payee_for(key, **said, actor=place.actor, now=doors.now())


@rooms.staff
@require_POST
def decide(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Agree, which prepares the payment anew, or decline."""
    asked = funds.PayeeCorrection.objects.filter(pk=pk).first()
    if asked is None or do not in ("agree", "decline"):
        raise rooms.NotFound(rooms.NOT_THERE)
    owed = funds.Payable.objects.filter(subject=asked.subject).order_by("-pk").values_list("pk", flat=True)[0]
    _, place = rooms.found_in(request, funds.Payable.objects.all(), owed)

    def act() -> str:
        funds.decide_payee(pk, agrees=do == "agree", actor=place.actor, now=doors.now())
        return "已同意，这笔款重新等待组批。" if do == "agree" else "已不同意，收款账户不变。"

    return rooms.acted(
        request, place.region, act, "funds-corrections",
        lambda why, status: _listed(request, place, refused=why, status=status),
    )  # fmt: skip
