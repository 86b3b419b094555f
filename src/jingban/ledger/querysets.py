"""Reading the books: balances as of a day, statements with their running balance."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import BigIntegerField, Case, F, OuterRef, Q, Subquery, Sum, Value, When, Window
from django.db.models.functions import Cast, Coalesce

if TYPE_CHECKING:
    from jingban.ledger.models import Account, Line


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts with what they hold."""

    def of_owner(self, owner: str) -> AccountQuerySet:
        return self.filter(owner=owner)

    def open_on(self, day: date) -> AccountQuerySet:
        return self.filter(opened_on__lte=day).filter(Q(closed_on__isnull=True) | Q(closed_on__gte=day))

    def balance(self, as_of: date | None = None) -> AccountQuerySet:
        """Adds ``as_of_fen``: the running balance less what was booked after the day (docs/decisions/0011)."""
        if as_of is None:
            return self.annotate(as_of_fen=F("balance_fen"))
        return self.annotate(as_of_fen=F("balance_fen") - _moved(Q(booked_on__gt=as_of)))

    def derived(self) -> AccountQuerySet:
        """Adds ``derived_fen``: the balance summed from all lines, to hold against the running one."""
        return self.annotate(derived_fen=_moved(Q()))

    def net_fen(self) -> int:
        """Debit balances less credit balances; over all accounts of a region it is zero."""
        signed = Case(When(normal_side="debit", then=F("balance_fen")), default=-F("balance_fen"))
        return int(self.aggregate(net=Coalesce(Sum(signed), Value(0)))["net"])


def _moved(which: Q) -> Coalesce:
    """What lines of the outer account changed on its normal side."""
    from jingban.ledger.models import Line

    lines = Line.objects.filter(which, account=OuterRef("pk")).order_by()
    signed = Case(When(side=OuterRef("normal_side"), then=F("amount_fen")), default=-F("amount_fen"))
    total = lines.values("account").annotate(fen=Cast(Sum(signed), BigIntegerField())).values("fen")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0))


class LineQuerySet(models.QuerySet["Line"]):
    """Lines as they stand on a statement."""

    def statement(
        self, account: Account, start_on: date | None = None, end_on: date | None = None
    ) -> LineQuerySet:
        """Lines of an account by day and number, ``running_fen`` counted from the start of the period."""
        lines = self.filter(account=account)
        if start_on is not None:
            lines = lines.filter(booked_on__gte=start_on)
        if end_on is not None:
            lines = lines.filter(booked_on__lte=end_on)
        change = Case(When(side=account.normal_side, then=F("amount_fen")), default=-F("amount_fen"))
        order = ["booked_on", "entry_id", "seq"]
        running = Cast(Window(Sum(change), order_by=order), BigIntegerField())
        return lines.annotate(change_fen=change, running_fen=running).select_related("entry").order_by(*order)
