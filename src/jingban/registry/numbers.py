"""Numbers of what the registers issue: kind, region, day, sequence, check digit; without a race or a gap."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import F

from jingban.core.checkdigit import with_check_digit
from jingban.registry.models import Counter


def next_number(kind: str, admin_code: str, day: date) -> str:
    """The next number of a kind on a day, as ``PZ410928-20260302-0000016``; taken with the transaction."""
    scope = f"{kind}{admin_code}-{day:%Y%m%d}"
    with transaction.atomic():
        Counter.objects.get_or_create(scope=scope)
        Counter.objects.filter(scope=scope).update(last=F("last") + 1)
        last = Counter.objects.get(scope=scope).last
    digits = with_check_digit(f"{admin_code}-{day:%Y%m%d}-{last:06d}")
    return f"{kind}{digits}"
