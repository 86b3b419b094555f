"""The funds room as a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jingban.funds import payables
from tests.builders import MONDAY
from tests.funds.scene import Room, without_benefits
from tests.houses import House, forget_versions


@pytest.fixture
def room(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Room]:
    """A room where money really moves; decisions are what the test says. Versions are forgotten with the test's rows."""
    settings.JINGBAN_FUNDS_LIVE = True
    forget_versions()
    without_benefits(monkeypatch)
    made = Room(House(now=MONDAY))
    monkeypatch.setattr(payables, "decision_of", made.decided.get)
    yield made
    forget_versions()
