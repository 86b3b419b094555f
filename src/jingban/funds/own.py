"""The agency's own bank accounts: which one pays on a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from jingban.access.service import Actor
from jingban.core.localtime import local_day
from jingban.funds import rights
from jingban.funds.errors import FundsError
from jingban.funds.models import Fund, Own, PayingAccount
from jingban.funds.payees import Payee, checked
from jingban.funds.sealing import opened_number, sealed_number


def name_account(
    *, region: str, kind: str, name: str, bank: str, number: str, actor: Actor, now: datetime
) -> PayingAccount:
    """Put an own account on record from today; the one before ends the day before. The same again changes nothing."""
    rights.required(actor, region, "", rights.CASHIER | rights.DECIDERS)
    if kind not in Own.values:
        raise FundsError("付款账户只有支出户和个人账户基金存款户两种，请核对。")
    wanted, day = checked(name, bank, number), local_day(now)
    with transaction.atomic():
        row = (
            PayingAccount.objects.select_for_update()
            .filter(region=region, kind=kind, end_on__isnull=True)
            .first()
        )
        if row is not None and _payee(row) == wanted:
            return row
        if row is not None:
            row.end_on = max(row.start_on, day - timedelta(days=1))
            row.save(update_fields=["end_on"])
        return PayingAccount.objects.create(
            region=region,
            kind=kind,
            name=wanted.name,
            bank=wanted.bank,
            number=sealed_number(region, kind, wanted.account),
            start_on=day,
            actor=actor.id,
            recorded_at=now,
        )


def kind_of(fund: str) -> str:
    """From which own account a fund pays."""
    return Own.PERSONAL if fund == Fund.PERSONAL else Own.EXPENDITURE


def paying(region: str, kind: str, now: datetime) -> Payee:
    """The account that pays today; personal accounts are paid from the expenditure account where they have no own."""
    day = local_day(now)
    in_force = Q(end_on__isnull=True) | Q(end_on__gte=day)
    for wanted in dict.fromkeys((kind, str(Own.EXPENDITURE))):
        rows = PayingAccount.objects.filter(in_force, region=region, kind=wanted, start_on__lte=day)
        row = rows.order_by("-start_on", "-pk").first()
        if row is not None:
            return _payee(row)
    raise FundsError(
        f"还没有登记{Own(kind).label}，不能生成付款文件；请先登记本机构的付款账户（jingban funds account）。"
    )


def account_number(row: PayingAccount) -> str:
    """Its number, for whoever may see it."""
    return opened_number(row.region, row.kind, row.number)


def _payee(row: PayingAccount) -> Payee:
    return Payee(row.name, row.bank, opened_number(row.region, row.kind, row.number))
