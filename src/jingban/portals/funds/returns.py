"""银行回执: the bank's file is taken in, and each line says what became of it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.audit import service as audit
from jingban.core.errors import DomainError
from jingban.funds import service as funds
from jingban.portals import doors
from jingban.portals.funds import rooms
from jingban.portals.funds.rooms import Place
from jingban.portals.middleware import is_fault, status_of
from jingban.portals.numbers import whole

RECENT = 20
LINES = 100
TABS = (
    (funds.LineState.REFUSED, "没有入账"),
    (funds.LineState.APPLIED, "已入账"),
    (funds.LineState.NOTED, "银行处理中"),
    (funds.LineState.WAITING, "待办理"),
)
RESULTS = {"paid": "成功", "failed": "失败", "noted": "处理中", "odd": "看不懂"}


@rooms.staff
@require_http_methods(["GET", "POST"])
def returns(request: HttpRequest) -> HttpResponse:
    """Take a file in, and the last ones. The same file again shows the same result."""
    place = rooms.here(request, whole=True)
    wrong, status = "", 200
    if request.method == "POST":
        try:
            taken = funds.take_return(
                region=place.region, content=rooms.uploaded(request), actor=place.actor, now=doors.now()
            )
        except DomainError as error:
            if is_fault(error):
                raise
            wrong, status = error.message, status_of(error)
            if status == 403:
                rooms.note(request, audit.REFUSED, place.region, wrong)
        else:
            messages.success(request, _said(taken))
            return redirect("funds-return", pk=taken.file.pk)
    found = funds.BankReturn.objects.filter(region=place.region).defer("content").order_by("-pk")[:RECENT]
    awaited = funds.Payment.objects.filter(region=place.region, state=funds.Attempt.SENT).count()
    shown = {
        **rooms.base(request, place), "recent": found, "wrong": wrong, "awaited": awaited,
        "may_take": place.may(funds.BANK), "largest": rooms.LARGEST >> 20,
    }  # fmt: skip
    return render(request, "funds/returns.html", shown, status=status)


def _said(taken: funds.Taken) -> str:
    again = "这份文件以前导入过，没有重复记账。" if taken.again else ""
    return f"{again}已入账{taken.applied}笔，银行处理中{taken.noted}笔，没有入账{taken.refused}笔。"


@rooms.staff
@require_GET
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a file's lines, those that were not booked first."""
    found, place = _file(request, pk)
    return _shown(request, found, place)


def _file(request: HttpRequest, pk: int) -> tuple[funds.BankReturn, Place]:
    return rooms.found_in(request, funds.BankReturn.objects.defer("content"), pk, whole=True)


def _shown(
    request: HttpRequest, found: funds.BankReturn, place: Place, refused: str = "", status: int = 200
) -> HttpResponse:
    counts = [(key, name, found.lines.filter(state=key).count()) for key, name in TABS]
    first = next((key for key, _, count in counts if count), TABS[0][0])
    asked = request.GET.get("state", "")
    state = asked if asked in dict(TABS) else first
    lines = found.lines.filter(state=state, number__gt=whole(request.GET.get("after", "")))
    rows = list(lines.select_related("payment__case").order_by("number")[: LINES + 1])
    shown = {
        **rooms.base(request, place), "room": "funds-returns", "file": found, "tabs": counts, "state": state,
        "lines": [(row, RESULTS.get(row.result, row.result)) for row in rows[:LINES]], "refused": refused,
        "older": rows[LINES - 1].number if len(rows) > LINES else "", "sums": _sums(found),
        "may_retry": place.may(funds.BANK) and any(n for key, _, n in counts if key in ("refused", "waiting")),
        "by": rooms.names([found.received_by]).get(found.received_by, "系统"),
    }  # fmt: skip
    return render(request, "funds/return.html", shown, status=status)


def _sums(found: funds.BankReturn) -> list[tuple[str, int, int]]:
    """What the bank said of all lines: each result, how many, how much."""
    rows = found.lines.order_by().values("result").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    return [
        (RESULTS.get(one["result"], one["result"]), one["n"], one["fen"] or 0)
        for one in rows.order_by("result")
    ]


@rooms.staff
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try again what was not booked; what was booked stays booked once."""
    found, place = _file(request, pk)

    def act() -> str:
        return _said(funds.retry_return(found.pk, actor=place.actor, now=doors.now())).partition("。")[2]

    return rooms.acted(
        request, place.region, act, ("funds-return", found.pk),
        lambda why, status: _shown(request, found, place, why, status),
    )  # fmt: skip
