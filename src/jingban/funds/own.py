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
    """Put an own account on record from today; the one before ends the day before. The same again changes nothing.

    Who asks for the money and sends it does not change where it lies: another account in place of one that is there is
    put on record by who checks or heads (社会保险经办条例 art. 37).
    """
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
            if not rights.allowed(actor, region, "", rights.DECIDERS):
                raise FundsError(f"{row.get_kind_display()}已经登记，更换账户请由资金复核岗位或负责人登记。")
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
    """The account that pays today; refused, with what to register, where there is none of the kind.

    Personal accounts' money never leaves by the expenditure account: each fund's money lies and is accounted for apart
    (社会保险法 art. 64).
    """
    day = local_day(now)
    in_force = Q(end_on__isnull=True) | Q(end_on__gte=day)
    rows = PayingAccount.objects.filter(in_force, region=region, kind=kind, start_on__lte=day)
    row = rows.order_by("-start_on", "-pk").first()
    if row is None:
        raise FundsError(
            f"还没有登记{Own(kind).label}，这批款要从它付，没有送银行；请先在资金室“账户和收入”登记这个账户"
            f"（或用 jingban funds account {region} {kind}），再送银行。",
            account=kind,
        )
    return _payee(row)


def unnamed(region: str, now: datetime) -> list[str]:
    """Kinds of own accounts of which none pays today."""
    day = local_day(now)
    rows = PayingAccount.objects.filter(
        Q(end_on__isnull=True) | Q(end_on__gte=day), region=region, start_on__lte=day
    )
    there = set(rows.values_list("kind", flat=True))
    return [kind for kind in Own.values if kind not in there]


def account_number(row: PayingAccount) -> str:
    """Its number, for whoever may see it."""
    return opened_number(row.region, row.kind, row.number)


def _payee(row: PayingAccount) -> Payee:
    return Payee(row.name, row.bank, opened_number(row.region, row.kind, row.number))
