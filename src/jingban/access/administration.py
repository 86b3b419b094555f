"""What an administrator does: accounts of staff, their roles and deputies, entrusted villages, means of offices.

Nobody gives a role to himself or takes part in deciding about his own. A role in ``SECONDED`` is proposed by one and
decided by another. Who gave somebody a password knows it, and counts as that person too for a while: one pair of
hands must not be two people. Nothing is deleted: what ends, ends on a day. The caller has asked ``may`` and tells the
audit.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from jingban.access.errors import AccessRefused, NotAllowed
from jingban.access.models import Entrustment, Grant, GrantProposal, OfficeSwitch, User
from jingban.core.localtime import local_day

SECONDED = frozenset({"cashier", "fund-checker", "administrator", "head"})
"""Roles that pay, that let payments go, that give roles or decide about them: one proposes, another decides."""
WATCHED = timedelta(days=7)
"""So long the giver of a password counts as its account too; by then whose it is has found out and changed it."""
R = TypeVar("R", Entrustment, OfficeSwitch)
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")


@dataclass(frozen=True, slots=True)
class Role:
    """A role to be given: where, from when until when, and for whom if only as a deputy."""

    role: str
    region: str
    office: str
    start_on: date
    end_on: date | None = None
    deputy_for: int | None = None


def create_staff(username: str, name: str, role: Role, *, by: int, now: datetime) -> tuple[User, str, bool]:
    """An account with its first role; its temporary password (told once, kept hashed only), and whether the role is
    in force or waits for a colleague."""
    if not _USERNAME.fullmatch(username):
        raise AccessRefused("用户名为3至64位字母、数字、点或横线，以字母或数字开头。", field="username")
    if not name.strip():
        raise AccessRefused("请填写姓名。", field="name")
    with transaction.atomic():
        if User.objects.filter(username__iexact=username).exists():
            raise AccessRefused(f"用户名“{username}”已有人用，请换一个。", field="username")
        user = User(username=username, name=name.strip()[:64])
        password = _new_password(user)
        user.password_given_by, user.password_given_at = by, now
        user.save()
        given = give(user, role, by=by, now=now)
    return user, password, isinstance(given, Grant)


def first_administrator(region: str, username: str, name: str, *, day: date) -> str:
    """An administrator by the command line, which stands outside the rule of two: whoever may call it holds the
    machine. The temporary password of a new account; nothing for one that was there."""
    with transaction.atomic():
        user = User.objects.filter(username=username).first()
        password = ""
        if user is None:
            if not _USERNAME.fullmatch(username):
                raise AccessRefused(
                    "用户名为3至64位字母、数字、点或横线，以字母或数字开头。", field="username"
                )
            user = User(username=username, name=name.strip()[:64])
            password = _new_password(user)
            user.save()
        held = Grant.objects.filter(_not_over(day), user=user, region=region, role="administrator", office="")
        if not held.exists():
            Grant.objects.create(user=user, region=region, role="administrator", start_on=day)
    return password


def _new_password(user: User) -> str:
    password = "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))
    user.set_password(password)
    user.must_change_password = True
    return password


def reset_password(user: User, *, by: int, regions: Collection[str], now: datetime) -> str:
    """A new temporary password; sessions under the old one end.

    Errors: NotAllowed for oneself; AccessRefused for who works for another region too, or no longer for this one.
    """
    _not_oneself(user, by, "自己的口令请在“修改口令”里改。")
    day = local_day(now)
    _of_no_other_region(user, regions, day, "不能在这里重设口令；忘了口令的可以用手机验证码登录。")
    if not _works_here(user, regions, day):
        raise AccessRefused(
            "他在本地区已经没有岗位，不能重设口令；可以请他用手机验证码登录。", field="password"
        )
    password = _new_password(user)
    user.password_given_by, user.password_given_at = by, now
    user.save(update_fields=["password", "must_change_password", "password_given_by", "password_given_at"])
    return password


def set_active(user: User, active: bool, *, by: int, regions: Collection[str], day: date) -> None:
    """Close an account or open it again; one that also works for another region is that region's too."""
    _not_oneself(user, by, "不能停用自己的账号，请由另一位管理员办理。")
    _of_no_other_region(user, regions, day, "不能停用或启用；请结束他在本地区的岗位。")
    user.is_active = active
    user.save(update_fields=["is_active"])


def _of_no_other_region(user: User, regions: Collection[str], day: date, then: str) -> None:
    elsewhere = Grant.objects.filter(_not_over(day), user=user).exclude(region__in=regions)
    if elsewhere.exists():
        raise AccessRefused(f"这个账号在别的地区还有岗位，{then}", field="active")


