"""Two agencies of one installation, and what is remembered of published versions forgotten between tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import MONDAY
from tests.exchange import scene
from tests.houses import forget_versions


@pytest.fixture(autouse=True)
def _letters_alone(settings: Any) -> None:
    """What is looked at is the letters: how the money goes by the bank, the tests of the funds show."""
    settings.JINGBAN_FUNDS_LIVE = False


@pytest.fixture(autouse=True)
def _versions_of_this_test() -> Iterator[None]:
    forget_versions()
    yield
    forget_versions()


@pytest.fixture
def both(db: None) -> None:
    """Puyang (Henan) and Luanzhou (Hebei) served by one installation."""
    scene.publish_transfer("puyang", "luanzhou", now=MONDAY)
