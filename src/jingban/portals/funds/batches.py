"""拨付批次: what waits is put together, approved by others, and goes to the bank as one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.core.identifiers import mask_bank
from jingban.funds import service as funds
from jingban.ledger import service as ledger
from jingban.portals import doors
from jingban.portals.funds import rooms, sealing
from jingban.portals.funds.rooms import Place
from jingban.portals.numbers import whole
from jingban.registry import service as registry

SHOWN = 200
"""Payments of a page; all that wait are put together at once, or the ticked ones."""
RECENT = 30
TYPES = {
    funds.FileKind.PAIN: ("xml", "application/xml"),
    funds.FileKind.CSV: ("csv", "text/csv; charset=utf-8"),
}


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as a line: the account is masked, and the name shown as the bank knows it.

    Of a sealed case (举报) only the hands that must see it see more than the sum: who prepared it, who approves it.
    """

    pk: int
    title: str
    case: str
    """The case's number where it leads to the case; a sealed one is not opened from here."""
    item: str
    payee: str
    bank: str
    account: str
    fen: int
    parts: tuple[tuple[str, int, str], ...]
    state: str
    reason: str
    number: str
    prepared_by: str


@dataclass(frozen=True, slots=True)
class Group:
    """What waits at one office."""

    office: str
    name: str
    count: int
    fen: int
    upto: int
    rows: tuple[PaymentRow, ...]
    may_make: bool


def rows_of(payments: Any, place: Place) -> tuple[PaymentRow, ...]:
    """Payments as lines, as whoever looks may see them."""
    found = list(payments.select_related("case", "batch").prefetch_related("parts"))
    items, who = registry.item_names(place.region), rooms.names(row.prepared_by for row in found)
    return tuple(_row(row, place, items, who) for row in found)


def _row(row: funds.Payment, place: Place, items: dict[str, str], who: dict[int, str]) -> PaymentRow:
    sealed = sealing.is_sealed(row.case)
    hidden = sealed and not sealing.must_see(row, place)
    payee = sealing.NOBODY if hidden else funds.payee_of(row)
    parts = sorted(row.parts.all(), key=lambda part: part.fund)
    return PaymentRow(
        pk=row.pk,
        title=sealing.SEALED if hidden else row.case.number,
        case="" if sealed else row.case.number,
        item=items.get(row.item, row.item) if not sealed else "" if hidden else sealing.SEALED,
        payee=payee.name,
        bank=payee.bank,
        account=mask_bank(payee.account) if payee.account else "",
        fen=row.amount_fen,
        parts=tuple((p.get_fund_display(), p.amount_fen, f"{p.year}-{p.serial}" if p.serial else "") for p in parts),
        state=row.state,
        reason="" if hidden else row.reason,
        number=row.end_to_end_id or "",
        prepared_by=who.get(row.prepared_by, "系统"),
    )  # fmt: skip


