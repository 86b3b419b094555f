"""The first administrator comes from outside; the rule of two begins after that."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, transaction

from jingban.access import administration as admin
from jingban.access.errors import AccessRefused
from jingban.access.models import Grant, GrantProposal, User
from jingban.access.service import ADMINISTRATOR, READ, On, actor_of, may

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def test_the_first_administrator_is_made_once() -> None:
    password = admin.first_administrator("r", "boss", "老管", day=DAY)
    user = User.objects.get(username="boss")
    assert user.check_password(password)
    assert user.must_change_password
    assert admin.first_administrator("r", "boss", "老管", day=DAY) == ""
    assert Grant.objects.filter(user=user, role=ADMINISTRATOR, region="r").count() == 1
    with pytest.raises(AccessRefused):
        admin.first_administrator("r", "老管", "老管", day=DAY)


def test_the_command_tells_the_password() -> None:
    from jingban.rulebook.cache import regions
    from jingban.server.accounts import access

    region = next(iter(regions()))
    told = CliRunner().invoke(access, ["administrator", region, "boss", "老管"])
    assert told.exit_code == 0, told.output
    assert "临时口令：" in told.output
    for wrong in ([region, "老"], ["nowhere", "other"]):
        assert "错误" in CliRunner().invoke(access, ["administrator", *wrong, "老管"]).output
    assert User.objects.count() == 1


def test_an_administrator_takes_no_part_in_cases() -> None:
    admin.first_administrator("r", "boss", "老管", day=DAY)
    actor = actor_of(User.objects.get(), DAY)
    on = On(
        region="r", office="o", item="i", roles=frozenset({"window"}), owner=99, parties=frozenset({"window"})
    )
    assert not may(actor, READ, on)
    assert not may(actor, "accept", on)


def test_the_database_refuses_a_proposal_decided_by_its_proposer() -> None:
    user = User.objects.create_user("x")
    said = {"user": user, "region": "r", "role": "cashier", "start_on": DAY, "proposed_by": 5}
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantProposal.objects.create(**said, proposed_at="2026-03-02T10:00Z", decided_by=5)
