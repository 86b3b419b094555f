"""账户和收入: the agency's own bank accounts, and money that came to the fiscal special account."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from jingban.core.identifiers import mask_bank
from jingban.core.localtime import local_day
from jingban.core.money import to_fen
from jingban.funds import service as funds
from jingban.portals import doors
from jingban.portals.desk.register import forms
from jingban.portals.funds import rooms
from jingban.portals.funds.fiscal import ASKED
from jingban.portals.funds.rooms import Place

ACCOUNT = (
    forms.field("kind", "账户", "choice", choices={str(key): str(name) for key, name in funds.Own.choices}),
    forms.field("name", "户名"),
    forms.field("bank", "开户行"),
    forms.field("bank_account", "账号", "bank", hint="按开户许可证填写，只填数字"),
)
INCOME = (
    forms.field("fund", "基金", "choice", choices=ASKED),
    forms.field("amount", "金额（元）", "amount"),
    forms.field("reference", "收款凭证号", hint="同一凭证号只记一次"),
    forms.field("memo", "摘要", required=False),
)


@rooms.staff
@require_http_methods(["GET", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts, and both forms; which of them was sent says ``form``."""
    place, day, status = rooms.here(request, whole=True), local_day(doors.now()), 200
    account, income = forms.empty(ACCOUNT, day), forms.empty(INCOME, day)
    if request.method == "POST":
        if request.POST.get("form") == "income":
            income = forms.filled(INCOME, request.POST, day)
            income, status = rooms.kept(request, place.region, income, lambda: _income(place, income.said))
        else:
            account = forms.filled(ACCOUNT, request.POST, day)
            account, status = rooms.kept(request, place.region, account, lambda: _named(place, account.said))
        if not status:
            return rooms.back("funds-accounts", place.region)
    rows = list(funds.PayingAccount.objects.filter(region=place.region).order_by("kind", "-start_on", "-pk"))
    who = rooms.names(row.actor for row in rows)
    shown = {
        **rooms.base(request, place), "account": account, "income": income,
        "rows": [(row, mask_bank(funds.account_number(row)), who.get(row.actor, "系统")) for row in rows],
        "missing": [funds.Own(kind).label for kind in funds.unnamed_accounts(place.region, doors.now())],
        "may_name": place.may(funds.CASHIER | funds.DECIDERS), "may_income": place.may(funds.BANK),
    }  # fmt: skip
    return render(request, "funds/accounts.html", shown, status=status)


def _named(place: Place, said: Mapping[str, str]) -> str:
    row = funds.name_account(
        region=place.region,
        kind=said["kind"],
        name=said["name"],
        bank=said["bank"],
        number=said["bank_account"],
        actor=place.actor,
        now=doors.now(),
    )
    return f"{row.get_kind_display()}已登记，从今天起用它付款。"


def _income(place: Place, said: Mapping[str, str]) -> str:
    funds.record_income(
        region=place.region,
        fund=said["fund"],
        fen=to_fen(said["amount"]),
        reference=said["reference"],
        memo=said.get("memo", ""),
        actor=place.actor,
        now=doors.now(),
    )
    return f"收款凭证{said['reference']}已记入{ASKED[said['fund']]}的财政专户。"