def _works_here(user: User, regions: Collection[str], day: date) -> bool:
    held = Grant.objects.filter(_not_over(day), user=user, region__in=regions)
    proposed = GrantProposal.objects.filter(user=user, region__in=regions, decided_at=None)
    return held.exists() or proposed.exists()


def give(user: User, role: Role, *, by: int, now: datetime) -> Grant | GrantProposal:
    """The role itself, or for a role in ``SECONDED`` the proposal that waits for a colleague.

    Errors: NotAllowed for oneself; AccessRefused for days, a deputy, or a role held already.
    """
    _not_oneself(user, by, "不能给自己岗位，请由另一位管理员办理。")
    if user.pk in _hands(by, now):
        raise NotAllowed("您的口令是他刚设的，这几天不能给他岗位，请由另一位管理员办理。")
    said = {
        "user": user, "region": role.region, "office": role.office, "role": role.role,
        "start_on": role.start_on, "end_on": role.end_on, "deputy_for_id": role.deputy_for,
    }  # fmt: skip
    with transaction.atomic():
        list(
            User.objects.select_for_update(no_key=True).filter(pk=user.pk)
        )  # pressed twice: the second sees the first
        _check(user, role)
        if role.role not in SECONDED:
            return Grant.objects.create(**said)
        open_ones = proposals(role.region).filter(user=user, role=role.role, office=role.office)
        return open_ones.first() or GrantProposal.objects.create(**said, proposed_by=by, proposed_at=now)


def _check(user: User, role: Role) -> None:
    if role.end_on is not None and role.end_on < role.start_on:
        raise AccessRefused("止期早于起期，请核对日期。", field="end_on")
    held = Grant.objects.filter(user=user, region=role.region, office=role.office, role=role.role)
    until = Q() if role.end_on is None else Q(start_on__lte=role.end_on)
    if held.filter(_not_over(role.start_on), until).exists():
        raise AccessRefused("他在这段时间里已经有这个岗位，不用再给。", field="role")
    if role.deputy_for is None:
        return
    if role.deputy_for == user.pk:
        raise AccessRefused("不能代理自己。", field="deputy_for")
    if role.end_on is None:
        raise AccessRefused("代理的岗位要写明止期。", field="end_on")
    own = Grant.objects.filter(
        _not_over(role.start_on), user=role.deputy_for, region=role.region, role=role.role
    )
    if not own.filter(deputy_for=None, start_on__lte=role.end_on).exists():
        raise AccessRefused("被代理的人在这段时间里没有这个岗位，请核对。", field="deputy_for")


def decide(pk: int, agreed: bool, *, by: int, regions: Collection[str], now: datetime) -> GrantProposal:
    """A colleague agrees to a proposal, which puts the role into force, or declines it.

    Errors: NotAllowed for whoever proposed it or would get it, or is in the same hands as these; AccessRefused where
    it was decided meanwhile.
    """
    with transaction.atomic():
        found = GrantProposal.objects.select_for_update().filter(pk=pk, region__in=regions).first()
        if found is None or found.decided_at is not None:
            raise AccessRefused("这条提议已经办过，请刷新页面。")
        if by in (found.proposed_by, found.user_id):
            raise NotAllowed("提出人和本人不能决定，请由另一位同事决定。")
        if agreed and _hands(by, now) & {found.user_id, *_hands(found.proposed_by, now)}:
            raise NotAllowed("您和提出人（或本人）中有一位的口令是另一位刚设的，这几天请由别的同事决定。")
        found.decided_by, found.decided_at, found.agreed = by, now, agreed
        found.save(update_fields=["decided_by", "decided_at", "agreed"])
        if agreed:
            Grant.objects.create(
                user_id=found.user_id, region=found.region, office=found.office, role=found.role,
                start_on=found.start_on, end_on=found.end_on, deputy_for_id=found.deputy_for_id,
            )  # fmt: skip
    return found


def end_grant(pk: int, day: date, *, by: int, regions: Collection[str]) -> Grant:
    """The role ends on the day, the last one on which it counts; one that did not begin yet never does.

    Ending one's own is refused too: the last administrator would lock everybody out by a slip.
    """
    found = Grant.objects.select_related("user").filter(pk=pk, region__in=regions).first()
    if found is None:
        raise AccessRefused("没有这个岗位，请刷新页面。")
    _not_oneself(found.user, by, "不能结束自己的岗位，请由另一位管理员办理。")
    if found.start_on > day:
        found.delete()
    elif found.end_on is None or found.end_on > day:
        found.end_on = day
        found.save(update_fields=["end_on"])
    return found


