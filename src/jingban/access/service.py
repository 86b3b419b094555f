"""The one question that every door asks: may this actor do this act on that?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from jingban.access.errors import NotAllowed
from jingban.access.models import Entrustment, Grant, Mandate, OfficeSwitch, User

__all__ = [
    "ADMINISTRATOR",
    "LOCAL_ROLES",
    "OUTSIDE_ROLES",
    "OWNER_ROLES",
    "READ",
    "Actor",
    "Answer",
    "Held",
    "MandateHeld",
    "NotAllowed",
    "On",
    "actor_of",
    "entrust",
    "may",
    "switched_on",
    "villages_of",
]

OWNER_ROLES = frozenset({"applicant", "unit-clerk", "provider", "reporter"})
"""Roles that whoever filed the case holds in it, without a grant."""

LOCAL_ROLES = frozenset({"township", "village"})
"""Roles whose own office is a township or village, while the case stands at the office that answers for it."""

OUTSIDE_ROLES = OWNER_ROLES | {
    "civil-affairs",
    "expert",
    "fiscal",
    "institution",
    "institution-reviewer",
    "other-agency",
    "public",
    "system",
    "tax",
}
"""Roles of nobody's staff (``staff: false`` in roles.yaml): they see only cases whose procedure knows them."""

ADMINISTRATOR = "administrator"
"""Who manages accounts and roles of a region: sees no case and takes part in none."""

READ = "read"


@dataclass(frozen=True, slots=True)
class Held:
    """A role held now."""

    role: str
    region: str
    office: str
    entrusted: tuple[str, ...] | None = ()
    """For a village: the entrusted items; empty is all, none is not entrusted and may only assist."""

    def may_handle(self, item: str) -> bool:
        """Whether an item of the lowest tier is this role's to handle."""
        return self.entrusted is not None and (not self.entrusted or item in self.entrusted)


@dataclass(frozen=True, slots=True)
class MandateHeld:
    """A mandate in force now, seen from the agent."""

    id: int
    principal: int
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: read once a request, asked many times."""

    id: int
    name: str
    held: tuple[Held, ...] = ()
    mandates: tuple[MandateHeld, ...] = ()

    def roles_in(self, region: str, office: str, *, grassroots_item: str | None = None) -> frozenset[str]:
        """The roles that count in this office of this region.

        An item of the lowest tier is named, because a village handles it only when entrusted with it.
        """
        return frozenset(
            h.role
            for h in self.held
            if h.region == region
            and (not h.office or h.office == office or h.role in LOCAL_ROLES)
            and (grassroots_item is None or h.may_handle(grassroots_item))
        )

    @property
    def is_staff(self) -> bool:
        return bool(self.held)


@dataclass(frozen=True, slots=True)
class On:
    """What is acted on, as far as permission goes."""

    region: str
    office: str
    item: str
    roles: frozenset[str]
    grassroots: bool = False
    owner: int | None = None
    sealed: frozenset[str] | None = None
    parties: frozenset[str] = frozenset()
    """Roles that take part in the procedure; they may read, whoever's turn it is."""
    filers: frozenset[int] = frozenset()
    """Who filed it for the owner."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no, why, and by which mandate."""

    allowed: bool
    why: str = ""
    mandate: int | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def required(self) -> Answer:
        """Itself when yes; otherwise the refusal as an error."""
        if not self.allowed:
            raise NotAllowed(self.why)
        return self


YES = Answer(True)


