"""Demo data: made once, whole, and never twice."""

from __future__ import annotations

import pytest

from jingban.access.models import Entrustment, Grant, User
from jingban.access.service import actor_of
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.funds import service as funds
from jingban.rulebook.cache import effective_all, regions
from jingban.server import demo
from tests.builders import MONDAY

pytestmark = pytest.mark.django_db


def _counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Grant, Entrustment))


def test_loading_twice_makes_everybody_once() -> None:
    made = demo.load(now=MONDAY)
    assert len(made) == len(set(made)) == len(regions()) * len(demo.PARTS)
    counts = _counts()
    assert demo.load(now=MONDAY) == []
    assert _counts() == counts


def test_what_a_user_changed_is_kept() -> None:
    username = demo.load(now=MONDAY)[0]
    user = User.objects.get(username=username)
    user.set_password("own")
    user.save()
    demo.load(now=MONDAY)
    assert User.objects.get(username=username).check_password("own")


def test_one_who_is_missing_is_made_again() -> None:
    username = demo.load(now=MONDAY)[3]
    User.objects.get(username=username).delete()
    assert demo.load(now=MONDAY) == [username]


def test_each_region_has_an_applicant_a_clerk_and_a_reviewer() -> None:
    demo.load(now=MONDAY)
    for region in regions():
        for part, role in (("applicant", None), ("clerk", "window"), ("reviewer", "reviewer")):
            user = User.objects.get(username=f"{region}-{part}")
            assert user.check_password(demo.PASSWORD)
            actor = actor_of(user, MONDAY.date())
            assert (role in actor.roles_in(region, "any")) if role else not actor.is_staff
            assert not any(actor.roles_in(other, "any") for other in set(regions()) - {region})


def test_the_parts_of_a_region_can_play_every_role_of_its_procedures() -> None:
    known = set(read_data(rulebook_root() / "national" / "roles.yaml"))
    played = {role for part in demo.PARTS for role in part.roles}
    assert played <= known
    from jingban.access.service import OWNER_ROLES

    acted = {
        r
        for i in effective_all()
        for p in (i.process, *i.answers)
        for s in p.steps.values()
        if s.do or s.panel
        for r in s.by
    }
    missing = acted - played - OWNER_ROLES - {"system", "public"}
    assert not missing, missing


def test_both_accounts_that_pay_are_named_once_and_a_missing_one_is_added() -> None:
    demo.load(now=MONDAY)
    region = next(iter(regions()))
    rows = funds.PayingAccount.objects.filter(region=region)
    assert sorted(rows.values_list("kind", flat=True)) == ["expenditure", "personal"]
    rows.filter(kind="personal").delete()
    demo.load(now=MONDAY)
    demo.load(now=MONDAY)
    assert not any(funds.unnamed_accounts(key, MONDAY) for key in regions())
    assert rows.count() == 2
