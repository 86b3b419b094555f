"""Random lives in two regions against a plain model (``lives``): no constraint breaks, no month and no fen is lost.

People are born, enrolled, employed, moved, retired, dead; units split, merge and end; the tax department confirms late,
twice and out of order. Every act either does what the model foretold, or refuses with words that say what to do.

The usual run lives the same lives every time; ``JINGBAN_LIVES=300x80`` lives 300 others of 80 steps each, and
``JINGBAN_LIVES_SHRINK=1`` makes a failing life short (docs/development.md).
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from typing import ClassVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jingban.ledger import service as ledger
from jingban.registry import guards
from tests.registry.lives.drawn import (
    BEGIN,
    DONE,
    HERE,
    KINDS,
    PEOPLE,
    REGIONS,
    THERE,
    TRIED,
    call_of,
    kind_at,
)
from tests.registry.lives.moves import Lives

USUAL, SEED = "43x50", 7
"""How many lives of how many steps are lived usually, and which. Another seed is as good, where a kind of act falls out."""


class RandomLives(Lives, RuleBasedStateMachine):
    """Every example begins with the same prepared world, and is taken back."""

    start: ClassVar[Lives]
    steps: ClassVar[int] = 0

    @initialize(life=st.binary(min_size=8, max_size=8))
    def begin(self, life: bytes) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.sound = False
        self.begin_as(self.start)
        self.life, self.repeats = life, Counter[bytes]()

    @rule(step=st.binary(min_size=4, max_size=4))
    def happens(self, step: bytes) -> None:
        self.sound = False
        RandomLives.steps += 1
        self.repeats[step] += 1  # the same step again is not the same act again
        name, arguments = call_of(Lives, self.life + step + bytes([self.repeats[step] % 256]))
        note(f"{self.world.now}: {name} {arguments}")
        getattr(self, name)(**arguments)

    @invariant()
    def all_is_well(self) -> None:
        if self.stirred:  # a refused act was rolled back: there is nothing new to look at
            self.everything_agrees()
        self.stirred, self.sound = False, True

    def teardown(self) -> None:
        if not hasattr(self, "atomic"):
            return
        try:
            if self.sound:
                connection.check_constraints()
                assert guards.doctor() == []
                assert list(ledger.faults()) == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


def _prepared() -> Lives:
    """Units in both regions, one suspended; people in every standing, with filings and a disease, one on the move; one
    month is levied and paid."""
    lives = Lives()
    lives.new()
    for region in REGIONS:
        for n in (1, 2):
            lives.open_unit(region, n, date(2020, 1, 1))
    for who, (born, sex, deemed) in enumerate(PEOPLE):
        lives.people.append((born, sex))
        region = REGIONS[who % 2] if who < 4 else HERE
        lives.register(who, region)
        if deemed:
            lives.deem(region, who, deemed)
    month = BEGIN.date().replace(day=1)
    for who in range(4):
        lives.employ(who, (REGIONS[who % 2], 1 + who // 2), month, "6543.21")
    for who in (4, 5):
        lives.insure_resident(who, HERE, month.year, kind_at(lives.people[who][0], BEGIN.date()))
    lives.insure_alone(4, THERE, lives.day("month ago"), None, township=True)
    for region in REGIONS:
        lives.a_month_goes_by(region=region, unpaid=None)
    lives.open_unit(HERE, 3, date(2020, 1, 1))
    lives.unit_turns(region=HERE, which=15, other=1, days="first", turn="suspend", ready=0)
    for who, category in ((1, "long-term"), (15, "referral")):
        lives.goes_elsewhere(who=who, days="today", turn="file", category=category, place="310000")
    lives.goes_elsewhere(who=1, days="today", turn="pause", category="", place="")
    lives.goes_elsewhere(who=22, days="today", turn="file", category="referral", place="310000")
    lives.need_is_known(who=36, days="today", category="monitored", turn="grant")
    lives.is_chronically_ill(who=1, diseases="M03900", days="today", ends=1)
    lives.asks_to_move(who=8, with_account=True)
    lives.everything_agrees()
    prepared = {
        "unit suspend": 1,
        "filing file": 3,
        "filing pause": 1,
        "disease": 1,
        "hand out": 1,
        "aid grant": 1,
    }
    assert {kind: DONE[kind] for kind in prepared} == prepared
    return lives


@pytest.mark.django_db(databases=["default", "audit"])
def test_random_lives_lose_no_month_and_break_no_constraint() -> None:
    campaign = os.environ.get("JINGBAN_LIVES")
    examples, steps = map(int, (campaign or USUAL).split("x"))
    TRIED.clear()
    DONE.clear()
    RandomLives.start, RandomLives.steps = _prepared(), 0
    run_state_machine_as_test(
        RandomLives if campaign else seed(SEED)(RandomLives),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=False,
            database=None,
            print_blob=True,
            phases=[Phase.generate, *[Phase.shrink] * bool(os.environ.get("JINGBAN_LIVES_SHRINK"))],
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{RandomLives.steps} steps, {sum(TRIED.values())} acts, {sum(DONE.values())} of them done")
    for name in sorted(KINDS | set(TRIED)):
        print(f"  {name:20} {DONE[name]:6} of {TRIED[name]}")
    if not campaign:
        assert RandomLives.steps >= 2000
        assert sorted(KINDS - set(DONE)) == [], "never done"
