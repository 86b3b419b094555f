"""对账和月结: the bank's statement against the books, day by day, and closing a month once nothing is open."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from jingban.core.localtime import local_day
from jingban.funds import service as funds
from jingban.ledger import service as ledger
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.funds import rooms
from jingban.portals.funds.rooms import Place
from jingban.portals.numbers import whole

RECENT = 31
ACCOUNT = forms.field("account", "账户", "choice", choices={str(k): str(n) for k, n in funds.Own.choices})
MONTH = forms.field("month", "月份", "month")


@rooms.staff
@require_http_methods(["GET", "POST"])
def reconcile(request: HttpRequest) -> HttpResponse:
    """The days that were reconciled, what only one side knows, and the form for a statement."""
    place, day = rooms.here(request, whole=True), local_day(doors.now())
    form = forms.empty([ACCOUNT], day, account=request.GET.get("account", funds.Own.EXPENDITURE))
    if request.method != "POST":
        return _shown(request, place, form)
    form = forms.filled([ACCOUNT], request.POST, day)

    def act() -> str:
        rows = funds.reconcile(
            region=place.region,
            content=rooms.uploaded(request),
            actor=place.actor,
            now=doors.now(),
            account=form.said["account"],
        )
        uneven = sum(not row.is_even for row in rows)
        return f"已对账{len(rows)}天，{f'{uneven}天有差异，请核对并说明。' if uneven else '全部相符。'}"

    form, status = rooms.kept(request, place.region, form, act)
    if status:
        return _shown(request, place, form, status=status)
    return redirect(f"{request.path}?region={place.region}&account={form.said['account']}")


def _shown(
    request: HttpRequest,
    place: Place,
    form: forms.Filled | None = None,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    day = local_day(doors.now())
    form = form or forms.empty([ACCOUNT], day, account=str(funds.Own.EXPENDITURE))
    account = form.typed.get("account", "")
    account = account if account in funds.Own.values else str(funds.Own.EXPENDITURE)
    rows = list(
        funds.Reconciliation.objects.filter(region=place.region, account=account)
        .order_by("-day")
        .prefetch_related("items")[:RECENT]
    )
    who = rooms.names(key for row in rows for key in (row.done_by, row.explained_by))
    month, month_form = _month(request, day)
    shown = {
        **rooms.base(request, place), "room": "funds-reconcile", "form": form, "account": account,
        "account_name": funds.Own(account).label, "refused": refused, "typed": request.POST.get("text", ""),
        "typed_for": whole(request.POST.get("day", "")),
        "others": [(key, name) for key, name in funds.Own.choices if key != account],
        "rows": [(row, _gap(row), who.get(row.done_by, "系统"), who.get(row.explained_by or 0, ""))
                 for row in rows],
        "items": funds.open_items(place.region, account), "may_take": place.may(funds.BANK),
        "may_decide": place.may(funds.DECIDERS), "largest": rooms.LARGEST >> 20,
        "month": month, "closed_through": ledger.closed_through(place.region),
        "points": funds.month_faults(place.region, month, doors.now()) if month else (), "month_form": month_form,
    }  # fmt: skip
    return render(request, "funds/reconcile.html", shown, status=status)


def _gap(row: funds.Reconciliation) -> int:
    """What the books hold more than the bank; of the personal accounts' deposit what only the bank knows, turned round."""
    if row.account == funds.Own.PERSONAL:
        return -sum(item.change_fen for item in row.items.all() if item.side == "bank")
    return row.book_fen - row.closing_fen


def _month(request: HttpRequest, day: date) -> tuple[date | None, forms.Filled]:
    """The month that was asked for, where nothing was asked the one before this; none where it is no month."""
    data = request.POST if "month" in request.POST else request.GET
    if "month" not in data:
        before = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        return before, forms.empty([MONTH], day, month=f"{before:%Y-%m}")
    form = forms.filled([MONTH], data, day)
    return (None if form.faults else date.fromisoformat(f"{form.said['month']}-01")), form


@rooms.staff
@require_POST
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept a difference with its explanation, by another than who reconciled."""
    row, place = rooms.found_in(request, funds.Reconciliation.objects.all(), pk, whole=True)

    def act() -> str:
        text = request.POST.get("text", "")[:1000]
        funds.explain_difference(row.pk, text=text, actor=place.actor, now=doors.now())
        return f"{row.day:%m月%d日}的差异已说明。"

    return rooms.acted(
        request, place.region, act, "funds-reconcile",
        lambda why, status: _shown(request, place, refused=why, status=status),
    )  # fmt: skip


@rooms.staff
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close a month for good; all that is open is named."""
    place = rooms.here(request, whole=True)
    month, form = _month(request, local_day(doors.now()))

    def act() -> str:
        if month is None:
            raise funds.FundsError(form.faults["month"], field="month")
        funds.close_month(region=place.region, month=month, actor=place.actor, now=doors.now())
        return f"{month:%Y年%m月}已结账。"

    return rooms.acted(
        request, place.region, act, "funds-reconcile",
        lambda why, status: _shown(request, place, refused=why, status=status),
    )  # fmt: skip
