"""The one question, may(actor, act, on): by role, region, office, ownership and mandate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from jingban.access.models import Entrustment, Grant, Mandate, OfficeSwitch, User
from jingban.access.service import (
    OUTSIDE_ROLES,
    OWNER_ROLES,
    READ,
    Actor,
    Held,
    MandateHeld,
    NotAllowed,
    On,
    actor_of,
    may,
    switched_on,
)
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data

DAY = date(2026, 3, 2)
OWNER, AGENT, CLERK = 1, 2, 3


def _clerk(*roles: str, region: str = "bazhou", office: str = "") -> Actor:
    return Actor(CLERK, "岗位", held=tuple(Held(role, region, office) for role in roles))


def _on(*roles: str, **rest: object) -> On:
    return On(
        **{
            "region": "bazhou",
            "office": "hall",
            "item": "transfer",
            "roles": frozenset(roles),
            "owner": OWNER,
            **rest,
        }
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (_clerk("window"), True),
        (_clerk("window", office="hall"), True),
        (_clerk("window", office="other"), False),
        (_clerk("window", region="luanzhou"), False),
        (_clerk("reviewer"), False),
        (_clerk("reviewer", "window"), True),
        (_clerk(), False),
        (Actor(OWNER, "申请人"), False),
    ],
)
def test_a_role_counts_in_its_region_and_office(actor: Actor, allowed: bool) -> None:
    answer = may(actor, "accept", _on("window"))
    assert bool(answer) is allowed
    if not allowed:
        assert answer.why
        with pytest.raises(NotAllowed):
            answer.required()


def test_whoever_filed_holds_the_owners_roles_without_a_grant() -> None:
    for role in OWNER_ROLES:
        assert may(Actor(OWNER, "申请人"), "resubmit", _on(role))
        assert not may(Actor(AGENT, "别人"), "resubmit", _on(role))


@pytest.mark.parametrize("role", sorted(OWNER_ROLES))
def test_an_owners_role_by_grant_opens_no_other_owners_case(role: str) -> None:
    assert not may(_clerk(role), "resubmit", _on(role))
    assert not may(_clerk(role), READ, _on(parties=frozenset({role})))
    assert may(_clerk(role), "fix", _on(role, owner=None)), "a case that nobody filed is the role's"


@pytest.mark.parametrize(("items", "allowed"), [((), True), (("transfer",), True), (("enrolment",), False)])
def test_an_agent_by_a_mandate(items: tuple[str, ...], allowed: bool) -> None:
    agent = Actor(AGENT, "代理人", mandates=(MandateHeld(9, OWNER, items),))
    assert may(agent, "resubmit", _on("applicant")).mandate == (9 if allowed else None)
    assert bool(may(agent, READ, _on())) is allowed
    assert not may(agent, "accept", _on("window"))
    assert not may(agent, "resubmit", _on("applicant", owner=4711))
    assert not may(agent, "resubmit", _on("applicant", owner=None))


def test_the_public_may_object_but_not_read() -> None:
    visitor = Actor(-1, "访客")
    assert may(visitor, "object", _on("public"))
    assert not may(visitor, READ, _on())


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (_clerk("fund-supervision"), True),
        (_clerk("window"), False),
        (Actor(OWNER, "举报人"), True),
        (Actor(AGENT, "代理人", mandates=(MandateHeld(9, OWNER, ()),)), False),
        (_clerk("fund-supervision", region="luanzhou"), False),
    ],
)
@pytest.mark.parametrize("act", [READ, "object"])
def test_a_sealed_case_is_for_named_roles(actor: Actor, allowed: bool, act: str) -> None:
    on = _on("public", sealed=frozenset({"fund-supervision"}))
    assert bool(may(actor, act, on)) is allowed


def test_outside_roles_are_those_of_the_rulebook() -> None:
    roles = read_data(rulebook_root() / "national" / "roles.yaml")
    assert {name for name, role in roles.items() if not role["staff"]} == OUTSIDE_ROLES
    for role in OUTSIDE_ROLES - OWNER_ROLES:
        assert not may(_clerk(role), READ, _on(parties=frozenset({"window"})))
        assert may(_clerk(role), READ, _on(parties=frozenset({role})))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        ("2026-03-02", None, True),
        ("2026-03-03", None, False),
        ("2025-01-01", "2026-03-02", True),
        ("2025-01-01", "2026-03-01", False),
    ],
)
def test_grants_and_mandates_count_in_their_period(start: str, end: str | None, held: bool) -> None:
    user, other = User.objects.create(username="a"), User.objects.create(username="b", name="乙")
    period = {"start_on": date.fromisoformat(start), "end_on": date.fromisoformat(end) if end else None}
    Grant.objects.create(user=user, region="bazhou", role="window", **period)
    Mandate.objects.create(principal=other, agent=user, proof="委托书", items=["transfer"], **period)
    actor = actor_of(user, DAY)
    assert (actor.roles_in("bazhou", "hall"), actor.is_staff) == (
        ({"window"}, True) if held else (set(), False)
    )
    assert [(m.principal, m.items) for m in actor.mandates] == ([(other.pk, ("transfer",))] if held else [])
    assert actor_of(other, DAY) == Actor(other.pk, "乙")


@pytest.mark.django_db
def test_impossible_rows_are_refused_by_the_database() -> None:
    user, other = User.objects.create(username="a"), User.objects.create(username="b")
    for row in (
        Grant(user=user, region="x", role="window", start_on=DAY, end_on=date(2026, 1, 1)),
        Mandate(principal=user, agent=user, proof="x", start_on=DAY),
        Entrustment(region="x", village="v", township="t", start_on=DAY, end_on=date(2026, 1, 1)),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
    Mandate.objects.create(principal=user, agent=other, proof="x", start_on=DAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("items", "end", "allowed"),
    [([], None, True), (["transfer"], None, True), (["other"], None, False), ([], date(2026, 3, 1), False)],
)
def test_a_village_handles_what_it_is_entrusted_with(
    items: list[str], end: date | None, allowed: bool
) -> None:
    User.objects.create(username="somebody whose case it is")
    user = User.objects.create(username="village")
    Grant.objects.create(user=user, region="bazhou", office="v1", role="village", start_on=date(2025, 1, 1))
    assert not may(actor_of(user, DAY), "accept", _on("village", grassroots=True))
    Entrustment.objects.create(
        region="bazhou", village="v1", township="t", items=items, start_on=date(2025, 1, 1), end_on=end
    )
    assert bool(may(actor_of(user, DAY), "accept", _on("village", grassroots=True))) is allowed
    assert may(actor_of(user, DAY), "report", _on("village")), (
        "above the lowest tier it assists as the procedure says"
    )


@pytest.mark.django_db
def test_what_an_office_has_the_means_for_is_switched_on_for_a_period() -> None:
    OfficeSwitch.objects.create(region="bazhou", office="hall", switch="data", start_on=DAY, end_on=DAY)
    OfficeSwitch.objects.create(region="luanzhou", switch="data", start_on=DAY)
    on = {"switch": "data", "day": DAY}
    assert switched_on(region="bazhou", office="hall", **on)  # type: ignore[arg-type]
    assert not switched_on(region="bazhou", office="other", **on)  # type: ignore[arg-type]
    assert switched_on(region="luanzhou", office="any", **on)  # type: ignore[arg-type]
    assert not switched_on(region="bazhou", office="hall", switch="data", day=date(2026, 3, 3))


def test_villages_and_townships_are_near_their_own_people() -> None:
    village = Held("village", "r", "清平村")
    town = Held("township", "r", "和平镇", villages=("清平村",))
    everywhere, clerk = Held("township", "r", ""), Held("window", "r", "hall")
    near = {
        place: [held.is_near(place) for held in (village, town, everywhere, clerk)]
        for place in ("清平村", "和平镇安乐村", "安乐村", "")
    }
    assert near == {
        "清平村": [True, True, True, True],
        "和平镇安乐村": [False, True, True, True],
        "安乐村": [False, False, True, True],
        "": [False, False, True, True],
    }


def test_an_institution_is_near_its_own_patients_only() -> None:
    own, nowhere = Held("institution", "r", "甲医院"), Held("institution-reviewer", "r", "")
    assert [own.is_near(place) for place in ("甲医院", "甲医院分院", "乙医院", "")] == [
        True,
        False,
        False,
        False,
    ]
    assert not any(nowhere.is_near(place) for place in ("甲医院", "")), (
        "no role of an institution is region-wide"
    )
    doctor = Actor(7, "x", (own,))
    assert doctor.roles_in("r", "the-counter-of-all", place="甲医院") == {"institution"}
    assert doctor.bounds == (("r", frozenset({"甲医院"}), frozenset()),)
    assert Actor(7, "x", (nowhere,)).bounds == (("r", frozenset(), frozenset()),)
    on = On("r", "o", "i", frozenset({"institution"}), parties=frozenset({"institution"}), place="乙医院")
    for act in (READ, "submit"):
        assert not may(doctor, act, on)
        assert may(doctor, act, replace(on, place="甲医院"))
        assert may(doctor, act, replace(on, taken_in_by=frozenset({7})))


def test_a_list_is_bound_to_places_only_where_every_role_is() -> None:
    village, town = Held("village", "r", "清平村"), Held("township", "r", "和平镇", villages=("安乐村",))
    assert Actor(1, "x", (village, town)).bounds == (
        ("r", frozenset({"清平村", "安乐村"}), frozenset({"和平镇"})),
    )
    for wider in (Held("window", "r", "hall"), Held("township", "r", "")):
        assert Actor(1, "x", (village, wider)).bounds == ()
    assert Actor(1, "x", (village, Held("window", "s", ""))).bounds[0][0] == "r"


def test_what_one_took_in_stays_ones_own_to_see() -> None:
    village = Actor(7, "x", (Held("village", "r", "清平村"),))
    on = On("r", "o", "i", frozenset({"village"}), parties=frozenset({"village"}), place="安乐村")
    assert not may(village, READ, on)
    assert not may(village, "accept", on)
    taken_in = replace(on, taken_in_by=frozenset({7}))
    assert may(village, READ, taken_in)
    assert may(village, "accept", taken_in)
