"""Mandates between accounts (国令765 art. 30): asked for by who will act, given by who is acted for, ended by either.

The door that calls writes down what was agreed and ended (``audit.BOUND``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from jingban.access.errors import NotAllowed
from jingban.access.models import Mandate, MandateRequest
from jingban.core.localtime import local_day

WAITING = timedelta(days=30)
"""So long a request waits for its answer."""
MOST = 10
"""Open requests of one account: a family has fewer, and nobody is to fish for who has an account."""


def ask_mandate(
    agent: int, *, digest: bytes, name: str, relation: str, end_on: date, now: datetime
) -> tuple[MandateRequest, bool]:
    """Ask to act for whoever holds the number, and whether that is news; the same again is the same request.

    NotAllowed where too many wait for an answer.
    """
    open_ones = open_requests(now).filter(agent=agent)
    if (same := open_ones.filter(digest=digest).first()) is not None:
        return same, False
    if open_ones.count() >= MOST:
        raise NotAllowed(f"您有{MOST}个请求还没有答复，请等对方答复以后再提出。")
    with transaction.atomic():
        MandateRequest.objects.filter(agent=agent, digest=digest, answered_at__isnull=True).update(
            answered_at=now
        )
        made = MandateRequest.objects.create(
            agent_id=agent, digest=digest, name=name, relation=relation, end_on=end_on, asked_at=now
        )
    return made, True


def open_requests(now: datetime) -> QuerySet[MandateRequest]:
    """What waits for an answer."""
    waiting = MandateRequest.objects.filter(answered_at__isnull=True, asked_at__gt=now - WAITING)
    return waiting.select_related("agent").order_by("id")


def answer_request(pk: int, *, principal: int, digest: bytes, agreed: bool, now: datetime) -> Mandate | None:
    """Agree to be acted for, or decline; only whose number it is. NotAllowed; a request is answered once."""
    day = local_day(now)
    with transaction.atomic():
        found = open_requests(now).filter(pk=pk, digest=digest).exclude(agent=principal).first()
        mine = MandateRequest.objects.filter(pk=pk, answered_at__isnull=True)
        if found is None or not mine.update(answered_at=now):
            raise NotAllowed("没有等您答复的这个请求，可能已经答复过或过了期限。")
        if not agreed:
            return None
        mandate = Mandate.objects.create(
            principal_id=principal, agent_id=found.agent_id, start_on=day, end_on=max(day, found.end_on),
            proof=f"委托人{day.isoformat()}用实名认证的账户网上确认（{found.relation}）",
        )  # fmt: skip
        MandateRequest.objects.filter(pk=pk).update(mandate=mandate)
    return mandate


def mandates_of(user_id: int, day: date) -> list[Mandate]:
    """Mandates in force that somebody gave or holds."""
    mine = Mandate.objects.filter(Q(principal=user_id) | Q(agent=user_id), start_on__lte=day)
    in_force = mine.filter(Q(end_on__isnull=True) | Q(end_on__gte=day))
    return list(in_force.select_related("principal", "agent").order_by("id"))


def end_mandate(pk: int, *, by: int, now: datetime) -> None:
    """End a mandate at once, one that began today too; either of the two may. NotAllowed."""
    day = local_day(now)
    found = next((m for m in mandates_of(by, day) if m.pk == pk), None)
    if found is None:
        raise NotAllowed("没有这项委托，或者已经终止。")
    Mandate.objects.filter(pk=pk).update(end_on=day - timedelta(days=1))


def end_for_good(users: Iterable[int], digests: Iterable[bytes], *, last: date, now: datetime) -> None:
    """Every mandate given or held by these accounts ends with this last day, for their holder has died (民法典 art. 173),
    and what was asked of the holder, or by the holder, waits no more."""
    theirs, numbers = list(users), list(digests)
    ends = Mandate.objects.filter(Q(principal__in=theirs) | Q(agent__in=theirs))
    ends.filter(Q(end_on__isnull=True) | Q(end_on__gt=last)).update(end_on=last)
    asked = MandateRequest.objects.filter(Q(agent__in=theirs) | Q(digest__in=numbers))
    asked.filter(answered_at__isnull=True).update(answered_at=now)