@rooms.staff
@require_http_methods(["GET", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """What waits to be put together, by office, and the batches."""
    place = rooms.here(request)
    if request.method == "POST":
        return _make(request, place)
    return _listed(request, place)


def _listed(request: HttpRequest, place: Place, refused: str = "", status: int = 200) -> HttpResponse:
    ticked = {whole(text) for text in request.POST.getlist("payment")}
    found = place.scoped(funds.Batch.objects.order_by("-pk"))
    done = (funds.BatchState.SENT, funds.BatchState.CANCELLED)
    shown = {
        **rooms.base(request, place), "groups": groups(place), "ticked": ticked, "refused": refused, "most": SHOWN,
        "open": found.exclude(state__in=done), "recent": found.filter(state__in=done)[:RECENT],
    }  # fmt: skip
    rooms.note(request, audit.READ, place.region, "待组批的付款")
    return render(request, "funds/batches.html", shown, status=status)


def groups(place: Place) -> list[Group]:
    """What waits at each office that whoever looks sees."""
    waiting = place.scoped(funds.Payment.objects.filter(state=funds.Attempt.PREPARED, batch__isnull=True))
    sums = waiting.order_by().values("office").annotate(n=Count("pk"), fen=Sum("amount_fen"), last=Max("pk"))
    return [
        Group(
            office=one["office"],
            name=place.office_name(one["office"]),
            count=one["n"],
            fen=one["fen"],
            upto=one["last"],
            rows=rows_of(waiting.filter(office=one["office"]).order_by("pk")[:SHOWN], place),
            may_make=place.may(funds.CASHIER, one["office"]),
        )
        for one in sums.order_by("office")
    ]


def _make(request: HttpRequest, place: Place) -> HttpResponse:
    """Put the ticked ones together, or all that the page showed: what came since is not in it."""
    office, data = request.POST.get("office", ""), request.POST
    waiting = place.scoped(funds.Payment.objects.filter(office=office))
    if "all" in data:
        upto = whole(data.get("upto", ""))
        prepared = waiting.filter(state=funds.Attempt.PREPARED, batch__isnull=True, pk__lte=upto)
        keys, named = list(prepared.values_list("pk", flat=True)), [upto]
    else:
        keys = named = sorted({whole(text) for text in data.getlist("payment")} - {0})
    if not named or named == [0]:
        return _listed(request, place, "请先勾选要付的款，或点“全部组批”。", 422)
    if (there := _made_of(place, named)) is not None:
        return redirect("funds-batch", pk=there)
    made: list[int] = []

    def act() -> str:
        batch = funds.make_batch(
            region=place.region, office=office, actor=place.actor, now=doors.now(), payments=keys
        )
        made.append(batch.pk)
        return f"批次{batch.number}已组成，请资金复核岗位复核。"

    answer = rooms.acted(
        request, place.region, act, "funds-batches", lambda why, status: _listed(request, place, why, status)
    )
    return redirect("funds-batch", pk=made[0]) if made else answer


def _made_of(place: Place, keys: Sequence[int]) -> int | None:
    """The batch that the same hand made of these payments: the form was sent twice."""
    found = set(
        place.scoped(funds.Payment.objects.filter(pk__in=keys)).values_list("batch", "batch__made_by")
    )
    if len(found) == 1:
        batch, by = found.pop()
        return batch if batch and by == place.actor.id else None
    return None


@rooms.staff
@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """A batch: its lines, the parts by fund, who did what, and what may be done now."""
    found, place = rooms.found_in(request, funds.Batch.objects.all(), pk)
    rooms.note(request, audit.READ, place.region, f"批次{found.number}")
    return _shown(request, found, place)


def _shown(
    request: HttpRequest, found: funds.Batch, place: Place, refused: str = "", status: int = 200
) -> HttpResponse:
    found.refresh_from_db()
    after = whole(request.GET.get("after", ""))
    lines = rows_of(found.payments.filter(pk__gt=after).order_by("pk")[: SHOWN + 1], place)
    parts = funds.PaymentPart.objects.filter(payment__batch=found).order_by().values("fund")
    by_fund = parts.annotate(fen=Sum("amount_fen"), n=Count("pk")).order_by("fund")
    by_state = found.payments.order_by().values("state").annotate(fen=Sum("amount_fen"), n=Count("pk"))
    shown = {
        **rooms.base(request, place), "room": "funds-batches", "batch": found, "lines": lines[:SHOWN], "refused": refused,
        "older": lines[SHOWN - 1].pk if len(lines) > SHOWN else "", "typed": request.POST.get("reason", ""),
        "typed_for": whole(request.POST.get("payment", "")), "kind": request.POST.get("kind", funds.FileKind.PAIN),
        "sums": [(str(funds.Fund(one["fund"]).label), one["n"], one["fen"]) for one in by_fund],
        "answers": {one["state"]: one for one in by_state} if found.state == funds.BatchState.SENT else {},
        "hands": hands(found), "acts": acts_of(found, place), "kinds": funds.FileKind.choices,
        "file": funds.BankFile.objects.filter(batch=found).only("kind", "message_id", "made_at").first(),
    }  # fmt: skip
    return render(request, "funds/batch.html", shown, status=status)


def hands(batch: funds.Batch) -> list[tuple[str, str, Any]]:
    """Who did what, and when."""
    rows = (
        ("组批", batch.made_by, batch.made_at),
        ("复核", batch.checked_by, batch.checked_at),
        ("负责人审批", batch.headed_by, batch.headed_at),
        ("送银行", batch.sent_by, batch.sent_at),
    )
    known = rooms.names(by for _, by, _ in rows)
    return [(what, known.get(by, "系统"), at) for what, by, at in rows if by is not None]


def acts_of(batch: funds.Batch, place: Place) -> set[str]:
    """What whoever looks may do by role; two hands in one batch the funds refuse."""
    state, office = batch.state, batch.office
    made, checked, approved = funds.BatchState.MADE, funds.BatchState.CHECKED, funds.BatchState.APPROVED
    known = {
        "approve": state == made and place.may(funds.CHECKER, office),
        "head": state == checked and place.may(funds.HEAD, office),
        "dissolve": state in (made, checked, approved) and place.may(funds.CASHIER | funds.DECIDERS, office),
        "drop": state in (made, checked) and place.may(funds.DECIDERS, office),
        "send": state == approved and place.may(funds.CASHIER, office),
        "settle": place.may(funds.CASHIER, office) and funds.is_unsettled(batch),
        "file": state == funds.BatchState.SENT and place.may(funds.CASHIER, office),
    }
    return {act for act, is_open in known.items() if is_open}


@rooms.staff
@require_POST
def batch_do(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Approve, dissolve, drop one, or send: each again is once."""
    found, place = rooms.found_in(request, funds.Batch.objects.all(), pk)
    who, now, reason = place.actor, doors.now(), request.POST.get("reason", "")[:1000]

    def approve() -> str:
        row = funds.approve_batch(found.pk, actor=who, now=now)
        if row.state == funds.BatchState.CHECKED:
            return f"已复核。批次{row.number}超过复核限额，还要负责人审批。"
        return f"批次{row.number}已批准，可以送银行了。"

    def dissolve() -> str:
        funds.dissolve_batch(found.pk, reason=reason, actor=who, now=now)
        return f"批次{found.number}已撤销，各笔付款重新等待组批。"

    def drop() -> str:
        payment = found.payments.filter(pk=whole(request.POST.get("payment", ""))).first()
        if payment is None:
            raise funds.BatchWrong("这笔款已经不在本批次里，请刷新页面核对。")
        funds.drop_payment(payment.pk, reason=reason, actor=who, now=now)
        return "这笔款已撤下，办件退回更正收款账户。"

    def send() -> str:
        kind = request.POST.get("kind", funds.FileKind.PAIN)
        try:
            file = funds.send_batch(found.pk, actor=who, now=now, kind=kind)
        except ledger.BalanceTooLow as error:
            if not str(error.details["code"]).endswith(":expenditure"):
                raise
            raise funds.BatchWrong(
                f"{error.message}请先到“财政用款”申请，款到支出户以后再送银行。"
            ) from error
        if file is None:
            return "各笔款都已全额抵扣，不用送银行。"
        if found.state == funds.BatchState.SENT:
            return "已接着办结；付款文件没有变，不要重复交给银行。"
        return "已记为送银行，请下载付款文件。"

    acts = {"approve": approve, "dissolve": dissolve, "drop": drop, "send": send}
    if do not in acts:
        raise rooms.NotFound(rooms.NOT_THERE)
    return rooms.acted(
        request, place.region, acts[do], ("funds-batch", found.pk),
        lambda why, status: _shown(request, found, place, why, status),
    )  # fmt: skip


@rooms.staff
@require_GET
def batch_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The bank file as it was made; it holds whole accounts, so only a cashier gets it, and it is written down."""
    found, place = rooms.found_in(request, funds.Batch.objects.all(), pk)
    if not place.may(funds.CASHIER, found.office):
        raise rooms.refused(request, place.region, "付款文件里有收款人的完整账号，只有拨付岗位可以下载。")
    file = funds.BankFile.objects.filter(batch=found).first()
    if file is None:
        raise rooms.NotFound("这个批次还没有付款文件；请先送银行。")
    rooms.note(request, audit.REVEALED, place.region, f"下载付款文件{file.message_id}")
    suffix, mime = TYPES[funds.FileKind(file.kind)]
    answer = HttpResponse(funds.file_content(file), content_type=mime)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{found.number}.{suffix}')}"
    return answer
