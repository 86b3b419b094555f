"""The one question that every door asks: may this actor do this act on that?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, TextField, Value
from django.db.models.functions import Cast

from jingban.access.errors import NotAllowed
from jingban.access.models import Entrustment, Grant, Mandate, OfficeSwitch, User
from jingban.core.roles import OWNER_ROLES

__all__ = [
    "ADMINISTRATOR",
    "INSTITUTION_ROLES",
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
    "Recorded",
    "actor_of",
    "entrust",
    "institutions_of",
    "may",
    "switched_on",
    "villages_of",
]

LOCAL_ROLES = frozenset({"township", "village"})
"""Roles whose own office is a township or village, while the case stands at the office that answers for it."""

INSTITUTION_ROLES = frozenset({"institution", "institution-reviewer"})
"""Roles of a designated institution's doctors: the grant's office is its name, for all of them share one counter."""

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
    villages: tuple[str, ...] = ()
    """For a township: the villages that it entrusted."""

    def may_handle(self, item: str) -> bool:
        """Whether an item of the lowest tier is this role's to handle."""
        return self.entrusted is not None and (not self.entrusted or item in self.entrusted)

    def is_near(self, place: str) -> bool:
        """Whether a case of this place is this role's: a village's own people, a township's and its villages', an
        institution's own patients.

        Where no place is known, none but who answers for the whole region does; no institution does.
        """
        if self.role in INSTITUTION_ROLES:
            return bool(place) and place == self.office
        if self.role not in LOCAL_ROLES or not self.office:
            return True
        if self.role == "village":
            return place == self.office
        return place.startswith(self.office) or place in self.villages


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

    def roles_in(
        self, region: str, office: str, *, grassroots_item: str | None = None, place: str | None = None
    ) -> frozenset[str]:
        """The roles that count in this office of this region, and for a case of that ``place``.

        An item of the lowest tier is named, because a village handles it only when entrusted with it.
        """
        return frozenset(
            h.role
            for h in self.held
            if h.region == region
            and (not h.office or h.office == office or h.role in LOCAL_ROLES | INSTITUTION_ROLES)
            and (grassroots_item is None or h.may_handle(grassroots_item))
            and (place is None or h.is_near(place))
        )

    @property
    def is_staff(self) -> bool:
        return bool(self.held)

    @property
    def bounds(self) -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
        """Regions in which all roles are those of villages, townships and institutions: of which places, by name and
        by beginning.

        Says the same as ``Held.is_near``, for a list that is read in one statement.
        """
        found = []
        for region in dict.fromkeys(h.region for h in self.held):
            here = [h for h in self.held if h.region == region]
            if all(h.role in INSTITUTION_ROLES or (h.role in LOCAL_ROLES and h.office) for h in here):
                towns = [h for h in here if h.role == "township"]
                names = {v for h in towns for v in h.villages} | {
                    h.office for h in here if h.office and h.role != "township"
                }
                found.append((region, frozenset(names), frozenset(h.office for h in towns)))
        return tuple(found)


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
    place: str | None = None
    """For a case: the village or township whose people it is about, or the institution that recognises; empty where
    nobody knows."""
    taken_in_by: frozenset[int] = frozenset()
    """Who handed it in, took it in or acted in it; it stays theirs to see, wherever the person lives."""
    colleague: bool = False
    """Whether who asks acts for the same unit as the owner, and the case is the unit's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no, why, and by which mandate."""

    allowed: bool
    why: str = ""
    mandate: int | None = None
    colleague: bool = False
    """Whether it is as a colleague of the owner, in a unit's case."""

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
    roles = actor.roles_in(
        on.region,
        on.office,
        grassroots_item=on.item if on.grassroots else None,
        place=None if actor.id in on.taken_in_by else on.place,
    )
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
    if on.roles & OWNER_ROLES and (as_owner := _as_owner(actor, on)):
        return as_owner
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
    if as_owner := _as_owner(actor, on):
        return as_owner
    return Answer(False, "您没有查看本件的权限；凭办件编号和查询码可以查询进度。")


def _as_owner(actor: Actor, on: On) -> Answer:
    """As the owner, by a mandate of the owner, or in a unit's case as a colleague."""
    if on.owner == actor.id:
        return YES
    mandate = _mandate(actor, on)
    if mandate is not None:
        return Answer(True, mandate=mandate)
    return Answer(on.colleague, colleague=on.colleague)


def _mandate(actor: Actor, on: On) -> int | None:
    if on.owner is None:
        return None
    for mandate in actor.mandates:
        if mandate.principal == on.owner and (not mandate.items or on.item in mandate.items):
            return mandate.id
    return None


def actor_of(user: User, day: date) -> Actor:
    """The user with the roles and mandates in force on the day."""
    grants, mandates = _granted(user, _in_force(day))
    held = tuple(
        Held(
            role,
            region,
            office,
            _entrusted(region, office, day) if role == "village" else (),
            tuple(villages_of(region, office, day)) if role == "township" and office else (),
        )
        for role, region, office in grants
    )
    return Actor(id=user.pk, name=str(user), held=held, mandates=mandates)


def _granted(user: User, in_force: Q) -> tuple[list[tuple[str, ...]], tuple[MandateHeld, ...]]:
    """Roles with their places, and mandates, in one read: every page of somebody who signed in begins with it."""
    texts = [Cast(name, TextField()) for name in ("pk", "principal", "items")]
    # Whose account is closed cannot end a mandate any more; nobody goes on by it.
    held = Mandate.objects.filter(in_force, agent=user, principal__is_active=True)
    mandates = held.values_list(Value("mandate"), *texts)
    grants = Grant.objects.filter(in_force, user=user)
    rows = list(grants.values_list(Value("grant"), "role", "region", "office").union(mandates, all=True))
    return [row[1:] for row in rows if row[0] == "grant"], tuple(
        MandateHeld(int(pk), int(principal), tuple(json.loads(items)))
        for kind, pk, principal, items in rows
        if kind == "mandate"
    )


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


def institutions_of(region: str, day: date) -> list[str]:
    """The designated institutions that have somebody with a role in the region on the day, by name."""
    found = Grant.objects.filter(_in_force(day), region=region, role__in=INSTITUTION_ROLES).exclude(office="")
    return sorted(set(found.values_list("office", flat=True)))


def switched_on(*, region: str, office: str, switch: str, day: date) -> bool:
    """Whether the office has the means (有条件的) on the day."""
    found = OfficeSwitch.objects.filter(_in_force(day), region=region, switch=switch)
    return found.filter(Q(office="") | Q(office=office)).exists()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entrustment as the rulebook records it."""

    region: str
    village: str
    township: str
    items: tuple[str, ...]
    start_on: date
    end_on: date | None

    @property
    def key(self) -> dict[str, Any]:
        """By what the same one is found again."""
        return {
            "region": self.region, "village": self.village, "township": self.township, "start_on": self.start_on,
        }  # fmt: skip

    def is_news(self, day: date) -> bool:
        """Whether it is not in force as it says. What was ended stays ended: to begin anew takes a new record."""
        known = Entrustment.objects.filter(**self.key).first()
        if known is None:
            return True
        ended = known.end_on is not None and known.end_on <= day
        return not ended and (known.items, known.end_on) != (list(self.items), self.end_on)


def entrust(record: Recorded, day: date) -> bool:
    """Put an entrustment that the rulebook records into force, and whether that was news."""
    if not record.is_news(day):
        return False
    said = {"items": list(record.items), "end_on": record.end_on}
    Entrustment.objects.update_or_create(**record.key, defaults=said)
    return True
