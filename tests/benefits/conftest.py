"""The house of the tests of benefits, with the invented catalogue."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jingban.benefits import adjustments
from jingban.benefits import service as benefits
from tests.builders import MONDAY
from tests.houses import House, forget_versions


@pytest.fixture(autouse=True)
def _funds_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``funds`` does with adjustments is tested there; here they wait."""
    monkeypatch.setattr(adjustments, "ADJUSTED", [])


@pytest.fixture
def house(db: None) -> Iterator[House]:
    """A house whose versions are forgotten with the test's rows."""
    forget_versions()
    benefits.load_demo_catalogue(MONDAY)
    yield House(now=MONDAY)
    forget_versions()
