"""Cases need published entries; what is remembered of a version must not outlive the test that rolled it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jingban.processes.effects import REGISTRY, Effect
from tests.houses import House, forget_versions


@pytest.fixture(autouse=True)
def _versions_of_this_test() -> Iterator[None]:
    forget_versions()
    yield
    forget_versions()


@pytest.fixture
def house(db: None) -> House:
    return House()


@pytest.fixture
def committed_house(transactional_db: None) -> House:
    """A house whose acts really commit, for races and for errors of the database."""
    return House()


@pytest.fixture
def live_effect(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Effect], None]:
    """Make a planned effect live for one test."""

    def register(name: str, function: Effect) -> None:
        assert name not in REGISTRY
        monkeypatch.setitem(REGISTRY, name, function)

    return register


def pytest_collection_modifyitems(items: list[Any]) -> None:
    here = __file__.rpartition("/")[0]
    for item in items:
        if str(item.path).startswith(here) and {"house", "committed_house"} & set(item.fixturenames):
            item.add_marker(
                pytest.mark.django_db(
                    databases=["default", "audit"],
                    transaction="committed_house" in item.fixturenames,
                )
            )