def _hands(pk: int, now: datetime) -> set[int]:
    """Who may be acting when this account acts: its owner, and who gave it a password lately."""
    lately = User.objects.filter(pk=pk, password_given_at__gt=now - WATCHED)
    return {pk, *(giver for giver in lately.values_list("password_given_by", flat=True) if giver)}


def _not_oneself(user: User, by: int, words: str) -> None:
    if user.pk == by:
        raise NotAllowed(words)


def _not_over(day: date) -> Q:
    return Q(end_on__isnull=True) | Q(end_on__gte=day)


def staff_of(region: str) -> QuerySet[User]:
    """Whoever has, had or is proposed for a role in the region."""
    granted = Grant.objects.filter(region=region).values("user")
    proposed = GrantProposal.objects.filter(region=region).values("user")
    return User.objects.filter(Q(pk__in=granted) | Q(pk__in=proposed)).order_by("username")


def grants_of(users: Sequence[int], region: str) -> QuerySet[Grant]:
    """The roles of these users in a region, the newest first."""
    found = Grant.objects.filter(user__in=users, region=region).select_related("deputy_for")
    return found.order_by("user_id", "-start_on", "-id")


def proposals(region: str) -> QuerySet[GrantProposal]:
    """What waits for a colleague."""
    return (
        GrantProposal.objects.filter(region=region, decided_at=None)
        .select_related("user", "deputy_for")
        .order_by("id")
    )


def entrustments(region: str) -> QuerySet[Entrustment]:
    return Entrustment.objects.filter(region=region).order_by("village", "-start_on", "id")


def entrust_village(
    region: str, village: str, township: str, items: Sequence[str], *, start_on: date, end_on: date | None
) -> Entrustment:
    """Entrust a village; two records of one village by one township never share a day."""
    if end_on is not None and end_on < start_on:
        raise AccessRefused("委托的止期早于起期，请核对日期。", field="end_on")
    until = Q() if end_on is None else Q(start_on__lte=end_on)
    same = Entrustment.objects.filter(
        _not_over(start_on), until, region=region, village=village, township=township
    )
    if same.exists():
        raise AccessRefused("这段时间里已有委托，请先结束原来的委托。", field="start_on")
    return Entrustment.objects.create(
        region=region, village=village, township=township, items=list(items), start_on=start_on, end_on=end_on
    )


def end_entrustment(pk: int, day: date, *, region: str) -> Entrustment:
    """The entrustment ends on the day; the village may only assist from the next."""
    return _ended(Entrustment.objects.filter(region=region), pk, day)


def switches(region: str) -> QuerySet[OfficeSwitch]:
    return OfficeSwitch.objects.filter(region=region).order_by("switch", "office", "-start_on", "id")


def switch_on(region: str, office: str, switch: str, *, start_on: date, end_on: date | None) -> OfficeSwitch:
    """The office has the means (有条件的) from a day on."""
    if end_on is not None and end_on < start_on:
        raise AccessRefused("止期早于起期，请核对日期。", field="end_on")
    until = Q() if end_on is None else Q(start_on__lte=end_on)
    same = OfficeSwitch.objects.filter(
        _not_over(start_on), until, region=region, office=office, switch=switch
    )
    if same.exists():
        raise AccessRefused("这段时间里已经开通，不用再开。", field="switch")
    return OfficeSwitch.objects.create(
        region=region, office=office, switch=switch, start_on=start_on, end_on=end_on
    )


def switch_off(pk: int, day: date, *, region: str) -> OfficeSwitch:
    """The means end on the day."""
    return _ended(OfficeSwitch.objects.filter(region=region), pk, day)


def _ended(rows: QuerySet[R], pk: int, day: date) -> R:
    found = rows.filter(pk=pk).first()
    if found is None or (found.end_on is not None and found.end_on < day):
        raise AccessRefused("没有这条记录或已经结束，请刷新页面。")
    if found.start_on > day:
        found.delete()
    else:
        found.end_on = day
        found.save(update_fields=["end_on"])
    return found


def soon_over(region: str, day: date, days: int = 30) -> QuerySet[Grant]:
    """Roles that end within so many days: time to think of a successor."""
    return (
        Grant.objects.filter(region=region, end_on__gte=day, end_on__lte=day + timedelta(days=days))
        .select_related("user")
        .order_by("end_on", "id")
    )