def may(actor: Actor, act: str, on: On) -> Answer:
    """Whether the actor may do the act on that. Every door asks this and nothing else."""
    roles = actor.roles_in(on.region, on.office, grassroots_item=on.item if on.grassroots else None)
    if on.sealed is not None and not roles & on.sealed and on.owner != actor.id:
        return Answer(False, "本件为保密件，只有指定岗位可以查看和办理。")
    if act == READ:
        return _may_read(actor, on, roles)
    own = actor.id == on.owner or actor.id in on.filers
    if own and not on.roles & (OWNER_ROLES | {"public"}):
        return Answer(False, "这是您本人提出（或代办）的申请，请由另一位同事办理。")
    # An owner's role held as a grant (an institution's sign-in) is no key to what others filed.
    usable = roles - OWNER_ROLES if on.owner is not None else roles
    if "public" in on.roles or usable & on.roles:
        return YES
    if on.roles & OWNER_ROLES:
        if on.owner == actor.id:
            return YES
        mandate = _mandate(actor, on)
        if mandate is not None:
            return Answer(True, mandate=mandate)
    if roles:
        return Answer(False, "您的岗位不能办理这一步。")
    return Answer(False, "您没有办理本件这一步的权限。")


def _may_read(actor: Actor, on: On, roles: frozenset[str]) -> Answer:
    # Townships and villages, like those outside, see only what their part of a procedure brings them.
    limited = roles & (OUTSIDE_ROLES | LOCAL_ROLES)
    if on.owner is not None:
        limited -= OWNER_ROLES
    if roles - OUTSIDE_ROLES - LOCAL_ROLES - {ADMINISTRATOR} or limited & on.parties or on.owner == actor.id:
        return YES
    mandate = _mandate(actor, on)
    if mandate is not None:
        return Answer(True, mandate=mandate)
    return Answer(False, "您没有查看本件的权限；凭办件编号和查询码可以查询进度。")


def _mandate(actor: Actor, on: On) -> int | None:
    if on.owner is None:
        return None
    for mandate in actor.mandates:
        if mandate.principal == on.owner and (not mandate.items or on.item in mandate.items):
            return mandate.id
    return None


def actor_of(user: User, day: date) -> Actor:
    """The user with the roles and mandates in force on the day."""
    in_force = _in_force(day)
    held = tuple(
        Held(role, region, office, _entrusted(region, office, day) if role == "village" else ())
        for role, region, office in Grant.objects.filter(in_force, user=user).values_list(
            "role", "region", "office"
        )
    )
    mandates = tuple(
        MandateHeld(pk, principal, tuple(items))
        for pk, principal, items in Mandate.objects.filter(in_force, agent=user).values_list(
            "pk", "principal_id", "items"
        )
    )
    return Actor(id=user.pk, name=str(user), held=held, mandates=mandates)


def _in_force(day: date) -> Q:
    return Q(start_on__lte=day) & (Q(end_on__isnull=True) | Q(end_on__gte=day))


def _entrusted(region: str, village: str, day: date) -> tuple[str, ...] | None:
    """What a village is entrusted with on the day; none when no record is in force."""
    records = Entrustment.objects.filter(_in_force(day), region=region, village=village)
    lists = [tuple(items) for items in records.values_list("items", flat=True)]
    if not lists:
        return None
    return () if any(not items for items in lists) else tuple({i for items in lists for i in items})


def villages_of(region: str, township: str, day: date) -> list[str]:
    """The villages that a township has entrusted, by the records in force on the day."""
    records = Entrustment.objects.filter(_in_force(day), region=region, township=township)
    return sorted(set(records.values_list("village", flat=True)))


def switched_on(*, region: str, office: str, switch: str, day: date) -> bool:
    """Whether the office has the means (有条件的) on the day."""
    found = OfficeSwitch.objects.filter(_in_force(day), region=region, switch=switch)
    return found.filter(Q(office="") | Q(office=office)).exists()


def entrust(
    region: str, village: str, township: str, items: Sequence[str], *, start_on: date, end_on: date | None
) -> None:
    """Put an entrustment that the rulebook records into force; the same record twice changes nothing."""
    Entrustment.objects.update_or_create(
        region=region,
        village=village,
        township=township,
        start_on=start_on,
        defaults={"items": list(items), "end_on": end_on},
    )
