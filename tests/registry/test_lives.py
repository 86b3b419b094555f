"""Random lives in two regions against a plain model (``lives``): no constraint breaks, no month and no fen is lost.

People are born, enrolled, employed, moved, retired, dead; units split, merge and end; the tax department confirms late,
twice and out of order. Every act either does what the model foretold, or refuses with words that say what to do.
``JINGBAN_LIVES=300x80`` runs so many examples of so many steps.
"""

from __future__ import annotations

import os
from datetime import date
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jingban.ledger import service as ledger
from jingban.registry import guards
from jingban.rulebook import cache, choices, diseases, figures
from tests.registry.lives.drawn import DONE, HERE, PEOPLE, REGIONS, THERE, TRIED, calls_of
from tests.registry.lives.moves import Lives


class RandomLives(Lives, RuleBasedStateMachine):
    """Every example begins with the same prepared world, and is taken back."""

    start: ClassVar[Lives]
    steps: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.sound = False
        self.begin_as(self.start)

    @rule(call=calls_of(Lives))
    def happens(self, call: tuple[str, dict[str, Any]]) -> None:
        self.sound = False
        RandomLives.steps += 1
        getattr(self, call[0])(**call[1])

    @invariant()
    def all_is_well(self) -> None:
        self.everything_agrees()
        self.sound = True

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
    """Two units a region, and people in every standing; one month is levied and paid."""
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
    for who in range(4):
        lives.is_employed(
            who=who, region=REGIONS[who % 2], firm=1 + 7 * (who // 2), days="first", wage="6543.21"
        )
    for who in (4, 5):
        lives.resident_for_a_year(who=who, region=HERE, ahead=0, kind=None)
    lives.works_alone(who=4, region=THERE, days="month ago", wage=None, township=True)
    for region in REGIONS:
        lives.a_month_goes_by(region=region, unpaid=99)
    lives.everything_agrees()
    return lives


def _size() -> tuple[int, int]:
    examples, _, steps = os.environ.get("JINGBAN_LIVES", "60x50").partition("x")
    return int(examples), int(steps or 50)


@pytest.mark.django_db
def test_random_lives_lose_no_month_and_break_no_constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in (
        cache,
        choices,
        diseases,
        figures,
    ):  # the rulebook stands still: not to be looked at every time
        monkeypatch.setattr(reader, "file_signature", lambda root: "as it stands")
    examples, steps = _size()
    TRIED.clear()
    DONE.clear()
    RandomLives.start = _prepared()
    run_state_machine_as_test(
        RandomLives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            **({"phases": [Phase.generate]} if os.environ.get("JINGBAN_LIVES_RAW") else {}),
        ),
    )
    never = sorted(set(TRIED) - set(DONE))
    print(f"{RandomLives.steps} steps, {sum(TRIED.values())} acts, {sum(DONE.values())} done; never: {never}")
    for name in sorted(TRIED):
        print(f"  {name:20} {DONE[name]:6} of {TRIED[name]}")
